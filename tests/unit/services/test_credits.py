import asyncio
import os
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.catalog.plans import load_plans
from antiphon.domain.errors import Conflict, InvalidRequest, NotFound, PaymentRequired
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.domain.money import MilliCredits
from antiphon.services.accounts import CACHED_SECONDS, Accounts
from antiphon.services.credits import Credits
from antiphon.store.ports import Admission, Ending
from store.fresh import open_sqlite

DAY = 86_400.0
FREE, PRO, MAX = 10_000_000, 102_000_000, 187_000_000


class Calendar:
    """A wall clock that can be set, back too, beside one that only goes on."""

    def __init__(self, text="2026-11-20T12:00:00"):
        self._passed = 0.0
        self.set(text)

    def now(self):
        return self._now

    def monotonic(self):
        return self._passed

    def set(self, text):
        self._now = at(text)
        self._passed += CACHED_SECONDS

    def advance(self, seconds):
        self._now += seconds
        self._passed += max(seconds, 0)


class Counted:
    """A ledger that counts grants."""

    def __init__(self, inner):
        self._inner = inner
        self.grants = 0

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def grant(self, grant):
        self.grants += 1
        return await self._inner.grant(grant)


class House:
    """The services on one store."""

    def __init__(self, store, clock):
        self.clock = clock
        self.ledger = Counted(store.ledger)
        self.accounts = Accounts(store=store.accounts, plans=load_plans(), clock=clock, entropy=os.urandom)
        self.credits = Credits(ledger=self.ledger, accounts=self.accounts, clock=clock, entropy=os.urandom)

    async def make(self, **options):
        return (await self.accounts.create(uuid4().hex[:31] + "x", **options)).account.id

    async def available(self, account_id):
        """What can be spent now, without buckets that are empty."""
        found = (await self.credits.balance(account_id)).available
        return {bucket.value: amount for bucket, amount in found.items() if amount}

    async def granted(self, account_id):
        """The ids of grants in order, without what is the same in all."""
        lines = await self.credits.statement(account_id)
        return [line.transfer_id.rpartition(":")[2] for line in lines if line.kind is TransferKind.GRANT]

    async def spend(self, account_id, amount):
        standing = await self.credits.standing(account_id)
        request = await self.hold(account_id, amount, standing.order)
        await self.end(request, standing.order, charge=amount)

    async def hold(self, account_id, amount, order):
        id_, now = uuid4(), self.clock.now()
        await self.ledger.admit(
            Admission(
                id=id_,
                account_id=account_id,
                dialect="sonna",
                hold=MilliCredits(amount),
                order=order,
                at=now,
                until=now + 30,
            )
        )
        return id_

    async def end(self, request, order, *, charge):
        await self.ledger.end(Ending(id=request, charge=MilliCredits(charge), at=self.clock.now(), order=order))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def clock():
    return Calendar()


@pytest.fixture
async def store(tmp_path):
    made = open_sqlite(tmp_path / "antiphon.db")
    yield made
    await made.close()


@pytest.fixture
def house(store, clock):
    return House(store, clock)


async def test_a_free_account_has_its_credits_when_it_is_first_looked_at(house):
    id_ = await house.make()
    assert await house.available(id_) == {"free": FREE}


@pytest.mark.parametrize(("plan", "credits_"), [("pro", PRO), ("max", MAX)])
async def test_a_paid_plan_grants_its_credits_and_no_free_ones(house, plan, credits_):
    id_ = await house.make(plan=plan)
    assert await house.available(id_) == {"subscription": credits_}
    standing = await house.credits.standing(id_)
    assert standing.paid
    assert standing.order == (Bucket.SUBSCRIPTION, Bucket.PAYG)


async def test_free_credits_come_once_in_a_month_and_what_is_left_goes(house, clock):
    id_ = await house.make()
    await house.spend(id_, 4_000)
    clock.set("2026-11-30T23:59:59")
    assert await house.available(id_) == {"free": FREE - 4_000}
    clock.set("2026-12-01T00:00:00")
    assert await house.available(id_) == {"free": FREE}
    assert await house.granted(id_) == ["2026-11", "2026-12"]


