"""Customers: what they ask for follows from a seed alone, so that what was asked needs no second log."""

import asyncio
import base64
import contextlib
import hashlib
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from antiphon.catalog.plans import load_plans
from antiphon.domain.errors import AntiphonError, Conflict, LimitExceeded, PaymentRequired, Unavailable
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, Price, quote
from antiphon.domain.projects import Budget
from antiphon.kit.clock import Clock
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.services.pay import LEASE, Claim, Outcome, Pay, Replay
from antiphon.store.ports import Concurrency, IdempotencyKey, Ledger, StoredAnswer
from antiphon.store.ports_store import Store

SPEECH = Price(millicredits=7_000_000, per=3_600_000, unit="millisecond")
IMAGE = Price(millicredits=350_000, unit="image", discount=10)
SLICE = 10_000
"""Milliseconds held at a time, as in the Soniox dialect."""

ACCOUNTS = tuple(UUID(int=1000 + number) for number in range(6))
NARROW = ACCOUNTS[-1]
"""Has two leases. The one before it is poor; the first three are on plans."""
POOR = ACCOUNTS[-2]
THRIFTY = ACCOUNTS[2]
"""Has budgets for a month, one for itself and a larger one for its only project."""
LEASES = 2
_ON_PLANS = {ACCOUNTS[0]: "pro", ACCOUNTS[1]: "max"}

_BUDGETS = {None: MilliCredits(1_500_000), THRIFTY: MilliCredits(2_000_000)}

