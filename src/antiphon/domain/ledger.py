"""The rules of the ledger: what there is to spend, in which order, and what became of it.

An account's credits lie in *lots*: an amount of one bucket that was granted at once and ends at one time. A
request *holds* before the work, in as many slices as it needs, and is *ended* once: so much is settled, the rest
goes back to the lots it came from.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.errors import PaymentRequired
from antiphon.domain.money import MilliCredits


class Bucket(enum.StrEnum):
    """Where credits come from."""

    FREE = "free"
    SUBSCRIPTION = "subscription"
    PAYG = "payg"


class TransferKind(enum.StrEnum):
    """What a transfer does."""

    GRANT = "grant"  # world -> lot
    HOLD = "hold"  # lots -> held
    SETTLE = "settle"  # held -> revenue, and what is left -> lots
    RELEASE = "release"  # held -> lots, all of it
    EXPIRE = "expire"  # lot -> world


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Credits granted at once.

    Args:
        id: Its id.
        bucket: Its kind.
        balance: What is left and not held; never negative.
        expires_at: Unix seconds from which on it cannot be spent; None: never.
    """

    id: UUID
    bucket: Bucket
    balance: MilliCredits
    expires_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one lot gives to a hold."""

    lot_id: UUID
    bucket: Bucket
    amount: MilliCredits


Split = tuple[Part, ...]
"""What a hold is made of, in the order it was taken."""


def split(amount: MilliCredits, lots: Iterable[Lot], *, order: Sequence[Bucket], now: float) -> Split:
    """Take an amount from lots: bucket by bucket in `order`, within one the soonest to expire first.

    Raises:
        PaymentRequired: "balance": together they hold less.
    """
    usable = [lot for lot in lots if lot.bucket in order and (lot.expires_at is None or lot.expires_at > now)]
    usable.sort(key=lambda lot: (order.index(lot.bucket), lot.expires_at is None, lot.expires_at or 0.0, lot.id))
    parts: list[Part] = []
    missing = int(amount)
    for lot in usable:
        taken = min(missing, lot.balance)
        if taken > 0:
            parts.append(Part(lot_id=lot.id, bucket=lot.bucket, amount=MilliCredits(taken)))
            missing -= taken
    if missing > 0:
        raise PaymentRequired("balance")
    return tuple(parts)


def settle(parts: Sequence[Part], charge: MilliCredits) -> tuple[Split, Split]:
    """Divide what is held into what is charged and what goes back.

    Charged is taken in the order in which it was held; what goes back, goes back to the lots it came from.

    Args:
        parts: All parts of all slices, in the order they were taken.
        charge: Between 0 and what is held.

    Returns:
        What is charged, and what goes back; each with at most one part for a part held.

    Raises:
        ValueError: Less than nothing, or more than is held, was to be charged: a fault of ours.
    """
    if charge < 0:
        raise ValueError("a charge is not negative")
    charged: list[Part] = []
    back: list[Part] = []
    missing = int(charge)
    for part in parts:
        paid = min(missing, part.amount)
        missing -= paid
        if paid > 0:
            charged.append(Part(lot_id=part.lot_id, bucket=part.bucket, amount=MilliCredits(paid)))
        if part.amount > paid:
            back.append(Part(lot_id=part.lot_id, bucket=part.bucket, amount=MilliCredits(part.amount - paid)))
    if missing > 0:
        raise ValueError(f"{missing} more than is held")
    return tuple(charged), tuple(back)


def by_bucket(parts: Iterable[Part]) -> Mapping[Bucket, MilliCredits]:
    """What each bucket gave; buckets that gave nothing are left out."""
    sums: dict[Bucket, MilliCredits] = {}
    for part in parts:
        sums[part.bucket] = MilliCredits(sums.get(part.bucket, 0) + part.amount)
    return sums