async def test_a_subscription_brings_its_credits_on_its_own_day(house, clock):
    clock.set("2027-01-31T08:00:00")
    id_ = await house.make(plan="pro")
    await house.spend(id_, 1_000)
    for moment, left in [
        ("2027-02-28T07:59:59", PRO - 1_000),
        ("2027-02-28T08:00:00", PRO),
        ("2027-03-30T09:00:00", PRO),
        ("2027-03-31T08:00:00", PRO),
    ]:
        clock.set(moment)
        assert await house.available(id_) == {"subscription": left}
    assert await house.granted(id_) == ["0", "1", "2"]


async def test_a_month_in_which_nobody_looked_is_not_made_up_for(house, clock):
    id_ = await house.make(plan="max")
    clock.set("2028-02-29T12:00:00")
    assert await house.available(id_) == {"subscription": MAX}
    assert await house.granted(id_) == ["15"]


async def test_what_was_bought_stays_for_years(house, clock):
    id_ = await house.make()
    await house.credits.top_up(id_, amount=MilliCredits(62_500_000), payment="one")
    clock.set("2046-02-28T00:00:00")
    assert await house.available(id_) == {"free": FREE, "payg": 62_500_000}


async def test_an_account_whose_subscription_is_over_is_free_again_with_free_credits(house, clock):
    id_ = await house.make(plan="pro", until=at("2026-11-25T00:00:00"))
    assert (await house.credits.ensure_current(id_))[1] is False
    clock.set("2026-11-25T00:00:00")
    standing, ended = await house.credits.ensure_current(id_)
    assert (standing.plan.id, standing.subscription.since, ended) == ("free", at("2026-11-25T00:00:00"), True)
    assert await house.available(id_) == {"free": FREE}
    assert (await house.credits.ensure_current(id_))[1] is False


async def test_a_subscription_ends_also_between_two_looks_at_a_remembered_account(house, clock):
    id_ = await house.make(plan="pro", until=clock.now() + 1.0)
    assert (await house.credits.standing(id_)).plan.id == "pro"
    assert house.credits.cached(id_) is not None
    clock.advance(1.0)
    assert house.credits.cached(id_) is None
    assert (await house.credits.standing(id_)).plan.id == "free"


async def test_free_credits_are_granted_once_in_a_month_however_often_plans_change(house, clock):
    id_ = await house.make()
    await house.spend(id_, 6_000_000)
    for _ in range(3):
        await house.credits.set_plan(id_, "pro", until=clock.now() + DAY)
        clock.advance(DAY)
        assert await house.available(id_) == {"free": FREE - 6_000_000}
    assert (await house.granted(id_)).count("2026-11") == 1


async def test_a_better_plan_ends_what_the_former_had_left(house):
    id_ = await house.make(plan="pro")
    await house.spend(id_, 1_000)
    await house.credits.set_plan(id_, "max")
    assert await house.available(id_) == {"subscription": MAX}


async def test_a_prolonged_subscription_grants_no_month_twice(house, clock):
    id_ = await house.make(plan="pro", until=at("2026-12-01T00:00:00"))
    await house.spend(id_, 1_000)
    await house.credits.set_plan(id_, "pro", until=at("2027-12-01T00:00:00"))
    clock.set("2026-12-10T00:00:00")
    assert await house.available(id_) == {"subscription": PRO - 1_000}
    clock.set("2026-12-20T12:00:00")
    assert await house.available(id_) == {"subscription": PRO}


async def test_changing_the_plan_lets_open_holds_alone(house):
    id_ = await house.make(plan="pro")
    order = (await house.credits.standing(id_)).order
    request = await house.hold(id_, 5_000, order)
    await house.credits.set_plan(id_, "free")
    balance = await house.credits.balance(id_)
    assert balance.held == 5_000
    await house.end(request, order, charge=2_000)
    assert (await house.credits.balance(id_)).held == 0
    # What was not charged goes back to a lot that has ended, and expires at once.
    assert await house.available(id_) == {"free": FREE}


async def test_free_credits_are_not_spent_on_a_paid_plan(house):
    id_ = await house.make()
    await house.available(id_)
    await house.credits.set_plan(id_, "pro")
    with pytest.raises(PaymentRequired):
        await house.spend(id_, PRO + 1)


