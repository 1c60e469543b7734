"""What an operator can ask of a running server over its control socket, and of an idle data folder too."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from antiphon.catalog.plans import UnknownPackage, UnknownPlan
from antiphon.domain.errors import AntiphonError, Conflict, InvalidRequest, NotFound, Unavailable
from antiphon.domain.jobs import JobState
from antiphon.domain.keys import MOST_ACTIVE, ApiKey, Permission
from antiphon.domain.projects import Project
from antiphon.kit.control import ControlError
from antiphon.services.accounts import Accounts
from antiphon.services.keys import LONGEST_NAME, Keys
from antiphon.services.projects import Projects

Handler = Callable[[dict[str, Any]], Awaitable[object]]

_WORDS: Mapping[tuple[str, str], str] = {
    ("conflict", "key_limit"): f"There are {MOST_ACTIVE} active keys already. Revoke one first.",
    (
        "conflict",
        "ambiguous",
    ): "Several keys begin like that. Name one by its id, as `antiphon keys list` shows.",
    ("not_found", "unknown_key"): "There is no such key. `antiphon keys list` shows those there are.",
    ("invalid_request", "name"): f"A name has 1 to {LONGEST_NAME} printable characters.",
    ("invalid_request", "permission"): f"Permissions are {', '.join(Permission)}.",
    ("invalid_request", "budget"): "A budget is a number of credits, with three decimals at most, or of US dollars.",
    ("invalid_request", "missing"): "The request lacks something it needs.",
    ("invalid_request", "until"): "A plan ends at a time to come, and the plan free does not end.",
    ("invalid_request", "amount"): "Credits are a number above 0, with three decimals at most.",
    ("invalid_request", "payment"): "A payment's reference has 1 to 100 printable characters.",
    ("invalid_request", "bought"): "Say how many credits, or which package: one of the two.",
    ("invalid_request", "note"): "A note has at most 200 printable characters.",
    ("not_found", "unknown_account"): "There is no such account. `antiphon accounts list` shows those there are.",
    ("not_found", "unknown_project"): (
        "The account has no such project. `antiphon projects list` shows those there are."
    ),
    ("invalid_request", "job_state"): f"A job is {', '.join(JobState)}.",
    ("not_found", "unknown_job"): "There is no such job. `antiphon jobs list` shows those there are.",
    ("conflict", "job_ended"): "That job has ended already.",
    ("conflict", "no_trade"): "Only a running server can cancel such a job. Start it, and try again.",
    ("invalid_request", "webhook_state"): "A webhook is waiting, delivered or exhausted.",
    ("not_found", "unknown_webhook"): "There is no such webhook. `antiphon webhooks list` shows those there are.",
    ("not_found", "unknown_budget"): "There is no such budget. `antiphon budgets list` shows those there are.",
    ("conflict", "name_taken"): "There is one of that name already.",
    ("conflict", "plan_changed"): "Somebody else changed the plan at the same time. Look, and try again.",
    ("conflict", "payment_used"): "That payment was for another account or another amount; nothing was granted.",
    ("conflict", "not_settled"): "The money of that payment is not there; nothing was granted.",
    ("not_found", "unknown_payment"): "There is no such payment.",
    ("invalid_request", "lifetime"): "An invite is good for 1 to 366 days.",
    ("conflict", "busy"): "The server is busy with such work already. Try again when it is done.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whom an operator means, by `account` and `project` in a verb's arguments.

    Args:
        first: The account that is meant where none is named.
        accounts: Where accounts are looked up.
        projects: Where projects are.
    """

    first: UUID
    accounts: Accounts
    projects: Projects

    async def account(self, arguments: Mapping[str, Any]) -> UUID:
        """The account: the first one where none is named.

        Raises:
            NotFound: "unknown_account".
        """
        if not arguments.get("account"):
            return self.first
        return (await self.accounts.find(text_in(arguments, "account"))).account.id

    async def project(self, arguments: Mapping[str, Any], account_id: UUID) -> Project | None:
        """The account's project; None where none is named.

        Raises:
            NotFound: "unknown_project".
        """
        if not arguments.get("project"):
            return None
        return await self.projects.find(account_id, text_in(arguments, "project"))


def control_handlers(keys: Keys, meant: Meant) -> dict[str, Handler]:
    """The verbs `keys.create`, `keys.list` and `keys.revoke`.

    Times in their answers are Unix seconds. Refusals are raised as `ControlError`.

    Args:
        keys: What they are about.
        meant: Whose keys.
    """

    async def create(arguments: dict[str, Any]) -> object:
        account_id = await meant.account(arguments)
        project = await meant.project(arguments, account_id)
        key, text = await keys.create(
            account_id,
            text_in(arguments, "name"),
            project_id=None if project is None else project.id,
            permissions=_permissions_in(arguments),
        )
        return {**_shown(key, await meant.projects.list(account_id)), "key": text}

    async def listed(arguments: dict[str, Any]) -> object:
        account_id = await meant.account(arguments)
        projects = await meant.projects.list(account_id)
        return {"keys": [_shown(key, projects) for key in await keys.list(account_id)]}

    async def revoke(arguments: dict[str, Any]) -> object:
        account_id = await meant.account(arguments)
        key = await keys.find(account_id, text_in(arguments, "key"))
        revoked = await keys.revoke(account_id=key.account_id, key_id=key.id)
        return _shown(revoked, await meant.projects.list(account_id))

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


def _permissions_in(arguments: Mapping[str, Any]) -> frozenset[Permission] | None:
    """What a key may be used for; None, where nothing is named, is everything."""
    named = arguments.get("permissions")
    if not named:
        return None
    try:
        return frozenset(map(Permission, named))
    except (TypeError, ValueError) as wrong:
        raise InvalidRequest("permission", field="permissions") from wrong


def _shown(key: ApiKey, projects: Sequence[Project]) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.shown_prefix,
        "project": next((project.name for project in projects if project.id == key.project_id), ""),
        "project_id": str(key.project_id),
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
    if isinstance(error, UnknownPackage):
        return f"There is no package {error.package!r}. There are: {', '.join(error.known) or 'none'}."
    return _WORDS.get((error.code, getattr(error, "reason", "")), str(error))
