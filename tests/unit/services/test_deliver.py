import asyncio
import base64
import contextlib
import itertools
import os
from collections import Counter

import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.domain.webhooks import GIVEN_UP_AFTER, SCHEDULE, MessageState
from antiphon.kit.clock import SystemClock
from antiphon.kit.http import Answer, Refused, Unreachable
from antiphon.services.deliver import KEPT, PER_ACCOUNT, PER_HOST, Deliver, in_turns
from antiphon.services.secrets import Secrets, message_place
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.ports_messages import Lane
from store.books import ACCOUNT, OTHER, account, admission, new_id
from store.fresh import open_sqlite

WAITING, DELIVERED, EXHAUSTED = MessageState
SECRETS = Secrets(bytes(32), entropy=os.urandom)
OK = Answer(status=200)


class Clock:
    """The machine's, moved by hand."""

    def __init__(self):
        self.ahead = 0.0

    def now(self):
        return SystemClock().now() + self.ahead

    def monotonic(self):
        return SystemClock().monotonic() + self.ahead


class Receivers:
    """All hosts there are: what each does with what is posted, by its name, and what came."""

    def __init__(self):
        self.does = {}
        self.came = []
        self.here = Counter()
        self.most = Counter()

    async def post(self, url, body, headers, *, seconds):  # noqa: ARG002 - as a Poster has it
        host = url.split("/")[2]
        self.came.append((host, body, headers))
        self.here[host] += 1
        self.most[host] = max(self.most[host], self.here[host])
        try:
            return await self._taken(self.does.get(host, OK))
        finally:
            self.here[host] -= 1

    async def _taken(self, how):
        match how:
            case Exception():
                raise how
            case asyncio.Event():
                await how.wait()
                return OK
            case itertools.chain():
                return await self._taken(next(how))
        return how

    def times(self, host):
        return sum(1 for came, *_ in self.came if came == host)


@pytest.fixture
async def store(tmp_path):
    opened = open_sqlite(tmp_path / "antiphon.db")
    await opened.keys.ensure_account(account())
    await opened.keys.ensure_account(account(OTHER))
    yield opened
    await opened.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def receivers():
    return Receivers()


@pytest.fixture
def post_office(store, clock, receivers):
    """Opens an office that delivers, as often as it is called."""

    @contextlib.asynccontextmanager
    async def opened(*, drain=5.0, at_once=64, messages=None, **options):
        office = Deliver(
            messages or store.messages,
            receivers,
            secret=SECRETS.of,
            clock=clock,
            chance=lambda: 0.5,
            at_once=at_once,
            **options,
        )
        stop = asyncio.Event()
        serving = asyncio.create_task(office.serve(stop, drain=drain))
        try:
            yield serving
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await serving

    return opened


@pytest.fixture
def posted(store, clock):
    async def post(host="a.example", many=1, of=ACCOUNT, **changes):
        """So many messages for a host; the last one's id."""
        at = clock.now()
        fields = {
            "url": f"https://{host}/hook",
            "secret": b"",
            "body": b'{"a":1}',
            "event": "song.completed",
            **changes,
        }
        told = [Message(**{"id": new_id(), **fields}) for _ in range(many)]
        asks = admission(0, account_id=of, dialect="musicapi", at=at, until=FOREVER)
        job = Job(id=asks.id, account_id=of, dialect="musicapi", kind="song", asked=b"", price=0, created_at=at)
        await store.jobs.submit(Submission(admission=asks, job=job, window=99))
        await store.jobs.end(JobEnd(id=job.id, fence=None, state=JobState.CANCELLED, charge=0, at=at, messages=told))
        return told[-1].id

    return post


@pytest.fixture
def told(store, clock):
    async def wait(id_, wanted, *, passing=0.0):
        """The message, once it is as wanted; meanwhile so many seconds pass at every look."""
        async with asyncio.timeout(20):
            while not wanted(found := await store.messages.find(id_)):
                clock.ahead += passing
                store.messages.ring()
                await asyncio.sleep(0.005)
        return found

    return wait


def ended(found):
    return found.state is not WAITING


def tried(times):
    return lambda found: found.attempts >= times


async def test_a_message_is_delivered_signed_and_on_record(store, post_office, posted, told, receivers):
    async with post_office():
        id_ = await posted()
        found = await told(id_, ended)

    assert found.state is DELIVERED
    (attempt,) = await store.messages.attempts_of(id_)
    assert (attempt.status, attempt.fault) == (200, "")
    ((_, body, headers),) = receivers.came
    assert (body, headers["webhook-id"], headers["X-Webhook-Event"]) == (b'{"a":1}', str(id_), "song.completed")


