"""A score performed: each stem alone, then all parts together, then as the song is published."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.domain.units import Seconds
from antiphon.engines.song.master import mastered
from antiphon.engines.song.mix import Desk, Place, add_alone, fader
from antiphon.engines.song.play import play as synthesised
from antiphon.engines.song.score import Part, Role, Score
from antiphon.engines.song.sing import Speaker, sing
from antiphon.engines.song.stems import Pitches, Source, Stem, Take, needed, stems

RATE = 44_100
"""In hertz, of all that is performed."""

ROOM = 1.8
"""Seconds of reverberation."""

_RINGING = 3.0
"""Seconds that the last notes have to die away."""
_FADE = 1.5
_EDGE = 0.01
_VOICE_ABOVE, _LEAD_ABOVE = 0.5, -4.0
"""Decibels by which who sings, or plays the tune, is louder than the band, as heard: between buried and naked."""
_LEAD_RISES = 9.0
"""Decibels at most beyond what the arrangement gives it."""
_VOICE = Place(reverb=0.22)
_NOTHING: Samples = np.zeros(0, np.float32)
_HARMONIES = (Place(gain=-8.0, pan=-0.45, reverb=0.3), Place(gain=-8.0, pan=0.45, reverb=0.3))

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""

Keep = Callable[[str, Samples], None]
"""Called with the name of a stem, such as "vocals" or "kick", and its sound as it is in the mix, shape (2, frames),
float32, which may be changed: all stems of a set add up to the mix."""


class Player(Protocol):
    """Plays parts, as `play.play` does."""

    def __call__(self, part: Part, score: Score, *, rate: int, frames: int, pitches: Pitches | None = None) -> Samples:
        """What an instrument plays, shape (2, frames): of some keys, as they are in the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Musicians:
    """Who performs.

    Args:
        speaker: Who says the words that are sung.
        play: Who plays the parts.
    """

    speaker: Speaker
    play: Player = synthesised


@dataclass(slots=True, kw_only=True)
class Track:
    """Somebody, by themselves.

    Args:
        source: Who.
        sound: Shape (frames,) or (2, frames), float32, dry. Not frozen, as a sound that has been heard may be dropped:
            it is as large as the song.
        place: Where it stands in the mix.
    """

    source: Source
    sound: Samples
    place: Place


def frames_of(score: Score) -> int:
    """How long its performance is, the last notes' ringing included."""
    return round((score.seconds + _RINGING) * RATE)


def performed(
    score: Score, musicians: Musicians, progress: Progress, keep: Keep | None = None, wanted: Sequence[Stem] = ()
) -> Samples:
    """The finished song, shape (2, frames), float32, at `RATE`. Its stems are as `mixed` has them."""
    mix = mixed(score, musicians, progress, keep, wanted)
    progress("master", 0.0)
    return _faded(mastered(mix, RATE, level=score.master))


def mixed(
    score: Score, musicians: Musicians, progress: Progress, keep: Keep | None = None, wanted: Sequence[Stem] = ()
) -> Samples:
    """All parts together, before the master.

    Args:
        score: The song.
        musicians: Who performs it.
        progress: Told how far it is.
        keep: Given each stem by itself, where stems are wanted.
        wanted: Which stems; none for each part.
    """
    desk = Desk(frames_of(score), room=ROOM, rate=RATE)
    apart = _Apart((wanted or stems(score, "parts")) if keep else (), score, musicians, keep or _unheard)
    for track in _tracks(score, musicians, progress, desk):
        desk.add(track.sound, track.place)
        apart.take(track)
    apart.end()
    progress("mix", 0.0)
    return desk.mixed()


def separated(score: Score, musicians: Musicians, progress: Progress, keep: Keep, wanted: Sequence[Stem]) -> None:
    """Stems without the song: who is in none of them plays only where the loudness of others goes by it."""
    desk = Desk(frames_of(score), room=ROOM, rate=RATE)
    apart = _Apart(wanted, score, musicians, keep)
    for track in _tracks(score, musicians, progress, desk, needed(score, wanted)):
        desk.add(track.sound, replace(track.place, reverb=0.0))  # Nobody will hear the room.
        apart.take(track)
    apart.end()


def cut(sound: Samples, between: tuple[Seconds, Seconds] | None) -> Samples:
    """What is heard between two seconds, its edges eased; of None the whole. A view of the sound, which is changed.

    Args:
        sound: Shape (2, frames), at `RATE`.
        between: The first at which it sounds.
    """
    if between is None:
        return sound
    start, end = (round(second * RATE) for second in between)
    found = sound[:, start:end]
    length = min(round(_EDGE * RATE), found.shape[1])
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    found[:, :length] *= ramp
    found[:, found.shape[1] - length :] *= ramp[::-1]
    return found


