"""Ending jobs, with all that is written down of it, whoever ends them and why."""

from collections.abc import Callable, Mapping

import structlog

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import CANCELLED, HOLD_GONE, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.kit.clock import Clock
from antiphon.services.trades import Receipt, Trade
from antiphon.store.ports_jobs import JobEnd, JobStore

log = structlog.get_logger("antiphon.work")

Heard = Callable[[Job], None]
"""Called with a job that has ended."""


class Ends:
    """Ends jobs.

    Args:
        jobs: Where they are.
        clock: Tells the time.
    """

    def __init__(self, jobs: JobStore, *, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._trades: Mapping[str, Trade] = {}
        self._heard: tuple[Heard, ...] = ()

    def learn(self, trades: Mapping[str, Trade], *heard: Heard) -> None:
        """Learn who writes the receipts of which kind, and who wants to hear of ends."""
        self._trades, self._heard = trades, heard

    def receipt(self, job: Job, outcome: bytes | Fault) -> Receipt:
        """What is written down with the end. A job of which nothing can be said has to end all the same."""
        trade = self._trades.get(job.kind)
        if trade is None:
            return Receipt()
        try:
            return trade.receipt(job, outcome, at=self._clock.now())
        except Exception:
            log.exception("a job has no receipt", job=str(job.id), kind=job.kind)
            return Receipt()

    async def end(self, job: Job, outcome: bytes | Fault, receipt: Receipt, *, fence: int | None) -> None:
        """End a job as its outcome says. One that another ended, or has, is left alone.

        Raises:
            Unavailable: The database failed.
        """
        try:
            await self._end(job, outcome, receipt, fence=fence)
        except Conflict as refused:
            if refused.reason != HOLD_GONE:
                log.warning("a job was ended by another", job=str(job.id), fence=job.fence)
                return
            log.warning("what a job would be paid from is not held any more", job=str(job.id), price=job.price)
            fault = Fault(code=HOLD_GONE)  # Costs nothing, so that it can end.
            await self.end(job, fault, self.receipt(job, fault), fence=fence)

    async def cancel(self, job: Job) -> Job:
        """End a job that nobody wants any more: nothing is charged, and its worker hears of it by its next beat.

        Raises:
            Conflict: "ended": it has ended before. "no_trade": nobody here can say what is to be told of it.
            Unavailable: The database failed.
        """
        if job.kind not in self._trades:
            raise Conflict("no_trade")
        fault = Fault(code=CANCELLED)
        return await self._end(job, fault, self.receipt(job, fault), fence=None)

    async def _end(self, job: Job, outcome: bytes | Fault, receipt: Receipt, *, fence: int | None) -> Job:
        failed = isinstance(outcome, Fault)
        end = JobEnd(
            id=job.id,
            fence=fence,
            state=_state(outcome),
            charge=MilliCredits(0) if failed else job.price,
            at=self._clock.now(),
            made=b"" if isinstance(outcome, Fault) else outcome,
            fault=outcome if isinstance(outcome, Fault) else None,
            usage=receipt.usage,
            messages=receipt.messages,
        )
        ended = await self._jobs.end(end)
        for heard in self._heard:
            heard(ended)
        return ended


def _state(outcome: bytes | Fault) -> JobState:
    if not isinstance(outcome, Fault):
        return JobState.SUCCEEDED
    return JobState.CANCELLED if outcome.code == CANCELLED else JobState.FAILED
