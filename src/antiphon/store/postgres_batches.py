"""The one way in which a process changes its requests in PostgreSQL: many operations, one transaction.

A round trip and an fsync cost far more than an operation, and a lock on an account is kept across them. So whatever
comes while one batch is on its way goes into the next, to a function of the database that locks all accounts of a
batch in order and returns an outcome for each operation.

A connection that breaks says nothing about the batch it carried. The next connection raises the *fence* of this
process: from then on nothing can commit that batch any more, and what is read then is what became of it.
"""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from asyncpg.exceptions import LockNotAvailableError, QueryCanceledError, TransactionRollbackError

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.store.postgres_connections import outside, unavailable

RUN = "SELECT * FROM ledger_run($1, $2, $3, $4::ending[], $5::ask[])"
RECALL = "SELECT * FROM ledger_recall($1::ending[], $2::ask[])"
FENCE = """
    INSERT INTO pump AS p (id, fence, batch, done) VALUES ($1, 1, 0, '{}')
    ON CONFLICT (id) DO UPDATE SET fence = p.fence + 1, seen = now() RETURNING fence, batch, done
"""
FORGET = "DELETE FROM pump WHERE id = $1 OR seen < now() - interval '7 days'"

_LARGEST_BATCH = 256
_TRIES = 3
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between attempts to reconnect while a batch is in doubt; then its callers are told what is not known."""

# The server says itself that it has undone all of it.
UNDONE = (TransactionRollbackError, LockNotAvailableError, QueryCanceledError)
TROUBLE = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

Outcome = Mapping[str, Any]
"""A row of the type `outcome`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that waits.

    Args:
        ends: Whether it is a row of `ending`; else one of `ask`.
        keys: What no two operations of a batch have in common: the request, and the client's name for it.
        row: Its row without the number.
        waiter: Gets its outcome.
    """

    ends: bool
    keys: tuple[object, ...]
    row: tuple[Any, ...]
    waiter: asyncio.Future[Outcome]


class Pump:
    """Sends operations in batches over a connection of its own.

    Args:
        connect: Makes that connection.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        self._id = uuid4()
        self._connection: Any = None
        self._fence = 0
        self._landed = 0
        self._done: frozenset[int] = frozenset()
        self._numbers = itertools.count(1)
        self._waiting: deque[Operation] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._worker = asyncio.create_task(self._work(), name="store-pump")

    async def end(self, request_id: UUID, row: tuple[Any, ...]) -> Outcome:
        """Run a row of `ending` (without `n`).

        Raises:
            Unavailable: The database failed; nothing was done, unless it stays away for longer than a batch in doubt
                is waited for. Then a hold that was made is released by its lease, and an end that was made stands.
        """
        return await self._submit(True, (request_id,), row)

    async def hold(self, request_id: UUID, row: tuple[Any, ...], *, name: object = None) -> Outcome:
        """Run a row of `ask` (without `n`); `name` is the client's own for the request. Raises what `end` does."""
        return await self._submit(False, (request_id,) if name is None else (request_id, name), row)

    async def close(self) -> None:
        """Finish what waits and let go of the connection. A second call does nothing."""
        self._closing = True
        self._wake.set()
        await self._worker

    async def _submit(self, ends: bool, keys: tuple[object, ...], row: tuple[Any, ...]) -> Outcome:  # noqa: FBT001 - a column
        if self._closing:
            raise Unavailable(UnavailableCause.SHUTTING_DOWN)
        operation = Operation(ends, keys, row, asyncio.get_running_loop().create_future())
        self._waiting.append(operation)
        self._wake.set()
        return await operation.waiter

    async def _work(self) -> None:
        batch: list[Operation] = []
        try:
            while batch := await self._next_batch():
                await self._serve(batch)
        finally:
            self._closing = True  # Nobody waits for a pump that has ended, even where a fault of ours ended it.
            for operation in (*batch, *self._waiting):
                _answer(operation, unavailable(RuntimeError("the pump has ended")))
            await self._leave()

    async def _next_batch(self) -> list[Operation]:
        """What waits, up to a bound and in order, but for a second of the same request: that comes after it."""
        while not self._waiting and not self._closing:
            self._wake.clear()
            await self._wake.wait()
        await asyncio.sleep(0)  # Those whom the last batch answered have their turn, and join this one.
        batch: list[Operation] = []
        later: list[Operation] = []
        taken: set[object] = set()
        while self._waiting and len(batch) < _LARGEST_BATCH:
            operation = self._waiting.popleft()
            (batch if taken.isdisjoint(operation.keys) else later).append(operation)
            taken.update(operation.keys)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _serve(self, batch: Sequence[Operation]) -> None:
        try:
            outcomes = await self._certain(batch)
        except TROUBLE as error:
            await self._serve_without(batch, error)
        else:
            for operation, outcome in zip(batch, outcomes, strict=True):
                _answer(operation, outcome)

    async def _serve_without(self, batch: Sequence[Operation], error: Exception) -> None:
        """Find the one that cannot be run, such as a number too large for its column, and run the others."""
        if len(batch) > 1 and not outside(error):
            middle = len(batch) // 2
            await self._serve(batch[:middle])
            await self._serve(batch[middle:])
            return
        for operation in batch:
            _answer(operation, unavailable(error) if outside(error) else error)

    async def _certain(self, batch: Sequence[Operation]) -> list[Outcome | Exception]:
        """Run a batch, and be sure of what became of it."""
        number, failure = 0, None
        for _ in range(_TRIES):
            connection = await self._connected(patient=failure is not None)
            if number and self._landed == number:
                return await self._recalled(connection, batch)
            number = next(self._numbers)
            try:
                return await self._send(connection, number, batch)
            except TROUBLE as error:
                if not outside(error):
                    raise
                failure = error
                if not isinstance(error, UNDONE):
                    self._drop()
        raise failure or RuntimeError

    async def _send(self, connection: Any, number: int, batch: Sequence[Operation]) -> list[Outcome | Exception]:
        rows = await connection.fetch(RUN, self._id, self._fence, number, *_arguments(batch))
        found = {row["n"]: row for row in rows}
        return [_outcome(found, n) for n in range(len(batch))]

    async def _recalled(self, connection: Any, batch: Sequence[Operation]) -> list[Outcome | Exception]:
        """Outcomes of a batch that was committed and not answered. What was refused then is run again."""
        done, rest = self._done, [operation for n, operation in enumerate(batch) if n not in self._done]
        rows = await connection.fetch(RECALL, *_arguments(batch))
        found = {row["n"]: row for row in rows}
        again = iter(await self._certain(rest) if rest else ())
        return [_outcome(found, n) if n in done else next(again) for n in range(len(batch))]

    async def _connected(self, *, patient: bool) -> Any:
        """A connection that no former one of this process can interfere with.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: The database cannot be reached.
        """
        pauses = iter(PAUSES if patient else ())
        while self._connection is None or self._connection.is_closed():
            try:
                await self._reconnect()
            except TROUBLE as error:
                self._drop()
                pause = next(pauses, None)
                if pause is None or not outside(error):
                    raise
                await asyncio.sleep(pause)
        return self._connection

    async def _reconnect(self) -> None:
        self._connection = await self._connect()
        row = await self._connection.fetchrow(FENCE, self._id)
        self._fence, self._landed, self._done = row["fence"], row["batch"], frozenset(row["done"])

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _leave(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*TROUBLE):
                await self._connection.execute(FORGET, self._id)
                await self._connection.close()
            self._drop()


def _arguments(batch: Sequence[Operation]) -> tuple[list[Any], list[Any]]:
    endings = [(n, *operation.row) for n, operation in enumerate(batch) if operation.ends]
    asks = [(n, *operation.row) for n, operation in enumerate(batch) if not operation.ends]
    return endings, asks


def _outcome(found: Mapping[int, Outcome], n: int) -> Outcome | Exception:
    return found.get(n) or unavailable(LookupError("an operation has no outcome"))


def _answer(operation: Operation, outcome: Outcome | Exception) -> None:
    if operation.waiter.done():  # Its caller was cancelled; what was done stays done.
        return
    if isinstance(outcome, Exception):
        operation.waiter.set_exception(outcome)
    else:
        operation.waiter.set_result(outcome)
