"""Styles in more words: what was written stays, what is added is understood, and the genre is the same."""

import pytest

from antiphon.engines.song.brief import brief
from antiphon.engines.song.fuller import MOST_LETTERS, fuller
from antiphon.engines.song.request import Request
from antiphon.engines.song.tags import Kind, read
from antiphon.engines.song.vocabulary import vocabulary


def genre(style):
    return brief(Request(seed=9, style=style)).credits.style


def kinds(style):
    return {tag.kind for tag in read(style).tags}


@pytest.mark.parametrize("name", vocabulary().genres)
def test_every_genre_is_described_by_what_it_is_played_like(name):
    written = name.replace("_", " ")
    described = fuller(written)
    assert described.startswith(f"{written}, ")
    assert genre(described) == name
    assert {Kind.TEMPO, Kind.MODE, Kind.INSTRUMENT, Kind.MOOD} <= kinds(described)
    assert read(described).unknown == ()


@pytest.mark.parametrize("written", ["summer", "sad, slow", "violin", "no drums", "female vocals", "140 bpm"])
def test_what_names_no_genre_gets_the_one_that_it_stands_for(written):
    assert genre(fuller(written)) == genre(written)
    assert Kind.GENRE in kinds(fuller(written))


@pytest.mark.parametrize("written", ["", "zzzz", "zzzz, qqqq", "\U0001f600", "?!"])
def test_what_means_nothing_stays_as_it_is(written):
    assert fuller(written) == written


def test_what_was_said_is_not_said_otherwise():
    said = "pop, 71 bpm, minor key, sad, raspy vocals, male vocals"
    added = read(fuller(said).removeprefix(said)).tags
    assert {tag.kind for tag in added} == {Kind.INSTRUMENT}


def test_an_instrumental_has_no_voice():
    assert Kind.MANNER in kinds(fuller("techno"))
    assert Kind.MANNER not in kinds(fuller("techno, instrumental"))


def test_what_is_not_wanted_is_not_added():
    assert "drum" not in fuller("techno, no drums").removeprefix("techno, no drums")


def test_what_is_long_already_gets_no_longer_than_a_style_may_be():
    written = "pop, " + "word " * 192
    assert len(fuller(written)) <= MOST_LETTERS
    longer = ", ".join(["pop"] * 400)
    assert fuller(longer) == longer


def test_what_was_described_can_be_described_again():
    described = fuller("jazz")
    assert fuller(described).startswith(described)
    assert genre(fuller(described)) == "jazz"
