"""The ledger on PostgreSQL. What changes requests goes through the pump, the rest through the pool."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson

from antiphon.domain.errors import Conflict, LimitExceeded, NotFound, PaymentRequired
from antiphon.domain.jobs import FOREVER
from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store import postgres_rows as pg
from antiphon.store import postgres_seals as seals
from antiphon.store.ports import Admission, Admitted, Balance, Ending, Finding, Grant, StatementLine, StoredAnswer
from antiphon.store.postgres_batches import Outcome, Pump
from antiphon.store.postgres_connections import translating

BALANCE = "SELECT * FROM ledger_balance($1, $2)"
GRANT = "SELECT ledger_grant($1, $2, $3, $4, $5, $6, $7, $8, $9)"
ACCOUNT_IS_THERE = "SELECT EXISTS (SELECT FROM account WHERE id = $1)"
RENEW = "SELECT ledger_renew($1, $2)"
OVERDUE = "SELECT id FROM open_request WHERE until <= $1 ORDER BY until LIMIT $2"
# What jobs hold is for ever, till they end.
ANY_OPEN = f"SELECT id FROM open_request WHERE until < {FOREVER}"  # noqa: S608 - a constant
FORGET_EXPIRED = """
    DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
"""
EXPIRE_LOTS = "SELECT ledger_expire_lots($1, $2)"
END_GRANT = "SELECT ledger_end_grant($1, $2)"
END_LOTS = "SELECT ledger_end_lots($1, $2, $3)"
LINES_OF = """
    SELECT
        line.seq, line.id, line.kind, line.at, line.note,
        coalesce(sum(entry.amount) FILTER (WHERE entry.place = 'held'), 0)::bigint AS held,
        sum(entry.amount) FILTER (WHERE lot.bucket = 'free')::bigint AS free,
        sum(entry.amount) FILTER (WHERE lot.bucket = 'subscription')::bigint AS subscription,
        sum(entry.amount) FILTER (WHERE lot.bucket = 'payg')::bigint AS payg
    FROM (SELECT * FROM transfer WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS line
    LEFT JOIN entry ON entry.seq = line.seq
    LEFT JOIN lot ON lot.id = CASE WHEN entry.place NOT IN ('held', 'revenue', 'world') THEN entry.place::uuid END
    GROUP BY line.seq, line.id, line.kind, line.at, line.note
    ORDER BY line.seq
"""
NOTE_USAGE = "INSERT INTO usage SELECT * FROM unnest($1::usage[]) ON CONFLICT (account_id, id) DO NOTHING"
USAGE_OF = "SELECT * FROM usage WHERE account_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3"

_AT_ONCE = 1000


class PostgresLedger:
    """The `Ledger` on PostgreSQL.

    Args:
        pump: Runs what opens, changes and ends requests.
        pool: Runs the rest.
    """

    def __init__(self, *, pump: Pump, pool: Any) -> None:
        self._pump = pump
        self._pool = pool

    async def admit(self, admission: Admission) -> Admitted | StoredAnswer:
        """Take lease and first hold in one transaction; or give the stored answer of a repeated request.

        A request whose `until` has passed has no lease any more, though what it holds is held until it is ended.

        Raises:
            LimitExceeded: "concurrency", by tier.
            PaymentRequired: "balance", "organization_budget" or "project_budget", the first of them that is at fault.
            Conflict: "idempotency_in_flight", "idempotency_mismatch" (other body).
            NotFound: There is no such account.
            ValueError: The hold is negative.
        """
        key = admission.idempotency
        name = None if key is None else (admission.account_id, key.route, key.key)
        outcome = await self._pump.hold(admission.id, pg.first_ask(admission), name=name)
        match outcome["code"]:
            case "done":
                return Admitted(split=pg.split_of(outcome["parts"]), available=MilliCredits(outcome["available"]))
            case "replay":
                return pg.answer_of(outcome)
            case _:
                raise refusal(outcome)

    async def extend(self, request_id: UUID, *, amount: MilliCredits, order: Sequence[Bucket], at: float) -> None:
        """Hold a further slice for a request that is open.

        Raises:
            PaymentRequired: As `admit`; what is held already stays held.
            Conflict: "ended": it is not open any more.
            ValueError: The amount is negative.
        """
        row = pg.further_ask(request_id, amount=amount, order=order, at=at)
        outcome = await self._pump.hold(request_id, row)
        if outcome["code"] != "done":
            raise refusal(outcome)

    async def renew(self, request_ids: Collection[UUID], *, until: float) -> frozenset[UUID]:
        """Put off the death of requests at work, never bring it forward; gives those that are still open."""
        with translating():
            found = await self._pool.fetch(RENEW, list(request_ids), until)
        return frozenset(row[0] for row in found)

    async def end(self, ending: Ending) -> Balance:
        """Settle, release the rest, write the usage row, give back the lease, keep the answer: in one transaction.

        What goes back to a lot that has expired meanwhile is expired at once, by a transfer of its own. After
        `until` this still succeeds, as long as nobody has released the request before.

        Raises:
            Conflict: "ended": somebody ended it before; nothing was done.
            ValueError: The charge is negative or more than is held, or the answer too long to be kept.
        """
        outcome = await self._pump.end(ending.id, pg.ending_row(ending))
        if outcome["code"] != "done":
            raise refusal(outcome)
        return pg.balance_of(outcome, ending.order)

    async def end_overdue(self, *, now: float, most: int) -> int:
        """Release requests whose `until` has passed; how many. Forgets as many answers whose time is over."""
        with translating():
            await self._pool.execute(FORGET_EXPIRED, now, most)
            found = await self._pool.fetch(OVERDUE, now, most)
        return await self._release([row[0] for row in found], now=now, overdue=True)

    async def end_all(self, *, now: float) -> int:
        """Release every open request: for the start of the only server, when all that was open is dead."""
        with translating():
            found = await self._pool.fetch(ANY_OPEN)
        ids = [row[0] for row in found]
        return sum(
            [
                await self._release(ids[first : first + _AT_ONCE], now=now, overdue=False)
                for first in range(0, len(ids), _AT_ONCE)
            ]
        )

    async def _release(self, ids: Sequence[UUID], *, now: float, overdue: bool) -> int:
        """Release requests; how many. Those that others ended or renewed meanwhile are let alone."""
        ends = (self._pump.end(id_, pg.release_row(id_, at=now, overdue=overdue)) for id_ in ids)
        return sum(outcome["code"] == "done" for outcome in await asyncio.gather(*ends))

    async def grant(self, grant: Grant) -> bool:
        """Give credits. False: that transfer was made before, and nothing was done.

        Raises:
            NotFound: There is no such account.
            ValueError: The amount is not positive.
        """
        if grant.amount <= 0:
            raise ValueError("a grant is positive")
        terms = orjson.dumps((str(grant.lot_id), grant.bucket, grant.expires_at, 0)).decode()
        row = (grant.lot_id, grant.account_id, grant.bucket, grant.amount, grant.at, grant.expires_at)
        with translating():
            if not await self._pool.fetchval(ACCOUNT_IS_THERE, grant.account_id):
                raise NotFound("account", "account_id")
            given: bool = await self._pool.fetchval(GRANT, pg.text(grant.transfer_id), *row, pg.text(grant.note), terms)
        return given

    async def expire_lots(self, *, now: float, most: int) -> int:
        """Close lots whose time is over and take back what is left in them; how many lots."""
        with translating():
            count: int = await self._pool.fetchval(EXPIRE_LOTS, now, most)
        return count

    async def end_lots(self, account_id: UUID, *, bucket: Bucket, at: float) -> None:
        """Let all lots of a bucket end now: a plan was left."""
        with translating():
            await self._pool.fetchval(END_LOTS, account_id, bucket, at)

    async def end_grant(self, transfer_id: str, *, at: float) -> MilliCredits | None:
        """Take back what is left of a grant; how much that was. None: there is no such grant."""
        with translating():
            taken: int | None = await self._pool.fetchval(END_GRANT, pg.text(transfer_id), at)
        return None if taken is None else MilliCredits(taken)

    async def balance(self, account_id: UUID, *, at: float) -> Balance:
        """What an account has now."""
        with translating():
            row = await self._pool.fetchrow(BALANCE, account_id, at)
        return pg.balance_of(row, tuple(Bucket))

    async def statement(self, account_id: UUID, *, after: int = 0, most: int = 1000) -> Sequence[StatementLine]:
        """An account's transfers after a `seq`, in order."""
        with translating():
            found = await self._pool.fetch(LINES_OF, account_id, after, most)
        return tuple(_line(row) for row in found)

    async def note_usage(self, rows: Sequence[Usage]) -> None:
        """Log requests that were refused before anything was held."""
        with translating():
            await self._pool.execute(NOTE_USAGE, [pg.usage_row(usage) for usage in rows])

    async def usage(self, account_id: UUID, *, after: UUID | None = None, most: int = 1000) -> Sequence[Usage]:
        """An account's request log in the order of ids."""
        with translating():
            found = await self._pool.fetch(USAGE_OF, account_id, after, most)
        return tuple(pg.usage_of(row) for row in found)

    async def seal(self, *, most: int) -> int:
        """Chain up to so many transfers that are not under seal yet; how many were.

        Those that could still be preceded by one that is not committed yet are left for later.
        """
        with translating():
            return await seals.seal(self._pool, most=most)

    async def verify(self) -> Finding:
        """Check every row: sums, balances, holds, seals."""
        with translating():
            return await seals.verify(self._pool)


def refusal(outcome: Outcome) -> Exception:
    """The error that a refused operation is to its caller."""
    match outcome["code"]:
        case "balance" | "organization_budget" | "project_budget" as reason:
            return PaymentRequired(reason)
        case "concurrency":
            return LimitExceeded("concurrency", tier=outcome["tier"])
        case "account":
            return NotFound("account", "account_id")
        case "excess":
            return ValueError("more than is held")
        case reason:
            return Conflict(reason)


def _line(row: Any) -> StatementLine:
    return StatementLine(
        seq=row["seq"],
        transfer_id=row["id"],
        kind=TransferKind(row["kind"]),
        at=row["at"],
        changes={bucket: MilliCredits(row[bucket.value]) for bucket in Bucket if row[bucket.value] is not None},
        held=MilliCredits(row["held"]),
        note=row["note"],
    )
