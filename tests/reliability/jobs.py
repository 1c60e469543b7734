"""Kill -9 of workers at random instants: a fork server whose workers do jobs, die, and are followed by the next.

On SQLite one worker has the file, and the next recovers what it left. On PostgreSQL three work at once, and what one
leaves the others take when its lease has ended. Some are stopped for longer than that instead, and go on later.

    python -m reliability.jobs --count 1000 --seed 1 [--database postgres] [--planted two-transactions]
"""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from reliability import jobs_load
from reliability.jobs_books import JobBooks, Told, faults, half_files, late, outlived, watch, whole
from reliability.jobs_load import CLIENTS, Post, furnish, opened
from reliability.jobs_planted import PLANTED
from store.postgres import ThrowawayPostgres, find_programs

KILLS_A_ROUND = 250
LEASE = 0.3
"""Seconds; the product's is 6."""
SEATS = {"sqlite": 1, "postgres": 3}
LINES = {"sqlite": 12, "postgres": 6}
"""A worker is killed once it has told of less than so many things, or is silent for `_SILENT` seconds,"""
LONGEST = 0.02
"""and up to so many seconds more."""
STOPPED = 0.03
"""The part of workers that are stopped for a while first."""
IN_RECOVERY = 0.1
"""The part of kills that come from the fork on, so that many hit a worker that is still opening the database."""
_SILENT = 1.0
_STOPPED_FOR = 1.5 * LEASE
_PATIENCE = 60.0
_PIPE = 1 << 20


@dataclass(slots=True)
class Report:
    """What came of it.

    Args:
        stops: Workers that were stopped for longer than their lease, and went on.
        at_work: Kills of workers with jobs in hand.
        in_recovery: Kills of workers that were not ready.
        submitted: Jobs that were acknowledged.
        taken: Claims of jobs whose worker's lease had ended.
        poisoned: Jobs that failed because so many workers died of them.
        latest: Seconds from the end of a lease to the next worker, at most.
        left: Seconds from the last kill of a round until everything had ended, at most.
    """

    seed: int
    database: str
    kills: int = 0
    stops: int = 0
    at_work: int = 0
    in_recovery: int = 0
    submitted: int = 0
    succeeded: int = 0
    failed: int = 0
    poisoned: int = 0
    taken: int = 0
    latest: float = 0.0
    left: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Worker:
    """A child, and the reading end of its pipe."""

    pid: int
    reader: int
    resumes_at: float | None = None
    said: bytes = b""

    def hear(self, within: float) -> bool:
        """Wait for that long until it says something; whether it did."""
        if not select.select([self.reader], [], [], within)[0]:
            return False
        said = os.read(self.reader, _PIPE)
        self.said += said
        return bool(said)

    def wait(self, lines: int) -> None:
        """Wait until it has said so much, or nothing more for a while."""
        while self.said.count(b"\n") < lines and self.hear(_SILENT if self.said else _PATIENCE):
            pass

    def stop(self) -> None:
        """Stop it, for longer than its lease."""
        os.kill(self.pid, signal.SIGSTOP)
        self.resumes_at = time.monotonic() + _STOPPED_FOR

    def go_on(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)
        self.resumes_at = None

    def gone(self) -> bool:
        """Whether it has ended by itself."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self) -> list[list[Any]]:
        """Kill it; all that it has told."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with os.fdopen(self.reader, "rb") as rest:
            lines = (self.said + rest.read()).split(b"\n")[:-1]  # What has no end was never said.
        return [orjson.loads(line) for line in lines]


