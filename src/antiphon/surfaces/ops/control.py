"""What an operator can ask of a running server over its control socket, and of an idle data folder too."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from antiphon.catalog.plans import UnknownPlan
from antiphon.domain.errors import AntiphonError, Conflict, InvalidRequest, NotFound, Unavailable
from antiphon.domain.keys import MOST_ACTIVE, ApiKey
from antiphon.kit.control import ControlError
from antiphon.services.accounts import Accounts
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
    ("invalid_request", "until"): "A plan ends at a time to come, and the plan free does not end.",
    ("invalid_request", "amount"): "Credits are a number above 0, with three decimals at most.",
    ("invalid_request", "payment"): "A payment's reference has 1 to 100 printable characters.",
    ("invalid_request", "note"): "A note has at most 200 printable characters.",
    ("not_found", "unknown_account"): "There is no such account. `antiphon accounts list` shows those there are.",
    ("conflict", "name_taken"): "There is an account of that name already.",
    ("conflict", "plan_changed"): "Somebody else changed the plan at the same time. Look, and try again.",
    ("conflict", "payment_used"): "That payment was for another account or another amount; nothing was granted.",
    ("conflict", "busy"): "The server is busy with such work already. Try again when it is done.",
}


def control_handlers(keys: Keys, account_id: UUID, accounts: Accounts | None = None) -> dict[str, Handler]:
    """The verbs `keys.create`, `keys.list` and `keys.revoke`.

    Times in their answers are Unix seconds. Refusals are raised as `ControlError`.

    Args:
        keys: Whose keys they are about.
        account_id: The account whose keys they are where none is named.
        accounts: Where accounts are looked up that are named; None: none can be.
    """

    async def whose(arguments: dict[str, Any]) -> UUID:
        if accounts is None or not arguments.get("account"):
            return account_id
        return (await accounts.find(text_in(arguments, "account"))).account.id

    async def create(arguments: dict[str, Any]) -> object:
        key, text = await keys.create(await whose(arguments), text_in(arguments, "name"))
        return {**_shown(key), "key": text}

    async def listed(arguments: dict[str, Any]) -> object:
        return {"keys": [_shown(key) for key in await keys.list(await whose(arguments))]}

    async def revoke(arguments: dict[str, Any]) -> object:
        key = await keys.find(await whose(arguments), text_in(arguments, "key"))
        return _shown(await keys.revoke(account_id=key.account_id, key_id=key.id))

    return {
        "keys.create": worded(create),
        "keys.list": worded(listed),
        "keys.revoke": worded(revoke),
    }


def text_in(arguments: Mapping[str, Any], name: str) -> str:
    """The text that a verb was given.

    Raises:
        InvalidRequest: "missing": it was given none.
    """
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


def worded(handler: Handler) -> Handler:
    """The same handler, with its refusals in words for an operator."""

    async def work(arguments: dict[str, Any]) -> object:
        try:
            return await handler(arguments)
        except (Conflict, InvalidRequest, NotFound, Unavailable) as error:
            raise ControlError(error.code, _message(error)) from error

    return work


def _message(error: AntiphonError) -> str:
    if isinstance(error, Unavailable):
        return f"The database cannot be used now ({error}). The server's log has the cause."
    if isinstance(error, UnknownPlan):
        return f"There is no plan {error.plan!r}. There are: {', '.join(error.known)}."
    return _WORDS.get((error.code, getattr(error, "reason", "")), str(error))