async def test_a_clock_that_steps_back_over_a_months_begin_grants_nothing_twice(house, clock):
    id_ = await house.make()
    await house.available(id_)
    for moment in ("2026-12-01T00:00:01", "2026-11-30T23:59:59", "2026-12-01T00:00:01"):
        clock.set(moment)
        await house.available(id_)
    assert await house.granted(id_) == ["2026-11", "2026-12"]


async def test_a_clock_that_steps_back_before_an_account_was_made_grants_its_first_month_once(house, clock):
    ids = [await house.make(), await house.make(plan="pro")]
    clock.set("2020-02-29T00:00:00")
    assert [await house.available(id_) for id_ in ids] == [{"free": FREE}, {"subscription": PRO}]
    clock.set("2026-11-20T12:00:00")
    assert [await house.available(id_) for id_ in ids] == [{"free": FREE}, {"subscription": PRO}]
    assert [await house.granted(id_) for id_ in ids] == [["2026-11"], ["0"]]


async def test_a_plan_that_ended_stays_ended_when_the_clock_steps_back(house, clock):
    id_ = await house.make(plan="pro", until=at("2026-11-25T00:00:00"))
    clock.set("2026-11-26T00:00:00")
    await house.credits.standing(id_)
    clock.set("2026-11-22T00:00:00")
    assert (await house.credits.standing(id_)).plan.id == "free"
    assert await house.available(id_) == {"free": FREE}


async def test_many_looks_at_the_same_time_grant_once(house):
    id_ = await house.make(plan="pro")
    await asyncio.gather(*(house.credits.ensure_current(id_) for _ in range(50)))
    assert await house.available(id_) == {"subscription": PRO}


async def test_two_processes_end_and_grant_once(store, house, clock):
    id_ = await house.make(plan="pro", until=clock.now() + DAY)
    others = [House(store, clock) for _ in range(10)]
    for other in others:
        await other.credits.standing(id_)
    clock.advance(DAY)
    ended = await asyncio.gather(*(other.credits.ensure_current(id_) for other in others))
    assert sum(ended_now for _standing, ended_now in ended) == 1
    assert len({standing.subscription.id for standing, _ended in ended}) == 1
    assert await house.available(id_) == {"free": FREE}


async def test_a_subscription_prolonged_by_another_process_does_not_end_here(store, house, clock):
    id_ = await house.make(plan="pro", until=clock.now() + 1.0)
    await house.credits.standing(id_)
    await House(store, clock).credits.set_plan(id_, "pro", until=clock.now() + DAY)
    clock.advance(1.0)  # Still remembered here with its former end.
    assert (await house.credits.ensure_current(id_))[0].plan.id == "pro"


async def test_the_ledger_is_asked_to_grant_once_in_a_month_and_not_at_every_look(house, clock):
    id_ = await house.make()
    for _ in range(5):
        await house.credits.standing(id_)
        clock.advance(CACHED_SECONDS)
    assert house.ledger.grants == 1


async def test_a_look_at_a_remembered_account_waits_for_nothing(house, clock):
    id_ = await house.make()
    assert house.credits.cached(id_) is None
    standing = await house.credits.standing(id_)
    assert house.credits.cached(id_) == standing
    clock.advance(CACHED_SECONDS)
    assert house.credits.cached(id_) is None


async def test_a_remembered_account_is_looked_at_again_when_the_month_ends(house, clock):
    clock.set("2026-11-30T23:59:59")
    id_ = await house.make()
    await house.credits.standing(id_)
    clock.advance(1.0)
    assert house.credits.cached(id_) is None
    assert await house.available(id_) == {"free": FREE}


async def test_nobody_is_not_found(house):
    with pytest.raises(NotFound, match="unknown_account"):
        await house.credits.standing(uuid4())


async def test_a_payment_is_granted_once(house):
    id_ = await house.make()
    assert await house.credits.top_up(id_, amount=MilliCredits(5), payment="inv-7", note="Starter")
    assert not await house.credits.top_up(id_, amount=MilliCredits(5), payment="inv-7")
    assert (await house.available(id_))["payg"] == 5


async def test_a_payment_for_another_amount_or_account_is_refused(house):
    one, other = await house.make(), await house.make()
    await house.credits.top_up(one, amount=MilliCredits(5), payment="inv-7")
    for id_, amount in [(one, 6), (other, 5)]:
        with pytest.raises(Conflict, match="payment_used"):
            await house.credits.top_up(id_, amount=MilliCredits(amount), payment="inv-7")
    assert "payg" not in await house.available(other)


