"""`POST /tts`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.audio.formats import FORMATS
from antiphon.domain.errors import AntiphonError, DurationReached, Unavailable, UnavailableCause
from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.speech import SpeechPiece
from antiphon.services.artifacts import Artifacts
from antiphon.services.pay import Outcome, Paid, Replay
from antiphon.services.speak import Plan, speak
from antiphon.surfaces.soniox import translate
from antiphon.surfaces.soniox.desk import DIALECT, LIMITS, Call, Desk, Job
from antiphon.surfaces.soniox.errors import CORS, status_of, wording
from antiphon.surfaces.soniox.replay import Recorder, send_again
from antiphon.web import idempotency, stream
from antiphon.web.auth import authenticate
from antiphon.web.body import ClientGone, read_json
from antiphon.web.errors import CLIENT_CLOSED, Headers
from antiphon.web.gate import request_id

LARGEST_BODY = 256 * 1024

_PREFLIGHT: Headers = [
    *CORS,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, x-api-key, x-request-id"),
    (b"access-control-max-age", b"86400"),
]
_TRAILERS = b"X-Tts-Error-Code, X-Tts-Error-Message"


def build(desk: Desk, *, artifacts: Artifacts, abort_on_error: bool) -> Sequence[BaseRoute]:
    """The route of speech in one piece.

    Args:
        desk: The services that speech is made with.
        artifacts: Where answers are kept for requests that come again.
        abort_on_error: Cut the connection when speech fails midway, instead of ending it with trailers.
    """
    return [Route("/tts", _Tts(desk, artifacts=artifacts, abort_on_error=abort_on_error), methods=["POST", "OPTIONS"])]


class _Tts:
    """A plain ASGI application: at this rate of calls, each layer above it would cost."""

    route_name = "soniox.tts"

    def __init__(self, desk: Desk, *, artifacts: Artifacts, abort_on_error: bool) -> None:
        self._desk = desk
        self._artifacts = artifacts
        self._abort_on_error = abort_on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body"})
            return
        key = await authenticate(scope, self._desk.keys, Permission.TEXT_TO_SPEECH_REALTIME)
        call = Call(key=key, route=self.route_name, request_id=request_id(scope))
        try:
            job = await self._agreed(call, scope, receive)
        except AntiphonError as refusal:
            self._desk.refused(call, refusal)
            raise
        try:
            await self._serve(key, job, _Line(scope=scope, receive=receive, send=send))
        except Replay as replay:
            await send_again(self._artifacts, replay.answer, scope=scope, receive=receive, send=send)

    async def _serve(self, key: ApiKey, job: Job, line: "_Line") -> None:
        recorder = Recorder(self._artifacts, job.claim, job.wish.manner.encoding.codec)
        # The end is paid for before it is sent: whoever has seen it has been charged for it.
        async with self._desk.till.pay.request(job.claim, units=translate.SLICE, status_of=status_of) as paid:
            await self._desk.temporary.begin(key)
            delivery = _Delivery(line=line, paid=paid, recorder=recorder)
            failure = await delivery.stream(job, self._desk.sessions.open(key))
            answer = None if failure else await recorder.answer(_headers(job.plan, job.wish))
            await paid.end(delivery.outcome(failure, answer))
        await delivery.end(failure, abort=self._abort_on_error)

    async def _agreed(self, call: Call, scope: Scope, receive: Receive) -> Job:
        """What is wanted, who does it and what it costs, after all that can be refused without asking the ledger."""
        await self._desk.till.count(call.key, dialect=DIALECT, klass=LIMITS)
        body = await read_json(scope, receive, most=LARGEST_BODY)
        wish = translate.wish(body)
        again = idempotency.requested(
            scope,
            route=self.route_name,
            body=idempotency.canonical(body),
            now=self._desk.till.pay.clock.now(),
        )
        return await self._desk.agree(wish, call, again=again)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What ASGI gives an application."""

    scope: Scope
    receive: Receive
    send: Send


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """Sends one answer's sound, none of it before it is held for. `delivered` is how many milliseconds were."""

    line: _Line
    paid: Paid
    recorder: Recorder
    delivered: int = 0

    async def stream(self, job: Job, session: AbstractAsyncContextManager[None]) -> AntiphonError | ClientGone | None:
        """Send the sound; what went wrong after its beginning is returned, what went wrong before it is raised."""
        wish = job.wish
        try:
            async with (
                stream.while_connected(self.line.receive),
                session,
                speak(job.plan, (wish.text,), wish.manner) as pieces,
            ):
                return await self._stream(pieces, _headers(job.plan, wish))
        except (AntiphonError, ClientGone) as failure:
            if not self.delivered:
                raise
            return failure

    async def _stream(self, pieces: AsyncIterator[SpeechPiece], headers: Headers) -> AntiphonError | None:
        piece = await _first(pieces)
        await self.paid.cover(piece.duration, slice_=translate.SLICE)
        await self._start(headers)
        while not piece.last:
            await self._write(piece)
            piece = await _next(pieces)
            await self.paid.cover(piece.duration, slice_=translate.SLICE)
        await self._write(piece)
        return DurationReached(translate.LONGEST) if piece.capped else None

    async def _start(self, headers: Headers) -> None:
        trailers = stream.takes_trailers(self.line.scope)
        if trailers:
            headers = [*headers, (b"trailer", _TRAILERS)]
        await stream.start(self.line.send, headers=headers, trailers=trailers)

    async def _write(self, piece: SpeechPiece) -> None:
        self.delivered = piece.duration
        if piece.audio:
            self.recorder.hear(piece.audio)
            await stream.write(self.line.send, piece.audio)

    def outcome(self, failure: AntiphonError | ClientGone | None, answer: idempotency.StoredAnswer | None) -> Outcome:
        """What is charged for, the milliseconds that were sent, and what is kept for a request that comes again."""
        match failure:
            case None:
                return Outcome(units=self.delivered, status=200, answer=answer)
            case ClientGone():
                return Outcome(units=self.delivered, status=CLIENT_CLOSED, code="client_gone")
            case _:
                return Outcome(units=self.delivered, status=status_of(failure), code=failure.code)

    async def end(self, failure: AntiphonError | ClientGone | None, *, abort: bool) -> None:
        """End the body, telling in trailers what went wrong."""
        if isinstance(failure, ClientGone):
            raise failure
        if failure is not None:
            self.line.scope["antiphon.failure"] = failure
        if failure is not None and abort:
            stream.cut(self.line.scope)
            return
        trailers = [] if failure is None else _trailers(failure)
        await stream.finish(self.line.send, trailers=trailers if stream.takes_trailers(self.line.scope) else None)


async def _first(pieces: AsyncIterator[SpeechPiece]) -> SpeechPiece:
    """The first piece with sound in it: before it, a failure can still be a status."""
    piece = await _next(pieces)
    while not (piece.audio or piece.last):
        piece = await _next(pieces)
    return piece


async def _next(pieces: AsyncIterator[SpeechPiece]) -> SpeechPiece:
    piece = await anext(pieces, None)
    if piece is None:  # A maker owes a last piece.
        raise Unavailable(UnavailableCause.MAKER_DIED)
    return piece


def _headers(plan: Plan, wish: translate.Wish) -> Headers:
    stand_in = [] if plan.stands_in_for is None else [(b"x-antiphon-stand-in", plan.stands_in_for.encode())]
    return [
        (b"content-type", FORMATS[wish.manner.encoding.codec].content_type.encode()),
        (b"cache-control", b"no-store"),
        (b"x-antiphon-engine", plan.maker.name.encode()),
        *stand_in,
        *CORS,
    ]


def _trailers(failure: AntiphonError) -> Headers:
    _, message = wording(failure)
    return [
        (b"x-tts-error-code", str(status_of(failure)).encode()),
        (b"x-tts-error-message", message.encode("ascii", "replace")),
    ]
