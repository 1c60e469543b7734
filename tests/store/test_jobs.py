"""The contract of `JobStore`, over every implementation: submitting, claiming, leases, fences, ends, windows."""

import asyncio
from dataclasses import replace
from uuid import UUID

import apsw
import asyncpg
import pytest

from antiphon.domain.errors import Conflict, LimitExceeded, PaymentRequired
from antiphon.domain.jobs import FOREVER, HEAD_START, MOST_FENCES, Fault, Job, JobState
from antiphon.store.migrate import migrate, migrations
from antiphon.store.ports import Admitted, Concurrency, Ending, IdempotencyKey, StoredAnswer
from antiphon.store.ports_jobs import Beat, JobEnd, Message, Submission
from antiphon.store.postgres import PostgresStore
from antiphon.store.sqlite import SqliteStore
from store.books import ACCOUNT, OTHER, PAYG, account, admission, grant, new_id, usage

PRICE = 1_000
NOW = 100.0
LEASE = 6.0
PLENTY = 10**6


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.keys.ensure_account(account(OTHER))
        await opened.ledger.grant(grant(PLENTY))
        await opened.ledger.grant(grant(PLENTY, account_id=OTHER))
        yield opened
        assert (await opened.ledger.verify()).fault == ""


@pytest.fixture
def jobs(store):
    return store.jobs


def submission(account_id=ACCOUNT, *, window=2, answer=None, hold=PRICE, **changes):
    limits = {name: changes.pop(name) for name in ("concurrency", "idempotency", "project_id") if name in changes}
    asks = admission(hold, account_id=account_id, dialect="musicapi", at=NOW, until=FOREVER, **limits)
    fields = {
        "id": asks.id,
        "account_id": account_id,
        "dialect": "musicapi",
        "kind": "song",
        "asked": b'{"a": 1}',
        "price": hold,
        "created_at": NOW,
    }
    return Submission(admission=asks, job=Job(**{**fields, **changes}), window=window, answer=answer)


async def submitted(jobs, *args, **changes):
    asked = submission(*args, **changes)
    assert isinstance(await jobs.submit(asked), Admitted)
    return asked.job.id


async def claimed(jobs, most=10, worker="w", now=NOW, kinds=("song",)):
    return await jobs.claim(worker=worker, kinds=kinds, most=most, now=now, until=now + LEASE)


def ending(claim, state=JobState.SUCCEEDED, **changes):
    charge = PRICE if state is JobState.SUCCEEDED else 0
    fields = {"id": claim.job.id, "fence": claim.job.fence, "state": state, "charge": charge, "at": NOW + 1}
    return JobEnd(**{**fields, **changes})


async def ids(jobs, **changes):
    return [claim.job.id for claim in await claimed(jobs, **changes)]


async def standing(store, of=ACCOUNT):
    balance = await store.ledger.balance(of, at=NOW)
    return balance.available[PAYG], balance.held


async def test_a_job_holds_its_price_and_waits(store, jobs):
    id_ = await submitted(jobs)

    job = await jobs.job(id_)
    assert (job.state, job.fence, job.asked, job.price) == (JobState.PENDING, 0, b'{"a": 1}', PRICE)
    assert await standing(store) == (PLENTY - PRICE, PRICE)


async def test_a_job_that_cannot_be_paid_is_not_there(store, jobs):
    asked = submission(hold=PLENTY + 1)

    with pytest.raises(PaymentRequired):
        await jobs.submit(asked)
    assert await jobs.job(asked.job.id) is None
    assert await standing(store) == (PLENTY, 0)


async def test_a_repeated_submission_is_answered_as_the_first_and_makes_no_second_job(store, jobs):
    answer = StoredAnswer(status=200, headers={"a": "b"}, body=b"{}")
    name = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)
    await submitted(jobs, idempotency=name, answer=answer)

    assert await jobs.submit(submission(idempotency=name, answer=answer)) == answer
    assert len(await jobs.jobs_of(ACCOUNT)) == 1
    assert await standing(store) == (PLENTY - PRICE, PRICE)


