"""Noise: smooth chance over a plane that repeats itself, so that it can be looked up anywhere."""

import functools
import math
from typing import Any

import numpy as np
from PIL import Image

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.paint.view import Plane

SIDE = 512
"""Of the square after which noise repeats, in cells of its table."""

_MARGIN = 4


def table(seed: int, place: str, *, first: int = 4, octaves: int = 6, gain: float = 0.5, sharp: bool = False) -> Plane:
    """A square of noise, 0..1 with a mean of about 0.5, that goes on at its edges as at the opposite ones.

    There is one for each character; what a seed and place get is that one from another corner, so that a process
    makes few of them.

    Args:
        seed: What it is drawn from.
        place: As `seed`.
        first: Bumps along a side in the coarsest octave.
        octaves: How many there are, each twice as fine.
        gain: How strong each is, of the one before.
        sharp: Ridges with crests instead of bumps; each finer one lies where the coarser is high.
    """
    down, across = grains(seed, place).integers(0, SIDE, 2).tolist()
    whole = _whole(first, octaves, round(gain, 2), "sharp" if sharp else "smooth")
    return np.roll(whole, (down, across), axis=(0, 1))


@functools.lru_cache(maxsize=32)
def _whole(first: int, octaves: int, gain: float, character: str) -> Plane:
    draw, sharp = grains(0, f"{first} {octaves} {gain} {character}"), character == "sharp"
    sum_, strength, total, weight = np.zeros((SIDE, SIDE), np.float32), 1.0, 0.0, None
    for octave in range(octaves):
        cells = first * 2**octave
        if cells > SIDE:
            break
        layer = _bumps(draw.random((cells, cells), dtype=np.float32))
        if sharp:
            layer = 1.0 - np.abs(2.0 * layer - 1.0)
            layer *= layer
            weight = layer if weight is None else (weight * 1.6).clip(0.0, 1.0) * layer
            layer = weight
        sum_ += np.float32(strength) * layer
        total += strength
        strength *= gain
    sum_ /= np.float32(total)
    return sum_ if sharp else ((sum_ - 0.5) * 1.35 + 0.5).clip(0.0, 1.0).astype(np.float32)


def _bumps(lattice: Plane) -> Plane:
    cells = len(lattice)
    if cells >= SIDE:
        return lattice
    wide = np.pad(lattice, _MARGIN, mode="wrap")
    image: Any = Image.fromarray(wide)
    box = (_MARGIN, _MARGIN, _MARGIN + cells, _MARGIN + cells)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))


def looked_up(noise: Plane, x: Plane, y: Plane) -> Plane:
    """The noise at places, in sides of its square. `x` and `y` are broadcast against each other."""
    side = np.float32(SIDE)
    across, down = x * side, y * side
    left, upper = np.floor(across), np.floor(down)
    share_x, share_y = across - left, down - upper
    column, row = left.astype(np.int32) & (SIDE - 1), upper.astype(np.int32) & (SIDE - 1)
    next_column, next_row = (column + 1) & (SIDE - 1), (row + 1) & (SIDE - 1)
    row_at, next_at = row * SIDE, next_row * SIDE
    first = noise.take(row_at + column)
    first += (noise.take(row_at + next_column) - first) * share_x
    second = noise.take(next_at + column)
    second += (noise.take(next_at + next_column) - second) * share_x
    first += (second - first) * share_y
    return np.asarray(first, dtype=np.float32)


def line(seed: int, place: str, x: Plane, *, scale: float, octaves: int = 5, gain: float = 0.5) -> Plane:
    """Smooth chance along a line, -1..1.

    Args:
        seed: What it is drawn from.
        place: As `seed`.
        x: Where; any range.
        scale: How far its coarsest bumps are apart.
        octaves: How many finer ones are added.
        gain: How strong each is, of the one before.
    """
    sum_, strength, total = np.zeros_like(x), 1.0, 0.0
    for octave in range(octaves):
        knots = grains(seed, f"{place} {octave}").random(256, dtype=np.float32) * 2 - 1
        at = x / np.float32(scale) * 2**octave + np.float32(17.3 * octave)
        index = np.floor(at)
        share = at - index
        share = share * share * share * (share * (share * 6 - 15) + 10)
        here = index.astype(np.int32) & 255
        one, other = knots[here], knots[(here + 1) & 255]
        sum_ += np.float32(strength) * (one + (other - one) * share)
        total += strength
        strength *= gain
    return np.asarray(sum_ / np.float32(math.sqrt(total)), dtype=np.float32)
