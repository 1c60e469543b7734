"""Submitting: a job is paid for and waits, or is refused and nothing was done."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from antiphon.catalog.plans import JobShare
from antiphon.domain.errors import AntiphonError, Conflict, NotFound
from antiphon.domain.jobs import FOREVER, Job
from antiphon.domain.keys import ApiKey
from antiphon.domain.money import MilliCredits, quote
from antiphon.domain.usage import Usage
from antiphon.kit.clock import Clock
from antiphon.services.ends import Ends
from antiphon.services.pay import Claim, Outcome, Replay, usage_of
from antiphon.services.till import Till, Wanted
from antiphon.store.ports import Admission, StoredAnswer
from antiphon.store.ports_jobs import JobStore, Submission

_WHILE = 60.0
"""Seconds in which a request is submitted that is known to have been made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done.

    Args:
        kind: Who does it: a name of `Workshop`'s trades.
        asked: For the worker, as JSON.
        shown: For the dialect's answers, as JSON.
        patience: Seconds after which it is failed.
        units: How many of the price's it costs.
        beside: How many of the account's may be worked on at once for its sake, besides those its plan allows.
    """

    kind: str
    asked: bytes
    shown: bytes
    patience: float
    units: int = 1
    beside: int = 0


class Submit:
    """The use case of submitting, of asking what became of it, and of thinking better of it.

    Args:
        jobs: Where they wait.
        till: What they cost.
        clock: Tells the time.
        ends: Ends what is cancelled; left out, nothing can be.
    """

    def __init__(self, jobs: JobStore, till: Till, *, clock: Clock, ends: Ends | None = None) -> None:
        self._jobs = jobs
        self._till = till
        self._clock = clock
        self._ends = ends or Ends(jobs, clock=clock)

    async def submit(
        self,
        key: ApiKey,
        wanted: Wanted,
        work: Work,
        *,
        answer: Callable[[Job], StoredAnswer],
        status_of: Callable[[AntiphonError], int],
    ) -> Job:
        """Let a job wait, as the account's plan has it: how many are worked on at once, and how soon.

        Args:
            key: Who asks.
            wanted: What it is, in the words of the catalogue.
            work: What is to be done.
            answer: What the client is told of it, to be told again.
            status_of: The HTTP status of an error, for the request log.

        Raises:
            PaymentRequired, LimitExceeded, Conflict: It may not wait; nothing is held.
            Unavailable: Nor may it now; `IN_DOUBT`: it may wait all the same, and is charged if it succeeds.
            Replay: It was asked for before.
        """
        claim = await self._till.claim(key, wanted)
        share = (await self._till.standing(key)).plan.jobs
        job = self._job(claim, work, share)
        window = share.window + work.beside
        submission = Submission(admission=_admission(claim, job), job=job, window=window, answer=answer(job))
        try:
            result = await self._jobs.submit(submission)
        except AntiphonError as failure:
            outcome = Outcome(units=0, status=status_of(failure), code=failure.code)
            # Under an id of its own: where the answer was lost, the job may wait all the same, and its end has its row.
            id_ = self._till.pay.new_id()
            self._till.pay.note(usage_of(claim, outcome, id_=id_, at=job.created_at, latency=0.0))
            raise
        if isinstance(result, StoredAnswer):
            raise Replay(result)
        return job

    async def answered(self, key: ApiKey, wanted: Wanted) -> bool:
        """Whether the request was made before: to submit it is a `Replay`, a while from now as well."""
        if wanted.idempotency is None:
            return False
        at = self._clock.now() + _WHILE
        return await self._jobs.answered(key.account_id, wanted.idempotency, at=at) is not None

    async def job(self, key: ApiKey, job_id: UUID, *, dialect: str) -> Job:
        """How a job stands that was submitted in a dialect by the key's account.

        Raises:
            NotFound: There is none; one of another account's looks the same.
        """
        job = await self._jobs.job(job_id)
        if job is None or job.account_id != key.account_id or job.dialect != dialect:
            raise NotFound("job", "job_id")
        return job

    async def cancel(self, key: ApiKey, job_id: UUID, *, dialect: str) -> Job:
        """End a job that waits or runs: nothing is charged, and whoever wanted to know is told.

        Raises:
            NotFound: As `job`.
            Conflict: "ended": it has ended before. "no_trade": nobody here knows such jobs.
        """
        job = await self.job(key, job_id, dialect=dialect)
        if job.state.ended:
            raise Conflict("ended")
        return await self._ends.cancel(job)

    def _job(self, claim: Claim, work: Work, share: JobShare) -> Job:
        now = self._clock.now()
        return Job(
            id=self._till.pay.new_id(),
            account_id=claim.account_id,
            project_id=claim.project_id,
            key_id=claim.key_id,
            dialect=claim.dialect,
            kind=work.kind,
            asked=work.asked,
            shown=work.shown,
            priority=share.priority,
            price=quote(claim.price, work.units, discounted=claim.discounted),
            created_at=now,
            deadline=now + work.patience,
        )


def _admission(claim: Claim, job: Job) -> Admission:
    """What a job needs of the ledger: its price is held till it ends."""
    return Admission(
        id=job.id,
        account_id=claim.account_id,
        project_id=claim.project_id,
        dialect=claim.lane or claim.dialect,
        hold=job.price,
        order=claim.order,
        at=job.created_at,
        until=FOREVER,
        concurrency=claim.concurrency,
        idempotency=claim.idempotency,
    )


def usage(job: Job, *, route: str, model: str, engine: str, status: int, code: str, at: float) -> Usage:
    """The row of a job that has ended; what it was charged is the ledger's to say."""
    return Usage(
        id=job.id,
        at=at,
        account_id=job.account_id,
        key_id=job.key_id,
        request_id=str(job.id),
        dialect=job.dialect,
        route=route,
        modality="music",
        model=model,
        engine=engine,
        units=1,
        unit="call",
        listed=job.price,
        charged=MilliCredits(0),
        status=status,
        code=code,
        latency_ms=round(1000 * (at - job.created_at)),
        project_id=job.project_id,
    )
