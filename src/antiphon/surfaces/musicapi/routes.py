"""MusicAPI's routes: each with what it asks for; tasks as they stand; credits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.surfaces.musicapi import batch, exports, made_of, nuro, personas, producer, stems, uploads, wordings
from antiphon.surfaces.musicapi.create import create
from antiphon.surfaces.musicapi.desk import Asked, Endpoint, Plan, Studio, answered, whose
from antiphon.surfaces.musicapi.retired import PREFIXES, Gone
from antiphon.surfaces.musicapi.tasks import TaskState
from antiphon.web.errors import json_answer

_CALLS: Mapping[str, Callable[[Studio, Asked], Awaitable[Plan]]] = {
    "sample": made_of.sample,
    "mashup": made_of.mashup,
    "replace-section": made_of.replace_section,
    "upload-extend": uploads.upload_extend,
    "upload-cover": uploads.upload_cover,
    "create-voice": uploads.create_voice,
    "batch": batch.batch,
    "lyrics": wordings.lyrics,
    "upsample-tags": wordings.upsample_tags,
    "persona": personas.persona,
    "vox": personas.vox,
    "bpm": exports.bpm,
    "wav": exports.wav,
    "midi": exports.midi,
    "aligned-lyrics": exports.aligned_lyrics(),
    "download": exports.download(),
    "stems/basic": stems.apart("basic"),
    "stems/full": stems.apart("full"),
}
"""What is made of clips and had of them, and around them, by the last part of its path."""

_MANNERS: Mapping[str, Callable[[Studio, Asked], Awaitable[Plan]]] = {
    "producer/create": producer.create,
    "producer/upload": producer.upload,
    "producer/download": producer.download,
    "nuro/create": nuro.create,
}
"""Other manners of the same, by path."""


def build(studio: Studio) -> Sequence[BaseRoute]:
    """The routes of this dialect."""
    return [
        Route("/api/v1/sonic/create", Endpoint(studio, "musicapi.create", create), methods=["POST"]),
        *(
            Route(
                f"/api/v1/sonic/{name}", Endpoint(studio, "musicapi." + name.replace("/", "."), plan), methods=["POST"]
            )
            for name, plan in _CALLS.items()
        ),
        Route(
            "/api/v1/sonic/upload",
            Endpoint(studio, "musicapi.upload", uploads.upload, reading=uploads.recorded),
            methods=["POST"],
        ),
        Route("/api/v1/sonic/batch", batch.BatchState(studio), methods=["GET"]),
        *(
            Route(f"/api/v1/{manner}/task/{{task_id}}", TaskState(studio, manner), methods=["GET"])
            for manner in ("sonic", "producer", "nuro")
        ),
        *(
            Route(f"/api/v1/{path}", Endpoint(studio, f"musicapi.{path.replace('/', '.')}", plan), methods=["POST"])
            for path, plan in _MANNERS.items()
        ),
        *(Route(f"{prefix}/{{rest:path}}", Gone(studio.keys)) for prefix in PREFIXES),
        Route("/api/v1/get-credits", _Credits(studio), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Credits:
    route_name: ClassVar = "musicapi.credits"

    studio: Studio

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await whose(scope, self.studio.keys)
        available = (await self.studio.till.credits.balance(key.account_id)).available
        extra = available.get(Bucket.PAYG, MilliCredits(0))
        body = {
            "credits": (sum(available.values()) - extra) // self.studio.credit,
            "extra_credits": extra // self.studio.credit,
        }
        await answered(send, json_answer(200, orjson.dumps(body), []))
