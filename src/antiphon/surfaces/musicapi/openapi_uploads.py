"""What `/openapi.json` says of recordings that were not made here."""

from collections.abc import Mapping
from typing import Any

_ERROR = "#/components/schemas/MusicApiError"
_TEXT = {"type": "string"}
_ID, _URL = {"type": "string", "format": "uuid"}, {"type": "string", "format": "uri"}
_HOOK = {"webhook_url": {"type": "string", "maxLength": 1024}, "webhook_secret": {"type": "string", "maxLength": 512}}
_ERRORS = {
    400: "A field is missing or wrong, the recording cannot be had, or nothing can be made of it; nothing was charged.",
    401: "The key is missing or wrong.",
    403: "The credits are not enough.",
    429: "Too many requests; `Retry-After` says for how long.",
    503: "It cannot be done now.",
}
_SOUND = {"type": "string", "format": "binary"}


def upload_paths() -> dict[str, Any]:
    """The `paths` of these endpoints."""
    upload = {"url": _URL, "callback_url": {"type": "string", "maxLength": 1024}}
    voice = {"audio_url": _URL, "name": {"type": "string", "maxLength": 80}, **_HOOK}
    return {
        "/api/v1/sonic/upload": {
            "post": _operation(
                "upload",
                "Take in a recording",
                content={
                    "application/json": _object(upload, "url"),
                    "multipart/form-data": _object({"file": _SOUND}, "file"),
                    "audio/*": _SOUND,
                },
                told={"clip_id": _ID},
                instead={"task_id": _ID},
            )
        },
        "/api/v1/sonic/create-voice": {
            "post": _operation(
                "create_voice",
                "Keep who speaks in a recording, to sing",
                content={"application/json": _object(voice, "audio_url")},
                told={"task_id": _ID},
            )
        },
    }


def _object(fields: Mapping[str, Any], *needed: str) -> dict[str, Any]:
    return {"type": "object", "required": list(needed), "properties": dict(fields)}


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    told = {"code": {"type": "integer"}, "message": _TEXT, **fields}
    return _object(told, *told)


def _operation(
    name: str,
    summary: str,
    *,
    content: Mapping[str, Any],
    told: Mapping[str, Any],
    instead: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An endpoint.

    Args:
        name: Its own.
        summary: What it does.
        content: What is sent, by content type.
        told: What it answers beside "code" and "message".
        instead: What it answers in place of that, where nobody waits.
    """
    answer = _told(told) if instead is None else {"oneOf": [_told(told), _told(instead)]}
    failed = {
        str(code): {"description": text, "content": {"application/json": {"schema": {"$ref": _ERROR}}}}
        for code, text in _ERRORS.items()
    }
    done = {"200": {"description": "Done.", "content": {"application/json": {"schema": answer}}}}
    return {
        "tags": ["MusicAPI"],
        "operationId": f"musicapi_{name}",
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}},
        "responses": {**done, **failed},
    }
