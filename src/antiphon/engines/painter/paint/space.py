"""Glowing clouds of gas, and planets."""

import math

import numpy as np

from antiphon.engines.painter.heavens import Nebula, Planet
from antiphon.engines.painter.paint.noise import looked_up, table
from antiphon.engines.painter.paint.view import NOTHING, Coat, Plane, Planes, View, coat_of, paint_of, shades, smooth

_SOFT = 896


def nebula(layer: Nebula, view: View) -> Coat:
    """Gas in folds, brightest around a middle, with dust before it."""
    small = view.smaller(_SOFT)
    x, y = small.columns()[None, :], small.rows()[:, None]
    noise = table(layer.seed, "gas", first=4, octaves=8, gain=0.55)
    folds = table(layer.seed, "folds", first=4, octaves=7, gain=0.55, sharp=True)
    unit = np.float32(0.22 / layer.scale)
    drift = np.float32(small.time * 0.001)
    bend_x = looked_up(noise, x * unit + drift, y * unit) - 0.5
    bend_y = looked_up(noise, x * unit + 0.41, y * unit + 0.77 + drift) - 0.5
    gas = looked_up(noise, x * unit * 1.3 + bend_x * 0.5, y * unit * 1.3 + bend_y * 0.5)
    fold = looked_up(folds, x * unit * 1.1 + bend_y * 0.35, y * unit * 1.1 + bend_x * 0.35)
    far = np.hypot((x - np.float32(layer.x)) * 0.8 + bend_x * 0.5, (y - np.float32(layer.y)) * 1.2 + bend_y * 0.5)
    heart = np.exp(-far * far * np.float32(4.5))
    glow = (gas * 0.75 + fold * 0.55 - 0.30) * (0.30 + 1.15 * heart) + heart * 0.22
    dust = smooth(looked_up(noise, x * unit * 2.1 + bend_y * 0.7 + 0.3, y * unit * 2.1 + bend_x * 0.7), 0.52, 0.80)
    glow = (glow * (1 - 0.65 * dust)).clip(0.0, 1.0) * np.float32(layer.strength)
    lookup = shades(layer.colours, 512)
    colour = lookup[:, (glow.clip(0.0, 1.0) * 511).astype(np.int32)]
    return coat_of(view, colour)


def planet(layer: Planet, view: View) -> Coat:
    """A ball with its night side, its air, and its ring before and behind it."""
    radius = layer.radius * view.scale
    row, column = view.down(layer.y), view.across(layer.x)
    reach = radius * max(1.12, layer.ring * 1.02)
    top, bottom = max(0, int(row - reach)), min(view.height, int(row + reach) + 1)
    start, end = max(0, int(column - reach)), min(view.width, int(column + reach) + 1)
    if top >= bottom or start >= end:
        return NOTHING
    across = (np.arange(start, end, dtype=np.float32) + np.float32(0.5 - column))[None, :] / np.float32(radius)

    def laid(first: int, last: int) -> tuple[Planes, Plane]:
        down = (np.arange(first, last, dtype=np.float32) + np.float32(0.5 - row))[:, None] / np.float32(radius)
        colour, cover = _ball(layer, across, down, np.float32(radius))
        if layer.ring:
            colour, cover = _ringed(layer, (across, down), colour, cover, radius)
        planes = np.zeros((3, last - first, view.width), np.float32)
        covers = np.zeros((last - first, view.width), np.float32)
        planes[:, :, start:end], covers[:, start:end] = colour, cover
        return planes, covers

    return Coat(top=top, bottom=bottom, laid=laid)


