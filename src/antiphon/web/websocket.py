"""One websocket, from its handshake to the end of its connection, with bounds on everything.

The frames are read and written by `websockets`' layer without I/O. Not by uvicorn's own protocol on top of it
(0.54.0): it logs queries, in which keys may be; it keeps messages and parts of messages without end; it waits
for a client that reads nothing; and it says 1011.
"""

import asyncio
import enum
import logging
from typing import Any
from typing import Protocol as Interface

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN, SERVER
from websockets.protocol import Protocol as Wire

from antiphon.web.body import ClientGone
from antiphon.web.codes import GOING_AWAY, INTERNAL, INVALID_DATA, LOST, NORMAL, NOTHING_SAID, without_internal
from antiphon.web.deadline import NEVER, Deadlines
from antiphon.web.inbox import Inbox, Message
from antiphon.web.limits import Limits
from antiphon.web.refusal import Refuse, response
from antiphon.web.report import report
from antiphon.web.upgrade import acceptance, answer, websocket_scope

_SLICE = 1024  # Bytes fed to the parser at a time: more messages than fit into these never come out at once.
_TURN = 200  # Frames that are parsed before others have their turn: at 10 us each.
_PONG = b"\x8a"
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_NOTHING = memoryview(b"")
_QUIET = (ClientDisconnected, ClientGone)

_silent = logging.Logger("websockets")  # noqa: LOG001 - in nobody's tree, because it would tell of messages.
_silent.disabled = True


class Stage(enum.Enum):
    """How far a connection has come."""

    HANDSHAKE = enum.auto()  # The application has not decided.
    OPEN = enum.auto()
    CLOSING = enum.auto()  # Closed from here; the client has not answered that.
    LINGERING = enum.auto()  # All is said. What comes is thrown away, so that the client finds what was said.
    GONE = enum.auto()


_SPOKEN = frozenset({Stage.OPEN, Stage.CLOSING})


