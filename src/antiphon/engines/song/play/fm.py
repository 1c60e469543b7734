"""Sines that bend sines: electric pianos, bells and basses of frequency modulation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import (
    STEADY,
    Facts,
    Pulse,
    Stereo,
    Stroke,
    Wave,
    eased_in,
    falling,
    sides,
)

_REFERENCE = 262.0
_TOP = 0.42


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Facts):
    """A sine (the carrier) and the one that bends it.

    Args:
        carrier: Its frequency, as a multiple of the note's.
        ratio: Of the other one, likewise.
        index: How far it bends at the hardest stroke, in radians.
        level: How loud the pair is.
        decay: Seconds in which the pair falls by 60 dB, at middle C.
        fade: Seconds in which the bending does.
        kept: The share of the bending that does not fade.
        cents: Out of tune by this.
        side: -1 left to 1 right.
    """

    carrier: float = 1.0
    ratio: float = 1.0
    index: float = 1.0
    level: float = 1.0
    decay: float = 6.0
    fade: float = 1.5
    kept: float = 0.2
    cents: float = 0.0
    side: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fm(Facts):
    """Pairs of sines.

    Args:
        pairs: What it is made of.
        falloff: How much sooner higher notes die: 1 is half as long an octave up.
        touch: How much softer strokes are duller, 0 to 2.
        attack: Seconds till full loudness.
        release: Seconds after the key is up.
        pulse: Tremolo, from side to side.
    """

    pairs: tuple[Pair, ...]
    falloff: float = 0.5
    touch: float = 1.2
    attack: float = 0.002
    release: float = 0.15
    pulse: Pulse = STEADY

    def strike(self, stroke: Stroke) -> Stereo:
        """See `Sound`."""
        wide = any(pair.side for pair in self.pairs)
        wave = np.zeros((2 if wide else 1, stroke.frames), dtype=np.float32)
        for pair in self.pairs:
            bent = self._pair(pair, stroke)
            gains = sides(pair.side) if wide else (1.0,)
            wave += np.asarray(gains, dtype=np.float32)[:, None] * bent
        return self.pulse.over(eased_in(wave, stroke.rate, self.attack), stroke.rate)

    def _pair(self, pair: Pair, stroke: Stroke) -> Wave:
        lower = (_REFERENCE / stroke.frequency) ** self.falloff
        frequency = stroke.frequency * 2.0 ** (pair.cents / 1_200.0)
        carrier, bender = frequency * pair.carrier, frequency * pair.ratio
        if carrier > _TOP * stroke.rate:
            return np.zeros(stroke.frames, dtype=np.float32)
        # By Carson's rule the spectrum reaches (index + 1) times the bender beyond the carrier: what would not fit
        # below half the sample rate is not bent so far.
        room = max(0.0, (_TOP * stroke.rate - carrier) / bender - 1.0)
        index = min(pair.index * stroke.force**self.touch * min(1.0, lower), room)
        bend = falling(stroke.frames, stroke.rate, pair.fade * lower) * (1.0 - pair.kept) + pair.kept
        wave = np.sin(_turns(bender, stroke)) * np.float32(index) * bend
        wave += _turns(carrier, stroke)
        np.sin(wave, out=wave)
        wave *= falling(stroke.frames, stroke.rate, pair.decay * lower) * np.float32(pair.level)
        return np.asarray(wave, dtype=np.float32)


def _turns(frequency: float, stroke: Stroke) -> NDArray[np.float32]:
    """Radians, each below one turn so that single precision suffices."""
    return (np.arange(stroke.frames) * (frequency / stroke.rate) % 1.0 * (2.0 * np.pi)).astype(np.float32)
