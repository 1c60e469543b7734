"""Is the money right? Everything is added up again from the rows, by none of the code that wrote them.

The names L1, L2, ... are those of the list of invariants in docs/reference/reliability.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import apsw

from antiphon.store import sqlite_seals
from reliability.load import LEASES, NARROW, leased_at_once, payment, wish

WORLD, REVENUE, HELD = -1, -2, -3


class TransferRow(NamedTuple):
    seq: int
    id: str
    kind: str
    account: str
    request: str | None
    at: float


class UsageRow(NamedTuple):
    id: str
    label: str
    units: int
    charged: int
    status: int
    account: str
    at: float


class BudgetRow(NamedTuple):
    account: str
    project: str
    amount: int
    month: str
    spent: int


@dataclass(slots=True)
class Told:
    """What was acknowledged to customers."""

    admitted: dict[str, str] = field(default_factory=dict)
    ended: dict[str, tuple[str, int]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    conflicting: list[str] = field(default_factory=list)
    replays: int = 0

    def hear(self, kind: str, *facts: object) -> None:
        match kind, facts:
            case "admitted", (label, id_):
                self.admitted[id_] = label
            case "ended", (label, id_, units):
                self.ended[id_] = (label, units)
            case "answered", (key, body):
                self._answer(key, body)
            case "replayed", (key, body):
                self.replays += 1
                self._answer(key, body)
            case "paid", (name,):
                self.paid.add(name)

    def _answer(self, key: str, body: str) -> None:
        if self.answers.setdefault(key, body) != body:
            self.conflicting.append(f"I1: two answers under {key}")


@dataclass(slots=True)
class Books:
    """All rows of a ledger at rest."""

    transfers: list[TransferRow]
    entries: dict[int, dict[int, int]]
    lots: dict[int, tuple[int, str]]
    usage: list[UsageRow]
    budgets: list[BudgetRow]
    kept: dict[str, str]
    open_requests: list[str]
    integrity: str
    verified: str
    chain: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> "Books":
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA synchronous=OFF")
        try:
            return cls.of(connection)
        finally:
            connection.close()

    @classmethod
    def of(cls, connection: apsw.Connection) -> "Books":
        names = dict(connection.execute("SELECT number, account_id FROM account_number"))
        entries: dict[int, dict[int, int]] = defaultdict(dict)
        for seq, place, amount in connection.execute("SELECT seq, place, amount FROM entry"):
            entries[seq][place] = amount
        transfers = connection.execute("SELECT seq, id, kind, account, request_id, at FROM transfer ORDER BY seq")
        usage = connection.execute("SELECT id, request_id, units, charged, status, account, at FROM usage")
        budgets = connection.execute("SELECT account, project_id, amount, month, spent FROM budget")
        kept = connection.execute("SELECT key, hex(body) FROM idempotency WHERE status IS NOT NULL")
        return cls(
            transfers=[TransferRow(seq, id_, kind, names[a], of, at) for seq, id_, kind, a, of, at in transfers],
            entries=entries,
            lots={number: (balance, id_) for number, balance, id_ in connection.execute(LOTS)},
            usage=[UsageRow(*row[:5], names[row[5]], row[6]) for row in usage],
            budgets=[BudgetRow(names[row[0]], *row[1:]) for row in budgets],
            kept=dict(kept),
            open_requests=[id_ for (id_,) in connection.execute("SELECT id FROM open_request")],
            integrity=connection.execute("PRAGMA integrity_check").get,
            verified=sqlite_seals.verify(connection).fault,
            chain=tuple(hash_ for (hash_,) in connection.execute("SELECT hash FROM seal ORDER BY first_seq")),
        )

    def by_place(self) -> Counter[int]:
        sums: Counter[int] = Counter()
        for entries in self.entries.values():
            sums.update(entries)
        return sums


LOTS = "SELECT number, balance, id FROM lot"
DELIVERED = {200, 499}
"""Statuses of requests whose units were delivered."""


@dataclass(slots=True)
class Request:
    """What the transfers of one request come to. `ends` are the transfers after its holds."""

    account: str
    opened: float
    held: Counter[int] = field(default_factory=Counter)
    back: Counter[int] = field(default_factory=Counter)
    revenue: int = 0
    on_hold: int = 0
    ends: list[TransferRow] = field(default_factory=list)


def requests(books: Books) -> dict[str, Request]:
    found: dict[str, Request] = {}
    for transfer in books.transfers:
        if transfer.request is None:
            continue
        entries = books.entries.get(transfer.seq, {})
        request = found.setdefault(transfer.request, Request(transfer.account, transfer.at))
        request.on_hold += entries.get(HELD, 0)
        request.revenue += entries.get(REVENUE, 0)
        if transfer.kind == "hold":
            request.held.update({place: -amount for place, amount in entries.items() if place > 0})
        elif transfer.kind in {"settle", "release"}:
            request.ends.append(transfer)
            request.back.update({place: amount for place, amount in entries.items() if place > 0})
    return found


def faults(books: Books, told: Told) -> list[str]:
    """What is wrong with a ledger in which nothing is at work, and with what was told of it."""
    found = requests(books)
    checks = (
        _sound(books),
        _sums(books),
        _ended_once(books, found),
        _charged_as_asked(books, found),
        _acknowledged(books, told, found),
        _leases(books),
        _budgets(books),
        told.conflicting,
    )
    return [fault for check in checks for fault in check]


def _sound(books: Books) -> Iterator[str]:
    if books.integrity != "ok":
        yield f"R2: integrity_check: {books.integrity}"
    if books.verified:
        yield f"L8: verify: {books.verified}"


def _sums(books: Books) -> Iterator[str]:
    sums = books.by_place()
    if sum(sums.values()):
        yield f"L1: all entries come to {sum(sums.values())}"
    for transfer in books.transfers:
        if off := sum(books.entries.get(transfer.seq, {}).values()):
            yield f"L2: the entries of {transfer.id} come to {off}"
    for number, (balance, id_) in books.lots.items():
        if balance != sums[number] or balance < 0:
            yield f"L3: lot {id_} has {balance}, its entries come to {sums[number]}"
    if sums[HELD]:
        yield f"L4: {sums[HELD]} are held by nobody"
    if sums[REVENUE] != sum(row.charged for row in books.usage):
        yield f"L11: revenue is {sums[REVENUE]}, charged in the log is {sum(row.charged for row in books.usage)}"
    if books.open_requests:
        yield f"L5: still open after recovery: {len(books.open_requests)}"


def _ended_once(books: Books, found: dict[str, Request]) -> Iterator[str]:
    for id_, request in found.items():
        if len(request.ends) != 1 or request.on_hold:
            yield f"L5: request {id_} has {len(request.ends)} ends, on hold is {request.on_hold}"
        paid = request.held - request.back
        if request.back - request.held or sum(paid.values()) != request.revenue:
            yield f"L6: request {id_} held {dict(request.held)}, got back {dict(request.back)}"


def _charged_as_asked(books: Books, found: dict[str, Request]) -> Iterator[str]:
    rows = {row.id: row for row in books.usage}
    for id_, request in found.items():
        row = rows.get(id_)
        if request.revenue != (0 if row is None else row.charged):
            yield f"L7: request {id_} paid {request.revenue}, logged is {row}"
    for row in books.usage:
        asked = wish(row.label)
        if row.charged and (row.units not in asked.steps or asked.end not in {"done", "gone"}):
            yield f"L7: {row} was not asked for: {asked}"
        if row.charged != asked.charge(row.units) or (row.status in {402, 409, 429, 503} and row.charged):
            yield f"L9: {row} is not the price of {asked}"
    keys = Counter(row.label for row in books.usage if row.charged and "/key/" in row.label)
    yield from (f"I1: {key} was charged {count} times" for key, count in keys.items() if count > 1)


def _acknowledged(books: Books, told: Told, found: dict[str, Request]) -> Iterator[str]:
    rows = {row.id.replace("-", ""): row for row in books.usage}
    known = {id_.replace("-", "") for id_ in found}
    yield from (f"lost: the admission of {told.admitted[id_]}" for id_ in told.admitted.keys() - known)
    for id_, (label, units) in told.ended.items():
        row = rows.get(id_)
        if row is None or (row.label, row.units, row.charged) != (label, units, wish(label).charge(units)):
            yield f"lost: the end of {label} with {units} units; there is {row}"
    for key, body in told.answers.items():
        if books.kept.get(key) != body:
            yield f"I1: {key} was answered {body}, kept is {books.kept.get(key)}"
    made = {transfer.id: transfer for transfer in books.transfers if transfer.id.startswith("topup:")}
    yield from (f"lost: the payment {name}" for name in told.paid if f"topup:{name}" not in made)
    for id_, transfer in made.items():
        if " " not in id_:  # Not one of those that furnished the accounts.
            account, amount = payment(id_.removeprefix("topup:"))
            if (transfer.account, -books.entries[transfer.seq][WORLD]) != (str(account), amount):
                yield f"L11: {id_} gave {books.entries[transfer.seq]} to {transfer.account}"


def _leases(books: Books) -> Iterator[str]:
    opened: dict[str, float] = {}
    for transfer in books.transfers:
        if transfer.account != str(NARROW) or transfer.request is None:
            continue
        if transfer.kind != "hold":
            opened.pop(transfer.request, None)
        elif transfer.id.endswith("/0"):
            alive = sum(leased_at_once(transfer.at, at) for at in opened.values())
            if alive >= LEASES:
                yield f"B4: {transfer.id} is one of {alive + 1} at once"
            opened[transfer.request] = transfer.at


def _budgets(books: Books) -> Iterator[str]:
    """All that an account pays, it pays in its first project."""
    spent: Counter[tuple[str, str]] = Counter()
    for row in books.usage:
        spent[row.account, f"{datetime.fromtimestamp(row.at, UTC):%Y-%m}"] += row.charged
    for budget in books.budgets:
        if budget.spent != spent[budget.account, budget.month] or budget.spent > budget.amount:
            yield f"B1: {budget}; charged in that month is {spent[budget.account, budget.month]}"
    for (account, month), charged in spent.items():
        if charged > min((budget.amount for budget in books.budgets if budget.account == account), default=charged):
            yield f"B1: {charged} were charged to {account} in {month}"


def miss_charged(books: Books) -> tuple[int, int]:
    """Millicredits charged, net, otherwise than for what was delivered (either way), and all that were charged."""
    net = {id_: request.revenue for id_, request in requests(books).items()}
    right = {row.id: wish(row.label).charge(row.units) if row.status in DELIVERED else 0 for row in books.usage}
    return sum(abs(amount - right.get(id_, 0)) for id_, amount in net.items()), sum(map(abs, net.values()))
