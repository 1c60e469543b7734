"""What espeak said, taken apart: the spectrum's envelope, which is the mouth, without the pitch.

The envelope is estimated as CheapTrick does (M. Morise, "CheapTrick, a spectral envelope estimator for high-quality
speech synthesis", Speech Communication 67, 2015): windows of three cycles, smoothed over frequency so that neither the
cycles' places nor the harmonics are left in it. The pitch is known here, and always the same.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Wave
from antiphon.engines.song.sing.speaker import Spoken

HOP = 0.005
"""Seconds between envelopes."""

ORDER = 220
"""Coefficients of a cepstrum that are kept."""

BINS = 513
_SIZE = 1_024
_LAGS = (80.0, 115.0)
"""Hertz between which espeak's one pitch is looked for."""
_LOW, _HIGH = (90.0, 1_800.0), (2_600.0, 8_000.0)
_RECOVERY = -0.15
_FLOOR = 1e-9
_RUMBLE = (110.0, 190.0)
_AUDIBLE = (200.0, 6_000.0)
_VALLEY, _VALLEY_SLOPE = 46.0, 4.0
"""Decibels below the strongest part of a spectrum at which it goes on between formants at least, and an octave above
1 kHz that much lower. espeak's own valleys are deeper than any mouth's, but those of "w" and "n" must stay deep: they
are all that tells them from vowels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A sound taken apart, by moments `HOP` apart.

    Args:
        envelope: Logarithms of power at 513 frequencies from 0 to half the rate, shape (moments, 513).
        voiced: How far it is voice below two kilohertz or so, 0 to 1.
        clear: How far it is voice, not noise, above that.
        level: Power in decibels of what the ear hears best.
        sound: The sound itself, at `rate`, without what is as low as a voice.
        rate: Of the sound.
        top: Where the envelope ends, in hertz.
    """

    envelope: NDArray[np.float32]
    voiced: Wave
    clear: Wave
    level: Wave
    sound: Wave
    rate: int
    top: float


def analyse(spoken: Spoken, rate: int) -> Analysis:
    """Take apart what was said; `rate` is wanted for the sound itself."""
    frames = max(2, int(len(spoken.sound) / (HOP * spoken.rate)) + 1)
    period = _period(spoken)
    window = np.hanning(2 * round(1.5 * period) + 1)[:-1]
    window /= np.sqrt(np.sum(window**2))
    padded = np.pad(spoken.sound, (len(window), 2 * len(window)))
    centres = np.round(np.arange(frames) * HOP * spoken.rate).astype(int) + len(window)
    places = centres[:, None] + np.arange(-(len(window) // 2), len(window) - len(window) // 2)
    # A trace of noise, always the same, so that silence has a spectrum.
    power = np.abs(np.fft.rfft(padded[places] * window, _SIZE)) ** 2 + _FLOOR
    frequencies = np.fft.rfftfreq(_SIZE, 1.0 / spoken.rate)
    heard = (frequencies > _AUDIBLE[0]) & (frequencies < _AUDIBLE[1])
    return Analysis(
        envelope=_filled(_smooth(power, spoken.rate / period, spoken.rate), spoken.rate),
        voiced=_periodicity(power, window, spoken.rate, _LOW),
        clear=_periodicity(power, window, spoken.rate, _HIGH),
        level=(10.0 * np.log10(power[:, heard].sum(axis=1) / _SIZE)).astype(np.float32),
        sound=_resampled(spoken.sound, spoken.rate, rate),
        rate=rate,
        top=spoken.rate / 2.0,
    )


def _period(spoken: Spoken) -> float:
    """Frames in a cycle of espeak's voice."""
    shortest, longest = int(spoken.rate / _LAGS[1]), int(spoken.rate / _LAGS[0])
    usual = spoken.rate / 95.7
    size = 1 << (len(spoken.sound) + longest).bit_length()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(spoken.sound, size)) ** 2)[: longest + 2]
    best = int(np.argmax(likeness[shortest:longest])) + shortest
    if not spoken.sound.any() or best in {shortest, longest - 1}:
        return usual
    before, at, after = likeness[best - 1 : best + 2]
    return float(best + 0.5 * (before - after) / (before - 2.0 * at + after))


def _smooth(power: NDArray[np.float64], pitch: float, rate: int) -> NDArray[np.float32]:
    """The envelope of power spectra of a voice of this pitch."""
    lowest = int(np.ceil(pitch * _SIZE / rate))
    power[:, :lowest] = power[:, lowest : lowest + 1]
    half = pitch / 3.0 * _SIZE / rate
    places = np.arange(BINS, dtype=np.float64)
    summed = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    averaged = (_between(summed, places + 0.5 + half) - _between(summed, places + 0.5 - half)) / (2.0 * half)
    turns = np.arange(BINS) / rate * pitch
    lifter = np.sinc(turns) * ((1.0 - 2.0 * _RECOVERY) + 2.0 * _RECOVERY * np.cos(2.0 * np.pi * turns))
    cepstrum = np.fft.irfft(np.log(np.maximum(averaged, _FLOOR)), _SIZE)
    lifted = cepstrum * np.concatenate([lifter, lifter[-2:0:-1]])
    return np.asarray(np.fft.rfft(lifted).real, dtype=np.float32)


