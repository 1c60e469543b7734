"""Transfers, their entries and the lots they move, in SQLite.

A trigger keeps each lot's balance in step with its entries, and a CHECK keeps it from going below zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import apsw
import orjson

from antiphon.domain.ledger import Bucket, Lot, Part, Split, TransferKind, settle, split
from antiphon.domain.money import MilliCredits
from antiphon.store.audit import HELD, REVENUE, WORLD
from antiphon.store.ports import Balance

ADD_TRANSFER = """
    INSERT INTO transfer (id, kind, account_id, request_id, at, note, terms) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
LOTS_OF = "SELECT id, bucket, balance, expires_at FROM lot WHERE account_id = $1 AND balance > 0"
HELD_AND_LOTS_OF = """
    SELECT NULL, NULL, (SELECT coalesce(sum(held), 0) FROM open_request WHERE account_id = $1), NULL
    UNION ALL
    SELECT id, bucket, balance, expires_at FROM lot WHERE account_id = $1 AND balance > 0
"""
LOT_OVER = "SELECT 1 FROM lot WHERE id = $1 AND (closed = 1 OR expires_at <= $2)"

Entries = Sequence[tuple[str, int]]
"""Where and how much, negative for what leaves."""

StoredPart = tuple[str, str, int]
"""Lot, bucket and amount of a part, as they are stored."""


class Transfer(NamedTuple):
    """A row of `transfer`, in the order of `ADD_TRANSFER`."""

    id: str
    kind: str
    account_id: str
    request_id: str | None
    at: float
    note: str = ""
    terms: str | None = None


class LotTerms(NamedTuple):
    """What a transfer says about a lot that it opens or closes; the last one holds."""

    lot_id: str
    bucket: str
    expires_at: float | None
    closed: int

    def text(self) -> str:
        """As it is stored."""
        return orjson.dumps(tuple(self)).decode()


def record(connection: apsw.Connection, transfer: Transfer, entries: Entries) -> None:
    """Add a transfer and what it moves.

    Raises:
        apsw.ConstraintError: One of that id was made before, or a lot has less than is taken.
    """
    connection.execute(ADD_TRANSFER, transfer)
    add_entries(connection, connection.last_insert_rowid(), entries)


def add_entries(connection: apsw.Connection, seq: int, entries: Entries) -> None:
    """Add what the transfer of that number moves."""
    if entries:
        bindings: list[object] = [seq]
        for entry in entries:
            bindings.extend(entry)
        connection.execute(_add_entries(len(entries)), bindings)


@lru_cache
def _add_entries(count: int) -> str:
    rows = ", ".join(f"($1, ${2 * number + 2}, ${2 * number + 3})" for number in range(count))
    return f"INSERT INTO entry (seq, place, amount) VALUES {rows}"  # noqa: S608 - numbers of parameters


def lots_of(connection: apsw.Connection, account_id: str) -> list[Lot]:
    """The lots of an account that are not empty, those too whose time is over."""
    return [_lot(row) for row in connection.execute(LOTS_OF, (account_id,))]


def take(
    connection: apsw.Connection, transfer: Transfer, *, amount: MilliCredits, order: Sequence[Bucket]
) -> tuple[Split, MilliCredits]:
    """Move an amount from an account's lots to `held`, by a transfer; none for an amount of 0.

    Returns:
        The parts, and what can still be spent.

    Raises:
        PaymentRequired: "balance".
        ValueError: The amount is negative.
    """
    if amount < 0:
        raise ValueError("a hold is not negative")
    lots = lots_of(connection, transfer.account_id)
    parts = split(amount, lots, order=order, now=transfer.at)
    if parts:
        record(connection, transfer, [(HELD, amount), *((str(part.lot_id), -part.amount) for part in parts)])
    return parts, MilliCredits(sum(_spendable(lots, order=order, at=transfer.at).values()) - amount)


def give_back(
    connection: apsw.Connection, transfer: Transfer, *, held: Sequence[StoredPart], charge: MilliCredits
) -> Split:
    """Move what is held to revenue, as far as it is charged, and the rest to the lots it came from.

    What goes back to a lot that is over is expired by a transfer of its own.

    Returns:
        The parts that were charged.

    Raises:
        ValueError: The charge is negative, or more than is held.
    """
    if charge < 0:
        raise ValueError("a charge is not negative")
    charged, back = settle(parts_of(held), charge)
    if held:
        entries = [(HELD, -sum(part[2] for part in held))]
        if charge:
            entries.append((REVENUE, charge))
        returned = _by_lot(back)
        entries.extend(returned.items())
        record(connection, transfer, entries)
        for lot_id, amount in returned.items():
            _expire_if_over(connection, transfer, lot_id=lot_id, amount=amount)
    return charged


def _expire_if_over(connection: apsw.Connection, after: Transfer, *, lot_id: str, amount: int) -> None:
    if connection.execute(LOT_OVER, (lot_id, after.at)).get is not None:
        transfer = Transfer(
            f"expire:{lot_id}/{after.request_id}", TransferKind.EXPIRE, after.account_id, after.request_id, after.at
        )
        record(connection, transfer, [(lot_id, -amount), (WORLD, amount)])


def balance_of(connection: apsw.Connection, account_id: str, *, order: Sequence[Bucket], at: float) -> Balance:
    """What an account has in the buckets of `order`, and what it holds."""
    rows: list[tuple[Any, ...]] = connection.execute(HELD_AND_LOTS_OF, (account_id,)).fetchall()
    held = rows.pop(0)[2]
    return Balance(
        available=_spendable(map(_lot, rows), order=order, at=at),
        held=MilliCredits(held),
    )


def parts_of(stored: Iterable[StoredPart]) -> Split:
    """Parts as they were stored."""
    return tuple(
        Part(lot_id=UUID(lot_id), bucket=Bucket(bucket), amount=MilliCredits(amount))
        for lot_id, bucket, amount in stored
    )


def stored(parts: Split) -> list[StoredPart]:
    """Parts as they are stored."""
    return [(str(part.lot_id), part.bucket.value, part.amount) for part in parts]


def _lot(row: tuple[Any, ...]) -> Lot:
    return Lot(id=UUID(row[0]), bucket=Bucket(row[1]), balance=MilliCredits(row[2]), expires_at=row[3])


def _spendable(lots: Iterable[Lot], *, order: Sequence[Bucket], at: float) -> dict[Bucket, MilliCredits]:
    sums: dict[Bucket, MilliCredits] = {}
    for lot in lots:
        if lot.bucket in order and (lot.expires_at is None or lot.expires_at > at):
            sums[lot.bucket] = MilliCredits(sums.get(lot.bucket, 0) + lot.balance)
    return sums


def _by_lot(parts: Split) -> Mapping[str, int]:
    """One sum a lot: a transfer has one entry for each place."""
    sums: dict[str, int] = {}
    for part in parts:
        lot_id = str(part.lot_id)
        sums[lot_id] = sums.get(lot_id, 0) + part.amount
    return sums
