"""Bugs in how jobs are kept, on purpose: each has to turn the harness red. Nothing of this is in the product."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from antiphon.domain.errors import Conflict
from antiphon.store import postgres_jobs, sqlite_jobs
from antiphon.store import sqlite_requests as requests
from antiphon.store.blobs import Blobs, LocalBlobs
from antiphon.store.ports import Ending
from antiphon.store.ports_jobs import JobEnd, Submission
from antiphon.store.sqlite_messages import add_messages

_HASTE = 0.002  # Seconds: less than a commit takes.
_NEXT = """
    UPDATE job SET admitted = 1, turn = created_at
    WHERE seq = (SELECT min(seq) FROM job WHERE account = $1 AND state = 'pending' AND admitted = 0)
        AND span > (SELECT count(*) FROM job WHERE account = $1 AND ended_at IS NULL AND admitted = 1)
"""


class Wrapped:
    """Jobs that are kept as another does, but for what is planted."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._jobs = store.jobs
        self._tasks: set[asyncio.Task[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)


class Unfenced(Wrapped):
    """Whoever says that a job has ended is believed."""

    async def end(self, end: JobEnd) -> Any:
        return await self._jobs.end(replace(end, fence=None))


class Leaseless(Wrapped):
    """A job is claimed, and for how long is forgotten."""

    async def claim(self, *, now: float, until: float, **of: Any) -> Any:  # noqa: ARG002 - it is what is forgotten
        return await self._jobs.claim(now=now, until=now, **of)


class Boastful(Wrapped):
    """Says that a job waits before that is on disk."""

    async def submit(self, submission: Submission) -> None:
        unlimited = replace(submission, admission=replace(submission.admission, concurrency=()))
        task = asyncio.ensure_future(self._jobs.submit(unlimited))
        self._tasks.add(task)
        await asyncio.sleep(_HASTE)


class TwoTransactions(Wrapped):
    """Ends a job in one transaction, and sees to its hold, its row and its messages in the next. On SQLite."""

    async def end(self, end: JobEnd) -> None:
        await self._store.write(lambda connection: _closed(connection, end))
        await self._store.write(lambda connection: _settled(connection, end))
        self._jobs._ready.set()


def _closed(connection: Any, end: JobEnd) -> None:
    statement = """
        UPDATE job SET state = $1, made = $2, fault = $3, ended_at = $4, worker = NULL, until = NULL
        WHERE id = $5 AND ended_at IS NULL AND ($6 IS NULL OR (state = 'running' AND fence = $6)) RETURNING 1
    """
    fault = None if end.fault is None else end.fault.code
    if not connection.execute(statement, (end.state, end.made, fault, end.at, str(end.id), end.fence)).fetchall():
        raise Conflict("ended")


def _settled(connection: Any, end: JobEnd) -> None:
    requests.end(connection, Ending(id=end.id, charge=end.charge, at=end.at, order=(), usage=end.usage))
    account = connection.execute("SELECT account FROM job WHERE id = $1", (str(end.id),)).get
    add_messages(connection, end.messages, account=account, job_id=end.id, at=end.at)
    connection.execute(_NEXT, (account,))


class EarlyBlobs(LocalBlobs):
    """Files are written where they can be asked for."""

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        target, size = self._path(name), 0
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb", buffering=0) as file:
            async for chunk in chunks:
                size += file.write(chunk)
        return size


def unlocked() -> None:
    """Two workers may find the same job before either has it. On PostgreSQL."""
    slow = _changed(postgres_jobs.CLAIM, "FOR UPDATE SKIP LOCKED", ") AS found WHERE pg_sleep(0.01)::text = ''")
    postgres_jobs.CLAIM = _changed(slow, "SELECT id FROM job", "SELECT id FROM (SELECT id FROM job")


def forgetful() -> None:
    """What a worker had when it died is nobody's any more."""
    for module in (postgres_jobs, sqlite_jobs):
        module.RECLAIM = _changed(module.RECLAIM, "state = 'running' AND", "state = 'forgotten' AND")
    sqlite_jobs.RECOVER = _changed(sqlite_jobs.RECOVER, "WHERE state = 'running'", "WHERE state = 'forgotten'")


def _changed(statement: str, part: str, instead: str) -> str:
    assert part in statement, statement
    return statement.replace(part, instead)


STORES: dict[str, Callable[[Any], Any]] = {
    "unfenced": Unfenced,
    "leaseless": Leaseless,
    "boastful": Boastful,
    "two-transactions": TwoTransactions,
}
STATEMENTS: dict[str, Callable[[], None]] = {"unlocked": unlocked, "forgetful": forgetful}
PLANTED = ("", "early-file", *STORES, *STATEMENTS)
"""What `--planted` can name; "" is the product."""


def jobs_of(store: Any, planted: str) -> Any:
    """The jobs of a store, with what is planted."""
    STATEMENTS.get(planted, int)()
    return STORES.get(planted, lambda given: given.jobs)(store)


def blobs_in(folder: Path, planted: str) -> Blobs:
    """Files in a folder, with what is planted."""
    return EarlyBlobs(folder) if planted == "early-file" else LocalBlobs(folder)
