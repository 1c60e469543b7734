"""Bars of one song as bars of another: in its meter, and as many for one as its tempo asks for."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from antiphon.engines.song.score import TICKS, Meter, Section, Ticks

_USUAL = 0.4
"""Octaves of tempo for which one bar is a bar as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How bars become other bars.

    Args:
        old: The meter that they have.
        new: The meter that they get.
        bars: How many each becomes: 1 or 2, or a half.
    """

    old: Meter
    new: Meter
    bars: float = 1.0

    @property
    def same(self) -> bool:
        """Whether everything stays where it is."""
        return self.old == self.new and self.bars == 1.0

    def bar(self, number: int) -> int:
        """What a bar's number becomes."""
        return int(number * self.bars)

    def tick(self, tick: int) -> Ticks:
        """What a tick becomes: in another meter the one at the same share of the bar."""
        old = self.old.bar * (2 if self.bars < 1.0 else 1)
        new = round(self.new.bar * self.bars * (2 if self.bars < 1.0 else 1))
        cells, rest = divmod(tick, old)
        return Ticks(cells * new + rest * new // old)

    def beat(self, tick: int) -> Ticks:
        """As `tick`, on a beat."""
        beat = self.new.bar // self.new.beats
        return Ticks(round(self.tick(tick) / beat) * beat)

    def sections(self, sections: Sequence[Section]) -> Iterator[Section]:
        """The form in the new bars."""
        for section in sections:
            first = self.bar(section.first_bar)
            yield replace(section, first_bar=first, bars=self.bar(section.first_bar + section.bars) - first)


def frame(sections: Sequence[Section], *, old: tuple[Meter, float], new: tuple[Meter, float]) -> Frame:
    """How a form's bars go into another meter and tempo: so that what is sung is sung about as fast.

    Args:
        sections: The form. Two of its bars become one only where all its sections have an even number of them.
        old: Its meter and beats (quarter notes) a minute.
        new: The others.
    """
    lasting = [meter.bar / TICKS / bpm for meter, bpm in (old, new)]
    even = all(section.bars % 2 == 0 and section.first_bar % 2 == 0 for section in sections)
    able = (1.0, 2.0, 0.5) if even else (1.0, 2.0)

    def misfit(bars: float) -> float:
        return abs(math.log2(lasting[1] * bars / lasting[0])) + (0.0 if bars == 1.0 else _USUAL)

    return Frame(old=old[0], new=new[0], bars=min(able, key=misfit))
