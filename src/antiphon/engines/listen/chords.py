"""On which chords a recording goes. Pure."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from antiphon.domain.heard import INTERVALS, ChordKind, HeardChord
from antiphon.domain.units import Seconds
from antiphon.engines.listen.bars import Bars
from antiphon.engines.listen.keys import BASS, TREBLE, chroma

_LIKELY: dict[ChordKind, float] = {
    ChordKind.MAJOR: 0.0,
    ChordKind.MINOR: 0.0,
    ChordKind.SEVENTH: -0.06,
    ChordKind.MAJOR_SEVENTH: -0.06,
    ChordKind.MINOR_SEVENTH: -0.05,
    ChordKind.DIMINISHED: -0.08,
    ChordKind.SUSPENDED_SECOND: -0.10,
    ChordKind.SUSPENDED_FOURTH: -0.10,
    ChordKind.POWER: -0.06,
}
"""What a kind is handicapped by: those with more notes always fit a little better."""
_BASS_WEIGHT = 0.25
"""What it counts that the bass plays the root."""
_CHANGE, _CHANGE_IN_A_BAR = -0.25, -0.6
"""What a change costs at a downbeat, and elsewhere."""
_SILENT = 0.02
"""Of the loudest beat: what has no chord."""
_BASS_SHARE = 0.15
"""Of the bass, what is taken for a part of the chord."""
_CLEARLY = 1.5
"""How much stronger another bass than the root has to be."""
_NONE = -1
_TINY = 1e-9

_NAMES = tuple((root, kind) for kind in INTERVALS for root in range(12))


def chords(keys: np.ndarray, times: np.ndarray, there: Bars) -> tuple[HeardChord, ...]:
    """The chords, at least a beat long each.

    Args:
        keys: How strong each key is from each time to the next, as `keys.salience` gives it.
        times: The beats, and where the last one ends.
        there: Where bars begin.
    """
    fits = _fits(keys)
    costs = np.full(keys.shape[1], _CHANGE_IN_A_BAR)
    costs[there.places] = _CHANGE
    path = _best_path(fits, costs)
    loud = keys.sum(axis=0)
    path[loud < _SILENT * loud.max(initial=0.0)] = _NONE
    return tuple(_runs(path, times, chroma(np.sqrt(keys[BASS]))))


def _fits(keys: np.ndarray) -> np.ndarray:
    """How well each chord fits each beat, shape (names, beats)."""
    loud = np.sqrt(keys)
    bass = chroma(loud[BASS])
    whole = chroma(loud[TREBLE]) + _BASS_SHARE * bass
    templates = np.zeros((len(_NAMES), 12))
    for number, (root, kind) in enumerate(_NAMES):
        templates[number, [(root + interval) % 12 for interval in INTERVALS[kind]]] = 1 / np.sqrt(len(INTERVALS[kind]))
    roots = np.array([root for root, _ in _NAMES])
    likely = np.array([_LIKELY[kind] for _, kind in _NAMES])
    played = bass / (bass.max(axis=0) + _TINY)
    fits = templates @ (whole / (np.linalg.norm(whole, axis=0) + _TINY)) + _BASS_WEIGHT * played[roots]
    return np.asarray(fits + likely[:, np.newaxis])


def _best_path(fits: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Of each beat, which chord, so that the fits and the costs of changes add up to the most."""
    names = np.arange(len(fits))
    best = fits[:, 0]
    before = np.zeros((fits.shape[1], len(fits)), dtype=int)
    for beat in range(1, fits.shape[1]):
        source = int(best.argmax())
        changed = best[source] + costs[beat]
        before[beat] = np.where(best >= changed, names, source)
        best = np.maximum(best, changed) + fits[:, beat]
    path = np.zeros(fits.shape[1], dtype=int)
    path[-1] = int(best.argmax())
    for beat in range(fits.shape[1] - 1, 0, -1):
        path[beat - 1] = before[beat, path[beat]]
    return path


def _runs(path: np.ndarray, times: np.ndarray, bass: np.ndarray) -> Iterator[HeardChord]:
    """Beats with the same chord as one."""
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    for first, last in pairwise(edges):
        if path[first] == _NONE:
            continue
        root, kind = _NAMES[path[first]]
        yield HeardChord(
            start=Seconds(round(float(times[first]), 3)),
            end=Seconds(round(float(times[last]), 3)),
            root=root,
            kind=kind,
            bass=_other_bass(bass[:, first:last].sum(axis=1), root, kind),
        )


def _other_bass(bass: np.ndarray, root: int, kind: ChordKind) -> int | None:
    """The chord's note that the bass plays in the root's stead."""
    lowest = int(bass.argmax())
    clear = bass[lowest] > _CLEARLY * bass[root]
    return lowest if lowest != root and clear and (lowest - root) % 12 in INTERVALS[kind] else None
