"""`/tts-websocket`: up to five streams on a connection. Source: contracts, Soniox §2."""

import asyncio
import contextlib
from collections.abc import Sequence

from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from antiphon.domain.errors import (
    AntiphonError,
    DeadlineExceeded,
    InvalidRequest,
    LimitExceeded,
    Unauthenticated,
    Unavailable,
    UnavailableCause,
)
from antiphon.domain.keys import ApiKey, Permission
from antiphon.kit.clock import Clock
from antiphon.kit.interrupt import Interrupt
from antiphon.surfaces.soniox import messages
from antiphon.surfaces.soniox.desk import Desk
from antiphon.surfaces.soniox.errors import status_of
from antiphon.surfaces.soniox.stream import ROUTE, Link, Patience, Stream
from antiphon.web import auth
from antiphon.web.body import ClientGone
from antiphon.web.gate import request_id
from antiphon.web.report import report
from antiphon.web.upgrade import websocket_routes

MOST_STREAMS = 5
SUBPROTOCOL = "soniox-api-key"

_MOST_TASKS = 2 * MOST_STREAMS
"""Streams that have ended may still have last words on the way to a client that does not read them."""
_OFFERED = 2  # The name of the subprotocol, and the key.
_SELDOM = 4
"""Where no stream is open, there is less to look at: many connections do nothing most of the time."""
_POLICY = 1008
_GOING_AWAY = 1001
_TRY_AGAIN = 1013
_OUR_FAULT = 500


def build(desk: Desk, *, clock: Clock, patience: Patience | None = None) -> Sequence[BaseRoute]:
    """The route of speech in streams.

    Args:
        desk: The services that speech is made with.
        clock: Tells the time.
        patience: How long is waited for what.
    """
    return websocket_routes("/tts-websocket", Socket(desk, clock=clock, patience=patience or Patience()))


class Socket:
    """The endpoint, a plain ASGI application."""

    route_name = ROUTE

    def __init__(self, desk: Desk, *, clock: Clock, patience: Patience) -> None:
        self._desk = desk
        self._clock = clock
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        line = _Line(scope, receive, send)
        link = Link(say=line.say, request_id=request_id(scope), clock=self._clock, patience=self._patience)
        await _Connection(self._desk, line, link).serve()


class _Idle(Exception):
    """Nothing happened for too long."""


class _Stopping(Exception):
    """The server wants to end, and nothing is going on here any more."""


