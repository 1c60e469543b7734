import asyncio
import hashlib
from dataclasses import replace

import pytest

from antiphon.domain.errors import Conflict, InvalidRequest, NotFound, Unauthenticated
from antiphon.domain.keys import Permission, well_formed
from antiphon.services.keys import CACHED_SECONDS, Keys, SecretChanged
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

PREFIX = "sona_sk_"
BOOTSTRAP = "a-key_the-operator-chose"


class Counted:
    """Bytes that differ from call to call, the same in every run."""

    def __init__(self):
        self._calls = 0

    def __call__(self, size):
        self._calls += 1
        return hashlib.shake_128(self._calls.to_bytes(4, "big")).digest(size)


class Watched:
    """A key store that counts look-ups and can be made to wait in them."""

    def __init__(self, inner, temporary):
        self._inner = inner
        self.temporary = temporary
        self.lookups = 0
        self.touches = 0
        self.gate = None

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def find_key(self, digest):
        self.lookups += 1
        found = await self._inner.find_key(digest)
        if self.gate is not None:
            await self.gate.wait()
        return found

    async def touch_keys(self, used):
        self.touches += 1
        await self._inner.touch_keys(used)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def store(tmp_path):
    made = open_sqlite(tmp_path / "antiphon.db")
    yield Watched(made.keys, made.temporary)
    await made.close()


@pytest.fixture
async def keys(store, clock):
    made = service(store, clock)
    yield made
    await made.close()


@pytest.fixture
async def account(keys):
    return await keys.first_account()


ENTROPY = Counted()


def service(store, clock, pepper=b"p" * 32, **options):
    return Keys(
        store=store,
        temporary=store.temporary,
        pepper=pepper,
        prefix=PREFIX,
        clock=clock,
        entropy=ENTROPY,
        **options,
    )


async def refused(keys, presented):
    with pytest.raises(Unauthenticated) as caught:
        await keys.authenticate(presented)
    return caught.value.reason == "incorrect"


async def test_a_created_key_opens_and_is_listed_without_its_text(keys, account, clock):
    key, text = await keys.create(account.id, "mine", permissions=frozenset({Permission.FILES}))
    # Listed before it opens anything: the use of a key is noted in the list, beside the request.
    assert await keys.list(account.id) == (key,)
    assert well_formed(text, PREFIX)
    assert await keys.authenticate(text) == key
    assert (key.name, key.created_at, key.shown_prefix) == ("mine", clock.now(), text[:13])
    assert key.project_id == account.id


async def test_a_key_is_nowhere_in_the_database_files(keys, account, tmp_path):
    _key, text = await keys.create(account.id, "mine")
    await keys.ensure_first(BOOTSTRAP)
    await keys.authenticate(text)
    await keys.authenticate(BOOTSTRAP)
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert len(files["antiphon.db-wal"]) > 4096
    assert all(text[8:13] in content.decode("latin-1") for content in [files["antiphon.db-wal"]])
    for content in files.values():
        assert text.encode() not in content
        assert text[13:].encode() not in content
        assert BOOTSTRAP.encode() not in content
        assert hashlib.sha256(text.encode()).digest() not in content


@pytest.mark.parametrize("presented", ["", "nonsense", PREFIX, PREFIX + "a" * 49, "é", "\udc80", "a" * 100_000, "\0"])
async def test_what_is_no_key_is_incorrect(keys, presented):
    assert await refused(keys, presented)


async def test_a_wrong_checksum_costs_no_look_up(keys, account, store):
    _key, text = await keys.create(account.id, "mine")
    assert await refused(keys, text[:-1] + ("a" if text[-1] != "a" else "b"))
    assert store.lookups == 0


async def test_a_key_of_another_secret_does_not_open(keys, account, store, clock):
    _key, text = await keys.create(account.id, "mine")
    assert await refused(service(store, clock, pepper=b"q" * 32), text)


