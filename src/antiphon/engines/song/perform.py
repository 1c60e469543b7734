"""A score performed: each part alone, then all of them together, then as it is published."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.master import mastered
from antiphon.engines.song.mix import Desk, Place, alone, fader
from antiphon.engines.song.play import play as synthesised
from antiphon.engines.song.score import Part, Role, Score
from antiphon.engines.song.sing import Speaker, sing

RATE = 44_100
"""In hertz, of all that is performed."""

ROOM = 1.8
"""Seconds of reverberation."""

_RINGING = 3.0
"""Seconds that the last notes have to die away."""
_FADE = 1.5
_VOICE_ABOVE, _LEAD_ABOVE = 0.5, -4.0
"""Decibels by which who sings, or plays the tune, is louder than the band, as heard: between buried and naked."""
_LEAD_RISES = 9.0
"""Decibels at most beyond what the arrangement gives it."""
_VOICE = Place(reverb=0.22)
_HARMONIES = (Place(gain=-8.0, pan=-0.45, reverb=0.3), Place(gain=-8.0, pan=0.45, reverb=0.3))

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""

Keep = Callable[[str, Samples], None]
"""Called with the name of a stem, such as "vocals" or "bass" (of two alike, with a number), and its sound as it is in
the mix, shape (2, frames), float32: all stems add up to the mix."""


class Player(Protocol):
    """Plays parts, as `play.play` does."""

    def __call__(self, part: Part, score: Score, *, rate: int, frames: int) -> Samples:
        """What an instrument plays, shape (2, frames)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Musicians:
    """Who performs.

    Args:
        speaker: Who says the words that are sung.
        play: Who plays the parts.
    """

    speaker: Speaker
    play: Player = synthesised


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One part of the song, by itself.

    Args:
        name: As `Keep` has it.
        sound: Shape (frames,) or (2, frames), float32, dry.
        place: Where it stands in the mix.
    """

    name: str
    sound: Samples
    place: Place


def frames_of(score: Score) -> int:
    """How long its performance is, the last notes' ringing included."""
    return round((score.seconds + _RINGING) * RATE)


def performed(score: Score, musicians: Musicians, progress: Progress, keep: Keep | None = None) -> Samples:
    """The finished song, shape (2, frames), float32, at `RATE`."""
    mix = mixed(score, musicians, progress, keep)
    progress("master", 0.0)
    return _faded(mastered(mix, RATE, level=score.master))


def mixed(score: Score, musicians: Musicians, progress: Progress, keep: Keep | None = None) -> Samples:
    """All parts together, before the master.

    Args:
        score: The song.
        musicians: Who performs it.
        progress: Told how far it is.
        keep: Given each stem by itself, where stems are wanted: nothing is played twice for them.
    """
    desk = Desk(frames_of(score), room=ROOM, rate=RATE)
    for stem in stems(score, musicians, progress, desk):
        desk.add(stem.sound, stem.place)
        if keep is not None:
            keep(stem.name, alone(stem.sound, stem.place, room=ROOM, rate=RATE))
    progress("mix", 0.0)
    return desk.mixed()


def stems(score: Score, musicians: Musicians, progress: Progress, desk: Desk) -> Iterator[Stem]:
    """The parts one at a time: the band, then the voices, which are as loud as the band on the desk asks for."""
    yield from _band(score, musicians, progress, desk)
    yield from _voices(score, musicians, progress, desk)


def _band(score: Score, musicians: Musicians, progress: Progress, desk: Desk) -> Iterator[Stem]:
    """The instruments, those with the tune last: a tune that the others would bury is raised above them."""
    frames = frames_of(score)
    for number, (name, part) in enumerate(sorted(_named(score.parts), key=lambda named: named[1].role is Role.LEAD)):
        progress("play", number / len(score.parts))
        sound = musicians.play(part, score, rate=RATE, frames=frames)
        gain = part.gain
        if part.role is Role.LEAD:
            wanted = fader(sound, desk.dry, above=_LEAD_ABOVE, rate=RATE)
            gain += min(_LEAD_RISES, max(0.0, wanted - gain))
        yield Stem(name=name, sound=sound, place=Place(gain=gain, pan=part.pan, reverb=part.reverb))


def _named(parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """Parts by their roles, with a number from the second of a role on."""
    taken: dict[str, int] = {}
    for part in parts:
        number = taken[part.role] = taken.get(part.role, 0) + 1
        yield str(part.role) if number == 1 else f"{part.role}_{number}", part


def _voices(score: Score, musicians: Musicians, progress: Progress, desk: Desk) -> Iterator[Stem]:
    """The lead at its level, and the others as far below it as choirs are."""
    if score.vocal is None:
        return
    level = 0.0
    for number, voice in enumerate(sing(score.vocal, score, musicians.speaker, RATE, partial(progress, "sing"))):
        sound = _fitted(voice, frames_of(score))
        if number == 0:
            level = fader(sound, desk.dry, above=_VOICE_ABOVE, rate=RATE)
        name = f"backing_vocals_{number}" if number else "vocals"
        place = _HARMONIES[(number - 1) % len(_HARMONIES)] if number else _VOICE
        yield Stem(name=name, sound=sound, place=replace(place, gain=place.gain + level))


def _fitted(sound: Samples, frames: int) -> Samples:
    return np.pad(sound, (0, max(0, frames - len(sound))))[:frames]


def _faded(stereo: Samples) -> Samples:
    """What still rings at the end is let go gently."""
    length = min(stereo.shape[1], round(_FADE * RATE))
    stereo[:, stereo.shape[1] - length :] *= np.linspace(1.0, 0.0, length, dtype=np.float32)
    return stereo
