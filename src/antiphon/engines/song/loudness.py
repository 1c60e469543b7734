"""How loud sound is: ITU-R BS.1770-5, for stereo at 44.1 kHz. Pure.

The standard's filters are applied to the spectra of tenths of a second, each by itself: within 0.05 dB of a filter that
runs through, and a single transform of the piece.
"""

import math

import numpy as np

from antiphon.audio.samples import Samples

_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
_HIGHPASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)
_STANDARD_RATE = 48_000
_STEP = 0.1  # Seconds.
_STEPS = 4  # In a block of the standard's.
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
_OFFSET = -0.691
_OVERSAMPLED = 4
_CHUNK = 1 << 18
_AT_ONCE = 64

SILENCE = -math.inf
"""What a piece without sound measures."""


def loudness(stereo: Samples, rate: int) -> float:
    """Integrated loudness in LUFS; `SILENCE` where nothing passes the gates.

    Args:
        stereo: Shape (2, frames), float32.
        rate: In hertz.
    """
    blocks = _blocks(powers(stereo, rate))
    loud = blocks[lufs(blocks) > _ABSOLUTE_GATE]
    if not loud.size:
        return SILENCE
    kept = loud[lufs(loud) > lufs(loud.mean()) + _RELATIVE_GATE]
    return float(lufs(kept.mean())) if kept.size else SILENCE


def powers(stereo: Samples, rate: int) -> np.ndarray:
    """Of each tenth of a second that is whole: both channels' mean squares after weighting, added up."""
    step = round(_STEP * rate)
    steps = stereo.shape[1] // step
    # By Parseval's theorem; a frequency between the first and the last stands for two.
    weights = np.abs(_weighting(np.fft.rfftfreq(step, 1 / rate))) ** 2 * 2 / step**2
    weights[0] /= 2
    if step % 2 == 0:
        weights[-1] /= 2
    found = np.empty(steps)
    for start in range(0, steps, _AT_ONCE):
        end = min(start + _AT_ONCE, steps)
        spectra = np.fft.rfft(stereo[:, start * step : end * step].reshape(stereo.shape[0], -1, step))
        found[start:end] = ((spectra.real**2 + spectra.imag**2) @ weights).sum(axis=0)
    return found


def lufs(power: float | np.ndarray) -> np.ndarray:
    """A weighted power as the standard counts it."""
    levels: np.ndarray = _OFFSET + 10 * np.log10(np.maximum(power, 1e-30))
    return levels


def true_peak(stereo: Samples) -> float:
    """The highest value between and at the samples, in dBTP: four times oversampled, as the standard has it."""
    highest = 0.0
    for start in range(0, stereo.shape[1], _CHUNK):
        part = stereo[:, max(0, start - 64) : start + _CHUNK + 64]
        highest = max(highest, float(np.abs(oversampled(part)).max(initial=0.0)))
    return 20 * math.log10(highest) if highest else SILENCE


def oversampled(part: Samples) -> Samples:
    """The same sound at four times the rate, by transforms; near its edges it is as if silence were beside them.

    Args:
        part: Shape (..., frames), float32.
    """
    frames = part.shape[-1]
    if not part.size:
        return np.zeros((*part.shape[:-1], frames * _OVERSAMPLED), np.float32)
    size = frames + 128
    spectrum = np.fft.rfft(part, size)
    wide = np.fft.irfft(spectrum, size * _OVERSAMPLED) * _OVERSAMPLED
    return wide[..., : frames * _OVERSAMPLED].astype(np.float32, copy=False)


def _blocks(steps: np.ndarray) -> np.ndarray:
    """Of each block of 0.4 s, a step of 0.1 s apart, the power."""
    padded = np.pad(steps, (0, max(0, _STEPS - len(steps))))
    return np.convolve(padded, np.full(_STEPS, 1 / _STEPS), "valid")


def _weighting(frequency: np.ndarray) -> np.ndarray:
    """The standard's two filters; their coefficients are for 48 kHz."""
    z = np.exp(-2j * np.pi * np.minimum(frequency, _STANDARD_RATE / 2) / _STANDARD_RATE)
    response: np.ndarray = np.ones_like(z)
    for b0, b1, b2, a1, a2 in (_SHELF, _HIGHPASS):
        response = response * (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return response
