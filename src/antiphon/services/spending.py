"""What an account spent, in all dialects and projects, to the thousandth of a credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.keys import ApiKey
from antiphon.domain.usage import Usage
from antiphon.kit.clock import Clock
from antiphon.services.keys import Keys
from antiphon.store.ports_spending import Aspect, Requests, SpendingStore, Total

__all__ = ["DAY", "MOST_TOTALS", "Aspect", "Page", "Spending", "Total"]

DAY = 86_400
"""Seconds of a day (UTC)."""
MOST_TOTALS = 5_000
"""In one answer: a year by day for each of a dozen keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of requests.

    Args:
        rows: The last begun first.
        next: The id of the last one, where there are more.
    """

    rows: Sequence[Usage]
    next: UUID | None


class Spending:
    """Questions to the log of an account.

    Args:
        store: Where it is kept.
        keys: What keys are called.
        clock: Tells the time.
    """

    def __init__(self, store: SpendingStore, *, keys: Keys, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    def today(self) -> int:
        """Whole days since 1970-01-01."""
        return int(self._clock.now() // DAY)

    async def keys(self, account_id: UUID) -> Mapping[UUID, ApiKey]:
        """An account's keys, revoked ones too, by their ids."""
        return {key.id: key for key in await self._keys.list(account_id)}

    async def totals(self, account_id: UUID, days: range, *, by: Sequence[Aspect]) -> Sequence[Total]:
        """What requests came to that ended on some days (counted from 1970-01-01), in the order of `by`.

        Raises:
            InvalidRequest: "too_many": they would be more than `MOST_TOTALS`.
        """
        found = await self._store.totals(account_id, days, by=by, at=self._clock.now(), most=MOST_TOTALS + 1)
        if len(found) > MOST_TOTALS:
            raise InvalidRequest("too_many", "groupBy", limit=MOST_TOTALS)
        return found

    async def page(self, account_id: UUID, days: range, *, after: UUID | None, most: int) -> Page:
        """Requests that ended on some days, refused ones too, the last begun first.

        Args:
            account_id: Whose.
            days: Which, counted from 1970-01-01.
            after: The last one of the page before.
            most: At most so many.
        """
        start, end = float(days.start * DAY), float(days.stop * DAY)
        wanted = Requests(account_id=account_id, start=start, end=end, after=after, most=most + 1)
        rows = await self._store.requests(wanted)
        return Page(rows=rows[:most], next=rows[most - 1].id if len(rows) > most else None)
