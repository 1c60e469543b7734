"""A disk that fails at the operation one names, under the real store: SQLite's own way of testing itself.

For each operation of a short day at a shop, in turn: it fails, once or from then on; then the disk is well again.

    python -m reliability.faults [--kind full]
"""

import argparse
import asyncio
import contextlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import apsw
import orjson
import structlog

from antiphon.domain.errors import Unavailable
from antiphon.kit.observe import set_up_logging
from antiphon.services.pay import LEASE
from antiphon.store.connections import connect, connect_reader
from antiphon.store.readers import Readers
from antiphon.store.sqlite import SqliteStore
from antiphon.store.writer import Writer
from antiphon.testing import FakeClock
from reliability.books import Books, Told, faults
from reliability.load import Shop, furnish, wish
from reliability.planted import LEDGERS

KINDS: dict[str, type[apsw.Error]] = {"io": apsw.IOError, "full": apsw.FullError, "read-only": apsw.ReadOnlyError}
"""Error by name. The disk fails once by "io", and by the others from an operation on."""
LABELS = ("7/1/0/1", "7/1/0/2", "7/1/0/3", "7/key/1", "7/key/1", "7/1/0/4", "7/1/0/8")
LATER = ("7/2/0/1", "7/2/0/2", "7/2/0/3", "7/key/2", "7/2/0/4")
PAYMENTS = ("7-1", "7-2")
_NAME = "faulty-disk"
_START = 1_790_000_000.0
_MOST = 10_000


class FaultyVfs(apsw.VFS):
    """The system's files, one of whose operations fails, or all from that one on."""

    def __init__(self, kind: str) -> None:
        self.failed = False
        self.fails_at = 0
        self._done = 0
        self._error, self._once = KINDS[kind], kind == "io"
        super().__init__(_NAME, "")

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        return _FaultyFile(self, name, flags)

    def pass_one(self, *, writes: bool) -> None:
        """Let an operation pass, or not. A full disk or one that cannot be written can be read.

        Raises:
            apsw.Error: What was planned.
        """
        if not self.fails_at or not (writes or self._once):
            return
        self._done += 1
        if self._done == self.fails_at or (self._done > self.fails_at and not self._once):
            self.failed = True
            raise self._error("planned")

    def mend(self) -> None:
        """From now on nothing fails."""
        self.fails_at = 0


class _FaultyFile(apsw.VFSFile):
    def __init__(self, vfs: FaultyVfs, name, flags) -> None:
        self._vfs = vfs
        super().__init__("", name, flags)

    def xRead(self, amount, offset):  # noqa: N802 - SQLite's name
        self._vfs.pass_one(writes=False)
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):  # noqa: N802 - as above
        self._vfs.pass_one(writes=True)
        super().xWrite(data, offset)

    def xTruncate(self, size):  # noqa: N802 - as above
        self._vfs.pass_one(writes=True)
        super().xTruncate(size)

    def xSync(self, flags):  # noqa: N802 - as above
        self._vfs.pass_one(writes=True)
        super().xSync(flags)


@dataclass(slots=True)
class Report:
    """What came of it. `failed` is how many operations failed in turn."""

    kind: str
    failed: int = 0
    refused: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Day:
    """One day at a shop on a disk that may fail.

    Args:
        store: On that disk.
        told: Remembers what was acknowledged.
        planted: The name of a bug in the ledger; "" for none.
    """

    def __init__(self, store: SqliteStore, told: Told, *, planted: str = "") -> None:
        self.clock = FakeClock(_START)
        self.refused = 0
        self._shop = Shop(store, ledger=LEDGERS[planted](store), say=told.hear, seed=7, worker=1, clock=self.clock)

    async def prepare(self) -> None:
        await self._shop.prepare()

    async def pass_by(self, labels: tuple[str, ...]) -> None:
        """What customers may see is `Unavailable`; whatever else is raised comes through."""
        for payment in PAYMENTS:
            with self._refusals():
                await self._shop.top_up(payment)
        for label in labels:
            with self._refusals():
                await self._shop.buy(wish(label))
            with self._refusals():
                await self._shop.pay.tick()

    async def end(self) -> None:
        """Half a minute later, what could not be ended is over."""
        self.clock.advance(LEASE + 1)
        await self._shop.pay.tick()

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Unavailable:
            self.refused += 1


