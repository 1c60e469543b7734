"""Sound as the SDKs hand it over: decoded by FFmpeg's libraries, and measured."""

import io

import av
import numpy as np

_RAW = {
    "pcm_f32le": "f32le",
    "pcm_s16le": "s16le",
    "pcm_s16be": "s16be",
    "pcm_mulaw": "mulaw",
    "pcm_alaw": "alaw",
}
_THIRDS = 100 * 2 ** (np.arange(0, 18) / 3)
"""Edges of bands of a third of an octave, 100 Hz to 5 kHz."""


def decoded(sound: bytes, audio_format: str = "pcm_s16le", *, rate: int = 24_000) -> tuple[np.ndarray, int]:
    """The samples of one channel in -1..1, and their rate; `rate` is that of raw formats."""
    raw = _RAW.get(audio_format)
    options = {"sample_rate": str(rate)} if raw else {}
    mono = av.AudioResampler(format="flt", layout="mono")
    with av.open(io.BytesIO(sound), format=raw, options=options) as container:
        frames = [part for frame in container.decode(audio=0) for part in mono.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


def seconds(sound: bytes, audio_format: str = "pcm_s16le", *, rate: int = 24_000) -> float:
    """How long a sound is."""
    samples, rate = decoded(sound, audio_format, rate=rate)
    return len(samples) / rate


def is_speech(samples: np.ndarray, rate: int) -> bool:
    """Whether most of it is where voices are, and it is neither silence nor a click."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    return bool(
        np.sqrt(np.mean(samples**2)) > 0.01 and spectrum[(hertz > 80) & (hertz < 4000)].sum() > 0.9 * spectrum.sum()
    )


def colour(samples: np.ndarray, rate: int) -> np.ndarray:
    """How strong it is in each third of an octave, in decibels of the whole."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    bands = np.histogram(hertz, _THIRDS, weights=power)[0]
    return 10 * np.log10(bands / power.sum())


def pitch(samples: np.ndarray, rate: int) -> float:
    """The median fundamental frequency of its loud moments, in hertz, by autocorrelation."""
    size = rate // 20
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    loud = frames[np.sqrt(np.mean(frames**2, axis=1)) > 0.05]
    power = np.abs(np.fft.rfft(loud, 2 * size, axis=1)) ** 2
    likeness = np.fft.irfft(power, axis=1)[:, :size]
    shortest, longest = rate // 400, rate // 60
    lags = shortest + np.argmax(likeness[:, shortest:longest], axis=1)
    return float(np.median(rate / lags))
