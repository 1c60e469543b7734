"""Scene to pixels: every layer is made ready once, then the picture is painted in bands of rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.painter.heavens import Aurora, Clouds, Disc, Nebula, Planet, Rainbow, Sky, Stars
from antiphon.engines.painter.layers import Buildings, Falling, Layer, Letters, Mist, Rays, Ridge, Shapes, Trees, Water
from antiphon.engines.painter.paint.air import falling, rays
from antiphon.engines.painter.paint.finish import finish
from antiphon.engines.painter.paint.flat import shapes
from antiphon.engines.painter.paint.letters import letters
from antiphon.engines.painter.paint.ridge import ridge
from antiphon.engines.painter.paint.sky import aurora, clouds, disc, rainbow, sky, stars
from antiphon.engines.painter.paint.space import nebula, planet
from antiphon.engines.painter.paint.town import town
from antiphon.engines.painter.paint.trees import trees
from antiphon.engines.painter.paint.view import Coat, Planes, View, paint_of
from antiphon.engines.painter.paint.water import mist, water
from antiphon.engines.painter.scene import (
    Scene,
)

Pixels = NDArray[np.uint8]
"""Shape (rows, columns, 3), sRGB."""

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""

_BAND = 1 << 18
"""Pixels that are painted at once: a few megabytes stay in the processor's cache."""

_MIRROR = 512
"""Pixels on the long side of what water mirrors."""

_READY = 0.4
"""The share of the work that making layers ready is, near enough."""

_MAKERS: dict[type, Callable[[Any, View], Coat]] = {
    Sky: sky,
    Stars: stars,
    Disc: disc,
    Clouds: clouds,
    Aurora: aurora,
    Rainbow: rainbow,
    Ridge: ridge,
    Mist: mist,
    Rays: rays,
    Falling: falling,
    Trees: trees,
    Buildings: town,
    Shapes: shapes,
    Nebula: nebula,
    Planet: planet,
    Letters: letters,
}


def painted(scene: Scene, *, width: int, height: int, progress: Progress = lambda _share: None) -> Pixels:
    """The picture of a scene.

    Args:
        scene: What to paint.
        width: Columns.
        height: Rows; the scene is as high as the picture, whatever its width.
        progress: Called now and then.
    """
    view = window(scene, width=width, height=height)
    coats = _ready(scene, scene.layers, view, lambda share: progress(share * _READY))
    finished = finish(scene.grade, view, scene.seed)
    pixels = np.empty((height, width, 3), np.uint8)
    for top, planes in _bands(scene, coats, view):
        rows = planes.shape[1]
        pixels[top : top + rows] = finished(planes, top)
        progress(_READY + (1 - _READY) * (top + rows) / height)
    return pixels


def window(scene: Scene, *, width: int, height: int) -> View:
    """All of a scene, in so many pixels."""
    return View(left=0.0, top=0.0, scale=float(height), width=width, height=height, light=scene.light)


def planes_of(scene: Scene, layers: Sequence[Layer], view: View) -> Planes:
    """Some layers of a scene, without the last hand: what water mirrors."""
    return np.concatenate([planes for _, planes in _bands(scene, _ready(scene, layers, view), view)], axis=1)


def _ready(scene: Scene, layers: Sequence[Layer], view: View, progress: Progress = lambda _share: None) -> list[Coat]:
    coats: list[Coat] = []
    floor = view.height
    for number in reversed(range(len(layers))):  # What is hidden need not be made.
        coat = coated(scene, layers[:number], layers[number], replace(view, floor=floor))
        coats.append(replace(coat, bottom=min(coat.bottom, floor)))
        floor = floor if coat.solid is None else max(1, min(floor, coat.solid))
        progress((len(layers) - number) / len(layers))
    return coats[::-1]


def coated(scene: Scene, before: Sequence[Layer], layer: Layer, view: View) -> Coat:
    """A layer made ready; `before` are those behind it, for water to mirror."""
    if isinstance(layer, Water):
        seen = view.seen(scene.camera, layer.depth)
        mirror = replace(view, floor=min(view.height, seen.row(layer.top) + 4)).smaller(_MIRROR)
        return water(layer, seen, planes_of(scene, before, mirror))
    return _MAKERS[type(layer)](layer, view.seen(scene.camera, layer.depth))


def _bands(scene: Scene, coats: Sequence[Coat], view: View) -> "Any":
    step = max(1, _BAND // view.width)
    ground = paint_of(scene.background)
    for top in range(0, view.height, step):
        bottom = min(view.height, top + step)
        planes = np.empty((3, bottom - top, view.width), np.float32)
        planes[:] = ground
        for coat in coats:
            first, last = max(top, coat.top), min(bottom, coat.bottom)
            if first < last:
                colour, cover = coat.laid(first, last)
                part = planes[:, first - top : last - top]
                part *= 1.0 - cover
                part += colour
        yield top, planes
