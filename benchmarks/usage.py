"""What is spent: how soon an account is told, of a million requests. Writes a table to benchmarks/results/usage.md.

Two million rows of the last 366 days: half of them one account's, the rest of a thousand others. Questions go through
the whole application, key and limits and all, but over no network; on SQLite, and on a PostgreSQL of its own.
"""

import contextlib
import functools
import itertools
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import apsw
import asyncpg
import httpx
import pytest
import structlog
import uvloop

from antiphon.app import PublicUrl, create
from antiphon.domain.ports import Makers
from antiphon.house import House, open_house
from antiphon.kit.clock import SystemClock
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store import sqlite_lists as lists
from antiphon.store.folder import DataFolder
from antiphon.store.sqlite import SqliteStore
from speech import HERE, KEY, Row, table

sys.path.insert(0, str(HERE.parent / "tests"))
from store.postgres import ThrowawayPostgres, find_programs

EACH = 1_000_000
ACCOUNTS = 1_000
DAYS, DAY = 366, 86_400.0
KEYS = 10
AT_ONCE, A_SECOND = 20_000, 2_000
ROUNDS = 30
PROMISED = 100.0
"""Milliseconds."""

SPEECH = ("eleven-v3", "eleven-multilingual-v2", "eleven-flash-v2-5", "gemini-2-5-flash", "gemini-2-5-pro")
PICTURES = ("qwen-z-image", "grok-image", "nano-banana-2", "nano-banana-pro", "flux-2-pro", "gpt-image-2")
MODELS = (
    *((model, "speech") for model in (*SPEECH, "google-neural2", "google-wavenet", "tts-rt-v1")),
    *((model, "image") for model in PICTURES),
    *((model, "music") for model in ("suno-v4_5all", "suno-v5", "sonic-v5")),
    ("video", "video"),
)
FILL_SQLITE = """
    INSERT INTO usage (
        id, account, at, key_id, request_id, dialect, route, modality, model, engine, units, unit, listed, status, code,
        latency_ms, client_reference_id, charged, paid_free, paid_subscription, paid_payg)
    VALUES (?, ?, ?, ?, ?, 'sonna', 'sonna.synthesize', ?, ?, 'espeak', 500, 'character', ?, ?, ?, ?, '', ?, 0, ?, ?)
"""
COLUMNS = (
    *("id", "account_id", "at", "key_id", "request_id", "dialect", "route", "modality", "model", "engine"),
    *("units", "unit", "listed", "status", "code", "latency_ms", "client_reference_id"),
    *("charged", "paid_free", "paid_subscription", "paid_payg", "project_id"),
)
LAST = "SELECT coalesce(max(seq), 0) FROM usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What differs from one row to the next."""

    id: UUID
    account: int
    at: float
    key_id: UUID | None
    modality: str
    model: str
    listed: int
    charged: int
    status: int
    latency: int
    code: str


