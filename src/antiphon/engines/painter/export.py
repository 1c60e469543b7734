"""Pictures as files. The same pixels give the same bytes."""

import io
from collections.abc import Mapping
from typing import Any, Literal

from PIL import Image, PngImagePlugin

from antiphon.engines.painter.paint.canvas import Pixels

Format = Literal["png", "jpeg", "webp"]

ENDINGS: Mapping[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}

_JPEG_QUALITY, _WEBP_QUALITY = 92, 88
_WEBP_EFFORT = 2  # Of 6: half the time of the usual, for a twentieth more bytes.
_EXIF_SOFTWARE, _EXIF_DESCRIPTION, _EXIF_TITLE = 0x0131, 0x010E, 0x9C9B


def encoded(pixels: Pixels, format_: Format, *, seed: int, title: str = "") -> bytes:
    """The file of a picture. Seed and title are in its metadata.

    Args:
        pixels: The picture.
        format_: What kind of file.
        seed: What it was made with.
        title: What it is called; "" for nothing.
    """
    title = "".join(letter for letter in title if letter.isprintable())  # A PNG's text must not have a zero in it.
    image: Any = Image.fromarray(pixels)
    file = io.BytesIO()
    match format_:
        case "png":
            about = PngImagePlugin.PngInfo()
            about.add_text("Software", "Antiphon")
            about.add_text("Seed", str(seed))
            if title:
                about.add_itxt("Title", title)
            image.save(file, "PNG", compress_level=1, pnginfo=about)
        case "jpeg":
            image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling=0, exif=_exif(seed, title))
        case "webp":
            image.save(file, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, exif=_exif(seed, title))
    return file.getvalue()


def _exif(seed: int, title: str) -> Image.Exif:
    exif = Image.Exif()
    exif[_EXIF_SOFTWARE] = "Antiphon"
    exif[_EXIF_DESCRIPTION] = f"Seed {seed}"
    if title:
        exif[_EXIF_TITLE] = f"{title}\0".encode("utf-16-le")  # The one of its fields that has all scripts.
    return exif
