"""`POST /tts` when it works, and when it stops working midway."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from antiphon.domain.errors import Unavailable
from antiphon.domain.models import SpeechModel
from antiphon.domain.speech import Codec, Encoding, Manner
from antiphon.services.speak import Speak
from antiphon.testing import TEST_KEY, EchoMaker, tiny_app

RIGHT: dict[str, Any] = {
    "model": "tts-rt-v2",
    "language": "en",
    "voice": "Adrian",
    "audio_format": "mp3",
    "text": "Hello",
}


@contextlib.asynccontextmanager
async def client(folder: Path, maker: EchoMaker, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {TEST_KEY}"}
    async with (
        tiny_app(folder, maker, **settings) as app,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://antiphon", headers=headers
        ) as made,
    ):
        yield made


async def test_the_answer_is_the_sound_and_says_who_made_it(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        answer = await http.post("/tts", json=RIGHT)
    assert (answer.status_code, answer.content) == (200, b"Hello")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["x-antiphon-engine"] == "espeak"
    assert answer.headers["x-antiphon-stand-in"] == "soniox"


async def test_the_text_is_spoken_in_one_piece(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker(failure=Unavailable(12), good=1)) as http:
        answer = await http.post("/tts", json={**RIGHT, "text": "Hello. And more."})
    assert answer.content == b"Hello. And more."


CONTENT_TYPES = {
    "pcm_f32le": "audio/pcm",
    "pcm_s16le": "audio/pcm",
    "pcm_s16be": "audio/pcm",
    "pcm_mulaw": "audio/pcm",
    "pcm_alaw": "audio/pcm",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
}


@pytest.mark.parametrize(("audio_format", "content_type"), CONTENT_TYPES.items())
async def test_each_format_has_its_content_type(tmp_path: Path, audio_format: str, content_type: str) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        answer = await http.post("/tts", json={**RIGHT, "audio_format": audio_format})
    assert answer.headers["content-type"] == content_type


async def test_every_field_reaches_the_maker(tmp_path: Path) -> None:
    maker = EchoMaker()
    wish = {**RIGHT, "sample_rate": 48000, "bitrate": 96000, "speed": 1.2, "reduce_silence": True}
    async with client(tmp_path, maker) as http:
        await http.post("/tts", json=wish)
    assert maker.manners == [
        Manner(
            voice="Adrian",
            language="en",
            encoding=Encoding(codec=Codec.MP3, sample_rate=48000, bitrate=96000),
            speed=1.2,
            reduce_silence=True,
            max_duration=120,
        )
    ]


@pytest.mark.parametrize("field", ["sample_rate", "bitrate", "speed", "reduce_silence", "client_reference_id"])
async def test_an_optional_field_may_be_null(tmp_path: Path, field: str) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        assert (await http.post("/tts", json={**RIGHT, field: None})).status_code == 200


@pytest.mark.parametrize("model", ["tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"])
async def test_every_model_answers(tmp_path: Path, model: str) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        assert (await http.post("/tts", json={**RIGHT, "model": model})).status_code == 200


async def test_fields_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        assert (await http.post("/tts", json={**RIGHT, "return_timestamps": True, "x": {}})).status_code == 200


async def test_five_thousand_code_points_are_taken_however_many_bytes(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        answer = await http.post("/tts", json={**RIGHT, "text": "\U0001f600" * 5000})
    assert (answer.status_code, len(answer.content)) == (200, 20_000)


async def test_a_failure_before_the_first_piece_is_a_status(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker(failure=Unavailable(12))) as http:
        answer = await http.post("/tts", json=RIGHT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error_message"].startswith("Cannot continue request (code 12).")


async def test_without_stand_ins_a_vendors_model_is_not_available(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker(), stand_ins=False) as http:
        answer = await http.post("/tts", json=RIGHT)
    assert (answer.status_code, answer.json()["error_type"]) == (400, "model_not_available")


async def test_the_vendors_own_maker_is_no_stand_in() -> None:
    model = SpeechModel(
        id="m", dialect="d", name="M", vendor="espeak", makers=("espeak",), speed=(1, 1), silence_reduction=False
    )
    plan = Speak([model], {"espeak": EchoMaker()}, stand_ins=False).plan("m", voice="Adrian", language="en")
    assert plan.stands_in_for is None


IDS = [("abc-1.2_Z", True), ("x" * 128, True), ("x" * 129, False), ("a b", False), ("é", False), ("", False)]


@pytest.mark.parametrize(("offered", "taken"), IDS)
async def test_a_request_id_of_the_clients_own_is_taken_when_it_is_fit(
    tmp_path: Path, offered: str, taken: bool
) -> None:
    headers = {"Content-Type": "application/json", "X-Request-Id": offered.encode("latin-1")}
    async with client(tmp_path, EchoMaker()) as http:
        answer = await http.post("/tts", content=b"{", headers=headers)
    assert (answer.headers["x-request-id"] == offered) is taken
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_browser_of_any_origin_may_ask(tmp_path: Path) -> None:
    async with client(tmp_path, EchoMaker()) as http:
        asked = await http.options("/tts", headers={"Origin": "https://example.com"})
        answered = await http.post("/tts", json=RIGHT, headers={"Origin": "https://example.com"})
    assert asked.status_code == 204
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert answered.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answered.headers


async def drive(app: Any, *, gone_after: int, sent: list[Any]) -> None:
    """Call the application as a server would, for a client that leaves after some messages."""
    body = httpx.Request("POST", "http://x", json=RIGHT).content
    left = asyncio.Event()
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        for message in asked:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == gone_after:
            left.set()

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/tts",
        "raw_path": b"/tts",
        "query_string": b"",
        "root_path": "",
        "http_version": "1.1",
        "headers": [
            (b"authorization", f"Bearer {TEST_KEY}".encode()),
            (b"content-type", b"application/json"),
        ],
        "extensions": {"http.response.trailers": {}},
    }
    await app(scope, receive, send)


class Endless(EchoMaker):
    """Never stops giving pieces."""

    async def _pieces(self, text: AsyncIterator[str]) -> AsyncIterator[Any]:
        async for piece in super()._pieces(text):
            while True:
                await asyncio.sleep(0)
                yield piece


async def test_a_client_that_goes_away_stops_the_work(tmp_path: Path) -> None:
    maker = Endless()
    async with tiny_app(tmp_path, maker) as app, asyncio.timeout(10):
        await drive(app, gone_after=5, sent=[])
    assert maker.working == 0


async def test_a_failure_midway_is_told_in_trailers(tmp_path: Path) -> None:
    sent: list[Any] = []
    async with tiny_app(tmp_path, EchoMaker(failure=Unavailable(12), good=1)) as app:
        await drive(app, gone_after=99, sent=sent)
    assert [message["type"] for message in sent] == [
        "http.response.start",
        "http.response.body",
        "http.response.body",
        "http.response.trailers",
    ]
    assert sent[0]["status"] == 200
    assert dict(sent[-1]["headers"]) == {
        b"x-tts-error-code": b"503",
        b"x-tts-error-message": b"Cannot continue request (code 12). Please restart the request. "
        b"Refer to: https://soniox.com/url/cannot-continue-request",
    }


async def test_sound_cut_at_two_minutes_is_told_in_trailers(tmp_path: Path) -> None:
    sent: list[Any] = []
    async with tiny_app(tmp_path, EchoMaker(capped=True)) as app:
        await drive(app, gone_after=99, sent=sent)
    assert dict(sent[-1]["headers"]) == {
        b"x-tts-error-code": b"413",
        b"x-tts-error-message": b"Maximum audio duration of 120 seconds has been reached.",
    }
