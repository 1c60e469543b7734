"""Golden pairs: every refusal of `POST /tts` as the published reference words it."""

import re
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from antiphon.domain import errors
from antiphon.surfaces.soniox.errors import face
from antiphon.testing import TEST_KEY, EchoMaker, tiny_app

REFERENCE = "https://soniox.com/docs/api-reference/errors#"
RIGHT = {
    "model": "tts-rt-v1",
    "language": "en",
    "voice": "Adrian",
    "audio_format": "mp3",
    "text": "Hello",
}
BEARER = {"Authorization": f"Bearer {TEST_KEY}"}
HINT = "(e.g. 'Authorization: Bearer <SONIOX_API_KEY>')"
CONSOLE = "You can get an API key at https://console.soniox.com"


async def ask(
    folder: Path, content: bytes, *, headers: dict[str, str] | None = None, method: str = "POST", url: str = "/tts"
) -> httpx.Response:
    async with (
        tiny_app(folder, EchoMaker()) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://antiphon") as client,
    ):
        head = {"Content-Type": "application/json", **(BEARER if headers is None else headers)}
        return await client.request(method, url, content=content, headers=head)


def changed(**fields: Any) -> bytes:
    return orjson.dumps({name: value for name, value in {**RIGHT, **fields}.items() if value is not ...})


BODIES = [
    (b"", "Invalid JSON body"),
    (b"{", "Invalid JSON body"),
    (b"[]", "Invalid JSON body"),
    (b'"text"', "Invalid JSON body"),
    (b'{"speed": NaN}', "Invalid JSON body"),
    (b'{"speed": 1e400}', "Invalid JSON body"),
    (b'{"text": "\\ud800"}', "Invalid JSON body"),
    (b'{"text": "\xff"}', "Invalid JSON body"),
    (b"[" * 100_000, "Invalid JSON body"),
    (changed()[:-1] + b',"deep":' + b"[" * 500 + b"]" * 500 + b"}", "Invalid JSON body"),
    (b"{}", "Missing required field: model"),
    (changed(model=...), "Missing required field: model"),
    (changed(model=None), "Missing required field: model"),
    (changed(model=""), "Missing required field: model"),
    (changed(model="m" * 51), "Model name is too long (max length 50)."),
    (changed(language=...), "Missing required field: language"),
    (changed(language="l" * 51), "Language is too long (max length 50)."),
    (changed(voice=...), "Missing required field: voice"),
    (changed(voice="v" * 51), "Voice is too long (max length 50)."),
    (changed(audio_format=...), "Missing required field: audio_format"),
    (changed(audio_format="a" * 51), "Audio format is too long (max length 50)."),
    (changed(text=...), "Missing required field: text"),
    (changed(text=""), "Missing required field: text"),
    (changed(text=" \n\t\u2003"), "Missing required field: text"),
    (changed(text="t" * 5001), "Text is too long (max length 5000)."),
    (changed(text=" ", client_reference_id="c" * 257), "Missing required field: text"),
    (changed(client_reference_id="c" * 257), "Client reference ID is too long (max length 256)."),
    (changed(voice="Nobody"), "Invalid voice 'Nobody' for model 'tts-rt-v1'."),
    (changed(language="xx"), "Invalid language 'xx' for model 'tts-rt-v1'."),
    (changed(language="en-US"), "Invalid language 'en-US' for model 'tts-rt-v1'."),
    (changed(audio_format="mp4"), "Invalid audio format 'mp4'."),
    (
        changed(audio_format="flac", sample_rate=8000),
        "Invalid sample rate for audio format 'flac' (must be one of 16000, 24000, 44100, 48000).",
    ),
    (
        changed(bitrate=1),
        "Invalid bitrate for audio format 'mp3' (must be one of 32000, 64000, 96000, 128000, 192000, 256000, 320000).",
    ),
    (changed(audio_format="wav", bitrate=64000), "Bitrate is not supported for audio format 'wav'."),
    (changed(speed=0.69), "Speed is out of range (must be between 0.7 and 1.3)."),
    (changed(speed=1.31), "Speed is out of range (must be between 0.7 and 1.3)."),
    (changed(reduce_silence=True), "Silence reduction is not supported by model 'tts-rt-v1'."),
    (changed(model=7), "Invalid type for field: model (expected a string)."),
    (changed(text=["t"]), "Invalid type for field: text (expected a string)."),
    (changed(sample_rate="24000"), "Invalid type for field: sample_rate (expected an integer)."),
    (changed(sample_rate=True), "Invalid type for field: sample_rate (expected an integer)."),
    (changed(speed="fast"), "Invalid type for field: speed (expected a number)."),
    (changed(reduce_silence=1), "Invalid type for field: reduce_silence (expected a boolean)."),
]


