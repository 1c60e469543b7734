"""Envelopes, a pitch and noise made into a voice.

The source is a train of band-limited pulses, one a cycle, so that it has every harmonic and no others; each short
stretch of it goes through a filter of least phase whose gains are the envelope. Where there is no voice, what espeak
said is laid together as it is.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Wave, chance

STEP = 256
"""Frames between filters."""
_SIZE = 2_048
_CHUNK = 128
_TAPS, _FINE = 32, 128
_NOISES = 61
_TURN, _WIDTH = 2_200.0, 700.0
"""Hertz below which a voice's `voiced` counts, and above which its `clear`; and how gently one gives way."""
_AIRY, _AIR = (3_500.0, 10_000.0), 0.45
"""Hertz between which ever more of every voice is noise, and how much of it at last."""
_HISSING, _LEAST_HISS = (1_000.0, 5_000.0), 0.12
"""Hertz between which a breath in the voice is heard ever more, and how much of it is everywhere."""
_LOWEST = 55.0
_ABOVE = (10_400.0, 11_000.0)
_UNHEARD = 1e-6
_JITTER, _SHIMMER = 0.003, 0.03
"""How unlike each other a voice's cycles are in length and in strength."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a voice does, by filters: each `STEP` frames after the one before.

    Args:
        first: Which filter of the song's is the first here.
        cepstra: The mouth, shape (filters, coefficients).
        pitch: Hertz.
        voiced: Share of voice below two kilohertz or so, 0 to 1.
        clear: Above it.
        breath: Noise besides.
        gain: Of voice and noise.
        plain: Gain of what espeak said, as it is.
        grains: Where in `sound` that is, in frames.
        sound: Of espeak's, all sources one after the other.
    """

    first: int
    cepstra: NDArray[np.float32]
    pitch: NDArray[np.float64]
    voiced: Wave
    clear: Wave
    breath: Wave
    gain: Wave
    plain: Wave
    grains: NDArray[np.int64]
    sound: Wave


def render(course: Course, out: Wave, rate: int) -> None:
    """Add a voice to `out`."""
    filters = len(course.pitch)
    pulses = _pulses(course.pitch, rate, f"sing cycles {course.first}")
    window = np.hanning(2 * STEP + 1)[:-1].astype(np.float32)
    low, high, hiss, above = _bands(rate)
    noises = _noises()
    deaf = _rumble(rate)
    canvas = np.zeros((filters + 1) * STEP + _SIZE, dtype=np.float32)
    around = np.arange(-STEP, STEP)
    frames = np.arange(2 * STEP)
    for start in range(0, filters, _CHUNK):
        here = slice(start, min(start + _CHUNK, filters))
        count = here.stop - start
        shape = np.fft.rfft(course.cepstra[here], _SIZE)
        source = np.fft.rfft(pulses[(np.arange(start, here.stop) * STEP)[:, None] + frames] * window, _SIZE)
        voice = course.voiced[here, None] * low + course.clear[here, None] * high
        noise = np.sqrt(np.maximum(1.0 - voice * voice, 0.0)) + course.breath[here, None] * hiss
        noise *= course.gain[here, None]
        noise += course.plain[here, None] * above
        voice *= course.gain[here, None]
        source *= voice
        chosen = (np.arange(start, here.stop) + course.first) * 23 % _NOISES
        source += noises[chosen] * noise
        turned = np.empty_like(source)
        turned.real, turned.imag = np.cos(shape.imag), np.sin(shape.imag)
        source[:, : len(deaf)] *= deaf
        source *= turned
        source *= np.exp(shape.real)
        sung = np.fft.irfft(source, _SIZE)
        plain = np.flatnonzero(course.plain[here] > _UNHEARD)
        grains = course.sound[np.clip(course.grains[start + plain, None] + around, 0, len(course.sound) - 1)]
        sung[plain, : 2 * STEP] += grains * (window * course.plain[start + plain, None])
        for place in range(count):
            at = (start + place) * STEP
            canvas[at : at + _SIZE] += sung[place]
    at = (course.first - 1) * STEP
    skipped = max(0, -at)
    length = min(len(canvas) - skipped, len(out) - at - skipped)
    if length > 0:
        out[at + skipped : at + skipped + length] += canvas[skipped : skipped + length]