class Faults:
    """Fails every operation of a day in turn.

    Args:
        folder: For databases.
        kind: One of `KINDS`.
        planted: The name of a bug in the ledger; "" for none.
    """

    def __init__(self, folder: Path, kind: str, *, planted: str = "") -> None:
        self.report = Report(kind)
        self._planted = planted
        self._folder = folder
        self._model = folder / "model.db"

    def run(self, *, first: int = 1, every: int = 1) -> Report:
        """Until a day passes without reaching the operation that was to fail."""
        began = time.monotonic()
        asyncio.run(self._furnish())
        for fails_at in range(first, _MOST, every):
            if not asyncio.run(self._once(fails_at)):
                break
            self.report.failed += 1
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _furnish(self) -> None:
        store = SqliteStore.open(self._model)
        await furnish(store)
        await store.close()

    async def _once(self, fails_at: int) -> bool:
        path = self._folder / "a.db"
        shutil.copy(self._model, path)
        vfs, told = FaultyVfs(self.report.kind), Told()
        # Few pages, so that copying the WAL back fails too.
        writer = Writer(lambda: connect(path, vfs=_NAME), pages_when_idle=10, pages_at_most=20)
        store = SqliteStore(writer=writer, readers=Readers(lambda: connect_reader(path, vfs=_NAME), threads=1))
        try:
            found = await self._day(store, vfs, told, fails_at)
        finally:
            await store.close()
            vfs.unregister()
        found += faults(Books.read(path), told) + _unasked(Books.read(path), told)
        self.report.faults += [f"{self.report.kind} at operation {fails_at}: {fault}" for fault in found]
        for file in self._folder.glob("a.db*"):
            file.unlink()
        return vfs.failed

    async def _day(self, store: SqliteStore, vfs: FaultyVfs, told: Told, fails_at: int) -> list[str]:
        day = Day(store, told, planted=self._planted)
        await day.prepare()
        vfs.fails_at = fails_at
        await day.pass_by(LABELS)
        vfs.mend()
        self.report.refused += day.refused
        refused, ended = day.refused, len(told.ended)
        await day.pass_by(LATER)
        await day.end()
        if day.refused > refused or len(told.ended) == ended:
            return ["the disk was well again, and the shop was not"]
        return []


def _unasked(books: Books, told: Told) -> list[str]:
    """Charges for which the customer was told that it failed."""
    return [f"charged though it failed: {row}" for row in books.usage if row.charged and _hex(row.id) not in told.ended]


def _hex(id_: str) -> str:
    return id_.replace("-", "")


def main() -> None:
    parser = argparse.ArgumentParser(description="Let every operation of the disk fail in turn.")
    parser.add_argument("--kind", choices=[*KINDS], default="io")
    parser.add_argument("--first", type=int, default=1, help="the operation to begin with")
    parser.add_argument("--every", type=int, default=1, help="only one operation in so many")
    parser.add_argument("--planted", choices=["boastful"], default="")
    parser.add_argument("--log", action="store_true", help="log as the server does")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    if given.log:
        set_up_logging(form="text", level="info")
    else:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="antiphon-faults-") as folder:
        report = Faults(Path(folder), given.kind, planted=given.planted).run(first=given.first, every=given.every)
    sys.stdout.write(orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.faults:
        which = f"--kind {given.kind} --first {given.first} --every {given.every}"
        extra = f" --planted {given.planted}" if given.planted else ""
        sys.stderr.write(f"replay: PYTHONPATH=tests python -m reliability.faults {which}{extra}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