def forked(post: Post, *, telling: type[jobs_load.Telling] = jobs_load.Telling) -> Worker:
    """A worker at a post; its pipe is made here."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        jobs_load.work(Post(**{**_fields(post), "pipe": writer}), telling=telling)
    os.close(writer)
    return Worker(pid, reader)


def _fields(post: Post) -> dict[str, Any]:
    return {name: getattr(post, name) for name in Post.__slots__}


class Parent:
    """Forks workers on one database and kills them.

    Args:
        folder: For files, and for SQLite's database.
        database: "sqlite", or a URL of PostgreSQL's.
        seed: Of the load and of the instants.
        planted: The name of a bug; "" for none.
        patience: Seconds in which everything has to end when nobody is killed any more.
    """

    def __init__(
        self, folder: Path, *, database: str, seed: int, planted: str = "", patience: float = _PATIENCE
    ) -> None:
        self._kind = "sqlite" if database == "sqlite" else "postgres"
        self.report = Report(seed, self._kind)
        self._folder = folder
        self._database = str(folder / "antiphon.db") if database == "sqlite" else database
        self._planted = planted
        self._patience = patience
        self._chance = random.Random(f"jobs {seed}")
        self._told = Told()
        self._forks = 0
        self._workers: list[Worker] = []

    def run(self, count: int) -> Report:
        """Kill so many workers; stops at the first round with a fault."""
        began = time.monotonic()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        asyncio.run(self._furnish())
        gc.freeze()  # So that a child's collector does not copy all pages.
        while self.report.kills < count and not self.report.faults:
            self._round(min(count, self.report.kills + KILLS_A_ROUND))
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _furnish(self) -> None:
        await furnish(self._database)
        await watch(self._database)

    def _round(self, upto: int) -> None:
        self._workers = [self._forked(seat) for seat in range(SEATS[self._kind])]
        while self.report.kills < upto and not self.report.faults:
            self._one()
        for worker in self._workers:
            self._hear(worker.end())
        self._let_it_end()
        self._check()

    def _one(self) -> None:
        """Wait, and kill one, or stop it, or let one go on."""
        seat = self._chance.randrange(len(self._workers))
        worker = self._workers[seat]
        lines = 0 if self._chance.random() < IN_RECOVERY else self._chance.randrange(1, LINES[self._kind])
        if worker.resumes_at is None:
            worker.wait(lines)
        time.sleep(self._chance.uniform(0, LONGEST))
        for each in self._workers:
            if each.resumes_at is not None and each.resumes_at <= time.monotonic():
                each.go_on()
        if worker.resumes_at is not None:
            return
        if self._chance.random() < STOPPED:
            worker.stop()
            self.report.stops += 1
        else:
            self._workers[seat] = self._replaced(worker, seat)

    def _replaced(self, worker: Worker, seat: int) -> Worker:
        said = worker.end()
        begun = {(id_, fence) for kind, id_, fence, *_ in _longer(said) if kind == "begun"}
        ended = {(id_, fence) for kind, id_, fence, *_ in _longer(said) if kind in {"ended", "refused"}}
        self.report.kills += 1
        self.report.in_recovery += not said
        self.report.at_work += bool(begun - ended)
        self._hear(said)
        return self._forked(seat)

    def _forked(self, seat: int, *, clients: int = CLIENTS) -> Worker:
        self._forks += 1
        post = Post(
            database=self._database,
            files=self._folder / f"files-{seat}",
            pipe=-1,
            seed=f"{self.report.seed} {self._forks}",
            lease=LEASE,
            planted=self._planted,
            clients=clients,
            stays=clients > 0,
        )
        return forked(post)

    def _let_it_end(self) -> None:
        """Somebody does what is left."""
        began = time.monotonic()
        worker = self._forked(0, clients=0)
        while time.monotonic() < began + self._patience and not worker.gone():
            worker.hear(0.05)
        self._hear(worker.end())
        self.report.left = max(self.report.left, time.monotonic() - began)

    def _hear(self, said: list[list[Any]]) -> None:
        for line in said:
            match line:
                case ["submitted", id_]:
                    self._told.submitted.add(id_)
                case ["ended", id_, fence, state]:
                    self._told.ended[id_] = (fence, state)
                case ["failed", why]:
                    self.report.faults.append(f"R1: a worker failed: {why}")

    def _check(self) -> None:
        books = asyncio.run(self._read())
        self.report.faults += [*faults(books, self._told, lease=LEASE), *outlived(books)]
        made = [orjson.loads(job.made) for job in books.jobs.values() if job.state == "succeeded"]
        for one in made:
            found = list(Path(one["files"]).glob(f"ephemeral/*/{one['path']}"))
            if len(found) != 1 or not whole(found[0].read_bytes()):
                self.report.faults.append(f"J5: {one} is not there")
        for folder in self._folder.glob("files-*"):
            self.report.faults += half_files(folder)
        self._count(books)

    async def _read(self) -> JobBooks:
        store = await opened(self._database)
        while await store.ledger.seal(most=10_000):
            pass
        if fault := (await store.ledger.verify()).fault:
            self.report.faults.append(f"L8: verify: {fault}")
        await store.close()
        return await JobBooks.of(self._database)

    def _count(self, books: JobBooks) -> None:
        report, jobs = self.report, books.jobs.values()
        taken = [late(step, LEASE) for step in books.steps if step.was == "running" == step.now]
        report.submitted = len(self._told.submitted)
        report.succeeded = sum(job.state == "succeeded" for job in jobs)
        report.failed = sum(job.state == "failed" for job in jobs)
        report.poisoned = sum(job.fault == "poison" for job in jobs)
        report.taken, report.latest = len(taken), max(taken, default=0.0)


def _longer(said: list[list[Any]]) -> list[list[Any]]:
    return [line for line in said if len(line) > 2]


@contextlib.contextmanager
def database_of(kind: str):
    """A database: SQLite's, one that was given by its URL, or one in a cluster of its own."""
    if kind != "postgres":
        yield kind
        return
    cluster = ThrowawayPostgres(find_programs(), durable=False)  # Nothing here cuts the power.
    try:
        cluster.start()
        cluster.make_template()
        yield asyncio.run(cluster.new_database())
    finally:
        cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill -9 of workers at random instants.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a new one), or the URL of an empty one")
    parser.add_argument("--planted", choices=PLANTED, default="")
    parser.add_argument("--patience", type=float, default=_PATIENCE, help="seconds for what is left at the end")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-jobs-"))
    with database_of(given.database) as database:
        parent = Parent(folder, database=database, seed=given.seed, planted=given.planted, patience=given.patience)
        report = parent.run(given.count)
    found = orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode()
    sys.stdout.write(found + "\n")
    if report.faults:
        kind = report.database
        again = f"PYTHONPATH=tests python -m reliability.jobs --seed {given.seed} --count {given.count}"
        again += f" --database {kind}" + f" --planted {given.planted}" * bool(given.planted)
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
