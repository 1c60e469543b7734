"""The contract of `KeyStore`, over every implementation."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.keys import Account, ApiKey, Permission
from antiphon.store.ports import StoredKey
from store.books import project

ACCOUNT = Account(id=UUID(int=1), name="default", created_at=1000.5)
KEY = ApiKey(
    id=UUID(int=10),
    account_id=ACCOUNT.id,
    project_id=ACCOUNT.id,
    name="first",
    shown_prefix="sona_sk_abcde",
    created_at=1001.25,
)


def digest(number):
    return number.to_bytes(32, "big")


def numbered(number, **changes):
    return replace(KEY, id=UUID(int=number), created_at=1000.0 + number, **changes)


@pytest.fixture
async def keys(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(ACCOUNT)
        yield store.keys


async def test_the_first_value_under_a_name_stays(keys):
    assert await keys.pin("a", b"one") == b"one"
    assert await keys.pin("a", b"two") == b"one"
    assert await keys.pin("b", b"two") == b"two"


async def test_an_account_is_made_once_per_name(keys):
    assert await keys.ensure_account(Account(id=UUID(int=2), name="default", created_at=2.0)) == ACCOUNT
    other = Account(id=UUID(int=3), name="other", created_at=3.0)
    assert await keys.ensure_account(other) == other


async def test_a_key_is_found_by_its_digest_and_by_no_other(keys):
    assert await keys.add_key(KEY, digest=digest(1), most=10)
    assert await keys.find_key(digest(1)) == StoredKey(key=KEY, digest=digest(1))
    assert await keys.find_key(digest(2)) is None


@pytest.mark.parametrize("permissions", [None, frozenset(), frozenset({Permission.FILES}), frozenset(Permission)])
async def test_permissions_come_back_as_they_went_in(keys, permissions):
    key = replace(KEY, permissions=permissions)
    await keys.add_key(key, digest=digest(1), most=10)
    assert await keys.keys_of(ACCOUNT.id) == (key,)


async def test_a_key_of_any_project_comes_back_as_it_went_in(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(ACCOUNT)
        await store.projects.add_project(project(7, account_id=ACCOUNT.id))
        first, second = KEY, numbered(11, project_id=UUID(int=7))
        assert await store.keys.add_first_key(first, digest=digest(1))
        assert await store.keys.add_key(second, digest=digest(2), most=10)
        assert await store.keys.find_key(digest(1)) == StoredKey(key=first, digest=digest(1))
        assert await store.keys.find_key(digest(2)) == StoredKey(key=second, digest=digest(2))
        assert await store.keys.keys_of(ACCOUNT.id) == (first, second)
        closed = await store.keys.revoke_key(account_id=ACCOUNT.id, key_id=second.id, at=5000.0)
        assert closed == replace(second, revoked_at=5000.0)


async def test_an_account_has_no_more_active_keys_than_its_most_in_all_projects_together(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(ACCOUNT)
        await store.projects.add_project(project(7, account_id=ACCOUNT.id))
        assert await store.keys.add_key(KEY, digest=digest(1), most=1)
        assert not await store.keys.add_key(numbered(11, project_id=UUID(int=7)), digest=digest(2), most=1)


async def test_keys_are_listed_per_account_oldest_first_with_revoked_ones(keys):
    other = await keys.ensure_account(Account(id=UUID(int=3), name="other", created_at=3.0))
    for number in (12, 11, 13):
        await keys.add_key(numbered(number), digest=digest(number), most=10)
    await keys.add_key(numbered(14, account_id=other.id, project_id=other.id), digest=digest(14), most=10)
    closed = await keys.revoke_key(account_id=ACCOUNT.id, key_id=UUID(int=12), at=5000.0)
    assert await keys.keys_of(ACCOUNT.id) == (numbered(11), closed, numbered(13))
    assert closed == numbered(12, revoked_at=5000.0)


async def test_an_account_has_no_more_active_keys_than_its_most(keys):
    added = await asyncio.gather(*(keys.add_key(numbered(n), digest=digest(n), most=10) for n in range(100, 120)))
    assert added.count(True) == 10
    assert len(await keys.keys_of(ACCOUNT.id)) == 10


async def test_a_revoked_key_makes_room_for_another(keys):
    assert await keys.add_key(numbered(11), digest=digest(11), most=1)
    assert not await keys.add_key(numbered(12), digest=digest(12), most=1)
    await keys.revoke_key(account_id=ACCOUNT.id, key_id=UUID(int=11), at=1.0)
    assert await keys.add_key(numbered(12), digest=digest(12), most=1)


async def test_the_first_key_is_added_once_however_many_try(keys):
    added = await asyncio.gather(*(keys.add_first_key(numbered(n), digest=digest(n)) for n in range(100, 110)))
    assert added.count(True) == 1
    assert len(await keys.keys_of(ACCOUNT.id)) == 1


async def test_an_account_whose_keys_are_all_revoked_gets_no_first_key_again(keys):
    await keys.add_first_key(numbered(11), digest=digest(11))
    await keys.revoke_key(account_id=ACCOUNT.id, key_id=UUID(int=11), at=1.0)
    assert not await keys.add_first_key(numbered(12), digest=digest(12))


async def test_revoking_again_keeps_the_first_time(keys):
    await keys.add_key(KEY, digest=digest(1), most=10)
    first = await keys.revoke_key(account_id=ACCOUNT.id, key_id=KEY.id, at=2000.0)
    assert await keys.revoke_key(account_id=ACCOUNT.id, key_id=KEY.id, at=3000.0) == first
    assert first == replace(KEY, revoked_at=2000.0)


async def test_nobody_revokes_the_key_of_another_account(keys):
    await keys.add_key(KEY, digest=digest(1), most=10)
    assert await keys.revoke_key(account_id=UUID(int=99), key_id=KEY.id, at=2000.0) is None
    assert await keys.keys_of(ACCOUNT.id) == (KEY,)


async def test_the_time_of_last_use_never_moves_back(keys):
    await keys.add_key(KEY, digest=digest(1), most=10)
    await keys.touch_keys({KEY.id: 2000.0, UUID(int=77): 2000.0})
    await keys.touch_keys({KEY.id: 1500.0})
    assert await keys.keys_of(ACCOUNT.id) == (replace(KEY, last_used_at=2000.0),)


async def test_the_first_leak_counts(keys):
    await keys.add_key(KEY, digest=digest(1), most=10)
    await keys.mark_leaked(KEY.id, at=2000.0)
    await keys.mark_leaked(KEY.id, at=3000.0)
    assert await keys.keys_of(ACCOUNT.id) == (replace(KEY, leaked_at=2000.0),)


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(ACCOUNT)
        await store.keys.pin("a", b"one")
        await store.keys.add_key(KEY, digest=digest(1), most=10)
    async with open_store() as store:
        assert await store.keys.pin("a", b"two") == b"one"
        assert await store.keys.ensure_account(replace(ACCOUNT, id=UUID(int=9))) == ACCOUNT
        assert await store.keys.find_key(digest(1)) == StoredKey(key=KEY, digest=digest(1))
