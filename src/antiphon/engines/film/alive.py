"""What flickers: stars, lit windows, glints on water. Few pixels of a plate, each going between two values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.film.plane import picture
from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.paint.view import Plane

ALIVE = 0.18
"""The share of windows that do anything."""

_SWITCHED = 0.10

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


def sparkle(seed: int, course: Course, *, base: Any, low: Plane, high: Plane, cell: tuple[int, int], share: float = 1.0) -> Sparkle:
    """A sparkle of all pixels whose two values differ.

    Args:
        seed: What chance is drawn from.
        course: What they do.
        base: The luma.
        low: Of the luma's shape.
        high: As `low`.
        cell: Rows and columns of pixels that go together.
        share: How many of them are alive, 0 to 1: those of the lowest rates.
    """
    luma = np.asarray(base)
    index = np.flatnonzero(high.ravel() - low.ravel() > 2.0)
    draws = grains(seed, "sparkle").random((2, luma.shape[0] // cell[0] + 1, luma.shape[1] // cell[1] + 1), dtype=np.float32)
    rows, columns = np.divmod(index, luma.shape[1])
    alive = draws[0, rows // cell[0], columns // cell[1]] < share
    index, rows, columns = index[alive], rows[alive], columns[alive]
    rate, phase = draws[:, rows // cell[0], columns // cell[1]]
    return Sparkle(
        base=luma, index=index, low=low.ravel()[index], high=high.ravel()[index], rate=rate, phase=phase, course=course
    )


def twinkling(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As stars do."""
    return np.asarray(0.62 + 0.38 * np.sin((2 + 7 * rate) * np.float32(time) + phase * 6.28), dtype=np.float32)


def glinting(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As light on waves does: mostly dim, now and then a flash."""
    wave = np.sin((3 + 5 * rate) * np.float32(time) + phase * 6.28)
    return np.asarray((wave * 0.75 + 0.45).clip(0.0, 1.0), dtype=np.float32)


def inhabited(rate: Numbers, phase: Numbers, time: float) -> Numbers:
    """As those windows do that are alive: some are switched, a few flicker as screens do."""
    switched = (np.sin(np.float32(0.9 * time) + phase * 6.28) * 9 + 6).clip(0.0, 1.0)
    screen = 0.8 + 0.2 * np.sin(np.float32(9.0 * time) + phase * 20) * np.sin(np.float32(5.3 * time) + phase * 9)
    return np.asarray(np.where(rate < _SWITCHED, switched, screen), dtype=np.float32)
