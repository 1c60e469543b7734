"""How fast jobs are: submitted, begun, done with, and found among a million that wait; on SQLite and on PostgreSQL.

Each submission holds its price and is on disk before it is answered; each end settles, and writes the request log.
Starts a PostgreSQL of its own where it finds one. Usage: python jobs.py [--seconds 2] [--waiting 1000000]
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import uvloop

from antiphon.domain.jobs import FOREVER, Fault, Job
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.kit.clock import SystemClock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.submit import usage
from antiphon.services.work import Receipt, Tell, Workshop
from antiphon.store.ports import Admission, Concurrency, Grant
from antiphon.store.ports_jobs import Submission
from antiphon.store.ports_store import Store
from antiphon.store.postgres import PostgresStore
from antiphon.store.sqlite import SqliteStore

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from store.postgres import ThrowawayPostgres, find_programs

CLIENTS = 64
ACCOUNTS = 200
STARTS = 200
SLOTS = 32
CLAIMS = 200
FEW = 1_000
ROUNDS = 3
FILLED_AT_ONCE = 20_000
PRICE = MilliCredits(1_000)
LIMITS = (Concurrency(tier="organization", most=10**9),)
CLOCK = SystemClock()

# Half of them is admitted; what they would be paid from is left out, because nobody ends them.
FILL_SQLITE = """
    INSERT INTO job (
        id, account, dialect, kind, asked, shown, made, state, fence, tries, priority, price, progress, stage,
        created_at, deadline, span, turn, admitted)
    WITH RECURSIVE numbers (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)
    SELECT printf('%032x', n), $3, 'bench', 'filler', x'7b7d', x'7b7d', x'', 'pending', 0, 0, n % 3, 0, 0, '',
        1e9, $4, 2, 1e9 + n, n % 2
    FROM numbers
"""
FILL_POSTGRES = """
    INSERT INTO job (
        id, account_id, dialect, kind, asked, shown, made, state, fence, tries, priority, price, progress, stage,
        created_at, deadline, span, turn, admitted)
    SELECT gen_random_uuid(), $3, 'bench', 'filler', '{}', '{}', '', 'pending', 0, 0, n % 3, 0, 0, '',
        1e9, $4, 2, 1e9 + n, n % 2 = 1
    FROM generate_series($1::bigint, $2) AS n
"""


@dataclass(slots=True)
class Base:
    """A database, and what of it is measured.

    Args:
        name: For people.
        store: Where clients submit.
        workers: Where workers claim: the same process's, or another server's.
        fill: Lets jobs of so many numbers wait, for an account.
    """

    name: str
    store: Store
    workers: Store
    fill: Callable[[int, int, UUID], Awaitable[None]]
    accounts: list[UUID] = field(default_factory=list)


class Nothing:
    """A trade whose jobs are done at once; it notes when the last was begun."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.began = asyncio.Event()

    async def work(self, _job: Job, _tell: Tell) -> bytes:
        self.begun = time.perf_counter()
        self.began.set()
        return b"{}"

    def receipt(self, job: Job, _outcome: bytes | Fault, *, at: float) -> Receipt:
        return Receipt(usage=usage(job, route="bench", model="m", engine="none", status=200, code="", at=at))


def new_id() -> UUID:
    return uuid7(int(time.time() * 1000), os.urandom(RANDOM_BYTES))


async def open_accounts(store: Store) -> list[UUID]:
    accounts = []
    for number in range(ACCOUNTS):
        account = await store.keys.ensure_account(Account(id=new_id(), name=f"bench {number}", created_at=1.0))
        grant = {"lot_id": new_id(), "bucket": Bucket.PAYG, "amount": MilliCredits(10**12), "at": 1.0}
        await store.ledger.grant(Grant(transfer_id=f"topup:{account.id}", account_id=account.id, **grant))
        accounts.append(account.id)
    return accounts


async def submit(store: Store, account_id: UUID) -> None:
    now, id_ = time.time(), new_id()
    asked = Admission(
        id=id_,
        account_id=account_id,
        dialect="bench",
        hold=PRICE,
        order=(Bucket.PAYG,),
        at=now,
        until=FOREVER,
        concurrency=LIMITS,
    )
    fields = {"account_id": account_id, "dialect": "bench", "kind": "bench", "price": PRICE, "created_at": now}
    job = Job(id=id_, asked=b'{"title": "a song"}', **fields)
    await store.jobs.submit(Submission(admission=asked, job=job, window=2))


@contextlib.asynccontextmanager
async def open_shop(
    store: Store, trade: Nothing, *, slots: int, ended: Callable[[str, str], None] | None = None
) -> AsyncIterator[None]:
    shop = Workshop(store.jobs, {"bench": trade}, slots=slots, name=str(new_id()), clock=CLOCK, ended=ended)
    stop = asyncio.Event()
    serving = asyncio.create_task(shop.serve(stop, drain=10.0))
    try:
        yield
    finally:
        stop.set()
        await serving


async def submitted_a_second(base: Base, *, seconds: float) -> float:
    """Submissions of many clients; the middle one of a few runs."""
    numbers, rates = itertools.count(), []
    for _ in range(ROUNDS):
        begun, count = time.perf_counter(), 0

        async def client(ends: float) -> int:
            done = 0
            while time.perf_counter() < ends:
                await submit(base.store, base.accounts[next(numbers) % ACCOUNTS])
                done += 1
            return done

        count = sum(await asyncio.gather(*(client(begun + seconds) for _ in range(CLIENTS))))
        rates.append(count / (time.perf_counter() - begun))
    return statistics.median(rates)


