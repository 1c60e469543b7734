"""Sonna's routes of speech: synthesis and voices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.errors import AntiphonError, LimitExceeded
from antiphon.domain.keys import ApiKey
from antiphon.domain.limits import Quota
from antiphon.services.artifacts import Artifacts
from antiphon.services.speak import Speak
from antiphon.services.till import Till
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.errors import face, quota_headers, status_of
from antiphon.surfaces.sonna.synthesis import ROUTE, Synthesis
from antiphon.web.errors import Answer, Headers, json_answer
from antiphon.web.files import send_file
from antiphon.web.gate import request_id


def build(
    *, speech: Speak, callers: Callers, till: Till, artifacts: Artifacts, catalogue: SonnaSpeech
) -> Sequence[BaseRoute]:
    """The routes of this dialect.

    Args:
        speech: Who speaks. It has to know the models of `catalogue`.
        callers: Who may ask.
        till: Where it is paid.
        artifacts: Where the sound is kept.
        catalogue: Models and voices.
    """
    synthesis = Synthesis(speech=speech, till=till, artifacts=artifacts, catalogue=catalogue)
    return [
        Route("/api/v1/tts/synthesize", _Synthesize(callers=callers, till=till, synthesis=synthesis), methods=["POST"]),
        Route("/api/v1/tts/voices", _Voices(callers=callers, catalogue=catalogue), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Synthesize:
    route_name: ClassVar = ROUTE

    callers: Callers
    till: Till
    synthesis: Synthesis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await self.callers.anyone(scope)
        quota: Quota | None = None
        try:
            quota = await self.till.count(key, dialect="sonna", klass="speech")
            job = await self.synthesis.agree(key, scope, receive)
        except AntiphonError as failure:
            self._note(key, scope, failure)
            quota = failure.quota if isinstance(failure, LimitExceeded) else quota
            await _answer(send, _refused(failure, scope), quota_headers(quota))
            return
        try:
            reply = await self.synthesis.make(job, receive)
        except AntiphonError as failure:
            await _answer(send, _refused(failure, scope), quota_headers(quota))
            return
        headers = [*reply.answer.headers, *quota_headers(quota)]
        if reply.file is None:
            await _answer(send, replace(reply.answer, headers=headers))
        else:
            await send_file(scope, receive, send, file=reply.file, headers=headers)

    def _note(self, key: ApiKey, scope: Scope, failure: AntiphonError) -> None:
        """Log a refusal that the ledger was not asked about."""
        self.till.refused(
            key,
            dialect="sonna",
            route=self.route_name,
            request_id=request_id(scope),
            status=status_of(failure),
            code=failure.code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voices:
    route_name: ClassVar = "sonna.voices"

    callers: Callers
    catalogue: SonnaSpeech

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.callers.anyone(scope)
        wanted = translate.listing(scope["query_string"])
        found = [voice for voice in self.catalogue.voices.all if wanted.takes(voice)]
        body: dict[str, Any] = {
            "success": True,
            "voices": [translate.voice_entry(voice) for voice in wanted.cut(found)],
        }
        if wanted.part:
            body["total"] = len(found)
        await _answer(send, json_answer(200, orjson.dumps(body), []))


def _refused(failure: AntiphonError, scope: Scope) -> Answer:
    scope["antiphon.failure"] = failure  # For log and metrics.
    return face(failure, request_id(scope))


async def _answer(send: Send, answer: Answer, more: Headers | None = None) -> None:
    headers = [*answer.headers, *(more or ())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
