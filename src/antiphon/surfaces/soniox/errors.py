"""The words of the Soniox dialect. Source: seed 003 and contracts, Soniox §1.6, verbatim where they have one.

Messages for causes that the reference names without a text (a bad format, rate, bitrate, speed, permission)
are ours, in its manner.
"""

from collections.abc import Callable
from dataclasses import replace

import orjson

from antiphon.domain.errors import (
    AntiphonError,
    Conflict,
    DeadlineExceeded,
    InvalidRequest,
    LimitExceeded,
    PaymentRequired,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
)
from antiphon.web.errors import STATUS, Answer, Headers, headers_for, json_answer

CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-request-id, retry-after, x-antiphon-engine, x-antiphon-stand-in"),
]
"""Any page may call `/tts`, and read what it says; none can send this browser's cookies with it."""

_REFERENCE = "https://soniox.com/docs/api-reference/errors#"
_CONSOLE = "You can get an API key at https://console.soniox.com"
_HEADER = "Authorization: Bearer <SONIOX_API_KEY>"

_FIELDS = {
    "model": "Model name",
    "language": "Language",
    "voice": "Voice",
    "audio_format": "Audio format",
    "text": "Text",
    "api_key": "API key",
    "client_reference_id": "Client reference ID",
    "stream_id": "Stream ID",
}

_TYPES = {
    "sample_rate": "an integer",
    "bitrate": "an integer",
    "speed": "a number",
    "reduce_silence": "a boolean",
    "return_timestamps": "a boolean",
    "text_end": "a boolean",
    "cancel": "a boolean",
    "keep_alive": "a boolean",
}

_FEATURES = {"reduce_silence": "Silence reduction is", "return_timestamps": "Timestamps are"}

_STREAM_STATES = {
    "stream_unknown": "Stream {stream} not found. Send a start message first.",
    "stream_active": "Stream {stream} is active. Use another stream_id, or wait until it is terminated.",
    "text_ended": "Stream {stream} has had its text_end. Start another stream for more text.",
}
"""By reason; the first is from the contract, §2.4."""

_STALLED = {
    "": "Request timeout.",
    "no_text": "Request timeout",
    "no_sound": "Stream killed: no audio output within timeout",
    "slow_sound": "Stream killed: output audio rate below minimum",
}
"""By reason; without a full stop on websockets (contract, §2.4)."""

_UNAUTHENTICATED = {
    "missing": f"Missing API key. Provide it as an Authorization header (e.g. '{_HEADER}'). {_CONSOLE}.",
    "scheme": f"Authorization header must use the Bearer scheme (e.g. '{_HEADER}'). {_CONSOLE}.",
    "incorrect": f"Incorrect API key provided. {_CONSOLE}",
    "expired": "Invalid or expired temporary API key. Create a new temporary API key and retry. "
    "See https://soniox.com/docs/guides/temporary-api-keys for details.",
    "wrong_use": "The temporary API key cannot be used for this action. Each temporary API key is scoped to a "
    "specific `usage_type`; create a new key with the correct usage type.",
    "in_query": (
        "API keys are not accepted in the URL. Provide it as an Authorization header "
        f"(e.g. '{_HEADER}'), and replace the key: a URL is no secret."
    ),
}

_PAYMENT = {
    "balance": (
        "organization_balance_exhausted",
        "Organization balance exhausted. Please either add funds manually or enable autopay.",
    ),
    "organization_budget": (
        "organization_monthly_budget_exhausted",
        "Organization monthly budget exhausted. Please increase it.",
    ),
    "project_budget": (
        "project_monthly_budget_exhausted",
        "Project monthly budget exhausted. Please increase it.",
    ),
}

_LIMITS = {
    "rate": "Requests per minute limit for text-to-speech has been exceeded for your {tier}.",
    "concurrency": "Concurrent requests limit for text-to-speech has been exceeded for your {tier}.",
    "streams": "Concurrent streams limit has been exceeded for your {tier}.",
}

_INTERNAL = (
    "The server had an error processing your request. Sorry about that! You can retry your request, or contact "
    "us through our support email support@soniox.com if you keep seeing this error."
)

_CODES = {
    "model_unavailable": (
        "model_not_available",
        (
            "The requested model is not available. "
            "See https://soniox.com/docs/tts/models for the list of supported TTS models."
        ),
    ),
    "not_found": ("not_found", "The requested URL was not found."),
    "method_not_allowed": ("method_not_allowed", "The method is not allowed for the requested URL."),
    "upgrade_required": ("upgrade_required", "This URL is a websocket's: connect to it with ws:// or wss://."),
    "too_large": ("request_too_large", "Request body is too large (max {limit} bytes)."),
    "unsupported_media": ("unsupported_media_type", "Content-Type must be application/json."),
    "duration_reached": ("max_duration_reached", "Maximum audio duration of 120 seconds has been reached."),
}
"""By code; the first is from the contract, the last from its §6, the others are ours."""

_CANNOT_CONTINUE = (
    "Cannot continue request (code {cause}). Please restart the request. "
    "Refer to: https://soniox.com/url/cannot-continue-request"
)

_CONFLICTS = {
    "idempotency_in_flight": (409, "idempotency_in_flight", "A request with this Idempotency-Key is in progress."),
    "idempotency_mismatch": (422, "idempotency_mismatch", "This Idempotency-Key was used with another request."),
    "idempotency_too_large": (409, "idempotency_too_large", "The audio is too long to be sent again."),
    "idempotency_gone": (409, "idempotency_gone", "The audio of that request is kept no longer."),
    "ended": (503, "service_unavailable", _CANNOT_CONTINUE.format(cause=11)),
}
"""By reason; ours, but for the last: a request that was taken for dead."""

