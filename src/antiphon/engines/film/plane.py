"""Pictures as video has them: luma as large as the picture, and two planes of colour of half its size.

A third less work than three full planes, and nothing to convert when a frame is done. The figures are BT.709's, in
the range that video has: 16 to 235, and 16 to 240 around 128.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antiphon.engines.painter.paint.canvas import Pixels

BLACK, NEUTRAL, WHITE = 16, 128, 235

_WEIGHTS = (
    np.array([[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32)
    * np.array([[219.0], [224.0], [224.0]], np.float32)
    / np.float32(255.0)
)

Bytes = NDArray[np.uint8]
"""Shape (rows, columns)."""


class Yuv(NamedTuple):
    """Three grey pictures; the second and third are half as large as the first."""

    y: Any
    u: Any
    v: Any

    def copy(self) -> "Yuv":
        """One that can be changed."""
        return Yuv(self.y.copy(), self.u.copy(), self.v.copy())


def yuv(pixels: Pixels) -> Yuv:
    """A picture of even size as video has it."""
    rows, columns = pixels.shape[:2]
    luma = pixels.reshape(-1, 3) @ _WEIGHTS[0] + np.float32(BLACK + 0.5)
    wide = pixels[0::2].astype(np.uint16) + pixels[1::2]
    small = np.asarray(wide[:, 0::2] + wide[:, 1::2], np.float32)
    chroma = small.reshape(-1, 3) @ (_WEIGHTS[1:].T / 4) + np.float32(NEUTRAL + 0.5)
    planes = [luma.reshape(rows, columns), *(chroma[:, part].reshape(rows // 2, columns // 2) for part in (0, 1))]
    return Yuv(*(picture(plane.astype(np.uint8)) for plane in planes))


def light(pixels: Pixels) -> Yuv:
    """As `yuv`, of light that is to be added: its black is 0."""
    whole = yuv(pixels)
    return whole._replace(y=picture(np.asarray(whole.y) - np.uint8(BLACK)))


def blank(size: tuple[int, int]) -> Yuv:
    """A black picture of so many columns and rows."""
    half = (size[0] // 2, size[1] // 2)
    return Yuv(Image.new("L", size, BLACK), Image.new("L", half, NEUTRAL), Image.new("L", half, NEUTRAL))


def picture(values: Bytes) -> Any:
    """A grey picture of bytes."""
    return Image.fromarray(np.ascontiguousarray(values))


def halved(grey: Any) -> Any:
    """A grey picture at half its size."""
    return grey.reduce(2)
