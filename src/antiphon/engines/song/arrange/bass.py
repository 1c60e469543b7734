"""The bass: the chords' roots in the groove's rhythm, steps that lead into the next chord, no octaves with the tune."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from antiphon.engines.song.arrange.band import Chair
from antiphon.engines.song.arrange.presence import Entries
from antiphon.engines.song.arrange.stage import Span, Stage, graded, in_order, note
from antiphon.engines.song.patterns import Hit, patterns
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import TICKS, Chord, Note, Pitch, PitchClass, SectionKind, Sung, Ticks

OCTAVE = 12

_LOWEST, _HIGHEST = 28, 55
_THIRDS, _FIFTHS, _SIXTHS, _SEVENTHS = (3, 4, 2, 5), (7, 6, 8), (9, 8), (10, 11, 9)
_DEGREES = {"3": _THIRDS, "5": _FIFTHS, "6": _SIXTHS, "7": _SEVENTHS}
_FORCE, _ACCENT, _GHOST = 84.0, 8.0, 40.0
_CHROMATIC = 0.35
_NEAR = 4


def bass(stage: Stage, chair: Chair, entries: Entries) -> tuple[Note, ...]:
    """The bass's part."""
    player = _Player(stage, chair)
    notes: list[Note] = []
    for place, span in entries.items():
        notes += player.section(place, span)
    return in_order(_apart(stage, notes, player))


