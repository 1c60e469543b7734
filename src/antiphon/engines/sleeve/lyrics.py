"""The lyrics as a film shows them: a column of lines that moves on, the line that is sung bright, its word lit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from PIL import ImageChops, ImageDraw

from antiphon.domain.songs import SungWord
from antiphon.engines.sleeve.lettering import Pen, blank, pen

_SIZE, _ROW, _GAP = 40, 52, 26
"""Pixels: of letters, from row to row, and more from line to line."""
_EARLY = 0.35
"""Seconds before it is sung that a line is there."""
_MOVE = 0.45
"""Seconds that the column moves."""
_STAY = 0.3
"""Seconds after its end that a word is still lit."""
_FAINT, _WAITING, _LIT = 72, 150, 255
"""How bright other lines are, the line's words to come, and those that were sung."""
_FADE = 90
"""Rows over which lines fade away at the column's ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    box: tuple[int, int, int, int]
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    top: int
    bottom: int
    start: float
    words: tuple[_Word, ...]

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is to be seen of the lyrics at a moment. Two that are alike are the same picture.

    Args:
        row: Of the column, in the middle of the view.
        line: That is sung, or is next.
        sung: How many of its words were.
        lit: The number of the word that is sung, from 0; -1 for none.
    """

    row: int
    line: int
    sung: int
    lit: int


class Lyrics:
    """A song's lyrics, set in a column.

    Args:
        words: What is sung, in order; at least one, and none of them empty.
        size: Columns and rows of what can be seen at once.
    """

    def __init__(self, words: Sequence[SungWord], *, size: tuple[int, int]) -> None:
        self._size = size
        lines = [tuple(found) for _, found in groupby(words, key=lambda word: word.line)]
        rows = [_rows(line, size[0]) for line in lines]
        tall = sum(len(each) * _ROW + _GAP for each in rows)
        self._column = blank((size[0], max(1, tall)))
        self._lines: list[_Line] = []
        top = 0
        for line, own in zip(lines, rows, strict=True):
            self._lines.append(self._set(own, top, line[0].start))
            top += len(own) * _ROW + _GAP
        self._ends = _ends(size)

    def look(self, moment: float) -> Look:
        """What can be seen at a second of the song."""
        line = max((number for number, each in enumerate(self._lines) if each.start - _EARLY <= moment), default=0)
        here = self._lines[line]
        share = min(1.0, max(0.0, (moment - here.start + _EARLY) / _MOVE)) if line else 1.0
        before = self._lines[max(0, line - 1)].middle
        row = before + (here.middle - before) * share * share * (3 - 2 * share)
        begun = sum(word.start <= moment for word in here.words)
        lit = begun - 1 if begun and moment < here.words[begun - 1].end + _STAY else -1
        return Look(row=round(row), line=line, sung=begun if lit < 0 else lit, lit=lit)

    def shown(self, look: Look) -> tuple[Any, Any]:
        """How bright each pixel of the view is: of all letters but for the word that is sung, and of that."""
        wide, high = self._size
        top = look.row - high // 2
        letters = ImageChops.multiply(self._column.crop((0, top, wide, top + high)), self._ends)
        plain, lit = blank(self._size), blank(self._size)
        brush = ImageDraw.Draw(plain)
        for number, line in enumerate(self._lines):
            if line.bottom < top or line.top > top + high:
                continue
            near = max(0.0, 1 - abs(line.middle - look.row) / (line.bottom - line.top + _GAP))
            faint = round(_FAINT + (_WAITING - _FAINT) * near)
            brush.rectangle((0, line.top - top, wide, line.bottom - top), fill=faint)
            for place, word in enumerate(line.words if number == look.line else ()):
                left, upper, right, lower = word.box
                box = (left, upper - top, right, lower - top)
                if place == look.lit:
                    brush.rectangle(box, fill=0)
                    ImageDraw.Draw(lit).rectangle(box, fill=_LIT)
                elif place < look.sung:
                    brush.rectangle(box, fill=round(faint + (_LIT - faint) * near))
        return ImageChops.multiply(letters, plain), ImageChops.multiply(letters, lit)

    def _set(self, rows: Sequence[Sequence[tuple[SungWord, Pen | None, float]]], top: int, start: float) -> _Line:
        words = []
        for number, row in enumerate(rows):
            upper = top + number * _ROW
            for word, writer, left in row:
                if writer is not None:
                    writer.write(self._column, word.text, (left + writer.stroke, upper + _ROW / 2))
                    right = round(left + writer.long(word.text))
                    box = (round(left) - 4, upper, right, upper + _ROW - 1)
                    words.append(_Word(box=box, start=word.start, end=word.end))
        return _Line(top=top, bottom=top + len(rows) * _ROW, start=start, words=tuple(words))


def _rows(words: Sequence[SungWord], wide: int) -> list[list[tuple[SungWord, Pen | None, float]]]:
    """Words in rows that are no wider than there is room, each with who writes it and from which column on."""
    rows: list[list[tuple[SungWord, Pen | None, float]]] = [[]]
    at = 4.0
    for word in words:
        writer = pen(word.text, _SIZE)
        long = 0.0 if writer is None else writer.long(word.text)
        if rows[-1] and at + long > wide:
            rows.append([])
            at = 4.0
        rows[-1].append((word, writer, at))
        at += long + _SIZE * 0.24
    return rows


def _ends(size: tuple[int, int]) -> Any:
    """Dark at the upper and the lower end."""
    ramp = blank((1, size[1]))
    ramp.putdata([min(255, 255 * min(row, size[1] - 1 - row) // _FADE) for row in range(size[1])])
    return ramp.resize(size)
