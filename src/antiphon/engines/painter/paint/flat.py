"""Flat shapes with soft or stippled shading, as in a printed poster."""

import math
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.layers import Shape, Shapes
from antiphon.engines.painter.paint.sheet import Outline, rounded
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, paint_of

_FINER = 3
_SPECKLES = 512


def shapes(layer: Shapes, view: View) -> Coat:
    """The shapes of a layer, in order."""
    outlines = [_outline(shape, view) for shape in layer.shapes]
    if not outlines:
        return NOTHING
    top = max(0, math.floor(min(float(outline[:, 1].min()) for outline in outlines)))
    bottom = min(view.height, math.ceil(max(float(outline[:, 1].max()) for outline in outlines)) + 1)
    if top >= bottom:
        return NOTHING
    speckles = grains(layer.seed, "stipple").random((_SPECKLES, _SPECKLES), dtype=np.float32) - np.float32(0.5)
    size = max(1, round(view.scale / 1100))

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        planes = np.zeros((3, last - first, view.width), np.float32)
        cover = np.zeros((last - first, view.width), np.float32)
        for shape, outline in zip(layer.shapes, outlines, strict=True):
            box = _box(outline, first, last, view.width)
            if box is None:
                continue
            left, upper, right, lower = box
            mask = _mask(outline, box) * np.float32(shape.alpha)
            colour = _shaded(shape, outline, box, (speckles, size))
            part = np.s_[upper - first : lower - first, left:right]
            planes[:, part[0], part[1]] *= 1 - mask
            planes[:, part[0], part[1]] += colour * mask
            cover[part] += mask * (1 - cover[part])
        return planes, cover

    return Coat(top=top, bottom=bottom, laid=laid)


def _outline(shape: Shape, view: View) -> Outline:
    points = np.array([(view.across(x), view.down(y)) for x, y in shape.points], np.float32)
    return rounded(points) if shape.round else points


def _box(outline: Outline, first: int, last: int, width: int) -> tuple[int, int, int, int] | None:
    left, upper = max(0, math.floor(outline[:, 0].min())), max(first, math.floor(outline[:, 1].min()))
    right, lower = min(width, math.ceil(outline[:, 0].max()) + 1), min(last, math.ceil(outline[:, 1].max()) + 1)
    return None if left >= right or upper >= lower else (left, upper, right, lower)


def _mask(outline: Outline, box: tuple[int, int, int, int]) -> Plane:
    left, upper, right, lower = box
    mask: Any = Image.new("L", ((right - left) * _FINER, (lower - upper) * _FINER), 0)
    corners = ((outline - np.array([left, upper], np.float32)) * _FINER).ravel().tolist()
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return np.asarray(mask.reduce(_FINER), np.float32) * np.float32(1 / 255)


def _shaded(shape: Shape, outline: Outline, box: tuple[int, int, int, int], stipple: tuple[Plane, int]) -> Planes:
    """Its colour, going over into its shade along its angle."""
    colour = paint_of(shape.colour)
    if shape.shade is None:
        return colour
    left, upper, right, lower = box
    cos, sin = np.float32(math.cos(math.radians(shape.angle))), np.float32(math.sin(math.radians(shape.angle)))
    along = outline[:, 0] * cos + outline[:, 1] * sin
    start, span = float(along.min()), max(1.0, float(along.max() - along.min()))
    x, y = np.arange(left, right), np.arange(upper, lower)
    share = (
        x.astype(np.float32)[None, :] * cos + y.astype(np.float32)[:, None] * sin - np.float32(start)
    ) / np.float32(span)
    if shape.grain:
        speckles, size = stipple
        noise = speckles[np.ix_(y // size % _SPECKLES, x // size % _SPECKLES)]
        share = share + noise * np.float32(0.75 * shape.grain)
    share = share.clip(0.0, 1.0)
    share = share * share * (3 - 2 * share)
    return np.asarray(colour + (paint_of(shape.shade) - colour) * share, dtype=np.float32)
