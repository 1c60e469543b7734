"""What `/openapi.json` says of this dialect; plain routes cannot be documented by looking at them."""

from typing import Any

from antiphon.surfaces.musicapi.batch import MOST
from antiphon.surfaces.musicapi.create import TASKS
from antiphon.surfaces.musicapi.fields import MODELS
from antiphon.surfaces.musicapi.openapi_calls import call_paths
from antiphon.surfaces.musicapi.openapi_manners import manner_paths
from antiphon.surfaces.musicapi.openapi_uploads import upload_paths

_CLIP = "#/components/schemas/MusicApiClip"
_ERROR = "#/components/schemas/MusicApiError"
_TEXT, _FLAG, _SHARE = {"type": "string"}, {"type": "boolean"}, {"type": "number", "minimum": 0, "maximum": 1}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_ID, _MOMENT = {"type": "string", "format": "uuid"}, {"type": "number", "minimum": 0}

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
    "duration": {"type": "integer", "minimum": 10, "maximum": 360},
    "continue_clip_id": _ID,
    "continue_at": _MOMENT,
    "persona_id": _ID,
    "overpainting_start_s": _MOMENT,
    "overpainting_end_s": _MOMENT,
    "webhook_url": {"type": "string", "maxLength": 1024, "description": "Told when the task has ended."},
    "webhook_secret": {"type": "string", "maxLength": 512},
    "variation_category": {"type": "string", "enum": ["subtle", "normal", "high"]},
}
_OF_CREATE = frozenset(
    {"task_type", "continue_clip_id", "continue_at", "persona_id", "overpainting_start_s", "overpainting_end_s"}
    | {"variation_category"}
)
_OF_WHOLE = frozenset({"custom_mode", "gpt_description_prompt", "make_instrumental", "auto_lyrics", "duration"})
_SHARED = {name: schema for name, schema in _FIELDS.items() if name not in _OF_CREATE}
_SONGS: dict[str, tuple[str, dict[str, Any]]] = {
    "upload-extend": (
        "How a recording goes on",
        {"url": {"type": "string", "format": "uri"}, "continue_at": _MOMENT, "auto_concat": _FLAG, **_SHARED},
    ),
    "upload-cover": ("A recording in another style", {"url": {"type": "string", "format": "uri"}, **_SHARED}),
    "sample": (
        "A song that grows out of a few bars of a clip, or of a recording",
        {
            "sample_clip_id": _ID,
            "url": {"type": "string", "format": "uri"},
            "chop_sample_start_s": _MOMENT,
            "chop_sample_end_s": _MOMENT,
            **_SHARED,
        },
    ),
    "mashup": (
        "A song of two clips",
        {"mashup_clip_ids": {"type": "array", "items": _ID, "minItems": 2, "maxItems": 2}, **_SHARED},
    ),
    "replace-section": (
        "A clip with other music from one moment to another",
        {
            "clip_id": _ID,
            "infill_start_s": _MOMENT,
            "infill_end_s": _MOMENT,
            "infill_lyrics": _TEXT,
            "auto_concat": _FLAG,
            **{name: schema for name, schema in _SHARED.items() if name not in _OF_WHOLE},
        },
    ),
}
_CLIP_FIELDS: dict[str, Any] = {
    "clip_id": _ID,
    "state": {"type": "string", "enum": ["running", "succeeded", "failed"]},
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
    403: "The credits are not enough, or it is not made on request.",
    429: "More than one request in three seconds; `Retry-After` says for how long.",
    503: "It cannot be done now.",
}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of this dialect."""
    return {
        "paths": {
            "/api/v1/sonic/create": {"post": _submitted("create", "Submit a song", _FIELDS)},
            **{
                f"/api/v1/sonic/{name}": {"post": _submitted(name, summary, fields)}
                for name, (summary, fields) in _SONGS.items()
            },
            "/api/v1/sonic/batch": {"post": _batch(), "get": _batch_state()},
            **call_paths(),
            **upload_paths(),
            **manner_paths(),
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


def _submitted(name: str, summary: str, fields: dict[str, Any]) -> dict[str, Any]:
    told = _object({"code": {"type": "integer"}, "message": _TEXT, "task_id": _ID})
    id_ = f"musicapi_{name.replace('-', '_')}"
    return {
        **_operation(id_, summary, {200: ("It waits.", told)}, {**_KEY_ERRORS, **_CREATE_ERRORS}),
        "requestBody": {"required": True, "content": _json({"type": "object", "properties": fields})},
    }


def _batch() -> dict[str, Any]:
    items = {"type": "array", "items": {"type": "object", "properties": _FIELDS}, "minItems": 1, "maxItems": MOST}
    answers = {200: ("What waits, and what is refused, in order.", _batch_told())}
    errors = {**_KEY_ERRORS, **_CREATE_ERRORS}
    return {
        **_operation("musicapi_batch", "Submit several songs", answers, errors),
        "requestBody": {"required": True, "content": _json(_object({"items": items}))},
    }


def _batch_state() -> dict[str, Any]:
    errors = {**_KEY_ERRORS, 400: "No batch is named.", 404: "There is no such batch."}
    answers = {200: ("Its tasks.", _batch_told())}
    parameter = {"name": "batch_id", "in": "query", "required": True, "schema": _ID}
    return {
        **_operation("musicapi_batch_state", "How the tasks of a batch stand", answers, errors),
        "parameters": [parameter],
    }


def _batch_told() -> dict[str, Any]:
    task = {
        "index": {"type": "integer"},
        "task_id": _ID,
        "state": {"type": "string", "enum": ["pending", "running", "succeeded", "failed"]},
        "type": _TEXT,
        "error": _TEXT,
    }
    tasks = {"type": "array", "items": {"type": "object", "required": ["index"], "properties": task}}
    whole = {"type": "integer"}
    return _object({"code": whole, "message": _TEXT, "batch_id": _ID, "submitted": whole, "tasks": tasks})


def _task() -> dict[str, Any]:
    clip = {"$ref": _CLIP}
    pair = {"extended": clip, "replaced": clip, "full": {"anyOf": [clip, {"type": "null"}]}}
    items = {"anyOf": [clip, {"type": "object", "required": ["full"], "properties": pair}]}
    clips = _object({"code": {"type": "integer"}, "data": {"type": "array", "items": items}, "message": _TEXT})
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
