"""What was used, what is at work, and what it came to: each project is told its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from antiphon.catalog.prices import PriceBook
from antiphon.domain.keys import ApiKey
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.kit.clock import Clock
from antiphon.store.ports_usage import AtWork, Crowd, DayTotal, LogPage, UsageStore

__all__ = ["DAY", "AtWork", "Crowd", "DayTotal", "Page", "Place", "Usages", "Window"]

DAY = 86_400
"""Seconds of a day (UTC)."""

Place = tuple[float, UUID]
"""Of a request in the log: its end and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, in Unix seconds, its end not within."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the log.

    Args:
        rows: Requests that were served.
        next: The place of the last one, where there are more.
    """

    rows: Sequence[Usage]
    next: Place | None


class Usages:
    """Questions to the request log, each answered for the project of the key that asks.

    Args:
        store: Where the log is kept.
        prices: Says what a dollar is.
        clock: Tells the time.
        dialect: Whose requests are told of.
    """

    def __init__(self, store: UsageStore, *, prices: PriceBook, clock: Clock, dialect: str) -> None:
        self._store = store
        self._prices = prices
        self._clock = clock
        self._dialect = dialect

    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    def dollars(self, amount: MilliCredits) -> Decimal:
        """What an amount is in US dollars."""
        return self._prices.dollars(amount)

    async def page(self, key: ApiKey, window: Window, *, newest_first: bool, after: Place | None, most: int) -> Page:
        """Requests that were served and ended in a window, by their ends.

        Args:
            key: Who asks.
            window: When they ended.
            newest_first: The order turned round.
            after: Where the page before ended; None for the first.
            most: At most so many.

        Raises:
            Unavailable: The database failed.
        """
        rows = await self._store.served(
            LogPage(
                account_id=key.account_id,
                project_id=key.project_id,
                dialect=self._dialect,
                start=window.start,
                end=window.end,
                after=after,
                newest_first=newest_first,
                most=most + 1,
            )
        )
        shown = rows[:most]
        return Page(rows=shown, next=(shown[-1].at, shown[-1].id) if len(rows) > most else None)

    async def by_day(self, key: ApiKey, days: range) -> Sequence[DayTotal]:
        """Totals of what was served, by day, then model.

        Args:
            key: Who asks.
            days: Whole days since 1970-01-01, at least one.

        Raises:
            Unavailable: The database failed.
        """
        return await self._store.by_day(
            account_id=key.account_id,
            project_id=key.project_id,
            dialect=self._dialect,
            start=float(days.start * DAY),
            end=float(days.stop * DAY),
        )

    async def at_work(self, key: ApiKey) -> AtWork:
        """How many requests are at work now.

        Raises:
            Unavailable: The database failed.
        """
        return await self._store.at_work(
            account_id=key.account_id, project_id=key.project_id, dialect=self._dialect, at=self._clock.now()
        )

    async def crowds(self, key: ApiKey, begins: Sequence[int], *, period: int) -> Sequence[Crowd]:
        """How many requests were at work at once, in each of some periods, up to now.

        Args:
            key: Who asks.
            begins: Unix seconds at which they begin, `period` apart.
            period: Their length in seconds.

        Raises:
            Unavailable: The database failed.
        """
        now = self._clock.now()
        begun = [begin for begin in begins if begin < now]
        if not begun:
            return []
        return await self._store.crowds(
            account_id=key.account_id,
            project_id=key.project_id,
            dialect=self._dialect,
            start=float(begun[0]),
            end=min(float(begun[-1] + period), now),
            period=period,
        )
