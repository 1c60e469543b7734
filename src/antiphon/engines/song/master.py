"""From a mix to what is published: even, as loud as others, and no louder than a converter can take. Pure."""

from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.loudness import SILENCE, loudness, oversampled
from antiphon.engines.song.spectrum import filtered

TARGET = -14.0
"""LUFS, as the large services play."""
CEILING = 10 ** (-1.2 / 20)
"""Of full scale; a little below the -1 dBTP that are promised."""

_BLOCK = 64  # Samples: a gain for each.
_AHEAD = 4  # Blocks that a limiter sees before they come.
_RELEASE = 0.12  # Seconds.
_EDGE = 32
_MAY_RISE = 0.6
_AT_ONCE = 4096
_ROUNDS = 8
_INAUDIBLE = 0.1  # Decibels.


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How a master is made.

    Args:
        threshold: Decibels of full scale from which the whole is held back.
        ratio: Decibels in for one out, above the threshold.
        target: LUFS.
        brightness: Decibels more at 10 kHz.
    """

    threshold: float
    ratio: float
    target: float = TARGET
    brightness: float = 0.0


TREATMENTS = (
    Treatment(threshold=-12.0, ratio=1.3),
    Treatment(threshold=-16.0, ratio=1.8, brightness=0.5),
    Treatment(threshold=-22.0, ratio=2.8, brightness=1.5),
)
"""Subtle, normal, high: as `Score.master` counts them."""


def mastered(mix: Samples, rate: int, *, level: int = 1) -> Samples:
    """The finished piece: -14 LUFS, true peak below -1 dBTP. Silence stays silence.

    Args:
        mix: Shape (2, frames), float32, of any level.
        rate: In hertz.
        level: 0 subtle, 1 normal, 2 high.
    """
    treatment = TREATMENTS[level]
    sound = _shaped(mix, rate, brightness=treatment.brightness)
    measured = loudness(sound, rate)
    if measured == SILENCE:
        return sound
    sound = sound * np.float32(10 ** ((treatment.target - measured) / 20))
    even = sound * _even(sound, rate, treatment)
    gain = treatment.target - loudness(even, rate)
    given = 0.0  # To the limiter, besides: what it takes.
    for _ in range(_ROUNDS):
        limited = even * np.float32(10 ** ((gain + given) / 20))
        held = _limits(limited, rate)
        taken = _lost(limited, held)
        if abs(taken - given) < _INAUDIBLE:
            break
        given = taken
    return limited * held


def _lost(sound: Samples, gain: Samples) -> float:
    """By how many decibels a gain makes the loud parts of a sound weaker: near enough to what their loudness loses."""
    power = (sound[:, ::4] ** 2).sum(axis=0)
    return float(-10 * np.log10((power * gain[::4] ** 2).sum() / max(power.sum(), 1e-12)))


def _shaped(mix: Samples, rate: int, *, brightness: float) -> Samples:
    """Without what lies below hearing, and with some air."""

    def response(frequency: np.ndarray) -> np.ndarray:
        low = (frequency / 25.0) ** 4
        air = 10 ** (brightness / 20 * frequency**2 / (frequency**2 + 8000.0**2))
        return low / (1 + low) * air

    return filtered(mix, response, rate=rate, ringing=0.5)


def _even(sound: Samples, rate: int, treatment: Treatment) -> Samples:
    """The gain of a compressor, for each sample."""
    step = rate // 100
    blocks = -(-sound.shape[1] // step)
    padded = np.pad(sound, ((0, 0), (0, blocks * step - sound.shape[1])))
    power = (padded**2).mean(axis=0).reshape(blocks, step).mean(axis=1)
    over = np.maximum(0.0, 10 * np.log10(power + 1e-12) - treatment.threshold)
    wanted = -over * (1 - 1 / treatment.ratio)
    gains = np.empty(blocks)
    gain = 0.0
    for number, aim in enumerate(wanted):
        gain += (aim - gain) * (0.5 if aim < gain else 0.06)
        gains[number] = gain
    centres = (np.arange(blocks) + 0.5) * step
    return np.interp(np.arange(sound.shape[1]), centres, 10 ** (gains / 20)).astype(np.float32)


def _limits(sound: Samples, rate: int) -> Samples:
    """The gain of a limiter, for each sample: ready when a peak comes, and slow to let go."""
    peaks = _peaks(sound)
    wanted = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    width = 2 * _AHEAD + 1
    held = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, _AHEAD + 1, constant_values=1.0), width + 2)
    lowest = held.min(axis=1)
    fall = 1 - np.exp(-_BLOCK / (_RELEASE * rate))
    gain = 1.0
    for number, aim in enumerate(lowest):
        gain = aim if aim < gain else gain + (aim - gain) * fall
        lowest[number] = gain
    smooth = np.convolve(np.pad(lowest, _AHEAD, mode="edge"), np.ones(width) / width, "valid")
    centres = (np.arange(len(smooth)) + 0.5) * _BLOCK
    return np.interp(np.arange(sound.shape[1]), centres, smooth).astype(np.float32)


def _peaks(sound: Samples) -> np.ndarray:
    """The highest value in each block: between samples too, where it may matter."""
    blocks = -(-sound.shape[1] // _BLOCK)
    padded = np.pad(np.abs(sound), ((0, 0), (0, blocks * _BLOCK - sound.shape[1])))
    peaks: np.ndarray = padded.max(axis=0).reshape(blocks, _BLOCK).max(axis=1).astype(np.float64)
    # Between two samples a wave can rise by half of what they are; only there is it worth the work.
    for some in np.array_split(np.flatnonzero(peaks > _MAY_RISE * CEILING), 1 + blocks // _AT_ONCE):
        around = some[:, None] * _BLOCK + np.arange(-_EDGE, _BLOCK + _EDGE)
        parts = sound[:, np.clip(around, 0, sound.shape[1] - 1)].transpose(1, 0, 2)
        between = np.abs(oversampled(parts))[:, :, 4 * _EDGE : -4 * _EDGE]
        peaks[some] = np.maximum(peaks[some], between.max(axis=(1, 2), initial=0.0))
    return peaks
