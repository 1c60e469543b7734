"""The contract of `UsageStore`, over every implementation: pages of the log, totals by day, who is at work.

All of it has to be the same whether the rows have been listed by `Ledger.seal` already, or some, or none.
"""

import itertools
import random
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.store.ports_usage import AtWork, DayTotal, LogPage
from store.books import ACCOUNT, OTHER, PAYG, account, admission, ending, grant, new_id, project, usage

PROJECT, SECOND = UUID(int=7), UUID(int=8)
DAY = 86_400.0


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        await opened.projects.add_project(project(PROJECT.int))
        await opened.projects.add_project(project(SECOND.int))
        yield opened


@pytest.fixture(params=["none", "some", "all"])
def listed(request, store):
    """Lets none, some or all of the rows that are logged be listed."""

    async def after(rows):
        half = len(rows) // 2
        await store.ledger.note_usage(rows[:half])
        if request.param != "none":
            await store.ledger.seal(most=max(1, half))
        await store.ledger.note_usage(rows[half:])
        if request.param == "all":
            await store.ledger.seal(most=10_000)

    return after


def row(at=100.0, **changes):
    return usage(**{"at": at, "project_id": PROJECT, "dialect": "soniox", "latency_ms": 20, **changes})


def paid(charge, **changes):
    return row(charged=charge, paid_from={PAYG: charge} if charge else {}, **changes)


def page(**changes):
    fields = {"account_id": ACCOUNT, "project_id": PROJECT, "dialect": "soniox", "start": 0.0, "end": 1e9}
    return LogPage(**{**fields, **changes})


def shuffled(rows):
    return random.Random(7).sample(rows, len(rows))


# Pages of the log


async def test_served_requests_come_in_the_order_of_their_ends_then_of_ids(store, listed):
    rows = sorted((row(at) for at in (100.0, 101.5, 101.5, 101.5, 99.0, 250.25)), key=lambda one: (one.at, one.id))
    await listed(shuffled(rows))
    assert await store.log.served(page()) == tuple(rows)
    assert await store.log.served(page(newest_first=True)) == tuple(reversed(rows))


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("most", [1, 3, 4])
async def test_pages_put_together_are_the_whole_log(store, listed, most, newest_first):
    rows = sorted((row(float(at)) for at in (5, 5, 5, 6, 6, 7, 7, 7, 7, 7, 8)), key=lambda one: (one.at, one.id))
    await listed(shuffled(rows))
    found, after = [], None
    while got := await store.log.served(page(after=after, most=most, newest_first=newest_first)):
        assert len(got) <= most
        found += got
        after = (got[-1].at, got[-1].id)
    assert found == (rows[::-1] if newest_first else rows)


async def test_a_page_is_of_what_ended_from_its_start_to_before_its_end(store, listed):
    await listed([row(at) for at in (99.999, 100.0, 150.0, 199.999, 200.0)])
    for newest_first in (False, True):
        got = await store.log.served(page(start=100.0, end=200.0, newest_first=newest_first))
        assert sorted(one.at for one in got) == [100.0, 150.0, 199.999]
    assert await store.log.served(page(start=200.0, end=100.0)) == ()


async def test_a_page_shows_only_what_was_served_in_that_project_and_dialect(store, listed):
    mine = row(150.0)
    others = [
        row(150.0, status=402, code="payment_required", latency_ms=0),
        row(150.0, status=499, code="client_gone"),
        row(150.0, dialect="sonna"),
        row(150.0, project_id=SECOND),
        row(150.0, project_id=None),
        row(150.0, account_id=OTHER, project_id=None),
    ]
    await listed([*others[:3], mine, *others[3:]])
    assert await store.log.served(page()) == (mine,)


async def test_a_row_without_a_project_is_in_the_first_one(store, listed):
    rows = [row(100.0, project_id=None), row(101.0, project_id=ACCOUNT), row(102.0), row(103.0, project_id=None)]
    await listed(rows)
    got = await store.log.served(page(project_id=ACCOUNT))
    assert [one.id for one in got] == [rows[0].id, rows[1].id, rows[3].id]
    assert {one.project_id for one in got} == {None}
    assert {one.project_id for one in await store.ledger.usage(ACCOUNT)} == {None, PROJECT}


async def test_a_served_request_shows_what_the_ledger_filled_in(store):
    await store.ledger.grant(grant(1000))
    asked = admission(100, project_id=PROJECT, dialect="soniox")
    await store.ledger.admit(asked)
    logged = row(110.0, id=asked.id, client_reference_id="theirs", key_id=None)
    await store.ledger.end(ending(asked, 60, usage=logged))
    expected = replace(logged, charged=60, paid_from={PAYG: 60})
    assert await store.log.served(page()) == (expected,)
    await store.ledger.seal(most=100)
    assert await store.log.served(page()) == (expected,)


