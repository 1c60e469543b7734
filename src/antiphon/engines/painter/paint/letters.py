"""Letters on pictures: Pillow's own face, and one of the system's for scripts that it does not have."""

import functools
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from antiphon.engines.painter.layers import Letters
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, paint_of

_FACES = (
    *("NotoSans-Regular.ttf", "DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSansArabic-Regular.ttf"),
    *(
        "NotoSansHebrew-Regular.ttf",
        "NotoSansDevanagari-Regular.ttf",
        "NotoSansThai-Regular.ttf",
        "arial.ttf",
        "Arial Unicode.ttf",
    ),
)
"""Of the system, by the names of their files; the first that has all letters is taken."""

_OWN = ""
_MEASURED = 200
_NO_LETTER = "\U0010ffff"


def writable(text: str) -> bool:
    """Whether there is a face for the text."""
    return face(text) is not None


def letters(layer: Letters, view: View) -> Coat:
    """A line of text; nothing where there is no face for it."""
    name = face(layer.text)
    if name is None:
        return NOTHING
    mask, left, top = _drawn(layer, view, name)
    rows, columns = mask.shape
    start, end = max(0, left), min(view.width, left + columns)
    upper, lower = max(0, top), min(view.height, top + rows)
    if start >= end or upper >= lower:
        return NOTHING
    ink = paint_of(layer.colour)

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        cover = np.zeros((last - first, view.width), np.float32)
        cover[:, start:end] = mask[first - top : last - top, start - left : end - left]
        return np.asarray(ink * cover, np.float32), cover

    return Coat(top=upper, bottom=lower, laid=laid)


def _drawn(layer: Letters, view: View, name: str) -> tuple[Plane, int, int]:
    """The letters, and the column and row of their picture's corner."""
    size = layer.size * view.scale / 0.72
    natural = _length(layer, sized(name, _MEASURED)) / _MEASURED
    size = max(4.0, min(size, layer.width * view.scale / max(natural, 1e-3)))
    font = sized(name, round(size))
    stroke = round(size * 0.02 * layer.heavy)
    long = _length(layer, font)
    box = font.getbbox(layer.text, anchor="ls", stroke_width=stroke)
    margin = stroke + 4
    image: Any = Image.new("L", (int(long) + 2 * margin, int(box[3] - box[1]) + 2 * margin), 0)
    pen = ImageDraw.Draw(image)
    if layer.spacing:
        x = float(margin)
        for letter in layer.text:
            pen.text((x, margin - box[1]), letter, fill=255, font=font, anchor="ls", stroke_width=stroke)
            x += font.getlength(letter) + layer.spacing * size
    else:
        pen.text((margin, margin - box[1]), layer.text, fill=255, font=font, anchor="ls", stroke_width=stroke)
    column = view.across(layer.x) - (margin if layer.left else image.width / 2)
    return np.asarray(image, np.float32) / np.float32(255), round(column), round(view.down(layer.y) - image.height / 2)


def _length(layer: Letters, font: Any) -> float:
    if not layer.spacing:
        return float(font.getlength(layer.text))
    gaps = layer.spacing * font.size * (len(layer.text) - 1)
    return float(sum(font.getlength(letter) for letter in layer.text) + gaps)


@functools.lru_cache(maxsize=64)
def face(text: str) -> str | None:
    """The name of the face for a text: "" is Pillow's own; None where no face has all of its letters."""
    wanted = {letter for letter in text if not letter.isspace()}
    return next((name for name in (_OWN, *_FACES) if wanted and _has(name, frozenset(wanted))), None)


def _has(name: str, wanted: frozenset[str]) -> bool:
    try:
        font = sized(name, 24)
    except OSError:
        return False
    nothing = bytes(font.getmask(_NO_LETTER))
    return all(bytes(font.getmask(letter)) != nothing for letter in wanted)


@functools.lru_cache(maxsize=32)
def sized(name: str, size: int) -> Any:
    """A face in a size, in pixels.

    Raises:
        OSError: There is no such face here.
    """
    return ImageFont.load_default(size) if name == _OWN else ImageFont.truetype(name, size)
