"""Are the jobs right? Everything is looked at again from the rows, by none of the code that wrote them.

A trigger of our own notes every step of every job in the transaction that makes it, on either database. The names
J1, J2, ... are those of the list of invariants in docs/reference/reliability.md.
"""

import contextlib
import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw
import asyncpg
import orjson

MOST_TRIES = 4
"""A job that so many workers died of may fail of it."""
_ENDED = frozenset({"succeeded", "failed", "cancelled", "expired"})
_STEPS = {
    (None, "pending"),
    ("pending", "pending"),  # Its account's window moves.
    ("pending", "running"),
    ("running", "running"),
    ("running", "pending"),
    *(("running", end) for end in _ENDED),
    *(("pending", end) for end in _ENDED),
}
_DIGITS = 1e-3  # Seconds by which sums of times may be off.
_HEAD = 40

SQLITE = """
CREATE TABLE seen (
    seq INTEGER PRIMARY KEY, job TEXT, was TEXT, now TEXT, fence_was INTEGER, fence INTEGER, until_was REAL, until REAL,
    admitted INTEGER, span INTEGER, beside INTEGER);
CREATE TRIGGER seen_first AFTER INSERT ON job BEGIN
    INSERT INTO seen VALUES (
        NULL, new.id, NULL, new.state, 0, new.fence, NULL, new.until, new.admitted, new.span,
        (SELECT count(*) FROM job WHERE account = new.account AND ended_at IS NULL AND admitted = 1));
END;
CREATE TRIGGER seen_next AFTER UPDATE ON job
WHEN old.state <> new.state OR old.fence <> new.fence OR old.admitted <> new.admitted BEGIN
    INSERT INTO seen VALUES (
        NULL, new.id, old.state, new.state, old.fence, new.fence, old.until, new.until, new.admitted, new.span,
        (SELECT count(*) FROM job WHERE account = new.account AND ended_at IS NULL AND admitted = 1));
END;
"""
POSTGRES = """
CREATE TABLE seen (
    seq bigserial PRIMARY KEY, job uuid, was text, now text, fence_was integer, fence integer,
    until_was double precision, until double precision, admitted boolean, span integer, beside integer);
CREATE FUNCTION seen_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    beside integer := (
        SELECT count(*) FROM job WHERE account_id = new.account_id AND ended_at IS NULL AND admitted);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO seen (job, was, now, fence_was, fence, until_was, until, admitted, span, beside)
        VALUES (new.id, NULL, new.state, 0, new.fence, NULL, new.until, new.admitted, new.span, beside);
    ELSIF (old.state, old.fence, old.admitted) IS DISTINCT FROM (new.state, new.fence, new.admitted) THEN
        INSERT INTO seen (job, was, now, fence_was, fence, until_was, until, admitted, span, beside)
        VALUES (
            new.id, old.state, new.state, old.fence, new.fence, old.until, new.until, new.admitted, new.span, beside);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seen AFTER INSERT OR UPDATE ON job FOR EACH ROW EXECUTE FUNCTION seen_step();
"""
"""What notes the steps of jobs; once for a database, before its first job."""

_JOBS = "SELECT id, state, fence, tries, price, made, fault FROM job"
_SEEN = """
    SELECT job, was, now, fence_was, fence, until_was, until, admitted, span, beside FROM seen ORDER BY seq
"""
_MOVES = """
    SELECT transfer.seq, request_id, kind, place, amount FROM transfer JOIN entry ON entry.seq = transfer.seq
    WHERE request_id IS NOT NULL
"""
_SUMS = "SELECT place, sum(amount) FROM entry GROUP BY place"
_USAGE = "SELECT id, charged FROM usage"
_OPEN = "SELECT id FROM open_request"
_MESSAGES = "SELECT job_id FROM message"
_LOTS = {"sqlite": "SELECT number, balance FROM lot", "postgres": "SELECT id, balance FROM lot"}
_PLACES = {"-1": "world", "-2": "revenue", "-3": "held"}

Fetch = Callable[[str], Awaitable[Sequence[Sequence[object]]]]


class JobRow(NamedTuple):
    id: str
    state: str
    fence: int
    tries: int
    price: int
    made: bytes
    fault: str | None


