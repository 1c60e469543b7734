import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.subscriptions import Enrolled, Subscription
from antiphon.store.ports import Grant

NOW = 1_800_000_000.5


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        yield opened


def account(number=1, name="anna"):
    return Account(id=UUID(int=number), name=name, created_at=NOW)


def subscription(number=100, *, plan="pro", account_id=1, since=NOW, until=None):
    return Subscription(id=UUID(int=number), account_id=UUID(int=account_id), plan=plan, since=since, until=until)


FREE = subscription(1, plan="free")
"""What an account has that was never put on a plan."""


def grant(number, *, bucket=Bucket.SUBSCRIPTION, expires_at=NOW + 1_000):
    return Grant(
        transfer_id=f"grant:{number}",
        lot_id=UUID(int=number),
        account_id=UUID(int=1),
        bucket=bucket,
        amount=MilliCredits(5_000),
        at=NOW,
        expires_at=expires_at,
    )


async def test_an_account_on_a_plan_is_found_by_its_id_and_its_name(store):
    plan = subscription(until=NOW + 0.125)
    assert await store.accounts.add_account(account(), plan)
    expected = Enrolled(account=account(), subscription=plan)
    assert await store.accounts.account(UUID(int=1)) == expected
    assert await store.accounts.account_named("anna") == expected


async def test_an_account_that_was_never_put_on_a_plan_is_on_free_since_it_was_made(store):
    made = await store.keys.ensure_account(account())
    assert await store.accounts.account(made.id) == Enrolled(account=made, subscription=FREE)


async def test_nobody_is_nobody(store):
    assert await store.accounts.account(UUID(int=9)) is None
    assert await store.accounts.account_named("nobody") is None
    assert await store.accounts.accounts() == ()


async def test_a_name_is_taken_once_and_the_second_leaves_nothing(store):
    assert await store.accounts.add_account(account(1))
    assert not await store.accounts.add_account(account(2), subscription(account_id=2))
    assert await store.accounts.account(UUID(int=2)) is None
    assert (await store.accounts.account_named("anna")).account == account(1)


async def test_accounts_come_in_the_order_of_their_ids_page_by_page(store):
    for number in (3, 1, 2):
        await store.accounts.add_account(account(number, f"{number}"))
    first = await store.accounts.accounts(most=2)
    assert [found.account.id.int for found in first] == [1, 2]
    rest = await store.accounts.accounts(after=first[-1].account.id, most=2)
    assert [found.account.id.int for found in rest] == [3]


async def test_a_plan_is_taken_and_changed(store):
    await store.accounts.add_account(account())
    assert await store.accounts.subscribe(subscription(), replaces=FREE, at=NOW)
    later = subscription(101, plan="max", since=NOW + 1)
    assert await store.accounts.subscribe(later, replaces=subscription(), at=NOW)
    assert (await store.accounts.account(UUID(int=1))).subscription == later


@pytest.mark.parametrize("expected", [FREE, subscription(99), subscription(until=NOW + 5)])
async def test_a_plan_that_was_changed_meanwhile_is_let_alone(store, expected):
    await store.accounts.add_account(account(), subscription())
    await store.ledger.grant(grant(1))
    changed = await store.accounts.subscribe(
        subscription(101, plan="max"), replaces=expected, at=NOW, ends=Bucket.SUBSCRIPTION
    )
    assert not changed
    assert (await store.accounts.account(UUID(int=1))).subscription == subscription()
    assert (await store.ledger.balance(UUID(int=1), at=NOW)).available == {Bucket.SUBSCRIPTION: 5_000}


async def test_of_changes_at_the_same_time_one_wins(store):
    await store.accounts.add_account(account())
    plans = [subscription(100 + number) for number in range(20)]
    won = await asyncio.gather(*(store.accounts.subscribe(plan, replaces=FREE, at=NOW) for plan in plans))
    assert sum(won) == 1
    assert (await store.accounts.account(UUID(int=1))).subscription == plans[won.index(True)]


async def test_leaving_a_plan_ends_the_lots_of_that_bucket_and_no_others(store):
    await store.accounts.add_account(account(), subscription())
    for number, bucket in enumerate(Bucket, start=1):
        await store.ledger.grant(grant(number, bucket=bucket))
    await store.accounts.subscribe(
        subscription(101, plan="free"), replaces=subscription(), at=NOW + 1, ends=Bucket.SUBSCRIPTION
    )
    left = (await store.ledger.balance(UUID(int=1), at=NOW + 1)).available
    assert {bucket: amount for bucket, amount in left.items() if amount} == {Bucket.FREE: 5_000, Bucket.PAYG: 5_000}


async def test_the_end_of_a_plan_is_put_off_and_taken_away(store):
    await store.accounts.add_account(account(), subscription(until=NOW + 5))
    for until in (NOW + 10, None):
        assert await store.accounts.prolong(UUID(int=100), until=until)
        assert (await store.accounts.account(UUID(int=1))).subscription == subscription(until=until)


async def test_a_plan_that_was_left_is_not_prolonged(store):
    await store.accounts.add_account(account(), subscription())
    await store.accounts.subscribe(subscription(101), replaces=subscription(), at=NOW)
    assert not await store.accounts.prolong(UUID(int=100), until=NOW + 5)
    assert (await store.accounts.account(UUID(int=1))).subscription == subscription(101)


async def test_a_plan_is_still_there_when_the_store_is_opened_again(open_store):
    plan = subscription(until=NOW + 0.1)
    async with open_store() as opened:
        await opened.accounts.add_account(account(), plan)
    async with open_store() as opened:
        assert (await opened.accounts.account(UUID(int=1))).subscription == replace(plan)
