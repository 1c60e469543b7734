"""Trees and other plants where they stand.

Each kind of plant of a layer is drawn once, as large as the largest of them; plants are copies of these, made smaller.
"""

import functools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.layers import Plant, Sort, Trees
from antiphon.engines.painter.paint.growth import VARIANTS, Bit, Part, grown
from antiphon.engines.painter.paint.sheet import Ink, Patch, ink_of, sheet
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, paint_of

_WHITE = Colour("#ffffff")
_FINER = 1.5
_FEW = 8
"""Plants of a layer, up to which each is drawn by itself."""

_KINDS = 5
"""Of plants in a layer, each of which may be mirrored."""

_FEW_PIXELS = 40
"""Of the highest plant, below which its bright and dark bits are not drawn."""

_SIZES = 5
"""Of copies, in an octave."""

_SMALL: frozenset[Part] = frozenset({"bright", "dark"})


class _Stamp(NamedTuple):
    """A plant as drawn, for plants of one height.

    Args:
        images: Red, green, blue and cover as four plain bands; where nothing is, it has the colour of leaves. Each
            is half as large as the one before.
        foot: How far its foot is from its left edge and from its upper one, in pixels of the first.
        size: Its height in pixels of the first.
        made: What has been made of it, by width and height.
    """

    images: tuple[Any, ...]
    foot: tuple[float, float]
    size: float
    made: dict[tuple[int, int], Any]


class _Copy(NamedTuple):
    """Where a stamp goes: the column and row of its corner."""

    image: Any
    left: int
    top: int


def trees(layer: Trees, view: View) -> Coat:
    """The plants of a layer, in order."""
    if len(layer.plants) <= _FEW:
        return _drawn(layer, view)
    copies = _copies(layer, view)
    if not copies:
        return NOTHING
    top, bottom = (
        max(0, min(copy.top for copy in copies)),
        min(view.seen_rows, max(copy.top + copy.image.height for copy in copies)),
    )
    left, right = (
        max(0, min(copy.left for copy in copies)),
        min(view.width, max(copy.left + copy.image.width for copy in copies)),
    )
    if top >= bottom or left >= right:
        return NOTHING
    low = np.float32(max(plant.y for plant in layer.plants))
    high = np.float32(min(plant.y - plant.height for plant in layer.plants))
    haze = paint_of(layer.haze)

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        band = _stamped(copies, (left, first, right, last))
        cover = np.zeros((last - first, view.width), np.float32)
        colour = np.zeros((3, last - first, view.width), np.float32)
        cover[:, left:right] = band[3]
        share = ((view.rows(first, last) - high) / max(low - high, np.float32(0.01))).clip(0.0, 1.0)
        veil = (np.float32(layer.air) + np.float32((1 - layer.air) * layer.mist) * share**1.5)[:, None]
        inked = band[:3]
        if layer.air or layer.mist:
            inked *= 1 - veil
            inked += haze * veil
        np.multiply(inked, band[3], out=colour[:, :, left:right])
        return colour, cover

    return Coat(top=top, bottom=bottom, laid=laid)


def _drawn(layer: Trees, view: View) -> Coat:
    """Plants without stamps."""
    inks = _inks(layer.colour, layer.lit, layer.wood, layer.snow, layer.blossom)
    patches = []
    for plant in layer.plants:
        size, side = plant.height * view.scale, 1 if view.light.x >= plant.x else -1
        place = np.array([view.across(plant.x), view.down(plant.y)], np.float32)
        scale, mine = np.array([side * size, size], np.float32), inks[plant.seed % _KINDS % len(inks)]
        for part, outline in grown(layer.sort, plant.seed % VARIANTS):
            if part in mine and not (size < _FEW_PIXELS and part in _SMALL):
                patches.append(Patch(outline * scale + place, mine[part]))

    def veil(y: Plane) -> Plane:
        return np.full_like(y, layer.air)

    return sheet(view, patches, ground=layer.colour, haze=layer.haze, veil=veil if layer.air else None)


def _copies(layer: Trees, view: View) -> list[_Copy]:
    tallest = max((plant.height for plant in layer.plants), default=0.0) * view.scale
    if tallest < 1:
        return []
    inks = _inks(layer.colour, layer.lit, layer.wood, layer.snow, layer.blossom)
    stamps: dict[tuple[int, int], _Stamp] = {}
    copies = []
    for plant in layer.plants:
        kind, side = plant.seed % _KINDS, 1 if view.light.x >= plant.x else -1
        if (kind, side) not in stamps:
            stamps[kind, side] = _stamp(
                layer.sort, (kind * 5 + layer.plants[0].seed) % VARIANTS, side, tallest, inks[kind % len(inks)]
            )
        copies += _copy(stamps[kind, side], plant, view)
    return copies


