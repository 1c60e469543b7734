"""Bars composed anew in the middle of a song."""

from dataclasses import replace

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import SectionKind, Tempo, Ticks
from antiphon.engines.song.verbs.replace import replaced
from antiphon.engines.song.verbs.splice import bar_at
from antiphon.engines.song.written import dump
from unit.engines.song.composing import espeak
from unit.engines.song.verbs.material import harmony, played, seam_after, second_of, sections, sung

WORDS = "Somewhere a bell is beginning to ring\nNobody knows what the evening will bring"
CHANGES = [
    Change(lyrics=WORDS),
    Change(style="metal"),
    Change(description="a song about winter nights"),
    Change(instrumental=True),
    Change(seed=9),
]
SONGS = [("pop", sung), ("waltz", sung), ("jazz", played), ("metal", sung), ("reggae", played)]


def of(score, kind, number=0):
    """From when till when a section lasts."""
    section = sections(score, kind)[number]
    return second_of(score, section.first_bar), second_of(score, section.first_bar + section.bars)


def outside(score, start, end):
    """The notes that are played and sung outside of some bars, those shortened that ring into them."""
    first, last = (bar_at(score, second, "") * score.meter.bar for second in (start, end))
    voices = () if score.vocal is None else (score.vocal.lead, *score.vocal.harmonies)
    parts = [((part.role, part.instrument), part.notes) for part in score.parts]
    found = {}
    for who, notes in (*parts, *enumerate(voices)):
        found[str(who)] = [
            (note.start, min(note.length, first - note.start) if note.start < first else note.length, note.pitch)
            for note in notes
            if not first <= note.start < last
        ]
    return {who: notes for who, notes in found.items() if notes}


@pytest.mark.parametrize("number", range(len(CHANGES)))
@pytest.mark.parametrize(("style", "make"), SONGS, ids=[f"{style} {make.__name__}" for style, make in SONGS])
def test_what_is_round_new_bars_stays_as_it_was(style, make, number):
    score = make(style, seed=len(style))
    start, end = of(score, score.sections[number % len(score.sections)].kind)

    new = replaced(score, start, end, CHANGES[number], espeak())

    assert faults(new) == []
    assert (new.bars, new.tempos, new.key, new.seconds) == (score.bars, score.tempos, score.key, score.seconds)
    assert outside(new, start, end) == outside(score, start, end)


@pytest.mark.parametrize("share", [(0.0, 0.13), (0.11, 0.34), (0.52, 0.58), (0.7, 1.0), (0.0, 1.0)])
@pytest.mark.parametrize("change", CHANGES[:3])
def test_any_stretch_can_be_replaced(change, share):
    score = sung("waltz")

    new = replaced(score, share[0] * score.seconds, share[1] * score.seconds, change, espeak())

    assert faults(new) == []
    assert new.bars == score.bars


def test_new_words_are_sung_there_and_the_others_where_they_were():
    score = sung()
    start, end = of(score, SectionKind.VERSE, 1)

    new = replaced(score, start, end, Change(lyrics=WORDS), espeak())

    old = list(score.vocal.lines)
    assert list(new.vocal.lines) == [*old[:8], *WORDS.splitlines(), *old[12:]]
    first = next(note for note in new.vocal.lead if new.vocal.words[note.word].line == 8)
    assert start <= new.second(first.start) < end


def test_another_style_has_other_chords_there_and_the_same_words():
    score = sung()
    start, end = of(score, SectionKind.VERSE)

    new = replaced(score, start, end, Change(style="metal"), espeak())

    (old, anew) = sections(score, SectionKind.VERSE)[0], sections(new, SectionKind.VERSE)[0]
    assert (anew.first_bar, anew.bars, anew.kind) == (old.first_bar, old.bars, old.kind)
    assert harmony(new, anew) != harmony(score, old)
    assert new.vocal.lines == score.vocal.lines


def test_words_are_written_about_what_is_described():
    score = sung()
    start, end = of(score, SectionKind.VERSE)

    new = replaced(score, start, end, Change(description="a song about winter nights"), espeak())

    assert new.vocal.lines[:1] != score.vocal.lines[:1]
    assert new.vocal.lines[-4:] == score.vocal.lines[-4:]


def test_a_stretch_can_fall_silent():
    score = sung()
    start, end = of(score, SectionKind.BRIDGE)

    new = replaced(score, start, end, Change(instrumental=True), espeak())

    assert not [note for note in new.vocal.lead if start <= new.second(note.start) < end]


def test_too_many_words_are_sung_as_far_as_there_are_bars():
    score = sung()
    start, end = of(score, SectionKind.VERSE)

    new = replaced(score, start, end, Change(lyrics="All of these words and then even some more\n" * 40), espeak())

    assert faults(new) == []
    assert new.bars == score.bars
    assert 0 < sum(line.startswith("All of these") for line in new.vocal.lines) < 40


def test_what_comes_back_after_the_new_bars_is_still_alike():
    score = sung()
    start, end = of(score, SectionKind.VERSE, 1)

    new = replaced(score, start, end, Change(lyrics=WORDS), espeak())

    choruses = [place for place, section in enumerate(new.sections) if section.kind is SectionKind.CHORUS]
    assert [new.sections[place].like for place in choruses[1:]] == [choruses[0]] * (len(choruses) - 1)


def test_the_same_is_replaced_by_the_same_bytes_and_by_others_with_another_seed():
    score = sung()
    found = [dump(replaced(score, *of(score, SectionKind.VERSE), Change(seed=seed), espeak())) for seed in (3, 3, 4)]

    assert found[0] == found[1] != found[2]


def test_a_song_keeps_all_of_its_tempos():
    score = sung()
    bar = sections(score, SectionKind.CHORUS)[0].first_bar
    slower = [Tempo(start=Ticks(at * score.meter.bar), bpm=bpm) for at, bpm in ((bar + 2, 90.0), (bar + 20, 70.0))]
    score = replace(score, tempos=(*score.tempos, *slower))

    new = replaced(score, *of(score, SectionKind.CHORUS), Change(lyrics=WORDS), espeak())

    assert (new.tempos, new.seconds) == (score.tempos, score.seconds)


def test_a_stretch_shorter_than_a_bar_is_one_bar():
    score = sung()
    bar = seam_after(score, SectionKind.CHORUS)
    start = second_of(score, bar)

    new = replaced(score, start, start + 0.01, Change(instrumental=True), espeak())

    assert next(section for section in new.sections if section.first_bar == bar).bars == 1


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (20.0, 20.0, "end"),
        (20.0, 10.0, "end"),
        (-1.0, 10.0, "start"),
        (0.0, 1e6, "end"),
        (float("nan"), 10.0, "start"),
        (0.0, float("nan"), "end"),
    ],
)
def test_a_stretch_that_there_is_not_cannot_be_replaced(start, end, field):
    with pytest.raises(InvalidRequest) as refused:
        replaced(sung(), start, end, Change(), espeak())

    assert (refused.value.reason, refused.value.field) == ("out_of_range", field)
