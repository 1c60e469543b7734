"""A check of the whole ledger, whichever database it comes from: sums, balances, holds, seals.

It goes through all transfers once, in order, and remembers only sums by lot and by open request.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from antiphon.store.ports import Finding
from antiphon.store.seals import Seal, SealedTransfer, broken

HELD = "held"
REVENUE = "revenue"
WORLD = "world"

_LEDGER_ACCOUNTS = frozenset({HELD, REVENUE, WORLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLot:
    """A lot as it stands. `closed`: its end was seen to."""

    id: str
    account_id: str
    bucket: str
    balance: int
    expires_at: float | None
    closed: bool

    def __str__(self) -> str:
        return f"lot {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRequest:
    """An open request as it stands; `parts` are (lot, bucket, amount)."""

    id: str
    account_id: str
    held: int
    parts: Sequence[tuple[str, str, int]]

    def __str__(self) -> str:
        return f"open request {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What the transfers say that a lot is."""

    account_id: str
    bucket: str
    expires_at: float | None
    closed: bool


@dataclass(slots=True)
class _Hold:
    """What the transfers of a request come to, by place."""

    account_id: str
    places: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Books:
    """What the transfers seen so far come to."""

    known: Mapping[str, AuditedLot]
    gapless: bool
    transfers: int = 0
    last: int = 0
    lots: Counter[str] = field(default_factory=Counter)
    terms: dict[str, _Terms] = field(default_factory=dict)
    holds: dict[str | None, _Hold] = field(default_factory=dict)

    def missing_lot(self, transfer: SealedTransfer) -> str:
        """The lot that a transfer opens, closes or moves and that is not there, "" for none."""
        touched = [place for place, _amount in transfer.entries if place not in _LEDGER_ACCOUNTS]
        named = _terms(transfer)
        touched += [] if named is None else [named[0]]
        return _first(f"lot {lot_id} is missing: {transfer} names it" for lot_id in touched if lot_id not in self.known)

    def add(self, transfer: SealedTransfer) -> str:
        """Add a transfer; what is wrong with it or before it, "" for nothing."""
        if self.gapless and transfer.seq != self.last + 1:
            return f"transfer {self.last + 1} is missing"
        self.last = transfer.seq
        self.transfers += 1
        if transfer.terms is not None:
            named = _terms(transfer)
            if named is None:
                return f"the terms of {transfer} cannot be read"
            self.terms[named[0]] = named[1]
        for place, amount in transfer.entries:
            if place not in _LEDGER_ACCOUNTS:
                self.lots[place] += amount
        if sum(amount for _place, amount in transfer.entries):
            return f"the entries of {transfer} do not sum to zero"
        return self._hold(transfer)

    def _hold(self, transfer: SealedTransfer) -> str:
        entries = dict(transfer.entries)
        if HELD not in entries:
            return ""
        hold = self.holds.setdefault(transfer.request_id, _Hold(transfer.account_id))
        hold.places.update(entries)
        if hold.places[HELD] == 0:
            del self.holds[transfer.request_id]
            if any(amount > 0 for place, amount in hold.places.items() if place not in _LEDGER_ACCOUNTS):
                return f"{transfer} gives back to a lot more than was taken from it"
        return ""


def audit(
    *,
    transfers: Iterable[SealedTransfer],
    lots: Iterable[AuditedLot],
    requests: Iterable[AuditedRequest],
    seals: Iterable[Seal],
    last_given: int | None = None,
) -> Finding:
    """Check everything.

    Args:
        transfers: All, in the order of their numbers.
        lots: All.
        requests: All that are open.
        seals: All, in the order of their ranges.
        last_given: The last number that was given to a transfer, where numbers have no gaps; None where they may.
    """
    books = _Books({lot.id: lot for lot in lots}, gapless=last_given is not None)
    rest = _Rest(transfers)
    previous: Seal | None = None
    fault = ""
    for seal in seals:
        covered = rest.up_to(seal.last_seq)
        fault = (
            _first(map(books.missing_lot, covered))
            or broken(seal, covered, previous=previous)
            or _first(map(books.add, covered))
        )
        if fault:
            break
        previous = seal
    fault = (
        fault
        or _first(books.missing_lot(transfer) or books.add(transfer) for transfer in rest)
        or (f"transfer {books.last + 1} is missing" if last_given not in {None, books.last} else "")
        or _first(_fault_in_lot(lot, books) for lot in books.known.values())
        or _fault_in_requests(requests, books)
    )
    return Finding(transfers=books.transfers, sealed_to=0 if previous is None else previous.last_seq, fault=fault)


class _Rest:
    """The transfers that were not looked at yet."""

    def __init__(self, transfers: Iterable[SealedTransfer]) -> None:
        self._transfers = iter(transfers)
        self._next = next(self._transfers, None)

    def __iter__(self) -> Iterator[SealedTransfer]:
        while self._next is not None:
            yield self._next
            self._next = next(self._transfers, None)

    def up_to(self, seq: int) -> list[SealedTransfer]:
        """Those with numbers up to `seq`."""
        found = []
        while self._next is not None and self._next.seq <= seq:
            found.append(self._next)
            self._next = next(self._transfers, None)
        return found


def _terms(transfer: SealedTransfer) -> tuple[str, _Terms] | None:
    """The lot that a transfer opens or closes and what it says about it; None: nothing, or nothing that makes sense."""
    try:
        found = orjson.loads(transfer.terms or "null")
    except orjson.JSONDecodeError:
        return None
    match found:
        case [str(lot_id), str(bucket), float() | int() | None as expires_at, int(closed)]:
            account_id = transfer.account_id
            return lot_id, _Terms(account_id=account_id, bucket=bucket, expires_at=expires_at, closed=bool(closed))
        case _:
            return None


def _first(faults: Iterable[str]) -> str:
    return next(filter(None, faults), "")


def _fault_in_lot(lot: AuditedLot, books: _Books) -> str:
    if lot.balance != books.lots[lot.id]:
        return f"{lot} has a balance of {lot.balance}, its entries come to {books.lots[lot.id]}"
    found = _Terms(account_id=lot.account_id, bucket=lot.bucket, expires_at=lot.expires_at, closed=lot.closed)
    if books.terms.get(lot.id) != found:
        return f"{lot} is not what its transfers say"
    return ""


def _fault_in_requests(requests: Iterable[AuditedRequest], books: _Books) -> str:
    unclaimed = dict(books.holds)
    for request in requests:
        hold = unclaimed.pop(request.id, _Hold(request.account_id))
        taken = {place: -amount for place, amount in hold.places.items() if place != HELD}
        parts: Counter[str] = Counter()
        for lot_id, bucket, amount in request.parts:
            parts[lot_id] += amount
            if lot_id in books.known and books.known[lot_id].bucket != bucket:
                return f"{request} has a part of another bucket than its lot"
        if parts != taken or request.held != hold.places[HELD] or request.account_id != hold.account_id:
            return f"{request} does not hold what its transfers say"
    return _first(f"{hold.places[HELD]} are held by request {of}, which is not open" for of, hold in unclaimed.items())
