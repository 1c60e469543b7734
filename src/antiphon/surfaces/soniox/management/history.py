"""How many streams were at work at once, as the published API counts them. Pure. Source: its SDKs' documentation.

What is sampled: of a minute, how many streams there were in each of its seconds; of an hour, the peaks of its minutes;
of a day, the peaks of its hours. `sample_sum / sample_count` is an average of these, and `sample_max` is exact.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from antiphon.services.usage import Crowd, Window
from antiphon.surfaces.soniox.management.answers import ConcurrentStreamsHistoryEntry
from antiphon.surfaces.soniox.management.times import moment

MINUTE, HOUR, DAY = 60, 3600, 86_400

SLOT = {MINUTE: MINUTE, HOUR: MINUTE, DAY: HOUR}
"""How long the periods are whose peaks are sampled, by the period asked for."""

LONGEST = {MINUTE: 7, HOUR: 31, DAY: 366}
"""Days of a window, by period. The first is the published API's, the others ours: it has some too."""


def begins(window: Window, period: int) -> Sequence[int]:
    """When the periods begin that begin in a window: at multiples of their length."""
    return range(math.ceil(window.start / period) * period, math.ceil(window.end), period)


def slots(periods: Sequence[int], period: int) -> Sequence[int]:
    """When the slots of these periods begin."""
    return range(periods[0], periods[-1] + period, SLOT[period]) if periods else range(0)


def entries(periods: Iterable[int], period: int, crowds: Iterable[Crowd]) -> Iterator[ConcurrentStreamsHistoryEntry]:
    """An entry for each period; without activity, all zeros.

    Args:
        periods: When they begin.
        period: Their length in seconds.
        crowds: Those of their slots, as far as there are any.
    """
    busy: dict[int, list[Crowd]] = {}
    for crowd in crowds:
        if crowd.most:
            busy.setdefault(int(crowd.begins // period * period), []).append(crowd)
    for begin in periods:
        yield _entry(begin, period, busy.get(begin, ()))


def _entry(begin: int, period: int, busy: Sequence[Crowd]) -> ConcurrentStreamsHistoryEntry:
    if period == MINUTE:
        total, count, slots_ = sum(math.ceil(crowd.seconds) for crowd in busy), MINUTE, 1
    else:
        total, count, slots_ = sum(crowd.most for crowd in busy), len(busy), period // SLOT[period]
    return ConcurrentStreamsHistoryEntry(
        period_start=moment(begin),
        period_sec=period,
        sample_min=0,
        sample_max=max((crowd.most for crowd in busy), default=0),
        sample_sum=total,
        sample_count=count if busy else 0,
        total_count=slots_ if busy else 0,
    )
