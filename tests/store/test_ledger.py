"""The contract of `Ledger`, over every implementation: holds, ends, lots, leases, statements."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

import pytest

from antiphon.domain.errors import Conflict, LimitExceeded, NotFound, PaymentRequired
from antiphon.domain.ledger import TransferKind
from antiphon.store.ports import Concurrency
from store.books import (
    ACCOUNT,
    FREE,
    OTHER,
    PAYG,
    SUBSCRIPTION,
    account,
    admission,
    ending,
    grant,
    new_id,
    usage,
)


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        yield opened
        assert (await opened.ledger.verify()).fault == ""


@pytest.fixture
def ledger(store):
    return store.ledger


async def spendable(ledger, of=ACCOUNT, at=100.0):
    """What is in each bucket; empty ones left out."""
    balance = await ledger.balance(of, at=at)
    return {bucket: amount for bucket, amount in balance.available.items() if amount}


async def held(ledger, of=ACCOUNT):
    return (await ledger.balance(of, at=100.0)).held


async def movements(ledger, of=ACCOUNT):
    return [
        (line.kind, {bucket: amount for bucket, amount in line.changes.items() if amount}, line.held)
        for line in await ledger.statement(of)
    ]


async def sums_of_statement(ledger, of=ACCOUNT):
    """What the lines of a statement come to: (by bucket, held)."""
    buckets, held = {}, 0
    for line in await ledger.statement(of, most=100_000):
        held += line.held
        for bucket, amount in line.changes.items():
            buckets[bucket] = buckets.get(bucket, 0) + amount
    return {bucket: amount for bucket, amount in buckets.items() if amount}, held


# Granting


async def test_a_grant_can_be_spent(ledger):
    assert await ledger.grant(grant(500, PAYG))
    assert await spendable(ledger) == {PAYG: 500}


async def test_a_grant_given_twice_is_given_once(ledger):
    once = grant(500, transfer_id="topup:payment 1")
    assert await ledger.grant(once)
    assert not await ledger.grant(once)
    assert not await ledger.grant(replace(once, lot_id=new_id()))
    assert await spendable(ledger) == {PAYG: 500}


async def test_a_grant_given_by_many_at_once_is_given_once(ledger):
    given = await asyncio.gather(*(ledger.grant(grant(500, transfer_id="topup:payment 1")) for _ in range(50)))
    assert given.count(True) == 1
    assert await spendable(ledger) == {PAYG: 500}


@pytest.mark.parametrize("amount", [0, -1])
async def test_a_grant_of_nothing_is_a_fault(ledger, amount):
    with pytest.raises(ValueError, match="positive"):
        await ledger.grant(grant(amount))
    assert await spendable(ledger) == {}


async def test_nobody_has_what_another_was_granted(ledger):
    await ledger.grant(grant(500))
    assert await spendable(ledger, OTHER) == {}
    with pytest.raises(PaymentRequired):
        await ledger.admit(admission(1, account_id=OTHER))


async def test_an_account_that_nobody_knows_has_nothing_and_can_do_nothing(ledger):
    nobody = UUID(int=99)
    assert (await spendable(ledger, nobody), await held(ledger, nobody)) == ({}, 0)
    assert (await ledger.statement(nobody), await ledger.usage(nobody)) == ((), ())
    for attempt in (ledger.grant(grant(100, account_id=nobody)), ledger.admit(admission(1, account_id=nobody))):
        with pytest.raises((NotFound, PaymentRequired)):
            await attempt


# Holding


async def test_what_is_held_cannot_be_spent_again(ledger):
    await ledger.grant(grant(500))
    admitted = await ledger.admit(admission(400))
    assert admitted.available == 100
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 100}, 400)
    with pytest.raises(PaymentRequired) as refused:
        await ledger.admit(admission(101))
    assert refused.value.reason == "balance"


async def test_the_last_millicredit_can_be_held(ledger):
    await ledger.grant(grant(500))
    assert (await ledger.admit(admission(500))).available == 0


async def test_buckets_are_spent_in_the_order_given(ledger):
    for bucket in (PAYG, FREE, SUBSCRIPTION):
        await ledger.grant(grant(100, bucket))
    admitted = await ledger.admit(admission(250, order=(SUBSCRIPTION, PAYG, FREE)))
    assert [(part.bucket, part.amount) for part in admitted.split] == [(SUBSCRIPTION, 100), (PAYG, 100), (FREE, 50)]


async def test_a_bucket_that_may_not_be_spent_is_let_alone(ledger):
    await ledger.grant(grant(100, FREE))
    await ledger.grant(grant(100, PAYG))
    with pytest.raises(PaymentRequired):
        await ledger.admit(admission(101, order=(PAYG,)))
    assert (await ledger.admit(admission(40, order=(PAYG,)))).available == 60


async def test_within_a_bucket_what_ends_soonest_is_spent_first(ledger):
    never, later, sooner = grant(10), grant(10, expires_at=2000.0), grant(10, expires_at=1000.0)
    for given in (never, later, sooner):
        await ledger.grant(given)
    admitted = await ledger.admit(admission(25))
    assert [(part.lot_id, part.amount) for part in admitted.split] == [
        (sooner.lot_id, 10),
        (later.lot_id, 10),
        (never.lot_id, 5),
    ]


async def test_nothing_can_be_spent_from_the_second_on_at_which_it_expires(ledger):
    await ledger.grant(grant(500, expires_at=200.0))
    assert await spendable(ledger, at=199.9) == {PAYG: 500}
    assert await spendable(ledger, at=200.0) == {}
    with pytest.raises(PaymentRequired):
        await ledger.admit(admission(1, at=200.0))


async def test_a_refused_request_leaves_nothing_behind(ledger):
    await ledger.grant(grant(500))
    before = await ledger.statement(ACCOUNT)
    limit = (Concurrency(tier="organization", most=1),)
    with pytest.raises(PaymentRequired):
        await ledger.admit(admission(501, concurrency=limit))
    assert await ledger.statement(ACCOUNT) == before
    assert await spendable(ledger) == {PAYG: 500}
    await ledger.admit(admission(500, concurrency=limit))


async def test_a_request_can_hold_nothing(ledger):
    asked = admission(0)
    assert (await ledger.admit(asked)).split == ()
    assert (await ledger.end(ending(asked))).held == 0
    assert await ledger.statement(ACCOUNT) == ()


async def test_a_negative_hold_is_a_fault(ledger):
    await ledger.grant(grant(500))
    asked = admission(100)
    await ledger.admit(asked)
    with pytest.raises(ValueError, match="negative"):
        await ledger.admit(admission(-1))
    with pytest.raises(ValueError, match="negative"):
        await ledger.extend(asked.id, amount=-1, order=asked.order, at=101.0)
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 400}, 100)


async def test_further_slices_are_held_one_by_one(ledger):
    await ledger.grant(grant(100, FREE))
    await ledger.grant(grant(100, PAYG))
    asked = admission(80)
    await ledger.admit(asked)
    await ledger.extend(asked.id, amount=60, order=asked.order, at=101.0)
    await ledger.extend(asked.id, amount=20, order=asked.order, at=102.0)
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 40}, 160)


async def test_a_slice_that_is_refused_leaves_those_before_it_held(ledger):
    await ledger.grant(grant(100))
    asked = admission(80)
    await ledger.admit(asked)
    with pytest.raises(PaymentRequired):
        await ledger.extend(asked.id, amount=21, order=asked.order, at=101.0)
    assert await held(ledger) == 80
    assert (await ledger.end(ending(asked, 80))).available.get(PAYG, 0) == 20


async def test_nothing_is_held_for_a_request_that_has_ended_or_never_was(ledger):
    await ledger.grant(grant(100))
    asked = admission(10)
    await ledger.admit(asked)
    await ledger.end(ending(asked, 10))
    for request_id in (asked.id, new_id()):
        with pytest.raises(Conflict) as refused:
            await ledger.extend(request_id, amount=1, order=asked.order, at=101.0)
        assert refused.value.reason == "ended"
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 90}, 0)


# Ending


async def test_what_is_charged_is_gone_and_the_rest_is_back(ledger):
    await ledger.grant(grant(500))
    asked = admission(400)
    await ledger.admit(asked)
    balance = await ledger.end(ending(asked, 150))
    assert (balance.available, balance.held) == ({PAYG: 350}, 0)
    assert await spendable(ledger) == {PAYG: 350}
    assert await movements(ledger) == [
        (TransferKind.GRANT, {PAYG: 500}, 0),
        (TransferKind.HOLD, {PAYG: -400}, 400),
        (TransferKind.SETTLE, {PAYG: 250}, -400),
    ]


async def test_a_release_gives_every_lot_back_what_it_gave(ledger):
    granted = [
        grant(100, FREE, expires_at=900.0),
        grant(100, SUBSCRIPTION, expires_at=900.0),
        grant(100, SUBSCRIPTION, expires_at=800.0),
        grant(100, PAYG),
    ]
    for given in granted:
        await ledger.grant(given)
    asked = admission(150)
    first = await ledger.admit(asked)
    await ledger.extend(asked.id, amount=120, order=asked.order, at=101.0)
    await ledger.end(ending(asked, 0))
    assert await spendable(ledger) == {FREE: 100, SUBSCRIPTION: 200, PAYG: 100}
    again = await ledger.admit(admission(150))
    assert again.split == first.split
    assert (await movements(ledger))[-2] == (
        TransferKind.RELEASE,
        {FREE: 100, SUBSCRIPTION: 170},
        -270,
    )


async def test_a_charge_is_taken_in_the_order_in_which_it_was_held(ledger):
    for bucket in (FREE, SUBSCRIPTION, PAYG):
        await ledger.grant(grant(100, bucket))
    asked = admission(90)
    await ledger.admit(asked)
    await ledger.extend(asked.id, amount=180, order=asked.order, at=101.0)
    row = usage(id=asked.id)
    await ledger.end(ending(asked, 130, usage=row))
    assert await spendable(ledger) == {SUBSCRIPTION: 70, PAYG: 100}
    assert await ledger.usage(ACCOUNT) == (replace(row, charged=130, paid_from={FREE: 100, SUBSCRIPTION: 30}),)


async def test_a_request_is_ended_once_however_many_try(ledger):
    await ledger.grant(grant(500))
    asked = admission(400)
    await ledger.admit(asked)
    ends = [ledger.end(ending(asked, charge, usage=usage(id=asked.id))) for charge in range(20)]
    results = await asyncio.gather(*ends, return_exceptions=True)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert [error.reason for error in refused] == ["ended"] * 19
    (charged,) = [row.charged for row in await ledger.usage(ACCOUNT)]
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 500 - charged}, 0)


@pytest.mark.parametrize("charge", [401, -1])
async def test_a_charge_beyond_what_is_held_is_a_fault_and_ends_nothing(ledger, charge):
    await ledger.grant(grant(500))
    asked = admission(400)
    await ledger.admit(asked)
    with pytest.raises(ValueError, match=r"more than is held|negative"):
        await ledger.end(ending(asked, charge))
    assert await held(ledger) == 400
    assert (await ledger.end(ending(asked, 400))).available == {PAYG: 100}


async def test_the_balance_that_an_end_gives_was_true_at_its_commit(ledger):
    await ledger.grant(grant(10_000))
    asked = [admission(100) for _ in range(100)]
    await asyncio.gather(*map(ledger.admit, asked))
    balances = await asyncio.gather(*(ledger.end(ending(of, 30)) for of in asked))
    seen = {(balance.available[PAYG], balance.held) for balance in balances}
    assert seen <= {(70 * ended, 10_000 - 100 * ended) for ended in range(1, 101)}
    assert max(seen) == (7000, 0)


async def test_what_an_end_tells_to_be_available_is_what_may_be_spent(ledger):
    await ledger.grant(grant(100, FREE))
    await ledger.grant(grant(100, PAYG))
    asked = admission(10, order=(PAYG,))
    await ledger.admit(asked)
    assert (await ledger.end(ending(asked, 10, order=(PAYG,)))).available == {PAYG: 90}


async def test_what_goes_back_to_a_lot_that_has_expired_meanwhile_expires_at_once(ledger):
    await ledger.grant(grant(100, expires_at=105.0))
    await ledger.grant(grant(100))
    asked = admission(150)
    await ledger.admit(asked)
    balance = await ledger.end(ending(asked, 30, at=110.0))
    assert (balance.available, balance.held) == ({PAYG: 100}, 0)
    assert (await movements(ledger))[-2:] == [
        (TransferKind.SETTLE, {PAYG: 120}, -150),
        (TransferKind.EXPIRE, {PAYG: -70}, 0),
    ]


async def test_what_goes_back_to_a_lot_that_was_taken_back_expires_even_where_the_clock_steps_back(ledger):
    await ledger.grant(grant(100, expires_at=105.0))
    asked = admission(60)
    await ledger.admit(asked)
    assert await ledger.expire_lots(now=106.0, most=10) == 1
    balance = await ledger.end(ending(asked, 0, at=104.0))
    assert (sum(balance.available.values()), balance.held) == (0, 0)
    assert await spendable(ledger, at=104.0) == {}
    assert await ledger.expire_lots(now=106.0, most=10) == 0


# Leases


def one(tier="organization", most=1):
    return (Concurrency(tier=tier, most=most),)


async def test_so_many_requests_run_at_once_and_no_more(ledger):
    asked = [admission(concurrency=one(most=3)) for _ in range(20)]
    results = await asyncio.gather(*map(ledger.admit, asked), return_exceptions=True)
    refused = [result for result in results if isinstance(result, LimitExceeded)]
    assert len(refused) == 17
    assert {(error.reason, error.tier) for error in refused} == {("concurrency", "organization")}


async def test_an_end_gives_the_lease_back(ledger):
    first = admission(concurrency=one())
    await ledger.admit(first)
    with pytest.raises(LimitExceeded):
        await ledger.admit(admission(concurrency=one()))
    await ledger.end(ending(first))
    await ledger.admit(admission(concurrency=one()))


async def test_leases_are_counted_by_account_and_dialect(ledger):
    await ledger.admit(admission(concurrency=one()))
    await ledger.admit(admission(concurrency=one(), dialect="soniox"))
    await ledger.admit(admission(concurrency=one(), account_id=OTHER))


async def test_leases_of_a_project_are_its_own(ledger):
    limits = (*one(most=3), *one("project", most=1))
    first, second = UUID(int=11), UUID(int=12)
    await ledger.admit(admission(concurrency=limits, project_id=first))
    await ledger.admit(admission(concurrency=limits, project_id=second))
    with pytest.raises(LimitExceeded) as refused:
        await ledger.admit(admission(concurrency=limits, project_id=first))
    assert refused.value.tier == "project"


async def test_the_first_limit_that_refuses_is_told(ledger):
    project = UUID(int=11)
    limits = (*one(), *one("project"))
    await ledger.admit(admission(concurrency=limits, project_id=project))
    with pytest.raises(LimitExceeded) as refused:
        await ledger.admit(admission(concurrency=limits, project_id=project))
    assert refused.value.tier == "organization"


async def test_a_request_that_is_overdue_has_no_lease_any_more(ledger):
    first = admission(concurrency=one(), at=100.0, until=160.0)
    await ledger.admit(first)
    with pytest.raises(LimitExceeded):
        await ledger.admit(admission(concurrency=one(), at=159.9))
    await ledger.admit(admission(concurrency=one(), at=160.0))


async def test_a_lease_is_kept_by_renewing_it(ledger):
    first = admission(concurrency=one(), at=100.0, until=160.0)
    await ledger.admit(first)
    assert await ledger.renew([first.id], until=220.0) == {first.id}
    with pytest.raises(LimitExceeded):
        await ledger.admit(admission(concurrency=one(), at=200.0, until=260.0))
    assert await ledger.end_overdue(now=219.9, most=10) == 0


async def test_renewing_never_brings_an_end_forward(ledger):
    first = admission(until=160.0)
    await ledger.admit(first)
    assert await ledger.renew([first.id], until=120.0) == {first.id}
    assert await ledger.end_overdue(now=159.0, most=10) == 0


async def test_renewing_tells_which_are_still_open(ledger):
    at_work, ended = admission(), admission()
    await ledger.admit(at_work)
    await ledger.admit(ended)
    await ledger.end(ending(ended))
    assert await ledger.renew([at_work.id, ended.id, new_id()], until=200.0) == {at_work.id}
    assert await ledger.renew([], until=200.0) == frozenset()


# The dead


async def test_what_a_dead_request_held_goes_back(ledger):
    await ledger.grant(grant(500))
    dead, alive = admission(100, until=160.0), admission(200, until=170.0)
    await ledger.admit(dead)
    await ledger.admit(alive)
    assert await ledger.end_overdue(now=160.0, most=10) == 1
    assert (await spendable(ledger), await held(ledger)) == ({PAYG: 300}, 200)
    with pytest.raises(Conflict) as refused:
        await ledger.end(ending(dead, 100))
    assert refused.value.reason == "ended"
    assert await ledger.end_overdue(now=160.0, most=10) == 0


async def test_an_end_that_comes_late_but_before_anyone_noticed_is_taken(ledger):
    await ledger.grant(grant(500))
    asked = admission(100, until=160.0)
    await ledger.admit(asked)
    assert (await ledger.end(ending(asked, 100, at=500.0))).available == {PAYG: 400}
    assert await ledger.end_overdue(now=500.0, most=10) == 0


async def test_the_dead_are_released_a_few_at_a_time_the_longest_dead_first(ledger):
    await ledger.grant(grant(500))
    asked = [admission(2**number, until=100.0 + number) for number in reversed(range(8))]
    for of in asked:
        await ledger.admit(of)
    assert await ledger.end_overdue(now=1000.0, most=3) == 3
    assert await held(ledger) == 8 + 16 + 32 + 64 + 128
    assert await ledger.end_overdue(now=1000.0, most=100) == 5
    assert await held(ledger) == 0


async def test_at_the_start_of_the_only_server_all_that_was_open_is_released(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account())
        await store.ledger.grant(grant(500))
        for _ in range(3):
            await store.ledger.admit(admission(100))
    async with open_store() as store:
        assert await held(store.ledger) == 300
        assert await store.ledger.end_all(now=105.0) == 3
        assert (await spendable(store.ledger), await held(store.ledger)) == ({PAYG: 500}, 0)
        assert await store.ledger.end_all(now=105.0) == 0


# The ends of lots


async def test_what_is_left_in_a_lot_is_taken_back_when_its_time_is_over(ledger):
    await ledger.grant(grant(100, expires_at=200.0))
    await ledger.grant(grant(70, expires_at=300.0))
    assert await ledger.expire_lots(now=199.9, most=10) == 0
    assert await ledger.expire_lots(now=200.0, most=10) == 1
    assert await ledger.expire_lots(now=200.0, most=10) == 0
    assert (await movements(ledger))[-1] == (TransferKind.EXPIRE, {PAYG: -100}, 0)
    assert await spendable(ledger) == {PAYG: 70}


async def test_lots_are_taken_back_a_few_at_a_time(ledger):
    for _ in range(5):
        await ledger.grant(grant(10, expires_at=200.0))
    counts = [await ledger.expire_lots(now=300.0, most=2) for _ in range(4)]
    assert counts == [2, 2, 1, 0]


async def test_leaving_a_plan_ends_its_bucket_and_no_other(ledger):
    await ledger.grant(grant(100, SUBSCRIPTION, expires_at=900.0))
    await ledger.grant(grant(100, SUBSCRIPTION))
    await ledger.grant(grant(100, PAYG))
    await ledger.grant(grant(100, SUBSCRIPTION, account_id=OTHER))
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=100.0)
    assert await spendable(ledger) == {PAYG: 100}
    assert await spendable(ledger, OTHER) == {SUBSCRIPTION: 100}


async def test_leaving_a_plan_touches_no_hold(ledger):
    await ledger.grant(grant(100, SUBSCRIPTION, expires_at=900.0))
    asked = admission(60)
    await ledger.admit(asked)
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=105.0)
    assert (await spendable(ledger), await held(ledger)) == ({}, 60)
    row = usage(id=asked.id)
    balance = await ledger.end(ending(asked, 40, usage=row))
    assert (sum(balance.available.values()), balance.held) == (0, 0)
    assert (await ledger.usage(ACCOUNT))[0].paid_from == {SUBSCRIPTION: 40}


async def test_leaving_a_plan_twice_is_leaving_it_once(ledger):
    await ledger.grant(grant(100, SUBSCRIPTION))
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=100.0)
    before = await ledger.statement(ACCOUNT)
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=101.0)
    assert await ledger.expire_lots(now=5000.0, most=10) == 0
    assert await ledger.statement(ACCOUNT) == before


async def test_a_new_grant_of_a_bucket_that_was_ended_can_be_spent(ledger):
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=100.0)
    await ledger.grant(grant(100, SUBSCRIPTION, at=101.0))
    assert await spendable(ledger, at=101.0) == {SUBSCRIPTION: 100}


# Statements


async def test_the_lines_of_a_statement_come_to_the_balance(ledger):
    await ledger.grant(grant(100, FREE, expires_at=105.0))
    await ledger.grant(grant(300, SUBSCRIPTION, expires_at=900.0))
    await ledger.grant(grant(5000, PAYG))
    done, dead, at_work, refused = admission(250), admission(300, until=120.0), admission(77), admission(50_000)
    await ledger.admit(done)
    await ledger.extend(done.id, amount=200, order=done.order, at=101.0)
    await ledger.admit(dead)
    await ledger.admit(at_work)
    with pytest.raises(PaymentRequired):
        await ledger.admit(refused)
    await ledger.end(ending(done, 333))
    await ledger.end_overdue(now=130.0, most=10)
    await ledger.end_lots(ACCOUNT, bucket=SUBSCRIPTION, at=140.0)
    await ledger.expire_lots(now=150.0, most=10)
    balance = await ledger.balance(ACCOUNT, at=150.0)
    available = {bucket: amount for bucket, amount in balance.available.items() if amount}
    assert await sums_of_statement(ledger) == (available, balance.held)
    assert balance.held == 77


async def test_each_line_says_what_it_is_and_when(ledger):
    await ledger.grant(grant(500, transfer_id="topup:payment 1", at=50.0, note="A top-up"))
    asked = admission(100, at=100.0)
    await ledger.admit(asked)
    await ledger.end(ending(asked, 60, at=110.0))
    lines = await ledger.statement(ACCOUNT)
    assert [(line.kind, line.at) for line in lines] == [("grant", 50.0), ("hold", 100.0), ("settle", 110.0)]
    assert (lines[0].transfer_id, lines[0].note) == ("topup:payment 1", "A top-up")
    assert str(asked.id) in lines[1].transfer_id
    assert lines[2].transfer_id == f"end:{asked.id}"
    assert all(before.seq < after.seq for before, after in pairwise(lines))


async def test_a_statement_is_read_page_by_page(ledger):
    for _ in range(5):
        await ledger.grant(grant(100))
        await ledger.grant(grant(100, account_id=OTHER))
    lines = await ledger.statement(ACCOUNT)
    assert len(lines) == 5
    first = await ledger.statement(ACCOUNT, most=2)
    rest = await ledger.statement(ACCOUNT, after=first[-1].seq)
    assert (*first, *rest) == tuple(lines)


# The request log


async def test_a_usage_row_comes_back_as_it_went_in(ledger):
    row = usage(key_id=None, client_reference_id="theirs", code="payment_required", status=402)
    await ledger.note_usage([row])
    assert await ledger.usage(ACCOUNT) == (row,)


async def test_the_request_log_is_read_page_by_page_in_the_order_of_ids(ledger):
    rows = [usage() for _ in range(5)]
    await ledger.note_usage([*reversed(rows), usage(account_id=OTHER)])
    assert await ledger.usage(ACCOUNT, most=2) == tuple(rows[:2])
    assert await ledger.usage(ACCOUNT, after=rows[1].id) == tuple(rows[2:])


async def test_no_rows_are_noted_at_all(ledger):
    await ledger.note_usage([])
    assert await ledger.usage(ACCOUNT) == ()


# Seals


async def test_transfers_come_under_seal_a_few_at_a_time(ledger):
    for _ in range(10):
        await ledger.grant(grant(1))
    assert await ledger.seal(most=4) == 4
    finding = await ledger.verify()
    lines = await ledger.statement(ACCOUNT)
    assert (finding.transfers, finding.sealed_to, finding.fault) == (10, lines[3].seq, "")
    assert await ledger.seal(most=100) == 6
    assert await ledger.seal(most=100) == 0
    assert (await ledger.verify()).sealed_to == lines[9].seq


async def test_many_transfers_need_many_seals(ledger):
    await asyncio.gather(*(ledger.grant(grant(1)) for _ in range(600)))
    assert await ledger.seal(most=1000) == 600
    finding = await ledger.verify()
    assert (finding.transfers, finding.fault) == (600, "")


async def test_sealing_at_the_same_time_seals_once(ledger):
    for _ in range(10):
        await ledger.grant(grant(1))
    counts = await asyncio.gather(*(ledger.seal(most=100) for _ in range(5)))
    assert sum(counts) == 10


async def test_a_ledger_without_a_transfer_is_sound(ledger):
    finding = await ledger.verify()
    assert (finding.transfers, finding.sealed_to, finding.fault) == (0, 0, "")
    assert await ledger.seal(most=10) == 0


# Keeping


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account())
        await store.ledger.grant(grant(500))
        asked = admission(100)
        await store.ledger.admit(asked)
        await store.ledger.seal(most=10)
        lines = await store.ledger.statement(ACCOUNT)
    async with open_store() as store:
        assert await store.ledger.statement(ACCOUNT) == lines
        balance = await store.ledger.end(ending(asked, 60))
        assert (balance.available, balance.held) == ({PAYG: 440}, 0)
        assert (await store.ledger.verify()).fault == ""


# Many at once


class CarelessLedger:
    """Asks for the balance first and believes it afterwards, as if nobody came between: the planted bug."""

    def __init__(self, ledger):
        self._ledger = ledger

    async def admit(self, asked):
        balance = await self._ledger.balance(asked.account_id, at=asked.at)
        if sum(balance.available.values()) < asked.hold:
            raise PaymentRequired("balance")
        await asyncio.sleep(0)
        try:
            return await self._ledger.admit(asked)
        except PaymentRequired:
            return await self._ledger.admit(replace(asked, hold=0))


async def overspent(store, under_test, *, of, fits=50, price=7):
    """A thousand requests at once for an account that can pay for `fits`: how many too many were let in."""
    await store.keys.ensure_account(account(of))
    await store.ledger.grant(grant(fits * price // 2, FREE, account_id=of))
    await store.ledger.grant(grant(fits * price - fits * price // 2, PAYG, account_id=of))
    asked = [admission(price, account_id=of) for _ in range(1000)]
    results = await asyncio.gather(*map(under_test.admit, asked), return_exceptions=True)
    refused = sum(isinstance(result, PaymentRequired) for result in results)
    admitted = sum(not isinstance(result, BaseException) for result in results)
    assert refused + admitted == 1000
    return admitted - fits


async def test_a_thousand_requests_at_once_never_spend_more_than_there_is(store):
    for round_ in range(5):
        of = UUID(int=1000 + round_)
        assert await overspent(store, store.ledger, of=of) == 0
        assert (await spendable(store.ledger, of), await held(store.ledger, of)) == ({}, 350)


async def test_the_harness_notices_a_ledger_that_looks_before_it_leaps(store):
    assert await overspent(store, CarelessLedger(store.ledger), of=UUID(int=2000)) > 0