async def test_a_repeated_submission_is_answered_after_the_job_has_ended_too(jobs):
    answer = StoredAnswer(status=200, headers={}, body=b"{}")
    name = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)
    await submitted(jobs, idempotency=name, answer=answer)
    (claim,) = await claimed(jobs)
    await jobs.end(ending(claim))

    assert await jobs.submit(submission(idempotency=name, answer=answer)) == answer


async def test_another_body_under_the_same_name_is_refused(jobs):
    name = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)
    other = IdempotencyKey(route="r", key="k", fingerprint=b"1" * 32, expires_at=1e9)
    await submitted(jobs, idempotency=name, answer=StoredAnswer(status=200, headers={}, body=b"{}"))

    with pytest.raises(Conflict):
        await jobs.submit(submission(idempotency=other))


async def test_what_was_answered_is_known_beforehand_while_it_is_kept(jobs):
    name = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=NOW + 60)
    assert await jobs.answered(ACCOUNT, name, at=NOW) is None
    answer = StoredAnswer(status=202, headers={"x": "y"}, body=b"{}")
    await submitted(jobs, idempotency=name, answer=answer)

    assert await jobs.answered(ACCOUNT, name, at=NOW) == answer
    assert await jobs.answered(ACCOUNT, name, at=NOW + 60) is None
    assert await jobs.answered(ACCOUNT, replace(name, fingerprint=bytes([1]) * 32), at=NOW) is None
    assert await jobs.answered(new_id(), name, at=NOW) is None


async def test_no_more_jobs_wait_and_run_than_the_limit_says(jobs):
    limit = (Concurrency(tier="organization", most=2),)
    for _ in range(2):
        await submitted(jobs, concurrency=limit)

    with pytest.raises(LimitExceeded):
        await jobs.submit(submission(concurrency=limit))


async def test_the_higher_priority_is_claimed_first_then_the_older(jobs):
    first = await submitted(jobs, window=9)
    second = await submitted(jobs, window=9)
    urgent = await submitted(jobs, window=9, priority=5)

    assert await ids(jobs) == [urgent, first, second]


async def test_a_claimed_job_is_not_claimed_again_while_its_lease_lasts(jobs):
    id_ = await submitted(jobs)
    assert await ids(jobs) == [id_]

    assert await ids(jobs, worker="other", now=NOW + LEASE - 0.1) == []


async def test_a_worker_gets_the_kinds_that_it_knows_and_no_more_than_it_wants(jobs):
    await submitted(jobs, kind="film")
    song = await submitted(jobs)
    await submitted(jobs, OTHER)

    assert await ids(jobs, most=1) == [song]


async def test_a_lost_lease_is_claimed_by_another_with_the_next_fence(jobs):
    await submitted(jobs)
    (first,) = await claimed(jobs)
    (second,) = await claimed(jobs, worker="other", now=NOW + LEASE)

    assert (second.job.id, first.job.fence, second.job.fence) == (first.job.id, 1, 2)


