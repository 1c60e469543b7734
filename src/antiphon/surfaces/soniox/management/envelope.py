"""How the management API words an error. Source: contracts, Soniox §4 and §6, verbatim where they have a text.

Its envelope is another than that of `/tts`, and says field by field what is wrong with a request. What both have in
common is worded once, in `surfaces.soniox.errors`.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from antiphon.domain.errors import AntiphonError, Conflict, InvalidRequest, LimitExceeded, NotFound, UnsupportedMedia
from antiphon.surfaces.soniox.errors import wording
from antiphon.web.errors import STATUS, Answer, headers_for, json_answer

Place = Literal["body.payload", "query.payload"]
"""Where the fields of a request stand, as the published API names it."""

_REFERENCE = "https://soniox.com/docs/api-reference/errors#"

_INVALID = (
    "Your request did not pass validation. One or more fields in the request body are missing or have invalid "
    "values. See `validation_errors` for the specific field and retry with corrected values."
)
"""Said of queries too."""

_CURSOR = "The `cursor` parameter is invalid. Omit `cursor` to start pagination from the beginning."
_LIMIT = "Requests per minute limit{subject} has been exceeded for your {tier}."
_SUBJECTS = {"usage-logs": " for usage logs", "temporary-keys": " for temporary API key creation"}
"""By class of limits; the others have no words of their own."""

_UNNAMED = "Invalid request."
_INTERNAL = "The server encountered an error. Please try again. If the issue persists contact support@soniox.com."

_NO_VOICE = (
    "No voice with this ID exists in your project. The voice may have been deleted, the ID may be incorrect, or "
    "the voice may belong to a different project. Verify the ID by listing voices with GET /voices."
)
"""As the published API says it of files."""

_NOT_FOUND = {"unknown_voice": ("voice_not_found", _NO_VOICE)}
"""By reason."""
_CONFLICTS = {
    "voice_name": ("voice_already_exists", "A voice with this name already exists in your project."),
    "voice_limit": ("voice_limit_exceeded", "Your project has as many voices as it can have. Delete one first."),
}
"""By reason. Ours: the contract has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a request.

    Args:
        error_type: Stable, in pydantic's words, such as "missing".
        location: Where, such as "body.payload.expires_in_seconds".
        message: For people. It holds nothing of the request.
    """

    error_type: str
    location: str
    message: str


class Invalid(InvalidRequest):
    """A request with faults that can be named, at least one."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("validation")
        self.faults = faults


class TooOften(LimitExceeded):
    """A limit refused.

    Args:
        refusal: What it said.
        klass: The class of limits.
    """

    def __init__(self, refusal: LimitExceeded, *, klass: str) -> None:
        super().__init__(refusal.reason, tier=refusal.tier, retry_after=refusal.retry_after, quota=refusal.quota)
        self.klass = klass


_Schema = TypeVar("_Schema", bound=BaseModel)


def validated(schema: type[_Schema], fields: Any, *, place: Place) -> _Schema:
    """The fields of a request, if they are what a schema wants.

    Args:
        schema: What is wanted. Messages of validators of its own must not quote what they were given.
        fields: What there is.
        place: Where it stood.

    Raises:
        Invalid: They are not; with every fault.
    """
    try:
        return schema.model_validate(fields)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_context=False, include_input=False)
        faults = [
            Fault(
                error_type=error["type"],
                location=".".join([place, *map(str, error["loc"])]),
                message=error["msg"],
            )
            for error in found
        ]
    raise Invalid(*faults)


def face(error: AntiphonError, request_id: str) -> Answer:
    """The answer to an error."""
    status = STATUS[error.code]
    kind, message = _words(error)
    body = {
        "status_code": status,
        "error_type": kind,
        "message": message,
        "validation_errors": error.faults if isinstance(error, Invalid) else (),
        "request_id": request_id,
        "more_info": _REFERENCE + kind.replace("_", "-"),
    }
    return json_answer(status, orjson.dumps(body), headers_for(error))


def _words(error: AntiphonError) -> tuple[str, str]:
    """The `error_type` and `message` of an error."""
    match error:
        case Invalid():
            return "invalid_request", _INVALID
        case UnsupportedMedia(facts={"expected": "multipart/form-data"}):
            return "unsupported_media_type", "Content-Type must be multipart/form-data."
        case InvalidRequest(reason="cursor"):
            return "invalid_cursor", _CURSOR
        case TooOften(klass=klass, tier=tier):
            return "limit_exceeded", _LIMIT.format(subject=_SUBJECTS.get(klass, ""), tier=tier)
        case NotFound(reason=reason) if reason in _NOT_FOUND:
            return _NOT_FOUND[reason]
        case Conflict(reason=reason) if reason in _CONFLICTS:
            return _CONFLICTS[reason]
        case _:
            kind, message = wording(error)
            if kind != "internal_error":
                return kind, message
            # What is wrong with a request stays that, also where nobody has thought of words for it.
            return ("invalid_request", _UNNAMED) if isinstance(error, InvalidRequest) else (kind, _INTERNAL)
