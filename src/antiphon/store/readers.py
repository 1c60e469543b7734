"""Connections that only read, beside the one that writes."""

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import apsw

from antiphon.store.connections import translated

T = TypeVar("T")
Read = Callable[[apsw.Connection], T]


class Readers:
    """A connection for look-ups at once and a few, in threads, for what takes longer.

    Args:
        connect: Makes a connection that cannot write.
        threads: How many longer reads run side by side.
    """

    def __init__(self, connect: Callable[[], apsw.Connection], threads: int = 2) -> None:
        self._at_once = connect()
        self._connections: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
        for _ in range(threads):
            self._connections.put(connect())
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")

    def now(self, read: Read[T]) -> T:
        """Run `read` here and now: only for look-ups of rows by an index, of a few microseconds.

        Handing one to a thread and back costs several times what it takes.

        Raises:
            Unavailable: The disk or file failed.
        """
        return _guarded(read, self._at_once)

    async def run(self, read: Read[T]) -> T:
        """Run `read` in a thread; all its statements see one state of the database.

        Raises:
            Unavailable: The disk or file failed.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._in_transaction, read)

    def close(self) -> None:
        """Wait for what runs and close all connections."""
        self._pool.shutdown()
        for _ in range(self._threads):
            self._connections.get().close()
        self._threads = 0
        self._at_once.close()

    def _in_transaction(self, read: Read[T]) -> T:
        connection = self._connections.get()
        try:
            return _guarded(lambda reader: _snapshot(reader, read), connection)
        finally:
            self._connections.put(connection)


def _snapshot(connection: apsw.Connection, read: Read[T]) -> T:
    connection.execute("BEGIN")
    try:
        return read(connection)
    finally:
        if connection.in_transaction:  # After an error of the disk's it is over already.
            connection.execute("ROLLBACK")


def _guarded(read: Read[T], connection: apsw.Connection) -> T:
    try:
        return read(connection)
    except apsw.Error as error:
        raise translated(error) from error
