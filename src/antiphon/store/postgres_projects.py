"""Projects and budgets in PostgreSQL: every statement about them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.errors import NotFound
from antiphon.domain.money import MilliCredits
from antiphon.domain.projects import FIRST_PROJECT, Budget, BudgetStanding, Project
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_ledger import ACCOUNT_IS_THERE
from antiphon.store.postgres_rows import text

_LARGEST = 2**63 - 1
"""What no account can spend is as good as what fits a column."""

ADD_PROJECT = """
    INSERT INTO project (id, account_id, name, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, name) DO NOTHING RETURNING id
"""
# First projects have no rows of their own.
_PROJECTS = f"""
    SELECT * FROM (
        SELECT id, id AS account_id, '{FIRST_PROJECT}' AS name, created_at FROM account
        UNION ALL
        SELECT id, account_id, name, created_at FROM project) AS any_project
"""  # noqa: S608 - the name is ours
PROJECT = f"{_PROJECTS} WHERE id = $1"
PROJECT_NAMED = f"{_PROJECTS} WHERE account_id = $1 AND name = $2"
PROJECTS_OF = f"{_PROJECTS} WHERE account_id = $1 ORDER BY id <> account_id, id"

SET_BUDGET = "SELECT ledger_set_budget($1, $2, $3, $4)"
CLEAR_BUDGET = """
    DELETE FROM budget WHERE account_id = $1 AND project_id IS NOT DISTINCT FROM $2 RETURNING account_id
"""
BUDGETS_OF = """
    SELECT
        account_id, project_id, amount,
        CASE WHEN month < ledger_month($2) THEN 0 ELSE spent END AS spent,
        (SELECT coalesce(sum(r.held), 0)::bigint FROM open_request AS r
         WHERE r.account_id = budget.account_id
            AND (budget.project_id IS NULL OR r.project_id = budget.project_id)) AS held
    FROM budget WHERE account_id = $1 ORDER BY project_id NULLS FIRST
"""


class PostgresProjects:
    """The `ProjectStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add_project(self, project: Project) -> bool:
        """Add a project. False: the account has one of that name, and nothing was done."""
        name = text(project.name)
        if name == FIRST_PROJECT:
            return False
        with translating():
            row = (project.id, project.account_id, name, project.created_at)
            return await self._pool.fetchval(ADD_PROJECT, *row) is not None

    async def project(self, project_id: UUID) -> Project | None:
        """The project of that id."""
        return await self._one(PROJECT, project_id)

    async def project_named(self, account_id: UUID, name: str) -> Project | None:
        """The account's project of that name."""
        return await self._one(PROJECT_NAMED, account_id, text(name))

    async def projects_of(self, account_id: UUID) -> Sequence[Project]:
        """An account's projects, the first one first, then in the order of ids."""
        with translating():
            found = await self._pool.fetch(PROJECTS_OF, account_id)
        return tuple(Project(**row) for row in found)

    async def set_budget(self, budget: Budget, *, at: float) -> None:
        """Set a budget, in place of the one there was. What was spent since the month of `at` began counts.

        Raises:
            NotFound: There is no such account.
        """
        amount = min(budget.amount, _LARGEST)
        with translating():
            if not await self._pool.fetchval(ACCOUNT_IS_THERE, budget.account_id):
                raise NotFound("account", "account_id")
            await self._pool.execute(SET_BUDGET, budget.account_id, budget.project_id, amount, at)

    async def clear_budget(self, account_id: UUID, project_id: UUID | None) -> bool:
        """Take a budget away. False: there was none."""
        with translating():
            return await self._pool.fetchval(CLEAR_BUDGET, account_id, project_id) is not None

    async def budgets_of(self, account_id: UUID, *, at: float) -> Sequence[BudgetStanding]:
        """An account's budgets in the month of `at`: the account's own first, then by project."""
        with translating():
            found = await self._pool.fetch(BUDGETS_OF, account_id, at)
        return tuple(_standing(row) for row in found)

    async def _one(self, statement: str, *values: object) -> Project | None:
        with translating():
            row = await self._pool.fetchrow(statement, *values)
        return None if row is None else Project(**row)


def _standing(row: Mapping[str, Any]) -> BudgetStanding:
    amount = MilliCredits(row["amount"])
    return BudgetStanding(
        budget=Budget(account_id=row["account_id"], project_id=row["project_id"], amount=amount),
        spent=MilliCredits(row["spent"]),
        held=MilliCredits(row["held"]),
    )
