"""Working: jobs are claimed, done and ended, whoever dies on the way.

A worker has a job as long as it renews its lease. One that lost it (it was stopped for too long, or the job was
cancelled) drops the work; whatever it would still say, the fence refuses.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from antiphon.domain.errors import AntiphonError, Conflict, Unavailable
from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.kit.clock import Clock
from antiphon.store.ports_jobs import Beat, Claim, JobEnd, JobStore, Message

LEASE = 6.0
"""Seconds after which a worker that says nothing is taken for dead."""
_BEATS = 4  # In a lease.
_POLL = 1.0
_PAUSE = 0.5
_SWEPT_AT_ONCE = 100

log = structlog.get_logger("antiphon.work")

Tell = Callable[[str, float], None]
"""Called with the name of a stage and how much of the whole is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is written down with the end of a job: its row of the request log, and what is to be delivered."""

    usage: Usage | None = None
    messages: tuple[Message, ...] = ()


class Trade(Protocol):
    """Whoever can do one kind of job."""

    async def work(self, job: Job, tell: Tell) -> bytes:
        """What comes out, as JSON; its files are whole when this returns. Cancelled, it stops all that it started.

        Raises:
            AntiphonError: It cannot be done; its code is the job's fault.
        """
        ...

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down with the end."""
        ...


