"""Songs of every genre, note by note: what is promised of them, measured here without the help of `check`."""

from itertools import pairwise

import pytest

from antiphon.engines.song.check import faults
from antiphon.engines.song.score import STEPS, TICKS, Role
from unit.engines.song.whole import GENRES, SEEDS, choruses, of_genre, part, ticks

OCTAVE = 12
UNPITCHED = {Role.DRUMS, Role.PERCUSSION, Role.EFFECTS}
LONG = 120.0
"""Seconds in which a chorus comes back."""


def in_key(score, note):
    return (note.pitch - score.key.tonic) % OCTAVE in STEPS[score.key.mode]


def borrowed(score, note):
    return note.pitch % OCTAVE in score.chord_at(note.start).pitch_classes()


def passing(lead, place):
    """Short, between notes that are a step away on either side."""
    beside = [lead[near].pitch for near in (place - 1, place + 1) if 0 <= near < len(lead)]
    return lead[place].length <= TICKS // 2 and all(abs(lead[place].pitch - pitch) <= 2 for pitch in beside)


def strong(score, note):
    """The first beat of a bar, and its middle where it has an even number of beats."""
    bar = score.meter.bar
    return note.start % (bar if score.meter.beats % 2 else bar // 2) == 0


@pytest.mark.parametrize("genre", GENRES)
def test_no_song_has_a_fault(genre):
    assert [fault for seed in SEEDS for fault in faults(of_genre(genre, seed=seed))] == []


@pytest.mark.parametrize("genre", GENRES)
def test_every_song_is_of_its_genre_and_is_sung_and_played(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)
        assert score.credits.style == genre
        assert score.vocal is not None
        assert len(score.vocal.lead) >= 20
        assert any(len(each.notes) >= 20 for each in score.parts)


@pytest.mark.parametrize("genre", GENRES)
def test_nearly_all_sung_notes_are_in_the_key_or_explained(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)
        lead = score.vocal.lead
        good = [in_key(score, note) or borrowed(score, note) or passing(lead, place) for place, note in enumerate(lead)]
        assert sum(good) / len(good) >= 0.95


@pytest.mark.parametrize("genre", GENRES)
def test_strong_beats_are_on_notes_of_the_chord(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)
        heavy = [note for note in score.vocal.lead if strong(score, note)]
        assert sum(borrowed(score, note) for note in heavy) / len(heavy) >= 0.8


@pytest.mark.parametrize("genre", GENRES)
def test_nobody_leaps_over_an_octave_or_leaves_their_range(genre):
    for seed in SEEDS:
        vocal = of_genre(genre, seed=seed).vocal
        assert max(abs(after.pitch - before.pitch) for before, after in pairwise(vocal.lead)) <= OCTAVE
        sung = {note.pitch for voice in (vocal.lead, *vocal.harmonies) for note in voice}
        assert vocal.singer.lowest <= min(sung) <= max(sung) <= vocal.singer.highest


@pytest.mark.parametrize("genre", GENRES)
def test_voice_and_bass_do_not_move_in_octaves_from_chord_to_chord(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)
        tune = {note.start: note.pitch for note in score.vocal.lead}
        bass = {note.start: note.pitch for note in reversed(part(score, Role.BASS))}
        both = [chord.start for chord in score.chords if chord.start in tune and chord.start in bass]
        for before, after in pairwise(both):
            up, below = tune[after] - tune[before], bass[after] - bass[before]
            doubled = all((tune[at] - bass[at]) % OCTAVE == 0 for at in (before, after))
            assert not (doubled and up * below > 0), (seed, after)


@pytest.mark.parametrize("genre", GENRES)
def test_every_song_ends_with_a_chord_that_is_held(genre):
    for seed in SEEDS:
        score = of_genre(genre, seed=seed)
        last = [
            note
            for each in score.parts
            if each.role not in UNPITCHED
            for note in each.notes
            if note.start + note.length >= score.end - TICKS // 2
        ]
        assert max((note.length for note in last), default=0) >= score.meter.bar // 2, seed


@pytest.mark.parametrize("genre", GENRES)
def test_a_chorus_has_the_same_tune_each_time(genre):
    score = of_genre(genre, seed=0, seconds=LONG)
    assert faults(score) == []
    tunes = [
        [(note.start - span.start, note.length, note.pitch) for note in score.vocal.lead if note.start in span]
        for span in (ticks(score, place) for place in choruses(score))
    ]
    sung = [tune for tune in tunes if tune]
    assert len(sung) >= 2
    assert all(tune == sung[0] for tune in sung)
