"""What a clip tells of its speaker: pitch, its span, pace, spectral tilt. Pure numpy.

What is not measured is not kept: neither words, nor accent, nor anything that would tell the speaker from another with
the same four numbers.

Source of the count of syllables: N. de Jong and T. Wempe, "Praat script to detect syllable nuclei and measure speech
rate automatically", Behavior Research Methods 41 (2009): voiced peaks of intensity with dips between them.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.pitch import STEP, Track, follow, frames
from antiphon.audio.samples import Samples
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Hertz, Seconds

LEAST_SPEECH = Seconds(1.0)
"""Voiced sound that a clip must have."""

_NUCLEUS_BAND = (300.0, 3_000.0)  # Where vowels are loud, and little else is.
_SMOOTHED = 5  # Frames: more hides the dips of quick speech, less shows single periods of slow ones.
_DIP = 2.0  # Decibels between two syllables.
_FAINTEST_PEAK = 25.0  # Decibels below the loud parts, here and in the next line.
_FAINTEST_SPEECH = 30.0
_LONGEST_CLOSURE = Seconds(0.2)  # A longer silence is a pause; a shorter one may be the middle of a "tt".

_TILT_CENTRES = 300.0 * 2 ** (np.arange(10) / 3)  # Hertz: up to 2,400, so that a telephone's band holds them all.
_TILT_REACH = 2**0.5  # Each band is an octave wide, so that it has a harmonic in it, whatever the pitch.
_SPECTRUM = 1_024


class NoSpeech(ValueError):
    """There is too little voiced sound to measure anything."""


def measure(samples: Samples, rate: Hertz) -> Likeness:
    """Measure a speaker.

    Args:
        samples: The clip.
        rate: Its sample rate, at least 16 kHz.

    Raises:
        NoSpeech: It has less than a second of voiced sound, or not a single syllable.
    """
    track = follow(samples, rate)
    voiced = track > 0
    if np.count_nonzero(voiced) * STEP < LEAST_SPEECH:
        raise NoSpeech
    power, frequencies = _spectra(samples, rate)
    low, middle, high = np.percentile(track[voiced], [10, 50, 90])
    return Likeness(
        pitch=float(middle),
        span=float(12 * np.log2(high / low)),
        pace=_pace(power, frequencies, track),
        tilt=_tilt(power[voiced].mean(axis=0), frequencies),
    )


def _spectra(samples: Samples, rate: Hertz) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The power spectrum of each frame of `follow`, and the frequencies of its bins."""
    cut = frames(samples, rate)
    length = max(_SPECTRUM, 1 << (cut.shape[1] - 1).bit_length())
    power: NDArray[np.float64] = np.abs(np.fft.rfft(cut * np.hanning(cut.shape[1]), length)) ** 2
    return power, np.asarray(np.fft.rfftfreq(length, 1 / rate), dtype=np.float64)


def _pace(power: NDArray[np.float64], frequencies: NDArray[np.float64], track: Track) -> float:
    """Syllables a second while speaking."""
    low, high = _NUCLEUS_BAND
    energy = power[:, (frequencies >= low) & (frequencies <= high)].sum(axis=1)
    weight = np.hanning(_SMOOTHED + 2)
    level = _decibels(np.convolve(energy, weight / weight.sum(), "same"))
    loud = float(np.percentile(level, 95))
    peaks = [at for at in _peaks(level, _DIP) if track[at] > 0 and level[at] > loud - _FAINTEST_PEAK]
    heard = np.flatnonzero(level > loud - _FAINTEST_SPEECH)
    steps = np.diff(heard)
    seconds = (1 + steps[steps * STEP <= _LONGEST_CLOSURE].sum()) * STEP
    if not peaks:
        raise NoSpeech
    return float(len(peaks) / seconds)


def _peaks(level: NDArray[np.float64], dip: float) -> list[int]:
    """Places of the maxima that rise by `dip` from the minimum before them and fall by as much after it."""
    found = []
    rising, turn = True, 0
    for at, value in enumerate(level):
        if (value > level[turn]) == rising:
            turn = at
        elif abs(level[turn] - value) >= dip:
            if rising:
                found.append(turn)
            rising, turn = not rising, at
    return found


def _tilt(power: NDArray[np.float64], frequencies: NDArray[np.float64]) -> float:
    """Slope of a spectrum in decibels an octave."""
    bands = [
        power[(frequencies >= centre / _TILT_REACH) & (frequencies <= centre * _TILT_REACH)].mean()
        for centre in _TILT_CENTRES
    ]
    return float(np.polyfit(np.log2(_TILT_CENTRES), _decibels(np.array(bands)), 1)[0])


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(power + np.finfo(np.float64).tiny)
