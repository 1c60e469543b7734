"""The ledger against a model of plain dicts, over every implementation, on a clock that jumps both ways.

Where they differ, Hypothesis shortens the story and prints it with a line `@reproduce_failure(...)`: put that line
above `machine` below and run the test again.
"""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from antiphon.domain.errors import Conflict, LimitExceeded, PaymentRequired
from antiphon.store.ports import Admitted, Concurrency, Ending, IdempotencyKey, StoredAnswer
from store.books import FREE, PAYG, SUBSCRIPTION, account, admission, budget, grant, new_id, usage

BUCKETS = (FREE, SUBSCRIPTION, PAYG)
ORDERS = [BUCKETS, (SUBSCRIPTION, PAYG), (PAYG,), (PAYG, FREE, SUBSCRIPTION)]
PROJECTS = [None, UUID(int=7001), UUID(int=7002)]
MANY = 100_000
FEBRUARY = 31 * 86_400.0
"""In 1970; stories begin shortly before."""

owners = st.integers(0, 1)
amounts = st.integers(0, 40) | st.integers(0, 400)
orders = st.sampled_from(ORDERS)
spans = st.integers(1, 120) | st.integers(100, 1000)
scopes = st.sampled_from(["account", *PROJECTS])
"""Of budgets."""


@dataclass(slots=True)
class ModelLot:
    owner: int
    bucket: str
    balance: int
    expires_at: float | None
    closed: bool = False

    def over(self, now):
        return self.closed or (self.expires_at is not None and self.expires_at <= now)


@dataclass(slots=True)
class ModelRequest:
    owner: int
    project: UUID
    dialect: str
    until: float
    parts: list = field(default_factory=list)  # [lot id, amount], as taken
    name: tuple | None = None

    @property
    def held(self):
        return sum(amount for _lot, amount in self.parts)


@dataclass(slots=True)
class ModelName:
    fingerprint: bytes
    request: UUID
    expires_at: float
    answer: StoredAnswer | None = None


@dataclass(slots=True)
class ModelBudget:
    amount: int
    month: tuple[int, int]
    spent: int

    def standing(self, now):
        """What was spent in the month of `now`, or in its own if that is later."""
        return 0 if self.month < month_of(now) else self.spent


def month_of(now):
    day = datetime.fromtimestamp(now, UTC)
    return day.year, day.month


class Refused(Exception):
    """What the model refuses: the kind of the error and its reason."""

    def __init__(self, kind, reason):
        super().__init__(reason)
        self.kind, self.reason = kind, reason


