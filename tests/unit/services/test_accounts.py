import os
from uuid import UUID

import pytest

from antiphon.catalog.plans import UnknownPlan, load_plans
from antiphon.domain.errors import Conflict, InvalidRequest, NotFound
from antiphon.services.accounts import CACHED_SECONDS, Accounts
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

DAY = 86_400.0


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def store(tmp_path):
    made = open_sqlite(tmp_path / "antiphon.db")
    yield made
    await made.close()


@pytest.fixture
def make(store, clock):
    """Another `Accounts` on the same store, as another process has."""

    def made(**options):
        return Accounts(store=store.accounts, plans=load_plans(), clock=clock, entropy=os.urandom, **options)

    return made


@pytest.fixture
def accounts(make):
    return make()


async def test_an_account_is_made_on_a_plan_and_found_by_id_and_name(accounts, clock):
    made = await accounts.create("anna", plan="pro", until=clock.now() + DAY)
    assert (made.subscription.plan, made.subscription.until) == ("pro", clock.now() + DAY)
    assert await accounts.find("anna") == await accounts.find(str(made.account.id)) == made
    assert await accounts.list() == (made,)


@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines", str(UUID(int=7))])
async def test_a_name_that_cannot_be_told_from_an_id_or_shown_is_refused(accounts, name):
    with pytest.raises(InvalidRequest) as refused:
        await accounts.create(name)
    assert refused.value.field == "name"


async def test_a_name_is_taken_once(accounts):
    await accounts.create("anna")
    with pytest.raises(Conflict, match="name_taken"):
        await accounts.create("anna")


async def test_an_unknown_plan_makes_no_account(accounts):
    with pytest.raises(UnknownPlan):
        await accounts.create("anna", plan="gold")
    assert await accounts.list() == ()


@pytest.mark.parametrize(("plan", "until"), [("pro", 0.0), ("pro", -DAY), ("free", DAY)])
async def test_a_plan_ends_in_the_future_and_free_never(accounts, clock, plan, until):
    with pytest.raises(InvalidRequest, match="until"):
        await accounts.create("anna", plan=plan, until=clock.now() + until)


@pytest.mark.parametrize("text", ["nobody", str(UUID(int=7)), ""])
async def test_nobody_is_not_found(accounts, text):
    with pytest.raises(NotFound, match="unknown_account"):
        await accounts.find(text)


async def test_an_account_is_remembered_for_two_seconds(accounts, make, clock):
    made = await accounts.create("anna")
    assert accounts.cached(made.account.id) is None
    await accounts.get(made.account.id)
    changed = await make().set_plan(made.account.id, "pro")
    assert accounts.cached(made.account.id) == made
    clock.advance(CACHED_SECONDS)
    assert accounts.cached(made.account.id) is None
    assert await accounts.get(made.account.id) == changed


async def test_a_plan_changed_here_counts_at_once(accounts):
    made = await accounts.create("anna")
    await accounts.get(made.account.id)
    await accounts.set_plan(made.account.id, "pro")
    assert (await accounts.get(made.account.id)).subscription.plan == "pro"


async def test_only_so_many_are_remembered(make):
    accounts = make(most_cached=2)
    ids = [(await accounts.create(f"{number}")).account.id for number in range(3)]
    for id_ in ids:
        await accounts.get(id_)
    assert [accounts.cached(id_) is not None for id_ in ids] == [False, True, True]


async def test_the_same_plan_again_changes_nothing(accounts, clock):
    made = await accounts.create("anna", plan="pro", until=clock.now() + 40 * DAY)
    clock.advance(DAY)
    assert await accounts.set_plan(made.account.id, "pro", until=made.subscription.until) == made


@pytest.mark.parametrize("until", [None, 50 * DAY])
async def test_another_end_is_the_same_subscription(accounts, clock, until):
    end = None if until is None else clock.now() + until
    made = await accounts.create("anna", plan="pro", until=clock.now() + 40 * DAY)
    clock.advance(DAY)
    changed = (await accounts.set_plan(made.account.id, "pro", until=end)).subscription
    assert (changed.id, changed.since, changed.until) == (made.subscription.id, made.subscription.since, end)


async def test_a_plan_that_is_over_begins_anew(accounts, clock):
    made = await accounts.create("anna", plan="pro", until=clock.now() + DAY)
    clock.advance(2 * DAY)
    renewed = (await accounts.set_plan(made.account.id, "pro")).subscription
    assert renewed.id != made.subscription.id
    assert renewed.since == clock.now()


async def test_a_plan_changed_after_the_clock_was_set_back_begins_no_earlier_than_the_former(accounts, clock):
    made = await accounts.create("anna", plan="pro")
    clock.advance(-DAY)
    changed = (await accounts.set_plan(made.account.id, "max")).subscription
    assert changed.since == made.subscription.since


async def test_a_plan_that_somebody_prolonged_meanwhile_is_not_ended(accounts, make, clock):
    made = await accounts.create("anna", plan="pro", until=clock.now() + DAY)
    await make().set_plan(made.account.id, "pro", until=clock.now() + 2 * DAY)
    clock.advance(DAY)
    assert not await accounts.fall_back(made)
    assert (await accounts.fresh(made.account.id)).subscription.plan == "pro"
