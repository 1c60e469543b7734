"""When a tick of the score is heard."""

from antiphon.domain.units import Seconds
from antiphon.engines.song.score import TICKS, Score, Ticks

_EIGHTH = TICKS // 2
_LATEST = TICKS // 6
"""How much later a triplet's last note is than an eighth."""


def swung(tick: Ticks, score: Score) -> Ticks:
    """Where a tick is played: every second eighth note is late by the score's swing, the quarters stay.

    Between them time is stretched evenly, so that shorter notes keep their order. A meter that counts in eighths has
    its own lilt and is not swung.
    """
    if not score.swing or score.meter.unit != 4:  # noqa: PLR2004 - a quarter note
        return tick
    middle = _EIGHTH + score.swing * _LATEST
    quarter, within = divmod(tick, TICKS)
    moved = within * middle / _EIGHTH
    if within > _EIGHTH:
        moved = middle + (within - _EIGHTH) * (TICKS - middle) / _EIGHTH
    return Ticks(quarter * TICKS + round(moved))


def moment(tick: Ticks, score: Score) -> Seconds:
    """When a tick is heard, from the song's beginning, swing and tempo counted."""
    return score.second(swung(tick, score))
