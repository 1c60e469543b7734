"""Chords for a tune that is there already: those that are wanted, and where they would clash, others that do not.

Between strong beats one chord stands. The way of least cost goes through all of a section's; sections that are alike
get the same chords, for the tunes of all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from antiphon.engines.song.numerals import Harmony, respelt, symbol, tables
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import STEPS, Chord, Key, Meter, Note, PitchClass, Section, Sung, Ticks

OCTAVE = 12

_STRONG_APART, _BEAT_APART, _APART, _FOREIGN = 9.0, 1.2, 0.3, 4.0
_BEAT = 2
_SUDDEN, _STAYED, _RETURNED = 1.2, 0.5, -0.3
_DIMINISHED, _BORROWED = 2.5, 2.5
_THIRD, _FIFTH = 2, 4
_ROUNDS = 64

_Cell = tuple[int, int]
"""From and till, counted from a section's beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What chords are chosen for.

    Args:
        key: The key.
        meter: The meter.
        sections: The form.
        tune: The melody of the whole song.
    """

    key: Key
    meter: Meter
    sections: tuple[Section, ...]
    tune: tuple[Sung | Note, ...]

    def start(self, place: int) -> int:
        """Where a section begins."""
        return self.sections[place].first_bar * self.meter.bar

    def end(self, place: int) -> int:
        """Where it ends."""
        return self.start(place) + self.sections[place].bars * self.meter.bar

    def model(self, place: int) -> int:
        """The section that one is like, or itself."""
        like = self.sections[place].like
        return place if like is None else like

    def alike(self, place: int) -> list[int]:
        """A section and all that are like it."""
        return [other for other in range(len(self.sections)) if self.model(other) == place]


def harmonised(ground: Ground, wanted: Sequence[Chord], *, loyalty: float) -> tuple[Chord, ...]:
    """Chords under a tune.

    Args:
        ground: The tune, and what it stands on.
        wanted: Chords without gaps; of sections that are alike those of the first count.
        loyalty: What it costs to take another chord than the wanted one. A strong beat of the melody outside of its
            chord costs 9.
    """
    chosen: dict[int, list[tuple[_Cell, Chord]]] = {}
    for place in range(len(ground.sections)):
        if ground.model(place) == place:
            chosen[place] = _section(ground, place, wanted, loyalty)
    return apart(ground, tuple(_laid(ground, chosen)))


def apart(ground: Ground, chords: Sequence[Chord]) -> tuple[Chord, ...]:
    """The chords, with another tone in the bass where it would run in octaves with the tune."""
    tune: dict[int, int] = {note.start: note.pitch % OCTAVE for note in ground.tune}
    if not any(_doubled(chords, tune)):
        return tuple(chords)
    found = list(_split(ground, chords))
    for _ in range(_ROUNDS):
        place = next(_doubled(found, tune), None)
        if place is None:
            break
        for other in _counterparts(ground, found, place):
            found[other] = _inverted(found[other], tune.get(found[place].start), ground.key)
    return tuple(found)


def chord_at(chords: Sequence[Chord], tick: int) -> Chord:
    """The harmony that stands at a tick; after the last one, that."""
    return next((chord for chord in chords if chord.start <= tick < chord.end), chords[-1])


def diatonic(key: Key) -> list[Harmony]:
    """The triads of the scale, from the tonic's up."""
    steps = STEPS[key.mode]
    shapes = {shape: name for name, shape in tables().qualities.items()}
    found = []
    for degree, step in enumerate(steps):
        third, fifth = ((steps[(degree + skip) % 7] - step) % OCTAVE for skip in (_THIRD, _FIFTH))
        quality = shapes.get((0, third, fifth))
        if quality is not None:
            found.append(Harmony(root=PitchClass((key.tonic + step) % OCTAVE), quality=quality))
    return found


def _every() -> Iterator[Harmony]:
    """All major and minor triads, for tunes that leave their key."""
    for root in range(OCTAVE):
        yield from (Harmony(root=PitchClass(root), quality=quality) for quality in ("", "m"))


def _section(ground: Ground, place: int, wanted: Sequence[Chord], loyalty: float) -> list[tuple[_Cell, Chord]]:
    """The way of least cost through a section."""
    start, end = ground.start(place), ground.end(place)
    changes_at = [chord.start - start for chord in wanted if start < chord.start < end]
    cells = list(_cells(ground.meter, end - start, changes_at))
    heard = [_heard(ground, place, cell) for cell in cells]
    foreign = any(pitch not in ground.key.scale() for notes in heard for _, pitch in notes)
    plain = [_chord(each, ground.key) for each in (*diatonic(ground.key), *(_every() if foreign else ()))]
    wishes = [chord_at(wanted, start + cell[0]) for cell in cells]
    own = {wish.symbol: wish for wish in wishes}
    scale = set(ground.key.scale())
    costs: dict[str, float] = {}
    back: list[dict[str, str]] = []
    names = {**{chord.symbol: chord for chord in plain}, **own}
    for number, wish in enumerate(wishes):
        new: dict[str, float] = {}
        ways: dict[str, str] = {}
        changes = number > 0 and wishes[number - 1] is not wish
        for name, chord in names.items():
            here = _clash(heard[number], chord, ground.key) + (loyalty if name != wish.symbol else 0.0)
            here -= 0.6 * loyalty if name != wish.symbol and chord.root == wish.root else 0.0
            here += _BORROWED * sum(tone not in scale for tone in chord.pitch_classes()) if name not in own else 0.0
            here += _DIMINISHED if chord.intervals[-1] % 7 == 6 and name not in own else 0.0  # noqa: PLR2004 - a tritone
            if not costs:
                new[name] = here
                continue
            ways[name] = min(costs, key=lambda former: (costs[former] + _way(former, name, changes=changes), former))
            new[name] = here + costs[ways[name]] + _way(ways[name], name, changes=changes)
        costs = new
        back.append(ways)
    return list(zip(cells, [names[name] for name in _traced(costs, back)], strict=True))


