"""Where the painter's choices come from: its own seed and place for each, so that no choice moves another."""

import hashlib
import random

import numpy as np


def chance(seed: int, stage: str, place: str = "") -> random.Random:
    """A generator of one place in one stage. Its seed is a string, which Python treats alike on all platforms."""
    return random.Random(f"{seed} {stage} {place}")  # noqa: S311 - pictures, not secrets


def likely(draw: random.Random, share: float) -> bool:
    """What is so in this share of cases."""
    return draw.random() < share


def grains(seed: int, place: str) -> np.random.Generator:
    """As `chance`, for arrays."""
    digest = hashlib.sha256(f"{seed} {place}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
