"""Songs cut and joined on bar lines. What rings over a seam ends there; of words that cross one nothing is sung."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.numerals import respelt
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.score import (
    Chord,
    Key,
    Note,
    Part,
    Pitch,
    PitchClass,
    Role,
    Score,
    Section,
    Singer,
    Sung,
    Tempo,
    Ticks,
    Vocal,
    Word,
)

_OCTAVE, _WIDE = 12, 7
_LATE = Seconds(6.0)
"""How far after the last bar a moment may be: a clip's file has the last notes' ringing too."""

_UNPITCHED = frozenset({Role.DRUMS, Role.PERCUSSION, Role.EFFECTS})
_KEYS = range(128)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """From a tick on, till before another."""

    start: int
    end: int

    def __contains__(self, tick: int) -> bool:
        return self.start <= tick < self.end


def bar_at(score: Score, second: float, field: str) -> int:
    """The bar line that is nearest to a moment, by the number of the bar after it; the song's end is one as well.

    Args:
        score: The song.
        second: From its beginning. While the last notes ring, it is the end.
        field: Whose value that is, for the error.

    Raises:
        InvalidRequest: "out_of_range".
    """
    if not 0.0 <= second <= score.seconds + _LATE:
        raise InvalidRequest("out_of_range", field, low=0.0, high=score.seconds)
    lines = range(score.bars + 1)
    return min(lines, key=lambda bar: abs(score.second(Ticks(bar * score.meter.bar)) - second))


def cut(score: Score, first_bar: int, end_bar: int) -> Score:
    """A stretch of a song, from a bar on till before another.

    Of a line that is sung across a seam those words stay that are sung within the stretch from their first syllable
    to their last. Sections that are not whole are like no other.

    Raises:
        InvalidRequest: "out_of_range": there are no such bars, or none between them.
    """
    if not 0 <= first_bar < end_bar <= score.bars:
        raise InvalidRequest("out_of_range", "bars", low=0, high=score.bars)
    if (first_bar, end_bar) == (0, score.bars):
        return score
    stretch = _Stretch(start=first_bar * score.meter.bar, end=end_bar * score.meter.bar)
    parts = (replace(part, notes=tuple(_notes(part.notes, stretch))) for part in score.parts)
    return replace(
        score,
        tempos=tuple(_tempos(score, stretch)),
        sections=tuple(_sections(score, first_bar, end_bar)),
        chords=tuple(_chords(score.chords, stretch)),
        parts=tuple(part for part in parts if part.notes),
        vocal=None if score.vocal is None else _vocal(score.vocal, stretch),
    )


def joined(first: Score, second: Score) -> Score:
    """One song and then another.

    Title, key, swing, master and credits are those of the first; chords and notes stay what they are. Who plays in
    both has one part, placed as in the first. Where both are sung, the first one's singer goes on with what somebody
    of the same gender sings in the second, moved by octaves into the range as far as it goes; what is left outside
    widens the range. Somebody of the other gender becomes the partner, if there is none.

    Raises:
        InvalidRequest: "meter" or "language": there is only one of each in a song.
    """
    if first.meter != second.meter:
        raise InvalidRequest("meter", "meter", first=str(first.meter), second=str(second.meter))
    at = first.end
    bars, places = first.bars, len(first.sections)
    sections = [
        replace(each, first_bar=each.first_bar + bars, like=None if each.like is None else each.like + places)
        for each in second.sections
    ]
    tempos = [*first.tempos, *(replace(each, start=Ticks(each.start + at)) for each in second.tempos)]
    return replace(
        first,
        tempos=tuple(each for place, each in enumerate(tempos) if not place or tempos[place - 1].bpm != each.bpm),
        sections=(*first.sections, *sections),
        chords=(*first.chords, *(replace(each, start=Ticks(each.start + at)) for each in second.chords)),
        parts=tuple(_parts(first.parts, second.parts, at)),
        vocal=_sung_together(first.vocal, second.vocal, at),
    )


def tune_alone(score: Score) -> Score:
    """The song without its band, but for who plays tunes."""
    return replace(score, parts=tuple(part for part in score.parts if part.role is Role.LEAD))


def transposed(score: Score, semitones: int) -> Score:
    """The song so much higher. Who sings does so in the octave that suits the singer best, and who plays likewise."""
    if not semitones:
        return score
    key = Key(tonic=PitchClass((score.key.tonic + semitones) % _OCTAVE), mode=score.key.mode)
    vocal = score.vocal
    return replace(
        score,
        key=key,
        chords=tuple(_moved_chord(chord, semitones, key) for chord in score.chords),
        parts=tuple(part if part.role in _UNPITCHED else _moved_part(part, semitones) for part in score.parts),
        vocal=None if vocal is None else _resung(vocal, *_roster(vocal, vocal), semitones),
    )


def best_octave(pitches: Sequence[int], lowest: int, highest: int) -> int:
    """How far to move pitches, in semitones, by octaves, so that the fewest are outside of a range."""
    ways = (0, -_OCTAVE, _OCTAVE, -2 * _OCTAVE, 2 * _OCTAVE)
    return min(ways, key=lambda way: sum(not lowest <= pitch + way <= highest for pitch in pitches))


def _tempos(score: Score, stretch: _Stretch) -> Iterator[Tempo]:
    standing = [tempo for tempo in score.tempos if tempo.start <= stretch.start][-1]
    yield replace(standing, start=Ticks(0))
    for tempo in score.tempos:
        if stretch.start < tempo.start < stretch.end:
            yield replace(tempo, start=Ticks(tempo.start - stretch.start))


def _sections(score: Score, first_bar: int, end_bar: int) -> Iterator[Section]:
    firsts: dict[int, int] = {}
    number = 0
    for place, section in enumerate(score.sections):
        begin, end = max(first_bar, section.first_bar), min(end_bar, section.first_bar + section.bars)
        if begin >= end:
            continue
        model = place if section.like is None else section.like
        whole = end - begin == section.bars
        like = firsts.setdefault(model, number) if whole else number
        yield replace(section, first_bar=begin - first_bar, bars=end - begin, like=None if like == number else like)
        number += 1


def _chords(chords: Sequence[Chord], stretch: _Stretch) -> Iterator[Chord]:
    for chord in chords:
        begin, end = max(chord.start, stretch.start), min(chord.end, stretch.end)
        if begin < end:
            yield replace(chord, start=Ticks(begin - stretch.start), length=Ticks(end - begin))


def _notes(notes: Sequence[Note], stretch: _Stretch) -> Iterator[Note]:
    for note in notes:
        if note.start in stretch:
            yield Note(
                start=Ticks(note.start - stretch.start),
                length=Ticks(min(note.length, stretch.end - note.start)),
                pitch=note.pitch,
                velocity=note.velocity,
            )


def _vocal(vocal: Vocal, stretch: _Stretch) -> Vocal | None:
    """What is sung in a stretch; None where that is nothing."""
    kept = list(_kept(vocal, stretch))
    if not kept:
        return None
    numbers = {word: number for number, word in enumerate(kept)}
    lines = list(dict.fromkeys(vocal.words[word].line for word in kept))
    whole = Counter(word.line for word in vocal.words)
    left = Counter(vocal.words[word].line for word in kept)
    texts = {
        line: " ".join(vocal.words[word].text for word in kept if vocal.words[word].line == line) for line in lines
    }

    def voice(notes: Sequence[Sung]) -> tuple[Sung, ...]:
        return tuple(
            replace(
                note,
                start=Ticks(note.start - stretch.start),
                length=Ticks(min(note.length, stretch.end - note.start)),
                word=numbers[note.word],
            )
            for note in notes
            if note.word in numbers and note.start in stretch
        )

    harmonies = [voice(notes) for notes in vocal.harmonies]
    return replace(
        vocal,
        lines=tuple(vocal.lines[line] if left[line] == whole[line] else texts[line] for line in lines),
        words=tuple(Word(text=vocal.words[word].text, line=lines.index(vocal.words[word].line)) for word in kept),
        lead=voice(vocal.lead),
        harmonies=tuple(notes for notes in harmonies if notes),
    )


def _kept(vocal: Vocal, stretch: _Stretch) -> Iterator[int]:
    """The words that are sung within a stretch, line by line; a line that is broken off does not end with a leap."""
    sung: dict[int, list[Sung]] = {}
    for note in vocal.lead:
        sung.setdefault(note.word, []).append(note)
    inside = [word for word, notes in sorted(sung.items()) if all(note.start in stretch for note in notes)]
    for line in dict.fromkeys(vocal.words[word].line for word in inside):
        words = [word for word in inside if vocal.words[word].line == line]
        broken = words[-1] + 1 < len(vocal.words) and vocal.words[words[-1] + 1].line == line
        while broken and words and _hangs([note.pitch for word in words for note in sung[word]]):
            words.pop()
        yield from words


def _hangs(pitches: Sequence[Pitch]) -> bool:
    """Whether a tune ends with a leap from which it does not step back."""
    moves = [after - before for before, after in pairwise(pitches) if after != before]
    return bool(moves) and abs(moves[-1]) > _WIDE


def _parts(first: Sequence[Part], second: Sequence[Part], at: int) -> Iterator[Part]:
    """Everybody's part, by role, instrument, and which of several they are."""
    later = {who: replace(part, notes=_later(part.notes, at)) for who, part in _by_player(second).items()}
    for who, part in _by_player(first).items():
        yield replace(part, notes=(*part.notes, *later.pop(who).notes)) if who in later else part
    yield from later.values()


