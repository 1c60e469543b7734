"""One request and its response, as an ASGI application sees them.

Differs from uvicorn's own `RequestResponseCycle` (0.54.0) in that it writes trailers, can cut the connection,
frames answers to HTTP/1.0 clients by closing, and never logs what an exception says.
"""

import asyncio
import re
import socket
import struct
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal
from typing import Protocol as Interface

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE
from uvicorn.server import ServerState

from antiphon.web.pace import Pace
from antiphon.web.report import report

Message = MutableMapping[str, Any]
Framing = Literal["none", "length", "chunked", "close"]

_FRAMING_FIELDS = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
# Fields that frame, route or authenticate a message must not stand in a trailer (RFC 9110, 6.5.1).
_NEVER_TRAILING = frozenset(
    {
        *_FRAMING_FIELDS,
        b"authorization",
        b"content-encoding",
        b"content-range",
        b"content-type",
        b"host",
        b"set-cookie",
        b"trailer",
    }
)
_BODILESS = frozenset({204, 304})
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Owner(Interface):
    """What an exchange needs of the connection it happens on."""

    transport: asyncio.Transport
    flow: FlowControl
    server_state: ServerState
    tasks: set[asyncio.Task[None]]
    pace: Pace

    def answered(self, exchange: "Exchange") -> None:
        """The response is written to its end."""

    def excuse(self, exchange: "Exchange", status: int, reason: str) -> None:
        """The application ended without a response: write one of ours."""

    def hang_up(self) -> None:
        """Close once everything written is sent."""


