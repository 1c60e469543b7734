"""What an operator can ask about projects and budgets. For how it is asked see `control`."""

import decimal
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from antiphon.catalog.prices import PriceBook, thousandths
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.projects import BudgetStanding, Project
from antiphon.services.projects import Projects
from antiphon.surfaces.ops.control import Handler, Meant, text_in, worded

_THOUSANDTH = Decimal("0.001")


def project_handlers(projects: Projects, meant: Meant, *, prices: PriceBook) -> dict[str, Handler]:
    """The verbs `projects.*` and `budgets.*`. Amounts are in thousandths of a credit, times in Unix seconds.

    Args:
        projects: What they are about.
        meant: Whose.
        prices: Says what a US dollar is.
    """
    desk = _Desk(projects, meant, prices)
    verbs: dict[str, Handler] = {
        "projects.create": desk.create,
        "projects.list": desk.list,
        "budgets.set": desk.set_budget,
        "budgets.list": desk.budgets,
        "budgets.clear": desk.clear_budget,
    }
    return {verb: worded(handler) for verb, handler in verbs.items()}


class _Desk:
    """The verbs."""

    def __init__(self, projects: Projects, meant: Meant, prices: PriceBook) -> None:
        self._projects = projects
        self._meant = meant
        self._prices = prices

    async def create(self, arguments: dict[str, Any]) -> object:
        account_id = await self._meant.account(arguments)
        return _project(await self._projects.create(account_id, text_in(arguments, "name")))

    async def list(self, arguments: dict[str, Any]) -> object:
        found = await self._projects.list(await self._meant.account(arguments))
        return {"projects": [_project(project) for project in found]}

    async def set_budget(self, arguments: dict[str, Any]) -> object:
        account_id = await self._meant.account(arguments)
        project = await self._meant.project(arguments, account_id)
        amount = self._amount(text_in(arguments, "amount"), unit=text_in(arguments, "unit"))
        await self._projects.set_budget(account_id, amount, project_id=_id(project))
        return await self._shown(account_id, of=_id(project))

    async def budgets(self, arguments: dict[str, Any]) -> object:
        return await self._shown(await self._meant.account(arguments))

    async def clear_budget(self, arguments: dict[str, Any]) -> object:
        account_id = await self._meant.account(arguments)
        project = await self._meant.project(arguments, account_id)
        await self._projects.clear_budget(account_id, project_id=_id(project))
        return {"project": None if project is None else project.name}

    async def _shown(self, account_id: UUID, **only: UUID | None) -> dict[str, Any]:
        """How an account's budgets stand; where `of` is given, that one."""
        projects = await self._projects.list(account_id)
        found = [
            _standing(standing, projects)
            for standing in await self._projects.budgets(account_id)
            if standing.budget.project_id == only.get("of", standing.budget.project_id)
        ]
        return {"us_dollar": self._prices.us_dollar, "budgets": found}

    def _amount(self, text: str, *, unit: str) -> MilliCredits:
        """An amount as an operator writes it. Of dollars, what is less than a thousandth of a credit is left out."""
        try:
            amount = Decimal(text)
            if unit == "usd":
                credits_ = amount * self._prices.us_dollar / CREDIT
                amount = credits_.quantize(_THOUSANDTH, rounding=decimal.ROUND_DOWN)
            return MilliCredits(thousandths(amount))
        except (ArithmeticError, ValueError) as wrong:
            raise InvalidRequest("budget", field="amount") from wrong


def _project(project: Project) -> Mapping[str, Any]:
    return {"id": str(project.id), "name": project.name, "created_at": project.created_at}


def _id(project: Project | None) -> UUID | None:
    return None if project is None else project.id


def _standing(standing: BudgetStanding, projects: Sequence[Project]) -> Mapping[str, Any]:
    """A budget; `project` is None where it is that of the whole account."""
    of, amount = standing.budget.project_id, standing.budget.amount
    return {
        "project": next((project.name for project in projects if project.id == of), None),
        "project_id": None if of is None else str(of),
        "amount": amount,
        "spent": standing.spent,
        "held": standing.held,
        "left": max(0, amount - standing.spent - standing.held),
    }