async def test_an_account_that_nobody_knows_was_served_nothing(store):
    nobody = {"account_id": UUID(int=99), "project_id": UUID(int=99), "dialect": "soniox"}
    assert await store.log.served(page(**nobody)) == ()
    assert await store.log.by_day(**nobody, start=0.0, end=DAY) == ()
    assert await store.log.at_work(**nobody, at=0.0) == AtWork(organization=0, project=0)


# Totals by day


async def totals(store, start=0.0, end=1e9, **changes):
    of = {"account_id": ACCOUNT, "project_id": PROJECT, "dialect": "soniox", **changes}
    return await store.log.by_day(**of, start=start, end=end)


async def test_totals_are_by_day_then_by_model(store, listed):
    rows = [
        paid(1, at=0.0, model="b", units=10),
        paid(2, at=DAY - 0.001, model="a", units=20),
        paid(4, at=DAY - 0.001, model="b", units=30),
        paid(8, at=DAY, model="a", units=40),
        paid(16, at=DAY * 40.5, model="b", units=50),
        paid(0, at=DAY * 40.5, model="b", units=0),
    ]
    await listed(shuffled(rows))
    assert await totals(store) == (
        DayTotal(day=0, model="a", requests=1, units=20, charged=2),
        DayTotal(day=0, model="b", requests=2, units=40, charged=5),
        DayTotal(day=1, model="a", requests=1, units=40, charged=8),
        DayTotal(day=40, model="b", requests=2, units=50, charged=16),
    )


async def test_totals_are_of_what_was_served_in_that_project_and_dialect(store, listed):
    rows = [
        paid(1),
        paid(2, status=499, code="client_gone"),
        paid(4, dialect="sonna"),
        paid(8, project_id=SECOND),
        paid(16, project_id=None),
        paid(32, account_id=OTHER, project_id=None),
        paid(64, project_id=ACCOUNT),
    ]
    await listed(rows)
    assert [one.charged for one in await totals(store)] == [1]
    assert [one.charged for one in await totals(store, project_id=ACCOUNT)] == [16 + 64]
    assert [one.charged for one in await totals(store, account_id=OTHER, project_id=OTHER)] == [32]


async def test_of_days_that_are_cut_only_what_is_in_the_stretch_counts(store, listed):
    rows = [row(DAY * quarter / 4, units=10**quarter) for quarter in range(16)]
    await listed(shuffled(rows))
    for start, end in itertools.product((0.0, 0.5, 0.75, 1.0, 1.25), (0.75, 1.0, 1.5, 2.0, 2.001, 2.25, 4.0)):
        expected = [
            (day, sum(units), len(units))
            for day in range(4)
            if (units := [one.units for one in rows if DAY * start <= one.at < DAY * end and one.at // DAY == day])
        ]
        got = await totals(store, start=DAY * start, end=DAY * end)
        assert [(one.day, one.units, one.requests) for one in got] == expected, (start, end)


async def test_a_row_that_is_logged_twice_counts_once(store, listed):
    once = row(100.0)
    await listed([once, row(101.0)])
    await listed([once, row(102.0)])
    assert [one.requests for one in await totals(store)] == [3]
    assert len(await store.log.served(page())) == 3


# At work


async def at_work(store, at=100.0, project_id=PROJECT, account_id=ACCOUNT):
    counted = await store.log.at_work(account_id=account_id, project_id=project_id, dialect="soniox", at=at)
    return counted.organization, counted.project


async def test_those_at_work_are_counted_for_the_account_and_for_the_project(store):
    of = {"dialect": "soniox"}
    asked = [
        admission(project_id=PROJECT, **of),
        admission(project_id=PROJECT, **of),
        admission(project_id=SECOND, **of),
        admission(**of),
        admission(project_id=PROJECT, dialect="sonna"),
        admission(account_id=OTHER, **of),
    ]
    for one in asked:
        await store.ledger.admit(one)
    assert await at_work(store) == (4, 2)
    assert await at_work(store, project_id=ACCOUNT) == (4, 1)
    assert await at_work(store, project_id=OTHER, account_id=OTHER) == (1, 1)
    await store.ledger.end(ending(asked[0]))
    assert await at_work(store) == (3, 1)


async def test_one_whose_time_is_over_is_not_at_work_any_more(store):
    await store.ledger.admit(admission(project_id=PROJECT, dialect="soniox", until=160.0))
    assert await at_work(store, at=159.9) == (1, 1)
    assert await at_work(store, at=160.0) == (0, 0)


async def test_ids_of_the_log_stay_as_they_were(store, listed):
    rows = [row(float(number), id=new_id()) for number in range(20)]
    await listed(rows)
    assert [one.id for one in await store.log.served(page())] == [one.id for one in rows]
