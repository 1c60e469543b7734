"""One song of two: the tune of the second on the band of the first."""

from dataclasses import replace
from itertools import pairwise

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults, on_chord_share
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import STEPS, Meter, Mode, SectionKind
from antiphon.engines.song.verbs.mashup import mashed
from antiphon.engines.song.verbs.strains import tune
from unit.engines.song import arranging
from unit.engines.song.composing import STYLES, brief, espeak
from unit.engines.song.composing import song as composed
from unit.engines.song.verbs.material import MORE, played, sung

SONGS = {
    "pop": lambda: sung("pop, C major", gender="female"),
    "waltz": lambda: sung("waltz", seed=2, gender="male", lyrics=MORE),
    "jig": lambda: sung("irish folk", seed=3, gender="female", lyrics=MORE),
    "five": lambda: composed(brief(STYLES[9], seed=5)),
    "minor": lambda: sung("metal, A minor", seed=6, gender="male", lyrics=MORE),
    "played": lambda: played("jazz", seed=4),
    "played five": lambda: arranging.played(meter=Meter(beats=5)),
}


def mash(first, second, **change):
    return mashed(SONGS[first](), SONGS[second](), Change(**change), espeak())


def motifs(score, kind):
    """The steps in the scale between six notes that follow each other, in sections of a kind."""
    bars = [
        range(section.first_bar, section.first_bar + section.bars) for section in score.sections if section.kind is kind
    ]
    heard = [note.pitch for note in tune(score) if any(note.start // score.meter.bar in each for each in bars)]
    steps = [after - before for before, after in pairwise(place(pitch, score.key) for pitch in heard)]
    return {tuple(steps[at : at + 5]) for at in range(len(steps) - 4)}


def place(pitch, key):
    """How many steps of its scale a note is above the lowest tonic."""
    octave, above = divmod(pitch - key.tonic, 12)
    return 7 * octave + sum(step <= above for step in STEPS[key.mode])


@pytest.mark.parametrize("way", [0, 1, 3, 5])
@pytest.mark.parametrize("first", SONGS)
def test_a_mashup_has_no_faults(first, way):
    names = list(SONGS)
    second = names[(names.index(first) + way) % len(names)]
    assert faults(mash(first, second)) == []


@pytest.mark.parametrize(("first", "second"), [("pop", "minor"), ("minor", "pop"), ("pop", "waltz"), ("jig", "pop")])
def test_both_songs_are_in_it(first, second):
    song = mash(first, second)

    # Verses are the first one's, choruses the second one's.
    for source, kind in ((first, SectionKind.VERSE), (second, SectionKind.CHORUS)):
        own = motifs(SONGS[source](), kind)
        assert len(motifs(song, kind) & own) > 0.6 * len(own)
    assert on_chord_share(song) >= 0.8


def test_a_played_songs_lead_is_heard_between_what_the_other_sings():
    song, first = mash("played", "pop"), SONGS["played"]()
    band = {(part.role, part.instrument): part.notes for part in first.parts}

    verse = next(each for each in song.sections if each.kind is SectionKind.VERSE)
    theirs = next(each for each in first.sections if each.kind is SectionKind.VERSE)

    def inside(notes, section):
        start, end = (bar * song.meter.bar for bar in (section.first_bar, section.first_bar + section.bars))
        return [(note.start - start, note.pitch) for note in notes if start <= note.start < end]

    for part in song.parts:
        assert inside(part.notes, verse) == inside(band.get((part.role, part.instrument), ()), theirs)


@pytest.mark.parametrize("second", ["waltz", "minor", "played five"])
def test_key_meter_tempo_and_band_are_the_firsts(second):
    song, first = mash("pop", second), SONGS["pop"]()

    assert (song.key, song.meter) == (first.key, first.meter)
    assert song.tempos[0].bpm == pytest.approx(first.tempos[0].bpm)
    assert {part.instrument for part in song.parts} >= {part.instrument for part in first.parts}


def test_a_minor_song_goes_to_the_relative_key_of_a_major_one():
    # A minor has the notes of C major: nothing is to be moved but by octaves.
    song, second = mash("pop", "minor"), SONGS["minor"]()

    assert (second.key.tonic, second.key.mode) == (9, Mode.MINOR)
    classes = {tuple(note.pitch % 12 for note in tune(second)[at : at + 6]) for at in range(len(tune(second)) - 5)}
    heard = [note.pitch % 12 for note in tune(song)]
    assert any(tuple(heard[at : at + 6]) in classes for at in range(len(heard) - 5))


def test_each_sings_in_their_own_range():
    song = mash("pop", "minor")

    assert song.vocal.singers == (SONGS["pop"]().vocal.singer, SONGS["minor"]().vocal.singer)
    assert {note.singer for note in song.vocal.lead} == {0, 1}


def test_words_of_both_are_whole_and_in_order():
    song = mash("pop", "waltz")
    lines = set(SONGS["pop"]().vocal.lines) | set(SONGS["waltz"]().vocal.lines)

    assert set(song.vocal.lines) <= lines
    for number, line in enumerate(song.vocal.lines):
        assert " ".join(word.text for word in song.vocal.words if word.line == number) == line


def test_the_title_names_both_or_is_the_one_asked_for():
    assert mash("pop", "minor").title == f"{SONGS['pop']().title} / {SONGS['minor']().title}"
    assert mash("pop", "minor", title="Both").title == "Both"


def test_two_languages_are_refused():
    second = SONGS["waltz"]()
    other = replace(second, vocal=replace(second.vocal, language="id"))

    with pytest.raises(InvalidRequest) as refused:
        mashed(SONGS["pop"](), other, Change(), espeak())
    assert refused.value.reason == "language"


def test_a_song_without_a_tune_has_nothing_to_lend():
    with pytest.raises(InvalidRequest) as refused:
        mashed(SONGS["pop"](), replace(SONGS["played"](), parts=()), Change(), espeak())
    assert (refused.value.reason, refused.value.field) == ("missing", "second")
