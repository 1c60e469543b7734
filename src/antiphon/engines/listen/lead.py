"""The melody's notes, from the pitch of the voice that leads. Pure."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.ndimage import uniform_filter1d

from antiphon.audio.samples import Samples
from antiphon.domain.heard import HeardNote
from antiphon.domain.units import Seconds
from antiphon.engines.listen.contour import HIGHEST, LOWEST, STEP, contour

_VOICED = 0.55
_KEYS = np.arange(int(LOWEST), int(HIGHEST) + 2)
_FARTHEST = 1.5
_CHANGE = 3.5
"""What it costs to go to another note: as much as 35 ms of a pitch that is a key off."""
_UNEXPLAINED = 0.7
"""What a frame costs that is silent within a note, or has a pitch outside of any."""
_FEWEST = 7
"""Frames of a note."""
_WINDOW = 0.032
_BANDS = (150.0, 350.0, 600.0, 900.0, 1_300.0, 1_800.0, 2_500.0, 3_500.0, 5_000.0)
_BEHIND = 4
"""Frames back that a band is compared with."""
_BREAK = 1.5
"""How much more than usual has to begin for a note that stays on its pitch to be two."""
_NEAR = 4
"""Frames within which a note begins where most does."""
_RANGE = 60.0
_LOUDEST, _SOFTEST = 110.0, 40.0
_TINY = 1e-9


def notes(mono: Samples, rate: int) -> tuple[HeardNote, ...]:
    """The notes of the melody, in order and one at a time.

    Args:
        mono: Shape (frames,): a voice alone, or what `separate.vocals` leaves of a mix.
        rate: In hertz, 16 kHz or more.
    """
    heard = contour(mono, rate, voiced=_VOICED)
    keys = _steady(heard.pitch)
    levels = _levels(mono, rate, len(keys))
    rises = _rises(levels)
    loud = levels.mean(axis=1)
    found = []
    for key, start, end in _spans(keys, rises):
        pitch = heard.pitch[start:end]
        pitch = pitch[np.abs(pitch - key) < _FARTHEST]
        off = float(np.median(pitch)) - key if len(pitch) else 0.0
        found.append(
            HeardNote(
                start=Seconds(round(start * STEP, 3)),
                end=Seconds(round(end * STEP, 3)),
                pitch=key,
                cents=round(float(np.clip(100 * off, -50, 50)), 1),
                velocity=_velocity(float(loud[start:end].max()), float(loud.max())),
            )
        )
    return tuple(found)


def _steady(pitch: np.ndarray) -> np.ndarray:
    """The key of each frame, 0 for none: vibrato and slides are no notes of their own."""
    there = np.isfinite(pitch)
    away = np.minimum(_FARTHEST, np.abs(np.nan_to_num(pitch)[:, np.newaxis] - _KEYS))
    costs = np.where(there[:, np.newaxis], away, _UNEXPLAINED)
    costs = np.concatenate((np.where(there, _UNEXPLAINED, 0.0)[:, np.newaxis], costs), axis=1)
    total = costs[0].copy()
    came = np.zeros(costs.shape, np.uint8)
    own = np.arange(costs.shape[1])
    for at in range(1, len(costs)):
        best = int(total.argmin())
        came[at] = np.where(total <= total[best] + _CHANGE, own, best)
        total = np.minimum(total, total[best] + _CHANGE) + costs[at]
    path = np.zeros(len(costs), int)
    state = int(total.argmin()) if len(costs) else 0
    for at in range(len(costs) - 1, -1, -1):
        path[at] = _KEYS[state - 1] if state else 0
        state = int(came[at, state])
    return path


def _levels(mono: Samples, rate: int, count: int) -> np.ndarray:
    """How loud each band is around each step, in decibels, shape (count, bands)."""
    window = np.hanning(round(_WINDOW * rate)).astype(np.float32)
    hertz = np.fft.rfftfreq(len(window), 1 / rate)
    edges = np.searchsorted(hertz, _BANDS)
    padded = np.pad(mono, (len(window) // 2, 2 * len(window)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(window))[:: round(STEP * rate)][:count]
    powers = [
        np.add.reduceat(np.abs(np.fft.rfft(part * window, axis=1)) ** 2, edges, axis=1)[:, :-1]
        for part in np.array_split(windows, max(1, count // 1024))
    ]
    power = np.concatenate(powers)
    floor = max(float(power.max(initial=0.0)), _TINY) * 10 ** (-_RANGE / 10)
    return np.asarray(10 * np.log10(power + floor))


def _rises(levels: np.ndarray) -> np.ndarray:
    """How much begins at each step, 1 in the mean of where anything does."""
    smooth = uniform_filter1d(levels, 3, axis=0)
    later = np.pad(smooth, ((0, _BEHIND), (0, 0)), mode="edge")[_BEHIND // 2 :][: len(levels)]
    earlier = np.pad(smooth, ((_BEHIND, 0), (0, 0)), mode="edge")[_BEHIND // 2 :][: len(levels)]
    rises = np.maximum(0.0, later - earlier).mean(axis=1)
    anything = rises[rises > rises.mean()]
    return np.asarray(rises / max(float(anything.mean()) if len(anything) else 0.0, _TINY))


def _spans(keys: np.ndarray, rises: np.ndarray) -> list[tuple[int, int, int]]:
    """Key, first frame and end of each note."""
    edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
    runs = [(int(keys[start]), start, end) for start, end in pairwise(edges) if end > start and keys[start]]
    spans = [(key, *span) for key, start, end in runs for span in _split(start, end, rises)]
    begun = [(key, _begun(start, rises), end) for key, start, end in spans]
    following = [*(start for _, start, _ in begun[1:]), len(keys)][: len(begun)]
    kept = [(key, start, min(end, after)) for (key, start, end), after in zip(begun, following, strict=True)]
    return [(key, start, end) for key, start, end in kept if end - start >= _FEWEST]


def _split(start: int, end: int, rises: np.ndarray) -> Sequence[tuple[int, int]]:
    """A stretch on one pitch, cut where a syllable begins within it."""
    cuts = [start]
    for at in range(start + _FEWEST, end - _FEWEST):
        highest = rises[at] >= rises[max(0, at - _NEAR) : at + _NEAR + 1].max()
        if highest and rises[at] > _BREAK and at - cuts[-1] >= _FEWEST:
            cuts.append(at)
    return list(pairwise((*cuts, end)))


def _begun(start: int, rises: np.ndarray) -> int:
    """Where near the beginning of a pitch most begins."""
    low = max(0, start - _NEAR)
    near = rises[low : start + _NEAR + 1]
    return low + int(near.argmax()) if near.max(initial=0.0) > _BREAK else start


def _velocity(level: float, loudest: float) -> int:
    return round(_SOFTEST + (_LOUDEST - _SOFTEST) * max(0.0, 1 + (level - loudest) / (_RANGE / 2)))
