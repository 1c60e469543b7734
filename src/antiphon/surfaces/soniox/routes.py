"""`POST /tts`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.audio.formats import FORMATS
from antiphon.domain.errors import AntiphonError, DurationReached, Unavailable, UnavailableCause
from antiphon.domain.keys import Permission
from antiphon.domain.speech import SpeechPiece
from antiphon.services.keys import Keys
from antiphon.services.speak import Plan, Speak, speak
from antiphon.surfaces.soniox import translate
from antiphon.surfaces.soniox.errors import CORS, wording
from antiphon.web import stream
from antiphon.web.auth import authenticate
from antiphon.web.body import read_json
from antiphon.web.errors import STATUS, Headers

LARGEST_BODY = 256 * 1024

_PREFLIGHT: Headers = [
    *CORS,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, x-api-key, x-request-id"),
    (b"access-control-max-age", b"86400"),
]
_TRAILERS = b"X-Tts-Error-Code, X-Tts-Error-Message"


def build(*, speech: Speak, keys: Keys, abort_on_error: bool) -> Sequence[BaseRoute]:
    """The routes of this dialect.

    Args:
        speech: Who speaks.
        keys: Who may ask.
        abort_on_error: Cut the connection when speech fails midway, instead of ending it with trailers.
    """
    endpoint = _Tts(speech=speech, keys=keys, abort_on_error=abort_on_error)
    return [Route("/tts", endpoint, methods=["POST", "OPTIONS"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tts:
    """A plain ASGI application: at this rate of calls, each layer above it would cost."""

    route_name: ClassVar = "soniox.tts"

    speech: Speak
    keys: Keys
    abort_on_error: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body"})
            return
        await authenticate(scope, self.keys, Permission.TEXT_TO_SPEECH_REALTIME)
        wish = translate.wish(await read_json(scope, receive, most=LARGEST_BODY))
        plan = self.speech.plan(wish.model, voice=wish.voice, language=wish.language)
        translate.check(plan.model, wish.manner)
        delivery = _Delivery(scope=scope, receive=receive, send=send)
        failure = await delivery.stream(plan, wish)
        await delivery.end(failure, abort=self.abort_on_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """Sends one answer's sound."""

    scope: Scope
    receive: Receive
    send: Send

    async def stream(self, plan: Plan, wish: translate.Wish) -> AntiphonError | None:
        """Send the sound; what went wrong after its beginning is returned, what went wrong before it is raised."""
        async with stream.while_connected(self.receive), speak(plan, wish.text, wish.manner) as pieces:
            piece = await _first(pieces)
            await self._start(_headers(plan, wish))
            try:
                while not piece.last:
                    await self._write(piece)
                    piece = await _next(pieces)
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
        if piece.audio:
            await stream.write(self.send, piece.audio)

    async def end(self, failure: AntiphonError | None, *, abort: bool) -> None:
        """End the body, telling in trailers what went wrong."""
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
        (b"x-tts-error-code", str(STATUS[failure.code]).encode()),
        (b"x-tts-error-message", message.encode("ascii", "replace")),
    ]
