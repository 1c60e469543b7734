"""Soft round spots: stars, flakes, sparks."""

from typing import NamedTuple

import numpy as np

from antiphon.engines.painter.paint.view import Coat, Plane, Planes, View

_REACH = 2.6
"""Radii after which nothing is left of a spot."""


class Spots(NamedTuple):
    """Where spots are, in pixels, how large, and how strong, 0 to 1. All of shape (spots,)."""

    x: Plane
    y: Plane
    radius: Plane
    power: Plane


def spotted(view: View, spots: Spots, colour: Planes, *, shine: bool, bottom: int | None = None) -> Coat:
    """A coat of spots.

    Args:
        view: The window.
        spots: Where they are.
        colour: Theirs, as planes of one pixel; or of shape (3, spots), one for each.
        shine: That they add light, instead of covering.
        bottom: The row after the last that they are in.
    """
    radius = np.maximum(spots.radius, np.float32(0.55))
    dots = np.stack([spots.x, spots.y, radius, spots.power * (spots.radius / radius) ** 1.2]).astype(np.float32)
    each = np.broadcast_to(colour.reshape(3, -1), (3, dots.shape[1]))
    keep = (dots[0] > -20) & (dots[0] < view.width + 20) & (dots[3] > 0.02)  # noqa: PLR2004 - too faint to see
    dots, each = dots[:, keep], each[:, keep]

    def laid(first: int, last: int) -> tuple[Planes, Plane | float]:
        cover = np.zeros((last - first, view.width), np.float32)
        planes = np.zeros((3, last - first, view.width), np.float32)
        near = (dots[1] > first - _REACH * dots[2] - 1) & (dots[1] < last + _REACH * dots[2] + 1)
        for (x, y, size, power), tint in zip(dots[:, near].T.tolist(), each[:, near].T, strict=True):
            box = _box(x, y, _REACH * size + 1, (first, last, view.width))
            if box is None:
                continue
            upper, lower, left, right = box
            down = np.arange(upper, lower, dtype=np.float32)[:, None] + np.float32(first + 0.5 - y)
            across = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - x)
            spot = np.exp((down * down + across * across) * np.float32(-0.9 / (size * size))) * np.float32(power)
            if shine:
                planes[:, upper:lower, left:right] += tint[:, None, None] * spot
            else:
                cover[upper:lower, left:right] += spot * (1 - cover[upper:lower, left:right])
        return (planes, 0.0) if shine else (np.asarray(colour * cover, np.float32), cover)

    return Coat(top=0, bottom=view.height if bottom is None else bottom, laid=laid)


def _box(x: float, y: float, reach: float, band: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    first, last, width = band
    upper, lower = max(0, int(y - reach) - first), min(last - first, int(y + reach) + 1 - first)
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    return None if upper >= lower or left >= right else (upper, lower, left, right)
