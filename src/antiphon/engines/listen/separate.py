"""A recording taken apart: voice, drums, bass and the rest. Pure; what comes out adds up to what went in.

A voice is mostly in the middle between the loudspeakers, on the harmonics of the melody, and neither a click nor below
100 Hz. Each of these is a mask between 0 and 1 over the spectrum, and the voice is what all let pass. Of a recording in
mono the first says nothing, and more of the band is left in the voice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from antiphon.audio.samples import Samples
from antiphon.engines.listen.contour import STEP, contour

_WINDOW, _HOP = 4_096, 1_024
_PIECE = 512
"""Spectra at once."""
_MARGIN = 16
"""Spectra on each side of a piece, for what is compared over time."""
_VOICE = (100.0, 10_000.0)
_BASS_BELOW = (150.0, 300.0)
"""Hertz below which all that has a pitch is the bass's, and from where on nothing."""
_VOICED = -1.0
_WIDTH, _WIDTH_SHARE = 15.0, 0.03
"""How far from a harmonic, in hertz and as a share of it, half of the sound is the voice's."""
_BETWEEN = (0.1, 0.9)
"""How much of what is between the harmonics is the voice's, at 300 Hz and at 3 kHz: up there are its consonants."""
_UNPITCHED = 0.2
_RAMP = (300.0, 3_000.0)
_CENTRED = 0.5
_TONAL = 0.25
"""Powers of the masks."""
_LONG, _WIDE = 25, 9
"""Spectra, and bins, over which a tone and a click are even."""
_MONO = 1e-3
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A recording in four stems, shape (2, frames) each; they add up to it.

    Args:
        vocals: Whoever is in the middle, and sings.
        drums: What has no pitch.
        bass: What has, below all others.
        other: The rest.
        mono: Whether both channels were the same, so that the voice is told from the others by its pitch alone.
    """

    vocals: Samples
    drums: Samples
    bass: Samples
    other: Samples
    mono: bool


def vocals(stereo: Samples, rate: int) -> tuple[Samples, Samples]:
    """The voice, and the rest.

    Args:
        stereo: Shape (2, frames).
        rate: In hertz, 16 kHz or more.
    """
    keys = _melody(stereo, rate)
    voice = _filtered(stereo, rate, lambda piece: _voice(piece, keys))
    return voice, stereo - voice


def apart(stereo: Samples, rate: int) -> Apart:
    """The recording in four.

    Args:
        stereo: As `vocals`.
        rate: As `vocals`.
    """
    voice, rest = vocals(stereo, rate)
    drums = _filtered(rest, rate, lambda piece: 1.0 - _tonal(np.abs(piece.middle), 2.0))
    rest -= drums
    bass = _filtered(rest, rate, lambda piece: _low(piece.hertz))
    return Apart(vocals=voice, drums=drums, bass=bass, other=rest - bass, mono=is_mono(stereo))


def is_mono(stereo: Samples) -> bool:
    """Whether both channels are the same."""
    apart_ = float(np.abs(stereo[0] - stereo[1]).max(initial=0.0))
    return apart_ <= _MONO * float(np.abs(stereo).max(initial=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Some spectra of both channels, shape (2, spectra, bins).

    Args:
        spectra: Complex.
        hertz: Of each bin.
        seconds: The middle of each.
    """

    spectra: np.ndarray
    hertz: np.ndarray
    seconds: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        """What both channels have."""
        half: np.ndarray = self.spectra.sum(axis=0) / 2
        return half

    def centred(self) -> np.ndarray:
        """How much of each bin is alike in both channels, 0 to 1."""
        left, right = self.spectra
        power = np.abs(left) ** 2 + np.abs(right) ** 2
        alike: np.ndarray = np.clip(2 * (left * right.conj()).real / (power + _TINY), 0.0, 1.0)
        return alike


