"""What is in the air before the picture: rain, snow, leaves, sparks, shafts of light."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.layers import Falling, Rays
from antiphon.engines.painter.paint.noise import line
from antiphon.engines.painter.paint.sheet import Patch, ink_of, sheet
from antiphon.engines.painter.paint.spots import Spots, spotted
from antiphon.engines.painter.paint.view import Coat, Plane, Planes, View, light_of, paint_of, smooth

_SOFT = 512


def rays(layer: Rays, view: View) -> Coat:
    """Shafts of light that fan out from the light."""
    small = view.smaller(_SOFT)
    x, y = small.columns()[None, :] - np.float32(small.light.x), small.rows()[:, None] - np.float32(small.light.y)
    angle, far = np.arctan2(x, y), np.hypot(x, y)
    shafts = line(layer.seed, "rays", np.asarray(angle, np.float32), scale=0.26, octaves=3, gain=0.5) * 0.5 + 0.5
    downward = smooth(np.cos(angle), -0.2, 0.7) if layer.spread < 2 else np.float32(1.0)  # noqa: PLR2004
    power = smooth(shafts, 0.25, 1.0) * np.exp(-far * np.float32(1.3 / layer.spread)) * smooth(far, 0.03, 0.55)
    return light_of(view, paint_of(layer.colour) * (power * downward * np.float32(layer.strength)))


def falling(layer: Falling, view: View) -> Coat:
    """Whatever falls, flies or rises."""
    return _SORTS[layer.what](layer, view)


def _scattered(layer: Falling, view: View) -> tuple[Plane, Plane, Plane]:
    """Places in pixels, and a size of 0..1, most of them small."""
    draw = grains(layer.seed, layer.what)
    right = view.left + view.width / view.scale
    x = draw.random(layer.count, dtype=np.float32) * np.float32(right - view.left + 0.4) + np.float32(view.left - 0.2)
    y = draw.random(layer.count, dtype=np.float32) * np.float32(1.2) - np.float32(0.1)
    size = draw.random(layer.count, dtype=np.float32) ** 2
    speed = {"rain": 1.6, "snow": 0.10, "leaves": 0.12, "petals": 0.08, "sparks": -0.02, "bubbles": -0.08}[layer.what]
    travelled = np.float32(view.time * speed) * (0.6 + 0.8 * size)
    y = (y + travelled + 0.1) % 1.2 - 0.1
    x = x + travelled * np.float32(layer.wind)
    return (
        (x - np.float32(view.left)) * np.float32(view.scale),
        (y - np.float32(view.top)) * np.float32(view.scale),
        size,
    )


def _rain(layer: Falling, view: View) -> Coat:
    x, y, size = _scattered(layer, view)
    length = (0.02 + 0.06 * size) * view.scale
    width = np.maximum(0.7, (0.0007 + 0.0011 * size) * view.scale)
    lean = layer.wind * 0.6
    ink = ink_of(layer.colours[0])
    patches = []
    for left, upper, long, wide in zip(x.tolist(), y.tolist(), length.tolist(), width.tolist(), strict=True):
        corners = [
            (left, upper),
            (left + wide, upper),
            (left + wide + lean * long, upper + long),
            (left + lean * long, upper + long),
        ]
        patches.append(Patch(np.array(corners, np.float32), ink))
    solid = sheet(view, patches, ground=layer.colours[0])

    def laid(first: int, last: int) -> tuple[Planes, Plane | float]:
        colour, cover = solid.laid(first, last)
        return colour * np.float32(0.34), cover * 0.34

    return Coat(top=solid.top, bottom=solid.bottom, laid=laid)


def _snow(layer: Falling, view: View) -> Coat:
    x, y, size = _scattered(layer, view)
    radius = (0.0012 + 0.0060 * size**2) * view.scale
    power = 0.92 - 0.5 * size
    return spotted(view, Spots(x, y, radius, power), paint_of(layer.colours[0]), shine=False)


def _sparks(layer: Falling, view: View) -> Coat:
    x, y, size = _scattered(layer, view)
    radius = (0.0022 + 0.007 * size) * view.scale
    return spotted(view, Spots(x, y, radius, 0.5 + 0.5 * size), paint_of(layer.colours[0]), shine=True)


def _bubbles(layer: Falling, view: View) -> Coat:
    x, y, size = _scattered(layer, view)
    radius = (0.003 + 0.011 * size) * view.scale
    return spotted(view, Spots(x, y, radius, 0.16 + 0.3 * size), paint_of(layer.colours[0]), shine=True)


def _leaves(layer: Falling, view: View) -> Coat:
    """Pointed ovals, turned anyhow."""
    x, y, size = _scattered(layer, view)
    draw = grains(layer.seed, "turns")
    turns = draw.random(layer.count) * 2 * math.pi
    thin = draw.uniform(0.2, 0.6, layer.count)
    which = draw.integers(0, len(layer.colours), layer.count)
    inks = [ink_of(colour) for colour in layer.colours]
    round_ = np.linspace(0, 2 * math.pi, 14, endpoint=False)
    oval = np.stack([np.cos(round_), np.sin(round_) * np.abs(np.sin(round_)) ** 0.6], axis=1)
    length = (0.005 + (0.012 if layer.what == "leaves" else 0.007) * size) * view.scale
    patches = []
    for index in range(layer.count):
        cos, sin = math.cos(turns[index]), math.sin(turns[index])
        leaf = oval * (length[index], length[index] * thin[index])
        turned = leaf @ np.array([[cos, sin], [-sin, cos]]) + (x[index], y[index])
        patches.append(Patch(turned.astype(np.float32), inks[which[index]]))
    return sheet(view, patches, ground=layer.colours[0])


_SORTS: Mapping[str, Callable[[Falling, View], Coat]] = {
    "rain": _rain,
    "snow": _snow,
    "leaves": _leaves,
    "petals": _leaves,
    "sparks": _sparks,
    "bubbles": _bubbles,
}
