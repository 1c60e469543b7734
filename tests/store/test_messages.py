"""The contract of `MessageStore`, over every implementation: turns of hosts, leases, attempts, ends, replays."""

import asyncio

import pytest

from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.domain.webhooks import MessageState
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.ports_messages import Attempt, Lane
from store.books import ACCOUNT, OTHER, account, admission, new_id

WAITING, DELIVERED, EXHAUSTED = MessageState
NOW = 100.0
LEASE = 30.0


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        yield opened


@pytest.fixture
def messages(store):
    return store.messages


def message(host="a.example", **changes):
    fields = {"id": new_id(), "url": f"https://{host}/hook", "secret": b"sealed", "body": b"{}", "event": "e"}
    return Message(**{**fields, **changes})


async def posted(store, *told, account_id=ACCOUNT, at=NOW):
    """A job that ended, with what is to be delivered after it; the job's id."""
    asks = admission(0, account_id=account_id, dialect="musicapi", at=at, until=FOREVER)
    fields = {"account_id": account_id, "dialect": "musicapi", "kind": "song", "price": 0, "asked": b""}
    job = Job(id=asks.id, created_at=at, **fields)
    await store.jobs.submit(Submission(admission=asks, job=job, window=99))
    end = JobEnd(id=job.id, fence=None, state=JobState.CANCELLED, charge=0, at=at, messages=told)
    await store.jobs.end(end)
    return job.id


async def claimed(messages, *, most=10, room=10, now=NOW, besides=(), without=()):
    lanes = await messages.due(now=now, besides=besides, without=without, most=most)
    return await messages.claim(dict.fromkeys(lanes, room), now=now, until=now + LEASE)


def lanes(*hosts, of=ACCOUNT):
    return [Lane(account_id=of, host=host) for host in hosts]


async def one(messages, **options):
    (errand,) = await claimed(messages, **options)
    return errand


def attempt(status=500, at=NOW, fault=""):
    return Attempt(at=at, status=status, fault=fault, milliseconds=12)


async def failed(messages, errand, *, due_at=None, at=NOW):
    then = EXHAUSTED if due_at is None else WAITING
    await messages.record(errand, attempt(at=at), then=then, at=at, due_at=due_at)


async def delivered(messages, errand, at=NOW):
    await messages.record(errand, attempt(200, at=at), then=DELIVERED, at=at)


async def state(messages, told):
    return (await messages.find(told.id)).state


async def test_a_message_is_due_at_once_and_claimed_as_it_was_put_in(store, messages):
    told = message()
    job_id = await posted(store, told)
    assert (await store.jobs.messages_of(job_id)) == [told]

    errand = await one(messages)
    assert errand.message == told
    assert (errand.account_id, errand.host, errand.failed, errand.fence) == (ACCOUNT, "a.example", 0, 1)


async def test_a_message_is_not_claimed_while_its_lease_lasts(store, messages):
    await posted(store, message())
    await one(messages)
    assert await claimed(messages, now=NOW + LEASE - 1) == []
    assert (await one(messages, now=NOW + LEASE)).fence == 2


async def test_a_message_that_was_delivered_is_done(store, messages):
    told = message()
    job_id = await posted(store, told)
    await delivered(messages, await one(messages), at=NOW + 1)

    assert await claimed(messages, now=NOW + 10**6) == []
    found = await messages.find(told.id)
    assert (found.id, found.account_id, found.job_id, found.url) == (told.id, ACCOUNT, job_id, told.url)
    assert (found.event, found.state, found.attempts, found.created_at) == ("e", DELIVERED, 1, NOW)
    assert (found.due_at, found.ended_at) == (None, NOW + 1)


async def test_a_message_that_failed_waits_for_its_time(store, messages):
    told = message()
    await posted(store, told)
    await failed(messages, await one(messages), due_at=NOW + 5)

    assert await claimed(messages, now=NOW + 4) == []
    errand = await one(messages, now=NOW + 5)
    assert (errand.failed, errand.message) == (1, told)


async def test_a_message_that_is_given_up_is_not_tried_again(store, messages):
    told = message()
    await posted(store, told)
    await failed(messages, await one(messages))
    assert await claimed(messages, now=NOW + 10**6) == []
    assert await state(messages, told) is EXHAUSTED


async def test_every_attempt_is_on_record(store, messages):
    told = message()
    await posted(store, told)
    made = [attempt(None, fault="refused: address"), attempt(503, at=NOW + 5), attempt(204, at=NOW + 10)]
    for each in made[:2]:
        errand = await one(messages, now=each.at)
        await messages.record(errand, each, then=WAITING, at=each.at, due_at=each.at + 5)
    await messages.record(await one(messages, now=NOW + 10), made[2], then=DELIVERED, at=NOW + 10)

    assert await messages.attempts_of(told.id) == made
    assert (await messages.find(told.id)).attempts == 3