class Workshop:
    """Does jobs, so many at once.

    Args:
        jobs: Where they are.
        trades: Who does which kind.
        slots: How many at once, at least 1.
        name: The worker's; no two that live have the same.
        clock: Tells the time.
        lease: Seconds after which it is taken for dead.
    """

    def __init__(
        self,
        jobs: JobStore,
        trades: Mapping[str, Trade],
        *,
        slots: int,
        name: str,
        clock: Clock,
        lease: float = LEASE,
    ) -> None:
        self._jobs = jobs
        self._trades = trades
        self._slots = slots
        self._name = name
        self._clock = clock
        self._lease = lease
        self._at_work: dict[UUID, _Bench] = {}
        self._wake = asyncio.Event()
        self._swept = clock.monotonic() - lease

    async def serve(self, stop: asyncio.Event, *, drain: float) -> None:
        """Work until told to stop; then finish what was begun, and give back what is not done in time.

        Args:
            stop: When to stop.
            drain: Seconds for what was begun.
        """
        beside = [asyncio.create_task(one) for one in (self._beat(), self._listen(), self._heed(stop))]
        try:
            while not stop.is_set():
                self._wake.clear()
                if not await self._round():
                    await self._wake.wait()
            await self._drain(drain)
        finally:
            for task in (*beside, *(bench.task for bench in self._at_work.values())):
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _round(self) -> bool:
        """Sweep where it is time, and begin what can be begun; whether anything was."""
        try:
            await self._sweep()
            free = self._slots - len(self._at_work)
            if free <= 0:
                return False
            now = self._clock.now()
            claims = await self._jobs.claim(
                worker=self._name, kinds=self._trades.keys(), most=free, now=now, until=now + self._lease
            )
        except Unavailable as failure:
            log.warning("jobs cannot be claimed", cause=failure.cause)
            await asyncio.sleep(_PAUSE)
            return True
        except Exception:
            # Nobody would begin another round.
            log.exception("jobs cannot be claimed")
            await asyncio.sleep(_PAUSE)
            return True
        for claim in claims:
            self._begin(claim)
        return bool(claims)

    def _begin(self, claim: Claim) -> None:
        id_ = claim.job.id
        if (lost := self._at_work.pop(id_, None)) is not None:  # Our own lease ended: the newest fence wins.
            lost.drop()
        bench = _Bench(claim, asyncio.create_task(self._one(claim)))
        self._at_work[id_] = bench

        def leave(task: "asyncio.Task[None]") -> None:
            if self._at_work.get(id_) is bench:
                del self._at_work[id_]
            self._wake.set()
            if not task.cancelled() and (failure := task.exception()) is not None:
                log.error("a job cannot be ended", job=str(id_), exc_info=failure)

        bench.task.add_done_callback(leave)

    async def _one(self, claim: Claim) -> None:
        """Do a job and end it. While the database is away that is tried again: we have the lease, the work is done."""
        job = claim.job
        outcome = await self._outcome(job)
        receipt = self._receipt(job, outcome)
        while True:
            try:
                await self._end(job, outcome, receipt, fence=job.fence)
            except Unavailable as failure:
                log.warning("a job cannot be ended yet", job=str(job.id), cause=failure.cause)
                await asyncio.sleep(_PAUSE)
                continue
            return

    async def _outcome(self, job: Job) -> bytes | Fault:
        def tell(stage: str, share: float) -> None:
            if (bench := self._at_work.get(job.id)) is not None:
                bench.stage, bench.progress = stage, share

        try:
            async with asyncio.timeout(max(0.0, job.deadline - self._clock.now())):
                return await self._trades[job.kind].work(job, tell)
        except TimeoutError:
            return Fault(code="deadline")
        except AntiphonError as failure:
            return Fault(code=failure.code)
        except Exception:
            # One job's accident is not to take the others with it.
            log.exception("a job failed", job=str(job.id), kind=job.kind)
            return Fault(code="internal")

    def _receipt(self, job: Job, outcome: bytes | Fault) -> Receipt:
        """What is written down with the end. A job of which nothing can be said has to end all the same."""
        trade = self._trades.get(job.kind)
        if trade is None:
            return Receipt()
        try:
            return trade.receipt(job, outcome, at=self._clock.now())
        except Exception:
            log.exception("a job has no receipt", job=str(job.id), kind=job.kind)
            return Receipt()

    async def _end(self, job: Job, outcome: bytes | Fault, receipt: Receipt, *, fence: int | None) -> None:
        failed = isinstance(outcome, Fault)
        end = JobEnd(
            id=job.id,
            fence=fence,
            state=JobState.FAILED if failed else JobState.SUCCEEDED,
            charge=MilliCredits(0) if failed else job.price,
            at=self._clock.now(),
            made=b"" if isinstance(outcome, Fault) else outcome,
            fault=outcome if isinstance(outcome, Fault) else None,
            usage=receipt.usage,
            messages=receipt.messages,
        )
        try:
            await self._jobs.end(end)
        except Conflict:
            log.warning("a job was ended by another", job=str(job.id), fence=job.fence)

    async def _sweep(self) -> None:
        """Fail what is past its deadline, and what nobody survives."""
        if self._clock.monotonic() - self._swept < self._lease / _BEATS:
            return
        self._swept = self._clock.monotonic()
        now = self._clock.now()
        for job in await self._jobs.overdue(now=now, most=_SWEPT_AT_ONCE):
            fault = Fault(code="deadline" if job.deadline <= now else "poison")
            try:
                await self._end(job, fault, self._receipt(job, fault), fence=None)
            except Unavailable:  # The next sweep finds it again.
                raise
            except Exception:
                # One job that cannot be ended is not to keep the others from it.
                log.exception("a job cannot be swept", job=str(job.id))

    async def _beat(self) -> None:
        """Renew what is at work. This is also how a cancelled job's worker hears of it."""
        while True:
            await asyncio.sleep(self._lease / _BEATS)
            self._wake.set()  # The sweep's time may have come.
            mine = dict(self._at_work)
            if not mine:
                continue
            beats = {id_: bench.beat() for id_, bench in mine.items()}
            try:
                kept = await self._jobs.beat(beats, worker=self._name, until=self._clock.now() + self._lease)
            except Unavailable:
                continue
            for id_, bench in mine.items():
                if id_ not in kept:
                    bench.drop()

    async def _listen(self) -> None:
        while True:
            try:
                await self._jobs.wait(most=_POLL)
            except Unavailable:
                await asyncio.sleep(_POLL)
            self._wake.set()

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _drain(self, seconds: float) -> None:
        if not self._at_work:
            return
        await asyncio.wait([bench.task for bench in self._at_work.values()], timeout=seconds)
        left = dict(self._at_work)
        for bench in left.values():
            bench.drop()
        await asyncio.gather(*(bench.task for bench in left.values()), return_exceptions=True)
        with contextlib.suppress(Unavailable):  # Its lease will end.
            await self._jobs.give_back({id_: bench.claim.job.fence for id_, bench in left.items()}, worker=self._name)


class _Bench:
    """A job at work."""

    def __init__(self, claim: Claim, task: "asyncio.Task[None]") -> None:
        self.claim = claim
        self.task = task
        self.stage = ""
        self.progress = 0.0

    def drop(self) -> None:
        """Stop the work, once: a second cancellation would stop it cleaning up."""
        if not self.task.cancelling():
            self.task.cancel()

    def beat(self) -> Beat:
        return Beat(fence=self.claim.job.fence, progress=self.progress, stage=self.stage)
