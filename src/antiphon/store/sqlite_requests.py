"""Requests at work, in SQLite: their leases, what they hold, and their one end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import orjson

from antiphon.domain.errors import Conflict, LimitExceeded, NotFound
from antiphon.domain.jobs import FOREVER
from antiphon.domain.ledger import Bucket, TransferKind, by_bucket
from antiphon.domain.money import MilliCredits
from antiphon.store import sqlite_budgets as budgets
from antiphon.store.ports import Admission, Admitted, Balance, Ending, StoredAnswer
from antiphon.store.sqlite_idempotency import Name, claim, forget, forget_expired, keep
from antiphon.store.sqlite_transfers import LotRow, StoredPart, Transfer, give_back, spendable, standing, take
from antiphon.store.sqlite_usage import add_usage

# All that an admission has to know, at once. At most so many leases are counted as are needed to refuse.
STANDING_AND_LEASES = """
    SELECT number, NULL, NULL, (
        SELECT count(*) FROM (
            SELECT 1 FROM open_request WHERE account = number AND dialect = $1 AND until > $2 LIMIT $3)),
        EXISTS (SELECT 1 FROM budget WHERE budget.account = number), NULL
    FROM account_number WHERE account_id = $4
    UNION ALL
    SELECT lot.number, id, bucket, balance, expires_at, closed
    FROM account_number JOIN lot ON lot.account = account_number.number
    WHERE account_id = $4 AND balance > 0
"""
LEASES_OF_PROJECT = """
    SELECT count(*) FROM open_request WHERE account = $1 AND dialect = $2 AND until > $3 AND project_id = $4
"""
OPEN = """
    INSERT INTO open_request (id, account, project_id, dialect, until, slices, held, parts, route, key)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)
"""
FIND = "SELECT account, project_id, dialect, slices, parts FROM open_request WHERE id = $1"
ADD_SLICE = "UPDATE open_request SET slices = slices + 1, held = held + $1, parts = $2 WHERE id = $3"
RENEW = """
    UPDATE open_request SET until = max(until, $1) WHERE id IN (SELECT value FROM json_each($2)) RETURNING id
"""
CLOSE = """
    DELETE FROM open_request WHERE id = $1
    RETURNING account, parts, route, key, project_id,
        EXISTS (SELECT 1 FROM budget WHERE budget.account = open_request.account)
