"""Golden answers of the making of temporary keys."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soniox.types import CreateTemporaryApiKeyResponse

from antiphon.domain.keys import Permission, TemporaryKey, well_formed
from surfaces.soniox.managed import Office, open_office

URL = "/v1/auth/temporary-api-key"
RIGHT = {"usage_type": "tts_rt", "expires_in_seconds": 60}
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z, where a fake clock stands.
MINT, SPEAK = Permission.TEMPORARY_API_KEYS, Permission.TEXT_TO_SPEECH_REALTIME
WRONG_USE = (
    "The temporary API key cannot be used for this action. Each temporary API key is scoped to a specific "
    "`usage_type`; create a new key with the correct usage type."
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


async def make(office: Office, key: str | None = None, **fields: Any) -> tuple[int, dict[str, Any]]:
    body = {name: value for name, value in {**RIGHT, **fields}.items() if value is not ...}
    return await office.ask(URL, key, method="POST", json=body)


async def terms(office: Office, text: str) -> TemporaryKey:
    found = (await office.keys.authenticate(text)).temporary
    assert found is not None
    return found


async def test_a_key_is_made_and_shown_with_its_end(office: Office) -> None:
    office.clock.advance(0.125)
    status, body = await make(office)
    assert status == 201
    assert body == {"api_key": body["api_key"], "expires_at": "2027-01-15T08:01:00.125Z"}
    assert well_formed(body["api_key"], "temp_")
    assert CreateTemporaryApiKeyResponse.model_validate(body).expires_at.timestamp() == NOW + 60.125


async def test_a_key_has_the_terms_that_were_asked_for(office: Office) -> None:
    asked = {"client_reference_id": "c" * 256, "single_use": True, "max_session_duration_seconds": 18_000}
    _, body = await make(office, expires_in_seconds=3600, **asked)
    key = await terms(office, body["api_key"])
    assert (key.client_reference_id, key.single_use, key.longest_session) == ("c" * 256, True, 18_000)
    assert (key.permission, key.expires_at - key.created_at) == (SPEAK, 3600)


async def test_what_is_not_said_or_null_is_not_asked_for(office: Office) -> None:
    names = ("client_reference_id", "single_use", "max_session_duration_seconds")
    for fields in ({}, dict.fromkeys(names)):
        key = await terms(office, (await make(office, **fields))[1]["api_key"])
        assert (key.client_reference_id, key.single_use, key.longest_session) == ("", False, None)


async def test_a_key_to_transcribe_with_is_made_too(office: Office) -> None:
    _, body = await make(office, usage_type="transcribe_websocket")
    assert (await terms(office, body["api_key"])).permission is Permission.SPEECH_TO_TEXT_REALTIME


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ({SPEAK}, "temporary_api_keys"),
        ({MINT}, "text_to_speech_realtime"),
        ({MINT, Permission.SPEECH_TO_TEXT_REALTIME}, "text_to_speech_realtime"),
    ],
)
async def test_who_makes_a_key_has_to_be_allowed_that_and_what_it_is_for(
    office: Office, permissions: set[Permission], missing: str
) -> None:
    status, body = await make(office, await office.key(permissions=frozenset(permissions)))
    assert (status, body["error_type"]) == (403, "permission_denied")
    assert body["message"] == f"The API key does not have the permission '{missing}'."


async def test_who_has_both_permissions_needs_no_other(office: Office) -> None:
    assert (await make(office, await office.key(permissions=frozenset({MINT, SPEAK}))))[0] == 201


@pytest.mark.parametrize("url", [URL, "/v1/tts-models", "/v1/concurrency-limits"])
async def test_with_a_temporary_key_nothing_is_managed(office: Office, url: str) -> None:
    _, made = await make(office)
    status, body = await office.ask(url, made["api_key"], method="POST" if url == URL else "GET", json=RIGHT)
    assert (status, body["error_type"], body["message"]) == (401, "unauthenticated", WRONG_USE)


def fault(field: str, kind: str, message: str) -> dict[str, str]:
    return {"error_type": kind, "location": f"body.payload.{field}", "message": message}


MISSING = "Field required"
WRONG: list[tuple[dict[str, Any], list[dict[str, str]]]] = [
    ({"usage_type": ...}, [fault("usage_type", "missing", MISSING)]),
    ({"expires_in_seconds": ...}, [fault("expires_in_seconds", "missing", MISSING)]),
    (
        {"usage_type": "sing"},
        [fault("usage_type", "literal_error", "Input should be 'tts_rt' or 'transcribe_websocket'")],
    ),
    (
        {"expires_in_seconds": 3601},
        [fault("expires_in_seconds", "less_than_equal", "Input should be less than or equal to 3600")],
    ),
    (
        {"expires_in_seconds": 0},
        [fault("expires_in_seconds", "greater_than_equal", "Input should be greater than or equal to 1")],
    ),
    ({"expires_in_seconds": "60"}, [fault("expires_in_seconds", "int_type", "Input should be a valid integer")]),
    ({"expires_in_seconds": True}, [fault("expires_in_seconds", "int_type", "Input should be a valid integer")]),
    (
        {"client_reference_id": "c" * 257},
        [fault("client_reference_id", "string_too_long", "String should have at most 256 characters")],
    ),
    ({"single_use": "yes"}, [fault("single_use", "bool_type", "Input should be a valid boolean")]),
    (
        {"max_session_duration_seconds": 18_001},
        [fault("max_session_duration_seconds", "less_than_equal", "Input should be less than or equal to 18000")],
    ),
    (
        {"max_session_duration_seconds": 0},
        [fault("max_session_duration_seconds", "greater_than_equal", "Input should be greater than or equal to 1")],
    ),
    (
        {"usage_type": None, "expires_in_seconds": 0},
        [
            fault("usage_type", "literal_error", "Input should be 'tts_rt' or 'transcribe_websocket'"),
            fault("expires_in_seconds", "greater_than_equal", "Input should be greater than or equal to 1"),
        ],
    ),
]


@pytest.mark.parametrize(("fields", "faults"), WRONG)
async def test_a_wrong_body_is_refused_fault_by_fault(
    office: Office, fields: dict[str, Any], faults: list[dict[str, str]]
) -> None:
    status, body = await make(office, **fields)
    assert (status, body["error_type"], body["validation_errors"]) == (400, "invalid_request", faults)


BODIES = [
    (b"{", 400, "Invalid JSON body", []),
    (b'{"expires_in_seconds": NaN}', 400, "Invalid JSON body", []),
    (
        b"[]",
        400,
        None,
        [
            {
                "error_type": "model_type",
                "location": "body.payload",
                "message": "Input should be a valid dictionary or instance of CreateTemporaryApiKeyPayload",
            }
        ],
    ),
    (b" " * (64 * 1024) + b"{}", 413, "Request body is too large (max 65536 bytes).", []),
]


@pytest.mark.parametrize(("content", "expected", "message", "faults"), BODIES)
async def test_what_is_no_such_body_is_refused(
    office: Office, content: bytes, expected: int, message: str | None, faults: list[dict[str, str]]
) -> None:
    headers = {"Content-Type": "application/json"}
    status, body = await office.ask(URL, method="POST", content=content, headers=headers)
    assert (status, body["validation_errors"]) == (expected, faults)
    assert message is None or body["message"] == message


async def test_a_body_of_another_type_is_refused(office: Office) -> None:
    headers = {"Content-Type": "text/plain"}
    status, body = await office.ask(URL, method="POST", content=b"{}", headers=headers)
    assert (status, body["error_type"], body["message"]) == (
        415,
        "unsupported_media_type",
        "Content-Type must be application/json.",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
BODY = st.fixed_dictionaries(
    {"usage_type": st.just("tts_rt") | JSON, "expires_in_seconds": st.integers(1, 3600) | JSON},
    optional={
        "client_reference_id": st.text(max_size=300) | JSON,
        "single_use": JSON,
        "max_session_duration_seconds": JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODY | JSON)
async def test_no_body_is_too_much(office: Office, body: Any) -> None:
    office.clock.advance(60)
    try:
        content = orjson.dumps(body)
    except orjson.JSONEncodeError:
        content = repr(body).encode("utf-8", "surrogatepass")
    status, _ = await office.ask(URL, method="POST", content=content, headers={"Content-Type": "application/json"})
    assert status in {201, 400}