async def test_a_receiver_that_fails_is_tried_on_the_schedule_and_given_up_at_its_end(
    store, post_office, posted, told, receivers, clock
):
    receivers.does["a.example"] = Answer(status=500)
    async with post_office():
        id_ = await posted()
        for times in range(1, len(SCHEDULE) + 1):
            found = await told(id_, tried(times))
            clock.ahead += found.due_at - clock.now()
        found = await told(id_, ended)

    attempts = await store.messages.attempts_of(id_)
    assert found.state is EXHAUSTED
    assert [attempt.status for attempt in attempts] == [500] * (len(SCHEDULE) + 1)
    pauses = [later.at - sooner.at for sooner, later in itertools.pairwise(attempts)]
    assert all(0 <= pause - due < 2 for pause, due in zip(pauses, SCHEDULE, strict=True))
    assert {headers["webhook-id"] for *_, headers in receivers.came} == {str(id_)}
    assert len({headers["webhook-timestamp"] for *_, headers in receivers.came}) == len(attempts)
    assert len({body for _, body, _ in receivers.came}) == 1


@pytest.mark.parametrize("status", [301, 307, 404, 500])
async def test_whatever_is_not_2xx_is_no_delivery(post_office, posted, told, receivers, status):
    receivers.does["a.example"] = itertools.chain([Answer(status=status, headers={"location": "/"})], [OK])
    async with post_office():
        found = await told(await posted(), ended, passing=1.0)
    assert (found.state, found.attempts) == (DELIVERED, 2)


async def test_a_receiver_that_is_gone_is_let_alone(post_office, posted, told, receivers):
    receivers.does["a.example"] = Answer(status=410)
    async with post_office():
        found = await told(await posted(), ended)
    assert (found.state, found.attempts) == (EXHAUSTED, 1)


@pytest.mark.parametrize(("status", "heeded"), [(503, True), (429, True), (500, False)])
async def test_a_busy_receiver_says_when_to_come_back(post_office, posted, told, receivers, clock, status, heeded):
    receivers.does["a.example"] = Answer(status=status, headers={"retry-after": "3600"})
    async with post_office():
        found = await told(await posted(), tried(1))
    assert (found.due_at - clock.now() > 3500) is heeded


@pytest.mark.parametrize("reason", ["url", "scheme", "port"])
async def test_a_url_that_may_never_be_asked_is_given_up_at_once(store, post_office, posted, told, receivers, reason):
    receivers.does["a.example"] = Refused(reason)
    async with post_office():
        id_ = await posted()
        found = await told(id_, ended)
    assert found.state is EXHAUSTED
    assert [attempt.fault for attempt in await store.messages.attempts_of(id_)] == [f"refused: {reason}"]


async def test_a_name_that_stands_for_a_forbidden_address_may_stand_for_another_later(
    store, post_office, posted, told, receivers
):
    receivers.does["a.example"] = itertools.chain([Refused("address")], [OK])
    async with post_office():
        id_ = await posted()
        await told(id_, ended, passing=1.0)
    refused, taken = await store.messages.attempts_of(id_)
    assert (refused.fault, refused.status, taken.status) == ("refused: address", None, 200)


async def test_a_host_that_hangs_delays_nobody_else(post_office, posted, told, receivers):
    receivers.does["slow.example"] = hangs = asyncio.Event()
    async with post_office(at_once=8):
        slow = await posted("slow.example", many=50)
        await told(await posted("good.example", many=20), ended)
        assert receivers.most["slow.example"] == PER_HOST
        hangs.set()
        await told(slow, ended)
    assert receivers.times("slow.example") == 50


async def test_an_account_whose_many_receivers_hang_delays_no_other(post_office, posted, told, receivers):
    hosts = [f"slow{number}.example" for number in range(2 * PER_ACCOUNT)]
    receivers.does |= dict.fromkeys(hosts, hangs := asyncio.Event())
    slow = [await posted(host) for host in hosts]
    async with post_office(at_once=PER_ACCOUNT + 8):
        await told(await posted("good.example", many=20, of=OTHER), ended)
        assert sum(receivers.here.values()) == PER_ACCOUNT
        hangs.set()
        for id_ in slow:
            await told(id_, ended)


