"""Scores as MIDI files, read again."""

import io
from collections import Counter

import mido
import pytest

from antiphon.engines.song.midi import midi, signature
from antiphon.engines.song.score import TICKS, Key, Meter, Mode, Role
from unit.engines.song.arranging import played, sung


def read(score):
    return mido.MidiFile(file=io.BytesIO(midi(score)), charset="utf-8")


def notes(track):
    """Start, length, pitch and velocity of each note."""
    at, down, found = 0, {}, []
    for message in track:
        at += message.time
        if message.type == "note_on" and message.velocity:
            down.setdefault(message.note, []).append((at, message.velocity))
        elif message.type in {"note_on", "note_off"}:
            start, velocity = down[message.note].pop(0)
            found.append((start, at - start, message.note, velocity))
    assert not any(down.values())
    return Counter(found)


def timed(track, kind):
    at, found = 0, []
    for message in track:
        at += message.time
        if message.type == kind:
            found.append((at, message))
    return found


def written(notes_):
    return Counter((note.start, note.length, note.pitch, note.velocity) for note in notes_)


def test_all_notes_come_back():
    score = sung()
    file = read(score)

    assert [notes(track) for track in file.tracks[2:]] == [written(part.notes) for part in score.parts]


def test_the_voices_come_back():
    score = sung()

    assert notes(read(score).tracks[1]) == written([*score.vocal.lead, *(n for v in score.vocal.harmonies for n in v)])


def test_tracks_are_named_by_role():
    score = sung()

    assert [track.name for track in read(score).tracks] == [score.title, "vocal", *(part.role for part in score.parts)]


def test_drums_are_on_the_tenth_channel_and_nobody_else():
    score = sung()
    for part, track in zip(score.parts, read(score).tracks[2:], strict=True):
        channels = {message.channel for message in track if message.type == "note_on"}
        assert (channels == {9}) is (part.role in {Role.DRUMS, Role.PERCUSSION})


@pytest.mark.parametrize(
    ("role", "programs"), [(Role.LEAD, [73]), (Role.DRUMS, [0]), (Role.PERCUSSION, []), (Role.EFFECTS, [119])]
)
def test_programs_are_general_midis(role, programs):
    score = sung()
    place = next(place for place, part in enumerate(score.parts) if part.role is role)

    assert [message.program for _, message in timed(read(score).tracks[2 + place], "program_change")] == programs


def test_the_song_ends_with_its_last_bar():
    score = sung()

    assert [sum(message.time for message in track) for track in read(score).tracks] == [score.end] * (
        len(score.parts) + 2
    )


def test_sections_are_markers():
    score = sung()

    assert [(at, message.text) for at, message in timed(read(score).tracks[0], "marker")] == [
        (section.first_bar * score.meter.bar, section.name) for section in score.sections
    ]


def test_words_are_where_they_are_sung():
    score = sung()
    lyrics = timed(read(score).tracks[1], "lyrics")

    assert "".join(message.text for _, message in lyrics) == "".join(f"{line}\n" for line in score.vocal.lines)
    assert lyrics[0][0] == score.vocal.lead[0].start


def test_tempo_and_meter_are_written():
    score = played(meter=Meter(beats=6, unit=8))
    first = read(score).tracks[0]
    meter = timed(first, "time_signature")[0][1]

    assert read(score).ticks_per_beat == TICKS
    assert [mido.tempo2bpm(message.tempo) for _, message in timed(first, "set_tempo")] == [
        pytest.approx(score.tempos[0].bpm, abs=0.01)
    ]
    assert (meter.numerator, meter.denominator) == (6, 8)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("tonic", range(12))
def test_every_key_has_a_signature_with_its_notes(tonic, mode):
    named = signature(Key(tonic=tonic, mode=mode))
    minor = named.endswith("m")
    root = "C.D.EF.G.A.B".index(named[0]) + named.count("#") - named.count("b")
    twin = Key(tonic=root % 12, mode=Mode.MINOR if minor else Mode.MAJOR)
    natural = Mode.MINOR if mode is Mode.HARMONIC_MINOR else mode

    assert set(twin.scale()) == set(Key(tonic=tonic, mode=natural).scale())
