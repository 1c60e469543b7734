import io

import av
import numpy as np
import pytest
import soundfile

from antiphon.domain.heard import HearingFault
from antiphon.engines.listen.decode import RATE, decoded


def tone(pitch, seconds=6.0, rate=RATE):
    return (0.4 * np.sin(2 * np.pi * pitch * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def written(*channels, container="WAV", subtype="PCM_16", rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, np.stack(channels, axis=1), rate, format=container, subtype=subtype)
    return file.getvalue()


def pitches(stereo):
    second = stereo[:, RATE : 2 * RATE] * np.hanning(RATE)
    return np.abs(np.fft.rfft(second)).argmax(axis=1).tolist()


FORMS = {
    "wav": ("WAV", "PCM_16", 44_100),
    "wav, 96 kHz, 24 bit": ("WAV", "PCM_24", 96_000),
    "flac": ("FLAC", "PCM_16", 48_000),
    "mp3": ("MP3", "MPEG_LAYER_III", 44_100),
    "vorbis": ("OGG", "VORBIS", 22_050),
}


@pytest.mark.parametrize("name", FORMS)
def test_left_stays_left_and_right_right(name: str) -> None:
    container, subtype, rate = FORMS[name]
    file = written(tone(300, rate=rate), tone(500, rate=rate), container=container, subtype=subtype, rate=rate)
    stereo = decoded(file)
    assert stereo.dtype == np.float32
    assert stereo.shape[1] == pytest.approx(6 * RATE, rel=0.02)
    assert pitches(stereo) == [300, 500]


def test_one_channel_is_on_both_sides() -> None:
    left, right = decoded(written(tone(300)))
    assert np.array_equal(left, right)


def test_a_third_channel_is_on_both_sides() -> None:
    left, right = decoded(written(tone(300), tone(500), np.full(6 * RATE, 0.5, np.float32)))
    assert left.mean() == pytest.approx(0.25, abs=0.01)
    assert right.mean() == pytest.approx(0.25, abs=0.01)


def film_without_sound():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as target:
        stream = target.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        target.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        target.mux(stream.encode(None))
    return file.getvalue()


WRONG = {
    "nothing": (lambda: b"", HearingFault.UNREADABLE),
    "a text": (lambda: b"not a sound at all " * 100, HearingFault.UNREADABLE),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000), HearingFault.UNREADABLE),
    "a film without sound": (film_without_sound, HearingFault.UNREADABLE),
    "half a header": (lambda: written(tone(300))[:30], HearingFault.UNREADABLE),
    "half a second": (lambda: written(tone(300, 0.5)), HearingFault.TOO_SHORT),
    "cut to half a second": (lambda: written(tone(300))[: 44 + RATE], HearingFault.TOO_SHORT),
    "silence": (lambda: written(np.zeros(6 * RATE)), HearingFault.SILENT),
    "nine minutes in half a megabyte": (
        lambda: written(np.zeros(540 * 8_000), container="FLAC", rate=8_000),
        HearingFault.TOO_LONG,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_why_nothing_is_heard_is_told(name: str) -> None:
    made, fault = WRONG[name]
    assert decoded(made()) is fault


def test_what_is_left_of_a_broken_file_is_heard() -> None:
    whole = written(tone(300, 12), container="MP3", subtype="MPEG_LAYER_III")
    assert decoded(whole[: len(whole) * 2 // 3]).shape[1] == pytest.approx(8 * RATE, rel=0.05)