"""
OVERDUE = "SELECT id FROM open_request WHERE until <= $1 ORDER BY until LIMIT $2"
# What jobs hold is for ever, till they end.
ANY_OPEN = f"SELECT id FROM open_request WHERE until < {FOREVER} LIMIT $1"  # noqa: S608 - a constant

PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    account: int
    parts: Sequence[StoredPart]
    name: Name | None
    project_id: str
    budgeted: bool


def admit(connection: apsw.Connection, admission: Admission) -> Admitted | StoredAnswer:
    """See `Ledger.admit`."""
    account, leases, budgeted, lots = _account(connection, admission)
    project_id = str(admission.project_id or admission.account_id)
    route = key = None
    if admission.idempotency is not None:
        route, key = admission.idempotency.route, admission.idempotency.key
        answer = claim(connection, admission, name=(account, route, key))
        if answer is not None:
            return answer
    _check_leases(connection, admission, account=account, project_id=project_id, leases=leases)
    request_id, dialect = str(admission.id), admission.dialect
    before = sum(spendable(lots, order=admission.order, at=admission.at).values())
    if budgeted and admission.hold <= before:  # Otherwise it is the balance that refuses.
        budgets.check(connection, account=account, project_id=project_id, amount=admission.hold, at=admission.at)
    transfer = Transfer(f"hold:{request_id}/0", TransferKind.HOLD, account, request_id, admission.at, dialect)
    parts, stored = take(connection, transfer, lots=lots, amount=admission.hold, order=admission.order)
    row = (request_id, account, project_id, dialect, admission.until, admission.hold, _text(stored), route, key)
    connection.execute(OPEN, row)
    return Admitted(split=parts, available=MilliCredits(before - admission.hold))


def _account(connection: apsw.Connection, admission: Admission) -> tuple[int, int, bool, list[LotRow]]:
    """Its number, its leases as far as they were counted, whether it has a budget, and its lots."""
    most = max((limit.most for limit in admission.concurrency), default=0)
    bindings = (admission.dialect, admission.at, most, str(admission.account_id))
    rows: list[tuple[Any, ...]] = connection.execute(STANDING_AND_LEASES, bindings).fetchall()
    if not rows:
        raise NotFound("account", "account_id")
    return rows[0][0], rows[0][3], rows[0][4] == 1, [LotRow(*row) for row in rows[1:]]


def _check_leases(
    connection: apsw.Connection, admission: Admission, *, account: int, project_id: str, leases: int
) -> None:
    for limit in admission.concurrency:
        count = leases
        if limit.tier == PROJECT:
            bindings = (account, admission.dialect, admission.at, project_id)
            count = connection.execute(LEASES_OF_PROJECT, bindings).get
        if count >= limit.most:
            raise LimitExceeded("concurrency", tier=limit.tier)


def extend(
    connection: apsw.Connection, request_id: str, *, amount: MilliCredits, order: Sequence[Bucket], at: float
) -> None:
    """See `Ledger.extend`."""
    row = connection.execute(FIND, (request_id,)).fetchone()
    if row is None:
        raise Conflict("ended")
    account, project_id, dialect, slices, parts = row
    transfer = Transfer(f"hold:{request_id}/{slices}", TransferKind.HOLD, account, request_id, at, dialect)
    _held, lots = standing(connection, account)
    if amount <= sum(spendable(lots, order=order, at=at).values()):  # Otherwise it is the balance that refuses.
        budgets.check(connection, account=account, project_id=project_id, amount=amount, at=at)
    _parts, stored = take(connection, transfer, lots=lots, amount=amount, order=order)
    connection.execute(ADD_SLICE, (amount, _text(orjson.loads(parts) + stored), request_id))


def renew(connection: apsw.Connection, request_ids: Iterable[str], *, until: float) -> list[str]:
    """Put off deaths, never bring one forward; gives those that are still open."""
    return [id_ for (id_,) in connection.execute(RENEW, (until, _text(list(request_ids))))]


def end(connection: apsw.Connection, ending: Ending) -> Balance:
    """See `Ledger.end`."""
    request_id, usage = str(ending.id), ending.usage
    closed = _close(connection, request_id)
    kind = TransferKind.SETTLE if ending.charge else TransferKind.RELEASE
    note = "" if usage is None else usage.route
    transfer = Transfer(f"end:{request_id}", kind, closed.account, request_id, ending.at, note)
    charged, held, lots = give_back(connection, transfer, held=closed.parts, charge=ending.charge)
    if usage is not None:
        paid_from = by_bucket(charged)
        add_usage(connection, usage, account=closed.account, charged=ending.charge, paid_from=paid_from)
    if closed.budgeted and ending.charge:
        budgets.spend(
            connection, account=closed.account, project_id=closed.project_id, charge=ending.charge, at=ending.at
        )
    if closed.name is not None and ending.answer is not None:
        keep(connection, closed.name, request_id, ending.answer)
    elif closed.name is not None:
        forget(connection, closed.name, request_id)
    return Balance(available=spendable(lots, order=ending.order, at=ending.at), held=held)


def release_overdue(connection: apsw.Connection, *, now: float, most: int) -> int:
    """See `Ledger.end_overdue`."""
    forget_expired(connection, now=now, most=most)
    return _release(connection, connection.execute(OVERDUE, (now, most)).fetchall(), at=now)


def release_any(connection: apsw.Connection, *, now: float, most: int) -> int:
    """Release open requests but for jobs, whether their time is over or not; how many."""
    return _release(connection, connection.execute(ANY_OPEN, (most,)).fetchall(), at=now)


def _release(connection: apsw.Connection, rows: Sequence[tuple[Any, ...]], *, at: float) -> int:
    for (request_id,) in rows:
        closed = _close(connection, request_id)
        id_, note = f"end:{request_id}", "nobody ended it"
        transfer = Transfer(id_, TransferKind.RELEASE, closed.account, request_id, at, note)
        give_back(connection, transfer, held=closed.parts, charge=MilliCredits(0))
        if closed.name is not None:
            forget(connection, closed.name, request_id)
    return len(rows)


def _close(connection: apsw.Connection, request_id: str) -> _Closed:
    row = connection.execute(CLOSE, (request_id,)).fetchone()
    if row is None:
        raise Conflict("ended")
    account, parts, route, key, project_id, budgeted = row
    return _Closed(
        account=account,
        parts=orjson.loads(parts),
        name=None if key is None else (account, route, key),
        project_id=project_id,
        budgeted=budgeted == 1,
    )


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
