"""Layers to planes, to plates: painted by the painter, finished as its pictures are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antiphon.engines.film.plane import Yuv, halved, light, picture, yuv
from antiphon.engines.film.plate import Area, Plate
from antiphon.engines.painter.layers import Layer
from antiphon.engines.painter.paint.canvas import coated
from antiphon.engines.painter.paint.finish import finish
from antiphon.engines.painter.paint.view import Plane, Planes, View, paint_of
from antiphon.engines.painter.scene import Scene

_GRAIN = 0.003
"""Less than a picture's: it would tremble, and it takes bits."""

_MARGIN = 4
"""Rows above what is painted, so that its edge can be between rows."""

_BAND, _GAP = 64, 64
"""Pixels."""

_NOTHING = 1 / 512
_ALL = 0.998
_FEW_ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Layers that follow one another and move as one.

    Args:
        first: The place of the first of them in the scene.
    """

    first: int
    layers: tuple[Layer, ...]
    depth: float


def view_of(scene: Scene, size: tuple[int, int], *, pad: int = 0, time: float = 0.0) -> View:
    """All of the picture, with some columns more to both sides."""
    width, height = size
    scale = float(height)
    return View(
        left=-pad / scale, top=0.0, scale=scale, width=width + 2 * pad, height=height, light=scene.light, time=time
    )


def plates(scene: Scene, group: Group, view: View) -> list[Plate]:
    """The plates of a group, at most two: what hides all behind it is one of its own."""
    pad = -round(view.left * view.scale)
    planes, cover = mixed(scene, group, view)
    finished = finish(replace(scene.grade, vignette=0.0, grain=_GRAIN), view, scene.seed + group.first)
    if group.first == 0:
        return [Plate(depth=group.depth, paint=yuv(finished(planes, 0)), left=-pad)]
    filled = np.flatnonzero(cover.max(axis=1) > _NOTHING)
    if not filled.size:
        return []
    top = max(0, int(filled[0]) - _MARGIN) // 2 * 2
    bottom = min(view.height, (int(filled[-1]) + _MARGIN + 2) // 2 * 2)
    planes, cover = planes[:, top:bottom], cover[top:bottom]
    paint = yuv(finished(spread(planes, cover), top))
    rows = bottom - top
    through = np.flatnonzero(cover.min(axis=1) < _ALL)
    solid = min(rows, (int(through[-1]) + _MARGIN) // 2 * 2) if through.size else 0
    if rows - solid < _FEW_ROWS:
        solid = rows
    made = []
    if solid:
        above = min(rows, solid + _MARGIN)
        shown = (cover[:above] * 255 + 0.5).astype(np.uint8)
        mask = picture(shown)
        made.append(
            Plate(
                depth=group.depth,
                paint=part(paint, 0, above),
                cover=(mask, halved(mask)),
                areas=areas(shown),
                left=-pad,
                top=top,
            )
        )
    if solid < rows:
        made.append(Plate(depth=group.depth, paint=part(paint, solid, rows), left=-pad, top=top + solid))
    return made


def areas(cover: NDArray[np.uint8]) -> tuple[Area, ...]:
    """Where anything is: in bands of rows, what is between gaps that are wide enough to be worth it."""
    rows, columns = cover.shape
    found = []
    for top in range(0, rows, _BAND):
        bottom = min(rows, top + _BAND)
        near = slice(max(0, top - _MARGIN), bottom + _MARGIN)
        filled = np.flatnonzero(cover[near].any(axis=0))
        for run in np.split(filled, np.flatnonzero(np.diff(filled) > _GAP) + 1):
            if run.size:
                left, right = max(0, int(run[0]) - _MARGIN), min(columns, int(run[-1]) + _MARGIN)
                found.append(Area(left=left, top=top, right=right, bottom=bottom))
    return tuple(found)


def glow(scene: Scene, layer: Layer, place: int, view: View) -> Yuv:
    """A layer of nothing but light."""
    planes, _ = mixed(scene, Group(first=place, layers=(layer,), depth=0.0), view)
    return light(np.ascontiguousarray((planes.clip(0.0, 1.0) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)))


def part(paint: Yuv, first: int, last: int) -> Yuv:
    """Some of the rows."""
    width = paint.y.size[0]
    small = (0, first // 2, width // 2, last // 2)
    return Yuv(paint.y.crop((0, first, width, last)), paint.u.crop(small), paint.v.crop(small))


def mixed(scene: Scene, group: Group, view: View) -> tuple[Planes, Plane]:
    """A group's layers over nothing: their colour with the cover multiplied into it, and the cover."""
    planes = np.zeros((3, view.height, view.width), np.float32)
    cover = np.zeros((view.height, view.width), np.float32)
    if group.first == 0:
        planes += paint_of(scene.background)
        cover += 1
    for number, layer in enumerate(group.layers, group.first):
        over = coated(scene, scene.layers[:number], layer, view)
        if over.top < over.bottom:
            colour, share = over.laid(over.top, over.bottom)
            place = np.s_[over.top : over.bottom]
            planes[:, place] *= 1.0 - share
            planes[:, place] += colour
            cover[place] += share * (1.0 - cover[place])
    return planes, cover


def spread(planes: Planes, cover: Plane) -> Planes:
    """Colours as they are without their cover, going on where there is none."""
    shown = planes / np.maximum(cover, np.float32(1e-4))
    if cover.min() > _ALL:
        return shown
    around = np.stack([_around(plane, cover) for plane in planes])
    share = (cover * 25).clip(0.0, 1.0)
    return np.asarray(around + (shown.clip(0.0, 1.5) - around) * share, dtype=np.float32)


def _around(plane: Plane, cover: Plane) -> Plane:
    """A colour near each place, from coarser and coarser means of what there is."""
    rows, columns = cover.shape
    result: Any = np.full((1, 1), plane.sum() / max(1e-3, float(cover.sum())), np.float32)
    for step in (64, 16, 4):
        size = (max(1, columns // step), max(1, rows // step))
        colour, share = (
            np.asarray(Image.fromarray(each).resize(size, Image.Resampling.BOX)) for each in (plane, cover)
        )
        before = np.asarray(Image.fromarray(result).resize(size, Image.Resampling.BILINEAR))
        weight = (share * 12).clip(0.0, 1.0)
        result = (before + (colour / np.maximum(share, np.float32(1e-4)) - before) * weight).astype(np.float32)
    return np.asarray(Image.fromarray(result).resize((columns, rows), Image.Resampling.BILINEAR))
