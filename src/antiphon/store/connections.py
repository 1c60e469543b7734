"""How every connection to SQLite is set up, and what its errors mean to the rest of the house."""

from pathlib import Path

import apsw

from antiphon.domain.errors import AntiphonError, Unavailable, UnavailableCause

# lab/reliability.md §5.2. FULL: with NORMAL a power cut can take the last commits. mmap off: it turns one
# stray write into lasting damage. Checkpoints belong to the writer alone, hence wal_autocheckpoint=0.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "mmap_size=0",
    "trusted_schema=OFF",
    "journal_size_limit=67108864",
    "wal_autocheckpoint=0",
)
_BUSY_MILLISECONDS = 5000

# Nothing is wrong with the statement: the disk, the file or another process is in the way.
_OUTSIDE = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.InterruptError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)


def connect(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """Open a connection that may write. The caller sees to it that there is one of these.

    Args:
        path: The database.
        vfs: What stands between SQLite and the disk, by its name; None: SQLite's own.

    Raises:
        apsw.Error: The file cannot be opened or is not a database.
    """
    connection = apsw.Connection(str(path), vfs=vfs)
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    # Otherwise SQLite looks at the values bound to LIMIT and prepares such a statement anew for each.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def connect_reader(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """Open a connection that only reads. For arguments see `connect`.

    It is opened for writing all the same, because readers share the WAL's index; `query_only` holds it back.
    """
    connection = connect(path, vfs=vfs)
    connection.execute("PRAGMA query_only=ON")
    return connection


def translated(error: BaseException) -> BaseException:
    """What a caller should see: trouble with disk or file is `Unavailable`, the rest stays as it is."""
    if isinstance(error, _OUTSIDE) and not isinstance(error, AntiphonError):
        unavailable = Unavailable(UnavailableCause.STORE_FAILED)
        unavailable.__cause__ = error
        return unavailable
    return error