class _Line:
    """The client's end: text in, text out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._closed = False

    async def open(self) -> None:
        """Take the connection. Of the subprotocols only ours is confirmed, as browsers want it."""
        await self._receive()
        chosen = SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None
        await self._tell({"type": "websocket.accept", "subprotocol": chosen})

    async def hear(self) -> Message:
        """What comes next.

        Raises:
            ClientGone: Nothing comes any more.
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._closed = True
            raise ClientGone
        return message

    async def say(self, text: str) -> None:
        """Send a message, waiting while the client is slow.

        Raises:
            ClientGone: There is nobody any more.
        """
        await self._tell({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection, unless it is."""
        await self._tell({"type": "websocket.close", "code": code, "reason": reason})
        self._closed = True

    async def _tell(self, message: Message) -> None:
        if self._closed:
            raise ClientGone
        try:
            await self._send(message)
        except OSError as gone:
            self._closed = True
            raise ClientGone from gone


class _Connection:
    """One client, its key and its streams."""

    def __init__(self, desk: Desk, line: _Line, link: Link) -> None:
        self._desk = desk
        self._line = line
        self._link = link
        self._interrupt = Interrupt()
        self._streams: dict[str, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._key: str | None = None  # As it came with the connection; None where messages bring it.
        self._known = False  # Whether a key was right.
        self._stopping = False
        self._timer: asyncio.TimerHandle | None = None
        self._opened = self._heard = self._busy = link.clock.monotonic()
        self._kept = False

    async def serve(self) -> None:
        """Serve the client to the end of the connection, and leave nothing behind."""
        try:
            await self._line.open()
            async with self._interrupt:
                self._look()
                await self._attend()
        except AntiphonError as failure:
            self._end_streams()  # What is said from here on, nobody should pay for.
            await self._give_up(failure)
        except (_Idle, _Stopping) as end:
            await self._part(_GOING_AWAY, "Timeout" if isinstance(end, _Idle) else "Going away")
        except ClientGone:
            pass
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._end_streams()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _end_streams(self) -> None:
        for stream in self._streams.values():
            stream.end(ClientGone())

    async def _attend(self) -> None:
        await auth.refuse_query(self._line.scope, self._desk.keys)
        self._key = _presented(self._line.scope)
        if self._key is not None:
            await self._recognise(self._key)
        while True:
            message = await self._line.hear()
            self._heard = self._link.clock.monotonic()
            if message["type"] == "websocket.receive":
                await self._take(message.get("text"))
            else:  # The server wants to end: what has begun may go on for a while.
                self._stopping = True

    async def _take(self, text: str | None) -> None:
        if text is None:
            raise InvalidRequest("message_format")
        try:
            message = messages.read(text)
        except InvalidRequest as wrong:
            if wrong.field != "stream_id":
                raise
            await self._line.say(messages.failed(wrong, stream_id="", request_id=self._link.request_id))
            return
        match message:
            case messages.Start():
                await self._start(message)
            case messages.Continue(stream_id=stream_id) if stream_id in self._streams:
                self._streams[stream_id].hear(message)
            case messages.Continue(stream_id=stream_id):
                await self._fail(stream_id, InvalidRequest("stream_unknown", "stream_id", stream=stream_id))
            case _:
                self._kept = True

    async def _start(self, message: messages.Start) -> None:
        if message.stream_id in self._streams:
            active = InvalidRequest("stream_active", "stream_id", stream=message.stream_id)
            await self._fail(message.stream_id, active)
            return
        while len(self._tasks) >= _MOST_TASKS:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        if refusal := self._refusal():
            await self._fail(message.stream_id, refusal)
            await self._line.say(messages.terminated(message.stream_id))
            return
        stream = self._streams[message.stream_id] = Stream(self._desk, self._link, message)
        task = asyncio.get_running_loop().create_task(self._run(stream, message))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _refusal(self) -> AntiphonError | None:
        if self._stopping:
            return Unavailable(UnavailableCause.SHUTTING_DOWN)
        if len(self._streams) >= MOST_STREAMS:
            return LimitExceeded("streams", tier="connection")
        return None

    async def _run(self, stream: Stream, message: messages.Start) -> None:
        """A stream's whole life, in a task of its own."""
        try:
            key = await self._recognise(_key_of(message, self._key))
            failure = await stream.run(key)
        except AntiphonError as refusal:
            failure = refusal
        except ClientGone:
            return
        finally:
            self._busy = self._link.clock.monotonic()
            del self._streams[stream.id]  # Before `terminated`, so that its id may be used from then on.
        try:
            if failure is not None:
                await self._fail(stream.id, failure)
            await self._line.say(messages.terminated(stream.id))
        except ClientGone:
            return

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            report(fault, self._link.request_id)
            self._interrupt.now(AntiphonError())

    async def _recognise(self, text: str) -> ApiKey:
        key = await auth.recognise(text, self._desk.keys, Permission.TEXT_TO_SPEECH_REALTIME)
        self._known = True
        return key

    async def _fail(self, stream_id: str, failure: AntiphonError) -> None:
        await self._line.say(messages.failed(failure, stream_id=stream_id, request_id=self._link.request_id))

    async def _give_up(self, failure: AntiphonError) -> None:
        """Tell what is wrong with the whole connection, and close it when the client has had time to read that.

        One that is closed while it still says what it wants finds out by that, and never reads why.
        """
        try:
            await self._line.say(messages.failed(failure, stream_id=None, request_id=self._link.request_id))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._link.patience.last_words):
                    while True:
                        await self._line.hear()
        except ClientGone:
            return
        await self._part(_TRY_AGAIN if status_of(failure) >= _OUR_FAULT else _POLICY, failure.code)

    async def _part(self, code: int, reason: str) -> None:
        try:
            await self._line.close(code, reason)
        except ClientGone:
            return

    def _look(self) -> None:
        """End what takes too long, and come again."""
        patience = self._link.patience
        often = patience.look if self._streams else _SELDOM * patience.look
        self._timer = asyncio.get_running_loop().call_later(often, self._look)
        for stream in tuple(self._streams.values()):
            stream.look()
        now = self._link.clock.monotonic()
        free, quiet = now - max(self._busy, self._opened), now - max(self._busy, self._heard)
        if not self._known and now - self._opened > patience.key:
            # Also where a stream is just being refused: else whoever asks for one after another would stay.
            self._interrupt.now(DeadlineExceeded("no_text"))
        elif self._streams:
            return
        elif self._stopping:
            self._interrupt.now(_Stopping())
        elif free > patience.idle_kept or (quiet > patience.idle and not self._kept):
            self._interrupt.now(_Idle())


def _presented(scope: Scope) -> str | None:
    """The key that came with the connection: in a header, or as a subprotocol, for browsers can set no header.

    Raises:
        Unauthenticated: "scheme", or "missing" where only the subprotocol's name was offered.
        InvalidRequest: "key_twice".
    """
    offered = scope.get("subprotocols") or []
    if SUBPROTOCOL not in offered:
        try:
            return auth.presented(scope)
        except Unauthenticated as nothing:
            if nothing.reason != "missing":
                raise
            return None
    if len(offered) != _OFFERED or offered[0] != SUBPROTOCOL:
        raise Unauthenticated("missing")
    if auth.carries_key(scope):
        raise InvalidRequest("key_twice", "api_key")
    return str(offered[1])


def _key_of(message: messages.Start, presented: str | None) -> str:
    """The key of a stream: the connection's, or the message's own.

    Raises:
        Unauthenticated: "missing".
        InvalidRequest: "key_twice", or "wrong_type".
    """
    own = message.body.get("api_key")
    if own is None or own == "":
        if presented is None:
            raise Unauthenticated("missing")
        return presented
    if presented is not None:
        raise InvalidRequest("key_twice", "api_key")
    if not isinstance(own, str):
        raise InvalidRequest("wrong_type", "api_key")
    return own
