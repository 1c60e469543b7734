import asyncio
import os
import subprocess
import sys

import asyncpg
import pytest

from antiphon.store.errors import DatabaseUnreachable, SchemaTooNew, SchemaTooOld
from antiphon.store.migrate import Migration
from antiphon.store.postgres import PostgresStore
from antiphon.store.postgres_migrate import migrate_postgres, postgres_migrations, version_of_postgres

DIE = "SELECT pg_terminate_backend(pg_backend_pid());"


@pytest.fixture
async def url(cluster):
    return await cluster.new_database(empty=True)


@pytest.fixture
async def connection(url):
    made = await asyncpg.connect(url)
    yield made
    await made.close()


def steps(deadly=0):
    point = {number: DIE if number == deadly else "" for number in range(1, 5)}
    return [
        Migration(version=1, name="one", sql=f"{point[1]} CREATE TABLE a (x integer); {point[2]}"),
        Migration(version=2, name="two", sql=f"{point[3]} CREATE TABLE b AS SELECT 1 AS x; {point[4]}"),
    ]


async def tables(connection):
    rows = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200")
    return {row[0] for row in rows} - {"schema_version"}


@pytest.mark.parametrize(
    ("deadly", "version", "left"),
    [(1, 0, set()), (2, 0, set()), (3, 1, {"a"}), (4, 1, {"a"})],
)
async def test_a_migration_cut_off_anywhere_is_done_wholly_or_not_at_all_and_can_go_on(
    url, connection, deadly, version, left
):
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await migrate_postgres(url, steps=steps(deadly))
    assert (await version_of_postgres(connection), await tables(connection)) == (version, left)
    taken = await migrate_postgres(url, steps=steps())
    assert [step.version for step in taken] == [1, 2][version:]
    assert await tables(connection) == {"a", "b"}


MIGRATE = """
import asyncio, sys
from antiphon.store.migrate import Migration
from antiphon.store.postgres_migrate import migrate_postgres
step = Migration(version=1, name="slow", sql="CREATE TABLE a (x integer); NOTIFY begun; SELECT pg_advisory_lock(7)")
asyncio.run(migrate_postgres(sys.argv[1], steps=[step]))
"""


async def test_a_migration_whose_process_is_killed_leaves_nothing_and_stands_in_nobodys_way(url, connection):
    await connection.execute("SELECT pg_advisory_lock(7)")  # So that the step cannot end.
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, url)
    while not await connection.fetchval("SELECT 1 FROM pg_locks WHERE NOT granted AND objid = 7"):
        pass
    child.kill()
    await child.wait()
    # PostgreSQL notices a client that is gone when it next writes to it.
    await connection.execute("SELECT pg_advisory_unlock(7)")
    await migrate_postgres(url, steps=steps())
    assert await tables(connection) == {"a", "b"}


async def test_two_that_migrate_at_once_take_turns(url):
    taken = await asyncio.gather(migrate_postgres(url), migrate_postgres(url), migrate_postgres(url))
    assert sorted(map(len, taken)) == [0, 0, len(postgres_migrations())]


async def test_a_step_that_fails_leaves_nothing_of_itself(url, connection):
    bad = Migration(version=2, name="bad", sql="CREATE TABLE b (x integer); nonsense")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await migrate_postgres(url, steps=[steps()[0], bad])
    assert await version_of_postgres(connection) == 1
    assert await tables(connection) == {"a"}


async def test_a_store_does_not_open_on_a_database_that_was_not_migrated(url):
    with pytest.raises(SchemaTooOld, match="antiphon migrate") as caught:
        await PostgresStore.open(url)
    assert caught.value.found == 0


async def test_a_store_does_not_open_on_a_database_of_a_later_release(url, connection):
    await migrate_postgres(url)
    await connection.execute("INSERT INTO schema_version VALUES (999, 'from_the_future')")
    with pytest.raises(SchemaTooNew):
        await PostgresStore.open(url)
    with pytest.raises(SchemaTooNew):
        await migrate_postgres(url)


@pytest.mark.parametrize("opened", [PostgresStore.open, migrate_postgres])
async def test_a_database_that_cannot_be_reached_is_told_by_its_address_without_the_password(opened, tmp_path):
    with pytest.raises(DatabaseUnreachable) as caught:
        await opened(f"postgresql://me:hunter2@/db?host={tmp_path}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.database == "postgresql:///db"


COMMAND = "import typer; from antiphon.cli.migrate import migrate; typer.run(migrate)"


async def test_the_command_takes_the_steps_and_says_so(url):
    async def run():
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, env={**os.environ, "ANTIPHON_DATABASE_URL": url}, stdout=subprocess.PIPE
        )
        out, _ = await child.communicate()
        return child.returncode, out.decode().splitlines()

    status, lines = await run()
    assert status == 0
    assert lines == [f"Took step {step.name}." for step in postgres_migrations()]
    assert await run() == (0, ["The database is up to date."])
    store = await PostgresStore.open(url)
    await store.close()
