"""Who is calling: keys are made, listed, closed and recognised here."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from antiphon.domain.errors import (
    AntiphonError,
    Conflict,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from antiphon.domain.keys import (
    ENTROPY_BYTES,
    LONGEST,
    MOST_ACTIVE,
    Account,
    ApiKey,
    Permission,
    bootstrap_fault,
    mint,
    plausible,
    shown_prefix,
)
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports import KeyStore

FIRST_ACCOUNT = "default"
LONGEST_NAME = 100
CACHED_SECONDS = 2.0
"""How long a key closed by another process may go on opening (SETTLED 16)."""
MOST_CACHED = 10_000
TOUCH_SECONDS = 60.0


class SecretChanged(AntiphonError):
    """The server's secret is not the one that its keys were made with, so that none of them would open."""

    code = "secret_changed"

    def __init__(self) -> None:
        super().__init__(
            "The server's secret is not the one this database was made with, so no key in it would work. "
            "Bring back data/secret or the former ANTIPHON_SECRET."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    key: ApiKey
    until: float


def _forget(_key: str) -> None:
    """For first starts whose key nobody needs to keep."""


class Keys:
    """All that is done with keys.

    Args:
        store: Where they are kept.
        pepper: 32 secret bytes; keys are stored as their HMAC-SHA256 under these.
        prefix: What minted keys begin with.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
        most_cached: How many recognised keys are kept in memory.
    """

    def __init__(
        self,
        *,
        store: KeyStore,
        pepper: bytes,
        prefix: str,
        clock: Clock,
        entropy: Callable[[int], bytes],
        most_cached: int = MOST_CACHED,
    ) -> None:
        self._store = store
        self._pepper = pepper
        self._prefix = prefix
        self._clock = clock
        self._entropy = entropy
        self._most_cached = most_cached
        self._cache: dict[bytes, _Seen] = {}
        self._closings = 0
        self._touching: dict[UUID, asyncio.Task[None]] = {}

    async def first_account(self) -> Account:
        """The account that is there from the first start on, made now if it is not.

        Raises:
            SecretChanged: The database belongs to another secret.
        """
        fingerprint = self._digest("antiphon secret fingerprint")
        pinned = await self._store.pin("secret_fingerprint", fingerprint)
        if not hmac.compare_digest(pinned, fingerprint):
            raise SecretChanged
        now = self._clock.now()
        return await self._store.ensure_account(Account(id=self._new_id(now), name=FIRST_ACCOUNT, created_at=now))

    async def ensure_first(self, bootstrap: str | None, *, remember: Callable[[str], None] = _forget) -> str | None:
        """See to it that the first account has a key. Safe to call at every start, and after a kill anywhere.

        A bootstrap key is taken as it is, next to whatever keys there are: a changed one is one more key, and
        the former goes on opening until it is revoked. A revoked one stays revoked, whatever the environment
        says. Without a bootstrap key, one is minted if the account never had any.

        Args:
            bootstrap: The key that the operator chose.
            remember: Called with a minted key before it is stored, so that a kill cannot leave a key that
                nobody knows.

        Returns:
            The key, if it was minted now.

        Raises:
            InvalidRequest: The bootstrap key has the wrong form; `reason` is `bootstrap_fault`'s word.
            Conflict: The bootstrap key is new and the account has all the keys it can have.
            SecretChanged: The database belongs to another secret.
        """
        if bootstrap is not None and (fault := bootstrap_fault(bootstrap, self._prefix)):
            raise InvalidRequest(fault, field="ANTIPHON_BOOTSTRAP_KEY")
        account = await self.first_account()
        if bootstrap is not None:
            await self._adopt(account.id, bootstrap)
            return None
        if await self._store.keys_of(account.id):
            return None
        key = mint(self._prefix, self._entropy(ENTROPY_BYTES))
        remember(key)
        described = self._describe(account.id, key, "first")
        return key if await self._store.add_first_key(described, digest=self._digest(key)) else None

    async def create(
        self, account_id: UUID, name: str, *, permissions: frozenset[Permission] | None = None
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which is nowhere else.

        Args:
            account_id: Whose it is.
            name: What its owner calls it, 1 to 100 characters.
            permissions: What it may be used for; None is everything.

        Raises:
            Conflict: "key_limit": the account has ten active keys.
            InvalidRequest: The name is empty or too long.
        """
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise InvalidRequest("name", field="name", limit=LONGEST_NAME)
        text = mint(self._prefix, self._entropy(ENTROPY_BYTES))
        key = self._describe(account_id, text, name, permissions)
        await self._add(key, text)
        return key, text

    async def list(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """All keys of an account, revoked ones too, oldest first."""
        return await self._store.keys_of(account_id)

    async def find(self, account_id: UUID, text: str) -> ApiKey:
        """The key that an operator means by its id or by what lists show of it.

        Raises:
            NotFound: The account has no such key.
            Conflict: "ambiguous": several keys begin like that.
        """
        keys = await self._store.keys_of(account_id)
        found = [key for key in keys if str(key.id) == text.lower() or key.shown_prefix == text]
        if not found:
            raise NotFound("unknown_key")
        if len(found) > 1:
            raise Conflict("ambiguous")
        return found[0]

    async def revoke(self, *, account_id: UUID, key_id: UUID) -> ApiKey:
        """Close a key at once. Again changes nothing.

        Raises:
            NotFound: The account has no such key.
        """
        key = await self._store.revoke_key(account_id=account_id, key_id=key_id, at=self._clock.now())
        # A look-up that began before the commit must not bring the key back: see `_look_up`.
        self._closings += 1
        self._cache = {name: seen for name, seen in self._cache.items() if seen.key.id != key_id}
        if key is None:
            raise NotFound("unknown_key")
        return key

    def cached(self, presented: str) -> ApiKey | None:
        """The key, if it was recognised within the last two seconds. A few microseconds, never a wait."""
        if len(presented) > LONGEST or not presented.isascii():
            return None
        seen = self._cache.get(self._name(presented))
        return seen.key if seen is not None and seen.until > self._clock.monotonic() else None

    async def authenticate(self, presented: str) -> ApiKey:
        """The key that `presented` is.

        Raises:
            Unauthenticated: "incorrect": it is none, or a revoked one.
            Unavailable: It could not be looked up.
        """
        return self.cached(presented) or await self._look_up(presented)

    async def flag_leaked(self, presented: str) -> None:
        """Note that a key came where keys must not be. Unknown ones are passed over."""
        if not plausible(presented, self._prefix):
            return
        found = await self._store.find_key(self._digest(presented))
        if found is not None and found.key.leaked_at is None:
            await self._store.mark_leaked(found.key.id, at=self._clock.now())

    async def close(self) -> None:
        """Wait for what is still being noted."""
        await asyncio.gather(*self._touching.values())

    async def _look_up(self, presented: str) -> ApiKey:
        if not plausible(presented, self._prefix):
            raise Unauthenticated("incorrect")
        digest, closings = self._digest(presented), self._closings
        name = self._name(presented)
        found = await self._store.find_key(digest)
        if found is None or not hmac.compare_digest(found.digest, digest) or not found.key.active:
            raise Unauthenticated("incorrect")
        if closings == self._closings:
            self._keep(name, found.key)
        self._touch(found.key)
        return found.key

    def _keep(self, name: bytes, key: ApiKey) -> None:
        self._cache.pop(name, None)
        if len(self._cache) >= self._most_cached:
            del self._cache[next(iter(self._cache))]
        self._cache[name] = _Seen(key=key, until=self._clock.monotonic() + CACHED_SECONDS)

    def _touch(self, key: ApiKey) -> None:
        """Note the use of a key, beside the request and at most once a minute."""
        now = self._clock.now()
        if key.id not in self._touching and now - (key.last_used_at or 0) >= TOUCH_SECONDS:
            task = asyncio.create_task(_unless_unavailable(self._store.touch_keys({key.id: now})))
            self._touching[key.id] = task
            task.add_done_callback(lambda _done: self._touching.pop(key.id))

    async def _adopt(self, account_id: UUID, bootstrap: str) -> None:
        if await self._store.find_key(self._digest(bootstrap)) is None:
            await self._add(self._describe(account_id, bootstrap, "bootstrap"), bootstrap)

    async def _add(self, key: ApiKey, text: str) -> None:
        if not await self._store.add_key(key, digest=self._digest(text), most=MOST_ACTIVE):
            raise Conflict("key_limit")

    def _describe(
        self, account_id: UUID, text: str, name: str, permissions: frozenset[Permission] | None = None
    ) -> ApiKey:
        now = self._clock.now()
        return ApiKey(
            id=self._new_id(now),
            account_id=account_id,
            name=name,
            shown_prefix=shown_prefix(text),
            created_at=now,
            permissions=permissions,
        )

    def _new_id(self, now: float) -> UUID:
        return uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))

    def _name(self, text: str) -> bytes:
        """What a key goes by in memory: as hard to guess as its digest, and made without letting go of the thread."""
        return hashlib.blake2b(text.encode("ascii"), key=self._pepper, digest_size=32).digest()

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._pepper, text.encode("ascii"), "sha256")


async def _unless_unavailable(note: Coroutine[Any, Any, None]) -> None:
    try:
        await note
    except Unavailable:
        return  # The next use notes it.
