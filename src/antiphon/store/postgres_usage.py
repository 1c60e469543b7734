"""Questions to the request log in PostgreSQL. All go by the index `usage_in_time`, whose condition they repeat."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports_usage import AtWork, Crowd, DayTotal, LogPage
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import usage_of

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)

_OF_PROJECT = "account_id = $1 AND coalesce(project_id, account_id) = $2 AND dialect = $3"
_PAGE = f"""
    SELECT * FROM usage
    WHERE {_OF_PROJECT} AND status = 200 AND (at, id) > ($4, $5) AND (at, id) < ($6, $7)
"""  # noqa: S608 - the condition is ours
SERVED = f"{_PAGE} ORDER BY at, id LIMIT $8"
SERVED_NEWEST_FIRST = f"{_PAGE} ORDER BY at DESC, id DESC LIMIT $8"
BY_DAY = f"""
    SELECT
        floor(at / 86400)::integer AS day, model, count(*) AS requests, sum(units) AS units, sum(charged) AS charged
    FROM usage
    WHERE {_OF_PROJECT} AND status = 200 AND at >= $4 AND at < $5
    GROUP BY 1, 2 ORDER BY 1, model COLLATE "C"
"""  # noqa: S608 - as above
AT_WORK = """
    SELECT count(*) AS organization, count(*) FILTER (WHERE project_id = $2) AS project
    FROM open_request WHERE account_id = $1 AND dialect = $3 AND until > $4
"""
# Each change of the number at work is a moment, and so is the begin of each period: between two moments the number
# stands, within one period. Who ends at the moment at which another begins was not at work together with it.
CROWDS = f"""
    WITH spans AS (
        SELECT at - latency_ms / 1000::double precision AS begins, at AS ends
        FROM usage
        WHERE {_OF_PROJECT} AND latency_ms > 0 AND at > $4 AND at - latency_ms / 1000::double precision < $5
        UNION ALL
        SELECT made.at, 'infinity'
        FROM open_request, LATERAL (
            SELECT ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000::double precision AS at
        ) AS made
        WHERE account_id = $1 AND project_id = $2 AND dialect = $3 AND made.at < $5
    ), changes AS (
        SELECT greatest(begins, $4) AS at, 1 AS step, (begins >= $4)::integer AS begun, NULL::bigint AS period
        FROM spans
        UNION ALL
        SELECT ends, -1, 0, NULL FROM spans WHERE ends < $5
        UNION ALL
        SELECT $4 + n * $6::bigint, 0, 0, n
        FROM generate_series(0, ceil(($5 - $4) / $6::bigint)::bigint) AS n WHERE $4 + n * $6::bigint < $5
    ), moments AS (
        SELECT at, sum(step)::integer AS step, sum(begun)::integer AS begun, max(period) AS period
        FROM changes GROUP BY at
    ), levels AS (
        SELECT
            at, begun, sum(step) OVER past AS crowd, max(period) OVER past AS period,
            lead(at, 1, $5) OVER past - at AS stands
        FROM moments WINDOW past AS (ORDER BY at)
    )
    SELECT
        min(at) AS begins, min(crowd) AS least, max(crowd) AS most, sum(crowd * stands) AS seconds, sum(begun) AS begun
    FROM levels WHERE period IS NOT NULL GROUP BY period ORDER BY period
"""  # noqa: S608 - as above


class PostgresUsage:
    """The `UsageStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def served(self, page: LogPage) -> Sequence[Usage]:
        """A page of the log."""
        statement = SERVED_NEWEST_FIRST if page.newest_first else SERVED
        with translating():
            found = await self._pool.fetch(
                statement, page.account_id, page.project_id, page.dialect, *_bounds(page), page.most
            )
        return tuple(usage_of(row) for row in found)

    async def by_day(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float
    ) -> Sequence[DayTotal]:
        """Totals of served requests that ended in [start, end), by day, then model."""
        with translating():
            found = await self._pool.fetch(BY_DAY, account_id, project_id, dialect, start, end)
        return tuple(_day(row) for row in found)

    async def at_work(self, *, account_id: UUID, project_id: UUID, dialect: str, at: float) -> AtWork:
        """Leases that are held now."""
        with translating():
            row = await self._pool.fetchrow(AT_WORK, account_id, project_id, dialect, at)
        return AtWork(**row)

    async def crowds(
        self, *, account_id: UUID, project_id: UUID, dialect: str, start: float, end: float, period: int
    ) -> Sequence[Crowd]:
        """A project's concurrency in [start, end), one for each `period` seconds from `start` on, idle ones too.

        Requests that are logged count from `at - latency_ms` to `at`, refused ones (latency 0) not at all; requests
        still at work count from the time in their id on.
        """
        with translating():
            found = await self._pool.fetch(CROWDS, account_id, project_id, dialect, start, end, period)
        return tuple(Crowd(**row) for row in found)


def _bounds(page: LogPage) -> tuple[float, UUID, float, UUID]:
    """What every row of the page comes after, and what it comes before."""
    before = (math.nextafter(page.start, -math.inf), _LAST)
    behind = (page.end, _FIRST)
    if page.after is not None and page.newest_first:
        behind = min(behind, page.after)
    elif page.after is not None:
        before = max(before, page.after)
    return (*before, *behind)


def _day(row: Mapping[str, Any]) -> DayTotal:
    return DayTotal(
        day=row["day"],
        model=row["model"],
        requests=row["requests"],
        units=int(row["units"]),
        charged=MilliCredits(int(row["charged"])),
    )