def _by_player(parts: Sequence[Part]) -> dict[tuple[Role, str, int], Part]:
    seen: Counter[tuple[Role, str]] = Counter()
    found = {}
    for part in parts:
        found[part.role, part.instrument, seen[part.role, part.instrument]] = part
        seen[part.role, part.instrument] += 1
    return found


def _later(notes: Sequence[Note], at: int) -> tuple[Note, ...]:
    return tuple(
        Note(start=Ticks(note.start + at), length=note.length, pitch=note.pitch, velocity=note.velocity)
        for note in notes
    )


def _sung_together(first: Vocal | None, second: Vocal | None, at: int) -> Vocal | None:
    if second is None:
        return first
    if first is None:
        return _sung_later(second, at, 0, 0)
    if first.language != second.language:
        raise InvalidRequest("language", "language", first=first.language, second=second.language)
    after = _sung_later(_resung(second, *_roster(first, second), 0), at, len(first.words), len(first.lines))
    voices = max(len(first.harmonies), len(after.harmonies))
    return Vocal(
        language=first.language,
        lines=(*first.lines, *after.lines),
        words=(*first.words, *after.words),
        lead=(*first.lead, *after.lead),
        singer=after.singer,
        partner=after.partner,
        harmonies=tuple(
            (*_voice(first.harmonies, number), *_voice(after.harmonies, number)) for number in range(voices)
        ),
    )


