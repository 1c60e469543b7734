import asyncio
import contextlib

import pytest

from antiphon.domain.errors import Conflict, Unavailable, UnavailableCause
from antiphon.domain.jobs import FOREVER, KEPT, Job, JobState
from antiphon.kit.clock import SystemClock
from antiphon.services.ends import Ends
from antiphon.services.work import Receipt, Workshop
from antiphon.store.ports import Ending
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from store.books import ACCOUNT, PAYG, account, admission, grant, new_id
from store.fresh import open_sqlite

CLOCK = SystemClock()
PRICE = 1_000
LEASE = 0.2


SMELL = Message(id=new_id(), url="u", secret=b"", body=b"smells good", event="bread.smells")


class Baker:
    """Bakes what is asked for; what is burnt, hangs or breaks says so in its order."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.stopped = asyncio.Event()
        self.oven = asyncio.Event()
        self.orders = []
        self.cleaned = False

    async def work(self, job, tell):
        self.orders.append(job.asked)
        self.begun.set()
        tell("bake", 0.5)
        if job.asked.startswith(b"by and by"):
            tell.done(b'{"crumb": 1}')
            await self.oven.wait()
            for _ in range(2):
                await tell.say([SMELL])
            if job.asked.endswith(b"burnt"):
                raise Unavailable(UnavailableCause.MAKER_DIED)
        match job.asked:
            case b"burnt":
                raise Unavailable(UnavailableCause.MAKER_DIED)
            case b"on fire":
                raise ZeroDivisionError
            case b"slow":
                try:
                    await self.oven.wait()
                except asyncio.CancelledError:
                    self.stopped.set()
                    await asyncio.sleep(LEASE)  # To clean up takes longer than a beat.
                    self.cleaned = True
                    raise
        return b'{"bread": 1}'

    def receipt(self, job, outcome, *, at):  # noqa: ARG002 - as a Trade has it
        if job.asked == b"unreadable":
            raise ValueError
        return Receipt(messages=(Message(id=new_id(), url="u", secret=b"", body=repr(outcome).encode(), event="e"),))


@pytest.fixture
async def store(tmp_path):
    opened = open_sqlite(tmp_path / "antiphon.db")
    await opened.keys.ensure_account(account())
    await opened.ledger.grant(grant(10**6))
    yield opened
    assert (await opened.ledger.verify()).fault == ""
    await opened.close()


@pytest.fixture
def baker():
    return Baker()


async def ordered(store, asked=b"bread", **changes):
    asks = admission(PRICE, dialect="musicapi", at=CLOCK.now(), until=FOREVER)
    fields = {"id": asks.id, "account_id": ACCOUNT, "dialect": "musicapi", "kind": "bread", "price": PRICE}
    job = Job(**{**fields, "asked": asked, "created_at": CLOCK.now(), **changes})
    await store.jobs.submit(Submission(admission=asks, job=job, window=9))
    return job.id


@contextlib.asynccontextmanager
async def open_shop(store, baker, *, jobs=None, name="w", slots=2, drain=5.0, lease=LEASE, quick=None, **options):
    options = {"slots": slots, "name": name, "clock": CLOCK, "lease": lease, **options}
    shop = Workshop(jobs or store.jobs, {"bread": baker}, quick or {}, **options)
    stop = asyncio.Event()
    serving = asyncio.create_task(shop.serve(stop, drain=drain))
    try:
        yield serving
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await serving


async def ended(store, id_):
    return await told(store, id_, lambda job: job.state.ended)


async def told(store, id_, wanted):
    """The job, once it is as wanted."""
    async with asyncio.timeout(20):
        while True:
            job = await store.jobs.job(id_)
            if wanted(job):
                return job
            await asyncio.sleep(0.01)


async def spent(store):
    balance = await store.ledger.balance(ACCOUNT, at=CLOCK.now())
    return 10**6 - balance.available[PAYG], balance.held


async def test_a_job_is_done_charged_and_told(store, baker):
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store))

    assert (job.state, job.made) == (JobState.SUCCEEDED, b'{"bread": 1}')
    assert await spent(store) == (PRICE, 0)
    (told,) = await store.jobs.messages_of(job.id)
    assert told.body == repr(b'{"bread": 1}').encode()


@pytest.mark.parametrize(("asked", "code"), [(b"burnt", "unavailable"), (b"on fire", "internal")])
async def test_a_job_that_cannot_be_done_is_failed_and_costs_nothing(store, baker, asked, code):
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store, asked))

    assert (job.state, job.fault.code) == (JobState.FAILED, code)
    assert await spent(store) == (0, 0)


async def test_an_accident_does_not_end_the_workshop(store, baker):
    async with open_shop(store, baker):
        await ended(store, await ordered(store, b"on fire"))
        assert (await ended(store, await ordered(store))).state is JobState.SUCCEEDED


async def test_a_job_is_failed_at_its_deadline_and_its_work_stopped(store, baker):
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store, b"slow", deadline=CLOCK.now() + 0.3))

    assert (job.state, job.fault.code) == (JobState.FAILED, "deadline")
    assert baker.stopped.is_set()
    assert await spent(store) == (0, 0)


async def test_a_job_that_nobody_began_is_failed_at_its_deadline(store, baker):
    id_ = await ordered(store, deadline=CLOCK.now() - 1)
    async with open_shop(store, baker):
        job = await ended(store, id_)

    assert (job.state, job.fault.code, baker.orders) == (JobState.FAILED, "deadline", [])
    assert len(await store.jobs.messages_of(id_)) == 1


async def test_the_work_of_a_cancelled_job_is_stopped(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        await store.jobs.end(JobEnd(id=id_, fence=None, state=JobState.CANCELLED, charge=0, at=CLOCK.now()))
        async with asyncio.timeout(20):
            await baker.stopped.wait()

    assert await spent(store) == (0, 0)


async def test_work_that_takes_longer_than_a_lease_is_done_once(store, baker):
    async with open_shop(store, baker), open_shop(store, baker, name="other"):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        await asyncio.sleep(3 * LEASE)
        baker.oven.set()
        job = await ended(store, id_)

    assert (job.fence, len(baker.orders)) == (1, 1)


async def test_progress_is_told_while_work_goes_on(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        job = await told(store, id_, lambda job: job.progress)
        baker.oven.set()

    assert (job.progress, job.stage) == (0.5, "bake")


async def test_no_more_is_done_at_once_than_there_are_slots(store, baker):
    async with open_shop(store, baker, slots=2):
        ids = [await ordered(store, b"slow") for _ in range(4)]
        await asyncio.sleep(3 * LEASE)
        assert await store.jobs.waiting() == {"pending": 2, "running": 2}
        baker.oven.set()
        for id_ in ids:
            await ended(store, id_)


async def test_what_is_in_a_lane_of_its_own_does_not_wait_for_the_others(store, baker):
    async with open_shop(store, baker, slots=1, quick={"roll": Baker()}):
        slow = [await ordered(store, b"slow") for _ in range(2)]
        await baker.begun.wait()
        rolls = [await ended(store, await ordered(store, kind="roll")) for _ in range(2)]
        assert [job.state for job in rolls] == [JobState.SUCCEEDED] * 2
        assert await store.jobs.waiting() == {"pending": 1, "running": 1}
        baker.oven.set()
        for id_ in slow:
            await ended(store, id_)


async def test_a_workshop_that_closes_finishes_what_it_began(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        asyncio.get_running_loop().call_later(0.1, baker.oven.set)

    assert (await store.jobs.job(id_)).state is JobState.SUCCEEDED


async def test_what_is_not_done_when_a_workshop_closes_waits_for_another(store, baker):
    async with open_shop(store, baker, drain=0.1):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
    assert baker.stopped.is_set()
    assert (await store.jobs.job(id_)).state is JobState.PENDING

    baker.oven.set()
    async with open_shop(store, baker, name="next"):
        assert (await ended(store, id_)).state is JobState.SUCCEEDED
    assert await spent(store) == (PRICE, 0)


async def test_a_workshop_whose_machine_slept_drops_what_another_has(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        far = CLOCK.now() + 3600
        (claim,) = await store.jobs.claim(worker="other", kinds=("bread",), most=1, now=far, until=far + 60)
        async with asyncio.timeout(20):
            await baker.stopped.wait()
        assert claim.job.fence == 2
        await store.jobs.end(
            JobEnd(id=id_, fence=2, state=JobState.SUCCEEDED, charge=PRICE, at=far, made=b"the other's")
        )

    assert (await store.jobs.job(id_)).made == b"the other's"
    assert await spent(store) == (PRICE, 0)


async def test_work_that_is_dropped_may_clean_up_to_its_end(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        await store.jobs.end(JobEnd(id=id_, fence=None, state=JobState.CANCELLED, charge=0, at=CLOCK.now()))
        await baker.stopped.wait()
        await asyncio.sleep(2 * LEASE)
        assert baker.cleaned


async def test_a_job_of_which_no_receipt_can_be_written_ends_all_the_same(store, baker):
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store, b"unreadable"))
        assert job.state is JobState.SUCCEEDED
        late = await ordered(store, b"unreadable", deadline=CLOCK.now() - 1)
        assert (await ended(store, late)).fault.code == "deadline"
        assert (await ended(store, await ordered(store))).state is JobState.SUCCEEDED


class Jobs:
    """A store's jobs, of which one method does something else."""

    def __init__(self, jobs, **changed):
        self._jobs = jobs
        self._changed = changed

    def __getattr__(self, name):
        return self._changed.get(name) or getattr(self._jobs, name)