async def test_hosts_come_in_the_order_in_which_they_waited(store, messages):
    for at, host in enumerate(("c.example", "a.example", "b.example", "c.example")):
        await posted(store, message(host), at=NOW + at)

    assert await messages.due(now=NOW + 9, besides=(), most=9) == lanes("c.example", "a.example", "b.example")
    assert await messages.due(now=NOW + 9, besides=(), most=2) == lanes("c.example", "a.example")
    assert await messages.due(now=NOW + 9, besides=["c.example"], most=2) == lanes("a.example", "b.example")
    assert await messages.due(now=NOW, besides=(), most=9) == lanes("c.example")


async def test_accounts_have_lanes_of_their_own_to_a_host_and_can_be_left_out(store, messages):
    mine, theirs = message(), message()
    await posted(store, mine)
    await posted(store, message("b.example"), at=NOW + 1)
    await posted(store, theirs, account_id=OTHER, at=NOW + 2)

    everybodys = [*lanes("a.example", "b.example"), *lanes("a.example", of=OTHER)]
    assert await messages.due(now=NOW + 9, besides=(), most=9) == everybodys
    assert await messages.due(now=NOW + 9, besides=(), without={ACCOUNT}, most=9) == everybodys[2:]
    assert await messages.due(now=NOW + 9, besides={"a.example"}, without={OTHER}, most=9) == everybodys[1:2]
    assert [each.message for each in await claimed(messages, now=NOW + 9, without={ACCOUNT})] == [theirs]


async def test_of_a_host_no_more_is_claimed_than_there_is_room_for_and_the_oldest_first(store, messages):
    told = [message() for _ in range(3)]
    for at, each in enumerate(told):
        await posted(store, each, message("b.example"), at=NOW + at)

    errands = await messages.claim({Lane(account_id=ACCOUNT, host="a.example"): 2}, now=NOW + 9, until=NOW + 99)
    assert [errand.message for errand in errands] == told[:2]
    assert [each.message for each in await claimed(messages, now=NOW + 9, besides=["b.example"])] == told[2:]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.Example:8443/x?y", "a.example"),
        ("https://a.example./", "a.example"),
        ("no url", ""),
        ("https://[", ""),
    ],
)
async def test_all_spellings_of_a_host_are_one(store, messages, url, host):
    await posted(store, message(url=url))
    assert (await one(messages)).host == host


async def test_whoever_lost_its_lease_changes_nothing_by_failing_but_its_attempt_counts(store, messages):
    told = message()
    await posted(store, told)
    first = await one(messages)
    second = await one(messages, now=NOW + LEASE)
    await failed(messages, first)
    assert await state(messages, told) is WAITING

    await delivered(messages, second)
    await failed(messages, first)
    assert await state(messages, told) is DELIVERED
    assert len(await messages.attempts_of(told.id)) == 3


async def test_a_delivery_counts_whoever_made_it(store, messages):
    told = message()
    await posted(store, told)
    first = await one(messages)
    second = await one(messages, now=NOW + LEASE)
    await failed(messages, second)
    await delivered(messages, first)
    assert await state(messages, told) is DELIVERED


async def test_what_is_given_back_is_due_at_once_and_was_no_attempt(store, messages):
    told = message()
    await posted(store, told)
    lost = await one(messages)
    await messages.give_back([lost], now=NOW + 1)

    errand = await one(messages, now=NOW + 1)
    assert (errand.failed, (await messages.find(told.id)).attempts) == (0, 0)
    await messages.give_back([lost], now=NOW + 1)  # Of a claim that is over.
    assert await claimed(messages, now=NOW + 2) == []


async def test_after_a_restart_what_was_being_sent_is_due(store, messages):
    told, later = message(), message()
    await posted(store, told, later)
    sent, waits = await claimed(messages)
    await failed(messages, waits, due_at=NOW + 50)

    assert await messages.recover(now=NOW + 1) == 1
    errand = await one(messages, now=NOW + 1)
    assert errand.message == sent.message


async def test_what_was_replayed_is_due_with_the_whole_schedule_before_it(store, messages):
    told = message()
    await posted(store, told)
    await failed(messages, await one(messages))
    assert await messages.replay(told.id, now=NOW + 7)

    errand = await one(messages, now=NOW + 7)
    assert (errand.failed, errand.message) == (0, told)
    await delivered(messages, errand)
    assert len(await messages.attempts_of(told.id)) == 2
    assert await messages.replay(told.id, now=NOW + 8)
    assert (await one(messages, now=NOW + 8)).message == told


