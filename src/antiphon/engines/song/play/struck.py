"""Strings that are struck or plucked: pianos, guitars, harps, basses."""

from dataclasses import dataclass

import numpy as np

from antiphon.engines.song.play.modes import Modes, ring
from antiphon.engines.song.play.noise import noise_of
from antiphon.engines.song.play.sound import (
    PLAIN,
    SILENT,
    STEADY,
    Body,
    Facts,
    Noise,
    Pulse,
    Stereo,
    Stroke,
    chance,
    eased_in,
    sides,
)

_MOST_PARTIALS = 90
_REFERENCE = 220.0
"""The A below middle C: decays and stiffness are given there."""
_MIDDLE = 60
_HALF_OF_THE_KEYS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck(Facts):
    """A string, or several to a note.

    Args:
        place: Where it is struck or plucked, as a share of its length: partials with a node there are weak.
        slope: How partials fall with their number; 1 as a sawtooth's.
        soft: Hertz above which a soft stroke gives little.
        hard: Likewise of the hardest.
        decay: Seconds in which the A below middle C falls by 60 dB.
        falloff: How much sooner higher strings die: 1 is half as long an octave up.
        damping: How much sooner a partial at 1 kHz dies.
        stiffness: Stretch of the partials at the A below middle C; it doubles with every seven keys up.
        courses: Of each string of a note (or direction it moves in): cents, level, decay as a multiple.
        spread: How far apart the strings of a note stand, 0 to 1.
        keyboard: How far low keys stand left and high ones right, 0 to 1.
        lift: Decibels that each octave above middle C is raised by, as its strings die sooner.
        body: Its box.
        noise: Of the stroke.
        attack: Seconds till full loudness.
        release: Seconds that the damper takes.
        pulse: Tremolo.
    """

    place: float = 0.12
    slope: float = 1.0
    soft: float = 900.0
    hard: float = 5_000.0
    decay: float = 6.0
    falloff: float = 0.6
    damping: float = 0.5
    stiffness: float = 0.0
    courses: tuple[tuple[float, float, float], ...] = ((0.0, 1.0, 1.0),)
    spread: float = 0.0
    keyboard: float = 0.0
    lift: float = 0.0
    body: Body = PLAIN
    noise: Noise = SILENT
    attack: float = 0.0015
    release: float = 0.12
    pulse: Pulse = STEADY

    def strike(self, stroke: Stroke) -> Stereo:
        """See `Sound`."""
        wave = ring(self._modes(stroke), stroke.frames, stroke.rate)
        if self.noise.level:
            thump = noise_of(self.noise, f"struck {stroke.pitch} {stroke.variant}", stroke)
            wave[:, : len(thump)] += thump[: wave.shape[1]] * (0.3 + stroke.force)
        return self.pulse.over(eased_in(wave, stroke.rate, self.attack), stroke.rate)

    def _modes(self, stroke: Stroke) -> Modes:
        lowest = stroke.frequency
        number = np.arange(1, min(_MOST_PARTIALS, int(0.42 * stroke.rate / lowest)) + 1)
        stiffness = self.stiffness * (lowest / _REFERENCE) ** 1.7
        # The first partial stays in tune, whatever the stiffness.
        partials = lowest * number * np.sqrt((1.0 + stiffness * number**2) / (1.0 + stiffness))
        limit = self.soft * (self.hard / self.soft) ** stroke.force + lowest
        strengths = np.abs(np.sin(np.pi * self.place * number)) / number**self.slope
        strengths *= np.exp(-((partials / limit) ** 1.3)) * self.body.gains(partials)
        strengths *= 10.0 ** (self.lift / 20.0 * (stroke.pitch - _MIDDLE) / 12.0) / np.sqrt(np.sum(strengths**2))
        slowest = 6.9 / (self.decay * (_REFERENCE / lowest) ** self.falloff)
        decays = slowest * (1.0 + self.damping * (partials / 1_000.0) ** 1.3)
        phases = chance(f"phases {stroke.pitch} {stroke.variant}").uniform(-0.06, 0.06, len(number))
        gains = np.asarray([self._gains(course, stroke.pitch) for course in range(len(self.courses))]).T
        return Modes(
            frequencies=np.concatenate([partials * 2.0 ** (cents / 1_200.0) for cents, _, _ in self.courses]),
            amplitudes=np.hstack([np.outer(gain, strengths) for gain in gains.T]),
            decays=np.concatenate([decays / share for _, _, share in self.courses]),
            phases=np.tile(phases, len(self.courses)),
        )

    def _gains(self, course: int, pitch: int) -> tuple[float, ...]:
        """Of one string, left and right, or the one for both."""
        level = self.courses[course][1]
        if not (self.spread or self.keyboard):
            return (level,)
        across = 0.0 if len(self.courses) == 1 else 2.0 * course / (len(self.courses) - 1) - 1.0
        along = max(-1.0, min(1.0, (pitch - _MIDDLE) / _HALF_OF_THE_KEYS))
        left, right = sides(max(-0.9, min(0.9, self.spread * across + self.keyboard * along)))
        return level * left, level * right
