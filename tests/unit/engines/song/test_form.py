"""Sections, and how they fill the time."""

import pytest

from antiphon.engines.song.form import LONGEST, SHORTEST, form
from antiphon.engines.song.pacing import Fit, bar_seconds
from antiphon.engines.song.score import Meter, SectionKind
from antiphon.engines.song.words import Stanza
from unit.engines.song.composing import BRIDGE, CHORUS, INTRO, OUTRO, SOLO, VERSE, brief, style

SONG = [(VERSE, [8] * 4), (CHORUS, [7] * 4), (VERSE, [9] * 4), (CHORUS, [7] * 4)]


def plan(wanted, parts):
    stanzas = [Stanza(kind=kind, name="", lines=("la",) * len(counts)) for kind, counts in parts]
    return form(wanted, stanzas, [counts for _, counts in parts])


def kinds(found):
    return [section.kind for section in found.sections]


@pytest.mark.parametrize("seconds", [10, 11, 17, 30, 59, 120, 187, 240, 360])
@pytest.mark.parametrize("bpm", [60, 92, 128, 176, 200])
@pytest.mark.parametrize("meter", [Meter(), Meter(beats=3), Meter(beats=6, unit=8), Meter(beats=7, unit=8)])
@pytest.mark.parametrize("parts", [[], SONG, [(VERSE, [3])]], ids=["played", "sung", "one line"])
def test_a_song_is_as_long_as_was_asked_for_within_a_bar_unless_the_words_are_too_many(seconds, bpm, meter, parts):
    wanted = brief(style(bpm=bpm, meter=meter), seconds=seconds)

    found = plan(wanted, parts)

    length = sum(section.bars for section in found.sections) * bar_seconds(wanted)
    assert found.fit is Fit.LONGER or abs(length - seconds) <= bar_seconds(wanted)
    assert found.fit is not Fit.LONGER or length > seconds


@pytest.mark.parametrize("seconds", [None, 10, 60, 360])
def test_sections_follow_each_other_without_gaps_and_hold_their_lines(seconds):
    found = plan(brief(seconds=seconds), SONG)

    bars = [section.first_bar for section in found.sections]
    ends = [section.first_bar + section.bars for section in found.sections]
    assert bars == [0, *ends[:-1]]
    assert all(
        spans[-1].first_bar + spans[-1].bars <= section.bars
        for section, spans in zip(found.sections, found.spans, strict=True)
    )


def test_each_stanza_is_sung_in_order_between_an_intro_and_an_outro():
    found = plan(brief(seconds=None), [*SONG, (BRIDGE, [5, 5])])

    assert kinds(found) == [INTRO, VERSE, CHORUS, VERSE, CHORUS, BRIDGE, OUTRO]
    assert found.stanzas == (None, 0, 1, 2, 3, 4, None)


def test_a_tag_without_lines_is_played():
    found = plan(brief(), [(VERSE, [8] * 4), (SOLO, []), (VERSE, [8] * 4)])

    assert found.stanzas[1:4] == (0, None, 2)


def test_a_second_chorus_is_like_the_first_though_its_words_are_more():
    found = plan(brief(), [(CHORUS, [7, 7]), (VERSE, [8, 8]), (CHORUS, [11, 7])])

    choruses = [place for place, section in enumerate(found.sections) if section.kind is CHORUS]
    assert found.sections[choruses[1]].like == choruses[0]
    assert found.sections[choruses[0]].like is None


def test_little_to_sing_in_much_time_is_sung_again_between_solos():
    found = plan(brief(seconds=240), SONG)

    assert kinds(found).count(CHORUS) > 2
    assert SOLO in kinds(found)


@pytest.mark.parametrize(("seconds", "fit"), [(120, Fit.AS_ASKED), (40, Fit.DENSER), (10, Fit.LONGER)], ids=str)
def test_the_plan_says_how_the_words_went_into_the_time(seconds, fit):
    assert plan(brief(seconds=seconds), SONG).fit is fit


def test_words_for_hours_are_cut_at_the_longest_song():
    wanted = brief(seconds=60)

    found = plan(wanted, [(VERSE, [30] * 400)])

    assert found.fit is Fit.CUT
    assert sum(section.bars for section in found.sections) * bar_seconds(wanted) <= LONGEST
    assert len(found.spans[0]) > 50


def test_one_endless_line_still_has_a_place():
    found = plan(brief(seconds=10), [(VERSE, [20_000])])

    assert found.spans[found.stanzas.index(0)][0].bars > 0


def test_an_instrumental_follows_one_of_the_forms_of_its_style():
    wanted = brief(style(forms=((SectionKind.INTRO, CHORUS, SectionKind.BREAK, CHORUS, OUTRO),)), seconds=100)

    assert kinds(plan(wanted, []))[:4] == [INTRO, CHORUS, SectionKind.BREAK, CHORUS]


def test_the_chorus_has_more_energy_than_the_verse_and_a_strong_style_more_than_a_calm_one():
    calm, strong = (plan(brief(style(energy=energy)), SONG).sections for energy in (0.2, 0.9))

    assert calm[1].energy < calm[2].energy
    assert all(one.energy < other.energy for one, other in zip(calm, strong, strict=True))


@pytest.mark.parametrize("seconds", range(40, 361, 10))
def test_however_long_a_song_is_its_chorus_is_sung_last(seconds):
    found = plan(brief(seconds=seconds), SONG)

    assert [stanza for stanza in found.stanzas if stanza is not None][-1] in {1, 3}


def test_a_few_words_make_a_song_that_is_long_enough():
    wanted = brief(style(bpm=180), seconds=None)

    found = plan(wanted, [(VERSE, [3])])

    assert sum(section.bars for section in found.sections) * bar_seconds(wanted) >= SHORTEST
