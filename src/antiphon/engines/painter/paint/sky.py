"""What is in the sky: its gradient, the sun and the moon, clouds, stars, northern lights, a rainbow."""

import numpy as np

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.heavens import Aurora, Clouds, Disc, Rainbow, Sky, Stars
from antiphon.engines.painter.paint.noise import looked_up, table
from antiphon.engines.painter.paint.spots import Spots, spotted
from antiphon.engines.painter.paint.view import (
    NOTHING,
    Coat,
    Plane,
    Planes,
    View,
    coat_of,
    light_of,
    paint_of,
    shades,
    smooth,
)

_SOFT = 768
"""Pixels on the long side of what has no edges."""

_CLOUDY = 560
"""Of clouds."""


def sky(layer: Sky, view: View) -> Coat:
    """The gradient of the sky, with the glow of the light in it."""
    stops = shades(layer.stops, 512)
    glow = paint_of(layer.glow)
    across = view.columns()[None, :] - np.float32(view.light.x)

    def laid(top: int, bottom: int) -> tuple[Planes, float]:
        rows = view.rows(top, bottom)
        at = ((rows - layer.top) / (layer.bottom - layer.top)).clip(0.0, 1.0) * 511
        low = np.minimum(at.astype(np.int32), 510)
        colour = stops[:, low] + (stops[:, low + 1] - stops[:, low]) * (at - low).astype(np.float32)
        down = rows[:, None] - np.float32(view.light.y)
        far = across * across * np.float32(0.55) + down * down * np.float32(1.5)
        near = np.float32(layer.strength) / (1.0 + far * np.float32(9.0 / layer.reach**2))
        return colour[:, :, None] * (1.0 - near) + glow * near, 1.0

    return Coat(top=0, bottom=view.height, laid=laid)


def stars(layer: Stars, view: View) -> Coat:
    """Stars, few of them bright. A milky way, where there is one, is dust and lanes in it."""
    draw = grains(layer.seed, "stars")
    count = layer.count * 4
    x, y = draw.random(count, dtype=np.float32) * 4 - 1, draw.random(count, dtype=np.float32) * 2 - 0.5
    bright = draw.random(count, dtype=np.float32) ** 7
    hue = draw.random(count, dtype=np.float32)
    twinkle = 0.85 + 0.15 * np.sin(np.float32(view.time) * (1 + 3 * hue) + 40 * hue)
    fade = smooth(layer.bottom - y, 0.0, 0.45 * layer.bottom)
    sizes = (0.0009 + 0.0021 * bright) * view.scale
    power = np.where((y > view.top - 0.1) & (y < layer.bottom), (0.3 + 0.7 * bright) * fade * twinkle, 0.0)
    warm, cool = paint_of(layer.colour).ravel(), np.array([0.75, 0.85, 1.0], np.float32)
    tints = warm[:, None] + (cool - warm)[:, None] * hue
    places = Spots((x - view.left) * view.scale, (y - view.top) * view.scale, sizes, power.astype(np.float32))
    bottom = view.row(layer.bottom)
    dots = spotted(view, places, tints, shine=True, bottom=bottom)
    if layer.band <= 0:
        return dots
    dust = light_of(view, _milky_way(layer, view.smaller(_SOFT)))

    def laid(first: int, last: int) -> tuple[Planes, float]:
        return dots.laid(first, last)[0] + dust.laid(first, last)[0], 0.0

    return Coat(top=0, bottom=bottom, laid=laid)


