"""Databases that need not be migrated by each test anew: what a new one is, made once in a process and copied."""

import functools
import os
import tempfile
from pathlib import Path

import apsw

from antiphon.store.connections import connect
from antiphon.store.migrate import migrate, migrations
from antiphon.store.sqlite import SqliteStore


def open_sqlite(path: Path) -> SqliteStore:
    """A store on a file; one that is not there yet is made."""
    return SqliteStore.open(migrated(path))


def migrated(path: Path) -> Path:
    """See to it that there is a database with the schema of this release; one that is there is left as it is."""
    if not path.exists():
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(_migrated())
    return path


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="antiphon-") as folder:
        path = Path(folder) / "antiphon.db"
        connection: apsw.Connection = connect(path)
        migrate(connection, migrations())
        connection.close()
        return path.read_bytes()
