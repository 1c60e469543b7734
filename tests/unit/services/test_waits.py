"""Waiting for the end of a job, here and elsewhere."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.errors import NotFound
from antiphon.domain.jobs import Job, JobState
from antiphon.services.waits import Waits

JOB = Job(
    id=UUID(int=1),
    account_id=UUID(int=2),
    dialect="sonna",
    kind="picture",
    asked=b"{}",
    price=0,
    created_at=0.0,
    state=JobState.RUNNING,
)
DONE = replace(JOB, state=JobState.SUCCEEDED, made=b"[]")
OFTEN, NEVER = 0.001, 1e9


class Jobs:
    """A store of one job, which counts how often it is asked."""

    def __init__(self, job: Job | None) -> None:
        self.now = job
        self.asked = asyncio.Semaphore(0)

    async def job(self, job_id: UUID) -> Job | None:
        self.asked.release()
        return self.now if job_id == JOB.id else None


async def waited(waits: Waits, within: float = NEVER) -> Job | None:
    async with asyncio.timeout(60):
        return await waits.ended(JOB.id, within=within)


async def test_who_waits_hears_of_an_end_here_without_asking_again() -> None:
    jobs = Jobs(JOB)
    waits = Waits(jobs, poll=NEVER)
    waiting = [asyncio.create_task(waited(waits)) for _ in range(3)]
    for _ in waiting:
        await jobs.asked.acquire()
    waits.heard(replace(DONE, id=UUID(int=9)))
    waits.heard(DONE)
    assert await asyncio.gather(*waiting) == [DONE] * 3
    assert jobs.asked.locked()


async def test_an_end_elsewhere_is_found_by_asking() -> None:
    jobs = Jobs(JOB)
    waiting = asyncio.create_task(waited(Waits(jobs, poll=OFTEN)))
    await jobs.asked.acquire()
    jobs.now = DONE
    assert await waiting == DONE


async def test_what_ended_before_anybody_waited_is_found_at_once() -> None:
    assert await waited(Waits(Jobs(DONE), poll=NEVER)) == DONE


async def test_who_waits_long_enough_is_told_nothing() -> None:
    assert await waited(Waits(Jobs(JOB), poll=NEVER), within=0.001) is None


async def test_there_is_nothing_to_wait_for_where_there_is_no_job() -> None:
    with pytest.raises(NotFound):
        await waited(Waits(Jobs(None), poll=NEVER))


async def test_nobody_is_remembered_who_does_not_wait_any_more() -> None:
    jobs = Jobs(JOB)
    waits = Waits(jobs, poll=NEVER)
    waiting = asyncio.create_task(waited(waits))
    await jobs.asked.acquire()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    waits.heard(DONE)
    assert not vars(waits)["_waiting"]
