"""When the syllables of a line are sung: stressed ones on strong beats, the last one long, a breath after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.engines.song.chance import chance
from antiphon.engines.song.score import TICKS, Meter, Ticks
from antiphon.engines.song.words import SungLine

STRONG = 3
"""The strength of a bar's strong beats, from there up."""

_BAR, _BEAT, _OFF = 4, 2, 1
_EIGHTH, _SIXTEENTH, _THIRTY_SECOND = TICKS // 2, TICKS // 4, TICKS // 8
_BREATH = _EIGHTH
_HALVES = frozenset({4, 8})
_TRIPLE, _QUARTER = 3, 4
_WIDEST = 2.6
_SUNG_SHARE = 0.74
_LATE_START = 0.34
_EDGE = 1.3
_CROWDED = 0.72
_AFTER_COMMA, _AFTER_WORD, _IN_WORD = 1.7, 1.1, 0.82
_PAUSES = ",.;:!?…—–。，、！？"

Times = tuple[tuple[Ticks, Ticks], ...]
"""Start and length of notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """A rhythmic motif: which places of two bars are liked, by sixteenths; lines that share it have like rhythms.

    Args:
        places: From 0 to 1.
        weight: How much it counts against the strength of beats.
    """

    places: tuple[float, ...]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What rhythm needs to know of a syllable.

    Args:
        stress: 0 none, 1 secondary, 2 primary.
        gap: How much longer than others the way to the next one shall be.
        rest: Whether it ends before a comma or another pause.
    """

    stress: int
    gap: float
    rest: bool = False


def taste(seed: int, place: str, syncopation: float) -> Taste:
    """A motif of some place."""
    draw = chance(seed, "rhythm", place)
    return Taste(places=tuple(draw.random() for _ in range(32)), weight=0.35 + 1.3 * syncopation)


def steps(line: SungLine) -> tuple[Step, ...]:
    """A line's syllables."""
    found = []
    for word in line.words:
        paused = word.text.rstrip("\"')”’»")[-1:] in _PAUSES
        for number, syllable in enumerate(word.syllables, start=1):
            ends = number == len(word.syllables)
            gap = (_AFTER_COMMA if paused else _AFTER_WORD) if ends else _IN_WORD
            found.append(Step(stress=syllable.stress, gap=gap, rest=ends and paused))
    return tuple(found)


def strength(meter: Meter, tick: int) -> int:
    """How strong a place in the song is: 4 a bar's first beat, 3 its other strong one, 2 a beat, 1 between, 0 less."""
    at = tick % meter.bar
    if at == 0:
        return _BAR
    if at in _strong(meter):
        return STRONG
    beat = TICKS if meter.unit == _QUARTER else _EIGHTH
    if at % beat == 0:
        return _BEAT if meter.unit == _QUARTER else _OFF
    return _OFF if at % _EIGHTH == 0 else 0


def _strong(meter: Meter) -> set[int]:
    """Where a bar has strong beats besides its first: its middle, of eighths every third or the second group."""
    beat = TICKS * 4 // meter.unit
    if meter.unit == _QUARTER:
        if meter.beats in _HALVES:
            return {meter.bar // 2}
        return {_TRIPLE * beat} if meter.beats > _QUARTER else set()
    if meter.beats % _TRIPLE == 0:
        return set(range(_TRIPLE * beat, meter.bar, _TRIPLE * beat))
    return {4 * beat} if meter.beats > _QUARTER else set()


def times(line: Sequence[Step], *, start: Ticks, length: Ticks, meter: Meter, motif: Taste) -> Times:
    """Start and length of each syllable's note.

    Args:
        line: The syllables.
        start: Of the line's room, from the song's beginning; a bar line.
        length: Of the room. The notes end before it does, for a breath.
        meter: For the strong beats.
        motif: Which places are liked.
    """
    step = _grid(len(line), length)
    onsets = [Ticks(start + slot * step) for slot in _slots(line, start=start, length=length, meter=meter, motif=motif)]
    end = start + length - min(_BREATH, step)
    ends = [*onsets[1:], min(end, onsets[-1] + max(meter.bar, 2 * TICKS))]
    return tuple(
        (onset, Ticks(max(step, _sounding(until - onset, syllable))))
        for onset, until, syllable in zip(onsets, ends, line, strict=True)
    )


def _sounding(gap: int, syllable: Step) -> int:
    """How much of the way to the next note is sung."""
    if syllable.rest and gap >= TICKS:
        return gap - _EIGHTH
    return min(gap, 3 * TICKS)


def _grid(count: int, length: Ticks) -> int:
    """The finest value that is needed: eighths, or less where the line is crowded."""
    for step in (_EIGHTH, _SIXTEENTH, _THIRTY_SECOND):
        if count <= length / step * _CROWDED:
            return step
    return max(1, length // (count + 1))


def _slots(line: Sequence[Step], *, start: Ticks, length: Ticks, meter: Meter, motif: Taste) -> list[int]:
    """The way of least cost through the places of the grid."""
    step = _grid(len(line), length)
    size = length // step
    count = len(line)
    last = max(count - 1, size - max(1, min(size // 4, TICKS // step)))
    ideal = _ideal(count, last, step)
    widest = max(1, round(ideal * _WIDEST))
    strengths = [strength(meter, start + slot * step) for slot in range(size)]
    liked = [_liking(motif, slot * step, meter) for slot in range(size)]
    infinite = float("inf")
    latest_start = max(1, min(last - count + 2, round(size * _LATE_START)))
    costs = [
        slot / ideal * 0.5 + _misfit(line[0], strengths[slot]) - liked[slot] if slot < latest_start else infinite
        for slot in range(size)
    ]
    back: list[list[int]] = []
    final = count - 2 if line[-1].stress < line[-2:][0].stress else count - 1  # Where the line comes to rest.
    for place, (before, here) in enumerate(pairwise(line), start=1):
        wanted = ideal * before.gap
        new, ways = [infinite] * size, [0] * size
        bonus = 0.5 if place == final else 0.0
        for slot in range(place, min(last + 1, size)):
            own = _misfit(here, strengths[slot]) - liked[slot] - bonus * strengths[slot]
            for former in range(max(place - 1, slot - widest), slot):
                cost = costs[former] + own + (((slot - former) - wanted) / wanted) ** 2 * _EDGE
                if cost < new[slot]:
                    new[slot], ways[slot] = cost, former
        back.append(ways)
        costs = new
    return _back(costs, back)


def _ideal(count: int, last: int, step: int) -> float:
    """The way from one syllable to the next where all are alike: not the whole room, and never over half a bar."""
    return max(1.0, min(_SUNG_SHARE * last / 0.78 / max(1, count - 1), 1.5 * TICKS / step))


def _back(costs: Sequence[float], back: Sequence[Sequence[int]]) -> list[int]:
    slot = min(range(len(costs)), key=lambda place: (costs[place], place))
    slots = [slot]
    for ways in reversed(back):
        slot = ways[slot]
        slots.append(slot)
    return slots[::-1]


def _misfit(syllable: Step, strong: int) -> float:
    """What it costs to sing a stressed syllable on a weak place, or the other way round."""
    if syllable.stress:
        return (_BAR - strong) * (0.16 + 0.18 * syllable.stress)
    return strong * 0.26


def _liking(motif: Taste, tick: int, meter: Meter) -> float:
    place = tick % (2 * meter.bar) // _SIXTEENTH
    return motif.weight * motif.places[place % len(motif.places)] * (1.0 if tick % _EIGHTH == 0 else 0.3)
