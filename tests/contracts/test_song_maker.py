"""What every maker of songs promises (`domain.ports.SongMaker`), tried on each that is installed."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import av
import mido
import psutil
import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from antiphon.catalog.registry import discover
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.ports import SongMaker
from antiphon.domain.songs import SongMade, SongPart, SongWish, SungWord
from antiphon.domain.speech import Likeness

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSTALLED = {plugin.name: plugin.songs for plugin in discover().plugins if plugin.songs is not None}
WISH = SongWish(verb="create", seed=5, title="Harbour", style="pop", description="a song about the sea", seconds=10.0)
PLAYED = SongWish(verb="create", seed=5, style="lofi", instrumental=True, seconds=10.0)
SPEAKER = Likeness(pitch=210.0, span=7.0, pace=4.5, tilt=-6.0)
SOUNDS = ("mp3", "m4a", "wav")
TEXTS = ("midi", "notes", "words")
_TAIL = 5.0
"""Seconds at most in which the last notes ring."""


def unheard(_stage, _share):
    """Nobody looks."""


@dataclass(frozen=True, kw_only=True)
class Song:
    """What a maker made, where, and what it told."""

    made: SongMade
    folder: Path
    told: tuple[tuple[str, float], ...]


@pytest.fixture(params=INSTALLED.values(), ids=INSTALLED, scope="module")
def maker(request) -> SongMaker:
    return request.param()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def song(maker, tmp_path_factory) -> Song:
    """A song with all that can be had of it."""
    folder = tmp_path_factory.mktemp("song")
    told = []
    forms = (*SOUNDS, *TEXTS, "stems")
    made = await maker.make(WISH, forms=forms, folder=folder, told=lambda *progress: told.append(progress))
    return Song(made=made, folder=folder, told=tuple(told))


async def text_of(maker, wish, folder, *forms):
    return await maker.make(wish, forms=forms, folder=folder, told=unheard)


async def refusal(maker, folder, **more):
    with pytest.raises(InvalidRequest) as refused:
        await maker.make(SongWish(seed=1, **more), forms=("mp3",), folder=folder, told=unheard)
    assert files_in(folder) == []
    return refused.value.reason


def seconds(path):
    with av.open(path) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def children():
    return [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]


async def test_a_song_says_what_it_is(song):
    made = song.made
    assert (made.title, made.style) == ("Harbour", "pop")
    assert made.lyrics.startswith("[")
    assert made.seconds == pytest.approx(10, abs=3)
    assert 40 <= made.tempo.low <= made.tempo.mean <= made.tempo.high <= 240


async def test_all_files_are_there_and_whole(song):
    made = song.made
    assert set(made.files) == {*SOUNDS, *TEXTS}
    lengths = [seconds(made.files[form]) for form in SOUNDS] + [seconds(path) for path in made.stems.values()]
    assert max(lengths) - min(lengths) < 0.1
    assert made.seconds <= min(lengths) <= made.seconds + _TAIL
    assert mido.MidiFile(made.files["midi"]).length == pytest.approx(made.seconds, abs=0.2)
    assert list(made.stems) == ["vocals", "instrumental"]
    kept = [*made.files.values(), *made.stems.values()]
    assert [path for path in song.folder.rglob(".*") if path.is_file()] == []
    assert all(path.is_relative_to(song.folder) for path in kept)


async def test_an_m4a_can_be_played_while_it_is_fetched(song):
    data = song.made.files["m4a"].read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


async def test_notes_and_words_are_in_the_song(song):
    made = song.made
    parts = TypeAdapter(tuple[SongPart, ...]).validate_json(made.files["notes"].read_bytes())
    words = TypeAdapter(tuple[SungWord, ...]).validate_json(made.files["words"].read_bytes())
    assert {part.name for part in parts} >= {"Vocals"}
    assert all(0 <= note.start < note.end <= made.seconds + _TAIL for part in parts for note in part.notes)
    assert all(0 <= note.pitch <= 127 and 0 < note.velocity <= 1 for part in parts for note in part.notes)
    assert all(0 <= word.start < word.end <= made.seconds + _TAIL for word in words)
    assert all(word.text in made.lyrics and f"[{word.section}]" in made.lyrics for word in words)


async def test_it_is_told_how_far_it_is_never_less_than_before(song):
    shares = [share for _stage, share in song.told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert song.told[-1][0] == "encode"


async def test_the_same_wish_gives_the_same_memory_and_another_take_another(song, maker, tmp_path):
    again = await text_of(maker, WISH, tmp_path)
    assert again.memory == song.made.memory
    assert (await text_of(maker, replace(WISH, take=2), tmp_path)).memory != song.made.memory


async def test_texts_are_had_without_playing(song, maker, tmp_path):
    told = []
    wish = SongWish(verb="perform", seed=1, sources=(song.made.memory,))
    made = await maker.make(wish, forms=TEXTS, folder=tmp_path, told=lambda stage, _share: told.append(stage))
    assert set(told) <= {"write"}
    assert {form: path.read_bytes() for form, path in made.files.items()} == {
        form: song.made.files[form].read_bytes() for form in TEXTS
    }
    assert made.memory == song.made.memory


async def test_a_song_performed_again_sounds_the_same(song, maker, tmp_path):
    wish = SongWish(verb="perform", seed=99, sources=(song.made.memory,))
    made = await maker.make(wish, forms=("mp3",), folder=tmp_path, told=unheard)
    assert made.files["mp3"].read_bytes() == song.made.files["mp3"].read_bytes()


async def test_one_stem_can_be_had_alone_and_a_part_of_it(song, maker, tmp_path):
    wish = SongWish(verb="perform", seed=1, sources=(song.made.memory,), stem="vocals", start=2.0, end=5.0)
    made = await maker.make(wish, forms=("mp3",), folder=tmp_path, told=unheard)
    assert seconds(made.files["mp3"]) == pytest.approx(3.0, abs=0.1)
    assert made.stems == {}


async def test_a_song_that_is_cancelled_leaves_neither_a_process_nor_a_file(maker, tmp_path):
    before = children()
    playing = asyncio.Event()
    making = asyncio.create_task(
        maker.make(
            replace(WISH, seconds=60.0),
            forms=(*SOUNDS, "words"),
            folder=tmp_path,
            told=lambda stage, _share: playing.set() if stage == "play" else None,
        )
    )
    await playing.wait()
    making.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await making
    assert making.cancelled()
    assert files_in(tmp_path) == []
    assert children() == before


async def test_who_sings_a_song_or_speaks_in_a_clip_sings_the_next(song, maker, tmp_path):
    for singer in (await maker.singer(song.made.memory), await maker.singer(SPEAKER)):
        made = await text_of(maker, replace(WISH, seed=8, singer=singer), tmp_path)
        assert await maker.singer(made.memory) == singer


async def test_nobody_sings_like_an_instrumental(maker, tmp_path):
    made = await text_of(maker, PLAYED, tmp_path, "words")
    assert made.lyrics == ""
    assert made.files["words"].read_bytes() == b"[]"
    with pytest.raises(InvalidRequest, match="no_voice"):
        await maker.singer(made.memory)


async def test_lyrics_are_written_each_another_and_can_be_sung(maker, tmp_path):
    found = await maker.words("a song about rain", count=2, seed=3)
    assert found == await maker.words("a song about rain", count=2, seed=3)
    assert len({each.lyrics for each in found}) == 2
    made = await text_of(maker, replace(WISH, title=found[0].title, lyrics=found[0].lyrics), tmp_path)
    assert found[0].lyrics.splitlines()[1] in made.lyrics


async def test_a_style_in_more_words_is_a_style(maker, tmp_path):
    style = await maker.tags("lofi, rainy")
    assert len("lofi, rainy") < len(style) <= 1000
    assert (await text_of(maker, replace(PLAYED, style=style), tmp_path)).style == style


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"verb": "perform", "sources": (b"\xff",)}, "score"),
        ({"verb": "cover"}, "missing"),
        ({"verb": "create", "style": "pop", "seconds": 3.0}, "out_of_range"),
        ({"verb": "create", "style": "pop", "take": 0}, "out_of_range"),
        ({"verb": "create", "style": "pop", "singer": b"?"}, "singer"),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_nothing(maker, tmp_path, wish, reason):
    assert await refusal(maker, tmp_path, **wish) == reason


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"verb": "extend", "at": 1e6}, "out_of_range"),
        ({"verb": "perform", "start": 5.0, "end": 5.0}, "out_of_range"),
        ({"verb": "perform", "start": 1e6, "end": 1e7}, "out_of_range"),
        ({"verb": "perform", "stem": "triangle of gold"}, "unknown_stem"),
    ],
)
async def test_what_a_song_does_not_have_is_refused_and_leaves_nothing(song, maker, tmp_path, wish, reason):
    assert await refusal(maker, tmp_path, sources=(song.made.memory,), **wish) == reason
