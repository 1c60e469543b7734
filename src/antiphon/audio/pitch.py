"""The fundamental frequency of a voice, followed through a clip. Pure numpy.

Source of the method: P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound", IFA Proceedings 17 (1993): the autocorrelation of each windowed frame, divided by that of the
window; then the best path through the candidates of all frames. Frames are searched from 60 to 500 Hz, and then once
more around what was found, which settles most of what is an octave off (C. De Looze and D. Hirst, Speech Prosody 2008).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.samples import Samples
from antiphon.domain.units import Hertz, Seconds

LOWEST, HIGHEST = 60.0, 500.0
"""Hertz between which a voice is looked for."""

STEP = Seconds(0.010)
"""From one frame to the next."""

_WINDOW = 0.050  # Three periods of the lowest voice.
_BAND = 2_000  # Hertz up to which is listened: more only makes peaks too narrow to be placed between samples.
_CANDIDATES = 6
_VOICED_FROM = 0.45  # Correlation below which a frame counts as unvoiced.
_AUDIBLE_FROM = 0.03  # Level of a frame, beside the loudest in the clip.
_OCTAVE_COST = (
    0.01  # Of an octave lower: between equals the higher is meant, as a period correlates with its multiples.
)
_JUMP_COST = 0.35  # Of an octave from one frame to the next.
_SWITCH_COST = 0.14  # Of going from voiced to unvoiced, or back.
_FLOOR_SHARE, _CEILING_SHARE = 0.70, 2.0
_FEWEST = 10  # Voiced frames from which the second range is taken.

Track = NDArray[np.float64]
"""Hertz of each frame, 0 where it is unvoiced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """What each frame may be: shape (frames, candidates). Strength 0 and lower is nothing."""

    frequency: NDArray[np.float64]
    strength: NDArray[np.float64]


def follow(samples: Samples, rate: Hertz) -> Track:
    """Follow the fundamental frequency.

    Args:
        samples: The clip.
        rate: Its sample rate, at least 16 kHz.

    Returns:
        One value for each `STEP` for which there is a whole window of 50 ms, which begins with the step.
    """
    correlation, audible = _correlate(samples, rate)
    first = _path(_peaks(correlation, rate, LOWEST, HIGHEST), audible)
    voiced = first[first > 0]
    if len(voiced) < _FEWEST:
        return first
    low, high = np.percentile(voiced, [25, 75])
    lowest, highest = max(LOWEST, _FLOOR_SHARE * low), min(HIGHEST, _CEILING_SHARE * high)
    return _path(_peaks(correlation, rate, lowest, highest), audible)


def frames(samples: Samples, rate: Hertz) -> NDArray[np.float32]:
    """Cut the frames that `follow` looks at, shape (frames, window)."""
    size, step = round(rate * _WINDOW), round(rate * STEP)
    if len(samples) < size:
        return np.zeros((0, size), dtype=np.float32)
    return np.lib.stride_tricks.sliding_window_view(samples, size)[::step]


def _correlate(samples: Samples, rate: Hertz) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The normalised autocorrelation of each frame up to the longest period, and whether it can be heard."""
    cut = frames(samples, rate).astype(np.float64)
    cut -= cut.mean(axis=1, keepdims=True)
    size = cut.shape[1]
    window = np.hanning(size)
    longest = int(rate / LOWEST) + 2
    correlation = _autocorrelation(cut * window, rate)[:, : longest + 1]
    taper = _autocorrelation(window[np.newaxis], rate)[:, : longest + 1]
    level = np.abs(cut).max(axis=1)
    loudest = level.max(initial=0.0)
    power = correlation[:, :1]
    normal = np.divide(correlation, power, out=np.zeros_like(correlation), where=power > 0) / (taper / taper[:, :1])
    return normal, (level > _AUDIBLE_FROM * loudest) & (level > 0)


def _autocorrelation(cut: NDArray[np.float64], rate: Hertz) -> NDArray[np.float64]:
    length = 1 << (2 * cut.shape[1] - 1).bit_length()
    power = np.abs(np.fft.rfft(cut, length)) ** 2
    power[:, np.fft.rfftfreq(length, 1 / rate) > _BAND] = 0
    found: NDArray[np.float64] = np.fft.irfft(power)
    return found


def _peaks(correlation: NDArray[np.float64], rate: Hertz, lowest: float, highest: float) -> _Candidates:
    """The best peaks of each frame, each placed between samples by a parabola through three of them."""
    shortest, longest = max(1, int(rate / highest)), int(rate / lowest) + 1
    before, at, after = (correlation[:, shortest + shift : longest + 1 + shift] for shift in (-1, 0, 1))
    bend = before - 2 * at + after
    peak = (at > before) & (at >= after) & (at > _VOICED_FROM / 2) & (bend < 0)
    offset = np.divide(0.5 * (before - after), bend, out=np.zeros_like(at), where=peak)
    lag = np.arange(shortest, longest + 1) + offset
    height = np.minimum(at - 0.25 * (before - after) * offset, 1.0)
    frequency = rate / lag
    inside = peak & (frequency >= lowest) & (frequency <= highest)
    strength = np.where(inside, height - _OCTAVE_COST * np.log2(highest / frequency), -1.0)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :_CANDIDATES]
    return _Candidates(
        frequency=np.take_along_axis(frequency, best, axis=1), strength=np.take_along_axis(strength, best, axis=1)
    )


def _path(candidates: _Candidates, audible: NDArray[np.bool_]) -> Track:
    """The frequencies of the path that is strong, changes voicing seldom and leaps little (Viterbi)."""
    count = len(audible)
    track = np.zeros(count)
    if not count:
        return track
    frequency = np.concatenate((np.ones((count, 1)), candidates.frequency), axis=1)
    strength = np.concatenate((np.full((count, 1), _VOICED_FROM), candidates.strength), axis=1)
    strength[~audible, 1:] = -1.0
    octave = np.log2(frequency)
    came = np.zeros(strength.shape, dtype=np.intp)
    total = strength[0].copy()
    for at in range(1, count):
        cost = _JUMP_COST * np.abs(octave[at - 1][:, np.newaxis] - octave[at])
        cost[0, 1:] = cost[1:, 0] = _SWITCH_COST
        reached = total[:, np.newaxis] - cost
        came[at] = reached.argmax(axis=0)
        total = reached.max(axis=0) + strength[at]
    state = int(total.argmax())
    for at in range(count - 1, -1, -1):
        track[at] = frequency[at, state] if state else 0.0
        state = int(came[at, state])
    return track
