"""The outbox, as every store keeps it; see `ports`. Messages get in with what they tell of: see `JobStore`.

Any number of servers may deliver: a message is sent by whoever claimed it, as long as its lease lasts. It is sent at
least once. What a second sender finds out never undoes a delivery.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.webhooks import MessageState
from antiphon.store.ports_jobs import Message


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Lane:
    """One of an account's receivers: where messages wait behind each other.

    Args:
        account_id: Whose messages.
        host: To whom, as `host_of` has it.
    """

    account_id: UUID
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A message in the hands of whoever sends it now.

    Args:
        message: What is sent.
        account_id: Whose it is.
        host: To whom, as `host_of` has it.
        failed: How many attempts failed since it began to wait.
        fence: Of this claim.
    """

    message: Message
    account_id: UUID
    host: str
    failed: int
    fence: int

    @property
    def lane(self) -> Lane:
        """Where it waited."""
        return Lane(account_id=self.account_id, host=self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to deliver a message.

    Args:
        at: Unix seconds of its begin.
        status: What was answered; None: nothing.
        fault: Why nothing was, such as "refused: address" or "ConnectError"; "" where something was.
        milliseconds: How long it took.
    """

    at: float
    status: int | None
    fault: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What is known of a message, without its body.

    Args:
        id: Its own, as receivers see it.
        account_id: Whose it is.
        job_id: What it tells of.
        url: Where to.
        event: Its type.
        state: What became of it.
        attempts: How many are on record.
        created_at: Unix seconds.
        due_at: When it is sent next; while it is being sent, when it would be again. None once it has ended.
        ended_at: When it was delivered or given up.
    """

    id: UUID
    account_id: UUID
    job_id: UUID
    url: str
    event: str
    state: MessageState
    attempts: int
    created_at: float
    due_at: float | None
    ended_at: float | None


class MessageStore(Protocol):
    """The outbox. Every method raises `Unavailable` where the database fails, and has then done nothing."""

    async def due(
        self, *, now: float, besides: Collection[str], without: Collection[UUID] = (), most: int
    ) -> Sequence[Lane]:
        """Lanes in which something is due, the one that waited longest first, up to so many.

        Args:
            now: Unix seconds.
            besides: Hosts that are left out.
            without: Accounts that are left out.
            most: How many.
        """

    async def claim(self, rooms: Mapping[Lane, int], *, now: float, until: float) -> Sequence[Errand]:
        """Take what is due, up to so many of each lane, for as long as the lease lasts; of a lane, the oldest first."""

    async def record(
        self, errand: Errand, attempt: Attempt, *, then: MessageState, at: float, due_at: float | None = None
    ) -> None:
        """Note an attempt, and what follows from it.

        A delivery is one whoever made it. That an attempt failed changes nothing where the message is no longer the
        errand's: it was replayed, or another has it.

        Args:
            errand: Whose attempt it was.
            attempt: What came of it.
            then: What the message is now.
            at: Unix seconds now.
            due_at: When it is sent next; given where it waits.
        """

    async def give_back(self, errands: Collection[Errand], *, now: float) -> None:
        """Let messages be due at once: nothing came of their attempts, because whoever made them ends."""

    async def recover(self, *, now: float) -> int:
        """Let all that were being sent be due: for the start of the only server. How many."""

    async def give_up(self, host: str, *, before: float, at: float) -> int:
        """Exhaust what waits for a host since before that time and was tried, without another attempt. How many."""

    async def posted(
        self,
        *,
        account_id: UUID | None = None,
        state: MessageState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Posted]:
        """Messages, the newest first, of an account or all, in a state or any, from the one before `after` on."""

    async def find(self, message_id: UUID) -> Posted | None:
        """The message of that id."""

    async def attempts_of(self, message_id: UUID) -> Sequence[Attempt]:
        """All attempts to deliver a message, in order."""

    async def replay(self, message_id: UUID, *, now: float) -> bool:
        """Let a message be due, with the whole schedule before it, whatever became of it. False: there is none."""

    async def replay_exhausted(self, *, account_id: UUID | None = None, now: float, most: int) -> int:
        """The same for those that were given up, the oldest first, up to so many. How many."""

    async def forget(self, *, before: float, most: int) -> int:
        """Forget messages that ended before that time, and their attempts, up to so many. How many."""

    async def waiting(self) -> Mapping[MessageState, int]:
        """How many wait, and how many were given up."""

    async def wait(self, *, most: float) -> None:
        """Return when something may have become due, or after so many seconds."""