def _filtered(stereo: Samples, rate: int, mask: Callable[[_Piece], np.ndarray]) -> Samples:
    """What a mask lets pass."""
    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1]).astype(np.float32)
    frames = stereo.shape[1]
    padded = np.pad(stereo, ((0, 0), (_WINDOW // 2, _WINDOW + _HOP)))
    made = np.zeros_like(padded)
    hertz = np.fft.rfftfreq(_WINDOW, 1 / rate)
    for first, last, piece in _pieces(padded, window, rate, hertz):
        kept = (piece.spectra * mask(piece))[:, first:last]
        start = round(piece.seconds[first] * rate)
        for number, waves in enumerate(np.moveaxis(np.fft.irfft(kept, axis=2), 1, 0)):
            at = start + number * _HOP
            made[:, at : at + _WINDOW] += waves * window
    half = _WINDOW // 2
    return np.asarray(made[:, half : half + frames] * np.float32(2 * _HOP / _WINDOW), np.float32)


def _pieces(padded: Samples, window: np.ndarray, rate: int, hertz: np.ndarray) -> Iterator[tuple[int, int, _Piece]]:
    """Pieces with their margins; and which spectra of each are its own."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP]
    count = windows.shape[1]
    for start in range(0, count, _PIECE):
        low, high = max(0, start - _MARGIN), min(count, start + _PIECE + _MARGIN)
        spectra = np.fft.rfft(windows[:, low:high] * window, axis=2).astype(np.complex64)
        seconds = np.arange(low, high) * _HOP / rate
        yield start - low, min(start + _PIECE, count) - low, _Piece(spectra=spectra, hertz=hertz, seconds=seconds)


def _melody(stereo: Samples, rate: int) -> np.ndarray:
    """The key that leads, each `STEP`, in what is in the middle."""
    middle = _filtered(stereo, rate, lambda piece: piece.centred() ** 4)
    return contour(middle.mean(axis=0), rate, voiced=_VOICED).pitch


def _voice(piece: _Piece, keys: np.ndarray) -> np.ndarray:
    """How much of each bin is the voice's."""
    ramp = np.log(np.maximum(piece.hertz, 1.0) / _RAMP[0]) / np.log(_RAMP[1] / _RAMP[0])
    ramp = np.clip(ramp, 0.0, 1.0)
    between = _BETWEEN[0] + (_BETWEEN[1] - _BETWEEN[0]) * ramp
    centred = piece.centred()
    inside = (piece.hertz >= _VOICE[0]) & (piece.hertz <= _VOICE[1])
    own = keys[np.clip(np.rint(piece.seconds / STEP).astype(int), 0, len(keys) - 1)]
    combs = _comb(own, piece.hertz)
    pitched = combs * centred**_CENTRED + (1 - combs) * between * centred
    pitched *= _tonal(np.abs(piece.middle), 1.0) ** _TONAL
    unpitched = _UNPITCHED * ramp * centred
    mask: np.ndarray = np.where(np.isfinite(own)[:, np.newaxis], pitched, unpitched) * inside
    return mask.astype(np.float32)


def _comb(keys: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """How near each bin is to a harmonic of each key, 0 to 1."""
    fundamental = 440.0 * 2 ** ((np.nan_to_num(keys, nan=69.0)[:, np.newaxis] - 69) / 12)
    nearest = np.maximum(1.0, np.rint(hertz / fundamental)) * fundamental
    away = (hertz - nearest) / (_WIDTH + _WIDTH_SHARE * nearest)
    near: np.ndarray = np.exp2(-np.square(away))
    return near


def _tonal(magnitudes: np.ndarray, power: float) -> np.ndarray:
    """How much of each bin is a tone and not a click.

    Source: D. Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010.
    """
    tone = median_filter(magnitudes, size=(_WIDE, 1)) ** (2 * power)
    click = median_filter(magnitudes, size=(1, _LONG)) ** (2 * power)
    share: np.ndarray = tone / (tone + click + _TINY)
    return share


def _low(hertz: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.clip((_BASS_BELOW[1] - hertz) / (_BASS_BELOW[1] - _BASS_BELOW[0]), 0.0, 1.0)
    return share
