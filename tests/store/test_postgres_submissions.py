"""A connection to PostgreSQL breaks while a job is submitted over it: what became of the job is found out."""

import contextlib

import pytest

from antiphon.domain.errors import PaymentRequired, Unavailable, UnavailableCause
from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.store.ports import Admitted, Concurrency, IdempotencyKey, StoredAnswer
from antiphon.store.ports_jobs import JobEnd, Submission
from antiphon.store.postgres import PostgresStore
from antiphon.store.postgres_jobs import PostgresJobs
from antiphon.store.postgres_submissions import submitted
from store.books import ACCOUNT, PAYG, account, admission, grant

PRICE = 100
NOW = 100.0
ANSWER = StoredAnswer(status=200, headers={}, body=b"{}", artifact="")
NAMED = IdempotencyKey(route="r", key="k", fingerprint=bytes(32), expires_at=1e9)


@pytest.fixture
async def store(cluster):
    opened = await PostgresStore.open(await cluster.new_database())
    await opened.keys.ensure_account(account())
    await opened.ledger.grant(grant(PRICE))
    yield opened
    assert (await opened.ledger.verify()).fault == ""
    await opened.close()


class Torn:
    """Connections that break, each in a manner of the test's choosing, when a job is submitted over them."""

    def __init__(self, pool, manners):
        self._pool = pool
        self._manners = iter(manners)

    def __getattr__(self, name):
        return getattr(self._pool, name)

    @contextlib.asynccontextmanager
    async def acquire(self):
        async with self._pool.acquire() as connection:
            yield _Connection(connection, self._manners)


class _Connection:
    def __init__(self, real, manners):
        self._real = real
        self._manners = manners

    def __getattr__(self, name):
        return getattr(self._real, name)

    async def fetchrow(self, query, *args):
        manner = next(self._manners, None) if "job_submit" in query else None
        if manner is None:
            return await self._real.fetchrow(query, *args)
        return await manner(self._real, query, args)


async def before_it_is_sent(real, _query, _args):
    real.terminate()
    raise ConnectionResetError


async def before_it_is_answered(real, query, args):
    await real.fetchrow(query, *args)
    real.terminate()
    raise ConnectionResetError


async def never_answered(real, query, args):
    await real.fetchrow(query, *args)
    raise TimeoutError


def torn(store, *manners):
    """Its jobs, over connections of which the first few break."""
    return PostgresJobs(Torn(store._pool, manners), store._bell)


def submission(**limits):
    asks = admission(PRICE, dialect="musicapi", at=NOW, until=FOREVER, **limits)
    fields = {"account_id": ACCOUNT, "dialect": "musicapi", "kind": "song", "asked": b"{}", "price": PRICE}
    return Submission(admission=asks, job=Job(id=asks.id, created_at=NOW, **fields), window=2, answer=ANSWER)


async def standing(store):
    balance = await store.ledger.balance(ACCOUNT, at=NOW)
    return balance.available.get(PAYG, 0), balance.held


# What the first attempt leaves behind would refuse a second: there is enough for one, one may wait, the name is taken.
LIMITS = [{}, {"concurrency": (Concurrency(tier="organization", most=1),)}, {"idempotency": NAMED}]


@pytest.mark.parametrize("limits", LIMITS, ids=["balance", "concurrency", "idempotency"])
@pytest.mark.parametrize("manner", [before_it_is_sent, before_it_is_answered, never_answered])
async def test_a_job_whose_connection_breaks_is_submitted_once_and_that_is_told(store, manner, limits):
    asked = submission(**limits)
    result = await torn(store, manner).submit(asked)

    assert isinstance(result, Admitted)
    assert [(part.bucket, part.amount) for part in result.split] == [(PAYG, PRICE)]
    assert [job.id for job in await store.jobs.jobs_of(ACCOUNT)] == [asked.job.id]
    assert await standing(store) == (0, PRICE)


async def test_a_refusal_after_a_broken_connection_is_one(store):
    await store.jobs.submit(submission())
    asked = submission()
    with pytest.raises(PaymentRequired):
        await torn(store, before_it_is_sent).submit(asked)

    assert await store.jobs.job(asked.job.id) is None


async def test_a_job_that_ended_before_its_submission_was_looked_for_is_one_all_the_same(store):
    asked = submission()

    async def and_ends(real, query, args):
        await real.fetchrow(query, *args)
        await store.jobs.end(JobEnd(id=asked.job.id, fence=None, state=JobState.CANCELLED, charge=0, at=NOW))
        raise ConnectionResetError

    assert isinstance(await torn(store, and_ends).submit(asked), Admitted)
    assert await standing(store) == (PRICE, 0)


@pytest.mark.parametrize("besides", [1, 5 * PRICE])
async def test_two_attempts_that_both_arrive_are_one(store, besides):
    """A zombie: nobody hears of it any more, and it gets to the database all the same."""
    await store.ledger.grant(grant(besides))
    asked = submission()
    sent = []

    async def lost(_real, query, args):
        sent.append((query, args))
        raise ConnectionResetError

    async def overtaken(real, _query, _args):
        ((query, args),) = sent
        await real.fetchrow(query, *args)  # Now it arrives, between the look and the second attempt.
        return await real.fetchrow(query, *args)

    assert isinstance(await torn(store, lost, overtaken).submit(asked), Admitted)
    assert await standing(store) == (besides, PRICE)


async def test_where_nobody_can_find_out_that_is_said(store):
    pool = Torn(store._pool, [before_it_is_sent] * 3)
    with pytest.raises(Unavailable) as refused:
        await submitted(pool, submission(), pauses=(0.0, 0.0))

    assert refused.value.cause == UnavailableCause.IN_DOUBT


async def test_where_no_connection_can_be_made_nothing_was_done_and_that_is_known(store):
    class Away:
        @contextlib.asynccontextmanager
        async def acquire(self):
            raise ConnectionRefusedError
            yield

    with pytest.raises(Unavailable) as refused:
        await PostgresJobs(Away(), store._bell).submit(submission())

    assert refused.value.cause == UnavailableCause.STORE_FAILED
