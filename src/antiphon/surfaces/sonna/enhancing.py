"""`enhance` and `enhance-dialogue`: tags put into texts. Free, and never an error once the body is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.catalog.voices import VoiceBook
from antiphon.domain.errors import AntiphonError, InvalidRequest
from antiphon.domain.keys import ApiKey
from antiphon.services.enhance import Enhance, Enhanced
from antiphon.services.pay import Outcome
from antiphon.services.till import Till, Wanted
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.asking import Limited, answer, refused
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.errors import status_of
from antiphon.surfaces.sonna.schemas import EnhanceDialogueRequest, EnhanceRequest
from antiphon.web.body import read_json
from antiphon.web.errors import json_answer
from antiphon.web.gate import request_id

LONGEST = 2000
"""Code points in all."""
KLASS = "enhance"
_LARGEST_BODY = 256 * 1024


def build(*, callers: Callers, till: Till, voices: VoiceBook, enhance: Enhance) -> Sequence[BaseRoute]:
    """These routes.

    Args:
        callers: Who may ask.
        till: Where it is counted and logged.
        voices: Those that may be named.
        enhance: Puts the tags in.
    """
    desk = _Desk(till=till, voices=voices, enhance=enhance)
    return [
        Route("/api/v1/tts/enhance", _Enhance(callers=callers, desk=desk), methods=["POST"]),
        Route("/api/v1/tts/enhance-dialogue", _EnhanceDialogue(callers=callers, desk=desk), methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What the two share."""

    till: Till
    voices: VoiceBook
    enhance: Enhance

    def check(self, texts: Sequence[str], *, field: str, voices: Sequence[tuple[str, str | None]]) -> None:
        """Refuse what is too long, and voices that nobody has; these come with their field's name."""
        for place, voice in voices:
            if voice is not None and self.voices.find(voice) is None:
                raise InvalidRequest("unknown_voice", place)
        length = sum(map(len, texts))
        if length > LONGEST:
            raise InvalidRequest("too_long", field, limit=LONGEST, length=length)

    async def do(self, key: ApiKey, scope: Scope, texts: Sequence[str], *, route: str) -> Sequence[Enhanced]:
        """Put the tags in, and have it in the request log."""
        wanted = Wanted(
            dialect="sonna",
            klass=KLASS,
            route=route,
            price=route.removeprefix("sonna."),
            modality="speech",
            model=route.removeprefix("sonna."),
            engine=self.enhance.enhancer.name,
            request_id=request_id(scope),
        )
        claim = await self.till.claim(key, wanted)
        async with self.till.pay.request(claim, units=1, status_of=status_of) as paid:
            made = await self.enhance.of(texts)
            await paid.end(Outcome(units=1, status=200))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Enhance:
    route_name: ClassVar = "sonna.enhance"

    callers: Callers
    desk: _Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _limited(self, scope, receive, send)

    async def tell(self, key: ApiKey, scope: Scope, body: Any) -> dict[str, Any]:
        """The answer's body."""
        request = translate.read(EnhanceRequest, body)
        translate.spoken(request.text, "text")
        self.desk.check([request.text], field="text", voices=[("voiceId", request.voiceId)])
        (made,) = await self.desk.do(key, scope, [request.text], route=self.route_name)
        return _told(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _EnhanceDialogue:
    route_name: ClassVar = "sonna.enhance-dialogue"

    callers: Callers
    desk: _Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _limited(self, scope, receive, send)

    async def tell(self, key: ApiKey, scope: Scope, body: Any) -> dict[str, Any]:
        """The answer's body."""
        turns = translate.read(EnhanceDialogueRequest, body).turns
        for place, turn in enumerate(turns):
            translate.spoken(turn.text, f"turns[{place}].text")
        texts = [turn.text for turn in turns]
        voices = [(f"turns[{place}].voiceId", turn.voiceId) for place, turn in enumerate(turns)]
        self.desk.check(texts, field="turns", voices=voices)
        made = await self.desk.do(key, scope, texts, route=self.route_name)
        return {"turns": [{"id": turn.id, **_told(each)} for turn, each in zip(turns, made, strict=True)]}


async def _limited(route: _Enhance | _EnhanceDialogue, scope: Scope, receive: Receive, send: Send) -> None:
    key = await route.callers.anyone(scope)
    asked = Limited(key=key, scope=scope, till=route.desk.till, route=route.route_name, klass=KLASS)
    try:
        await asked.count()
        body = await route.tell(key, scope, await read_json(scope, receive, most=_LARGEST_BODY))
    except AntiphonError as failure:
        asked.note(failure)
        await answer(send, refused(failure, scope), asked.headers)
        return
    await answer(send, json_answer(200, orjson.dumps({"success": True, **body}), []), asked.headers)


def _told(made: Enhanced) -> dict[str, Any]:
    failed = {"fallback": True} if made.failed else {}
    return {"text": made.text, "original": made.original, **failed}
