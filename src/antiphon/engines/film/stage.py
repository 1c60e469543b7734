"""The stage: a scene's layers, painted once each, as plates that move by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from antiphon.engines.film.plane import Yuv, halved, picture, yuv
from antiphon.engines.film.plate import Plate, window
from antiphon.engines.painter.paint.canvas import coated
from antiphon.engines.painter.paint.finish import finish
from antiphon.engines.painter.paint.view import Plane, Planes, View, paint_of
from antiphon.engines.painter.scene import Camera, Layer, Scene

_TOGETHER = 0.045
"""Layers whose depths differ by no more move as one."""

_MOST = 3.6
"""Frames' worth of plates that are drawn into a frame at the most; where there are more layers, more go together."""

_GRAIN = 0.003
_MARGIN = 4
"""Rows above what is painted, so that its edge can be between rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Layers that are one plate.

    Args:
        first: The place of the first of them in the scene.
        layers: They follow one another.
    """

    first: int
    layers: tuple[Layer, ...]
    depth: float


def grouped(scene: Scene) -> list[Group]:
    groups: list[Group] = []
    for number, layer in enumerate(scene.layers):
        last = groups[-1] if groups else None
        if last is not None and abs(layer.depth - last.depth) <= _TOGETHER:
            groups[-1] = replace(last, layers=(*last.layers, layer))
        else:
            groups.append(Group(first=number, layers=(layer,), depth=layer.depth))
    return groups


def staged(scene: Scene, *, width: int, height: int) -> list[Plate]:
    plates = []
    for group in grouped(scene):
        plates += painted(scene, group, width=width, height=height)
    return plates


def painted(scene: Scene, group: Group, *, width: int, height: int, pad: int = 0) -> list[Plate]:
    """The plates of a group: what hides all behind it is one of its own."""
    view = View(left=-pad / height, top=0.0, scale=float(height), width=width + 2 * pad, height=height, light=scene.light)
    planes, cover = mixed(scene, group, view)
    grade = replace(scene.grade, vignette=0.0, grain=_GRAIN)
    finished = finish(grade, view, scene.seed + group.first)
    if group.first == 0:
        return [Plate(depth=group.depth, paint=yuv(finished(planes, 0)), left=-pad)]
    filled = np.flatnonzero(cover.max(axis=1) > 1 / 512)
    if not filled.size:
        return []
    top = max(0, int(filled[0]) - _MARGIN) // 2 * 2
    bottom = min(height, (int(filled[-1]) + _MARGIN + 2) // 2 * 2)
    planes, cover = planes[:, top:bottom], cover[top:bottom]
    paint = yuv(finished(spread(planes, cover), top))
    through = np.flatnonzero(cover.min(axis=1) < 0.998)
    solid = min(bottom - top, (int(through[-1]) + 4) // 2 * 2) if through.size else 0
    plates = []
    if solid:
        above = solid if bottom < height or bottom - top - solid < 8 else min(bottom - top, solid + _MARGIN)
        mask = picture((cover[:above] * 255 + 0.5).astype(np.uint8))
        plates.append(Plate(depth=group.depth, paint=rows(paint, 0, above), cover=(mask, halved(mask)), left=-pad, top=top))
    if bottom - top - solid >= 8:
        plates.append(Plate(depth=group.depth, paint=rows(paint, solid, bottom - top), left=-pad, top=top + solid))
    return plates


def rows(paint: Yuv, first: int, last: int) -> Yuv:
    width = paint.y.size[0]
    return Yuv(
        paint.y.crop((0, first, width, last)),
        paint.u.crop((0, first // 2, width // 2, last // 2)),
        paint.v.crop((0, first // 2, width // 2, last // 2)),
    )


def mixed(scene: Scene, group: Group, view: View) -> tuple[Planes, Plane]:
    """A group's layers over nothing: their colour with the cover multiplied into it, and the cover."""
    planes = np.zeros((3, view.height, view.width), np.float32)
    cover = np.zeros((view.height, view.width), np.float32)
    if group.first == 0:
        planes += paint_of(scene.background)
        cover += 1
    for number, layer in enumerate(group.layers, group.first):
        over = coated(scene, scene.layers[:number], layer, view)
        if over.top >= over.bottom:
            continue
        colour, share = over.laid(over.top, over.bottom)
        part = np.s_[over.top : over.bottom]
        planes[:, part] *= 1.0 - share
        planes[:, part] += colour
        cover[part] += share * (1.0 - cover[part])
    return planes, cover


def spread(planes: Planes, cover: Plane) -> Planes:
    """Colours as they are without their cover, going on where there is none."""
    shown = planes / np.maximum(cover, np.float32(1e-4))
    if cover.min() > 0.02:
        return shown
    around = np.stack([_around(plane, cover) for plane in planes])
    share = (cover * 25).clip(0.0, 1.0)
    return np.asarray(around + (shown.clip(0.0, 1.5) - around) * share, dtype=np.float32)


def _around(plane: Plane, cover: Plane) -> Plane:
    """A colour near each place, from coarser and coarser means of what there is."""
    rows_, columns = cover.shape
    result: Any = np.full((1, 1), plane.sum() / max(1e-3, cover.sum()), np.float32)
    for step in (64, 16, 4):
        size = (max(1, columns // step), max(1, rows_ // step))
        colour, share = (np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX)) for values in (plane, cover))
        before = np.asarray(Image.fromarray(result).resize(size, Image.Resampling.BILINEAR))
        weight = (share * 12).clip(0.0, 1.0)
        result = before + (colour / np.maximum(share, np.float32(1e-4)) - before) * weight
    return np.asarray(Image.fromarray(np.asarray(result, np.float32)).resize((columns, rows_), Image.Resampling.BILINEAR))
