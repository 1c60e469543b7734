"""Which plan an account is on, and when its credits come again: months, as people count them, in UTC."""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from antiphon.domain.keys import Account

_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An account's plan.

    Args:
        id: Made by the server. Money ids come from it, so that every subscription grants its own credits.
        account_id: Whose it is.
        plan: The plan's id in the catalogue.
        since: Unix seconds from which on it counts; its months begin on this day and hour.
        until: Unix seconds from which on it does not; None: it renews itself for ever.
    """

    id: UUID
    account_id: UUID
    plan: str
    since: float
    until: float | None = None

    def over(self, now: float) -> bool:
        """Whether its time is up."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """An account and the plan it is on."""

    account: Account
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time for which credits are granted once.

    Args:
        name: What tells it from others of its kind: "2026-11" for a month of the calendar, a number from 0 for one
            of a subscription.
        begins: Unix seconds, inclusive.
        ends: Unix seconds, exclusive.
    """

    name: str
    begins: float
    ends: float


def calendar_month(at: float) -> Period:
    """The month of the UTC calendar in which `at` lies."""
    day = datetime.fromtimestamp(at, UTC)
    first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(name=f"{day:%Y-%m}", begins=first.timestamp(), ends=_months_after(first, 1).timestamp())


def subscription_month(subscription: Subscription, at: float) -> Period:
    """The month of the subscription in which `at` lies; its first one for any time before it.

    A month begins on the day and hour on which the subscription did, or on a shorter month's last day at that
    hour: begun on 31 January, it goes on on 28 February and again on 31 March. The last one is whole too, wherever
    in it the subscription ends: that can still be put off.
    """
    start = datetime.fromtimestamp(subscription.since, UTC)
    now = datetime.fromtimestamp(max(at, subscription.since), UTC)
    number = (now.year - start.year) * _MONTHS + now.month - start.month
    if number and _months_after(start, number) > now:
        number -= 1
    return Period(
        name=str(number),
        begins=_months_after(start, number).timestamp(),
        ends=_months_after(start, number + 1).timestamp(),
    )


def _months_after(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * _MONTHS + start.month - 1 + months, _MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))
