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
from antiphon.domain.limits import Quota
from antiphon.domain.money import MilliCredits
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
}
_INVALID_KEY = "Invalid API key."

_CANNOT = ("SERVICE_UNAVAILABLE", "The server cannot do this now. Nothing was charged; please try again.")

_CONFLICTS = {
    "idempotency_in_flight": (409, "IDEMPOTENCY_IN_FLIGHT", "A request with this Idempotency-Key is in progress."),
    "idempotency_mismatch": (422, "IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used with another request."),
    "idempotency_too_large": (409, "IDEMPOTENCY_TOO_LARGE", "The sound is too long to be sent again."),
    "idempotency_gone": (409, "IDEMPOTENCY_GONE", "The sound of that request is kept no longer."),
}

_INVALID: Mapping[str, tuple[str, str]] = {
    "json": ("VALIDATION_ERROR", "The body is not a JSON object."),
    "missing": ("MISSING_FIELD", "The field '{field}' is required."),
    "wrong_type": ("INVALID_PARAM", "The field '{field}' has the wrong type."),
    "out_of_range": ("INVALID_PARAM", "The field '{field}' is out of range."),
    "not_one_of": ("INVALID_PARAM", "The field '{field}' must be one of {allowed}."),
    "unknown_voice": ("INVALID_VOICE", "There is no such voice. GET /api/v1/tts/voices lists them."),
    "provider_mismatch": ("PROVIDER_MISMATCH", "Only voices of ElevenLabs can take part in a dialogue."),
    "too_many_voices": ("INVALID_PARAM", "A dialogue has at most {limit} voices."),
    "too_long": ("TEXT_TOO_LONG", "The text has {length} characters; at most {limit} are possible."),
    "idempotency_key": ("INVALID_PARAM", "Idempotency-Key must be 1 to {limit} ASCII characters without spaces."),
}

_BUDGETS = {"organization_budget": "account", "project_budget": "project"}
"""Whose budget, by `PaymentRequired.reason`."""

_BY_CODE: Mapping[str, tuple[str, str]] = {
    "not_found": ("NOT_FOUND", "There is nothing here."),
    "method_not_allowed": ("METHOD_NOT_ALLOWED", "This method is not allowed here."),
    "too_large": ("REQUEST_TOO_LARGE", "The body is larger than {limit} bytes."),
    "unsupported_media": ("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json."),
    "duration_reached": ("AUDIO_TOO_LONG", "The text takes too long to speak. Nothing was charged."),
}


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
            return 403, _denied(error), []
        case LimitExceeded(reason="rate"):
            return _again(429, "RATE_LIMITED", "Too many requests. Please wait.", pause=error.retry_after)
        case LimitExceeded():
            text = "Another synthesis is already in progress for your account."
            return _again(409, "DUPLICATE_REQUEST", text, pause=error.retry_after)
        case Conflict():
            return _conflict(error)
        case _:
            return _rest(error)


def _rest(error: AntiphonError) -> tuple[int, dict[str, Any], Headers]:
    match error.code, error:
        case "model_unavailable", InvalidRequest(reason="unknown_model"):
            return 400, _said("INVALID_MODEL", "There is no such model.", field=error.field), []
        case "model_unavailable", _:
            return 400, _said("MODEL_NOT_AVAILABLE", "No provider serves this model on this server."), []
        case "invalid_request", InvalidRequest():
            return 400, _invalid(error), []
        case "deadline_exceeded", _:
            return _busy(_PROVIDER_PAUSE)
        case "unavailable", Unavailable():
            return _unavailable(error)
        case code, _ if code in _BY_CODE:
            kind, text = _BY_CODE[code]
            facts = error.facts if isinstance(error, InvalidRequest) else {}
            allowed = error.allowed if isinstance(error, MethodNotAllowed) else ()
            headers = [(b"allow", ", ".join(allowed).encode())] if allowed else []
            return STATUS[code], _said(kind, text.format_map(facts)), headers
        case _:
            return 500, _said("INTERNAL_ERROR", "The server had an error. You can try again."), []


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


def _denied(error: PermissionDenied) -> dict[str, Any]:
    if error.reason == "paid_access":
        text = "This voice needs an active Pro or Max subscription, or PAYG credits."
        return _said("PAID_ACCESS_REQUIRED", text)
    return _said("ENDPOINT_NOT_ACCESSIBLE", "This endpoint is not accessible with this API key.")


def _invalid(error: InvalidRequest) -> dict[str, Any]:
    code, text = _INVALID.get(error.reason, ("VALIDATION_ERROR", "The request is not valid."))
    facts = {"field": error.field, "allowed": "", **error.facts}
    more = {key: facts[key] for key in ("field", "limit", "length") if facts.get(key)}
    return _said(code, text.format_map(facts), **more)


def _said(code: str, text: str, **more: object) -> dict[str, Any]:
    return {"error": text, "code": code, **more}
