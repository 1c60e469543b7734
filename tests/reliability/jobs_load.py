"""A worker: a `Workshop` on a database, with a trade that makes real files, and customers who ask for more.

It tells its parent through a pipe what was acknowledged, each after its await returned, until it is killed.
"""

import asyncio
import hashlib
import os
import random
import signal
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import orjson

from antiphon.domain.errors import Conflict, LimitExceeded, Unavailable, UnavailableCause
from antiphon.domain.jobs import FOREVER, Job
from antiphon.domain.keys import Account
from antiphon.domain.units import Seconds
from antiphon.kit.clock import SystemClock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.artifacts import Artifacts
from antiphon.services.submit import usage
from antiphon.services.work import Receipt, Workshop
from antiphon.store.ports import Concurrency
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.postgres import PostgresStore
from antiphon.store.sqlite import SqliteStore
from reliability.jobs_books import contents
from reliability.jobs_planted import blobs_in, jobs_of
from store.books import admission, grant

ACCOUNTS = tuple(UUID(int=number) for number in range(1, 41))
WINDOW, WAITING = 2, 5
"""How many of an account's jobs workers see at once, and how many it may have."""
CLIENTS, SLOTS = 3, 4
KIND = "clay"
LONGEST_WORK = 0.03
_PIECES, _PIECE = 6, 3_000
_FAILING = 0.1
"""The part of jobs that cannot be done."""
_PLENTY = 10**15
_FULL = 0.005
_ASKING = 0.02
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A worker's place.

    Args:
        database: A path, or a URL of PostgreSQL's.
        files: Where its files go. The one who follows it has the same.
        pipe: Where it tells what was acknowledged.
        seed: Of what its customers ask for.
        lease: Seconds after which it is taken for dead.
        planted: The name of a bug; "" for none.
        gate: What has to be there before a job is done; None: nothing has.
        clients: How many ask for more.
        stays: Whether it goes on when there is nothing left to do.
    """

    database: str
    files: Path
    pipe: int
    seed: str
    lease: float
    planted: str = ""
    gate: Path | None = None
    clients: int = CLIENTS
    stays: bool = True

    def say(self, kind: str, *facts: object) -> None:
        os.write(self.pipe, orjson.dumps([kind, *facts]) + b"\n")


async def opened(database: str) -> Any:
    """The store on a database."""
    if database.startswith("postgresql:"):
        return await PostgresStore.open(database, connections=SLOTS)
    return SqliteStore.open(Path(database))


async def furnish(database: str) -> None:
    """Accounts, with more than they can spend."""
    store = await opened(database)
    for id_ in ACCOUNTS:
        await store.keys.ensure_account(Account(id=id_, name=f"account {id_.int}", created_at=1.0))
        await store.ledger.grant(grant(_PLENTY, account_id=id_))
    await store.close()


def new_id() -> UUID:
    return uuid7(int(CLOCK.now() * 1_000), os.urandom(RANDOM_BYTES))


def submission(chance: random.Random) -> Submission:
    """A job that somebody asks for."""
    asked = {
        "ms": round(1000 * chance.uniform(0, LONGEST_WORK), 1),
        "bytes": chance.randrange(_PIECES * _PIECE),
        "fails": chance.random() < _FAILING,
    }
    at, price = CLOCK.now(), chance.randrange(1, 100_000)
    most = (Concurrency(tier="organization", most=WAITING),)
    asks = admission(
        price,
        id=new_id(),
        account_id=chance.choice(ACCOUNTS),
        dialect="musicapi",
        at=at,
        until=FOREVER,
        concurrency=most,
    )
    job = Job(
        id=asks.id,
        account_id=asks.account_id,
        dialect="musicapi",
        kind=KIND,
        asked=orjson.dumps(asked),
        price=price,
        created_at=at,
    )
    return Submission(admission=asks, job=job, window=WINDOW)


class Kiln:
    """The trade: a file for each job, written in pieces while time passes.

    Args:
        artifacts: Where the files go.
        post: Whose it is.
    """

    def __init__(self, artifacts: Artifacts, post: Post) -> None:
        self._artifacts = artifacts
        self._post = post

    async def work(self, job: Job, tell: Any) -> bytes:
        asked = orjson.loads(job.asked)
        self._post.say("begun", str(job.id), job.fence)
        tell("fire", 0.5)
        while self._post.gate is not None and not self._post.gate.exists():  # noqa: ASYNC110 - another process's
            await asyncio.sleep(_FULL)
        if asked["fails"]:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        data = contents(str(job.id), asked["bytes"])
        artifact = await self._artifacts.keep(
            _slowly(data, asked["ms"] / 1_000),
            shelf="clay",
            owner=str(job.id),
            suffix="pcm",
            lifetime=Seconds(86_400.0),
        )
        made = {"fence": job.fence, "path": artifact.path, "size": artifact.size, "files": str(self._post.files)}
        return orjson.dumps(made)

    def receipt(self, job: Job, outcome: Any, *, at: float) -> Receipt:
        """Its row, and one message whose id follows from the job's."""
        code = "" if isinstance(outcome, bytes) else outcome.code
        row = usage(job, route="reliability", model=KIND, engine="kiln", status=500 if code else 200, code=code, at=at)
        id_ = UUID(bytes=hashlib.sha256(job.id.bytes).digest()[:16])
        told = Message(id=id_, url="http://a.example/", secret=b"", body=b"{}", event="song.completed")
        return Receipt(usage=row, messages=(told,))


