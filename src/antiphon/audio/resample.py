"""From one sample rate to another, piece by piece."""

import numpy as np
import soxr

from antiphon.audio.samples import Samples, silence
from antiphon.domain.units import Hertz

# HQ costs no more than MQ here (0.2 ms per second of sound, 22,050 to 24,000 Hz) and both want the same 50 ms of
# input before the first output comes.
_QUALITY = "HQ"


class Resampler:
    """Changes the sample rate of a stream. What comes out does not depend on how the input was cut.

    Args:
        source: Rate of what is pushed.
        target: Rate of what comes out. Equal to `source`: everything passes through as it is.
    """

    def __init__(self, source: Hertz, target: Hertz) -> None:
        self._stream = (
            None if source == target else soxr.ResampleStream(source, target, 1, dtype="float32", quality=_QUALITY)
        )

    def push(self, samples: Samples) -> Samples:
        """Take samples at the source rate, any number; give those at the target rate that are ready."""
        return self._run(samples) if samples.size else samples

    def finish(self) -> Samples:
        """Give the rest. Nothing may be pushed after."""
        return self._run(silence(0), last=True)

    def _run(self, samples: Samples, *, last: bool = False) -> Samples:
        if self._stream is None:
            return samples
        return np.asarray(self._stream.resample_chunk(samples, last=last), dtype=np.float32)