@pytest.mark.parametrize(("content", "message"), BODIES)
async def test_a_wrong_body_is_refused_in_the_words_of_the_reference(
    tmp_path: Path, content: bytes, message: str
) -> None:
    answer = await ask(tmp_path, content)
    body = answer.json()
    assert re.fullmatch(r"[0-9a-f-]{36}", body.pop("request_id"))
    assert (answer.status_code, body) == (
        400,
        {
            "error_code": 400,
            "error_type": "invalid_request",
            "error_message": message,
            "more_info": REFERENCE + "invalid-request",
        },
    )


ORDER = ["model", "language", "voice", "audio_format", "text"]


@pytest.mark.parametrize("place", range(len(ORDER)))
async def test_of_several_missing_fields_the_first_of_the_reference_is_told(tmp_path: Path, place: int) -> None:
    answer = await ask(tmp_path, changed(**dict.fromkeys(ORDER[place:], ...)))
    assert answer.json()["error_message"] == f"Missing required field: {ORDER[place]}"


async def test_an_unknown_model_is_not_available(tmp_path: Path) -> None:
    body = (await ask(tmp_path, changed(model="tts-rt-v9", voice="Nobody"))).json()
    assert (body["error_code"], body["error_type"]) == (400, "model_not_available")
    assert body["error_message"] == (
        "The requested model is not available. "
        "See https://soniox.com/docs/tts/models for the list of supported TTS models."
    )
    assert body["more_info"] == REFERENCE + "model-not-available"


KEYS = [
    ({}, 401, f"Missing API key. Provide it as an Authorization header {HINT}. {CONSOLE}."),
    (
        {"Authorization": f"Basic {TEST_KEY}"},
        401,
        f"Authorization header must use the Bearer scheme {HINT}. {CONSOLE}.",
    ),
    ({"Authorization": "Bearer "}, 401, f"Authorization header must use the Bearer scheme {HINT}. {CONSOLE}."),
    ({"Authorization": "Bearer wrong"}, 401, f"Incorrect API key provided. {CONSOLE}"),
    ({"X-API-Key": "wrong", **BEARER}, 401, f"Incorrect API key provided. {CONSOLE}"),
    ({"Authorization": "Bearer \xe9"}, 401, f"Incorrect API key provided. {CONSOLE}"),
    ({"Authorization": "Bearer " + "k" * 251}, 400, "API key is too long (max length 250)."),
]


@pytest.mark.parametrize(("headers", "status", "message"), KEYS)
async def test_a_wrong_key_is_refused_before_the_body_is_looked_at(
    tmp_path: Path, headers: dict[str, str], status: int, message: str
) -> None:
    answer = await ask(tmp_path, b"{", headers={name: value.encode("latin-1") for name, value in headers.items()})
    assert (answer.status_code, answer.json()["error_message"]) == (status, message)


async def test_a_key_in_the_query_is_refused_though_it_is_right(tmp_path: Path) -> None:
    answer = await ask(tmp_path, changed(), url=f"/tts?api_key={TEST_KEY}")
    assert answer.status_code == 401
    assert answer.json()["error_message"].startswith("API keys are not accepted in the URL.")


async def test_any_number_of_fields_in_the_query_is_borne(tmp_path: Path) -> None:
    url = "/tts?" + "&".join(["a=1"] * 500)
    assert (await ask(tmp_path, changed(), url=url)).status_code == 200
    assert (await ask(tmp_path, changed(), url=f"{url}&key={TEST_KEY}")).status_code == 401


async def test_a_refusal_can_be_read_by_a_page_of_any_origin(tmp_path: Path) -> None:
    answer = await ask(tmp_path, b"{")
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    answer = await ask(tmp_path, changed(), headers={**BEARER, "Content-Encoding": "gzip"})
    assert answer.status_code == 415


async def test_an_api_key_header_opens_too(tmp_path: Path) -> None:
    assert (await ask(tmp_path, changed(), headers={"X-API-Key": TEST_KEY})).status_code == 200


OTHERS = [
    ("GET", "/tts", 405, "method_not_allowed", "The method is not allowed for the requested URL."),
    ("DELETE", "/tts", 405, "method_not_allowed", "The method is not allowed for the requested URL."),
    ("POST", "/nothing", 404, "not_found", "The requested URL was not found."),
    ("POST", "/tts/", 404, "not_found", "The requested URL was not found."),
]


