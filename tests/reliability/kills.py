"""Kill -9 at random instants: a fork server whose workers pay, die, and are followed by the next on the same file.

A worker opens the database as a server would (what is open is released), serves customers through `Pay`, and tells
this process through a pipe what they were acknowledged, each after its await returned. After so many kills the file
is checked row by row, and a new one is begun.

    python -m reliability.kills --count 5000 --seed 1 [--planted two-transactions]
"""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

import orjson

from antiphon.store.sqlite import SqliteStore
from reliability.books import Books, Told, faults, miss_charged
from reliability.load import RacingClock, Shop, furnish, load_plans_once
from reliability.planted import LEDGERS

CLIENTS = 16
KILLS_A_FILE = 250
SHORTEST, LONGEST = 0.0005, 0.020
"""Seconds of work before a kill."""
IN_RECOVERY = 0.1
"""The part of kills that come from the fork on, so that many hit a worker that is still opening the file."""
_PATIENCE = 30.0
_PIPE = 1 << 20


@dataclass(slots=True)
class Report:
    """What came of it."""

    seed: int
    kills: int = 0
    at_work: int = 0
    in_recovery: int = 0
    admitted: int = 0
    ended: int = 0
    replayed: int = 0
    paid: int = 0
    transfers: int = 0
    wrong: int = 0
    charged: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Parent:
    """Forks workers on one file and kills them.

    Args:
        folder: For the files, one after another; on a disk, not in memory.
        seed: Of the load and of the instants.
        planted: The name of a bug; "" for none.
    """

    def __init__(self, folder: Path, *, seed: int, planted: str = "") -> None:
        self.report = Report(seed)
        self._folder = folder
        self._seed = seed
        self._planted = planted
        self._chance = random.Random(f"kills {seed}")
        self._path = folder / "none"
        self._told = Told()
        self._chain: tuple[bytes, ...] = ()
        self._workers = 0

    def run(self, count: int, *, kills_a_file: int = KILLS_A_FILE) -> Report:
        """Kill so many workers; stops at the first file with a fault."""
        began = time.monotonic()
        load_plans_once()
        gc.freeze()  # So that a child's collector does not copy all pages.
        while self.report.kills < count and not self.report.faults:
            self._round(min(kills_a_file, count - self.report.kills))
        self.report.seconds = time.monotonic() - began
        return self.report

    def _round(self, kills: int) -> None:
        self._path = self._folder / f"{self.report.kills}.db"
        self._told, self._chain = Told(), ()
        asyncio.run(_furnish(self._path))
        for number in range(kills):
            if problem := self._kill_one():
                self.report.faults.append(problem)
                return
            if number == kills // 2:
                self._check(last=False)
        self._check(last=True)
        for file in self._folder.glob(f"{self._path.name}*"):
            file.unlink()

    def _kill_one(self) -> str:
        """Fork, wait, kill, hear what it told. What went wrong by itself, "" for nothing."""
        self._workers += 1
        in_recovery = self._chance.random() < IN_RECOVERY
        delay = self._chance.uniform(SHORTEST, LONGEST)
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _worker(self._path, writer, seed=self._seed, number=self._workers, planted=self._planted)
        os.close(writer)
        try:
            begun = b"" if in_recovery else _first_line(reader)
            time.sleep(delay)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with os.fdopen(reader, "rb") as rest:
            return self._hear(begun + rest.read())

    def _hear(self, said: bytes) -> str:
        admitted, ended, problem = 0, 0, ""
        lines = said.split(b"\n")[:-1]  # What has no end was never said.
        for line in lines:
            kind, *facts = orjson.loads(line)
            self._told.hear(kind, *facts)
            admitted += kind == "admitted"
            ended += kind == "ended"
            if kind == "failed":
                problem = f"R1: a worker failed: {facts[0]}"
        self.report.kills += 1
        self.report.in_recovery += not lines
        self.report.at_work += admitted > ended
        return problem

    def _check(self, *, last: bool) -> None:
        asyncio.run(recover(self._path, RacingClock(self._workers).now()))
        books, report = Books.read(self._path), self.report
        if self._planted != "charge-then-refund":
            report.faults += faults(books, self._told)
        if books.chain[: len(self._chain)] != self._chain:
            report.faults.append("L8: the chain of seals was changed")
        self._chain = books.chain
        if last:
            wrong, charged = miss_charged(books)
            report.wrong, report.charged = report.wrong + wrong, report.charged + charged
            report.transfers += len(books.transfers)
            report.admitted += len(self._told.admitted)
            report.ended += len(self._told.ended)
            report.replayed += self._told.replays
            report.paid += len(self._told.paid)


def _first_line(reader: int) -> bytes:
    """What a worker says first: that it is ready, or why it is not."""
    if not select.select([reader], [], [], _PATIENCE)[0]:
        return orjson.dumps(["failed", "it was not ready in time"]) + b"\n"
    return os.read(reader, _PIPE)


def _worker(path: Path, pipe: int, *, seed: int, number: int, planted: str) -> NoReturn:
    """Work until killed. It outlives nobody: an alarm ends it."""
    signal.alarm(60)

    def say(kind: str, *facts: object) -> None:
        os.write(pipe, orjson.dumps([kind, *facts]) + b"\n")

    try:
        asyncio.run(_work(path, say, seed=seed, number=number, planted=planted))
    except BaseException:  # noqa: BLE001 - whatever it was, the parent is to know
        say("failed", traceback.format_exc()[-3000:])
    os._exit(1)


async def _work(path: Path, say, *, seed: int, number: int, planted: str) -> None:
    store = SqliteStore.open(path)
    shop = Shop(store, ledger=LEDGERS[planted](store), say=say, seed=seed, worker=number)
    await store.ledger.end_all(now=shop.clock.now())
    await shop.prepare()
    say("ready")
    await shop.open(CLIENTS)


async def _furnish(path: Path) -> None:
    store = SqliteStore.open(path)
    await furnish(store)
    await store.close()


async def recover(path: Path, now: float) -> None:
    """As at the start of a server; and seal all there is."""
    store = SqliteStore.open(path)
    await store.ledger.end_all(now=now)
    while await store.ledger.seal(most=10_000):
        pass
    await store.close()


def replay(seed: int, count: int, planted: str) -> str:
    """The line that does it again."""
    extra = f" --planted {planted}" if planted else ""
    return f"PYTHONPATH=tests python -m reliability.kills --seed {seed} --count {count}{extra}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill -9 at random instants.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--planted", choices=[*LEDGERS], default="")
    parser.add_argument("--folder", type=Path, help="where; default: the system's folder for temporary files")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-kills-", dir=given.folder))
    report = Parent(folder, seed=given.seed, planted=given.planted).run(given.count)
    found = orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode()
    sys.stdout.write(found + "\n")
    if report.faults:
        sys.stderr.write(f"kept: {folder}\nreplay: {replay(given.seed, given.count, given.planted)}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
