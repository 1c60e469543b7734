"""Seals in SQLite, and the check of the whole ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import apsw
import orjson

from antiphon.store import sqlite_lists as lists
from antiphon.store import sqlite_transfers
from antiphon.store.audit import HELD, REVENUE, WORLD, AuditedLot, AuditedRequest, audit
from antiphon.store.ports import Finding
from antiphon.store.seals import NOTHING, Seal, SealedTransfer, seals_over

LAST = "SELECT last_seq, hash FROM seal ORDER BY first_seq DESC LIMIT 1"
# The first to be added wins: two sealers that began at the same place have made the same ranges or one of them none.
ADD = """
    INSERT INTO seal (first_seq, last_seq, previous, marks, hash)
    SELECT $1, $2, $3, $4, $5 WHERE $3 = coalesce((SELECT hash FROM seal ORDER BY first_seq DESC LIMIT 1), $6)
"""
SEALS = "SELECT first_seq, last_seq, previous, marks, hash FROM seal ORDER BY first_seq"
TRANSFERS = """
    SELECT line.seq, line.id, line.kind, account_number.account_id, line.request_id, line.at, line.note, line.terms,
        entry.place, lot.id, entry.amount
    FROM (SELECT * FROM transfer WHERE seq > $1 ORDER BY seq LIMIT $2) line
    LEFT JOIN account_number ON account_number.number = line.account
    LEFT JOIN entry ON entry.seq = line.seq
    LEFT JOIN lot ON lot.number = entry.place
    ORDER BY line.seq
"""
LOTS = """
    SELECT id, account_id, bucket, balance, expires_at, closed
    FROM lot LEFT JOIN account_number ON account_number.number = lot.account
"""
REQUESTS = """
    SELECT id, account_id, held, parts
    FROM open_request LEFT JOIN account_number ON account_number.number = open_request.account
"""
STRAY_ENTRY = """
    SELECT seq, place FROM entry WHERE NOT EXISTS (SELECT 1 FROM transfer WHERE transfer.seq = entry.seq) LIMIT 1
"""
LAST_GIVEN = "SELECT seq FROM sqlite_sequence WHERE name = 'transfer'"

_ALL = -1
_PLACES = {sqlite_transfers.WORLD: WORLD, sqlite_transfers.REVENUE: REVENUE, sqlite_transfers.HELD: HELD}


def unsealed(connection: apsw.Connection, *, most: int) -> Sequence[Seal]:
    """Seals to be added for up to so many transfers that have none."""
    last = connection.execute(LAST).fetchone()
    after, previous = (0, NOTHING) if last is None else last
    return tuple(seals_over(_transfers(connection, after=after, most=most), previous=previous))


def add(connection: apsw.Connection, seals: Sequence[Seal]) -> int:
    """Add seals where the chain still ends where they begin; how many transfers that put under seal."""
    count = 0
    for seal in seals:
        row = (seal.first_seq, seal.last_seq, seal.previous, seal.marks, seal.hash, NOTHING)
        connection.execute(ADD, row)
        count += seal.transfers if connection.changes() else 0
    return count


def verify(connection: apsw.Connection) -> Finding:
    """See `Ledger.verify`. SQLite gives numbers without gaps, so that here a gap is a fault, sealed or not."""
    finding = audit(
        transfers=_transfers(connection, after=0, most=_ALL),
        lots=map(_lot, connection.execute(LOTS)),
        requests=map(_request, connection.execute(REQUESTS)),
        seals=map(_seal, connection.execute(SEALS)),
        last_given=connection.execute(LAST_GIVEN).get or 0,
    )
    return finding if finding.fault else replace(finding, fault=_stray(connection) or lists.fault_in(connection))


def _stray(connection: apsw.Connection) -> str:
    row = connection.execute(STRAY_ENTRY).fetchone()
    return "" if row is None else f"an entry at {row[1]} belongs to transfer {row[0]}, which is missing"


def _transfers(connection: apsw.Connection, *, after: int, most: int) -> Iterator[SealedTransfer]:
    lines: list[tuple[Any, ...]]
    for _seq, rows in groupby(connection.execute(TRANSFERS, (after, most)), itemgetter(0)):
        lines = list(rows)
        seq, id_, kind, account_id, request_id, at, note, terms = lines[0][:-3]
        entries = sorted(
            (_PLACES.get(place) or lot_id or f"lot number {place}", amount)
            for *_transfer, place, lot_id, amount in lines
            if place is not None
        )
        yield SealedTransfer(seq, id_, kind, account_id, request_id, at, note, terms, entries)


def _lot(row: tuple[Any, ...]) -> AuditedLot:
    lot_id, account_id, bucket, balance, expires_at, closed = row
    return AuditedLot(
        id=lot_id,
        account_id=account_id,
        bucket=bucket,
        balance=balance,
        expires_at=expires_at,
        closed=closed == 1,
    )


def _request(row: tuple[Any, ...]) -> AuditedRequest:
    request_id, account_id, held, parts = row
    try:
        readable = [part[1:] for part in orjson.loads(parts)]
    except (orjson.JSONDecodeError, TypeError):
        readable = []  # Which is then not what its transfers say.
    return AuditedRequest(id=request_id, account_id=account_id, held=held, parts=readable)


def _seal(row: tuple[Any, ...]) -> Seal:
    first_seq, last_seq, previous, marks, hash_ = row
    return Seal(first_seq=first_seq, last_seq=last_seq, previous=previous, marks=marks, hash=hash_)
