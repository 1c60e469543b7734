"""The contract of `LibraryStore`, over every implementation."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import FOREVER, Fault, Job, JobState
from antiphon.domain.library import LibraryItem
from antiphon.domain.money import MilliCredits
from antiphon.store.ports import Admitted
from antiphon.store.ports_jobs import JobEnd, Submission
from store.books import ACCOUNT, OTHER, account, admission, ending, grant, new_id, usage

MOST = 1000
DAY = 86_400.0
NOTHING = MilliCredits(0)


@pytest.fixture
async def store(open_store):
    async with open_store() as store:
        for account_id in (ACCOUNT, OTHER):
            await store.keys.ensure_account(account(account_id))
            await store.ledger.grant(grant(10_000, account_id=account_id))
        yield store


def item(size=100, **changes):
    id_ = new_id()
    fields = {"account_id": ACCOUNT, "type": "SPEECH", "title": "Hello", "model": "eleven-v3", "created_at": 100.0}
    return LibraryItem(**{**fields, "id": id_, "path": f"sonna/library/tts/{id_}.mp3", "size": size, **changes})


async def begun(store, **changes):
    """A request at work."""
    request = admission(10, **changes)
    assert isinstance(await store.ledger.admit(request), Admitted)
    return request


async def ended(store, request, *, status=200):
    charge = MilliCredits(10 if status == 200 else 0)
    log = usage(id=request.id, account_id=request.account_id, status=status)
    await store.ledger.end(ending(request, charge, usage=log))


async def made(store, *items, most=MOST):
    """Items of a request that was paid for."""
    request = await begun(store, account_id=items[0].account_id)
    assert await store.library.take(items, request_id=request.id, most=most)
    await ended(store, request)
    return items


async def running(store, *, until=200.0):
    """A job in a worker's hands."""
    job = Job(
        id=new_id(),
        account_id=ACCOUNT,
        project_id=None,
        key_id=None,
        dialect="sonna",
        kind="picture",
        asked=b"{}",
        shown=b"{}",
        price=MilliCredits(10),
        created_at=100.0,
        deadline=1900.0,
    )
    held = admission(10, id=job.id, until=FOREVER)
    await store.jobs.submit(Submission(admission=held, job=job, window=9))
    (claim,) = await store.jobs.claim(worker="one", kinds=["picture"], most=1, now=100.0, until=until)
    return claim.job


async def test_an_item_is_there_from_its_requests_charge_on(store):
    one, request = item(lyrics="la", seconds=1.5, voice="v", width=3, height=4, cover="c.jpg"), await begun(store)
    assert await store.library.take([one], request_id=request.id, most=MOST)
    assert await store.library.items(ACCOUNT) == ()
    assert (await store.library.item(ACCOUNT, one.id), await store.library.item_at(one.path)) == (None, None)
    assert await store.library.rename(ACCOUNT, one.id, "Mine") is None
    assert await store.library.remove(ACCOUNT, one.id) is None

    await ended(store, request)
    assert await store.library.items(ACCOUNT) == (replace(one, lyrics=None),)
    assert await store.library.item(ACCOUNT, one.id) == one
    assert [await store.library.item_at(path) for path in one.files] == [replace(one, lyrics=None)] * 2


async def test_of_a_request_that_failed_nothing_is_there(store):
    one, request = item(), await begun(store)
    await store.library.take([one], request_id=request.id, most=MOST)
    await ended(store, request, status=503)
    assert (await store.library.items(ACCOUNT), await store.library.item_at(one.path)) == ((), None)


async def test_there_is_room_for_all_of_a_request_or_none(store):
    await made(store, item(400), item(300))
    request = await begun(store)
    assert not await store.library.take([item(200), item(101)], request_id=request.id, most=MOST)
    assert await store.library.room_taken(ACCOUNT) == 700
    assert await store.library.take([item(200), item(100)], request_id=request.id, most=MOST)
    assert (await store.library.room_taken(ACCOUNT), await store.library.room_taken(OTHER)) == (1000, 0)


async def test_requests_at_once_do_not_take_the_same_room(store):
    requests = [await begun(store) for _ in range(8)]
    taken = await asyncio.gather(
        *(store.library.take([item(300)], request_id=request.id, most=MOST) for request in requests)
    )
    assert (sum(taken), await store.library.room_taken(ACCOUNT)) == (3, 900)


async def test_what_is_taken_out_is_nowhere_and_its_room_is_free(store):
    one, other = await made(store, item(400, cover="c.jpg"), item(300))
    assert await store.library.remove(ACCOUNT, one.id) == one
    assert await store.library.remove(ACCOUNT, one.id) is None
    assert await store.library.items(ACCOUNT) == (other,)
    assert [await store.library.item_at(path) for path in one.files] == [None, None]
    assert await store.library.room_taken(ACCOUNT) == 300


async def test_an_item_taken_out_twice_at_once_gives_its_room_back_once(store):
    one, _ = await made(store, item(400), item(300))
    removed = await asyncio.gather(*(store.library.remove(ACCOUNT, one.id) for _ in range(5)))
    assert (removed.count(None), await store.library.room_taken(ACCOUNT)) == (4, 300)


async def test_items_come_newest_first_in_pages(store):
    items = await made(store, *(item(1) for _ in range(5)))
    newest = tuple(reversed(items))
    first = await store.library.items(ACCOUNT, most=2)
    assert first == newest[:2]
    assert await store.library.items(ACCOUNT, before=first[-1].id, most=9) == newest[2:]


