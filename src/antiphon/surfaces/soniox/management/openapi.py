"""What `/openapi.json` says of the management API; plain routes cannot be documented by looking at them."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from antiphon.surfaces.soniox.management import answers
from antiphon.surfaces.soniox.management.envelope import Fault
from antiphon.surfaces.soniox.management.schemas import (
    CreateTemporaryApiKeyPayload,
    GetConcurrentStreamsHistoryPayload,
    GetSharedVoicesPayload,
    GetUsageLogsPayload,
    GetUsageSummaryPayload,
)

_SCHEMAS = "#/components/schemas/Soniox{model}"
_ERROR = "ApiError"
_ANSWERS = (
    answers.TtsModels,
    answers.SttModels,
    answers.SharedVoices,
    answers.TemporaryApiKey,
    answers.UsageLogs,
    answers.UsageSummary,
    answers.ConcurrencyLimits,
    answers.ConcurrentStreamsHistory,
)

_KEY_ERRORS = {
    401: "Authentication is missing or incorrect, or the key is a temporary one.",
    429: "Too many requests a minute.",
    500: "An error of the server's own.",
    503: "It cannot be done now; retry after `Retry-After`.",
}
_QUERY_ERRORS = {400: "A parameter is missing or wrong; `validation_errors` says which."}
_PERMISSION_ERRORS = {403: "The key may not do this."}
_BODY_ERRORS = {
    400: "A field is missing or wrong; `validation_errors` says which.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not JSON.",
}


class ApiError(BaseModel):
    """The body of every error."""

    status_code: int
    error_type: str
    message: str
    validation_errors: list[Fault]
    request_id: str
    more_info: str


def paths() -> dict[str, Any]:
    """The `paths` and `components` of the management API."""
    limited = _QUERY_ERRORS | _PERMISSION_ERRORS
    return {
        "paths": {
            "/v1/tts-models": {"get": _get("tts_models", "Models of speech", answers.TtsModels)},
            "/v1/models": {"get": _get("models", "Models that listen, of which there are none", answers.SttModels)},
            "/v1/shared-voices": {
                "get": _get(
                    "shared_voices",
                    "Voices of a model",
                    answers.SharedVoices,
                    query=GetSharedVoicesPayload,
                    errors=_QUERY_ERRORS,
                )
            },
            "/v1/auth/temporary-api-key": {"post": _temporary_key()},
            "/v1/usage-logs": {
                "get": _get(
                    "usage_logs",
                    "Requests that were served, and what each cost",
                    answers.UsageLogs,
                    query=GetUsageLogsPayload,
                    errors=limited,
                )
            },
            "/v1/usage/summary": {
                "get": _get(
                    "usage_summary",
                    "What each day came to, by model",
                    answers.UsageSummary,
                    query=GetUsageSummaryPayload,
                    errors=limited,
                )
            },
            "/v1/concurrency-limits": {
                "get": _get(
                    "concurrency_limits",
                    "How many streams are at work, and may be",
                    answers.ConcurrencyLimits,
                    errors=_PERMISSION_ERRORS,
                )
            },
            "/v1/concurrent-streams-history": {
                "get": _get(
                    "concurrent_streams_history",
                    "How many streams were at work at once",
                    answers.ConcurrentStreamsHistory,
                    query=GetConcurrentStreamsHistoryPayload,
                    errors=limited,
                )
            },
        },
        "components": {"schemas": dict(_schemas())},
    }


def _schemas() -> Iterable[tuple[str, Any]]:
    """Each schema under its own name, with those that it is made of."""
    for kind in (*_ANSWERS, CreateTemporaryApiKeyPayload, ApiError):
        schema = TypeAdapter(kind).json_schema(ref_template=_SCHEMAS, mode="validation")
        for name, part in schema.pop("$defs", {}).items():
            yield f"Soniox{name}", part
        yield f"Soniox{kind.__name__}", schema


def _get(
    id_: str,
    summary: str,
    answer: type,
    *,
    query: type[BaseModel] | None = None,
    errors: dict[int, str] | None = None,
) -> dict[str, Any]:
    return {
        **_operation(id_, summary),
        "parameters": [] if query is None else list(_parameters(query)),
        "responses": {"200": {"description": "Done.", "content": _json(answer.__name__)}, **_told(errors or {})},
    }


def _temporary_key() -> dict[str, Any]:
    errors = _BODY_ERRORS | _PERMISSION_ERRORS
    return {
        **_operation("temporary_api_key", "Make a key for somebody else's hands"),
        "description": "A temporary key begins streams, for an hour at most, and does nothing else. What it does is "
        "charged to the account of the key it was made with.",
        "requestBody": {"required": True, "content": _json(CreateTemporaryApiKeyPayload.__name__)},
        "responses": {
            "201": {"description": "Made.", "content": _json(answers.TemporaryApiKey.__name__)},
            **_told(errors),
        },
    }


def _operation(id_: str, summary: str) -> dict[str, Any]:
    return {
        "tags": ["Soniox management"],
        "operationId": f"soniox_{id_}",
        "summary": summary,
        "security": [{"bearer": []}, {"apiKey": []}],
    }


def _told(errors: dict[int, str]) -> dict[str, Any]:
    told = sorted({**_KEY_ERRORS, **errors}.items())
    return {str(status): {"description": text, "content": _json(_ERROR)} for status, text in told}


def _parameters(query: type[BaseModel]) -> Iterable[dict[str, Any]]:
    schema = query.model_json_schema()
    for name, field in schema["properties"].items():
        description = field.pop("description", None)
        yield {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            "schema": field,
            **({} if description is None else {"description": description}),
        }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _SCHEMAS.format(model=name)}}}
