"""The calls of the published texts as they stand there, but for host, key and voice; with the real engine.

Sources: sonnalabs.app/news/sonna-api-quickstart, step 3, and docs.sonnalabs.app, "Speech API".
"""

import io

import pytest
import soundfile

from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.testing import TEST_KEY

QUICKSTART = b"""{
    "text": "Welcome to Sonna. Your generation is ready.",
    "voice": "c692e0f3-0c68-5cc6-b147-2575b18de4c3",
    "ttsModel": "eleven-flash-v2-5"
  }"""
CURL = {"User-Agent": "curl/8.14.1", "Accept": "*/*"}
FETCH = {"Accept": "*/*", "Accept-Language": "*", "Sec-Fetch-Mode": "cors", "User-Agent": "node"}
KEY = {"X-API-Key": TEST_KEY, "Content-Type": "application/json"}
BEARER = {"X-API-Key": "", "Authorization": f"Bearer {TEST_KEY}", "Content-Type": "application/json"}


@pytest.fixture
async def engine():
    maker = EspeakMaker()
    await maker.start()
    yield maker
    await maker.close()


@pytest.mark.parametrize("headers", [{**CURL, **KEY}, {**CURL, **BEARER}, {**FETCH, **KEY}], ids=["A", "B", "fetch"])
async def test_the_quickstart_gets_speech_that_can_be_downloaded(serving, engine, headers) -> None:
    async with serving(engine) as sonna:
        answer = await sonna.http.post("/api/v1/tts/synthesize", content=QUICKSTART, headers=headers)
        file = await sonna.http.get(answer.json()["url"], headers={"X-API-Key": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert {"url", "remainingCredits", "projectCreated"} <= set(answer.json())
    assert (answer.json()["creditsCharged"], answer.json()["projectCreated"]) == (43 * 0.945, True)
    sound, rate = soundfile.read(io.BytesIO(file.content))
    assert (rate, sound.ndim) == (44_100, 1)
    assert 1.5 < len(sound) / rate < 5.0
    assert len(file.content) == pytest.approx(len(sound) / rate * 128_000 / 8, rel=0.05)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000])
async def test_pcm_has_the_rate_of_its_name(serving, engine, rate: int) -> None:
    wish = {"text": "Welcome to Sonna.", "voice": "Alice", "response_type": "binary"}
    async with serving(engine) as sonna:
        mp3 = await sonna.say(**wish)
        pcm = await sonna.say(**wish, response_format=f"pcm_{rate}")
    sound, mp3_rate = soundfile.read(io.BytesIO(mp3.content))
    assert len(pcm.content) / 2 / rate == pytest.approx(len(sound) / mp3_rate, abs=0.05)
    quiet, _ = soundfile.read(
        io.BytesIO(pcm.content), format="RAW", samplerate=rate, channels=1, subtype="PCM_16", endian="LITTLE"
    )
    assert 0.1 < abs(quiet).max() <= 1.0


async def test_speed_is_heard(serving, engine) -> None:
    wish = {
        "text": "The quick brown fox jumps over the lazy dog",
        "voice": "en-US-Neural2-D",
        "response_format": "pcm_8000",
    }
    async with serving(engine) as sonna:
        spoken = [await sonna.say(**wish, response_type="binary", speed=speed) for speed in (0.25, 1.0, 2.0, 4.0)]
    lengths = [len(answer.content) for answer in spoken]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[1] / lengths[2] == pytest.approx(2.0, rel=0.2)


async def test_a_text_without_a_word_is_a_moment_of_silence(serving, engine) -> None:
    async with serving(engine) as sonna:
        answer = await sonna.say(text="...!", response_type="binary", response_format="pcm_8000")
    assert (answer.status_code, len(answer.content)) == (200, 2 * 800)


async def test_a_dialogue_is_one_file_with_every_turn_in_it(serving, engine) -> None:
    turns = [
        {"text": "[whispers] Did you hear that?", "voice": "Alice"},
        {"text": "[laughs] It was the wind. [pause]", "voice": "George"},
        {"text": "Selamat malam, saya tidak takut.", "voice": "Laura"},
    ]
    async with serving(engine) as sonna:
        answer = await sonna.http.post("/api/v1/tts/synthesize-dialogue", json={"turns": turns, "title": "Wind"})
        file = await sonna.http.get(answer.json()["url"])
        alone = await sonna.http.post("/api/v1/tts/synthesize-dialogue", json={"turns": turns[2:]})
        last = await sonna.http.get(alone.json()["url"])
    sound, rate = soundfile.read(io.BytesIO(file.content))
    one, _ = soundfile.read(io.BytesIO(last.content))
    assert (rate, sound.ndim) == (44_100, 1)
    assert len(sound) > len(one) + 3.5 * rate


async def test_tags_are_heard_and_not_read(serving, engine) -> None:
    async def seconds(text: str) -> float:
        wish = {"text": text, "voice": "Alice", "ttsModel": "eleven-v3", "response_format": "pcm_24000"}
        return len((await sonna.http.post(path, json={**wish, "response_type": "binary"})).content) / 48_000

    path = "/api/v1/tts/synthesize"
    async with serving(engine) as sonna:
        plain, unknown = await seconds("Hello there."), await seconds("[a thick country accent] Hello there.")
        paused = await seconds("Hello there. [pause 2s] Hello there.")
        twice = await seconds("Hello there. [music] Hello there.")
    assert unknown == pytest.approx(plain, abs=0.05)
    assert paused - twice == pytest.approx(2.0, abs=0.2)
