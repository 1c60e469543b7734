"""What an operator can ask of a running server over its control socket, and of an idle data folder too."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from antiphon.domain.errors import AntiphonError, Conflict, InvalidRequest, NotFound, Unavailable
from antiphon.domain.keys import MOST_ACTIVE, ApiKey
from antiphon.kit.control import ControlError
from antiphon.services.keys import LONGEST_NAME, Keys

Handler = Callable[[dict[str, Any]], Awaitable[object]]

_WORDS: Mapping[tuple[str, str], str] = {
    ("conflict", "key_limit"): f"There are {MOST_ACTIVE} active keys already. Revoke one first.",
    (
        "conflict",
        "ambiguous",
    ): "Several keys begin like that. Name one by its id, as `antiphon keys list` shows.",
    ("not_found", "unknown_key"): "There is no such key. `antiphon keys list` shows those there are.",
    ("invalid_request", "name"): f"A name has 1 to {LONGEST_NAME} printable characters.",
    ("invalid_request", "missing"): "The request lacks something it needs.",
}


def control_handlers(keys: Keys, account_id: UUID) -> dict[str, Handler]:
    """The verbs `keys.create`, `keys.list` and `keys.revoke`, all on one account.

    Times in their answers are Unix seconds. Refusals are raised as `ControlError`.
    """

    async def create(arguments: dict[str, Any]) -> object:
        key, text = await keys.create(account_id, _text(arguments, "name"))
        return {**_shown(key), "key": text}

    async def listed(_arguments: dict[str, Any]) -> object:
        return {"keys": [_shown(key) for key in await keys.list(account_id)]}

    async def revoke(arguments: dict[str, Any]) -> object:
        key = await keys.find(account_id, _text(arguments, "key"))
        return _shown(await keys.revoke(account_id=account_id, key_id=key.id))

    return {
        "keys.create": _worded(create),
        "keys.list": _worded(listed),
        "keys.revoke": _worded(revoke),
    }


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise InvalidRequest("missing", field=name)
    return value


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.shown_prefix,
        "permissions": None if key.permissions is None else sorted(key.permissions),
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "leaked_at": key.leaked_at,
    }


def _worded(handler: Handler) -> Handler:
    async def work(arguments: dict[str, Any]) -> object:
        try:
            return await handler(arguments)
        except (Conflict, InvalidRequest, NotFound, Unavailable) as error:
            raise ControlError(error.code, _message(error)) from error

    return work


def _message(error: AntiphonError) -> str:
    if isinstance(error, Unavailable):
        return f"The database cannot be used now ({error}). The server's log has the cause."
    return _WORDS.get((error.code, getattr(error, "reason", "")), str(error))