def _filled(envelope: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The envelope with its valleys no deeper than a mouth makes them."""
    octaves = np.log2(np.maximum(np.linspace(0.0, rate / 2.0, BINS), 1_000.0) / 1_000.0)
    depth = ((_VALLEY + _VALLEY_SLOPE * octaves) * (np.log(10.0) / 10.0)).astype(np.float32)
    return np.asarray(np.logaddexp(envelope, envelope.max(axis=1, keepdims=True) - depth), dtype=np.float32)


def _between(rows: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.clip(places, 0.0, rows.shape[1] - 1.001)
    whole = places.astype(int)
    return np.asarray(rows[:, whole] + (rows[:, whole + 1] - rows[:, whole]) * (places - whole))


def _periodicity(power: NDArray[np.float64], window: NDArray[np.float64], rate: int, band: tuple[float, float]) -> Wave:
    frequencies = np.fft.rfftfreq(_SIZE, 1.0 / rate)
    kept = (frequencies > band[0]) & (frequencies < band[1])
    likeness = np.fft.irfft(np.where(kept, power, 0.0), _SIZE)
    lags = np.arange(int(rate / _LAGS[1]), int(rate / _LAGS[0]))
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * _SIZE)) ** 2)
    shares = likeness[:, lags] / np.maximum(likeness[:, :1], _FLOOR) / (own[lags] / own[0])
    return np.asarray(np.clip(shares.max(axis=1), 0.0, 1.0), dtype=np.float32)


def _resampled(sound: Wave, before: int, after: int) -> Wave:
    """At another rate, by a Fourier transform, without rumble."""
    frames = max(1, round(len(sound) * after / before))
    spectrum = np.fft.rfft(sound) if len(sound) else np.zeros(1, dtype=np.complex64)
    frequencies = np.arange(len(spectrum)) * (before / max(len(sound), 1))
    spectrum *= np.clip((frequencies - _RUMBLE[0]) / (_RUMBLE[1] - _RUMBLE[0]), 0.0, 1.0)
    return (np.fft.irfft(spectrum, frames) * (frames / max(len(sound), 1))).astype(np.float32)


@functools.lru_cache(maxsize=16)
def mouth(top: float, rate: int, *, tract: float, tilt: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How an envelope becomes a cepstrum of least phase of a singer's: a matrix, and what is added after it.

    Args:
        top: Where the envelope ends, in hertz.
        rate: Of what is sung.
        tract: What the formants are multiplied by.
        tilt: Decibels an octave.

    Returns:
        Shapes (513, ORDER) and (ORDER,).
    """
    frequencies = np.linspace(0.0, rate / 2.0, BINS)
    source = frequencies / tract
    places = np.minimum(source, _EDGE * top) / top * (BINS - 1)
    whole = np.minimum(places.astype(int), BINS - 2)
    warp = np.zeros((BINS, BINS))
    warp[np.arange(BINS), whole] = 1.0 - (places - whole)
    warp[np.arange(BINS), whole + 1] = places - whole
    above = source > _EDGE * top
    around = np.arange(BINS)
    warp[above] = (np.abs(around / (BINS - 1) - _EDGE + 0.05) < 0.05) / np.sum(  # noqa: PLR2004 - a tenth of the band
        np.abs(around / (BINS - 1) - _EDGE + 0.05) < 0.05  # noqa: PLR2004
    )
    added = _colour(frequencies, tract=tract, tilt=tilt) - _FALL * np.maximum(source - _EDGE * top, 0.0) / 1_000.0
    # Half, as amplitude is the root of power; and twice the power, as it is in `top` of `rate` only.
    gains = added * (np.log(10.0) / 20.0) + 0.5 * np.log(rate / (2.0 * top))
    return _cepstral(0.5 * warp).T.astype(np.float32), _cepstral(gains[:, None])[:, 0].astype(np.float32)


_EDGE = 0.93
"""What espeak says above this share of its band is not heard any more."""
_FALL = 2.5
"""Decibels a kilohertz by which what espeak lacks falls off."""
_RING, _RING_BY_TILT, _MOST_RING = 4.0, 1.6, 9.0
"""Decibels that a trained voice has more of near 3 kHz: bright ones have most of it, breathy ones none."""


def brighter(rate: int) -> NDArray[np.float32]:
    """What is added to a cepstrum to slope it by a decibel an octave, shape (ORDER,)."""
    gains = _sloped(np.linspace(0.0, rate / 2.0, BINS), 1.0) * (np.log(10.0) / 20.0)
    return _cepstral(gains[:, None])[:, 0].astype(np.float32)


def _sloped(frequencies: NDArray[np.float64], tilt: float) -> NDArray[np.float64]:
    """Decibels of a slope of so many an octave, about 500 Hz."""
    octaves = np.log2(np.maximum(frequencies, 60.0) / 500.0)
    return np.asarray(tilt * np.clip(octaves, -2.0, 4.5))


def _colour(frequencies: NDArray[np.float64], *, tract: float, tilt: float) -> NDArray[np.float64]:
    """Decibels: the singer's slope, their ring, and nothing near 0 Hz."""
    ring = float(np.clip(_RING + _RING_BY_TILT * tilt, 0.0, _MOST_RING))
    peak = ring * np.exp(-0.5 * ((frequencies / tract - 2_900.0) / 480.0) ** 2)
    rumble = -30.0 * np.clip(1.0 - frequencies / 75.0, 0.0, 1.0)
    return np.asarray(_sloped(frequencies, tilt) + peak + rumble)


def _cepstral(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    cepstrum = np.fft.irfft(gains, _SIZE, axis=0)[:ORDER]
    cepstrum[1:] *= 2.0
    return cepstrum