async def test_a_recognised_key_is_looked_up_again_after_two_seconds(keys, account, store, clock):
    key, text = await keys.create(account.id, "mine")
    assert keys.cached(text) is None
    await keys.authenticate(text)
    clock.advance(CACHED_SECONDS - 0.01)
    assert keys.cached(text) == key
    await keys.authenticate(text)
    assert store.lookups == 1
    clock.advance(0.01)
    assert keys.cached(text) is None
    await keys.authenticate(text)
    assert store.lookups == 2


async def test_a_key_revoked_elsewhere_closes_within_two_seconds(keys, account, store, clock):
    key, text = await keys.create(account.id, "mine")
    await keys.authenticate(text)
    await store.revoke_key(account_id=account.id, key_id=key.id, at=1.0)
    clock.advance(2.0)
    assert await refused(keys, text)


async def test_a_key_revoked_here_closes_at_once(keys, account):
    key, text = await keys.create(account.id, "mine")
    await keys.authenticate(text)
    await keys.revoke(account_id=account.id, key_id=key.id)
    assert keys.cached(text) is None
    assert await refused(keys, text)


async def test_a_look_up_that_began_before_the_revocation_does_not_bring_the_key_back(keys, account, store):
    key, text = await keys.create(account.id, "mine")
    store.gate = asyncio.Event()
    slow = asyncio.create_task(keys.authenticate(text))
    await asyncio.sleep(0)
    await keys.revoke(account_id=account.id, key_id=key.id)
    store.gate.set()
    await slow
    assert keys.cached(text) is None


async def test_revoking_again_changes_nothing(keys, account, clock):
    key, _text = await keys.create(account.id, "mine")
    first = await keys.revoke(account_id=account.id, key_id=key.id)
    clock.advance(5)
    assert await keys.revoke(account_id=account.id, key_id=key.id) == first


async def test_revoking_an_unknown_key_is_not_found(keys, account):
    with pytest.raises(NotFound):
        await keys.revoke(account_id=account.id, key_id=account.id)


async def test_an_eleventh_active_key_is_refused(keys, account):
    made = [await keys.create(account.id, f"{n}") for n in range(10)]
    with pytest.raises(Conflict) as caught:
        await keys.create(account.id, "one more")
    assert caught.value.reason == "key_limit"
    await keys.revoke(account_id=account.id, key_id=made[0][0].id)
    await keys.create(account.id, "one more")


@pytest.mark.parametrize("name", ["", "a" * 101, "two\nlines", "\x1b[31m"])
async def test_a_name_is_short_and_printable(keys, account, name):
    with pytest.raises(InvalidRequest):
        await keys.create(account.id, name)


async def test_the_cache_is_bounded(store, clock, account):
    keys = service(store, clock, most_cached=3)
    texts = [(await keys.create(account.id, f"{n}"))[1] for n in range(5)]
    for text in texts:
        await keys.authenticate(text)
    assert [keys.cached(text) is not None for text in texts] == [False, False, True, True, True]
    await keys.close()


async def test_use_is_noted_beside_the_request_and_at_most_once_a_minute(keys, account, store, clock):
    key, text = await keys.create(account.id, "mine")
    first = clock.now()
    for _ in range(20):
        await keys.authenticate(text)
        clock.advance(2.5)
        await keys.close()
    assert store.touches == 1
    assert await keys.list(account.id) == (replace(key, last_used_at=first),)
    clock.advance(20)
    await keys.authenticate(text)
    await keys.close()
    assert store.touches == 2


async def test_a_leaked_key_is_marked_and_goes_on_opening(keys, account, clock):
    key, text = await keys.create(account.id, "mine")
    leaked_at = clock.now()
    await keys.flag_leaked(text)
    clock.advance(1)
    await keys.flag_leaked(text)
    assert await keys.authenticate(text) == replace(key, leaked_at=leaked_at)


@pytest.mark.parametrize("presented", ["", "nonsense", PREFIX + "x", "é"])
async def test_what_is_no_key_leaks_nothing(keys, account, presented):
    await keys.flag_leaked(presented)
    assert await keys.list(account.id) == ()