def _copy(stamp: _Stamp, plant: Plant, view: View) -> list[_Copy]:
    scale = 2 ** (round(_SIZES * math.log2(plant.height * view.scale / stamp.size)) / _SIZES)
    size = max(1, round(stamp.images[0].width * scale)), max(1, round(stamp.images[0].height * scale))
    left, top = round(view.across(plant.x) - stamp.foot[0] * scale), round(view.down(plant.y) - stamp.foot[1] * scale)
    if left >= view.width or left + size[0] <= 0 or top >= view.seen_rows or top + size[1] <= 0:
        return []
    if size not in stamp.made:
        level = max(0, min(len(stamp.images) - 1, int(-math.log2(scale))))
        bands = np.asarray(stamp.images[level].resize(size, Image.Resampling.BILINEAR))
        stamp.made[size] = Image.frombuffer("RGBA", size, bands.tobytes(), "raw", "RGBA", 0, 1)
    return [_Copy(stamp.made[size], left, top)]


def _stamp(sort: Sort, variant: int, side: int, size: float, inks: Mapping[Part, Ink]) -> _Stamp:
    bits = [bit for bit in grown(sort, variant) if bit.part in inks and not (size < _FEW_PIXELS and bit.part in _SMALL)]
    left, top, right, bottom = _bounds(tuple(bits), side)
    size *= _FINER
    corner = np.array([left, top], np.float32) - np.float32(2 / size)
    # Of the modes that have four bands, this one is made smaller as it is.
    width, height = math.ceil((right - left) * size) + 4, math.ceil((bottom - top) * size) + 4
    image: Any = Image.new("CMYK", (width, height), (*inks["leaf"], 0))
    pen = ImageDraw.Draw(image)
    scale = np.array([side, 1], np.float32)
    for part, outline in bits:
        pen.polygon(((outline * scale - corner) * np.float32(size)).ravel().tolist(), fill=(*inks[part], 255))
    images = (image, image.reduce(2))
    return _Stamp(images, (-left * size + 2, -top * size + 2), size, {})


def _bounds(bits: tuple[Bit, ...], side: int) -> tuple[float, float, float, float]:
    every = np.concatenate([bit.outline for bit in bits]) * np.array([side, 1], np.float32)
    (left, top), (right, bottom) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    return left, top, right, bottom


def _stamped(copies: list[_Copy], box: tuple[int, int, int, int]) -> Planes:
    """The copies on a part of the window: red, green, blue and cover, 0 to 1."""
    left, upper, right, lower = box
    band: Any = Image.new("RGBA", (right - left, lower - upper))
    for image, x, y in copies:
        if y >= lower or y + image.height <= upper:
            continue
        cut_x, cut_y = max(0, left - x), max(0, upper - y)
        end_x, end_y = min(image.width, right - x), min(image.height, lower - y)
        if cut_x < end_x and cut_y < end_y:
            band.alpha_composite(image, (x + cut_x - left, y + cut_y - upper), (cut_x, cut_y, end_x, end_y))
    # Band by band: what lies together in memory is worked on faster.
    return np.stack([np.asarray(part) for part in band.split()]) * np.float32(1 / 255)


@functools.lru_cache(maxsize=64)
def _inks(
    colour: Colour, lit: Colour, wood: Colour, snow: float, blossom: tuple[Colour, ...]
) -> tuple[Mapping[Part, Ink], ...]:
    """The inks of plants of one layer, a little different for every third kind."""
    sets = []
    for number, towards in enumerate((0.0, 0.12, 0.22)):
        body = mixed(colour, lit, towards)
        inks: dict[Part, Ink] = {
            "wood": ink_of(wood),
            "dark": ink_of(mixed(body, wood, 0.35)),
            "leaf": ink_of(mixed(body, lit, 0.28)),
            "lit": ink_of(mixed(body, lit, 0.72)),
            "bright": ink_of(mixed(lit, _WHITE, 0.16)),
        }
        if snow > 0:
            inks["snow"] = ink_of(mixed(mixed(body, _WHITE, 0.25 + 0.65 * snow), colour, 0.1 * number))
        if blossom:
            inks["blossom"] = ink_of(blossom[number % len(blossom)])
        sets.append(inks)
    return tuple(sets)
