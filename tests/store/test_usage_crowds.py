"""The contract of `UsageStore.crowds`, over every implementation: how many were at work at once.

seconds   0         10        20        30        40
a         ....######################..............        [4, 26)
b         .........###########....................        [9, 20)
c         ....................######..............        [20, 26)
d         .......................................##...    at work since 39
refused   ..........!.............................        at 10, for no time at all
"""

import asyncio
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.kit.ids import uuid7
from antiphon.store.ports_usage import Crowd
from store.books import ACCOUNT, OTHER, account, admission, new_id, usage

PROJECT, SECOND = UUID(int=7), UUID(int=8)


def done(begin, end, **changes):
    fields = {"at": end, "latency_ms": round(1000 * (end - begin)), "project_id": PROJECT, "dialect": "soniox"}
    return usage(**{**fields, **changes})


def begun_at(moment, **changes):
    id_ = uuid7(round(1000 * moment), new_id().bytes[-10:])
    return admission(id=id_, **{"project_id": PROJECT, "dialect": "soniox", "at": moment, "until": 1e6, **changes})


TABLE = [done(4, 26), done(9, 20), done(20, 26), done(10, 10, status=402, code="payment_required")]


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        yield opened


@pytest.fixture(params=["none", "some", "all"])
async def table(request, store):
    """The table above; of what is logged, none, some or all is listed by `Ledger.seal`."""
    await store.ledger.note_usage(TABLE)
    if request.param != "none":
        await store.ledger.seal(most={"some": 2, "all": 100}[request.param])
    await store.ledger.admit(begun_at(39))
    return store


async def crowds(store, start, end, period, **changes):
    of = {"account_id": ACCOUNT, "project_id": PROJECT, "dialect": "soniox", **changes}
    found = await store.log.crowds(**of, start=start, end=end, period=period)
    return [(one.begins, one.least, one.most, one.seconds, one.begun) for one in found]


async def test_every_period_tells_its_fewest_its_most_its_sum_and_how_many_began(table):
    assert await crowds(table, 0, 40, 10) == [
        (0, 0, 2, 7, 2),
        (10, 2, 2, 20, 0),
        (20, 0, 2, 12, 1),
        (30, 0, 1, 1, 1),
    ]


async def test_those_who_began_before_the_first_period_are_in_it(table):
    assert await crowds(table, 12, 18, 3) == [(12, 2, 2, 6, 0), (15, 2, 2, 6, 0)]


async def test_one_who_leaves_at_the_moment_another_comes_never_met_him(table):
    assert await crowds(table, 19, 21, 2) == [(19, 2, 2, 4, 1)]


async def test_one_who_leaves_at_the_beginning_of_a_period_is_not_in_it(table):
    assert await crowds(table, 26, 28, 1) == [(26, 0, 0, 0, 0), (27, 0, 0, 0, 0)]


async def test_the_last_period_ends_with_the_stretch(table):
    assert await crowds(table, 20, 25, 2) == [(20, 2, 2, 4, 1), (22, 2, 2, 4, 0), (24, 2, 2, 2, 0)]


async def test_those_at_work_count_from_the_time_in_their_id_on(table):
    assert await crowds(table, 38, 46, 4) == [(38, 0, 1, 3, 1), (42, 1, 1, 4, 0)]
    assert await crowds(table, 38, 39, 1) == [(38, 0, 0, 0, 0)]


async def test_a_project_where_nobody_works_has_idle_periods(table):
    idle = [(0, 0, 0, 0, 0), (20, 0, 0, 0, 0)]
    for changes in ({"project_id": SECOND}, {"dialect": "sonna"}, {"account_id": OTHER, "project_id": OTHER}):
        assert await crowds(table, 0, 40, 20, **changes) == idle
    nobody = UUID(int=99)
    assert await crowds(table, 0, 40, 20, account_id=nobody, project_id=nobody) == idle


async def test_a_stretch_of_no_length_has_no_periods(table):
    assert await crowds(table, 20, 20, 5) == []
    assert await crowds(table, 20, 10, 5) == []


