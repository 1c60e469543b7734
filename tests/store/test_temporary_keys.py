"""The contract of `TemporaryKeyStore`, over every implementation."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from antiphon.domain.keys import ApiKey, Permission, TemporaryKey
from antiphon.store.ports_projects import StoredTemporaryKey
from store.books import ACCOUNT, account, project

HOUR = 3600.0
PARENT = ApiKey(
    id=UUID(int=10),
    account_id=ACCOUNT,
    project_id=UUID(int=7),
    name="first",
    shown_prefix="sona_sk_abcde",
    created_at=1001.25,
    permissions=frozenset({Permission.TEMPORARY_API_KEYS, Permission.TEXT_TO_SPEECH_REALTIME}),
)
KEY = TemporaryKey(
    id=UUID(int=20),
    parent_id=PARENT.id,
    permission=Permission.TEXT_TO_SPEECH_REALTIME,
    created_at=2000.5,
    expires_at=2060.5,
)


def digest(number):
    return number.to_bytes(32, "big")


def numbered(number, **changes):
    return replace(KEY, id=UUID(int=number), **changes)


@pytest.fixture
async def store(open_store):
    async with open_store() as opened:
        await opened.keys.ensure_account(account(ACCOUNT))
        await opened.projects.add_project(project(7))
        await opened.keys.add_key(PARENT, digest=digest(1), most=10)
        yield opened


@pytest.fixture
def temporary(store):
    return store.temporary


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        replace(KEY, client_reference_id="a label of theirs – ünïcode"),
        replace(KEY, single_use=True),
        replace(KEY, longest_session=12.5, permission=Permission.SPEECH_TO_TEXT_REALTIME),
    ],
)
async def test_a_temporary_key_is_found_by_its_digest_with_its_parent(temporary, key):
    await temporary.add_temporary(key, digest=digest(2))
    expected = StoredTemporaryKey(key=key, digest=digest(2), parent=PARENT, used=False)
    assert await temporary.find_temporary(digest(2)) == expected


async def test_neither_another_digest_nor_a_parents_finds_a_temporary_key(temporary):
    await temporary.add_temporary(KEY, digest=digest(2))
    assert await temporary.find_temporary(digest(1)) is None
    assert await temporary.find_temporary(digest(3)) is None


async def test_a_temporary_key_is_no_key_of_its_account(store):
    await store.temporary.add_temporary(KEY, digest=digest(2))
    assert await store.keys.find_key(digest(2)) is None
    assert await store.keys.keys_of(ACCOUNT) == (PARENT,)


async def test_a_temporary_key_is_found_with_its_parent_as_that_is_now(store):
    await store.temporary.add_temporary(KEY, digest=digest(2))
    revoked = await store.keys.revoke_key(account_id=ACCOUNT, key_id=PARENT.id, at=2010.0)
    found = await store.temporary.find_temporary(digest(2))
    assert (found.key, found.parent) == (KEY, revoked)
    assert not found.parent.active


async def test_a_key_for_one_use_is_used_once_however_many_try(temporary):
    await temporary.add_temporary(replace(KEY, single_use=True), digest=digest(2))
    used = await asyncio.gather(*(temporary.use_temporary(KEY.id, at=2001.0) for _ in range(20)))
    assert used.count(True) == 1
    assert (await temporary.find_temporary(digest(2))).used
    assert not await temporary.use_temporary(KEY.id, at=2002.0)


async def test_using_a_key_uses_no_other(temporary):
    for number in (20, 21):
        await temporary.add_temporary(numbered(number, single_use=True), digest=digest(number))
    assert await temporary.use_temporary(UUID(int=20), at=2001.0)
    assert not (await temporary.find_temporary(digest(21))).used
    assert await temporary.use_temporary(UUID(int=21), at=2001.0)


async def test_a_key_that_was_forgotten_cannot_be_used(temporary):
    assert not await temporary.use_temporary(UUID(int=20), at=2001.0)


async def test_keys_that_expired_an_hour_ago_are_forgotten_when_another_is_made(temporary):
    await temporary.add_temporary(numbered(20, expires_at=2060.0), digest=digest(20))
    await temporary.add_temporary(numbered(21, expires_at=2060.5), digest=digest(21))
    assert (await temporary.find_temporary(digest(20))).key.expires_at == 2060.0
    late = numbered(22, created_at=2060.0 + HOUR, expires_at=2120.0 + HOUR)
    await temporary.add_temporary(late, digest=digest(22))
    found = [await temporary.find_temporary(digest(number)) for number in (20, 21, 22)]
    assert [one and one.key.id.int for one in found] == [None, 21, 22]


async def test_however_many_have_expired_some_hundreds_are_forgotten_at_once(temporary):
    many = range(1000, 1700)
    await asyncio.gather(*(temporary.add_temporary(numbered(n), digest=digest(n)) for n in many))
    late = numbered(22, created_at=KEY.expires_at + HOUR, expires_at=KEY.expires_at + HOUR + 60)
    await temporary.add_temporary(late, digest=digest(22))
    left = sum([await temporary.find_temporary(digest(number)) is not None for number in many])
    assert 0 < left <= 600


async def test_of_many_keys_those_that_are_revoked_are_told(store):
    others = [replace(PARENT, id=UUID(int=number)) for number in (11, 12, 13)]
    for key in others:
        await store.keys.add_key(key, digest=digest(key.id.int), most=10)
    for key in others[:2]:
        await store.keys.revoke_key(account_id=ACCOUNT, key_id=key.id, at=2010.0)
    asked = [PARENT.id, UUID(int=11), UUID(int=13), UUID(int=99)]
    assert await store.temporary.revoked(asked) == {UUID(int=11)}
    assert await store.temporary.revoked([]) == frozenset()


async def test_all_of_it_is_there_after_opening_again(open_store):
    async with open_store() as store:
        await store.keys.ensure_account(account(ACCOUNT))
        await store.projects.add_project(project(7))
        await store.keys.add_key(PARENT, digest=digest(1), most=10)
        await store.temporary.add_temporary(replace(KEY, single_use=True), digest=digest(2))
        await store.temporary.use_temporary(KEY.id, at=2001.0)
    async with open_store() as store:
        found = await store.temporary.find_temporary(digest(2))
        assert (found.key, found.used) == (replace(KEY, single_use=True), True)
