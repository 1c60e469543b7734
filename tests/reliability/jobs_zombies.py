"""A worker that was taken for dead and goes on: whatever it says of its job, the one who has it now ends it.

Stopped for longer than its lease, a worker loses its job to another; then it goes on and says that the job has ended.
After that its successor ends the job, or is killed in its turn, and a third one does. On PostgreSQL, where there are
several; every round is one job, its steps in this order and no other.

    python -m reliability.jobs_zombies --count 4 [--planted unfenced]
"""

import argparse
import asyncio
import gc
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from reliability.jobs import LEASE, Worker, database_of, forked
from reliability.jobs_books import JobBooks, Told, faults, outlived, watch
from reliability.jobs_load import Deaf, Post, Telling, furnish, opened, submission
from reliability.jobs_planted import STORES

_PATIENCE = 60.0


@dataclass(slots=True)
class Report:
    """What came of it.

    Args:
        refused: Ends of workers that had lost their jobs.
        latest: Seconds from the kill of a successor to the end of its job, at most.
    """

    seed: int
    zombies: int = 0
    killed: int = 0
    refused: int = 0
    latest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Morgue:
    """Stops workers, and lets them go on when others have their jobs.

    Args:
        folder: For files.
        database: A URL of PostgreSQL's.
        seed: Of the jobs.
        planted: The name of a bug; "" for none.
    """

    def __init__(self, folder: Path, *, database: str, seed: int, planted: str = "") -> None:
        self.report = Report(seed)
        self._folder = folder
        self._database = database
        self._planted = planted
        self._chance = random.Random(f"zombies {seed}")
        self._told = Told()

    def run(self, count: int) -> Report:
        began = time.monotonic()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        asyncio.run(self._furnish())
        gc.freeze()  # So that a child's collector does not copy all pages.
        for number in range(count):
            self._round(number)
        books = asyncio.run(JobBooks.of(self._database))
        self.report.faults += [*faults(books, self._told, lease=LEASE), *outlived(books)]
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _furnish(self) -> None:
        await furnish(self._database)
        await watch(self._database)

    async def _submit(self) -> None:
        store = await opened(self._database)
        asked = submission(self._chance)
        await store.jobs.submit(asked)
        self._told.submitted.add(str(asked.job.id))
        await store.close()

    def _round(self, number: int) -> None:
        asyncio.run(self._submit())
        zombie, opens = self._worker(f"{number}-a", telling=Deaf)
        workers = [zombie]
        try:
            self._said(zombie, "begun")
            zombie.stop()
            successor, its = self._worker(f"{number}-b")
            workers.append(successor)
            self._said(successor, "begun")
            opens.touch()
            zombie.go_on()
            self.report.refused += self._said(zombie, "ended", "refused")[0] == "refused"
            self.report.zombies += 1
            if number % 2:
                began = time.monotonic()
                for worker in workers:
                    os.kill(worker.pid, signal.SIGKILL)
                third, its = self._worker(f"{number}-c")
                workers.append(third)
                self.report.killed += 1
            its.touch()
            self._leaves(workers[-1])
            if number % 2:
                self.report.latest = max(self.report.latest, time.monotonic() - began)
        finally:
            for worker in workers:
                self._hear(worker.end())

    def _worker(self, name: str, *, telling: type[Telling] = Telling) -> tuple[Worker, Path]:
        """A worker, and what it waits for. It leaves when there is nothing to do."""
        gate = self._folder / f"gate-{name}"
        post = Post(
            database=self._database,
            files=self._folder / name,
            pipe=-1,
            seed=name,
            lease=LEASE,
            planted=self._planted,
            gate=gate,
            clients=0,
            stays=False,
        )
        return forked(post, telling=telling), gate

    def _leaves(self, worker: Worker) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not worker.gone():
            assert time.monotonic() < deadline, f"a job does not end: {worker.said.decode()}"
            worker.hear(0.02)

    def _said(self, worker: Worker, *kinds: str) -> Sequence[Any]:
        """The first that a worker says of these kinds."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            lines = [orjson.loads(line) for line in worker.said.split(b"\n")[:-1]]
            if found := [line for line in lines if line[0] in kinds]:
                return found[0]
            worker.hear(0.1)
        raise AssertionError(f"a worker did not say any of {kinds}: {worker.said.decode()}")

    def _hear(self, said: list[list[Any]]) -> None:
        for line in said:
            match line:
                case ["ended", id_, fence, state]:
                    self._told.ended[id_] = (fence, state)
                case ["failed", why]:
                    self.report.faults.append(f"R1: a worker failed: {why}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Let workers go on that were taken for dead.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--database", default="postgres", help="postgres (a new one), or the URL of an empty one")
    parser.add_argument("--planted", choices=["", *STORES], default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-zombies-"))
    with database_of(given.database) as database:
        report = Morgue(folder, database=database, seed=given.seed, planted=given.planted).run(given.count)
    sys.stdout.write(orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.faults:
        again = f"PYTHONPATH=tests python -m reliability.jobs_zombies --seed {given.seed} --count {given.count}"
        again += f" --planted {given.planted}" * bool(given.planted)
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