async def drained_a_second(base: Base) -> float:
    """Jobs that do nothing, from the first claim to the last end."""
    waiting = left = sum((await base.store.jobs.waiting()).values())
    drained = asyncio.Event()

    def ended(_kind: str, _state: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            drained.set()

    begun = time.perf_counter()
    async with open_shop(base.workers, Nothing(), slots=SLOTS, ended=ended):
        await drained.wait()
        took = time.perf_counter() - begun
    return waiting / took


async def milliseconds_to_start(base: Base) -> list[float]:
    """From before a submission to the first line of the work, one after the other."""
    trade, took = Nothing(), []
    async with open_shop(base.workers, trade, slots=2):
        for number in range(STARTS):
            trade.began.clear()
            before = time.perf_counter()
            await submit(base.store, base.accounts[number % ACCOUNTS])
            await trade.began.wait()
            took.append(1_000 * (trade.begun - before))
            await asyncio.sleep(0.01)  # Its end is not to be in the way of the next.
    return took


async def milliseconds_to_claim(base: Base) -> float:
    """One claim of two jobs among those that wait; the median."""
    took = []
    for number in range(CLAIMS):
        now, before = time.time(), time.perf_counter()
        claims = await base.workers.jobs.claim(worker="w", kinds=("filler",), most=2, now=now, until=now + 3600)
        took.append(1_000 * (time.perf_counter() - before))
        assert len(claims) == 2, number
    return statistics.median(took)


async def measure(base: Base, *, seconds: float, waiting: int) -> list[tuple[str, str, str]]:
    """Rows of the table: what, promised, seen."""
    base.accounts = await open_accounts(base.store)
    rate = await submitted_a_second(base, seconds=seconds)
    drained = await drained_a_second(base)
    starts = sorted(await milliseconds_to_start(base))
    await base.fill(1, FEW, base.accounts[0])
    few = await milliseconds_to_claim(base)
    await base.fill(FEW + 1, waiting, base.accounts[0])
    many = await milliseconds_to_claim(base)
    before = time.perf_counter()
    await base.store.jobs.waiting()
    await base.store.jobs.waits_since()
    counted = 1_000 * (time.perf_counter() - before)
    assert (await base.store.ledger.verify()).fault == ""
    return [
        (f"submitted a second, {CLIENTS} clients", "≥ 1,500", f"{rate:,.0f}"),
        ("submit to start, median", "≤ 15 ms", f"{statistics.median(starts):.1f} ms"),
        ("submit to start, slowest twentieth", "", f"{starts[len(starts) * 95 // 100]:.1f} ms"),
        (f"empty jobs done a second, {SLOTS} slots", "≥ 1,000", f"{drained:,.0f}"),
        (f"a claim of two among {FEW:,}, median", "", f"{few:.2f} ms"),
        (f"a claim of two among {waiting:,}, median", "", f"{many:.2f} ms"),
        ("of these the second / the first", "≤ 1.2", f"{many / few:.2f}"),
        (f"counting {waiting:,} for /metrics", "", f"{counted:.0f} ms"),
    ]


@contextlib.asynccontextmanager
async def on_sqlite() -> AsyncIterator[Base]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "antiphon.db")

        async def fill(first: int, last: int, account_id: UUID) -> None:
            found = "SELECT number FROM account_number WHERE account_id = $1"
            for begin in range(first, last + 1, FILLED_AT_ONCE):  # The writer copies its log back in between.

                def work(connection: Any, begin: int = begin) -> None:
                    number = connection.execute(found, (str(account_id),)).get
                    end = min(last, begin + FILLED_AT_ONCE - 1)
                    connection.execute(FILL_SQLITE, (begin, end, number, FOREVER)).fetchall()

                await store.write(work)

        try:
            yield Base(name="SQLite, WAL, FULL, one process", store=store, workers=store, fill=fill)
        finally:
            await store.close()


@contextlib.contextmanager
def cluster() -> Iterator[ThrowawayPostgres | None]:
    try:
        programs = find_programs()
    except (pytest.skip.Exception, pytest.fail.Exception):
        yield None
        return
    running = ThrowawayPostgres(programs, durable=True)
    try:
        running.start()
        running.make_template()
        yield running
    finally:
        running.remove()


@contextlib.asynccontextmanager
async def on_postgres(running: ThrowawayPostgres) -> AsyncIterator[Base]:
    url = await running.new_database()
    store, workers = await PostgresStore.open(url), await PostgresStore.open(url)

    async def fill(first: int, last: int, account_id: UUID) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(FILL_POSTGRES, first, last, account_id, FOREVER)
        await connection.execute("VACUUM ANALYZE job")
        await connection.close()

    try:
        yield Base(name="PostgreSQL, fsync, two servers", store=store, workers=workers, fill=fill)
    finally:
        await store.close()
        await workers.close()


async def print_table(base: Base, *, seconds: float, waiting: int) -> None:
    rows = await measure(base, seconds=seconds, waiting=waiting)
    print(f"\n| {base.name} | promised | seen |\n|---|---:|---:|")
    for what, promised, seen in rows:
        print(f"| {what} | {promised} | {seen} |")
    sys.stdout.flush()


async def run(running: ThrowawayPostgres | None, *, seconds: float, waiting: int) -> None:
    async with on_sqlite() as base:
        await print_table(base, seconds=seconds, waiting=waiting)
    if running is None:
        print("\nPostgreSQL: not measured, there is none here.")
        return
    async with on_postgres(running) as base:
        await print_table(base, seconds=seconds, waiting=waiting)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure jobs.")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long for each run of submissions")
    parser.add_argument("--waiting", type=int, default=1_000_000, help="jobs among which one is claimed")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with cluster() as running:
        uvloop.run(run(running, seconds=arguments.seconds, waiting=arguments.waiting))
    print(f"\nLoad of the machine before: {load:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
