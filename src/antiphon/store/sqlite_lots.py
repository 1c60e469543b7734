"""Lots in SQLite: how they begin and end."""

from collections.abc import Iterable
from typing import Any

import apsw

from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.store.audit import WORLD
from antiphon.store.ports import Grant
from antiphon.store.sqlite_transfers import ADD_TRANSFER, LotTerms, Transfer, add_entries, record

# Not ON CONFLICT: that would use up a number, and a number that is missing is a fault.
MADE = "SELECT 1 FROM transfer WHERE id = $1"
ADD_LOT = "INSERT INTO lot (id, account_id, bucket, balance, expires_at) VALUES ($1, $2, $3, 0, $4)"
OVER = """
    SELECT id, account_id, bucket, balance, expires_at FROM lot
    WHERE closed = 0 AND expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2
"""
OPEN_IN = """
    SELECT id, account_id, bucket, balance, expires_at FROM lot
    WHERE account_id = $1 AND bucket = $2 AND closed = 0
"""
CLOSE = "UPDATE lot SET expires_at = $1, closed = 1 WHERE id = $2"


def grant(connection: apsw.Connection, given: Grant) -> bool:
    """See `Ledger.grant`."""
    if given.amount <= 0:
        raise ValueError("a grant is positive")
    lot_id, account_id = str(given.lot_id), str(given.account_id)
    terms = LotTerms(lot_id, given.bucket, given.expires_at, 0)
    transfer = Transfer(given.transfer_id, TransferKind.GRANT, account_id, None, given.at, given.note, terms.text())
    if connection.execute(MADE, (given.transfer_id,)).get is not None:
        return False
    connection.execute(ADD_TRANSFER, transfer)
    seq = connection.last_insert_rowid()
    connection.execute(ADD_LOT, (lot_id, account_id, given.bucket, given.expires_at))
    add_entries(connection, seq, [(WORLD, -given.amount), (lot_id, given.amount)])
    return True


def expire(connection: apsw.Connection, *, now: float, most: int) -> int:
    """See `Ledger.expire_lots`."""
    return _close(connection, connection.execute(OVER, (now, most)).fetchall(), at=now)


def end(connection: apsw.Connection, account_id: str, *, bucket: Bucket, at: float) -> None:
    """See `Ledger.end_lots`."""
    _close(connection, connection.execute(OPEN_IN, (account_id, bucket)).fetchall(), at=at)


def _close(connection: apsw.Connection, rows: Iterable[tuple[Any, ...]], *, at: float) -> int:
    """Take back what is left. What comes back to such a lot later, expires at once, whatever the clock says."""
    count = 0
    for lot_id, account_id, bucket, balance, expires_at in rows:
        ended = at if expires_at is None else min(at, expires_at)
        terms = LotTerms(lot_id, bucket, ended, 1)
        transfer = Transfer(f"expire:{lot_id}", TransferKind.EXPIRE, account_id, None, at, "", terms.text())
        record(connection, transfer, [(lot_id, -balance), (WORLD, balance)] if balance else [])
        connection.execute(CLOSE, (ended, lot_id))
        count += 1
    return count