_REASONS: dict[str, Callable[[InvalidRequest], str]] = {
    "json": lambda _: "Invalid JSON body",
    "missing": lambda error: f"Missing required field: {error.field}",
    "too_long": lambda error: f"{_FIELDS[error.field]} is too long (max length {error.facts['limit']}).",
    "wrong_type": lambda error: (
        f"Invalid type for field: {error.field} (expected {_TYPES.get(error.field, 'a string')})."
    ),
    "unknown_voice": lambda error: f"Invalid voice '{error.facts['voice']}' for model '{error.facts['model']}'.",
    "unknown_language": lambda error: (
        f"Invalid language '{error.facts['language']}' for model '{error.facts['model']}'."
    ),
    "unsupported_codec": lambda error: f"Invalid audio format '{error.facts['codec']}'.",
    "unsupported_sample_rate": lambda error: (
        f"Invalid sample rate for audio format '{error.facts['codec']}' (must be one of {_listed(error)})."
    ),
    "unsupported_bitrate": lambda error: (
        f"Invalid bitrate for audio format '{error.facts['codec']}' (must be one of {_listed(error)})."
    ),
    "bitrate_not_applicable": lambda error: f"Bitrate is not supported for audio format '{error.facts['codec']}'.",
    "idempotency_key": lambda error: (
        f"Idempotency-Key must be 1 to {error.facts['limit']} ASCII characters without spaces."
    ),
    "out_of_range": lambda error: (
        f"Speed is out of range (must be between {error.facts['lowest']} and {error.facts['highest']})."
    ),
    "unsupported": lambda error: f"{_FEATURES[error.field]} not supported by model '{error.facts['model']}'.",
    "voice_not_ready": lambda error: f"Voice '{error.facts['voice']}' is not ready ({error.facts['fault']}).",
    "form": lambda _: "The body is not a form with one file.",
    "no_stream_id": lambda _: "Missing stream_id",
    "message_format": lambda _: "Invalid message format",
    "key_twice": lambda _: "API key provided twice: when connecting, and in the message. Provide it once.",
    "not_alone": lambda _: "cancel cannot be combined with text or text_end.",
    "too_much_text": lambda error: f"Too much text is waiting to be spoken (max {error.facts['limit']} characters).",
}


_REFUSALS = {408: "request_timeout", 500: "internal_error", 503: "service_unavailable"}


def face(error: AntiphonError, request_id: str) -> Answer:
    """The answer to an error before audio has begun."""
    status = status_of(error)
    kind, message = wording(error)
    return json_answer(status, _body(status, kind, message, request_id=request_id), headers_for(error))


def open_face(error: AntiphonError, request_id: str) -> Answer:
    """As `face`, for what the pages of any origin may call."""
    answer = face(error, request_id)
    return replace(answer, headers=[*answer.headers, *CORS])


def refusal(status: int, reason: str, request_id: str) -> bytes:
    """The body of what the server refuses before it is known what is asked; see `web.refusal.Refuse`."""
    return _body(status, _REFUSALS.get(status, "invalid_request"), reason, request_id=request_id)


def told(error: AntiphonError, request_id: str) -> dict[str, object]:
    """An error as the fields of a websocket's message."""
    kind, message = wording(error)
    return _fields(status_of(error), kind, message, request_id=request_id)


def _body(status: int, kind: str, message: str, *, request_id: str) -> bytes:
    return orjson.dumps(_fields(status, kind, message, request_id=request_id))


def _fields(status: int, kind: str, message: str, *, request_id: str) -> dict[str, object]:
    return {
        "error_code": status,
        "error_type": kind,
        "error_message": message,
        "more_info": _REFERENCE + kind.replace("_", "-"),
        "request_id": request_id,
    }


def status_of(error: AntiphonError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, Conflict) and error.reason in _CONFLICTS:
        return _CONFLICTS[error.reason][0]
    return STATUS[error.code]


def wording(error: AntiphonError) -> tuple[str, str]:
    """The `error_type` and `error_message` of an error."""
    match error:
        case Conflict(reason=reason) if reason in _CONFLICTS:
            return _CONFLICTS[reason][1:]
        case Unauthenticated():
            return "unauthenticated", _UNAUTHENTICATED[error.reason]
        case PaymentRequired():
            return _PAYMENT[error.reason]
        case PermissionDenied(reason="session_expired"):
            return "temp_api_key_session_expired", (
                "Temporary API key session duration limit exceeded. "
                "Create a new temporary API key to start a new session."
            )
        case PermissionDenied():
            return "permission_denied", f"The API key does not have the permission '{error.permission}'."
        case LimitExceeded():
            return "limit_exceeded", _LIMITS[error.reason].format(tier=error.tier)
        case Unavailable():
            return "service_unavailable", _CANNOT_CONTINUE.format(cause=error.cause)
        case _:
            return _by_code(error)


def _by_code(error: AntiphonError) -> tuple[str, str]:
    if isinstance(error, DeadlineExceeded):
        return "request_timeout", _STALLED[error.reason]
    if isinstance(error, InvalidRequest) and error.reason in _STREAM_STATES:
        return "invalid_stream_state", _STREAM_STATES[error.reason].format(stream=error.facts["stream"])
    if error.code in _CODES:
        kind, message = _CODES[error.code]
        return kind, message.format(limit=error.facts.get("limit") if isinstance(error, InvalidRequest) else "")
    if isinstance(error, InvalidRequest) and error.reason in _REASONS:
        return "invalid_request", _REASONS[error.reason](error)
    return "internal_error", _INTERNAL


def _listed(error: InvalidRequest) -> str:
    allowed = error.facts["allowed"]
    return ", ".join(str(value) for value in allowed) if isinstance(allowed, tuple) else str(allowed)
