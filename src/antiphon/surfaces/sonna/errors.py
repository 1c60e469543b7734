"""The words of the Sonna dialect. Source: contracts, Sonna §1.8 to §1.10; sentences are ours but for the 429's."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from antiphon.domain.errors import (
    AntiphonError,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    MethodNotAllowed,
    PaymentRequired,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    UnavailableCause,
)
from antiphon.domain.keys import MOST_ACTIVE
from antiphon.domain.limits import Quota
from antiphon.domain.money import MilliCredits
from antiphon.domain.users import SHORTEST_PASSWORD
from antiphon.surfaces.sonna.numbers import credits_exactly, whole_credits
from antiphon.web.errors import STATUS, Answer, Headers, json_answer

_OURS = re.compile(r"/api/(?!v1/(?:sonic|producer|nuro|riffusion|studio|get-credits)(?:/|$))")

_PROVIDER_PAUSE = 5
"""Seconds to wait for a provider that said nothing. Source: contracts, Sonna §2.11."""

_UNAUTHENTICATED = {
    "missing": "Missing API key. Send it as X-API-Key or as Authorization: Bearer.",
    "scheme": "The Authorization header must be: Bearer <API key>.",
    "wrong_use": "Temporary API keys are not accepted here.",
    "in_query": "API keys are not accepted in the URL. Send it in a header, and replace the key: a URL is no secret.",
    "credentials": "E-mail or password is wrong.",
    "refresh": "This refresh token opens nothing any more. Sign in again.",
    "incorrect_token": "Invalid token. Refresh it, or sign in again.",
    "token_as_key": "This is a token, not an API key. Send it as Authorization: Bearer.",
    "expired_token": "The token has expired. Refresh it, or sign in again.",
}
_INVALID_KEY = "Invalid API key."

_SYNTHESIS = "Another synthesis is already in progress for your account."
_GENERATIONS = "As many generations as may be are already in progress for your account."

_CANNOT = ("SERVICE_UNAVAILABLE", "The server cannot do this now. Nothing was charged; please try again.")

_IN_DOUBT = "It is not known whether this was accepted. Look at your credits before you try again."

_CONFLICTS = {
    "key_limit": (400, "KEY_LIMIT_REACHED", f"There are {MOST_ACTIVE} active API keys already. Revoke one first."),
    "email_taken": (409, "EMAIL_TAKEN", "This e-mail cannot be registered: it is taken."),
    "idempotency_in_flight": (409, "IDEMPOTENCY_IN_FLIGHT", "A request with this Idempotency-Key is in progress."),
    "idempotency_mismatch": (422, "IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used with another request."),
    "idempotency_too_large": (409, "IDEMPOTENCY_TOO_LARGE", "The sound is too long to be sent again."),
    "job_ended": (409, "JOB_ENDED", "The job has ended before."),
    "idempotency_gone": (409, "IDEMPOTENCY_GONE", "The sound of that request is kept no longer."),
}

_INVALID: Mapping[str, tuple[str, str]] = {
    "json": ("VALIDATION_ERROR", "The body is not a JSON object."),
    "missing": ("MISSING_FIELD", "The field '{field}' is required."),
    "wrong_type": ("INVALID_PARAM", "The field '{field}' must be {expected}."),
    "out_of_range": ("INVALID_PARAM", "The field '{field}' must be {expected}."),
    "not_one_of": ("INVALID_PARAM", "The field '{field}' must be one of {allowed}."),
    "too_many": ("INVALID_PARAM", "That would be more than {limit} totals: ask for fewer days, or for fewer groups."),
    "unknown_voice": ("INVALID_VOICE", "There is no such voice. GET /api/v1/tts/voices lists them."),
    "provider_mismatch": ("PROVIDER_MISMATCH", "Only voices of ElevenLabs can take part in a dialogue."),
    "too_many_voices": ("INVALID_PARAM", "A dialogue has at most {limit} voices."),
    "too_long": ("TEXT_TOO_LONG", "The text has {length} characters; at most {limit} are possible."),
    "email": ("INVALID_PARAM", "The field 'email' must be an e-mail address of at most {limit} characters."),
    "password": ("INVALID_PARAM", f"The field 'password' must have {SHORTEST_PASSWORD} to {{limit}} characters."),
    "name": ("INVALID_PARAM", "The field 'name' must have 1 to {limit} printable characters."),
    "title": ("INVALID_PARAM", "The field 'title' must have 1 to {limit} characters, and not only spaces."),
    "idempotency_key": ("INVALID_PARAM", "Idempotency-Key must be 1 to {limit} ASCII characters without spaces."),
}

_UNPROCESSABLE: Mapping[str, tuple[str, str]] = {
    "json": ("VALIDATION_ERROR", "The body is not a JSON object."),
    "missing": ("VALIDATION_ERROR", "The field '{field}' is required."),
    "wrong_type": ("VALIDATION_ERROR", "The field '{field}' must be {expected}."),
    "out_of_range": ("VALIDATION_ERROR", "The field '{field}' must be {expected}."),
    "not_one_of": ("VALIDATION_ERROR", "The field '{field}' must be one of {allowed}."),
    "too_long": ("VALIDATION_ERROR", "The field '{field}' has {length} characters; at most {limit} are possible."),
    "not_fetched": ("VALIDATION_ERROR", "The picture in '{field}' cannot be fetched."),
    "unreadable": ("VALIDATION_ERROR", "The picture in '{field}' is no PNG, JPEG or WebP that can be read."),
    "too_large": ("VALIDATION_ERROR", "The picture in '{field}' is larger than 20 MiB or 40 million pixels."),
    "unknown_model": ("INVALID_MODEL", "There is no such model for this type. GET /api/v1/models lists them."),
    "not_served": ("MODEL_NOT_AVAILABLE", "No provider serves this model on this server."),
    "content": ("CONTENT_REJECTED", "This is not made on request. Nothing was charged."),
}

_NOT_PARSED = ("VALIDATION_ERROR", "The body is not valid JSON: line {line}, column {column}.")

_BUDGETS = {"organization_budget": "account", "project_budget": "project"}
"""Whose budget, by `PaymentRequired.reason`."""

_DENIED = {
    "paid_access": ("PAID_ACCESS_REQUIRED", "This voice needs an active Pro or Max subscription, or PAYG credits."),
    "paid_generation": (
        "PAID_ACCESS_REQUIRED",
        "Pictures, music and films need an active Pro or Max subscription, or PAYG credits.",
    ),
    "signed_in": (
        "ENDPOINT_NOT_ACCESSIBLE",
        "This endpoint is not accessible with an API key. Sign in, and send the token.",
    ),
    "switched_off": ("ENDPOINT_NOT_AVAILABLE", "This endpoint is not available on this server."),
    "paid_keys": ("PAID_ACCESS_REQUIRED", "API keys need an active Pro or Max subscription, or PAYG credits."),
    "registration_closed": ("REGISTRATION_CLOSED", "Nobody can register here. Ask who runs the server."),
    "invite": ("INVITE_INVALID", "This invite is none, or is used up, or has expired."),
}
_NOT_ACCESSIBLE = ("ENDPOINT_NOT_ACCESSIBLE", "This endpoint is not accessible with this API key.")

_BY_CODE: Mapping[str, tuple[str, str]] = {
    "not_found": ("NOT_FOUND", "There is nothing here."),
    "method_not_allowed": ("METHOD_NOT_ALLOWED", "This method is not allowed here. Allowed: {allowed}."),
    "too_large": ("REQUEST_TOO_LARGE", "The body is larger than {limit} bytes."),
    "unsupported_media": ("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json."),
    "duration_reached": ("AUDIO_TOO_LONG", "The text takes too long to speak. Nothing was charged."),
}
_PACKED = ("UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not possible here. Send the body as it is.")
_NO_MODEL = ("INVALID_MODEL", "There is no such model. GET /api/v1/tts/models lists them.")


class InsufficientCredits(PaymentRequired):
    """The balance is too small for this.

    Args:
        required: What it costs.
        available: What can be spent.
    """

    def __init__(self, *, required: MilliCredits, available: MilliCredits) -> None:
        super().__init__("balance")
        self.required = required
        self.available = available


class Unprocessable(InvalidRequest):
    """A body that is wrong, where that is 422: see contracts, Sonna §1.9, 2."""


class TooManyGenerations(LimitExceeded):
    """As many pictures, songs and films as may be are being made."""


def owns(path: str) -> bool:
    """Whether the errors of a path are worded here, also where there is nothing."""
    return _OURS.match(path) is not None


def face(error: AntiphonError, request_id: str) -> Answer:
    """The answer to an error."""
    status, body, headers = _wording(error)
    return json_answer(status, orjson.dumps({"success": False, **body, "requestId": request_id}), headers)


def status_of(error: AntiphonError) -> int:
    """The HTTP status that this dialect gives to an error."""
    return _wording(error)[0]


def words(error: AntiphonError) -> str:
    """What is said of an error, for people."""
    return str(_wording(error)[1]["error"])


def quota_headers(quota: Quota | None) -> Headers:
    """What every answer of a limited route says about the limit."""
    if quota is None:
        return []
    return [
        (b"x-ratelimit-limit", str(quota.limit).encode()),
        (b"x-ratelimit-remaining", str(quota.remaining).encode()),
        (b"x-ratelimit-reset", str(quota.reset).encode()),
    ]


def _wording(error: AntiphonError) -> tuple[int, dict[str, Any], Headers]:
    """Status, body and headers."""
    match error:
        case Unauthenticated():
            return 401, _said("UNAUTHORIZED", _UNAUTHENTICATED.get(error.reason, _INVALID_KEY)), []
        case InvalidRequest(field="api_key"):
            return 401, _said("UNAUTHORIZED", _INVALID_KEY), []
        case PaymentRequired():
            return 402, _insufficient(error), []
        case PermissionDenied():
            return 403, _said(*_DENIED.get(error.reason, _NOT_ACCESSIBLE)), []
        case LimitExceeded(reason="rate"):
            return _again(429, "RATE_LIMITED", "Too many requests. Please wait.", pause=error.retry_after)
        case LimitExceeded():
            text = _GENERATIONS if isinstance(error, TooManyGenerations) else _SYNTHESIS
            return _again(409, "DUPLICATE_REQUEST", text, pause=error.retry_after)
        case Conflict():
            return _conflict(error)
        case _:
            return _rest(error)


def _rest(error: AntiphonError) -> tuple[int, dict[str, Any], Headers]:
    match error.code, error:
        case "model_unavailable", InvalidRequest(reason="unknown_model"):
            return 400, _said(*_NO_MODEL, field=error.field), []
        case "model_unavailable", _:
            return 400, _said("MODEL_NOT_AVAILABLE", "No provider serves this model on this server."), []
        case _, InvalidRequest(reason="no_provider"):
            return 501, _said("NOT_CONFIGURED", "Nobody else signs people in here. Use /api/auth/login."), []
        case "invalid_request", InvalidRequest():
            return _invalid(error)
        case "deadline_exceeded", _:
            return _busy(_PROVIDER_PAUSE)
        case "unavailable", Unavailable():
            return _unavailable(error)
        case code, _ if code in _BY_CODE:
            return _plain(error)
        case _:
            return 500, _said("INTERNAL_ERROR", "The server had an error. You can try again."), []


def _plain(error: AntiphonError) -> tuple[int, dict[str, Any], Headers]:
    facts: dict[str, object] = {}
    headers: Headers = []
    kind, text = _BY_CODE[error.code]
    match error:
        case MethodNotAllowed():
            facts = {"allowed": ", ".join(error.allowed)}
            headers = [(b"allow", ", ".join(error.allowed).encode())]
        case InvalidRequest(reason="content_encoding"):
            kind, text = _PACKED
        case InvalidRequest():
            facts = error.facts
    return STATUS[error.code], _said(kind, text.format_map(facts)), headers


def _conflict(error: Conflict) -> tuple[int, dict[str, Any], Headers]:
    if error.reason not in _CONFLICTS:  # The ledger took the request for dead, and gave back what it held.
        return _again(503, *_CANNOT, pause=1)
    status, code, text = _CONFLICTS[error.reason]
    if error.reason == "idempotency_in_flight":
        return _again(status, code, text, pause=1)
    return status, _said(code, text), []


def _unavailable(error: Unavailable) -> tuple[int, dict[str, Any], Headers]:
    if error.cause in {UnavailableCause.OVERLOADED, UnavailableCause.MAKER_DIED, UnavailableCause.MAKER_NOT_READY}:
        return _busy(error.retry_after)
    if error.cause == UnavailableCause.IN_DOUBT:
        return _again(503, _CANNOT[0], _IN_DOUBT, pause=error.retry_after)
    if error.cause == UnavailableCause.FAIR_USE_FULL:
        text = "Too many requests for this provider are waiting. Nothing was charged."
        return _again(503, "SERVER_BUSY", text, pause=error.retry_after)
    return _again(503, *_CANNOT, pause=error.retry_after)


def _busy(pause: int) -> tuple[int, dict[str, Any], Headers]:
    return _again(503, "PROVIDER_BUSY", "The provider is over capacity. Nothing was charged.", pause=pause)


def _again(status: int, code: str, text: str, *, pause: int) -> tuple[int, dict[str, Any], Headers]:
    return status, _said(code, text, retryAfter=pause), [(b"retry-after", str(pause).encode())]


def _insufficient(error: PaymentRequired) -> dict[str, Any]:
    if error.reason in _BUDGETS:
        whose = _BUDGETS[error.reason]
        return _said("BUDGET_EXHAUSTED", f"The monthly budget of the {whose} does not allow this. Nothing was charged.")
    body = _said("INSUFFICIENT_CREDITS", "Insufficient credits. Nothing was charged.")
    if isinstance(error, InsufficientCredits):
        body |= {"required": credits_exactly(error.required), "available": whole_credits(error.available)}
    return body


def _invalid(error: InvalidRequest) -> tuple[int, dict[str, Any], Headers]:
    status, words = (422, _UNPROCESSABLE) if isinstance(error, Unprocessable) else (400, _INVALID)
    code, text = words.get(error.reason, ("VALIDATION_ERROR", "The request is not valid."))
    if error.reason == "json" and "line" in error.facts:
        code, text = _NOT_PARSED
    facts = {"field": error.field, "allowed": "", "expected": "in its range", **error.facts}
    more = {key: facts[key] for key in ("field", "limit", "length") if facts.get(key)}
    return status, _said(code, text.format_map(facts), **more), []


def _said(code: str, text: str, **more: object) -> dict[str, Any]:
    return {"error": text, "code": code, **more}
