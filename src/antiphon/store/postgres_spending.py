"""What an account spent, in PostgreSQL. Totals go by the index `usage_in_time`, whose condition they repeat."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports_spending import Aspect, Requests, Total
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import usage_of

_COLUMN = {
    Aspect.DAY: "floor(at / 86400)::integer",
    Aspect.KEY: "coalesce(key_id::text, '')",
    Aspect.MODEL: 'model COLLATE "C"',
    Aspect.MODALITY: 'modality COLLATE "C"',
}

TOTALS = """
    SELECT {columns} count(*) AS requests, coalesce(sum(listed) FILTER (WHERE charged > 0), 0) AS listed,
        sum(paid_free) AS free, sum(paid_subscription) AS subscription, sum(paid_payg) AS payg
    FROM usage
    WHERE account_id = $1 AND at >= $2 AND at < $3 AND (status = 200 OR latency_ms > 0 OR charged > 0)
    {group}
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

    async def totals(self, account_id: UUID, days: range, *, by: Sequence[Aspect]) -> Sequence[Total]:
        """What requests came to that ended on some days, in the order of `by`."""
        columns = "".join(f"{_COLUMN[aspect]} AS {aspect.value}, " for aspect in by)
        numbers = ", ".join(str(place) for place in range(1, len(by) + 1))
        statement = TOTALS.format(columns=columns, group=f"GROUP BY {numbers} ORDER BY {numbers}" if by else "")
        with translating():
            found = await self._pool.fetch(statement, account_id, days.start * 86_400.0, days.stop * 86_400.0)
        return tuple(_total(row, by) for row in found if row["requests"])

    async def requests(self, page: Requests) -> Sequence[Usage]:
        """A page of requests."""
        with translating():
            found = await self._pool.fetch(REQUESTS, page.account_id, *page.ids, page.start, page.end, page.most)
        return tuple(usage_of(row) for row in found)


def _total(row: Mapping[str, Any], by: Sequence[Aspect]) -> Total:
    return Total(
        group={aspect: row[aspect.value] for aspect in by},
        requests=row["requests"],
        listed=MilliCredits(int(row["listed"])),
        paid_from={bucket: MilliCredits(int(row[bucket.value])) for bucket in Bucket if row[bucket.value]},
    )
