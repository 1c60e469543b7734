"""What every store of rates can do: in this process's memory, or in Redis for many processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.domain.limits import Rate, Verdict


@dataclass(frozen=True, slots=True)
class Ask:
    """One more of something.

    Args:
        key: What is counted, such as "soniox:tts:project:" and an id. One key has one rate, and is asked for at most
            once in a call.
        rate: How often it may be done.
    """

    key: str
    rate: Rate


class Rates(Protocol):
    """Remembers how often things were done. `tests/store/test_rates.py` holds every implementation to it."""

    async def take(self, asks: Sequence[Ask]) -> Verdict:
        """Take one of each, or, where one refuses, none.

        The verdict's standings are in the order of `asks`, on a clock that is the store's own business.

        Raises:
            Unavailable: It cannot be known; whether something was taken is not known either.
        """

    async def close(self) -> None:
        """Let go of everything."""
