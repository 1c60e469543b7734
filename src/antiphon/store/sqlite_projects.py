"""Projects and their budgets in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.money import MilliCredits
from antiphon.domain.projects import FIRST_PROJECT, Budget, BudgetStanding, Project
from antiphon.domain.subscriptions import calendar_month
from antiphon.store.readers import Readers
from antiphon.store.sqlite_budgets import WHOLE, standings
from antiphon.store.sqlite_numbers import NUMBER, number_of, project_key
from antiphon.store.writer import Writer

_LARGEST = 2**63 - 1
"""What no account can spend is as good as what fits a column."""

ADD_PROJECT = """
    INSERT INTO project (id, account_id, name, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, name) DO NOTHING
"""
PROJECT = """
    SELECT id, account_id, name, created_at FROM project WHERE id = $1
    UNION ALL
    SELECT id, id, NULL, created_at FROM account WHERE id = $1
"""
PROJECT_NAMED = "SELECT id, account_id, name, created_at FROM project WHERE account_id = $1 AND name = $2"
PROJECTS_OF = """
    SELECT id, account_id, name, created_at, 1 FROM project WHERE account_id = $1
    UNION ALL
    SELECT id, id, NULL, created_at, 0 FROM account WHERE id = $1
    ORDER BY 5, 1
"""
# Counted in two parts, so that nobody waits for the long one: what is logged so far, and what came after that.
CHARGED_SO_FAR = """
    SELECT coalesce((SELECT max(seq) FROM usage), 0), coalesce(sum(charged), 0)
    FROM (
        SELECT seq FROM usage_of_project WHERE account = $1 AND ($2 IS NULL OR project = $2) AND at >= $3
        UNION ALL
        SELECT seq FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $1
            AND ($2 IS NULL OR coalesce(project_id, '') = $2) AND at >= $3) found
    JOIN usage ON usage.seq = found.seq
"""
CHARGED_SINCE = """
    SELECT coalesce(sum(charged), 0) FROM usage
    WHERE seq > $1 AND account = $2 AND ($3 IS NULL OR coalesce(project_id, '') = $3) AND at >= $4
"""
SET_BUDGET = "INSERT OR REPLACE INTO budget (account, project_id, amount, month, spent) VALUES ($1, $2, $3, $4, $5)"
CLEAR_BUDGET = """
    DELETE FROM budget
    WHERE account = (SELECT number FROM account_number WHERE account_id = $1) AND project_id = $2
"""


class SqliteProjects:
    """The `ProjectStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._read_now = readers.now

    async def add_project(self, project: Project) -> bool:
        """Add a project. False: the account has one of that name, and nothing was done."""
        if project.name == FIRST_PROJECT:
            return False
        row = (str(project.id), str(project.account_id), project.name, project.created_at)
        return await self._write(lambda connection: _changed(connection, ADD_PROJECT, row))

    async def project(self, project_id: UUID) -> Project | None:
        """The project of that id."""
        return self._one(PROJECT, (str(project_id),))

    async def project_named(self, account_id: UUID, name: str) -> Project | None:
        """The account's project of that name."""
        if name == FIRST_PROJECT:
            return await self.project(account_id)
        return self._one(PROJECT_NAMED, (str(account_id), name))

    async def projects_of(self, account_id: UUID) -> Sequence[Project]:
        """An account's projects, the first one first, then in the order of ids."""

        def work(connection: apsw.Connection) -> Sequence[Project]:
            return tuple(_project(row[:4]) for row in connection.execute(PROJECTS_OF, (str(account_id),)))

        return await self._read(work)

    async def set_budget(self, budget: Budget, *, at: float) -> None:
        """Set a budget, in place of the one there was. What was spent since the month of `at` began counts.

        Raises:
            NotFound: There is no such account.
        """
        month = calendar_month(at)
        of = None if budget.project_id is None else project_key(budget.account_id, budget.project_id)
        account, seen, so_far = await self._read(
            lambda connection: _charged_so_far(connection, budget, of=of, begins=month.begins)
        )

        def work(connection: apsw.Connection) -> None:
            since = connection.execute(CHARGED_SINCE, (seen, account, of, month.begins)).get
            scope = WHOLE if budget.project_id is None else str(budget.project_id)
            amount = min(budget.amount, _LARGEST)
            connection.execute(SET_BUDGET, (account, scope, amount, month.name, so_far + since))

        await self._write(work)

    async def clear_budget(self, account_id: UUID, project_id: UUID | None) -> bool:
        """Take a budget away. False: there was none."""
        row = (str(account_id), WHOLE if project_id is None else str(project_id))
        return await self._write(lambda connection: _changed(connection, CLEAR_BUDGET, row))

    async def budgets_of(self, account_id: UUID, *, at: float) -> Sequence[BudgetStanding]:
        """An account's budgets in the month of `at`: the account's own first, then by project."""

        def work(connection: apsw.Connection) -> Sequence[BudgetStanding]:
            number = connection.execute(NUMBER, (str(account_id),)).get
            if number is None:
                return ()
            return tuple(_standing(account_id, row) for row in standings(connection, number, at=at))

        return await self._read(work)

    def _one(self, statement: str, given: tuple[str, ...]) -> Project | None:
        row = self._read_now(lambda connection: connection.execute(statement, given).fetchone())
        return None if row is None else _project(row)


def _changed(connection: apsw.Connection, statement: str, row: tuple[Any, ...]) -> bool:
    connection.execute(statement, row)
    return connection.changes() == 1


def _charged_so_far(
    connection: apsw.Connection, budget: Budget, *, of: str | None, begins: float
) -> tuple[int, int, int]:
    """The account's number, the last row of the log, and what was charged as far as that."""
    account = number_of(connection, budget.account_id)
    row: tuple[int, int] = connection.execute(CHARGED_SO_FAR, (account, of, begins)).get
    return account, *row


def _project(row: tuple[Any, ...]) -> Project:
    project_id, account_id, name, created_at = row
    return Project(
        id=UUID(project_id),
        account_id=UUID(account_id),
        name=FIRST_PROJECT if name is None else name,
        created_at=created_at,
    )


def _standing(account_id: UUID, row: tuple[Any, ...]) -> BudgetStanding:
    of, amount, spent, held = row
    project_id = None if of == WHOLE else UUID(of)
    return BudgetStanding(
        budget=Budget(account_id=account_id, project_id=project_id, amount=MilliCredits(amount)),
        spent=MilliCredits(spent),
        held=MilliCredits(held),
    )
