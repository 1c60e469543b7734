"""The one thread that writes to SQLite: many operations, one commit.

An fsync costs far more than a statement, so whatever waits while one commit runs shares the next. Each
operation has a savepoint of its own: where it fails, only it is undone.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import apsw
import structlog

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.store.connections import translated

T = TypeVar("T")
Write = Callable[[apsw.Connection], T]

_LARGEST_BATCH = 512

log = structlog.get_logger("antiphon.store")


@dataclass(slots=True)
class _Operation:
    write: Write[Any]
    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def run(self, connection: apsw.Connection) -> None:
        with _Savepoint(connection, self):
            self.result = self.write(connection)

    def answer(self) -> None:
        if self.waiter.done():  # Its caller was cancelled; what was written stays written.
            return
        if self.error is None:
            self.waiter.set_result(self.result)
        else:
            self.waiter.set_exception(translated(self.error))


class _Savepoint:
    """Around one operation: keeps its error for its caller and undoes nothing but its own work."""

    def __init__(self, connection: apsw.Connection, operation: _Operation) -> None:
        self._connection = connection
        self._operation = operation

    def __enter__(self) -> None:
        self._connection.execute("SAVEPOINT operation")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._operation.error = error
            if not self._connection.in_transaction:  # SQLite gave all of it up: a full disk, say.
                return True
            self._connection.execute("ROLLBACK TO operation")
        self._connection.execute("RELEASE operation")
        return True


class Writer:
    """Owns the writing connection, its thread and all checkpoints.

    Args:
        connect: Makes the connection; called here, used by the thread.
        pages_when_idle: From so many pages (4 KiB each) in the WAL on it is copied back when nobody waits,
        pages_at_most: and from so many on also when somebody does, so that it cannot grow for ever.
    """

    def __init__(
        self,
        connect: Callable[[], apsw.Connection],
        *,
        pages_when_idle: int = 1_000,
        pages_at_most: int = 8_000,
    ) -> None:
        self._pages_when_idle = pages_when_idle
        self._pages_at_most = pages_at_most
        self._connection = connect()
        self._connection.set_wal_hook(self._count_pages)
        self._pages = 0
        self._waiting: queue.SimpleQueue[_Operation | None] = queue.SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, write: Write[T]) -> T:
        """Run `write` in the writer's thread and return its value once that is safely on disk.

        A caller that is cancelled does not take its write back.

        Raises:
            Unavailable: The disk or file failed, and nothing of this is kept; or the writer is closed.
        """
        loop = asyncio.get_running_loop()
        operation = _Operation(write, loop, loop.create_future())
        with self._gate:
            if self._closed:
                raise Unavailable(UnavailableCause.SHUTTING_DOWN)
            self._waiting.put(operation)
        result: T = await operation.waiter
        return result

    def close(self) -> None:
        """Finish what waits, copy the WAL back and end the thread. A second call does nothing."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        batch: list[_Operation] = []
        try:
            while batch := self._next_batch():
                self._commit(batch)
                _answer(batch)
                batch.clear()
                self._checkpoint_if_due()
            with contextlib.suppress(apsw.Error):  # What is not copied back now is at the next start.
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._refuse(batch)
            self._connection.close()

    def _refuse(self, batch: list[_Operation]) -> None:
        """Let nobody wait for a thread that has ended, even where a fault of our own ended it."""
        with self._gate:
            self._closed = True
        while not self._waiting.empty():
            if operation := self._waiting.get():
                batch.append(operation)
        for operation in batch:
            operation.error = Unavailable(UnavailableCause.STORE_FAILED)
        _answer(batch)

    def _next_batch(self) -> list[_Operation]:
        """All that waits, up to a bound; blocks for the first. Empty: the writer was closed."""
        batch: list[_Operation] = []
        first = self._waiting.get()
        while first is not None:
            batch.append(first)
            if len(batch) == _LARGEST_BATCH or self._waiting.empty():
                return batch
            first = self._waiting.get()
        if batch:
            self._waiting.put(None)  # The end comes after these.
        return batch

    def _commit(self, batch: list[_Operation]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for operation in batch:
                operation.run(self._connection)
                if not self._connection.in_transaction:
                    raise _ended_by(operation)
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            log.error(  # noqa: TRY400 - where it failed is known
                "a commit failed", writes=len(batch), reason=f"{type(error).__name__}: {error}"
            )
            self._roll_back()
            for operation in batch:
                operation.error = error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                self._connection.execute("ROLLBACK")

    def _count_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _checkpoint_if_due(self) -> None:
        most = self._pages_when_idle if self._waiting.empty() else self._pages_at_most
        if self._pages >= min(most, self._pages_at_most):
            self._pages = 0
            with contextlib.suppress(apsw.Error):  # The commits are safe in the WAL; the next round tries again.
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _ended_by(operation: _Operation) -> apsw.Error:
    if isinstance(operation.error, apsw.Error):
        return operation.error
    return apsw.SQLError("an operation ended the transaction that it shares")


def _answer(batch: Iterable[_Operation]) -> None:
    """Wake all callers of a batch with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Operation]] = {}
    for operation in batch:
        by_loop.setdefault(operation.loop, []).append(operation)
    for loop, operations in by_loop.items():
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(_answer_all, operations)


def _answer_all(operations: list[_Operation]) -> None:
    for operation in operations:
        operation.answer()
