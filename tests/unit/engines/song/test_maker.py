"""Wishes as the server has them: whatever it can ask for becomes a song or is refused."""

import functools
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongVerb, SongWish
from antiphon.engines.song.check import faults
from antiphon.engines.song.making import Wished
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Singer
from antiphon.engines.song.studio import created
from antiphon.engines.song.timed import lyrics
from antiphon.engines.song.writing import song
from antiphon.engines.song.written import dump, dump_singer
from unit.engines.song.recorded import heard_of

SUNG = Request(seed=1, style="pop", description="a song about the sea", seconds=30)
PLAYED = Request(seed=2, style="house", instrumental=True, seconds=30)
JAVANESE = Request(seed=3, style="folk", lyrics="[Verse]\nSelamat pagi dunia\nAku cinta padamu")
SOMEBODY = Singer(gender="male", lowest=43, highest=65, tract=1.03)
NO_NUMBER = float("nan")


@functools.cache
def source(request=SUNG):
    return dump(created(request))


def wished(verb="create", *sources, take=1, **more):
    return song(Wished(wish=SongWish(verb=verb, seed=5, sources=sources, **more)), take)


def refusal(verb, *sources, **more):
    with pytest.raises(InvalidRequest) as refused:
        wished(verb, *sources, **more)
    return refused.value.reason, refused.value.field


MADE = {
    "create": lambda: wished(description="a song about rain", seconds=20.0),
    "extend": lambda: wished("extend", source(), seconds=20.0),
    "concat": lambda: wished("concat", source(), dump(wished("extend", source(), seconds=20.0))),
    "cover": lambda: wished("cover", source(), style="jazz"),
    "remaster": lambda: wished("remaster", source(), level="high"),
    "replace": lambda: wished("replace", source(), start=8.0, end=16.0, lyrics="Stay a while"),
    "mashup": lambda: wished("mashup", source(), source(PLAYED)),
    "sample": lambda: wished("sample", source(), start=8.0, end=16.0, style="lofi", seconds=20.0),
    "add_vocals": lambda: wished("add_vocals", source(PLAYED), lyrics="[Verse]\nRain on the roof\nAll night long"),
    "add_instrumental": lambda: wished("add_instrumental", source(), style="jazz"),
    "perform": lambda: wished("perform", source()),
    "transcribe": lambda: wished("transcribe", heard=heard_of(created(SUNG)), style="folk"),
}


def test_every_verb_is_tried():
    assert set(MADE) == set(get_args(SongVerb))


@pytest.mark.parametrize("verb", MADE)
def test_every_verb_makes_a_song_without_faults_and_the_same_again(verb):
    made = MADE[verb]()
    assert list(faults(made)) == []
    assert dump(MADE[verb]()) == dump(made)


def test_what_is_performed_is_what_there_was():
    assert dump(wished("perform", source(), style="jazz", title="Another")) == source()


def test_a_singer_sings_what_is_new_and_what_is_made_of_something():
    singer = dump_singer(SOMEBODY)
    for made in (wished(style="pop", singer=singer, seconds=20.0), wished("cover", source(), singer=singer)):
        assert made.vocal.singer == SOMEBODY


def test_a_language_that_is_named_is_the_one_that_is_sung():
    assert wished(lyrics="La la la\nNa na na", language="id").vocal.language == "id"
    assert wished(lyrics="La la la\nNa na na", language="nobody's").vocal.language == "en"


def test_a_recording_whose_words_are_known_is_sung_and_one_that_shall_be_played_is_not():
    heard = heard_of(created(SUNG))
    assert wished("transcribe", heard=heard).vocal.lines == created(SUNG).vocal.lines
    assert wished("transcribe", heard=heard, instrumental=True).vocal is None
    assert wished("transcribe", heard=replace(heard, words=())).vocal is None


def test_what_is_sung_about_nothing_is_sung_about_the_title():
    bare = dump(replace(created(PLAYED), title="Harbour Lights"))
    assert "Harbour Lights" in lyrics(wished("add_vocals", bare))


def test_a_song_that_grows_from_a_sample_is_sung_unless_it_shall_not_be():
    assert wished("sample", source(PLAYED), seconds=20.0).vocal is not None
    assert wished("sample", source(), seconds=20.0, instrumental=True).vocal is None


STRETCHES = {
    "at before the beginning": ("extend", {"at": -1.0}, "at"),
    "at beyond the end": ("extend", {"at": 1e6}, "at"),
    "at no number": ("extend", {"at": NO_NUMBER}, "at"),
    **{
        f"{verb} {name}": (verb, {"start": start, "end": end}, field)
        for verb in ("replace", "sample", "add_instrumental")
        for name, start, end, field in (
            ("upside down", 16.0, 8.0, "end"),
            ("empty", 8.0, 8.0, "end"),
            ("from before the beginning", -3.0, 8.0, "start"),
            ("from beyond the end", 1e5, 1e6, "start"),
            ("to beyond the end", 8.0, 1e6, "end"),
        )
    },
}


