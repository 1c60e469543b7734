"""How fast words are sung: how many bars a line of so many syllables lasts, at one pace or another."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.engines.song.score import TICKS
from antiphon.engines.song.style import Brief


class Fit(enum.StrEnum):
    """How the words went into the time."""

    AS_ASKED = "as asked"
    DENSER = "denser"
    LONGER = "longer"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Pace:
    """A way to sing.

    Args:
        syllables: In a second, at most.
        shortest: Bars of a line, at least.
        fit: What it means for the words.
    """

    syllables: float
    shortest: int
    fit: Fit


PACES = (
    Pace(1.7, 4, Fit.AS_ASKED),
    Pace(2.3, 2, Fit.AS_ASKED),
    Pace(3.0, 2, Fit.AS_ASKED),
    Pace(4.0, 1, Fit.AS_ASKED),
    Pace(5.5, 1, Fit.DENSER),
    Pace(7.5, 1, Fit.DENSER),
)
"""From the slowest to the fastest."""

_FOUR = 4
_SLOW_BAR = 2.6
"""Seconds. Where bars last as long, one is enough for a line."""

_BREATH, _HURRIED = 0.82, 1.5


def bar_seconds(brief: Brief) -> float:
    """How long a bar of the brief's style lasts."""
    return brief.style.meter.bar / TICKS * 60.0 / brief.style.bpm


def line_lengths(brief: Brief, counts: Sequence[int], pace: Pace) -> tuple[int, ...]:
    """Bars of a stanza's lines: as the middle one needs, more only for those that would be sung far too fast."""
    if not counts:
        return ()
    usual = _line_bars(brief, sorted(counts)[len(counts) // 2], pace, pace.syllables)
    return tuple(max(usual, _line_bars(brief, count, pace, _HURRIED * pace.syllables)) for count in counts)


def _line_bars(brief: Brief, count: int, pace: Pace, often: float) -> int:
    """Bars that so many syllables need, `often` a second at most."""
    seconds = bar_seconds(brief)
    sixteenths = brief.style.meter.bar * 4 // TICKS
    capacity = min(often * seconds, sixteenths) * _BREATH
    shortest = pace.shortest if seconds < _SLOW_BAR else max(1, pace.shortest // 2)
    need = -(-count // max(1.0, capacity))
    even = need % 2 if need > 1 and pace.fit is Fit.AS_ASKED else 0
    return max(shortest, int(need + even))


def rounded(bars: int, pace: Pace) -> int:
    """A section's bars: fours where there is time, else twos; a single one stays alone."""
    unit = _FOUR if bars > _FOUR and pace.fit is Fit.AS_ASKED else min(2, bars)
    return -(-bars // unit) * unit
