"""Backups of a SQLite database: one file each, whole or not there at all, and back again."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import apsw

from antiphon.store.connections import connect_reader
from antiphon.store.errors import StoreRefused

_BESIDE = ("-wal", "-shm", "-journal")


class BackupRefused(StoreRefused):
    """A backup cannot be written or read; the message says why.

    Args:
        path: The backup.
        reason: What is in the way.
    """

    code = "backup_refused"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path = path
        self.reason = reason


def back_up(database: Path, to: Path) -> int:
    """Copy a database, in use or not, as it is at one moment, to a new file (0600); safely on disk on return.

    Readers and the writer go on meanwhile; only the WAL is not emptied as long as it takes.

    Returns:
        The size of the backup in bytes.

    Raises:
        BackupRefused: There is such a file already, or it cannot be written.
    """
    if to.exists():
        raise BackupRefused(to, "there is such a file already, and a backup never goes over another")
    with _told(to), _unfinished(to) as new:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        source = connect_reader(database)
        try:
            _copy(source, new)
        finally:
            source.close()
        size = new.stat().st_size
        _sync(new)
        new.rename(to)
        _sync(to.parent)
    return size


@contextlib.contextmanager
def restored(backup: Path, database: Path) -> Iterator[Path]:
    """A copy of a backup beside `database`, checked, for whoever means to look closer before `put_in_place`.

    Raises:
        BackupRefused: It is no backup, or a damaged one.
    """
    if not backup.is_file():
        raise BackupRefused(backup, "there is no such file")
    with _unfinished(database) as new:
        with _told(backup):
            source = apsw.Connection(str(backup), flags=apsw.SQLITE_OPEN_READONLY)
            try:
                os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
                _copy(source, new)
            finally:
                source.close()
            _check(new, backup)
        yield new


def put_in_place(new: Path, database: Path) -> Path | None:
    """Let `new`, which nobody has open, be the database. Killed anywhere, there is the former or the new one.

    Returns:
        Where the former one is now; None: there was none.
    """
    former = None
    if database.exists():
        former = database.with_name(f"{database.name}.former")
        _set_aside(database, former)
    _sync(new)
    new.replace(database)
    _sync(database.parent)
    return former


def _set_aside(database: Path, former: Path) -> None:
    """Leave the file where it is and give it a second name; its WAL must not be met by another database."""
    for ending in ("", *_BESIDE):
        former.with_name(former.name + ending).unlink(missing_ok=True)
    with contextlib.suppress(apsw.Error):  # One too damaged to be opened is set aside together with its WAL.
        connection = apsw.Connection(str(database))
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
    former.hardlink_to(database)
    for ending in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + ending).rename(former.with_name(former.name + ending))


@contextlib.contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside `path`, free before and after."""
    new = path.with_name(f".{path.name}.new")
    files = [new, *(new.with_name(new.name + ending) for ending in _BESIDE)]
    for file in files:
        file.unlink(missing_ok=True)
    try:
        yield new
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _copy(source: apsw.Connection, new: Path) -> None:
    copy = apsw.Connection(str(new))
    try:
        # All in one step: between steps a writer would make it begin anew, again and again.
        with copy.backup("main", source, "main") as backup:
            backup.step(-1)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # So that it is one file, whoever opens it.
    finally:
        copy.close()


def _check(new: Path, backup: Path) -> None:
    connection = apsw.Connection(str(new))
    try:
        finding = connection.execute("PRAGMA integrity_check(1)").get
        if finding != "ok":
            raise BackupRefused(backup, f"it is damaged ({finding})")
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").get is None:
            raise BackupRefused(backup, "it is a database, but none of this server's")
    finally:
        connection.close()


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except apsw.NotADBError as error:
        raise BackupRefused(path, "it is no backup") from error
    except apsw.Error as error:
        raise BackupRefused(path, str(error)) from error
    except OSError as error:
        raise BackupRefused(path, error.strerror or str(error)) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
