"""How often something may be done: the generic cell rate algorithm (GCRA), as arithmetic.

Times are whole microseconds, so that Python and Redis's Lua (whose numbers are doubles) reckon the same to the last
digit. What is remembered of a rate is one number, its *arrival*: the moment at which nothing is used up any more
("theoretical arrival time" in ITU-T I.371, where the algorithm comes from).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from antiphon.domain.units import Seconds

SECOND = 1_000_000
"""In microseconds."""
_LONGEST = 366 * 24 * 3600 * SECOND
"""Sums with the time of day stay below 2**53 by far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in so long: any stretch of `w` seconds sees at most `burst + w * limit / period`.

    Args:
        limit: How many, at least 1, at most one a microsecond.
        period: In how long; over 0.
        burst: How many may come at once, at least 1; None: `limit`, all of them.
        interval: Microseconds that one uses up.
        tolerance: Microseconds that may be used up ahead of time, at most a year.

    Raises:
        ValueError: The numbers are out of range.
    """

    limit: int
    period: Seconds
    burst: int | None = None
    interval: int = field(init=False)
    tolerance: int = field(init=False)

    def __post_init__(self) -> None:
        period = round(self.period * SECOND)
        burst = self.limit if self.burst is None else self.burst
        if not 1 <= self.limit <= period:
            raise ValueError("a limit is at least 1, and at most one a microsecond")
        if burst < 1:
            raise ValueError("a burst is at least 1")
        interval = -(-period // self.limit)  # Rounded up: never more than the limit.
        if max(period, interval * burst) > _LONGEST:
            raise ValueError("a period, and a burst's share of it, are at most 366 days")
        object.__setattr__(self, "interval", interval)
        object.__setattr__(self, "tolerance", interval * burst)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rate stands at a moment.

    Args:
        rate: The rate.
        arrival: What to remember of it; never before `now`.
        now: The moment, in microseconds.
    """

    rate: Rate
    arrival: int
    now: int

    @property
    def remaining(self) -> int:
        """How many more may be done at once."""
        return (self.now + self.rate.tolerance - self.arrival) // self.rate.interval

    @property
    def retry_after(self) -> Seconds:
        """In how long one more may be done; 0.0 where it may be now."""
        return Seconds(max(0, self.arrival + self.rate.interval - self.rate.tolerance - self.now) / SECOND)

    @property
    def reset_after(self) -> Seconds:
        """In how long nothing is used up any more."""
        return Seconds((self.arrival - self.now) / SECOND)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What several rates say together.

    Args:
        refused: The place of the first that refuses; None: it may be done, and one of each is used up.
        standings: How each stands after this, in the order asked. Arrivals that lie ahead are to be remembered,
            whichever way it went.
    """

    refused: int | None
    standings: tuple[Standing, ...]

    @property
    def retry_after(self) -> Seconds:
        """In how long all of them allow one more, if nothing happens until then."""
        return max((standing.retry_after for standing in self.standings), default=Seconds(0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a caller is told about a rate.

    Args:
        limit: How many there are in a period.
        remaining: How many more may be done at once.
        reset: Unix seconds, rounded up, at which nothing is used up any more.
    """

    limit: int
    remaining: int
    reset: int


def gcra(asked: Iterable[tuple[Rate, int | None]], *, now: int) -> Verdict:
    """Ask rates for one more of each: all or nothing.

    A clock that was set back can make no one wait for longer than the rate's own tolerance: what is remembered
    from a time that has yet to come counts as all used up, and not more.

    Args:
        asked: Each rate, and the arrival remembered of it; None for nothing.
        now: Microseconds on the clock of the arrivals.
    """
    moments: list[tuple[Rate, int]] = []
    refused: int | None = None
    for rate, arrival in asked:
        latest = now + rate.tolerance
        base = now if arrival is None or arrival < now else min(arrival, latest)
        if refused is None and base + rate.interval > latest:
            refused = len(moments)
        moments.append((rate, base))
    if refused is None:
        return Verdict(None, tuple([Standing(rate, base + rate.interval, now) for rate, base in moments]))
    return Verdict(refused, tuple([Standing(rate, base, now) for rate, base in moments]))
