"""Rates in memory: for one process, which forgets them when it ends."""

from collections.abc import Sequence

from antiphon.domain.limits import SECOND, Verdict, gcra
from antiphon.kit.clock import Clock
from antiphon.store.rates import Ask

MOST_KEYS = 100_000
"""About 16 MB (measured with addresses as keys)."""


class MemoryRates:
    """Two generations of arrivals. What is not asked for while one generation lasts, dies with the next.

    A generation lasts as long as the longest tolerance ever asked with, after which nothing is used up any more of a
    key that was left alone; so nobody has to look for what can be forgotten. It ends sooner where it has grown too
    large, as under a flood from a million addresses; then keys left alone for the longest are forgiven early, and
    those in use are not.

    Args:
        clock: Tells the time, of which only `monotonic` is used.
        most_keys: How many arrivals a generation holds; there are two.
    """

    def __init__(self, clock: Clock, *, most_keys: int = MOST_KEYS) -> None:
        self._monotonic = clock.monotonic
        self._most_keys = most_keys
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._longest = 0
        self._ends = 0

    def __len__(self) -> int:
        """How many arrivals are remembered."""
        return len(self._young) + len(self._old)

    async def take(self, asks: Sequence[Ask]) -> Verdict:
        """Take one of each, or none."""
        now = int(self._monotonic() * SECOND)
        if now >= self._ends or len(self._young) >= self._most_keys:
            self._next_generation(now)
        young, old = self._young, self._old
        verdict = gcra([(ask.rate, young.get(ask.key) or old.get(ask.key)) for ask in asks], now=now)
        for ask, standing in zip(asks, verdict.standings, strict=True):
            if standing.arrival > now:  # Else nothing is used up, and there is nothing to remember.
                young[ask.key] = standing.arrival
                self._longest = max(self._longest, ask.rate.tolerance)
        return verdict

    async def close(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}

    def _next_generation(self, now: int) -> None:
        self._old, self._young = self._young, {}
        self._ends = now + self._longest
