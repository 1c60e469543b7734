"""A score as a Standard MIDI File: tempo, key, meter, sections, words, one track for each part."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import mido

from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.score import TICKS, Key, Mode, Note, Part, Role, Score, Sung, Vocal

_DRUM_CHANNEL = 9
_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)
_DRUMMED = frozenset({Role.DRUMS, Role.PERCUSSION})
_OOHS = 53
"""General MIDI's program for a voice."""

_REVERSED_CYMBAL = 119
"""And for what leads into sections: on the channel of the drums it would be kicks and snares."""

_VOLUME, _PAN, _REVERB = 7, 10, 91
_FULL = 127
_MAJORS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINORS = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_DEGREE = {Mode.DORIAN: 2, Mode.PHRYGIAN: 4, Mode.LYDIAN: 5, Mode.MIXOLYDIAN: 7}
"""Of the major scale that has a mode's notes, the semitone on which the mode begins."""

_OFF, _PLAIN, _ON = 0, 1, 2


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """When, in which order of those at one tick, and what."""

    tick: int
    order: int
    place: int
    message: "mido.Message | mido.MetaMessage"


def midi(score: Score) -> bytes:
    """The score as a file of type 1, 480 ticks a quarter note. Its swing is not in it: the notes are exact."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    file.tracks.append(_track(score.title, _course(score), score.end))
    if score.vocal is not None:
        file.tracks.append(_track("vocal", _sung(score.vocal), score.end))
    pitched = 1 if score.vocal is not None else 0
    taken: dict[str, int] = {}
    for part in score.parts:
        drummed = part.role in _DRUMMED
        channel = _DRUM_CHANNEL if drummed else _CHANNELS[pitched % len(_CHANNELS)]
        pitched += not drummed
        number = taken[part.role] = taken.get(part.role, 0) + 1
        name = str(part.role) if number == 1 else f"{part.role} {number}"
        file.tracks.append(_track(name, _played(part, channel), score.end))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _track(
    name: str, messages: Iterable[tuple[int, int, "mido.Message | mido.MetaMessage"]], end: int
) -> mido.MidiTrack:
    """Messages in order, what ends before what begins."""
    found = sorted(
        (_Event(tick, order, place, message) for place, (tick, order, message) in enumerate(messages)),
        key=lambda event: (event.tick, event.order, event.place),
    )
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name, time=0)])
    at = 0
    for event in found:
        track.append(event.message.copy(time=event.tick - at))
        at = event.tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - at)))
    return track


def _course(score: Score) -> Iterator[tuple[int, int, mido.MetaMessage]]:
    """What concerns all: tempo, meter, key, and the names of the sections."""
    meter = score.meter
    yield 0, _OFF, mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit)
    yield 0, _OFF, mido.MetaMessage("key_signature", key=signature(score.key))
    for tempo in score.tempos:
        yield tempo.start, _OFF, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo.bpm))
    for section in score.sections:
        yield section.first_bar * meter.bar, _PLAIN, mido.MetaMessage("marker", text=section.name)


def signature(key: Key) -> str:
    """The key as MIDI has it: it knows major and minor only; other modes are written as the major with their notes."""
    if key.mode in {Mode.MINOR, Mode.HARMONIC_MINOR}:
        return _MINORS[key.tonic]
    return _MAJORS[(key.tonic - _DEGREE.get(key.mode, 0)) % 12]


def _sung(vocal: Vocal) -> Iterator[tuple[int, int, "mido.Message | mido.MetaMessage"]]:
    """The tune, its second voices, and the words: each where its first syllable is, lines ended as karaoke has it."""
    channel = _CHANNELS[0]
    yield 0, _PLAIN, mido.Message("program_change", channel=channel, program=_OOHS)
    begun = -1
    for each in vocal.lead:
        if each.word > begun:
            word = vocal.words[each.word]
            last = each.word + 1 == len(vocal.words) or vocal.words[each.word + 1].line != word.line
            begun = each.word
            yield each.start, _PLAIN, mido.MetaMessage("lyrics", text=word.text + ("\n" if last else " "))
    for voice in (vocal.lead, *vocal.harmonies):
        yield from _notes(voice, channel)


def _played(part: Part, channel: int) -> Iterator[tuple[int, int, mido.Message]]:
    if part.role is not Role.PERCUSSION:  # It shares the channel of the drums, and their kit has all of it.
        program = _REVERSED_CYMBAL if part.role is Role.EFFECTS else instrument(part.instrument).program
        yield 0, _PLAIN, mido.Message("program_change", channel=channel, program=program)
    if channel != _DRUM_CHANNEL:
        yield 0, _PLAIN, _control(channel, _PAN, (part.pan + 1) / 2)
        yield 0, _PLAIN, _control(channel, _VOLUME, 10 ** (min(0.0, part.gain) / 40) * 100 / _FULL)
        yield 0, _PLAIN, _control(channel, _REVERB, part.reverb)
    yield from _notes(part.notes, channel)


def _control(channel: int, control: int, share: float) -> mido.Message:
    value = max(0, min(_FULL, round(share * _FULL)))
    return mido.Message("control_change", channel=channel, control=control, value=value)


def _notes(notes: Sequence[Note] | Sequence[Sung], channel: int) -> Iterator[tuple[int, int, mido.Message]]:
    for each in notes:
        pitch, velocity = int(each.pitch), each.velocity
        yield each.start, _ON, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)
        yield each.start + each.length, _OFF, mido.Message("note_off", channel=channel, note=pitch, velocity=0)
