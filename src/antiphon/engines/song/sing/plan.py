"""When each moment of what espeak said is sung: consonants as they are, vowels for as long as their notes. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from antiphon.engines.song.sing.align import Span
from antiphon.engines.song.sing.spectrum import BINS, HOP, Analysis
from antiphon.engines.song.sing.syllables import Syllable

_SHARE = 0.5
"""Of the time from vowel to vowel, at most this goes to consonants."""
_LEGATO = 0.06
"""Rests that are shorter are sung through."""
_OVER = 0.4
"""Of the consonants after a vowel so much may come after the note's end."""
_STEADY, _GLIDING = (0.4, 0.65), (0.25, 0.4)
"""Where in a vowel it is held: what glides is held early, and glides at the end."""
_GLIDE = 1.6
"""How far a vowel moves, in the logarithm of power, before it counts as gliding."""
_MOUTH = (200.0, 3_500.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A syllable as espeak said it.

    Args:
        source: Which analysis it is in.
        onset: The consonants before the vowel.
        vowel: The vowel.
        coda: The consonants after it.
    """

    source: int
    onset: Span | None
    vowel: Span
    coda: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a source, and when it is sung; between its ends time is even.

    Args:
        start: In the song, in seconds.
        end: Likewise.
        source: Which analysis.
        begin: In the source, in seconds.
        finish: Likewise.
        held: Whether it is the middle of a vowel, which is held.
    """

    start: float
    end: float
    source: int
    begin: float
    finish: float
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A syllable in time.

    Args:
        begin: Where its first consonant begins.
        start: Where its vowel begins.
        end: Where its vowel ends.
        finish: Where its last consonant ends.
        pieces: What is sung, in order, without gaps.
    """

    begin: float
    start: float
    end: float
    finish: float
    pieces: tuple[Piece, ...]


def lay(found: Sequence[Syllable], said: Sequence[Said], sources: Sequence[Analysis]) -> list[Laid]:
    """Lay syllables out in time, each vowel where its note begins."""
    shrunk = [_scales(each, mine, after, next_) for (each, mine), (after, next_) in _neighbours(found, said)]
    onsets = [_length(mine.onset) * before for mine, before in zip(said, [1.0, *(s[1] for s in shrunk)], strict=False)]
    if found:
        onsets[0] = min(onsets[0], max(found[0].start, 0.0))
    laid = []
    for place, (syllable, mine) in enumerate(zip(found, said, strict=True)):
        coda = _length(mine.coda) * shrunk[place][0]
        limit = found[place + 1].start - onsets[place + 1] if place + 1 < len(found) else float("inf")
        finish = min(limit, syllable.end + _OVER * coda)
        if limit - finish < _LEGATO:
            finish = limit
        end = max(finish - coda, syllable.start + 0.02)
        finish = max(finish, end)
        pieces = (
            *_consonants(mine.onset, mine.source, syllable.start - onsets[place], syllable.start),
            *_vowel(mine, sources[mine.source], syllable.start, end),
            *_consonants(mine.coda, mine.source, end, finish),
        )
        laid.append(
            Laid(begin=syllable.start - onsets[place], start=syllable.start, end=end, finish=finish, pieces=pieces)
        )
    return laid


def _neighbours(
    found: Sequence[Syllable], said: Sequence[Said]
) -> Iterator[tuple[tuple[Syllable, Said], tuple[Syllable | None, Said | None]]]:
    both = list(zip(found, said, strict=True))
    yield from pairwise(both)
    if both:
        yield both[-1], (None, None)


def _scales(syllable: Syllable, said: Said, after: Syllable | None, next_: Said | None) -> tuple[float, float]:
    """How much shorter the consonants after this vowel are sung, and those before the next."""
    coda, onset = _length(said.coda), _length(next_.onset) if next_ else 0.0
    note = syllable.end - syllable.start
    if after is None or after.start - syllable.end > onset:
        return min(1.0, _SHARE * note / max((1.0 - _OVER) * coda, 1e-6)), 1.0
    scale = min(1.0, _SHARE * (after.start - syllable.start) / max(coda + onset, 1e-6))
    return scale, scale


def _length(span: Span | None) -> float:
    return span.end - span.start if span else 0.0


def _consonants(span: Span | None, source: int, start: float, end: float) -> tuple[Piece, ...]:
    if span is None or end <= start:
        return ()
    return (Piece(start=start, end=end, source=source, begin=span.start, finish=span.end),)


def _vowel(said: Said, analysis: Analysis, start: float, end: float) -> tuple[Piece, ...]:
    length, wanted = said.vowel.end - said.vowel.start, end - start
    first, last = _STEADY if _glide(said.vowel, analysis) < _GLIDE else _GLIDING
    before, after = first * length, (1.0 - last) * length
    if wanted < length:
        before, after = first * wanted, (1.0 - last) * wanted
    elif first == _GLIDING[0]:
        after = min(1.4 * after, after + 0.4 * (wanted - length))
    inner = (said.vowel.start + first * length, said.vowel.start + last * length)
    times = (start, start + before, end - after, end)
    places = (said.vowel.start, *inner, said.vowel.end)
    return tuple(
        Piece(
            start=times[part],
            end=times[part + 1],
            source=said.source,
            begin=places[part],
            finish=places[part + 1],
            held=part == 1,
        )
        for part in range(3)
    )


def _glide(vowel: Span, analysis: Analysis) -> float:
    """How far the mouth moves from early in a vowel till late in it."""
    kept = slice(*(round(hertz / analysis.top * (BINS - 1)) for hertz in _MOUTH))
    early, late = (
        analysis.envelope[round((vowel.start + share * (vowel.end - vowel.start)) / HOP) % len(analysis.envelope), kept]
        for share in (0.3, 0.75)
    )
    moved = late - early
    return float(np.mean(np.abs(moved - moved.mean())))
