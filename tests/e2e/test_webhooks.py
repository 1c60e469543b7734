"""Deliveries to a receiver in another process, which knows nothing of us: it verifies with the reference library."""

import asyncio
import contextlib
import http.client
import json
import os
import time

import pytest

from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.domain.webhooks import MessageState, headers
from antiphon.kit.clock import SystemClock
from antiphon.kit.http import Client, Rules
from antiphon.services.deliver import Deliver
from antiphon.services.secrets import Secrets, message_place
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.sqlite import SqliteStore
from e2e.receiver import receiving
from store.books import ACCOUNT, account, admission, new_id

SECRETS = Secrets(bytes(32), entropy=os.urandom)
OWN = SECRETS.signing(ACCOUNT)
CLOCK = SystemClock()
BODY = '{"code":200,"data":[{"title":"Señorita ♪"}],"event":"song.completed"}'.encode()


@pytest.fixture(scope="module", params=["your-secret-for-verification", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""])
def secret(request):
    """The seed's, one as Standard Webhooks has them, and none: then the account's own signs."""
    return request.param


@pytest.fixture(scope="module")
def receiver(secret):
    with receiving(secret or OWN) as started:
        yield started


@pytest.fixture
async def store(tmp_path):
    opened = SqliteStore.open(tmp_path / "antiphon.db")
    await opened.keys.ensure_account(account())
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def post_office(store):
    """Delivers; every name stands for this machine."""

    async def resolve(_host, _port):
        return ["127.0.0.1"]

    client = Client(Rules(loopback=True), resolve=resolve)
    office = Deliver(store.messages, client, secret=SECRETS.of, clock=CLOCK, chance=lambda: 0.5)
    stop = asyncio.Event()
    serving = asyncio.create_task(office.serve(stop, drain=0.0))
    try:
        yield
    finally:
        stop.set()
        await serving
        await client.close()


async def posted(store, *urls, secret=""):
    """A message to each; their ids."""
    ids = [new_id() for _ in urls]
    told = [
        Message(
            id=id_,
            url=url,
            secret=SECRETS.seal(secret, message_place(id_)) if secret else b"",
            body=BODY,
            event="song.completed",
        )
        for id_, url in zip(ids, urls, strict=True)
    ]
    at = CLOCK.now()
    asks = admission(0, dialect="musicapi", at=at, until=FOREVER)
    job = Job(id=asks.id, account_id=ACCOUNT, dialect="musicapi", kind="song", asked=b"", price=0, created_at=at)
    await store.jobs.submit(Submission(admission=asks, job=job, window=99))
    await store.jobs.end(JobEnd(id=job.id, fence=None, state=JobState.CANCELLED, charge=0, at=at, messages=told))
    return ids


async def tried(store, ids):
    """The first attempts, once there is one to deliver each."""
    async with asyncio.timeout(30):
        return [await _first(store, id_) for id_ in ids]


async def _first(store, id_):
    while not (attempts := await store.messages.attempts_of(id_)):  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.01)
    return attempts[0]


def asked(receiver, path, headers, body):
    """What the receiver answers."""
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("POST", f"/{path}", body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()


async def test_a_receiver_that_verifies_takes_what_is_delivered(store, receiver, secret):
    async with post_office(store):
        (attempt,) = await tried(store, await posted(store, receiver.url("a.example", "verify"), secret=secret))
    assert (attempt.status, attempt.fault) == (200, "")


def test_whatever_is_changed_on_the_way_is_rejected(receiver, secret):
    signed = headers(BODY, id_=new_id(), event="song.completed", secret=secret or OWN, at=int(time.time()))
    assert asked(receiver, "verify", signed, BODY)[0] == 200
    for at in range(len(BODY)):
        changed = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
        assert asked(receiver, "verify", signed, changed)[0] == 401, f"byte {at} of the body"
    # The last letter of base64 has bits that mean nothing.
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Timestamp", "X-Webhook-Signature"):
        text = signed[name]
        for at in range(len(text.rstrip("=")) - (name == "webhook-signature")):
            other = {**signed, name: text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]}
            assert asked(receiver, "verify", other, BODY)[0] == 401, f"letter {at} of {name}"


async def test_broken_receivers_delay_nobody_and_lead_nowhere(store, receiver, secret):
    broken = {"hang": None, "drip": None, "500": 500, "redirect": 307, "close": None, "huge": 200}
    async with post_office(store):
        slow = [receiver.url(f"{does}.example", does) for does in broken for _ in range(20)]
        bad = await posted(store, *slow)
        good = await posted(store, *(receiver.url("good.example", "verify") for _ in range(20)), secret=secret)
        began = time.monotonic()
        assert {attempt.status for attempt in await tried(store, good)} == {200}
        assert time.monotonic() - began < 10  # They take a tenth of a second, and a broken one fifteen.

        quick = [id_ for id_, url in zip(bad, slow, strict=True) if url.rpartition("/")[2] not in {"hang", "drip"}]
        found = await tried(store, [quick[0], quick[20], quick[40], quick[60]])
        assert [attempt.status for attempt in found] == [500, 307, None, 200]
    came = json.loads(asked(receiver, "came", {}, b"")[1])
    assert came.get("trap", 0) == 0
    assert came["hang"] <= 4
    assert await store.messages.waiting() == {MessageState.WAITING: 20 * 5, MessageState.EXHAUSTED: 0}
