"""Golden pairs: every refusal of Sonna's routes. Source: contracts, Sonna §1.8 and §1.10."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from antiphon.domain import errors
from antiphon.domain.keys import Permission
from antiphon.domain.limits import Quota
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.surfaces.sonna import face, owns
from antiphon.surfaces.sonna.errors import InsufficientCredits, quota_headers, status_of
from antiphon.testing import TEST_KEY
from surfaces.sonna.served import Echo

PATH = "/api/v1/tts/synthesize"
FIRST_BALANCE = 1_000_000 + 187_000


def told(answer: httpx.Response) -> dict[str, Any]:
    """The body, less what every one of them has."""
    body = answer.json()
    assert body.pop("success") is False
    assert body.pop("requestId") == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"
    return body


def missing(field: str) -> dict[str, str]:
    return {"error": f"The field '{field}' is required.", "code": "MISSING_FIELD", "field": field}


def wrong(field: str, what: str) -> dict[str, str]:
    return {"error": f"The field '{field}' {what}.", "code": "INVALID_PARAM", "field": field}


NO_OBJECT = {"error": "The body is not a JSON object.", "code": "VALIDATION_ERROR"}
NO_VOICE = {
    "error": "There is no such voice. GET /api/v1/tts/voices lists them.",
    "code": "INVALID_VOICE",
    "field": "voice",
}
NO_MODEL = {
    "error": "There is no such model. GET /api/v1/tts/models lists them.",
    "code": "INVALID_MODEL",
    "field": "ttsModel",
}
FORMATS = "'mp3_44100_128', 'mp3', 'pcm_8000', 'pcm_16000', 'pcm_22050' or 'pcm_24000'"

FIELDS = [
    ({"text": ...}, missing("text")),
    ({"text": None}, missing("text")),
    ({"text": ""}, missing("text")),
    ({"text": " \n\t\u3000"}, missing("text")),
    ({"text": 1}, wrong("text", "must be text")),
    ({"voice": ...}, missing("voice")),
    ({"voice": ""}, missing("voice")),
    ({"voice": ["Alice"]}, wrong("voice", "must be text")),
    ({"text": ..., "voice": ...}, missing("text")),
    ({"voice": "nobody"}, NO_VOICE),
    ({"voice": "c692e0f3-0c68-5cc6-b147-2575b18de4c4"}, NO_VOICE),
    ({"voice": "v" * 100_000}, NO_VOICE),
    ({"ttsModel": "tts-1"}, NO_MODEL),
    ({"ttsModel": 3}, wrong("ttsModel", "must be text")),
    ({"response_format": "wav"}, wrong("response_format", f"must be one of {FORMATS}")),
    ({"response_format": 1}, wrong("response_format", f"must be one of {FORMATS}")),
    ({"response_type": "blob"}, wrong("response_type", "must be one of 'json' or 'binary'")),
    ({"speed": 0.24}, wrong("speed", "must be at least 0.25")),
    ({"speed": 4.01}, wrong("speed", "must be at most 4.0")),
    ({"speed": "1.0"}, wrong("speed", "must be a number")),
    ({"speed": True}, wrong("speed", "must be a number")),
    *[({name: -0.1}, wrong(name, "must be at least 0.0")) for name in ("stability", "similarity_boost", "pitch")],
    *[({name: 1.1}, wrong(name, "must be at most 1.0")) for name in ("stability", "style_exaggeration", "pitch")],
    ({"speaker_boost": 1}, wrong("speaker_boost", "must be true or false")),
    ({"language_override": "en"}, wrong("language_override", "must be true or false")),
    ({"style_instructions": 1}, wrong("style_instructions", "must be text")),
    ({"style_instructions_enabled": 0}, wrong("style_instructions_enabled", "must be true or false")),
    ({"title": 5}, wrong("title", "must be text")),
]


@pytest.mark.parametrize(("fields", "body"), FIELDS)
async def test_a_wrong_field_is_told_by_name(serving, fields, body) -> None:
    async with serving() as sonna:
        answer = await sonna.say(**fields)
        assert (answer.status_code, told(answer)) == (400, body)
        assert await sonna.credits() == FIRST_BALANCE


DEEP = b'{"text": "Hello.", "voice": "Alice", "deep": ' + b"[" * 500 + b"]" * 500 + b"}"
"""What can be read and not written again."""


def not_parsed(column: int, line: int = 1) -> dict[str, str]:
    text = f"The body is not valid JSON: line {line}, column {column}."
    return {"error": text, "code": "VALIDATION_ERROR"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", not_parsed(1)),
        (b"{", not_parsed(2)),
        (b'{"text": "Hello.",\n "voice": "Alice",}', not_parsed(18, line=2)),
        (b"{'text': 'Hello.'}", not_parsed(2)),
        (b'{"speed": NaN}', not_parsed(11)),
        (b'{"text": "\\ud800"}', not_parsed(11)),
        (b"[]", NO_OBJECT),
        (b'"text"', NO_OBJECT),
        (b"null", NO_OBJECT),
        (DEEP, NO_OBJECT),
    ],
)
async def test_what_is_no_json_object_is_told(serving, content: bytes, expected: dict[str, str]) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(PATH, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, told(answer)) == (400, expected)


LENGTHS = [
    ("Alice", "eleven-v3", 5_000),
    ("Alice", "eleven-multilingual-v2", 10_000),
    ("Alice", "eleven-flash-v2-5", 40_000),
    ("Kore", "gemini-2-5-flash", 3_000),
    ("Kore", "gemini-2-5-pro", 3_000),
    ("en-US-Neural2-D", "google-neural2", 3_000),
    ("en-US-Wavenet-D", "google-wavenet", 3_000),
]


@pytest.mark.parametrize(("voice", "model", "limit"), LENGTHS)
async def test_each_model_has_its_longest_text(serving, voice: str, model: str, limit: int) -> None:
    async with serving() as sonna:
        longest = await sonna.say(voice=voice, ttsModel=model, text="\u00e9" * limit)
        longer = await sonna.say(voice=voice, ttsModel=model, text="\u00e9" * (limit + 1))
    assert longest.status_code == 200
    assert (longer.status_code, told(longer)) == (
        400,
        {
            "error": f"The text has {limit + 1} characters; at most {limit} are possible.",
            "code": "TEXT_TOO_LONG",
            "field": "text",
            "limit": limit,
            "length": limit + 1,
        },
    )


async def test_the_free_plan_has_a_shorter_longest_text(serving) -> None:
    async with serving() as sonna:
        key = await sonna.key_of_new_account()
        answer = await sonna.say(key, voice="en-US-Neural2-D", text="x" * 1_001)
        assert await sonna.credits(key) == 10_000
    assert (answer.status_code, told(answer)["limit"]) == (400, 1_000)


async def test_the_limit_is_that_of_the_model_that_serves(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.say(voice="Kore", ttsModel="eleven-flash-v2-5", text="x" * 3_001)
    assert told(answer)["limit"] == 3_000


@pytest.mark.parametrize("voice", ["Alice", "Kore"])
async def test_the_free_plan_has_googles_voices_only(serving, voice: str) -> None:
    async with serving() as sonna:
        key = await sonna.key_of_new_account()
        answer = await sonna.say(key, voice=voice, text="x" * 5_000)
        assert await sonna.credits(key) == 10_000
    assert (answer.status_code, told(answer)) == (
        403,
        {
            "error": "This voice needs an active Pro or Max subscription, or PAYG credits.",
            "code": "PAID_ACCESS_REQUIRED",
        },
    )


async def test_a_balance_that_is_too_small_is_told_and_stays(serving) -> None:
    async with serving() as sonna:
        key = await sonna.key_of_new_account(payg=1)
        answers = [await sonna.say(key, voice="en-US-Neural2-D", text="x" * 3_000) for _ in range(8)]
        assert await sonna.credits(key) == 551
    assert [answer.status_code for answer in answers] == [200] * 7 + [402]
    assert told(answers[-1]) == {
        "error": "Insufficient credits. Nothing was charged.",
        "code": "INSUFFICIENT_CREDITS",
        "required": 1350,
        "available": 551,
    }


@pytest.mark.parametrize("whose", ["account", "project"])
async def test_a_budget_that_does_not_allow_it_is_told_and_stays(serving, whose: str) -> None:
    async with serving() as sonna:
        account = await sonna.house.keys.first_account()
        of = account.id if whose == "project" else None
        await sonna.house.projects.set_budget(account.id, MilliCredits(11 * CREDIT), project_id=of)
        answers = [await sonna.say() for _ in range(2)]
        assert await sonna.credits() == FIRST_BALANCE - 6
        await sonna.house.projects.clear_budget(account.id, project_id=of)
        assert (await sonna.say()).status_code == 200
    assert [answer.status_code for answer in answers] == [200, 402]
    assert told(answers[-1]) == {
        "error": f"The monthly budget of the {whose} does not allow this. Nothing was charged.",
        "code": "BUDGET_EXHAUSTED",
    }


ROUTES = [
    ("POST", PATH),
    ("POST", "/api/v1/tts/synthesize-dialogue"),
    ("POST", "/api/v1/tts/enhance"),
    ("POST", "/api/v1/tts/enhance-dialogue"),
    ("POST", "/api/v1/tts/favorites/toggle"),
    *[("GET", f"/api/v1/tts/{name}") for name in ("voices", "filters", "favorites", "models")],
    ("GET", "/api/v1/user/credits"),
]
INVALID_KEY = "Invalid API key."
MISSING_KEY = "Missing API key. Send it as X-API-Key or as Authorization: Bearer."
KEYS = [
    ({"X-API-Key": ""}, MISSING_KEY),
    ({"X-API-Key": "wrong"}, INVALID_KEY),
    ({"X-API-Key": "k" * 251}, INVALID_KEY),
    ({"X-API-Key": "", "Authorization": "Basic abc"}, "The Authorization header must be: Bearer <API key>."),
    ({"X-API-Key": "wrong", "Authorization": "Bearer test-key-of-at-least-24-characters"}, INVALID_KEY),
]


@pytest.mark.parametrize(("headers", "text"), KEYS)
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_wants_a_key(serving, method: str, path: str, headers, text: str) -> None:
    async with serving() as sonna:
        answer = await sonna.http.request(method, path, headers=headers)
    assert (answer.status_code, told(answer)) == (401, {"error": text, "code": "UNAUTHORIZED"})


async def test_a_key_in_the_address_is_refused(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get("/api/v1/user/credits?api_key=test-key-of-at-least-24-characters")
    assert (answer.status_code, told(answer)["code"]) == (401, "UNAUTHORIZED")


async def test_both_headers_carry_keys(serving) -> None:
    bearer = {"X-API-Key": "", "Authorization": "Bearer test-key-of-at-least-24-characters"}
    async with serving() as sonna:
        assert (await sonna.say(bearer)).status_code == 200


async def test_a_key_that_may_not_speak_is_refused(serving) -> None:
    async with serving() as sonna:
        account = await sonna.house.keys.first_account()
        _, key = await sonna.house.keys.create(account.id, "files", permissions=frozenset({Permission.FILES}))
        answer = await sonna.say({"X-API-Key": key})
    assert (answer.status_code, told(answer)["code"]) == (403, "ENDPOINT_NOT_ACCESSIBLE")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_temporary_key_is_for_nothing_that_is_done_here(serving, method: str, path: str) -> None:
    async with serving() as sonna:
        parent = await sonna.house.keys.authenticate(TEST_KEY)
        permission = Permission.TEXT_TO_SPEECH_REALTIME
        _, key = await sonna.house.temporary.mint(parent, permission=permission, seconds=60)
        answer = await sonna.http.request(method, path, headers={"X-API-Key": key}, json={})
    assert (answer.status_code, told(answer)) == (
        401,
        {"error": "Temporary API keys are not accepted here.", "code": "UNAUTHORIZED"},
    )


async def test_the_thirty_first_request_of_a_minute_is_refused(serving) -> None:
    async with serving() as sonna:
        for _ in range(30):
            assert (await sonna.say(voice="nobody")).status_code == 400
        refused = await sonna.say()
        sonna.clock.advance(2)
        assert (await sonna.say()).status_code == 200
    assert (refused.status_code, told(refused)) == (
        429,
        {"error": "Too many requests. Please wait.", "code": "RATE_LIMITED", "retryAfter": 2},
    )
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("2", "0")
    assert refused.headers["x-ratelimit-limit"] == "30"


async def test_a_second_synthesis_at_the_same_time_is_refused(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker) as sonna:
        first = asyncio.create_task(sonna.say())
        await maker.begun.wait()
        second = await sonna.say()
        other = await sonna.key_of_new_account(plan="pro")
        assert (await sonna.credits(other)) == 102_000
        maker.may_speak.set()
        assert (await first).status_code == 200
        assert (await sonna.say()).status_code == 200
        assert await sonna.credits() == FIRST_BALANCE - 12
    assert (second.status_code, second.headers["retry-after"]) == (409, "1")
    assert told(second) == {
        "error": "Another synthesis is already in progress for your account.",
        "code": "DUPLICATE_REQUEST",
        "retryAfter": 1,
    }


@pytest.mark.parametrize(
    ("failure", "good", "status", "code", "pause"),
    [
        (errors.Unavailable(errors.UnavailableCause.OVERLOADED, retry_after=7), 0, 503, "PROVIDER_BUSY", "7"),
        (errors.Unavailable(errors.UnavailableCause.MAKER_DIED), 1, 503, "PROVIDER_BUSY", "1"),
        (errors.Unavailable(errors.UnavailableCause.SHUTTING_DOWN), 0, 503, "SERVICE_UNAVAILABLE", "1"),
        (errors.DeadlineExceeded(), 0, 503, "PROVIDER_BUSY", "5"),
    ],
)
async def test_a_failure_costs_nothing_and_leaves_nothing(
    serving, failure: errors.AntiphonError, good: int, status: int, code: str, pause: str
) -> None:
    async with serving(Echo(failure=failure, good=good)) as sonna:
        answer = await sonna.say()
        assert await sonna.credits() == FIRST_BALANCE
        assert [path for path in sonna.files.rglob("*") if path.is_file()] == []
    assert (answer.status_code, told(answer)["code"], answer.headers["retry-after"]) == (status, code, pause)


async def test_sound_that_goes_on_for_hours_is_refused_and_costs_nothing(serving) -> None:
    async with serving(Echo(capped=True)) as sonna:
        answer = await sonna.say()
        assert await sonna.credits() == FIRST_BALANCE
    assert (answer.status_code, told(answer)["code"]) == (413, "AUDIO_TOO_LONG")


async def test_sound_without_an_end_of_its_own_is_a_failure_and_costs_nothing(serving) -> None:
    class Broken(Echo):
        async def _pieces(self, text):
            async for piece in super()._pieces(text):
                if not piece.last:
                    yield piece

    async with serving(Broken()) as sonna:
        answer = await sonna.say()
        assert await sonna.credits() == FIRST_BALANCE
    assert (answer.status_code, told(answer)["code"]) == (503, "PROVIDER_BUSY")


async def test_without_stand_ins_a_vendors_model_is_not_available(serving) -> None:
    async with serving(stand_ins=False) as sonna:
        answer = await sonna.say()
    assert (answer.status_code, told(answer)["code"]) == (400, "MODEL_NOT_AVAILABLE")


async def test_a_body_of_another_type_is_refused(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(PATH, content=b"text=a", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, told(answer)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_is_too_large_is_refused(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.say(text="x" * (1024 * 1024))
    assert (answer.status_code, told(answer)["code"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", "/api/v1/tts/", "/api/v2/x", "/api/v1/sonica"])
async def test_other_paths_are_not_found_in_sonnas_words(serving, path: str) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get(path)
    assert (answer.status_code, told(answer)) == (404, {"error": "There is nothing here.", "code": "NOT_FOUND"})


async def test_other_methods_are_refused(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get(PATH)
    assert (answer.status_code, told(answer)["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/api/generate", True),
        ("/api/auth/login", True),
        ("/api/v1/tts/voices", True),
        ("/api/v1/get-creditsx", True),
        ("/api/v1/sonic/create", False),
        ("/api/v1/producer", False),
        ("/api/v1/get-credits", False),
        ("/api/v1/studio/x", False),
        ("/tts", False),
        ("/v1/models", False),
        ("/apiary", False),
    ],
)
def test_sonna_words_the_errors_of_its_paths_only(path: str, ours: bool) -> None:
    assert owns(path) is ours


def _error(kind: type[errors.AntiphonError]) -> errors.AntiphonError:
    match kind:
        case errors.InvalidRequest | errors.NotFound | errors.ModelUnavailable | errors.UnsupportedMedia:
            return kind("anything", "field")
        case errors.TooLarge:
            return errors.TooLarge("body", "", limit=1)
        case errors.MethodNotAllowed:
            return errors.MethodNotAllowed(("GET",))
        case errors.Unauthenticated | errors.PaymentRequired | errors.Conflict:
            return kind("anything")
        case errors.LimitExceeded:
            return errors.LimitExceeded("rate", tier="key")
        case errors.DurationReached:
            return errors.DurationReached(1.0)
        case errors.Unavailable:
            return errors.Unavailable(99)
        case _:
            return kind()


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_no_error_of_ours_is_without_words(kind: type) -> None:
    if issubclass(kind, errors.AntiphonError):
        error = _error(kind)
        body = orjson.loads(face(error, "id").body)
        assert body["code"].isupper()
        assert (body["code"] == "INTERNAL_ERROR") == (status_of(error) == 500)
        assert (status_of(error) == 500) == (kind is errors.AntiphonError)


def test_amounts_are_told_to_a_thousandth() -> None:
    body = orjson.loads(face(InsufficientCredits(required=1_831_500, available=99_999), "id").body)
    assert (body["required"], body["available"]) == (1831.5, 99)


def test_an_unlimited_route_says_nothing_of_limits() -> None:
    assert quota_headers(None) == []
    assert quota_headers(Quota(limit=30, remaining=2, reset=9))[2] == (b"x-ratelimit-reset", b"9")
