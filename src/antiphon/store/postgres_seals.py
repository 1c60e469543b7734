"""Seals in PostgreSQL, and the check of the whole ledger.

Numbers of transfers have gaps here (an undone transaction leaves one), and appear in another order than they were
drawn in. So a range is sealed only when everything that could still appear in it has ended; from then on a number in
it that is missing, and one that is new, are faults.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from antiphon.store.audit import AuditedLot, AuditedRequest, audit
from antiphon.store.ports import Finding
from antiphon.store.seals import NOTHING, Seal, SealedTransfer, seals_over

T = TypeVar("T")

HORIZON = "SELECT last_seq, later::text FROM ledger_horizon()"
SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8"
LAST = "SELECT last_seq, hash FROM seal ORDER BY first_seq DESC LIMIT 1"
# The first to be added wins: two sealers that began at the same place have made the same ranges or one of them none.
ADD = """
    INSERT INTO seal (first_seq, last_seq, previous, marks, hash)
    SELECT $1, $2, $3, $4, $5 WHERE $3 = coalesce((SELECT hash FROM seal ORDER BY first_seq DESC LIMIT 1), $6)
    ON CONFLICT DO NOTHING RETURNING 1
"""
SEALS = "SELECT first_seq, last_seq, previous, marks, hash FROM seal ORDER BY first_seq"
_TRANSFERS = """
    SELECT
        line.seq, line.id, line.kind, line.account_id::text, line.request_id::text, line.at, line.note, line.terms,
        entry.place, entry.amount
    FROM ({lines}) AS line LEFT JOIN entry ON entry.seq = line.seq
    ORDER BY line.seq, entry.place
"""
SOME = _TRANSFERS.format(lines="SELECT * FROM transfer WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3")
ALL = _TRANSFERS.format(lines="SELECT * FROM transfer")
LOTS = "SELECT id::text, account_id::text, bucket, balance, expires_at, closed FROM lot"
REQUESTS = "SELECT id::text, account_id::text, held, parts FROM open_request"
STRAY_ENTRY = "SELECT seq, place FROM entry WHERE NOT EXISTS (SELECT FROM transfer WHERE seq = entry.seq) LIMIT 1"
SNAPSHOT = "SET LOCAL statement_timeout = 0"

_LOOKS = 40
_PAUSE = 0.005
"""Seconds between looks whether the transactions that run have ended; they take milliseconds."""
_AT_ONCE = 5000
_FOR_EVER = 86_400.0


async def seal(pool: Any, *, most: int) -> int:
    """See `Ledger.seal`. 0 also where a transaction runs on for longer than is waited here."""
    async with pool.acquire() as connection:
        horizon = await _settled_horizon(connection)
        last = await connection.fetchrow(LAST)
        after, previous = (0, NOTHING) if last is None else (last["last_seq"], last["hash"])
        rows = await connection.fetch(SOME, after, horizon, most)
        made = await asyncio.to_thread(lambda: tuple(seals_over(_transfers(rows), previous=previous)))
        async with connection.transaction():
            return sum([one.transfers for one in made if await connection.fetchval(ADD, *_row(one), NOTHING)])


async def verify(pool: Any) -> Finding:
    """See `Ledger.verify`. All of it sees one state; the arithmetic has a thread of its own."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(SNAPSHOT)
        loop = asyncio.get_running_loop()

        async def cursor(query: str) -> Iterator[Any]:
            return _rows(await connection.cursor(query), loop)

        found = [await cursor(query) for query in (ALL, LOTS, REQUESTS, SEALS)]
        finding = await asyncio.to_thread(_audit, *found)
        stray = await connection.fetchrow(STRAY_ENTRY, timeout=_FOR_EVER)
    if finding.fault or stray is None:
        return finding
    return replace(finding, fault=f"an entry at {stray['place']} belongs to transfer {stray['seq']}, which is missing")


async def _settled_horizon(connection: Any) -> int:
    """The highest number below or at which nothing new can appear; 0 where that takes long to come true."""
    last_seq, later = await connection.fetchrow(HORIZON)
    for _ in range(_LOOKS):
        if await connection.fetchval(SETTLED, later):
            return int(last_seq)
        await asyncio.sleep(_PAUSE)
    return 0


def _rows(cursor: Any, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    """A cursor's rows, for another thread than the loop's."""
    while rows := asyncio.run_coroutine_threadsafe(cursor.fetch(_AT_ONCE, timeout=_FOR_EVER), loop).result():
        yield from rows


def _audit(transfers: Iterable[Any], lots: Iterable[Any], requests: Iterable[Any], seals: Iterable[Any]) -> Finding:
    return audit(
        transfers=_transfers(transfers),
        lots=[AuditedLot(**row) for row in lots],
        requests=(_request(row) for row in requests),
        seals=(Seal(**row) for row in seals),
    )


def _transfers(rows: Iterable[Any]) -> Iterator[SealedTransfer]:
    lines: list[tuple[Any, ...]]
    for _seq, found in groupby(map(tuple, rows), itemgetter(0)):
        lines = list(found)
        seq, id_, kind, account_id, request_id, at, note, terms = lines[0][:-2]
        entries = tuple((place, amount) for *_transfer, place, amount in lines if place is not None)
        yield SealedTransfer(seq, id_, kind, account_id, request_id, at, note, terms, entries)


def _request(row: Any) -> AuditedRequest:
    parts = tuple((str(lot_id), bucket, amount) for lot_id, bucket, amount in row["parts"])
    return AuditedRequest(id=row["id"], account_id=row["account_id"], held=row["held"], parts=parts)


def _row(one: Seal) -> Sequence[Any]:
    return (one.first_seq, one.last_seq, one.previous, one.marks, one.hash)
