"""What pitches a line has: chord tones on strong beats, steps between them, an arch, and leaps that come back.

The way of least cost through all the notes at once, so that what is near the singer's limits, the chord of the next
bar and the last note are known from the first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.engines.song.chance import chance
from antiphon.engines.song.score import TICKS, Chord, Key, Pitch, PitchClass, Ticks

OCTAVE = 12
WIDE = 7
"""Semitones. A leap beyond it is followed by a step back."""

_STEP = 2
_INTERVALS = {
    0: 0.75,
    1: 0.0,
    2: 0.0,
    3: 0.45,
    4: 0.5,
    5: 0.9,
    6: 6.0,
    7: 1.3,
    8: 2.6,
    9: 2.6,
    10: 6.0,
    11: 9.0,
    12: 3.2,
}
_IMPOSSIBLE = 1e6
_UNRESOLVED = 60.0
_STRONG, _BEAT = 3, 2
_LONG = TICKS + TICKS // 2
_FEW_TONES = 3

_State = tuple[int, int]
"""A pitch, and 1 or -1 after a wide leap up or down, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The notes that a tune may have.

    Args:
        lowest: The lowest.
        highest: The highest.
        key: Whose scale it is in, but for the chords' own notes.
    """

    lowest: Pitch
    highest: Pitch
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A note that needs a pitch.

    Args:
        start: From the song's beginning.
        length: Of the note.
        strength: Of the beat.
        chord: What stands there.
        height: Where in the range the contour would have it, 0 to 1.
        pull: How strongly the height counts; 1 as where there is no tune yet.
    """

    start: Ticks
    length: Ticks
    strength: int
    chord: Chord
    height: float
    pull: float = 1.0

    @property
    def at_change(self) -> bool:
        """Whether the chord begins there."""
        return self.start == self.chord.start

    @property
    def bass(self) -> PitchClass:
        """The lowest note of the chord."""
        return self.chord.root if self.chord.bass is None else self.chord.bass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """The shape of a phrase.

    Args:
        start: Its height at the beginning, 0 to 1.
        peak: Its height at the highest.
        end: Its height at the end.
        place: Where the peak is, 0 to 1.
        ripple: What single notes deviate.
    """

    start: float
    peak: float
    end: float
    place: float
    ripple: tuple[float, ...]

    def height(self, share: float, number: int) -> float:
        """The height at a share of the phrase, of its note of that number."""
        if share <= self.place:
            plain = self.start + (self.peak - self.start) * share / self.place
        else:
            plain = self.peak + (self.end - self.peak) * (share - self.place) / (1.0 - self.place)
        return plain + self.ripple[number % len(self.ripple)]


def contour(seed: int, place: str, *, low: float, high: float) -> Contour:
    """An arch of some place, between two heights."""
    draw = chance(seed, "contour", place)
    room = high - low
    return Contour(
        start=low + room * draw.uniform(0.1, 0.6),
        peak=low + room * draw.uniform(0.8, 1.0),
        end=low + room * draw.uniform(0.1, 0.5),
        place=draw.uniform(0.25, 0.7),
        ripple=tuple(draw.uniform(-0.14, 0.14) for _ in range(6)),
    )


def pitches(
    spots: Sequence[Spot], within: Range, *, place: str, seed: int, weirdness: float, home: float
) -> list[Pitch]:
    """A pitch for each note.

    Args:
        spots: The notes of one phrase.
        within: What may be sung.
        place: Where in the song; for chance.
        seed: For chance.
        weirdness: How willingly it leaps, 0 to 1.
        home: How strongly the end is drawn to the tonic; negative: away from it.
    """
    draw = chance(seed, "tune", place)
    noise = [{key: draw.random() * (0.3 + 0.5 * weirdness) for key in range(128)} for _ in spots]
    banned: set[tuple[int, int]] = set()
    first = next((number for number, spot in enumerate(spots) if spot.at_change), None)
    if first is not None:
        banned |= {(first, key) for key in range(128) if key % OCTAVE == spots[first].bass}
    for _ in spots:
        found = _way(spots, within, noise, banned, weirdness=weirdness, home=home)
        doubled = _doubled(spots, found)
        if doubled is None:
            break
        banned |= {(doubled, key) for key in range(128) if key % OCTAVE == spots[doubled].bass}
    return found


