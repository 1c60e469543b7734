"""What an operator can ask about jobs. For how it is asked see `control`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.jobs import Job, JobState
from antiphon.services.queue import Queue
from antiphon.surfaces.ops.control import Handler, Meant, text_in, worded

_MOST = 100


def job_handlers(queue: Queue, meant: Meant) -> dict[str, Handler]:
    """The verbs `jobs.*`. Times are Unix seconds, prices thousandths of a credit.

    Args:
        queue: What they are about.
        meant: Whose. Where no account is named, a list is of all.
    """
    desk = _Desk(queue, meant)
    verbs: dict[str, Handler] = {"jobs.list": desk.list, "jobs.show": desk.show, "jobs.cancel": desk.cancel}
    return {verb: worded(handler) for verb, handler in verbs.items()}


class _Desk:
    """The verbs."""

    def __init__(self, queue: Queue, meant: Meant) -> None:
        self._queue = queue
        self._meant = meant

    async def list(self, arguments: dict[str, Any]) -> object:
        after = text_in(arguments, "after")
        found = await self._queue.list(
            account_id=await self._meant.account(arguments) if arguments.get("account") else None,
            state=_state_in(arguments),
            after=_id(after) if after else None,
            most=_MOST,
        )
        return {"jobs": [_shown(job) for job in found]}

    async def show(self, arguments: dict[str, Any]) -> object:
        job, messages = await self._queue.show(_id(text_in(arguments, "job")))
        return {**_shown(job), "webhooks": [str(message.id) for message in messages]}

    async def cancel(self, arguments: dict[str, Any]) -> object:
        return _shown(await self._queue.cancel(_id(text_in(arguments, "job"))))


def _shown(job: Job) -> dict[str, Any]:
    """All but what was asked for and made: that is the customer's."""
    return {
        "id": str(job.id),
        "account_id": str(job.account_id),
        "dialect": job.dialect,
        "kind": job.kind,
        "state": job.state,
        "progress": round(job.progress, 3),
        "stage": job.stage,
        "fault": None if job.fault is None else job.fault.code,
        "fence": job.fence,
        "priority": job.priority,
        "price": job.price,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("unknown_job", "job") from None


def _state_in(arguments: Mapping[str, Any]) -> JobState | None:
    try:
        return JobState(arguments["state"]) if arguments.get("state") else None
    except ValueError:
        raise InvalidRequest("job_state", "state") from None
