"""A thousand requests at once for what is enough for fifty: exactly fifty may begin, on every database.

python -m reliability.races --count 200 --seed 1 [--planted read-then-hold]
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import orjson

from antiphon.domain.errors import PaymentRequired
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.kit.ids import uuid7
from antiphon.store.ports import Admission, Admitted, Ending, Grant, Ledger, Store
from antiphon.store.sqlite import SqliteStore

AT_ONCE, FITS = 1_000, 50
PRICE = MilliCredits(1_000)
ORDER = (Bucket.FREE, Bucket.SUBSCRIPTION, Bucket.PAYG)
_NOW = 1_790_000_000.0
_UNTIL = _NOW + 60.0


@dataclass(slots=True)
class Report:
    """What came of it. `overspent` is in millicredits."""

    seed: int
    rounds: int = 0
    admitted: set[int] = field(default_factory=set)
    overspent: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class ReadThenHold:
    """Planted: looks at the balance, then notes the hold elsewhere, as gateways do that keep spend in a cache."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: dict[UUID, int] = {}

    async def admit(self, admission: Admission) -> Admitted:
        balance = await self._ledger.balance(admission.account_id, at=admission.at)
        left = sum(balance.available.values()) - self._held.get(admission.account_id, 0)
        if left < admission.hold:
            raise PaymentRequired("balance")
        await asyncio.sleep(0)  # What a look at a cache or a database is.
        self._held[admission.account_id] = self._held.get(admission.account_id, 0) + admission.hold
        return Admitted(split=(), available=MilliCredits(left - admission.hold))


class Race:
    """Rounds on one database.

    Args:
        stores: One, or several on the same database, as of several servers.
        seed: How the money lies in lots, and who comes first.
        ledgers: Theirs, or planted ones.
    """

    def __init__(self, stores: Sequence[Store], *, seed: int, ledgers: Sequence[Ledger] | None = None) -> None:
        self.report = Report(seed)
        self._store = stores[0]
        self._ledgers = ledgers or [store.ledger for store in stores]
        self._chance = random.Random(f"races {seed}")
        self._numbers = itertools.count(1)

    async def run(self, rounds: int) -> Report:
        began = time.monotonic()
        for number in range(rounds):
            await self._round(f"race {number}")
        finding = await self._store.ledger.verify()
        self.report.faults += [finding.fault] * bool(finding.fault)
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _round(self, name: str) -> None:
        account = await self._store.keys.ensure_account(Account(id=self._new_id(), name=name, created_at=_NOW))
        await self._furnish(account.id)
        asked = [self._admission(account.id) for _ in range(AT_ONCE)]
        lanes = itertools.cycle(self._ledgers)
        gate = asyncio.Event()
        tasks = [asyncio.create_task(_ask(next(lanes), admission, gate)) for admission in asked]
        await asyncio.sleep(0)  # All of them stand at the gate.
        gate.set()
        begun = [admission for admission, admitted in zip(asked, await asyncio.gather(*tasks), strict=True) if admitted]
        self.report.rounds += 1
        self.report.admitted.add(len(begun))
        self.report.overspent += max(0, len(begun) - FITS) * PRICE
        await self._settle(account.id, begun, name)

    async def _furnish(self, account_id: UUID) -> None:
        """What fifty cost, in one to four lots; no lot needs to be worth a whole number of requests."""
        cuts = sorted(self._chance.sample(range(1, FITS * PRICE), self._chance.randrange(4)))
        for low, high in itertools.pairwise([0, *cuts, FITS * PRICE]):
            lot_id = self._new_id()
            await self._store.ledger.grant(
                Grant(
                    transfer_id=f"topup:{lot_id}",
                    lot_id=lot_id,
                    account_id=account_id,
                    bucket=self._chance.choice(ORDER),
                    amount=MilliCredits(high - low),
                    at=_NOW,
                )
            )

    async def _settle(self, account_id: UUID, begun: Sequence[Admission], name: str) -> None:
        if any(isinstance(ledger, ReadThenHold) for ledger in self._ledgers):
            return
        lanes = itertools.cycle(self._ledgers)
        endings = [Ending(id=admission.id, charge=PRICE, at=_NOW, order=ORDER) for admission in begun]
        await asyncio.gather(*(next(lanes).end(ending) for ending in endings))
        left = await self._store.ledger.balance(account_id, at=_NOW)
        if any(left.available.values()) or left.held or len(begun) != FITS:
            self.report.faults.append(f"{name}: {len(begun)} were admitted, left is {left}")

    def _admission(self, account_id: UUID) -> Admission:
        id_ = self._new_id()
        return Admission(id=id_, account_id=account_id, dialect="sonna", hold=PRICE, order=ORDER, at=_NOW, until=_UNTIL)

    def _new_id(self) -> UUID:
        return uuid7(int(_NOW * 1000) + next(self._numbers), self._chance.randbytes(10))


async def _ask(ledger: Ledger, admission: Admission, gate: asyncio.Event) -> bool:
    await gate.wait()
    with contextlib.suppress(PaymentRequired):
        return isinstance(await ledger.admit(admission), Admitted)
    return False


PLANTED = {"": lambda ledger: ledger, "read-then-hold": ReadThenHold}


async def _run(path: Path, *, seed: int, rounds: int, planted: str) -> Report:
    store = SqliteStore.open(path)
    try:
        return await Race([store], seed=seed, ledgers=[PLANTED[planted](store.ledger)]).run(rounds)
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Race for the last credits, on SQLite.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200, help="rounds")
    parser.add_argument("--planted", choices=[*PLANTED], default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="antiphon-races-") as folder:
        path = Path(folder) / "antiphon.db"
        report = asyncio.run(_run(path, seed=given.seed, rounds=given.count, planted=given.planted))
    shown = {**asdict(report), "admitted": sorted(report.admitted)}
    sys.stdout.write(orjson.dumps(shown, option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.overspent or report.faults:
        extra = f" --planted {given.planted}" if given.planted else ""
        again = f"PYTHONPATH=tests python -m reliability.races --seed {given.seed} --count {given.count}{extra}"
        sys.stderr.write(f"replay: {again}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
