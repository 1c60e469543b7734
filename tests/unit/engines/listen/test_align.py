"""The words of a known text, found in a voice."""

from itertools import pairwise

import numpy as np
import pytest

from antiphon.engines.listen.align import words, written
from antiphon.engines.listen.warp import States, Steps, unit, warped
from antiphon.engines.song.timed import timed
from unit.engines.listen.sung import GENDERS, LOW_RATE, lead_alone, score


def text_of(style):
    return "\n".join(score(style).vocal.lines)


@pytest.mark.parametrize("style", GENDERS)
def test_half_of_the_words_are_found_within_sixty_milliseconds_and_most_within_two_hundred(style):
    found, truth = words(lead_alone(style), LOW_RATE, text_of(style), "en"), timed(score(style))
    assert [word.text for word in found] == [word.text for word in truth]
    late = np.abs([one.start - other.start for one, other in zip(found, truth, strict=True)])
    assert np.median(late) <= 0.060
    assert np.percentile(late, 90) <= 0.200


def test_words_that_nobody_sings_stand_in_order_between_the_others():
    longer = f"{text_of('pop')}\nand here a line that nobody ever sang"
    found = words(lead_alone("pop"), LOW_RATE, longer, "en")
    assert [word.text for word in found] == longer.split()
    assert all(before.start <= after.start and before.end <= after.start for before, after in pairwise(found))
    assert all(0 <= word.start <= word.end <= len(lead_alone("pop")) / LOW_RATE + 0.01 for word in found)


def test_tags_of_sections_and_empty_lines_are_no_words():
    text = "[Verse 1]\nOne  two , three\n\n (four)\n[Chorus: both]\n ...\n"
    assert written(text) == [["One", "two ,", "three"], ["(four)"]]


@pytest.mark.parametrize(("text", "sound"), [("", 0.1), ("[Chorus]\n—", 0.1), ("some words", 0.0)])
def test_where_there_are_no_words_or_no_sound_nothing_is_found(text, sound):
    assert words(np.full(8_000, sound, np.float32), LOW_RATE, text, "en") == ()


def test_words_in_another_script_are_found_too():
    found = words(lead_alone("pop"), LOW_RATE, "Тихо вода течёт", "ru")
    assert [word.text for word in found] == ["Тихо", "вода", "течёт"]


def test_states_are_held_skipped_and_passed_over_in_silence():
    shapes = unit(np.random.default_rng(2).standard_normal((6, 12)))
    silent = np.array([True, False, False, True, False, False, True])
    states = States(
        shapes=np.insert(shapes[:4], (0, 2, 4), 0, axis=0),
        silent=silent,
        held=np.ones(7, bool),
    )
    wanted = np.repeat([0, 1, 2, 3, 4, 5, 6], [30, 50, 40, 60, 40, 50, 20])
    steps = Steps(shapes=states.shapes[wanted], sounding=1.0 - silent[wanted])
    assert np.mean(warped([steps], states) == wanted) > 0.97
