"""How loud sound is: ITU-R BS.1770-5, for stereo at 44.1 kHz. Pure.

The standard's filters are applied in the frequency domain: their responses are exact, and a long piece takes a few
transforms instead of a loop over its samples.
"""

import math

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.spectrum import filtered

_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
_HIGHPASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)
_STANDARD_RATE = 48_000
_BLOCK, _STEP = 0.4, 0.1  # Seconds.
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
_OFFSET = -0.691
_OVERSAMPLED = 4
_CHUNK = 1 << 18

SILENCE = -math.inf
"""What a piece without sound measures."""


def loudness(stereo: Samples, rate: int) -> float:
    """Integrated loudness in LUFS; `SILENCE` where nothing passes the gates.

    Args:
        stereo: Shape (2, frames), float32.
        rate: In hertz.
    """
    powers = _block_powers(stereo, rate)
    loud = powers[_lufs(powers) > _ABSOLUTE_GATE]
    if not loud.size:
        return SILENCE
    gate = _lufs(np.array([loud.mean()]))[0] + _RELATIVE_GATE
    kept = loud[_lufs(loud) > gate]
    return float(_lufs(np.array([kept.mean()]))[0]) if kept.size else SILENCE


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
    return wide[..., : frames * _OVERSAMPLED].astype(np.float32)


def _block_powers(stereo: Samples, rate: int) -> np.ndarray:
    """Of each block of 0.4 s, a step of 0.1 s apart: the sum of both channels' mean squares after weighting."""
    step = round(_STEP * rate)
    steps = _step_sums(stereo, rate, step)
    blocks = round(_BLOCK / _STEP)
    if len(steps) < blocks:
        steps = np.pad(steps, (0, blocks - len(steps)))
    sums = np.convolve(steps, np.ones(blocks), "valid")
    return sums / (step * blocks)


def _step_sums(stereo: Samples, rate: int, step: int) -> np.ndarray:
    heard = filtered(stereo, _weighting, rate=rate, ringing=1.0)
    whole = heard.shape[1] // step * step
    squares: np.ndarray = np.square(heard[:, :whole], dtype=np.float64).sum(axis=0)
    sums: np.ndarray = squares.reshape(-1, step).sum(axis=1)
    return sums


def _weighting(frequency: np.ndarray) -> np.ndarray:
    """The standard's two filters; their coefficients are for 48 kHz."""
    z = np.exp(-2j * np.pi * np.minimum(frequency, _STANDARD_RATE / 2) / _STANDARD_RATE)
    response: np.ndarray = np.ones_like(z)
    for b0, b1, b2, a1, a2 in (_SHELF, _HIGHPASS):
        response = response * (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return response


def _lufs(powers: np.ndarray) -> np.ndarray:
    levels: np.ndarray = _OFFSET + 10 * np.log10(np.maximum(powers, 1e-30))
    return levels
