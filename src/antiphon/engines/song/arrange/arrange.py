"""Gives everybody in the band a part."""

from collections.abc import Sequence

from antiphon.engines.song.arrange.band import Chair, band
from antiphon.engines.song.arrange.bass import bass
from antiphon.engines.song.arrange.comping import comping
from antiphon.engines.song.arrange.drums import drums, percussion
from antiphon.engines.song.arrange.effects import effects
from antiphon.engines.song.arrange.leads import counter, doubling, lead
from antiphon.engines.song.arrange.presence import Entries, presence
from antiphon.engines.song.arrange.stage import Stage
from antiphon.engines.song.patterns import patterns
from antiphon.engines.song.score import Chord, Key, Note, Part, Role, Section, Vocal
from antiphon.engines.song.style import Brief

_ANSWERS_FROM = 0.5


def arrange(
    brief: Brief,
    *,
    key: Key,
    sections: Sequence[Section],
    chords: Sequence[Chord],
    vocal: Vocal | None,
    tune: Sequence[Note],
) -> tuple[Part, ...]:
    """The parts of a song.

    Args:
        brief: The style, and what chance is drawn from.
        key: The key.
        sections: The form.
        chords: The harmony.
        vocal: What is sung, if anything is.
        tune: A melody for an instrument, in all sections that are not sung.

    Raises:
        PatternUnknown: The style's groove is not in `patterns.toml`.
        InstrumentUnknown: One of its instruments is not in `instruments.toml`.
    """
    stage = Stage(
        seed=brief.seed,
        style=brief.style,
        weirdness=brief.weirdness,
        groove=patterns().groove(brief.style.groove, brief.style.meter),
        key=key,
        meter=brief.style.meter,
        sections=tuple(sections),
        chords=tuple(chords),
        sung=() if vocal is None else vocal.lead,
        tune=tuple(tune),
    )
    chairs = band(brief)
    entries = presence(stage, chairs)
    parts = [
        Part(
            role=chair.role,
            instrument=chair.instrument.name,
            notes=_played(stage, chair, chairs, entries[chair.place]),
            gain=chair.gain,
            pan=chair.pan,
            reverb=chair.reverb,
        )
        for chair in chairs
    ]
    return tuple(part for part in parts if part.notes)


def _played(stage: Stage, chair: Chair, chairs: Sequence[Chair], entries: Entries) -> tuple[Note, ...]:
    match chair.role:
        case Role.DRUMS:
            return drums(stage, entries)
        case Role.PERCUSSION:
            return percussion(stage, entries)
        case Role.BASS:
            return bass(stage, chair, entries)
        case Role.LEAD:
            return _lead(stage, chair, chairs, entries)
        case Role.COUNTER:
            return counter(stage, chair, entries)
        case Role.EFFECTS:
            return effects(stage)
        case _:
            return comping(stage, chair, entries)


def _lead(stage: Stage, chair: Chair, chairs: Sequence[Chair], entries: Entries) -> tuple[Note, ...]:
    """The first of those who play tunes has them; where nobody else answers the voice, that is theirs as well."""
    first = next(other for other in chairs if other.role is Role.LEAD)
    if chair is not first:
        return doubling(stage, chair)
    alone = all(other.role is not Role.COUNTER for other in chairs)
    answers = {
        place: span
        for place, span in entries.items()
        if alone and stage.sings(place) and stage.level(place) >= _ANSWERS_FROM
    }
    return lead(stage, chair, entries, answers=answers)
