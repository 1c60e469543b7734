"""A thousand requests at once for what is enough for fifty: exactly fifty may begin, on every database.

What is enough for fifty is a balance, or the month's budget of an account or of a project that has more.

python -m reliability.races --count 200 --seed 1 [--planted read-then-hold]
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import orjson

from antiphon.domain.errors import PaymentRequired
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.projects import Budget, Project
from antiphon.kit.ids import uuid7
from antiphon.store.ports import Admission, Admitted, Ending, Grant, Ledger
from antiphon.store.ports_store import Store
from antiphon.store.sqlite import SqliteStore

AT_ONCE, FITS = 1_000, 50
PRICE = MilliCredits(1_000)
ORDER = (Bucket.FREE, Bucket.SUBSCRIPTION, Bucket.PAYG)
BALANCE, OF_ACCOUNT, OF_PROJECT = "balance", "organization_budget", "project_budget"
"""What is enough for fifty, by the reason of the refusals."""
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


class SpentAlone:
    """Planted: counts against a budget what was spent, and forgets what is held for those who are at work."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def admit(self, admission: Admission) -> Admitted:
        standings = await self._store.projects.budgets_of(admission.account_id, at=admission.at)
        for standing in standings:
            if standing.spent + admission.hold > standing.budget.amount:
                raise PaymentRequired(OF_PROJECT if standing.budget.project_id else OF_ACCOUNT)
        return Admitted(split=(), available=MilliCredits(0))


class Race:
    """Rounds on one database.

    Args:
        stores: One, or several on the same database, as of several servers.
        seed: What is scarce, how the money lies in lots, and who comes first.
        planted: Makes another ledger than theirs.
        scarce: What may be scarce.
    """

    def __init__(
        self,
        stores: Sequence[Store],
        *,
        seed: int,
        planted: Callable[[Store], Ledger] | None = None,
        scarce: Sequence[str] = (BALANCE, OF_ACCOUNT, OF_PROJECT),
    ) -> None:
        self.report = Report(seed)
        self._store = stores[0]
        self._planted = planted is not None
        self._ledgers = [store.ledger if planted is None else planted(store) for store in stores]
        self._scarce = scarce
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
        scarce = self._chance.choice(self._scarce)
        projects = await self._furnish(account.id, scarce)
        asked = [self._admission(account.id, self._chance.choice(projects)) for _ in range(AT_ONCE)]
        lanes = itertools.cycle(self._ledgers)
        gate = asyncio.Event()
        tasks = [asyncio.create_task(_ask(next(lanes), admission, gate, scarce)) for admission in asked]
        await asyncio.sleep(0)  # All of them stand at the gate.
        gate.set()
        begun = [admission for admission, admitted in zip(asked, await asyncio.gather(*tasks), strict=True) if admitted]
        self.report.rounds += 1
        self.report.admitted.add(len(begun))
        self.report.overspent += max(0, len(begun) - FITS) * PRICE
        await self._settle(account.id, begun, f"{name} for a {scarce}")

    async def _furnish(self, account_id: UUID, scarce: str) -> Sequence[UUID | None]:
        """What fifty cost, or more and a budget; in which projects to ask."""
        if scarce == BALANCE:
            await self._grant(account_id, FITS * PRICE)
            return [None]
        project = Project(id=self._new_id(), account_id=account_id, name="other", created_at=_NOW)
        await self._store.projects.add_project(project)
        await self._grant(account_id, AT_ONCE * PRICE)
        of = None if scarce == OF_ACCOUNT else project.id
        amount = MilliCredits(FITS * PRICE + self._chance.randrange(PRICE))
        await self._store.projects.set_budget(Budget(account_id=account_id, project_id=of, amount=amount), at=_NOW)
        return [project.id] if of else [project.id, account_id, None]

    async def _grant(self, account_id: UUID, amount: int) -> None:
        """In one to four lots; no lot needs to be worth a whole number of requests."""
        cuts = sorted(self._chance.sample(range(1, amount), self._chance.randrange(4)))
        for low, high in itertools.pairwise([0, *cuts, amount]):
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
        if self._planted:
            return
        lanes = itertools.cycle(self._ledgers)
        endings = [Ending(id=admission.id, charge=PRICE, at=_NOW, order=ORDER) for admission in begun]
        await asyncio.gather(*(next(lanes).end(ending) for ending in endings))
        left = await self._store.ledger.balance(account_id, at=_NOW)
        budgets = await self._store.projects.budgets_of(account_id, at=_NOW)
        enough = sum(left.available.values()) == (AT_ONCE - FITS) * PRICE * len(budgets)
        if not enough or left.held or len(begun) != FITS:
            self.report.faults.append(f"{name}: {len(begun)} were admitted, left is {left}")
        for budget in budgets:
            if (budget.spent, budget.held) != (FITS * PRICE, 0):
                self.report.faults.append(f"{name}: {len(begun)} were charged, told is {budget}")

    def _admission(self, account_id: UUID, project_id: UUID | None) -> Admission:
        return Admission(
            id=self._new_id(),
            account_id=account_id,
            project_id=project_id,
            dialect="sonna",
            hold=PRICE,
            order=ORDER,
            at=_NOW,
            until=_UNTIL,
        )

    def _new_id(self) -> UUID:
        return uuid7(int(_NOW * 1000) + next(self._numbers), self._chance.randbytes(10))


async def _ask(ledger: Ledger, admission: Admission, gate: asyncio.Event, scarce: str) -> bool:
    await gate.wait()
    try:
        return isinstance(await ledger.admit(admission), Admitted)
    except PaymentRequired as refused:
        if refused.reason != scarce:
            raise
        return False


PLANTED = {
    "": ((BALANCE, OF_ACCOUNT, OF_PROJECT), None),
    "read-then-hold": ((BALANCE,), lambda store: ReadThenHold(store.ledger)),
    "spent-alone": ((OF_ACCOUNT, OF_PROJECT), SpentAlone),
}
"""What is scarce, and the ledger; "" is the product."""


async def _run(path: Path, *, seed: int, rounds: int, planted: str) -> Report:
    store = SqliteStore.open(path)
    try:
        scarce, ledger = PLANTED[planted]
        return await Race([store], seed=seed, planted=ledger, scarce=scarce).run(rounds)
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