@pytest.mark.parametrize("accident", [Unavailable(UnavailableCause.STORE_FAILED), ZeroDivisionError()])
async def test_a_job_that_cannot_be_swept_stops_neither_the_others_nor_the_workshops_end(store, baker, accident):
    late = await ordered(store, deadline=CLOCK.now() - 1)
    tried = asyncio.Event()

    async def end(asked):
        if asked.id == late:
            tried.set()
            raise accident
        return await store.jobs.end(asked)

    async def overdue(*, now, most):
        return [] if tried.is_set() else await store.jobs.overdue(now=now, most=most)

    shop = Workshop(Jobs(store.jobs, end=end, overdue=overdue), {"bread": baker}, slots=1, name="w", clock=CLOCK)
    stop = asyncio.Event()
    serving = asyncio.create_task(shop.serve(stop, drain=1.0))
    async with asyncio.timeout(5):
        await tried.wait()
        assert (await ended(store, await ordered(store))).state is JobState.SUCCEEDED
        stop.set()
        await serving


async def test_what_there_is_so_far_is_told_long_before_the_next_beat(store, baker):
    async with open_shop(store, baker, lease=4_000.0):
        id_ = await ordered(store, b"by and by")
        job = await told(store, id_, lambda job: job.made)
        baker.oven.set()
        done = await ended(store, id_)

    assert (job.state, job.made, job.progress) == (JobState.RUNNING, b'{"crumb": 1}', 0.5)
    assert done.made == b'{"bread": 1}'


