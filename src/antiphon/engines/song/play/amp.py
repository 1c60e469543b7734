"""A guitar's amplifier: what is played through it together is bent together."""

from dataclasses import dataclass

import numpy as np
import soxr

from antiphon.engines.song.play.noise import filtered, kernel
from antiphon.engines.song.play.sound import Facts, Stereo, Wave

_SILENCE = 1e-5
_PIECE = 1 << 19
"""Frames that are done at a time, so that a song needs little memory."""
_MARGIN = 2_048
"""Frames on either side that the filters look at: more than their lengths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amp(Facts):
    """An overdriven amplifier and its cabinet.

    Args:
        drive: Decibels before it bends.
        low: Below this, in hertz, little gets in.
        high: Above this the loudspeaker gives little.
        edge: Decibels by which frequencies near 2.5 kHz stand out.
    """

    drive: float
    low: float = 110.0
    high: float = 4_800.0
    edge: float = 5.0

    def play(self, wave: Stereo, rate: int) -> Stereo:
        """What comes out of the cabinet, in place of what went in."""
        gain = 10.0 ** (self.drive / 20.0)
        before = np.asarray([0.0, 0.5 * self.low, 1.5 * self.low, 900.0, 2_000.0, 6_000.0, 9_000.0])
        tight = kernel(before, gain * np.asarray([0.0, 0.1, 0.7, 1.0, 1.2, 0.5, 0.0]), rate)
        after = np.asarray([0.0, 60.0, 110.0, 400.0, 800.0, 2_500.0, self.high, 1.5 * self.high, 2.6 * self.high])
        edge = 10.0 ** (self.edge / 20.0)
        cabinet = kernel(after, np.asarray([0.0, 0.3, 1.0, 0.8, 0.75, edge * 0.75, 0.6, 0.08, 0.0]), rate)
        for side in wave:
            sound = np.zeros_like(side)
            for start in range(0, len(side), _PIECE):
                first = max(0, start - _MARGIN)
                piece = side[first : start + _PIECE + _MARGIN]
                if np.abs(piece).max() > _SILENCE:
                    bent = _bent(piece, rate, tight, cabinet)[start - first :][:_PIECE]
                    sound[start : start + len(bent)] = bent
            side[:] = sound
        return wave


def _bent(piece: Wave, rate: int, tight: Wave, cabinet: Wave) -> Wave:
    # Bent at twice the rate: the harmonics it makes above half the rate are then filtered, not folded back.
    bent = soxr.resample(filtered(piece, tight), rate, 2 * rate, quality="MQ")
    np.tanh(bent, out=bent)
    return filtered(soxr.resample(bent, 2 * rate, rate, quality="MQ"), cabinet)[: len(piece)]
