"""What everybody in the band knows: the song so far, and how full each section shall be."""

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from antiphon.engines.song.chance import chance
from antiphon.engines.song.patterns import Groove
from antiphon.engines.song.score import Chord, Key, Meter, Note, Pitch, Section, SectionKind, Sung, Ticks
from antiphon.engines.song.style import Style

_Thing = TypeVar("_Thing")

_SOFTEST, _LOUDEST = 8, 122


@dataclass(frozen=True, slots=True)
class Span:
    """From a tick on, till before another."""

    start: Ticks
    end: Ticks

    def __contains__(self, tick: int) -> bool:
        return self.start <= tick < self.end

    @property
    def length(self) -> Ticks:
        """How long it is."""
        return Ticks(self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What everybody in the band knows.

    Args:
        seed: What chance is drawn from.
        style: The style.
        weirdness: As in the brief.
        groove: How the band plays together.
        key: The key.
        meter: The meter.
        sections: The form.
        chords: The harmony, without gaps.
        sung: What is sung.
        tune: A melody for an instrument, in all sections that are not sung.
    """

    seed: int
    style: Style
    weirdness: float
    groove: Groove
    key: Key
    meter: Meter
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    sung: tuple[Sung, ...]
    tune: tuple[Note, ...]

    def draw(self, place: str) -> random.Random:
        """Chance for one place."""
        return chance(self.seed, "arrange", place)

    def span(self, place: int) -> Span:
        """Where a section is."""
        section = self.sections[place]
        return Span(
            Ticks(section.first_bar * self.meter.bar), Ticks((section.first_bar + section.bars) * self.meter.bar)
        )

    @property
    def end(self) -> Ticks:
        """Where the song ends."""
        return self.span(len(self.sections) - 1).end

    @property
    def last_bar(self) -> Span:
        """The song's last bar, where all come to rest."""
        return Span(Ticks(self.end - self.meter.bar), self.end)

    def model(self, place: int) -> int:
        """The section that one is like, or itself."""
        like = self.sections[place].like
        return place if like is None else like

    def level(self, place: int) -> float:
        """How full a section is against the song's fullest, 0 to 1; sections that are alike have the same."""
        return self.sections[self.model(place)].energy / max(0.01, *(section.energy for section in self.sections))

    @property
    def climax(self) -> int:
        """The last chorus, else the fullest section: there everybody plays."""
        choruses = [place for place, section in enumerate(self.sections) if section.kind is SectionKind.CHORUS]
        fullest = max(range(len(self.sections)), key=lambda place: (self.sections[place].energy, place))
        return choruses[-1] if choruses else fullest

    def sings(self, place: int) -> bool:
        """Whether anybody sings in a section."""
        span = self.span(place)
        return any(note.start in span for note in self.sung)

    def chord_at(self, tick: int) -> Chord:
        """The harmony that stands at a tick."""
        found = bisect_right(self.chords, tick, key=lambda chord: chord.start)
        return self.chords[max(0, found - 1)]

    def chord_after(self, chord: Chord) -> Chord:
        """The harmony that follows; after the last one, itself."""
        return self.chord_at(min(chord.end, self.end - 1))

    def chords_in(self, span: Span) -> Iterator[tuple[Chord, Span]]:
        """The chords of a stretch, each with where in it it stands."""
        for chord in self.chords:
            if chord.start < span.end and chord.end > span.start:
                yield chord, Span(max(chord.start, span.start), min(chord.end, span.end))

    def velocity(self, force: float, place: int, draw: random.Random) -> int:
        """How hard a key is struck in a section: as hard as the section is strong, and never twice alike.

        Args:
            force: In a section of middle energy, 1 to 127.
            place: The section.
            draw: Chance.
        """
        energy = self.sections[place].energy
        wanted = force * (0.76 + 0.36 * energy) + draw.uniform(-4.0, 4.0)
        return round(min(_LOUDEST, max(_SOFTEST, wanted)))


def graded(things: Sequence[_Thing], level: float) -> _Thing:
    """One of things that go from calm to busy."""
    return things[min(len(things) - 1, max(0, int(level * len(things))))]


def note(span: Span, pitch: int, velocity: int) -> Note:
    """A note of a stretch."""
    return Note(start=span.start, length=span.length, pitch=Pitch(pitch), velocity=velocity)


def in_order(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes by start, then pitch, no key struck twice at once, none held when it is struck again."""
    kept: dict[tuple[int, int], Note] = {}
    for each in notes:
        place = (each.start, each.pitch)
        if place not in kept or (each.velocity, each.length) > (kept[place].velocity, kept[place].length):
            kept[place] = each
    done: list[Note] = []
    following: dict[int, int] = {}
    for start, pitch in sorted(kept, reverse=True):
        each = kept[start, pitch]
        room = following.get(pitch, start + each.length) - start
        following[pitch] = start
        done.append(note(Span(each.start, Ticks(start + min(each.length, room))), pitch, each.velocity))
    return tuple(reversed(done))