class _Player:
    """Goes from chord to chord, and stays near where it is.

    Args:
        stage: What all know.
        chair: For the instrument's range.
    """

    def __init__(self, stage: Stage, chair: Chair) -> None:
        self._stage = stage
        self.lowest = max(_LOWEST, chair.instrument.lowest)
        self.highest = max(self.lowest + OCTAVE, min(_HIGHEST, chair.instrument.highest))
        self._place = chair.place
        self._root = self.lowest + 5
        self._latest = self._root

    def section(self, place: int, span: Span) -> Iterator[Note]:
        """What is played in a section."""
        stage = self._stage
        draw = stage.draw(f"{self._place} {stage.model(place)}")
        line = patterns().bass[graded(stage.groove.bass, self._busy(place))]
        hits = list(line.between(span.start, span.end, origin=stage.span(place).start, bar=stage.meter.bar))
        for chord, stretch in stage.chords_in(span):
            if stretch.start >= stage.last_bar.start:
                yield self._rest(chord, place, draw)
                return
            own = list(_under(hits, Span(stretch.start, min(stretch.end, stage.last_bar.start))))
            self._root = self._near(_lowest_class(chord), self._root)
            for hit in own:
                key = self._key(hit, chord, stretch, draw)
                self._latest = key
                force = _GHOST if hit.mark == "g" else _FORCE + _ACCENT * (strength(stage.meter, hit.start) >= STRONG)
                length = Ticks(TICKS // 8) if hit.mark == "g" else hit.length
                yield note(Span(hit.start, Ticks(hit.start + length)), key, stage.velocity(force, place, draw))
            if chord.end > stage.last_bar.start:
                yield self._rest(chord, place, draw)
                return

    def _busy(self, place: int) -> float:
        """How busy the line is: as full as the section, and as dense as the style."""
        stage = self._stage
        calm = 0.25 if stage.sections[place].kind is SectionKind.BRIDGE else 0.0
        climax = 0.15 if place == stage.climax else 0.0
        return 0.75 * stage.level(place) + 0.5 * (stage.style.density - 0.5) + climax - calm

    def _rest(self, chord: Chord, place: int, draw: random.Random) -> Note:
        """The song's last note."""
        key = self._near(_lowest_class(chord), self._root)
        return note(self._stage.last_bar, key, self._stage.velocity(_FORCE, place, draw))

    def _key(self, hit: Hit, chord: Chord, stretch: Span, draw: random.Random) -> int:
        if hit.start == stretch.start and hit.mark != "p":
            return self._root
        ends = hit.start + hit.length >= stretch.end
        match hit.mark:
            case "p":
                return self._near(self._stage.key.tonic, self._root)
            case "8":
                return self._inside(self._root + OCTAVE)
            case "a":
                return self._approach(chord, draw) if ends else self._degree(chord, "5")
            case "w":
                return self._approach(chord, draw) if ends else self._walk(chord, hit, draw)
            case "3" | "5" | "6" | "7":
                return self._degree(chord, hit.mark)
            case _:
                return self._root

    def _degree(self, chord: Chord, mark: str) -> int:
        """A tone of the chord, or where it has none of these, the key's."""
        wanted = _DEGREES[mark]
        within = {interval % OCTAVE for interval in chord.intervals}
        scale = set(self._stage.key.scale())
        own = [step for step in wanted if step in within]
        fitting = own or [step for step in wanted if (chord.root + step) % OCTAVE in scale]
        step = fitting[0] if fitting else 0
        above = (chord.root + step - self._root) % OCTAVE
        return self._inside(self._root + above)

    def _approach(self, chord: Chord, draw: random.Random) -> int:
        """A step below or above the next chord's bass; the fifth where nothing changes."""
        stage = self._stage
        after = stage.chord_after(chord)
        if _lowest_class(after) == _lowest_class(chord):
            return self._degree(chord, "5")
        target = self._near(_lowest_class(after), self._root)
        scale = set(stage.key.scale())
        chromatic = draw.random() < _CHROMATIC * stage.weirdness
        able = [
            key
            for key in (target - 2, target - 1, target + 1, target + 2)
            if (chromatic or key % OCTAVE in scale) and self.lowest <= key <= self.highest
        ]
        if not able:
            return self._degree(chord, "5")
        return min(able, key=lambda key: (abs(key - target), abs(key - self._latest), key))

    def _walk(self, chord: Chord, hit: Hit, draw: random.Random) -> int:
        """A step or a chord's tone on the way, never the same note again."""
        stage = self._stage
        tones = set(chord.pitch_classes())
        scale = set(stage.key.scale()) | tones
        firm = strength(stage.meter, hit.start) >= STRONG
        near = range(max(self.lowest, self._latest - _NEAR), min(self.highest, self._latest + _NEAR) + 1)
        able = [key for key in near if key != self._latest and key % OCTAVE in (tones if firm else scale)]
        if not able:
            return self._degree(chord, "5")
        target = self._near(_lowest_class(stage.chord_after(chord)), self._root)
        weights = [1.0 / (1.0 + abs(key - target)) + 0.6 * (key % OCTAVE in tones) for key in able]
        return draw.choices(able, weights)[0]

    def _near(self, wanted: PitchClass, key: int) -> int:
        """The nearest key of a pitch class, in the lower part of the range."""
        top = max(self.lowest + OCTAVE - 1, self.highest - OCTAVE)
        able = [other for other in range(self.lowest, top + 1) if other % OCTAVE == wanted]
        return min(able, key=lambda other: (abs(other - key), other))

    def _inside(self, key: int) -> int:
        return key if key <= self.highest else key - OCTAVE


def _lowest_class(chord: Chord) -> PitchClass:
    return chord.root if chord.bass is None else chord.bass


def _under(hits: Sequence[Hit], stretch: Span) -> Iterator[Hit]:
    """What is struck under a chord; what still sounds when the chord comes is struck again."""
    for hit in hits:
        end = hit.start + hit.length
        if hit.start in stretch:
            yield Hit(hit.start, Ticks(min(end, stretch.end) - hit.start), hit.mark)
        elif hit.start < stretch.start < end and hit.mark != "p":
            yield Hit(stretch.start, Ticks(min(end, stretch.end) - stretch.start), "1")


def _apart(stage: Stage, notes: Sequence[Note], player: _Player) -> list[Note]:
    """The part without strong beats on which it runs in octaves with the tune; a chord's own first note stays."""
    melody: list[Note | Sung] = [*stage.sung, *stage.tune]
    tune = {each.start: each.pitch for each in melody}
    roots = {chord.start for chord in stage.chords}
    done = list(notes)
    meeting = [
        place for place, each in enumerate(done) if each.start in tune and strength(stage.meter, each.start) >= STRONG
    ]
    for before, after in pairwise(meeting):
        one, other = done[before], done[after]
        moves = (other.pitch - one.pitch, tune[other.start] - tune[one.start])
        octaves = all((tune[each.start] - each.pitch) % OCTAVE == 0 for each in (one, other))
        if octaves and moves[0] * moves[1] > 0:
            changed = before if other.start in roots else after
            if done[changed].start not in roots:
                done[changed] = replace(done[changed], pitch=_other_tone(stage, done[changed], player))
    return done


def _other_tone(stage: Stage, each: Note, player: _Player) -> Pitch:
    tones = set(stage.chord_at(each.start).pitch_classes())
    able = [
        key for key in range(player.lowest, player.highest + 1) if key % OCTAVE in tones and (key - each.pitch) % OCTAVE
    ]
    return Pitch(min(able, key=lambda key: (abs(key - each.pitch), key), default=each.pitch))