def _ball(layer: Planet, x: Plane, y: Plane, radius: np.float32) -> tuple[Planes, Plane]:
    """Its colours, the cover multiplied in, and the cover; x and y in radii."""
    square = x * x + y * y
    cover = ((1 - np.sqrt(square)) * radius + np.float32(0.5)).clip(0.0, 1.0)
    z = np.sqrt((1 - square).clip(0.0, 1.0))
    tilt = math.radians(layer.tilt)
    pole = y * np.float32(math.cos(tilt)) - x * np.float32(math.sin(tilt))
    side = x * np.float32(math.cos(tilt)) + y * np.float32(math.sin(tilt))
    latitude, longitude = np.arcsin(pole.clip(-1.0, 1.0)), np.arctan2(side, z + np.float32(1e-4))
    noise = table(layer.seed, "ground", first=4, octaves=7, gain=0.55)
    spot = looked_up(noise, longitude * np.float32(0.13), latitude * np.float32(0.16))
    fine = looked_up(noise, longitude * 0.3 + spot * 0.2, latitude * np.float32(1.6 - 1.1 * layer.swirl))
    at = (latitude / np.float32(math.pi) + 0.5) * (1 - np.float32(layer.swirl)) + spot * np.float32(layer.swirl)
    at = at + (fine - 0.5) * np.float32(0.22 + 0.35 * layer.swirl)
    if layer.swirl > 0.5:  # noqa: PLR2004 - land and sea, with coasts
        at = 0.5 + np.tanh((at - 0.5) * 5) * 0.5
    colour = shades(layer.bands, 512)[:, (at.clip(0.0, 1.0) * 511).astype(np.int32)]
    lit = math.radians(layer.lit)
    facing = x * np.float32(math.cos(lit) * 0.82) + y * np.float32(math.sin(lit) * 0.82) + z * np.float32(0.50)
    light = np.float32(0.03) + smooth(facing, -0.12, 0.95) * np.float32(1.08)
    air = paint_of(layer.air)
    rim = (1 - z) ** 3 * smooth(facing, -0.35, 0.55)
    colour = colour * light + (air - colour * light) * rim * np.float32(0.85)
    halo = (1.12 - np.sqrt(square)).clip(0.0, 0.12) / np.float32(0.12)
    halo = (
        halo**2
        * smooth(x * np.float32(math.cos(lit)) + y * np.float32(math.sin(lit)), -0.5, 0.9)
        * (1 - cover)
        * np.float32(0.55)
    )
    return np.asarray(colour * cover + air * halo, np.float32), np.asarray(cover + halo, np.float32)


def _ringed(
    layer: Planet, place: tuple[Plane, Plane], colour: Planes, cover: Plane, radius: float
) -> tuple[Planes, Plane]:
    """The ring: behind the ball above its middle, before it below."""
    x, y = place
    tilt = math.radians(layer.tilt)
    side, pole = x * math.cos(tilt) + y * math.sin(tilt), y * math.cos(tilt) - x * math.sin(tilt)
    far = np.hypot(side, pole * np.float32(3.6)).astype(np.float32)
    share = (far - 1.25) / np.float32(layer.ring - 1.25)
    edge = np.float32(radius * 0.28)
    ring = (share * edge + 0.5).clip(0.0, 1.0) * ((1 - share) * edge + 0.5).clip(0.0, 1.0)
    noise = table(layer.seed, "ring", first=16, octaves=5, gain=0.7)
    grooves = looked_up(
        noise, share.astype(np.float32) * np.float32(0.5), np.float32(0.3) + np.zeros_like(share, np.float32)
    )
    ring = ring * (0.35 + 0.65 * smooth(grooves, 0.3, 0.62)) * np.float32(0.9)
    tone = paint_of(layer.bands[-1]) * (0.75 + 0.35 * grooves)
    lit = math.radians(layer.lit)
    shadow = smooth(-(x * math.cos(lit) + y * math.sin(lit)).astype(np.float32), 0.2, 0.9) * (np.hypot(x, y) < 1.7)  # noqa: PLR2004
    tone = tone * (1 - 0.75 * shadow)
    before = ring * (pole > 0)
    behind = ring * (pole <= 0) * (1 - cover)
    whole = before + behind
    return np.asarray(colour * (1 - before) + tone * whole, np.float32), np.asarray(
        cover + whole * (1 - cover), np.float32
    )
