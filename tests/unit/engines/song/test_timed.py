"""When words are heard."""

import re
from itertools import pairwise

import orjson
import pytest

from antiphon.engines.song.swing import moment
from antiphon.engines.song.timed import lrc, timed, timed_json
from unit.engines.song.arranging import played, sung


def seconds(stamp):
    minutes, rest = stamp.split(":")
    return int(minutes) * 60 + float(rest)


def test_every_word_has_its_time():
    score = sung()

    assert [word.text for word in timed(score)] == [word.text for word in score.vocal.words]


def test_a_word_lasts_from_its_first_note_to_its_last():
    score = sung()
    notes = [note for note in score.vocal.lead if note.word == 2]
    word = timed(score)[2]

    assert word.start == pytest.approx(score.second(notes[0].start))
    assert word.end == pytest.approx(score.second(notes[-1].start + notes[-1].length))


def test_words_follow_each_other():
    words = timed(sung(swing=1.0))

    assert all(word.start < word.end for word in words)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(words))


def test_swing_is_heard_in_the_times():
    score = sung(swing=1.0)

    assert [word.start for word in timed(score)] == [
        moment(next(note.start for note in score.vocal.lead if note.word == place), score)
        for place in range(len(score.vocal.words))
    ]
    assert any(moment(note.start, score) != score.second(note.start) for note in score.vocal.lead)


def test_lrc_has_a_line_for_each_line_that_is_sung():
    score = sung()
    lines = [line for line in lrc(score).splitlines() if re.match(r"\[\d", line)]
    plain = [re.sub(r"\s*[\[<]\d+:\d\d\.\d\d[\]>]\s*", " ", line).split() for line in lines]

    assert plain == [line.split() for line in score.vocal.lines]


def test_lrc_never_goes_back():
    stamps = [seconds(stamp) for stamp in re.findall(r"[\[<](\d+:\d\d\.\d\d)[\]>]", lrc(sung()))]

    assert len(stamps) > len(sung().vocal.words)
    assert stamps == sorted(stamps)


def test_json_says_when_in_seconds():
    score = sung()
    found = orjson.loads(timed_json(score))

    assert [line["text"] for line in found["lines"]] == list(score.vocal.lines)
    assert found["words"][0].keys() == {"text", "start_s", "end_s", "line"}
    assert all(one["start_s"] <= other["start_s"] for one, other in pairwise(found["words"]))


def test_an_instrumental_has_no_words():
    score = played()

    assert timed(score) == ()
    assert orjson.loads(timed_json(score)) == {"lines": [], "words": []}
