"""What songs are taken apart into: of every genre enough stems, each with a name, and nothing lost or doubled."""

import functools
import re
from collections import Counter
from dataclasses import replace

import mido
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import Request
from antiphon.engines.song.midi import midi
from antiphon.engines.song.score import Note, Part, Role
from antiphon.engines.song.stems import Source, Stem, Take, excerpt, needed, stem_named, stems
from unit.engines.song.singing import BEATS, TUNE, TWINKLE, score, vocal
from unit.engines.song.whole import GENRES, composed, tag

SETS = ("parts", "basic", "four", "full")
SUNG = score(vocal(TWINKLE, TUNE, BEATS, harmonies=(4,)))


def part(role, instrument, *pitches, **more):
    """Who plays one key after the other."""
    notes = (Note(start=480 * at, length=400, pitch=pitch, velocity=90) for at, pitch in enumerate(pitches))
    return Part(role=role, instrument=instrument, notes=tuple(notes), **more)


def chords(role, instrument, *pitches, **more):
    """Who plays keys at once."""
    notes = (Note(start=0, length=400, pitch=pitch, velocity=90) for pitch in pitches)
    return Part(role=role, instrument=instrument, notes=tuple(notes), **more)


def played(*parts):
    return replace(SUNG, parts=parts, vocal=None)


def names(song, wanted="full"):
    return [stem.name for stem in stems(song, wanted)]


BAND = (
    part(Role.DRUMS, "acoustic_kit", 36, 38, 42, 46, 49, 51, 45),
    part(Role.PERCUSSION, "percussion", 63, 64, 82),
    part(Role.LEAD, "flute", 79, 81),
    part(Role.BASS, "finger_bass", 40),
    part(Role.EFFECTS, "effects", 38),
)


@functools.cache
def of_genre(genre, *, instrumental):
    return composed(
        Request(seed=1, style=tag(genre), description="a song about the rain", seconds=20, instrumental=instrumental)
    )


def heard(song, wanted):
    """Of each note and each voice, the stems that have it, by how they have it."""
    found = {}
    for stem in stems(song, wanted):
        for take in stem.takes:
            if take.source.kind == "voice":
                found.setdefault(take.source, []).append(stem.share)
                continue
            for place, note in enumerate(song.parts[take.source.number].notes):
                if take.pitches is None or note.pitch in take.pitches:
                    found.setdefault((take.source, place), []).append(stem.share)
    return found


def everything(song):
    notes = {
        (Source(kind="part", number=number), place)
        for number, each in enumerate(song.parts)
        for place in range(len(each.notes))
    }
    voices = 0 if song.vocal is None else 1 + len(song.vocal.harmonies)
    return notes | {Source(kind="voice", number=number) for number in range(voices)}


@pytest.mark.parametrize("instrumental", [False, True])
@pytest.mark.parametrize("genre", GENRES)
def test_of_every_genre_there_are_enough_stems_and_no_note_is_lost_or_doubled(genre, instrumental) -> None:
    song = of_genre(genre, instrumental=instrumental)
    full = names(song)
    assert 12 <= len(full) <= 24
    for wanted in SETS:
        named = names(song, wanted)
        assert len(set(named)) == len(named)
        assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in named)
        had = heard(song, wanted)
        assert had.keys() == everything(song)
        assert {tuple(sorted(shares)) for shares in had.values()} <= {("whole",), ("dry", "reverb")}


@pytest.mark.parametrize("genre", GENRES)
def test_a_name_means_the_same_in_every_set(genre) -> None:
    song = of_genre(genre, instrumental=False)
    meant = Counter(stem.name for stem in {stem for wanted in SETS[1:] for stem in stems(song, wanted)})
    assert set(meant.values()) == {1}


def test_a_full_set_has_voices_drums_and_players_as_a_mixing_desk_has() -> None:
    guitar = part(Role.RHYTHM, "muted_guitar", 60)
    song = replace(SUNG, parts=(*BAND, guitar, replace(guitar, role=Role.CHORDS)))
    assert names(song) == [
        "lead_vocals",
        "backing_vocals",
        "kick",
        "snare",
        "hi_hat",
        "toms",
        "crash",
        "ride",
        "congas",
        "shaker",
        "bass",
        "flute",
        "rhythm_muted_guitar",
        "chords_muted_guitar",
        "effects",
    ]
    assert stem_named(song, "hi_hat").takes == (Take(source=Source(kind="part", number=0), pitches={42, 46}),)
    assert stem_named(song, "lead_vocals").title == "Lead Vocals"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("parts", ["drums", "percussion", "bass", "effects", "lead", "vocals", "backing_vocals_1"]),
        ("basic", ["vocals", "instrumental"]),
        ("four", ["vocals", "drums", "bass", "other"]),
    ],
)
def test_the_other_sets_are_what_they_are_called(wanted, expected) -> None:
    assert names(replace(SUNG, parts=BAND), wanted) == expected


