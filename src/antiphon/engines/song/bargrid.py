"""The bars of a recording, by which its seconds become a score's ticks."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.domain.heard import Heard
from antiphon.domain.units import Seconds
from antiphon.engines.song.score import TICKS, Meter, Tempo, Ticks

_TWO, _THREE = 2, 3
_STEADY = 0.8
"""From which steadiness on a recording has one tempo."""
_UPBEAT = 0.25
"""Of a bar: what sounds for so long before the first downbeat has a bar of its own."""
_REST = 0.1
"""Of a bar: what sounds for so much of the last one makes it a bar."""
_SAME = 0.01
_LATE = TICKS * 2 // 3
"""Where a triplet has the second of two swung notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The bar lines.

    Args:
        lines: Their moments, the last bar's end included: at least two.
        meter: Of each bar.
        swing: As in a score: 0 or 1.
        tempos: As in a score.
    """

    lines: tuple[Seconds, ...]
    meter: Meter
    swing: float
    tempos: tuple[Tempo, ...]

    @property
    def end(self) -> Ticks:
        """Where the last bar ends."""
        return Ticks((len(self.lines) - 1) * self.meter.bar)

    def tick(self, second: Seconds, step: int = TICKS // 4) -> Ticks:
        """The nearest place for a note, a multiple of `step`; not before the first bar nor after the last."""
        place = min(max(0, bisect_right(self.lines, second) - 1), len(self.lines) - 2)
        start, after = self.lines[place : place + 2]
        ticks = (place + (second - start) / (after - start)) * self.meter.bar
        return Ticks(min(self.end, max(0, round(self._even(ticks) / step) * step)))

    def bar(self, second: Seconds) -> int:
        """The nearest bar line, from 0."""
        return round(self.tick(second, self.meter.bar) / self.meter.bar)

    def _even(self, ticks: float) -> float:
        """Where a swung tick stands in the score."""
        if not self.swing:
            return ticks
        quarter, within = divmod(ticks, TICKS)
        half = TICKS / 2
        if within <= _LATE:
            return float(quarter * TICKS + within * half / _LATE)
        return float(quarter * TICKS + half + (within - _LATE) * half / (TICKS - _LATE))


def grid_of(heard: Heard) -> Grid:
    """The bars in which something sounds, from the first downbeat on, or from the bar of an upbeat before it."""
    meter = _meter(heard)
    beat = 60.0 / heard.tempo.bpm
    length = heard.meter * beat
    downbeats = list(heard.downbeats) or [heard.beats[0]]
    lengths = [after - before for before, after in pairwise(downbeats)]
    begins, ends = _sounding(heard)
    lines = [float(downbeats[0])]
    if begins < downbeats[0] - _UPBEAT * length:
        lines.insert(0, downbeats[0] - (lengths[0] if lengths else length))
    lines += downbeats[1:]
    while lines[-1] < ends - _REST * length:
        lines.append(lines[-1] + (lengths[-1] if lengths else length))
    while len(lines) > _TWO and lines[-2] >= ends - _REST * length:
        lines.pop()
    if len(lines) < _TWO:
        lines.append(lines[0] + length)
    steady = heard.tempo.steadiness >= _STEADY
    quarters = meter.bar / TICKS
    whole = (lines[-1] - lines[0]) / (len(lines) - 1)
    tempos = [Tempo(start=Ticks(0), bpm=round(60.0 * quarters / whole, 3))] if steady else list(_tempos(lines, meter))
    swing = 1.0 if heard.division == _THREE and meter.unit == 4 else 0.0  # noqa: PLR2004 - a quarter note
    return Grid(lines=tuple(Seconds(line) for line in lines), meter=meter, swing=swing, tempos=tuple(tempos))


def _meter(heard: Heard) -> Meter:
    """Beats of quarter notes; two of three eighths each are a bar of six."""
    if heard.meter == _TWO and heard.division == _THREE:
        return Meter(beats=6, unit=8)
    return Meter(beats=max(_TWO, heard.meter), unit=4)


def _sounding(heard: Heard) -> tuple[float, float]:
    """When the first note or chord begins, and the last ends."""
    stretches: list[tuple[float, float]] = []
    for found in (heard.chords, heard.melody, heard.words):
        stretches += [(each.start, each.end) for each in found]
    if not stretches:
        return heard.beats[0], heard.seconds
    return min(start for start, _ in stretches), min(heard.seconds, max(end for _, end in stretches))


def _tempos(lines: Sequence[float], meter: Meter) -> Iterator[Tempo]:
    """A tempo wherever it changes."""
    last = math.inf
    for place, (start, end) in enumerate(pairwise(lines)):
        bpm = round(60.0 * meter.bar / TICKS / (end - start), 2)
        if abs(bpm - last) > _SAME * bpm:
            yield Tempo(start=Ticks(place * meter.bar), bpm=bpm)
            last = bpm
