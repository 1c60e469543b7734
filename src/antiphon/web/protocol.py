"""HTTP/1.1 on one connection, with bounds: uvicorn's httptools protocol, made safe to put on a network.

uvicorn 0.54.0 takes headers without end and waits for slow clients for ever (measured: 57 MB of headers took
519 MB of memory; a silent connection was still open after 75 s). Here every byte has a deadline and every
buffer a size. uvicorn is pinned exactly, because this leans on its insides.
"""

import asyncio
from collections import deque
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from antiphon.web.deadline import NEVER, Deadlines
from antiphon.web.exchange import Exchange
from antiphon.web.limits import Limits
from antiphon.web.pace import Pace
from antiphon.web.refusal import Refuse, neutral, response
from antiphon.web.scope import http_scope
from antiphon.web.upgrade import declined, handshake_fault, offers_websocket
from antiphon.web.websocket import take_over

_SLICE = 16 * 1024  # Bytes fed to the parser at a time: what may lie in it unseen.
_PIPELINED = 16  # Requests that may wait behind the one being answered.


class _Stop(Exception):
    """Leaves a callback of the parser, which must not go on; `Protocol.fault` says why."""


class Protocol(HttpToolsProtocol):
    """One client's connection.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's state, shared by all connections.
        app_state: What the lifespan put into the state.
        _loop: The event loop; uvicorn passes it by this name.
        limits: How much and how long a client may.
        refuse: Makes the body of a refusal.
    """

    cycle: Exchange | None  # type: ignore[assignment]
    pipeline: deque[Exchange]  # type: ignore[assignment]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits | None = None,
        refuse: Refuse = neutral,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits = limits or Limits()
        self.refuse = refuse
        self.running: Exchange | None = None
        self.fault = (400, "Malformed HTTP request.")
        self.refusal: tuple[int, str] | None = None  # To be sent when what runs is answered.
        self.deaf = False  # Nothing more is parsed; what comes is thrown away.
        self.discard_left = NEVER
        self.in_head = True  # What is being read is a header, or nothing yet, and not a body.
        self.begun = self.timing_head = self.upgrading = False
        self.head = self.fed = 0
        self.pace = Pace(self.limits)
        self.due = Deadlines(self.loop, read_overdue=self._read_overdue, write_overdue=self._write_overdue)
        self.unsent = 0

    # --- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new client, if there is room."""
        super().connection_made(transport)
        most = self.limits.max_connections
        open_now = len(self.connections)
        if open_now > most + max(16, most // 8):
            transport.abort()  # Even saying no costs a place for a moment.
        elif open_now > most:
            self._refuse(503, "Too many connections.")
        else:
            self.timing_head = True
            self.due.read_within(self.limits.header_time)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request under way that its client is gone."""
        self.connections.discard(self)
        self.due.cancel()
        for exchange in (self.running, self.cycle, *self.pipeline):
            if exchange is not None and not exchange.complete:
                exchange.lose()
        self.pipeline.clear()
        self.running = self.cycle = None
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment]

    def shutdown(self) -> None:
        """The server stops: close if idle, else after the response under way."""
        running = self._answering()
        if running is None:
            self._close()
        else:
            running.keep_alive = False

    def pause_writing(self) -> None:
        """The client takes less than the application makes."""
        super().pause_writing()
        self.unsent = self.transport.get_write_buffer_size()
        self.due.write_within(self.limits.write_stall)

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        if not self.transport.is_closing():
            self.due.write = NEVER

    # --- bytes in

    def data_received(self, data: bytes) -> None:
        """Parse what came, in slices small enough for every bound to be seen in time."""
        if self.deaf:
            self._discard(len(data))
        elif len(data) <= _SLICE:
            self._feed(data)
        else:
            view = memoryview(data)
            for at in range(0, len(data), _SLICE):
                self._feed(view[at : at + _SLICE])
                if self.deaf:
                    self._discard(len(data) - at)
                    return

    def _feed(self, data: bytes | memoryview) -> None:
        self.fed = len(data)
        if self.in_head:
            self.head += self.fed
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(bytes(data[upgrade.args[0] :]))
        except httptools.HttpParserError:
            if not self.deaf:
                self._fail(*self.fault)
        else:
            if not self.in_head or self.begun or self.head:
                self._unfinished()
            elif self._answering() is not None:
                self.due.read = NEVER
            else:
                self.due.read_within(self.limits.keep_alive)

    def _unfinished(self) -> None:
        """Only a part of a request is here: bound its size and its time."""
        if self.in_head:
            if self.head > self.limits.header:
                self._fail(431, "Request header is too large.")
            elif not self.timing_head:
                self.timing_head = True
                self.due.read_within(self.limits.header_time)
            return
        if not self.pace.watching:
            length = next((value for name, value in self.headers if name == b"content-length"), None)
            self.pace.watch(None if length is None else int(length), now=self.loop.time())
            self.due.read_within(self.limits.body_grace)
        if self.pace.noise(self.fed) > self.limits.header:
            self._fail(431, "Request trailer is too large.")

    # --- the parser's callbacks

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self.url = b""
        self.headers = []
        self.begun = True
        self.expect_100_continue = self.upgrading = False

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self.url += url
        if len(self.url) > self.limits.url:
            self._stop(414, "Request URL is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the header; those of a trailer are dropped."""
        if not self.in_head:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            self._stop(501, "Transfer-Encoding is not supported.")
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the application, or queue the request behind the one under way."""
        if self.head + self.fed > self.limits.header and self._head_size() > self.limits.header:
            self._stop(431, "Request header is too large.")
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._stop(505, "HTTP version is not supported.")
        if len(self.pipeline) >= _PIPELINED:
            self.pipeline[0].keep_alive = False
            self.deaf = True
            self.due.read = NEVER
            raise _Stop
        scope = http_scope(self, version=version)
        self.scope = scope  # type: ignore[assignment]
        if self.parser.should_upgrade():
            self.upgrading = True
            return
        self.in_head = False
        self.pace.got = 0
        exchange = self.cycle = Exchange(
            owner=self,
            scope=scope,
            expects_continue=self.expect_100_continue,
            keep_alive=version == "1.1" and self.parser.should_keep_alive(),
        )
        if self._answering() is None:
            self._run(exchange)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft(exchange)

    def on_body(self, body: bytes) -> None:
        """A piece of the request's body."""
        exchange = self.cycle
        self.pace.got += len(body)
        if exchange is None or exchange.complete or exchange.disconnected:
            return
        exchange.body += body
        if len(exchange.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        exchange.message_event.set()

    def on_message_complete(self) -> None:
        """The request is read to its end."""
        if self.upgrading:
            return
        self.in_head = True
        self.begun = self.timing_head = self.pace.watching = False
        self.head = 0
        exchange = self.cycle
        if exchange is not None and not exchange.complete:
            exchange.more_body = False
            exchange.message_event.set()

    def _stop(self, status: int, reason: str) -> None:
        self.fault = (status, reason)
        raise _Stop

    def _head_size(self) -> int:
        return len(self.url) + 16 + sum(len(name) + len(value) + 4 for name, value in self.headers)

    # --- upgrades

    def _upgrade(self, rest: bytes) -> None:
        if self.scope["method"] != "CONNECT" and not offers_websocket(self.scope):
            self._without_upgrade(rest)
        elif rest or self.scope["method"] == "CONNECT" or self._answering() is not None:
            self._fail(400, "Malformed HTTP request.")  # Nothing may follow a handshake before its answer.
        elif fault := handshake_fault(self.headers):
            self._fail(*fault)
        else:
            self.deaf = True
            take_over(self)

    def _without_upgrade(self, rest: bytes) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.in_head, self.begun, self.head = True, False, 0
        self._feed(declined(self.scope, self.url) + rest)

    # --- answers

    def _answering(self) -> Exchange | None:
        running = self.running
        return None if running is None or running.complete else running

    def _run(self, exchange: Exchange) -> None:
        self.running = exchange
        call: Any = self.app(exchange.scope, exchange.receive, exchange.send)
        task: asyncio.Task[None] = self.loop.create_task(call)
        self.tasks.add(task)
        task.add_done_callback(exchange.ended)

    def answered(self, exchange: Exchange) -> None:
        """Go on with the next request, wait for one, or close."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if not exchange.keep_alive:
            self.hang_up()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._run(self.pipeline.pop())
        elif self.refusal is not None:
            self._refuse(*self.refusal)
        elif self.in_head and not self.begun and not self.head:
            self.due.read_within(self.limits.keep_alive)

    def excuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """The application ended without a response: write one of ours."""
        exchange.complete = True
        self._refuse(status, reason, method=exchange.scope["method"])

    def hang_up(self) -> None:
        """Close once everything written is sent, without a reset where the client is still sending."""
        if self.in_head and not self.begun and not self.deaf:
            self._close()
        else:
            self._linger()

    def _fail(self, status: int, reason: str) -> None:
        """Something is wrong with the request being read: nothing more can be read from this client."""
        self.deaf = True
        self.due.read = NEVER
        running = self._answering()
        if running is not None and (self.in_head or self.cycle is not running):
            # An earlier request is still being answered, and goes first.
            if not self.in_head:
                self.pipeline.popleft()
            self.refusal = (status, reason)
        elif running is not None and running.started:
            running.break_off()
        elif running is None and not self.in_head:
            self.hang_up()  # Answered already.
        else:
            if running is not None:
                running.lose()
            self._refuse(status, reason)

    def _refuse(self, status: int, reason: str, *, method: str = "") -> None:
        if self.transport.is_closing():
            return
        headers = self.server_state.default_headers
        self.transport.write(response(status, reason, refuse=self.refuse, headers=headers, method=method))
        self._linger()

    def _discard(self, size: int) -> None:
        self.discard_left -= size
        if self.discard_left < 0:
            self._close()

    def _linger(self) -> None:
        self.deaf = True
        self.discard_left = self.limits.linger
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.due.read_within(self.limits.linger_time)

    def _close(self) -> None:
        if self.transport.is_closing():
            return
        self.due.read = NEVER
        self.transport.close()
        # A closing transport waits for its client without end.
        self.unsent = self.transport.get_write_buffer_size()
        if self.unsent:
            self.due.write_within(self.limits.write_stall)

    # --- time

    def _write_overdue(self, _now: float) -> None:
        left = self.transport.get_write_buffer_size()
        if self.unsent - left < self.limits.body_rate * self.limits.write_stall:
            self.transport.abort()
        else:
            self.unsent = left
            self.due.write_within(self.limits.write_stall)

    def _read_overdue(self, now: float) -> None:
        if self.deaf:
            self._close()
        elif not self.in_head:
            self._judge_body(now)
        elif self.begun:
            self._fail(408, "Request timeout.")
        else:
            self._close()  # Nobody has asked for anything, so nobody is answered.

    def _judge_body(self, now: float) -> None:
        exchange = self.cycle
        if self.flow.read_paused or (exchange is not None and exchange.expects_continue):
            self.pace.restart(now)  # It is the application that takes its time.
        left = self.pace.left_over(now)
        if left <= 0:
            self._fail(408, "Request timeout.")
        else:
            self.due.read_within(max(left, self.limits.body_grace / 20))