async def test_what_does_not_exist_cannot_be_replayed(messages):
    assert not await messages.replay(new_id(), now=NOW)
    assert await messages.find(new_id()) is None
    assert await messages.attempts_of(new_id()) == []


async def test_an_attempt_that_fails_after_a_replay_does_not_undo_it(store, messages):
    told = message()
    await posted(store, told)
    errand = await one(messages)
    await messages.replay(told.id, now=NOW + 1)
    await failed(messages, errand)
    assert (await one(messages, now=NOW + 1)).message == told


async def test_all_that_was_given_up_is_replayed(store, messages):
    told = [message(), message()]
    others = message()
    await posted(store, *told)
    await posted(store, others, account_id=OTHER)
    for errand in await claimed(messages):
        await failed(messages, errand)
    await posted(store, message(), at=NOW + 50)

    assert await messages.replay_exhausted(account_id=OTHER, now=NOW + 1, most=9) == 1
    assert (await one(messages, now=NOW + 1)).message == others
    assert await messages.replay_exhausted(now=NOW + 1, most=1) == 1
    assert (await one(messages, now=NOW + 1)).message == told[0]
    assert await messages.replay_exhausted(now=NOW + 1, most=9) == 1
    assert await messages.replay_exhausted(now=NOW + 1, most=9) == 0


async def test_messages_are_listed_the_newest_first_by_account_and_state(store, messages):
    told = [message() for _ in range(3)]
    for each in told:
        await posted(store, each)
    others = message()
    await posted(store, others, account_id=OTHER)
    first, second, *_ = await claimed(messages)
    await delivered(messages, first)
    await failed(messages, second)

    async def listed(**wanted):
        return [each.id for each in await messages.posted(**wanted)]

    assert await listed() == [others.id, *(each.id for each in reversed(told))]
    assert await listed(account_id=ACCOUNT, most=2) == [told[2].id, told[1].id]
    assert await listed(account_id=ACCOUNT, after=told[1].id) == [told[0].id]
    assert await listed(state=EXHAUSTED) == [told[1].id]
    assert await listed(account_id=OTHER, state=EXHAUSTED) == []
    assert await listed(account_id=new_id()) == []
    assert await messages.waiting() == {WAITING: 2, EXHAUSTED: 1}


async def test_what_a_host_was_long_sent_in_vain_is_given_up(store, messages):
    old, untried, other, young = message(), message(), message("b.example"), message()
    await posted(store, old, other)
    for errand in await claimed(messages):
        await failed(messages, errand, due_at=NOW + 50)
    await posted(store, untried)
    await posted(store, young, at=NOW + 9)

    assert await messages.give_up("a.example", before=NOW + 5, at=NOW + 10) == 1
    assert await state(messages, old) is EXHAUSTED
    assert {await state(messages, each) for each in (untried, other, young)} == {WAITING}


async def test_what_ended_long_ago_is_forgotten_with_its_attempts(store, messages):
    told = [message() for _ in range(4)]
    job_id = await posted(store, *told)
    for errand, at in zip(await claimed(messages), (NOW, NOW + 1, NOW + 9), strict=False):
        await delivered(messages, errand, at=at)

    assert await messages.forget(before=NOW + 5, most=1) == 1
    assert await messages.forget(before=NOW + 5, most=9) == 1
    assert [each.id for each in await store.jobs.messages_of(job_id)] == [each.id for each in told[2:]]
    assert await messages.attempts_of(told[0].id) == []


async def test_an_attempt_of_a_message_that_was_forgotten_meanwhile_is_not_missed(store, messages):
    told = message()
    await posted(store, told)
    errand = await one(messages)
    await delivered(messages, errand)
    await messages.forget(before=NOW + 5, most=1)
    await delivered(messages, errand)
    assert await messages.find(told.id) is None


async def test_waiting_ends_when_something_is_put_in_or_replayed(store, messages):
    told = message()
    await messages.wait(most=0.01)
    async with asyncio.timeout(20):
        waiting = asyncio.create_task(messages.wait(most=60))
        await asyncio.sleep(0)
        await posted(store, told)
        await waiting
        waiting = asyncio.create_task(messages.wait(most=60))
        await asyncio.sleep(0)
        await messages.replay(told.id, now=NOW)
        await waiting


async def test_many_that_claim_at_once_never_have_the_same(store, messages):
    await posted(store, *(message(f"h{number % 3}.example") for number in range(60)))
    taken = await asyncio.gather(*(claimed(messages, room=4) for _ in range(8)))
    ids = [errand.message.id for errands in taken for errand in errands]
    assert len(ids) == len(set(ids)) == 60