class Model:
    """What the ledger should be, as simply as it can be said."""

    def __init__(self):
        self.lots, self.open, self.names = {}, {}, {}
        self.granted, self.expired, self.revenue = Counter(), Counter(), Counter()
        self.budgets, self.charges = {}, []  # By (owner, project or None); (owner, project, at, amount).

    def spendable(self, owner, now):
        sums = Counter()
        for lot in self.lots.values():
            if lot.owner == owner and not lot.over(now):
                sums[lot.bucket] += lot.balance
        return +sums

    def held(self, owner, project=None):
        requests = (request for request in self.open.values() if request.owner == owner)
        return sum(request.held for request in requests if project in {None, request.project})

    def set_budget(self, owner, project, amount, now):
        year, month = month_of(now)
        began = datetime(year, month, 1, tzinfo=UTC).timestamp()
        charges = [one for one in self.charges if one[0] == owner and project in {None, one[1]} and one[2] >= began]
        self.budgets[owner, project] = ModelBudget(amount, (year, month), sum(one[3] for one in charges))

    def left(self, owner, project, now):
        """What the budgets leave, by the reason for which they would refuse."""
        scopes = {"organization_budget": (owner, None), "project_budget": (owner, project)}
        return {
            reason: self.budgets[scope].amount - self.budgets[scope].standing(now) - self.held(*scope)
            for reason, scope in scopes.items()
            if scope in self.budgets
        }

    def take(self, owner, project, amount, order, now):
        def soonest(lot_id):
            end = self.lots[lot_id].expires_at
            return (order.index(self.lots[lot_id].bucket), float("inf") if end is None else end, lot_id)

        usable = [i for i, lot in self.lots.items() if lot.owner == owner and lot.bucket in order and not lot.over(now)]
        parts = []
        for lot_id in sorted(usable, key=soonest):
            given = min(amount - sum(part[1] for part in parts), self.lots[lot_id].balance)
            if given:
                parts.append([lot_id, given])
        if sum(part[1] for part in parts) < amount:
            raise Refused(PaymentRequired, "balance")
        for reason, left in self.left(owner, project, now).items():
            if amount > 0 and left < amount:
                raise Refused(PaymentRequired, reason)
        for lot_id, given in parts:
            self.lots[lot_id].balance -= given
        return parts

    def leases(self, now, **of):
        return sum(
            request.until > now and all(getattr(request, name) == value for name, value in of.items())
            for request in self.open.values()
        )

    def admit(self, asked, owner):
        name = None
        if asked.idempotency is not None:
            name = (owner, asked.idempotency.key)
            known = self.names.get(name)
            if known is not None and known.expires_at > asked.at:
                if known.fingerprint != asked.idempotency.fingerprint:
                    raise Refused(Conflict, "idempotency_mismatch")
                if known.answer is not None:
                    return known.answer
                if known.request in self.open:
                    raise Refused(Conflict, "idempotency_in_flight")
        for limit in asked.concurrency:
            of = {"project": asked.project_id or asked.account_id} if limit.tier == "project" else {"owner": owner}
            if self.leases(asked.at, dialect=asked.dialect, **of) >= limit.most:
                raise Refused(LimitExceeded, "concurrency")
        project = asked.project_id or asked.account_id
        parts = self.take(owner, project, asked.hold, asked.order, asked.at)
        self.open[asked.id] = ModelRequest(owner, project, asked.dialect, asked.until, parts, name)
        if name is not None:
            key = asked.idempotency
            self.names[name] = ModelName(key.fingerprint, asked.id, key.expires_at)
        return None

    def extend(self, request_id, amount, order, now):
        if request_id not in self.open:
            raise Refused(Conflict, "ended")
        request = self.open[request_id]
        request.parts += self.take(request.owner, request.project, amount, order, now)

    def end(self, request_id, charge, answer, now):
        """What each bucket paid."""
        if request_id not in self.open:
            raise Refused(Conflict, "ended")
        if charge > self.open[request_id].held:
            raise Refused(ValueError, "")
        request = self.open.pop(request_id)
        paid, missing = Counter(), charge
        for lot_id, amount in request.parts:
            lot = self.lots[lot_id]
            here = min(missing, amount)
            missing -= here
            paid[lot.bucket] += here
            if lot.over(now):
                self.expired[request.owner] += amount - here
            else:
                lot.balance += amount - here
        self.revenue[request.owner] += charge
        self.charge(request, charge, now)
        known = self.names.get(request.name)
        if known is not None and known.request == request_id:
            if answer is None:
                del self.names[request.name]
            else:
                known.answer = answer
        return +paid

    def charge(self, request, charge, now):
        self.charges.append((request.owner, request.project, now, charge))
        for scope in ((request.owner, None), (request.owner, request.project)):
            if charge and scope in self.budgets:
                known = self.budgets[scope]
                known.spent = known.standing(now) + charge
                known.month = max(known.month, month_of(now))

    def close_lot(self, lot, now):
        lot.closed = True
        lot.expires_at = now if lot.expires_at is None else min(now, lot.expires_at)
        self.expired[lot.owner] += lot.balance
        lot.balance = 0


