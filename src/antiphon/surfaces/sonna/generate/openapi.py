"""What `/openapi.json` says of `/api/generate` and the list of all models."""

from typing import Any

from pydantic import BaseModel

from antiphon.surfaces.sonna.generate.schemas import (
    AcceptedAnswer,
    GenerateAnswer,
    ImageRequest,
    JobAnswer,
    ModelsAnswer,
    MusicRequest,
    Picture,
    Track,
    VideoRequest,
)

_SCHEMAS = "#/components/schemas/Sonna{model}"
_MODELS: tuple[type[BaseModel], ...] = (
    ImageRequest,
    MusicRequest,
    VideoRequest,
    Picture,
    Track,
    GenerateAnswer,
    AcceptedAnswer,
    JobAnswer,
    ModelsAnswer,
)
_ERROR = {"$ref": _SCHEMAS.format(model="ErrorBody")}

_KEY = {401: "The key is missing or wrong (UNAUTHORIZED).", 503: "It cannot be done now (SERVICE_UNAVAILABLE)."}
_OFF = {403: "It is switched off (ENDPOINT_NOT_AVAILABLE)."}
_GENERATE = {
    **_KEY,
    400: "The body cannot be parsed (VALIDATION_ERROR), or the header Idempotency-Key is wrong (INVALID_PARAM).",
    402: "INSUFFICIENT_CREDITS or BUDGET_EXHAUSTED; nothing was charged.",
    403: "PAID_ACCESS_REQUIRED, or it is switched off (ENDPOINT_NOT_AVAILABLE).",
    409: "As many as may be are being made (DUPLICATE_REQUEST); it was cancelled meanwhile (CANCELLED).",
    413: "REQUEST_TOO_LARGE.",
    415: "UNSUPPORTED_MEDIA_TYPE.",
    422: "VALIDATION_ERROR with `field`, INVALID_MODEL, MODEL_NOT_AVAILABLE, CONTENT_REJECTED, IDEMPOTENCY_MISMATCH.",
    429: "RATE_LIMITED; `Retry-After` says for how long.",
    500: "INTERNAL_ERROR.",
    503: "PROVIDER_BUSY or SERVICE_UNAVAILABLE; retry after `Retry-After`. Nothing was charged.",
}
_EXAMPLES = {
    "picture": {
        "summary": "A picture",
        "value": {
            "type": "IMAGE",
            "model": "nano-banana-2",
            "prompt": "A photorealistic mountain landscape at golden hour, 4K",
        },
    },
    "song": {
        "summary": "A song",
        "value": {
            "type": "MUSIC",
            "model": "suno-v4_5all",
            "prompt": "Upbeat lo-fi hip hop with piano and rain ambiance",
        },
    },
    "film": {
        "summary": "A film",
        "value": {"type": "VIDEO", "prompt": "Waves at a beach, the camera pans left", "durationSeconds": 3},
    },
}
"""Bodies that can be sent as they are."""
_JOB = {**_KEY, **_OFF, 404: "There is no such job (NOT_FOUND)."}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of these routes."""
    id_ = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {
        "paths": {
            "/api/generate": {"post": _generate()},
            "/api/generate/{job_id}": {
                "parameters": [id_],
                "get": _operation("sonna_generation", "How a generation stands", JobAnswer, _JOB),
                "delete": _operation(
                    "sonna_generation_cancel",
                    "Cancel a generation; nothing is charged",
                    JobAnswer,
                    {**_JOB, 409: "It has ended before (JOB_ENDED)."},
                ),
            },
            "/api/v1/models": {"get": _operation("sonna_models", "List all models", ModelsAnswer, _KEY)},
        },
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    made = {f"Sonna{model.__name__}": model.model_json_schema(ref_template=_SCHEMAS) for model in _MODELS}
    for schema in made.values():
        schema.pop("$defs", None)  # They are all in the list.
    return made


def _generate() -> dict[str, Any]:
    operation = _operation("sonna_generate", "Make pictures, music or a film", GenerateAnswer, _GENERATE)
    operation["responses"]["202"] = {
        "description": "It takes its time: a film always, others after a minute, or at once with `async`.",
        "content": _json(_ref(AcceptedAnswer)),
    }
    bodies = [_ref(model) for model in (ImageRequest, MusicRequest, VideoRequest)]
    return {
        **operation,
        "description": "Makes what `type` says and keeps its files for 24 hours. Charged once they are whole.",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "Asked again under the same key within 24 hours, the same job is answered for, and "
                "nothing more is charged.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": bodies}, "examples": _EXAMPLES}},
        },
    }


def _operation(id_: str, summary: str, answer: type[BaseModel], errors: dict[int, str]) -> dict[str, Any]:
    return {
        "tags": ["Sonna"],
        "operationId": id_,
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {
            "200": {"description": "Done.", "content": _json(_ref(answer))},
            **{str(code): {"description": text, "content": _json(_ERROR)} for code, text in sorted(errors.items())},
        },
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _SCHEMAS.format(model=model.__name__)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
