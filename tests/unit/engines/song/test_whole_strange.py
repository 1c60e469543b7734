# ruff: noqa: RUF001 - lyrics in many scripts
"""Whatever is asked for becomes a song, or is refused with a reason: nothing crashes, and nothing is silent."""

import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.check import faults
from antiphon.engines.song.midi import midi
from antiphon.engines.song.perform import Musicians, performed
from antiphon.engines.song.request import Request
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.studio import created
from antiphon.engines.song.timed import lrc, timed_json
from antiphon.engines.song.written import dump, load

CONTRADICTIONS = (
    "fast, slow, happy, sad, instrumental, female vocals, no vocals, male vocals, no drums, drums, quiet, loud, 60 bpm,"
    " 200 bpm, major, minor, C major, F# minor, 3/4, 6/8"
)
SUNG = {
    "one word of 5,000 letters": {"lyrics": "a" * 5_000},
    "one word 1,000 times": {"lyrics": "love " * 1_000},
    "a description of 5,000 letters": {"description": "x" * 5_000},
    "a title of 5,000 letters": {"title": "t" * 5_000, "seconds": 20},
    "a long line": {"lyrics": "la la la " * 500},
    "300 lines": {"lyrics": "\n".join(f"line {number}" for number in range(300)), "seconds": 30},
    "one letter": {"lyrics": "x"},
    "digits": {"lyrics": "1234567890\n99 100% 3.14", "seconds": 10},
    "an emoji between words": {"lyrics": "I \U0001f499 you\nand you \U0001f499 me"},
    "a description of emoji": {"description": "\U0001f30a\U0001f3c4\u2600\ufe0f"},
    "Arabic": {"lyrics": "[Verse]\nيا ليل يا عين\n[Chorus]\nأنا في انتظارك", "language": "ar"},
    "Hebrew": {"lyrics": "שיר של אהבה\nבלילה הזה"},
    "Persian": {"lyrics": "ای یار من\nبیا به خانه"},
    "Chinese": {"lyrics": "[Verse]\n今晚的月亮很圆\n[Chorus]\n我想回家"},
    "Japanese": {"lyrics": "さくらの はな\nよるの うみ"},
    "Korean": {"lyrics": "오늘 밤 집에 가요"},
    "Thai": {"lyrics": "คืนนี้ฉันกลับบ้าน"},
    "an Arabic description": {"description": "أغنية عن الصيف", "seconds": 20},
    "a Chinese title": {"title": "回家", "description": "a song about rain", "seconds": 20},
    "directions turned": {"lyrics": "\u202eabc def\u202c hello\u200f world"},
    "spaces of no width": {"lyrics": "he\u200bllo wo\u2060rld\ufeff"},
    "control characters": {"lyrics": "hel\x00lo \x07 wor\x1bld\x7f\n\x0c\x85", "title": "a\x1b[2J\x00b"},
    "half a character": {"lyrics": "hello \ud800 world", "title": "\udfff", "description": "\ud800"},
    "3,000 accents": {"lyrics": "h" + "\u0301" * 3_000 + "ello"},
    "brackets": {"lyrics": "[Verse\nhello there ]\n[[Chorus]]\n]]]][[[[ love\n【Verse\n(((oh"},
    "markup": {"lyrics": "<speak>hello</speak> &amp; <b>you\n[[h@'loU]]"},
    "places of our own": {"description": "a song about {topic} {x|y}", "title": "{title} | {a|b}"},
    "contradictions": {"style": CONTRADICTIONS, "lyrics": "we sing\nnevertheless"},
    "only a language that nobody speaks": {"description": "a song", "language": "x" * 9_999},
    "a huge seed": {"description": "a song", "seed": 2**63 - 1},
    "ten seconds": {"description": "a song about the sea", "seconds": 10},
    "six minutes": {"description": "a song about the sea", "seconds": 360},
}
PLAYED = {
    "tags only": {"lyrics": "[Verse]\n[Chorus]\n[Bridge]\n[Outro]"},
    "300 tags": {"lyrics": "[Chorus]\n" * 300},
    "emoji": {"lyrics": "\U0001f600\U0001f600\n\U0001f389"},
    "marks": {"lyrics": "?!... --- ***\n&&&"},
    "brackets only": {"lyrics": "[" * 2_500 + "]" * 2_500},
    "nobody is left": {"style": "pop", "negative": "pop, drums, bass, piano, guitar, synth, vocals, everything"},
    "six minutes without words": {"style": "ambient", "instrumental": True, "seconds": 360},
}
REFUSED = {
    "nothing": ({}, "missing", "description"),
    "spaces": ({"description": " \n\t ", "lyrics": "  "}, "missing", "description"),
    "spaces of no width": ({"lyrics": "\u200b\u200b"}, "missing", "description"),
    "a seed beyond all bounds": ({"description": "a song", "seed": 2**63}, "out_of_range", "seed"),
    "only what shall not be": ({"negative": "pop"}, "missing", "description"),
    "too many letters": ({"lyrics": "a" * 5_001}, "too_long", "lyrics"),
    "too short": ({"description": "a song", "seconds": 9.9}, "out_of_range", "seconds"),
    "too long": ({"description": "a song", "seconds": 361}, "out_of_range", "seconds"),
    "no number": ({"description": "a song", "seconds": float("nan")}, "out_of_range", "seconds"),
    "no weight": ({"description": "a song", "weirdness": float("nan")}, "out_of_range", "weirdness"),
}


def asked(wish):
    return created(Request(**{"seed": 1, **wish}))


def is_a_song(score):
    assert faults(score) == []
    assert max(len(part.notes) for part in score.parts) >= 20
    assert load(dump(score)) == score
    assert midi(score)
    assert lrc(score).encode()
    assert timed_json(score)
    assert score.title.isprintable()
    assert score.title.strip()


@pytest.mark.parametrize("wish", SUNG.values(), ids=SUNG)
def test_strange_wishes_are_sung(wish):
    score = asked(wish)
    is_a_song(score)
    assert score.vocal is not None
    assert score.vocal.lead


@pytest.mark.parametrize("wish", PLAYED.values(), ids=PLAYED)
def test_what_has_no_words_is_played(wish):
    score = asked(wish)
    is_a_song(score)
    assert score.vocal is None


@pytest.mark.parametrize(("wish", "reason", "field"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_a_reason(wish, reason, field):
    with pytest.raises(InvalidRequest) as refusal:
        asked(wish)
    assert (refusal.value.reason, refusal.value.field) == (reason, field)


@pytest.mark.parametrize("wish", ["Arabic", "digits", "a Chinese title"])
def test_strange_wishes_can_be_heard(wish):
    sound = performed(asked(SUNG[wish]), Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None)
    assert np.isfinite(sound).all()
    assert 0.03 < np.sqrt(np.mean(sound**2)) < 0.5


@pytest.mark.parametrize("seconds", [10, 20, 45])
def test_words_in_letters_of_another_script_are_not_spelt_in_a_song_that_is_written_here(seconds):
    score = asked({"title": "回家", "description": "أغنية عن الصيف", "seconds": seconds})
    assert score.title == "回家"
    assert score.vocal.language == "en"
    assert all(line.isascii() for line in score.vocal.lines)
    assert abs(score.seconds - seconds) < 3


def test_languages_of_one_script_are_told_by_their_letters():
    texts = {"ar": "يا ليل يا عين", "fa": "ای یار من", "ur": "میرے دل میں", "ru": "ночь и день", "uk": "ніч і день"}
    for language, text in texts.items():
        assert asked({"lyrics": text, "seconds": 10}).vocal.language == language
