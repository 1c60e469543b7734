"""From parts that each play alone to one piece: levels, places, the room. Pure, and linear: see `room`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.room import reverberated


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stem stands in the mix.

    Args:
        gain: In decibels.
        pan: -1 left to 1 right.
        reverb: How much of it goes into the room, 0 to 1.
    """

    gain: float = 0.0
    pan: float = 0.0
    reverb: float = 0.0


def placed(stem: Samples, place: Place) -> Samples:
    """A stem at its level and place, without the room.

    One channel is panned with equal power; of two the balance is moved, the nearer side staying as it is.

    Args:
        stem: Shape (frames,) or (2, frames), float32.
        place: Where it stands.
    """
    gain = 10 ** (place.gain / 20)
    if stem.ndim == 1:
        angle = (place.pan + 1) * math.pi / 4
        return np.stack((stem * np.float32(gain * math.cos(angle)), stem * np.float32(gain * math.sin(angle))))
    left, right = gain * min(1.0, 1 - place.pan), gain * min(1.0, 1 + place.pan)
    return stem * np.array([[left], [right]], np.float32)


class Desk:
    """Adds stems one by one, so that no more than one of them is in memory beside the sum.

    Args:
        frames: The length of the piece.
        room: Seconds of its reverberation.
        rate: In hertz.
    """

    def __init__(self, frames: int, *, room: float, rate: int) -> None:
        self._dry = np.zeros((2, frames), np.float32)
        self._sent = np.zeros((2, frames), np.float32)
        self._room, self._rate = room, rate

    def add(self, stem: Samples, place: Place) -> None:
        """Add a stem, as long as the piece."""
        sound = placed(stem, place)
        self._dry += sound
        if place.reverb:
            self._sent += sound * np.float32(place.reverb)

    def mixed(self) -> Samples:
        """All that was added, in its room."""
        return self._dry + reverberated(self._sent, seconds=self._room, rate=self._rate)


def alone(stem: Samples, place: Place, *, room: float, rate: int) -> Samples:
    """A stem as it is in the mix, its share of the room included: all of them add up to it."""
    sound = placed(stem, place)
    if not place.reverb:
        return sound
    return sound + reverberated(sound * np.float32(place.reverb), seconds=room, rate=rate)


def together(stems: Iterable[Samples]) -> Samples:
    """The sum of stems of one length."""
    first, *others = stems
    total = first.copy()
    for stem in others:
        total += stem
    return total
