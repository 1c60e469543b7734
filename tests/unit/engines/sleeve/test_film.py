"""Films of songs: what is seen and heard of them when."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.sleeve.film import RATE, film
from antiphon.engines.sleeve.order import FilmOrder
from unit.engines.sleeve.sleeving import a_cover, a_sound, a_wish, said

LYRICS = (slice(40, 532), slice(528, 1216))
BARS = (slice(556, 652), slice(64, 1216))
LINE = (678, slice(64, 1216))


def an_order(folder: Path, *, seconds=2.0, **changes) -> FilmOrder:
    order = FilmOrder(
        wish=a_wish(),
        cover=a_cover(folder),
        audio=a_sound(folder, seconds),
        words=said("one two", start=0.5),
        file=folder / "a.mp4",
    )
    return replace(order, **changes)


def made(order: FilmOrder) -> bytes:
    film(order, order.file, lambda _share: None)
    return order.file.read_bytes()


def frames(path):
    """All frames, as pixels, and what is heard."""
    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    return shown, heard


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A film of two seconds: the path, its frames, its sound, and how far it was told to be."""
    order, told = an_order(tmp_path_factory.mktemp("film")), []
    film(order, order.file, told.append)
    return order.file, *frames(order.file), told


def test_a_film_is_h264_and_aac_with_its_index_first(whole) -> None:
    path = whole[0]
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        facts = (video.codec_context.name, video.codec_context.pix_fmt, video.width, video.height, video.average_rate)
        assert facts == ("h264", "yuv420p", 1280, 720, RATE)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 44_100, 2)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_film_is_as_long_as_its_song_and_sounds_like_it(whole) -> None:
    _, shown, heard, _ = whole
    assert len(shown) == 2 * RATE
    assert heard.shape[1] / 44_100 == pytest.approx(2.0, abs=0.1)
    assert np.abs(heard[:, :15_000]).max() < 0.05
    assert np.abs(heard[:, 44_100:80_000]).max() == pytest.approx(0.4, abs=0.1)


def test_bars_are_low_in_silence_and_move_with_the_sound(whole) -> None:
    _, shown, _, _ = whole
    before, after = shown[2][BARS].max(axis=2), shown[18][BARS].max(axis=2)
    assert before[:30].max() < 130
    assert after[:30].max() > 180


def test_the_word_that_is_sung_is_of_another_colour(whole) -> None:
    _, shown, _, _ = whole

    def coloured(frame):
        """In the middle of which columns; edges of letters have colours of their own."""
        part = frame[LYRICS].astype(int)
        found = np.flatnonzero(((np.ptp(part, axis=2) > 80) & (part.max(axis=2) > 200)).sum(axis=0) > 3)
        return np.median(found) if len(found) else None

    first, second = coloured(shown[9]), coloured(shown[15])
    assert coloured(shown[2]) is None
    assert 20 < first < 60
    assert 80 < second < 160


def test_the_line_grows_from_the_left_to_the_right(whole) -> None:
    _, shown, _, _ = whole
    bright = [np.count_nonzero(frame[LINE].max(axis=1) > 170) for frame in shown[::6]]
    assert bright == sorted(set(bright))
    assert np.count_nonzero(shown[-1][LINE].max(axis=1) > 170) > 1100


def test_it_is_told_how_far_a_film_is(whole) -> None:
    told = whole[-1]
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert told == sorted(told)


def test_the_same_order_gives_the_same_bytes(tmp_path: Path) -> None:
    order = an_order(tmp_path, seconds=0.5)
    assert made(order) == made(order)


def test_without_lyrics_the_cover_is_in_the_middle(tmp_path: Path) -> None:
    order = an_order(tmp_path, words=(), seconds=0.5)
    made(order)
    shown, _ = frames(order.file)
    assert shown[2][240, 640].astype(int) == pytest.approx([0xB0, 0x6A, 0x30], abs=12)
    assert shown[2][240, 100].max() < 120


@pytest.mark.parametrize(
    "changes",
    [
        {"wish": a_wish(title="A\nB", style="x " * 600)},
        {"wish": a_wish(title="", style="")},
        {"wish": a_wish(title="\U00012000")},
        {"words": said("one\ntwo")},
        {"words": (*said("late", start=99.0), *said("early", line=1, start=-5.0))},
    ],
    ids=["lines and a long style", "no title", "no face", "a break in a word", "beyond the song"],
)
def test_any_song_has_a_film(tmp_path: Path, changes) -> None:
    order = an_order(tmp_path, **changes, seconds=0.2)
    made(order)
    assert len(frames(order.file)[0]) == 3


@pytest.mark.parametrize("field", ["cover", "audio"])
@pytest.mark.parametrize(
    "content",
    [b"", b"no such file", b"\xff\xd8\xff\xe0" + bytes(200), b"RIFF" + bytes(60)],
    ids=["empty", "text", "the head of a JPEG", "the head of a WAV"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, field, content) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(content)
    with pytest.raises(InvalidRequest) as refused:
        made(an_order(tmp_path, **{field: broken}))
    assert (refused.value.reason, refused.value.field) == ("unreadable", field)


def test_a_cover_with_too_many_pixels_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.new("1", (20_000, 2_500)).save(large)
    with pytest.raises(InvalidRequest, match="unreadable cover"):
        made(an_order(tmp_path, cover=large))


def test_a_cover_that_is_no_square_is_cut_to_one(tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    picture = Image.new("RGBA", (600, 300), "#20a040")
    picture.paste("#ff0000", (0, 0, 100, 300))
    picture.save(wide)
    order = an_order(tmp_path, cover=wide, seconds=0.2)
    made(order)
    assert frames(order.file)[0][0][240, 80].astype(int) == pytest.approx([0x20, 0xA0, 0x40], abs=12)