def _milky_way(layer: Stars, small: View) -> Planes:
    x, y = small.columns()[None, :], small.rows()[:, None]
    noise = table(layer.seed, "dust", first=4, octaves=7)
    bend = looked_up(noise, x * 0.2, y * 0.2) - 0.5
    slant = grains(layer.seed, "slant").uniform(0.5, 1.0)
    off = (y - 0.55 + (x - 0.7) * np.float32(slant)) / np.float32(np.hypot(1, slant)) + bend * 0.25
    band = np.exp(-(off * off) * np.float32(22))
    dust = looked_up(noise, x * 0.55 + bend * 0.3, y * 0.55)
    lane = smooth(np.abs(off - 0.03 + (dust - 0.5) * 0.3), 0.0, 0.09)
    glow = band * (0.35 + 0.65 * smooth(dust, 0.3, 0.8)) * (0.35 + 0.65 * lane)
    glow *= smooth(layer.bottom - y, 0.0, 0.6 * layer.bottom) * np.float32(0.4 * layer.band)
    warm = paint_of(layer.colour) * 0.5 + paint_of(layer.tint) * 0.5
    return np.asarray(warm * glow)


def disc(layer: Disc, view: View) -> Coat:
    """The sun or the moon, with its halo."""
    radius = layer.radius * view.scale
    reach = radius * (1 + layer.halo)
    row, column = view.down(layer.y), view.across(layer.x)
    top, bottom = max(0, int(row - reach)), min(view.height, int(row + reach) + 1)
    start, end = max(0, int(column - reach)), min(view.width, int(column + reach) + 1)
    if top >= bottom or start >= end:
        return NOTHING
    across = (np.arange(start, end, dtype=np.float32) + np.float32(0.5 - column))[None, :]
    high, low = paint_of(layer.colour), paint_of(layer.low)
    seas = table(layer.seed, "seas", first=4, octaves=5)

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        down = (np.arange(first, last, dtype=np.float32) + np.float32(0.5 - row))[:, None]
        far = np.sqrt(across * across + down * down)
        cover = (np.float32(radius + 0.5) - far).clip(0.0, 1.0)
        if layer.stripes:
            cover = cover * _striped(down / np.float32(radius), layer.stripes, radius)
        share = (down / np.float32(radius) * 0.5 + 0.5).clip(0.0, 1.0)
        face = high + (low - high) * share
        if layer.relief:
            spots = looked_up(seas, across / np.float32(radius * 7), down / np.float32(radius * 7))
            face = face * (1 - np.float32(layer.relief) * smooth(spots, 0.45, 0.7))
        if layer.phase:
            inner = np.hypot(across - np.float32(radius * 2 * (1 - layer.phase)), down)
            cover = cover * (inner - np.float32(radius * 1.02) + 0.5).clip(0.0, 1.0)
        beyond = ((far - np.float32(radius)) / np.float32(radius * layer.halo)).clip(0.0, 1.0)
        halo = (1 - beyond) ** 3 * np.float32(layer.strength * 0.5)
        whole = np.zeros((3, last - first, view.width), np.float32)
        whole[:, :, start:end] = face * cover + high * halo * (1 - cover)
        covers = np.zeros((last - first, view.width), np.float32)
        covers[:, start:end] = cover + halo * (1 - cover)
        return whole, covers

    return Coat(top=top, bottom=bottom, laid=laid)


def _striped(down: Plane, stripes: int, radius: float) -> Plane:
    """Gaps that widen downwards."""
    at = (down + 0.1).clip(0.0, None) * np.float32(stripes)
    gap = np.float32(0.12) + (down + 0.1).clip(0.0, 1.0) * np.float32(0.45)
    inside = at - np.floor(at)
    edge = np.float32(stripes / radius)
    return np.where(down < -0.1, np.float32(1.0), ((inside - gap) / edge + 0.5).clip(0.0, 1.0))  # noqa: PLR2004


