"""Chance that is the same each time: drawn from the song's seed, the stage and the place where it is needed.

A stage's draws do not move another's, so that a change of the words leaves the chords as they were.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

_Thing = TypeVar("_Thing")


def chance(seed: int, stage: str, place: str = "") -> random.Random:
    """A generator of one place in one stage. Its seed is a string, which Python treats alike on all platforms."""
    return random.Random(f"{seed} {stage} {place}")  # noqa: S311 - music, not secrets


def weighted(generator: random.Random, things: Sequence[tuple[_Thing, float]]) -> _Thing:
    """One of the things, each as likely as its weight."""
    return generator.choices([thing for thing, _ in things], [weight for _, weight in things])[0]
