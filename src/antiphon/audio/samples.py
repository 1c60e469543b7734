"""Sound as arrays: one channel, shape (frames,), float32 in -1..1."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]
"""Shape (frames,), in -1..1."""

_FULL_SCALE = 32_768


def silence(frames: int) -> Samples:
    """Make `frames` samples of nothing."""
    return np.zeros(frames, dtype=np.float32)


def bounded(samples: Samples) -> Samples:
    """Copy `samples`, bringing what lies outside -1..1 to the nearer end and NaN to 0."""
    inside = np.clip(samples, -1, 1)
    np.copyto(inside, 0, where=np.isnan(inside))
    return inside


def to_s16(samples: Samples) -> NDArray[np.int16]:
    """Round to 16 bits; what came from 16 bits (divided by 32,768) comes back unchanged."""
    scaled: Samples = np.rint(bounded(samples) * np.float32(_FULL_SCALE))
    return np.minimum(scaled, np.float32(_FULL_SCALE - 1)).astype(np.int16)
