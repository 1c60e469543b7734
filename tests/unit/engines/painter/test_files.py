import io
import zlib
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from antiphon.cli.main import cli
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.brief import Request, brief
from antiphon.engines.painter.colour import lab
from antiphon.engines.painter.export import Format, encoded
from antiphon.engines.painter.glance import PictureUnusable, glance
from antiphon.engines.painter.likeness import LARGEST_FILE
from antiphon.engines.painter.look import looked
from unit.engines.painter.painting import share_of_hue, small


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def teal(kind: str = "PNG") -> bytes:
    picture = Image.new("RGB", (64, 64), "#106070")
    picture.paste("#f0a040", (0, 0, 64, 24))
    return file_of(picture, kind)


def bomb(side: int) -> bytes:
    """A PNG that says it is large, and is zeros."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("format_", ["png", "jpeg", "webp"])
def test_the_same_pixels_are_the_same_bytes(format_: Format) -> None:
    pixels = small("sea")
    assert encoded(pixels, format_, seed=1) == encoded(pixels, format_, seed=1)


@pytest.mark.parametrize("format_", ["png", "jpeg", "webp"])
def test_a_file_is_the_picture_with_its_seed(format_: Format) -> None:
    pixels = small("sea")
    data = encoded(pixels, format_, seed=417)
    with Image.open(io.BytesIO(data), formats=(format_.upper(),)) as image:
        assert image.size == pixels.shape[1::-1]
        assert "417" in str(image.info) + str(dict(image.getexif()))


@pytest.mark.parametrize("format_", ["png", "jpeg", "webp"])
def test_a_file_says_what_it_is_called(format_: Format) -> None:
    data = encoded(small("sea"), format_, seed=417, title="Na\u00efve \u6d77\0\n")
    with Image.open(io.BytesIO(data), formats=(format_.upper(),)) as image:
        exif = image.getexif().get(0x9C9B, b"").decode("utf-16-le").rstrip("\0")
        assert (image.info.get("Title") or exif) == "Na\u00efve \u6d77"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_childs_glance_tells_colours_and_horizon(kind: str) -> None:
    likeness = looked(teal(kind))
    assert lab(likeness.rows[0])[2] > 0.05 > lab(likeness.rows[-1])[2]
    assert likeness.light[1] < 0.4
    assert likeness.horizon == pytest.approx(0.375, abs=0.13)


def test_a_picture_takes_after_the_one_that_is_given() -> None:
    red = looked(file_of(Image.linear_gradient("L").convert("RGB").point(lambda value: value).convert("RGB")))
    grey, plain = small("abstract circles", like=red), small("abstract circles")
    assert share_of_hue(grey, 0, 360) < 0.2 < share_of_hue(plain, 0, 360)


def test_a_given_picture_is_enough() -> None:
    assert brief(Request(prompt="", seed=1, like=looked(teal()))).families


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(64),
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n",
        teal()[:60],
        b"\xff\xd8\xff" + bytes(500),
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        bytes(5000),
    ],
    ids=["empty", "gif", "svg", "magic-alone", "truncated", "broken-jpeg", "broken-webp", "zeros"],
)
def test_a_file_that_is_no_picture_is_unreadable(data: bytes) -> None:
    with pytest.raises(PictureUnusable, match="unreadable"):
        glance(data)


def test_a_hostile_file_ends_with_its_child() -> None:
    with pytest.raises(InvalidRequest) as wrong:
        looked(teal()[:60])
    assert (wrong.value.reason, wrong.value.field) == ("unreadable", "picture")


@pytest.mark.parametrize("side", [7_000, 30_000, 2**31 - 1])
def test_a_bomb_is_too_large(side: int) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        looked(bomb(side))
    assert wrong.value.reason == "too_large"


def test_a_file_of_too_many_bytes_is_not_looked_at() -> None:
    with pytest.raises(InvalidRequest, match="too_large"):
        looked(bytes(LARGEST_FILE + 1))


def test_the_command_writes_what_is_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "x.jpg"
    done = CliRunner().invoke(
        cli, ["paint", "abstract circles", "-o", str(output), "--aspect", "21:9", "-n", "2", "--seed", "3"]
    )
    assert done.exit_code == 0
    sizes = [size_of(tmp_path / f"x-{number}.jpg") for number in (1, 2)]
    assert sizes == [(1024, 439)] * 2
    assert "Seed 3." in done.stderr