async def test_a_beat_keeps_a_lease_and_tells_how_far_it_is(jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    id_, beat = claim.job.id, Beat(fence=1, progress=0.5, stage="sing")
    kept = await jobs.beat({id_: beat}, worker="w", until=NOW + 3 * LEASE)

    assert kept == {id_}
    assert await ids(jobs, worker="other", now=NOW + 2 * LEASE) == []
    job = await jobs.job(id_)
    assert (job.progress, job.stage) == (0.5, "sing")


async def test_a_worker_that_lost_its_job_is_told_by_its_beat(jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    await claimed(jobs, worker="other", now=NOW + LEASE)

    beat = Beat(fence=1, progress=0.5, stage="")
    assert await jobs.beat({claim.job.id: beat}, worker="w", until=NOW + 3 * LEASE) == frozenset()


async def test_a_worker_that_was_revived_cannot_end_what_another_has(store, jobs):
    await submitted(jobs)
    (zombie,) = await claimed(jobs)
    (successor,) = await claimed(jobs, worker="other", now=NOW + LEASE)

    with pytest.raises(Conflict):
        await jobs.end(ending(zombie))
    assert await standing(store) == (PLENTY - PRICE, PRICE)
    await jobs.end(ending(successor))
    assert await standing(store) == (PLENTY - PRICE, 0)


async def test_a_job_is_recovered_when_its_zombie_tried_to_end_it_and_then_its_successor_died(store, jobs):
    await submitted(jobs)
    (zombie,) = await claimed(jobs)
    await claimed(jobs, worker="other", now=NOW + LEASE)
    with pytest.raises(Conflict):
        await jobs.end(ending(zombie))

    (third,) = await claimed(jobs, worker="third", now=NOW + 2 * LEASE)
    await jobs.end(ending(third))
    assert await standing(store) == (PLENTY - PRICE, 0)


async def test_success_is_charged_logged_and_kept(store, jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    row = usage(id=claim.job.id, dialect="musicapi")
    job = await jobs.end(ending(claim, made=b'{"clips": []}', usage=row))

    assert (job.state, job.made, job.ended_at, job.progress) == (JobState.SUCCEEDED, b'{"clips": []}', NOW + 1, 1.0)
    assert await jobs.job(job.id) == job
    assert await standing(store) == (PLENTY - PRICE, 0)
    (logged,) = await store.ledger.usage(ACCOUNT)
    assert (logged.id, logged.charged) == (job.id, PRICE)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED])
async def test_what_did_not_succeed_costs_nothing(store, jobs, state):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    job = await jobs.end(ending(claim, state, fault=Fault(code="maker_failed", text="Sorry.")))

    assert (job.state, job.fault) == (state, Fault(code="maker_failed", text="Sorry."))
    assert await standing(store) == (PLENTY, 0)


async def test_a_job_ends_once(store, jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    ends = [jobs.end(ending(claim, state)) for state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)]
    done = await asyncio.gather(*ends, return_exceptions=True)

    assert sorted(isinstance(one, Conflict) for one in done) == [False, True, True]
    assert (await standing(store))[1] == 0


async def test_a_job_that_waits_can_be_cancelled_from_outside(store, jobs):
    id_ = await submitted(jobs)
    end = JobEnd(id=id_, fence=None, state=JobState.CANCELLED, charge=0, at=NOW)

    assert (await jobs.end(end)).state is JobState.CANCELLED
    assert await ids(jobs) == []
    assert await standing(store) == (PLENTY, 0)


async def test_the_worker_of_a_cancelled_job_is_told_by_its_beat(jobs):
    id_ = await submitted(jobs)
    await claimed(jobs)
    await jobs.end(JobEnd(id=id_, fence=None, state=JobState.CANCELLED, charge=0, at=NOW))

    assert await jobs.beat({id_: Beat(fence=1, progress=0.1, stage="")}, worker="w", until=NOW + 9) == frozenset()


async def test_no_more_jobs_of_an_account_run_than_its_window(jobs):
    mine = [await submitted(jobs, window=2) for _ in range(5)]
    other = await submitted(jobs, OTHER, window=2)

    assert await ids(jobs) == [*mine[:2], other]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED])
async def test_the_end_of_a_job_admits_the_accounts_next(jobs, state):
    mine = [await submitted(jobs, window=1) for _ in range(3)]
    (claim,) = await claimed(jobs)
    await jobs.end(ending(claim, state))

    assert await ids(jobs) == [mine[1]]


async def test_cancelling_what_waits_outside_the_window_admits_nobody(jobs):
    mine = [await submitted(jobs, window=1) for _ in range(3)]
    await claimed(jobs)
    await jobs.end(JobEnd(id=mine[1], fence=None, state=JobState.CANCELLED, charge=0, at=NOW))

    assert await ids(jobs) == []


async def test_the_urgent_one_is_admitted_before_the_older(jobs):
    for _ in range(3):
        await submitted(jobs, window=1)
    urgent = await submitted(jobs, window=1, priority=9)
    (claim,) = await claimed(jobs)
    await jobs.end(ending(claim))

    assert await ids(jobs) == [urgent]