async def test_attempts_are_counted_by_their_outcome(post_office, posted, told, receivers):
    receivers.does["a.example"] = itertools.chain([Answer(status=500)], [OK])
    receivers.does["b.example"] = Answer(status=410)
    outcomes = []
    async with post_office(tried=outcomes.append):
        await told(await posted(), ended, passing=1.0)
        await told(await posted("b.example"), ended)
    assert outcomes == ["failed", "delivered", "exhausted"]


async def test_hosts_take_turns(post_office, posted, told, receivers):
    hosts = ["big.example", "small.example", "last.example"]
    ids = [await posted(host, many=many) for host, many in zip(hosts, (40, 1, 1), strict=True)]
    async with post_office(at_once=3):
        for id_ in ids:
            await told(id_, ended)
    assert sorted(host for host, *_ in receivers.came[:3]) == sorted(hosts)


async def test_a_host_that_is_down_is_let_alone_for_a_while_and_then_tried_with_one(
    post_office, posted, told, receivers, clock
):
    receivers.does["down.example"] = Unreachable("ConnectError")
    async with post_office():
        await told(await posted("down.example", many=PER_HOST), tried(1))
        await told(await posted("down.example"), tried(1))
        asked = receivers.times("down.example")
        paused = await posted("down.example", many=10)
        await told(await posted("good.example"), ended)
        assert receivers.times("down.example") == asked

        receivers.does["down.example"] = alive = asyncio.Event()
        clock.ahead += 20.0
        await told(await posted("good.example"), ended)
        await until(lambda: receivers.times("down.example") > asked)
        await told(await posted("good.example"), ended)
        assert receivers.times("down.example") == asked + 1
        alive.set()
        assert (await told(paused, ended)).state is DELIVERED


async def test_a_receiver_that_says_no_is_there(post_office, posted, told, receivers):
    """Hosts have many customers: one whose hook is broken is not to stop those of others."""
    receivers.does["shared.example"] = Answer(status=404)
    async with post_office():
        await told(await posted("shared.example", many=20), tried(1))
        receivers.does["shared.example"] = OK
        assert (await told(await posted("shared.example"), ended)).attempts == 1


async def test_a_given_secret_signs_and_without_one_the_accounts_own(post_office, posted, told, receivers):
    id_ = new_id()
    sealed = SECRETS.seal("my-secret-123", message_place(id_))
    async with post_office():
        await told(await posted(), ended)
        await told(await posted(id=id_, secret=sealed), ended)
    signatures = [headers["X-Webhook-Signature"] for *_, headers in receivers.came]
    assert len(set(signatures)) == 2
    assert base64.b64decode(SECRETS.signing(ACCOUNT).removeprefix("whsec_"), validate=True) != bytes(32)


async def test_a_secret_that_cannot_be_read_is_no_reason_to_send_unsigned(store, post_office, posted, told, receivers):
    async with post_office():
        id_ = await posted(secret=b"rubbish")
        await told(id_, tried(1))
    assert receivers.came == []
    assert [attempt.fault for attempt in await store.messages.attempts_of(id_)] == ["secret"]


async def test_an_accident_with_one_message_is_recorded_and_stops_no_other(store, post_office, posted, told, receivers):
    receivers.does["a.example"] = ZeroDivisionError()
    async with post_office():
        id_ = await posted()
        await told(id_, tried(1))
        await told(await posted("good.example"), ended)
    assert [attempt.fault for attempt in await store.messages.attempts_of(id_)] == ["internal"]


async def test_what_was_delivered_is_recorded_when_the_database_is_back(store, post_office, posted, told, receivers):
    away = Away(store.messages, "record")
    async with post_office(messages=away):
        found = await told(await posted(), ended)
    assert (found.state, found.attempts, len(receivers.came), away.refused) == (DELIVERED, 1, 1, 1)


@pytest.mark.parametrize("failure", [Unavailable(UnavailableCause.STORE_FAILED), ZeroDivisionError()])
async def test_delivering_goes_on_when_the_database_is_back(store, post_office, posted, told, failure):
    away = Away(store.messages, "due", failure)
    async with post_office(messages=away):
        assert (await told(await posted(), ended)).state is DELIVERED
    assert away.refused == 1


class Away:
    """An outbox whose database is away when one of its methods is called first."""

    def __init__(self, messages, method, failure=None):
        self._messages = messages
        self._method = method
        self._failure = failure or Unavailable(UnavailableCause.STORE_FAILED)
        self.refused = 0

    def __getattr__(self, name):
        if name == self._method and not self.refused:
            return self._refuse
        return getattr(self._messages, name)

    async def _refuse(self, *_args, **_options):
        self.refused += 1
        raise self._failure


