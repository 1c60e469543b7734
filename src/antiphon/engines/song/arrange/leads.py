"""Tunes of instruments: hooks and solos where nobody sings, answers where the voice rests, a line beneath it."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

from antiphon.engines.song.arrange.band import Chair
from antiphon.engines.song.arrange.presence import Entries
from antiphon.engines.song.arrange.stage import Span, Stage, in_order, note
from antiphon.engines.song.rhythm import STRONG, strength
from antiphon.engines.song.score import TICKS, Note, Pitch, PitchClass, SectionKind, Sung, Ticks

OCTAVE = 12

_HOOKED = frozenset({SectionKind.INTRO, SectionKind.OUTRO, SectionKind.POST_CHORUS, SectionKind.INTERLUDE})
_HOOK_BARS = 4
_HOOK_OFTEN, _TUNE_OFTEN = 0.65, 0.5
_EIGHTH = Ticks(TICKS // 2)
_SMALLEST_GAP = TICKS - TICKS // 4
_ANSWERS_FROM, _LINE_FROM = 0.5, 0.86
_TURNS = 1 / 3
_RHYTHMS = ((1, 1), (1, 2), (1, 1, 2), (2, 1, 1, 2), (1, 1, 1, 1, 2), (3, 1, 2), (1, 2, 1, 2), (2, 2))
"""Of answers, in eighths; the last note goes on."""

_SUSTAINING = frozenset({"strings", "voices", "brass", "woodwinds", "organ", "synth"})
_FORCE, _LINE_FORCE = 80.0, 62.0
_MIDDLE = 67

_Tune = Sequence[Note]


def lead(stage: Stage, chair: Chair, entries: Entries, *, answers: Entries) -> tuple[Note, ...]:
    """The part of who plays tunes.

    Args:
        stage: What all know.
        chair: Who.
        entries: Where the tune is theirs.
        answers: Where they answer the voice.
    """
    if not stage.sung:
        return in_order(_moved(stage.tune, chair))
    notes: list[Note] = []
    for place in entries:
        if not stage.sings(place):
            notes += _unsung(stage, chair, place)
    for place in answers:
        notes += _answers(stage, chair, place)
    return in_order(notes)


def doubling(stage: Stage, chair: Chair) -> tuple[Note, ...]:
    """The part of a second one who plays tunes: with the first where the song is fullest, and in solos."""
    wanted = [
        stage.span(place)
        for place, section in enumerate(stage.sections)
        if place == stage.climax or section.kind is SectionKind.SOLO
    ]
    return in_order(_moved([each for each in stage.tune if any(each.start in span for span in wanted)], chair))


def counter(stage: Stage, chair: Chair, entries: Entries) -> tuple[Note, ...]:
    """The part of who answers: short phrases where the voice rests, long notes in full sections."""
    notes: list[Note] = []
    for place in entries:
        level = stage.level(place)
        sustains = chair.instrument.family in _SUSTAINING
        if sustains and (level >= _LINE_FROM or place == stage.climax):
            notes += _line(stage, chair, place)
        elif level >= _ANSWERS_FROM:
            notes += _answers(stage, chair, place)
    return in_order(notes)


def _unsung(stage: Stage, chair: Chair, place: int) -> list[Note]:
    """The hook, or a tune of its own."""
    section = stage.sections[place]
    span = stage.span(place)
    draw = stage.draw(f"hook {section.kind}")
    hook = _hook(stage)
    if section.kind in _HOOKED:
        chosen = draw.random()
        if hook and chosen < _HOOK_OFTEN:
            found = _moved(list(_repeated(stage, hook, place)), chair)
            return [each for each in found if each.start < stage.last_bar.start]
        if chosen > _HOOK_OFTEN + (1 - _HOOK_OFTEN) * _TUNE_OFTEN:
            return []
    return _moved([each for each in stage.tune if each.start in span], chair)


def _hook(stage: Stage) -> list[Sung]:
    """The beginning of the chorus's melody."""
    for place, section in enumerate(stage.sections):
        if section.kind is SectionKind.CHORUS and stage.sings(place):
            start = stage.span(place).start
            bars = min(section.bars, _HOOK_BARS)
            return [each for each in stage.sung if start <= each.start < start + bars * stage.meter.bar]
    return []


def _repeated(stage: Stage, hook: Sequence[Sung], place: int) -> Iterator[Note]:
    """The hook from a section's beginning again and again, its notes moved into the chords that stand there."""
    span = stage.span(place)
    origin = hook[0].start - hook[0].start % stage.meter.bar
    draw = stage.draw(f"hook {place}")
    at = int(span.start)
    while at < span.end:
        for each in hook:
            start = at + each.start - origin
            end = min(start + each.length, span.end, at + _HOOK_BARS * stage.meter.bar)
            if start < end:
                key = _fitting(stage, Ticks(start), each.pitch)
                yield note(Span(Ticks(start), Ticks(end)), key, stage.velocity(_FORCE, place, draw))
        at += _HOOK_BARS * stage.meter.bar