async def test_a_job_that_was_given_back_waits_again_and_its_try_is_not_counted(jobs):
    id_ = await submitted(jobs)
    for _ in range(MOST_FENCES + 1):
        (claim,) = await claimed(jobs)
        await jobs.give_back({id_: claim.job.fence}, worker="w")

    assert await ids(jobs) == [id_]
    assert await jobs.overdue(now=NOW, most=9) == []


async def test_a_job_that_kills_its_workers_is_not_given_to_another(store, jobs):
    await submitted(jobs)
    now = NOW
    for _ in range(MOST_FENCES):
        assert len(await claimed(jobs, now=now)) == 1
        now += LEASE

    assert await claimed(jobs, now=now) == []
    (poison,) = await jobs.overdue(now=now, most=9)
    end = JobEnd(id=poison.id, fence=None, state=JobState.FAILED, charge=0, at=now, fault=Fault(code="p"))
    await jobs.end(end)
    assert await standing(store) == (PLENTY, 0)


async def test_a_job_that_kills_the_server_is_found_too(jobs):
    id_ = await submitted(jobs)
    for _ in range(MOST_FENCES):
        await claimed(jobs)
        await jobs.recover()

    assert await claimed(jobs) == []
    assert [job.id for job in await jobs.overdue(now=NOW, most=9)] == [id_]


async def test_a_job_past_its_deadline_is_not_claimed_but_overdue(jobs):
    late = await submitted(jobs, deadline=NOW + 5)

    assert await jobs.overdue(now=NOW + 4, most=9) == []
    assert await ids(jobs, now=NOW + 5) == []
    assert [job.id for job in await jobs.overdue(now=NOW + 5, most=9)] == [late]


async def test_after_a_crash_running_jobs_wait_again_and_their_holds_stand(store, jobs):
    id_ = await submitted(jobs)
    await claimed(jobs)
    await store.ledger.end_all(now=NOW)
    assert await store.ledger.end_overdue(now=NOW + 10**8, most=9) == 0

    assert await jobs.recover() == 1
    (claim,) = await claimed(jobs)
    assert (claim.job.id, claim.job.fence) == (id_, 2)
    assert await standing(store) == (PLENTY - PRICE, PRICE)


async def test_what_is_to_be_delivered_is_there_with_the_end_and_not_without(jobs, store):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    message = Message(id=new_id(), url="https://example.com/", secret=b"s", body=b"{}", event="song.succeeded")
    job = await jobs.end(ending(claim, messages=(message,)))
    with pytest.raises(Conflict):
        await jobs.end(ending(claim, messages=(Message(id=new_id(), url="u", secret=b"", body=b"", event="e"),)))

    assert [told.id for told in await jobs.messages_of(job.id)] == [message.id]


async def test_an_accounts_jobs_are_told_newest_first_and_no_others(jobs):
    mine = [await submitted(jobs) for _ in range(4)]
    await submitted(jobs, OTHER)

    page = await jobs.jobs_of(ACCOUNT, most=3)
    rest = await jobs.jobs_of(ACCOUNT, after=page[-1].id)
    assert [job.id for job in (*page, *rest)] == mine[::-1]


async def test_the_waiting_and_the_running_are_counted(jobs):
    for _ in range(3):
        await submitted(jobs)
    await claimed(jobs, most=1)

    assert await jobs.waiting() == {"pending": 2, "running": 1}


async def test_whoever_waits_is_woken_by_a_submission(jobs):
    await jobs.wait(most=0.0)
    waiting = asyncio.create_task(jobs.wait(most=60.0))
    await asyncio.sleep(0)
    await submitted(jobs)

    async with asyncio.timeout(5):
        await waiting


async def test_three_hundred_jobs_at_once_are_claimed_once_each(jobs, store):
    accounts = (ACCOUNT, OTHER)
    sent = [submission(accounts[number % 2], window=1000, hold=1) for number in range(300)]
    await asyncio.gather(*(jobs.submit(one) for one in sent))
    rounds = await asyncio.gather(*(claimed(jobs, most=40, worker=f"w{number}") for number in range(8)))

    ids = [claim.job.id for claims in rounds for claim in claims]
    assert (len(ids), len(set(ids))) == (300, 300)


