"""Filters given by what they do to each frequency, applied to long sound a stretch at a time."""

from collections.abc import Callable

import numpy as np

from antiphon.audio.samples import Samples

Response = Callable[[np.ndarray], np.ndarray]
"""From frequencies in hertz to gains, complex where phases turn too."""

_SIZE = 1 << 17


def filter_in_place(sound: Samples, response: Response, *, rate: int, ringing: float) -> None:
    """Filter a sound where it is, as a long one would need too much room twice.

    Args:
        sound: Shape (channels, frames), float32. Changed.
        response: What the filter does.
        rate: In hertz.
        ringing: Seconds after which the filter has forgotten what it heard; at most 1 at 44.1 kHz.
    """
    lead = round(ringing * rate)
    room = _SIZE - 2 * lead
    gains = response(np.fft.rfftfreq(_SIZE, 1 / rate)).astype(np.complex64)
    before: Samples = np.zeros((sound.shape[0], lead), np.float32)
    for start in range(0, sound.shape[1], room):
        end = min(start + room, sound.shape[1])
        part = np.concatenate((before, sound[:, start : end + lead]), axis=1)
        before = part[:, room : room + lead]
        heard = np.fft.irfft(np.fft.rfft(part, _SIZE) * gains, _SIZE)
        sound[:, start:end] = heard[:, lead : lead + end - start]
