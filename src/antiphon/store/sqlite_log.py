"""Questions to the request log in SQLite; of the statements, the longest is in `sqlite_crowds`.

Rows by project are found in a list, and among those that came after it was last prolonged: see `sqlite_lists`.
"""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports_usage import AtWork, Crowd, DayTotal, LogPage
from antiphon.store.readers import Readers
from antiphon.store.sqlite_crowds import crowds_of
from antiphon.store.sqlite_numbers import NUMBER, project_key
from antiphon.store.sqlite_usage import LOGGED, usage_from

_DAY = 86_400.0
_NOWHERE = ""
"""Sorts before every id."""

# Either part is sorted and cut by itself, because then the rows of the list come in order and no more of them than are
# wanted. CROSS JOIN keeps the list in front.
_SERVED = f"""
    SELECT * FROM (
        SELECT {LOGGED} FROM usage_of_project list CROSS JOIN usage ON usage.seq = list.seq
        WHERE list.account = $1 AND list.project = $2 AND list.dialect = $3 AND list.at >= $4 AND list.at < $5
            AND status = 200 AND (list.at, usage.id) {{after}} ($6, $7)
        ORDER BY list.at {{turn}}, usage.id {{turn}} LIMIT $8)
    UNION ALL
    SELECT * FROM (
        SELECT {LOGGED} FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $1 AND coalesce(project_id, '') = $2 AND dialect = $3
            AND at >= $4 AND at < $5 AND status = 200 AND (at, id) {{after}} ($6, $7)
        ORDER BY at {{turn}}, id {{turn}} LIMIT $8)
    ORDER BY at {{turn}}, id {{turn}} LIMIT $8
"""  # noqa: S608 - the columns are ours
OLDEST_FIRST = _SERVED.format(after=">", turn="ASC")
NEWEST_FIRST = _SERVED.format(after="<", turn="DESC")
# Whole days are added up already. What is left of days that are cut at either end, is not.
BY_DAY = """
    SELECT day, model, sum(requests), sum(units), sum(charged)
    FROM (
        SELECT day, model, requests, units, charged FROM usage_of_day
        WHERE account = $1 AND project = $2 AND dialect = $3 AND day >= $4 AND day < $5
        UNION ALL
        SELECT CAST(usage.at AS INTEGER) / 86400, model, 1, units, charged
        FROM usage_of_project list CROSS JOIN usage ON usage.seq = list.seq
        WHERE list.account = $1 AND list.project = $2 AND list.dialect = $3 AND list.at >= $6 AND list.at < $7
            AND status = 200
        UNION ALL
        SELECT CAST(usage.at AS INTEGER) / 86400, model, 1, units, charged
        FROM usage_of_project list CROSS JOIN usage ON usage.seq = list.seq
        WHERE list.account = $1 AND list.project = $2 AND list.dialect = $3 AND list.at >= $8 AND list.at < $9
            AND status = 200
        UNION ALL
        SELECT CAST(at AS INTEGER) / 86400, model, 1, units, charged FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $1 AND coalesce(project_id, '') = $2 AND dialect = $3
            AND at >= $6 AND at < $9 AND status = 200)
    GROUP BY 1, 2
    ORDER BY 1, 2
"""
AT_WORK = """
    SELECT count(*), count(*) FILTER (WHERE project_id = $1) FROM open_request
    WHERE account = $2 AND dialect = $3 AND until > $4
"""


class SqliteLog:
    """The `UsageStore` on SQLite.

    Args:
        readers: Run all of it.
    """

    def __init__(self, *, readers: Readers) -> None:
        self._read = readers.run
        self._read_now = readers.now

    async def served(self, page: LogPage) -> Sequence[Usage]:
        """A page of the log."""
        return await self._read(lambda connection: _served(connection, page))

    async def by_day(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float
    ) -> Sequence[DayTotal]:
        """Totals of served requests that ended in [start, end), by day, then model."""

        def work(connection: apsw.Connection) -> Sequence[DayTotal]:
            account = connection.execute(NUMBER, (str(account_id),)).get
            given = (account, project_key(account_id, project_id), dialect, *_cut(start, end))
            return tuple(_total(row) for row in connection.execute(BY_DAY, given))

        return await self._read(work)

    async def at_work(self, *, account_id: UUID, project_id: UUID, dialect: str, at: float) -> AtWork:
        """Leases that are held now."""

        def work(connection: apsw.Connection) -> AtWork:
            account = connection.execute(NUMBER, (str(account_id),)).get
            row: tuple[int, int] = connection.execute(AT_WORK, (str(project_id), account, dialect, at)).get
            return AtWork(organization=row[0], project=row[1])

        return self._read_now(work)

    async def crowds(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float, period: int
    ) -> Sequence[Crowd]:
        """A project's concurrency in [start, end), one for each `period` seconds from `start` on, idle ones too."""

        def work(connection: apsw.Connection) -> Sequence[Crowd]:
            account = connection.execute(NUMBER, (str(account_id),)).get
            place = (account, project_key(account_id, project_id), dialect)
            return crowds_of(connection, place, str(project_id), start=start, end=end, period=period)

        return await self._read(work)


def _served(connection: apsw.Connection, page: LogPage) -> Sequence[Usage]:
    account = connection.execute(NUMBER, (str(page.account_id),)).get
    start, end = page.start, page.end
    if page.after is None:
        after = (end if page.newest_first else start, _NOWHERE)
    else:
        after = (page.after[0], str(page.after[1]))
        # Rows are looked for from the end of that last one on, and not from where the first page began.
        if page.newest_first:
            end = min(end, math.nextafter(after[0], math.inf))
        else:
            start = max(start, after[0])
    given = (account, project_key(page.account_id, page.project_id), page.dialect, start, end, *after, page.most)
    rows = connection.execute(NEWEST_FIRST if page.newest_first else OLDEST_FIRST, given)
    return tuple(usage_from(page.account_id, row) for row in rows)


def _cut(start: float, end: float) -> tuple[int, int, float, float, float, float]:
    """A stretch as whole days [first, last), and in seconds what lies before them and after them."""
    first, last = math.ceil(start / _DAY), math.floor(end / _DAY)
    if first > last:  # It is within one day.
        return first, first, start, end, end, end
    return first, last, start, first * _DAY, last * _DAY, end


def _total(row: tuple[Any, ...]) -> DayTotal:
    day, model, requests, units, charged = row
    return DayTotal(day=day, model=model, requests=requests, units=units, charged=MilliCredits(charged))
