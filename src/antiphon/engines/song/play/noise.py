"""Noise in a band of frequencies, and filters, by Fourier transforms."""

import functools

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Noise, Stereo, Stroke, Wave, chance, eased_in, falling

_LOOP = 65_536
"""Frames of noise that are made; longer noise repeats, seamlessly, as it comes from a transform."""


@functools.lru_cache(maxsize=128)
def hiss(rate: int, low: float, high: float) -> Wave:
    """Noise between two frequencies, falling off gently outside, of RMS 1. Not to be changed."""
    spectrum = np.fft.rfft(chance("hiss").standard_normal(_LOOP, dtype=np.float32))
    frequencies = np.maximum(np.fft.rfftfreq(_LOOP, 1.0 / rate), 1e-3)
    spectrum *= 1.0 / np.sqrt((1.0 + (low / frequencies) ** 6) * (1.0 + (frequencies / high) ** 6))
    spectrum[0] = 0.0
    wave = np.fft.irfft(spectrum, _LOOP)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), dtype=np.float32)


def hissing(place: str, frames: int, rate: int, *, low: float, high: float) -> Wave:
    """So many frames of `hiss`, from a moment in it that differs from place to place."""
    moment = int(chance(place).integers(_LOOP))
    return np.resize(np.roll(hiss(rate, low, min(high, 0.45 * rate)), moment), frames)


def noise_of(noise: Noise, place: str, stroke: Stroke) -> Wave:
    """The noise of a note, as long as it is heard."""
    frames = stroke.frames if not noise.decay else min(stroke.frames, round(1.2 * noise.decay * stroke.rate))
    wave = noise.level * hissing(place, frames, stroke.rate, low=noise.low, high=noise.high)
    if noise.decay:
        wave *= falling(frames, stroke.rate, noise.decay)
    return eased_in(wave.astype(np.float32), stroke.rate, 0.0007)


def shaped(wave: Stereo, rate: int, low: float, high: float) -> Stereo:
    """A sound with what is below and above taken out, in one transform: for short sounds."""
    frames = wave.shape[-1]
    padded = 1 << (frames + 4_096).bit_length()
    spectrum = np.fft.rfft(wave, padded) * _between(padded, rate, low, high)
    return np.fft.irfft(spectrum, padded)[..., :frames].astype(np.float32)


@functools.lru_cache(maxsize=16)
def _between(padded: int, rate: int, low: float, high: float) -> NDArray[np.complex64]:
    """Butterworth's, of second order: unlike a filter without delay, it answers nothing before the sound begins."""
    frequencies = np.fft.rfftfreq(padded, 1.0 / rate)
    below, above = 1j * frequencies / low, 1j * frequencies / high
    gains = below**2 / (below**2 + np.sqrt(2.0) * below + 1.0) / (above**2 + np.sqrt(2.0) * above + 1.0)
    return np.asarray(gains, dtype=np.complex64)


def kernel(frequencies: NDArray[np.float64], gains: NDArray[np.float64], rate: int, taps: int = 513) -> Wave:
    """A filter of linear phase, as an impulse's answer, from gains at some ascending frequencies."""
    grid = np.fft.rfftfreq(8_192, 1.0 / rate)
    window = np.hanning(taps)
    answer = np.roll(np.fft.irfft(np.interp(grid, frequencies, gains)), taps // 2)[:taps] * window
    # So short an answer would let some of 0 Hz through, where nothing may pass.
    answer -= window * (answer.sum() - gains[0]) / window.sum()
    return answer.astype(np.float32)


def filtered(wave: Wave, impulse: Wave) -> Wave:
    """A long sound through a filter of linear phase, not delayed."""
    size = 16_384
    hop = size - len(impulse) + 1
    delay = len(impulse) // 2
    answer = np.fft.rfft(impulse, size)
    blocks = -(-(len(wave) + delay) // hop)
    sound = np.zeros(blocks * hop + size, dtype=np.float32)
    for start in range(0, len(wave), hop):
        piece = wave[start : start + hop]
        if piece.any():
            sound[start : start + size] += np.fft.irfft(np.fft.rfft(piece, size) * answer, size).astype(np.float32)
    return sound[delay : delay + len(wave)]
