"""Bring a database to the schema of this release, one numbered SQL file at a time.

What both databases share, and the part of SQLite; PostgreSQL's is in `postgres_migrate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

import apsw

from antiphon.store.errors import SchemaTooNew

_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step.

    Args:
        version: Its number; steps are taken in this order and never changed once released.
        name: The file's name without its ending.
        sql: Statements, without any that begin or end a transaction.
    """

    version: int
    name: str
    sql: str


def migrations(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """The steps in `folder` by number; without one, those of this release for SQLite."""
    files = sorted(
        (file for file in (folder or folder_of("sqlite")).iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple(
        Migration(
            version=int(file.name.partition("_")[0]),
            name=file.name.removesuffix(".sql"),
            sql=file.read_text(encoding="utf-8"),
        )
        for file in files
    )


def folder_of(database: str) -> Traversable:
    """Where this release has its steps for a database: "sqlite" or "postgres"."""
    return resources.files("antiphon.store").joinpath("migrations").joinpath(database)


def missing(steps: Sequence[Migration], *, found: int) -> tuple[Migration, ...]:
    """The steps to take from version `found` on.

    Raises:
        SchemaTooNew: The database knows a step that `steps` does not.
    """
    known = max((step.version for step in steps), default=0)
    if found > known:
        raise SchemaTooNew(found=found, known=known)
    return tuple(step for step in steps if step.version > found)


def version_of(connection: apsw.Connection) -> int:
    """The last step taken; 0 for an empty database."""
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").get is None:
        return 0
    version: int = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").get
    return version


def migrate(connection: apsw.Connection, steps: Sequence[Migration]) -> None:
    """Take the steps that are missing.

    Each has a transaction of its own, together with the note that it was taken. Killed anywhere, this is
    simply called again.

    Raises:
        SchemaTooNew: The database knows a step that `steps` does not.
        apsw.Error: A step failed; those before it are kept.
    """
    for step in missing(steps, found=version_of(connection)):
        _take(connection, step)


def _take(connection: apsw.Connection, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_VERSIONS)
        connection.execute(step.sql).fetchall()  # A statement that gives rows stops those after it until read.
        connection.execute("INSERT INTO schema_version VALUES ($1, $2)", (step.version, step.name))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