@pytest.mark.parametrize(("method", "url", "status", "kind", "message"), OTHERS)
async def test_a_wrong_url_or_method_is_refused_in_the_same_envelope(
    tmp_path: Path, method: str, url: str, status: int, kind: str, message: str
) -> None:
    answer = await ask(tmp_path, changed(), method=method, url=url)
    body = answer.json()
    assert answer.status_code == body["error_code"] == status
    assert (body["error_type"], body["error_message"]) == (kind, message)
    assert set(body) == {"error_code", "error_type", "error_message", "more_info", "request_id"}


async def test_a_wrong_method_names_the_right_ones(tmp_path: Path) -> None:
    answer = await ask(tmp_path, changed(), method="GET")
    assert "POST" in answer.headers["allow"].split(", ")


async def test_a_body_that_is_not_json_by_its_type_is_refused(tmp_path: Path) -> None:
    answer = await ask(tmp_path, changed(), headers={**BEARER, "Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["error_message"]) == (415, "Content-Type must be application/json.")


async def test_an_over_long_body_is_refused(tmp_path: Path) -> None:
    answer = await ask(tmp_path, b" " * (256 * 1024) + changed())
    assert (answer.status_code, answer.json()["error_message"]) == (
        413,
        "Request body is too large (max 262144 bytes).",
    )


LATER = [
    (errors.Unauthenticated("expired"), 401, "unauthenticated", "Invalid or expired temporary API key. Create a new temporary API key and retry. See https://soniox.com/docs/guides/temporary-api-keys for details."),
    (errors.Unauthenticated("wrong_use"), 401, "unauthenticated", "The temporary API key cannot be used for this action. Each temporary API key is scoped to a specific `usage_type`; create a new key with the correct usage type."),
    (errors.PaymentRequired("balance"), 402, "organization_balance_exhausted", "Organization balance exhausted. Please either add funds manually or enable autopay."),
    (errors.PaymentRequired("organization_budget"), 402, "organization_monthly_budget_exhausted", "Organization monthly budget exhausted. Please increase it."),
    (errors.PaymentRequired("project_budget"), 402, "project_monthly_budget_exhausted", "Project monthly budget exhausted. Please increase it."),
    (errors.PermissionDenied(reason="session_expired"), 403, "temp_api_key_session_expired", "Temporary API key session duration limit exceeded. Create a new temporary API key to start a new session."),
    (errors.PermissionDenied("text_to_speech_realtime"), 403, "permission_denied", "The API key does not have the permission 'text_to_speech_realtime'."),
    (errors.DeadlineExceeded(), 408, "request_timeout", "Request timeout."),
    (errors.DurationReached(120), 413, "max_duration_reached", "Maximum audio duration of 120 seconds has been reached."),
    (errors.LimitExceeded("rate", tier="organization"), 429, "limit_exceeded", "Requests per minute limit for text-to-speech has been exceeded for your organization."),
    (errors.LimitExceeded("rate", tier="project"), 429, "limit_exceeded", "Requests per minute limit for text-to-speech has been exceeded for your project."),
    (errors.LimitExceeded("concurrency", tier="organization"), 429, "limit_exceeded", "Concurrent requests limit for text-to-speech has been exceeded for your organization."),
    (errors.LimitExceeded("concurrency", tier="project"), 429, "limit_exceeded", "Concurrent requests limit for text-to-speech has been exceeded for your project."),
    (errors.AntiphonError(), 500, "internal_error", "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our support email support@soniox.com if you keep seeing this error."),
    (errors.Unavailable(11), 503, "service_unavailable", "Cannot continue request (code 11). Please restart the request. Refer to: https://soniox.com/url/cannot-continue-request"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "kind", "message"), LATER)
def test_every_other_cause_has_its_words(error: errors.AntiphonError, status: int, kind: str, message: str) -> None:
    answer = face(error, "3d37a3bd-5078-47ee-a369-b204e3bbedda")
    assert answer.status == status
    assert orjson.loads(answer.body) == {
        "error_code": status,
        "error_type": kind,
        "error_message": message,
        "more_info": REFERENCE + kind.replace("_", "-"),
        "request_id": "3d37a3bd-5078-47ee-a369-b204e3bbedda",
    }


@pytest.mark.parametrize(
    "error", [errors.Unavailable(11, retry_after=3), errors.LimitExceeded("rate", tier="project", retry_after=3)]
)
def test_what_may_be_retried_says_when(error: errors.AntiphonError) -> None:
    assert (b"retry-after", b"3") in face(error, "id").headers
