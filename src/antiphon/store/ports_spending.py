"""What every store can tell an account of all that it spent, in whichever dialect and project; see `ports`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage

LONGEST, SKEW = 86_400.0, 60.0
"""Seconds: no request is at work for longer than a day, nor do two clocks differ by more than a minute. So the id of a
request, which has the time of its beginning, tells about when it ended."""


class Aspect(StrEnum):
    """What totals can be grouped by."""

    DAY = "day"
    KEY = "key"
    MODEL = "model"
    MODALITY = "modality"


def apart(by: Sequence[Aspect]) -> str:
    """Which rows of `usage_total` answer a question: those that tell apart what it does, and little else."""
    if Aspect.KEY not in by:
        return "models"
    return "all" if {Aspect.MODEL, Aspect.MODALITY} & set(by) else "keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What some requests came to. Those that were refused at once, and cost nothing, are not among them.

    Args:
        group: By aspect: whole days since 1970-01-01, the key's id ("" where somebody was signed in), the model, the
            modality.
        requests: How many.
        listed: Sum of the list prices of those that were charged.
        paid_from: Sum of what was charged, by bucket.
    """

    group: Mapping[Aspect, int | str]
    requests: int
    listed: MilliCredits
    paid_from: Mapping[Bucket, MilliCredits]

    @property
    def charged(self) -> MilliCredits:
        """Sum of what was charged."""
        return MilliCredits(sum(self.paid_from.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A page of an account's requests, refused ones too, the last begun first.

    Args:
        account_id: Whose.
        start: Unix seconds of the earliest end.
        end: Unix seconds before which they ended.
        after: The id of the last one of the page before; None for the first page.
        most: At most so many.
    """

    account_id: UUID
    start: float
    end: float
    after: UUID | None = None
    most: int = 100

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """After which id, and before which, they are to be looked for: ids sort by time."""
        first, last = (
            UUID(int=max(0, min(int(at * 1000), 2**48 - 1)) << 80) for at in (self.start - LONGEST, self.end + SKEW)
        )
        return first, last if self.after is None else min(last, self.after)


class SpendingStore(Protocol):
    """Questions to the request log of an account. Every method raises `Unavailable` where the database fails."""

    async def totals(
        self, account_id: UUID, days: range, *, by: Sequence[Aspect], at: float, most: int
    ) -> Sequence[Total]:
        """What requests came to that ended on some days (counted from 1970-01-01), in the order of `by`.

        Args:
            account_id: Whose.
            days: Which.
            by: What they are grouped by; nothing makes one total of all.
            at: Unix seconds now: days that ended over an hour ago may be added up once for all.
            most: At most so many.
        """

    async def requests(self, page: Requests) -> Sequence[Usage]:
        """A page of requests."""
