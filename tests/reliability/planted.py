"""Bugs, on purpose: each has to turn its harness red. Nothing of this is in the product."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import apsw
import orjson

from antiphon.domain.ledger import Bucket, TransferKind, settle, split
from antiphon.domain.money import MilliCredits
from antiphon.store import sqlite_budgets, sqlite_requests
from antiphon.store.ports import Admission, Admitted, Balance, Ending
from antiphon.store.sqlite import SqliteStore
from antiphon.store.sqlite_idempotency import keep
from antiphon.store.sqlite_numbers import number_of
from antiphon.store.sqlite_transfers import HELD, REVENUE, Transfer, _part, record, standing
from antiphon.store.sqlite_usage import add_usage

_PARTS = "SELECT account, parts FROM open_request WHERE id = $1"


class Wrapped:
    """A ledger that does what another does, but for what is planted."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._ledger = store.ledger

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


class TwoTransactions(Wrapped):
    """Ends a request in two transactions: one charges and logs, the next frees the rest and closes."""

    async def end(self, ending: Ending) -> Balance:
        await self._store.write(lambda connection: _charge(connection, ending))
        return await self._store.write(lambda connection: _free(connection, ending))


def _charge(connection: apsw.Connection, ending: Ending) -> None:
    found = connection.execute(_PARTS, (str(ending.id),)).fetchone()
    if found is None:
        return
    if ending.charge:
        transfer = Transfer(f"charge:{ending.id}", TransferKind.HOLD, found[0], str(ending.id), ending.at)
        record(connection, transfer, [(HELD, -ending.charge), (REVENUE, ending.charge)])
    charged, _back = settle([_part(part) for part in orjson.loads(found[1])], ending.charge)
    paid: dict[Bucket, MilliCredits] = {}
    for part in charged:
        paid[part.bucket] = MilliCredits(paid.get(part.bucket, 0) + part.amount)
    if ending.usage is not None:
        add_usage(connection, ending.usage, account=found[0], charged=ending.charge, paid_from=paid)


def _free(connection: apsw.Connection, ending: Ending) -> Balance:
    closed = sqlite_requests._close(connection, str(ending.id))
    charged, back = settle([_part(part) for part in closed.parts], ending.charge)
    numbers = {part[1]: part[0] for part in closed.parts}
    returned: dict[int, int] = {}
    for part in back:
        number = numbers[str(part.lot_id)]
        returned[number] = returned.get(number, 0) + part.amount
    kind = TransferKind.SETTLE if charged else TransferKind.RELEASE
    transfer = Transfer(f"end:{ending.id}", kind, closed.account, str(ending.id), ending.at)
    record(connection, transfer, [(HELD, -sum(returned.values())), *returned.items()] if returned else [])
    if closed.budgeted and ending.charge:
        of = {"account": closed.account, "project_id": closed.project_id}
        sqlite_budgets.spend(connection, **of, charge=ending.charge, at=ending.at)
    if closed.name is not None and ending.answer is not None:
        keep(connection, closed.name, str(ending.id), ending.answer)
    return Balance(available={}, held=MilliCredits(0))


class Boastful(Wrapped):
    """Says that a request has ended before that is on disk."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store)
        self._later: set[asyncio.Task[Balance]] = set()

    async def end(self, ending: Ending) -> Balance:
        self._later.add(asyncio.create_task(self._ledger.end(ending)))
        return Balance(available={}, held=MilliCredits(0))


class ChargeThenRefund(Wrapped):
    """The ordinary style: charge the most it can cost, do the work, pay back what was not used.

    One who dies in between has charged for what was never delivered, and nothing remembers it.
    """

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store)
        self._charged: dict[UUID, list[tuple[int, int]]] = {}
        self._accounts: dict[UUID, UUID] = {}

    async def admit(self, admission: Admission) -> Admitted:
        self._charged[admission.id] = []
        self._accounts[admission.id] = admission.account_id
        await self._take(admission.id, amount=admission.hold, order=admission.order, at=admission.at)
        return Admitted(split=(), available=MilliCredits(0))

    async def extend(self, request_id: UUID, *, amount: MilliCredits, order: Sequence[Bucket], at: float) -> None:
        await self._take(request_id, amount=amount, order=order, at=at)

    async def end(self, ending: Ending) -> Balance:
        return await self._store.write(lambda connection: self._refund(connection, ending))

    async def renew(self, request_ids: Sequence[UUID], *, until: float) -> frozenset[UUID]:  # noqa: ARG002 - a port's
        return frozenset(request_ids)

    async def _take(self, request_id: UUID, *, amount: MilliCredits, order: Sequence[Bucket], at: float) -> None:
        taken = self._charged[request_id]

        def work(connection: apsw.Connection) -> list[tuple[int, int]]:
            account = number_of(connection, self._accounts[request_id])
            rows = {row.id: row for row in standing(connection, account)[1] if not row.closed}
            parts = split(amount, (row.lot() for row in rows.values()), order=order, now=at)
            places = [(rows[str(part.lot_id)].number, int(part.amount)) for part in parts]
            transfer = Transfer(f"charge:{request_id}/{len(taken)}", TransferKind.HOLD, account, str(request_id), at)
            record(connection, transfer, [(REVENUE, amount), *((number, -part) for number, part in places)])
            return places

        taken.extend(await self._store.write(work))

    def _refund(self, connection: apsw.Connection, ending: Ending) -> Balance:
        account = number_of(connection, self._accounts[ending.id])
        missing, back = int(ending.charge), dict[int, int]()
        for number, amount in self._charged.pop(ending.id):
            paid = min(missing, amount)
            missing -= paid
            if amount > paid:
                back[number] = back.get(number, 0) + amount - paid
        if back:
            transfer = Transfer(f"refund:{ending.id}", TransferKind.SETTLE, account, str(ending.id), ending.at)
            record(connection, transfer, [(REVENUE, -sum(back.values())), *back.items()])
        if ending.usage is not None:
            paid_from = {Bucket.PAYG: ending.charge}
            add_usage(connection, ending.usage, account=account, charged=ending.charge, paid_from=paid_from)
        return Balance(available={}, held=MilliCredits(0))


LEDGERS = {
    "": lambda store: store.ledger,
    "two-transactions": TwoTransactions,
    "boastful": Boastful,
    "charge-then-refund": ChargeThenRefund,
}
"""What `--planted` can name; "" is the product."""