def test_drums_of_two_kits_are_together() -> None:
    song = played(
        part(Role.DRUMS, "acoustic_kit", 36, 54, reverb=0.0), part(Role.PERCUSSION, "percussion", 54, reverb=0.0)
    )
    assert [take.source.number for take in stem_named(song, "tambourine").takes] == [0, 1]


def test_two_who_are_alike_are_numbered() -> None:
    harp = part(Role.ARPEGGIO, "harp", 60, reverb=0.0)
    assert names(played(harp, harp)) == ["arpeggio_harp", "arpeggio_harp_2"]


def test_what_a_song_has_nobody_for_is_silent_in_small_sets_and_not_in_full_ones() -> None:
    song = played(part(Role.LEAD, "flute", 70))
    assert [len(stem.takes) for stem in stems(song, "basic")] == [0, 1]
    assert [len(stem.takes) for stem in stems(song, "four")] == [0, 0, 0, 1]
    assert all(stem.takes for stem in stems(song, "full"))


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (chords(Role.PAD, "warm_pad", 50, 60, reverb=0.05), ["warm_pad_low", "warm_pad_high"]),
        (part(Role.LEAD, "flute", 70, reverb=0.3), ["flute_dry", "flute_reverb"]),
        (chords(Role.RHYTHM, "distorted_guitar", 50, 60, reverb=0.0), ["distorted_guitar"]),
    ],
    ids=["two hands", "a room", "an amp, which bends its notes together"],
)
def test_a_song_with_little_in_it_is_taken_apart_as_far_as_it_goes(whole, expected) -> None:
    assert names(played(whole)) == expected


def test_a_piano_alone_is_taken_apart_by_registers() -> None:
    song = played(chords(Role.CHORDS, "grand_piano", *range(48, 72), reverb=0.3))
    full = names(song)
    assert len(full) == 12
    assert full[:2] == ["grand_piano_1_dry", "grand_piano_1_reverb"]
    registers = [sorted(stem.takes[0].pitches) for stem in stems(song, "full")[::2]]
    assert [key for register in registers for key in register] == list(range(48, 72))


def test_only_who_is_needed_plays() -> None:
    song = replace(SUNG, parts=BAND)
    drums, *rest = (Source(kind="part", number=number) for number in range(len(BAND)))
    lead, harmony = (Source(kind="voice", number=number) for number in range(2))
    assert needed(song, [stem_named(song, "kick")]) == {drums}
    assert needed(song, [stem_named(song, "flute")]) == {drums, *rest}
    assert needed(song, [stem_named(song, "backing_vocals")]) == {drums, *rest, lead, harmony}


def test_an_excerpt_has_the_notes_of_its_stem_and_no_others() -> None:
    song = replace(SUNG, parts=BAND)
    drums = excerpt(song, stem_named(song, "hi_hat"))
    assert [[note.pitch for note in each.notes] for each in drums.parts] == [[42, 46]]
    assert drums.vocal is None
    choir = excerpt(song, stem_named(song, "backing_vocals"))
    assert (choir.parts, choir.vocal.lead, choir.vocal.harmonies) == ((), (), song.vocal.harmonies)
    assert excerpt(song, stem_named(song, "vocals")).vocal == song.vocal


def test_an_excerpt_is_written_as_midi(tmp_path) -> None:
    song = replace(SUNG, parts=BAND)
    for name, keys in (("kick", {36}), ("backing_vocals", {pitch + 4 for pitch in TUNE}), ("flute", {79, 81})):
        path = tmp_path / f"{name}.mid"
        path.write_bytes(midi(excerpt(song, stem_named(song, name))))
        tracks = mido.MidiFile(path).tracks
        assert {message.note for track in tracks for message in track if message.type == "note_on"} == keys


def test_a_stem_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        stem_named(SUNG, "hurdy_gurdy")
    assert (refused.value.reason, refused.value.field) == ("unknown_stem", "only")


def test_a_stem_of_nothing_is_an_excerpt_without_notes() -> None:
    empty = excerpt(replace(SUNG, parts=BAND), Stem(name="vocals", takes=()))
    assert (empty.parts, empty.vocal) == ((), None)
