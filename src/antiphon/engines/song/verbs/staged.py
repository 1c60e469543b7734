"""From a tune and its chords to a score: second voices, tunes for instruments, a band, and no octaves with the bass."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.check import doubled, tune_of
from antiphon.engines.song.form import Plan, Span
from antiphon.engines.song.melody import compass, lead, second_voice
from antiphon.engines.song.pacing import Fit
from antiphon.engines.song.phrases import Ground
from antiphon.engines.song.score import (
    Chord,
    Key,
    Meter,
    Note,
    Part,
    Pitch,
    Role,
    Score,
    Section,
    Singer,
    Sung,
    Ticks,
    Vocal,
)
from antiphon.engines.song.style import Brief
from antiphon.engines.song.verbs.again import pinned
from antiphon.engines.song.verbs.reharmony import Ground as Harmonies
from antiphon.engines.song.verbs.reharmony import apart, chord_at
from antiphon.engines.song.verbs.strains import section_at

OCTAVE = 12

LEAD = (Pitch(64), Pitch(80))
"""Where an instrument's tune lies."""

_PHRASE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a band plays to.

    Args:
        brief: The style.
        key: The key.
        meter: The meter.
        sections: The form.
        chords: The harmony.
    """

    brief: Brief
    key: Key
    meter: Meter
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]


def transplanted(brief: Brief, score: Score) -> Brief:
    """The brief with the key, meter and tempo of a score, but the style's own band and swing."""
    style = replace(pinned(brief, score).style, palette=brief.style.palette, swing=brief.style.swing)
    return replace(brief, style=style)


def between(chords: Sequence[Chord], start: Ticks, end: Ticks) -> Iterator[Chord]:
    """The chords of a stretch, cut at its ends."""
    for chord in chords:
        if chord.start < end and chord.end > start:
            begin = max(chord.start, start)
            yield replace(chord, start=Ticks(begin), length=Ticks(min(chord.end, end) - begin))


def sung_places(sections: Sequence[Section], meter: Meter, notes: Sequence[Sung | Note]) -> frozenset[int]:
    """The sections in which notes begin."""
    return frozenset(section_at(sections, meter, note.start) for note in notes)


def second_voices(
    setting: Setting, notes: Sequence[Sung], places: Collection[int], singers: tuple[Singer, Singer]
) -> tuple[tuple[Sung, ...], ...]:
    """What is sung to the tune in some sections, by whoever sings the tune there."""
    found: list[Sung] = []
    for number, singer in enumerate(singers):
        ground = Ground(
            brief=replace(setting.brief, singer=singer),
            meter=setting.meter,
            chords=setting.chords,
            within=compass(singer, setting.key),
            voice="vocal",
        )
        own = [note for note in notes if note.singer == number]
        found += second_voice(
            ground, [note for note in own if section_at(setting.sections, setting.meter, note.start) in places]
        )
    return (tuple(sorted(found, key=lambda note: note.start)),) if found else ()


def unsung_tune(setting: Setting, taken: Collection[int]) -> tuple[Note, ...]:
    """A tune for an instrument in all sections but those that are taken."""
    plan = Plan(
        sections=setting.sections,
        stanzas=tuple(0 if place in taken else None for place in range(len(setting.sections))),
        spans=tuple(
            tuple(Span(bar, min(_PHRASE, section.bars - bar)) for bar in range(0, section.bars, _PHRASE))
            for section in setting.sections
        ),
        fit=Fit.AS_ASKED,
    )
    return lead(setting.brief, key=setting.key, plan=plan, chords=setting.chords, lowest=LEAD[0], highest=LEAD[1])


def leading(notes: Sequence[Note]) -> tuple[Note, ...]:
    """A tune by octaves where an instrument's tune lies."""
    if not notes:
        return ()
    way = OCTAVE * round(((LEAD[0] + LEAD[1]) / 2 - sum(note.pitch for note in notes) / len(notes)) / OCTAVE)
    return tuple(replace(note, pitch=Pitch(note.pitch + way)) for note in notes)


def band_of(setting: Setting, vocal: Vocal | None, tune: Sequence[Note]) -> tuple[Part, ...]:
    """What the style's band plays."""
    return arrange(
        setting.brief, key=setting.key, sections=setting.sections, chords=setting.chords, vocal=vocal, tune=tune
    )


def untangled(score: Score) -> Score:
    """The score, its bass on another tone of the chord where it would run in octaves with the melody."""
    wrong = set(doubled(score))
    if not wrong:
        return score
    parts = [part if part.role is not Role.BASS else _retuned(score, part, wrong) for part in score.parts]
    done = replace(score, parts=tuple(parts))
    if not any(doubled(done)):
        return done
    # Where no bass plays, the chord itself is turned over.
    ground = Harmonies(key=score.key, meter=score.meter, sections=score.sections, tune=tune_of(score))
    return replace(done, chords=apart(ground, done.chords))


def replaced_between(
    old: Sequence[Part], new: Sequence[Part], stretches: Sequence[tuple[Ticks, Ticks]]
) -> tuple[Part, ...]:
    """The old parts, and in some stretches the new ones instead; who plays in both has one part.

    A note belongs to where it begins. A new one ends with its stretch.
    """
    found: dict[tuple[Role, str, int], Part] = {}
    for parts, inside in ((old, False), (new, True)):
        seen: dict[tuple[Role, str], int] = {}
        for part in parts:
            number = seen[part.role, part.instrument] = seen.get((part.role, part.instrument), -1) + 1
            name = (part.role, part.instrument, number)
            notes = [note for each in part.notes for note in _of(each, stretches, inside=inside)]
            before = found.get(name)
            if before is None and notes:
                found[name] = replace(part, notes=tuple(notes))
            elif before is not None:
                both = sorted([*before.notes, *notes], key=lambda each: (each.start, each.pitch))
                found[name] = replace(before, notes=tuple(both))
    return tuple(found.values())


def _of(note: Note, stretches: Sequence[tuple[Ticks, Ticks]], *, inside: bool) -> Iterator[Note]:
    """The note, if it begins within a stretch, or in none."""
    end = next((end for start, end in stretches if start <= note.start < end), None)
    if end is None and not inside:
        yield note
    elif end is not None and inside:
        yield replace(note, length=Ticks(min(note.length, end - note.start)))


def _retuned(score: Score, part: Part, wrong: Collection[int]) -> Part:
    notes = [
        replace(note, pitch=_other(chord_at(score.chords, note.start), note.pitch)) if note.start in wrong else note
        for note in part.notes
    ]
    return replace(part, notes=tuple(sorted(notes, key=lambda each: (each.start, each.pitch))))


def _other(chord: Chord, pitch: Pitch) -> Pitch:
    """The nearest tone of a chord that is not the same one."""
    tones = set(chord.pitch_classes()) - {pitch % OCTAVE}
    able = [key for key in range(max(0, pitch - 7), min(127, pitch + 7) + 1) if key % OCTAVE in tones]
    return Pitch(min(able, key=lambda key: (abs(key - pitch), key), default=pitch))
