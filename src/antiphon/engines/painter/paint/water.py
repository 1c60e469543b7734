"""Water, with what is above it mirrored, and mist."""

from dataclasses import replace

import numpy as np

from antiphon.engines.painter.layers import Mist, Water
from antiphon.engines.painter.paint.noise import looked_up, table
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, coat_of, paint_of, smooth

_DETAIL = 1280
_SOFT = 384


def water(layer: Water, view: View, above: Planes) -> Coat:
    """Water from its far shore down.

    Args:
        layer: The water.
        view: The window.
        above: What has been painted before, of any size, of the whole window.
    """
    small = view.softer(_DETAIL)
    top, bottom = small.row(layer.top), small.row(layer.bottom)
    if top >= bottom:
        return NOTHING
    x, y = small.columns()[None, :], small.rows(top, bottom)[:, None]
    below = ((y - np.float32(layer.top)) / np.float32(max(0.2, 1 - layer.top))).clip(0.001, None)
    rough = np.float32(1.05 - layer.calm)
    slope, fine = _waves(layer, small, x - np.float32(view.light.x), below)
    shift_y = (slope - 0.5) * rough * (0.02 + 0.16 * below)
    shift_x = (fine - 0.5) * rough * 0.04
    mirrored = _mirrored(above, small, x + shift_x, np.float32(2 * layer.top) - y - shift_y.clip(-0.5, None))
    near, far, light = paint_of(layer.near), paint_of(layer.far), paint_of(layer.light)
    own = far + (near - far) * smooth(below, 0.0, 0.95)
    share = np.float32(layer.reflect) * (1 - 0.45 * smooth(below, 0.1, 1.0))
    colour = own + (mirrored - own) * share
    chop = smooth(slope, 0.5, 0.74) * rough * 0.40
    colour += (far * 0.7 + light * 0.3 - colour) * chop
    colour *= 1 - smooth(0.5 - slope, 0.0, 0.3) * rough * np.float32(0.28)
    colour += (light - colour) * _glints(layer, small, x, below, fine)
    if layer.foam:
        colour += (np.float32(0.97) - colour) * _foam(layer, x, y, small.time) * np.float32(layer.foam)
    colour += (far * 0.5 + mirrored[:, :1] * 0.5 - colour) * np.exp(-below * 40) * np.float32(0.35)
    coat = coat_of(view, colour, top=view.row(layer.top), bottom=view.row(layer.bottom))
    return replace(coat, solid=coat.top if coat.bottom >= view.seen_rows else None)


def _waves(layer: Water, small: View, x: Plane, below: Plane) -> tuple[Plane, Plane]:
    """Two kinds of waves, 0..1, seen from low above the water: flat and close to each other far away."""
    noise = table(layer.seed, "waves", first=8, octaves=5, gain=0.6)
    nearness = 1 / (below + np.float32(0.05))
    drift = np.float32(small.time * 0.01)
    depth = np.log(below + np.float32(0.015))
    long = looked_up(noise, x * nearness * 0.035 + drift, depth * 0.50 + drift * 2)
    short = looked_up(noise, x * nearness * 0.10 - drift, depth * 1.35 - drift)
    return (long * 0.5 + short * 0.5 - 0.5) * np.float32(1.3) + 0.5, short


def _mirrored(above: Planes, small: View, x: Plane, y: Plane) -> Planes:
    rows, columns = above.shape[1:]
    scale = rows / small.height
    row = ((y - np.float32(small.top)) * np.float32(small.scale * scale) - 0.5).clip(0, rows - 1.001)
    column = ((x - np.float32(small.left)) * np.float32(small.scale * scale) - 0.5).clip(0, columns - 1.001)
    upper, left = row.astype(np.int32), column.astype(np.int32)
    down, across = row - upper, column - left
    at = upper * columns + left
    corners = [at, at + 1, at + columns, at + columns + 1]
    shares = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
    return np.stack(
        [sum(plane.take(corner) * share for corner, share in zip(corners, shares, strict=True)) for plane in above]
    )


def _glints(layer: Water, small: View, x: Plane, below: Plane, fine: Plane) -> Plane:
    """The path of light to the sun or the moon: narrow far away, and broken by the waves."""
    width = np.float32(0.035 + 0.05 * (1 - layer.calm)) + below * np.float32(0.16)
    off = (x - np.float32(small.light.x)) / width
    path = np.exp(-off * off)
    noise = table(layer.seed, "glints", first=16, octaves=5, gain=0.7)
    sparks = looked_up(noise, (x - np.float32(small.light.x)) / (below + 0.07) * 0.12, np.log(below + 0.012) * 1.9)
    broken = smooth(sparks * 0.6 + fine * 0.4, 0.47, 0.62)
    return np.asarray((path * (0.2 + 0.8 * broken)).clip(0.0, 1.0) * np.float32(layer.glint), dtype=np.float32)


def _foam(layer: Water, x: Plane, y: Plane, time: float) -> Plane:
    """Lines of white along the near shore."""
    noise = table(layer.seed, "foam", first=8, octaves=6, gain=0.65)
    bend = looked_up(noise, x * 0.12, y * 0.1) - 0.5
    lace = looked_up(noise, x * 0.9, y * 2.2)
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    for number, (behind, width) in enumerate(((0.02, 0.018), (0.085, 0.014), (0.19, 0.011))):
        line = np.float32(layer.bottom - behind) + bend * 0.14 + np.float32(0.01 * np.sin(time + number))
        off = (y - line) / np.float32(width)
        edge = np.exp(-(np.where(off > 0, off * 2.2, off * 0.8) ** 2))
        total = np.maximum(total, edge * smooth(lace, 0.30 + 0.06 * number, 0.55 + 0.06 * number))
    return total


def mist(layer: Mist, view: View) -> Coat:
    """A band of fog, thicker in its middle, torn at its edges."""
    small = view.smaller(_SOFT)
    reach = layer.height * 1.2
    top, bottom = small.row(layer.y - reach), small.row(layer.y + reach)
    if top >= bottom:
        return NOTHING
    x, y = small.columns()[None, :], small.rows(top, bottom)[:, None]
    noise = table(layer.seed, "mist", first=4, octaves=5)
    drift = np.float32(small.time * 0.003)
    torn = looked_up(noise, x * 0.22 + drift, y * 0.6)
    off = (y - np.float32(layer.y) + (torn - 0.5) * np.float32(0.5 * layer.height)) / np.float32(layer.height * 0.55)
    edge = smooth(1 - np.abs(y - np.float32(layer.y)) / np.float32(reach), 0.0, 0.4)
    cover = np.exp(-off * off) * edge * np.float32(layer.density) * (0.55 + 0.75 * torn)
    cover = np.asarray(cover.clip(0.0, 1.0), dtype=np.float32)
    scale = view.height / small.height
    return coat_of(
        view,
        paint_of(layer.colour) * cover,
        cover,
        top=round(top * scale),
        bottom=min(view.height, round(bottom * scale)),
    )
