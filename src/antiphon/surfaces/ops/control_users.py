"""What an operator can ask about those who sign in and those who pay. For how it is asked see `control`."""

from collections.abc import Mapping
from typing import Any

from antiphon.catalog.plans import Package, PlanBook
from antiphon.domain.errors import InvalidRequest
from antiphon.services.payments import Payment, Payments
from antiphon.services.users import Users
from antiphon.surfaces.ops.control import Handler, Meant, text_in, worded
from antiphon.surfaces.ops.control_accounts import amount_in

_DAY = 86_400.0


def sign_in_handlers(users: Users, payments: Payments, meant: Meant) -> dict[str, Handler]:
    """The verbs `invites.create`, `payments.add` and `payments.void`.

    Amounts are in thousandths of a credit, times in Unix seconds.

    Args:
        users: Who may be invited.
        payments: Where payments come in.
        meant: Whose.
    """

    async def invite(arguments: dict[str, Any]) -> object:
        days = arguments.get("days")
        if not isinstance(days, int | float):
            raise InvalidRequest("lifetime", "days")
        account_id = await meant.account(arguments) if arguments.get("account") else None
        made, code = await users.invite(account_id, lifetime=days * _DAY)
        account = None if account_id is None else str(account_id)
        return {"id": str(made.id), "code": code, "account_id": account, "expires_at": made.expires_at}

    async def add(arguments: dict[str, Any]) -> object:
        package = _package_in(arguments, meant.accounts.plans)
        payment = Payment(
            id=text_in(arguments, "payment"),
            account_id=(await meant.accounts.find(text_in(arguments, "account"))).account.id,
            amount=amount_in(arguments, "credits") if package is None else package.credits,
            note=text_in(arguments, "note") or ("" if package is None else package.name),
        )
        given = await payments.add(payment)
        return {"given": given, "amount": payment.amount, "rupiah": None if package is None else package.rupiah}

    async def void(arguments: dict[str, Any]) -> object:
        return {"taken": await payments.void(text_in(arguments, "payment"))}

    return {"invites.create": worded(invite), "payments.add": worded(add), "payments.void": worded(void)}


def _package_in(arguments: Mapping[str, Any], plans: PlanBook) -> Package | None:
    """What was bought; None: so many credits.

    Raises:
        InvalidRequest: "bought": it is both, or neither.
        UnknownPackage: There is none of that name.
    """
    name = text_in(arguments, "package")
    if bool(name) == bool(text_in(arguments, "credits")):
        raise InvalidRequest("bought", field="package")
    return plans.package(name) if name else None
