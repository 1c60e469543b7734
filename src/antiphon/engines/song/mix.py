"""From parts that each play alone to one piece: levels, places, the room. Linear: see `room`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.loudness import lufs, powers
from antiphon.engines.song.room import reverberate
from antiphon.engines.song.stems import Share

_CHUNK = 1 << 15
_SINGING = -18.0
"""Decibels of a voice below its loudest tenth of a second: above it, somebody is singing."""
_FARTHEST = 15.0
"""Decibels that a fader moves at most."""


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
    return stem * _sides(stem, place)


class Desk:
    """Adds stems one by one, so that no more than one of them is in memory beside the sum.

    Args:
        frames: The length of the piece.
        room: Seconds of its reverberation.
        rate: In hertz.
    """

    def __init__(self, frames: int, *, room: float, rate: int) -> None:
        self.dry: Samples = np.zeros((2, frames), np.float32)
        """What was added, without the room."""
        self._sent: Samples = np.zeros((2, frames), np.float32)
        self._room, self._rate = room, rate

    def add(self, stem: Samples, place: Place) -> None:
        """Add a stem, as long as the piece."""
        sides, reverb = _sides(stem, place), np.float32(place.reverb)
        for start in range(0, self.dry.shape[1], _CHUNK):  # A little at a time, which the processor's cache can hold.
            here = slice(start, start + _CHUNK)
            sound = stem[..., here] * sides
            self.dry[:, here] += sound
            if place.reverb:
                sound *= reverb
                self._sent[:, here] += sound

    def mixed(self) -> Samples:
        """All that was added, in its room. The desk is used up by it."""
        whole = np.ones((2, 1), np.float32)
        reverberate(self._sent, into=self.dry, gains=whole, seconds=self._room, rate=self._rate)
        return self.dry


def alone(stem: Samples, place: Place, *, room: float, rate: int) -> Samples:
    """A stem as it is in the mix, its share of the room included: all of them add up to it."""
    sound: Samples = np.zeros((2, stem.shape[-1]), np.float32)
    add_alone(stem, place, into=sound, share="whole", room=room, rate=rate)
    return sound


def add_alone(stem: Samples, place: Place, *, into: Samples, share: Share, room: float, rate: int) -> None:
    """Add a stem as it is in the mix, or only what is heard of it without the room, or from the room.

    Args:
        stem: Shape (frames,) or (2, frames), float32.
        place: Where it stands.
        into: What it is added to, shape (2, frames).
        share: Which part of it.
        room: As `Desk`.
        rate: In hertz.
    """
    sides = _sides(stem, place)
    if share != "reverb":
        for start in range(0, into.shape[1], _CHUNK):
            here = slice(start, start + _CHUNK)
            into[:, here] += stem[..., here] * sides
    if share != "dry" and place.reverb:
        reverberate(stem, into=into, gains=sides * np.float32(place.reverb), seconds=room, rate=rate)


def together(stems: Iterable[Samples]) -> Samples:
    """The sum of stems of one length."""
    first, *others = stems
    total = first.copy()
    for stem in others:
        total += stem
    return total


def fader(voice: Samples, band: Samples, *, above: float, rate: int) -> float:
    """The gain with which a voice is so much louder than the band while it sings; 0 where one of them is silent.

    Args:
        voice: Shape (frames,) or (2, frames), float32; one channel counts as standing in the middle.
        band: Shape (2, frames).
        above: Decibels, as heard (BS.1770).
        rate: In hertz.
    """
    sung = powers(np.atleast_2d(voice), rate)
    singing = sung > sung.max(initial=0.0) * 10 ** (_SINGING / 10)
    played = powers(band, rate)[singing]
    if not played.any():
        return 0.0
    wanted = above - float(lufs(sung[singing].mean()) - lufs(played.mean()))
    return max(-_FARTHEST, min(_FARTHEST, wanted))


def _sides(stem: Samples, place: Place) -> Samples:
    """What the left and the right are multiplied by, shape (2, 1)."""
    gain = 10 ** (place.gain / 20)
    if stem.ndim == 1:
        angle = (place.pan + 1) * math.pi / 4
        sides = (gain * math.cos(angle), gain * math.sin(angle))
    else:
        sides = (gain * min(1.0, 1 - place.pan), gain * min(1.0, 1 + place.pan))
    return np.array(sides, np.float32)[:, None]
