"""`/tts-websocket`: what is said on it, word for word (contracts, Soniox §2)."""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from antiphon.domain.errors import Unavailable
from antiphon.domain.ports import Voice
from antiphon.domain.speech import Manner, SpeechPiece, WordTime
from antiphon.testing import EchoMaker, tiny_app
from surfaces.soniox.talk import Closed, connected, error, start, text, without_id


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with tiny_app(tmp_path, EchoMaker()) as made:
        yield made


def audio(said: str, stream_id: str = "s1", **more: Any) -> dict[str, Any]:
    return {"stream_id": stream_id, "audio": base64.b64encode(said.encode()).decode(), **more}


def terminated(stream_id: str = "s1") -> dict[str, Any]:
    return {"stream_id": stream_id, "terminated": True}


async def test_a_stream_speaks_each_phrase_and_ends(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start(), text("Hello there. "), text("And good", end=False), text("bye.", end=True))
        assert await talk.hear_all("s1") == [
            audio("Hello there. "),
            audio("And goodbye."),
            audio("", audio_end=True),
            terminated(),
        ]


async def test_a_phrase_is_spoken_before_the_text_is_complete(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start(), text("Hello there. And"))
        assert await talk.hear() == audio("Hello there. ")
        talk.say(text(" then.", end=True))
        assert (await talk.hear_all("s1"))[0] == audio("And then.")


async def test_the_end_may_come_with_no_text_and_may_come_twice(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start(), text("Yes."), text("", end=True), text("", end=True))
        assert await talk.hear_all("s1") == [audio("Yes."), audio("", audio_end=True), terminated()]


async def test_five_streams_speak_at_once_and_the_sixth_is_refused(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text('[soniox.tts.concurrency]\norganization = "unlimited"\nproject = "unlimited"\n')
    async with tiny_app(tmp_path / "data", EchoMaker(), limits_file=limits) as app, connected(app) as talk:
        talk.say(*(start(f"s{n}") for n in range(6)))
        refused = error(
            429, "limit_exceeded", "Concurrent streams limit has been exceeded for your connection.", stream_id="s5"
        )
        assert [without_id(await talk.hear()), await talk.hear()] == [refused, terminated("s5")]
        talk.say(*(text(f"I am {n}.", f"s{n}", end=True) for n in range(5)))
        heard = await talk.hear_all(*(f"s{n}" for n in range(5)))
        assert [message for message in heard if message["stream_id"] == "s3"] == [
            audio("I am 3.", "s3"),
            audio("", "s3", audio_end=True),
            terminated("s3"),
        ]


async def test_an_id_may_be_used_again_once_its_stream_is_terminated(app: FastAPI) -> None:
    async with connected(app) as talk:
        for _ in range(3):
            talk.say(start(), text("Again.", end=True))
            assert (await talk.hear_all("s1"))[-1] == terminated()


async def test_a_cancelled_stream_says_no_more(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start(), text("Hello there. And"))
        assert await talk.hear() == audio("Hello there. ")
        talk.say({"stream_id": "s1", "cancel": True})
        assert await talk.hear_all("s1") == [terminated()]


async def test_a_keep_alive_is_not_answered(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say({"keep_alive": True}, start(), text("Hello.", end=True))
        assert (await talk.hear_all("s1"))[0] == audio("Hello.")


UNAUTHENTICATED = "You can get an API key at https://console.soniox.com"

STREAM_ERRORS: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "no model": (start(model=None), 400, "invalid_request", "Missing required field: model"),
    "no language": (start(language=None), 400, "invalid_request", "Missing required field: language"),
    "empty language": (start(language=""), 400, "invalid_request", "Missing required field: language"),
    "no voice": (start(voice=None), 400, "invalid_request", "Missing required field: voice"),
    "no format": (start(audio_format=None), 400, "invalid_request", "Missing required field: audio_format"),
    "long model": (start(model="m" * 51), 400, "invalid_request", "Model name is too long (max length 50)."),
    "long language": (start(language="e" * 51), 400, "invalid_request", "Language is too long (max length 50)."),
    "long voice": (start(voice="v" * 51), 400, "invalid_request", "Voice is too long (max length 50)."),
    "long format": (start(audio_format="f" * 51), 400, "invalid_request", "Audio format is too long (max length 50)."),
    "long label": (
        start(client_reference_id="r" * 257),
        400,
        "invalid_request",
        "Client reference ID is too long (max length 256).",
    ),
    "unknown voice": (start(voice="Nobody"), 400, "invalid_request", "Invalid voice 'Nobody' for model 'tts-rt-v2'."),
    "a voice of nobody's": (
        start(voice="0192f3a4-0000-7000-8000-000000000000"),
        400,
        "invalid_request",
        "Invalid voice '0192f3a4-0000-7000-8000-000000000000' for model 'tts-rt-v2'.",
    ),
    "unknown language": (start(language="xx"), 400, "invalid_request", "Invalid language 'xx' for model 'tts-rt-v2'."),
    "unknown model": (
        start(model="tts-rt-v9"),
        400,
        "model_not_available",
        (
            "The requested model is not available. "
            "See https://soniox.com/docs/tts/models for the list of supported TTS models."
        ),
    ),
    "unknown format": (start(audio_format="midi"), 400, "invalid_request", "Invalid audio format 'midi'."),
    "wrong type": (
        start(sample_rate="24000"),
        400,
        "invalid_request",
        "Invalid type for field: sample_rate (expected an integer).",
    ),
    "wrong timestamps": (
        start(return_timestamps="yes"),
        400,
        "invalid_request",
        "Invalid type for field: return_timestamps (expected a boolean).",
    ),
    "fast": (start(speed=1.4), 400, "invalid_request", "Speed is out of range (must be between 0.7 and 1.3)."),
    "silence": (
        start(model="tts-rt-v1", reduce_silence=True),
        400,
        "invalid_request",
        "Silence reduction is not supported by model 'tts-rt-v1'.",
    ),
    "key twice": (
        start(api_key="x" * 30),
        400,
        "invalid_request",
        "API key provided twice: when connecting, and in the message. Provide it once.",
    ),
}


@pytest.mark.parametrize("case", STREAM_ERRORS)
async def test_what_is_wrong_with_a_stream_is_told_and_ends_it_alone(app: FastAPI, case: str) -> None:
    message, code, kind, words = STREAM_ERRORS[case]
    async with connected(app) as talk:
        talk.say(message)
        refused, ended = await talk.hear_all("s1")
        assert (without_id(refused), ended) == (error(code, kind, words), terminated())
        talk.say(start("s2"), text("Still here.", "s2", end=True))
        assert (await talk.hear_all("s2"))[0] == audio("Still here.", "s2")


TEXT_ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "long": (text("x" * 5001), "invalid_request", "Text is too long (max length 5000)."),
    "no text": ({"stream_id": "s1", "text": 3}, "invalid_request", "Invalid type for field: text (expected a string)."),
    "no end": (
        {"stream_id": "s1", "text": "a", "text_end": "yes"},
        "invalid_request",
        "Invalid type for field: text_end (expected a boolean).",
    ),
    "cancel with text": (
        {"stream_id": "s1", "cancel": True, "text": "a"},
        "invalid_request",
        "cancel cannot be combined with text or text_end.",
    ),
}