def _pulses(pitch: NDArray[np.float64], rate: int, place: str) -> Wave:
    """One pulse a cycle, each with the power of as many frames as the cycle has; `STEP` frames before the first."""
    phase = np.concatenate([[0.0], np.cumsum(0.5 * (pitch[1:] + pitch[:-1]) * STEP / rate)])
    frames = np.arange(len(pitch)) * STEP
    whole = np.arange(1, int(phase[-1]) + 1)
    places = np.interp(whole, phase, frames) + STEP
    cycle = rate / np.interp(places - STEP, frames, pitch)
    unlike = chance(place).standard_normal((2, len(places))).clip(-2.5, 2.5)
    strength = np.sqrt(cycle) * (1.0 + _SHIMMER * unlike[0])
    places += _JITTER * cycle * unlike[1]
    at = np.floor(places).astype(np.int64)
    table = _taps()[((places - at) * _FINE).astype(np.int64)]
    train = np.zeros((len(pitch) + 2) * STEP + _TAPS, dtype=np.float32)
    spots = at[:, None] + np.arange(_TAPS) - _TAPS // 2 + 1
    np.add.at(train, np.clip(spots, 0, len(train) - 1), (table * strength[:, None]).astype(np.float32))
    return train


@functools.cache
def _taps() -> NDArray[np.float64]:
    """A pulse that begins between two frames, by how far."""
    part = (np.arange(_FINE) + 0.5) / _FINE
    places = np.arange(_TAPS) - _TAPS // 2 + 1 - part[:, None]
    return np.asarray(np.sinc(places) * (0.5 + 0.5 * np.cos(np.pi * places / (_TAPS // 2 + 1))))


@functools.cache
def _bands(rate: int) -> tuple[Wave, Wave, Wave, Wave]:
    """By frequency: how far `voiced` counts, how far `clear`, how much of breath is in it, and what espeak lacks."""
    frequencies = np.fft.rfftfreq(_SIZE, 1.0 / rate)
    split = 1.0 / (1.0 + np.exp((frequencies - _TURN) / (0.25 * _WIDTH)))
    hiss = np.clip((frequencies - _HISSING[0]) / (_HISSING[1] - _HISSING[0]), _LEAST_HISS, 1.0)
    air = _AIR * np.clip((frequencies - _AIRY[0]) / (_AIRY[1] - _AIRY[0]), 0.0, 1.0)
    above = np.clip((frequencies - _ABOVE[0]) / (_ABOVE[1] - _ABOVE[0]), 0.0, 1.0)
    bands = (split, (1.0 - split) * (1.0 - air), hiss, above)
    low, clear, breath, lacking = (band.astype(np.float32) for band in bands)
    return low, clear, breath, lacking


def _rumble(rate: int) -> NDArray[np.complex64]:
    """Gains of the lowest frequencies: nothing at 0 Hz. Butterworth's, as that answers nothing before its time."""
    s = 1j * np.fft.rfftfreq(_SIZE, 1.0 / rate)[:64] / _LOWEST
    return np.asarray(s * s / (s * s + np.sqrt(2.0) * s + 1.0), dtype=np.complex64)


@functools.cache
def _noises() -> NDArray[np.complex64]:
    """Spectra of stretches of noise that overlap evenly."""
    window = np.sin(np.pi * (np.arange(2 * STEP) + 0.5) / (2 * STEP)).astype(np.float32)
    noise = chance("sing noise").standard_normal((_NOISES, 2 * STEP), dtype=np.float32) * window
    return np.asarray(np.fft.rfft(noise, _SIZE), dtype=np.complex64)
