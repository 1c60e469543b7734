"""Covers: the same tune and words in another style, near the source or far from it."""

import pytest

from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import STEPS, Meter, Mode, Pitch, Role, Singer
from antiphon.engines.song.verbs.cover import covered
from antiphon.engines.song.verbs.strains import tune
from unit.engines.song import arranging
from unit.engines.song.composing import STYLES, brief, espeak
from unit.engines.song.composing import song as composed
from unit.engines.song.verbs.material import played, sung

NEARNESS = (0.0, 0.25, 0.5, 0.6, 0.75, 1.0)
STYLED = ("waltz", "drum and bass", "jazz", "metal", "irish folk", "ballad")
DEEP = Singer(gender="male", lowest=Pitch(42), highest=Pitch(64))
SOURCES = {
    "pop": lambda: sung("pop", gender="female"),
    "waltz": lambda: sung("waltz", seed=2, gender="male"),
    "jig": lambda: sung("irish folk", seed=3),
    "jazz": lambda: sung("jazz", seed=4),
    "five": lambda: composed(brief(STYLES[9], seed=5)),
    "played pop": lambda: played("pop", seed=6),
    "played waltz": lambda: played("waltz", seed=7),
    "played five": lambda: arranging.played(meter=Meter(beats=5)),
}


def cover(score, style, near, **more):
    return covered(score, Change(style=style, audio_weight=near, **more), espeak())


def degree(pitch, key):
    """A note's place in the scale; of others the semitones above the tonic."""
    above = (pitch - key.tonic) % 12
    steps = STEPS[key.mode]
    return steps.index(above) if above in steps else -above


def places(score):
    """Where in which bar which degree of the scale is sung."""
    bar = score.meter.bar
    return {(note.start // bar, note.start % bar / bar, degree(note.pitch, score.key)) for note in tune(score)}


def likeness(score, other):
    """The share of a tune's notes that another has at the same place and degree."""
    return len(places(score) & places(other)) / len(places(score))


def bar_seconds(score):
    return score.second(score.meter.bar)


@pytest.mark.parametrize("near", [0.0, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("source", SOURCES)
def test_a_cover_has_no_faults(source, near):
    place = list(SOURCES).index(source) + round(4 * near)
    assert faults(cover(SOURCES[source](), STYLED[place % len(STYLED)], near, seed=place)) == []


def test_a_close_cover_has_the_tune_note_for_note_and_the_chords_and_the_tempo():
    score = sung("pop", gender="female")

    near = cover(score, "metal", 1.0)

    kept = ("key", "meter", "tempos", "chords")
    assert [getattr(near, name) for name in kept] == [getattr(score, name) for name in kept]
    assert near.vocal.lead == score.vocal.lead
    assert near.credits.style == "metal"
    assert {part.instrument for part in near.parts} != {part.instrument for part in score.parts}


def test_the_nearer_the_more_of_the_tune_and_the_tempo_are_the_sources():
    score = sung("pop", gender="female", seed=3)

    covers = [cover(score, "soul", near) for near in NEARNESS]

    shares = [likeness(score, each) for each in covers]
    distances = [abs(bar_seconds(each) - bar_seconds(score)) for each in covers]
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert shares[2:] == [1.0] * 4
    assert distances[0] == distances[1] == distances[2]
    assert distances[2] > distances[3] > distances[4] > distances[5] == 0.0


def test_in_between_the_chords_are_the_new_styles_under_the_same_tune():
    score = sung("pop", gender="female")

    jazz = cover(score, "jazz", 0.5)

    def rich(song):
        return sum(chord.length for chord in song.chords if len(chord.intervals) > 3) / song.end

    assert jazz.vocal.lead == score.vocal.lead
    assert rich(jazz) > rich(score) + 0.3


@pytest.mark.parametrize("near", NEARNESS)
def test_all_words_are_sung_in_their_order(near):
    score = sung("pop", gender="female")

    other = cover(score, "waltz", near)

    assert (other.vocal.words, other.vocal.lines) == (score.vocal.words, score.vocal.lines)
    texts = [note.phonemes for note in other.vocal.lead if note.phonemes]
    assert texts == [note.phonemes for note in score.vocal.lead if note.phonemes]


def test_a_cover_in_another_meter_has_the_pitches_in_its_rhythm():
    score = sung("pop", gender="female")

    waltz = cover(score, "waltz", 0.5)

    assert waltz.meter == Meter(beats=3)
    first = [section.like is None for section in waltz.sections]
    own = [note for note in waltz.vocal.lead if first[_section(waltz, note)]]
    theirs = [note for note in score.vocal.lead if first[_section(score, note)]]
    assert [note.pitch for note in own] == [note.pitch for note in theirs]


def test_somebody_else_sings_it_in_their_own_range():
    score = sung("pop", gender="female")

    other = cover(score, "folk", 1.0, singer=DEEP)

    assert other.vocal.singer == DEEP
    assert all(DEEP.lowest <= note.pitch <= DEEP.highest for note in other.vocal.lead)
    assert likeness(score, other) == 1.0


def test_of_an_instrumental_the_leads_tune_is_covered():
    score = played("pop", seed=6)

    other = cover(score, "synthwave", 0.75)

    assert other.vocal is None
    lead = next(part for part in other.parts if part.role is Role.LEAD)
    classes = [(note.start, note.pitch % 12) for note in lead.notes]
    assert classes == [(note.start, note.pitch % 12) for note in tune(score)]


def test_a_free_cover_has_the_styles_mode():
    score = sung("pop, major", gender="female")

    assert cover(score, "metal, minor", 0.0).key.mode is Mode.MINOR
    assert cover(score, "metal, minor", 0.5).key.mode is score.key.mode


def test_the_same_cover_is_the_same():
    score = sung("pop", gender="female")

    assert cover(score, "jazz", 0.3) == cover(score, "jazz", 0.3)
    assert cover(score, "jazz", 0.3, seed=9) != cover(score, "jazz", 0.3)


def _section(score, note):
    bar = note.start // score.meter.bar
    return max(place for place, section in enumerate(score.sections) if section.first_bar <= bar)
