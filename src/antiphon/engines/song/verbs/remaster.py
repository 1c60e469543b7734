"""Remaster: the same score, made even, bright and loud to another degree.

Sound without a score, such as a recording that somebody uploaded, is remastered by `master.mastered` itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from antiphon.engines.song.score import Score

Level = Literal["subtle", "normal", "high"]

LEVELS: Mapping[Level, int] = {"subtle": 0, "normal": 1, "high": 2}
"""As `Score.master` counts them."""


def remastered(score: Score, level: Level) -> Score:
    """The song with another master: all that is played and sung stays as it is."""
    return replace(score, master=LEVELS[level])
