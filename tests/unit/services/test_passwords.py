"""Hashing passwords beside the event loop."""

import asyncio
import threading

import pytest

from antiphon.domain.errors import LimitExceeded
from antiphon.domain.users import LONGEST_PASSWORD
from antiphon.services.passwords import Cost, Passwords

CHEAP = Cost(memory=8, rounds=1)


@pytest.fixture
def passwords():
    made = Passwords(CHEAP)
    yield made
    made.close()


async def test_a_password_is_right_and_another_is_not(passwords):
    stored = await passwords.hash("correct horse")
    assert await passwords.right("correct horse", stored)
    for wrong in ("correct horse ", "Correct horse", "", "x" * 100_000):
        assert not await passwords.right(wrong, stored)


async def test_two_hashes_of_a_password_differ_and_none_has_it_in_clear(passwords):
    hashes = {await passwords.hash("correct horse") for _ in range(3)}
    assert len(hashes) == 3
    assert all(text.startswith("$argon2id$v=19$m=8,t=1,p=1$") and "horse" not in text for text in hashes)


@pytest.mark.parametrize("password", ["", "anything", "nobody"])
async def test_nobodys_password_is_never_right(passwords, password):
    assert not await passwords.right(password, None)


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$x", "$2b$12$aaaaaaaaaaaaaaaaaaaaaa"])
async def test_what_is_no_hash_is_nobodys(passwords, stored):
    assert not await passwords.right("plain", stored)


async def test_of_a_text_that_is_too_long_for_a_password_only_the_begin_is_looked_at(passwords):
    """Or else it would take seconds to compose."""
    stored = await passwords.hash("a" * LONGEST_PASSWORD)
    texts = []
    passwords._hasher = Told(passwords._hasher, [], texts)
    assert await passwords.right("a" * LONGEST_PASSWORD, stored)
    assert not await passwords.right("a" * 16_000, stored)
    assert [len(text) for text in texts] == [LONGEST_PASSWORD] * 2


async def test_nobody_costs_as_much_as_somebody(passwords):
    """What is compared with has the same parameters, so that it takes the same time."""
    compared = []
    hasher, passwords._hasher = passwords._hasher, Told(passwords._hasher, compared)
    for stored in (await passwords.hash("x"), None):
        await passwords.right("y", stored)
    assert len(set(compared)) == 2
    assert not any(map(hasher.check_needs_rehash, compared))


async def test_a_hash_of_other_parameters_is_outdated_and_still_right(passwords):
    dearer = Passwords(Cost(memory=16, rounds=2))
    stored = await passwords.hash("correct horse")
    assert (passwords.outdated(stored), dearer.outdated(stored)) == (False, True)
    assert await dearer.right("correct horse", stored)
    dearer.close()


async def test_a_flood_is_refused_and_those_before_it_are_served():
    held, begun = threading.Event(), threading.Event()
    passwords = Passwords(CHEAP, threads=1, most_waiting=3)
    stored = await passwords.hash("a")
    passwords._hasher = Slow(passwords._hasher, held, begun)
    waiting = [asyncio.create_task(passwords.right("a", stored)) for _ in range(3)]
    await asyncio.to_thread(begun.wait)
    with pytest.raises(LimitExceeded):
        await passwords.right("a", stored)
    waiting[2].cancel()  # Who leaves frees no thread.
    with pytest.raises(LimitExceeded):
        await passwords.right("a", stored)
    held.set()
    assert await asyncio.gather(*waiting[:2]) == [True, True]
    await asyncio.to_thread(passwords.close)
    assert passwords._taken_on == 0


class Told:
    """A hasher that tells which hashes it compares with, and what."""

    def __init__(self, inner, compared, texts=None):
        self._inner, self._compared, self._texts = inner, compared, [] if texts is None else texts

    def verify(self, stored, text):
        self._compared.append(stored)
        self._texts.append(text)
        return self._inner.verify(stored, text)

    def hash(self, text):
        return self._inner.hash(text)


class Slow:
    """A hasher that waits until it is told to go on."""

    def __init__(self, inner, held, begun):
        self._inner, self._held, self._begun = inner, held, begun

    def verify(self, stored, text):
        self._begun.set()
        assert self._held.wait(60)
        return self._inner.verify(stored, text)

    def hash(self, text):
        return self._inner.hash(text)
