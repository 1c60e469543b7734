"""Shapes with sharp edges: polygons, drawn at twice the size and brought down."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from antiphon.engines.painter.colour import Colour, rgb
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, paint_of

_FINER = 2

Outline = NDArray[np.float32]
"""Columns and rows of corners, shape (corners, 2)."""

Ink = tuple[int, int, int]


class Patch(NamedTuple):
    """A polygon of one colour, in pixels of the window."""

    outline: Outline
    ink: Ink


def ink_of(colour: Colour) -> Ink:
    """A colour as whole numbers of 0 to 255."""
    red, green, blue = rgb(colour)
    return round(red * 255), round(green * 255), round(blue * 255)


def sheet(
    view: View,
    patches: Sequence[Patch],
    *,
    ground: Colour,
    haze: Colour | None = None,
    veil: Callable[[Plane], Plane] | None = None,
) -> Coat:
    """A coat of patches, one over the other.

    Args:
        view: The window.
        patches: What to draw.
        ground: A colour that edges may show a little of.
        haze: What the patches fade into.
        veil: From the places of rows, how much they do so.
    """
    if not patches:
        return NOTHING
    corners = np.concatenate([patch.outline for patch in patches])
    ends = np.cumsum([len(patch.outline) for patch in patches])
    starts = np.concatenate([[0], ends[:-1]])
    lefts, uppers = np.minimum.reduceat(corners, starts, axis=0).T
    rights, lowers = np.maximum.reduceat(corners, starts, axis=0).T
    inside = (rights >= 0) & (lefts <= view.width)
    if not inside.any():
        return NOTHING
    start = max(0, int(lefts[inside].min()) - 1)
    end = min(view.width, int(rights[inside].max()) + 2)
    top, bottom = max(0, int(uppers[inside].min()) - 1), min(view.height, int(lowers[inside].max()) + 2)
    if top >= bottom or start >= end:
        return NOTHING
    under = ink_of(ground)

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        chosen = np.flatnonzero(inside & (lowers >= first - 1) & (uppers <= last + 1))
        picture, mask = _drawn([patches[index] for index in chosen.tolist()], under, (start, first, end, last))
        cover = np.zeros((last - first, view.width), np.float32)
        cover[:, start:end] = mask
        colour: Planes = np.zeros((3, last - first, view.width), np.float32)
        colour[:, :, start:end] = picture * mask
        if haze is not None and veil is not None:
            share = veil(view.rows(first, last))[:, None]
            colour = colour * (1 - share) + paint_of(haze) * (share * cover)
        return colour, cover

    return Coat(top=top, bottom=bottom, laid=laid)


def _drawn(patches: Sequence[Patch], under: Ink, box: tuple[int, int, int, int]) -> tuple[Planes, Plane]:
    left, upper, right, lower = box
    # Four plain bands, the fourth for the cover: of the modes that have four, this one is brought down as it is.
    picture: Any = Image.new("CMYK", ((right - left) * _FINER, (lower - upper) * _FINER), (*under, 0))
    pen = ImageDraw.Draw(picture)
    shift = np.array([left, upper], np.float32)
    for outline, ink in patches:
        pen.polygon(((outline - shift) * _FINER).ravel().tolist(), fill=(*ink, 255))
    # Band by band: what lies together in memory is worked on faster.
    bands = np.stack([np.asarray(part) for part in picture.reduce(_FINER).split()]) * np.float32(1 / 255)
    return bands[:3], bands[3]


def thick(points: Outline, widths: NDArray[np.float32]) -> Outline:
    """The outline of a line through points that is so wide at each."""
    along = np.gradient(points, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
    across = np.stack([-along[:, 1] / length, along[:, 0] / length], axis=1) * widths[:, None] / 2
    return np.asarray(np.concatenate([points + across, (points - across)[::-1]]), dtype=np.float32)


def rounded(points: Outline, *, steps: int = 8) -> Outline:
    """A closed curve through the points (Catmull and Rom's)."""
    before, after, beyond = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    parts = []
    for step in range(steps):
        t = step / steps
        parts.append(
            0.5
            * (
                2 * points
                + (after - before) * t
                + (2 * before - 5 * points + 4 * after - beyond) * t**2
                + (3 * points - before - 3 * after + beyond) * t**3
            )
        )
    return np.asarray(np.stack(parts, axis=1).reshape(-1, 2), dtype=np.float32)
