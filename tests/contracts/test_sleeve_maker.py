"""What every maker of covers and films promises (`domain.ports.SleeveMaker`), tried on each that is installed."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from antiphon.catalog.registry import discover
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.ports import SleeveMaker
from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord

INSTALLED = {plugin.name: plugin.sleeves for plugin in discover().plugins if plugin.sleeves is not None}
SONG = SleeveWish(title="Road Trips", style="pop, summer", lyrics="[Verse]\nAlong the beach", seed=7)
WORDS = tuple(SungWord(text=word, line=0, start=at, end=at + 0.4) for at, word in enumerate(("Along", "the", "beach")))
LENGTH = 3.3


@pytest.fixture(params=INSTALLED.values(), ids=INSTALLED)
def maker(request: pytest.FixtureRequest) -> SleeveMaker:
    make: Callable[[], SleeveMaker] = request.param
    return make()


def unheard(_share: float) -> None:
    """Nobody looks."""


def song(folder: Path, length=LENGTH) -> Path:
    path = folder / "song.mp3"
    at = np.arange(round(length * 44_100)) / 44_100
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 330 * at), 44_100)
    return path


def cover(folder: Path) -> Path:
    path = folder / "cover.jpg"
    Image.new("RGB", (300, 300), "teal").save(path)
    return path


async def filmed(maker: SleeveMaker, folder: Path, told=unheard, length=LENGTH) -> Path:
    file = folder / "film.mp4"
    await maker.film(SONG, cover=cover(folder), audio=song(folder, length), words=WORDS, file=file, told=told)
    return file


def made_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"song.mp3", "cover.jpg"}


async def test_a_cover_is_a_square_jpeg(maker: SleeveMaker, tmp_path: Path) -> None:
    await maker.cover(SONG, file=tmp_path / "a")
    with Image.open(tmp_path / "a") as picture:
        assert picture.format == "JPEG"
        assert picture.width == picture.height >= 512
    assert made_in(tmp_path) == {"a"}


async def test_a_film_has_a_picture_and_a_sound_as_long_as_the_song(maker: SleeveMaker, tmp_path: Path) -> None:
    told: list[float] = []
    with av.open(str(await filmed(maker, tmp_path, told.append))) as film:
        assert {"mp4"} <= set(film.format.name.split(","))
        assert film.duration / 1_000_000 == pytest.approx(LENGTH, abs=0.1)
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
        heard = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)
    assert np.sqrt((heard**2).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    assert made_in(tmp_path) == {"film.mp4"}


async def test_what_is_no_song_is_refused(maker: SleeveMaker, tmp_path: Path) -> None:
    broken = tmp_path / "song.mp3"
    broken.write_bytes(b"no sound")
    with pytest.raises(InvalidRequest):
        await maker.film(SONG, cover=cover(tmp_path), audio=broken, words=(), file=tmp_path / "film.mp4", told=unheard)
    assert made_in(tmp_path) == set()


async def test_a_cancelled_film_leaves_nothing(maker: SleeveMaker, tmp_path: Path) -> None:
    begun = asyncio.Event()
    running = asyncio.create_task(filmed(maker, tmp_path, lambda _share: begun.set(), length=60.0))
    await begun.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert made_in(tmp_path) == set()


async def test_a_cancelled_cover_leaves_nothing(maker: SleeveMaker, tmp_path: Path) -> None:
    running = asyncio.create_task(maker.cover(SONG, file=tmp_path / "a"))
    await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert made_in(tmp_path) == set()


def test_who_asks_for_covers_imports_neither_arrays_nor_pictures() -> None:
    program = (
        "import sys\n"
        "from antiphon.catalog.registry import discover\n"
        "discover().sleeve_maker()\n"
        "print(sorted({'numpy', 'av', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