async def test_a_plan_that_was_made_for_an_empty_table_claims_no_more_than_was_wanted(cluster):
    url = await cluster.new_database()
    store = await PostgresStore.open(url, connections=1)
    connection = await asyncpg.connect(url)
    await connection.execute("ANALYZE job")  # As after a migration or a restored backup: nothing, so that all is cheap.
    await connection.close()
    await store.keys.ensure_account(account(ACCOUNT))
    await store.ledger.grant(grant(PLENTY))
    try:
        for _ in range(6):  # From the sixth time on PostgreSQL may keep its plan.
            assert await claimed(store.jobs) == []
        for _ in range(8):
            await submitted(store.jobs, window=100)

        assert len(await claimed(store.jobs, most=2)) == 2
        assert len(await claimed(store.jobs, most=2, now=NOW + LEASE)) == 2  # Of those whose lease ended.
    finally:
        await store.close()


# What there is of a job while it runs


async def test_a_beat_tells_what_there_is_so_far_and_one_without_leaves_it(jobs):
    id_ = await submitted(jobs)
    await claimed(jobs)
    for made in (b'{"clips": [1]}', b""):
        await jobs.beat({id_: Beat(fence=1, progress=0.1, stage="", made=made)}, worker="w", until=NOW + 9)

    assert (await jobs.job(id_)).made == b'{"clips": [1]}'


async def test_several_jobs_beat_at_once_each_with_its_own(jobs):
    made = {await submitted(jobs, window=9): made for made in (b"[1]", b"", b"[3]")}
    await claimed(jobs)
    beats = {id_: Beat(fence=1, progress=0.1, stage="", made=each) for id_, each in made.items()}

    assert await jobs.beat(beats, worker="w", until=NOW + 9) == frozenset(made)
    assert {id_: (await jobs.job(id_)).made for id_ in made} == made


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_of_a_job_that_did_not_succeed_nothing_is_left(jobs, state):
    id_ = await begun(jobs)
    await jobs.end(JobEnd(id=id_, fence=None, state=state, charge=0, at=NOW))

    assert (await jobs.job(id_)).made == b""


async def test_whoever_takes_a_dead_workers_job_begins_with_nothing(jobs):
    await begun(jobs)
    (claim,) = await claimed(jobs, worker="other", now=NOW + 10 * LEASE)

    assert (claim.job.fence, claim.job.made) == (2, b"")


@pytest.mark.parametrize("how", ["given back", "recovered"])
async def test_of_a_job_that_waits_again_there_is_nothing(jobs, how):
    id_ = await begun(jobs)
    match how:
        case "given back":
            await jobs.give_back({id_: 1}, worker="w")
        case "recovered":
            await jobs.recover()

    job = await jobs.job(id_)
    assert (job.state, job.made) == (JobState.PENDING, b"")


async def begun(jobs):
    """A job that runs, and something of which is there."""
    id_ = await submitted(jobs)
    await claimed(jobs)
    await jobs.beat({id_: Beat(fence=1, progress=0.1, stage="", made=b"[1]")}, worker="w", until=NOW + LEASE)
    assert (await jobs.job(id_)).made == b"[1]"
    return id_


# What is said of a job while it runs


def message(**changes):
    fields = {"id": new_id(), "url": "https://a.example/", "secret": b"s", "body": b"{}", "event": "song.streaming"}
    return Message(**{**fields, **changes})


async def test_what_is_said_of_a_running_job_is_due_at_once_and_once(store, jobs):
    id_ = await submitted(jobs)
    await claimed(jobs)
    told = message()
    for _ in range(2):
        await jobs.say(id_, fence=1, messages=[told, message(id=told.id, body=b"another")], at=NOW + 1)

    assert await jobs.messages_of(id_) == [told]
    (lane,) = await store.messages.due(now=NOW + 1, besides=(), most=9)
    assert lane.account_id == ACCOUNT


