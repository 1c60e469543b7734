"""Letters as grey pictures, 255 where they are."""

from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from antiphon.engines.painter.paint.letters import face, sized

_HEAVY = 0.02
"""How much thicker strokes are than the face has them, in sizes."""
_ELLIPSIS = "..."
_MOST = 200
"""Letters of a line that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Writes in one face and size.

    Args:
        font: The face, as Pillow has it.
        size: Pixels.
    """

    font: Any
    size: int

    @property
    def stroke(self) -> int:
        """What strokes are thickened by."""
        return max(1, round(self.size * _HEAVY))

    def long(self, text: str) -> float:
        """How many columns a text takes."""
        return float(self.font.getlength(text)) + 2 * self.stroke

    def write(self, on: Any, text: str, at: tuple[float, float], *, anchor: str = "lm") -> None:
        """Write a line on a grey picture.

        Args:
            on: The picture.
            text: What.
            at: Column and row of its anchor.
            anchor: "lm" for the left end and the middle height, "mm" for the middle.
        """
        ImageDraw.Draw(on).text(at, text, fill=255, font=self.font, anchor=anchor, stroke_width=self.stroke - 1)


def _line(text: str) -> str:
    return " ".join(text.split())[:_MOST]


def pen(text: str, size: int) -> Pen | None:
    """What can write a text; None where no face has all of its letters."""
    name = face(text)
    return None if name is None else Pen(font=sized(name, size), size=size)


def fitting(text: str, *, wide: int, sizes: range) -> tuple[Pen, str] | None:
    """A pen with which a text is no wider than there is room, and the text, shortened where the smallest is too large.

    Args:
        text: Set as one line.
        wide: The room, in columns.
        sizes: From the largest on down.
    """
    text, own = _line(text), None
    for size in sizes:
        own = pen(text, size)
        if own is None or own.long(text) <= wide:
            return None if own is None else (own, text)
    if own is None:
        return None
    while text and own.long(text + _ELLIPSIS) > wide:
        text = text[:-1].rstrip()
    return own, text + _ELLIPSIS


def blank(size: tuple[int, int]) -> Any:
    """A grey picture without letters."""
    return Image.new("L", size, 0)
