import io
from itertools import pairwise

import av
import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.film.request import RATE, SIZES, Request
from antiphon.engines.painter.brief import ASPECTS, brief
from antiphon.engines.painter.compose import composed
from antiphon.engines.painter.paint.canvas import painted
from antiphon.engines.song.loudness import loudness, true_peak
from unit.engines.film.filming import pictures_of, sound_of, written

PROMPT = "a mountain landscape with a lake, stars, snow"


@pytest.fixture(scope="module")
def film() -> bytes:
    return written(prompt=PROMPT, seed=3)


def test_it_is_h264_with_its_colours_named(film: bytes) -> None:
    with av.open(io.BytesIO(film)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 480, 480)
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert (video.average_rate, video.frames, len(list(container.decode(video)))) == (RATE, 72, 72)


def test_sound_is_as_long_as_the_picture(film: bytes) -> None:
    with av.open(io.BytesIO(film)) as container:
        lengths = [float(stream.duration * stream.time_base) for stream in container.streams]
        starts = [float(stream.start_time * stream.time_base) for stream in container.streams]
        assert container.streams.audio[0].codec_context.name == "aac"
    assert lengths == pytest.approx([3.0, 3.0], abs=1 / RATE)
    assert starts == pytest.approx([0.0, 0.0], abs=1 / RATE)


def test_it_can_be_played_while_it_comes(film: bytes) -> None:
    assert 0 < film.index(b"moov") < film.index(b"mdat")


def test_sound_is_neither_silent_nor_too_loud(film: bytes) -> None:
    sound = sound_of(film)[:, : 3 * 44_100]
    assert loudness(sound, 44_100) == pytest.approx(-20, abs=1.0)
    assert true_peak(sound) < -1.0
    assert np.abs(sound[:, :40]).max() < 0.01


def test_a_silent_film_has_no_sound_and_says_what_it_is_called() -> None:
    silent = written(prompt="grey", seed=1, sound="none", name="Na\u00efve \u6d77\0")
    with av.open(io.BytesIO(silent)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.metadata["title"] == "Na\u00efve \u6d77"


def test_the_same_wishes_give_the_same_bytes_and_others_others(film: bytes) -> None:
    assert written(prompt=PROMPT, seed=3) == film
    other = pictures_of(written(prompt="a desert at sunset", seed=3))
    assert np.abs(other[0].astype(float) - pictures_of(film)[0]).mean() > 10


def test_nothing_tells_when_it_was_made(film: bytes) -> None:
    with av.open(io.BytesIO(film)) as container:
        told = {**container.metadata, **container.streams.video[0].metadata, **container.streams.audio[0].metadata}
    assert not [name for name in told if "time" in name or "date" in name]


def test_it_begins_with_the_picture_that_the_painter_paints(film: bytes) -> None:
    asked = Request(prompt=PROMPT, seed=3, aspect="1:1").picture()
    picture = painted(composed(brief(asked, 0)), width=480, height=480)
    first = pictures_of(film)[0]
    assert np.corrcoef(picture.ravel(), first.ravel())[0, 1] > 0.95
    assert np.abs(picture.mean(axis=(0, 1)) - first.mean(axis=(0, 1))).max() < 6


def test_no_frame_is_black_and_none_is_a_jump(film: bytes) -> None:
    frames = [frame.astype(np.float32) for frame in pictures_of(film)]
    steps = [float(np.abs(one - other).mean()) for one, other in pairwise(frames)]
    assert min(frame.mean() for frame in frames) > 20
    assert min(steps) > 0.05
    assert max(steps) < 4 * float(np.median(steps))


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_even_and_have_their_aspect(aspect: str, size: str) -> None:
    columns, rows = Request(prompt="x", seed=1, aspect=aspect, size=size).pixels()
    assert (columns % 2, rows % 2, min(columns, rows)) == (0, 0, SIZES[size])
    assert columns / rows == pytest.approx(float(ASPECTS[aspect]), rel=0.005)


REFUSED = {
    "missing prompt": {"prompt": " "},
    "too_long prompt": {"prompt": "x" * 32_001},
    "too_long title": {"title": "x" * 201},
    "out_of_range seconds": {"seconds": 0.9},
    "out_of_range  seconds": {"seconds": 11.0},
    "out_of_range   seconds": {"seconds": float("nan")},
    "unknown_size size": {"size": "900p"},
    "unknown_aspect aspect": {"aspect": "5:1"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_filmed_is_said_at_once(case: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Request(**{"prompt": "a lake", "seed": 1, **REFUSED[case]})
    assert [refused.value.reason, refused.value.field] == case.split()