async def test_a_key_is_found_by_id_and_by_what_lists_show(keys, account):
    one, _text = await keys.create(account.id, "one")
    other, _text = await keys.create(account.id, "other")
    assert await keys.find(account.id, str(one.id)) == one
    assert await keys.find(account.id, other.shown_prefix) == other
    with pytest.raises(NotFound):
        await keys.find(account.id, "sona_sk_")


async def test_two_keys_that_look_alike_are_ambiguous(keys, account):
    await keys.ensure_first("0123456789abc-the-first-one")
    await keys.ensure_first("0123456789abc-the-other-one")
    with pytest.raises(Conflict) as caught:
        await keys.find(account.id, "0123456789abc")
    assert caught.value.reason == "ambiguous"


async def test_the_first_start_mints_a_key_and_the_second_none(keys, store, clock):
    text = await keys.ensure_first(None)
    assert await keys.authenticate(text)
    assert await keys.ensure_first(None) is None
    assert await service(store, clock).ensure_first(None) is None
    account = await keys.first_account()
    assert len(await keys.list(account.id)) == 1


async def test_the_first_key_is_remembered_before_it_is_stored(keys, account):
    def killed(_key):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await keys.ensure_first(None, remember=killed)
    assert await keys.list(account.id) == ()
    remembered = []
    text = await keys.ensure_first(None, remember=remembered.append)
    assert remembered == [text]
    assert await keys.authenticate(text)


async def test_a_first_key_is_not_minted_again_after_all_were_revoked(keys, account):
    await keys.ensure_first(None)
    (key,) = await keys.list(account.id)
    await keys.revoke(account_id=account.id, key_id=key.id)
    assert await keys.ensure_first(None) is None


async def test_a_bootstrap_key_opens_and_is_told_to_nobody(keys, account):
    remembered = []
    assert await keys.ensure_first(BOOTSTRAP, remember=remembered.append) is None
    assert await keys.ensure_first(BOOTSTRAP) is None
    assert remembered == []
    (key,) = await keys.list(account.id)
    assert await keys.authenticate(BOOTSTRAP) == key


async def test_another_bootstrap_key_is_one_more_key(keys, account):
    first = await keys.ensure_first(None)
    await keys.ensure_first(BOOTSTRAP)
    await keys.ensure_first(BOOTSTRAP + "-changed")
    assert len(await keys.list(account.id)) == 3
    for text in (first, BOOTSTRAP, BOOTSTRAP + "-changed"):
        assert await keys.authenticate(text)


async def test_a_revoked_bootstrap_key_stays_revoked(keys, account):
    await keys.ensure_first(BOOTSTRAP)
    (key,) = await keys.list(account.id)
    await keys.revoke(account_id=account.id, key_id=key.id)
    await keys.ensure_first(BOOTSTRAP)
    assert await refused(keys, BOOTSTRAP)


@pytest.mark.parametrize(
    ("bootstrap", "reason"),
    [("short", "length"), ("a" * 23 + " ", "characters"), (PREFIX + "a" * 49, "checksum")],
)
async def test_a_bootstrap_key_of_the_wrong_form_is_refused(keys, bootstrap, reason):
    with pytest.raises(InvalidRequest) as caught:
        await keys.ensure_first(bootstrap)
    assert (caught.value.reason, caught.value.field) == (reason, "ANTIPHON_BOOTSTRAP_KEY")
    assert bootstrap not in str(caught.value)


async def test_a_chosen_key_that_begins_like_a_temporary_one_opens(keys, account):
    await keys.ensure_first("temp_the-operator-chose-this")
    assert (await keys.authenticate("temp_the-operator-chose-this")).temporary is None


async def test_another_secret_on_the_same_database_is_refused(keys, account, store, clock):
    with pytest.raises(SecretChanged, match="ANTIPHON_SECRET"):
        await service(store, clock, pepper=b"q" * 32).first_account()
