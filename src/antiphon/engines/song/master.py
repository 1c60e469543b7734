"""From a mix to what is published: even, as loud as others, and no louder than a converter can take."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.loudness import SILENCE, loudness, oversampled
from antiphon.engines.song.spectrum import filter_in_place

TARGET = -14.0
"""LUFS, as the large services play."""
CEILING = 10 ** (-1.2 / 20)
"""Of full scale; a little below the -1 dBTP that are promised."""

_BLOCK = 64  # Samples: a gain for each.
_AHEAD = 4  # Blocks that a limiter sees before they come.
_RELEASE = 0.12  # Seconds.
_EDGE = 32
_MAY_RISE = 0.6
_AT_ONCE = 2048
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
        mix: Shape (2, frames), float32, of any level. It becomes the master, as two of them need much room.
        rate: In hertz.
        level: 0 subtle, 1 normal, 2 high.
    """
    treatment = TREATMENTS[level]
    _shape(mix, rate, brightness=treatment.brightness)
    measured = loudness(mix, rate)
    if measured == SILENCE:
        return mix
    mix *= _even(mix, rate, treatment, gain=treatment.target - measured)
    gain = treatment.target - loudness(mix, rate)
    peaks, power = _Peaks(mix), _each_block(mix, _BLOCK, _energy)
    given = 0.0  # To the limiter, besides: what it takes, near enough.
    for _ in range(_ROUNDS):
        factor = 10 ** ((gain + given) / 20)
        held = _held(peaks.times(factor), rate)
        taken = float(10 * np.log10(power.sum() / max((power * held**2).sum(), 1e-12)))
        if abs(taken - given) < _INAUDIBLE:
            break
        given = taken
    mix *= _curve(held * factor, _BLOCK, mix.shape[1])
    return mix


def _shape(mix: Samples, rate: int, *, brightness: float) -> None:
    """Take what lies below hearing, and give some air."""

    def response(frequency: np.ndarray) -> np.ndarray:
        low = (frequency / 25.0) ** 4
        air = 10 ** (brightness / 20 * frequency**2 / (frequency**2 + 8000.0**2))
        return low / (1 + low) * air

    filter_in_place(mix, response, rate=rate, ringing=0.2)


def _even(sound: Samples, rate: int, treatment: Treatment, *, gain: float) -> Samples:
    """What a compressor multiplies each sample by, decibels that are given to all included."""
    step = rate // 100
    level = 10 * np.log10(_each_block(sound, step, _energy) / (2 * step) + 1e-12) + gain
    wanted = -np.maximum(0.0, level - treatment.threshold) * (1 - 1 / treatment.ratio)
    gains = np.empty(len(wanted))
    held = 0.0
    for number, aim in enumerate(wanted.tolist()):
        held += (aim - held) * (0.5 if aim < held else 0.06)
        gains[number] = held
    return _curve(10 ** ((gains + gain) / 20), step, sound.shape[1])


def _held(peaks: np.ndarray, rate: int) -> np.ndarray:
    """What a limiter multiplies each block by: ready when a peak comes, and slow to let go."""
    wanted = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    width = 2 * _AHEAD + 1
    before = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, _AHEAD + 1, constant_values=1.0), width + 2)
    lowest = before.min(axis=1)
    fall = 1 - np.exp(-_BLOCK / (_RELEASE * rate))
    gain = 1.0
    for number, aim in enumerate(lowest.tolist()):
        gain = aim if aim < gain else gain + (aim - gain) * fall
        lowest[number] = gain
    return np.convolve(np.pad(lowest, _AHEAD, mode="edge"), np.ones(width) / width, "valid")


class _Peaks:
    """The highest value in each block: between samples too, where it may matter."""

    def __init__(self, sound: Samples) -> None:
        self._sound = sound
        self._peaks = _each_block(sound, _BLOCK, _highest)
        self._sure = np.zeros(len(self._peaks), np.bool_)

    def times(self, factor: float) -> np.ndarray:
        """Those of the sound times a factor."""
        # Between two samples a wave can rise by half of what they are; only there is it worth the work.
        unsure = np.flatnonzero(~self._sure & (self._peaks * factor > _MAY_RISE * CEILING))
        for some in np.array_split(unsure, 1 + len(unsure) // _AT_ONCE):
            around = some[:, None] * _BLOCK + np.arange(-_EDGE, _BLOCK + _EDGE)
            parts = self._sound[:, np.clip(around, 0, self._sound.shape[1] - 1)].transpose(1, 0, 2)
            between = np.abs(oversampled(parts))[:, :, 4 * _EDGE : -4 * _EDGE]
            self._peaks[some] = np.maximum(self._peaks[some], between.max(axis=(1, 2), initial=0.0))
        self._sure[unsure] = True
        return self._peaks * factor


def _each_block(sound: Samples, size: int, measure: Callable[[Samples], np.ndarray]) -> np.ndarray:
    """What is measured of blocks, shape (channels, blocks, size); the last is filled up with silence."""
    whole = sound.shape[1] // size * size
    rest = np.pad(sound[:, whole:], ((0, 0), (0, -sound.shape[1] % size)))
    parts = (part.reshape(sound.shape[0], -1, size) for part in (sound[:, :whole], rest) if part.size)
    return np.concatenate([measure(part) for part in parts]).astype(np.float64)


def _energy(blocks: Samples) -> np.ndarray:
    energy: np.ndarray = np.einsum("cbs,cbs->b", blocks, blocks)
    return energy


def _highest(blocks: Samples) -> np.ndarray:
    highest: np.ndarray = np.maximum(blocks.max(axis=(0, 2)), -blocks.min(axis=(0, 2)))
    return highest


def _curve(values: np.ndarray, size: int, frames: int) -> Samples:
    """From a value for each block's middle to one for each frame, along straight lines."""
    points = np.pad(values, 1, mode="edge").astype(np.float32)
    ramp = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    lines = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
    curve: Samples = lines.reshape(-1)[size // 2 :][:frames]
    return curve
