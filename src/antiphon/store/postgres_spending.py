"""What an account spent, in PostgreSQL: days that are over are added up when somebody first asks, once for all.

The rest goes by the index `usage_in_time`, whose condition is repeated.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports_spending import Aspect, Requests, Total, apart
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import usage_of

_COLUMN = {Aspect.DAY: "day", Aspect.KEY: "key_id", Aspect.MODEL: "model", Aspect.MODALITY: "modality"}
_DAY = 86_400.0
_LATE = 3_600.0
"""Seconds after which nothing is written any more that ended before: who ends a request says when, at that moment."""

SUM = "SELECT usage_sum($1, $2)"
TOTALS = """
    SELECT {columns} sum(requests) AS requests, sum(listed) AS listed,
        sum(paid_free) AS free, sum(paid_subscription) AS subscription, sum(paid_payg) AS payg
    FROM (
        SELECT day, key_id, modality, model, requests, listed, paid_free, paid_subscription, paid_payg
        FROM usage_total WHERE account_id = $1 AND apart = $6 AND day >= $2 AND day < least($3, $4::integer)
        UNION ALL
        SELECT
            floor(at / 86400)::integer, coalesce(key_id::text, '') COLLATE "C", modality COLLATE "C",
            model COLLATE "C", 1, CASE WHEN charged > 0 THEN listed ELSE 0 END,
            paid_free, paid_subscription, paid_payg
        FROM usage
        WHERE account_id = $1 AND at >= greatest($2, $4::integer) * 86400.0::double precision
            AND at < $3::integer * 86400.0::double precision AND (status = 200 OR latency_ms > 0 OR charged > 0)
    ) AS found
    {group}
    LIMIT $5
"""
REQUESTS = """
    SELECT * FROM usage
    WHERE account_id = $1 AND id > $2 AND id < $3 AND at >= $4 AND at < $5
    ORDER BY id DESC LIMIT $6
"""


class PostgresSpending:
    """The `SpendingStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def totals(
        self, account_id: UUID, days: range, *, by: Sequence[Aspect], at: float, most: int
    ) -> Sequence[Total]:
        """What requests came to that ended on some days, in the order of `by`."""
        columns = "".join(f"{_COLUMN[aspect]} AS {aspect.value}, " for aspect in by)
        numbers = ", ".join(str(place) for place in range(1, len(by) + 1))
        statement = TOTALS.format(columns=columns, group=f"GROUP BY {numbers} ORDER BY {numbers}" if by else "")
        with translating():
            summed = await self._summed(account_id, int((at - _LATE) // _DAY))
            found = await self._pool.fetch(statement, account_id, days.start, days.stop, summed, most, apart(by))
        return await asyncio.to_thread(lambda: tuple(_total(row, by) for row in found if row["requests"]))

    async def requests(self, page: Requests) -> Sequence[Usage]:
        """A page of requests."""
        with translating():
            found = await self._pool.fetch(REQUESTS, page.account_id, *page.ids, page.start, page.end, page.most)
        return await asyncio.to_thread(lambda: tuple(usage_of(row) for row in found))

    async def _summed(self, account_id: UUID, until: int) -> int:
        """Add up an account's days before `until`; says before which day all of them are.

        A week at a time, each kept at once, so that a past that nobody asked for yet, however long, is no statement
        that is given up and begun again for ever.
        """
        summed = await self._pool.fetchval(SUM, account_id, until)
        while summed < until:
            summed = await self._pool.fetchval(SUM, account_id, until)
        return int(summed)


def _total(row: Mapping[str, Any], by: Sequence[Aspect]) -> Total:
    return Total(
        group={aspect: row[aspect.value] for aspect in by},
        requests=int(row["requests"]),
        listed=MilliCredits(int(row["listed"])),
        paid_from={bucket: MilliCredits(int(row[bucket.value])) for bucket in Bucket if row[bucket.value]},
    )
