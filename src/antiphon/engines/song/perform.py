"""A score performed: each part alone, then all of them together, then as it is published."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.song.master import mastered
from antiphon.engines.song.mix import Desk, Place, alone
from antiphon.engines.song.play import play
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import Speaker, sing

RATE = 44_100
"""In hertz, of all that is performed."""

ROOM = 1.8
"""Seconds of reverberation."""

_RINGING = 3.0
"""Seconds that the last notes have to die away."""
_FADE = 1.5
_VOICE = Place(gain=4.0, reverb=0.22)
_HARMONIES = (Place(gain=-4.0, pan=-0.45, reverb=0.3), Place(gain=-4.0, pan=0.45, reverb=0.3))

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One part of the song, by itself.

    Args:
        name: Such as "vocals" or "bass"; of two alike, with a number.
        sound: Shape (frames,) or (2, frames), float32, dry.
        place: Where it stands in the mix.
    """

    name: str
    sound: Samples
    place: Place


def frames_of(score: Score) -> int:
    """How long its performance is, the last notes' ringing included."""
    return round((score.seconds + _RINGING) * RATE)


def stems(score: Score, speaker: Speaker, progress: Progress) -> Iterator[Stem]:
    """The parts one at a time, the voices first."""
    frames = frames_of(score)
    if score.vocal is not None:
        progress("sing", 0.0)
        lead, *harmonies = sing(score.vocal, score, speaker, RATE)
        yield Stem(name="vocals", sound=_fitted(lead, frames), place=_VOICE)
        for number, harmony in enumerate(harmonies):
            place = _HARMONIES[number % len(_HARMONIES)]
            yield Stem(name=f"backing_vocals_{number + 1}", sound=_fitted(harmony, frames), place=place)
    names: dict[str, int] = {}
    for number, part in enumerate(score.parts):
        progress("play", number / len(score.parts))
        names[part.role] = names.get(part.role, 0) + 1
        name = part.role if names[part.role] == 1 else f"{part.role}_{names[part.role]}"
        place = Place(gain=part.gain, pan=part.pan, reverb=part.reverb)
        yield Stem(name=name, sound=play(part, score, rate=RATE, frames=frames), place=place)


def placed_stems(score: Score, speaker: Speaker, progress: Progress) -> Iterator[tuple[str, Samples]]:
    """Stems as they are in the mix: they add up to `mixed`."""
    for stem in stems(score, speaker, progress):
        yield stem.name, alone(stem.sound, stem.place, room=ROOM, rate=RATE)


def mixed(score: Score, speaker: Speaker, progress: Progress) -> Samples:
    """All parts together, before the master."""
    desk = Desk(frames_of(score), room=ROOM, rate=RATE)
    for stem in stems(score, speaker, progress):
        desk.add(stem.sound, stem.place)
    progress("mix", 0.0)
    return desk.mixed()


def performed(score: Score, speaker: Speaker, progress: Progress) -> Samples:
    """The finished song, shape (2, frames), float32, at `RATE`."""
    mix = mixed(score, speaker, progress)
    progress("master", 0.0)
    return _faded(mastered(mix, RATE, level=score.master))


def _fitted(sound: Samples, frames: int) -> Samples:
    return np.pad(sound, (0, max(0, frames - len(sound))))[:frames]


def _faded(stereo: Samples) -> Samples:
    """What still rings at the end is let go gently."""
    length = min(stereo.shape[1], round(_FADE * RATE))
    stereo[:, stereo.shape[1] - length :] *= np.linspace(1.0, 0.0, length, dtype=np.float32)
    return stereo
