"""Numbers and times as Sonna writes them. Pure."""

from datetime import UTC, datetime

from antiphon.domain.money import CREDIT, MilliCredits


def whole_credits(amount: MilliCredits) -> int:
    """Credits, rounded down."""
    return amount // CREDIT


def credits_exactly(amount: MilliCredits) -> int | float:
    """Credits to three decimals; whole ones without any."""
    return amount // CREDIT if amount % CREDIT == 0 else amount / CREDIT


def moment(at: float) -> str:
    """A time in ISO 8601, UTC, to the millisecond, such as 2026-11-20T18:00:00.000Z."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
