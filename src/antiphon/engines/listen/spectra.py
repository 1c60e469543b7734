"""Spectra of a recording, taken in pieces so that a long one needs no more memory than its results. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples

RATE = 22_050
"""In hertz: everything but the stems is heard at it."""

FLUX_HOP = 256
FLUX_RATE = RATE / FLUX_HOP
"""Values a second, of `Flux`."""

PITCH_HOP = 1024
PITCH_RATE = RATE / PITCH_HOP
"""Columns a second, of `pitch_spectrum`."""

LOWEST_KEY = 24
"""MIDI's number of the lowest key that is looked for; 32.7 Hz."""
KEYS = 84
STEPS = 3
"""Bins a semitone, of `pitch_spectrum`."""

_FLUX_WINDOW = 1024
_PITCH_WINDOW = 8192
_BANDS = 40
_BAND_EDGES = (40.0, 10_000.0)
_LOW = 160.0
"""Hertz below which a kick drum and a bass are."""
_FLOOR = 1e-4
"""Of the loudest, what is not heard beside it: -80 dB."""
_PIECE = 1024
"""Spectra at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flux:
    """How much begins at each moment, `FLUX_RATE` a second, 0 and above.

    Args:
        whole: In all bands together, shape (frames,).
        low: In the lowest bands.
    """

    whole: np.ndarray
    low: np.ndarray


def flux(mono: Samples) -> Flux:
    """Where sound begins: by how many decibels each band rises, in the mean of the bands.

    Args:
        mono: Shape (frames,), at `RATE`.
    """
    bands, centres = _band_filters()
    powers = _spectra(mono, _FLUX_WINDOW, FLUX_HOP, lambda magnitudes: np.square(magnitudes) @ bands.T)
    levels = 10 * np.log10(np.maximum(powers, powers.max(initial=_FLOOR) * _FLOOR**2))
    rises = np.maximum(0.0, np.diff(levels, axis=0, prepend=levels[:1]))
    low = centres < _LOW
    return Flux(whole=rises.mean(axis=1), low=rises[:, low].mean(axis=1))


def pitch_spectrum(mono: Samples) -> np.ndarray:
    """How strong each pitch's frequency is, `PITCH_RATE` columns a second.

    Args:
        mono: Shape (frames,), at `RATE`.

    Returns:
        Shape (KEYS * STEPS, columns), float32, 0 and above. Row `STEPS * k + 1` is that of the key `LOWEST_KEY + k`,
        tuned to 440 Hz; its neighbours are a third of a semitone off.
    """
    filters = _pitch_filters()
    return np.ascontiguousarray(
        _spectra(mono, _PITCH_WINDOW, PITCH_HOP, lambda magnitudes: magnitudes @ filters.T).T, dtype=np.float32
    )


def _spectra(mono: Samples, window: int, hop: int, reduced: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Magnitudes of windows centred on every `hop`th sample, reduced a piece at a time; shape (windows, values)."""
    padded = np.pad(mono, window // 2)
    shape = np.hanning(window).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    return np.concatenate(
        [
            reduced(np.abs(np.fft.rfft(windows[start : start + _PIECE] * shape, axis=1)).astype(np.float32))
            for start in range(0, len(windows), _PIECE)
        ]
    )


def _band_filters() -> tuple[np.ndarray, np.ndarray]:
    """Triangles, evenly apart in mels (HTK's formula), and their centres in hertz."""
    low, high = (2595 * np.log10(1 + edge / 700) for edge in _BAND_EDGES)
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_FLUX_WINDOW, 1 / RATE)
    up = (bins - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    down = (edges[2:, np.newaxis] - bins) / np.diff(edges)[1:, np.newaxis]
    filters: np.ndarray = np.maximum(0.0, np.minimum(up, down)).astype(np.float32)
    return filters, edges[1:-1]


def _pitch_filters() -> np.ndarray:
    """Raised cosines around each third of a semitone, each of sum 1, and never narrower than a bin of the transform."""
    bins = np.fft.rfftfreq(_PITCH_WINDOW, 1 / RATE)
    keys = LOWEST_KEY + (np.arange(KEYS * STEPS) - 1) / STEPS
    centres = 440 * 2 ** ((keys - 69) / 12)
    widths = np.maximum(centres * (2 ** (1 / (12 * STEPS)) - 1), bins[1])
    away = np.abs(bins - centres[:, np.newaxis]) / widths[:, np.newaxis]
    filters = np.where(away < 1, 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1)), 0)
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), dtype=np.float32)
