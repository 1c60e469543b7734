"""Jobs: work that outlives its request. What a job is, and which state may follow which."""

import enum
from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.money import MilliCredits

MOST_FENCES = 4
"""A job that was claimed so often, and whose worker died each time, is failed: it kills whoever takes it."""

HEAD_START = 6.0
"""Seconds of waiting that a step of priority is worth: who pays more goes first, and yet nobody waits for ever."""

KEPT = 30 * 86_400.0
"""Seconds for which a job is remembered after its end: as long as the files that came of it (SETTLED 28)."""

CANCELLED = "cancelled"
HOLD_GONE = "hold_gone"
"""Codes of faults: somebody did not want it any more; what was to pay for it is not held any more."""

FOREVER = 253_402_300_799.0
"""Unix seconds: the end of the year 9999. Until then a job's hold stays, whatever happens to servers."""


class JobState(enum.StrEnum):
    """Where a job is on its way."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        """Whether nothing follows it."""
        return not NEXT[self]


NEXT: dict[JobState, frozenset[JobState]] = {
    # A worker that died gives its job back.
    JobState.RUNNING: frozenset(set(JobState) - {JobState.RUNNING}),
    JobState.PENDING: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.EXPIRED: frozenset(),
}
"""What may follow each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a job did not succeed.

    Args:
        code: A stable word, such as "maker_failed", "deadline", "poison", "cancelled".
        text: For the customer; never an exception's.
    """

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job, as it stands.

    Args:
        id: Made by the server (UUIDv7); its hold, its usage row and its files go by it.
        account_id: Whose it is.
        project_id: In which project; None for the account's first.
        key_id: The key that it came with.
        dialect: Such as "musicapi".
        kind: Which work it is, such as "song"; what workers are chosen by.
        asked: What is to be made, as JSON that the kind's worker reads.
        shown: What the dialect keeps beside it for its answers, as JSON that nobody else reads.
        made: What came out, as JSON; while it runs, what there is of it so far; b"" where there is nothing.
        state: Where it is.
        fence: How often it was claimed. Only the latest claim can end it.
        priority: Of two that began to wait at the same time the higher goes first; see `HEAD_START`.
        price: What success costs; held since it was submitted.
        progress: How much is done, 0 to 1.
        stage: What is being done, for people.
        fault: Why it did not succeed.
        created_at: Unix seconds.
        started_at: When it was first claimed.
        ended_at: When it ended.
        deadline: Unix seconds from which on it is failed, wherever it is.
    """

    id: UUID
    account_id: UUID
    project_id: UUID | None = None
    key_id: UUID | None = None
    dialect: str
    kind: str
    asked: bytes
    shown: bytes = b"{}"
    made: bytes = b""
    state: JobState = JobState.PENDING
    fence: int = 0
    priority: int = 0
    price: MilliCredits
    progress: float = 0.0
    stage: str = ""
    fault: Fault | None = None
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    deadline: float = FOREVER
