"""Kill -9 while webhooks are delivered to receivers that fail 99 times in 100, on the real schedule in quick motion.

Workers end jobs with something to deliver, deliver, and die; the next one goes on with the same file. Time runs as it
should while something is on its way, and jumps to what is due next when nothing is: three days pass in seconds. What
receivers saw is noted by a process of their own, before they answer.

    python -m reliability.webhooks --count 20 --seed 1 [--planted premature]
"""

import argparse
import asyncio
import contextlib
import gc
import hashlib
import hmac
import logging
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import apsw
import orjson
import structlog
from standardwebhooks import Webhook

from antiphon.domain.jobs import FOREVER, Job, JobState
from antiphon.domain.webhooks import GIVEN_UP_AFTER, SCHEDULE, MessageState
from antiphon.kit.clock import SystemClock
from antiphon.kit.http import Answer, Client, Rules
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.deliver import Deliver
from antiphon.services.secrets import Secrets
from antiphon.store.ports_jobs import JobEnd, Message, Submission
from antiphon.store.ports_messages import Attempt, Errand, Lane
from antiphon.store.sqlite import SqliteStore
from store.books import ACCOUNT, account, admission

EVENTS_A_KILL = 6
HOSTS = 8
TAKEN = 0.01
"""The part of what comes that receivers take."""
SHORTEST, LONGEST = 0.02, 0.3
"""Seconds of work before a kill."""
_TICK = 0.002
_STEP = 30.0
"""Seconds that pass in a tick while what is due waits for a breaker."""
_PATIENCE = 60.0
_LONGEST_END = 600.0
"""Seconds for what is left when nobody is killed any more."""
_HOSTILE = (
    *(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",) * 4,
    b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 307 There\r\nLocation: /trap\r\nContent-Length: 0\r\n\r\n",
    b"",
    b"rubbish\r\n\r\n",
)
_TAKE = b"HTTP/1.1 204 Yes\r\n\r\n"
_SECRETS = Secrets(bytes(32), entropy=os.urandom)
_OWN = _SECRETS.signing(ACCOUNT)


@dataclass(slots=True)
class Report:
    """What came of it.

    Args:
        at_work: Kills with something on its way.
        attempts: That receivers saw.
        resent: Of those, how many are not on record: they were made again.
    """

    seed: int
    kills: int = 0
    at_work: int = 0
    events: int = 0
    attempts: int = 0
    delivered: int = 0
    exhausted: int = 0
    resent: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What receivers saw of an event."""

    came: int = 0
    taken: int = 0
    bodies: set[str] = field(default_factory=set)


class Parent:
    """Forks workers on one file and kills them.

    Args:
        folder: For the file.
        seed: Of the load, of what receivers do, and of the instants.
        planted: The name of a bug; "" for none.
    """

    def __init__(self, folder: Path, *, seed: int, planted: str = "") -> None:
        self.report = Report(seed)
        self._seed = seed
        self._planted = planted
        self._chance = random.Random(f"webhooks {seed}")
        self._path = folder / "antiphon.db"
        self._log = folder / "seen"
        self._told: set[str] = set()
        self._ahead = 0.0

    def run(self, count: int) -> Report:
        """Kill so many workers, let the last one finish, and look at what is left."""
        began = time.monotonic()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        gc.freeze()  # So that a child's collector does not copy all pages.
        asyncio.run(_furnish(self._path))
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        receiver = os.fork()
        if receiver == 0:
            _receive(listening, self._log, self._seed)
        port = listening.getsockname()[1]
        listening.close()
        try:
            for number in range(count + 1):
                self._one(number, port, last=number == count)
        finally:
            os.kill(receiver, signal.SIGKILL)
            os.waitpid(receiver, 0)
        self._check()
        self.report.seconds = time.monotonic() - began
        return self.report

    def _one(self, number: int, port: int, *, last: bool) -> None:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            worker = Worker(self._path, writer, port=port, ahead=self._ahead, planted=self._planted)
            worker.run(self._seed, number, last=last)
        os.close(writer)
        said = b""
        try:
            if not select.select([reader], [], [], _PATIENCE)[0]:
                self.report.faults.append("R1: a worker was not ready in time")
            seconds = _LONGEST_END if last else self._chance.uniform(SHORTEST, LONGEST)
            said, ended = _heard(reader, seconds)
            if last and not ended:
                self.report.faults.append("R2: what was left was not delivered or given up in time")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with os.fdopen(reader, "rb") as rest:
            self._hear(said + rest.read(), last=last)

    def _hear(self, said: bytes, *, last: bool) -> None:
        here = 0
        for line in said.split(b"\n")[:-1]:  # What has no end was never said.
            kind, fact = orjson.loads(line)
            match kind:
                case "posted":
                    self._told.add(fact)
                case "ahead":
                    self._ahead = max(self._ahead, fact)
                case "here":
                    here = fact
                case "failed":
                    self.report.faults.append(f"R1: a worker failed: {fact}")
        if not last:
            self.report.kills += 1
            self.report.at_work += here > 0

    def _check(self) -> None:
        seen = _seen(self._log, self.report)
        database = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        rows = {
            row[0]: row[1:]
            for row in database.execute("SELECT id, state, attempts, failed, since, ended_at, seq FROM message")
        }
        notes: dict[int, list[tuple[int, int | None]]] = {}
        for seq, number, status in database.execute(
            "SELECT message, number, status FROM message_attempt ORDER BY message, number"
        ):
            notes.setdefault(seq, []).append((number, status))
        database.close()
        report = self.report
        report.faults += [f"W1: {id_} was acknowledged and is lost" for id_ in self._told - rows.keys()]
        report.faults += [f"W3: {id_} was sent and never was" for id_ in seen.keys() - rows.keys()]
        for id_, (state, attempts, failed, since, ended_at, seq) in rows.items():
            numbers = [number for number, _ in notes.get(seq, [])]
            answered = sum(status is not None for _, status in notes.get(seq, []))
            report.faults += _faults(id_, state, seen.get(id_, Seen()))
            if state == MessageState.EXHAUSTED and failed <= len(SCHEDULE) and ended_at - since < GIVEN_UP_AFTER:
                report.faults.append(f"W1: {id_} was given up after {failed} attempts")
            if numbers != list(range(1, attempts + 1)) or answered > seen.get(id_, Seen()).came:
                report.faults.append(f"W2: the attempts of {id_} on record are not those that were made")
        states = Counter(row[0] for row in rows.values())
        report.events, report.attempts = len(rows), sum(each.came for each in seen.values())
        report.delivered, report.exhausted = states[MessageState.DELIVERED], states[MessageState.EXHAUSTED]
        # Who was killed before it could note an attempt leaves it to be made again.
        report.resent = sum(max(0, seen[id_].came - row[1]) for id_, row in rows.items() if id_ in seen)


def _heard(reader: int, seconds: float) -> tuple[bytes, bool]:
    """What is said in so many seconds, and whether it came to its end. Whoever is not heard out cannot go on."""
    said, ends = b"", time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        if select.select([reader], [], [], left)[0]:
            piece = os.read(reader, 1 << 16)
            if not piece:
                return said, True
            said += piece
    return said, False


def _faults(id_: str, state: str, seen: Seen) -> list[str]:
    found = []
    if state == MessageState.WAITING:
        found.append(f"W1: {id_} was neither delivered nor given up")
    if state == MessageState.DELIVERED and not seen.taken:
        found.append(f"W1: {id_} was never taken, and is said to be delivered")
    if len(seen.bodies) > 1:
        found.append(f"W2: the body of {id_} changed")
    return found


def _seen(log: Path, report: Report) -> dict[str, Seen]:
    """What receivers wrote down, by event."""
    seen: dict[str, Seen] = {}
    for line in log.read_bytes().splitlines():
        path, id_, body, right, taken = orjson.loads(line)
        if path != "/hook":
            report.faults.append(f"W4: a redirect was followed to {path}")
        if not right:
            report.faults.append(f"W2: a signature of {id_} is wrong")
        one = seen.setdefault(id_, Seen())
        one.came += 1
        one.taken += taken
        one.bodies.add(body)
    return seen


def _receive(listening: socket.socket, log: Path, seed: int) -> NoReturn:
    """Be all receivers, until killed."""
    signal.alarm(3600)
    chance = random.Random(f"receivers {seed}")
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            taken = chance.random() < TAKEN
            digest = hashlib.sha256(body).hexdigest()
            told = [first.split()[1], headers["webhook-id"], digest, _right(headers, body), taken]
            os.write(file, orjson.dumps(told) + b"\n")
            writer.write(_TAKE if taken else chance.choice(_HOSTILE))
            await writer.drain()
        writer.close()

    async def serving() -> None:
        server = await asyncio.start_server(serve, sock=listening)
        await server.serve_forever()

    asyncio.run(serving())
    os._exit(1)


def _right(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether both signatures are right. The reference library signs: to verify, it would want the time to be now."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    standard = Webhook(_OWN).sign(headers["webhook-id"], at, body.decode())
    plain = hmac.new(_OWN.encode(), headers["x-webhook-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return (headers["webhook-signature"], headers["x-webhook-signature"]) == (standard, f"sha256={plain}")


class QuickTime:
    """The machine's clocks, and what was jumped over.

    Args:
        ahead: Seconds to begin with.
    """

    def __init__(self, ahead: float) -> None:
        self.ahead = ahead
        self._clock = SystemClock()

    def now(self) -> float:
        return self._clock.now() + self.ahead

    def monotonic(self) -> float:
        return self._clock.monotonic() + self.ahead


class Counted:
    """Posts, and knows how many are on their way. With a bug planted, every attempt is another event's."""

    def __init__(self, client: Client, *, say: Callable[[str, object], None], planted: str) -> None:
        self.here = 0
        self._client = client
        self._say = say
        self._planted = planted

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
        if self._planted == "another-id":
            headers = {**headers, "webhook-id": str(UUID(bytes=os.urandom(16)))}
        self._step(1)
        try:
            return await self._client.post(url, body, headers, seconds=seconds)
        finally:
            self._step(-1)

    def _step(self, change: int) -> None:
        self.here += change
        self._say("here", self.here)


class Kept:
    """The outbox, which forgets nothing: months pass here, and all is looked at in the end."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._messages = store.messages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)

    async def forget(self, *, before: float, most: int) -> int:  # noqa: ARG002 - a port's
        return 0


class Premature(Kept):
    """Planted: a message is delivered as soon as it is claimed, and waits again when it turns out that it is not.

    Whoever is killed in between has lost it, and nobody notices but a receiver.
    """

    async def claim(self, rooms: Mapping[Lane, int], *, now: float, until: float) -> Sequence[Errand]:
        errands = await self._messages.claim(rooms, now=now, until=until)
        for errand in errands:
            await self._mark(errand, f"state = 'delivered', held = 0, due_at = NULL, ended_at = {now}")
        return errands

    async def record(self, errand: Errand, attempt: Attempt, **then: Any) -> None:
        await self._mark(errand, f"state = 'waiting', held = 1, due_at = {attempt.at + 45}, ended_at = NULL")
        await self._messages.record(errand, attempt, **then)

    async def _mark(self, errand: Errand, what: str) -> None:
        statement = f"UPDATE message SET {what} WHERE id = $1"  # noqa: S608 - ours
        await self._store.write(lambda connection: connection.execute(statement, (str(errand.message.id),)) and None)


PLANTED = ("", "premature", "another-id")


class Worker:
    """Ends jobs, delivers what they tell, and lets time pass, until it is killed or nothing is left.

    Args:
        path: The database.
        pipe: Where it tells its parent what was acknowledged.
        port: Of the receivers.
        ahead: How far time is.
        planted: The name of a bug.
    """

    def __init__(self, path: Path, pipe: int, *, port: int, ahead: float, planted: str) -> None:
        self._path = path
        self._pipe = pipe
        self._port = port
        self._clock = QuickTime(ahead)
        self._planted = planted

    def run(self, seed: int, number: int, *, last: bool) -> NoReturn:
        """Work until killed. It outlives nobody: an alarm ends it."""
        signal.alarm(900)
        try:
            asyncio.run(self._work(random.Random(f"{seed} {number}"), last=last))
        except BaseException:  # noqa: BLE001 - whatever it was, the parent is to know
            self._say("failed", traceback.format_exc()[-3000:])
        os._exit(0)

    def _say(self, kind: str, fact: object) -> None:
        os.write(self._pipe, orjson.dumps([kind, fact]) + b"\n")

    async def _work(self, chance: random.Random, *, last: bool) -> None:
        store = SqliteStore.open(self._path)
        await store.messages.recover(now=self._clock.now())
        async with self._delivering(store, chance) as poster:
            self._say("ahead", self._clock.ahead)
            if not last:
                hosts = [chance.randrange(HOSTS) for _ in range(EVENTS_A_KILL)]
                await asyncio.gather(*(self._post(store, host) for host in hosts))
            await self._pass(store, poster)
        await store.close()

    @contextlib.asynccontextmanager
    async def _delivering(self, store: SqliteStore, chance: random.Random) -> AsyncIterator[Counted]:
        async def resolve(_host: str, _port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        client = Client(Rules(loopback=True), resolve=resolve)
        poster = Counted(client, say=self._say, planted=self._planted)
        messages: Any = Premature(store) if self._planted == "premature" else Kept(store)
        office = Deliver(messages, poster, secret=_SECRETS.of, clock=self._clock, chance=chance.random)
        stop = asyncio.Event()
        serving = asyncio.create_task(office.serve(stop, drain=20.0))
        yield poster
        stop.set()
        await serving
        await client.close()

    async def _post(self, store: SqliteStore, host: int) -> None:
        """End a job that has something to deliver."""
        at = self._clock.now()
        id_, job_id = (uuid7(int(SystemClock().now() * 1_000), os.urandom(RANDOM_BYTES)) for _ in range(2))
        url = f"http://h{host}.example:{self._port}/hook"
        told = Message(id=id_, url=url, secret=b"", body=orjson.dumps([str(id_)] * 20), event="song.completed")
        fields = {"account_id": ACCOUNT, "dialect": "musicapi", "kind": "song", "asked": b"", "price": 0}
        asks = admission(0, id=job_id, dialect="musicapi", at=at, until=FOREVER)
        job = Job(id=job_id, created_at=at, **fields)
        await store.jobs.submit(Submission(admission=asks, job=job, window=99))
        state = JobState.CANCELLED
        await store.jobs.end(JobEnd(id=job_id, fence=None, state=state, charge=0, at=at, messages=[told]))
        self._say("posted", str(id_))

    async def _pass(self, store: SqliteStore, poster: Counted) -> None:
        """Let time pass until nothing waits: as it should while something is on its way, else to what is due next."""
        while True:
            if not poster.here:
                due_at = await store.read(_next_due)
                if due_at is None:
                    return
                self._clock.ahead += max(_STEP, due_at - self._clock.now())
                self._say("ahead", self._clock.ahead)
                store.messages.ring()
            await asyncio.sleep(_TICK)


def _next_due(connection: apsw.Connection) -> float | None:
    due_at: float | None = connection.execute("SELECT min(due_at) FROM message WHERE state = 'waiting'").get
    return due_at


async def _furnish(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.keys.ensure_account(account())
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill -9 while webhooks are delivered.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--planted", choices=PLANTED, default="")
    parser.add_argument("--folder", type=Path, help="where; default: the system's folder for temporary files")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-webhooks-", dir=given.folder))
    report = Parent(folder, seed=given.seed, planted=given.planted).run(given.count)
    found = orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode()
    sys.stdout.write(found + "\n")
    if report.faults:
        extra = f" --planted {given.planted}" if given.planted else ""
        again = f"PYTHONPATH=tests python -m reliability.webhooks --seed {given.seed} --count {given.count}{extra}"
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