async def test_of_a_job_that_fails_in_the_end_there_is_nothing(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"by and by burnt")
        await told(store, id_, lambda job: job.made)
        baker.oven.set()
        job = await ended(store, id_)

    assert (job.state, job.made) == (JobState.FAILED, b"")


async def test_what_there_is_so_far_is_told_when_the_database_is_back(store, baker):
    beats = []

    async def beat(asked, **options):
        (one,) = asked.values()
        if beats or one.made:  # From the first on that has something to tell.
            beats.append(one.made)
        if len(beats) == 1:
            raise Unavailable(UnavailableCause.STORE_FAILED)
        return await store.jobs.beat(asked, **options)

    async with open_shop(store, baker, jobs=Jobs(store.jobs, beat=beat), lease=2.0):
        id_ = await ordered(store, b"by and by")
        assert (await told(store, id_, lambda job: job.made)).made == b'{"crumb": 1}'
        while len(beats) < 3:  # noqa: ASYNC110 - beats are no events
            await asyncio.sleep(0.01)
        baker.oven.set()

    assert beats[:3] == [b'{"crumb": 1}', b'{"crumb": 1}', b""]


async def test_what_is_said_of_a_job_while_it_runs_is_said_once(store, baker):
    baker.oven.set()
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store, b"by and by"))

    smell, last = await store.jobs.messages_of(job.id)
    assert (smell, last.event) == (SMELL, "e")


