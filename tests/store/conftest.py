"""Every implementation of the store goes through the same suite: give it a way to be opened again."""

import contextlib

import pytest

from antiphon.store.postgres import PostgresStore
from store.fresh import open_sqlite
from store.postgres import ThrowawayPostgres, find_programs


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL cluster for all tests of a run; each has a database of its own in it."""
    cluster = ThrowawayPostgres(find_programs(), durable=False)
    try:
        cluster.start()
        cluster.make_template()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request, tmp_path):
    """Opens the same store as often as it is called, and closes it after use. On SQLite: one at a time."""
    if request.param == "sqlite":
        return _closing(lambda: _now(open_sqlite(tmp_path / "antiphon.db")))
    cluster = request.getfixturevalue("cluster")
    urls = []

    async def opened():
        if not urls:
            urls.append(await cluster.new_database())
        return await PostgresStore.open(urls[0])

    return _closing(opened)


async def _now(store):
    return store


def _closing(opened):
    @contextlib.asynccontextmanager
    async def closing():
        store = await opened()
        try:
            yield store
        finally:
            await store.close()

    return closing
