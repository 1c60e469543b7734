"""Power cuts, simulated: a VFS under the real store notes every write, and images of the disk are made from them.

What was not synced before a cut may be there or not, whole or in parts of 512 bytes, in any order. Each image is
opened as after a cut, with SQLite's own VFS, and has to hold all that was acknowledged, and books that balance.

    python -m reliability.power --count 50000 --seed 1 [--planted NORMAL]
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw
import orjson

from antiphon.store import sqlite_seals
from antiphon.store.connections import connect, connect_reader
from antiphon.store.migrate import migrate, migrations
from antiphon.store.readers import Readers
from antiphon.store.sqlite import SqliteStore
from antiphon.store.writer import Writer
from reliability.books import Told
from reliability.disk import RECORDED, Disk, Op, Recorder
from reliability.load import Shop, furnish, load_plans_once

CUTS_A_RUN = 500
CLIENTS, REQUESTS = 6, 10
VERIFIED = 10
"""One in so many images is also put through `verify`, which takes as long as all the rest."""
IN_SETUP = 0.04
"""The part of cuts that fall into the making of the database."""


class Ack(NamedTuple):
    """Something was acknowledged after so many operations."""

    after: int
    kind: str
    facts: tuple[object, ...]


@dataclass(slots=True)
class Tape:
    """All that happened on a disk, and when what was acknowledged. From `furnished` on the ledger was at work."""

    # Not to be shown: `asyncio.run` does so with what it gives back, and that takes longer than to make it.
    ops: list[Op] = field(repr=False)
    acks: list[Ack] = field(repr=False)
    furnished: int


def record(folder: Path, *, seed: int, synchronous: str = "FULL") -> Tape:
    """Let the real store work on a recorded disk."""
    recorder = Recorder()
    try:
        return asyncio.run(_record(recorder, folder / "a.db", seed=seed, synchronous=synchronous))
    finally:
        recorder.unregister()


async def _record(recorder: Recorder, path: Path, *, seed: int, synchronous: str) -> Tape:
    def writing() -> apsw.Connection:
        connection = connect(path, vfs=RECORDED)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        return connection

    with contextlib.closing(writing()) as connection:
        migrate(connection, migrations())
    # Few pages, so that the WAL is copied back and begun again many times within a run.
    writer = Writer(writing, pages_when_idle=12, pages_at_most=40)
    store = SqliteStore(writer=writer, readers=Readers(lambda: connect_reader(path, vfs=RECORDED), threads=1))
    acks: list[Ack] = []

    def say(kind: str, *facts: object) -> None:
        acks.append(Ack(len(recorder.ops), kind, facts))

    await furnish(store)
    shop = Shop(store, ledger=store.ledger, say=say, seed=seed, worker=1)
    await shop.prepare()
    furnished = len(recorder.ops)
    await shop.serve(clients=CLIENTS, requests=REQUESTS)
    await store.close()
    return Tape(ops=list(recorder.ops), acks=acks, furnished=furnished)


@dataclass(slots=True)
class Report:
    """What came of it. `lost` and `corrupt` are numbers of cuts."""

    seed: int
    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    corrupt: int = 0
    unbalanced: int = 0
    unsynced: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Cutter:
    """Makes tapes and cuts them.

    Args:
        folder: For images; best in memory, as they are many.
        seed: Of the load, the instants and the accidents.
        synchronous: The writer's setting; anything but FULL is planted.
    """

    def __init__(self, folder: Path, *, seed: int, synchronous: str = "FULL") -> None:
        self.report = Report(seed)
        self._folder = folder
        self._seed = seed
        self._synchronous = synchronous

    def run(self, count: int) -> Report:
        began = time.monotonic()
        for number in range(-(-count // CUTS_A_RUN)):
            work = self._folder / f"{number}"
            work.mkdir()
            tape = record(work, seed=self._seed * 100_000 + number, synchronous=self._synchronous)
            self._cut(tape, work, number=number, cuts=min(CUTS_A_RUN, count - number * CUTS_A_RUN))
            shutil.rmtree(work)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _cut(self, tape: Tape, work: Path, *, number: int, cuts: int) -> None:
        chance = random.Random(f"cuts {self._seed}/{number}")
        in_setup = sum(chance.random() < IN_SETUP for _ in range(cuts))
        points = [chance.randrange(1, tape.furnished) for _ in range(in_setup)]
        points += [chance.randrange(tape.furnished, len(tape.ops) + 1) for _ in range(cuts - in_setup)]
        disk, done, told, heard = Disk(), 0, Told(), 0
        for point in sorted(points):
            for op in tape.ops[done:point]:
                disk.take(op)
            done = point
            self.report.unsynced += any(disk.pending.values())
            image = disk.after_cut(chance)
            while heard < len(tape.acks) and tape.acks[heard].after <= point:
                told.hear(tape.acks[heard].kind, *tape.acks[heard].facts)
                heard += 1
            self._judge(work, image, told, where=f"run {number}, operation {point}", working=point >= tape.furnished)

    def _judge(self, work: Path, image: dict[str, bytearray], told: Told, *, where: str, working: bool) -> None:
        report = self.report
        report.cuts += 1
        report.acknowledged += len(told.admitted) + len(told.ended) + len(told.answers) + len(told.paid)
        _lay_out(image, work)
        try:
            thorough = report.cuts % VERIFIED == 0
            fault, lost = _opened(work / "image.db", told, working=working, thorough=thorough)
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError) as error:
            report.corrupt += 1
            self._note(f"{where}: {type(error).__name__}: {error}")
            return
        report.lost += bool(lost)
        report.unbalanced += bool(fault)
        if lost or fault:
            self._note(f"{where}: {fault or lost[0]}")

    def _note(self, fault: str) -> None:
        if len(self.report.faults) < 20:
            self.report.faults.append(fault)


def _lay_out(image: dict[str, bytearray], work: Path) -> None:
    """Make the files those of an image. Earlier ones are written over: new files cost several times that."""
    wanted = {name.replace("a.db", "image.db"): content for name, content in image.items()}
    for file in work.glob("image*"):
        if file.name not in wanted:
            file.unlink()
    for name, content in wanted.items():
        with open(work / name, "r+b" if (work / name).exists() else "xb", buffering=0) as file:  # noqa: PTH123
            file.write(content)
            file.truncate()


def _opened(path: Path, told: Told, *, working: bool, thorough: bool) -> tuple[str, list[str]]:
    """What is wrong in an image, and what is missing of what was acknowledged."""
    connection = apsw.Connection(str(path))
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA synchronous=OFF")
        integrity = connection.execute("PRAGMA integrity_check").get
        if integrity != "ok":
            raise apsw.CorruptError(integrity)
        if not working:
            migrate(connection, migrations())  # As the next start would.
            return _unbalanced(connection), []
        fault = _unbalanced(connection) or (sqlite_seals.verify(connection).fault if thorough else "")
        return fault, _missing(connection, told)
    finally:
        connection.close()


def _unbalanced(connection: apsw.Connection) -> str:
    """The first invariant that does not hold; a request may be open, as the next start would release it."""
    return next((f"{name}: {found}" for name, sql in SUMS.items() if (found := connection.execute(sql).get)), "")


SUMS = {
    "L1": "SELECT sum(amount) FROM entry",
    "L2": "SELECT seq FROM entry GROUP BY seq HAVING sum(amount) <> 0",
    "L3": """
        SELECT id FROM lot
        WHERE balance < 0 OR balance <> (SELECT coalesce(sum(amount), 0) FROM entry WHERE place = lot.number)
    """,
    "L4": """
        SELECT (SELECT coalesce(sum(amount), 0) FROM entry WHERE place = -3)
             - (SELECT coalesce(sum(held), 0) FROM open_request)
    """,
    "L7": """
        SELECT (SELECT coalesce(sum(amount), 0) FROM entry WHERE place = -2)
             - (SELECT coalesce(sum(charged), 0) FROM usage)
    """,
}
"""What has to find nothing, or 0."""


def _missing(connection: apsw.Connection, told: Told) -> list[str]:
    transfers = {id_.replace("-", "") for (id_,) in connection.execute("SELECT id FROM transfer")}
    usage = {
        id_.replace("-", ""): (label, units)
        for id_, label, units in connection.execute("SELECT id, request_id, units FROM usage")
    }
    kept = dict(connection.execute("SELECT key, hex(body) FROM idempotency WHERE status IS NOT NULL"))
    lost = [
        f"lost: the admission of {label}" for id_, label in told.admitted.items() if f"hold:{id_}/0" not in transfers
    ]
    lost += [f"lost: the end of {end}" for id_, end in told.ended.items() if usage.get(id_) != end]
    lost += [f"lost: the answer under {key}" for key, body in told.answers.items() if kept.get(key) != body]
    lost += [f"lost: the payment {name}" for name in told.paid if f"topup:{name}".replace("-", "") not in transfers]
    return lost


def in_memory() -> Path | None:
    """A folder in memory, where there is one."""
    shared = Path("/dev/shm")  # noqa: S108 - images are many, small, and gone at once
    return shared if shared.is_dir() else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the power at random instants.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--planted", choices=["NORMAL", "OFF"], default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    load_plans_once()
    with tempfile.TemporaryDirectory(prefix="antiphon-power-", dir=in_memory()) as folder:
        cutter = Cutter(Path(folder), seed=given.seed, synchronous=given.planted or "FULL")
        report = cutter.run(given.count)
    found = orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode()
    sys.stdout.write(found + "\n")
    if report.faults:
        extra = f" --planted {given.planted}" if given.planted else ""
        again = f"PYTHONPATH=tests python -m reliability.power --seed {given.seed} --count {given.count}{extra}"
        sys.stderr.write(f"replay: {again}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