class Step(NamedTuple):
    """What a statement made of a job, and how many of its account's were in the window then."""

    job: str
    was: str | None
    now: str
    fence_was: int
    fence: int
    until_was: float | None
    until: float | None
    admitted: bool
    span: int
    beside: int


@dataclass(slots=True)
class Paid:
    """What the transfers of one job come to."""

    holds: set[int] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)
    revenue: int = 0
    held: int = 0


@dataclass(slots=True)
class Told:
    """What was acknowledged: jobs to customers, and ends to workers."""

    submitted: set[str] = field(default_factory=set)
    ended: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(slots=True)
class JobBooks:
    """All rows about jobs, at rest."""

    jobs: dict[str, JobRow]
    steps: list[Step]
    paid: dict[str, Paid]
    sums: Counter[str]
    lots: dict[str, int]
    charged: list[tuple[str, int]]
    open_requests: list[str]
    messages: Counter[str]

    @classmethod
    async def of(cls, database: str) -> "JobBooks":
        """The rows of a database: a path, or a URL of PostgreSQL's."""
        kind = "postgres" if database.startswith("postgresql:") else "sqlite"
        async with fetching(database) as fetch:
            return await cls._read(fetch, kind=kind)

    @classmethod
    async def _read(cls, fetch: Fetch, *, kind: str) -> "JobBooks":
        paid: dict[str, Paid] = defaultdict(Paid)
        for seq, request, what, place, amount in await fetch(_MOVES):
            one = paid[str(request)]
            (one.holds if what == "hold" else one.ends).add(seq)
            one.revenue += amount if _place(place) == "revenue" else 0
            one.held += amount if _place(place) == "held" else 0
        jobs = (JobRow(str(row[0]), *row[1:]) for row in await fetch(_JOBS))
        return cls(
            jobs={job.id: job for job in jobs},
            steps=[Step(str(row[0]), *row[1:]) for row in await fetch(_SEEN)],
            paid=dict(paid),
            sums=Counter({_place(place): int(amount) for place, amount in await fetch(_SUMS)}),
            lots={str(id_): balance for id_, balance in await fetch(_LOTS[kind])},
            charged=[(str(id_), amount) for id_, amount in await fetch(_USAGE)],
            open_requests=[str(id_) for (id_,) in await fetch(_OPEN)],
            messages=Counter(str(id_) for (id_,) in await fetch(_MESSAGES)),
        )


