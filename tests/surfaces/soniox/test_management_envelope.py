"""Golden pairs: what every endpoint of the management API refuses, and in which words."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from soniox.types import ApiError

from antiphon.domain import errors
from antiphon.domain.errors import LimitExceeded
from antiphon.surfaces.soniox.management.envelope import TooOften, face
from antiphon.surfaces.soniox.management.openapi import paths
from surfaces.soniox.managed import FIRST, PROJECT, SECOND, Office, open_office

REFERENCE = "https://soniox.com/docs/api-reference/errors#"
CONSOLE = "You can get an API key at https://console.soniox.com"
HINT = "(e.g. 'Authorization: Bearer <SONIOX_API_KEY>')"
TODAY = "start_time=2027-01-15T00:00:00Z&end_time=2027-01-16T00:00:00Z"
ENDPOINTS = {
    "/v1/tts-models": "GET",
    "/v1/models": "GET",
    "/v1/shared-voices": "GET",
    "/v1/usage-logs": "GET",
    "/v1/usage/summary": "GET",
    "/v1/concurrency-limits": "GET",
    "/v1/concurrent-streams-history": "GET",
    "/v1/auth/temporary-api-key": "POST",
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


KEYS = [
    ({}, 401, f"Missing API key. Provide it as an Authorization header {HINT}. {CONSOLE}."),
    ({"Authorization": "Basic x"}, 401, f"Authorization header must use the Bearer scheme {HINT}. {CONSOLE}."),
    ({"Authorization": "Bearer wrong"}, 401, f"Incorrect API key provided. {CONSOLE}"),
    ({"Authorization": "Bearer " + "k" * 251}, 400, "API key is too long (max length 250)."),
]


@pytest.mark.parametrize("url", ENDPOINTS)
@pytest.mark.parametrize(("headers", "status", "message"), KEYS)
async def test_a_wrong_key_is_refused_before_all_else(
    office: Office, url: str, headers: dict[str, str], status: int, message: str
) -> None:
    answer = await office.send(url, method=ENDPOINTS[url], headers=headers, content=b"{")
    body = answer.json()
    assert re.fullmatch(r"[0-9a-f-]{36}", body.pop("request_id"))
    kind = {400: "invalid_request", 401: "unauthenticated"}[status]
    assert (answer.status_code, body) == (
        status,
        {
            "status_code": status,
            "error_type": kind,
            "message": message,
            "validation_errors": [],
            "more_info": REFERENCE + kind.replace("_", "-"),
        },
    )


@pytest.mark.parametrize("url", ENDPOINTS)
async def test_a_key_in_the_query_is_refused_though_it_is_right(office: Office, url: str) -> None:
    status, body = await office.ask(f"{url}?api_key={await office.key()}", method=ENDPOINTS[url])
    assert (status, body["error_type"]) == (401, "unauthenticated")


@pytest.mark.parametrize("url", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_wrong_method_is_refused_with_the_right_ones(office: Office, url: str, method: str) -> None:
    if method == ENDPOINTS[url]:
        return
    answer = await office.send(url, await office.key(), method=method)
    body = answer.json()
    assert (answer.status_code, body["error_type"]) == (405, "method_not_allowed")
    assert body["message"] == "The method is not allowed for the requested URL."
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == {ENDPOINTS[url]}


async def test_what_can_be_got_can_be_asked_for_its_head(office: Office) -> None:
    assert (await office.send("/v1/tts-models", await office.key(), method="HEAD")).status_code == 200


@pytest.mark.parametrize("url", ["/v1/nothing", "/v1/usage", "/v1/tts-models/", "/v1/", "/v1/auth"])
async def test_where_there_is_nothing_the_same_envelope_says_so(office: Office, url: str) -> None:
    status, body = await office.ask(url)
    assert (status, body["error_type"], body["message"]) == (404, "not_found", "The requested URL was not found.")
    assert set(body) == {"status_code", "error_type", "message", "validation_errors", "request_id", "more_info"}


@pytest.mark.parametrize("url", ENDPOINTS)
async def test_what_was_sent_is_never_in_a_refusal(office: Office, url: str) -> None:
    mark = "zqxjk"
    names = ["model", "gender", "age", "limit", "cursor", "start_time", "end_time", "sort", "period_sec", "kind", mark]
    fields = ["usage_type", "expires_in_seconds", "client_reference_id", "single_use", mark]
    body = {name: [mark] for name in fields} if ENDPOINTS[url] == "POST" else None
    answer = await office.send(
        url, await office.key(), method=ENDPOINTS[url], params=dict.fromkeys(names, mark), json=body
    )
    assert answer.status_code == (200 if url in {"/v1/tts-models", "/v1/models", "/v1/concurrency-limits"} else 400)
    assert mark not in answer.text


SUBJECTS = {
    "/v1/tts-models": "",
    "/v1/concurrency-limits": "",
    "/v1/usage-logs": " for usage logs",
    "/v1/usage/summary": " for usage logs",
    "/v1/auth/temporary-api-key": " for temporary API key creation",
}
CLASSES = {
    "/v1/usage-logs": "usage-logs",
    "/v1/usage/summary": "usage-logs",
    "/v1/auth/temporary-api-key": "temporary-keys",
}


@pytest.mark.parametrize("tier", ["organization", "project"])
@pytest.mark.parametrize("url", SUBJECTS)
async def test_a_limit_is_named_by_what_it_is_of_and_whose(tmp_path: Path, url: str, tier: str) -> None:
    klass = CLASSES.get(url, "management")
    file = tmp_path / "limits.toml"
    file.write_text(f"[soniox.{klass}.rates.{tier}]\nlimit = 2\n", encoding="utf-8")
    async with open_office(tmp_path, limits_file=file) as office:
        for _ in range(2):
            assert (await office.ask(url, method=ENDPOINTS[url]))[0] != 429
        answer = await office.send(url, await office.key(), method=ENDPOINTS[url])
        body = answer.json()
        assert (answer.status_code, body["error_type"]) == (429, "limit_exceeded")
        assert body["message"] == f"Requests per minute limit{SUBJECTS[url]} has been exceeded for your {tier}."
        assert answer.headers["retry-after"] == "30"
        other = {"organization": (SECOND, None), "project": (FIRST, PROJECT)}[tier]
        assert (await office.ask(url, await office.key(*other), method=ENDPOINTS[url]))[0] != 429


async def test_a_hundred_a_minute_are_answered(office: Office) -> None:
    key = await office.key()
    found = [(await office.ask("/v1/models", key))[0] for _ in range(101)]
    assert found == [200] * 100 + [429]
    assert (await office.ask(f"/v1/usage-logs?{TODAY}", key))[0] == 200  # They are counted apart.


NO_VOICE = (
    "No voice with this ID exists in your project. The voice may have been deleted, the ID may be incorrect, or the "
    "voice may belong to a different project. Verify the ID by listing voices with GET /voices."
)
RATE = LimitExceeded("rate", tier="project", retry_after=3)
OTHERS: list[tuple[errors.AntiphonError, int, str, str]] = [
    (
        TooOften(RATE, klass="management"),
        429,
        "limit_exceeded",
        "Requests per minute limit has been exceeded for your project.",
    ),
    (
        errors.NotFound("unknown_voice"),
        404,
        "voice_not_found",
        NO_VOICE,
    ),
    (
        errors.Conflict("voice_name"),
        409,
        "voice_already_exists",
        "A voice with this name already exists in your project.",
    ),
    (errors.DeadlineExceeded(), 408, "request_timeout", "Request timeout."),
    (
        errors.AntiphonError(),
        500,
        "internal_error",
        "The server encountered an error. Please try again. If the issue persists contact support@soniox.com.",
    ),
    (errors.InvalidRequest("a reason without words"), 400, "invalid_request", "Invalid request."),
    (
        errors.Unavailable(15),
        503,
        "service_unavailable",
        (
            "Cannot continue request (code 15). Please restart the request. "
            "Refer to: https://soniox.com/url/cannot-continue-request"
        ),
    ),
]


@pytest.mark.parametrize(("error", "status", "kind", "message"), OTHERS)
def test_every_other_cause_has_its_words(error: errors.AntiphonError, status: int, kind: str, message: str) -> None:
    answer = face(error, "an id")
    assert answer.status == status
    assert orjson.loads(answer.body) == {
        "status_code": status,
        "error_type": kind,
        "message": message,
        "validation_errors": [],
        "request_id": "an id",
        "more_info": REFERENCE + kind.replace("_", "-"),
    }


def test_the_published_sdk_reads_the_envelope() -> None:
    read = ApiError.model_validate_json(face(errors.NotFound("path"), "an id").body)
    assert (read.status_code, read.request_id, read.validation_errors) == (404, "an id", [])


def test_what_may_be_retried_says_when() -> None:
    assert (b"retry-after", b"3") in face(TooOften(RATE, klass="management"), "id").headers


def references(value: Any) -> set[str]:
    match value:
        case dict():
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
        case _:
            return set()


def test_every_endpoint_is_documented_and_every_schema_is_there() -> None:
    documented = paths()
    assert {url: next(iter(methods)).upper() for url, methods in documented["paths"].items()} == ENDPOINTS
    schemas = {f"#/components/schemas/{name}" for name in documented["components"]["schemas"]}
    assert references(documented) <= schemas
    assert len(references(documented)) == len(schemas)
