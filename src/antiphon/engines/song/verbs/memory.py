"""What of a song comes back when it goes on: the chords of its sections, and the tunes by which some are known."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from antiphon.engines.song.compose import LEAD_HIGHEST, LEAD_LOWEST
from antiphon.engines.song.duet import given
from antiphon.engines.song.fitted import Tone
from antiphon.engines.song.form import Room, Span
from antiphon.engines.song.phrases import Model
from antiphon.engines.song.score import Chord, Note, Pitch, Role, Score, SectionKind, Sung, Ticks, Vocal
from antiphon.engines.song.verbs.splice import best_octave, cut, tune_alone

HOOKS = frozenset({SectionKind.PRE_CHORUS, SectionKind.CHORUS, SectionKind.POST_CHORUS})
"""Sections that are known by their tune."""

_PLAYED = 2
"""Bars of a phrase that an instrument plays."""

_LONGEST_ROOM = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What there has been, by kinds of sections.

    Args:
        chords: Whole bars of them, counted from the section's beginning.
        rooms: How sections were divided that were sung.
        sung: What was sung.
        played: What an instrument had for a tune where nobody sang.
        words: The lines that were sung.
    """

    chords: Mapping[SectionKind, Sequence[Chord]] = field(default_factory=dict)
    rooms: Mapping[SectionKind, Room] = field(default_factory=dict)
    sung: Mapping[SectionKind, Model] = field(default_factory=dict)
    played: Mapping[SectionKind, Model] = field(default_factory=dict)
    words: Mapping[SectionKind, tuple[str, ...]] = field(default_factory=dict)


def remembered(score: Score, end_bar: int, kinds: Collection[SectionKind]) -> Memory:
    """What a song was like before a bar.

    Of sections of a kind the one with the most lines counts, the first of those. One that is broken off does not.

    Args:
        score: The song.
        end_bar: Where it goes on otherwise.
        kinds: Of which sections the chords come back; of hooks among them the tune as well.
    """
    bare = tune_alone(score)
    best: dict[SectionKind, Score] = {}
    for section in score.sections:
        if section.kind in kinds and section.first_bar + section.bars <= end_bar:
            own = cut(bare, section.first_bar, section.first_bar + section.bars)
            if section.kind not in best or _weight(own) > _weight(best[section.kind]):
                best[section.kind] = own
    hooks = {kind: own for kind, own in best.items() if kind in HOOKS}
    sung = {kind: own.vocal for kind, own in hooks.items() if own.vocal is not None}
    models = {kind: _sung(vocal, hooks[kind]) for kind, vocal in sung.items()}
    played = {kind: own for kind, own in hooks.items() if own.vocal is None}
    return Memory(
        chords={kind: own.chords for kind, own in best.items()},
        rooms={
            kind: Room(lines=tuple(span.bars for span in model.spans), bars=hooks[kind].bars)
            for kind, model in models.items()
            if model is not None
        },
        sung={kind: model for kind, model in models.items() if model is not None},
        played={kind: _played(own) for kind, own in played.items()},
        words={kind: vocal.lines for kind, vocal in sung.items()},
    )


def _weight(section: Score) -> tuple[int, int]:
    return len(section.vocal.lines) if section.vocal is not None else 0, section.bars


def _sung(vocal: Vocal, section: Score) -> Model | None:
    """The tune of a section's lines; None where they do not begin in bars of their own."""
    notes = _undivided(vocal)
    lines: dict[int, list[Sung]] = {}
    for note in notes:
        lines.setdefault(vocal.words[note.word].line, []).append(note)
    spans = _spans([(own[0].start, own[-1].start) for own in lines.values()], section)
    if spans is None:
        return None
    return Model(
        spans=spans,
        phrases=tuple(
            tuple(_tones(own, span.first_bar * section.meter.bar))
            for own, span in zip(lines.values(), spans, strict=True)
        ),
    )


def _undivided(vocal: Vocal) -> Sequence[Sung]:
    """A duet's tune as the first of the two would sing all of it."""
    if vocal.partner is None:
        return vocal.lead
    both = (vocal.partner, vocal.singer)
    return [given([note], 1, both)[0] if note.singer else note for note in vocal.lead]


def _spans(lines: Sequence[tuple[int, int]], section: Score) -> tuple[Span, ...] | None:
    """Where lines are, by their first and last notes: evenly divided if they can be, else from where each begins."""
    bar = section.meter.bar
    for unit in range(min(_LONGEST_ROOM, section.bars // len(lines)), 0, -1):
        if all(
            place * unit * bar <= first <= last < (place + 1) * unit * bar for place, (first, last) in enumerate(lines)
        ):
            return tuple(Span(place * unit, unit) for place in range(len(lines)))
    starts = [0, *(first // bar for first, _ in lines[1:]), section.bars]
    if any(before >= after for before, after in pairwise(starts)):
        return None
    return tuple(Span(before, after - before) for before, after in pairwise(starts))


def _tones(notes: Sequence[Sung], start: int) -> Iterator[Tone]:
    for place, note in enumerate(notes):
        held = place > 0 and not note.phonemes
        yield Tone(start=Ticks(note.start - start), length=note.length, pitch=note.pitch, held=held)


def _played(section: Score) -> Model:
    """The tune of an instrument, back where tunes are before they are moved to it."""
    lead = next((part.notes for part in section.parts if part.role is Role.LEAD), ())
    if any(before.start + before.length > after.start for before, after in pairwise(lead)):
        lead = ()
    octave = best_octave([note.pitch for note in lead], LEAD_LOWEST, LEAD_HIGHEST)
    spans = tuple(Span(bar, _PLAYED) for bar in range(0, section.bars - 1, _PLAYED)) or (Span(0, section.bars),)
    return Model(spans=spans, phrases=tuple(tuple(_within(lead, span, section, octave)) for span in spans))


def _within(lead: Sequence[Note], span: Span, section: Score, octave: int) -> Iterator[Tone]:
    start, end = span.first_bar * section.meter.bar, (span.first_bar + span.bars) * section.meter.bar
    for note in lead:
        if start <= note.start < end:
            yield Tone(start=Ticks(note.start - start), length=note.length, pitch=Pitch(note.pitch + octave))
