"""Requests at work, in SQLite: their leases, what they hold, and their one end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import orjson

from antiphon.domain.errors import Conflict, LimitExceeded
from antiphon.domain.ledger import Bucket, TransferKind, by_bucket
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Admission, Admitted, Balance, Ending, StoredAnswer
from antiphon.store.sqlite_idempotency import claim, forget, forget_expired, keep
from antiphon.store.sqlite_transfers import StoredPart, Transfer, balance_of, give_back, stored, take
from antiphon.store.sqlite_usage import add_usage

# At most so many rows are looked at as are needed to refuse.
LEASES_OF_ACCOUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM open_request WHERE account_id = $1 AND dialect = $2 AND until > $3 LIMIT $4)
"""
LEASES_OF_PROJECT = """
    SELECT count(*) FROM (
        SELECT 1 FROM open_request WHERE project_id = $1 AND dialect = $2 AND until > $3 LIMIT $4)
"""
OPEN = """
    INSERT INTO open_request (id, account_id, project_id, dialect, until, slices, held, parts, route, key)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)
"""
FIND = "SELECT account_id, dialect, slices, parts FROM open_request WHERE id = $1"
ADD_SLICE = "UPDATE open_request SET slices = slices + 1, held = held + $1, parts = $2 WHERE id = $3"
RENEW = """
    UPDATE open_request SET until = max(until, $1) WHERE id IN (SELECT value FROM json_each($2)) RETURNING id
"""
CLOSE = "DELETE FROM open_request WHERE id = $1 RETURNING account_id, parts, route, key"
OVERDUE = "SELECT id FROM open_request WHERE until <= $1 ORDER BY until LIMIT $2"
ANY_OPEN = "SELECT id FROM open_request LIMIT $1"

ORGANIZATION = "organization"
PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    account_id: str
    parts: Sequence[StoredPart]
    name: tuple[str, str, str] | None


def admit(connection: apsw.Connection, admission: Admission) -> Admitted | StoredAnswer:
    """See `Ledger.admit`."""
    if admission.idempotency is not None:
        answer = claim(connection, admission, admission.idempotency)
        if answer is not None:
            return answer
    _check_leases(connection, admission)
    request_id, account_id = str(admission.id), str(admission.account_id)
    transfer = Transfer(
        f"hold:{request_id}/0", TransferKind.HOLD, account_id, request_id, admission.at, admission.dialect
    )
    parts, available = take(connection, transfer, amount=admission.hold, order=admission.order)
    project_id = None if admission.project_id is None else str(admission.project_id)
    key = admission.idempotency
    name = (None, None) if key is None else (key.route, key.key)
    text = orjson.dumps(stored(parts)).decode()
    where = (request_id, account_id, project_id, admission.dialect, admission.until)
    connection.execute(OPEN, (*where, admission.hold, text, *name))
    return Admitted(split=parts, available=available)


def _check_leases(connection: apsw.Connection, admission: Admission) -> None:
    for limit in admission.concurrency:
        if limit.tier == PROJECT:
            statement, of = LEASES_OF_PROJECT, admission.project_id
        else:
            statement, of = LEASES_OF_ACCOUNT, admission.account_id
        bindings = (str(of), admission.dialect, admission.at, limit.most)
        if connection.execute(statement, bindings).get >= limit.most:
            raise LimitExceeded("concurrency", tier=limit.tier)


def extend(
    connection: apsw.Connection, request_id: str, *, amount: MilliCredits, order: Sequence[Bucket], at: float
) -> None:
    """See `Ledger.extend`."""
    row = connection.execute(FIND, (request_id,)).fetchone()
    if row is None:
        raise Conflict("ended")
    account_id, dialect, slices, parts = row
    transfer = Transfer(f"hold:{request_id}/{slices}", TransferKind.HOLD, account_id, request_id, at, dialect)
    taken, _available = take(connection, transfer, amount=amount, order=order)
    text = orjson.dumps(orjson.loads(parts) + stored(taken)).decode()
    connection.execute(ADD_SLICE, (amount, text, request_id))


def renew(connection: apsw.Connection, request_ids: Iterable[str], *, until: float) -> list[str]:
    """Put off deaths, never bring one forward; gives those that are still open."""
    listed = orjson.dumps(list(request_ids)).decode()
    return [request_id for (request_id,) in connection.execute(RENEW, (until, listed))]


def end(connection: apsw.Connection, ending: Ending) -> Balance:
    """See `Ledger.end`."""
    request_id = str(ending.id)
    closed = _close(connection, request_id)
    kind = TransferKind.SETTLE if ending.charge else TransferKind.RELEASE
    note = "" if ending.usage is None else ending.usage.route
    transfer = Transfer(f"end:{request_id}", kind, closed.account_id, request_id, ending.at, note)
    charged = give_back(connection, transfer, held=closed.parts, charge=ending.charge)
    if ending.usage is not None:
        add_usage(connection, ending.usage, charged=ending.charge, paid_from=by_bucket(charged))
    if closed.name is not None:
        _answer(connection, closed.name, request_id, ending.answer)
    return balance_of(connection, closed.account_id, order=ending.order, at=ending.at)


def release_overdue(connection: apsw.Connection, *, now: float, most: int) -> int:
    """See `Ledger.end_overdue`."""
    forget_expired(connection, now=now, most=most)
    return _release(connection, connection.execute(OVERDUE, (now, most)).fetchall(), at=now)


def release_any(connection: apsw.Connection, *, now: float, most: int) -> int:
    """Release open requests, whether their time is over or not; how many."""
    return _release(connection, connection.execute(ANY_OPEN, (most,)).fetchall(), at=now)


def _release(connection: apsw.Connection, rows: Sequence[tuple[Any, ...]], *, at: float) -> int:
    for (request_id,) in rows:
        closed = _close(connection, request_id)
        transfer = Transfer(
            f"end:{request_id}", TransferKind.RELEASE, closed.account_id, request_id, at, "nobody ended it"
        )
        give_back(connection, transfer, held=closed.parts, charge=MilliCredits(0))
        if closed.name is not None:
            forget(connection, closed.name, request_id)
    return len(rows)


def _close(connection: apsw.Connection, request_id: str) -> _Closed:
    row = connection.execute(CLOSE, (request_id,)).fetchone()
    if row is None:
        raise Conflict("ended")
    account_id, parts, route, key = row
    return _Closed(
        account_id=account_id, parts=orjson.loads(parts), name=None if key is None else (account_id, route, key)
    )


def _answer(
    connection: apsw.Connection, name: tuple[str, str, str], request_id: str, answer: StoredAnswer | None
) -> None:
    if answer is None:
        forget(connection, name, request_id)
    else:
        keep(connection, name, request_id, answer)
