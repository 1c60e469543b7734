"""Working: jobs are claimed, done and ended, whoever dies on the way.

A worker has a job as long as it renews its lease. One that lost it (it was stopped for too long, or the job was
cancelled) drops the work; whatever it would still say, the fence refuses.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from uuid import UUID

import structlog

from antiphon.domain.errors import AntiphonError, Unavailable
from antiphon.domain.jobs import KEPT, Fault
from antiphon.kit.clock import Clock
from antiphon.services.bench import Bench
from antiphon.services.ends import Ends, Heard
from antiphon.services.trades import JobFailed, Receipt, Tell, Trade
from antiphon.store.ports_jobs import Claim, JobStore

__all__ = ["LEASE", "Receipt", "Tell", "Trade", "Workshop"]

LEASE = 6.0
"""Seconds after which a worker that says nothing is taken for dead."""
_BEATS = 4  # In a lease.
_POLL = 1.0
_PAUSE = 0.5
_SWEPT_AT_ONCE = 100
_BREATH = 0.05
"""What is said together is written together."""
_TIDIED = 60.0
_FORGOTTEN_AT_ONCE = 500

log = structlog.get_logger("antiphon.work")


class Workshop:
    """Does jobs, so many at once.

    Args:
        jobs: Where they are.
        lanes: Who does which kind. What is in one lane does not wait for what is in another.
        slots: How many of each lane at once; 0 for none.
        name: The worker's; no two that live have the same.
        clock: Tells the time.
        lease: Seconds after which it is taken for dead.
        ended: Hears of each job that it ended.
    """

    def __init__(
        self,
        jobs: JobStore,
        *lanes: Mapping[str, Trade],
        slots: int,
        name: str,
        clock: Clock,
        lease: float = LEASE,
        ended: Heard | None = None,
    ) -> None:
        self._jobs = jobs
        self._lanes = [lane for lane in lanes if lane]
        self._trades = {kind: trade for lane in lanes for kind, trade in lane.items()}
        self._slots = slots
        self._name = name
        self._clock = clock
        self._lease = lease
        self._ends = Ends(jobs, clock=clock)
        self._ends.learn(self._trades, *(() if ended is None else (ended,)))
        self._at_work: dict[UUID, Bench] = {}
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._swept = clock.monotonic() - lease
        self._tidied = clock.monotonic() - _TIDIED

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
            await self._tidy()
            return any([await self._fill(lane.keys()) for lane in self._lanes])
        except Unavailable as failure:
            log.warning("jobs cannot be claimed", cause=failure.cause)
            await asyncio.sleep(_PAUSE)
            return True
        except Exception:
            # Nobody would begin another round.
            log.exception("jobs cannot be claimed")
            await asyncio.sleep(_PAUSE)
            return True

    async def _fill(self, kinds: Collection[str]) -> bool:
        """Begin what can be begun of the kinds of a lane; whether anything was."""
        free = self._slots - sum(bench.job.kind in kinds for bench in self._at_work.values())
        if free <= 0:
            return False
        now = self._clock.now()
        claims = await self._jobs.claim(worker=self._name, kinds=kinds, most=free, now=now, until=now + self._lease)
        for claim in claims:
            self._begin(claim)
        return bool(claims)

    def _begin(self, claim: Claim) -> None:
        id_ = claim.job.id
        if (lost := self._at_work.pop(id_, None)) is not None:  # Our own lease ended: the newest fence wins.
            lost.drop()
        bench = Bench(claim, self._jobs, clock=self._clock, hurry=self._hurry.set)
        bench.begin(self._one(bench))
        self._at_work[id_] = bench

        def leave(task: "asyncio.Task[None]") -> None:
            if self._at_work.get(id_) is bench:
                del self._at_work[id_]
            self._wake.set()
            if not task.cancelled() and (failure := task.exception()) is not None:
                log.error("a job cannot be ended", job=str(id_), exc_info=failure)

        bench.task.add_done_callback(leave)

    async def _one(self, bench: Bench) -> None:
        """Do a job and end it. While the database is away that is tried again: we have the lease, the work is done."""
        job = bench.job
        outcome = await self._outcome(bench)
        bench.over = True
        receipt = self._ends.receipt(job, outcome)
        while True:
            try:
                await self._ends.end(job, outcome, receipt, fence=job.fence)
            except Unavailable as failure:
                log.warning("a job cannot be ended yet", job=str(job.id), cause=failure.cause)
                await asyncio.sleep(_PAUSE)
                continue
            return

    async def _outcome(self, bench: Bench) -> bytes | Fault:
        job = bench.job
        try:
            async with asyncio.timeout(max(0.0, job.deadline - self._clock.now())):
                return await self._trades[job.kind].work(job, bench)
        except TimeoutError:
            return Fault(code="deadline")
        except JobFailed as failed:
            return failed.fault
        except AntiphonError as failure:
            return Fault(code=failure.code)
        except Exception:
            # One job's accident is not to take the others with it.
            log.exception("a job failed", job=str(job.id), kind=job.kind)
            return Fault(code="internal")

    async def _sweep(self) -> None:
        """Fail what is past its deadline, and what nobody survives."""
        if self._clock.monotonic() - self._swept < self._lease / _BEATS:
            return
        self._swept = self._clock.monotonic()
        now = self._clock.now()
        for job in await self._jobs.overdue(now=now, most=_SWEPT_AT_ONCE):
            fault = Fault(code="deadline" if job.deadline <= now else "poison")
            try:
                await self._ends.end(job, fault, self._ends.receipt(job, fault), fence=None)
            except Unavailable:  # The next sweep finds it again.
                raise
            except Exception:
                # One job that cannot be ended is not to keep the others from it.
                log.exception("a job cannot be swept", job=str(job.id))

    async def _tidy(self) -> None:
        """Forget what ended long ago, a little at a time."""
        if self._clock.monotonic() - self._tidied < _TIDIED:
            return
        forgotten = await self._jobs.forget(before=self._clock.now() - KEPT, most=_FORGOTTEN_AT_ONCE)
        if forgotten < _FORGOTTEN_AT_ONCE:
            self._tidied = self._clock.monotonic()

    async def _beat(self) -> None:
        """Renew what is at work. This is also how a cancelled job's worker hears of it."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._lease / _BEATS):
                    await self._hurry.wait()
                    await asyncio.sleep(_BREATH)
            self._hurry.clear()
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
                if id_ in kept:
                    bench.heard(beats[id_])
                elif not bench.over:  # Its end is on the way, and may be why it is not ours any more.
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
            await self._jobs.give_back({id_: bench.job.fence for id_, bench in left.items()}, worker=self._name)
