"""How a song sounds at each frame of its film: how strong each of its bands is, from the lowest to the highest."""

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.samples import Samples
from antiphon.domain.units import Hertz

BANDS = 72

Levels = NDArray[np.float32]
"""Shape (frames, BANDS), 0 to 1."""

_WINDOW = 4_096
_AT_ONCE = 256
"""Frames; all of a long song at once would take a hundred megabytes."""
_LOWEST, _HIGHEST = 45.0, 13_000.0
_RANGE = 30.0
"""Decibels from the foot of a bar to its top."""
_TOP = 98.0
"""The percentile of a band's levels that reaches the top."""
_WEAKEST = 45.0
"""Decibels below the strongest band: a band that is weaker than that never reaches the top."""
_SILENT = -50.0
"""Decibels: the least that can reach the top, so that the noise of a silence stays low."""
_BEND = 1.7
"""Above 1, what is less than loud is low: so the beat is seen."""
_FALL = 0.66
"""What is left of a bar a frame later, where there is no sound."""


def levels(sound: Samples, sound_rate: Hertz, *, frames: int, rate: int) -> Levels:
    """The levels of each frame.

    Args:
        sound: Shape (channels, samples).
        sound_rate: Its samples in a second.
        frames: How many.
        rate: Frames in a second.
    """
    mono = np.pad(sound.mean(axis=0), (_WINDOW // 2, _WINDOW))
    weights = _weights(sound_rate)
    window = np.hanning(_WINDOW).astype(np.float32)
    decibels = np.empty((frames, BANDS), np.float32)
    for first in range(0, frames, _AT_ONCE):
        last = min(frames, first + _AT_ONCE)
        starts = np.minimum(np.arange(first, last) * sound_rate // rate, len(mono) - _WINDOW)
        cut = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[starts] * window
        power = np.abs(np.fft.rfft(cut, axis=1)).astype(np.float32) ** 2
        decibels[first:last] = 10 * np.log10(power @ weights + 1e-9)
    tops = np.percentile(decibels, _TOP, axis=0)
    tops = np.maximum(tops, max(tops.max() - _WEAKEST, _SILENT)).astype(np.float32)
    heights = np.clip((decibels - tops) / np.float32(_RANGE) + 1, 0, 1) ** np.float32(_BEND)
    return _falling(np.asarray(heights, np.float32))


def _edges() -> NDArray[np.float64]:
    return np.geomspace(_LOWEST, _HIGHEST, BANDS + 2)


def _weights(sound_rate: Hertz) -> Levels:
    """How much of each frequency is in each band: triangles, at least as wide as what can be told apart."""
    frequencies = np.arange(_WINDOW // 2 + 1) * sound_rate / _WINDOW
    edges = _edges()
    middle = edges[1:-1]
    step = sound_rate / _WINDOW
    low, high = np.minimum(edges[:-2], middle - step), np.maximum(edges[2:], middle + step)
    rising = (frequencies[:, None] - low) / (middle - low)
    sinking = (high - frequencies[:, None]) / (high - middle)
    triangles = np.clip(np.minimum(rising, sinking), 0, None)
    return np.asarray(triangles / triangles.sum(axis=0), np.float32)


def _falling(heights: Levels) -> Levels:
    """Bars that rise at once and fall slowly."""
    for number in range(1, len(heights)):
        np.maximum(heights[number], heights[number - 1] * np.float32(_FALL), out=heights[number])
    return heights