async def test_without_a_payment_every_call_gives(house):
    id_ = await house.make()
    for _ in range(3):
        assert await house.credits.top_up(id_, amount=MilliCredits(5))
    assert (await house.available(id_))["payg"] == 15


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("credits", {"amount": 0}),
        ("credits", {"amount": -1}),
        ("payment", {"payment": ""}),
        ("payment", {"payment": "x" * 101}),
        ("payment", {"payment": "a\nb"}),
        ("note", {"note": "x" * 201}),
        ("note", {"note": "\x00"}),
    ],
)
async def test_a_wrong_top_up_is_refused(house, field, options):
    id_ = await house.make()
    with pytest.raises(InvalidRequest) as refused:
        await house.credits.top_up(id_, **{"amount": MilliCredits(5), **options})
    assert refused.value.field == field


async def test_the_first_account_begins_on_max_with_credits_besides(store, house):
    first = await store.keys.ensure_account(Account(id=uuid4(), name="default", created_at=house.clock.now()))
    for _ in range(3):
        await house.credits.bootstrap(first.id, amount=MilliCredits(1_000_000_000))
    assert (await house.credits.standing(first.id)).plan.id == "max"
    assert await house.available(first.id) == {"subscription": MAX, "payg": 1_000_000_000}
    assert len(await house.granted(first.id)) == 2


async def test_a_first_account_that_was_put_on_another_plan_stays_on_it(store, house):
    id_ = (await store.keys.ensure_account(Account(id=uuid4(), name="default", created_at=house.clock.now()))).id
    await house.credits.bootstrap(id_, amount=MilliCredits(0))
    await house.credits.set_plan(id_, "free")
    await house.credits.bootstrap(id_, amount=MilliCredits(0))
    assert (await house.credits.standing(id_)).plan.id == "free"


async def test_a_statement_explains_the_balance_after_lots_have_expired(house, clock):
    id_ = await house.make(plan="pro")
    await house.spend(id_, 2_500)
    clock.set("2027-02-01T00:00:00")
    sums = dict.fromkeys(Bucket, 0)
    for line in await house.credits.statement(id_):
        for bucket, change in line.changes.items():
            sums[bucket] += change
    assert {bucket.value: amount for bucket, amount in sums.items() if amount} == await house.available(id_)


STEPS = st.one_of(
    st.tuples(st.just("look"), st.integers(-40, 400)),
    st.tuples(st.just("plan"), st.sampled_from(["free", "pro", "max"]), st.sampled_from([None, 1, 31, 45])),
    st.tuples(st.just("spend"), st.integers(1, 30_000_000)),
)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=12))
async def test_whatever_happens_no_month_is_granted_twice_and_every_balance_is_explained(tmp_path_factory, steps):
    clock = Calendar()
    store = open_sqlite(tmp_path_factory.mktemp("steps") / "antiphon.db")
    try:
        house = House(store, clock)
        id_ = await house.make()
        for step in steps:
            await taken(house, id_, step)
        await explained(house, id_)
    finally:
        await store.close()


async def taken(house, id_, step):
    match step:
        case "look", days:
            house.clock.advance(days * DAY)
            await house.credits.standing(id_)
        case "plan", plan, days:
            until = None if days is None or plan == "free" else house.clock.now() + days * DAY
            try:
                await house.credits.set_plan(id_, plan, until=until)
            except InvalidRequest as refused:  # The clock stands before the plan it would replace.
                assert refused.field == "until"  # noqa: PT017 - nothing else may be wrong
        case "spend", amount:
            try:
                await house.spend(id_, amount)
            except PaymentRequired:
                return


async def explained(house, id_):
    lines = await house.credits.statement(id_)
    ids = [line.transfer_id for line in lines]
    assert len(set(ids)) == len(ids)
    sums = dict.fromkeys(Bucket, 0)
    for line in lines:
        for bucket, change in line.changes.items():
            sums[bucket] += change
        assert min(sums.values()) >= 0
    balance = await house.credits.balance(id_)
    assert {bucket: balance.available.get(bucket, 0) for bucket in Bucket} == sums
    assert balance.held == 0
