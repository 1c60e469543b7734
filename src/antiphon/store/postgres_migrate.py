"""Bring a PostgreSQL database to the schema of this release: the work of `antiphon migrate`."""

from collections.abc import Sequence

from antiphon.store.errors import SchemaTooOld
from antiphon.store.migrate import Migration, folder_of, migrations, missing
from antiphon.store.postgres_connections import Connection, connect, named, telling

_ONE_AT_A_TIME = 0x616E7469_70686F6E
"""The advisory lock under which steps are taken: "antiphon" in ASCII."""

_FOR_EVER = 86_400.0
"""Seconds that a step may take. (None would be the connection's own time.)"""

_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, name text NOT NULL)"


def postgres_migrations() -> tuple[Migration, ...]:
    """The steps of this release, by number."""
    return migrations(folder_of("postgres"))


async def migrate_postgres(url: str, *, steps: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """Take the steps that are missing; gives those that were taken.

    Two that run at once take turns. Killed anywhere, this is simply called again.

    Args:
        url: "postgresql://...".
        steps: Other steps than those of this release.

    Raises:
        DatabaseUnreachable: No connection can be made.
        SchemaTooNew: The database knows a step that `steps` does not.
        asyncpg.PostgresError: A step failed; those before it are kept.
    """
    with telling(url):
        connection = await connect(url)
    try:
        return await migrate_connected(connection, postgres_migrations() if steps is None else steps)
    finally:
        await connection.close()


async def migrate_connected(connection: Connection, steps: Sequence[Migration]) -> tuple[Migration, ...]:
    """Take the steps that are missing, each in a transaction with the note that it was taken.

    Raises:
        SchemaTooNew: The database knows a step that `steps` does not.
        asyncpg.PostgresError: A step failed; those before it are kept.
    """
    await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    await connection.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME, timeout=_FOR_EVER)
    try:
        wanted = missing(steps, found=await version_of_postgres(connection))
        for step in wanted:
            async with connection.transaction():
                await connection.execute(_VERSIONS)
                await connection.execute(step.sql, timeout=_FOR_EVER)
                await connection.execute("INSERT INTO schema_version VALUES ($1, $2)", step.version, step.name)
        return wanted
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _ONE_AT_A_TIME)


async def version_of_postgres(connection: Connection) -> int:
    """The last step taken; 0 for an empty database."""
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return 0
    version: int = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version")
    return version


async def require_schema(connection: Connection, url: str) -> None:
    """See to it that the database has exactly the schema of this release.

    Raises:
        SchemaTooNew: A later release was here.
        SchemaTooOld: `antiphon migrate` has to be run first.
    """
    found = await version_of_postgres(connection)
    if behind := missing(postgres_migrations(), found=found):
        raise SchemaTooOld(named(url), found=found, needed=behind[-1].version)
