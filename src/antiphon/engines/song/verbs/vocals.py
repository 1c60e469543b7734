"""Vocals: words sung over a band that stays note for note.

Verses go where the song has verses, choruses where it has choruses. What leads a tune, or answers, rests while somebody
sings; everybody else plays as before. Words that are too many are sung faster, as `form` does it; what does not go into
the song's bars even so is not sung: the song gets no longer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.form import Plan, Span
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.melody import melody
from antiphon.engines.song.pacing import PACES, Fit, Pace, line_lengths
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Chord, Note, Part, PitchClass, Role, Score, SectionKind, Ticks, Vocal
from antiphon.engines.song.style import Brief
from antiphon.engines.song.verbs.again import brief_again, pinned
from antiphon.engines.song.words import Lyrics, Stanza, SungLine

OCTAVE = 12

_PLAYED = frozenset({SectionKind.INTRO, SectionKind.OUTRO, SectionKind.SOLO, SectionKind.BREAK, SectionKind.INTERLUDE})
_RESTING = frozenset({Role.LEAD, Role.COUNTER})
_NATURAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """A stanza and how its lines sound, those of which nothing can be sung left out."""

    stanza: Stanza
    lines: tuple[SungLine, ...]

    @property
    def counts(self) -> list[int]:
        """The lines' syllables."""
        return [len(line.syllables) for line in self.lines]


def with_vocals(score: Score, change: Change, speaker: Speaker) -> Score:
    """The song with somebody who sings; who sang before is not heard any more.

    Args:
        score: The song.
        change: The lyrics, or a description of what words are written about; who sings.
        speaker: Who knows how the words sound, in their language.

    Raises:
        InvalidRequest: "missing": there are neither lyrics nor a description, or nothing in them can be sung.
    """
    if change.words is None and not (change.description or score.credits.description).strip():
        raise InvalidRequest("missing", "lyrics")
    wanted = brief_again(score, replace(change, instrumental=False))
    forms = (tuple(section.kind for section in score.sections),)
    style = replace(pinned(wanted, score).style, forms=forms)
    brief = replace(wanted, style=style, seconds=score.seconds, instrumental=False)
    lyrics = write(brief) if change.words is None else parse(change.words)
    words = list(_sounding(lyrics, brief, speaker))
    if not words:
        raise InvalidRequest("missing", "lyrics")
    vocal = _vocal(score, brief, words)
    return replace(
        score,
        title=brief.title,
        parts=tuple(_resting(score.parts, vocal)),
        vocal=vocal,
        credits=replace(score.credits, description=brief.credits.description),
    )


def _sounding(lyrics: Lyrics, brief: Brief, speaker: Speaker) -> Iterator[_Words]:
    for stanza in lyrics.stanzas:
        lines = tuple(line for line in sound(stanza.lines, brief.language, speaker) if line.words)
        if lines:
            yield _Words(stanza=stanza, lines=lines)


def _vocal(score: Score, brief: Brief, words: Sequence[_Words]) -> Vocal:
    """What is sung, over the chords as the bass plays them."""
    seated = _seated(score, brief, words)
    lengths = _lengths(score, brief, seated)
    stanzas: list[Stanza] = []
    lines: list[tuple[SungLine, ...]] = []
    numbers: list[int | None] = []
    for place in range(len(score.sections)):
        own = seated.get(place)
        numbers.append(None if own is None else len(stanzas))
        if own is not None:
            stanzas.append(own.stanza)
            lines.append(own.lines[: len(lengths[place])])
    plan = Plan(
        sections=score.sections,
        stanzas=tuple(numbers),
        spans=tuple(tuple(_spans(lengths.get(place, ()))) for place in range(len(score.sections))),
        fit=Fit.AS_ASKED,
    )
    chords = tuple(_as_played(score))
    return melody(brief, key=score.key, plan=plan, chords=chords, stanzas=stanzas, sung=lines)


def _seated(score: Score, brief: Brief, words: Sequence[_Words]) -> Mapping[int, _Words]:
    """Of each section that is sung its words: choruses to choruses, the others in order while there are any."""
    places = [place for place, section in enumerate(score.sections) if section.kind not in _PLAYED]
    places = places or list(range(len(score.sections)))
    refrains = [each for each in words if each.stanza.kind is SectionKind.CHORUS]
    choruses = [place for place in places if score.sections[place].kind is SectionKind.CHORUS]
    if not refrains or not choruses or len(choruses) == len(places):
        return dict(_in_order(score, brief, places, list(words)))
    rest = [each for each in words if each.stanza.kind is not SectionKind.CHORUS]
    others = [place for place in places if place not in choruses]
    found = dict(_in_order(score, brief, others, rest))
    return {**found, **{place: refrains[min(number, len(refrains) - 1)] for number, place in enumerate(choruses)}}