class LedgerMachine(RuleBasedStateMachine):
    """One story: what happens to two accounts.

    Args:
        ledger: The ledger under test; it may remember earlier stories.
        store: Where it is kept.
        run: Runs a coroutine to its end.
    """

    def __init__(self, ledger, store, run):
        super().__init__()
        self.ledger, self.projects, self.run = ledger, store.projects, run
        self.model = Model()
        self.now = FEBRUARY - 150.0
        self.ended, self.steps = [], 0
        self.owners = [new_id(), new_id()]
        for owner in self.owners:
            run(store.keys.ensure_account(account(owner)))

    def same(self, coroutine, expected):
        """What both of them give; both must refuse in the same way or none."""
        try:
            wanted, refusal = expected(), None
        except Refused as refused:
            wanted, refusal = None, refused
        if refusal is None:
            return self.run(coroutine), wanted
        with pytest.raises(refusal.kind) as caught:
            self.run(coroutine)
        assert refusal.kind is ValueError or caught.value.reason == refusal.reason
        return None, None

    @initialize(funds=st.tuples(*[st.integers(0, 400) | st.integers(400, 9000)] * 2))
    def begin(self, funds):
        for owner, amount in enumerate(funds):
            if amount:
                self.grant_credits(owner=owner, bucket=PAYG, amount=amount, span=None)

    @rule(seconds=st.integers(0, 30) | st.integers(-20, 200))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(owner=owners, bucket=st.sampled_from(BUCKETS), amount=st.integers(1, 900), span=st.none() | spans)
    def grant_credits(self, owner, bucket, amount, span):
        end = None if span is None else self.now + span
        given = grant(amount, bucket, account_id=self.owners[owner], at=self.now, expires_at=end)
        assert [self.run(self.ledger.grant(given)) for _again in range(2)] == [True, False]
        self.model.lots[given.lot_id] = ModelLot(owner, bucket, amount, end)
        self.model.granted[owner] += amount

    @rule(
        owner=owners,
        hold=amounts,
        order=orders,
        span=spans,
        limits=st.tuples(st.sampled_from(PROJECTS), st.integers(1, 3), st.integers(1, 3)),
        key=st.tuples(st.integers(0, 1), st.sampled_from([0, 0, 1]), spans) | st.none(),
    )
    def admit(self, owner, hold, order, span, limits, key):
        project, most, most_in_project = limits
        concurrency = [
            Concurrency(tier="organization", most=most),
            Concurrency(tier="project", most=most_in_project),
        ]
        asked = admission(
            hold,
            account_id=self.owners[owner],
            project_id=project and self.project_of(owner, project),
            order=order,
            at=self.now,
            until=self.now + span,
            concurrency=concurrency,
            idempotency=key and self.key(*key),
        )
        self.admit_and_compare(asked, owner)

    def project_of(self, owner, project):
        """One of an owner's projects; they are nobody else's."""
        return UUID(int=project.int + self.owners[owner].int % 2**40 * 2**20) if project else self.owners[owner]

    @rule(owner=owners, scope=scopes, amount=amounts | st.integers(0, 3000))
    def set_budget(self, owner, scope, amount):
        project = None if scope == "account" else self.project_of(owner, scope)
        wanted = budget(amount, project, account_id=self.owners[owner])
        self.run(self.projects.set_budget(wanted, at=self.now))
        self.model.set_budget(owner, project, amount, self.now)

    @precondition(lambda self: self.model.budgets)
    @rule(data=st.data())
    def clear_budget(self, data):
        owner, project = data.draw(st.sampled_from([*self.model.budgets]))
        cleared = [self.run(self.projects.clear_budget(self.owners[owner], project)) for _again in range(2)]
        assert cleared == [True, False]
        del self.model.budgets[owner, project]

    def admit_and_compare(self, asked, owner):
        got, answer = self.same(self.ledger.admit(asked), lambda: self.model.admit(asked, owner))
        if isinstance(got, Admitted):
            request = self.model.open[asked.id]
            assert [[part.lot_id, part.amount] for part in got.split] == request.parts
            spendable = self.model.spendable(owner, self.now)
            assert got.available == sum(spendable[bucket] for bucket in asked.order)
        assert isinstance(got, StoredAnswer) == (answer is not None)
        assert answer is None or got == answer

    def key(self, number, body, span):
        fingerprint = bytes([body]) * 32
        return IdempotencyKey(route="r", key=f"key {number}", fingerprint=fingerprint, expires_at=self.now + span)

    @rule(owner=owners, hold=st.integers(0, 120), order=orders)
    def admit_freely(self, owner, hold, order):
        self.admit_and_compare(
            admission(hold, account_id=self.owners[owner], order=order, at=self.now, until=self.now + 300), owner
        )

    @rule(owner=owners, hold=st.integers(1, 60), count=st.integers(2, 12))
    def admit_many_at_once(self, owner, hold, count):
        asked = [admission(hold, account_id=self.owners[owner], at=self.now, until=self.now + 30) for _ in range(count)]

        async def all_at_once():
            return await asyncio.gather(*map(self.ledger.admit, asked), return_exceptions=True)

        results = self.run(all_at_once())
        rooms = [sum(self.model.spendable(owner, self.now).values())]
        rooms += self.model.left(owner, self.owners[owner], self.now).values()
        assert sum(isinstance(result, Admitted) for result in results) == min(count, max(0, min(rooms)) // hold)
        admitted = [of for of, result in zip(asked, results, strict=True) if isinstance(result, Admitted)]
        # In which order they came is not known, only what each has got.
        for of, result in zip(asked, results, strict=True):
            if of in admitted:
                parts = [[part.lot_id, int(part.amount)] for part in result.split]
                self.model.open[of.id] = ModelRequest(owner, self.owners[owner], of.dialect, of.until, parts)
                for lot_id, amount in parts:
                    self.model.lots[lot_id].balance -= amount

    def some_request(self, data):
        """One that is open; now and then one that has ended or never was."""
        old = [*self.ended[-2:], new_id()]
        return data.draw(st.sampled_from([*self.model.open, *data.draw(st.sampled_from([[], [], [], old]))]))

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), amount=amounts, order=orders)
    def extend(self, data, amount, order):
        of = self.some_request(data)
        self.same(
            self.ledger.extend(of, amount=amount, order=order, at=self.now),
            lambda: self.model.extend(of, amount, order, self.now),
        )

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), span=spans)
    def renew(self, data, span):
        asked = {self.some_request(data) for _ in range(3)}
        still = asked & self.model.open.keys()
        assert self.run(self.ledger.renew(asked, until=self.now + span)) == still
        for of in still:
            self.model.open[of].until = max(self.model.open[of].until, self.now + span)

    @precondition(lambda self: self.model.open)
    @rule(
        data=st.data(),
        share=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
        over=st.sampled_from([0, 0, 0, 1]),
        kept=st.booleans(),
    )
    def end(self, data, share, over, kept):
        of = self.some_request(data)
        request = self.model.open.get(of)
        charge = (int(request.held * share) if request else 5) + over
        answer = StoredAnswer(status=200, headers={"a": "b"}, body=str(of).encode()) if kept else None
        owner = self.owners[request.owner if request else 0]
        row = usage(id=of, account_id=owner, at=self.now, project_id=request.project if request else None)
        balance, paid = self.same(
            self.ledger.end(Ending(id=of, charge=charge, at=self.now, order=BUCKETS, answer=answer, usage=row)),
            lambda: self.model.end(of, charge, answer, self.now),
        )
        if balance is not None:
            self.ended.append(of)
            (logged,) = [found for found in self.run(self.ledger.usage(owner, most=MANY)) if found.id == of]
            assert (logged.charged, dict(logged.paid_from)) == (charge, dict(paid))
            self.check_balance(request.owner, balance)

    @rule(what=st.sampled_from(["requests", "lots", "plan", "seal"]), owner=owners, bucket=st.sampled_from(BUCKETS))
    def keep_house(self, what, owner, bucket):
        match what:
            case "requests":
                self.sweep_requests()
            case "lots":
                self.sweep_lots()
            case "plan":
                self.leave_plan(owner, bucket)
            case "seal":
                assert 0 <= self.run(self.ledger.seal(most=100)) <= 100

    def sweep_requests(self):
        dead = [of for of, request in self.model.open.items() if request.until <= self.now]
        assert self.run(self.ledger.end_overdue(now=self.now, most=MANY)) == len(dead)
        for of in dead:
            self.model.end(of, 0, None, self.now)
            self.ended.append(of)

    def sweep_lots(self):
        self.run(self.ledger.expire_lots(now=self.now, most=MANY))
        for lot in self.model.lots.values():
            if not lot.closed and lot.over(self.now):
                self.model.close_lot(lot, self.now)

    def leave_plan(self, owner, bucket):
        self.run(self.ledger.end_lots(self.owners[owner], bucket=bucket, at=self.now))
        for lot in self.model.lots.values():
            if not lot.closed and (lot.owner, lot.bucket) == (owner, bucket):
                self.model.close_lot(lot, self.now)

    def check_balance(self, owner, balance):
        available = {bucket: amount for bucket, amount in balance.available.items() if amount}
        assert available == self.model.spendable(owner, self.now)
        assert balance.held == self.model.held(owner)

    @invariant()
    def balances_are_those_of_the_model(self):
        """L3, L4, L12."""
        for owner, account_id in enumerate(self.owners):
            self.check_balance(owner, self.run(self.ledger.balance(account_id, at=self.now)))

    @invariant()
    def budgets_stand_as_those_of_the_model(self):
        for owner, account_id in enumerate(self.owners):
            told = self.run(self.projects.budgets_of(account_id, at=self.now))
            assert {one.budget.project_id: (one.budget.amount, one.spent, one.held) for one in told} == {
                project: (known.amount, known.standing(self.now), self.model.held(of, project))
                for (of, project), known in self.model.budgets.items()
                if of == owner
            }

    @invariant()
    def nothing_is_made_and_nothing_lost(self):
        """L11, and that a statement explains a balance: all granted is in a lot, held, paid or expired."""
        for owner, account_id in enumerate(self.owners):
            lots, held = Counter(), 0
            for line in self.run(self.ledger.statement(account_id, most=MANY)):
                held += line.held
                lots.update(line.changes)
            in_lots = sum(lot.balance for lot in self.model.lots.values() if lot.owner == owner)
            assert (sum(lots.values()), held) == (in_lots, self.model.held(owner))
            gone = self.model.revenue[owner] + self.model.expired[owner]
            assert self.model.granted[owner] == in_lots + held + gone

    @invariant()
    def the_books_are_sound(self):
        """L1, L2, L8."""
        self.steps += 1
        if self.steps % 8 == 0:
            assert self.run(self.ledger.verify()).fault == ""

    def teardown(self):
        self.run(self.ledger.end_all(now=self.now))
        self.run(self.ledger.expire_lots(now=self.now + 1000, most=MANY))
        assert self.run(self.ledger.verify()).fault == ""


