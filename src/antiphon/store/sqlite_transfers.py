"""Transfers, their entries and the lots they move, in SQLite.

A trigger keeps each lot's balance in step with its entries, and a CHECK keeps it from going below zero.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import apsw
import orjson

from antiphon.domain.ledger import Bucket, Lot, Part, Split, TransferKind, settle, split
from antiphon.domain.money import MilliCredits

WORLD, REVENUE, HELD = -1, -2, -3
"""Places that are no lots."""

ADD_TRANSFER = """
    INSERT INTO transfer (id, kind, account, request_id, at, note, terms) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
STANDING = """
    SELECT (SELECT coalesce(sum(held), 0) FROM open_request WHERE account = $1), NULL, NULL, NULL, NULL, NULL
    UNION ALL
    SELECT number, id, bucket, balance, expires_at, closed FROM lot WHERE account = $1 AND balance > 0
"""

Entries = Sequence[tuple[int, int]]
"""Where and how much, negative for what leaves."""

StoredPart = tuple[int, str, str, int]
"""A part as it is stored: the number of its lot, its lot, bucket and amount."""


class Transfer(NamedTuple):
    """A row of `transfer`, in the order of `ADD_TRANSFER`."""

    id: str
    kind: str
    account: int
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


class LotRow(NamedTuple):
    """A lot that is not empty."""

    number: int
    id: str
    bucket: str
    balance: int
    expires_at: float | None
    closed: int

    def over(self, at: float) -> bool:
        """Whether nothing of it can be spent any more."""
        return self.closed == 1 or (self.expires_at is not None and self.expires_at <= at)

    def lot(self) -> Lot:
        """As the rules of the ledger take it."""
        return Lot(
            id=_uuid(self.id),
            bucket=_BUCKETS[self.bucket],
            balance=MilliCredits(self.balance),
            expires_at=self.expires_at,
        )


# An account's lots come by with each of its requests, and parsing an id takes longer than reading its row.
_uuid = lru_cache(maxsize=16_384)(UUID)
_BUCKETS = {bucket.value: bucket for bucket in Bucket}


def record(connection: apsw.Connection, transfer: Transfer, entries: Entries) -> None:
    """Add a transfer and what it moves.

    Raises:
        apsw.ConstraintError: One of that id was made before, or a lot has less than is taken.
    """
    connection.execute(ADD_TRANSFER, transfer)
    if entries:
        bindings = [connection.last_insert_rowid()]
        for entry in entries:
            bindings.extend(entry)
        connection.execute(_add_entries(len(entries)), bindings)


@lru_cache
def _add_entries(count: int) -> str:
    rows = ", ".join(f"($1, ${2 * number + 2}, ${2 * number + 3})" for number in range(count))
    return f"INSERT INTO entry (seq, place, amount) VALUES {rows}"  # noqa: S608 - numbers of parameters


def take(
    connection: apsw.Connection,
    transfer: Transfer,
    *,
    lots: Sequence[LotRow],
    amount: MilliCredits,
    order: Sequence[Bucket],
) -> tuple[Split, list[StoredPart]]:
    """Move an amount from an account's lots to `held`, by a transfer; none for an amount of 0.

    Returns:
        The parts, and the same as they are stored.

    Raises:
        PaymentRequired: "balance".
        ValueError: The amount is negative.
    """
    if amount < 0:
        raise ValueError("a hold is not negative")
    known = {lot.id: (row, lot) for row in lots if not row.closed for lot in (row.lot(),)}
    parts = split(amount, [lot for _row, lot in known.values()], order=order, now=transfer.at)
    stored = []
    for part in parts:
        row, _lot = known[part.lot_id]
        stored.append((row.number, row.id, row.bucket, int(part.amount)))
    if stored:
        record(connection, transfer, [(HELD, amount), *((part[0], -part[3]) for part in stored)])
    return parts, stored


def give_back(
    connection: apsw.Connection, transfer: Transfer, *, held: Sequence[StoredPart], charge: MilliCredits
) -> tuple[Split, MilliCredits, list[LotRow]]:
    """Move what is held to revenue, as far as it is charged, and the rest to the lots it came from.

    What goes back to a lot that is over is expired by a transfer of its own.

    Returns:
        The parts that were charged, what the account then holds, and its lots.

    Raises:
        ValueError: The charge is negative, or more than is held.
    """
    if charge < 0:
        raise ValueError("a charge is not negative")
    charged, back = settle([_part(part) for part in held], charge)
    numbers = {_uuid(part[1]): part[0] for part in held}
    returned: dict[int, int] = {}
    for part in back:  # Two slices may have taken from one lot, and a transfer has one entry a place.
        number = numbers[part.lot_id]
        returned[number] = returned.get(number, 0) + part.amount
    if held:
        revenue = [(REVENUE, charge)] if charge else []
        record(connection, transfer, [(HELD, -sum(part[3] for part in held)), *revenue, *returned.items()])
    on_hold, lots = standing(connection, transfer.account)
    for row in lots:
        if row.number in returned and row.over(transfer.at):
            _expire(connection, row, returned[row.number], after=transfer)
    return charged, on_hold, lots


def _expire(connection: apsw.Connection, row: LotRow, amount: int, *, after: Transfer) -> None:
    id_ = f"expire:{row.id}/{after.request_id}"
    transfer = Transfer(id_, TransferKind.EXPIRE, after.account, after.request_id, after.at)
    record(connection, transfer, [(row.number, -amount), (WORLD, amount)])


def standing(connection: apsw.Connection, account: int) -> tuple[MilliCredits, list[LotRow]]:
    """What an account holds, and its lots that are not empty."""
    rows: list[tuple[Any, ...]] = connection.execute(STANDING, (account,)).fetchall()
    return MilliCredits(rows[0][0]), [LotRow(*row) for row in rows[1:]]


def spendable(lots: Iterable[LotRow], *, order: Sequence[Bucket], at: float) -> dict[Bucket, MilliCredits]:
    """What can be spent of the buckets in `order`; those with nothing are left out."""
    sums: dict[Bucket, MilliCredits] = {}
    for row in lots:
        bucket = _BUCKETS[row.bucket]
        if bucket in order and not row.over(at):
            sums[bucket] = MilliCredits(sums.get(bucket, 0) + row.balance)
    return sums


def _part(stored: StoredPart) -> Part:
    _number, lot_id, bucket, amount = stored
    return Part(lot_id=_uuid(lot_id), bucket=_BUCKETS[bucket], amount=MilliCredits(amount))