def trailer_section(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    r"""Bytes that end a chunked body: the last chunk, the trailer fields, the empty line.

    A field that may not stand there is left out; a control character in a value becomes a space, so that no
    value can end its line.
    """
    lines = [
        b"%s: %s\r\n" % (name, _CONTROL.sub(b" ", value).strip())
        for name, value in fields
        if _NAME.fullmatch(name) and name.lower() not in _NEVER_TRAILING
    ]
    return b"".join([b"0\r\n", *lines, b"\r\n"])


class Exchange:
    """A request being read and its response being written.

    Args:
        owner: The connection.
        scope: The ASGI scope; its `extensions` are filled in here.
        expects_continue: The client waits for `100 Continue` before it sends the body.
        keep_alive: The client wants the connection to stay.
    """

    __slots__ = (
        "_ended",
        "_framing",
        "_head",
        "_left",
        "_promised",
        "_trailers",
        "body",
        "complete",
        "disconnected",
        "expects_continue",
        "keep_alive",
        "message_event",
        "more_body",
        "owner",
        "scope",
        "started",
    )

    def __init__(self, *, owner: Owner, scope: dict[str, Any], expects_continue: bool, keep_alive: bool) -> None:
        scope["extensions"] = {"http.response.trailers": {}, "antiphon.abort": self.abort}
        self.owner = owner
        self.scope = scope
        self.expects_continue = expects_continue
        self.keep_alive = keep_alive
        self.message_event = asyncio.Event()
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.started = False
        self.complete = False
        self._ended = False
        self._framing: Framing = "none"
        self._head = b""
        self._left: int | None = None
        self._promised = False
        self._trailers: list[tuple[bytes, bytes]] = []

    async def receive(self) -> dict[str, Any]:
        """The next piece of the request's body, or `http.disconnect`."""
        if not self.disconnected and not self.complete:
            if self.expects_continue:
                self.owner.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.expects_continue = False
            self.owner.flow.resume_reading()
            await self.message_event.wait()
            self.message_event.clear()
        if self.disconnected or self.complete:
            return {"type": "http.disconnect"}
        message = {"type": "http.request", "body": bytes(self.body), "more_body": self.more_body}
        self.body = bytearray()
        return message

    async def send(self, message: Message) -> None:
        """Write a part of the response; waits while the client is slow to take it.

        Raises:
            RuntimeError: The application broke the protocol: parts out of order, a header that is not one, a
                body of another length than announced.
        """
        flow = self.owner.flow
        if flow.write_paused and not self.disconnected:
            await flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.body":
            self._write_body(message.get("body", b""), last=not message.get("more_body", False))
        elif kind == "http.response.start":
            self._write_head(message)
        elif kind == "http.response.trailers":
            self._write_trailers(message)
        else:
            raise RuntimeError(f"unexpected ASGI message {kind}")

    def lose(self) -> None:
        """The client is gone or was refused: whatever the application still sends goes nowhere."""
        self.disconnected = True
        self.message_event.set()

    def abort(self) -> None:
        """Cut the connection in mid-response, so that no client can take what it has for the whole."""
        if self.complete or self.disconnected:
            return
        self.lose()
        transport = self.owner.transport
        raw = transport.get_extra_info("socket")
        if self._framing == "close" and raw is not None:
            # To an HTTP/1.0 client an orderly end *is* the end of the body; only a reset says otherwise.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def ended(self, task: asyncio.Task[None]) -> None:
        """The application is done, well or badly; finish what it left open."""
        self.owner.tasks.discard(task)
        self._conclude(task)
        # The scope holds `abort` and so this exchange: a ring that only the garbage collector would find.
        self.scope = {}

    def _conclude(self, task: asyncio.Task[None]) -> None:
        failed = True
        if task.cancelled():
            status, reason = 503, "The server is shutting down."
        else:
            status, reason = 500, "Internal server error."
            error = task.exception()
            failed = error is not None
            if error is not None:
                report(error)
        if self.complete or self.disconnected:
            return
        if not self.started:
            self.owner.excuse(self, status, reason)
        elif self._ended and not failed:
            # It promised trailers and sent none. The body is whole by its own word.
            self._finish()
        else:
            self.break_off()

    def break_off(self) -> None:
        """Give up a response that has begun: what is written still goes out, and the end is missing."""
        self._write(b"")
        if self._framing == "close":
            self.abort()
        else:
            self.lose()
            self.owner.hang_up()

    def _write_head(self, message: Message) -> None:
        if self.started:
            raise RuntimeError("the response has already started")
        status: int = message["status"]
        lines = [STATUS_LINE[status]]
        for name, value in self.owner.server_state.default_headers:
            lines += (name, b": ", value, b"\r\n")
        for given, value in message.get("headers", ()):
            if HEADER_RE.search(given) or HEADER_VALUE_RE.search(value):
                raise RuntimeError("invalid response header")
            name = given.lower()
            if name not in _FRAMING_FIELDS or self._take_framing(name, value):
                lines += (name, b": ", value, b"\r\n")
        if self.more_body and (self.expects_continue or self.owner.pace.rest_is_long()):
            # Answered early. A client that waited for 100 may go on without its body, or may not.
            self.keep_alive = False
        self._settle_framing(status, lines)
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        self.expects_continue = False
        self._promised = message.get("trailers", False)
        self.started = True
        self._head = b"".join(lines)  # It goes out with the beginning of the body: one packet instead of two.

    def _write(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if head or data:
            self.owner.transport.write(head + data if head else data)

    def _take_framing(self, name: bytes, value: bytes) -> bool:
        """Note a field that frames the response; whether it is to be written as given."""
        if name == b"content-length":
            self._left = int(value)
            return True
        if name == b"transfer-encoding":
            self._framing = "chunked"
            return False
        if b"close" in [token.strip() for token in value.lower().split(b",")]:
            self.keep_alive = False
            return False
        return True

    def _settle_framing(self, status: int, lines: list[bytes]) -> None:
        if self._framing == "chunked" and self._left is not None:
            raise RuntimeError("a response is chunked or has a length, not both")
        if self.scope["method"] == "HEAD" or status in _BODILESS:
            self._framing = "none"
        elif self._left is not None:
            self._framing = "length"
        elif self.scope["http_version"] == "1.0":
            self._framing = "close"
        else:
            self._framing = "chunked"
            lines.append(b"transfer-encoding: chunked\r\n")

    def _write_body(self, body: bytes, *, last: bool) -> None:
        if not self.started or self._ended:
            raise RuntimeError("a body before its start or after its end")
        if self._framing == "chunked":
            parts = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
            if last and not self._promised:
                parts.append(b"0\r\n\r\n")
            self._write(b"".join(parts))
        elif self._framing == "length":
            self._write_counted(body, last=last)
        else:
            self._write(body if self._framing == "close" else b"")
        if last:
            self._ended = True
            if not self._promised or self._framing != "chunked":
                self._complete()

    def _write_counted(self, body: bytes, *, last: bool) -> None:
        left = (self._left or 0) - len(body)
        if left < 0:
            raise RuntimeError("response body longer than its content-length")
        if last and left:
            raise RuntimeError("response body shorter than its content-length")
        self._left = left
        self._write(body)

    def _write_trailers(self, message: Message) -> None:
        if not self._promised or not self._ended:
            raise RuntimeError("trailers that were not announced, or before the body's end")
        if self.complete:
            return  # The client cannot take trailers (HTTP/1.0, HEAD): they are dropped.
        self._trailers += message.get("headers", ())
        if message.get("antiphon.close", False):
            self.keep_alive = False
        if not message.get("more_trailers", False):
            self._finish()

    def _finish(self) -> None:
        self._write(trailer_section(self._trailers))
        self._complete()

    def _complete(self) -> None:
        self.complete = True
        self.message_event.set()
        self.owner.answered(self)