class OneTooMany:
    """Charges a thousandth too much where anything goes back: the planted bug."""

    def __init__(self, ledger):
        self._ledger = ledger

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    async def end(self, given):
        with contextlib.suppress(ValueError):
            return await self._ledger.end(replace(given, charge=given.charge + 1))
        return await self._ledger.end(given)


@pytest.fixture
def stories(open_store):
    """Tells stories to a ledger: `stories(wrap, count)`."""
    with asyncio.Runner() as runner:
        context = open_store()
        store = runner.run(context.__aenter__())

        def tell(wrap, count, **options):
            def machine():
                return LedgerMachine(wrap(store.ledger), store, runner.run)

            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=count,
                    stateful_step_count=30,
                    deadline=None,
                    database=None,
                    print_blob=True,
                    **options,
                    suppress_health_check=[*HealthCheck],
                ),
            )

        yield tell
        runner.run(context.__aexit__(None, None, None))


def test_the_ledger_does_as_its_model(stories):
    stories(lambda ledger: ledger, 40)


def test_the_model_notices_a_ledger_that_charges_one_too_many_and_says_how_to_see_it_again(stories):
    with pytest.raises(AssertionError) as caught:
        stories(OneTooMany, 100, phases=[Phase.generate])  # Shortening is not what is tested here.
    assert "@reproduce_failure(" in "\n".join(caught.value.__notes__)