def _in_order(score: Score, brief: Brief, places: Sequence[int], words: list[_Words]) -> Iterator[tuple[int, _Words]]:
    """Each section's words: the next of its kind, or of all; more where it is long, all that is left at last."""
    for place in places:
        if not words:
            return
        section = score.sections[place]
        first = next((each for each in words if each.stanza.kind is section.kind), words[0])
        words.remove(first)
        taken = first
        while words and (place == places[-1] or _bars(brief, [taken, words[0]]) <= section.bars):
            more = words.pop(0)
            taken = replace(taken, lines=(*taken.lines, *more.lines))
        yield place, taken


def _bars(brief: Brief, words: Sequence[_Words]) -> int:
    """How long stanzas are at a natural pace."""
    return sum(sum(line_lengths(brief, each.counts, PACES[_NATURAL])) for each in words)


def _lengths(score: Score, brief: Brief, seated: Mapping[int, _Words]) -> Mapping[int, tuple[int, ...]]:
    """Of each section its lines' bars; sections that are alike have lines alike."""
    groups: dict[int, list[int]] = {}
    for place in seated:
        like = score.sections[place].like
        groups.setdefault(place if like is None else like, []).append(place)
    found: dict[int, tuple[int, ...]] = {}
    for places in groups.values():
        lengths = _shared(brief, [seated[place] for place in places], score.sections[places[0]].bars)
        found |= {place: lengths[: len(seated[place].lines)] for place in places}
    return found


def _shared(brief: Brief, words: Sequence[_Words], bars: int) -> tuple[int, ...]:
    """The bars of lines that are sung in the same places, at the slowest pace for which there are enough."""
    lengths: tuple[int, ...] = ()
    for pace in PACES:
        lengths = _at_pace(brief, words, pace)
        if sum(lengths) <= bars:
            return lengths
    first = min(bars, lengths[0])
    passed = accumulate((first, *lengths[1:]))
    return tuple(length for length, end in zip((first, *lengths[1:]), passed, strict=True) if end <= bars)


def _at_pace(brief: Brief, words: Sequence[_Words], pace: Pace) -> tuple[int, ...]:
    each = [line_lengths(brief, own.counts, pace) for own in words]
    return tuple(max(lengths[line] for lengths in each if line < len(lengths)) for line in range(max(map(len, each))))


def _spans(lengths: Sequence[int]) -> Iterator[Span]:
    for bars, end in zip(lengths, accumulate(lengths), strict=True):
        yield Span(end - bars, bars)


def _as_played(score: Score) -> Iterator[Chord]:
    """The chords with what the bass really plays at their beginning, so that the tune keeps clear of it."""
    bass = {note.start: note.pitch for part in score.parts if part.role is Role.BASS for note in part.notes}
    for chord in score.chords:
        yield replace(chord, bass=PitchClass(bass[chord.start] % OCTAVE)) if chord.start in bass else chord


def _resting(parts: Sequence[Part], vocal: Vocal) -> Iterator[Part]:
    """The parts; of tunes and answers what is played while somebody sings a line is left out."""
    lines: dict[int, tuple[int, int]] = {}
    for note in vocal.lead:
        line = vocal.words[note.word].line
        begin = lines.get(line, (note.start, 0))[0]
        lines[line] = (begin, note.start + note.length)
    spans = list(lines.values())
    for part in parts:
        if part.role not in _RESTING:
            yield part
        elif notes := tuple(_clear(part.notes, spans)):
            yield replace(part, notes=notes)


def _clear(notes: Sequence[Note], spans: Sequence[tuple[int, int]]) -> Iterator[Note]:
    """The notes that begin outside of some stretches, each till one begins."""
    for note in notes:
        if any(start <= note.start < end for start, end in spans):
            continue
        until = min([start for start, _ in spans if start > note.start], default=note.start + note.length)
        yield replace(note, length=Ticks(min(note.length, until - note.start)))
