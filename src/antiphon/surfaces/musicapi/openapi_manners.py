"""What `/openapi.json` says of Producer, of Nuro, and of what is retired."""

from collections.abc import Mapping
from typing import Any

from antiphon.surfaces.musicapi import nuro, producer
from antiphon.surfaces.musicapi.retired import PREFIXES

_Schema = Mapping[str, Any]

_ERROR = "#/components/schemas/MusicApiError"
_TEXT, _NUMBER, _FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
_ID = {"type": "string", "format": "uuid"}
_TEXT_OR_NULL, _NUMBER_OR_NULL = {"type": ["string", "null"]}, {"type": ["number", "null"]}
_HOOK = {"webhook_url": {"type": "string", "maxLength": 1024}, "webhook_secret": {"type": "string", "maxLength": 512}}
_KEY = {401: "The key is missing or wrong."}
_ASKED = {
    400: "A field is missing or wrong; nothing was charged.",
    **_KEY,
    403: "The credits are not enough.",
    429: "Too many requests; `Retry-After` says for how long.",
    503: "It cannot be done now.",
}
_NO_TASK = {**_KEY, 404: "There is no such task."}
_PRODUCER_TASKS = [
    *("create_music", "extend_music", "replace_music", "cover_music", "cover_upload_music"),
    *producer.RETIRED,
]


def manner_paths() -> dict[str, Any]:
    """The paths of the other manners."""
    accepted = _object({"code": {"type": "integer"}, "message": _TEXT, "task_id": _ID})
    asked = {
        "producer/create": ("Submit a song by its sound", _producer(), ()),
        "producer/upload": ("Make a clip of a recording", {"url": _TEXT, **_HOOK}, ("url",)),
        "producer/download": (
            "Have a clip in another form",
            {"clip_id": _ID, "format": {"type": "string", "enum": ["mp3", "wav", "m4a"]}, **_HOOK},
            ("clip_id",),
        ),
        "nuro/create": ("Submit a song by lists of words", _nuro(), ("type",)),
    }
    paths: dict[str, Any] = {}
    for path, (summary, fields, needed) in asked.items():
        body = {"required": True, "content": _json({"type": "object", "required": list(needed), "properties": fields})}
        paths[f"/api/v1/{path}"] = {"post": {**_operation(path, summary, accepted, _ASKED), "requestBody": body}}
    told = {"producer": _producer_task(), "nuro": _nuro_task()}
    for manner, schema in told.items():
        parameter = {"name": "task_id", "in": "path", "required": True, "schema": _TEXT}
        operation = _operation(f"{manner}/task", "How a task stands", schema, _NO_TASK)
        paths[f"/api/v1/{manner}/task/{{task_id}}"] = {"get": {**operation, "parameters": [parameter]}}
    for prefix in PREFIXES:
        rest = {"name": "rest", "in": "path", "required": True, "schema": _TEXT}
        paths[f"{prefix}/{{rest}}"] = {"parameters": [rest], "get": _gone(prefix), "post": _gone(prefix)}
    return paths


def _producer() -> _Schema:
    return {
        "task_type": {"type": "string", "enum": _PRODUCER_TASKS, "default": "create_music"},
        "sound": {"type": "string", "maxLength": 2000},
        "lyrics": {"type": "string", "maxLength": 5000},
        "mv": {"type": "string", "enum": list(producer.MODELS)},
        "title": {"type": "string", "maxLength": 80},
        "seed": _TEXT,
        "make_instrumental": _FLAG,
        "clip_id": _ID,
        "instruction": {"type": "string", "maxLength": 2000},
        "starts_at": _NUMBER,
        "ends_at": _NUMBER,
        "length": {"type": "number", "minimum": 10, "maximum": 360},
        "strength": {"type": "number", "minimum": 0, "maximum": 1},
        **_HOOK,
    }


def _nuro() -> _Schema:
    known = nuro.words()
    lists = {
        field: {"oneOf": [{"type": "string"}, {"type": "array", "items": {"enum": list(values)}, "maxItems": 5}]}
        for field, values in known.bgm.items()
    }
    return {
        "type": {"type": "string", "enum": ["vocal", "bgm"]},
        "lyrics": {"type": "string", "maxLength": 2000, "description": "Of a song."},
        "description": {"type": "string", "maxLength": 2000, "description": "Of background music."},
        "gender": {"type": "string", "enum": list(known.genders)},
        "timbre": {"type": "string", "enum": list(known.vocal["timbre"])},
        **lists,
        "duration": {"type": "integer", "minimum": 1, "maximum": 240},
        "version": {"type": "string", "enum": ["v1.0", "v2.0"]},
        "segments": {"type": "array", "items": _object({"name": _TEXT, "duration": {"type": "integer"}})},
        **_HOOK,
    }


def _producer_task() -> _Schema:
    clip = {
        "clip_id": _ID,
        **dict.fromkeys(("title", "lyrics", "tags"), _TEXT),
        **dict.fromkeys(("sound", "audio_url", "wav_url", "image_url", "video_url", "mv", "seed"), _TEXT_OR_NULL),
        "duration": _NUMBER,
    }
    status = {"type": "string", "enum": ["PENDING", "RUNNING", "SUCCESS", "FAILED"]}
    data = {"type": "array", "items": _object(clip)}
    return _object({"code": {"type": "integer"}, "status": status, "message": _TEXT, "data": data})


def _nuro_task() -> _Schema:
    return _object(
        {
            "task_id": _ID,
            "status": {"type": "string", "enum": ["pending", "running", "succeeded", "failed"]},
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            **dict.fromkeys(("audio_url", "lyrics", "genre", "mood", "gender", "timbre"), _TEXT_OR_NULL),
            "duration": _NUMBER_OR_NULL,
        }
    )


def _gone(prefix: str) -> dict[str, Any]:
    texts = {**_KEY, 410: "It is retired."}
    failed = {str(code): {"description": text, "content": _json({"$ref": _ERROR})} for code, text in texts.items()}
    return {"tags": ["MusicAPI"], "summary": f"Retired: {prefix}", "deprecated": True, "responses": failed}


def _operation(name: str, summary: str, schema: _Schema, errors: Mapping[int, str]) -> dict[str, Any]:
    failed = {str(code): {"description": text, "content": _json({"$ref": _ERROR})} for code, text in errors.items()}
    return {
        "tags": ["MusicAPI"],
        "operationId": f"musicapi_{name.replace('/', '_')}",
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {"200": {"description": "It waits, or stands so.", "content": _json(schema)}, **failed},
    }


def _object(fields: _Schema) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "properties": dict(fields)}


def _json(schema: _Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
