"""Mountains, hills, dunes and the ground: a strip of land, lit from one side and seen from the front.

The strip is a table of heights over places from left to right and from front to back. What of it is seen in a column,
the highest so far tells: each step back adds the rows by which it rises above all before it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.painter.layers import Form, Ridge
from antiphon.engines.painter.paint.noise import line, looked_up, table
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, paint_of, resized, smooth

_DETAIL = 1536
"""Pixels on the long side of what is on the land; its crest is as sharp as the picture."""

_STEPS = 112
"""From front to back."""

_TILT: Mapping[Form, float] = {"alpine": 0.05, "rolling": 0.10, "dunes": 0.12, "mesa": 0.02, "cliff": 0.02}
"""How much higher the back is than the front, in heights of the picture: how far one looks down on it."""


_CRACKED: frozenset[Form] = frozenset({"alpine", "mesa", "cliff"})


def ridge(layer: Ridge, view: View) -> Coat:
    """One strip of land, and all below it."""
    small = view.softer(_DETAIL)
    x = small.columns()
    heights = _FORMS[layer.form](layer, x)
    steps = np.linspace(0.0, 1.0, _STEPS, dtype=np.float32)[:, None]
    tilt = np.float32(_TILT[layer.form] * min(1.0, 0.2 + layer.height * 3))
    risen = np.maximum.accumulate(heights + steps * tilt, axis=0)
    crest = np.float32(layer.base) - risen[-1]
    full = view.columns()
    edge = np.interp(full, x, crest).astype(np.float32)
    edge -= line(layer.seed, "edge", full, scale=0.03, octaves=4, gain=0.6) * np.float32(0.0035 * layer.rough)
    top = max(0, view.row(float(edge.min())) - 1)
    if top >= view.seen_rows:
        return NOTHING
    skipped = max(0, min(small.seen_rows - 2, small.row(float(crest.min())) - 8))
    planes = _coloured(layer, small, heights, risen, (skipped, small.seen_rows))
    per_row = small.height / view.height

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        cover = (view.rows(first, last)[:, None] * view.scale - edge * np.float32(view.scale) + 0.5).clip(0.0, 1.0)
        box = (max(0.0, first * per_row - skipped), max(0.5, last * per_row - skipped))
        return np.stack(
            [resized(plane, width=view.width, height=last - first, box=box) for plane in planes]
        ) * cover, cover

    solid = min(view.height, view.row(float(edge.max())) + 2)
    return Coat(top=top, bottom=view.seen_rows, laid=laid, solid=solid)


def _coloured(layer: Ridge, small: View, heights: Plane, risen: Plane, part: tuple[int, int]) -> Planes:
    """The colours of the strip as it is seen, of the rows of a part of the window."""
    light, snowy = _lit(layer, small, heights)
    index, share = _seen(layer, small, risen, part)
    before = np.maximum(index - small.width, 0)

    def between(values: Plane) -> Plane:
        flat = values.ravel()
        first = flat[before]
        return np.asarray(first + (flat[index] - first) * share, dtype=np.float32)

    rows = small.rows(*part)[:, None]
    tone = between(light)
    if layer.form in _CRACKED:
        tone = (tone + _cracks(layer, small.columns()[None, :], rows)).clip(0.0, 1.0)
    lift = ((np.float32(layer.base) - rows) / np.float32(max(0.02, float(risen[-1].max())))).clip(0.0, 1.0)
    shade, lit = paint_of(layer.shade), paint_of(layer.lit)
    colour: Planes = shade + (lit - shade) * tone
    if layer.grass:
        colour = _grown(
            layer, colour, tone, (small.columns()[None, :], rows - np.float32(layer.base - risen[-1].max() - 0.06))
        )
    if layer.snow > 0:
        snow_shade, snow_lit = paint_of(layer.snow_shade), paint_of(layer.snow_lit)
        colour += (snow_shade + (snow_lit - snow_shade) * smooth(tone, 0.1, 0.75) - colour) * between(snowy)
    veil = np.float32(layer.air) + np.float32((1 - layer.air) * layer.mist) * (1 - lift) ** 2
    colour += (paint_of(layer.haze) - colour) * veil
    return np.asarray(colour, dtype=np.float32)


def _cracks(layer: Ridge, x: Plane, y: Plane) -> Plane:
    """What is too small for the table of heights: clefts that run down, seen from the front."""
    noise = table(layer.seed, "cracks", first=8, octaves=6, gain=0.66, sharp=True)
    unit = np.float32(0.16 / layer.scale)
    slant = looked_up(table(layer.seed, "slant", first=4, octaves=3), x * unit, y * unit) - 0.5
    cracks = looked_up(noise, x * unit * 1.6 + slant * 0.8, y * unit * 0.75)
    return np.asarray((cracks - 0.30) * np.float32(0.95 * layer.rough * layer.contrast), dtype=np.float32)


def _grown(layer: Ridge, colour: Planes, tone: Plane, place: tuple[Plane, Plane]) -> Planes:
    """Tufts and flowers: finer the farther they are."""
    x, near = place[0], place[1].clip(0.01, None)
    noise = table(layer.seed, "tufts", first=16, octaves=6, gain=0.75)
    spots = looked_up(noise, (x - 0.5) * (0.30 / (near + 0.05)), np.log(near + 0.02) * 1.3)
    strength = np.float32(0.6)
    for number, tuft in enumerate(layer.grass):
        low = 0.48 + 0.09 * number
        share = smooth(spots, low, low + 0.16) * strength * (0.4 + 0.6 * tone)
        colour = colour + (paint_of(tuft) - colour) * share
    return np.asarray(colour, dtype=np.float32)


def _seen(layer: Ridge, small: View, risen: Plane, part: tuple[int, int]) -> tuple[NDArray[np.int32], Plane]:
    """Of every pixel the place in the flat table that is seen in it, and how far it is from the step before that."""
    count = part[1] - part[0]
    wanted = (np.float32(small.down(layer.base)) - np.arange(*part, dtype=np.float32) - 0.5)[::-1]
    tops = risen * np.float32(small.scale)
    # A row belongs to the first step that is above its middle; rows below the base belong to the first step.
    counts = np.ceil(tops - wanted[0]).clip(0, count).astype(np.int32)
    counts[1:] -= counts[:-1].copy()
    counts[-1] += count - counts.sum(axis=0)
    steps = np.tile(np.arange(len(risen), dtype=np.int32), small.width)
    seen = np.repeat(steps, counts.T.ravel()).reshape(small.width, count).T[::-1]
    seen = np.minimum(seen, np.argmax(risen, axis=0).astype(np.int32))  # Above the crest: what the crest is.
    index = seen * np.int32(small.width) + np.arange(small.width, dtype=np.int32)
    flat = tops.ravel()
    low = flat[np.maximum(index - small.width, 0)]
    share = (wanted[::-1, None] - low) / np.maximum(flat[index] - low, np.float32(1e-3))
    return index, share.clip(0.0, 1.0).astype(np.float32)


def _lit(layer: Ridge, small: View, heights: Plane) -> tuple[Plane, Plane]:
    """How much light and how much snow there is at each place of the strip, 0 to 1."""
    x = small.columns()
    pitch_x = float(x[1] - x[0]) if len(x) > 1 else 1.0
    back, across = np.gradient(heights, np.float32(_depth(layer) / (_STEPS - 1)), pitch_x)
    toward = np.tanh((np.float32(small.light.x) - x) * np.float32(2.2)) * np.float32(0.85)
    steep = np.sqrt(1 + across * across + back * back)
    lambert = (back * np.float32(-0.3) - across * toward + np.float32(0.5)) / steep
    fine = looked_up(
        table(layer.seed, "grain", first=8, octaves=6, gain=0.62),
        x[None, :] * np.float32(0.8 / layer.scale),
        np.linspace(0, 1.3 * _depth(layer) / layer.scale, _STEPS, dtype=np.float32)[:, None],
    )
    tone = 0.5 + (lambert - 0.22) * np.float32(1.4) + (fine - 0.5) * np.float32(0.2 + 0.4 * layer.rough)
    tone = smooth(np.asarray(tone, dtype=np.float32), 0.0, 1.0)
    light = np.float32(0.5) + (tone - np.float32(0.5)) * np.float32(layer.contrast)
    if layer.snow <= 0:
        return light, np.zeros_like(light)
    level = np.float32(max(float(heights.max()), 1e-3))
    at = heights / level + (fine - 0.5) * 0.4 - (steep - 1.6).clip(0.0, 2.0) * np.float32(0.06)
    return light, smooth(at, 0.95 - layer.snow, 1.06 - layer.snow)


def _depth(layer: Ridge) -> float:
    """How far it is from the front to the back, in heights of the picture."""
    return max(0.3, 1.8 * layer.height, *(1.2 * peak.spread for peak in layer.peaks))


def _grid(layer: Ridge, x: Plane) -> tuple[Plane, Plane]:
    return x[None, :], np.linspace(0.0, _depth(layer), _STEPS, dtype=np.float32)[:, None]


def _summits(layer: Ridge, x: Plane, back: Plane, *, power: float, bend: float) -> Plane:
    """The peaks: cones on a bent base."""
    noise = table(layer.seed, "bend", first=4, octaves=5)
    scale = np.float32(0.25 / layer.scale)
    warp_x = (looked_up(noise, x * scale, back * scale) - 0.5) * np.float32(bend * layer.scale)
    warp_z = (looked_up(noise, x * scale + 0.37, back * scale + 0.71) - 0.5) * np.float32(bend * layer.scale)
    total = np.zeros((back.shape[0], x.shape[1]), np.float32)
    for number, peak in enumerate(layer.peaks):
        middle = np.float32(_depth(layer) * (0.5 + ((number * 0.618) % 1.0 - 0.5) * 0.2))
        far = np.hypot(
            (x + warp_x - np.float32(peak.x)) / np.float32(peak.spread),
            (back + warp_z - middle) / np.float32(0.4 * _depth(layer)),
        )
        total = np.maximum(total, np.float32(peak.height) * (1 - far).clip(0.0, None) ** np.float32(power))
    return total


def _alpine(layer: Ridge, x: Plane) -> Plane:
    across, back = _grid(layer, x)
    cones = _summits(layer, across, back, power=0.95, bend=0.55)
    torn = table(layer.seed, "torn", first=4, octaves=7, gain=0.55, sharp=True)
    scale = np.float32(0.25 / layer.scale)
    spurs = looked_up(torn, across * scale, back * scale)
    strip = np.sin(np.pi * np.linspace(0, 1, _STEPS, dtype=np.float32)).clip(0.0, 1.0)[:, None] ** np.float32(0.7)
    rough = np.float32(layer.rough)
    height = np.float32(layer.height) * (0.35 + 1.1 * spurs) * strip
    return np.asarray(np.maximum(cones, 0) * (1 - 0.45 * rough + 0.9 * rough * spurs) + height, dtype=np.float32)


def _rolling(layer: Ridge, x: Plane) -> Plane:
    across, back = _grid(layer, x)
    noise = table(layer.seed, "hills", first=4, octaves=4, gain=0.35 + 0.2 * layer.rough)
    scale = np.float32(0.25 / layer.scale)
    hills = looked_up(noise, across * scale, back * scale * 0.8)
    cones = _summits(layer, across, back, power=1.6, bend=0.3) if layer.peaks else np.float32(0.0)
    strip = smooth(np.linspace(0, 1, _STEPS, dtype=np.float32), 0.0, 0.7)[:, None]
    return np.asarray(np.float32(layer.height) * hills * 1.5 * strip + cones, dtype=np.float32)


def _dunes(layer: Ridge, x: Plane) -> Plane:
    across, back = _grid(layer, x)
    noise = table(layer.seed, "wind", first=4, octaves=3, gain=0.35)
    scale = np.float32(0.25 / layer.scale)
    bend = looked_up(noise, across * scale * 0.6, back * scale) - 0.5
    phase = (across * 0.8 + back * 1.3) / np.float32(layer.scale) + bend * 2.6
    saw = phase - np.floor(phase)
    crest = np.where(saw < 0.72, saw / np.float32(0.72), (1 - saw) / np.float32(0.28))  # noqa: PLR2004 - a dune's slopes
    crest = crest * crest * (3 - 2 * crest) * 0.5 + crest * 0.5
    swell = 0.45 + 0.9 * looked_up(noise, across * scale * 0.45 + 0.3, back * scale * 0.5)
    strip = smooth(np.linspace(0, 1, _STEPS, dtype=np.float32), 0.0, 0.5)[:, None]
    cones = _summits(layer, across, back, power=1.2, bend=0.35) if layer.peaks else np.float32(0.0)
    return np.asarray(np.float32(layer.height) * crest * swell * strip + cones, dtype=np.float32)


def _mesa(layer: Ridge, x: Plane) -> Plane:
    """Flat tops, steep walls in bands, scree at their feet."""
    across, back = _grid(layer, x)
    noise = table(layer.seed, "walls", first=8, octaves=5, gain=0.5)
    scale = np.float32(0.25 / layer.scale)
    frayed = (looked_up(noise, across * scale * 2, back * scale * 2) - 0.5) * np.float32(0.35)
    middle, total = np.float32(_depth(layer) * 0.5), np.zeros((_STEPS, len(x)), np.float32)
    for peak in layer.peaks:
        far = (
            np.maximum(
                np.abs(across - np.float32(peak.x)) / np.float32(peak.spread),
                np.abs(back - middle) / np.float32(max(peak.spread, 0.1)),
            )
            + frayed
        )
        wall = 0.62 * smooth(-far, -1.04, -0.94) + 0.12 * smooth(-far, -0.84, -0.76)
        scree = 0.26 * (1.45 - far).clip(0.0, 0.45) / 0.45
        total = np.maximum(total, np.float32(peak.height) * (wall + scree))
    return np.asarray(total + np.float32(layer.height) * 0.3 * (frayed + 0.2).clip(0, 1), dtype=np.float32)


def _cliff(layer: Ridge, x: Plane) -> Plane:
    """A coast: steep to the water, with a level top."""
    across, back = _grid(layer, x)
    cones = _summits(layer, across, back, power=0.7, bend=0.6)
    torn = table(layer.seed, "torn", first=8, octaves=6, gain=0.6, sharp=True)
    scale = np.float32(0.25 / layer.scale)
    cracks = looked_up(torn, across * scale * 1.6, back * scale * 0.7)
    return np.asarray(np.minimum(cones * 1.7, cones * 0.25 + 0.75 * cones.max()) * (0.72 + 0.4 * cracks), np.float32)


_FORMS: Mapping[Form, Callable[[Ridge, Plane], Plane]] = {
    "alpine": _alpine,
    "rolling": _rolling,
    "dunes": _dunes,
    "mesa": _mesa,
    "cliff": _cliff,
}
