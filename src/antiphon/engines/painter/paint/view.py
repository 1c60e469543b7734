"""What part of a scene is painted at which size, and the coats of paint that are laid on it.

Pictures are planes while they are painted: float32, shape (3, rows, columns), sRGB in 0..1. A coat is a colour that
its cover has been multiplied into, and that cover; so light that is added is a coat with a cover of 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antiphon.engines.painter.colour import Colour, ramp, rgb
from antiphon.engines.painter.scene import Camera, Light

Plane = NDArray[np.floating[Any]]
"""Shape (rows, columns)."""

Planes = NDArray[np.floating[Any]]
"""Shape (3, rows, columns), or what broadcasts to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A window onto a scene.

    Args:
        left: Its left edge, in heights of the scene.
        top: Its upper edge.
        scale: Pixels in a height of the scene.
        width: Its columns.
        height: Its rows.
        light: The scene's.
        floor: The row from which on all is hidden by what is before it; 0 where that is not known.
        time: Seconds.
    """

    left: float
    top: float
    scale: float
    width: int
    height: int
    light: Light
    floor: int = 0
    time: float = 0.0

    @property
    def seen_rows(self) -> int:
        """How many rows from the top may be seen."""
        return self.floor or self.height

    def columns(self) -> Plane:
        """The place of the middle of every column."""
        return np.asarray(self.left + (np.arange(self.width) + 0.5) / self.scale, dtype=np.float32)

    def rows(self, top: int = 0, bottom: int | None = None) -> Plane:
        """The place of the middle of rows."""
        end = self.height if bottom is None else bottom
        return np.asarray(self.top + (np.arange(top, end) + 0.5) / self.scale, dtype=np.float32)

    def across(self, x: float) -> float:
        """The column of a place."""
        return (x - self.left) * self.scale

    def down(self, y: float) -> float:
        """The row of a place."""
        return (y - self.top) * self.scale

    def row(self, y: float) -> int:
        """The row of a place, of those that there are."""
        return min(self.height, max(0, round(self.down(y))))

    def smaller(self, most: int) -> "View":
        """The same window with at most so many pixels on its long side."""
        long = max(self.width, self.height)
        if long <= most:
            return self
        width, height = max(1, round(self.width * most / long)), max(1, round(self.height * most / long))
        return replace(
            self,
            scale=self.scale * width / self.width,
            width=width,
            height=height,
            floor=min(height, -(-self.seen_rows * height // self.height) + 2),
        )

    def softer(self, most: int) -> "View":
        """The same window for what is a little soft: an eighth less, and at most so many pixels on its long side."""
        return self.smaller(min(most, max(512, max(self.width, self.height) * 7 // 8)))

    def seen(self, camera: Camera, depth: float) -> "View":
        """The window that a camera has on what is at a depth."""
        zoom = 1.0 + (camera.zoom - 1.0) * depth
        middle_x, middle_y = self.left + self.width / self.scale / 2, self.top + self.height / self.scale / 2
        return replace(
            self,
            left=middle_x + camera.x * depth - self.width / self.scale / 2 / zoom,
            top=middle_y + camera.y * depth - self.height / self.scale / 2 / zoom,
            scale=self.scale * zoom,
            time=camera.time,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """A layer, ready to be painted.

    Args:
        top: Its first row.
        bottom: The row after its last.
        solid: The row from which on nothing shows through it; None where there is none.
        laid: From a first row and the row after a last, the colour and the cover of those between.
    """

    top: int
    bottom: int
    laid: Callable[[int, int], tuple[Planes, Plane | float]]
    solid: int | None = None


NOTHING = Coat(top=0, bottom=0, laid=lambda _top, _bottom: (np.zeros((3, 1, 1), np.float32), 0.0))


def paint_of(colour: Colour) -> Planes:
    """A colour as planes of one pixel."""
    return np.array(rgb(colour), np.float32).reshape(3, 1, 1)


def shades(stops: tuple[Colour, ...], count: int = 256) -> Planes:
    """A table of colours from the first stop to the last, shape (3, count)."""
    steps = 17 * max(1, len(stops) - 1)
    table = np.array([rgb(ramp(stops, step / (steps - 1))) for step in range(steps)], np.float32)
    at = np.linspace(0, steps - 1, count)
    return np.stack([np.interp(at, np.arange(steps), table[:, part]) for part in range(3)]).astype(np.float32)


def resized(plane: Plane, *, width: int, height: int, box: tuple[float, float]) -> Plane:
    """The rows of a plane from `box[0]` to `box[1]`, at another size."""
    columns = plane.shape[1]
    if columns == width and box[0] == int(box[0]) and box[1] - box[0] == height:
        return plane[int(box[0]) : int(box[1])]
    image: Any = Image.fromarray(plane)
    return np.asarray(
        image.resize((width, height), Image.Resampling.BICUBIC, box=(0.0, box[0], float(columns), box[1]))
    )


def enlarged(plane: Plane, *, width: int, height: int, top: int, bottom: int) -> Plane:
    """Rows `top` to `bottom` of a plane as it is at another size."""
    each = plane.shape[0] / height
    return resized(plane, width=width, height=bottom - top, box=(top * each, bottom * each))


def coat_of(view: View, planes: Planes, cover: Plane | None = None, *, top: int = 0, bottom: int | None = None) -> Coat:
    """A coat of a small picture of the window.

    Args:
        view: The window.
        planes: The colours, the cover multiplied into them, of any size.
        cover: Of the same size; None where nothing shows through, and that of light is 0 everywhere.
        top: The first row of the window that it has.
        bottom: The row after the last one.
    """
    end = view.height if bottom is None else bottom

    def part(plane: Plane, first: int, last: int) -> Plane:
        return enlarged(plane, width=view.width, height=end - top, top=first - top, bottom=last - top)

    def laid(first: int, last: int) -> tuple[Planes, Plane | float]:
        colour = np.stack([part(plane, first, last) for plane in planes])
        return colour, 1.0 if cover is None else part(cover, first, last).clip(0.0, 1.0)

    return Coat(top=top, bottom=end, laid=laid)


def light_of(view: View, planes: Planes) -> Coat:
    """As `coat_of`, of light that is added."""

    def laid(first: int, last: int) -> tuple[Planes, Plane | float]:
        parts = [enlarged(p, width=view.width, height=view.height, top=first, bottom=last) for p in planes]
        return np.stack(parts).clip(0.0, None), 0.0

    return Coat(top=0, bottom=view.height, laid=laid)


def smooth(values: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, and an ease between."""
    share = ((values - np.float32(low)) / np.float32(high - low)).clip(0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)
