"""How often something may be done: the generic cell rate algorithm, as arithmetic."""

from dataclasses import dataclass

from antiphon.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in so long.

    Args:
        limit: How many, at least 1.
        period: In how long.
        burst: How many may come at once; None: `limit`, all of them.
    """

    limit: int
    period: Seconds
    burst: int | None = None

    @property
    def interval(self) -> float:
        """Seconds that one uses up."""
        return self.period / self.limit

    @property
    def tolerance(self) -> float:
        """Seconds that may be used up ahead of time."""
        return self.interval * (self.limit if self.burst is None else self.burst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rate says to one more.

    Args:
        allowed: Whether it may be done.
        arrival: The state to remember where it is done ("theoretical arrival time"), on the clock of `now`.
        remaining: How many more may be done at once after this.
        retry_after: Seconds until one more may be done; 0 where it may be now.
        reset_after: Seconds until nothing is used up any more.
    """

    allowed: bool
    arrival: float
    remaining: int
    retry_after: float
    reset_after: float


def gcra(rate: Rate, *, arrival: float | None, now: float) -> Verdict:
    """Ask a rate for one more.

    Args:
        rate: The rate.
        arrival: What was remembered last; None for nothing.
        now: The time, on any clock that does not run backwards.
    """
    base = now if arrival is None else max(arrival, now)
    after = base + rate.interval
    room = now + rate.tolerance - after
    if room < -1e-9:  # noqa: PLR2004 - rounding of the sums above, far below any interval
        remaining = 0
        return Verdict(
            allowed=False, arrival=base, remaining=remaining, retry_after=-room, reset_after=base - now
        )
    return Verdict(
        allowed=True,
        arrival=after,
        remaining=int(room / rate.interval + 1e-9),
        retry_after=0.0,
        reset_after=after - now,
    )
