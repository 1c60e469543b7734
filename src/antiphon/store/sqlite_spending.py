"""What an account spent, in SQLite: days are added up afterwards by `sqlite_lists`; what came since is looked at."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports_spending import Aspect, Requests, Total, apart
from antiphon.store.readers import Readers
from antiphon.store.sqlite_numbers import NUMBER
from antiphon.store.sqlite_usage import LOGGED, usage_from

_COLUMN = {Aspect.DAY: "day", Aspect.KEY: "key_id", Aspect.MODEL: "model", Aspect.MODALITY: "modality"}
_BUCKETS = (Bucket.FREE, Bucket.SUBSCRIPTION, Bucket.PAYG)

TOTALS = """
    SELECT {columns} sum(requests), sum(listed), sum(paid_free), sum(paid_subscription), sum(paid_payg)
    FROM (
        SELECT day, key_id, modality, model, requests, listed, paid_free, paid_subscription, paid_payg
        FROM usage_total WHERE account = $1 AND apart = $2 AND day >= $3 AND day < $4
        UNION ALL
        SELECT CAST(at AS INTEGER) / 86400, coalesce(key_id, ''), modality, model, 1, iif(charged > 0, listed, 0),
            paid_free, paid_subscription, paid_payg
        FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $1 AND at >= $3 * 86400.0 AND at < $4 * 86400.0
            AND (status = 200 OR latency_ms > 0 OR charged > 0))
    {group}
    LIMIT $5
"""
# Either part is sorted and cut by itself: see `sqlite_log`. A plus keeps it from looking through all rows by `id`.
REQUESTS = f"""
    SELECT * FROM (
        SELECT {LOGGED} FROM usage_of_account list CROSS JOIN usage ON usage.seq = list.seq
        WHERE list.account = $1 AND list.id > $2 AND list.id < $3 AND usage.at >= $4 AND usage.at < $5
        ORDER BY list.id DESC LIMIT $6)
    UNION ALL
    SELECT * FROM (
        SELECT {LOGGED} FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $1 AND +id > $2 AND +id < $3 AND at >= $4 AND at < $5
        ORDER BY +id DESC LIMIT $6)
    ORDER BY id DESC LIMIT $6
"""  # noqa: S608 - the columns are ours


class SqliteSpending:
    """The `SpendingStore` on SQLite.

    Args:
        readers: Run all of it.
    """

    def __init__(self, *, readers: Readers) -> None:
        self._read = readers.run

    async def totals(
        self,
        account_id: UUID,
        days: range,
        *,
        by: Sequence[Aspect],
        at: float,  # noqa: ARG002 - for databases that add up when they are asked
        most: int,
    ) -> Sequence[Total]:
        """What requests came to that ended on some days, in the order of `by`."""
        columns = "".join(f"{_COLUMN[aspect]}, " for aspect in by)
        numbers = ", ".join(str(place) for place in range(1, len(by) + 1))
        statement = TOTALS.format(columns=columns, group=f"GROUP BY {numbers} ORDER BY {numbers}" if by else "")

        def work(connection: apsw.Connection) -> Sequence[Total]:
            account = connection.execute(NUMBER, (str(account_id),)).get
            rows = connection.execute(statement, (account, apart(by), days.start, days.stop, most))
            return tuple(_total(row, by) for row in rows if row[len(by)])

        return await self._read(work)

    async def requests(self, page: Requests) -> Sequence[Usage]:
        """A page of requests."""

        def work(connection: apsw.Connection) -> Sequence[Usage]:
            account = connection.execute(NUMBER, (str(page.account_id),)).get
            given = (account, *map(str, page.ids), page.start, page.end, page.most)
            return tuple(usage_from(page.account_id, row) for row in connection.execute(REQUESTS, given))

        return await self._read(work)


def _total(row: Any, by: Sequence[Aspect]) -> Total:
    requests, listed, *paid = row[len(by) :]
    return Total(
        group=dict(zip(by, row, strict=False)),
        requests=requests,
        listed=MilliCredits(listed),
        paid_from={bucket: MilliCredits(amount) for bucket, amount in zip(_BUCKETS, paid, strict=True) if amount},
    )