def _doubled(spots: Sequence[Spot], found: Sequence[Pitch]) -> int | None:
    """The first note that runs on in octaves with the bass: both have the bass's note at one change and the next."""
    changes = [number for number, spot in enumerate(spots) if spot.at_change]
    for one, other in pairwise(changes):
        if all(found[number] % OCTAVE == spots[number].bass for number in (one, other)):
            return one if other == len(spots) - 1 else other
    return None


def _way(
    spots: Sequence[Spot],
    within: Range,
    noise: Sequence[dict[int, float]],
    banned: Collection[tuple[int, int]],
    *,
    weirdness: float,
    home: float,
) -> list[Pitch]:
    scale = set(within.key.scale())
    leaping = 1.15 - 0.6 * weirdness
    states: dict[_State, float] = {}
    back: list[dict[_State, _State]] = []
    for number, spot in enumerate(spots):
        edge = number in {0, len(spots) - 1}
        new: dict[_State, float] = {}
        ways: dict[_State, _State] = {}
        for key in _candidates(spot, within, scale, edge=edge):
            own = _own(spot, key, within) + noise[number][key]
            own += _IMPOSSIBLE / 10 if (number, key) in banned else 0.0
            if number == len(spots) - 1:
                own += _ending(spot, key, within, home)
            if not states:
                new[key, 0] = own
            for state, cost in states.items():
                leap, more = _leap(state, key, leaping, last=number == len(spots) - 1)
                whole = cost + own + more
                if whole < new.get((key, leap), float("inf")):
                    new[key, leap] = whole
                    ways[key, leap] = state
        states = new
        back.append(ways)
    return _back(states, back)


def _back(states: dict[_State, float], back: Sequence[dict[_State, _State]]) -> list[Pitch]:
    state = min(states, key=lambda one: (states[one], one))
    found = [Pitch(state[0])]
    for ways in reversed(back[1:]):
        state = ways[state]
        found.append(Pitch(state[0]))
    return found[::-1]


def _candidates(spot: Spot, within: Range, scale: set[PitchClass], *, edge: bool) -> list[int]:
    """The scale's notes and the chord's; at a phrase's edges only those an octave from all other edges."""
    low, high = int(within.lowest), int(within.highest)
    if edge and high - low > OCTAVE:
        low, high = high - OCTAVE, low + OCTAVE
    tones = set(spot.chord.pitch_classes())
    altered = tones - scale
    clashing = {(tone + step) % OCTAVE for tone in altered for step in (-1, 1)} - tones
    allowed = (scale - clashing) | tones
    found = [key for key in range(low, high + 1) if key % OCTAVE in allowed]
    return found or [key for key in range(low, high + 1) if key % OCTAVE in scale] or [low]


def _own(spot: Spot, key: int, within: Range) -> float:
    """What a pitch costs where it stands."""
    wanted = within.lowest + spot.height * (within.highest - within.lowest)
    cost = ((key - wanted) / 3.2) ** 2 * 0.55 * spot.pull
    tones = spot.chord.pitch_classes()
    if key % OCTAVE not in tones:
        weight = 7.0 if spot.strength >= _STRONG else 1.4 if spot.strength == _BEAT else 0.3
        cost += weight + (3.0 if spot.length >= _LONG else 0.0)
    elif spot.at_change and key % OCTAVE == spot.bass and len(tones) >= _FEW_TONES:
        cost += 0.8
    if key % OCTAVE not in within.key.scale():
        cost += 1.5
    return cost


def _ending(spot: Spot, key: int, within: Range, home: float) -> float:
    """A phrase ends on a chord tone: on the tonic where it comes home, elsewhere where it is open."""
    cost = 0.0 if key % OCTAVE in spot.chord.pitch_classes() else 8.0
    return cost - (home if key % OCTAVE == within.key.tonic else 0.0)


def _leap(state: _State, key: int, leaping: float, *, last: bool) -> tuple[int, float]:
    """The state's mark after going to a pitch, and what the way costs."""
    former, leapt = state
    interval = key - former
    size = abs(interval)
    cost = _INTERVALS.get(size, _IMPOSSIBLE) * (leaping if size > _STEP else 1.0)
    mark = (1 if interval > 0 else -1) if size > WIDE else 0
    if leapt and interval == 0:
        return leapt, cost + (_UNRESOLVED if last else 0.0)
    if leapt and (size > _STEP or interval * leapt > 0):
        cost += _UNRESOLVED
    if mark and last:
        cost += _UNRESOLVED
    return mark, cost
