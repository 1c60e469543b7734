"""A part of a score as sound."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.engines.song.play.instruments import Instrument, instrument
from antiphon.engines.song.play.kit import Kit
from antiphon.engines.song.play.sound import Stereo, Stroke, eased_out
from antiphon.engines.song.play.strum import begun
from antiphon.engines.song.score import Note, Part, Pitch, Score, Ticks
from antiphon.engines.song.swing import moment

_RATE = 44_100
_RINGING = 4.0
_CLASSES = 8
"""Of velocity: notes of one differ in loudness only, and are made once."""
_STEP = 128 // _CLASSES
_LOUD = 100
"""The velocity at which all instruments are equally loud."""
_CURVE = 1.7
"""Loudness is velocity to this power: 12 decibels from mezzo-piano to forte."""
_VARIANTS = 4
_LAST = 0.05
_RINGS = 8
"""Seconds within which any drum has died away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """A note in frames."""

    start: int
    held: int
    gain: float


_Same = tuple[Pitch, int, int]
"""What notes share that are made once: pitch, class of velocity, variant."""


def play(
    part: Part,
    score: Score,
    *,
    rate: int = _RATE,
    frames: int | None = None,
    pitches: Collection[Pitch] | None = None,
) -> Stereo:
    """What a part's instrument plays. The part's gain, pan and reverb are left to the mixer.

    Args:
        part: What is played.
        score: When it is.
        rate: Samples a second.
        frames: How long; None for the song and four seconds of ringing.
        pitches: The keys, or drums, that are to be heard, each as it is among the others; None for all. Through an amp
            they are not the same alone.

    Returns:
        Shape (2, frames). It may exceed 1: a single loud note is near a quarter of full scale.

    Raises:
        InstrumentUnknown: The part's instrument is not in the table.
    """
    chosen = instrument(part.instrument)
    length = round((score.seconds + _RINGING) * rate) if frames is None else frames
    sound = np.zeros((2, length), dtype=np.float32)
    for (pitch, force, variant), notes in sorted(_alike(part, score, rate, chosen).items()):
        if pitches is not None and pitch not in pitches:
            continue
        stroke = Stroke(
            pitch=pitch,
            velocity=min(127, force * _STEP + _STEP // 2),
            frames=max(note.held for note in notes) + _after(chosen, rate),
            rate=rate,
            variant=variant,
        )
        _add(sound, chosen.sound.strike(stroke), notes, release=_after(chosen, rate))
    eased_out(sound, rate, _LAST)
    if chosen.amp is not None:
        sound = chosen.amp.play(sound, rate)
    sound *= np.float32(10.0 ** (chosen.loudness / 20.0))
    return sound


def _after(chosen: Instrument, rate: int) -> int:
    return max(32, round(chosen.sound.release * rate))


def _alike(part: Part, score: Score, rate: int, chosen: Instrument) -> Mapping[_Same, Sequence[_Played]]:
    """The notes, those together that can be made once."""
    groups = defaultdict[_Same, list[_Played]](list)
    times = defaultdict[Pitch, int](int)
    starts = begun(part.notes, score, rate, strum=chosen.strum)
    if isinstance(chosen.sound, Kit):
        ends = _muted(part.notes, starts, chosen.sound, longest=_RINGS * rate)
        variants = _VARIANTS
    else:
        ends = [_frame(Ticks(note.start + note.length), score, rate) for note in part.notes]
        variants = 1
    for note, start, end in zip(part.notes, starts, ends, strict=True):
        variant = times[note.pitch] % variants
        times[note.pitch] += 1
        force = min(_CLASSES - 1, note.velocity // _STEP)
        gain = (note.velocity / _LOUD) ** _CURVE
        groups[note.pitch, force, variant].append(_Played(start=start, held=max(1, end - start), gain=gain))
    return groups


def _frame(tick: Ticks, score: Score, rate: int) -> int:
    return round(moment(tick, score) * rate)


def _muted(notes: Sequence[Note], starts: Sequence[int], kit: Kit, *, longest: int) -> list[int]:
    """Where drums end: they ring as they do, unless another drum mutes them, as a closing hi-hat does."""
    hits = defaultdict[int, list[int]](list)
    for note, start in zip(notes, starts, strict=True):
        hits[note.pitch].append(start)
    muted_by = {pitch: kit.drum(pitch)[0].muted_by for pitch in list(hits)}
    ends = []
    for note, start in zip(notes, starts, strict=True):
        mutes = (hits[key] for key in muted_by[note.pitch])
        after = (each[place] for each in mutes if (place := bisect_right(each, start)) < len(each))
        ends.append(min(after, default=start + longest))
    return ends


def _add(sound: Stereo, wave: Stereo, notes: Sequence[_Played], *, release: int) -> None:
    """Add a wave wherever one of these notes begins, ended where it ends."""
    fall = (np.linspace(1.0, 0.0, release, endpoint=False) ** 2).astype(np.float32)
    for note in notes:
        frames = min(note.held + release, wave.shape[1], sound.shape[1] - note.start)
        if frames <= 0:
            continue
        piece = wave[:, :frames] * np.float32(note.gain)
        ending = piece[:, note.held :]
        ending *= fall[: ending.shape[1]]
        sound[:, note.start : note.start + frames] += piece
