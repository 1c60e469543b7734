"""Drums and percussion: each drum is a few layers, and no two hits in a row are alike."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from antiphon.engines.song.play.modes import Modes, ring
from antiphon.engines.song.play.noise import hissing, shaped
from antiphon.engines.song.play.sound import (
    Facts,
    Stereo,
    Stroke,
    chance,
    eased_in,
    eased_out,
    falling,
    sides,
)

_MOST_SECONDS = 6.0
_APART = 1_009
"""Frames between what two bursts take from one noise: the same one at an even pace would have a pitch."""
_ROUND = 4
"""Renderings of a hit that are played in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A stroke on a drum: how long it may ring, how hard it is, and what of it is chance."""

    place: str
    frames: int
    rate: int
    force: float
    tuning: float

    def draw(self, what: str) -> np.random.Generator:
        """Chance for one thing about this hit."""
        return chance(f"{self.place} {what}")

    def lasting(self, decay: float) -> int:
        """Frames till a decay is inaudible."""
        return min(self.frames, round(1.3 * decay * self.rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(Facts):
    """A skin: a sine that begins high and falls to its pitch.

    Args:
        high: Where it begins, in hertz.
        low: Where it ends.
        bend: Seconds in which it comes most of the way.
        decay: Seconds in which it falls by 60 dB.
        level: Beside the other layers.
        drive: How far it is overdriven; 0 is not.
        attack: Seconds till full loudness.
    """

    high: float
    low: float
    bend: float
    decay: float
    level: float = 1.0
    drive: float = 0.0
    attack: float = 0.001

    def sound(self, hit: Hit) -> Stereo:
        """The layer."""
        frames = hit.lasting(self.decay)
        moment = np.arange(frames) / hit.rate
        above = (self.high - self.low) * (0.6 + 0.4 * hit.force)
        cycles = hit.tuning * (self.low * moment + above * self.bend * (1.0 - np.exp(-moment / self.bend)))
        wave = np.sin(2.0 * np.pi * cycles).astype(np.float32) * falling(frames, hit.rate, self.decay)
        if self.drive:
            wave = np.tanh(wave * np.float32(self.drive)) / np.float32(np.tanh(self.drive))
        return eased_in(np.float32(self.level) * wave[None, :], hit.rate, self.attack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiss(Facts):
    """Noise: snares, hands, brushes, shakers.

    Args:
        low: Where its band begins, in hertz.
        high: Where it ends, at the hardest stroke.
        decay: Seconds in which it falls by 60 dB.
        level: Beside the other layers.
        attack: Seconds till full loudness.
        bursts: Seconds at which it begins; several hands never clap at once.
        wide: How much left and right differ, 0 to 1.
    """

    low: float
    high: float
    decay: float
    level: float = 1.0
    attack: float = 0.0008
    bursts: tuple[float, ...] = (0.0,)
    wide: float = 0.0

    def sound(self, hit: Hit) -> Stereo:
        """The layer."""
        starts = [round(burst * hit.rate) for burst in self.bursts]
        length = hit.lasting(self.decay + self.attack)
        wave = np.zeros((2 if self.wide else 1, min(hit.frames, max(starts) + length)), dtype=np.float32)
        high = self.high * (0.6 + 0.4 * hit.force)
        noise = [hissing(f"{hit.place} {side}", length, hit.rate, low=self.low, high=high) for side in range(len(wave))]
        same, other = np.array((1.0 - self.wide, self.wide), np.float32) / np.float32(
            np.hypot(1.0 - self.wide, self.wide)
        )
        both = np.stack([noise[0], *((noise[0] * same + side * other) for side in noise[1:])])
        for number, start in enumerate(starts):
            # All but the last burst are cut short: the last one is the room.
            decay = self.decay if number == len(starts) - 1 else min(self.decay, 0.03)
            anew = np.roll(both, number * _APART, axis=-1)
            burst = eased_in(anew * falling(length, hit.rate, decay), hit.rate, self.attack)
            room = wave.shape[1] - start
            wave[:, start : start + length] += burst[:, :room]
        return np.float32(self.level * (0.55 + 0.45 * hit.force)) * wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Metal(Facts):
    """Sheets of metal: very many partials without order.

    Args:
        low: The lowest partial, in hertz.
        high: The highest.
        decay: Seconds in which the lowest falls by 60 dB.
        brief: The highest partials' decay as a share of that.
        count: How many partials.
        level: Beside the other layers.
        tilt: How partials' levels go with frequency: 0 equal, 1 as the frequency, -1 against it.
        attack: Seconds till full loudness.
        wide: How much left and right differ, 0 to 1.
        squares: Whether it is the six square waves of a drum machine, whose lowest is `low`, and what the band is
            that is let through.
    """

    low: float
    high: float
    decay: float
    brief: float = 0.4
    count: int = 120
    level: float = 1.0
    tilt: float = 0.0
    attack: float = 0.0008
    wide: float = 0.5
    squares: tuple[float, float] | None = None

    def sound(self, hit: Hit) -> Stereo:
        """The layer."""
        # The sheet is the same at every hit: only where it is hit differs.
        sheet = chance(f"metal {self.low} {self.high} {self.count}")
        frequencies = self._frequencies(sheet) * hit.tuning
        count = len(frequencies)
        height = np.log(frequencies / frequencies.min()) / np.log(max(1.01, frequencies.max() / frequencies.min()))
        levels = (frequencies / self.low) ** (self.tilt - 0.8 * (1.0 - hit.force))
        if self.squares:
            below, above = self.squares
            levels = 1.0 / np.sqrt((1.0 + (below / frequencies) ** 6) * (1.0 + (frequencies / above) ** 4))
        else:
            levels = levels * hit.draw("metal").uniform(0.3, 1.0, count)
        apart = sheet.uniform(-1.0, 1.0, count) * self.wide
        both = np.stack([levels * np.sqrt(1.0 + apart), levels * np.sqrt(1.0 - apart)]) if self.wide else levels
        modes = Modes(
            frequencies=frequencies,
            amplitudes=both / np.sqrt(np.sum(levels**2)),
            decays=6.9 / (self.decay * self.brief**height * (0.8 + 0.4 * sheet.random(count))),
            phases=hit.draw("phases").random(count),
        )
        wave = ring(modes, hit.lasting(self.decay), hit.rate)
        return np.float32(self.level) * eased_in(wave, hit.rate, self.attack)

    def _frequencies(self, sheet: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if not self.squares:
            return np.asarray(self.low * (self.high / self.low) ** np.sort(sheet.random(self.count)))
        # The ratios of the six oscillators in Roland's TR-808 service notes.
        oscillators = self.low * np.asarray([1.0, 1.4812, 1.7994, 2.5483, 2.6312, 3.8972])
        odd = np.arange(1, 60, 2)
        partials = np.outer(oscillators, odd).reshape(-1)
        return np.asarray(partials[(partials < self.high) & (partials > 0.5 * self.squares[0])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Facts):
    """A few partials: shells, blocks, bells, skins.

    Args:
        pitch: The first partial, in hertz.
        partials: Of each: frequency as a multiple of it, level, decay as a multiple of `decay`.
        decay: Seconds in which it falls by 60 dB.
        level: Beside the other layers.
        attack: Seconds till full loudness.
    """

    pitch: float
    partials: tuple[tuple[float, float, float], ...] = ((1.0, 1.0, 1.0),)
    decay: float = 0.2
    level: float = 1.0
    attack: float = 0.0006

    def sound(self, hit: Hit) -> Stereo:
        """The layer."""
        ratios, levels, shares = np.asarray(self.partials, dtype=np.float64).T
        struck = levels * hit.draw("ring").uniform(0.75, 1.25, len(levels)) * (0.5 + 0.5 * hit.force) ** np.log2(ratios)
        modes = Modes(
            frequencies=self.pitch * hit.tuning * ratios,
            amplitudes=struck / np.sqrt(np.sum(levels**2)),
            decays=6.9 / (self.decay * shares),
        )
        wave = ring(modes, hit.lasting(self.decay * float(shares.max())), hit.rate)
        return np.float32(self.level) * eased_in(wave, hit.rate, self.attack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers(Facts):
    """What sounds at once."""

    sweep: tuple[Sweep, ...] = ()
    hiss: tuple[Hiss, ...] = ()
    metal: tuple[Metal, ...] = ()
    ring: tuple[Ring, ...] = ()

    def sound(self, hit: Hit) -> Stereo:
        """All layers together, as many sides as the widest."""
        layers: tuple[Sweep | Hiss | Metal | Ring, ...] = (*self.sweep, *self.hiss, *self.metal, *self.ring)
        waves = [layer.sound(hit) for layer in layers]
        wave = np.zeros((max(map(len, waves)), max(each.shape[1] for each in waves)), dtype=np.float32)
        for each in waves:
            wave[:, : each.shape[1]] += each
        return wave


Tuned: TypeAlias = tuple[int, float, float]
"""A drum of General MIDI's, its tuning as a multiple of the layers', and where it stands, -1 left to 1 right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drum(Facts):
    """A drum, or several that differ in tuning.

    Args:
        keys: Which.
        layers: What it is made of.
        gain: In decibels, beside the other drums.
        muted_by: Drums that end its ringing, as closing a hi-hat does.
    """

    keys: tuple[Tuned, ...]
    layers: Layers
    gain: float = 0.0
    muted_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit(Facts):
    """Drums that are played together.

    Args:
        drums: Where two have the same key, the first one has it.
        tuning: Of all drums, as a multiple.
        length: Of their ringing, as a multiple.
        low: Below this, in hertz, little comes out.
        high: Above this likewise.
        drive: How far each hit is overdriven; 0 is not.
        steps: How many values a sample may have on each side of 0, as in an old sampler; 0 for no such limit.
        human: How much hits differ, 0 to 1.
        release: Seconds that a muted drum takes to end.
    """

    drums: tuple[Drum, ...]
    tuning: float = 1.0
    length: float = 1.0
    low: float = 20.0
    high: float = 20_000.0
    drive: float = 0.0
    steps: int = 0
    human: float = 1.0
    release: float = 0.04

    def drum(self, key: int) -> tuple[Drum, Tuned]:
        """The drum at a key, or where there is none, at the nearest."""
        known = {tuned[0]: (drum, tuned) for drum in reversed(self.drums) for tuned in drum.keys}
        return known[min(known, key=lambda other: (abs(other - key), other))]

    def strike(self, stroke: Stroke) -> Stereo:
        """See `Sound`. Drums ring as long as they do, however long the key is down."""
        drum, (key, tuning, side) = self.drum(stroke.pitch)
        place = f"drum {key} {stroke.variant % _ROUND}"
        off = self.human * chance(place).uniform(-0.012, 0.012)
        hit = Hit(
            place=place,
            frames=round(_MOST_SECONDS * stroke.rate),
            rate=stroke.rate,
            force=stroke.force,
            tuning=tuning * self.tuning * (1.0 + off),
        )
        wave = drum.layers.sound(hit)
        if self.length < 1.0:
            wave = wave[:, : max(2_000, int(wave.shape[1] * self.length))]
            wave = wave * falling(wave.shape[1], hit.rate, 2.0 * wave.shape[1] / hit.rate)
        wave = self._coloured(wave, hit.rate)
        left, right = sides(side)
        gain = 10.0 ** (drum.gain / 20.0)
        if side:
            wave = wave * np.asarray([[left], [right]], dtype=np.float32)
        return eased_out(eased_in((gain * wave).astype(np.float32), hit.rate, 0.0003), hit.rate, 0.01)

    def _coloured(self, wave: Stereo, rate: int) -> Stereo:
        if self.drive:
            wave = np.tanh(wave * np.float32(self.drive)) / np.float32(self.drive) ** np.float32(0.7)
        if self.steps:
            wave = np.rint(wave * np.float32(self.steps)) / np.float32(self.steps)
        return shaped(wave, rate, self.low, self.high)
