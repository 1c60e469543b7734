"""What every store can tell from its request log; see `ports`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A page of the requests of a project that were served (status 200), in the order of their ends, then of ids.

    Args:
        account_id: Whose they were.
        project_id: In which project.
        dialect: In which dialect.
        start: Unix seconds of the earliest end.
        end: Unix seconds before which they ended.
        after: The (end, id) of the last one of the page before, in the same order; None for the first page.
        newest_first: The order turned round.
        most: At most so many.
    """

    account_id: UUID
    project_id: UUID
    dialect: str
    start: float
    end: float
    after: tuple[float, UUID] | None = None
    newest_first: bool = False
    most: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotal:
    """What a project's requests to one model that were served came to, on a day (UTC) by their ends.

    Args:
        day: Whole days since 1970-01-01.
        model: As clients named it.
        requests: How many.
        units: Sum of their units.
        charged: Sum of what was charged.
    """

    day: int
    model: str
    requests: int
    units: int
    charged: MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """How many requests of a dialect are at work now."""

    organization: int
    project: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many requests were at work at once, in a stretch of time.

    Args:
        begins: Unix seconds.
        least: The fewest at any moment.
        most: The most at any moment.
        seconds: Sum over all moments: request-seconds.
        begun: How many requests began.
    """

    begins: float
    least: int
    most: int
    seconds: float
    begun: int


class UsageStore(Protocol):
    """Questions to the request log. Every method raises `Unavailable` where the database fails."""

    async def served(self, page: LogPage) -> Sequence[Usage]:
        """A page of the log."""

    async def by_day(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float
    ) -> Sequence[DayTotal]:
        """Totals of served requests that ended in [start, end), by day, then model."""

    async def at_work(self, *, account_id: UUID, project_id: UUID, dialect: str, at: float) -> AtWork:
        """Leases that are held now."""

    async def crowds(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float, period: int
    ) -> Sequence[Crowd]:
        """A project's concurrency in [start, end), one for each `period` seconds from `start` on, idle ones too.

        Requests that are logged count from `at - latency_ms` to `at`, refused ones (latency 0) not at all; requests
        still at work count from the time in their id on.
        """
