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
_EXIF_SOFTWARE, _EXIF_DESCRIPTION = 0x0131, 0x010E


def encoded(pixels: Pixels, format_: Format, *, seed: int) -> bytes:
    """The file of a picture. The seed is in its metadata.

    Args:
        pixels: The picture.
        format_: What kind of file.
        seed: What it was made with.
    """
    image: Any = Image.fromarray(pixels)
    file = io.BytesIO()
    match format_:
        case "png":
            about = PngImagePlugin.PngInfo()
            about.add_text("Software", "Antiphon")
            about.add_text("Seed", str(seed))
            image.save(file, "PNG", compress_level=1, pnginfo=about)
        case "jpeg":
            image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling=0, exif=_exif(seed))
        case "webp":
            image.save(file, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, exif=_exif(seed))
    return file.getvalue()


def _exif(seed: int) -> Image.Exif:
    exif = Image.Exif()
    exif[_EXIF_SOFTWARE] = "Antiphon"
    exif[_EXIF_DESCRIPTION] = f"Seed {seed}"
    return exif
