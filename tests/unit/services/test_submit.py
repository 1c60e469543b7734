"""Submitting jobs, by the plan of who submits, to a database that is not always there; and cancelling them."""

from dataclasses import replace

import pytest

from antiphon.domain.errors import Conflict, NotFound, Unavailable, UnavailableCause
from antiphon.domain.jobs import JobState
from antiphon.house import open_house
from antiphon.kit.clock import SystemClock
from antiphon.services.pay import Replay
from antiphon.services.submit import Submit, Work, usage
from antiphon.services.till import Wanted
from antiphon.services.work import Receipt
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.store.ports import IdempotencyKey, StoredAnswer
from antiphon.store.ports_jobs import JobEnd, Message
from store.books import new_id

ANSWER = StoredAnswer(status=200, headers={}, body=b"{}", artifact="")
WORK = Work(kind="bread", asked=b"{}", shown=b"{}", patience=60.0)


def wanted(**changes):
    fields = {"dialect": "musicapi", "klass": "create", "route": "musicapi.create", "price": "sonic/create_music"}
    labels = {"modality": "music", "model": "sonic-v5", "engine": "song", "request_id": "r"}
    return Wanted(**{**fields, **labels, **changes})


@pytest.fixture
async def house(tmp_path):
    with DataFolder.claim(tmp_path) as folder:
        async with open_house(folder, load(data=tmp_path), SystemClock()) as opened:
            await opened.first_start(load(data=tmp_path), remember=lambda _key: None)
            yield opened


@pytest.fixture
async def key(house):
    account = await house.keys.first_account()
    (found,) = await house.keys.list(account.id)
    return found


def submits(house, jobs=None):
    return Submit(jobs or house.store.jobs, house.till, clock=house.clock, ends=house.ends)


async def submitted(house, key, jobs=None, work=WORK, **changes):
    asked = wanted(**changes)
    return await submits(house, jobs).submit(key, asked, work, answer=lambda _job: ANSWER, status_of=lambda _error: 503)


async def claimed(house, most=9):
    now = house.clock.now()
    return await house.store.jobs.claim(worker="w", kinds=("bread",), most=most, now=now, until=now + 6)


@pytest.mark.parametrize(("plan", "window", "priority"), [("free", 2, 0), ("pro", 3, 10), ("max", 4, 20)])
async def test_how_many_are_worked_on_and_how_soon_is_the_plans(house, key, plan, window, priority):
    await house.credits.set_plan(key.account_id, plan)
    for _ in range(6):
        assert (await submitted(house, key)).priority == priority

    assert len(await claimed(house)) == window


async def test_what_is_worked_on_beside_the_others_does_not_wait_for_them(house, key):
    for _ in range(6):
        await submitted(house, key)
    beside = await submitted(house, key, work=replace(WORK, beside=1))

    visible = [claim.job.id for claim in await claimed(house)]
    assert (len(visible), beside.id in visible) == (5, True)


async def test_a_better_plan_goes_first(house, key):
    other = await house.accounts.create("other")
    _, text = await house.keys.create(other.account.id, "k")
    await house.credits.top_up(other.account.id, amount=10**9)
    theirs = await house.keys.authenticate(text)
    first = await submitted(house, theirs)
    second = await submitted(house, key)

    assert [claim.job.id for claim in await claimed(house)] == [second.id, first.id]


class Forgetful:
    """Jobs that are submitted, and nobody hears of it: the connection breaks after the commit."""

    def __init__(self, jobs):
        self._jobs = jobs

    async def submit(self, submission):
        await self._jobs.submit(submission)
        raise Unavailable(UnavailableCause.IN_DOUBT)


async def test_a_job_whose_submission_was_never_confirmed_is_in_the_log_with_what_it_cost(house, key):
    with pytest.raises(Unavailable):
        await submitted(house, key, jobs=Forgetful(house.store.jobs))
    await house.till.pay.tick()
    now = house.clock.now()
    (claim,) = await claimed(house)
    row = usage(claim.job, route="musicapi.create", model="m", engine="song", status=200, code="", at=now)
    done = {"state": JobState.SUCCEEDED, "charge": claim.job.price, "at": now, "usage": row}
    await house.store.jobs.end(JobEnd(id=claim.job.id, fence=claim.job.fence, **done))

    logged = await house.store.ledger.usage(key.account_id)
    assert {(each.status, each.charged) for each in logged} == {(503, 0), (200, claim.job.price)}


async def test_a_submission_that_was_never_confirmed_is_answered_when_it_is_repeated(house, key):
    name = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=house.clock.now() + 60)
    with pytest.raises(Unavailable):
        await submitted(house, key, jobs=Forgetful(house.store.jobs), idempotency=name)
    with pytest.raises(Replay) as again:
        await submitted(house, key, idempotency=name)

    assert again.value.answer == ANSWER
    assert len(await claimed(house)) == 1


class Baker:
    """A trade whose customers are told."""

    def receipt(self, job, outcome, *, at):
        row = usage(job, route="r", model="m", engine="e", status=500, code=outcome.code, at=at)
        told = Message(id=new_id(), url="https://a.example/", secret=b"", body=outcome.code.encode(), event="e")
        return Receipt(usage=row, messages=(told,))


@pytest.mark.parametrize("taken", [0, 1], ids=["waits", "runs"])
async def test_a_job_that_is_cancelled_costs_nothing_and_whoever_waits_for_it_is_told(house, key, taken):
    house.ends.learn({"bread": Baker()})
    before = await house.credits.balance(key.account_id)
    job = await submitted(house, key)
    await claimed(house, most=taken)
    ended = await submits(house).cancel(key, job.id, dialect="musicapi")

    assert (ended.state, ended.fault.code) == (JobState.CANCELLED, "cancelled")
    assert await house.credits.balance(key.account_id) == before
    assert [told.body for told in await house.store.jobs.messages_of(job.id)] == [b"cancelled"]
    (logged,) = await house.store.ledger.usage(key.account_id)
    assert (logged.id, logged.charged, logged.code) == (job.id, 0, "cancelled")
    with pytest.raises(Conflict):
        await submits(house).cancel(key, job.id, dialect="musicapi")


async def test_nobody_cancels_the_jobs_of_others(house, key):
    house.ends.learn({"bread": Baker()})
    other = await house.accounts.create("other")
    _, text = await house.keys.create(other.account.id, "k")
    job = await submitted(house, key)
    with pytest.raises(NotFound):
        await submits(house).cancel(await house.keys.authenticate(text), job.id, dialect="musicapi")
    with pytest.raises(NotFound):
        await submits(house).cancel(key, job.id, dialect="another")

    assert (await house.store.jobs.job(job.id)).state is JobState.PENDING