_FOREVER = 10.0**11
_KEYS = 40
_PAYMENTS = 30
_START = 1_790_000_000.0
_ROUTE = "reliability"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One request.

    Args:
        label: Names it; all the rest follows from it.
        price: What a unit costs.
        first: Units held before anything begins.
        steps: Units delivered in all after each piece; the last is where it ends.
        end: "done"; "broken": the maker dies; "left": the client goes, unpaid; "gone": the client goes and pays so far.
        key: The client's idempotency key; "" for none.
    """

    label: str
    account: UUID
    price: Price
    first: int
    steps: tuple[int, ...]
    end: str
    key: str

    def charge(self, units: int) -> int:
        return quote(self.price, units, discounted=True)


@lru_cache(maxsize=200_000)
def wish(label: str) -> Wish:
    """What stands behind a label: `<seed>/<worker>/<client>/<number>` or `<seed>/key/<number>`."""
    chance = random.Random(hashlib.sha256(label.encode()).digest())
    if "/key/" in label:
        return Wish(
            label=label,
            account=ACCOUNTS[chance.randrange(4)],
            price=IMAGE,
            first=1,
            steps=(1,),
            end="done",
            key=label,
        )
    pieces = chance.choice((1, 1, 2, 3, 5))
    steps = sorted(chance.randrange(1, 12_000 * pieces) for _ in range(pieces))
    return Wish(
        label=label,
        account=chance.choice(ACCOUNTS),
        price=SPEECH,
        first=SLICE,
        steps=tuple(steps),
        end=chance.choices(("done", "broken", "left", "gone"), (80, 7, 7, 6))[0],
        key="",
    )


def payment(name: str) -> tuple[UUID, MilliCredits]:
    """Who paid how much by a payment."""
    chance = random.Random(hashlib.sha256(name.encode()).digest())
    return chance.choice(ACCOUNTS[:4]), MilliCredits(chance.randrange(1, 50_000_000))


class RacingClock:
    """Real time, so much faster that leases run out within milliseconds, from a start of its own.

    Args:
        worker: Each begins two hours after the one before: months pass, lots end.
        factor: Seconds it takes for one.
    """

    def __init__(self, worker: int, *, factor: float = 1000.0) -> None:
        self._begun = time.monotonic()
        self._start = _START + 7200.0 * worker
        self._factor = factor

    def now(self) -> float:
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        return self._factor * (time.monotonic() - self._begun)


Say = Callable[..., None]
"""Told of each thing that was acknowledged: its kind, and what belongs to it."""


class Shop:
    """The services on a ledger, and customers who come, again and again.

    Args:
        store: A store; its accounts are made by `furnish`.
        ledger: Its ledger, or a planted one around it.
        say: Told of what was acknowledged, after it was.
        seed: Of all labels.
        worker: The number of this process under the seed.
        clock: Another than a racing one.
    """

    def __init__(
        self, store: Store, *, ledger: Ledger, say: Say, seed: int, worker: int, clock: Clock | None = None
    ) -> None:
        self.clock = clock or RacingClock(worker)
        self.ledger = ledger
        self._say = say
        self._seed = seed
        self._worker = worker
        self._chance = random.Random(f"{seed}/{worker}")
        self._orders: dict[UUID, Sequence[Bucket]] = {}
        self._accounts = Accounts(store=store.accounts, plans=load_plans_once(), clock=self.clock, entropy=os.urandom)
        self.credits = Credits(ledger=ledger, accounts=self._accounts, clock=self.clock, entropy=os.urandom)
        self.pay = Pay(ledger, clock=self.clock, entropy=os.urandom)

    async def prepare(self) -> None:
        """Grant what the month brings, and know who spends what."""
        for account in ACCOUNTS:
            self._orders[account] = (await self.credits.standing(account)).order

    async def open(self, clients: int) -> None:
        """Serve so many customers at a time, and keep the ledger, until the process is killed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep())
            for client in range(clients):
                group.create_task(self._client(client))

    async def serve(self, *, clients: int, requests: int) -> None:
        """Serve so many customers at a time with so many requests each, then end."""

        async def some(client: int) -> None:
            for number in range(requests):
                await self._one(client, number)

        keeping = asyncio.create_task(self._keep())
        await asyncio.gather(*(some(client) for client in range(clients)))
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping

    async def _client(self, client: int) -> None:
        number = 0
        while True:
            await self._one(client, number)
            number += 1

    async def _one(self, client: int, number: int) -> None:
        match self._chance.randrange(12):
            case 0:
                await self.top_up(f"{self._seed}-{self._chance.randrange(_PAYMENTS)}")
            case 1 | 2:
                await self.buy(wish(f"{self._seed}/key/{self._chance.randrange(_KEYS)}"))
            case _:
                await self.buy(wish(f"{self._seed}/{self._worker}/{client}/{number}"))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(0.002)
            await self.pay.tick()

    async def top_up(self, name: str) -> None:
        account, amount = payment(name)
        await self.credits.top_up(account, amount=amount, payment=name)
        self._say("paid", name)

    async def buy(self, wanted: Wish) -> None:
        claim = self._claim(wanted, self._orders[wanted.account])
        work = asyncio.create_task(self._work(wanted, claim))
        if wanted.end == "left":
            await asyncio.sleep(0.001)
            work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            if wanted.end != "left":
                raise
        except Replay as replay:
            self._say("replayed", wanted.key, _printable(replay.answer.body))
        except (PaymentRequired, LimitExceeded, Conflict, Unavailable):
            await asyncio.sleep(0)  # Whoever is refused at once lets others have a turn.

    async def _work(self, wanted: Wish, claim: Claim) -> None:
        async with self.pay.request(claim, units=wanted.first, status_of=_status) as paid:
            self._say("admitted", wanted.label, paid.id.hex)
            delivered, code = 0, ""
            for units in wanted.steps:
                try:
                    await paid.cover(units, slice_=SLICE)
                except PaymentRequired as short:
                    code = short.code
                    break
                delivered = units
                await asyncio.sleep(0)
            if wanted.end == "broken":
                raise Unavailable(12)
            if wanted.end == "left":
                await asyncio.Event().wait()
            answer = StoredAnswer(status=200, headers={"x": "1"}, body=paid.id.bytes) if wanted.key else None
            status = 499 if wanted.end == "gone" else 200
            await paid.end(Outcome(units=delivered, status=status, code=code, answer=answer))
            self._say("ended", wanted.label, paid.id.hex, delivered)
            if answer is not None:
                self._say("answered", wanted.key, _printable(answer.body))

    def _claim(self, wanted: Wish, order: Sequence[Bucket]) -> Claim:
        idempotency = None
        if wanted.key:
            fingerprint = hashlib.sha256(wanted.key.encode()).digest()
            idempotency = IdempotencyKey(route=_ROUTE, key=wanted.key, fingerprint=fingerprint, expires_at=_FOREVER)
        return Claim(
            account_id=wanted.account,
            project_id=wanted.account,
            key_id=wanted.account,
            order=order,
            request_id=wanted.label,
            dialect="soniox",
            route=_ROUTE,
            modality="speech",
            model="tone",
            engine="tone",
            price=wanted.price,
            discounted=True,
            concurrency=[Concurrency(tier="organization", most=LEASES)] if wanted.account == NARROW else [],
            idempotency=idempotency,
        )


async def furnish(store: Store) -> None:
    """Accounts with credits, some of them on plans."""
    clock = RacingClock(0, factor=0.0)
    accounts = Accounts(store=store.accounts, plans=load_plans_once(), clock=clock, entropy=os.urandom)
    credits_ = Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom)
    for account in ACCOUNTS:
        await store.keys.ensure_account(Account(id=account, name=f"account {account.int}", created_at=clock.now()))
        if account in _ON_PLANS:
            await credits_.set_plan(account, _ON_PLANS[account])
        amount = MilliCredits(200_000 if account == POOR else 10**12)
        await credits_.top_up(account, amount=amount, payment=f"first of {account.int}")
    for project, amount in _BUDGETS.items():
        budget = Budget(account_id=THRIFTY, project_id=project, amount=amount)
        await store.projects.set_budget(budget, at=clock.now())


@lru_cache
def load_plans_once():
    return load_plans()


def leased_at_once(at: float, opened: float) -> bool:
    """Whether a request that was opened then certainly had a lease at `at`, if it was not ended."""
    return at < opened + LEASE


def _status(failure: AntiphonError) -> int:
    return {PaymentRequired: 402, LimitExceeded: 429, Conflict: 409}.get(type(failure), 503)


def _printable(body: bytes) -> str:
    return base64.b16encode(body).decode()
