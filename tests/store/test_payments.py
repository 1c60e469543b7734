"""Payments while credits are spent: what was given is there, was spent, or was taken back, on both databases."""

import asyncio

import pytest

from antiphon.domain.errors import AntiphonError
from store.books import ACCOUNT, account, admission, ending, grant, usage

EACH = 1_000


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account())
        yield opened


async def spend(store, amount):
    """Hold twice as much as is charged then; how much was charged."""
    wanted = admission(2 * amount)
    try:
        await store.ledger.admit(wanted)
    except AntiphonError:
        return 0
    await asyncio.sleep(0)
    row = usage(id=wanted.id, at=110.0, listed=amount)
    await store.ledger.end(ending(wanted, amount, usage=row))
    return amount


async def test_a_payment_that_comes_many_times_at_once_is_given_once(store):
    given = await asyncio.gather(
        *(store.ledger.grant(grant(EACH, transfer_id="topup:one")) for _ in range(20)),
    )
    assert sorted(given) == [False] * 19 + [True]
    assert (await store.ledger.balance(ACCOUNT, at=120.0)).available == {grant(1).bucket: EACH}


async def test_what_is_paid_in_spent_and_taken_back_at_once_adds_up(store):
    names = [f"topup:{number}" for number in range(12)]
    await asyncio.gather(*(store.ledger.grant(grant(EACH, transfer_id=name)) for name in names[:8]))
    late = [store.ledger.grant(grant(EACH, transfer_id=name)) for name in names for _ in range(2)]
    spent, taken, _given = await asyncio.gather(
        asyncio.gather(*(spend(store, 37 + number) for number in range(60))),
        asyncio.gather(*(store.ledger.end_grant(name, at=110.0) for name in names[::2] for _ in range(2))),
        asyncio.gather(*late),
    )
    found = await store.ledger.balance(ACCOUNT, at=120.0)
    (total,) = await store.spending.totals(ACCOUNT, range(1), by=(), at=120.0, most=1)
    requests = await store.ledger.usage(ACCOUNT)
    lines = await store.ledger.statement(ACCOUNT)
    ended = -sum(sum(line.changes.values()) for line in lines if line.kind == "expire")
    assert found.held == 0
    assert total.charged == sum(spent) == sum(row.charged for row in requests)
    assert total.charged > 0
    assert sum(amount or 0 for amount in taken) <= ended
    assert sum(found.available.values()) + ended + total.charged == len(names) * EACH
    assert (await store.ledger.verify()).fault == ""
