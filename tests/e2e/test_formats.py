"""Each format, decoded by tools that have nothing to do with ours."""

import io
import itertools
import os
import shutil
import subprocess

import av
import numpy as np
import pytest
import soundfile

from antiphon.audio import flac
from antiphon.audio.formats import FORMATS
from antiphon.domain.speech import Codec

TEXT = "The sun was warm, and the birds sang in the old trees. Nobody spoke for a while."
LOSSLESS = {Codec.PCM_F32LE, Codec.PCM_S16LE, Codec.PCM_S16BE, Codec.WAV, Codec.FLAC}
RAW = {
    Codec.PCM_F32LE: ("f32le", "FLOAT", "LITTLE"),
    Codec.PCM_S16LE: ("s16le", "PCM_16", "LITTLE"),
    Codec.PCM_S16BE: ("s16be", "PCM_16", "BIG"),
    Codec.PCM_MULAW: ("mulaw", "ULAW", "FILE"),
    Codec.PCM_ALAW: ("alaw", "ALAW", "FILE"),
}
CASES = [
    (codec, rate)
    for codec, entry in FORMATS.items()
    for rate in entry.sample_rates
    if rate in FORMATS[Codec.PCM_F32LE].sample_rates
]


@pytest.fixture(scope="module")
def spoken(server):
    """The answer to one request in a format; each is asked for once."""
    kept: dict[tuple[Codec, int], bytes] = {}

    def answer(codec: Codec, rate: int) -> bytes:
        if (codec, rate) not in kept:
            said = server.say(text=TEXT, audio_format=codec.value, sample_rate=rate)
            assert said.status_code == 200
            kept[codec, rate] = said.content
        return kept[codec, rate]

    return answer


@pytest.fixture(scope="module")
def ffmpeg():
    found = shutil.which("ffmpeg")
    if found is None:
        if os.environ.get("ANTIPHON_REQUIRE_FFMPEG") == "1":
            pytest.fail("ANTIPHON_REQUIRE_FFMPEG is 1, and there is no program ffmpeg")
        pytest.skip("the program ffmpeg is not installed")
    return found


def alike(one: np.ndarray, other: np.ndarray, *, most_lag: int) -> float:
    """The correlation of two sounds at the lag where it is best."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    lags = np.concatenate((product[: most_lag + 1], product[-most_lag:]))
    return float(lags.max() / np.sqrt(np.sum(one**2) * np.sum(other**2)))


def check(codec: Codec, sound: np.ndarray, *, rate: int, spoken) -> None:
    reference = np.frombuffer(spoken(Codec.PCM_F32LE, rate), "<f4").astype(float)
    assert len(sound) / rate == pytest.approx(len(reference) / rate, abs=0.060)
    if codec in LOSSLESS:
        assert len(sound) == len(reference)
    assert alike(sound, reference, most_lag=round(0.06 * rate)) >= (0.999 if codec in LOSSLESS else 0.9)


@pytest.mark.parametrize(("codec", "rate"), CASES)
def test_ffmpeg_hears_the_same_without_a_complaint(spoken, ffmpeg, codec, rate):
    given = ["-f", RAW[codec][0], "-ar", str(rate), "-ac", "1"] if codec in RAW else []
    wanted = ["-f", "f32le", "-ac", "1", "-ar", str(rate)]
    done = subprocess.run(
        [ffmpeg, "-nostdin", "-v", "error", *given, "-i", "pipe:0", *wanted, "pipe:1"],
        input=spoken(codec, rate),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    check(codec, np.frombuffer(done.stdout, "<f4").astype(float), rate=rate, spoken=spoken)


@pytest.mark.parametrize(("codec", "rate"), [case for case in CASES if case[0] is not Codec.AAC])
def test_libsndfile_hears_the_same(spoken, codec, rate):
    options = {}
    if codec in RAW:
        _, subtype, endian = RAW[codec]
        options = {"format": "RAW", "subtype": subtype, "endian": endian, "samplerate": rate, "channels": 1}
    body = io.BytesIO(spoken(codec, rate))
    if codec is Codec.FLAC:
        flac.finish_file(body)  # libsndfile fails at the end of any FLAC stream without a length, FFmpeg's own too.
        body.seek(0)
    sound, heard_rate = soundfile.read(body, dtype="float64", **options)
    assert heard_rate in ({rate, 48_000} if codec is Codec.OPUS else {rate})
    check(codec, sound, rate=heard_rate, spoken=spoken)


@pytest.mark.parametrize("codec", [codec for codec, entry in FORMATS.items() if entry.bitrates])
def test_a_higher_bitrate_makes_more_bytes(server, codec):
    lengths = []
    for bitrate in FORMATS[codec].bitrates:
        answer = server.say(text=TEXT, audio_format=codec.value, bitrate=bitrate, sample_rate=48_000)
        assert answer.status_code == 200
        lengths.append(len(answer.content))
    assert all(more > 0.99 * less for less, more in itertools.pairwise(lengths))  # At the top, all it wants is there.
    assert lengths[-1] > 2 * lengths[0]


@pytest.mark.parametrize("codec", Codec)
def test_five_thousand_characters_end_at_two_minutes_exactly(server, codec):
    entry = FORMATS[codec]
    rate = entry.default_sample_rate
    text = "On and on it goes, and never does it come to an end. " * 95
    with server.wire(text=text[:5000], speed=0.7, audio_format=codec.value, sample_rate=rate) as wire:
        assert wire.head()[0] == 200
        body = wire.rest()
        trailers = wire.trailers()
    assert trailers["x-tts-error-code"] == "413"
    assert trailers["x-tts-error-message"] == "Maximum audio duration of 120 seconds has been reached."
    if codec in RAW:
        width = {"f32le": 4, "s16le": 2, "s16be": 2}.get(RAW[codec][0], 1)
        assert len(body) == 120 * rate * width
    else:
        with av.open(io.BytesIO(body)) as container:
            seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
        assert seconds == pytest.approx(120, abs=1e-6 if codec in LOSSLESS else 0.0601)


def test_what_is_short_of_two_minutes_has_no_trailers_that_speak_of_errors(server):
    with server.wire(text=TEXT) as wire:
        status, headers = wire.head()
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert headers["trailer"] == "X-Tts-Error-Code, X-Tts-Error-Message"
        assert wire.rest()
        assert wire.trailers() == {}
