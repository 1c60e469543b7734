"""One stream of a websocket: text comes in pieces, sound goes out as soon as a phrase can be spoken."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from antiphon.domain.errors import (
    AntiphonError,
    DeadlineExceeded,
    DurationReached,
    InvalidRequest,
    Unavailable,
    UnavailableCause,
)
from antiphon.domain.keys import ApiKey
from antiphon.domain.phrases import Phrases
from antiphon.domain.speech import SpeechPiece
from antiphon.kit.clock import Clock
from antiphon.kit.interrupt import Interrupt
from antiphon.services.pay import Outcome, Paid
from antiphon.surfaces.soniox import messages, translate
from antiphon.surfaces.soniox.desk import DIALECT, LIMITS, Call, Desk, Job
from antiphon.surfaces.soniox.errors import status_of
from antiphon.surfaces.soniox.timestamps import Timeline
from antiphon.web.body import ClientGone
from antiphon.web.errors import CLIENT_CLOSED

ROUTE = "soniox.tts_websocket"
MOST_TEXT = 64 * 1024
"""Code points that wait to be spoken; two minutes of speech are a twentieth of it."""

log = structlog.get_logger("antiphon.soniox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited for what, in seconds. Source: contracts, Soniox §2.5.

    Args:
        key: For the first message with a valid key, on a connection that brought none.
        text: For more text, or its end.
        sound: For a stream's first sound.
        pace_after: Age from which a stream has to have made some sound for its age: `slowest` seconds a second.
        slowest: See `pace_after`.
        idle: For anything, where no stream is open.
        idle_kept: Likewise, for a stream, where the client says that it is there.
        last_words: For a client to leave by itself, once it is told that the connection will be closed.
        look: How often all this is looked at.
    """

    key: float = 10.0
    text: float = 5.0
    sound: float = 12.0
    pace_after: float = 30.0
    slowest: float = 0.1
    idle: float = 42.0
    idle_kept: float = 182.0
    last_words: float = 1.0
    look: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a stream has of its connection.

    Args:
        say: Sends a message, waiting while the client is slow; `ClientGone` where there is none any more.
        request_id: The connection's.
        clock: Tells the time.
        patience: How long is waited for what.
    """

    say: Callable[[str], Awaitable[None]]
    request_id: str
    clock: Clock
    patience: Patience


class Cancelled(Exception):
    """The client wants no more of the stream."""


@dataclass(slots=True)
class _Inbox:
    """The text of a stream that is still to be spoken."""

    parts: deque[str] = field(default_factory=deque)
    waiting: int = 0
    ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, text: str, *, last: bool) -> None:
        if text:  # Nothing would bound the number of empty ones.
            self.parts.append(text)
        self.waiting += len(text)
        self.ended = last
        self.changed.set()

    async def phrases(self, language: str) -> AsyncIterator[str]:
        """Phrases as soon as they can be spoken, to the end of the text."""
        phrases = Phrases(language)
        while self.parts or not self.ended:
            if not self.parts:
                self.changed.clear()
                await self.changed.wait()
                continue
            part = self.parts.popleft()
            self.waiting -= len(part)
            for phrase in phrases.add(part):
                yield phrase
        for phrase in phrases.end():
            yield phrase


class Stream:
    """A stream, from its configuration to `terminated`.

    Args:
        desk: The services that speech is made with.
        link: Its connection.
        start: The message that began it.
    """

    def __init__(self, desk: Desk, link: Link, start: messages.Start) -> None:
        self.id = start.stream_id
        self._desk = desk
        self._link = link
        self._body = start.body
        self._inbox = _Inbox()
        self._interrupt = Interrupt()
        self._stop: Exception | None = None
        self._begun = self._heard = link.clock.monotonic()
        self._delivered = 0  # Milliseconds of sound that were sent.
        self._tail: SpeechPiece | None = None  # The last piece: it goes out when it is paid for.
        self._timeline: Timeline | None = None

    def hear(self, message: messages.Continue) -> None:
        """Take a message of the client's. What is wrong with it ends the stream."""
        try:
            read = messages.read_text(message)
            if read.cancel:
                raise Cancelled  # noqa: TRY301 - as what is wrong, it ends the stream
            self._take(read.text or "", last=bool(read.text_end))
        except (InvalidRequest, Cancelled) as end:
            self.end(end)

    def end(self, reason: Exception) -> None:
        """Let the stream end, if it has not: an `AntiphonError` is told, `Cancelled` and `ClientGone` are not."""
        self._stop = self._stop or reason
        self._interrupt.now(reason)

    async def run(self, key: ApiKey) -> AntiphonError | None:
        """Do the stream's work for whoever has `key`, all but its last words. What went wrong.

        Raises:
            ClientGone: There is nobody to tell.
        """
        try:
            job = await self._agreed(key)
            failure = await self._paid_for(job, key)
        except AntiphonError as refusal:
            return refusal
        except Cancelled:
            return None
        if self._tail is not None:
            await self._send(self._tail)
        return failure

    def look(self) -> None:
        """End what takes too long. Called now and then."""
        patience, now = self._link.patience, self._link.clock.monotonic()
        age = now - self._begun
        if not self._inbox.ended and now - self._heard > patience.text:
            self.end(DeadlineExceeded("no_text"))
        elif not self._delivered and age > patience.sound:
            self.end(DeadlineExceeded("no_sound"))
        elif not self._inbox.ended and age > patience.pace_after and self._delivered < 1000 * age * patience.slowest:
            self.end(DeadlineExceeded("slow_sound"))

    def _take(self, text: str, *, last: bool) -> None:
        if self._inbox.ended:
            if text:
                raise InvalidRequest("text_ended", "text", stream=self.id)
            return  # A second end is none.
        if self._inbox.waiting + len(text) > MOST_TEXT:
            raise InvalidRequest("too_much_text", "text", limit=MOST_TEXT)
        if text:  # A message without any says no more than a keep-alive, which has no effect on a stream's time.
            self._heard = self._link.clock.monotonic()
        self._inbox.put(text, last=last)

    async def _agreed(self, key: ApiKey) -> Job:
        call = Call(key=key, route=ROUTE, request_id=self._link.request_id)
        try:
            await self._desk.till.count(key, dialect=DIALECT, klass=LIMITS)
            return await self._desk.agree(translate.stream_wish(self._body), call)
        except AntiphonError as refusal:
            self._desk.refused(call, refusal)
            raise

    async def _paid_for(self, job: Job, key: ApiKey) -> AntiphonError | None:
        """Speak, and settle what was spoken before its end is sent: whoever has seen it has been charged for it."""
        async with self._desk.till.pay.request(job.claim, units=translate.SLICE, status_of=status_of) as paid:
            await self._desk.temporary.begin(key)
            failure = await self._speak(job, paid, key)
            await paid.end(self._outcome(failure))
        if isinstance(failure, AntiphonError | None):
            return failure
        raise failure

    async def _speak(self, job: Job, paid: Paid, key: ApiKey) -> Exception | None:
        """Send sound, none of it before it is held for, until its end or the stream's; why it ended."""
        manner = job.wish.manner
        self._timeline = Timeline() if job.wish.timestamps else None
        try:
            async with self._interrupt, self._desk.sessions.open(key):
                if self._stop is not None:
                    return self._stop
                async with job.plan.maker.speak(self._phrases(manner.language), manner) as pieces:
                    async for piece in pieces:
                        await paid.cover(piece.duration, slice_=translate.SLICE)
                        if piece.last:
                            self._tail, self._delivered = piece, piece.duration
                            return DurationReached(translate.LONGEST) if piece.capped else None
                        await self._send(piece)
                        self._delivered = piece.duration
        except (AntiphonError, Cancelled, ClientGone) as failure:
            return failure
        return Unavailable(UnavailableCause.MAKER_DIED)  # A maker owes a last piece.

    async def _phrases(self, language: str) -> AsyncIterator[str]:
        async for phrase in self._inbox.phrases(language):
            if self._timeline is not None:
                self._timeline.add(phrase)
            yield phrase

    async def _send(self, piece: SpeechPiece) -> None:
        times = None if self._timeline is None else self._timeline.frame(piece)
        if not piece.audio and not piece.last and times is None:
            return
        whole = piece.last and not piece.capped
        for message in messages.sound(self.id, piece.audio, timestamps=times, last=whole):
            await self._link.say(message)

    def _outcome(self, failure: Exception | None) -> Outcome:
        match failure:
            case None:
                return Outcome(units=self._delivered, status=200)
            case AntiphonError():
                return Outcome(units=self._delivered, status=status_of(failure), code=failure.code)
            case Cancelled():
                return Outcome(units=self._delivered, status=CLIENT_CLOSED, code="cancelled")
            case _:
                return Outcome(units=self._delivered, status=CLIENT_CLOSED, code="client_gone")