async def test_an_office_that_closes_finishes_what_is_on_its_way(store, post_office, posted, receivers):
    receivers.does["a.example"] = slow = asyncio.Event()
    async with post_office():
        id_ = await posted()
        await until(lambda: receivers.came)
        asyncio.get_running_loop().call_later(0.1, slow.set)
    assert (await store.messages.find(id_)).state is DELIVERED


async def test_what_is_not_done_when_an_office_closes_is_sent_by_the_next(store, post_office, posted, told, receivers):
    receivers.does["a.example"] = asyncio.Event()
    async with post_office(drain=0.05):
        id_ = await posted()
        await until(lambda: receivers.came)
    receivers.does["a.example"] = OK
    async with post_office():
        assert (await told(id_, ended)).attempts == 1
    first, second = (headers["webhook-id"] for *_, headers in receivers.came)
    assert first == second == str(id_)


async def test_what_an_office_that_was_killed_had_on_its_way_is_sent_after_its_lease(
    store, post_office, posted, told, receivers, clock
):
    id_ = await posted()
    await store.messages.claim({Lane(account_id=ACCOUNT, host="a.example"): 1}, now=clock.now(), until=clock.now() + 45)
    async with post_office():
        await told(await posted("good.example"), ended)
        assert receivers.times("a.example") == 0
        assert (await told(id_, ended, passing=1.0)).state is DELIVERED


async def test_what_was_given_up_is_sent_when_it_is_replayed(store, post_office, posted, told, receivers, clock):
    receivers.does["a.example"] = Answer(status=410)
    async with post_office():
        id_ = await posted()
        await told(id_, ended)
        receivers.does["a.example"] = OK
        await store.messages.replay(id_, now=clock.now())
        found = await told(id_, lambda found: found.state is DELIVERED)
    assert found.attempts == 2
    assert {headers["webhook-id"] for *_, headers in receivers.came} == {str(id_)}


async def test_what_ended_long_ago_is_forgotten(store, post_office, posted, told, clock):
    async with post_office():
        id_ = await posted()
        await told(id_, ended)
        clock.ahead += KEPT + 100
        async with asyncio.timeout(20):
            while await store.messages.find(id_) is not None:
                store.messages.ring()
                await asyncio.sleep(0.01)


async def test_what_waits_for_a_host_that_stays_down_does_not_wait_for_ever(
    store, post_office, posted, told, receivers, clock
):
    """However many there are: one at a time, every five minutes, would take years."""
    receivers.does["down.example"] = Unreachable("ConnectError")
    async with post_office():
        old = await posted("down.example", many=8)
        await told(old, tried(1), passing=20.0)
        clock.ahead += GIVEN_UP_AFTER
        assert (await told(old, ended, passing=61.0)).state is EXHAUSTED
    assert await store.messages.waiting() == {WAITING: 0, EXHAUSTED: 8}


async def until(true):
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is looked at knows no events
            await asyncio.sleep(0.005)


A, B, C = (Lane(account_id=ACCOUNT, host=host) for host in "abc")
THEIRS = Lane(account_id=OTHER, host="a")


@pytest.mark.parametrize(
    ("lanes", "rooms", "free", "shares"),
    [
        ([], {}, 5, {}),
        ([A, B], {"a": 4, "b": 4, ACCOUNT: 9}, 0, {}),
        ([A, B], {"a": 4, "b": 4, ACCOUNT: 9}, 5, {A: 3, B: 2}),
        ([A, B, C], {"a": 4, "b": 1, "c": 0, ACCOUNT: 9}, 9, {A: 4, B: 1}),
        ([A, B, C], {"a": 4, "b": 4, "c": 4, ACCOUNT: 9}, 2, {A: 1, B: 1}),
        ([A, B, C], {"a": 4, "b": 4, "c": 4, ACCOUNT: 2}, 9, {A: 1, B: 1}),
        ([A, B, THEIRS], {"a": 4, "b": 4, ACCOUNT: 2, OTHER: 9}, 9, {A: 1, B: 1, THEIRS: 3}),
        ([A, THEIRS], {"a": 4, ACCOUNT: 9, OTHER: 9}, 9, {A: 2, THEIRS: 2}),
    ],
)
def test_hosts_and_accounts_share_what_is_free_in_turns(lanes, rooms, free, shares):
    assert in_turns(lanes, rooms, free) == shares
