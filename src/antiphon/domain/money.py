"""Credits, in thousandths. All integers: nothing rounds but what says so."""

from dataclasses import dataclass
from typing import NewType

from antiphon.domain.errors import InvalidRequest

MilliCredits = NewType("MilliCredits", int)
"""Thousandths of a credit."""

CREDIT = MilliCredits(1000)
"""One credit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What something costs.

    Args:
        millicredits: For `per` units; not negative.
        per: Units, at least 1.
        unit: What is counted: "character", "millisecond", "image", "call", "second".
        discount: Per cent off for calls with an API key, 0 to 100.
    """

    millicredits: int
    per: int = 1
    unit: str
    discount: int = 0

    def __post_init__(self) -> None:
        if self.millicredits < 0 or self.per < 1 or not 0 <= self.discount <= 100:  # noqa: PLR2004 - per cent
            raise InvalidRequest("price")


def quote(price: Price, amount: int, *, discounted: bool = False) -> MilliCredits:
    """Cost of `amount` units.

    A begun unit is charged whole, so that a quote never falls short of the charge. The discount comes off
    before the one rounding there is.

    Args:
        price: The price.
        amount: Units, not negative.
        discounted: Whether the discount applies.

    Raises:
        InvalidRequest: `amount` is negative.
    """
    if amount < 0:
        raise InvalidRequest("negative", "amount")
    percent = 100 - price.discount if discounted else 100
    return MilliCredits(-(-amount * price.millicredits * percent // (price.per * 100)))