async def test_what_was_said_before_stands_beside_what_is_told_at_the_end(jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    first, last = message(), message(event="song.completed")
    await jobs.say(claim.job.id, fence=1, messages=[first], at=NOW)
    await jobs.end(ending(claim, messages=(first, last)))

    assert await jobs.messages_of(claim.job.id) == [first, last]


async def waiting_job(jobs):
    return await submitted(jobs)


async def lost_job(jobs):
    id_ = await submitted(jobs)
    await claimed(jobs)
    await claimed(jobs, worker="other", now=NOW + LEASE)
    return id_


async def ended_job(jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    await jobs.end(ending(claim))
    return claim.job.id


async def no_job(_jobs):
    return new_id()


@pytest.mark.parametrize("standing", [waiting_job, lost_job, ended_job, no_job])
async def test_only_whoever_has_a_job_can_say_something_of_it(jobs, standing):
    id_ = await standing(jobs)
    with pytest.raises(Conflict) as refused:
        await jobs.say(id_, fence=1, messages=[message()], at=NOW)

    assert refused.value.reason == "ended"
    assert await jobs.messages_of(id_) == []


# Turns


async def test_a_thousand_jobs_of_an_account_do_not_delay_anothers_one(jobs):
    """With no more workers than one account may have at work: it is not age that decides."""
    await asyncio.gather(*(jobs.submit(submission(hold=1, window=2)) for _ in range(1_000)))
    first = await claimed(jobs, most=2)
    other = await submitted(jobs, OTHER, created_at=NOW + 1)
    await jobs.end(ending(first[0], charge=1, at=NOW + 2))

    assert await ids(jobs, most=1, now=NOW + 2) == [other]


async def test_accounts_take_turns(jobs):
    mine = [await submitted(jobs, window=1) for _ in range(3)]
    theirs = [await submitted(jobs, OTHER, window=1) for _ in range(3)]
    order = []
    for second in range(6):
        (claim,) = await claimed(jobs, most=1, now=NOW + second)
        order.append(claim.job.id)
        await jobs.end(ending(claim, at=NOW + second + 1))

    assert order == [mine[0], theirs[0], mine[1], theirs[1], mine[2], theirs[2]]


async def test_a_higher_plan_goes_first_but_nobody_waits_for_ever(jobs):
    free = await submitted(jobs)
    soon = await submitted(jobs, OTHER, priority=1, created_at=NOW + HEAD_START - 1)
    late = await submitted(jobs, OTHER, priority=1, created_at=NOW + HEAD_START + 1)

    assert await ids(jobs) == [soon, free, late]


async def test_the_head_start_counts_from_when_a_job_was_admitted(jobs):
    await submitted(jobs, OTHER, window=1, priority=1)
    later = await submitted(jobs, OTHER, window=1, priority=1)
    (claim,) = await claimed(jobs)
    free = await submitted(jobs)
    await jobs.end(ending(claim, at=NOW + HEAD_START + 1))

    assert await ids(jobs, now=NOW + HEAD_START + 1) == [free, later]


async def test_it_is_known_since_when_the_one_waits_that_waits_longest(jobs):
    assert await jobs.waits_since() is None
    await submitted(jobs, window=1, priority=5, created_at=NOW + 1)
    await submitted(jobs, window=1, priority=5, created_at=NOW + 2)
    await submitted(jobs, OTHER, created_at=NOW + 3)
    assert await jobs.waits_since() == pytest.approx(NOW + 1)

    (claim, _) = await claimed(jobs)
    await jobs.end(ending(claim, at=NOW + 7))
    assert await jobs.waits_since() == pytest.approx(NOW + 7)


# What an operator sees, and what is forgotten


async def test_jobs_of_all_are_listed_newest_first_by_account_and_state(jobs):
    mine = [await submitted(jobs, window=1) for _ in range(3)]
    theirs = await submitted(jobs, OTHER)
    await claimed(jobs, most=1)
    newest_first = [theirs, *reversed(mine)]

    async def listed(**asked):
        return [job.id for job in await jobs.listed(**asked)]

    assert await listed() == newest_first
    assert await listed(most=2) == newest_first[:2]
    assert await listed(after=newest_first[1]) == newest_first[2:]
    assert await listed(account_id=ACCOUNT) == newest_first[1:]
    assert await listed(state=JobState.RUNNING) == [mine[0]]
    assert await listed(account_id=OTHER, state=JobState.RUNNING) == []
    assert await listed(account_id=UUID(int=99)) == []


async def test_what_ended_long_ago_is_forgotten_a_little_at_a_time_and_its_money_is_not(store, jobs):
    ended = []
    for _ in range(3):
        await submitted(jobs)
        (claim,) = await claimed(jobs)
        row = usage(id=claim.job.id, dialect="musicapi")
        ended.append((await jobs.end(ending(claim, usage=row, messages=[message()]))).id)
    waits = await submitted(jobs)

    assert await jobs.forget(before=NOW + 1, most=9) == 0
    assert await jobs.forget(before=NOW + 2, most=2) == 2
    assert await jobs.forget(before=NOW + 2, most=2) == 1
    assert [job.id for job in await jobs.listed()] == [waits]
    assert {row.id for row in await store.ledger.usage(ACCOUNT)} == set(ended)
    assert await standing(store) == (PLENTY - 4 * PRICE, PRICE)
    assert len(await store.messages.posted()) == 3  # Which may not be delivered yet.


# A hold that is gone


@pytest.fixture
async def unpaid(store, jobs):
    """A job that runs, and whose hold somebody released."""
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    await store.ledger.end(Ending(id=claim.job.id, charge=0, at=NOW, order=()))
    return claim


async def test_a_job_that_is_not_paid_for_any_more_cannot_succeed_and_that_is_told_apart(jobs, unpaid):
    with pytest.raises(Conflict) as refused:
        await jobs.end(ending(unpaid))

    assert refused.value.reason == "hold_gone"
    assert (await jobs.job(unpaid.job.id)).state is JobState.RUNNING


async def test_a_job_that_is_not_paid_for_any_more_can_fail_and_is_in_the_log(store, jobs, unpaid):
    row = usage(id=unpaid.job.id, dialect="musicapi")
    told = message(event="song.failed")
    job = await jobs.end(ending(unpaid, JobState.FAILED, fault=Fault(code="hold_gone"), usage=row, messages=[told]))

    assert (job.state, job.fault.code) == (JobState.FAILED, "hold_gone")
    assert await jobs.messages_of(job.id) == [told]
    (logged,) = await store.ledger.usage(ACCOUNT)
    assert (logged.id, logged.charged) == (job.id, 0)
    assert await standing(store) == (PLENTY, 0)


async def test_more_than_is_held_cannot_be_charged(jobs):
    await submitted(jobs)
    (claim,) = await claimed(jobs)
    with pytest.raises(ValueError, match="held"):
        await jobs.end(ending(claim, charge=PRICE + 1))

    assert (await jobs.job(claim.job.id)).state is JobState.RUNNING


OLD_JOB = """
    INSERT INTO job (
        id, account, dialect, kind, asked, shown, made, state, fence, tries, priority, price, progress, stage,
        created_at, ended_at, deadline, span, admitted)
    VALUES ($1, 1, 'musicapi', 'song', x'7b7d', x'7b7d', x'', $2, 0, 0, 0, 0, 0, '', $3, $4, 1e12, 2, 1)
"""


async def test_what_waited_when_a_later_release_was_installed_keeps_its_turn(tmp_path):
    connection = apsw.Connection(str(tmp_path / "antiphon.db"))
    migrate(connection, [step for step in migrations() if step.version < 6])
    connection.execute("INSERT INTO account_number (number, account_id) VALUES (1, $1)", (str(ACCOUNT),))
    last, first, done = new_id(), new_id(), new_id()
    for row in ((last, "pending", 2.0, None), (first, "pending", 1.0, None), (done, "succeeded", 0.0, 1.0)):
        connection.execute(OLD_JOB, (str(row[0]), *row[1:]))
    connection.close()

    store = SqliteStore.open(tmp_path / "antiphon.db")
    try:
        assert await ids(store.jobs, most=1) == [first]
        assert await ids(store.jobs) == [last]
        assert await store.jobs.forget(before=NOW, most=9) == 1
    finally:
        await store.close()
