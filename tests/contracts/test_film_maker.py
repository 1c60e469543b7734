"""What every maker of films promises (`domain.ports.FilmMaker`), tried on each that is installed."""

import asyncio
import contextlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from antiphon.catalog.registry import discover
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.films import FilmWish
from antiphon.domain.ports import FilmMaker

INSTALLED = {plugin.name: plugin.films for plugin in discover().plugins if plugin.films is not None}
WISH = FilmWish(prompt="A lake at dusk", seed=7, seconds=1.0, size="480p", aspect="1:1")


@pytest.fixture(params=INSTALLED.values(), ids=INSTALLED)
def maker(request: pytest.FixtureRequest) -> FilmMaker:
    make: Callable[[], FilmMaker] = request.param
    return make()


def unheard(_share: float) -> None:
    """Nobody looks."""


def made_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_film_has_its_length_its_size_and_the_colours_of_what_was_given(
    maker: FilmMaker, tmp_path: Path
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "PNG")
    told: list[float] = []
    wish = replace(WISH, like=await maker.look(file.getvalue()))
    made = await maker.make(wish, folder=tmp_path, told=told.append)
    with av.open(str(made.file)) as film:
        assert film.duration / 1_000_000 == pytest.approx(1.0, abs=0.1)
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
        picture = next(film.decode(video=0))
        assert (made.width, made.height, made.seconds) == (picture.width, picture.height, 1.0) == (480, 480, 1.0)
        red, green, blue = picture.to_ndarray(format="rgb24").mean(axis=(0, 1))
    assert red > 1.3 * max(green, blue)
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    assert made_in(tmp_path) == {made.file.name}


@pytest.mark.parametrize("wrong", [{"prompt": " "}, {"seconds": 0.5}, {"seconds": 11.0}], ids=str)
async def test_what_cannot_be_made_is_refused(maker: FilmMaker, tmp_path: Path, wrong) -> None:
    with pytest.raises(InvalidRequest):
        await maker.make(replace(WISH, **wrong), folder=tmp_path, told=unheard)
    assert made_in(tmp_path) == set()


async def test_cancelled_it_leaves_nothing(maker: FilmMaker, tmp_path: Path) -> None:
    begun = asyncio.Event()
    wish = replace(WISH, seconds=10.0, size="1080p")
    running = asyncio.create_task(maker.make(wish, folder=tmp_path, told=lambda _share: begun.set()))
    async with asyncio.timeout(60):
        await begun.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert made_in(tmp_path) == set()