@pytest.mark.parametrize("case", TEXT_ERRORS)
async def test_what_is_wrong_with_a_text_ends_its_stream(app: FastAPI, case: str) -> None:
    message, kind, words = TEXT_ERRORS[case]
    async with connected(app) as talk:
        talk.say(start(), message)
        refused, ended = await talk.hear_all("s1")
        assert (without_id(refused), ended) == (error(400, kind, words), terminated())


async def test_text_after_its_end_is_refused(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with tiny_app(tmp_path, Held(held)) as app, connected(app) as talk:
        talk.say(start(), text("Hello.", end=True), text("More."))
        refused, ended = await talk.hear_all("s1")
        words = "Stream s1 has had its text_end. Start another stream for more text."
        assert (without_id(refused), ended) == (error(400, "invalid_stream_state", words), terminated())


async def test_too_much_text_at_once_is_refused(tmp_path: Path) -> None:
    async with tiny_app(tmp_path, Deaf()) as app, connected(app) as talk:
        talk.say(start(), *[text("x" * 5000)] * 20)
        refused, ended = await talk.hear_all("s1")
        words = "Too much text is waiting to be spoken (max 65536 characters)."
        assert (without_id(refused), ended) == (error(400, "invalid_request", words), terminated())


@pytest.mark.parametrize("message", [text("Hello."), {"stream_id": "s1", "cancel": True}])
async def test_a_stream_that_is_not_there_is_not_found(app: FastAPI, message: dict[str, Any]) -> None:
    async with connected(app) as talk:
        talk.say(message)
        words = "Stream s1 not found. Send a start message first."
        assert without_id(await talk.hear()) == error(400, "invalid_stream_state", words)


async def test_an_active_id_is_not_given_twice_and_its_stream_goes_on(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start(), start())
        words = "Stream s1 is active. Use another stream_id, or wait until it is terminated."
        assert without_id(await talk.hear()) == error(400, "invalid_stream_state", words)
        talk.say(text("Hello.", end=True))
        assert (await talk.hear_all("s1"))[0] == audio("Hello.")


NAMELESS = {
    "none": ({"model": "tts-rt-v2"}, "Missing stream_id"),
    "empty": ({"stream_id": "", "text": "a"}, "Missing stream_id"),
    "null": ({"stream_id": None, "cancel": True}, "Missing stream_id"),
    "number": ({"stream_id": 7, "text": "a"}, "Invalid type for field: stream_id (expected a string)."),
    "long": ({"stream_id": "s" * 257, "text": "a"}, "Stream ID is too long (max length 256)."),
}


@pytest.mark.parametrize("case", NAMELESS)
async def test_a_message_about_no_stream_is_refused_and_the_connection_stays(app: FastAPI, case: str) -> None:
    message, words = NAMELESS[case]
    async with connected(app) as talk:
        talk.say(message)
        assert without_id(await talk.hear()) == error(400, "invalid_request", words, stream_id="")
        talk.say(start(), text("Hello.", end=True))
        assert (await talk.hear_all("s1"))[0] == audio("Hello.")


BROKEN = {
    "no JSON": ("{", "Invalid JSON body"),
    "NaN": ('{"keep_alive": NaN}', "Invalid JSON body"),
    "a list": ("[]", "Invalid message format"),
    "binary": (b"\x00", "Invalid message format"),
    "keep alive": ({"keep_alive": 1}, "Invalid type for field: keep_alive (expected a boolean)."),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_no_message_is_told_and_ends_the_connection(app: FastAPI, case: str) -> None:
    message, words = BROKEN[case]
    async with connected(app) as talk:
        talk.say(message)
        assert without_id(await talk.hear()) == error(400, "invalid_request", words, stream_id=None)
        with pytest.raises(Closed) as closed:
            await talk.hear()
        assert closed.value.code == 1008


async def test_when_a_connection_is_given_up_its_streams_say_no_more(tmp_path: Path) -> None:
    async with tiny_app(tmp_path, Endless()) as app, connected(app) as talk:
        talk.say(start(), text("On and on."))
        assert "audio" in await talk.hear()
        talk.say("{")
        while "audio" in (told := await talk.hear()):
            pass
        assert without_id(told) == error(400, "invalid_request", "Invalid JSON body", stream_id=None)
        with pytest.raises(Closed):
            await talk.hear()


async def test_two_minutes_are_spoken_and_no_more(tmp_path: Path) -> None:
    async with tiny_app(tmp_path, EchoMaker(capped=True)) as app, connected(app) as talk:
        talk.say(start(), text("Hello.", end=True))
        *sound, refused, ended = await talk.hear_all("s1")
        assert sound == [audio("Hello."), audio("")]
        words = "Maximum audio duration of 120 seconds has been reached."
        assert (without_id(refused), ended) == (error(413, "max_duration_reached", words), terminated())


async def test_a_failing_maker_ends_its_stream_with_its_error(tmp_path: Path) -> None:
    maker = EchoMaker(failure=Unavailable(12), good=1)
    async with tiny_app(tmp_path, maker) as app, connected(app) as talk:
        talk.say(start(), text("One. "), text("Two.", end=True))
        sound, refused, ended = await talk.hear_all("s1")
        words = (
            "Cannot continue request (code 12). Please restart the request. "
            "Refer to: https://soniox.com/url/cannot-continue-request"
        )
        assert sound == audio("One. ")
        assert (without_id(refused), ended) == (error(503, "service_unavailable", words), terminated())


async def test_a_fault_of_ours_is_told_and_closes_the_connection(tmp_path: Path) -> None:
    maker = EchoMaker(failure=ZeroDivisionError())  # type: ignore[arg-type]
    async with tiny_app(tmp_path, maker) as app, connected(app) as talk:
        talk.say(start(), text("Hello.", end=True))
        told = without_id(await talk.hear())
        assert (told["error_code"], told["error_type"], "stream_id" in told) == (500, "internal_error", False)
        with pytest.raises(Closed) as closed:
            await talk.hear()
        assert closed.value.code == 1013


async def test_large_sound_goes_in_messages_of_less_than_a_mebibyte(tmp_path: Path) -> None:
    async with tiny_app(tmp_path, Loud(1_500_000)) as app, connected(app) as talk:
        talk.say(start(), text("Hello.", end=True))
        *sound, _ended = await talk.hear_all("s1")
        assert all(len(json.dumps(message)) < 1024 * 1024 for message in sound)
        assert b"".join(base64.b64decode(message["audio"], validate=True) for message in sound) == b"x" * 1_500_000
        assert ["audio_end" in message for message in sound] == [False, False, False, True]


async def test_a_connection_that_breaks_stops_the_work(tmp_path: Path) -> None:
    maker = EchoMaker()
    async with tiny_app(tmp_path, maker) as app:
        async with connected(app) as talk:
            talk.say(start(), text("Hello there. And"))
            await talk.hear()
            assert maker.working == 1
        assert maker.working == 0


async def test_a_server_that_stops_lets_streams_end_and_begins_none(app: FastAPI) -> None:
    async with connected(app) as talk:
        talk.say(start())
        talk.say(text("Hello there. And"))
        assert await talk.hear() == audio("Hello there. ")
        talk.stopping()
        talk.say(start("s2"))
        refused, ended = await talk.hear_all("s2")
        assert (refused["error_code"], ended) == (503, terminated("s2"))
        talk.say(text(" then.", end=True))
        assert (await talk.hear_all("s1"))[0] == audio("And then.")
        with pytest.raises(Closed) as closed:
            await talk.hear()
        assert closed.value.code == 1001


async def test_every_wish_reaches_the_maker(tmp_path: Path) -> None:
    maker = EchoMaker()
    async with tiny_app(tmp_path, maker) as app, connected(app) as talk:
        talk.say(start(audio_format="mp3", sample_rate=48_000, bitrate=96_000, speed=1.2, reduce_silence=True))
        talk.say(text("Hi.", end=True))
        await talk.hear_all("s1")
    (manner,) = maker.manners
    assert (manner.voice, manner.language, manner.speed, manner.reduce_silence) == ("Adrian", "en", 1.2, True)
    assert (manner.encoding.sample_rate, manner.encoding.bitrate, manner.max_duration) == (48_000, 96_000, 120.0)


async def test_times_of_characters_come_with_their_sound(tmp_path: Path) -> None:
    async with tiny_app(tmp_path, Timed()) as app, connected(app) as talk:
        talk.say(start(return_timestamps=True), text("Hi you.", end=True))
        first, last, _ended = await talk.hear_all("s1")
        characters = first["timestamps"]["characters"] + last.get("timestamps", {"characters": []})["characters"]
        assert "".join(characters) == "Hi you."
        assert first["timestamps"]["character_start_times_seconds"][:2] == [0.0, 0.1]
        assert first["timestamps"]["character_end_times_seconds"][:2] == [0.1, 0.2]


class Held(EchoMaker):
    """Waits before it says a word."""

    def __init__(self, held: asyncio.Event) -> None:
        super().__init__()
        self._held = held

    async def _pieces(self, text: AsyncIterator[str]) -> AsyncIterator[SpeechPiece]:
        await self._held.wait()
        async for piece in super()._pieces(text):
            yield piece


class Deaf(EchoMaker):
    """Takes no text."""

    @contextlib.asynccontextmanager
    async def speak(self, _text: AsyncIterator[str], _manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        async def pieces() -> AsyncIterator[SpeechPiece]:
            await asyncio.Event().wait()
            yield SpeechPiece(audio=b"", duration=0)

        yield pieces()


class Endless(EchoMaker):
    """Never comes to an end."""

    async def _pieces(self, _text: AsyncIterator[str]) -> AsyncIterator[SpeechPiece]:
        for number in itertools.count(1):
            yield SpeechPiece(audio=b"x", duration=number)
            await asyncio.sleep(0.01)


class Loud(EchoMaker):
    """Gives so many bytes at once."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    async def _pieces(self, _text: AsyncIterator[str]) -> AsyncIterator[SpeechPiece]:
        yield SpeechPiece(audio=b"x" * self._size, duration=1000, last=True)


class Timed(EchoMaker):
    """Tells when it says the two words of a text."""

    def voices(self) -> list[Voice]:
        return list(super().voices())

    async def _pieces(self, text: AsyncIterator[str]) -> AsyncIterator[SpeechPiece]:
        async for _part in text:
            pass
        words = (WordTime(offset=0, length=2, start=0, end=200), WordTime(offset=3, length=3, start=300, end=600))
        yield SpeechPiece(audio=b"x", duration=700, words=words)
        yield SpeechPiece(audio=b"y", duration=800, last=True)
