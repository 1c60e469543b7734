"""Bars, bells, tongues and skins with a pitch: what rings in few partials, not those of a string."""

from dataclasses import dataclass

import numpy as np

from antiphon.engines.song.play.modes import Modes, ring
from antiphon.engines.song.play.noise import noise_of
from antiphon.engines.song.play.sound import (
    SILENT,
    STEADY,
    Facts,
    Noise,
    Pulse,
    Stereo,
    Stroke,
    eased_in,
    sides,
)

_REFERENCE = 440.0
_MIDDLE = 72
_HALF_OF_THE_BARS = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Facts):
    """A row of bars.

    Args:
        partials: Of each: frequency as a multiple of the note's, level, decay as a multiple of `decay`.
        decay: Seconds in which A4 falls by 60 dB.
        falloff: How much sooner higher bars die: 1 is half as long an octave up.
        hardness: How much of the upper partials a soft stroke loses, 0 to 1.
        beat: Cents between the two halves of each partial, which then beat.
        width: How far the row stands from left to right, 0 to 1.
        noise: Of the mallet.
        attack: Seconds till full loudness.
        release: Seconds that the damper takes.
        pulse: The motor of a vibraphone.
    """

    partials: tuple[tuple[float, float, float], ...]
    decay: float = 2.0
    falloff: float = 0.7
    hardness: float = 0.7
    beat: float = 0.0
    width: float = 0.3
    noise: Noise = SILENT
    attack: float = 0.001
    release: float = 0.4
    pulse: Pulse = STEADY

    def strike(self, stroke: Stroke) -> Stereo:
        """See `Sound`."""
        ratios, levels, shares = np.asarray(self.partials, dtype=np.float64).T
        brightness = (1.0 - self.hardness * (1.0 - stroke.force)) ** np.log2(np.maximum(ratios, 1.0))
        decays = 6.9 / (self.decay * (_REFERENCE / stroke.frequency) ** self.falloff * shares)
        along = max(-1.0, min(1.0, (stroke.pitch - _MIDDLE) / _HALF_OF_THE_BARS))
        strengths = np.outer(sides(self.width * along), levels * brightness) / np.sqrt(np.sum(levels**2))
        frequencies = stroke.frequency * ratios
        if self.beat:
            apart = 2.0 ** (self.beat / 2_400.0)
            frequencies = np.concatenate([frequencies * apart, frequencies / apart])
            strengths = np.hstack([strengths * 0.6, strengths * 0.4])
            decays = np.tile(decays, 2)
        modes = Modes(frequencies=frequencies, amplitudes=strengths, decays=decays)
        wave = ring(modes, stroke.frames, stroke.rate)
        if self.noise.level:
            knock = noise_of(self.noise, f"bars {stroke.pitch} {stroke.variant}", stroke)
            wave[:, : len(knock)] += knock[: wave.shape[1]] * stroke.force
        return self.pulse.over(eased_in(wave, stroke.rate, self.attack), stroke.rate)
