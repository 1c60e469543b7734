"""Kill -9 of the whole server while songs are made: clients note every task that was acknowledged to them.

Clients submit under keys of their own and repeat what they got no answer to, ask how their tasks are, and have songs
made of songs. A receiver fails most of the time. At the end every task has ended, is paid once or not at all, and its
files are whole.

    python -m reliability.jobs_server --count 20 --seed 1 [--planted lost-wal]
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import apsw
import httpx
import orjson

from antiphon.store.sqlite import SqliteStore
from e2e.running import Running, eventually, start
from reliability.jobs_books import MOST_TRIES, JobBooks, Told, contents, faults, half_files, watch
from reliability.jobs_quick import BROKEN
from reliability.jobs_receiver import SECRET, Receiver, Seen
from reliability.killing import kill, unfinished

CLIENTS = 5
ANSWERS = 40
"""A server is killed once it has given less than so many answers,"""
LONGEST = 0.3
"""and up to so many seconds more: about as long as a song takes."""
RECOVERED_WITHIN = 10.0
_STOP_EVERY = 20
"""One server in so many is stopped for longer than its lease, and goes on, before it is killed."""
_LEASE = 6.0
_PATIENCE = 60.0
_BREATH = 0.01
_CREATE = "/api/v1/sonic/create"
_TASK = "/api/v1/sonic/task/"
_LIMITS = """
[musicapi.create.rates]
key = { limit = "unlimited", seconds = 3 }
"""
_CREDITS = str(10**10)
_HOSTS = 8
_ENOUGH = 15
"""Tasks that have not ended; with twenty of them a client is refused."""
PLANTED = ("", "lost-wal", "early-file", "forgetful")


@dataclass(slots=True)
class Report:
    """What came of it.

    Args:
        at_work: Kills with acknowledged tasks that had not ended.
        repeated: Submissions without an answer that were made again.
        slowest: Seconds from a start after a kill to the first end of a task that was there before, at most.
        fetched: Files that were fetched at the end.
        resent: Webhooks that came more than once.
    """

    seed: int
    kills: int = 0
    stops: int = 0
    at_work: int = 0
    tasks: int = 0
    repeated: int = 0
    succeeded: int = 0
    failed: int = 0
    poisoned: int = 0
    fetched: int = 0
    delivered: int = 0
    waiting: int = 0
    resent: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Task:
    """A task, as its client knows it: what it asked for, which ids it was told, and how it ended."""

    title: str
    body: dict[str, Any]
    ids: set[str] = field(default_factory=set)
    clips: list[dict[str, Any]] = field(default_factory=list)


class Siege:
    """Starts a server on one folder, again and again, and kills it while songs are made.

    Args:
        folder: Of its data.
        seed: Of the instants, and of what is asked.
        planted: The name of a bug; "" for none.
    """

    def __init__(self, folder: Path, *, seed: int, planted: str = "") -> None:
        self.report = Report(seed)
        self._planted = planted
        self._folder = folder
        self._data = folder / "data"
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        (folder / "limits.toml").write_text(_LIMITS)
        self._chance = random.Random(f"jobs server {seed}")
        self._tasks: dict[str, Task] = {}
        self._open: dict[str, Task] = {}
        self._lock = threading.Lock()
        self._answers = 0

    def run(self, count: int) -> Report:
        began = time.monotonic()
        asyncio.run(self._founded())
        with Receiver(seed=self.report.seed) as receiver:
            for number in range(count):
                self._kill_one(number, receiver)
            running = self._started()
            try:
                self._finish(running)
            finally:
                kill(running)
            self._judge(receiver.seen())
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _founded(self) -> None:
        """A database in which every step of a job is noted."""
        self._data.mkdir(mode=0o700)
        await SqliteStore.open(self._data / "antiphon.db").close()
        await watch(str(self._data / "antiphon.db"))

    def _started(self) -> Running:
        environment = {
            "ANTIPHON_LIMITS_FILE": str(self._folder / "limits.toml"),
            "ANTIPHON_BOOTSTRAP_CREDITS": _CREDITS,
            "TMPDIR": str(self._temporary),
            "PLANTED": self._planted,
        }
        return start(self._data, "--log-level", "warning", module="reliability.jobs_quick", **environment)

    def _kill_one(self, number: int, receiver: Receiver) -> None:
        stopped = number % _STOP_EVERY == _STOP_EVERY // 2
        left = set() if stopped else set(self._open)
        running = self._started()
        stop = threading.Event()
        recovering = threading.Thread(target=self._recovering, args=(running, left, stop))
        clients = [
            threading.Thread(
                target=self._client, args=(running, f"{self.report.seed}-{number}-{client}", receiver, stop)
            )
            for client in range(CLIENTS)
        ]
        for thread in (recovering, *clients):
            thread.start()
        try:
            self._let_it_work(running, stopped=stopped)
        finally:
            self.report.at_work += bool(self._open)
            kill(running)
            stop.set()
            for thread in (recovering, *clients):
                thread.join()
        self.report.kills += 1
        if self._planted == "lost-wal":
            (self._data / "antiphon.db-wal").unlink(missing_ok=True)

    def _let_it_work(self, running: Running, *, stopped: bool) -> None:
        """Wait until it has given some answers; stop it for longer than its lease first, if it is to be."""
        if stopped:
            eventually(lambda: self._open)
            running.process.send_signal(signal.SIGSTOP)
            time.sleep(1.1 * _LEASE)
            running.process.send_signal(signal.SIGCONT)
            self.report.stops += 1
        wanted = self._answers + self._chance.randrange(ANSWERS)
        eventually(lambda: self._answers >= wanted)
        time.sleep(self._chance.uniform(0, LONGEST))

    def _recovering(self, running: Running, left: set[str], stop: threading.Event) -> None:
        """How long it takes until something ends that was there before the start."""
        began = time.monotonic()
        while left and not stop.is_set():
            if len(left & self._open.keys()) < len(left):
                self.report.slowest = max(self.report.slowest, time.monotonic() - began)
                return
            with running.client() as http, contextlib.suppress(httpx.TransportError):
                self._ask(http, min(left))
            time.sleep(_BREATH)

    def _client(self, running: Running, seed: str, receiver: Receiver, stop: threading.Event) -> None:
        chance = random.Random(seed)
        with running.client() as http, contextlib.suppress(httpx.TransportError):
            for title in [title for title, task in self._tasks.items() if not task.ids and _mine(title, seed)]:
                self.report.repeated += 1
                self._submit(http, self._tasks[title])
            for number in range(1_000_000):
                if stop.is_set():
                    return
                with self._lock:
                    known = sorted(self._open)
                if len(known) > _ENOUGH or (known and chance.random() < 0.5):
                    self._ask(http, chance.choice(known))
                else:
                    self._submit(http, self._wished(f"{seed}-{number}", chance, receiver))
                self._answers += 1  # One that two count at once is missed: there will be more.
                time.sleep(_BREATH)

    def _wished(self, title: str, chance: random.Random, receiver: Receiver) -> Task:
        """A task that nobody knows yet. Some cannot be done, some are made of others."""
        title = f"{BROKEN} {title}" if chance.random() < 0.1 else title
        body = {"task_type": "create_music", "mv": "sonic-v5", "custom_mode": True, "prompt": "la", "title": title}
        with self._lock:
            clips = [clip for task in self._tasks.values() for clip in task.clips if clip["state"] == "succeeded"]
        if clips and chance.random() < 0.3:
            body |= {"task_type": "cover_music", "continue_clip_id": chance.choice(clips)["clip_id"]}
        host = f"127.0.0.{chance.randrange(1, 1 + _HOSTS)}"
        body |= {"webhook_url": f"http://{host}:{receiver.port}/hook", "webhook_secret": SECRET}
        task = Task(title, body)
        with self._lock:
            self._tasks[title] = task
        return task

    def _submit(self, http: httpx.Client, task: Task) -> None:
        answer = http.post(_CREATE, json=task.body, headers={"Idempotency-Key": task.title.replace(" ", "_")})
        if answer.status_code == 429:  # As many wait as may: it was not done, and is nobody's any more.
            with self._lock:
                del self._tasks[task.title]
            return
        if answer.status_code != 200:
            self._fault(f"R1: {task.title} was answered {answer.status_code} {answer.text[:200]}")
            return
        id_ = answer.json()["task_id"]
        with self._lock:
            task.ids.add(id_)
            self._open[id_] = task

    def _ask(self, http: httpx.Client, id_: str) -> None:
        """How a task is; whether it has ended is noted."""
        answer = http.get(_TASK + id_)
        if answer.status_code not in {200, 202}:
            self._fault(f"J1: {id_} is answered {answer.status_code} {answer.text[:200]}")
            with self._lock:
                self._open.pop(id_, None)
            return
        clips = answer.json().get("data", [])
        if clips and all(clip["state"] in {"succeeded", "failed"} for clip in clips):
            with self._lock:
                if task := self._open.pop(id_, None):
                    task.clips = clips

    def _finish(self, running: Running) -> None:
        """Let everything end, and fetch all that came of it."""
        began = time.monotonic()
        with running.client() as http:
            while (left := sorted(self._open)) and time.monotonic() < began + _PATIENCE:
                for id_ in left:
                    self._ask(http, id_)
                time.sleep(_BREATH)
            self.report.faults += [f"J1: {id_} does not end" for id_ in left]
            for task in self._tasks.values():
                for number, clip in enumerate(task.clips):
                    self._fetch(http, f"{task.title}/{number + 1}", clip)
        self.report.faults += [f"J6: left behind: {path}" for path in unfinished(self._data)]
        self.report.faults += [f"J6: left behind: {path}" for path in self._temporary.iterdir()]

    def _fetch(self, http: httpx.Client, name: str, clip: dict[str, Any]) -> None:
        if clip["state"] != "succeeded":
            return
        answer = http.get(httpx.URL(clip["audio_url"]).path)
        size = int.from_bytes(answer.content[:8], "big")
        self.report.fetched += 1
        if answer.status_code != 200 or len(answer.content) < 40 or answer.content != contents(name, size):
            self._fault(f"J5: {name} is answered {answer.status_code}, {len(answer.content)} bytes")

    def _judge(self, seen: dict[str, Seen]) -> None:
        database = self._data / "antiphon.db"
        asyncio.run(self._sealed(database))
        books = asyncio.run(JobBooks.of(str(database)))
        told = Told(submitted={id_ for task in self._tasks.values() for id_ in task.ids})
        report = self.report
        report.faults += faults(books, told, lease=_LEASE)
        report.faults += half_files(self._data / "files")
        for task in self._tasks.values():
            if len(task.ids) > 1:
                report.faults.append(f"I1: {task.title} is {task.ids}")
            for id_ in task.ids & books.jobs.keys():
                job = books.jobs[id_]
                wanted = "failed" if task.title.startswith(BROKEN) or job.tries >= MOST_TRIES else "succeeded"
                if job.state not in {wanted, "succeeded"} or {clip["state"] for clip in task.clips} != {job.state}:
                    report.faults.append(f"J1: {task.title} should have {wanted}: {job}, {task.clips}")
        if report.slowest > RECOVERED_WITHIN:
            report.faults.append(f"R1: the first task ended {report.slowest:.1f} s after a start")
        self._count(books)
        self._deliveries(database, seen)

    def _count(self, books: JobBooks) -> None:
        jobs, report = books.jobs.values(), self.report
        report.tasks = sum(bool(task.ids) for task in self._tasks.values())
        report.succeeded = sum(job.state == "succeeded" for job in jobs)
        report.failed = sum(job.state == "failed" for job in jobs)
        report.poisoned = sum(job.fault == "poison" for job in jobs)

    def _deliveries(self, database: Path, seen: dict[str, Seen]) -> None:
        """What receivers saw, against what is on record."""
        connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
        rows = dict(connection.execute("SELECT id, state FROM message"))
        connection.close()
        report = self.report
        report.delivered = sum(state == "delivered" for state in rows.values())
        report.waiting = sum(state == "waiting" for state in rows.values())
        report.resent = sum(one.came > 1 for one in seen.values())
        report.faults += [f"W3: nobody knows of {id_}" for id_ in seen.keys() - rows.keys()]
        for id_, state in rows.items():
            one = seen.get(id_, Seen())
            if (state == "delivered" and not one.taken) or state == "exhausted":
                report.faults.append(f"W1: {id_} is {state}, {one}")
            if len(one.bodies) > 1 or one.wrong:
                report.faults.append(f"W2: {id_}: {one}")

    async def _sealed(self, database: Path) -> None:
        store = SqliteStore.open(database)
        while await store.ledger.seal(most=10_000):
            pass
        if fault := (await store.ledger.verify()).fault:
            self._fault(f"L8: verify: {fault}")
        await store.close()

    def _fault(self, text: str) -> None:
        with self._lock:
            self.report.faults.append(text)


def _mine(title: str, seed: str) -> bool:
    """Whether a title is of a client with the same number."""
    return title.removeprefix(f"{BROKEN} ").split("-")[2] == seed.split("-")[2]


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill the whole server while songs are made.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--planted", choices=PLANTED, default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-jobs-server-"))
    report = Siege(folder, seed=given.seed, planted=given.planted).run(given.count)
    sys.stdout.write(orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.faults:
        again = f"PYTHONPATH=tests python -m reliability.jobs_server --seed {given.seed} --count {given.count}"
        again += f" --planted {given.planted}" * bool(given.planted)
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
