"""The words of the MusicAPI dialect. Source: contracts, MusicAPI §1.2 and §1.3; what those do not have is ours."""

import re
from collections.abc import Mapping

import orjson

from antiphon.domain.errors import (
    AntiphonError,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    PaymentRequired,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    UnavailableCause,
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

_MODELS = "'sonic-v3-5', 'sonic-v4', 'sonic-v4-5', 'sonic-v4-5-plus', or 'sonic-v5'"
"""As the published text names them: it has not followed the newer ones, which are taken all the same."""

_INVALID: Mapping[str, str] = {
    "json": "The request body should be a JSON object.",
    "missing": "The '{field}' field is required.",
    "needed_by": "The '{field}' field is required when task_type = {task}.",
    "not_for": "The '{field}' field is not allowed when task_type = {task}.",
    "boolean": "The '{field}' field should be boolean.",
    "string": "The '{field}' field should be a string.",
    "number": "The '{field}' field should be a number.",
    "integer": "The '{field}' field should be an integer.",
    "negative": "The '{field}' field should be 0 or more.",
    "not_after": "The '{field}' field should be greater than '{other}'.",
    "count": "The '{field}' field should be an array of exactly {count} clip ids.",
    "batch": "missing batch id.",
    "items": "The '{field}' field should be an array of 1 to {limit} create requests.",
    "object": "The item should be a JSON object.",
    "out_of_range": "The '{field}' field should be between {low:g} and {high:g}.",
    "not_one_of": "The '{field}' field is invalid. It should be one of {allowed}.",
    "model": f"The 'mv' field is invalid. The model should be {_MODELS}.",
    "too_long": "The {name} character length should be less than {limit}.",
    "unknown_clip": "The clip of '{field}' was not found.",
    "unknown_persona": "The persona of '{field}' was not found.",
    "no_extension": "The clip of '{field}' was not made by extending another.",
    "same_clip": "The clips of '{field}' should be two different ones.",
    "at_most": "The '{field}' field should be an array of at most {limit} values.",
    "persona": "name and continue_clip_id are required fields.",
    "description": "description is required.",
    "no_voice": "Nobody sings in the clip of '{field}'.",
    "unknown_vocals": "The vocals of '{field}' were not found.",
    "other_vocals": "The vocals of '{field}' are of another clip, or another range of it.",
    "too_narrow": "The '{field}' field should be at least {limit:g} greater than '{other}'.",
    "too_wide": "The '{field}' field should be at most {limit:g} greater than '{other}'.",
    "stem_of_stem": "The clip of '{field}' is a stem.",
    "formats": "The 'formats' field should be an array of {allowed}.",
    "seed": "The '{field}' field should be a whole number from 0 to {limit}, in a string.",
    "webhook": "The '{field}' field should be a public HTTPS URL of at most 1024 characters.",
    "no_listener": "This server cannot listen to recordings. Its operator can install antiphon[listen].",
    "recording_url": "Audio URL is not accessible. Please provide a public direct audio file URL.",
    "recording_unreadable": "Invalid audio file. WAV, FLAC, MP3, Ogg, M4A, AAC and WebM can be read.",
    "recording_too_large": "The audio file should have at most {limit} MiB.",
    "recording_too_long": "The audio should be at most 8 minutes long.",
    "recording_too_short": "The audio should be at least 6 seconds long.",
    "recording_silent": "Nothing can be heard in the audio.",
    "recording_no_song": "No song can be made of what is heard in the audio.",
    "callback_file": "The 'callback_url' field is only allowed with 'url'.",
    "voice_audio_too_short": "The audio should be longer than 10 seconds.",
    "voice_audio_no_speech": "Too little of a voice is heard in the audio.",
    "voice_audio_invalid": "Invalid audio file. WAV, FLAC, MP3, Ogg, M4A, AAC and WebM can be read.",
    "idempotency_key": "Idempotency-Key must be 1 to {limit} ASCII characters without spaces.",
}
_CONFLICTS = {
    "idempotency_in_flight": (409, "A request with this Idempotency-Key is in progress."),
    "idempotency_mismatch": (422, "This Idempotency-Key was used with another request."),
}
_MODERATED: Mapping[str, str] = {
    "lyrics_format": "The lyrics format is invalid. Please check and try again.",
    "copyrighted": "The lyrics contain copyrighted content: '{snippet}'. Please use original lyrics.",
    "inappropriate": "The lyrics contain inappropriate content: '{snippet}'.",
    "review": "The song description needs moderation review.",
    "artists": "The song description contains artist names: '{snippet}' which is not allowed.",
    "producers": "The song description contains producer tags: '{snippet}' which is not allowed.",
}
_TYPES = {404: "not_found", 405: "validation_error", 413: "validation_error", 415: "validation_error"}
_ACCEPTED = 202
_RATE = "Too many requests. Please slow down."
_INTERNAL = "Internal Server Error."
_CANNOT = "The server cannot do this now. Nothing was charged; please try again."
_IN_DOUBT = "It is not known whether the task was accepted. Look at your credits before you try again."


class TaskNotFound(InvalidRequest):
    """There is no such task, or it is somebody else's."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("unknown_task")


class Retired(NotFound):
    """What was asked for is no more.

    Args:
        instead: What there is.
    """

    def __init__(self, instead: str) -> None:
        super().__init__("retired")
        self.instead = instead


class NoLyrics(NotFound):
    """Nobody sings in a clip."""

    def __init__(self) -> None:
        super().__init__("no_lyrics")


class NotReady(AntiphonError):
    """It is being made: who asks again finds it."""

    code = "not_ready"
    retryable = True


class BatchNotFound(TaskNotFound):
    """There is no such batch, or it is somebody else's."""


class Moderated(PermissionDenied):
    """It is asked for what is not made here.

    Args:
        reason: "lyrics_format", "copyrighted", "inappropriate", "review", "artists" or "producers".
        snippet: Of the text that is refused, where the answer quotes it.
    """

    def __init__(self, reason: str, snippet: str = "") -> None:
        super().__init__(reason=reason)
        self.snippet = snippet


def owns(path: str) -> bool:
    """Whether the errors of a path are worded here, also where there is nothing."""
    return _OURS.match(path) is not None


def face(error: AntiphonError, request_id: str) -> Answer:  # noqa: ARG001 - the gate says it in a header
    """The answer to an error."""
    if isinstance(error, NotReady):
        return json_answer(_ACCEPTED, orjson.dumps({"type": error.code}), [(b"retry-after", b"5")])
    return json_answer(status_of(error), orjson.dumps(told(error)), headers_for(error))


def told(error: AntiphonError) -> Mapping[str, str]:
    """An error, as a body or as a part of one."""
    _status, kind, text = _wording(error)
    return {"type": kind, "error": text}


def words(error: AntiphonError) -> str:
    """What a customer is told of work that failed for what was asked for; "" where it failed for anything else."""
    status, _kind, text = _wording(error)
    return text if status < 500 else ""  # noqa: PLR2004 - whose fault it is


def status_of(error: AntiphonError) -> int:
    """The HTTP status that this dialect gives to an error."""
    return _ACCEPTED if isinstance(error, NotReady) else _wording(error)[0]


def _wording(error: AntiphonError) -> tuple[int, str, str]:
    """Status, type and text."""
    match error:
        case Unauthenticated() | InvalidRequest(field="api_key"):
            return 401, "unauthorized", _UNAUTHENTICATED.get(error.reason, _INCORRECT)
        case PaymentRequired(reason=reason) if reason in _BUDGETS:
            return 403, "forbidden", f"The monthly budget of the {_BUDGETS[reason]} does not allow this."
        case PaymentRequired():
            return 403, "forbidden", _NOT_ENOUGH
        case Retired(instead=instead):
            return 410, "endpoint_retired", f"This is retired. Please use {instead} instead."
        case PermissionDenied():
            return 403, "forbidden", _denied(error)
        case LimitExceeded():
            return 429, "rate_limit", _RATE
        case Conflict(reason=reason) if reason in _CONFLICTS:
            status, text = _CONFLICTS[reason]
            return status, "validation_error", text
        case _:
            return _rest(error)


def _denied(error: PermissionDenied) -> str:
    if isinstance(error, Moderated):
        return _MODERATED[error.reason].format(snippet=error.snippet)
    return "This endpoint is not accessible with this API key."


def _rest(error: AntiphonError) -> tuple[int, str, str]:
    status = STATUS[error.code]
    match error.code, error:
        case "invalid_request", InvalidRequest():
            facts = {"field": error.field, "name": f"'{error.field}'", "allowed": "", **error.facts}
            return 400, "validation_error", _INVALID.get(error.reason, "The request is not valid.").format_map(facts)
        case _, BatchNotFound():
            return 404, "not_found", "batch not found."
        case _, TaskNotFound():
            return 404, "not_found", "task not found."
        case _, NoLyrics():
            return 404, "not_found", "The clip has no lyrics."
        case _ if status in _TYPES:
            return status, _TYPES[status], {404: "There is nothing here."}.get(status, "The request is not valid.")
        case "internal", _:
            return 500, "server_error", _INTERNAL
        case _, Unavailable(cause=UnavailableCause.IN_DOUBT):
            return 503, "server_error", _IN_DOUBT
        case _:
            return status if status >= 500 else 503, "server_error", _CANNOT  # noqa: PLR2004 - whose fault it is
