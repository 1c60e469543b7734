"""Chords as notes to play: each near the one before, without outer voices that run in parallel fifths or octaves."""

import functools
from collections.abc import Sequence
from itertools import combinations

from antiphon.engines.song.score import Chord, Pitch

Voicing = tuple[Pitch, ...]

_PERFECT = frozenset({0, 7})
_PARALLEL = 40.0
_WIDE = 16
_CENTRE = 0.08
_DOUBLED = 1.0


def voicings(chords: Sequence[Chord], lowest: Pitch, highest: Pitch, voices: int = 4) -> tuple[Voicing, ...]:
    """A voicing of each chord, its notes ascending, the way of least movement through all of them.

    Args:
        chords: In order.
        lowest: Of all voices.
        highest: Of all voices; at least an octave above.
        voices: How many; chords of fewer notes have some twice.
    """
    best: list[dict[Voicing, tuple[float, Voicing | None]]] = []
    middle = (lowest + highest) / 2
    for chord in chords:
        options = candidates(tuple(map(int, chord.pitch_classes())), int(lowest), int(highest), voices)
        here: dict[Voicing, tuple[float, Voicing | None]] = {}
        for option in options:
            own = _CENTRE * abs(sum(option) / len(option) - middle)
            ways = [(cost + _move(former, option), former) for former, (cost, _) in best[-1].items()] if best else []
            cost, former = min(ways, default=(0.0, None))
            here[option] = (cost + own, former)
        best.append(_fewer(here))
    return _path(best)


@functools.lru_cache(maxsize=1024)
def candidates(classes: tuple[int, ...], lowest: int, highest: int, voices: int) -> tuple[Voicing, ...]:
    """All close voicings: those that have as many of the chord's notes as there are voices, the third among them."""
    wanted = min(voices, len(classes))
    keys = [Pitch(key) for key in range(lowest, highest + 1) if key % 12 in classes]
    essential = set(classes[1:3]) if len(classes) > voices else set(classes)
    found = [
        choice
        for choice in combinations(keys, min(voices, len(keys)))
        if choice[-1] - choice[0] <= _WIDE
        and len({key % 12 for key in choice}) >= wanted
        and essential <= {key % 12 for key in choice}
    ]
    return tuple(found) or (tuple(keys[:voices]) or (Pitch(lowest),),)


def _fewer(here: dict[Voicing, tuple[float, Voicing | None]]) -> dict[Voicing, tuple[float, Voicing | None]]:
    """The best dozen ways: what is far behind never catches up."""
    kept = sorted(here, key=lambda option: (here[option][0], option))[:12]
    return {option: here[option] for option in kept}


def _path(best: Sequence[dict[Voicing, tuple[float, Voicing | None]]]) -> tuple[Voicing, ...]:
    if not best:
        return ()
    option: Voicing | None = min(best[-1], key=lambda key: (best[-1][key][0], key))
    path: list[Voicing] = []
    for here in reversed(best):
        if option is None:
            break
        path.append(option)
        option = here[option][1]
    return tuple(reversed(path))


@functools.lru_cache(maxsize=1 << 15)
def _move(one: Voicing, other: Voicing) -> float:
    moved = sum(abs(a - b) for a, b in zip(one, other, strict=False)) + _DOUBLED * abs(len(one) - len(other))
    return moved + (_PARALLEL if parallel(one, other) else 0.0)


def parallel(one: Voicing, other: Voicing) -> bool:
    """Whether the outer voices go in parallel fifths or octaves."""
    before, after = (one[-1] - one[0]) % 12, (other[-1] - other[0]) % 12
    moved = one[0] != other[0] and one[-1] != other[-1]
    return moved and before == after and before in _PERFECT