FOUND = {
    "a type": ({"type_": "IMAGE"}, ["Grüße aus ÖSTERREICH"]),
    "a part": ({"search": "hello"}, ["hello again", "Hello, 100 % of you"]),
    "capitals of any script": ({"search": "österreich"}, ["Grüße aus ÖSTERREICH"]),
    "a letter that has no capital": ({"search": "grüsse"}, ["Grüße aus ÖSTERREICH"]),
    "no pattern": ({"search": "100 % o"}, ["Hello, 100 % of you"]),
    "nothing": ({"search": "h_llo"}, []),
    "both": ({"type_": "SPEECH", "search": "again"}, ["hello again"]),
}


@pytest.mark.parametrize("name", FOUND)
async def test_items_are_found_by_type_and_title(store, name):
    asked, titles = FOUND[name]
    await made(
        store,
        item(title="Hello, 100 % of you"),
        item(title="Grüße aus ÖSTERREICH", type="IMAGE"),
        item(title="hello again"),
    )
    assert [one.title for one in await store.library.items(ACCOUNT, **asked)] == titles


async def test_an_item_is_found_by_its_new_title(store):
    (one,) = await made(store, item(lyrics="la"))
    renamed = replace(one, title="Morning")
    assert await store.library.rename(ACCOUNT, one.id, "Morning") == renamed
    assert await store.library.item(ACCOUNT, one.id) == renamed
    assert await store.library.items(ACCOUNT, search="hello") == ()
    assert len(await store.library.items(ACCOUNT, search="morn")) == 1


async def test_nobody_reaches_anothers_items(store):
    (one,) = await made(store, item())
    assert await store.library.items(OTHER) == ()
    assert await store.library.item(OTHER, one.id) is None
    assert await store.library.rename(OTHER, one.id, "Mine") is None
    assert await store.library.remove(OTHER, one.id) is None
    assert await store.library.items(ACCOUNT) == (one,)


async def test_a_later_try_of_a_job_takes_the_place_of_an_earlier_one(store):
    job, first, second = await running(store, until=101.0), item(600), item(500)
    assert await store.library.take([first], request_id=job.id, most=MOST, fence=1)
    (claim,) = await store.jobs.claim(worker="two", kinds=["picture"], most=1, now=102.0, until=300.0)
    assert await store.library.take([second], request_id=job.id, most=MOST, fence=claim.job.fence)
    with pytest.raises(Conflict) as refused:  # The first one lives, and does not know that it was given up.
        await store.library.take([item(1)], request_id=job.id, most=MOST, fence=1)
    assert refused.value.reason == "ended"
    end = JobEnd(id=job.id, fence=2, state=JobState.SUCCEEDED, charge=job.price, at=103.0, usage=usage(id=job.id))
    await store.jobs.end(end)
    assert await store.library.items(ACCOUNT) == (second,)
    assert await store.library.room_taken(ACCOUNT) == 500


async def test_of_an_earlier_try_nothing_is_left_where_a_later_one_finds_no_room(store):
    job = await running(store)
    assert await store.library.take([item(600)], request_id=job.id, most=MOST, fence=1)
    assert not await store.library.take([item(600)], request_id=job.id, most=500, fence=1)
    assert await store.library.room_taken(ACCOUNT) == 0


async def test_of_a_cancelled_job_nothing_is_there(store):
    job = await running(store)
    await store.library.take([item()], request_id=job.id, most=MOST, fence=1)
    fault = Fault(code="cancelled")
    log = usage(id=job.id, status=409)
    await store.jobs.end(
        JobEnd(id=job.id, fence=None, state=JobState.CANCELLED, charge=NOTHING, at=1.0, fault=fault, usage=log)
    )
    assert await store.library.items(ACCOUNT) == ()


async def test_leftovers_are_what_nobody_paid_for_and_what_was_taken_out(store):
    (kept,) = await made(store, item(1))
    (out,) = await made(store, item(2))
    await store.library.remove(ACCOUNT, out.id)
    failed, dead, at_work, young = [await begun(store) for _ in range(4)]
    items = [item(size, created_at=at) for size, at in ((4, 100.0), (8, 100.0), (16, 100.0), (32, 5 * DAY))]
    for request, one in zip((failed, dead, at_work, young), items, strict=True):
        await store.library.take([one], request_id=request.id, most=MOST)
    await ended(store, failed, status=500)
    await ended(store, young, status=500)
    await store.ledger.renew([at_work.id], until=6 * DAY)
    await store.ledger.end_overdue(now=2 * DAY, most=9)

    assert [await store.library.settle(before=2 * DAY, most=2) for _ in range(3)] == [2, 1, 0]
    found = await store.library.leftovers(before=2 * DAY, most=9)
    assert {one.id for one in found} == {out.id, items[0].id, items[1].id}
    assert await store.library.room_taken(ACCOUNT) == 1 + 16 + 32
    assert {one.id for one in await store.library.leftovers(before=2 * DAY, most=9)} == {one.id for one in found}
    await store.library.forget([one.id for one in found])
    assert await store.library.leftovers(before=2 * DAY, most=9) == ()
    assert await store.library.items(ACCOUNT) == (kept,)


async def test_an_item_stays_that_a_sweep_has_seen(store):
    (one,) = await made(store, item())
    assert [await store.library.settle(before=2 * DAY, most=9) for _ in range(2)] == [1, 0]
    assert await store.library.leftovers(before=2 * DAY, most=9) == ()
    await store.library.forget([one.id])
    assert await store.library.items(ACCOUNT) == (one,)
    assert await store.library.remove(ACCOUNT, one.id) == one


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account(ACCOUNT))
        await store.ledger.grant(grant(10_000))
        (one,) = await made(store, item(lyrics="la"))
    async with open_store() as store:
        assert await store.library.item(ACCOUNT, one.id) == one
        assert await store.library.room_taken(ACCOUNT) == 100
        assert await store.library.item(ACCOUNT, UUID(int=9)) is None
