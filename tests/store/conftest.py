"""Every implementation of the store goes through the same suite: give it a way to be opened again."""

import contextlib

import pytest

from antiphon.store.sqlite import SqliteStore


@pytest.fixture(params=["sqlite"])
def open_store(request, tmp_path):
    """Opens the same store as often as it is called, one at a time, and closes it after use."""
    openers = {"sqlite": lambda: SqliteStore.open(tmp_path / "antiphon.db")}

    @contextlib.asynccontextmanager
    async def opened():
        store = openers[request.param]()
        try:
            yield store
        finally:
            await store.close()

    return opened
