"""How fast the ledger is: requests admitted and ended a second, each on disk before it is answered.

A pair is one `admit` (lease and hold) and one `end` (settle a part, release the rest, usage row): two durable
transactions. Usage: python ledger.py [--seconds 2] [--past 1000000]
"""

import argparse
import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import uvloop

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports import Admission, Concurrency, Ending, Grant, Store
from antiphon.store.sqlite import SqliteStore

CLIENTS = 64
ACCOUNTS = 200
ROUNDS = 3
ORDER = (Bucket.SUBSCRIPTION, Bucket.PAYG)
LIMITS = (Concurrency(tier="organization", most=1000),)
HOLD, CHARGE = MilliCredits(1_000), MilliCredits(700)


class Figure(NamedTuple):
    """Pairs (or operations) a second, and how long one took."""

    per_second: float
    median_ms: float
    slowest_hundredth_ms: float


def new_id() -> UUID:
    return uuid7(int(time.time() * 1000), os.urandom(RANDOM_BYTES))


async def open_accounts(store: Store, count: int) -> list[UUID]:
    """So many accounts, each with more than will be spent, in two lots."""
    accounts = []
    for number in range(count):
        account = await store.keys.ensure_account(Account(id=new_id(), name=f"bench {number}", created_at=1.0))
        for bucket in ORDER:
            await store.ledger.grant(
                Grant(
                    transfer_id=f"topup:{bucket}:{account.id}",
                    lot_id=new_id(),
                    account_id=account.id,
                    bucket=bucket,
                    amount=MilliCredits(10**15),
                    at=1.0,
                )
            )
        accounts.append(account.id)
    return accounts


async def pair(store: Store, account_id: UUID) -> None:
    """One request from its admission to its end."""
    now, request_id = time.time(), new_id()
    await store.ledger.admit(
        Admission(
            id=request_id,
            account_id=account_id,
            dialect="soniox",
            hold=HOLD,
            order=ORDER,
            at=now,
            until=now + 60,
            concurrency=LIMITS,
        )
    )
    usage = Usage(
        id=request_id,
        at=now,
        account_id=account_id,
        key_id=account_id,
        request_id=str(request_id),
        dialect="soniox",
        route="soniox.tts",
        modality="speech",
        model="tts-rt-v1",
        engine="tone",
        units=1000,
        unit="millisecond",
        listed=CHARGE,
        charged=MilliCredits(0),
        status=200,
        latency_ms=20,
    )
    await store.ledger.end(Ending(id=request_id, charge=CHARGE, at=now, order=ORDER, usage=usage))


@dataclass(slots=True)
class Load:
    """Clients that do one thing after another until the time or the number is up."""

    clients: int = CLIENTS

    async def for_seconds(self, act: Callable[[int], Awaitable[Any]], seconds: float) -> Figure:
        """Let `act`, which is given a number, run again and again; the first tenth of the time is not counted."""
        numbers, took = itertools.count(), []
        begun = time.perf_counter()
        counted_from, ends = begun + seconds / 10, begun + seconds

        async def client() -> None:
            while (before := time.perf_counter()) < ends:
                await act(next(numbers))
                if before >= counted_from:
                    took.append(time.perf_counter() - before)

        await asyncio.gather(*(client() for _ in range(self.clients)))
        took.sort()
        return Figure(
            per_second=len(took) / (time.perf_counter() - counted_from),
            median_ms=statistics.median(took) * 1000,
            slowest_hundredth_ms=took[len(took) * 99 // 100] * 1000,
        )

    async def so_often(self, act: Callable[[int], Awaitable[Any]], count: int) -> None:
        """Let `act` run `count` times."""
        numbers = iter(range(count))

        async def client() -> None:
            for number in numbers:
                await act(number)

        await asyncio.gather(*(client() for _ in range(self.clients)))


async def measure(store: Store, *, seconds: float, past: Sequence[int]) -> dict[str, Figure]:
    """Measure a store that is empty.

    Args:
        store: Any that keeps the contract.
        seconds: How long for each figure; the median of three is taken.
        past: Numbers of transfers already made, ascending, at each of which it is measured again.
    """
    accounts = await open_accounts(store, ACCOUNTS)
    many, hot = Load(), Load()
    sealing = asyncio.create_task(keep_sealing(store))

    async def on_many(number: int) -> None:
        await pair(store, accounts[number % ACCOUNTS])

    async def on_one(_number: int) -> None:
        await pair(store, accounts[0])

    figures = {
        "1 client": await median(lambda: Load(1).for_seconds(on_many, seconds)),
        f"{CLIENTS} clients": await median(lambda: many.for_seconds(on_many, seconds)),
        f"{CLIENTS} clients, one account": await median(lambda: hot.for_seconds(on_one, seconds)),
    }
    for count in past:
        there = (await store.ledger.verify()).transfers  # Which is by itself a check of all that was measured.
        await Load(4 * CLIENTS).so_often(on_many, max(0, count - there) // 2)
        figures[f"{CLIENTS} clients after {max(count, there):,} transfers"] = await median(
            lambda: many.for_seconds(on_many, seconds)
        )
    sealing.cancel()
    return figures


async def keep_sealing(store: Store) -> None:
    """What goes on behind every server: what it costs belongs to a pair."""
    while True:
        await asyncio.sleep(0.5)
        while await store.ledger.seal(most=1024):
            pass


async def median(run: Callable[[], Awaitable[Figure]]) -> Figure:
    """The middle one of a few runs, by rate."""
    return sorted([await run() for _ in range(ROUNDS)])[ROUNDS // 2]


async def bare_inserts(store: SqliteStore, *, seconds: float) -> Figure:
    """One INSERT through the same writer: what the machine can do when the ledger does nothing."""
    await store.write(lambda connection: connection.execute("CREATE TABLE bare (n INTEGER PRIMARY KEY, x TEXT)").get)

    async def insert(_number: int) -> None:
        await store.write(lambda connection: connection.execute("INSERT INTO bare (x) VALUES ('x')").get)

    return await median(lambda: Load().for_seconds(insert, seconds))


def table(title: str, figures: dict[str, Figure]) -> str:
    """Figures as a Markdown table."""
    lines = [f"| {title} | a second | median ms | p99 ms |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {figure.per_second:,.0f} | {figure.median_ms:.2f} | {figure.slowest_hundredth_ms:.2f} |"
        for name, figure in figures.items()
    ]
    return "\n".join(lines)


async def run(folder: Path, *, seconds: float, past: Sequence[int]) -> None:
    store = SqliteStore.open(folder / "antiphon.db")
    try:
        bare = await bare_inserts(store, seconds=seconds)
        figures = await measure(store, seconds=seconds, past=past)
        print(table("SQLite, WAL, FULL", {f"bare INSERT, {CLIENTS} clients": bare, **figures}))
        full = figures[f"{CLIENTS} clients"].per_second
        print(f"\npairs for each bare INSERT: {full / bare.per_second:.2f}")
        print(f"one account / many: {figures[f'{CLIENTS} clients, one account'].per_second / full:.2f}")
        if len(past) > 1:
            rates = [figure.per_second for name, figure in figures.items() if name.endswith("transfers")]
            print(f"cost of a pair, last / first of these: {rates[0] / rates[-1]:.2f}")
        assert (await store.ledger.verify()).fault == ""
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the ledger.")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long for each run")
    parser.add_argument("--past", type=int, nargs="*", default=[1_000, 1_000_000], help="transfers already there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(Path(folder), seconds=arguments.seconds, past=arguments.past))


if __name__ == "__main__":
    main()
