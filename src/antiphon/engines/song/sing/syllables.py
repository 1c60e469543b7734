"""What one voice sings, syllable by syllable, in seconds, and how espeak is told to say it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from antiphon.domain.units import Seconds
from antiphon.engines.song.score import Pitch, Score, Sung, Ticks, Word
from antiphon.engines.song.swing import moment

_SHORTEST = 0.03
_PAUSE = 0.25
"""Seconds of silence after which a held vowel begins anew."""
_LONG_WORD = 90
"""Bytes after which espeak is given an end of a word: it cannot take words much longer."""
_MARKS = {0: "", 1: ",", 2: "'"}
_PAUSES = ("_", "|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A pitch that is sung.

    Args:
        start: From the song's beginning.
        end: Likewise.
        pitch: Which.
        velocity: How strongly, 1 to 127.
        cents: How far beside it.
    """

    start: Seconds
    end: Seconds
    pitch: Pitch
    velocity: int
    cents: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Syllable:
    """A syllable, on one pitch or more.

    Args:
        tones: At least one; the first begins with the vowel.
        phonemes: Those of it that espeak can be told.
        vowel: Which of them is its centre.
        stress: 0 none, 1 secondary, 2 primary.
        word: Which word it belongs to.
        line: Which line that stands in.
        singer: Who sings it, as the score counts them.
    """

    tones: tuple[Tone, ...]
    phonemes: tuple[str, ...]
    vowel: int
    stress: int
    word: int
    line: int
    singer: int = 0

    @property
    def start(self) -> Seconds:
        """Where the vowel begins."""
        return self.tones[0].start

    @property
    def end(self) -> Seconds:
        """Where it ends."""
        return self.tones[-1].end

    @property
    def text(self) -> str:
        """As espeak is told."""
        marked = (_MARKS[self.stress] * (place == self.vowel) + name for place, name in enumerate(self.phonemes))
        return "|".join(marked)


def syllables(notes: Sequence[Sung], words: Sequence[Word], score: Score) -> tuple[Syllable, ...]:
    """What is sung to some notes; none overlaps the next."""
    tones = _tones(notes, score)
    found: list[Syllable] = []
    for note, tone in zip(notes, tones, strict=True):
        line = words[note.word].line if note.word < len(words) else -1
        phonemes = tuple(name for name in note.phonemes if _sayable(name))
        held = not note.phonemes and found and note.singer == found[-1].singer
        if held and tone.start - found[-1].end < _PAUSE:
            found[-1] = replace(found[-1], tones=(*found[-1].tones, tone))
            continue
        vowel = sum(_sayable(name) for name in note.phonemes[: note.vowel])
        if not note.phonemes and found:
            phonemes, vowel = found[-1].phonemes[found[-1].vowel :][:1], 0
        vowel = min(vowel, max(len(phonemes) - 1, 0))
        stress = min(max(note.stress, 0), max(_MARKS))
        found.append(
            Syllable(
                tones=(tone,),
                phonemes=phonemes,
                vowel=vowel,
                stress=stress,
                word=note.word,
                line=line,
                singer=note.singer,
            )
        )
    return tuple(found)


def lines(found: Sequence[Syllable]) -> Iterator[tuple[Syllable, ...]]:
    """Syllables, those together that espeak says in one go."""
    for _line, together in groupby(found, key=lambda each: each.line):
        yield tuple(together)


def text(line: Sequence[Syllable]) -> str:
    """What espeak is told for a line: words run together, as they are when they are sung."""
    told, length = "", 0
    for before, after in zip((None, *line), line, strict=False):
        if not after.phonemes:
            continue
        apart = length > _LONG_WORD and before is not None and before.word != after.word
        told += (" " if apart else "|") * bool(told) + after.text
        length = len(after.text) + (0 if apart else length + 1)
    return told


def _tones(notes: Sequence[Sung], score: Score) -> list[Tone]:
    starts = [moment(note.start, score) for note in notes]
    ends = [moment(Ticks(note.start + note.length), score) for note in notes]
    limits = [*starts[1:], *(Seconds(float("inf")) for _ in starts[-1:])]
    return [
        Tone(
            start=start,
            end=Seconds(max(min(end, limit), start + _SHORTEST)),
            pitch=note.pitch,
            velocity=note.velocity,
        )
        for note, start, end, limit in zip(notes, starts, ends, limits, strict=True)
    ]


def _sayable(name: str) -> bool:
    return (
        bool(name)
        and name.isascii()
        and name.isprintable()
        and not (name.startswith(_PAUSES) or set(name) & set(" []"))
    )
