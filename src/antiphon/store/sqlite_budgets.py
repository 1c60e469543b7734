"""Budgets in SQLite: what they let begin, and how they follow what was charged. Where there is none, it costs nothing.

A month never goes back: what is asked or charged at a time before the month of a budget counts in that.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import apsw

from antiphon.domain.errors import PaymentRequired
from antiphon.domain.money import MilliCredits
from antiphon.domain.subscriptions import calendar_month

WHOLE = ""
"""Stands for the whole account where a budget's project stands."""

STANDINGS = """
    SELECT project_id, amount, CASE WHEN month < $1 THEN 0 ELSE spent END, (
        SELECT coalesce(sum(held), 0) FROM open_request
        WHERE open_request.account = budget.account AND budget.project_id IN ('', open_request.project_id))
    FROM budget WHERE account = $2
"""
OF_ACCOUNT = f"{STANDINGS} ORDER BY project_id"
OF_REQUEST = f"{STANDINGS} AND project_id IN ('', $3) ORDER BY project_id"
SPEND = """
    UPDATE budget SET spent = CASE WHEN month < $1 THEN 0 ELSE spent END + $2, month = max(month, $1)
    WHERE account = $3 AND project_id IN ('', $4)
"""


def _month(at: float) -> str:
    return _month_of_hour(int(at // 3600))


@lru_cache(maxsize=16)
def _month_of_hour(hour: int) -> str:
    """Months begin with an hour, and what the calendar says takes longer than the statement."""
    return calendar_month(hour * 3600.0).name


def standings(connection: apsw.Connection, account: int, *, at: float) -> Sequence[tuple[Any, ...]]:
    """Of each of an account's budgets: whose it is, how much, spent, held."""
    return connection.execute(OF_ACCOUNT, (_month(at), account)).fetchall()


def check(connection: apsw.Connection, *, account: int, project_id: str, amount: MilliCredits, at: float) -> None:
    """Whether an amount can be held besides what is held already.

    Raises:
        PaymentRequired: "organization_budget" or "project_budget".
    """
    if amount <= 0:
        return
    bindings = (_month(at), account, project_id)
    rows: Sequence[tuple[Any, ...]] = connection.execute(OF_REQUEST, bindings).fetchall()
    for of, most, spent, held in rows:
        if spent + held + amount > most:
            raise PaymentRequired("organization_budget" if of == WHOLE else "project_budget")


def spend(connection: apsw.Connection, *, account: int, project_id: str, charge: MilliCredits, at: float) -> None:
    """Note what was charged."""
    connection.execute(SPEND, (_month(at), charge, account, project_id))