def _fitting(stage: Stage, tick: Ticks, pitch: int) -> int:
    """The nearest key that sounds well: on strong beats one of the chord's."""
    tones = set(stage.chord_at(tick).pitch_classes())
    allowed = tones if strength(stage.meter, tick) >= STRONG else tones | set(stage.key.scale())
    return _nearest(pitch, allowed)


def _nearest(pitch: int, allowed: set[PitchClass]) -> int:
    able = [key for key in range(pitch - OCTAVE // 2, pitch + OCTAVE // 2 + 1) if key % OCTAVE in allowed]
    return min(able, key=lambda key: (abs(key - pitch), key), default=pitch)


def _moved(tune: _Tune, chair: Chair) -> list[Note]:
    """A tune in an instrument's range: all of it by the same octaves, if that can be."""
    if not tune:
        return []
    own = chair.instrument
    low, high = min(each.pitch for each in tune), max(each.pitch for each in tune)
    shifts = [way for way in range(-48, 49, OCTAVE) if own.lowest <= low + way and high + way <= own.highest]
    shift = min(shifts, key=lambda way: (abs(way), way), default=0)
    return [
        note(Span(each.start, Ticks(each.start + each.length)), _folded(each.pitch + shift, chair), each.velocity)
        for each in tune
    ]


def _folded(key: int, chair: Chair) -> int:
    """The key, moved by octaves into the instrument."""
    while key < chair.instrument.lowest:
        key += OCTAVE
    while key > chair.instrument.highest:
        key -= OCTAVE
    return key


def _answers(stage: Stage, chair: Chair, place: int) -> Iterator[Note]:
    """Short phrases where the melody rests."""
    draw = stage.draw(f"answers {chair.place} {place}")
    often = 0.25 + 0.4 * stage.level(place) + 0.3 * (stage.style.density - 0.5)
    for gap in _gaps(stage, place):
        if draw.random() < often:
            yield from _answer(stage, chair, place, gap, draw)


def _gaps(stage: Stage, place: int) -> list[Span]:
    """Where in a section the melody rests or only holds its note, on eighths, with a breath before it goes on."""
    span = stage.span(place)
    edge = min(span.end, stage.last_bar.start)
    melody: list[Sung | Note] = [each for each in (stage.sung or stage.tune) if each.start in span]
    if not melody:
        return []
    following = [each.start for each in melody[1:]] + [edge]
    gaps = []
    for each, start in zip(melody, following, strict=True):
        said = min(each.start + TICKS, each.start + each.length + _EIGHTH // 2)
        begin = -(-said // _EIGHTH) * _EIGHTH
        if start - _EIGHTH // 2 - begin >= _SMALLEST_GAP:
            gaps.append(Span(Ticks(begin), Ticks(start - _EIGHTH // 2)))
    return gaps


def _answer(stage: Stage, chair: Chair, place: int, gap: Span, draw: random.Random) -> Iterator[Note]:
    """A few notes by steps, from a chord's tone to a chord's tone."""
    rhythm = draw.choice([each for each in _RHYTHMS if sum(each[:-1]) * _EIGHTH < gap.length] or _RHYTHMS[:1])
    way = draw.choice((-1, 1))
    own = chair.instrument
    middle = max(own.lowest + OCTAVE // 2, min(own.highest - OCTAVE // 2, _MIDDLE))
    key = _nearest(middle + draw.randrange(-4, 5), set(stage.chord_at(gap.start).pitch_classes()))
    at = int(gap.start)
    for number, eighths in enumerate(rhythm):
        end = min(at + eighths * _EIGHTH, gap.end)
        final = number == len(rhythm) - 1
        tones = set(stage.chord_at(at).pitch_classes())
        if number:
            key = _nearest(key + 2 * way, tones if final else set(stage.key.scale()))
        yield note(Span(Ticks(at), Ticks(end)), _folded(key, chair), stage.velocity(_FORCE - 8, place, draw))
        way = -way if draw.random() < _TURNS else way
        at = end


def _line(stage: Stage, chair: Chair, place: int) -> Iterator[Note]:
    """Long notes beneath the tune: of each chord the third or seventh that is nearest."""
    draw = stage.draw(f"line {chair.place} {stage.model(place)}")
    own = chair.instrument
    key = max(own.lowest + OCTAVE // 2, min(own.highest - OCTAVE // 2, _MIDDLE))
    found: list[Note] = []
    for chord, stretch in stage.chords_in(stage.span(place)):
        guides = set(chord.pitch_classes()[1:2]) | set(chord.pitch_classes()[3:4]) or set(chord.pitch_classes())
        key = _folded(_nearest(key, guides), chair)
        found.append(note(stretch, key, stage.velocity(_LINE_FORCE, place, draw)))
    yield from _tied(found)


def _tied(notes: list[Note]) -> Iterator[Note]:
    """The notes, those of one pitch that touch as one."""
    if not notes:
        return
    held = notes[0]
    for before, after in pairwise(notes):
        if before.pitch == after.pitch:
            held = note(Span(held.start, Ticks(after.start + after.length)), Pitch(held.pitch), held.velocity)
        else:
            yield held
            held = after
    yield held
