"""The store on SQLite: one file, one process, one writer."""

import asyncio
import os
from pathlib import Path
from typing import Self, TypeVar

import apsw

from antiphon.store.connections import connect, connect_reader
from antiphon.store.errors import FolderUnusable, StoreDamaged
from antiphon.store.migrate import migrate, migrations
from antiphon.store.readers import Read, Readers
from antiphon.store.sqlite_accounts import SqliteAccounts
from antiphon.store.sqlite_favorites import SqliteFavorites
from antiphon.store.sqlite_jobs import SqliteJobs
from antiphon.store.sqlite_keys import SqliteKeys
from antiphon.store.sqlite_ledger import SqliteLedger
from antiphon.store.sqlite_library import SqliteLibrary
from antiphon.store.sqlite_log import SqliteLog
from antiphon.store.sqlite_messages import SqliteMessages
from antiphon.store.sqlite_projects import SqliteProjects
from antiphon.store.sqlite_spending import SqliteSpending
from antiphon.store.sqlite_temporary import SqliteTemporaryKeys
from antiphon.store.sqlite_users import SqliteUsers
from antiphon.store.sqlite_voices import SqliteVoices
from antiphon.store.writer import Write, Writer

T = TypeVar("T")


class SqliteStore:
    """A database file and everything that works on it. Made by `open`."""

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._accounts = SqliteAccounts(write=writer.write, read=readers.run, read_now=readers.now)
        self._keys = SqliteKeys(write=writer.write, read=readers.run, read_now=readers.now)
        self._ledger = SqliteLedger(writer=writer, readers=readers)
        self._projects = SqliteProjects(writer=writer, readers=readers)
        self._temporary = SqliteTemporaryKeys(writer=writer, readers=readers)
        self._spending = SqliteSpending(readers=readers)
        self._users = SqliteUsers(writer=writer, readers=readers)
        self._voices = SqliteVoices(writer=writer, readers=readers)
        self._favorites = SqliteFavorites(writer=writer, readers=readers)
        self._library = SqliteLibrary(writer=writer, readers=readers)
        self._log = SqliteLog(readers=readers)
        self._messages = SqliteMessages(writer=writer, readers=readers)
        self._jobs = SqliteJobs(writer=writer, readers=readers, posted=self._messages.ring)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database at `path`, made and migrated where needed; checked after an unclean stop.

        Whoever calls holds the lock of the data folder: a second writing process would be one too many.

        Raises:
            SchemaTooNew: A later release wrote it.
            StoreDamaged: It is no sound database.
            FolderUnusable: It cannot be opened or written.
        """
        try:
            _prepare(path)
            return cls(
                writer=Writer(lambda: connect(path)),
                readers=Readers(lambda: connect_reader(path)),
            )
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreDamaged(path, str(error)) from error
        except (OSError, apsw.Error) as error:
            raise FolderUnusable(path, str(error)) from error

    @property
    def keys(self) -> SqliteKeys:
        """Accounts and their keys."""
        return self._keys

    @property
    def accounts(self) -> SqliteAccounts:
        """Accounts and their plans."""
        return self._accounts

    @property
    def ledger(self) -> SqliteLedger:
        """Credits."""
        return self._ledger

    @property
    def projects(self) -> SqliteProjects:
        """Projects and budgets."""
        return self._projects

    @property
    def temporary(self) -> SqliteTemporaryKeys:
        """Temporary keys."""
        return self._temporary

    @property
    def spending(self) -> SqliteSpending:
        """What accounts spent."""
        return self._spending

    @property
    def users(self) -> SqliteUsers:
        """Those who sign in."""
        return self._users

    @property
    def voices(self) -> SqliteVoices:
        """Cloned voices."""
        return self._voices

    @property
    def favorites(self) -> SqliteFavorites:
        """Favourite voices."""
        return self._favorites

    @property
    def library(self) -> SqliteLibrary:
        """What signed-in users made."""
        return self._library

    @property
    def log(self) -> SqliteLog:
        """Questions to the request log."""
        return self._log

    @property
    def jobs(self) -> SqliteJobs:
        """Jobs and what is to be delivered after them."""
        return self._jobs

    @property
    def messages(self) -> SqliteMessages:
        """What is to be delivered: the outbox."""
        return self._messages

    async def write(self, write: Write[T]) -> T:
        """See `Writer.write`."""
        return await self._writer.write(write)

    async def read(self, read: Read[T]) -> T:
        """See `Readers.run`."""
        return await self._readers.run(read)

    def read_now(self, read: Read[T]) -> T:
        """See `Readers.now`."""
        return self._readers.now(read)

    async def close(self) -> None:
        """Write what waits, copy the WAL back and close the file."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        # The writer goes last: whoever closes last empties the WAL, and that is to be its own work.
        self._readers.close()
        self._writer.close()


def _prepare(path: Path) -> None:
    # SQLite gives its other files the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    unclean = _left_over(path)
    connection = connect(path)
    try:
        if unclean:
            _check(path, connection)
        migrate(connection, migrations())
    finally:
        connection.close()


def _left_over(path: Path) -> bool:
    """Whether the last process ended without `close`, which empties the WAL."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _check(path: Path, connection: apsw.Connection) -> None:
    finding = connection.execute("PRAGMA quick_check(1)").get
    if finding != "ok":
        raise StoreDamaged(path, str(finding))