async def _slowly(data: bytes, seconds: float) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]
        await asyncio.sleep(seconds / _PIECES)


class Telling:
    """Jobs, and the parent is told which ends were written down, and which refused.

    Args:
        jobs: Where they are.
        post: Whose worker it is.
    """

    def __init__(self, jobs: Any, post: Post) -> None:
        self._jobs = jobs
        self._post = post

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    async def end(self, end: JobEnd) -> Any:
        try:
            job = await self._jobs.end(end)
        except Conflict:
            self._post.say("refused", str(end.id), end.fence)
            raise
        if end.fence is not None:  # Those that are ended from outside have the fence of whoever had them last.
            self._post.say("ended", str(end.id), end.fence, end.state)
        return job


class Deaf(Telling):
    """Believes that it has what it had: its work ends before it hears that it was taken for dead."""

    async def beat(self, beats: Any, **of: Any) -> Any:
        await self._jobs.beat(beats, **of)
        return frozenset(beats)


def work(post: Post, *, telling: type[Telling] = Telling) -> NoReturn:
    """Work until killed. It outlives nobody: an alarm ends it."""
    signal.alarm(300)
    try:
        asyncio.run(_work(post, telling))
    except BaseException:  # noqa: BLE001 - whatever it was, the parent is to know
        post.say("failed", traceback.format_exc()[-3000:])
        os._exit(1)
    os._exit(0)


async def _work(post: Post, telling: type[Telling]) -> None:
    store = await opened(post.database)
    jobs = telling(jobs_of(store, post.planted), post)
    if isinstance(store, SqliteStore):  # As a server does whose database is its own.
        await store.ledger.end_all(now=CLOCK.now())
        await jobs.recover()
    artifacts = Artifacts(
        blobs_in(post.files, post.planted), clock=CLOCK, entropy=os.urandom, public_url=partial(str, "http://test")
    )
    name = str(new_id())
    shop = Workshop(jobs, {KIND: Kiln(artifacts, post)}, slots=SLOTS, name=name, clock=CLOCK, lease=post.lease)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(shop.serve(stop, drain=5.0))
        post.say("ready")
        for client in range(post.clients):
            group.create_task(_ask(jobs, post, random.Random(f"{post.seed} {client}")))
        while post.stays or await store.jobs.waiting():  # noqa: ASYNC110 - till it is killed
            await asyncio.sleep(_ASKING)
        stop.set()
    await store.close()


async def _ask(jobs: Any, post: Post, chance: random.Random) -> NoReturn:
    """Ask for one after another, as far as one may."""
    while True:
        asked = submission(chance)
        try:
            await jobs.submit(asked)
        except LimitExceeded:
            await asyncio.sleep(_FULL)
        else:
            post.say("submitted", str(asked.job.id))
