"""What `/openapi.json` says of accounts, of signing in, and of the library."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from antiphon.domain.library import ItemType
from antiphon.surfaces.sonna import schemas_accounts as bodies

MODELS: tuple[type[BaseModel], ...] = (
    bodies.RegisterRequest,
    bodies.LoginRequest,
    bodies.RefreshRequest,
    bodies.FirstRequest,
    bodies.UserEntry,
    bodies.SignedInAnswer,
    bodies.DoneAnswer,
    bodies.NewKeyRequest,
    bodies.ApiKeyEntry,
    bodies.NewKeyAnswer,
    bodies.KeysAnswer,
    bodies.RevokedAnswer,
    bodies.RenewalAnswer,
    bodies.BucketsEntry,
    bodies.TotalEntry,
    bodies.UsageAnswer,
    bodies.RequestEntry,
    bodies.RequestsAnswer,
    bodies.LibraryEntry,
    bodies.LibraryAnswer,
    bodies.LibraryItemAnswer,
    bodies.RenameRequest,
)

_REF = "#/components/schemas/Sonna{name}"
_NOBODY: list[dict[str, list[str]]] = []
_SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}]
_ANYONE: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]

_LIMITED = {429: "RATE_LIMITED; `Retry-After` says for how long."}
_WRONG = {
    400: "MISSING_FIELD, INVALID_PARAM or VALIDATION_ERROR.",
    413: "REQUEST_TOO_LARGE.",
    415: "UNSUPPORTED_MEDIA_TYPE.",
}
_TOKEN = {401: "UNAUTHORIZED: the token is forged, or has expired.", 403: "ENDPOINT_NOT_ACCESSIBLE: it is an API key."}

_NO_ITEM = {**_TOKEN, **_LIMITED, 404: "NOT_FOUND: the account has no such thing."}


def paths() -> dict[str, Any]:
    """The `paths` of these."""
    return {
        "/api/auth/register": {"post": _register()},
        "/api/auth/login": {"post": _login()},
        "/api/auth/refresh": {"post": _refresh()},
        "/api/auth/logout": {"post": _logout()},
        "/api/auth/first": {"get": _first_page(), "post": _first()},
        "/api/auth/google": {"post": _elsewhere("google")},
        "/api/auth/mobile-login": {"post": _elsewhere("mobile_login")},
        "/api/v1/user/api-keys": {"get": _keys(), "post": _new_key()},
        "/api/v1/user/api-keys/{key_id}": {"delete": _revoke()},
        "/api/v1/user/subscription/check-renewal": {"post": _renewal()},
        "/api/v1/usage": {"get": _usage()},
        "/api/v1/usage/requests": {"get": _requests()},
        "/api/v1/library": {"get": _library()},
        "/api/v1/library/{item_id}": {"get": _item(), "patch": _rename(), "delete": _remove()},
    }


def _register() -> dict[str, Any]:
    errors = {
        **_WRONG,
        **_LIMITED,
        403: "REGISTRATION_CLOSED or INVITE_INVALID.",
        409: "EMAIL_TAKEN.",
    }
    made = _operation("register", "Make a user and their account", bodies.SignedInAnswer, errors, status=201)
    return {**made, "security": _NOBODY, **_takes(bodies.RegisterRequest)}


def _login() -> dict[str, Any]:
    errors = {**_WRONG, **_LIMITED, 401: "UNAUTHORIZED: e-mail or password is wrong."}
    made = _operation("login", "Sign in", bodies.SignedInAnswer, errors)
    return {**made, "security": _NOBODY, **_takes(bodies.LoginRequest)}


def _refresh() -> dict[str, Any]:
    errors = {**_WRONG, **_LIMITED, 401: "UNAUTHORIZED: the refresh token was used, or its session is over."}
    made = _operation("refresh", "Get the next token", bodies.SignedInAnswer, errors)
    return {**made, "security": _NOBODY, **_takes(bodies.RefreshRequest)}


def _logout() -> dict[str, Any]:
    made = _operation("logout", "End a session", bodies.DoneAnswer, {**_WRONG, **_LIMITED})
    return {**made, "security": _NOBODY, **_takes(bodies.RefreshRequest)}


def _first_page() -> dict[str, Any]:
    made = _operation("first_page", "The page of the first link", bodies.DoneAnswer, {404: "NOT_FOUND.", **_LIMITED})
    made["responses"]["200"] = {"description": "A form.", "content": {"text/html": {"schema": {"type": "string"}}}}
    code = {"name": "code", "in": "query", "required": True, "schema": {"type": "string"}}
    return {**made, "security": _NOBODY, "parameters": [code]}


def _first() -> dict[str, Any]:
    errors = {**_WRONG, **_LIMITED, 404: "NOT_FOUND: the link was used, or is none.", 409: "EMAIL_TAKEN."}
    summary = "Set e-mail and password of the first account"
    made = _operation("first", summary, bodies.SignedInAnswer, errors, status=201)
    return {**made, "security": _NOBODY, **_takes(bodies.FirstRequest)}


def _elsewhere(name: str) -> dict[str, Any]:
    summary = "Not configured: nobody else signs people in"
    made = _operation(name, summary, bodies.DoneAnswer, {501: "NOT_CONFIGURED.", **_LIMITED})
    del made["responses"]["200"]
    return {**made, "security": _NOBODY}


def _keys() -> dict[str, Any]:
    return {**_operation("api_keys", "List API keys", bodies.KeysAnswer, _TOKEN), "security": _SIGNED_IN}


def _new_key() -> dict[str, Any]:
    errors = {
        **_WRONG,
        **_TOKEN,
        400: "KEY_LIMIT_REACHED, INVALID_PARAM or VALIDATION_ERROR.",
        403: "PAID_ACCESS_REQUIRED, or ENDPOINT_NOT_ACCESSIBLE: it is an API key.",
    }
    made = _operation("new_api_key", "Make an API key", bodies.NewKeyAnswer, errors, status=201)
    return {**made, "security": _SIGNED_IN, **_takes(bodies.NewKeyRequest, required=False)}


def _revoke() -> dict[str, Any]:
    errors = {**_TOKEN, 404: "NOT_FOUND: the account has no such key."}
    made = _operation("revoke_api_key", "Revoke an API key", bodies.RevokedAnswer, errors)
    key_id = {"name": "key_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {**made, "security": _SIGNED_IN, "parameters": [key_id]}


def _renewal() -> dict[str, Any]:
    errors = {401: "UNAUTHORIZED.", 403: "ENDPOINT_NOT_ACCESSIBLE.", **_LIMITED}
    summary = "End the subscription if it is over"
    return {**_operation("check_renewal", summary, bodies.RenewalAnswer, errors), "security": _ANYONE}


def _usage() -> dict[str, Any]:
    groups = {"type": "string", "default": "day", "description": "Several of day, key, model, modality, with commas."}
    made = _read("usage", "What the requests of some days came to", bodies.UsageAnswer)
    return {**made, "parameters": [*_days(), _query("groupBy", groups)]}


def _requests() -> dict[str, Any]:
    made = _read("usage_requests", "The log of requests, the last begun first", bodies.RequestsAnswer)
    limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50, "description": "CSV: 10,000."}
    return {**made, "parameters": [*_days(), _query("limit", limit), _query("cursor", {"type": "string"})]}


def _library() -> dict[str, Any]:
    errors = {**_TOKEN, **_LIMITED, 400: "INVALID_PARAM."}
    kinds = {"type": "string", "enum": list(get_args(ItemType))}
    text = {"type": "string", "maxLength": 200, "description": "What titles have in them, in upper or lower case."}
    limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    queries: dict[str, dict[str, Any]] = {"type": kinds, "search": text, "limit": limit, "cursor": {"type": "string"}}
    made = _operation("library", "What somebody made who is signed in, the newest first", bodies.LibraryAnswer, errors)
    return {**made, "security": _SIGNED_IN, "parameters": [_query(name, schema) for name, schema in queries.items()]}


def _item() -> dict[str, Any]:
    return _of_item(_operation("library_item", "One thing of the library", bodies.LibraryItemAnswer, _NO_ITEM))


def _rename() -> dict[str, Any]:
    made = _operation("rename_library_item", "Give it another title", bodies.LibraryItemAnswer, {**_WRONG, **_NO_ITEM})
    return {**_of_item(made), **_takes(bodies.RenameRequest)}


def _remove() -> dict[str, Any]:
    return _of_item(_operation("remove_library_item", "Delete it and its files", bodies.DoneAnswer, _NO_ITEM))


def _of_item(made: dict[str, Any]) -> dict[str, Any]:
    item_id = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {**made, "security": _SIGNED_IN, "parameters": [item_id]}


def _read(id_: str, summary: str, answer: type[BaseModel]) -> dict[str, Any]:
    errors = {400: "INVALID_PARAM.", 401: "UNAUTHORIZED.", 403: "ENDPOINT_NOT_ACCESSIBLE.", **_LIMITED}
    made = _operation(id_, summary, answer, errors)
    made["responses"]["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}
    return {**made, "security": _ANYONE}


def _days() -> list[dict[str, Any]]:
    day = {"type": "string", "format": "date"}
    form = {"type": "string", "enum": ["json", "csv"], "default": "json"}
    return [_query("from", day), _query("to", day), _query("format", form)]


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _operation(
    id_: str, summary: str, answer: type[BaseModel], errors: Mapping[int, str], *, status: int = 200
) -> dict[str, Any]:
    told = {503: "SERVICE_UNAVAILABLE.", **errors}
    return {
        "tags": ["Sonna accounts"],
        "operationId": f"sonna_{id_}",
        "summary": summary,
        "responses": {
            str(status): {"description": "Done.", "content": _json(answer.__name__)},
            **{str(code): {"description": text, "content": _json("ErrorBody")} for code, text in sorted(told.items())},
        },
    }


def _takes(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": _json(model.__name__)}}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=name)}}}
