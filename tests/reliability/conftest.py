"""The databases that harnesses race on."""

import contextlib

import pytest

from antiphon.store.postgres import PostgresStore
from antiphon.store.sqlite import SqliteStore
from store.postgres import ThrowawayPostgres, find_programs


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL cluster that syncs as in production."""
    cluster = ThrowawayPostgres(find_programs(), durable=True)
    try:
        cluster.start()
        cluster.make_template()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def server(request):
    """PostgreSQL's cluster; None for SQLite, which needs none."""
    return None if request.param == "sqlite" else request.getfixturevalue("cluster")


@pytest.fixture
async def stores(server, tmp_path):
    """As many stores on one empty database as it may have at a time: on SQLite one, on PostgreSQL two."""
    async with contextlib.AsyncExitStack() as closing:
        if server is None:
            opened = [SqliteStore.open(tmp_path / "antiphon.db")]
        else:
            url = await server.new_database()
            opened = [await PostgresStore.open(url) for _one in range(2)]
        for store in opened:
            closing.push_async_callback(store.close)
        yield opened
