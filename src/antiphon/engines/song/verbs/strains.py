"""A song's tune taken apart: strains, each a line that is sung, or two bars that an instrument plays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from antiphon.engines.song.fitted import Tone
from antiphon.engines.song.rhythm import STRONG, Step, strength
from antiphon.engines.song.score import Meter, Note, Pitch, Role, Score, Section, Sung, Ticks

_PLAYED_BARS = 2
_PRIMARY = 2
_LEADING = (Role.LEAD, Role.COUNTER, Role.ARPEGGIO)
_NO_WORD = -1
_IN_WORD, _AFTER_WORD = 0.82, 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """A line of a tune.

    Args:
        section: In which it begins.
        number: Which of the section's it is.
        start: Of its room, a beat.
        length: Of its room: till the next strain's, or the section's end.
        tones: Its notes, counted from the beginning of its room; the first is not held.
        syllables: What is sung on each of them that is not held; of an instrument notes without words.
        forces: How strongly each note is sung, as long as there are as many.
    """

    section: int
    number: int
    start: Ticks
    length: Ticks
    tones: tuple[Tone, ...]
    syllables: tuple[Sung, ...]
    forces: tuple[int, ...]

    @property
    def words(self) -> tuple[Step, ...]:
        """What rhythm needs to know of its words alone: stress, and which syllables belong together."""
        following = [*(each.word for each in self.syllables[1:]), _NO_WORD]
        return tuple(
            Step(stress=syllable.stress, gap=_IN_WORD if syllable.word == after else _AFTER_WORD)
            for syllable, after in zip(self.syllables, following, strict=True)
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What rhythm needs to know of it: stress, and how long each syllable is beside the others."""
        own = [tone.start for tone in self.tones if not tone.held]
        last = self.tones[-1]
        gaps = [after - before for before, after in pairwise([*own, last.start + last.length])]
        mean = sum(gaps) / len(gaps)
        return tuple(
            Step(stress=syllable.stress, gap=min(2.5, max(0.4, gap / max(1.0, mean))))
            for syllable, gap in zip(self.syllables, gaps, strict=True)
        )


def tune(score: Score) -> tuple[Sung, ...]:
    """What is sung; else what the lead plays, or who comes nearest to one: its highest notes, without words."""
    if score.vocal is not None:
        return score.vocal.lead
    found = {part.role: part.notes for part in reversed(score.parts)}
    notes = next((found[role] for role in _LEADING if role in found), ())
    return tuple(_wordless(score.meter, notes))


def strains(score: Score, notes: Sequence[Sung]) -> tuple[Strain, ...]:
    """A tune's strains, in order. Notes of one line are together; those of an instrument, by two bars of a section."""
    words = () if score.vocal is None else score.vocal.words
    pairs = _PLAYED_BARS * score.meter.bar

    def belongs(note: Sung) -> tuple[int, int]:
        place = section_at(score.sections, score.meter, note.start)
        if note.word == _NO_WORD:
            return place, (note.start - score.sections[place].first_bar * score.meter.bar) // pairs
        return 0, words[note.word].line

    groups = [list(group) for _, group in groupby(notes, belongs)]
    return tuple(_made(score, groups))


def section_at(sections: Sequence[Section], meter: Meter, tick: int) -> int:
    """In which section a tick is."""
    return max((place for place, section in enumerate(sections) if section.first_bar * meter.bar <= tick), default=0)


def notes_of(strain: Strain) -> Iterator[Sung]:
    """A strain as it is sung."""
    number = -1
    exact = len(strain.forces) == len(strain.tones)
    for place, tone in enumerate(strain.tones):
        number += not tone.held
        own = strain.syllables[number]
        yield Sung(
            start=Ticks(strain.start + tone.start),
            length=tone.length,
            pitch=tone.pitch,
            velocity=strain.forces[place] if exact else own.velocity,
            word=own.word,
            phonemes=() if tone.held else own.phonemes,
            vowel=0 if tone.held else own.vowel,
            stress=0 if tone.held else own.stress,
            singer=own.singer,
        )


def played(notes: Sequence[Sung]) -> tuple[Note, ...]:
    """What is sung, for an instrument."""
    return tuple(Note(start=each.start, length=each.length, pitch=each.pitch, velocity=each.velocity) for each in notes)


def _wordless(meter: Meter, notes: Sequence[Note]) -> Iterator[Sung]:
    """The highest notes, each till the next one begins."""
    highest = {note.start: note for note in sorted(notes, key=lambda each: (each.start, each.pitch))}
    line = [highest[start] for start in sorted(highest)]
    for place, note in enumerate(line):
        length = note.length if place == len(line) - 1 else min(note.length, line[place + 1].start - note.start)
        yield Sung(
            start=note.start,
            length=Ticks(length),
            pitch=note.pitch,
            velocity=note.velocity,
            word=_NO_WORD,
            phonemes=("",),
            stress=_PRIMARY if strength(meter, note.start) >= STRONG else 0,
        )


def _made(score: Score, groups: Sequence[list[Sung]]) -> Iterator[Strain]:
    """The strains of notes that belong together; their rooms do not overlap."""
    beat = score.meter.bar // score.meter.beats
    starts = [
        _begin(score, group[0].start, groups[place - 1][-1] if place else None, beat)
        for place, group in enumerate(groups)
    ]
    numbers: dict[int, int] = {}
    for place, (group, start) in enumerate(zip(groups, starts, strict=True)):
        section = section_at(score.sections, score.meter, group[0].start)
        own = score.sections[section]
        sounding = group[-1].start + group[-1].length
        end = max(sounding, (own.first_bar + own.bars) * score.meter.bar)
        end = min(end, starts[place + 1]) if place + 1 < len(groups) else min(end, score.end)
        numbers[section] = numbers.get(section, -1) + 1
        yield Strain(
            section=section,
            number=numbers[section],
            start=Ticks(start),
            length=Ticks(end - start),
            tones=tuple(_tones(group, start)),
            syllables=tuple(note for place, note in enumerate(group) if note.phonemes or not place),
            forces=tuple(note.velocity for note in group),
        )


def _begin(score: Score, first: int, before: Sung | None, beat: int) -> int:
    """Where a room begins: on the bar line, or as soon after it as the strain before leaves a beat free."""
    start = first // score.meter.bar * score.meter.bar
    if before is None or before.start + before.length <= start:
        return start
    free = -(-(before.start + before.length) // beat) * beat
    return min(first, free)


def _tones(group: Sequence[Sung], start: int) -> Iterator[Tone]:
    for place, note in enumerate(group):
        yield Tone(
            start=Ticks(note.start - start),
            length=note.length,
            pitch=Pitch(note.pitch),
            held=bool(place) and not note.phonemes,
        )
