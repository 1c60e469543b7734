"""What `/openapi.json` says of this dialect; plain routes cannot be documented by looking at them."""

from typing import Any

from antiphon.surfaces.musicapi.create import TASKS
from antiphon.surfaces.musicapi.errors import MODELS

_CLIP = "#/components/schemas/MusicApiClip"
_ERROR = "#/components/schemas/MusicApiError"
_TEXT, _FLAG, _SHARE = {"type": "string"}, {"type": "boolean"}, {"type": "number", "minimum": 0, "maximum": 1}
_TEXT_OR_NULL = {"type": ["string", "null"]}

_FIELDS: dict[str, Any] = {
    "task_type": {"type": "string", "enum": list(TASKS), "default": "create_music"},
    "mv": {"type": "string", "enum": list(MODELS)},
    "custom_mode": _FLAG,
    "prompt": {"type": "string", "maxLength": 5000, "description": "The lyrics; with auto_lyrics a description."},
    "gpt_description_prompt": {"type": "string", "maxLength": 400},
    "title": {"type": "string", "maxLength": 80},
    "tags": {"type": "string", "maxLength": 1000},
    "negative_tags": {"type": "string", "maxLength": 1000},
    "make_instrumental": _FLAG,
    "auto_lyrics": _FLAG,
    "vocal_gender": {"type": "string", "enum": ["f", "m"]},
    "style_weight": _SHARE,
    "weirdness_constraint": _SHARE,
    "audio_weight": _SHARE,
    "duration": {"type": "number", "minimum": 10, "maximum": 360},
    "continue_clip_id": {"type": "string", "format": "uuid"},
    "continue_at": {"type": "number", "minimum": 0},
    "webhook_url": {"type": "string", "maxLength": 1024, "description": "Told when the task has ended."},
    "webhook_secret": {"type": "string", "maxLength": 512},
    "variation_category": {"type": "string", "enum": ["subtle", "normal", "high"]},
}
_CLIP_FIELDS: dict[str, Any] = {
    "clip_id": {"type": "string", "format": "uuid"},
    "state": {"type": "string", "enum": ["pending", "running", "succeeded", "failed"]},
    "title": _TEXT,
    "tags": _TEXT,
    "lyrics": _TEXT,
    "image_url": _TEXT_OR_NULL,
    "audio_url": _TEXT_OR_NULL,
    "video_url": _TEXT_OR_NULL,
    "created_at": {"type": "string", "format": "date-time"},
    "mv": _TEXT_OR_NULL,
    "gpt_description_prompt": _TEXT_OR_NULL,
    "duration": {**_TEXT_OR_NULL, "description": "Seconds, as a decimal number in a string."},
    "negative_tags": _TEXT_OR_NULL,
    "style_weight": {"type": ["number", "null"]},
    "weirdness_constraint": {"type": ["number", "null"]},
}
_KEY_ERRORS = {401: "The key is missing or wrong."}
_CREATE_ERRORS = {
    400: "A field is missing or wrong; nothing was charged.",
    403: "The credits are not enough.",
    429: "More than one request in three seconds; `Retry-After` says for how long.",
    503: "It cannot be done now.",
}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of this dialect."""
    return {
        "paths": {
            "/api/v1/sonic/create": {"post": _create()},
            "/api/v1/sonic/task/{task_id}": {"get": _task()},
            "/api/v1/get-credits": {"get": _credits()},
        },
        "components": {
            "schemas": {
                "MusicApiClip": {"type": "object", "required": list(_CLIP_FIELDS), "properties": _CLIP_FIELDS},
                "MusicApiError": _object({"type": _TEXT, "error": _TEXT}),
            }
        },
    }


def _create() -> dict[str, Any]:
    told = _object({"code": {"type": "integer"}, "message": _TEXT, "task_id": {"type": "string", "format": "uuid"}})
    body = {"type": "object", "properties": _FIELDS}
    return {
        **_operation("musicapi_create", "Submit a song", {200: ("It waits.", told)}, {**_KEY_ERRORS, **_CREATE_ERRORS}),
        "requestBody": {"required": True, "content": _json(body)},
    }


def _task() -> dict[str, Any]:
    clips = _object(
        {"code": {"type": "integer"}, "data": {"type": "array", "items": {"$ref": _CLIP}}, "message": _TEXT}
    )
    answers = {200: ("Its clips.", clips), 202: ("It waits.", _object({"type": _TEXT, "task_id": _TEXT}))}
    errors = {**_KEY_ERRORS, 404: "There is no such task."}
    parameter = {"name": "task_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {**_operation("musicapi_task", "How a task stands", answers, errors), "parameters": [parameter]}


def _credits() -> dict[str, Any]:
    told = _object({"credits": {"type": "integer"}, "extra_credits": {"type": "integer"}})
    return _operation("musicapi_credits", "What the account has", {200: ("Its credits.", told)}, _KEY_ERRORS)


def _operation(
    id_: str, summary: str, answers: dict[int, tuple[str, dict[str, Any]]], errors: dict[int, str]
) -> dict[str, Any]:
    failed = {str(code): {"description": text, "content": _json({"$ref": _ERROR})} for code, text in errors.items()}
    done = {str(code): {"description": text, "content": _json(schema)} for code, (text, schema) in answers.items()}
    return {
        "tags": ["MusicAPI"],
        "operationId": id_,
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {**done, **failed},
    }


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "properties": fields}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
