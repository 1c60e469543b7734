"""What an operator can see of jobs, and do about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.errors import Conflict, NotFound
from antiphon.domain.jobs import Job, JobState
from antiphon.kit.clock import Clock
from antiphon.services.ends import Ends
from antiphon.store.ports_jobs import JobStore, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What there is to do.

    Args:
        jobs: How many wait ("pending") and run ("running"); NaN where that is not known.
        oldest: For how many seconds the job has waited for a worker that waits longest; its account's window has room.
    """

    jobs: Mapping[str, float]
    oldest: float


class Queue:
    """Jobs, and an end to them.

    Args:
        jobs: Where they are.
        ends: Ends those that are cancelled.
        clock: Tells the time.
    """

    def __init__(self, jobs: JobStore, ends: Ends, *, clock: Clock) -> None:
        self._jobs = jobs
        self._ends = ends
        self._clock = clock

    async def backlog(self) -> Backlog:
        """What there is to do."""
        counted, since = await self._jobs.waiting(), await self._jobs.waits_since()
        return Backlog(
            jobs={state: counted.get(state, 0) for state in (JobState.PENDING, JobState.RUNNING)},
            oldest=0.0 if since is None else max(0.0, self._clock.now() - since),
        )

    async def list(
        self,
        *,
        account_id: UUID | None = None,
        state: JobState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Job]:
        """Jobs, the newest first, of an account or all, in a state or any, from the one before `after` on."""
        return await self._jobs.listed(account_id=account_id, state=state, after=after, most=most)

    async def show(self, job_id: UUID) -> tuple[Job, Sequence[Message]]:
        """A job, and what was or is to be delivered of it.

        Raises:
            NotFound: "unknown_job".
        """
        job = await self._jobs.job(job_id)
        if job is None:
            raise NotFound("unknown_job", "job")
        return job, await self._jobs.messages_of(job_id)

    async def cancel(self, job_id: UUID) -> Job:
        """End a job that waits or runs: nothing is charged, and whoever wanted to know is told.

        Raises:
            NotFound: "unknown_job".
            Conflict: "job_ended": it has ended before. "no_trade": nobody here can say what is to be told of it.
        """
        job, _messages = await self.show(job_id)
        try:
            return await self._ends.cancel(job)
        except Conflict as refused:
            raise Conflict("job_ended" if refused.reason == "ended" else refused.reason) from refused
