"""Temporary keys: for one use, for a while, and not longer than the key they were made with."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from antiphon.domain.errors import PermissionDenied, Unauthenticated
from antiphon.domain.keys import TEMPORARY_PREFIX, ApiKey, Permission, well_formed
from antiphon.services.keys import CACHED_SECONDS, Keys
from antiphon.services.temporary import TemporaryKeys
from antiphon.store.sqlite import SqliteStore
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

SPEECH = Permission.TEXT_TO_SPEECH_REALTIME


@dataclass
class Ring:
    """Keys and temporary keys on a store of their own, with a key of the first account."""

    store: SqliteStore
    clock: FakeClock
    keys: Keys
    temporary: TemporaryKeys
    parent: ApiKey

    async def mint(self, parent: ApiKey | None = None, **terms: Any) -> tuple[Any, str]:
        return await self.temporary.mint(parent or self.parent, **{"permission": SPEECH, "seconds": 60, **terms})

    async def refused(self, text: str) -> str:
        """Why a key does not open, by which it is not to be known again either."""
        with pytest.raises(Unauthenticated) as caught:
            await self.keys.authenticate(text)
        assert self.keys.cached(text) is None
        return caught.value.reason


def services(store: SqliteStore, clock: FakeClock) -> tuple[Keys, TemporaryKeys]:
    keys = Keys(
        store=store.keys,
        temporary=store.temporary,
        pepper=b"p" * 32,
        prefix="sona_sk_",
        clock=clock,
        entropy=os.urandom,
    )
    return keys, TemporaryKeys(store=store.temporary, keys=keys, clock=clock, entropy=os.urandom)


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[Ring]:
    clock = FakeClock()
    store = open_sqlite(tmp_path / "antiphon.db")
    keys, temporary = services(store, clock)
    parent, _ = await keys.create((await keys.first_account()).id, "parent")
    yield Ring(store, clock, keys, temporary, parent)
    await keys.close()
    await store.close()


async def test_a_temporary_key_is_its_parent_on_its_own_terms(ring: Ring) -> None:
    terms, text = await ring.mint(client_reference_id="user 7", single_use=True, longest_session=5.0)
    assert well_formed(text, TEMPORARY_PREFIX)
    assert await ring.keys.authenticate(text) == replace(ring.parent, temporary=terms)
    assert (terms.parent_id, terms.permission) == (ring.parent.id, SPEECH)
    assert (terms.created_at, terms.expires_at) == (ring.clock.now(), ring.clock.now() + 60)
    assert (terms.client_reference_id, terms.single_use, terms.longest_session) == ("user 7", True, 5.0)


async def test_a_temporary_key_is_nowhere_in_the_database_files(ring: Ring, tmp_path: Path) -> None:
    _, text = await ring.mint()
    await ring.keys.authenticate(text)
    await ring.keys.close()
    files = [file.read_bytes() for file in tmp_path.iterdir()]  # noqa: ASYNC240 - a few, and nobody waits
    assert any(b"temporary_key" in content for content in files)
    assert not any(text[len(TEMPORARY_PREFIX) :].encode() in content for content in files)


@pytest.mark.parametrize("text", ["temp_", "temp_" + "a" * 49, "temp_é", "temp_\udc80", "temp:WYJ67RBEFUWQXXPKYPD2"])
async def test_what_is_no_temporary_key_does_not_open(ring: Ring, text: str) -> None:
    assert await ring.refused(text) == ("expired" if text.startswith("temp_") else "incorrect")


async def test_a_mistyped_temporary_key_does_not_open(ring: Ring) -> None:
    _, text = await ring.mint()
    assert await ring.refused(text[:-1] + ("a" if text[-1] != "a" else "b")) == "expired"


async def test_a_temporary_key_opens_to_its_last_moment_and_not_after(ring: Ring) -> None:
    _, text = await ring.mint(seconds=60)
    ring.clock.advance(59)
    assert (await ring.keys.authenticate(text)).temporary
    ring.clock.advance(0.9)
    assert ring.keys.cached(text) is not None
    ring.clock.advance(0.1)
    assert ring.keys.cached(text) is None
    assert await ring.refused(text) == "expired"


async def test_a_temporary_key_is_known_again_for_two_seconds(ring: Ring) -> None:
    _, text = await ring.mint(seconds=60)
    await ring.keys.authenticate(text)
    ring.clock.advance(CACHED_SECONDS - 0.01)
    assert ring.keys.cached(text) is not None
    ring.clock.advance(0.01)
    assert ring.keys.cached(text) is None


async def test_a_key_for_a_single_use_opens_until_it_is_used_and_then_at_once_no_more(ring: Ring) -> None:
    _, text = await ring.mint(single_use=True)
    await ring.keys.authenticate(text)  # As often as it is looked at, such as by a request that is refused.
    key = await ring.keys.authenticate(text)
    await ring.temporary.begin(key)
    assert await ring.refused(text) == "expired"


async def test_of_two_that_begin_with_a_key_for_a_single_use_one_is_refused(ring: Ring) -> None:
    _, text = await ring.mint(single_use=True)
    key = await ring.keys.authenticate(text)
    ended = await asyncio.gather(*(ring.temporary.begin(key) for _ in range(8)), return_exceptions=True)
    assert sorted(getattr(one, "reason", "begun") for one in ended) == ["begun"] + 7 * ["expired"]


async def test_other_keys_begin_as_often_as_they_like(ring: Ring) -> None:
    _, text = await ring.mint()
    key = await ring.keys.authenticate(text)
    for _ in range(3):
        await ring.temporary.begin(key)
        await ring.temporary.begin(ring.parent)
    assert (await ring.keys.authenticate(text)).temporary


async def test_a_key_whose_parent_is_revoked_here_closes_at_once(ring: Ring) -> None:
    _, text = await ring.mint()
    await ring.keys.authenticate(text)
    await ring.keys.revoke(account_id=ring.parent.account_id, key_id=ring.parent.id)
    assert await ring.refused(text) == "expired"


async def test_a_key_whose_parent_is_revoked_elsewhere_closes_within_two_seconds(ring: Ring) -> None:
    _, text = await ring.mint()
    await ring.keys.authenticate(text)
    elsewhere, _ = services(ring.store, ring.clock)
    await elsewhere.revoke(account_id=ring.parent.account_id, key_id=ring.parent.id)
    ring.clock.advance(CACHED_SECONDS)
    assert await ring.refused(text) == "expired"


async def test_the_use_of_a_temporary_key_is_a_use_of_its_parent(ring: Ring) -> None:
    _, text = await ring.mint()
    await ring.keys.authenticate(text)
    await ring.keys.close()
    (parent,) = await ring.keys.list(ring.parent.account_id)
    assert parent.last_used_at == ring.clock.now()


@pytest.mark.parametrize(
    ("held", "lacking"),
    [
        ({SPEECH}, Permission.TEMPORARY_API_KEYS),
        ({Permission.TEMPORARY_API_KEYS}, SPEECH),
        (set(), Permission.TEMPORARY_API_KEYS),
        ({SPEECH, Permission.TEMPORARY_API_KEYS}, None),
    ],
)
async def test_who_makes_one_needs_the_permission_for_that_and_for_its_use(
    ring: Ring, held: set[Permission], lacking: Permission | None
) -> None:
    parent, _ = await ring.keys.create(ring.parent.account_id, "narrow", permissions=frozenset(held))
    if lacking is None:
        assert (await ring.mint(parent))[0].parent_id == parent.id
        return
    with pytest.raises(PermissionDenied) as caught:
        await ring.mint(parent)
    assert caught.value.permission == lacking


@pytest.mark.parametrize("permission", [SPEECH, Permission.TEMPORARY_API_KEYS])
async def test_a_temporary_key_makes_no_other(ring: Ring, permission: Permission) -> None:
    _, text = await ring.mint(permission=permission)
    with pytest.raises(PermissionDenied):
        await ring.mint(await ring.keys.authenticate(text), permission=permission)
