"""In which key a recording is. Pure."""

import numpy as np

from antiphon.domain.heard import HeardKey, HeardMode
from antiphon.engines.listen.keys import BASS, TREBLE, chroma

_PROFILES: dict[HeardMode, tuple[float, ...]] = {
    "major": (5.0, 0.6, 3.2, 0.8, 4.0, 3.4, 1.2, 4.5, 0.8, 3.2, 1.6, 2.8),
    "minor": (5.0, 1.0, 3.0, 4.0, 0.6, 3.4, 0.8, 4.5, 2.6, 1.4, 3.4, 1.2),
}
"""How much there is of each semitone above the tonic: Krumhansl's order of them (1990), with less of what a scale lacks
and, in minor, more of the seventh step that songs have. Modes with a minor third count as minor, others as major."""
_BASS_PROFILE = (5.0, 0.0, 1.5, 0.3, 1.2, 2.5, 0.0, 3.5, 0.3, 1.5, 1.0, 0.5)
_BASS_WEIGHT = 0.3
_ENDS_WEIGHT = 0.3
"""What it counts that songs begin on their tonic, and end there."""
_FIRST, _LAST = 2, 3
"""Beats."""
_TINY = 1e-9


def key(keys: np.ndarray, tuning: float) -> HeardKey:
    """The key.

    Args:
        keys: How strong each key is at each beat, as `keys.salience` gives it; beats at which nothing sounds left out.
        tuning: In cents.
    """
    loud = np.sqrt(keys)
    treble, bass = _shares(chroma(loud[TREBLE])), _shares(chroma(loud[BASS]))
    ends = bass[:, :_FIRST].mean(axis=1) + bass[:, -_LAST:].mean(axis=1) + treble[:, -_LAST:].mean(axis=1)
    ends = ends / max(float(ends.max()), _TINY)
    scores = {
        (tonic, mode): _likeness(treble.mean(axis=1), tonic, profile)
        + _BASS_WEIGHT * _likeness(bass.mean(axis=1), tonic, _BASS_PROFILE)
        + _ENDS_WEIGHT * float(ends[tonic])
        for tonic in range(12)
        for mode, profile in _PROFILES.items()
    }
    best, second = sorted(scores, key=lambda one: scores[one], reverse=True)[:2]
    certainty = min(1.0, scores[best] - scores[second])
    return HeardKey(tonic=best[0], mode=best[1], certainty=round(certainty, 3), tuning=round(tuning, 1))


def _shares(classes: np.ndarray) -> np.ndarray:
    shares: np.ndarray = classes / (classes.sum(axis=0) + _TINY)
    return shares


def _likeness(classes: np.ndarray, tonic: int, profile: tuple[float, ...]) -> float:
    """The correlation of what there is with what there would be in a key."""
    there = np.roll(classes, -tonic) - classes.mean()
    wanted = np.array(profile) - np.mean(profile)
    return float(there @ wanted / (np.linalg.norm(there) * np.linalg.norm(wanted) + _TINY))
