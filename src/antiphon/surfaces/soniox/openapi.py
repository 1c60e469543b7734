"""What `/openapi.json` says of this dialect; plain routes cannot be documented by looking at them."""

from typing import Any

from antiphon.audio.formats import FORMATS
from antiphon.surfaces.soniox.schemas import ErrorBody, SpeechRequest

_SCHEMAS = "#/components/schemas/{model}"
_ERRORS = {
    400: "The request is malformed or contains invalid parameters.",
    401: "Authentication is missing or incorrect.",
    402: "The balance or a monthly budget is used up.",
    403: "The key may not do this.",
    408: "It took too long.",
    413: "The body is larger than 256 KiB.",
    415: "The body is not JSON.",
    429: "Too many requests a minute, or at once.",
    500: "An error of the server's own.",
    503: "It cannot be done now; retry after `Retry-After`.",
}


def paths() -> dict[str, Any]:
    """The `paths` and `components` of this dialect."""
    return {
        "paths": {"/tts": {"post": _tts()}},
        "components": {
            "schemas": {
                "SonioxSpeechRequest": _request(),
                "SonioxError": ErrorBody.model_json_schema(ref_template=_SCHEMAS),
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _request() -> dict[str, Any]:
    """The body's schema, with what is checked only after its shape."""
    schema = SpeechRequest.model_json_schema(ref_template=_SCHEMAS)
    fields = schema["properties"]
    fields["audio_format"]["enum"] = list(FORMATS)
    fields["speed"]["anyOf"][0] |= {"minimum": 0.7, "maximum": 1.3}
    return schema


def _tts() -> dict[str, Any]:
    types = sorted({entry.content_type for entry in FORMATS.values()})
    error = {"application/json": {"schema": {"$ref": _SCHEMAS.format(model="SonioxError")}}}
    return {
        "tags": ["Soniox Text-to-Speech"],
        "operationId": "soniox_tts",
        "summary": "Generate speech",
        "description": "Speaks a text. The sound is streamed as it is made, at most two minutes of it; what goes "
        "wrong after it has begun is told in the trailers X-Tts-Error-Code and X-Tts-Error-Message.",
        "security": [{"bearer": []}, {"apiKey": []}],
        "parameters": [
            {
                "name": "X-Request-Id",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
                "description": "Comes back as X-Request-Id and as request_id.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _SCHEMAS.format(model="SonioxSpeechRequest")}}},
        },
        "responses": {
            "200": {
                "description": "The sound.",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in types},
            },
            **{str(status): {"description": text, "content": error} for status, text in _ERRORS.items()},
        },
    }
