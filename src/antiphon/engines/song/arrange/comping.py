"""Chords as they are played: struck, strummed, broken, held. Their voices go the shortest way from one to the next."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from antiphon.engines.song.arrange.band import Chair
from antiphon.engines.song.arrange.presence import Entries
from antiphon.engines.song.arrange.stage import Span, Stage, graded, in_order, note
from antiphon.engines.song.patterns import Hit, patterns
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import Chord, Note, Pitch, Role, SectionKind, Ticks
from antiphon.engines.song.voicings import Voicing, voicings

OCTAVE = 12

_FORCES = {"x": 78.0, "X": 94.0, "o": 62.0, "d": 78.0, "D": 92.0, "u": 64.0}
_BROKEN, _ACCENT = 74.0, 9.0
_UPPER = 3
_FIFTHS = (7, 6, 8)


@dataclass(frozen=True, slots=True)
class _Register:
    """Where chords lie: the best lowest key, how wide, how many voices."""

    lowest: int
    width: int
    voices: int


_REGISTERS = {
    Role.CHORDS: _Register(52, 20, 4),
    Role.RHYTHM: _Register(50, 20, 4),
    Role.ARPEGGIO: _Register(55, 19, 4),
    Role.PAD: _Register(50, 21, 4),
    Role.STRINGS: _Register(57, 20, 3),
    Role.BRASS: _Register(55, 18, 3),
}
_BRASS_FIGURE = "stabs"
_OSTINATO = "ostinato"


def comping(stage: Stage, chair: Chair, entries: Entries) -> tuple[Note, ...]:
    """The part of somebody who plays chords."""
    voiced = _voiced(stage, chair)
    notes: list[Note] = []
    for place, span in entries.items():
        draw = stage.draw(f"{chair.place} {stage.model(place)}")
        playing = Span(span.start, min(span.end, stage.last_bar.start))
        if _holds(chair):
            notes += _held(stage, place, playing, voiced, draw)
        elif playing.length > 0:
            notes += _figured(stage, _Way(chair, _figure(stage, chair, place), place), playing, voiced, draw)
        if span.end == stage.end:
            notes += _final(stage, place, voiced, draw)
    return in_order(notes)


@dataclass(frozen=True, slots=True)
class _Way:
    chair: Chair
    figure: str
    place: int


def _holds(chair: Chair) -> bool:
    """Whether somebody plays long notes: pads, and strings that can."""
    return chair.role is Role.PAD or (chair.role is Role.STRINGS and Role.PAD in chair.instrument.roles)


def _figure(stage: Stage, chair: Chair, place: int) -> str:
    """What is played in a section: the busier the fuller it is."""
    groove = stage.groove
    level = stage.level(place) * 0.75 + 0.5 * (stage.style.density - 0.5)
    level += 0.2 if place == stage.climax else 0.0
    level += stage.draw(f"figure {chair.place} {stage.sections[place].kind}").uniform(-0.12, 0.12)
    if stage.sections[place].kind is SectionKind.BRIDGE:
        level -= 0.3
    match chair.role:
        case Role.BRASS:
            return _BRASS_FIGURE
        case Role.STRINGS:
            return _OSTINATO
        case Role.ARPEGGIO:
            return graded(groove.arpeggio, level)
        case Role.RHYTHM:
            return graded(groove.rhythm, level)
        case _:
            return graded(groove.chords, level)


def _voiced(stage: Stage, chair: Chair) -> Mapping[Chord, Voicing]:
    """A voicing of every chord."""
    low, high = _range(chair)
    if chair.instrument.is_driven and chair.role is not Role.LEAD:
        return {chord: _power(chord, chair.instrument.lowest) for chord in stage.chords}
    register = _REGISTERS[chair.role]
    found = voicings(stage.chords, low, high, register.voices)
    return dict(zip(stage.chords, found, strict=True))


def _range(chair: Chair) -> tuple[Pitch, Pitch]:
    """The keys that chords are made of: the role's, moved into the instrument."""
    register, own = _REGISTERS[chair.role], chair.instrument
    width = min(register.width, own.highest - own.lowest)
    low = max(own.lowest, min(register.lowest, own.highest - width))
    return Pitch(low), Pitch(low + width)


def _power(chord: Chord, lowest: int) -> Voicing:
    """Root, fifth and root: all that a distorted guitar can bear."""
    within = {interval % OCTAVE for interval in chord.intervals}
    root = lowest + (chord.root - lowest) % OCTAVE
    fifth = next((step for step in _FIFTHS if step in within), OCTAVE)
    return tuple(Pitch(key) for key in sorted({root, root + fifth, root + OCTAVE}))


def _figured(
    stage: Stage, way: _Way, span: Span, voiced: Mapping[Chord, Voicing], draw: random.Random
) -> Iterator[Note]:
    line = patterns().figures[way.figure]
    hits = list(line.between(span.start, span.end, origin=stage.span(way.place).start, bar=stage.meter.bar))
    for chord, stretch in stage.chords_in(span):
        for hit in _under(hits, stretch):
            force = _FORCES.get(hit.mark, _BROKEN) + _ACCENT * (strength(stage.meter, hit.start) >= STRONG)
            held = Span(hit.start, Ticks(hit.start + hit.length))
            for key in _keys(hit.mark, voiced[chord], way.chair):
                yield note(held, key, stage.velocity(force, way.place, draw))


def _keys(mark: str, voicing: Voicing, chair: Chair) -> Voicing:
    """What a mark strikes."""
    if mark.isdecimal():
        octaves, voice = divmod(int(mark) - 1, len(voicing))
        key = voicing[voice] + OCTAVE * octaves
        while key > chair.instrument.highest:
            key -= OCTAVE
        return (Pitch(key),)
    return voicing[-_UPPER:] if mark == "u" else voicing


def _under(hits: list[Hit], stretch: Span) -> Iterator[Hit]:
    """What is struck under a chord; what is held into it is struck again."""
    for hit in hits:
        end = hit.start + hit.length
        if hit.start in stretch:
            yield Hit(hit.start, Ticks(min(end, stretch.end) - hit.start), hit.mark)
        elif hit.start < stretch.start < end:
            yield Hit(stretch.start, Ticks(min(end, stretch.end) - stretch.start), hit.mark)


def _held(stage: Stage, place: int, span: Span, voiced: Mapping[Chord, Voicing], draw: random.Random) -> list[Note]:
    """Long notes; a voice that stays where it is goes on."""
    sounding: dict[int, Note] = {}
    done: list[Note] = []
    for chord, stretch in stage.chords_in(span):
        staying = {key: sounding[key] for key in voiced[chord] if key in sounding}
        done += [each for key, each in sounding.items() if key not in staying]
        sounding = {
            key: note(
                Span(staying[key].start if key in staying else stretch.start, stretch.end),
                key,
                staying[key].velocity if key in staying else stage.velocity(66.0, place, draw),
            )
            for key in voiced[chord]
        }
    return [*done, *sounding.values()]


def _final(stage: Stage, place: int, voiced: Mapping[Chord, Voicing], draw: random.Random) -> Iterator[Note]:
    """The last chord, held to the end."""
    for chord, stretch in stage.chords_in(stage.last_bar):
        for key in voiced[chord]:
            yield note(stretch, key, stage.velocity(74.0, place, draw))