def _voice(voices: Sequence[tuple[Sung, ...]], number: int) -> tuple[Sung, ...]:
    return voices[number] if number < len(voices) else ()


def _sung_later(vocal: Vocal, at: int, words: int, lines: int) -> Vocal:
    """What is sung, so many ticks, words and lines later."""

    def voice(notes: Sequence[Sung]) -> tuple[Sung, ...]:
        return tuple(replace(note, start=Ticks(note.start + at), word=note.word + words) for note in notes)

    return replace(
        vocal,
        words=tuple(replace(word, line=word.line + lines) for word in vocal.words),
        lead=voice(vocal.lead),
        harmonies=tuple(map(voice, vocal.harmonies)),
    )


def _roster(first: Vocal, second: Vocal) -> tuple[list[Singer], tuple[int, int]]:
    """Who sings in both, and which of them each of the second one's singers is."""
    singers = [first.singer] if first.partner is None else [first.singer, first.partner]
    who = []
    for singer in second.singers:
        alike = [place for place, each in enumerate(singers) if each == singer]
        alike += [place for place, each in enumerate(singers) if each.gender == singer.gender]
        if not alike and len(singers) == 1:
            singers.append(singer)
            alike = [1]
        who.append(alike[0] if alike else 0)
    return singers, (who[0], who[1])


def _resung(vocal: Vocal, singers: Sequence[Singer], who: tuple[int, int], semitones: int) -> Vocal:
    """What is sung, so much higher, each by another singer in the octave that suits them best.

    Args:
        vocal: What is sung.
        singers: Who sings it now, one or two. What is left outside of a range widens it.
        who: Which of them each of the former ones is.
        semitones: How much higher.
    """
    voices = (vocal.lead, *vocal.harmonies)
    now = list(singers)
    ways = []
    for old, new in enumerate(who):
        pitches = [note.pitch + semitones for voice in voices for note in voice if note.singer == old]
        way = best_octave(pitches, now[new].lowest, now[new].highest)
        ways.append(semitones + way)
        lowest, highest = (
            Pitch(edge([limit, *(pitch + way for pitch in pitches)]))
            for edge, limit in ((min, now[new].lowest), (max, now[new].highest))
        )
        now[new] = replace(now[new], lowest=lowest, highest=highest)
    moved = [
        tuple(
            replace(note, pitch=Pitch(note.pitch + ways[note.singer]), singer=1 if who[note.singer] else 0)
            for note in voice
        )
        for voice in voices
    ]
    partner = now[1] if len(now) > 1 else None
    return replace(vocal, lead=moved[0], harmonies=tuple(moved[1:]), singer=now[0], partner=partner)


def _moved_part(part: Part, semitones: int) -> Part:
    found = instrument(part.instrument)
    octave = best_octave([note.pitch + semitones for note in part.notes], found.lowest, found.highest)
    moved = [replace(note, pitch=Pitch(note.pitch + semitones + octave)) for note in part.notes]
    return replace(part, notes=tuple(note for note in moved if note.pitch in _KEYS))


def _moved_chord(chord: Chord, semitones: int, key: Key) -> Chord:
    root = PitchClass((chord.root + semitones) % _OCTAVE)
    bass = None if chord.bass is None else PitchClass((chord.bass + semitones) % _OCTAVE)
    return respelt(replace(chord, root=root, bass=bass), key)
