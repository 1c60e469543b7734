"""Statements of account, from SQLite."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import StatementLine
from antiphon.store.sqlite_numbers import NUMBER
from antiphon.store.sqlite_transfers import HELD

LINES_OF = """
    SELECT line.seq, line.id, line.kind, line.at, line.note, entry.place, lot.bucket, entry.amount
    FROM (
        SELECT seq FROM transfer_of_account WHERE account = $1 AND seq > $2
        UNION ALL
        SELECT seq FROM transfer WHERE account = $1 AND seq > max($2, (SELECT transfer FROM listed))
        ORDER BY seq LIMIT $3) found
    JOIN transfer line ON line.seq = found.seq
    LEFT JOIN entry ON entry.seq = line.seq
    LEFT JOIN lot ON lot.number = entry.place
    ORDER BY line.seq
"""


def statement_of(connection: apsw.Connection, account_id: UUID, *, after: int, most: int) -> Sequence[StatementLine]:
    """An account's transfers after a `seq`, in order."""
    account = connection.execute(NUMBER, (str(account_id),)).get
    rows = connection.execute(LINES_OF, (account, after, most))
    return tuple(_line(list(lines)) for _seq, lines in groupby(rows, itemgetter(0)))


def _line(rows: list[tuple[Any, ...]]) -> StatementLine:
    seq, transfer_id, kind, at, note = rows[0][:5]
    changes: dict[Bucket, MilliCredits] = {}
    held = 0
    for *_line, place, bucket, amount in rows:
        if place == HELD:
            held += amount
        elif bucket is not None:
            changes[Bucket(bucket)] = MilliCredits(changes.get(Bucket(bucket), 0) + amount)
    return StatementLine(
        seq=seq,
        transfer_id=transfer_id,
        kind=TransferKind(kind),
        at=at,
        changes=changes,
        held=MilliCredits(held),
        note=note,
    )
