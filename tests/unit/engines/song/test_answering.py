"""What can be known without a song: lyrics, styles and singers."""

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongWords
from antiphon.engines.making import Refused
from antiphon.engines.song.answering import answer
from antiphon.engines.song.lyrics import parse
from antiphon.engines.song.question import (
    Answered,
    WhatWords,
    WhichStyle,
    WhoSings,
    answer_of,
    packed,
    question_of,
)
from antiphon.engines.song.request import Request
from antiphon.engines.song.studio import created
from antiphon.engines.song.tongues import language_of
from antiphon.engines.song.written import dump, load_singer

QUESTIONS = (
    WhatWords(description="rain", count=2, seed=4),
    WhichStyle(tags="pop\n"),
    WhoSings(song='{"é": 1}'),
)
ANSWERS = (
    Answered(words=(SongWords(title="Rain", lyrics="[Verse]\nRain"),), text="é"),
    Refused(reason="no_voice", field="vocals", facts={}),
)


def words(description, *, count=3, seed=4):
    return answer(WhatWords(description=description, count=count, seed=seed)).words


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.about)
def test_a_question_comes_back_as_it_was(question):
    assert question_of(packed(question)) == question


@pytest.mark.parametrize("said", ANSWERS, ids=lambda said: said.report)
def test_an_answer_comes_back_as_it_was(said):
    assert answer_of(packed(said)) == said


@pytest.mark.parametrize("line", [b"", b"{}", b'{"about": "weather"}'])
def test_what_is_no_question_is_refused(line):
    with pytest.raises(InvalidRequest, match="question"):
        question_of(line)


def test_lyrics_are_titled_and_stand_under_headings():
    for found in words("a song about rain in Tokyo"):
        stanzas = parse(found.lyrics).stanzas
        assert found.title
        assert all(stanza.name and stanza.lines for stanza in stanzas)
        assert len(stanzas) > 3
        assert "rain in tokyo" in found.lyrics.casefold()


def test_each_is_another_and_the_same_for_the_same_seed():
    found = words("a song about the sea", count=5)
    assert len({each.lyrics for each in found}) == len({each.title for each in found}) == 5
    assert words("a song about the sea", count=5) == found
    assert words("a song about the sea", count=5, seed=5) != found


@pytest.mark.parametrize(
    ("description", "language"), [("a song about the sea", "en"), ("lagu tentang hujan dan rindu", "id")]
)
def test_they_are_in_the_language_of_the_description(description, language):
    assert {language_of(each.lyrics) for each in words(description)} == {language}


@pytest.mark.parametrize("description", ["instrumental piano music", "\U0001f600", "أغنية عن الصيف", "x" * 5_000])
def test_whatever_is_described_has_words(description):
    assert all(each.title and each.lyrics for each in words(description))


@pytest.mark.parametrize("description", ["", " \n", "x" * 5_001])
def test_what_describes_nothing_or_too_much_is_refused(description):
    with pytest.raises(InvalidRequest):
        words(description)


def test_who_sings_a_song_is_known():
    song = created(Request(seed=1, style="pop", description="a song about the sea", seconds=10))
    assert load_singer(answer(WhoSings(song=dump(song).decode())).text.encode()) == song.vocal.singer


def test_an_instrumental_has_nobody():
    song = created(Request(seed=1, style="pop", instrumental=True, seconds=10))
    with pytest.raises(InvalidRequest, match="no_voice"):
        answer(WhoSings(song=dump(song).decode()))


def test_what_is_no_song_is_refused():
    with pytest.raises(InvalidRequest, match="score"):
        answer(WhoSings(song="{}"))
