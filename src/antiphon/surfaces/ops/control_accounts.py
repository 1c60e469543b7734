"""What an operator can ask about accounts, their credits and the ledger. For how it is asked see `control`."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID

from antiphon.catalog.prices import thousandths
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.money import MilliCredits
from antiphon.domain.subscriptions import Enrolled
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.surfaces.ops.control import Handler, text_in, worded
from antiphon.surfaces.ops.errands import Errands

BackUp = Callable[[Path], Awaitable[Mapping[str, Any]]]
"""Writes a backup of the store to a new file; what it answers is shown to the operator."""

_LINES = 1000
_ACCOUNTS = 100


def account_handlers(accounts: Accounts, credits_: Credits, *, back_up: BackUp) -> dict[str, Handler]:
    """The verbs `accounts.*`, `ledger.verify`, `backup` and `errand.wait`.

    Amounts are in thousandths of a credit, times in Unix seconds. `ledger.verify` and `backup` answer with
    `{"errand": name}`, and `errand.wait` with the same until there is a `{"result": ...}`.
    """
    errands = Errands()

    async def verify(_arguments: dict[str, Any]) -> object:
        return errands.begin(_verified(credits_))

    async def backup(arguments: dict[str, Any]) -> object:
        return errands.begin(_backed_up(back_up, Path(text_in(arguments, "path"))))

    async def wait(arguments: dict[str, Any]) -> object:
        return await errands.wait(text_in(arguments, "errand"))

    desk = _Desk(accounts, credits_)
    verbs: dict[str, Handler] = {
        "accounts.create": desk.create,
        "accounts.list": desk.list,
        "accounts.plan": desk.plan,
        "accounts.grant": desk.grant,
        "accounts.statement": desk.statement,
        "ledger.verify": verify,
        "backup": backup,
        "errand.wait": wait,
    }
    return {verb: worded(handler) for verb, handler in verbs.items()}


class _Desk:
    """The verbs `accounts.*`."""

    def __init__(self, accounts: Accounts, credits_: Credits) -> None:
        self._accounts = accounts
        self._credits = credits_

    async def create(self, arguments: dict[str, Any]) -> object:
        made = await self._accounts.create(
            text_in(arguments, "name"), plan=text_in(arguments, "plan"), until=_time_in(arguments, "until")
        )
        return await self._shown(made)

    async def list(self, arguments: dict[str, Any]) -> object:
        after = text_in(arguments, "after")
        found = await self._accounts.list(after=UUID(after) if after else None, most=_ACCOUNTS)
        return {"accounts": [await self._shown(enrolled) for enrolled in found]}

    async def plan(self, arguments: dict[str, Any]) -> object:
        found = await self._accounts.find(text_in(arguments, "account"))
        until = _time_in(arguments, "until")
        await self._credits.set_plan(found.account.id, text_in(arguments, "plan"), until=until)
        return await self._shown(found)

    async def grant(self, arguments: dict[str, Any]) -> object:
        found = await self._accounts.find(text_in(arguments, "account"))
        payment = text_in(arguments, "payment")
        given = await self._credits.top_up(
            found.account.id,
            amount=amount_in(arguments, "credits"),
            payment=payment or None,
            note=text_in(arguments, "note"),
        )
        return {**await self._shown(found), "given": given}

    async def statement(self, arguments: dict[str, Any]) -> object:
        found = await self._accounts.find(text_in(arguments, "account"))
        after = arguments.get("after")
        if not isinstance(after, int):
            raise InvalidRequest("missing", field="after")
        lines = await self._credits.statement(found.account.id, after=after, most=_LINES)
        return {
            **await self._shown(found),
            "lines": [
                {
                    "seq": line.seq,
                    "transfer": line.transfer_id,
                    "kind": str(line.kind),
                    "at": line.at,
                    "changes": {str(bucket): amount for bucket, amount in line.changes.items()},
                    "held": line.held,
                    "note": line.note,
                }
                for line in lines
            ],
        }

    async def _shown(self, found: Enrolled) -> dict[str, Any]:
        """As it is now: a plan may have ended, and a month begun, since it was found."""
        standing = await self._credits.standing(found.account.id)
        balance = await self._credits.balance(found.account.id)
        return {
            "id": str(found.account.id),
            "name": found.account.name,
            "created_at": found.account.created_at,
            "plan": standing.plan.id,
            "since": standing.subscription.since,
            "until": standing.subscription.until,
            "order": list(standing.order),
            "available": {str(bucket): amount for bucket, amount in balance.available.items()},
            "held": balance.held,
        }


async def _verified(credits_: Credits) -> object:
    finding = await credits_.verify()
    return {"transfers": finding.transfers, "sealed_to": finding.sealed_to, "fault": finding.fault}


async def _backed_up(back_up: BackUp, path: Path) -> object:
    return dict(await back_up(path))


def _time_in(arguments: Mapping[str, Any], name: str) -> float | None:
    value = arguments.get(name)
    if value is not None and not isinstance(value, int | float):
        raise InvalidRequest("missing", field=name)
    return value


def amount_in(arguments: Mapping[str, Any], name: str) -> MilliCredits:
    """An amount of credits that a verb was given.

    Raises:
        InvalidRequest: "amount", "missing".
    """
    try:
        return MilliCredits(thousandths(Decimal(text_in(arguments, name))))
    except (InvalidOperation, ValueError) as wrong:
        raise InvalidRequest("amount", field=name) from wrong
