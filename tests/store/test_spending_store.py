"""The contract of `SpendingStore`: it adds up to what the ledger charged, whether rows are listed already or not."""

import asyncio
import itertools
import random
from uuid import UUID

import pytest

from antiphon.store.ports_spending import Aspect, Requests, Total
from store.books import ACCOUNT, FREE, OTHER, PAYG, SUBSCRIPTION, account, new_id, project, usage

DAY = 86_400.0
BEGUN = 1_700_000_010.0
"""After the time in the ids that are made here."""
BASE = 1_700_000_000.0 - 1_700_000_000.0 % DAY
FIRST = int(BASE // DAY)
KEY = UUID(int=77)
PROJECT = UUID(int=7)


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        for one in (ACCOUNT, OTHER):
            await opened.keys.ensure_account(account(one))
        await opened.projects.add_project(project(PROJECT.int))
        yield opened


@pytest.fixture(params=["none", "some", "all"])
def logged(request, store):
    """Logs rows, of which none, some or all are listed then."""

    async def log(rows):
        half = len(rows) // 2
        await store.ledger.note_usage(rows[:half])
        if request.param != "none":
            await store.ledger.seal(most=max(1, half))
        await store.ledger.note_usage(rows[half:])
        if request.param == "all":
            await store.ledger.seal(most=10_000)

    return log


def row(day=0.0, *, paid=None, **changes):
    paid = paid or {}
    at = {"at": BASE + day * DAY, "latency_ms": 20, "listed": 500}
    return usage(**{**at, "charged": sum(paid.values()), "paid_from": paid, **changes})


def total(group, requests, listed, **paid):
    names = {"free": FREE, "subscription": SUBSCRIPTION, "payg": PAYG}
    return Total(
        group=group, requests=requests, listed=listed, paid_from={names[name]: amount for name, amount in paid.items()}
    )


ROWS = [
    row(0.0, paid={FREE: 10}, model="a", modality="speech"),
    row(0.5, paid={SUBSCRIPTION: 20, PAYG: 5}, model="a", modality="speech", key_id=None, project_id=PROJECT),
    row(0.999, paid={PAYG: 7}, model="b", modality="music", dialect="musicapi"),
    row(1.0, paid={PAYG: 100}, model="b", modality="music", dialect="soniox"),
    row(1.5, model="b", modality="music", status=499, code="client_gone"),
    row(1.5, paid={PAYG: 3}, model="b", modality="music", status=499, code="client_gone"),
    row(1.5, model="b", modality="music", status=402, latency_ms=0, code="payment_required", listed=0),
    row(2.0, paid={PAYG: 1}, model="c", modality="image"),
    row(0.5, paid={PAYG: 10_000}, model="a", modality="speech", account_id=OTHER),
]


async def totals(store, *by, days=range(FIRST, FIRST + 2), at=BASE, most=10_000):
    return list(await store.spending.totals(ACCOUNT, days, by=by, at=at, most=most))


async def test_totals_are_by_whatever_is_asked_for_in_that_order(store, logged):
    await logged(ROWS)
    assert await totals(store) == [total({}, 6, 2500, free=10, subscription=20, payg=115)]
    assert await totals(store, Aspect.DAY) == [
        total({Aspect.DAY: FIRST}, 3, 1500, free=10, subscription=20, payg=12),
        total({Aspect.DAY: FIRST + 1}, 3, 1000, payg=103),
    ]
    assert await totals(store, Aspect.KEY) == [
        total({Aspect.KEY: ""}, 1, 500, subscription=20, payg=5),
        total({Aspect.KEY: str(KEY)}, 5, 2000, free=10, payg=110),
    ]
    assert await totals(store, Aspect.MODALITY, Aspect.DAY) == [
        total({Aspect.MODALITY: "music", Aspect.DAY: FIRST}, 1, 500, payg=7),
        total({Aspect.MODALITY: "music", Aspect.DAY: FIRST + 1}, 3, 1000, payg=103),
        total({Aspect.MODALITY: "speech", Aspect.DAY: FIRST}, 2, 1000, free=10, subscription=20, payg=5),
    ]
    assert [one.group for one in await totals(store, Aspect.MODEL)] == [{Aspect.MODEL: "a"}, {Aspect.MODEL: "b"}]


async def test_totals_stay_the_same_as_days_go_by_and_take_in_what_comes(store, logged):
    await logged(ROWS)
    by = (Aspect.DAY, Aspect.KEY, Aspect.MODEL, Aspect.MODALITY)
    whole = range(FIRST - 1, FIRST + 9)
    before = await totals(store, *by, days=whole)
    for day in (0.5, 1.03, 1.05, 2.05, 5.5):
        assert await totals(store, *by, days=whole, at=BASE + day * DAY) == before
    late = row(6.0, paid={FREE: 9}, model="late")
    await store.ledger.note_usage([late])
    for day in (6.5, 8.5):
        (last,) = (await totals(store, *by, days=whole, at=BASE + day * DAY))[len(before) :]
        assert (last.group[Aspect.MODEL], last.charged) == ("late", 9)
    assert (await totals(store, at=BASE + 8.5 * DAY))[0].charged == 145


def counted(rows, by):
    """The same, one row after the other."""
    named = {
        Aspect.DAY: lambda one: int(one.at // DAY),
        Aspect.KEY: lambda one: "" if one.key_id is None else str(one.key_id),
        Aspect.MODEL: lambda one: one.model,
        Aspect.MODALITY: lambda one: one.modality,
    }
    found = {}
    for one in rows:
        found.setdefault(tuple(named[aspect](one) for aspect in by), []).append(one)
    return [
        Total(
            group=dict(zip(by, group, strict=True)),
            requests=len(ones),
            listed=sum(one.listed for one in ones if one.charged),
            paid_from={
                bucket: amount
                for bucket in (FREE, SUBSCRIPTION, PAYG)
                if (amount := sum(one.paid_from.get(bucket, 0) for one in ones))
            },
        )
        for group, ones in sorted(found.items())
    ]


async def test_totals_by_any_aspects_are_what_is_counted_row_by_row(store, logged):
    """Of forty days, some of them idle: more than are added up at a time."""
    chance, rows = random.Random(5), []
    for _ in range(300):
        paid = {bucket: chance.randrange(1, 500) for bucket in chance.sample([FREE, SUBSCRIPTION, PAYG], 2)}
        rows.append(
            row(
                chance.choice([*range(9), *range(22, 40)]) + chance.random(),
                paid=chance.choice([{}, paid, paid]),
                listed=chance.randrange(500),
                key_id=chance.choice([None, KEY, UUID(int=78)]),
                model=chance.choice("abc"),
                modality=chance.choice(["speech", "image"]),
            )
        )
    await logged(rows)
    for count in range(5):
        for by in itertools.combinations(reversed(Aspect), count):
            for at in (BASE, BASE + 33 * DAY, BASE + 41 * DAY):
                assert await totals(store, *by, days=range(FIRST, FIRST + 40), at=at) == counted(rows, by)


async def test_there_are_at_most_as_many_totals_as_are_wanted(store, logged):
    await logged(ROWS)
    whole = await totals(store, Aspect.MODEL, Aspect.DAY)
    assert len(whole) == 3
    assert await totals(store, Aspect.MODEL, Aspect.DAY, most=2) == whole[:2]


async def test_two_who_ask_at_once_are_told_the_same(store):
    await store.ledger.note_usage(ROWS)
    asked = [totals(store, Aspect.DAY, at=BASE + 3 * DAY) for _ in range(6)]
    told = await asyncio.gather(*asked)
    assert told == [await totals(store, Aspect.DAY)] * 6


async def test_where_nothing_was_asked_for_there_is_nothing(store):
    assert await totals(store) == await totals(store, Aspect.DAY) == []
    assert await store.spending.totals(UUID(int=99), range(1), by=(), at=BASE, most=9) == ()
    assert await store.spending.requests(Requests(account_id=UUID(int=99), start=0.0, end=1e10)) == ()


async def test_requests_are_listed_from_the_last_begun_on_page_by_page(store, logged):
    rows = [row(id=new_id(), at=BEGUN + 60 * number, paid={PAYG: number}) for number in range(23)]
    await logged(random.Random(7).sample(rows, len(rows)))
    found, after = [], None
    while page := await store.spending.requests(
        Requests(account_id=ACCOUNT, start=BEGUN, end=BEGUN + 1000, after=after, most=5)
    ):
        assert len(page) <= 5
        found += page
        after = page[-1].id
    assert [one.id for one in found] == [one.id for one in rows if one.at < BEGUN + 1000][::-1]


async def test_requests_are_those_that_ended_in_the_window_refused_ones_too(store, logged):
    await logged(ROWS)
    found = await store.spending.requests(Requests(account_id=ACCOUNT, start=BASE + DAY, end=BASE + 2 * DAY))
    assert sorted((one.status, one.charged) for one in found) == [(200, 100), (402, 0), (499, 0), (499, 3)]
