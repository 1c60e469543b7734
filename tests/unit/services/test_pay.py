"""Paying: a request ends once, whatever happens to it, to its client, or to this process."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from antiphon.domain.errors import Conflict, LimitExceeded, PaymentRequired, Unavailable
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, Price
from antiphon.kit.ids import Entropy
from antiphon.services.pay import LEASE, Claim, Outcome, Pay, Replay
from antiphon.store.ports import Concurrency, Grant, IdempotencyKey, StoredAnswer
from antiphon.store.sqlite import SqliteStore
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

ACCOUNT = UUID(int=1)
BALANCE = MilliCredits(1_000)
CLAIM = Claim(
    account_id=ACCOUNT,
    project_id=ACCOUNT,
    key_id=UUID(int=2),
    order=(Bucket.PAYG,),
    request_id="r",
    dialect="d",
    route="d.r",
    modality="speech",
    model="m",
    engine="e",
    price=Price(millicredits=2, unit="unit", discount=50),
)


class Till:
    """A `Pay` on a store of its own."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.pay = Pay(store.ledger, clock=clock, entropy=Entropy())

    def request(self, claim: Claim = CLAIM, units: int = 10):
        return self.pay.request(claim, units=units, status_of=lambda _: 599)

    async def left(self) -> tuple[int, int]:
        balance = await self.store.ledger.balance(ACCOUNT, at=self.clock.now())
        return balance.available.get(Bucket.PAYG, 0), balance.held


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    clock = FakeClock()
    store = open_sqlite(tmp_path / "antiphon.db")
    await store.keys.ensure_account(Account(id=ACCOUNT, name="a", created_at=clock.now()))
    await store.ledger.grant(
        Grant(
            transfer_id="topup:1",
            lot_id=UUID(bytes=os.urandom(16)),
            account_id=ACCOUNT,
            bucket=Bucket.PAYG,
            amount=BALANCE,
            at=clock.now(),
        )
    )
    yield Till(store, clock)
    await store.close()


async def test_what_was_delivered_is_settled_and_the_rest_released(till: Till) -> None:
    async with till.request(units=10) as paid:
        assert await till.left() == (980, 20)
        await paid.end(Outcome(units=3, status=200))
    assert await till.left() == (994, 0)


async def test_a_discount_is_taken_off(till: Till) -> None:
    async with till.request(replace(CLAIM, discounted=True), units=10) as paid:
        await paid.end(Outcome(units=10, status=200))
    assert await till.left() == (990, 0)


async def test_a_context_left_without_an_end_costs_nothing(till: Till) -> None:
    async with till.request():
        pass
    assert await till.left() == (BALANCE, 0)


async def test_an_error_inside_costs_nothing_and_is_logged_with_its_status(till: Till) -> None:
    with pytest.raises(Unavailable):
        async with till.request():
            raise Unavailable(12)
    (row,) = await till.store.ledger.usage(ACCOUNT)
    assert await till.left() == (BALANCE, 0)
    assert (row.status, row.code, row.charged) == (599, "unavailable", 0)


async def test_a_cancelled_request_is_released(till: Till) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with till.request():
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await till.left() == (BALANCE, 0)


async def test_further_slices_are_held_until_all_units_are_covered(till: Till) -> None:
    async with till.request(units=10) as paid:
        await paid.cover(25, slice_=10)
        assert await till.left() == (940, 60)
        await paid.cover(30, slice_=10)
        assert await till.left() == (940, 60)


async def test_a_slice_that_cannot_be_paid_is_refused_and_what_is_held_stays(till: Till) -> None:
    async with till.request(units=490) as paid:
        with pytest.raises(PaymentRequired):
            await paid.cover(1000, slice_=20)
        await paid.end(Outcome(units=490, status=200))
    assert await till.left() == (20, 0)


async def test_a_request_that_works_long_is_renewed(till: Till) -> None:
    async with till.request() as paid:
        for _ in range(10):
            till.clock.advance(LEASE / 2)
            await till.pay.tick()
        await paid.end(Outcome(units=10, status=200))
    assert await till.left() == (980, 0)


async def test_a_request_nobody_renews_is_released_and_its_zombie_changes_nothing(till: Till) -> None:
    async with till.request() as paid:
        till.clock.advance(LEASE + 1)
        await till.store.ledger.end_overdue(now=till.clock.now(), most=10)  # As another process would.
        assert await till.left() == (BALANCE, 0)
        with pytest.raises(Conflict):
            await paid.end(Outcome(units=10, status=200))
    assert await till.left() == (BALANCE, 0)


async def test_a_request_that_was_taken_for_dead_learns_it_at_its_next_slice(till: Till) -> None:
    async with till.request() as paid:
        till.clock.advance(LEASE + 1)
        await till.store.ledger.end_overdue(now=till.clock.now(), most=10)
        await till.pay.tick()
        with pytest.raises(Conflict):
            await paid.cover(11, slice_=10)


async def test_a_refused_admission_holds_nothing_and_is_logged(till: Till) -> None:
    with pytest.raises(PaymentRequired):
        async with till.request(units=501):
            pytest.fail("it began")
    one = replace(CLAIM, concurrency=(Concurrency(tier="organization", most=1),))
    with pytest.raises(LimitExceeded):
        async with till.request(one), till.request(one):
            pytest.fail("it began")
    await till.pay.tick()
    rows = await till.store.ledger.usage(ACCOUNT)
    assert {"payment_required", "limit_exceeded"} <= {row.code for row in rows}
    assert await till.left() == (BALANCE, 0)


async def test_a_repeated_request_gets_the_answer_of_the_first(till: Till) -> None:
    answer = StoredAnswer(status=200, headers={}, body=b"first")
    key = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=till.clock.now() + 60)
    claim = replace(CLAIM, idempotency=key)
    async with till.request(claim) as paid:
        await paid.end(Outcome(units=10, status=200, answer=answer))
    with pytest.raises(Replay) as replayed:
        async with till.request(claim):
            pytest.fail("it began")
    assert replayed.value.answer == answer
    assert await till.left() == (980, 0)


async def test_the_ledger_is_kept_beside_the_server(till: Till) -> None:
    async with till.pay.kept():
        with contextlib.suppress(Unavailable):
            async with till.request():
                raise Unavailable(12)
    finding = await till.store.ledger.verify()
    assert (finding.fault, finding.sealed_to) == ("", finding.transfers)
