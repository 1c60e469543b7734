"""What every maker of pictures promises (`domain.ports.PictureMaker`), tried on each that is installed."""

import asyncio
import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from antiphon.catalog.registry import discover
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.pictures import PictureWish
from antiphon.domain.ports import PictureMaker

INSTALLED = {plugin.name: plugin.pictures for plugin in discover().plugins if plugin.pictures is not None}
WISH = PictureWish(prompt="A lake at dusk", seed=7)


@pytest.fixture(params=INSTALLED.values(), ids=INSTALLED)
def maker(request: pytest.FixtureRequest) -> PictureMaker:
    make: Callable[[], PictureMaker] = request.param
    return make()


def unheard(_share: float) -> None:
    """Nobody looks."""


def made_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def given(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return file.getvalue()


async def test_pictures_have_their_size_and_format_and_differ(maker: PictureMaker, tmp_path: Path) -> None:
    told: list[float] = []
    wish = replace(WISH, count=2, aspect="16:9", format="jpeg")
    made = await maker.paint(wish, folder=tmp_path, told=told.append)
    pixels = []
    for one in made:
        with Image.open(one.file) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1024, 576))
            assert (one.width, one.height, one.unwritten) == (*picture.size, "")
            pixels.append(np.asarray(picture.convert("RGB"), dtype=float))
    assert len(made) == 2
    assert np.abs(pixels[0] - pixels[1]).mean() > 1
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    assert made_in(tmp_path) == {one.file.name for one in made}


async def test_what_a_given_picture_is_like_is_seen(maker: PictureMaker, tmp_path: Path) -> None:
    like = (await maker.look(given("red")),)
    (made,) = await maker.paint(replace(WISH, like=like), folder=tmp_path, told=unheard)
    with Image.open(made.file) as picture:
        red, green, blue = np.asarray(picture.convert("RGB"), dtype=float).mean(axis=(0, 1))
    assert red > 1.5 * max(green, blue)


@pytest.mark.parametrize("file", [b"", b"no picture", b"<svg/>", given("red")[:60]], ids=["", "text", "svg", "cut"])
async def test_what_is_no_picture_is_refused(maker: PictureMaker, file: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await maker.look(file)
    assert refused.value.reason == "unreadable"


async def test_there_is_no_picture_of_nothing(maker: PictureMaker, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        await maker.paint(replace(WISH, prompt=" "), folder=tmp_path, told=unheard)
    assert made_in(tmp_path) == set()


async def test_cancelled_it_leaves_nothing(maker: PictureMaker, tmp_path: Path) -> None:
    begun = asyncio.Event()
    wish = replace(WISH, size="4K", count=4)
    running = asyncio.create_task(maker.paint(wish, folder=tmp_path, told=lambda _share: begun.set()))
    async with asyncio.timeout(60):
        await begun.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert made_in(tmp_path) == set()


def test_who_asks_for_pictures_and_films_imports_neither_arrays_nor_pictures() -> None:
    program = (
        "import sys\n"
        "from antiphon.catalog.registry import discover\n"
        "found = discover()\n"
        "found.picture_maker(), found.film_maker()\n"
        "print(sorted({'numpy', 'av', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
