"""The child that looks at pictures strangers made: one for each, confined before it reads anything.

What kind of file it is, its first bytes say, out of a closed list; no other decoder can be opened. Run as
`python -m antiphon.engines.painter.glance`: the file on standard input, a likeness as JSON on standard output, or one
word for why there is none.
"""

import io
import json
import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from PIL import Image, ImageFile

from antiphon.engines.painter.colour import Colour, lab, named
from antiphon.engines.painter.likeness import LARGEST_FILE, Likeness
from antiphon.kit.confinement import confine

MOST_PIXELS = 40_000_000
_MEMORY = 768 * 1024**2
_SECONDS = 10
_SIDE = 64
_BANDS = 8
_ACCENTS = 6
_KINDS: Mapping[str, str] = {"PNG": "\x89PNG\r\n\x1a\n", "JPEG": "\xff\xd8\xff"}
_RIFF, _WEBP = b"RIFF", b"WEBP"


class PictureUnusable(ValueError):
    """Nothing can be seen in the file. Its one argument is why: "unreadable" or "too_large"."""


def sniff(start: bytes) -> str | None:
    """Pillow's name of the kind of file that has these first bytes; None for all that is not taken."""
    if start.startswith(_RIFF) and start[8:12] == _WEBP:
        return "WEBP"
    return next((kind for kind, magic in _KINDS.items() if start.startswith(magic.encode("latin-1"))), None)


def glance(data: bytes) -> Likeness:
    """What a picture is like.

    Raises:
        PictureUnusable: It is no picture, broken, or has too many pixels.
    """
    kind = sniff(data[:16])
    if kind is None:
        raise PictureUnusable("unreadable")
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureUnusable("too_large")
            image.draft("RGB", (_SIDE * 4, _SIDE * 4))
            small = _opaque(image).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise PictureUnusable("too_large") from bomb
    except (
        OSError,
        ValueError,
        ArithmeticError,
        LookupError,
        MemoryError,
        TypeError,
        SyntaxError,
        EOFError,
        Warning,
    ) as failure:
        if isinstance(failure, PictureUnusable):
            raise
        raise PictureUnusable("unreadable") from failure
    return _likeness(small)


def _opaque(image: Any) -> Any:
    """The picture on white, where it is see-through."""
    if image.mode in {"RGBA", "LA", "P", "PA"} or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        ground.alpha_composite(whole)
        return ground.convert("RGB")
    return image.convert("RGB")


def _likeness(small: Any) -> Likeness:
    bands = small.resize((1, _BANDS), Image.Resampling.BOX)
    rows = tuple(_colour(bands.getpixel((0, row))) for row in range(_BANDS))
    grey = small.convert("L").resize((16, 16), Image.Resampling.BOX)
    lights = [(grey.getpixel((x, y)), -y, x) for y in range(16) for x in range(16)]
    _, up, across = max(lights)
    steps = [(abs(lab(one)[0] - lab(other)[0]), -index) for index, (one, other) in enumerate(pairwise(rows))]
    horizon = (1 - max(steps)[1]) / _BANDS
    return Likeness(rows=rows, accents=_accents(small), light=((across + 0.5) / 16, (0.5 - up) / 16), horizon=horizon)


def _accents(small: Any) -> tuple[Colour, ...]:
    """The colours of most pixels and most strength."""
    few = small.quantize(_ACCENTS * 2, method=Image.Quantize.MEDIANCUT).convert("RGB")
    counted = few.getcolors(_SIDE * _SIDE)
    weighed = sorted(((count**0.5 * (0.03 + _strength(_colour(rgb))), rgb) for count, rgb in counted), reverse=True)
    return tuple(_colour(rgb) for _, rgb in weighed[:_ACCENTS])


def _strength(colour: Colour) -> float:
    _, a, b = lab(colour)
    return float((a * a + b * b) ** 0.5)


def _colour(rgb: Any) -> Colour:
    red, green, blue = rgb
    return named(red / 255, green / 255, blue / 255)


def _rehearse() -> None:
    """See something once in every kind: a confined process can load nothing that is not loaded."""
    for kind in (*_KINDS, "WEBP"):
        file = io.BytesIO()
        Image.new("RGB", (16, 16), "teal").save(file, kind)
        glance(file.getvalue())


def main() -> None:
    """Look once."""
    warnings.simplefilter("error")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    _rehearse()
    confine(memory=_MEMORY, seconds=_SECONDS)
    try:
        answer = json.dumps(asdict(glance(sys.stdin.buffer.read(LARGEST_FILE + 1))))
    except PictureUnusable as unusable:
        answer = str(unusable)
    sys.stdout.write(answer)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