async def test_what_is_said_while_the_database_is_away_is_said_when_it_is_back(store, baker):
    tries = []

    async def say(id_, **options):
        tries.append(id_)
        if len(tries) == 1:
            raise Unavailable(UnavailableCause.STORE_FAILED)
        await store.jobs.say(id_, **options)

    baker.oven.set()
    async with open_shop(store, baker, jobs=Jobs(store.jobs, say=say)):
        job = await ended(store, await ordered(store, b"by and by"))

    assert len(tries) == 3
    assert len(await store.jobs.messages_of(job.id)) == 2


def ends(store, baker, *heard):
    made = Ends(store.jobs, clock=CLOCK)
    made.learn({"bread": baker}, *heard)
    return made


async def test_whoever_cancels_a_job_that_runs_stops_its_work_and_tells_who_waits_for_it(store, baker):
    heard = []
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        job = await ends(store, baker, heard.append).cancel(await store.jobs.job(id_))
        async with asyncio.timeout(20):
            await baker.stopped.wait()

    assert (job.state, job.fault.code) == (JobState.CANCELLED, "cancelled")
    assert await store.jobs.job(id_) == job
    assert heard == [job]
    (message,) = await store.jobs.messages_of(id_)
    assert b"cancelled" in message.body
    assert await spent(store) == (0, 0)


async def test_a_job_that_has_ended_cannot_be_cancelled(store, baker):
    async with open_shop(store, baker):
        job = await ended(store, await ordered(store))
    with pytest.raises(Conflict) as refused:
        await ends(store, baker).cancel(job)

    assert refused.value.reason == "ended"
    assert await store.jobs.job(job.id) == job
    assert await spent(store) == (PRICE, 0)


async def test_nobody_cancels_what_he_cannot_tell_of(store):
    id_ = await ordered(store)
    with pytest.raises(Conflict) as refused:
        await Ends(store.jobs, clock=CLOCK).cancel(await store.jobs.job(id_))

    assert refused.value.reason == "no_trade"
    assert (await store.jobs.job(id_)).state is JobState.PENDING


async def test_a_job_whose_hold_is_gone_fails_and_says_so(store, baker):
    async with open_shop(store, baker):
        id_ = await ordered(store, b"slow")
        await baker.begun.wait()
        await store.ledger.end(Ending(id=id_, charge=0, at=CLOCK.now(), order=()))
        baker.oven.set()
        job = await ended(store, id_)

    assert (job.state, job.fault.code, job.made) == (JobState.FAILED, "hold_gone", b"")
    (message,) = await store.jobs.messages_of(id_)
    assert b"hold_gone" in message.body
    assert await spent(store) == (0, 0)


async def test_ends_are_counted(store, baker):
    heard = []
    async with open_shop(store, baker, ended=lambda job: heard.append((job.kind, job.state))):
        await ended(store, await ordered(store))
        await ended(store, await ordered(store, b"burnt"))
        await ended(store, await ordered(store, deadline=CLOCK.now() - 1))

    assert heard == [("bread", "succeeded"), ("bread", "failed"), ("bread", "failed")]


class Later:
    """The clock of a month later."""

    def now(self):
        return CLOCK.now() + KEPT + 1

    def monotonic(self):
        return CLOCK.monotonic()


async def test_jobs_are_forgotten_a_month_after_their_end(store, baker):
    async with open_shop(store, baker):
        old = await ended(store, await ordered(store))
    async with open_shop(store, baker, clock=Later()):
        await told(store, old.id, lambda job: job is None)

    assert await spent(store) == (PRICE, 0)