class Host(Interface):
    """The HTTP connection on which a websocket begins."""

    transport: asyncio.Transport
    flow: FlowControl
    app: Any
    loop: asyncio.AbstractEventLoop
    server_state: ServerState
    limits: Limits
    refuse: Refuse
    scope: Any

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the connection; where there is an exception, without closing it."""


def take_over(host: Host) -> None:
    """Go on as a websocket, and start the application. The request must be a handshake without fault."""
    socket = WebSocket(host)
    host.connection_lost(ClientDisconnected())  # For HTTP it is: nothing of that stays behind.
    server: Any = host.server_state
    server.connections.add(socket)
    server.total_requests += 1
    host.transport.set_protocol(socket)
    task: asyncio.Task[None] = host.loop.create_task(host.app(socket.scope, socket.receive, socket.send))
    server.tasks.add(task)
    task.add_done_callback(socket.ended)


class WebSocket(asyncio.Protocol):
    """One client's connection.

    Args:
        host: Where it begins.
    """

    def __init__(self, host: Host) -> None:
        self._transport = host.transport
        self._loop = host.loop
        self._server: Any = host.server_state
        self._limits = host.limits
        self._refuse = host.refuse
        self.scope = websocket_scope(host.scope)
        self.scope["extensions"] = {
            "websocket.http.response": {},
            "antiphon.abort": self.abort,
            "antiphon.closed": self.closed,
        }
        self._wire = Wire(SERVER, state=OPEN, max_size=self._limits.message, logger=_silent)
        self._inbox = Inbox()
        self._stage = Stage.HANDSHAKE
        self._code: int | None = None
        self._answer: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._body = b""
        self._due = Deadlines(self._loop, read_overdue=self._read_overdue, write_overdue=self._write_overdue)
        self._rest = _NOTHING  # Received, and not parsed because too much waits.
        self._reading = True
        self._goes_on = False
        self._pinged = False
        self._pong = b""
        self._writable = asyncio.Event()
        self._writable.set()
        self._unsent = 0
        self._discard_left = self._limits.linger
        if host.flow.write_paused:
            self.pause_writing()

    def abort(self) -> None:
        """Cut the connection."""
        self._end(LOST)
        self._stage = Stage.LINGERING
        self._transport.abort()

    def closed(self) -> int | None:
        """The code that it was closed with, by whomever; None while it is open, or where it never was."""
        return self._code

    # --- the connection

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that its client is gone."""
        self._server.connections.discard(self)
        self._due.cancel()
        self._end(LOST)
        self._stage = Stage.GONE
        self._rest = _NOTHING
        if exc is None:
            self._transport.close()
        # It holds its parser, whose frame holds it: a ring that only the garbage collector would find.
        self._wire.parser.close()

    def shutdown(self) -> None:
        """The server stops: the application hears of it, and parts from the client in its own time."""
        if self._stage in {Stage.HANDSHAKE, Stage.OPEN}:
            self._inbox.stop()

    def pause_writing(self) -> None:
        """The client takes less than the application makes."""
        self._writable.clear()
        self._unsent = self._transport.get_write_buffer_size()
        self._due.write_within(self._limits.write_stall)

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writable.set()
        if self._transport.is_closing():
            return
        self._due.write = NEVER
        self._lives()  # Who takes is there, even if it gets to our ping late.
        pong, self._pong = self._pong, b""
        if pong and self._stage is Stage.OPEN:
            self._transport.write(pong)

    # --- what the client says

    def data_received(self, data: bytes) -> None:
        """Parse what came, or keep it until the application has taken what waits."""
        if self._stage is Stage.HANDSHAKE:
            # A client must wait for the answer (RFC 6455, 4.1).
            self._turn_down(400, "Malformed HTTP request.")
        elif self._stage in _SPOKEN:
            self._lives()
            self._rest = memoryview(bytes(self._rest) + data if self._rest else data)
            self._parse()
        else:
            self._discard_left -= len(data)
            if self._discard_left < 0:
                self._close()

    def _parse(self) -> None:
        rest, at, seen = self._rest, 0, 0
        while at < len(rest) and seen < _TURN and self._takes():
            self._wire.receive_data(bytes(rest[at : at + _SLICE]))
            at += _SLICE
            for frame in self._wire.events_received():
                seen += 1
                if isinstance(frame, Frame):  # As all are, once the handshake is done.
                    self._take(frame)
            self._flush()
            if self._stage is Stage.OPEN and self._wire.close_sent is not None:
                self._part()
        # An empty view would hold on to all of the bytes.
        self._rest = rest[at:] if at < len(rest) and self._stage in _SPOKEN else _NOTHING
        if self._rest and self._takes() and not self._goes_on:
            self._goes_on = True
            self._loop.call_soon(self._go_on)
        reads = not self._rest and not (self._stage is Stage.OPEN and self._inbox.full)
        if reads is not self._reading and not self._transport.is_closing():
            self._reading = reads
            (self._transport.resume_reading if reads else self._transport.pause_reading)()

    def _go_on(self) -> None:
        self._goes_on = False
        self._parse()

    def _takes(self) -> bool:
        return self._stage is Stage.CLOSING or (self._stage is Stage.OPEN and not self._inbox.full)

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._flush()
            told = self._wire.close_rcvd or Close(NOTHING_SAID, "")
            self._end(told.code, told.reason)
            self._close()
        elif self._stage is Stage.OPEN and frame.opcode in _DATA:
            try:
                self._inbox.take(frame)
            except UnicodeDecodeError:
                self._fail(INVALID_DATA, "Text must be UTF-8.")

    # --- the application

    async def receive(self) -> Message:
        """The next message; see `Inbox.get`."""
        message = await self._inbox.get()
        self._parse()
        return message

    async def send(self, message: Message) -> None:
        """Answer the handshake, send a message, or close; waits while the client is slow to take what waits.

        Raises:
            ClientDisconnected: The websocket is closed, by whomever.
            RuntimeError: The application broke the protocol.
        """
        while self._stage in {Stage.HANDSHAKE, Stage.OPEN} and not self._writable.is_set():
            await self._writable.wait()
        if self._stage is Stage.HANDSHAKE:
            self._decide(message)
        elif self._stage is Stage.OPEN:
            self._say(message)
        else:
            raise ClientDisconnected

    def _decide(self, message: Message) -> None:
        headers = message.get("headers", ())
        match message["type"]:
            case "websocket.accept":
                headers = [*self._server.default_headers, *headers]
                chosen = message.get("subprotocol")
                self._transport.write(acceptance(self.scope, subprotocol=chosen, headers=headers))
                self._stage = Stage.OPEN
                self._lives()
            case "websocket.close":
                self._turn_down(403, "Forbidden.")
            case "websocket.http.response.start":
                self._answer = (message["status"], [*self._server.default_headers, *headers])
            case "websocket.http.response.body" if self._answer is not None:
                self._body += message.get("body", b"")
                if not message.get("more_body", False):
                    status, headers = self._answer
                    self._transport.write(answer(status, headers=headers, body=self._body))
                    self._linger()
            case kind:
                raise RuntimeError(f"unexpected ASGI message {kind}")

    def _say(self, message: Message) -> None:
        match message["type"]:
            case "websocket.send":
                data = message.get("bytes")
                if data is None:
                    self._wire.send_text(message["text"].encode())
                else:
                    self._wire.send_binary(data)
                self._flush()
            case "websocket.close":
                self._say_close(message.get("code", NORMAL), message.get("reason") or "")
            case kind:
                raise RuntimeError(f"unexpected ASGI message {kind}")

    def ended(self, task: asyncio.Task[None]) -> None:
        """The application is done, well or badly; finish what it left open."""
        self._server.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, _QUIET):
            report(error)
        if self._stage is Stage.HANDSHAKE and task.cancelled():
            self._turn_down(503, "The server is shutting down.")
        elif self._stage is Stage.HANDSHAKE:
            self._turn_down(500, "Internal server error.")
        elif self._stage is Stage.OPEN:
            # A fault of ours is not told by 1011; see `without_internal`. What failed, the log tells.
            well = error is None and not task.cancelled()
            self._say_close(NORMAL if well else GOING_AWAY, "" if well else "Going away")
            if task.cancelled():
                self._close()
        # The scope holds methods of this connection: another ring.
        self.scope = {}

    # --- the end

    def _say_close(self, code: int, reason: str) -> None:
        """Close, and wait for the client to answer that."""
        self._wire.send_close(code, reason)
        self._flush()
        self._stage = Stage.CLOSING
        self._end(code, reason)
        self._inbox.clear()
        self._due.read_within(self._limits.close_time)
        self._parse()

    def _fail(self, code: int, reason: str) -> None:
        """Close on a client that does not keep to the rules."""
        self._wire.fail(code, reason)
        self._flush()
        self._part()

    def _part(self) -> None:
        """The closing frame of a failure is sent: end."""
        said = self._wire.close_sent or Close(GOING_AWAY, "")
        if said.code == INTERNAL and self._wire.parser_exc is not None:
            report(self._wire.parser_exc)
        self._end(int(said.code), said.reason)
        self._linger()

    def _turn_down(self, status: int, reason: str) -> None:
        """Refuse the handshake."""
        headers = self._server.default_headers
        self._transport.write(response(status, reason, refuse=self._refuse, headers=headers))
        self._linger()

    def _end(self, code: int, reason: str = "") -> None:
        if self._code is None and self._stage is not Stage.HANDSHAKE:
            self._code = code
        self._inbox.end(code, reason)
        self._writable.set()  # Who waits to send learns that it is over.

    def _linger(self) -> None:
        """Close once the client has closed, or after a while: an earlier close could destroy what was said last."""
        self._end(LOST)
        self._stage = Stage.LINGERING
        self._rest = _NOTHING
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
        self._due.read_within(self._limits.linger_time)

    def _close(self) -> None:
        self._stage = Stage.LINGERING
        self._due.read = NEVER
        if not self._transport.is_closing():
            self._transport.close()
        # A closing transport waits for its client without end.
        self._unsent = self._transport.get_write_buffer_size()
        if self._unsent:
            self._due.write_within(self._limits.write_stall)

    def _flush(self) -> None:
        """Write what the parser and the application have to say.

        A pong waits while the client is slow, and only the last one (RFC 6455, 5.5.3). After the closing frame none is
        due.
        """
        frames = self._wire.data_to_send()
        if self._stage is Stage.CLOSING or not self._writable.is_set():
            self._pong = next((frame for frame in reversed(frames) if frame[:1] == _PONG), self._pong)
            frames = [frame for frame in frames if frame[:1] != _PONG]
        if said := without_internal(frames):
            self._transport.write(said)

    # --- time

    def _write_overdue(self, _now: float) -> None:
        left = self._transport.get_write_buffer_size()
        if self._unsent - left < self._limits.body_rate * self._limits.write_stall:
            self._transport.abort()
        else:
            self._unsent = left
            self._due.write_within(self._limits.write_stall)

    def _lives(self) -> None:
        if self._stage is Stage.OPEN:
            self._pinged = False
            self._due.read_within(self._limits.ping_after)

    def _read_overdue(self, _now: float) -> None:
        if self._stage is not Stage.OPEN:
            self._close()
        elif not self._reading or not self._writable.is_set():
            # It is the application that does not take; or the client, and that has a deadline of its own.
            self._due.read_within(self._limits.ping_after)
        elif not self._pinged:
            self._pinged = True
            self._wire.send_ping(b"")
            self._flush()
            self._due.read_within(self._limits.pong_within)
        else:
            self._fail(GOING_AWAY, "No sign of life.")
