"""What stands still in a film: the cover, and behind it the cover again, large, blurred and dark; title and style."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, UnidentifiedImageError

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.film.plane import Yuv, yuv
from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.colour import Colour, lab, named, of_lab
from antiphon.engines.sleeve.lettering import blank, fitting

SIZE = (1280, 720)

_SIDE = 400
"""Of the cover, in pixels."""
_CORNER = 14
_MOST_PIXELS = 40_000_000
_KINDS = ("JPEG", "PNG")
_SMALL = (128, 72)
_DARK = 0.42
_VIVID = 1.3
"""How much more colourful than the cover the ground is: dark colours look dull."""
_GRAIN = 1.2
"""Of 255: it takes the bands out of the blur."""
_WHITE = (246, 243, 238)
_TITLE, _STYLE = range(38, 21, -2), range(20, 19, -1)
_LEAST_LIGHT, _LEAST_CHROMA, _MOST_CHROMA = 0.84, 0.09, 0.14
"""Of the accent, in Oklab: it is read on dark ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are, in pixels from the upper left corner, all even.

    Args:
        cover: The cover's corner.
        title: The anchor of the title; that of the style is below.
        anchor: "lm" where letters begin at the anchor, "mm" where it is their middle.
        room: How wide letters may be.
    """

    cover: tuple[int, int]
    title: tuple[int, int]
    anchor: str
    room: int


BESIDE_LYRICS = Places(cover=(64, 64), title=(64, 500), anchor="lm", room=_SIDE)
ALONE = Places(cover=(440, 40), title=(640, 474), anchor="mm", room=1100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """What stands still.

    Args:
        frame: As video has it.
        accent: A colour of the cover, light enough to be read.
    """

    frame: Yuv
    accent: Colour


def backdrop(cover: Path, *, title: str, style: str, places: Places) -> Backdrop:
    """The still part of a film.

    Raises:
        InvalidRequest: "unreadable": the cover is no picture that is known.
    """
    picture = _opened(cover)
    ground = _ground(picture)
    _hung(ground, picture, places.cover)
    for text, sizes, below, strength in ((title, _TITLE, 0, 255), (style, _STYLE, 38, 165)):
        found = fitting(text, wide=places.room, sizes=sizes)
        if found is not None:
            mask = blank(SIZE)
            writer, line = found
            writer.write(mask, line, (places.title[0], places.title[1] + below), anchor=places.anchor)
            ground.paste(_WHITE, (0, 0), mask.point(lambda value, most=strength: value * most // 255))
    return Backdrop(frame=yuv(np.asarray(ground)), accent=accent(picture))


def _opened(path: Path) -> Any:
    """The cover, a square of `_SIDE` pixels."""
    try:
        with Image.open(path, formats=_KINDS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise InvalidRequest("unreadable", "cover")
            image.draft("RGB", (_SIDE, _SIDE))
            square: Any = image.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError) as wrong:
        raise InvalidRequest("unreadable", "cover") from wrong
    except OSError as wrong:
        if wrong.errno is not None:
            raise
        raise InvalidRequest("unreadable", "cover") from wrong
    side = min(square.size)
    left, top = (square.width - side) // 2, (square.height - side) // 2
    return square.crop((left, top, left + side, top + side)).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _ground(picture: Any) -> Any:
    wide, high = _SMALL
    small = picture.resize((wide, wide), Image.Resampling.BOX).crop((0, (wide - high) // 2, wide, (wide + high) // 2))
    soft = small.filter(ImageFilter.GaussianBlur(7)).resize(SIZE, Image.Resampling.BICUBIC)
    vivid = ImageEnhance.Color(soft).enhance(_VIVID)
    dark = np.asarray(vivid, np.float32) * np.float32(_DARK)
    dark += grains(0, "backdrop").standard_normal((SIZE[1], SIZE[0], 1), dtype=np.float32) * np.float32(_GRAIN)
    return Image.fromarray(np.clip(dark + 4, 0, 255).astype(np.uint8))


def _hung(ground: Any, picture: Any, at: tuple[int, int]) -> None:
    """The cover with round corners, and its shadow."""
    shadow = blank(SIZE)
    ImageDraw.Draw(shadow).rounded_rectangle(
        (at[0], at[1] + 10, at[0] + _SIDE - 1, at[1] + _SIDE + 9), _CORNER, fill=170
    )
    ground.paste((0, 0, 0), (0, 0), shadow.filter(ImageFilter.GaussianBlur(18)))
    corners = blank((_SIDE * 2, _SIDE * 2))
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, _SIDE * 2 - 1, _SIDE * 2 - 1), _CORNER * 2, fill=255)
    ground.paste(picture, at, corners.reduce(2))


def accent(picture: Any) -> Colour:
    """The most colourful of the colours that there is much of, made light."""
    few = picture.resize((64, 64), Image.Resampling.BOX).quantize(12, dither=Image.Dither.NONE)
    palette = few.getpalette() or []
    found = []
    for count, index in few.getcolors():
        red, green, blue = (part / 255 for part in palette[3 * index : 3 * index + 3])
        _, a, b = lab(named(red, green, blue))
        chroma = (a * a + b * b) ** 0.5
        found.append((chroma * count**0.35, chroma, a, b))
    _, chroma, a, b = max(found)
    wanted = min(_MOST_CHROMA, max(_LEAST_CHROMA, chroma))
    scale = wanted / chroma if chroma > 0.02 else 0.0  # noqa: PLR2004 - grey has no hue
    return of_lab((_LEAST_LIGHT, a * scale, b * scale))
