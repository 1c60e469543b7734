"""The contract of `FavoriteStore`, over every implementation."""

import asyncio
from uuid import UUID

import pytest

from store.books import ACCOUNT, OTHER, account

ALICE, KORE, DAVIS = (UUID(int=number) for number in (40, 41, 42))


@pytest.fixture
async def favorites(open_store):
    async with open_store() as store:
        for account_id in (ACCOUNT, OTHER):
            await store.keys.ensure_account(account(account_id))
        yield store.favorites


async def test_a_voice_is_marked_and_unmarked_in_turns(favorites):
    assert [await favorites.toggle_favorite(ACCOUNT, ALICE, at=1.0) for _ in range(3)] == [True, False, True]
    assert await favorites.favorites(ACCOUNT) == (ALICE,)


async def test_the_voice_that_was_marked_last_comes_first(favorites):
    for at, voice in enumerate((KORE, ALICE, DAVIS)):
        await favorites.toggle_favorite(ACCOUNT, voice, at=float(at))
    assert await favorites.favorites(ACCOUNT) == (DAVIS, ALICE, KORE)
    await favorites.toggle_favorite(ACCOUNT, ALICE, at=4.0)
    assert await favorites.favorites(ACCOUNT) == (DAVIS, KORE)


async def test_each_account_has_its_own(favorites):
    await favorites.toggle_favorite(ACCOUNT, ALICE, at=1.0)
    assert await favorites.favorites(OTHER) == ()
    assert await favorites.toggle_favorite(OTHER, ALICE, at=1.0)
    assert await favorites.favorites(ACCOUNT) == (ALICE,)


async def test_toggles_at_once_go_one_after_the_other(favorites):
    told = await asyncio.gather(*(favorites.toggle_favorite(ACCOUNT, ALICE, at=1.0) for _ in range(9)))
    assert (told.count(True), told.count(False)) == (5, 4)
    assert await favorites.favorites(ACCOUNT) == (ALICE,)


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account(ACCOUNT))
        await store.favorites.toggle_favorite(ACCOUNT, KORE, at=1.5)
    async with open_store() as store:
        assert await store.favorites.favorites(ACCOUNT) == (KORE,)
