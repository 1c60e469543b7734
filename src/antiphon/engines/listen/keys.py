"""Which keys sound at each beat: the spectrum without the overtones. Pure."""

from itertools import pairwise

import numpy as np

from antiphon.engines.listen.spectra import KEYS, LOWEST_KEY, PITCH_RATE, STEPS

TREBLE = slice(48 - LOWEST_KEY, 85 - LOWEST_KEY)
"""Of the keys, those that make chords: C3 to C6."""
BASS = slice(0, 53 - LOWEST_KEY)
"""Those that a bass plays: up to E3."""

_OVERTONES = 12
_DECAY = 0.7
"""How strong each overtone is beside the one before."""
_ROUNDS = 30
_WIDTH = 54
"""Rows around each, among which its level is judged: one and a half octaves."""
_TINY = 1e-9


def tuning(spectrum: np.ndarray) -> float:
    """How far the recording is above 440 Hz, in cents, -50 to 50. Source: Mauch, "Automatic chord transcription", 2010.

    Args:
        spectrum: As `spectra.pitch_spectrum` gives it.
    """
    rows = spectrum.mean(axis=1)
    turned = np.sum(rows * np.exp(-2j * np.pi * (np.arange(len(rows)) - 1) / STEPS))
    return float(-np.angle(turned) / (2 * np.pi) * 100)


def retuned(spectrum: np.ndarray, cents: float) -> np.ndarray:
    """The spectrum of the same recording as if it were tuned to 440 Hz."""
    rows = np.arange(len(spectrum))
    places = np.clip(rows + cents / 100 * STEPS, 0, len(rows) - 1)
    below = np.minimum(places.astype(int), len(rows) - 2)
    share = (places - below)[:, np.newaxis].astype(np.float32)
    moved: np.ndarray = (1 - share) * spectrum[below] + share * spectrum[below + 1]
    return moved


def salience(spectrum: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How strong each key is from each time to the next: the keys whose overtones make up the spectrum there.

    Args:
        spectrum: Tuned to 440 Hz.
        times: In seconds, ascending; at least two.

    Returns:
        Shape (KEYS, len(times) - 1), 0 and above; the loudest recording and the softest are alike.
    """
    columns = np.clip(np.rint(times * PITCH_RATE).astype(int), 0, spectrum.shape[1] - 1)
    wanted = np.stack(
        [spectrum[:, start : max(start + 1, end)].mean(axis=1) for start, end in pairwise(columns)],
        axis=1,
    )
    wanted = _whitened(wanted)
    names = _dictionary()
    found = np.full((KEYS, wanted.shape[1]), float(wanted.mean()) + _TINY)
    reached, overlap = names.T @ wanted, names.T @ names
    for _ in range(_ROUNDS):
        found *= reached / (overlap @ found + _TINY)
    return found


def chroma(keys: np.ndarray) -> np.ndarray:
    """Keys as pitch classes, shape (12, columns).

    Args:
        keys: Shape (any number of keys from a C up, columns).
    """
    missing = -len(keys) % 12
    folded: np.ndarray = np.pad(keys, ((0, missing), (0, 0))).reshape(-1, 12, keys.shape[1]).sum(axis=0)
    return folded


def _whitened(spectrum: np.ndarray) -> np.ndarray:
    """What stands out from its surroundings, by how many times their spread: so that a bass drowns nothing."""
    width = min(_WIDTH, len(spectrum))
    shape = np.hanning(width)[:, np.newaxis]
    weights = _smoothed(np.ones((len(spectrum), 1)), shape)
    mean = _smoothed(spectrum, shape) / weights
    spread = np.sqrt(np.maximum(0, _smoothed(np.square(spectrum), shape) / weights - np.square(mean)))
    away = spectrum - mean
    floor = _TINY + 0.02 * float(spread.max(initial=0.0))
    white: np.ndarray = np.maximum(0.0, away) / (spread + floor)
    return white


def _smoothed(values: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Each column convolved with a shape, as long as it was."""
    size = len(values) + len(shape) - 1
    spectrum = np.fft.rfft(values, size, axis=0) * np.fft.rfft(shape, size, axis=0)
    start = (len(shape) - 1) // 2
    smooth: np.ndarray = np.fft.irfft(spectrum, size, axis=0)[start : start + len(values)]
    return smooth


def _dictionary() -> np.ndarray:
    """What spectrum each key makes, shape (rows, KEYS)."""
    rows = np.arange(KEYS * STEPS)
    names = np.zeros((KEYS * STEPS, KEYS))
    for key in range(KEYS):
        for overtone in range(1, _OVERTONES + 1):
            at = STEPS * (key + 12 * np.log2(overtone)) + 1
            names[:, key] += _DECAY ** (overtone - 1) * np.maximum(0.0, 1 - np.abs(rows - at))
    return np.asarray(names / np.linalg.norm(names, axis=0))
