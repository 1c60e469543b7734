"""Filters given by what they do to each frequency, applied to long sound a stretch at a time. Pure."""

from collections.abc import Callable, Iterator

import numpy as np

from antiphon.audio.samples import Samples

Response = Callable[[np.ndarray], np.ndarray]
"""From frequencies in hertz to gains, complex where phases turn too."""

_SIZE = 1 << 18


def stretches(sound: Samples, response: Response, *, rate: int, ringing: float) -> Iterator[Samples]:
    """The filtered sound, a stretch after the other.

    Args:
        sound: Shape (channels, frames), float32.
        response: What the filter does.
        rate: In hertz.
        ringing: Seconds after which the filter has forgotten what it heard; at most 3 at 44.1 kHz.
    """
    lead = round(ringing * rate)
    room = _SIZE - 2 * lead
    gains = response(np.fft.rfftfreq(_SIZE, 1 / rate)).astype(np.complex64)
    for start in range(0, sound.shape[1], room):
        first = max(0, start - lead)
        part = sound[:, first : start + room + lead]
        heard = np.fft.irfft(np.fft.rfft(part, _SIZE) * gains, _SIZE)
        yield heard[:, start - first :][:, : min(room, sound.shape[1] - start)].astype(np.float32)


def filtered(sound: Samples, response: Response, *, rate: int, ringing: float) -> Samples:
    """The whole of it; see `stretches`."""
    parts = list(stretches(sound, response, rate=rate, ringing=ringing))
    return np.concatenate(parts, axis=1) if parts else sound
