"""New bars of a song that is there already, played by a band that knows what is round them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.compose import LEAD_HIGHEST, LEAD_LOWEST
from antiphon.engines.song.form import Plan
from antiphon.engines.song.harmony import harmony, key_of
from antiphon.engines.song.melody import lead, melody
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.score import Note, Part, Pitch, Role, Score, Section, SectionKind, Tempo, Ticks
from antiphon.engines.song.style import Brief
from antiphon.engines.song.tune import OCTAVE
from antiphon.engines.song.verbs.memory import Memory
from antiphon.engines.song.verbs.splice import cut, joined
from antiphon.engines.song.verbs.staged import untangled
from antiphon.engines.song.words import Stanza, SungLine

_BEATING = 0.7
"""The share of a song's greatest energy with which drums play from a section's beginning."""

_OCTAVES = (0, -OCTAVE, OCTAVE, -2 * OCTAVE, 2 * OCTAVE)
_FREE = frozenset({SectionKind.INTRO, SectionKind.BRIDGE, SectionKind.BREAK, SectionKind.OUTRO})
"""Sections in which the beat may rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is there already.

    Args:
        before: The song up to the new bars; None where they begin it.
        after: What comes after them; None where they end it.
        memory: What comes back in them.
    """

    before: Score | None = None
    after: Score | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def own(self) -> Score | None:
        """The song, as far as there is one."""
        return self.before or self.after


def onward(
    brief: Brief, *, plan: Plan, stanzas: Sequence[Stanza], sung: Sequence[Sequence[SungLine]], around: Around
) -> Score:
    """The new bars alone.

    Args:
        brief: What is wanted, in key, meter and tempo of what is there.
        plan: The new sections.
        stanzas: What is sung in them.
        sung: How each of their lines sounds.
        around: What is there already.
    """
    bare, tune = _composed(brief, plan, stanzas, sung, around.memory)
    first = 0 if around.before is None else around.before.bars
    whole = bare if around.before is None else joined(around.before, bare)
    whole = whole if around.after is None else joined(whole, around.after)
    later = [replace(note, start=Ticks(note.start + first * bare.meter.bar)) for note in tune]
    band = brief if around.own is None else replace(brief, seed=around.own.seed)
    new = cut(_arranged(band, whole, later), first, first + bare.bars)
    if _stumbles(around.before, new):
        new = cut(_arranged(band, _kept_up(whole, first), later), first, first + bare.bars)
    new = untangled(new)
    former = () if around.own is None else around.own.parts
    return replace(
        new,
        title=brief.title,
        seed=brief.seed,
        swing=brief.style.swing,
        credits=brief.credits,
        parts=tuple(_near(part, around) for part in _placed(new.parts, former)),
    )


def _composed(
    brief: Brief,
    plan: Plan,
    stanzas: Sequence[Stanza],
    sung: Sequence[Sequence[SungLine]],
    memory: Memory,
) -> tuple[Score, tuple[Note, ...]]:
    """The new bars without the band, and the tune for an instrument in them."""
    key, meter = key_of(brief), brief.style.meter
    chords = harmony(brief, key, meter, plan.sections, memory.chords)
    vocal = None
    if any(stanza is not None for stanza in plan.stanzas):
        vocal = melody(brief, key=key, plan=plan, chords=chords, stanzas=stanzas, sung=sung, models=memory.sung)
    bare = Score(
        title=brief.title,
        seed=brief.seed,
        key=key,
        meter=meter,
        tempos=(Tempo(start=Ticks(0), bpm=brief.style.bpm),),
        swing=brief.style.swing,
        sections=plan.sections,
        chords=chords,
        parts=(),
        vocal=vocal,
        credits=brief.credits,
    )
    tune = lead(
        brief, key=key, plan=plan, chords=chords, lowest=LEAD_LOWEST, highest=LEAD_HIGHEST, models=memory.played
    )
    return bare, tune


def _arranged(brief: Brief, whole: Score, tune: Sequence[Note]) -> Score:
    """The song with all of its band's parts made anew."""
    parts = arrange(brief, key=whole.key, sections=whole.sections, chords=whole.chords, vocal=whole.vocal, tune=tune)
    return replace(whole, parts=parts)


def _stumbles(before: Score | None, new: Score) -> bool:
    """Whether the drums fall silent at the seam, where nothing asks for that."""
    if before is None or new.sections[0].kind in _FREE:
        return False
    last = (before.bars - 1) * before.meter.bar
    return _beats(before, last) and not _beats(new, 0)


def _beats(score: Score, start: int) -> bool:
    """Whether drums are played in the bar that begins at a tick."""
    drums = [part for part in score.parts if part.role is Role.DRUMS]
    return any(start <= note.start < start + score.meter.bar for part in drums for note in part.notes)


def _kept_up(whole: Score, first_bar: int) -> Score:
    """The song with the section at a bar full enough for drums."""
    enough = _BEATING * max(section.energy for section in whole.sections)

    def fuller(section: Section) -> Section:
        return replace(section, energy=round(max(section.energy, enough), 3), like=None)

    return replace(
        whole,
        sections=tuple(fuller(each) if each.first_bar == first_bar else each for each in whole.sections),
    )


def _placed(parts: Sequence[Part], former: Sequence[Part]) -> tuple[Part, ...]:
    """The parts, each as loud, where and as wet as its player was before."""
    places = {(part.role, part.instrument): part for part in reversed(former)}

    def placed(part: Part) -> Part:
        old = places.get((part.role, part.instrument), part)
        return replace(part, gain=old.gain, pan=old.pan, reverb=old.reverb)

    return tuple(placed(part) for part in parts)


def _near(part: Part, around: Around) -> Part:
    """Of who plays the tune, the part in the octave in which the tune was and will be."""
    if part.role is not Role.LEAD:
        return part
    before, after = (_player(score, part) for score in (around.before, around.after))
    seams = [(each[at].pitch, part.notes[-1 - at].pitch) for each, at in ((before, -1), (after, 0)) if each]
    found = instrument(part.instrument)
    keys = [note.pitch for note in part.notes]
    ways = [way for way in _OCTAVES if found.lowest <= min(keys) + way and max(keys) + way <= found.highest]
    way = min(ways or [0], key=lambda way: (sum(max(0, abs(old - new - way) - OCTAVE) for old, new in seams), abs(way)))
    return replace(part, notes=tuple(replace(note, pitch=Pitch(note.pitch + way)) for note in part.notes))


def _player(score: Score | None, like: Part) -> Sequence[Note]:
    """The notes of who has the same part in a song."""
    parts = () if score is None else score.parts
    return next((part.notes for part in parts if (part.role, part.instrument) == (like.role, like.instrument)), ())
