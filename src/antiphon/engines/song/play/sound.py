"""What all sounds have in common: the stroke that calls for one, and the arrays they come as."""

import hashlib
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

Wave: TypeAlias = NDArray[np.float32]
"""One channel, shape (frames,)."""

Stereo: TypeAlias = NDArray[np.float32]
"""Shape (2, frames), left first; a single note may be (1, frames) where both sides are the same."""

_CONCERT_A = 69
_HARDEST = 127.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One note, as an instrument is asked for it.

    Args:
        pitch: MIDI's key; of a kit, General MIDI's drum.
        velocity: How hard, 1 to 127.
        frames: How much is wanted; a sound that dies away sooner may be shorter.
        rate: Samples a second.
        variant: Which of several renderings of the same note: no drummer hits twice alike.
    """

    pitch: int
    velocity: int
    frames: int
    rate: int
    variant: int = 0

    @property
    def frequency(self) -> float:
        """The fundamental, in hertz, in equal temperament."""
        return float(440.0 * 2.0 ** ((self.pitch - _CONCERT_A) / 12.0))

    @property
    def force(self) -> float:
        """The velocity, 0 to 1."""
        return self.velocity / _HARDEST


class Sound(Protocol):
    """What makes an instrument's notes."""

    @property
    def release(self) -> float:
        """Seconds that a note takes to die away after its key is up."""

    def strike(self, stroke: Stroke) -> Stereo:
        """The note with its key held down, without its end.

        Returns:
            Shape (1 or 2, frames), at full loudness whatever the velocity: that is only in the colour.
        """


class Facts:
    """A value that is read from a table: names that it does not have are an error there."""

    __slots__ = ()
    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Facts):
    """A band of noise in a note: breath, hammers, picks.

    Args:
        level: Beside the tone, 0 for none.
        low: Where the band begins, in hertz.
        high: Where it ends.
        decay: Seconds in which it falls by 60 dB; 0 where it stays as long as the note.
    """

    level: float = 0.0
    low: float = 200.0
    high: float = 4_000.0
    decay: float = 0.05


SILENT = Noise()
"""No noise at all."""


def chance(place: str) -> np.random.Generator:
    """Random numbers that are the same in every run for the same place, such as "snare 2"."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(place.encode()).digest()[:16], "big")))


def seconds(frames: int, rate: int) -> Wave:
    """The time of every frame."""
    return np.asarray(np.arange(frames) / rate, dtype=np.float32)


def falling(frames: int, rate: int, decay: float) -> Wave:
    """1, and 60 dB less `decay` seconds later."""
    return np.asarray(np.exp(seconds(frames, rate) * np.float32(-6.9078 / decay)))


def eased_in(wave: Stereo, rate: int, attack: float) -> Stereo:
    """The wave, its beginning raised from 0 along half a cosine; changed in place."""
    frames = min(wave.shape[-1], max(8, round(attack * rate)))
    wave[..., :frames] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32)
    return wave


def eased_out(wave: Stereo, rate: int, length: float) -> Stereo:
    """The wave, its end brought to 0 along half a cosine; changed in place."""
    frames = min(wave.shape[-1], max(8, round(length * rate)))
    wave[..., -frames:] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / frames)).astype(np.float32)
    return wave


def sides(place: float) -> tuple[float, float]:
    """Gains of left and right for -1 left to 1 right, equal in power; 1 and 1 in the middle."""
    angle = (place + 1.0) * np.pi / 4.0
    return float(np.cos(angle) * np.sqrt(2.0)), float(np.sin(angle) * np.sqrt(2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Facts):
    """Resonances that stay where they are whatever is played: a box of wood, a bell, a mouth.

    Args:
        peaks: Of each: frequency in hertz, gain in decibels, width as a share of the frequency.
        low: Below this, in hertz, it radiates ever less; 0 for no such limit.
        high: Above this likewise.
    """

    peaks: tuple[tuple[float, float, float], ...] = ()
    low: float = 0.0
    high: float = 0.0

    def gains(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        """How strongly each frequency comes out."""
        decibels = np.zeros_like(frequencies)
        for centre, gain, width in self.peaks:
            decibels += gain * np.exp(-0.5 * (np.log(np.maximum(frequencies, 1.0) / centre) / width) ** 2)
        gains = 10.0 ** (decibels / 20.0)
        if self.low:
            gains = gains / np.sqrt(1.0 + (self.low / np.maximum(frequencies, 1.0)) ** 4)
        if self.high:
            gains = gains / np.sqrt(1.0 + (frequencies / self.high) ** 4)
        return np.asarray(gains)


PLAIN = Body()
"""No resonance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse(Facts):
    """A slow change of loudness: tremolo, or of place, where `across`.

    Args:
        depth: 0 to 1.
        rate: In hertz.
        across: How far left and right are out of step, 0 to 1 (a half cycle).
    """

    depth: float = 0.0
    rate: float = 5.0
    across: float = 0.0

    def over(self, wave: Stereo, rate: int) -> Stereo:
        """The wave with its loudness changing."""
        if not self.depth:
            return wave
        turns = 2.0 * np.pi * self.rate * np.arange(wave.shape[-1]) / rate
        phases = np.asarray([[0.0], [np.pi * self.across]])[: 2 if self.across else 1]
        return np.asarray(wave * (1.0 - self.depth * (0.5 - 0.5 * np.cos(turns + phases))), dtype=np.float32)


STEADY = Pulse()
"""No change of loudness."""
