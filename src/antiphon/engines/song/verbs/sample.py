"""Sample: a few bars of a song, from which another one grows.

The bars that are nearest to the stretch, eight at most, are the loop: their chords go round in all sections, in the
key, meter and tempo that they have. Their tune comes back as a part of its own, again and again where nobody sings,
and softly under choruses; what was sung there is played. Everything else is the new style's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.form import Plan, form
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.melody import melody
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Chord, Note, Part, Pitch, Role, Score, SectionKind, Tempo, Ticks, Vocal
from antiphon.engines.song.verbs.again import brief_again
from antiphon.engines.song.verbs.splice import bar_at, cut
from antiphon.engines.song.verbs.staged import Setting, band_of, between, transplanted, unsung_tune, untangled
from antiphon.engines.song.verbs.strains import played, tune
from antiphon.engines.song.words import Stanza

OCTAVE = 12

MOST_BARS = 8
"""Of a loop; of a longer stretch the first are taken."""

_REFRAINS = frozenset({SectionKind.CHORUS, SectionKind.POST_CHORUS})
_BESIDE_VOICE = 26
"""How much softer keys of the loop are struck while somebody sings."""

_HARMONIC = (Role.ARPEGGIO, Role.RHYTHM, Role.CHORDS, Role.STRINGS, Role.BRASS, Role.PAD, Role.BASS)
_PLAYED = Part(role=Role.COUNTER, instrument="soft_lead", notes=(), gain=-4.0, reverb=0.3)
"""How a voice is played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """What is sampled, from its own beginning.

    Args:
        length: How long it is.
        chords: Its chords.
        riff: Its tune, on what plays it; without notes where there is none.
    """

    length: Ticks
    chords: tuple[Chord, ...]
    riff: Part


def sampled(score: Score, start: Seconds, end: Seconds, change: Change, speaker: Speaker) -> Score:
    """A new song from a few bars of another.

    Args:
        score: Where they are taken from.
        start: From the bar line that is nearest to it.
        end: Till the one that is nearest to it; at least a bar.
        change: What the new song is like. Lyrics that are not given are written.
        speaker: Who knows how its words sound, in their language.

    Raises:
        InvalidRequest: "out_of_range": a moment is not in the song, or the end is not after the start.
    """
    source = _bars(score, start, end)
    loop = _loop(source)
    brief = transplanted(brief_again(score, replace(change, title=change.title or "")), source)
    stanzas: tuple[Stanza, ...] = ()
    if not brief.instrumental:
        stanzas = (write(brief) if change.words is None else parse(change.words)).stanzas
    sung = tuple(sound(stanza.lines, brief.language, speaker) for stanza in stanzas)
    plan = form(brief, stanzas, [[len(line.syllables) for line in lines] for lines in sung])
    chords = tuple(_looped(loop, plan, source.meter.bar))
    vocal = None
    if any(stanza is not None for stanza in plan.stanzas):
        vocal = melody(brief, key=source.key, plan=plan, chords=chords, stanzas=stanzas, sung=sung)
    setting = Setting(brief=brief, key=source.key, meter=source.meter, sections=plan.sections, chords=chords)
    return _performed(source, setting, plan, loop, vocal)


def _bars(score: Score, start: Seconds, end: Seconds) -> Score:
    """The bars that are sampled, as a song."""
    if start >= end:
        raise InvalidRequest("out_of_range", "end", low=start, high=score.seconds)
    first = min(bar_at(score, start, "start"), score.bars - 1)
    last = max(first + 1, bar_at(score, end, "end"))
    return cut(score, first, min(last, first + MOST_BARS))


def _loop(source: Score) -> _Loop:
    return _Loop(length=source.end, chords=source.chords, riff=_riff(source))


def _riff(source: Score) -> Part:
    """What is sung there, or led, or what else plays most notes."""
    notes = played(tune(source))
    if source.vocal is not None:
        return _in_range(replace(_PLAYED, notes=notes))
    found = {part.role: part for part in reversed(source.parts)}
    for role in (Role.LEAD, Role.COUNTER):
        if role in found:
            return _in_range(replace(found[role], role=Role.COUNTER, notes=notes))
    able = [found[role] for role in _HARMONIC if role in found]
    return max(able, key=lambda part: len(part.notes), default=_PLAYED)


def _in_range(part: Part) -> Part:
    """The part by octaves in the middle of its instrument."""
    own = instrument(part.instrument)
    if not part.notes:
        return part
    low, high = min(note.pitch for note in part.notes), max(note.pitch for note in part.notes)
    able = [way for way in range(-48, 49, OCTAVE) if own.lowest <= low + way and high + way <= own.highest]
    way = min(able, key=lambda each: (abs(each), each), default=0)
    return replace(part, notes=tuple(replace(note, pitch=Pitch(note.pitch + way)) for note in part.notes))


def _looped(loop: _Loop, plan: Plan, bar: Ticks) -> Iterator[Chord]:
    """The loop's chords, from the beginning of each section."""
    for section in plan.sections:
        start, end = section.first_bar * bar, (section.first_bar + section.bars) * bar
        for at in range(start, end, loop.length):
            for chord in between(loop.chords, Ticks(0), Ticks(min(loop.length, end - at))):
                yield replace(chord, start=Ticks(chord.start + at))


def _hook(loop: _Loop, plan: Plan, bar: Ticks) -> Iterator[Note]:
    """The loop's tune, wherever it is heard."""
    for section, stanza in zip(plan.sections, plan.stanzas, strict=True):
        if stanza is not None and section.kind not in _REFRAINS:
            continue
        softer = 0 if stanza is None else _BESIDE_VOICE
        start, end = section.first_bar * bar, (section.first_bar + section.bars) * bar
        for at in range(start, end, loop.length):
            for note in loop.riff.notes:
                length = min(note.length, end - at - note.start)
                if length > 0:
                    yield replace(
                        note,
                        start=Ticks(at + note.start),
                        length=Ticks(length),
                        velocity=max(1, note.velocity - softer),
                    )


def _performed(source: Score, setting: Setting, plan: Plan, loop: _Loop, vocal: Vocal | None) -> Score:
    """The new song. Where the loop's tune is heard, no other one is made up for an instrument."""
    hook = replace(loop.riff, notes=tuple(_hook(loop, plan, source.meter.bar)))
    refrains = [place for place, section in enumerate(plan.sections) if section.kind in _REFRAINS]
    sung = [place for place, stanza in enumerate(plan.stanzas) if stanza is not None]
    led = unsung_tune(setting, refrains if vocal is None and hook.notes else sung)
    parts = band_of(setting, vocal, led)
    made = Score(
        title=setting.brief.title,
        seed=setting.brief.seed,
        key=setting.key,
        meter=setting.meter,
        tempos=(Tempo(start=Ticks(0), bpm=setting.brief.style.bpm),),
        swing=setting.brief.style.swing,
        sections=setting.sections,
        chords=setting.chords,
        parts=(*parts, hook) if hook.notes else parts,
        vocal=vocal,
        credits=setting.brief.credits,
    )
    return untangled(made)
