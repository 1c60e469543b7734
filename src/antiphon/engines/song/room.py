"""The room that a song is heard in: a reverberation made of decaying noise.

Linear and the same for all, so that the stems of a song, each with its own share of it, add up to the mix.
"""

import functools

import numpy as np

from antiphon.audio.samples import Samples

_TRANSFORM = 1 << 18
_BANDS = ((0.0, 250.0, 0.8), (250.0, 2_000.0, 1.0), (2_000.0, 6_000.0, 0.7), (6_000.0, 22_050.0, 0.4))
"""From and to, in hertz, and how long each rings, as a multiple of the room's time."""
_PREDELAY = 0.018
_SEED = 0x0A17


@functools.cache
def response(seconds: float, rate: int) -> Samples:
    """What the room answers to a click on the left and one on the right, each heard with both ears.

    Args:
        seconds: Until it is 60 dB weaker.
        rate: In hertz.

    Returns:
        Shape (2, frames), float32; its energy is 1 in each channel.
    """
    frames = round(1.2 * seconds * rate)
    chance = np.random.Generator(np.random.PCG64(_SEED))
    noise = np.fft.rfft(chance.standard_normal((2, frames)))
    frequency = np.fft.rfftfreq(frames, 1 / rate)
    time = np.arange(frames) / rate
    answer: np.ndarray = np.zeros((2, frames))
    for low, high, share in _BANDS:
        band = np.fft.irfft(noise * ((frequency >= low) & (frequency < high)), frames)
        answer += band * 10 ** (-3 * time / (seconds * share))
    answer *= np.minimum(1.0, time / 0.01)  # It builds up; the first instant is the sound itself.
    delay = round(_PREDELAY * rate)
    answer = np.pad(answer, ((0, 0), (delay, 0)))[:, :frames]
    normed: Samples = (answer / np.sqrt((answer**2).sum(axis=1, keepdims=True))).astype(np.float32)
    return normed


def reverberate(sound: Samples, *, into: Samples, gains: Samples, seconds: float, rate: int) -> None:
    """Add the room's answer to a sound, without the sound; its end is cut where the sound ends.

    Args:
        sound: Shape (frames,) or (2, frames), float32.
        into: What it is added to, shape (2, frames); not the sound itself.
        gains: What goes into the room on the left and on the right, shape (2, 1).
        seconds: As `response`.
        rate: In hertz.
    """
    spectrum = _spectrum(seconds, rate)
    room = _TRANSFORM - response(seconds, rate).shape[1]
    for start in range(0, into.shape[1], room):
        part = sound[..., start : start + room] * gains
        if not part.any():
            continue
        heard = np.fft.irfft(np.fft.rfft(part, _TRANSFORM) * spectrum, _TRANSFORM)
        end = min(into.shape[1], start + _TRANSFORM)
        into[:, start:end] += heard[:, : end - start]


def reverberated(stereo: Samples, *, seconds: float, rate: int) -> Samples:
    """The room's answer by itself; see `reverberate`."""
    wet = np.zeros_like(stereo)
    reverberate(stereo, into=wet, gains=np.ones((2, 1), np.float32), seconds=seconds, rate=rate)
    return wet


@functools.cache
def _spectrum(seconds: float, rate: int) -> np.ndarray:
    return np.fft.rfft(response(seconds, rate), _TRANSFORM)
