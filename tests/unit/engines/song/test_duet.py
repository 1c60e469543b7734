"""Duets: each stanza is sung by whom its tag names, where they can sing it."""

from dataclasses import replace

import numpy as np
import pytest

from antiphon.engines.song.check import faults
from antiphon.engines.song.duet import partner_of
from antiphon.engines.song.lyrics import parse
from antiphon.engines.song.score import Pitch
from antiphon.engines.song.sing import EspeakSpeaker, sing
from antiphon.engines.song.written import dump, load
from unit.engines.song.composing import MAN, STYLES, WOMAN, brief, song
from unit.engines.song.singing import MAN as BARITONE
from unit.engines.song.singing import RATE, TWINKLE, cents, frequency, pitches, score, vocal

LYRICS = parse("""[Verse 1: male]
I was walking by the river in the rain
Counting every window on the morning train

[Verse 2: female]
I was waiting with a candle in the hall
Listening for your footsteps by the wall

[Chorus: both]
Meet me in the middle of the morning
Meet me where the river meets the sea
""")
SINGERS = [pytest.param(WOMAN, id="woman"), pytest.param(MAN, id="man")]


def genders(made):
    """By line, who sings it."""
    singers = made.vocal.singers
    return {made.vocal.words[note.word].line: singers[note.singer].gender for note in made.vocal.lead}


@pytest.mark.parametrize("singer", SINGERS)
def test_each_stanza_is_sung_by_whom_it_names(singer):
    made = song(brief(singer=singer), LYRICS)
    assert made.vocal.partner.gender != singer.gender
    assert [genders(made)[line] for line in range(6)] == [*["male"] * 2, *["female"] * 2, *[singer.gender] * 2]
    assert {note.singer for note in made.vocal.harmonies[0]} == {1}


@pytest.mark.parametrize("each", STYLES, ids=lambda each: each.genre)
@pytest.mark.parametrize("singer", SINGERS)
def test_no_duet_has_a_fault(each, singer):
    assert faults(song(brief(each, singer=singer), LYRICS)) == []


def test_where_nobody_is_named_one_sings():
    made = song(brief())
    assert made.vocal.partner is None
    assert {note.singer for note in made.vocal.lead} == {0}


def test_the_second_verse_is_the_firsts_tune_in_another_octave():
    made = song(brief(singer=WOMAN), LYRICS)
    pitches_of = [[], []]
    for note in made.vocal.lead:
        line = made.vocal.words[note.word].line
        if line in {0, 2}:
            pitches_of[line // 2].append(note.pitch)
    low, high = pitches_of
    assert np.mean(high) - np.mean(low) > 6


def test_a_duet_is_written_and_read():
    made = song(brief(), LYRICS)
    assert load(dump(made)) == made


def test_a_voice_at_the_end_of_all_keys_has_a_partner():
    deep = replace(MAN, gender="female", lowest=Pitch(3), highest=Pitch(20))
    partner = partner_of(deep)
    assert (partner.gender, partner.lowest, partner.highest) == ("male", 3, 20)


def test_both_singers_of_a_duet_are_heard_at_their_pitches():
    one = vocal(TWINKLE, (48,) * 7 + (60,) * 7, (1,) * 14, singer=BARITONE)
    lead = tuple(replace(note, singer=int(place >= 7)) for place, note in enumerate(one.lead))
    alone, both = replace(one, lead=lead), replace(one, lead=lead, partner=partner_of(BARITONE))
    same, two = (next(iter(sing(each, score(each), EspeakSpeaker(), RATE))) for each in (alone, both))
    middle = round(score(one).second(lead[7].start) * RATE) - 3 * RATE // 2
    assert np.array_equal(same[:middle], two[:middle])
    assert not np.array_equal(same[middle:], two[middle:])
    for note in lead:
        start = score(one).second(note.start) + 0.15
        sound = two[round(start * RATE) : round((start + 0.35) * RATE)]
        assert abs(np.median(cents(pitches(sound, frequency(note.pitch)), frequency(note.pitch)))) < 10
