"""Lots in SQLite: how they begin and end."""

from collections.abc import Iterable
from typing import Any

import apsw

from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Grant
from antiphon.store.sqlite_numbers import number_of
from antiphon.store.sqlite_transfers import WORLD, LotTerms, Transfer, record

# Not ON CONFLICT: that would use up a number, and a number that is missing is a fault.
MADE = "SELECT 1 FROM transfer WHERE id = $1"
ADD = "INSERT INTO lot (id, account, bucket, balance, expires_at) VALUES ($1, $2, $3, 0, $4)"
OVER = """
    SELECT number, id, account, bucket, balance, expires_at FROM lot
    WHERE closed = 0 AND expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2
"""
OPEN_IN = """
    SELECT number, id, account, bucket, balance, expires_at FROM lot
    WHERE account = (SELECT number FROM account_number WHERE account_id = $1) AND bucket = $2 AND closed = 0
"""
GRANTED = "SELECT 1 FROM transfer WHERE id = $1 AND kind = 'grant'"
OPEN_OF_GRANT = """
    SELECT lot.number, lot.id, lot.account, lot.bucket, lot.balance, lot.expires_at
    FROM transfer JOIN entry ON entry.seq = transfer.seq JOIN lot ON lot.number = entry.place
    WHERE transfer.id = $1 AND transfer.kind = 'grant' AND lot.closed = 0
"""
CLOSE = "UPDATE lot SET expires_at = $1, closed = 1 WHERE number = $2"


def grant(connection: apsw.Connection, given: Grant) -> bool:
    """See `Ledger.grant`."""
    if given.amount <= 0:
        raise ValueError("a grant is positive")
    if connection.execute(MADE, (given.transfer_id,)).get is not None:
        return False
    account, lot_id = number_of(connection, given.account_id), str(given.lot_id)
    connection.execute(ADD, (lot_id, account, given.bucket, given.expires_at))
    number = connection.last_insert_rowid()
    terms = LotTerms(lot_id, given.bucket, given.expires_at, 0).text()
    transfer = Transfer(given.transfer_id, TransferKind.GRANT, account, None, given.at, given.note, terms)
    record(connection, transfer, [(WORLD, -given.amount), (number, given.amount)])
    return True


def expire(connection: apsw.Connection, *, now: float, most: int) -> int:
    """See `Ledger.expire_lots`."""
    return _close(connection, connection.execute(OVER, (now, most)).fetchall(), at=now)


def end(connection: apsw.Connection, account_id: str, *, bucket: Bucket, at: float) -> None:
    """See `Ledger.end_lots`."""
    _close(connection, connection.execute(OPEN_IN, (account_id, bucket)).fetchall(), at=at)


def end_grant(connection: apsw.Connection, transfer_id: str, *, at: float) -> MilliCredits | None:
    """See `Ledger.end_grant`."""
    rows: list[tuple[Any, ...]] = connection.execute(OPEN_OF_GRANT, (transfer_id,)).fetchall()
    if not rows and connection.execute(GRANTED, (transfer_id,)).get is None:
        return None
    _close(connection, rows, at=at)
    return MilliCredits(sum(row[4] for row in rows))


def _close(connection: apsw.Connection, rows: Iterable[tuple[Any, ...]], *, at: float) -> int:
    """Take back what is left. What comes back to such a lot later, expires at once, whatever the clock says."""
    count = 0
    for number, lot_id, account, bucket, balance, expires_at in rows:
        ended = at if expires_at is None else min(at, expires_at)
        terms = LotTerms(lot_id, bucket, ended, 1).text()
        transfer = Transfer(f"expire:{lot_id}", TransferKind.EXPIRE, account, None, at, "", terms)
        record(connection, transfer, [(number, -balance), (WORLD, balance)] if balance else [])
        connection.execute(CLOSE, (ended, number))
        count += 1
    return count
