"""What `/openapi.json` says of cloned voices."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from antiphon.services.voices import MOST_VOICES
from antiphon.surfaces.soniox.management.voice_schemas import (
    CreateVoicePayload,
    GetVoicesPayload,
    RecomputeVoicePayload,
    Voice,
    VoicesCount,
    VoicesPage,
)

_SCHEMAS = "#/components/schemas/Soniox{model}"
_ID = {"name": "voice_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_WHAT = (
    "A voice is made of four figures measured in the clip (pitch, its span, pace, spectral tilt): a likeness, not a "
    "copy of the speaker. One whose clip cannot be measured is kept too, and says why."
)

_ERRORS = {
    401: "Authentication is missing or incorrect, or the key is a temporary one.",
    403: "The key may not do this.",
    429: "Too many requests a minute.",
    500: "An error of the server's own.",
    503: "It cannot be done now; retry after `Retry-After`.",
}
_INVALID = {400: "Something is missing or wrong; `validation_errors` says what."}
_UNKNOWN = {404: "The project has no such voice."}
_CREATE_ERRORS = {
    **_INVALID,
    409: f"The project has a voice of that name, or {MOST_VOICES} voices.",
    413: "The clip is larger than 10 MiB.",
    415: "The body is not a form with a file.",
}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of cloned voices. The body of errors is described with the other endpoints."""
    return {
        "paths": {
            "/v1/voices": {
                "get": {**_operation("voices", "Cloned voices", VoicesPage, errors=_INVALID), "parameters": _query()},
                "post": _create(),
            },
            "/v1/voices/count": {"get": _operation("count_voices", "How many cloned voices there are", VoicesCount)},
            "/v1/voices/{voice_id}": {
                "parameters": [_ID],
                "get": _operation("voice", "A cloned voice", Voice, errors=_UNKNOWN),
                "delete": _operation("delete_voice", "Delete a cloned voice, and its clip", None, errors=_UNKNOWN),
            },
            "/v1/voices/{voice_id}/recompute": {
                "parameters": [_ID],
                "post": {
                    **_operation(
                        "recompute_voice", "Measure a clip again that could not be", Voice, errors=_INVALID | _UNKNOWN
                    ),
                    "requestBody": {"content": _json(RecomputeVoicePayload)},
                },
            },
        },
        "components": {"schemas": dict(_schemas())},
    }


def _create() -> dict[str, Any]:
    fields = CreateVoicePayload.model_json_schema()["properties"]
    form = {
        "type": "object",
        "required": ["name", "file"],
        "properties": {
            **fields,
            "file": {"type": "string", "format": "binary", "description": "At most 20 seconds and 10 MiB."},
        },
    }
    operation = _operation("create_voice", "Make a voice from a clip", Voice, status=201, errors=_CREATE_ERRORS)
    body = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    return {**operation, "description": _WHAT, "requestBody": body}


def _operation(
    id_: str, summary: str, answer: type | None, *, status: int = 200, errors: dict[int, str] | None = None
) -> dict[str, Any]:
    done: dict[str, Any] = {"204": {"description": "Done."}}
    if answer is not None:
        done = {str(status): {"description": "Done.", "content": _json(answer)}}
    error = {"application/json": {"schema": {"$ref": _SCHEMAS.format(model="ApiError")}}}
    told = sorted({**_ERRORS, **(errors or {})}.items())
    return {
        "tags": ["Soniox management"],
        "operationId": f"soniox_{id_}",
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {**done, **{str(code): {"description": text, "content": error} for code, text in told}},
    }


def _query() -> list[dict[str, Any]]:
    fields = GetVoicesPayload.model_json_schema()["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": field} for name, field in fields.items()]


def _schemas() -> Iterable[tuple[str, Any]]:
    kinds: tuple[type, ...] = (Voice, VoicesPage, VoicesCount, RecomputeVoicePayload)
    for kind in kinds:
        schema = TypeAdapter(kind).json_schema(ref_template=_SCHEMAS)
        for name, part in schema.pop("$defs", {}).items():
            yield f"Soniox{name}", part
        yield f"Soniox{kind.__name__}", schema


def _json(kind: type | type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _SCHEMAS.format(model=kind.__name__)}}}
