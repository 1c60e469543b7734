"""A melody that was heard, taken down: as notes on the grid of bars, and with its words where they are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from antiphon.domain.heard import HeardNote, HeardWord
from antiphon.engines.song.bargrid import Grid
from antiphon.engines.song.fitted import Tone, fitted
from antiphon.engines.song.rhythm import steps
from antiphon.engines.song.score import TICKS, Meter, Note, Pitch, Sung, Ticks, Word
from antiphon.engines.song.words import SungLine, SungWord

_SHORTEST = TICKS // 8
_SHORT = TICKS // 2
_LOUD, _STRESSED = 82, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """What is sung.

    Args:
        lines: As they are written.
        words: Their words.
        notes: The tune; each word has some.
    """

    lines: tuple[str, ...]
    words: tuple[Word, ...]
    notes: tuple[Sung, ...]


def played(heard: Sequence[HeardNote], grid: Grid) -> tuple[Note, ...]:
    """The melody for an instrument, one note at a time; of two on one place of the grid the longer one is kept."""
    found: dict[int, Note] = {}
    for note in heard:
        start = grid.tick(note.start)
        length = max(_SHORTEST, grid.tick(note.end, _SHORTEST) - start)
        inside = grid.lines[0] - (grid.lines[1] - grid.lines[0]) / 8 <= note.start
        longer = start not in found or found[start].length < length
        if inside and start < grid.end and longer:
            own = Note(start=start, length=Ticks(length), pitch=Pitch(note.pitch), velocity=max(1, note.velocity))
            found[start] = own
    line = [found[start] for start in sorted(found)]
    ends = [*(note.start for note in line[1:]), grid.end]
    return tuple(
        replace(note, length=Ticks(min(note.length, end - note.start))) for note, end in zip(line, ends, strict=True)
    )


def sung(notes: Sequence[Note], heard: Sequence[HeardWord], lines: Sequence[SungLine], grid: Grid) -> Song:
    """The melody with its words: each begins where it was heard, its syllables on the notes from there on.

    Args:
        notes: As `played` gives them; at least one.
        heard: The words in time.
        lines: How their lines sound. Words of which nothing can be sung are left out, as are those after the last bar.
        grid: The bars.
    """
    owners = [(line, word) for line in range(len(lines)) for word in lines[line].words]
    starts = list(_starts(heard, [word for _, word in owners], grid))
    texts: list[str] = []
    words: list[Word] = []
    tune: list[Sung] = []
    last = -1
    for (line, word), start, end in zip(owners, starts, [*starts[1:], grid.end], strict=False):
        if line != last:
            texts.append(lines[line].text)
            last = line
        tones = _tones(notes, start, end)
        tune += _worded(_fitting(tones, word, end - start, grid.meter), word, start=start, number=len(words))
        words.append(Word(text=word.text, line=len(texts) - 1))
    return Song(lines=tuple(texts), words=tuple(words), notes=tuple(tune))


def _starts(heard: Sequence[HeardWord], words: Sequence[SungWord], grid: Grid) -> Iterator[Ticks]:
    """Where each word begins, each leaving room for the one before it; none that would begin after the last bar.

    Words that are sung are found in those that were heard by their letters: both have the same text.
    """
    passed = free = place = 0
    ends = [0]
    for each in heard:
        ends.append(ends[-1] + len("".join(each.text.split())))
    for word in words:
        while place + 1 < len(heard) and ends[place + 1] <= passed:
            place += 1
        start = max(free, grid.tick(heard[place].start))
        free = start + _SHORTEST * 2 * len(word.syllables)
        if free > grid.end:
            return
        yield Ticks(start)
        passed += len("".join(word.text.split()))


def _tones(notes: Sequence[Note], start: int, end: int) -> tuple[Tone, ...]:
    """What is sung from a tick till before another, counted from it; at least a note, from its beginning on."""
    within = [note for note in notes if start <= note.start < end]
    before = [note for note in notes if note.start < start]
    if not within or within[0].start > start + _SHORT:
        near = before[-1] if before else notes[0]
        length = max(_SHORTEST, min(_SHORT, (within[0].start if within else end) - start))
        within = [replace(near, start=Ticks(start), length=Ticks(length)), *within]
    first = within[0]
    within[0] = replace(first, start=Ticks(start), length=Ticks(first.length + first.start - start))
    stops = [*(note.start for note in within[1:]), end]
    return tuple(
        Tone(
            start=Ticks(note.start - start),
            length=Ticks(min(note.length, stop - note.start)),
            pitch=note.pitch,
            held=place > 0,
        )
        for place, (note, stop) in enumerate(zip(within, stops, strict=True))
    )


def _fitting(tones: tuple[Tone, ...], word: SungWord, room: int, meter: Meter) -> tuple[Tone, ...]:
    """The notes with one that is not held for each syllable; where they are too short, others as long as the room."""
    line = steps(SungLine(text=word.text, words=(word,)))
    found = fitted(tones, line, meter)
    if found is not None:
        return found
    count = len(line)
    cuts = [room * number // count for number in range(count + 1)]
    return tuple(
        Tone(start=Ticks(start), length=Ticks(end - start), pitch=tones[0].pitch) for start, end in pairwise(cuts)
    )


def _worded(tones: Sequence[Tone], word: SungWord, *, start: int, number: int) -> Iterator[Sung]:
    place = -1
    for tone in tones:
        place += not tone.held
        syllable = word.syllables[place]
        yield Sung(
            start=Ticks(start + tone.start),
            length=tone.length,
            pitch=tone.pitch,
            velocity=_LOUD + _STRESSED * syllable.stress,
            word=number,
            phonemes=() if tone.held else syllable.phonemes,
            vowel=0 if tone.held else syllable.vowel,
            stress=0 if tone.held else syllable.stress,
        )