def log_of(now: float, key_ids: Sequence[UUID]) -> Iterator[Logged]:
    """All rows, in the order of time; account 0 has every other one. One in fifty was refused at once."""
    chance, begins, total = random.Random(8), now - (DAYS - 1) * DAY, 2 * EACH  # noqa: S311 - a seed that stays
    for number in range(total):
        at = begins + (now - begins) * number / total
        model, modality = chance.choice(MODELS)
        served, listed = chance.random() >= 0.02, chance.randrange(1, 500) * 1_050
        yield Logged(
            id=UUID(int=int(at * 1000) << 80 | 0x7 << 76 | 0x2 << 62 | number),
            account=0 if number % 2 else 1 + number // 2 % ACCOUNTS,
            at=at + 0.3,
            key_id=chance.choice([None, *key_ids]),
            modality=modality,
            model=model,
            listed=listed,
            charged=listed * 9 // 10 if served else 0,
            status=200 if served else 402,
            latency=300 if served else 0,
            code="" if served else "payment_required",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A server's services on one kind of database, filled.

    Args:
        name: For people.
        http: Asks it.
        loud: Headers of the account with a million rows.
        quiet: Headers of one of the thousand.
        filled: What was seen on the way.
    """

    name: str
    http: httpx.AsyncClient
    loud: dict[str, str]
    quiet: dict[str, str]
    filled: Sequence[Row]


@contextlib.asynccontextmanager
async def opened(folder: Path, url: str | None) -> AsyncIterator[Base]:
    settings = load(data=folder, bootstrap_key=KEY, limits_file=HERE / "limits.toml", database_url=url)
    async with contextlib.AsyncExitStack() as closing:
        claimed = closing.enter_context(DataFolder.claim(settings.data))
        house = await closing.enter_async_context(open_house(claimed, settings, SystemClock()))
        first = await house.first_start(settings, remember=lambda _key: None)
        others = [await house.accounts.create(f"bench {number}") for number in range(ACCOUNTS)]
        accounts = [first.id, *(one.account.id for one in others)]
        keys = [(await house.keys.create(first.id, f"key {number}"))[0].id for number in range(KEYS - 1)]
        _, quiet = await house.keys.create(accounts[1], "its own")
        rows = log_of(time.time(), keys)
        filled = await (
            fill_sqlite(house, accounts, rows) if url is None else fill_postgres(house, accounts, rows, url)
        )
        app = create(
            settings, house=house, models=(), makers=Makers(), metrics=Metrics(), public_url=PublicUrl("http://bench")
        )
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench", timeout=60)
        await closing.enter_async_context(http)
        yield Base(
            name="SQLite" if url is None else "PostgreSQL",
            http=http,
            loud={"X-API-Key": KEY},
            quiet={"X-API-Key": quiet},
            filled=filled,
        )


async def fill_sqlite(house: House, accounts: Sequence[UUID], rows: Iterator[Logged]) -> Sequence[Row]:
    """Write all rows, and prolong the lists over them; over the last ones as it is done every second."""
    store = house.store
    assert isinstance(store, SqliteStore)
    found = await store.read(lambda connection: connection.execute("SELECT account_id, number FROM account_number").get)
    numbers = dict(found)
    took = {"write": 0.0, "list": 0.0, "totals": 0.0}
    for place, some in enumerate(batches(rows), start=1):
        given = [
            (
                *(str(row.id), numbers[str(accounts[row.account])], row.at),
                *(None if row.key_id is None else str(row.key_id), "label", row.modality, row.model),
                *(row.listed, row.status, row.code, row.latency, row.charged, row.charged, 0),
            )
            for row in some
        ]
        begun = time.perf_counter()
        await store.write(lambda connection, given=given: connection.executemany(FILL_SQLITE, given).get)
        took["write"] += time.perf_counter() - begun
        if place * AT_ONCE == 2 * EACH:
            took |= {"list": 0.0, "totals": 0.0}
        at_once = A_SECOND if place * AT_ONCE == 2 * EACH else AT_ONCE
        await store.write(functools.partial(prolonged, at_once=at_once, took=took))
    whole = took["list"] + took["totals"]
    return [
        Row("a row written, many at a time", f"{took['write'] / (2 * EACH) * 1e6:.1f} µs"),
        Row(f"a row listed afterwards, {A_SECOND:,} at a time", f"{whole / AT_ONCE * 1e6:.1f} µs"),
        Row("of which the totals for these questions", f"{took['totals'] / whole:.0%}"),
    ]


def prolonged(connection: apsw.Connection, *, at_once: int, took: dict[str, float]) -> None:
    """As `sqlite_lists.prolong` does it, timed."""
    first, last = connection.execute("SELECT usage FROM listed").get, connection.execute(LAST).get
    for since in range(first, last, at_once):
        for what, statements in (
            ("list", (lists.LIST_USAGE, lists.LIST_USAGE_OF_PROJECT, lists.ADD_DAYS)),
            ("totals", lists.ADD_TOTALS),
        ):
            begun = time.perf_counter()
            for statement in statements:
                connection.execute(statement, (since, min(since + at_once, last)))
            took[what] += time.perf_counter() - begun
    connection.execute(lists.ADVANCE, (0, last, 300))


async def fill_postgres(house: House, accounts: Sequence[UUID], rows: Iterator[Logged], url: str) -> Sequence[Row]:
    """Write all rows into a table without indexes, which are made afterwards: to fill it is not what is measured."""
    connection = await asyncpg.connect(url)
    index = await connection.fetchval("SELECT pg_get_indexdef('usage_in_time'::regclass)")
    await connection.execute("DROP INDEX usage_in_time; ALTER TABLE usage DROP CONSTRAINT usage_pkey")
    for some in batches(rows):
        records = [
            (
                *(row.id, accounts[row.account], row.at, row.key_id, "label", "sonna", "sonna.synthesize"),
                *(row.modality, row.model, "espeak", 500, "character", row.listed, row.status, row.code, row.latency),
                *("", row.charged, 0, row.charged, 0, None),
            )
            for row in some
        ]
        await connection.copy_records_to_table("usage", records=records, columns=COLUMNS)
    await connection.execute(f"ALTER TABLE usage ADD PRIMARY KEY (account_id, id); {index}")
    await connection.execute("VACUUM ANALYZE usage")
    begun = time.perf_counter()
    await house.spending.totals(accounts[0], range(1), by=())
    first = time.perf_counter() - begun
    await connection.execute("VACUUM ANALYZE usage_total")  # As autovacuum does, after a minute.
    await connection.close()
    return [Row("an account's first question ever, its year added up", f"{first:.1f} s")]


def batches(rows: Iterator[Logged]) -> Iterator[Sequence[Logged]]:
    while some := list(itertools.islice(rows, AT_ONCE)):
        yield some


def asked_for(now: float) -> Iterator[tuple[str, str, bool]]:
    """Of each question: what it is, its path, and whether how long it may take was promised."""
    today, year, week = (time.strftime("%Y-%m-%d", time.gmtime(now - ago * DAY)) for ago in (0, DAYS - 1, 6))
    for by in ("day", "key", "model", "modality", "day,modality", "key,model", "day,key", "model,modality"):
        yield f"a year by {by}", f"usage?from={year}&to={today}&groupBy={by}", True
    yield "a week by all four", f"usage?from={week}&to={today}&groupBy=day,key,model,modality", True
    yield "a month by day", "usage", True
    yield "the log, its first page", "usage/requests", True
    for ago in (1, 180, 364):
        cursor = UUID(int=int((now - ago * DAY) * 1000) << 80).hex
        path = f"usage/requests?from={year}&to={today}&limit=200&cursor={cursor}"
        yield f"a page of 200 from {ago} days ago on", path, True
    yield "a sheet of up to 10,000 requests", f"usage/requests?from={year}&to={today}&format=csv", False


async def questions(base: Base) -> AsyncIterator[Row]:
    for row in base.filled:
        yield Row(f"{base.name}: {row.what}", row.figure)
    for whose, headers in (("", base.loud), (f", one of {ACCOUNTS:,}", base.quiet)):
        for what, path, promised in asked_for(time.time()):
            times, size = [], 0
            for _ in range(ROUNDS + 2):
                begun = time.perf_counter()
                answer = await base.http.get(f"/api/v1/{path}", headers=headers)
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, answer.text
                size = len(answer.content)
            slow = quantiles(times[2:], n=20)[-1]
            yield Row(
                f"{base.name}{whose}: {what}",
                f"p50 {median(times[2:]):.1f} ms, p95 {slow:.1f} ms, {size / 1000:,.0f} kB",
                f"p95 ≤ {PROMISED:.0f} ms" if promised else "",
                slow <= PROMISED if promised else None,
            )


@contextlib.contextmanager
def cluster() -> Iterator[ThrowawayPostgres | None]:
    try:
        running = ThrowawayPostgres(find_programs(), durable=False)
    except pytest.skip.Exception:
        yield None
        return
    try:
        running.start()
        running.make_template()
        yield running
    finally:
        running.remove()


async def measure(running: ThrowawayPostgres | None) -> Sequence[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder, "a"), None) as base:
            rows += [row async for row in questions(base)]
        if running is None:
            return [*rows, Row("PostgreSQL", "not measured, there is none here")]
        url = await running.new_database()
        async with opened(Path(folder, "b"), url) as base:
            rows += [row async for row in questions(base)]
    return rows


def main() -> None:
    load_before = os.getloadavg()[0]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with cluster() as running:
        rows = uvloop.run(measure(running))
    note = (
        f"{2 * EACH:,} rows of {DAYS} days: {EACH:,} of one account, with {KEYS} keys and {len(MODELS)} models, and "
        f"{EACH // ACCOUNTS:,} each of {ACCOUNTS:,} others. The whole application answers, over no network. "
        f"Load of the machine in the minute before: {load_before:.1f}."
    )
    table("Usage, measured", note, rows, HERE / "results" / "usage.md")


if __name__ == "__main__":
    main()
