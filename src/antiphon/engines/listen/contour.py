"""The fundamental frequency of the one voice that leads, followed through a recording. Pure.

Each pitch is given the strength of its harmonics, less what lies half-way between them, so that a pitch an octave too
low gains nothing. Source of the shape: A. Camacho and J. G. Harris, "A sawtooth waveform inspired pitch estimator for
speech and music", J. Acoust. Soc. Am. 124 (2008). Then the strongest path is taken: once through all pitches, and once
more around those that the first one found, which settles most of what is an octave off.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.domain.units import Seconds

STEP = Seconds(0.010)
"""From one frame to the next."""

LOWEST, HIGHEST = 38.0, 85.0
"""Keys of MIDI's between which a voice is looked for."""

_PER_KEY = 5
_GRID = np.arange(LOWEST, HIGHEST, 1 / _PER_KEY)
_WINDOW = 0.064
_BAND = (200.0, 5_000.0)
"""Hertz that are listened to. Below them are the bass and the kick drum; a low voice is known by its overtones."""
_HARMONICS = 20
_DECAY = 0.75
"""How much less each harmonic counts than those below: a power of its number."""
_EMPHASIS = 0.5
"""How much higher frequencies count: a power of them."""
_COMPRESSION = 0.7
_FLOOR = 400.0
"""Hertz of a stretch whose median is noise: drums, breath, a dense chord."""
_UPWARDS = 0.002
"""What a pitch gains by each key: a dense accompaniment makes lower ones look stronger than they are."""
_SWITCH = 0.5
_JUMP = 0.2
"""What a key's distance costs from one frame to the next, after the first half."""
_WIDEST_JUMP = 0.6
_REACH, _PENALTY = 7.0, 0.06
"""Keys around the voice's middle that cost nothing, and what each further key costs."""
_PIECE = 1024
"""Frames at once."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """A voice's pitch, a value each `STEP`.

    Args:
        pitch: In keys of MIDI's, with fractions; NaN where nothing leads.
        strength: How clear it is, 0 to about 1.
    """

    pitch: np.ndarray
    strength: np.ndarray


def contour(mono: Samples, rate: int, *, voiced: float) -> Contour:
    """Follow the voice.

    Args:
        mono: Shape (frames,), at 16 kHz or more.
        rate: In hertz.
        voiced: From which strength something leads, 0 to 1: the voice of a recording at its clearest has 1.
    """
    strength = _strengths(mono, rate)
    clearest = float(np.percentile(strength.max(axis=1, initial=0.0), 90)) if len(strength) else 0.0
    if clearest <= _TINY:
        return Contour(pitch=np.full(len(strength), np.nan), strength=np.zeros(len(strength)))
    strength /= clearest
    leaning = strength + ((_GRID - _GRID[0]) * _UPWARDS).astype(np.float32)
    first = _path(leaning, voiced)
    found = first >= 0
    if found.any():
        clear = strength[found, first[found]]
        away = np.abs(_GRID - _middle(_GRID[first[found]], np.maximum(clear, _TINY))) - _REACH
        first = _path(leaning - (np.maximum(0.0, away) * _PENALTY).astype(np.float32), voiced)
    return _placed(strength, first)


def _strengths(mono: Samples, rate: int) -> np.ndarray:
    """How strong each pitch of the grid is in each frame, shape (frames, pitches), float32."""
    shapes = _shapes(rate)
    size = shapes.shape[1] * 2 - 2
    hertz = np.fft.rfftfreq(size, 1 / rate)
    weight = ((hertz / 1_000.0) ** _EMPHASIS * ((hertz >= _BAND[0]) & (hertz <= _BAND[1]))).astype(np.float32)
    most = int(np.searchsorted(hertz, _BAND[1]))
    found = []
    for spectrum in _spectra(mono, rate, size):
        heard = spectrum[:, :most]
        clear = np.maximum(0.0, heard - _floor(heard, round(_FLOOR / hertz[1]))) * weight[:most]
        found.append(np.maximum(0.0, clear**_COMPRESSION @ shapes[:, :most].T))
    return np.concatenate(found)


def _floor(spectrum: np.ndarray, width: int) -> np.ndarray:
    """The medians of stretches of `width` bins, and lines between their middles."""
    whole = spectrum.shape[1] // width
    medians = np.median(spectrum[:, : whole * width].reshape(len(spectrum), whole, width), axis=2)
    places = np.clip((np.arange(spectrum.shape[1]) + 0.5) / width - 0.5, 0, whole - 1)
    below = np.minimum(places.astype(int), whole - 2)
    share = (places - below).astype(np.float32)
    floor: np.ndarray = medians[:, below] * (1 - share) + medians[:, below + 1] * share
    return floor


def _spectra(mono: Samples, rate: int, size: int) -> Iterator[np.ndarray]:
    """Magnitudes of windows around each step, up to `_BAND`'s double, a piece at a time."""
    window = np.hanning(round(_WINDOW * rate)).astype(np.float32)
    hop = round(STEP * rate)
    padded = np.pad(mono, (len(window) // 2, len(window)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(window))[: len(mono) + 1 : hop]
    for start in range(0, len(windows), _PIECE):
        part = windows[start : start + _PIECE] * window
        yield np.abs(np.fft.rfft(part, size, axis=1)).astype(np.float32)


@functools.lru_cache(maxsize=4)
def _shapes(rate: int) -> np.ndarray:
    """What the spectrum of each pitch would be like, shape (pitches, bins)."""
    size = 1 << round(2 * _WINDOW * rate - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / rate)
    shapes = np.zeros((len(_GRID), len(hertz)), np.float32)
    for number, key in enumerate(_GRID):
        ratio = hertz / (440.0 * 2 ** ((key - 69) / 12))
        harmonics = min(_HARMONICS, int(_BAND[1] / (440.0 * 2 ** ((key - 69) / 12))))
        used = (ratio > 0.5) & (ratio < harmonics + 0.5)  # noqa: PLR2004 - half-way
        wave = np.zeros(len(hertz))
        wave[used] = np.cos(2 * np.pi * ratio[used]) / ratio[used] ** _DECAY
        shapes[number] = wave / np.linalg.norm(np.maximum(0.0, wave))
    return shapes


def _middle(keys: np.ndarray, weights: np.ndarray) -> float:
    """Between the median and the upper quartile: what is wrong is mostly too low."""
    order = np.argsort(keys, kind="stable")
    shares = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(shares, (0.5, 0.75)), len(keys) - 1)
    return float(keys[order][places].mean())


def _path(strength: np.ndarray, voiced: float) -> np.ndarray:
    """The pitches that are strong, leap little, and come and go seldom: places of the grid, -1 for none."""
    count, pitches = strength.shape
    apart = np.abs(_GRID[:, np.newaxis] - _GRID)
    costs = np.zeros((pitches + 1, pitches + 1), np.float32)
    costs[1:, 1:] = np.minimum(_WIDEST_JUMP, _JUMP * np.maximum(0.0, apart - 0.5) / 2)
    costs[0, 1:] = costs[1:, 0] = _SWITCH
    came = np.zeros((count, pitches + 1), np.uint8)
    total = np.concatenate(([voiced], strength[0]))
    columns = np.arange(pitches + 1)
    for at in range(1, count):
        reached = total - costs  # The costs are the same both ways.
        came[at] = best = reached.argmax(axis=1)
        total = reached[columns, best]
        total[0] += voiced
        total[1:] += strength[at]
    path = np.zeros(count, int)
    state = int(total.argmax())
    for at in range(count - 1, -1, -1):
        path[at] = state - 1
        state = int(came[at, state])
    return path


def _placed(strength: np.ndarray, path: np.ndarray) -> Contour:
    """The path with each pitch between the grid's, by a parabola."""
    frames = np.arange(len(path))
    inner = np.clip(path, 1, len(_GRID) - 2)
    before, here, after = (strength[frames, inner + shift] for shift in (-1, 0, 1))
    bend = before - 2 * here + after
    offset = np.divide(0.5 * (before - after), bend, out=np.zeros(len(path)), where=bend < -_TINY)
    pitch = _GRID[inner] + np.clip(offset, -0.5, 0.5) / _PER_KEY
    return Contour(pitch=np.where(path >= 0, pitch, np.nan), strength=np.where(path >= 0, here, 0.0))