class _Apart:
    """Makes stems of tracks: each is kept when the last of what it has was heard, so that few are in memory."""

    def __init__(self, wanted: Sequence[Stem], score: Score, musicians: Musicians, keep: Keep) -> None:
        self._score, self._musicians, self._keep = score, musicians, keep
        self._wanted = wanted
        self._left = {stem.name: len(stem.takes) for stem in wanted}
        self._sums: dict[str, Samples] = {}

    def take(self, track: Track) -> None:
        """Take from a track what the stems have of it, and let it go."""
        takes = [(stem, take) for stem in self._wanted for take in stem.takes if take.source == track.source]
        if all(take.pitches is not None for _stem, take in takes):
            track.sound = _NOTHING
        for stem, take in takes:
            sound = track.sound if take.pitches is None else self._played(take)
            if stem.name not in self._sums:
                self._sums[stem.name] = self._silence()
            add_alone(sound, track.place, into=self._sums[stem.name], share=stem.share, room=ROOM, rate=RATE)
            self._left[stem.name] -= 1
            if not self._left[stem.name]:
                self._keep(stem.name, self._sums.pop(stem.name))

    def end(self) -> None:
        """Keep those of which nothing was heard."""
        for stem in self._wanted:
            if not stem.takes:
                self._keep(stem.name, self._silence())

    def _played(self, take: Take) -> Samples:
        part = self._score.parts[take.source.number]
        return self._musicians.play(part, self._score, rate=RATE, frames=frames_of(self._score), pitches=take.pitches)

    def _silence(self) -> Samples:
        return np.zeros((2, frames_of(self._score)), np.float32)


def _unheard(_name: str, _sound: Samples) -> None:
    """No stems are wanted."""


def _tracks(
    score: Score, musicians: Musicians, progress: Progress, desk: Desk, sources: Collection[Source] | None = None
) -> Iterator[Track]:
    """Everybody, or some, one at a time: the band, then the voices, which are as loud as the desk's band asks for."""
    yield from _band(score, musicians, progress, desk, sources)
    yield from _voices(score, musicians, progress, desk, sources)


def _band(
    score: Score, musicians: Musicians, progress: Progress, desk: Desk, sources: Collection[Source] | None
) -> Iterator[Track]:
    """The instruments, those with the tune last: a tune that the others would bury is raised above them."""
    frames = frames_of(score)
    parts = [(Source(kind="part", number=number), part) for number, part in enumerate(score.parts)]
    wanted = [(source, part) for source, part in parts if sources is None or source in sources]
    for number, (source, part) in enumerate(sorted(wanted, key=lambda found: found[1].role is Role.LEAD)):
        progress("play", number / len(wanted))
        sound = musicians.play(part, score, rate=RATE, frames=frames)
        gain = part.gain
        if part.role is Role.LEAD:
            level = fader(sound, desk.dry, above=_LEAD_ABOVE, rate=RATE)
            gain += min(_LEAD_RISES, max(0.0, level - gain))
        track = Track(source=source, sound=sound, place=Place(gain=gain, pan=part.pan, reverb=part.reverb))
        del sound  # So that whoever hears it can let it go.
        yield track


def _voices(
    score: Score, musicians: Musicians, progress: Progress, desk: Desk, sources: Collection[Source] | None
) -> Iterator[Track]:
    """The lead at its level, and the others as far below it as choirs are."""
    wanted = [source.number for source in sources or () if source.kind == "voice"]
    if score.vocal is None or not (sources is None or wanted):
        return
    level = 0.0
    for number, voice in enumerate(sing(score.vocal, score, musicians.speaker, RATE, partial(progress, "sing"))):
        sound = _fitted(voice, frames_of(score))
        if number == 0:
            level = fader(sound, desk.dry, above=_VOICE_ABOVE, rate=RATE)
        place = _HARMONIES[(number - 1) % len(_HARMONIES)] if number else _VOICE
        yield Track(
            source=Source(kind="voice", number=number), sound=sound, place=replace(place, gain=place.gain + level)
        )
        if sources is not None and number == max(wanted):
            return  # Nobody else is to be heard.


def _fitted(sound: Samples, frames: int) -> Samples:
    return np.pad(sound, (0, max(0, frames - len(sound))))[:frames]


def _faded(stereo: Samples) -> Samples:
    """What still rings at the end is let go gently."""
    length = min(stereo.shape[1], round(_FADE * RATE))
    stereo[:, stereo.shape[1] - length :] *= np.linspace(1.0, 0.0, length, dtype=np.float32)
    return stereo
