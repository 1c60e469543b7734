"""Waiting for the end of a job: at once where it ends in this process, within a second where another server ends it."""

import asyncio
import contextlib
from collections.abc import Iterator
from uuid import UUID

from antiphon.domain.errors import NotFound
from antiphon.domain.jobs import Job
from antiphon.store.ports_jobs import JobStore

_POLL = 1.0
"""Seconds after which the store is asked: the job may have ended elsewhere."""


class Waits:
    """Who waits for which job.

    Args:
        jobs: Where they are.
        poll: Seconds after which the store is asked.
    """

    def __init__(self, jobs: JobStore, *, poll: float = _POLL) -> None:
        self._jobs = jobs
        self._poll = poll
        self._waiting: dict[UUID, set[asyncio.Future[Job]]] = {}

    def heard(self, job: Job) -> None:
        """A job has ended in this process: see `ends.Heard`."""
        for waiting in self._waiting.get(job.id, ()):
            if not waiting.done():
                waiting.set_result(job)

    async def ended(self, job_id: UUID, *, within: float) -> Job | None:
        """A job, once it has ended; None where it has not in so many seconds.

        Raises:
            NotFound: There is no such job.
            Unavailable: The store failed.
        """
        with self._listening(job_id) as heard:
            try:
                async with asyncio.timeout(within):
                    while True:
                        job = await self._jobs.job(job_id)  # Also at first: it may have ended before anybody listened.
                        if job is None:
                            raise NotFound("job", "job_id")
                        if job.state.ended:
                            return job
                        await asyncio.wait({heard}, timeout=self._poll)
                        if heard.done():
                            return heard.result()
            except TimeoutError:
                return None

    @contextlib.contextmanager
    def _listening(self, job_id: UUID) -> Iterator[asyncio.Future[Job]]:
        heard: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(job_id, set())
        waiting.add(heard)
        try:
            yield heard
        finally:
            waiting.discard(heard)
            if not waiting:
                self._waiting.pop(job_id, None)