def _traced(costs: Mapping[str, float], back: Sequence[Mapping[str, str]]) -> list[str]:
    name = min(costs, key=lambda one: (costs[one], one))
    found = [name]
    for ways in reversed(back[1:]):
        name = ways[name]
        found.append(name)
    return found[::-1]


def _way(before: str, after: str, *, changes: bool) -> float:
    """What it costs to go on with another chord where none is wanted, or with the same where one is."""
    if before == after:
        return _STAYED if changes else _RETURNED
    return 0.0 if changes else _SUDDEN


def _cells(meter: Meter, length: int, changes: Sequence[int]) -> Iterator[_Cell]:
    """Stretches that begin on strong beats, or where another chord is wanted."""
    beat = meter.bar // meter.beats
    begins = sorted({tick for tick in range(0, length, beat) if strength(meter, tick) >= STRONG} | set(changes))
    yield from zip(begins, [*begins[1:], length], strict=True)


def _heard(ground: Ground, place: int, cell: _Cell) -> list[tuple[int, PitchClass]]:
    """The notes of all sections alike that begin in a cell: how strong their places are, and what they are."""
    return [
        (strength(ground.meter, note.start), PitchClass(note.pitch % OCTAVE))
        for other in ground.alike(place)
        for note in ground.tune
        if cell[0] <= note.start - ground.start(other) < cell[1]
    ]


def _clash(heard: Sequence[tuple[int, PitchClass]], chord: Chord, key: Key) -> float:
    """What a chord costs under some notes."""
    tones, scale = set(chord.pitch_classes()), set(key.scale())
    cost = 0.0
    for strong, pitch in heard:
        if pitch not in tones:
            cost += _STRONG_APART if strong >= STRONG else _BEAT_APART if strong == _BEAT else _APART
            cost += _FOREIGN if pitch not in scale else 0.0
    return cost


def _chord(harmony: Harmony, key: Key) -> Chord:
    return Chord(
        start=Ticks(0), length=Ticks(1), root=harmony.root, intervals=harmony.intervals, symbol=symbol(harmony, key)
    )


def _laid(ground: Ground, chosen: Mapping[int, Sequence[tuple[_Cell, Chord]]]) -> Iterator[Chord]:
    """The chords of all sections in time; what goes on within a section is one."""
    for place in range(len(ground.sections)):
        start = ground.start(place)
        run: Chord | None = None
        for (begin, end), chord in chosen[ground.model(place)]:
            if run is not None and run.symbol == chord.symbol:
                run = replace(run, length=Ticks(run.length + end - begin))
                continue
            if run is not None:
                yield run
            run = replace(chord, start=Ticks(start + begin), length=Ticks(end - begin))
        if run is not None:
            yield run


def _lowest(chord: Chord) -> PitchClass:
    return chord.root if chord.bass is None else chord.bass


def _doubled(chords: Sequence[Chord], tune: Mapping[int, int]) -> Iterator[int]:
    """The later of two chords that follow each other and both begin with the melody on the bass's note."""
    for place, (before, after) in enumerate(pairwise(chords), start=1):
        both = tune.get(before.start) == _lowest(before) and tune.get(after.start) == _lowest(after)
        if both and _lowest(before) != _lowest(after):
            yield place


def _split(ground: Ground, chords: Sequence[Chord]) -> Iterator[Chord]:
    """The chords, cut where sections begin."""
    for chord in chords:
        inside = {ground.start(place) for place in range(len(ground.sections))} & set(range(chord.start + 1, chord.end))
        for start, end in pairwise([chord.start, *sorted(inside), chord.end]):
            yield replace(chord, start=Ticks(start), length=Ticks(end - start))


def _counterparts(ground: Ground, chords: Sequence[Chord], place: int) -> Iterator[int]:
    """The chord of that place, and those of the same place in sections that are alike."""
    start = chords[place].start
    section = max(each for each in range(len(ground.sections)) if ground.start(each) <= start)
    alike = {start - ground.start(section) + ground.start(each) for each in ground.alike(ground.model(section))}
    yield from (other for other, chord in enumerate(chords) if chord.start in alike)


def _inverted(chord: Chord, melody: int | None, key: Key) -> Chord:
    """The chord with its third or fifth in the bass, whichever the melody has not."""
    low = [tone for tone in chord.pitch_classes()[1:3] if tone not in {melody, _lowest(chord)}]
    if not low:
        return chord
    return respelt(replace(chord, bass=low[0]), key)
