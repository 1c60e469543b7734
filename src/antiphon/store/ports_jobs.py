"""Jobs, as every store keeps them; see `ports`. The row of a job is the queue: there is no second truth.

At most `window` jobs of an account are *admitted*: seen by workers. The end of one admits the account's next, in the
same transaction. Those that are admitted take turns: who was admitted first goes first, less `HEAD_START` for each step
of its priority. So one account's thousand jobs do not delay another's one, and none runs more than its share.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports import Admission, Admitted, IdempotencyKey, StoredAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A job and what it needs before it may wait, all of it or nothing.

    Args:
        admission: Its hold, limits and idempotency key; `id` is the job's, `until` is `FOREVER`. `concurrency` bounds
            how many of the account's may wait and run.
        job: The job, pending.
        window: How many of the account's are seen by workers at once, at least 1.
        answer: What the client is told, kept for the idempotency key at once.
    """

    admission: Admission
    job: Job
    window: int
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job in a worker's hands, as long as its lease is renewed.

    Args:
        job: As it was claimed: running, with this claim's fence.
        worker: Who has it.
        until: Unix seconds at which the lease ends unless it is renewed.
    """

    job: Job
    worker: str
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How far a claimed job is.

    Args:
        fence: Of the claim.
        progress: How much is done, 0 to 1; it never goes back.
        stage: What is being done.
        made: What there is of it so far, as JSON; b"" leaves it as it was.
    """

    fence: int
    progress: float
    stage: str
    made: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that is to be delivered: a row of the outbox, in the transaction that makes it true.

    Args:
        id: The same on every attempt. A second message of one id is the first.
        url: Where to.
        secret: Encrypted; b"" for none.
        body: The bytes that are signed and sent.
        event: Its type, such as "song.succeeded".
    """

    id: UUID
    url: str
    secret: bytes
    body: bytes
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """The one end of a job.

    Args:
        id: The job.
        fence: Of the claim that ends it; None for who ends it from outside: cancelled, or past its deadline.
        state: An ended one.
        charge: What is settled: 0 unless it succeeded.
        at: Unix seconds now.
        made: What came out, as JSON.
        fault: Why it did not succeed.
        usage: Its row, as in `Ending`.
        messages: What is to be delivered.
    """

    id: UUID
    fence: int | None
    state: JobState
    charge: MilliCredits
    at: float
    made: bytes = b""
    fault: Fault | None = None
    usage: Usage | None = None
    messages: Sequence[Message] = ()


class JobStore(Protocol):
    """The jobs. Every method raises `Unavailable` where the database fails, and has then done nothing."""

    async def submit(self, submission: Submission) -> Admitted | StoredAnswer:
        """Hold the price and let the job wait, in one transaction; or give the stored answer of a repeated request.

        Raises:
            LimitExceeded, PaymentRequired, Conflict: As `Ledger.admit`.
        """

    async def claim(
        self, *, worker: str, kinds: Collection[str], most: int, now: float, until: float
    ) -> Sequence[Claim]:
        """Take up to so many jobs: those whose worker let the lease end first, then by their turn.

        What there was of a job whose worker died is forgotten. Jobs that have `MOST_FENCES` behind them or are past
        their deadline are left for `overdue`.
        """

    async def beat(self, beats: Mapping[UUID, Beat], *, worker: str, until: float) -> frozenset[UUID]:
        """Renew leases and note progress; gives those that are still this worker's. The others are to be dropped."""

    async def give_back(self, claims: Mapping[UUID, int], *, worker: str) -> None:
        """Let jobs wait again, by their fences: the worker ends before it could do them.

        What there was of them is forgotten, and their try is not counted.
        """

    async def say(self, job_id: UUID, *, fence: int, messages: Sequence[Message], at: float) -> None:
        """Put messages into the outbox while a job runs; those that are there already are left as they are.

        Raises:
            Conflict: "ended": it has ended, or another claim has it; nothing was done.
        """

    async def end(self, end: JobEnd) -> Job:
        """End a job: its state, its hold, its usage row and its messages, and the account's next is admitted.

        Where the hold is gone nothing is charged: a job that costs nothing ends all the same.

        Raises:
            Conflict: "ended": it has ended before, or another claim has it. "hold_gone": it is not paid for any more.
                Nothing was done.
        """

    async def overdue(self, *, now: float, most: int) -> Sequence[Job]:
        """Jobs past their deadline, and those that killed every worker that took them; for `end` to fail them."""

    async def recover(self) -> int:
        """Let all running jobs wait again: for the start of the only server, when every worker is dead."""

    async def job(self, job_id: UUID) -> Job | None:
        """The job of that id."""

    async def answered(self, account_id: UUID, key: IdempotencyKey, *, at: float) -> StoredAnswer | None:
        """What the same request was answered under an account's key, if that is still kept at a time; changes nothing.

        None also where it was another request: to submit it is what refuses it.
        """

    async def jobs_of(self, account_id: UUID, *, after: UUID | None = None, most: int = 100) -> Sequence[Job]:
        """An account's jobs, the newest first, from the one before `after` on."""

    async def listed(
        self,
        *,
        account_id: UUID | None = None,
        state: JobState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Job]:
        """Jobs, the newest first, of an account or all, in a state or any, from the one before `after` on."""

    async def forget(self, *, before: float, most: int) -> int:
        """Forget jobs that ended before that time, up to so many. How many."""

    async def messages_of(self, job_id: UUID) -> Sequence[Message]:
        """What is, or was, to be delivered after a job, in order."""

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs wait or run, by state."""

    async def waits_since(self) -> float | None:
        """Since when, in Unix seconds, the job waits for a worker that waits longest; None: none that is admitted."""

    async def wait(self, *, most: float) -> None:
        """Return when a job may have become ready, or after so many seconds."""