def clouds(layer: Clouds, view: View) -> Coat:
    """Clouds as on a ceiling over the land: smaller and flatter towards the horizon, lit from where the light is."""
    small = view.smaller(_CLOUDY)
    end = min(small.height, max(1, small.row(layer.horizon)))
    x, y = small.columns()[None, :], small.rows(0, end)[:, None]
    shape = table(layer.seed, "clouds", first=4, octaves=7, gain=0.53)
    stir = table(layer.seed, "stir", first=4, octaves=5)
    above = (np.float32(layer.horizon) - y).clip(0.004, None)
    nearness = np.float32(0.42) / (above + np.float32(0.22))
    drift = np.float32(view.time * 0.004)
    unit = np.float32(0.25 / layer.scale)
    across = (x - np.float32(view.light.x)) * nearness * unit * np.float32(2.4 / layer.stretch) + drift
    along = nearness * unit * np.float32(1.9)
    warp = looked_up(stir, across * 1.7, along * 1.7) - 0.5
    pull = np.float32(0.10 if layer.soft < 0.5 else 0.2)  # noqa: PLR2004 - veils are drawn out
    density = looked_up(shape, across + warp * pull, along + warp * pull * 0.5)
    toward_x = np.float32(-0.012) * np.tanh((x - np.float32(view.light.x)) * 3)
    lighter = looked_up(shape, across + warp * pull + toward_x, along + warp * pull * 0.5 + np.float32(0.016))
    threshold = 0.74 - 0.5 * layer.cover
    cover = smooth(density, threshold, threshold + 0.10 + 0.28 * layer.soft)
    cover *= smooth(above, 0.0, 0.10) * smooth(y - np.float32(layer.top), -0.02, 0.12) * np.float32(layer.strength)
    relief = (density - lighter) * np.float32(5.5 - 3 * layer.soft) + np.float32(0.62)
    thin = 1 - smooth(density, threshold + 0.08, threshold + 0.42)
    tone = (relief * 0.7 + thin * 0.45 - 0.1).clip(0.0, 1.0)
    tone = tone + (1 - tone) * np.exp(-((x - view.light.x) ** 2 + (y - view.light.y) ** 2) * np.float32(9)) * 0.6
    lookup = shades((layer.shade, layer.lit), 256)
    colour = lookup[:, (tone * 255).astype(np.int32)]
    veil = np.float32(0.75) * (1 - smooth(above, 0.0, 0.42))
    colour = colour + (paint_of(layer.haze) - colour) * veil
    return coat_of(
        view, colour * cover, cover, bottom=min(view.height, max(1, round(end * view.height / small.height)))
    )


def aurora(layer: Aurora, view: View) -> Coat:
    """Folded curtains, bright at their lower edge and drawn out upwards."""
    small = view.smaller(_SOFT)
    x, y = small.columns()[None, :], small.rows()[:, None]
    fold = table(layer.seed, "fold", first=4, octaves=5)
    total = np.zeros((3, small.height, small.width), np.float32)
    lookup = shades(layer.colours, 256)
    for curtain in range(3):
        drift = np.float32(0.31 * curtain + view.time * 0.006)
        bend = looked_up(fold, x * 0.16 + drift, np.float32(0.37 * curtain) + y * 0.03)
        foot = np.float32(layer.bottom * (0.95 - 0.17 * curtain)) + (bend - 0.5) * np.float32(0.75)
        height = (foot - y) / np.float32(0.42 - 0.05 * curtain)
        streaks = looked_up(fold, x * 1.3 + bend * 1.5 + drift, np.float32(0.11 + 0.2 * curtain) + y * 0.02)
        body = np.exp(-2.4 * height.clip(0.0, None)) * smooth(height, -0.05, 0.10)
        body *= (0.25 + 0.95 * smooth(streaks, 0.3, 0.75)) * smooth(bend, 0.18, 0.42)
        colour = lookup[:, (height.clip(0.0, 1.0) * 255).astype(np.int32)]
        total += colour * body * np.float32(layer.strength * (0.75 - 0.17 * curtain))
    return light_of(view, total)


def rainbow(layer: Rainbow, view: View) -> Coat:
    """Seven colours that run into each other, red outside."""
    small = view.smaller(_SOFT * 2)
    x, y = small.columns()[None, :], small.rows()[:, None]
    far = np.hypot(x - np.float32(layer.x), y - np.float32(layer.y))
    at = (far - np.float32(layer.radius)) / np.float32(0.07 * layer.radius)
    tone = np.stack([np.exp(-((at - shift) ** 2) * np.float32(5.5)) for shift in (0.85, 0.5, 0.12)])
    return light_of(view, np.asarray(tone * np.float32(layer.strength), dtype=np.float32))
