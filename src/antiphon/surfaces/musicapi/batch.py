"""Several bodies of `create` at once, each a task with its own price. Source: contracts, MusicAPI §5.17.

What is wrong with one of them is said beside its place, and the others are done all the same.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import AntiphonError, InvalidRequest, NotFound, Unavailable
from antiphon.domain.keys import ApiKey
from antiphon.services.pay import Replay
from antiphon.surfaces.musicapi.clips import STATES
from antiphon.surfaces.musicapi.create import create
from antiphon.surfaces.musicapi.desk import DIALECT, Asked, Studio, Task, answered, whose
from antiphon.surfaces.musicapi.errors import BatchNotFound, status_of, told
from antiphon.surfaces.musicapi.fields import missing
from antiphon.web import idempotency
from antiphon.web.errors import Answer, json_answer
from antiphon.web.gate import request_id

MOST = 10
"""Bodies in a batch."""

_PART = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Tasks that are submitted together.

    Args:
        items: The bodies, each as a request of its own, and what it asks for or why it is refused.
    """

    items: tuple[tuple[Asked, Task | AntiphonError], ...]

    async def carried_out(self, studio: Studio, asked: Asked, receive: Receive) -> Answer:  # noqa: ARG002 - nobody waits
        """Let the tasks wait, one after the other; see `Plan`."""
        tasks = [{"index": index, **await _entry(studio, *item)} for index, item in enumerate(self.items)]
        batch_id = studio.clips.memories.new_id()
        body = {"batch_id": str(batch_id), "submitted": sum("task_id" in task for task in tasks), "tasks": tasks}
        with contextlib.suppress(Unavailable):  # The tasks wait already, and whoever reads this answer knows them.
            await studio.clips.memories.keep(asked.key.account_id, batch_id, _PART, orjson.dumps(body))
        return _answer(body)


async def batch(studio: Studio, asked: Asked) -> Batch:
    """What a request asks for.

    Raises:
        InvalidRequest: It is no list of bodies; what is wrong with one of them is not raised.
    """
    items = asked.body.get("items")
    if items is None:
        raise missing("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST:
        raise InvalidRequest("items", "items", limit=MOST)
    idempotency.requested(asked.scope, route=asked.route, body=b"", now=0.0)  # It is wrong once, not ten times.
    # Each is a request of its own to `Idempotency-Key` too, hence the number.
    each = [replace(asked, route=f"{asked.route}.{index}", body=item) for index, item in enumerate(items)]
    return Batch(items=tuple([(one, await _planned(studio, one)) for one in each]))


@dataclass(frozen=True, slots=True)
class BatchState:
    """The route that is asked after a batch. It is free, and no limit counts it."""

    route_name: ClassVar = "musicapi.batch.state"

    studio: Studio

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer how the tasks of a batch stand."""
        key = await whose(scope, self.studio.keys)
        known = await _known(self.studio, key, scope)
        tasks = [await _standing(self.studio, key, task) for task in known["tasks"]]
        await answered(send, _answer({**known, "tasks": tasks}))


async def _planned(studio: Studio, asked: Asked) -> Task | AntiphonError:
    """What one body asks for, or why it is refused, which is logged."""
    await asyncio.sleep(0)  # Ten long texts in a row would let everybody else wait.
    try:
        if not isinstance(asked.body, dict):
            raise InvalidRequest("object")
        return await create(studio, asked)
    except AntiphonError as failure:
        studio.till.refused(
            asked.key,
            dialect=DIALECT,
            route=asked.route,
            request_id=request_id(asked.scope),
            status=status_of(failure),
            code=failure.code,
        )
        return failure


async def _entry(studio: Studio, asked: Asked, item: Task | AntiphonError) -> Mapping[str, str]:
    """What is said of one body: its task, or why there is none."""
    if isinstance(item, AntiphonError):
        return told(item)
    try:
        job = await item.submitted(studio, asked)
    except Replay as replay:
        return {"task_id": orjson.loads(replay.answer.body)["task_id"]}
    except AntiphonError as failure:
        return told(failure)
    return {"task_id": str(job.id)}


async def _known(studio: Studio, key: ApiKey, scope: Scope) -> Mapping[str, Any]:
    """What was answered to a batch of the key's account.

    Raises:
        InvalidRequest: "batch": none is named.
        BatchNotFound: There is no such batch.
    """
    named = parse_qs(scope["query_string"].decode("latin-1")).get("batch_id")
    if not named:
        raise InvalidRequest("batch", "batch_id")
    try:
        found = await studio.clips.memories.recall(key.account_id, UUID(named[0]), _PART)
    except (ValueError, NotFound):
        raise BatchNotFound from None
    return dict(orjson.loads(found))


async def _standing(studio: Studio, key: ApiKey, task: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was said of a body, with how its task stands now."""
    if "task_id" not in task:
        return task
    job = await studio.submit.job(key, UUID(task["task_id"]), dialect=DIALECT)
    return {**task, "state": STATES[job.state]}


def _answer(batch: Mapping[str, Any]) -> Answer:
    return json_answer(200, orjson.dumps({"code": 200, "message": "success", **batch}), [])