@pytest.mark.parametrize("case", STRETCHES.values(), ids=STRETCHES)
def test_a_stretch_that_is_not_in_the_song_is_refused(case):
    verb, stretch, field = case
    assert refusal(verb, source(), **stretch) == ("out_of_range", field)


@pytest.mark.parametrize("stretch", [{}, {"start": 8.0}, {"end": 8.0}, {"start": 8.0, "end": 8.1}])
@pytest.mark.parametrize("verb", ["replace", "sample", "add_instrumental"])
def test_of_a_stretch_what_is_left_out_is_the_song_s_own(verb, stretch):
    assert list(faults(wished(verb, source(), **stretch))) == []


WRONG = {
    "nothing": ("create", (), {}, ("missing", "description")),
    "a new song of an old one": ("create", (source,), {}, ("missing", "sources")),
    "no recording": ("transcribe", (), {}, ("missing", "sources")),
    "no source": ("cover", (), {}, ("missing", "sources")),
    "one of two": ("mashup", (source,), {}, ("missing", "sources")),
    "three of two": ("concat", (source, source, source), {}, ("missing", "sources")),
    "two that are none of each other's": ("concat", (source, source), {}, ("no_extension", "extension")),
    "no score": ("perform", (lambda: b"{}",), {}, ("score", "score")),
    "no text": ("perform", (lambda: b"\xff\n",), {}, ("score", "score")),
    "no singer": ("cover", (source,), {"singer": b"{}"}, ("singer", "singer")),
    "a singer of later": ("cover", (source,), {"singer": b'{"version": 2}'}, ("singer", "singer")),
    "words in a language of their own": ("extend", (source,), {"language": "id"}, ("language", "language")),
    "two languages": ("mashup", (source, lambda: source(JAVANESE)), {}, ("language", "language")),
    "nine seconds": ("create", (), {"style": "pop", "seconds": 9.0}, ("out_of_range", "seconds")),
    "a weight of two": ("cover", (source,), {"audio_weight": 2.0}, ("out_of_range", "audio_weight")),
    "nothing that can be sung": ("add_vocals", (source,), {"lyrics": "\U0001f600"}, ("missing", "lyrics")),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused_with_its_reason(case):
    verb, sources, more, reason = case
    assert refusal(verb, *(source() for source in sources), **more) == reason


STRANGE = {
    "no letters": {"lyrics": ""},
    "spaces": {"lyrics": " \n\t"},
    "5,000 letters": {"lyrics": "a" * 5_000},
    "one word 1,000 times": {"lyrics": "love " * 1_000},
    "emoji": {"lyrics": "\U0001f600\U0001f389"},
    "Arabic": {"lyrics": "يا ليل يا عين"},
    "Hebrew": {"lyrics": "שיר של אהבה"},
    "tags only": {"lyrics": "[Verse]\n[Chorus]"},
    "a language of 999 letters": {"language": "x" * 999},
    "tags that mean nothing": {"style": "zzzz, qqqq"},
    "tags of emoji": {"style": "\U0001f600"},
    "ten seconds": {"seconds": 10.0},
    "six minutes": {"seconds": 360.0},
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("verb", ["create", "extend", "replace"])
def test_whatever_is_asked_for_becomes_a_song(verb, strange):
    sources = () if verb == "create" else (source(),)
    made = wished(verb, *sources, **({"description": "a song about rain"} | strange))
    assert list(faults(made)) == []
    assert 0 < made.seconds <= 370


def test_a_further_take_has_other_music():
    one, other = (wished("cover", source(), style="jazz", take=take) for take in (1, 2))
    assert one != other


def test_a_server_that_has_a_maker_has_neither_numpy_nor_the_engine_s_words():
    heavy = ("numpy", "av", "mido", "antiphon.engines.song.vocabulary", "antiphon.engines.song.studio")
    code = f"import sys, antiphon.engines.song.maker; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_texts_alone_are_written_without_numpy(tmp_path):
    code = """
import sys
from pathlib import Path
from antiphon.domain.songs import SongWish
from antiphon.engines.song.making import Wished
from antiphon.engines.song.task import Files, Task
from antiphon.engines.song.worker import work
folder = Path(sys.argv[1])
for name, wish in (("new", SongWish(verb="create", seed=1, style="pop", seconds=10.0)), ("old", None)):
    wish = wish or SongWish(verb="perform", seed=1, sources=((folder / "new.json").read_bytes(),))
    texts = {form: folder / f"{name}.{form}" for form in ("midi", "notes", "sung")}
    files = Files(**texts, score=folder / f"{name}.json")
    work(Task(making=Wished(wish=wish), files=files), lambda report: None)
print([name for name in ("numpy", "av") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    assert len(list(tmp_path.iterdir())) == 8
