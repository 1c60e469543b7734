"""The published SDK of the dialect, pointed at this server."""

import io
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import numpy as np
import pytest
from soniox import AsyncSonioxClient, SonioxClient
from soniox.errors import (
    SonioxAPIError,
    SonioxAuthenticationError,
    SonioxInvalidRequestError,
    SonioxServerError,
)
from soniox.types import CreateTtsConfig
from soniox.types.api import TtsAudioFormat, TtsBitrate, TtsSampleRate

from antiphon.audio.formats import FORMATS
from antiphon.domain.speech import Codec
from e2e.soniox_clients import TEXT, addresses


@pytest.fixture(scope="module")
def client(server):
    with SonioxClient(**addresses(server)) as made:
        yield made


def generate(client: SonioxClient, **changes) -> bytes:
    usual = {"text": TEXT, "voice": "Adrian", "language": "en", "model": "tts-rt-v1"}
    return client.tts.generate(**{**usual, **changes})


MAGIC = {"wav": b"RIFF", "flac": b"fLaC", "opus": b"OggS", "mp3": b"\xff", "aac": b"\xff"}


@pytest.mark.parametrize("audio_format", get_args(TtsAudioFormat))
def test_it_generates_in_every_format_at_every_rate(client, audio_format):
    entry = FORMATS[Codec(audio_format)]
    rates = [rate for rate in get_args(TtsSampleRate) if rate in entry.sample_rates]
    sounds = [
        generate(client, config=CreateTtsConfig(audio_format=audio_format, sample_rate=rate)) for rate in (None, *rates)
    ]
    assert rates
    assert all(sound.startswith(MAGIC.get(audio_format, b"")) for sound in sounds)
    assert all(len(sound) > 5000 for sound in sounds)
    assert sounds[0] == sounds[1 + rates.index(entry.default_sample_rate)]


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac"])
def test_it_generates_at_every_bitrate(client, audio_format):
    bitrates = [rate for rate in get_args(TtsBitrate) if rate in FORMATS[Codec(audio_format)].bitrates]
    for bitrate in bitrates:
        assert generate(client, config=CreateTtsConfig(audio_format=audio_format, bitrate=bitrate))


def test_a_call_that_names_nothing_is_a_wav_in_english_by_the_newest_model(client):
    with pytest.warns(DeprecationWarning, match="language"):
        sound = client.tts.generate(text=TEXT, voice="Adrian")
    assert sound == generate(client, model="tts-rt-v2", config=CreateTtsConfig(audio_format="wav"))


def test_speed_and_silence_are_heard(client):
    def length(**config) -> int:
        wished = CreateTtsConfig(audio_format="pcm_s16le", **config)
        return len(generate(client, text="One.\n\nTwo.\n\nThree.", model="tts-rt-v2", config=wished))

    assert length(speed=1.3) < 0.85 * length() < length(speed=0.7)
    assert length(reduce_silence=True) < 0.9 * length()


def test_it_writes_to_a_path_and_to_an_open_file(client, tmp_path):
    path, file = tmp_path / "hello.wav", io.BytesIO()
    written = client.tts.generate_to_file(path, text=TEXT, language="en")
    again = client.tts.generate_to_file(file, text=TEXT, language="en")
    assert written == again == path.stat().st_size
    assert path.read_bytes() == file.getvalue()
    assert path.read_bytes().startswith(b"RIFF")


async def test_the_asynchronous_client_hears_the_same(server, client):
    made = AsyncSonioxClient(**addresses(server))
    try:
        sound = await made.tts.generate(text=TEXT, voice="Adrian", language="en", model="tts-rt-v1")
    finally:
        await made.aclose()
    assert sound == generate(client)


async def test_the_asynchronous_client_writes_files(server, tmp_path):
    made = AsyncSonioxClient(**addresses(server))
    try:
        written = await made.tts.generate_to_file(tmp_path / "hello.wav", text=TEXT, language="en")
    finally:
        await made.aclose()
    assert written == (tmp_path / "hello.wav").stat().st_size > 10_000


def test_many_threads_share_a_client(client):
    expected = generate(client)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: generate(client), range(24))) == {expected}


WRONG = [
    ({"voice": "Nobody"}, "invalid_request", "Invalid voice 'Nobody' for model 'tts-rt-v1'."),
    ({"language": "xx"}, "invalid_request", "Invalid language 'xx' for model 'tts-rt-v1'."),
    ({"text": " "}, "invalid_request", "Missing required field: text"),
    ({"model": "tts-rt-v9"}, "model_not_available", "The requested model is not available."),
    (
        {"config": CreateTtsConfig(audio_format="flac", sample_rate=8000)},
        "invalid_request",
        "Invalid sample rate for audio format 'flac'",
    ),
]


@pytest.mark.parametrize(("changes", "kind", "message"), WRONG)
def test_what_is_wrong_is_an_invalid_request(client, changes, kind, message):
    with pytest.raises(SonioxInvalidRequestError) as raised:
        generate(client, **changes)
    error = raised.value
    assert error.status_code == 400
    assert error.api_error.error_type == kind
    assert error.api_error.message.startswith(message)
    assert error.request_id == error.response.headers["x-request-id"]


def test_a_wrong_key_is_an_authentication_error(server):
    wrong = SonioxClient(**addresses(server, api_key="not-a-key"))
    with wrong, pytest.raises(SonioxAuthenticationError, match="Incorrect API key provided"):
        generate(wrong)


def test_a_path_that_is_not_there_is_an_error_that_can_be_read(client, server):
    answer = client.request("GET", f"{server.url}/nothing")
    error = SonioxAPIError.from_response(answer)
    assert (error.status_code, error.api_error.error_type) == (404, "not_found")


def test_a_renderer_that_dies_is_a_server_error(server, client):
    waiting = server.idle()
    for process in waiting:
        process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(generate, client)
        while not server.renderers() - waiting:
            assert not answer.done()
        for process in waiting:
            process.kill()
        error = answer.exception(timeout=20)
    assert isinstance(error, SonioxServerError)
    assert error.api_error.error_type == "service_unavailable"


def test_the_sound_is_speech_and_not_noise(client):
    pcm = np.frombuffer(generate(client, config=CreateTtsConfig(audio_format="pcm_s16le")), "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(pcm)) ** 2
    hertz = np.fft.rfftfreq(len(pcm), 1 / 24_000)
    assert spectrum[(hertz > 80) & (hertz < 4000)].sum() > 0.9 * spectrum.sum()
