"""What `/openapi.json` says of this dialect; plain routes cannot be documented by looking at them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from antiphon.surfaces.sonna import openapi_accounts
from antiphon.surfaces.sonna import schemas as of

_SCHEMAS = "#/components/schemas/Sonna{model}"
_MODELS: tuple[type[BaseModel], ...] = (
    of.SynthesizeRequest,
    of.SynthesizeAnswer,
    of.DialogueTurn,
    of.DialogueRequest,
    of.DialogueAnswer,
    of.EnhanceRequest,
    of.EnhanceAnswer,
    of.EnhanceTurn,
    of.EnhanceDialogueRequest,
    of.EnhancedTurn,
    of.EnhanceDialogueAnswer,
    of.VoiceMetadata,
    of.VoiceEntry,
    of.VoicesAnswer,
    of.FiltersAnswer,
    of.FavoriteRequest,
    of.FavoritesAnswer,
    of.FavoriteAnswer,
    of.ModelEntry,
    of.ModelsMetadata,
    of.SpeechModelsAnswer,
    of.CreditsAnswer,
    of.ErrorBody,
    *openapi_accounts.MODELS,
)

_KEY_ERRORS = {
    401: "The key is missing or wrong (UNAUTHORIZED).",
    403: "The key may not do this (ENDPOINT_NOT_ACCESSIBLE).",
    503: "It cannot be done now (SERVICE_UNAVAILABLE).",
}
_QUERY_ERRORS = {400: "A parameter is out of its range (INVALID_PARAM)."}
_SPEECH_ERRORS = {
    400: "MISSING_FIELD, INVALID_PARAM, INVALID_VOICE, INVALID_MODEL, MODEL_NOT_AVAILABLE, TEXT_TOO_LONG or "
    "VALIDATION_ERROR.",
    402: "INSUFFICIENT_CREDITS or BUDGET_EXHAUSTED; nothing was charged.",
    403: "PAID_ACCESS_REQUIRED, or the key may not do this (ENDPOINT_NOT_ACCESSIBLE).",
    409: "DUPLICATE_REQUEST: another synthesis is in progress; or IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_TOO_LARGE, "
    "IDEMPOTENCY_GONE.",
    413: "REQUEST_TOO_LARGE or AUDIO_TOO_LONG.",
    415: "UNSUPPORTED_MEDIA_TYPE.",
    422: "IDEMPOTENCY_MISMATCH.",
    429: "RATE_LIMITED; `Retry-After` says for how long.",
    500: "INTERNAL_ERROR.",
    503: "PROVIDER_BUSY, SERVER_BUSY or SERVICE_UNAVAILABLE; retry after `Retry-After`. Nothing was charged.",
}
_DIALOGUE_ERRORS = {
    **_SPEECH_ERRORS,
    400: "MISSING_FIELD, INVALID_PARAM, INVALID_VOICE, PROVIDER_MISMATCH, MODEL_NOT_AVAILABLE, TEXT_TOO_LONG or "
    "VALIDATION_ERROR.",
    503: "PROVIDER_BUSY or SERVICE_UNAVAILABLE; retry after `Retry-After`. Nothing was charged.",
}
_BODY_ERRORS = {
    400: "MISSING_FIELD, INVALID_PARAM, INVALID_VOICE or VALIDATION_ERROR.",
    413: "REQUEST_TOO_LARGE.",
    415: _SPEECH_ERRORS[415],
}
_ENHANCE_ERRORS = {
    **_BODY_ERRORS,
    400: "MISSING_FIELD, INVALID_PARAM, INVALID_VOICE, TEXT_TOO_LONG or VALIDATION_ERROR.",
    429: _SPEECH_ERRORS[429],
}
_TURNS = (
    {"voice": "Alice", "text": "[excited] You came!"},
    {"voice": "George", "text": "[whispers] Not so loud. [laughs]"},
)
_EXAMPLES: Mapping[type[BaseModel], Mapping[str, Any]] = {
    of.SynthesizeRequest: {
        "text": "Welcome to Sonna. Your generation is ready.",
        "voice": "Alice",
        "ttsModel": "eleven-flash-v2-5",
    },
    of.DialogueRequest: {"turns": _TURNS},
    of.EnhanceRequest: {"text": "I cannot believe it! That is so sad."},
    of.EnhanceDialogueRequest: {"turns": [{"id": 1, "text": "You came!"}, {"id": 2, "text": "Haha, not so loud."}]},
    of.FavoriteRequest: {"voiceId": "Alice"},
}
"""Bodies that can be sent as they are: one that is made up of every field would be full of what nobody wants."""

_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Asked again under the same key within 24 hours, the same answer comes back, with "
    "Idempotency-Replayed: true, and nothing is charged.",
}
_LIMIT_HEADERS = {
    "X-RateLimit-Limit": "How many there are in a minute.",
    "X-RateLimit-Remaining": "How many more there are now.",
    "X-RateLimit-Reset": "Unix seconds at which all are there again.",
}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of this dialect."""
    return {
        "paths": {
            "/api/v1/tts/synthesize": {"post": _synthesize()},
            "/api/v1/tts/synthesize-dialogue": {"post": _dialogue()},
            "/api/v1/tts/enhance": {"post": _enhance()},
            "/api/v1/tts/enhance-dialogue": {"post": _enhance_dialogue()},
            "/api/v1/tts/voices": {"get": _voices()},
            "/api/v1/tts/filters": {
                "get": _operation("sonna_filters", "What voices can be narrowed by", of.FiltersAnswer, {})
            },
            "/api/v1/tts/favorites": {
                "get": _operation("sonna_favorites", "List the favourite voices", of.FavoritesAnswer, {})
            },
            "/api/v1/tts/favorites/toggle": {"post": _toggle()},
            "/api/v1/tts/models": {
                "get": _operation("sonna_tts_models", "List the models of speech", of.SpeechModelsAnswer, {})
            },
            "/api/v1/user/credits": {"get": _credits()},
            **openapi_accounts.paths(),
        },
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    made = {f"Sonna{model.__name__}": model.model_json_schema(ref_template=_SCHEMAS) for model in _MODELS}
    for schema in made.values():
        schema.pop("$defs", None)  # They are all in the list.
    return made


def _synthesize() -> dict[str, Any]:
    return {
        **_operation("sonna_synthesize", "Turn text into a sound file", of.SynthesizeAnswer, {**_SPEECH_ERRORS}),
        "description": "Speaks a text and keeps the sound: for 24 hours, or in the library of who is signed in. "
        "Charged by the character, once the file is whole; on any failure nothing is. With `Accept: audio/mpeg` (any "
        "sound, or application/octet-stream) or `response_type: binary` the sound itself is the answer, and "
        "X-Sonna-Url, X-Remaining-Credits and X-Credits-Charged say the rest.",
        "parameters": [_IDEMPOTENCY],
        "requestBody": _body(of.SynthesizeRequest),
    }


def _dialogue() -> dict[str, Any]:
    return {
        **_operation("sonna_dialogue", "Turn a conversation into a sound file", of.DialogueAnswer, _DIALOGUE_ERRORS),
        "description": "Speaks turns one after the other, each in its voice, by Eleven v3, and keeps the sound as a "
        "synthesis does. [tags] are performed.",
        "parameters": [_IDEMPOTENCY],
        "requestBody": _body(of.DialogueRequest),
    }


def _enhance() -> dict[str, Any]:
    return {
        **_operation("sonna_enhance", "Put tags into a text", of.EnhanceAnswer, _ENHANCE_ERRORS),
        "description": "Free. The words never change; where that cannot be, the text comes back as it was.",
        "requestBody": _body(of.EnhanceRequest),
    }


def _enhance_dialogue() -> dict[str, Any]:
    return {
        **_operation(
            "sonna_enhance_dialogue", "Put tags into a conversation", of.EnhanceDialogueAnswer, _ENHANCE_ERRORS
        ),
        "description": "As enhance, turn by turn; each `id` comes back.",
        "requestBody": _body(of.EnhanceDialogueRequest),
    }


def _toggle() -> dict[str, Any]:
    return {
        **_operation("sonna_toggle_favorite", "Add or take away a favourite voice", of.FavoriteAnswer, _BODY_ERRORS),
        "requestBody": _body(of.FavoriteRequest),
    }


def _voices() -> dict[str, Any]:
    texts = ("provider", "language", "gender", "accent", "category", "search", "model")
    parameters = [_query(name, {"type": "string"}) for name in texts]
    parameters.append(_query("limit", {"type": "integer", "minimum": 1, "maximum": 500}))
    parameters.append(_query("offset", {"type": "integer", "minimum": 0}))
    return {
        **_operation("sonna_voices", "List the voices", of.VoicesAnswer, _QUERY_ERRORS),
        "description": "Each filter narrows the list; upper and lower case are the same.",
        "parameters": parameters,
    }


def _credits() -> dict[str, Any]:
    return _operation("sonna_credits", "What the account has", of.CreditsAnswer, {})


def _operation(id_: str, summary: str, answer: type[BaseModel], errors: dict[int, str]) -> dict[str, Any]:
    told = {**_KEY_ERRORS, **errors}
    return {
        "tags": ["Sonna"],
        "operationId": id_,
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {
            "200": {"description": "Done.", "content": _content(answer), "headers": _headers(errors)},
            **{str(code): {"description": text, "content": _json(of.ErrorBody)} for code, text in sorted(told.items())},
        },
    }


def _content(answer: type[BaseModel]) -> dict[str, Any]:
    sound = {"schema": {"type": "string", "format": "binary"}}
    more = {"audio/mpeg": sound, "audio/pcm": sound} if answer in {of.SynthesizeAnswer, of.DialogueAnswer} else {}
    return {**_json(answer), **more}


def _headers(errors: dict[int, str]) -> dict[str, Any]:
    """Those of a limited route, which is one that can be refused for its rate."""
    limited = _LIMIT_HEADERS if 429 in errors else {}  # noqa: PLR2004 - it reads best as the number that it is
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in limited.items()}


def _body(model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {**_schema(model), "example": _EXAMPLES[model]}}}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": _schema(model)}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": _SCHEMAS.format(model=model.__name__)}}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}
