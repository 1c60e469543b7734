"""`POST /tts`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.audio.formats import FORMATS
from antiphon.domain.errors import AntiphonError, DurationReached, Unavailable, UnavailableCause
from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.speech import SpeechPiece
from antiphon.services.artifacts import Artifacts
from antiphon.services.keys import Keys
from antiphon.services.pay import Claim, Outcome, Paid, Replay
from antiphon.services.speak import Plan, Speak, speak
from antiphon.services.till import Till, Wanted
from antiphon.surfaces.soniox import translate
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


def build(*, speech: Speak, keys: Keys, till: Till, artifacts: Artifacts, abort_on_error: bool) -> Sequence[BaseRoute]:
    """The routes of this dialect.

    Args:
        speech: Who speaks.
        keys: Who may ask.
        till: Where it is paid.
        artifacts: Where answers are kept for requests that come again.
        abort_on_error: Cut the connection when speech fails midway, instead of ending it with trailers.
    """
    endpoint = _Tts(speech=speech, keys=keys, till=till, artifacts=artifacts, abort_on_error=abort_on_error)
    return [Route("/tts", endpoint, methods=["POST", "OPTIONS"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A request after all cheap checks."""

    wish: translate.Wish
    plan: Plan
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tts:
    """A plain ASGI application: at this rate of calls, each layer above it would cost."""

    route_name: ClassVar = "soniox.tts"

    speech: Speak
    keys: Keys
    till: Till
    artifacts: Artifacts
    abort_on_error: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body"})
            return
        key = await authenticate(scope, self.keys, Permission.TEXT_TO_SPEECH_REALTIME)
        try:
            job = await self._agreed(key, scope, receive)
        except AntiphonError as refusal:
            self.till.refused(
                key,
                dialect="soniox",
                route=self.route_name,
                request_id=request_id(scope),
                status=status_of(refusal),
                code=refusal.code,
            )
            raise
        try:
            await self._serve(job, scope, receive, send)
        except Replay as replay:
            await send_again(self.artifacts, replay.answer, scope=scope, receive=receive, send=send)

    async def _serve(self, job: _Job, scope: Scope, receive: Receive, send: Send) -> None:
        recorder = Recorder(self.artifacts, job.claim, job.wish.manner.encoding.codec)
        # The end is paid for before it is sent: whoever has seen it has been charged for it.
        async with self.till.pay.request(job.claim, units=translate.SLICE, status_of=status_of) as paid:
            delivery = _Delivery(scope=scope, receive=receive, send=send, paid=paid, recorder=recorder)
            failure = await delivery.stream(job.plan, job.wish)
            answer = None if failure else await recorder.answer(_headers(job.plan, job.wish))
            await paid.end(delivery.outcome(failure, answer))
        await delivery.end(failure, abort=self.abort_on_error)

    async def _agreed(self, key: ApiKey, scope: Scope, receive: Receive) -> _Job:
        """What is wanted, who does it and what it costs, after all that can be refused without asking the ledger."""
        await self.till.count(key, dialect="soniox", klass="tts")
        body = await read_json(scope, receive, most=LARGEST_BODY)
        wish = translate.wish(body)
        plan = self.speech.plan(wish.model, voice=wish.voice, language=wish.language)
        translate.check(plan.model, wish.manner)
        again = idempotency.requested(
            scope,
            route=self.route_name,
            body=orjson.dumps(body, option=orjson.OPT_SORT_KEYS),
            now=self.till.pay.clock.now(),
        )
        return _Job(wish=wish, plan=plan, claim=await self.till.claim(key, _wanted(scope, wish, plan, again)))


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """Sends one answer's sound, none of it before it is held for. `delivered` is how many milliseconds were."""

    scope: Scope
    receive: Receive
    send: Send
    paid: Paid
    recorder: Recorder
    delivered: int = 0

    async def stream(self, plan: Plan, wish: translate.Wish) -> AntiphonError | ClientGone | None:
        """Send the sound; what went wrong after its beginning is returned, what went wrong before it is raised."""
        try:
            async with stream.while_connected(self.receive), speak(plan, wish.text, wish.manner) as pieces:
                return await self._stream(pieces, _headers(plan, wish))
        except ClientGone as gone:
            if not self.delivered:
                raise
            return gone

    async def _stream(self, pieces: AsyncIterator[SpeechPiece], headers: Headers) -> AntiphonError | None:
        piece = await _first(pieces)
        await self.paid.cover(piece.duration, slice_=translate.SLICE)
        await self._start(headers)
        try:
            while not piece.last:
                await self._write(piece)
                piece = await _next(pieces)
                await self.paid.cover(piece.duration, slice_=translate.SLICE)
            await self._write(piece)
        except AntiphonError as failure:
            return failure
        return DurationReached(translate.LONGEST) if piece.capped else None

    async def _start(self, headers: Headers) -> None:
        trailers = stream.takes_trailers(self.scope)
        if trailers:
            headers = [*headers, (b"trailer", _TRAILERS)]
        await stream.start(self.send, headers=headers, trailers=trailers)

    async def _write(self, piece: SpeechPiece) -> None:
        self.delivered = piece.duration
        if piece.audio:
            self.recorder.hear(piece.audio)
            await stream.write(self.send, piece.audio)

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
            self.scope["antiphon.failure"] = failure
        if failure is not None and abort:
            stream.cut(self.scope)
            return
        trailers = [] if failure is None else _trailers(failure)
        await stream.finish(self.send, trailers=trailers if stream.takes_trailers(self.scope) else None)


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


def _wanted(scope: Scope, wish: translate.Wish, plan: Plan, again: idempotency.IdempotencyKey | None) -> Wanted:
    return Wanted(
        dialect="soniox",
        klass="tts",
        route=_Tts.route_name,
        price="speech",
        modality="speech",
        model=wish.model,
        engine=plan.maker.name,
        request_id=request_id(scope),
        client_reference_id=wish.client_reference_id or "",
        idempotency=again,
    )


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