@contextlib.asynccontextmanager
async def fetching(database: str) -> AsyncIterator[Fetch]:
    """What answers questions about the rows of a database: a path, or a URL of PostgreSQL's."""
    if database.startswith("postgresql:"):
        server = await asyncpg.connect(database)
        try:
            yield server.fetch
        finally:
            await server.close()
        return
    connection = apsw.Connection(database, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield lambda sql: _answered(connection, sql)
    finally:
        connection.close()


async def watch(database: str) -> None:
    """Have every step of a job noted from now on."""
    if not database.startswith("postgresql:"):
        connection = apsw.Connection(database)
        connection.execute(SQLITE)
        connection.close()
        return
    server = await asyncpg.connect(database)
    await server.execute(POSTGRES)
    await server.close()


async def _answered(connection: apsw.Connection, sql: str) -> Sequence[Sequence[object]]:
    return connection.execute(sql).fetchall()


def _place(place: object) -> str:
    return _PLACES.get(str(place), str(place))


def faults(books: JobBooks, told: Told, *, lease: float) -> list[str]:
    """What is wrong with jobs of which all should have ended, and with what was told of them."""
    checks = (acknowledged(books, told), stepped(books, lease), _windowed(books), _settled(books), sound(books))
    return [fault for check in checks for fault in check]


def acknowledged(books: JobBooks, told: Told) -> Iterator[str]:
    """J1: what was acknowledged is there, and has ended as was said."""
    yield from (f"J1: lost: {id_}" for id_ in told.submitted - books.jobs.keys())
    yield from (f"J1: {job.id} is {job.state}" for job in books.jobs.values() if job.state not in _ENDED)
    for id_, end in told.ended.items():
        job = books.jobs.get(id_)
        if job is None or (job.fence, job.state) != end:
            yield f"J1: {id_} was said to have ended as {end}; there is {job}"


def stepped(books: JobBooks, lease: float) -> Iterator[str]:
    """J2: jobs went the way they should, each in the hands of one."""
    last: dict[str, Step] = {}
    for step in books.steps:
        before = last.get(step.job)
        last[step.job] = step
        if (step.was, step.now) not in _STEPS or (before is not None and before.now != step.was):
            yield f"J2: no such step: {step}"
        if step.fence - step.fence_was != (step.was is not None and step.now == "running"):
            yield f"J2: not every claim has its fence: {step}"
        if step.was == "running" == step.now and late(step, lease) < -_DIGITS:
            yield f"J2: taken from one who has it: {step}"


def _windowed(books: JobBooks) -> Iterator[str]:
    for step in books.steps:
        if step.now == "running" and not step.admitted:
            yield f"J4: claimed outside of its account's window: {step}"
        if step.beside > step.span:
            yield f"J4: more than the account's window: {step}"


def late(step: Step, lease: float) -> float:
    """Seconds from the end of a worker's lease to when another took its job."""
    return step.until - lease - step.until_was


def outlived(books: JobBooks) -> Iterator[str]:
    """Jobs that were ended by a claim other than the last, where what came out has the fence of its claim."""
    for job in books.jobs.values():
        if job.state == "succeeded" and orjson.loads(job.made)["fence"] != job.fence:
            yield f"J2: ended by one who had lost it: {job}"


def _settled(books: JobBooks) -> Iterator[str]:
    rows = Counter(id_ for id_, _ in books.charged)
    charged = dict(books.charged)
    for id_, job in books.jobs.items():
        if job.state not in _ENDED:
            continue
        worth = job.price if job.state == "succeeded" else 0
        paid = books.paid.get(id_, Paid())
        if (len(paid.holds), len(paid.ends), paid.held, paid.revenue) != (1, 1, 0, worth):
            yield f"J3: {job} is worth {worth}, its transfers are {paid}"
        if (rows[id_], charged.get(id_)) != (1, worth):
            yield f"J3: {job} has {rows[id_]} rows in the log, with {charged.get(id_)}"
        if books.messages[id_] != 1:
            yield f"J3: {job} has {books.messages[id_]} messages"
    yield from (f"J3: nobody's transfers: {id_}" for id_ in books.paid.keys() - books.jobs.keys())
    # What was refused has a row too, and costs nothing.
    yield from (f"J3: nobody's row: {id_}" for id_, amount in books.charged if amount and id_ not in books.jobs)


def sound(books: JobBooks) -> Iterator[str]:
    """L1, L3, L4, L11: all is added up again, and nothing is held."""
    if sum(books.sums.values()):
        yield f"L1: all entries come to {sum(books.sums.values())}"
    for id_, balance in books.lots.items():
        if balance != books.sums[id_] or balance < 0:
            yield f"L3: lot {id_} has {balance}, its entries come to {books.sums[id_]}"
    if books.sums["held"] or books.open_requests:
        yield f"L4: {books.sums['held']} are held by {len(books.open_requests)}"
    if books.sums["revenue"] != sum(amount for _, amount in books.charged):
        yield f"L11: revenue is {books.sums['revenue']}, the log has {sum(amount for _, amount in books.charged)}"


def contents(name: str, size: int) -> bytes:
    """What a file is made of: its length, its hash, and what follows from its name."""
    body = hashlib.shake_128(name.encode()).digest(size)
    return size.to_bytes(8, "big") + hashlib.sha256(body).digest() + body


def whole(data: bytes) -> bool:
    """Whether a file is all of what was to be written."""
    size, digest, body = int.from_bytes(data[:8], "big"), data[8:_HEAD], data[_HEAD:]
    return len(data) >= _HEAD and len(body) == size and hashlib.sha256(body).digest() == digest


def half_files(folder: Path) -> Iterator[str]:
    """Files that can be asked for and are not whole."""
    for path in folder.rglob("*"):
        if (
            path.is_file()
            and ".unfinished" not in path.parts
            and path.suffix == ".pcm"
            and not whole(path.read_bytes())
        ):
            yield f"J5: {path} is not whole: {path.stat().st_size} bytes"
