"""How a task stands, and what webhooks are told of it: each manner of this dialect in its own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import NotFound
from antiphon.domain.jobs import Job, JobState
from antiphon.services.stems import KIND as STEMS
from antiphon.surfaces.musicapi import clips, nuro, producer, stems, uploads
from antiphon.surfaces.musicapi.desk import DIALECT, Studio, answered, whose
from antiphon.surfaces.musicapi.errors import TaskNotFound
from antiphon.web.errors import Answer, json_answer

Standing = Callable[[Job], Mapping[str, Any]]

_EVENTS = {JobState.SUCCEEDED: "song.completed", JobState.RUNNING: "song.streaming"}
_PLATFORMS: Mapping[str, Standing] = {nuro.MANNER: nuro.standing, producer.MANNER: producer.standing}

_STANDINGS: Mapping[str, Standing] = {
    **dict.fromkeys(uploads.KINDS, uploads.standing),
    STEMS: stems.answer,
}
"""By the kind of a job, where it is not a song's."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """The route that is asked after tasks of one manner. It is free, and no limit counts it.

    Args:
        studio: What it works with.
        manner: Whose tasks: "sonic", "producer" or "nuro".
    """

    studio: Studio
    manner: str

    @property
    def route_name(self) -> str:
        """What logs call it."""
        return "musicapi.task" if self.manner == "sonic" else f"musicapi.{self.manner}.task"

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer how a task stands."""
        key = await whose(scope, self.studio.keys)
        try:
            job = await self.studio.submit.job(key, UUID(scope["path_params"]["task_id"]), dialect=DIALECT)
        except (ValueError, NotFound):
            raise TaskNotFound from None
        if _manner(job) != self.manner:
            raise TaskNotFound
        await answered(send, self._answer(job))

    def _answer(self, job: Job) -> Answer:
        if self.manner in _PLATFORMS:
            return json_answer(200, orjson.dumps(_PLATFORMS[self.manner](job)), [])
        if not uploads.ready(job):
            return json_answer(202, orjson.dumps({"type": "not_ready", "task_id": str(job.id)}), [])
        if job.kind in _STANDINGS:
            return json_answer(200, orjson.dumps(_STANDINGS[job.kind](job)), [])
        return json_answer(200, orjson.dumps(clips.answer(job, heard=self.studio.live.heard)), [])


def letter(job: Job, *, heard: clips.Heard = clips.nowhere) -> tuple[str, bytes]:
    """What a webhook says of a task: its event, and its body (contracts, MusicAPI §10).

    Args:
        job: As it stands.
        heard: Where its clips can be heard while they are made.
    """
    manner = _manner(job)
    if manner in _PLATFORMS:
        event = _EVENTS.get(job.state, "song.failed")
        body = {**_PLATFORMS[manner](job), "task_id": str(job.id), "platform": manner, "event": event}
        return event, orjson.dumps(body)
    if job.kind in uploads.KINDS:
        return uploads.letter(job)
    return stems.letter(job) if job.kind == STEMS else clips.letter(job, heard=heard)


def _manner(job: Job) -> str:
    return str(orjson.loads(job.shown).get("manner", "sonic"))
