"""The words of the MusicAPI dialect. Source: contracts, MusicAPI §1.2 and §1.3; what those do not have is ours."""

import re
from collections.abc import Mapping

import orjson

from antiphon.domain.errors import (
    AntiphonError,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    PaymentRequired,
    PermissionDenied,
    Unauthenticated,
)
from antiphon.web.errors import STATUS, Answer, headers_for, json_answer

_OURS = re.compile(r"/api/v1/(?:sonic|producer|nuro|riffusion|studio|get-credits)(?:/|$)")

_UNAUTHENTICATED = {
    "missing": "Authorization header is missing.",
    "scheme": "Invalid authorization format.",
    "in_query": "API keys are not accepted in the URL. Send it in a header, and replace the key: a URL is no secret.",
    "wrong_use": "Temporary API keys are not accepted here.",
}
_INCORRECT = "The API key is invalid."
_NOT_ENOUGH = "The remaining credits are not enough. You can buy more one-time credit packs or subscribe."
_BUDGETS = {"organization_budget": "account", "project_budget": "project"}

MODELS = ("sonic-v3-5", "sonic-v4", "sonic-v4-5", "sonic-v4-5-plus", "sonic-v5", "sonic-v5-5")
"""In the order in which the error names them."""

_MODELS = ", ".join(f"'{model}'" for model in MODELS[:-1]) + f", or '{MODELS[-1]}'"

_INVALID: Mapping[str, str] = {
    "json": "The request body should be a JSON object.",
    "missing": "The '{field}' field is required.",
    "boolean": "The '{field}' field should be boolean.",
    "string": "The '{field}' field should be a string.",
    "number": "The '{field}' field should be a number.",
    "out_of_range": "The '{field}' field should be between {low:g} and {high:g}.",
    "not_one_of": "The '{field}' field is invalid. It should be one of {allowed}.",
    "model": f"The 'mv' field is invalid. The model should be {_MODELS}.",
    "too_long": "The {name} character length should be less than {limit}.",
    "unknown_clip": "The clip of '{field}' was not found.",
    "webhook": "The 'webhook_url' field should be a public HTTPS URL of at most 1024 characters.",
    "idempotency_key": "Idempotency-Key must be 1 to {limit} ASCII characters without spaces.",
}
_CONFLICTS = {
    "idempotency_in_flight": (409, "A request with this Idempotency-Key is in progress."),
    "idempotency_mismatch": (422, "This Idempotency-Key was used with another request."),
}
_TYPES = {404: "not_found", 405: "validation_error", 413: "validation_error", 415: "validation_error"}
_RATE = "Too many requests. Please slow down."
_INTERNAL = "Internal Server Error."
_CANNOT = "The server cannot do this now. Nothing was charged; please try again."


class TaskNotFound(InvalidRequest):
    """There is no such task, or it is somebody else's."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("unknown_task")


def owns(path: str) -> bool:
    """Whether the errors of a path are worded here, also where there is nothing."""
    return _OURS.match(path) is not None


def face(error: AntiphonError, request_id: str) -> Answer:  # noqa: ARG001 - the gate says it in a header
    """The answer to an error."""
    status, kind, text = _wording(error)
    return json_answer(status, orjson.dumps({"type": kind, "error": text}), headers_for(error))


def status_of(error: AntiphonError) -> int:
    """The HTTP status that this dialect gives to an error."""
    return _wording(error)[0]


def _wording(error: AntiphonError) -> tuple[int, str, str]:
    """Status, type and text."""
    match error:
        case Unauthenticated() | InvalidRequest(field="api_key"):
            return 401, "unauthorized", _UNAUTHENTICATED.get(error.reason, _INCORRECT)
        case PaymentRequired(reason=reason) if reason in _BUDGETS:
            return 403, "forbidden", f"The monthly budget of the {_BUDGETS[reason]} does not allow this."
        case PaymentRequired():
            return 403, "forbidden", _NOT_ENOUGH
        case PermissionDenied():
            return 403, "forbidden", "This endpoint is not accessible with this API key."
        case LimitExceeded():
            return 429, "rate_limit", _RATE
        case Conflict(reason=reason) if reason in _CONFLICTS:
            status, text = _CONFLICTS[reason]
            return status, "validation_error", text
        case _:
            return _rest(error)


def _rest(error: AntiphonError) -> tuple[int, str, str]:
    status = STATUS[error.code]
    match error.code, error:
        case "invalid_request", InvalidRequest():
            facts = {"field": error.field, "name": f"'{error.field}'", "allowed": "", **error.facts}
            return 400, "validation_error", _INVALID.get(error.reason, "The request is not valid.").format_map(facts)
        case _, TaskNotFound():
            return 404, "not_found", "task not found."
        case _ if status in _TYPES:
            return status, _TYPES[status], {404: "There is nothing here."}.get(status, "The request is not valid.")
        case "internal", _:
            return 500, "server_error", _INTERNAL
        case _:
            return status if status >= 500 else 503, "server_error", _CANNOT  # noqa: PLR2004 - whose fault it is
