"""What flickers: stars, lit windows, glints on water. Few pixels of a plate, each going between two values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antiphon.engines.film.plane import picture
from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.paint.view import Plane

ALIVE = 0.18
"""The share of windows that do anything."""

_SWITCHED = 0.10

_SEEN = 2.0
"""Levels of luma."""

Numbers = NDArray[np.float32]

Course = Callable[[Numbers, Numbers, float], Numbers]
"""From rates and phases, each 0 to 1, and a time in seconds, how high values are, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkle:
    """Pixels of a luma that change.

    Args:
        base: The luma.
        index: Which pixels of it, in its flat order.
        low: The least of each.
        high: The most of each.
        rate: How quick each is, 0 to 1.
        phase: Where in its course each is at first, 0 to 1.
        course: What they do.
    """

    base: NDArray[np.uint8]
    index: NDArray[np.int64]
    low: Numbers
    high: Numbers
    rate: Numbers
    phase: Numbers
    course: Course

    def at(self, time: float) -> Any:
        """The luma at a time."""
        share = self.course(self.rate, self.phase, time)
        luma = self.base.copy()
        luma.reshape(-1)[self.index] = (self.low + (self.high - self.low) * share + np.float32(0.5)).clip(0, 255)
        return picture(luma)


def sparkle(chances: Numbers, course: Course, *, base: Any, low: Plane, high: Plane, share: float = 1.0) -> Sparkle:
    """A sparkle of all pixels whose two values differ.

    Args:
        chances: Rates and phases of all pixels, 0 to 1: two planes of the luma's shape.
        course: What they do.
        base: The luma.
        low: Of the luma's shape.
        high: As `low`.
        share: How many of them are alive, 0 to 1: those of the lowest rates.
    """
    rate, phase = chances.reshape(2, -1)
    index = np.flatnonzero((high.ravel() - low.ravel() > _SEEN) & (rate <= share))
    return Sparkle(
        base=np.asarray(base),
        index=index,
        low=low.ravel()[index],
        high=high.ravel()[index],
        rate=rate[index],
        phase=phase[index],
        course=course,
    )


def patches(seed: int, shape: tuple[int, int], cell: int) -> Numbers:
    """Chances that squares of so many pixels have in common: what is in one place flickers as one."""
    draws = grains(seed, "patches").random((2, shape[0] // cell + 1, shape[1] // cell + 1), dtype=np.float32)
    return np.repeat(np.repeat(draws, cell, axis=1), cell, axis=2)[:, : shape[0], : shape[1]]


def slopes(seed: int, shape: tuple[int, int], cell: tuple[int, int]) -> Numbers:
    """Chances that go over into each other within so many rows and columns: what flickers runs along."""
    draws = grains(seed, "slopes").random((2, shape[0] // cell[0] + 2, shape[1] // cell[1] + 2), dtype=np.float32)
    size = shape[1], shape[0]
    return np.stack([np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BICUBIC)) for plane in draws])


def twinkling(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As stars do."""
    return np.asarray(0.62 + 0.38 * np.sin((2 + 7 * rate) * np.float32(time) + phase * 6.28), dtype=np.float32)


def glinting(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As light on waves does: mostly dim, now and then a flash."""
    wave = np.sin((4 + 2 * rate) * np.float32(time) + phase * np.float32(15.0))
    return np.asarray((wave * 0.75 + 0.45).clip(0.0, 1.0), dtype=np.float32)


def inhabited(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As those windows do that are alive: some are switched, a few flicker as screens do."""
    switched = (np.sin(np.float32(0.9 * time) + phase * 6.28) * 9 + 6).clip(0.0, 1.0)
    screen = 0.8 + 0.2 * np.sin(np.float32(9.0 * time) + phase * 20) * np.sin(np.float32(5.3 * time) + phase * 9)
    return np.asarray(np.where(rate < _SWITCHED, switched, screen), dtype=np.float32)
