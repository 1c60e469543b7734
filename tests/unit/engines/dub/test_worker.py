"""Sound that is had in other files."""

import numpy as np
import pytest

from antiphon.audio.clip import ClipUnusable, decode_stereo
from antiphon.domain.errors import Unavailable
from antiphon.domain.units import Hertz, Seconds
from antiphon.engines.dub.backend import dub
from antiphon.engines.dub.task import Dub
from antiphon.engines.dub.worker import RATE, dubbed


def tone(pitch, seconds=2.0):
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.fixture
def stem(tmp_path):
    """Low on the left, high on the right."""
    path = tmp_path / "stem.pcm"
    path.write_bytes((np.stack([tone(220), tone(880)], axis=1) * 32_767).astype("<i2").tobytes())
    return path


def heard(path):
    return decode_stereo(path.read_bytes(), rate=Hertz(RATE), longest=Seconds(10.0))


def pitch_of(channel):
    return np.argmax(np.abs(np.fft.rfft(channel[RATE // 2 : 3 * RATE // 2])))


def test_a_stem_is_had_in_every_form_and_is_heard_in_it(stem, tmp_path):
    files = {form: tmp_path / f"dubbed.{form}" for form in ("mp3", "m4a", "wav")}
    dubbed(Dub(source=str(stem), files={form: str(path) for form, path in files.items()}))

    for form, path in files.items():
        left, right = heard(path)
        assert (form, pitch_of(left), pitch_of(right)) == (form, 220, 880)
        assert abs(left.size - 2 * RATE) < 0.1 * RATE


def test_an_mp3_is_had_as_wav(stem, tmp_path):
    first, second = tmp_path / "first.mp3", tmp_path / "second.wav"
    dubbed(Dub(source=str(stem), files={"mp3": str(first)}))
    dubbed(Dub(source=str(first), files={"wav": str(second)}))

    assert np.max(np.abs(heard(first) - heard(second))) < 1e-3


def test_what_is_no_sound_is_refused(tmp_path):
    source = tmp_path / "nothing.mp3"
    source.write_bytes(b"nothing of the kind")
    with pytest.raises(ClipUnusable):
        dubbed(Dub(source=str(source), files={"wav": str(tmp_path / "a.wav")}))


async def test_it_is_done_in_a_process_of_its_own(stem, tmp_path):
    await dub(stem, {"wav": tmp_path / "a.wav"})
    assert heard(tmp_path / "a.wav").shape[0] == 2

    with pytest.raises(Unavailable):
        await dub(tmp_path / "not_there.mp3", {"wav": tmp_path / "b.wav"})