async def test_the_periods_of_a_stretch_that_begins_anywhere_are_all_there(table):
    start = 1_790_000_000.1
    found = await crowds(table, start, start + 86_400, 60)
    assert [begins for begins, *_ in found] == [start + number * 60 for number in range(1440)]
    assert {(least, most, round(seconds, 3), begun) for _, least, most, seconds, begun in found} == {(1, 1, 60.0, 0)}


async def test_requests_without_a_project_are_in_the_first_one(store):
    await store.ledger.note_usage([done(1, 3, project_id=None), done(2, 5, project_id=ACCOUNT), done(0, 9)])
    await store.ledger.seal(most=1)
    await store.ledger.admit(begun_at(4, project_id=None))
    assert await crowds(store, 0, 10, 10, project_id=ACCOUNT) == [(0, 0, 2, 2 + 3 + 6, 3)]


async def test_one_who_stayed_for_days_is_seen_in_each_of_them(store):
    day = 86_400
    await store.ledger.note_usage([done(0.5 * day, 3.5 * day), done(1.5 * day, 1.5 * day + 10)])
    await store.ledger.seal(most=100)
    expected = [(0, 0, 1, day // 2, 1), (day, 1, 2, day + 10, 1), (2 * day, 1, 1, day, 0), (3 * day, 0, 1, day // 2, 0)]
    assert await crowds(store, 0, 4 * day, day) == expected
    for number in range(4):
        assert await crowds(store, number * day, (number + 1) * day, day) == [expected[number]]


# Against a model


def counted(spans, start, end, period):
    """The same, by looking at every moment at which anything changes."""
    number, found = 0, []
    while (begins := start + number * period) < end:
        number += 1
        until = min(start + number * period, end)
        moments = {begins, *(at for span in spans for at in span if begins < at < until)}
        levels = [sum(begin <= at < ended for begin, ended in spans) for at in moments]
        seconds = sum(max(0.0, min(ended, until) - max(begin, begins)) for begin, ended in spans)
        begun = sum(begins <= begin < until for begin, _ended in spans)
        found.append(Crowd(begins=begins, least=min(levels), most=max(levels), seconds=seconds, begun=begun))
    return found


quarters = st.integers(0, 400).map(lambda number: number / 4)
ends = quarters | st.floats(0, 100, allow_nan=False)
lengths = st.integers(0, 20).map(lambda number: 1000 * number) | st.integers(0, 60_000)
logged = st.lists(st.tuples(ends, lengths), max_size=25)
opened = st.lists(quarters, max_size=4)
stretches = st.tuples(quarters | st.floats(0, 90, allow_nan=False), st.integers(1, 320).map(lambda number: number / 4))


@pytest.fixture
def tell(open_store):
    """Logs and opens requests of a new account, and tells its crowds."""
    with asyncio.Runner() as runner:
        context = open_store()
        store = runner.run(context.__aenter__())

        async def told(rows, at_work, listed, start, end, period):
            of = new_id()
            await store.keys.ensure_account(account(of))
            usages = [usage(account_id=of, dialect="soniox", at=at, latency_ms=latency) for at, latency in rows]
            await store.ledger.note_usage(usages[:listed])
            await store.ledger.seal(most=1000)
            await store.ledger.note_usage(usages[listed:])
            for moment in at_work:
                await store.ledger.admit(begun_at(moment, account_id=of, project_id=None))
            stretch = {"start": start, "end": end, "period": period}
            return await store.log.crowds(account_id=of, project_id=of, dialect="soniox", **stretch)

        yield lambda *facts: runner.run(told(*facts))
        runner.run(context.__aexit__(None, None, None))


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(rows=logged, at_work=opened, listed=st.integers(0, 25), stretch=stretches, period=st.integers(1, 40))
def test_crowds_are_those_that_are_counted_moment_by_moment(tell, rows, at_work, listed, stretch, period):
    start, length = stretch
    spans = [(at - latency / 1000.0, at) for at, latency in rows if latency]
    spans += [(moment, float("inf")) for moment in at_work]
    expected = counted(spans, start, start + length, period)
    found = tell(rows, at_work, listed, start, start + length, period)
    assert [(one.begins, one.least, one.most, one.begun) for one in found] == [
        (one.begins, one.least, one.most, one.begun) for one in expected
    ]
    assert [one.seconds for one in found] == pytest.approx([one.seconds for one in expected], abs=1e-6)
