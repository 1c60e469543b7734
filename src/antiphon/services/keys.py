"""Who is calling: keys are made, listed, closed and recognised here; temporary ones are made in `temporary`."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
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
    TEMPORARY_PREFIX,
    Account,
    ApiKey,
    Permission,
    bootstrap_fault,
    mint,
    plausible,
    shown_prefix,
    well_formed,
)
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports import KeyStore
from antiphon.store.ports_projects import TemporaryKeyStore

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
        temporary: Where temporary keys are kept.
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
        temporary: TemporaryKeyStore,
        pepper: bytes,
        prefix: str,
        clock: Clock,
        entropy: Callable[[int], bytes],
        most_cached: int = MOST_CACHED,
    ) -> None:
        self._store = store
        self._temporary = temporary
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
        fingerprint = self.digest("antiphon secret fingerprint")
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
        described = self._describe(key, account_id=account.id, name="first")
        return key if await self._store.add_first_key(described, digest=self.digest(key)) else None

    async def create(
        self,
        account_id: UUID,
        name: str,
        *,
        project_id: UUID | None = None,
        permissions: frozenset[Permission] | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which is nowhere else.

        Args:
            account_id: Whose it is.
            name: What its owner calls it, 1 to 100 characters.
            project_id: In which of the account's projects; None for its first.
            permissions: What it may be used for; None is everything.

        Raises:
            Conflict: "key_limit": the account has ten active keys.
            InvalidRequest: The name is empty or too long.
        """
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise InvalidRequest("name", field="name", limit=LONGEST_NAME)
        text = mint(self._prefix, self._entropy(ENTROPY_BYTES))
        key = self._describe(text, account_id=account_id, name=name, project_id=project_id, permissions=permissions)
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
        """The key that `presented` is; where that is a temporary one, the key it was made with, and its terms.

        Raises:
            Unauthenticated: "incorrect": it is none, or a revoked one. "expired": it begins like a temporary key, and
                is none, or one that is over, used up, or made with a key that is revoked.
            Unavailable: It could not be looked up.
        """
        return self.cached(presented) or await self._look_up(presented)

    async def flag_leaked(self, presented: str) -> None:
        """Note that a key came where keys must not be. Unknown ones are passed over."""
        if not plausible(presented, self._prefix):
            return
        found = await self._store.find_key(self.digest(presented))
        if found is not None and found.key.leaked_at is None:
            await self._store.mark_leaked(found.key.id, at=self._clock.now())

    def digest(self, text: str) -> bytes:
        """Under what a key is stored: 32 bytes, of which nobody makes the key. The text is ASCII."""
        return hmac.digest(self._pepper, text.encode("ascii"), "sha256")

    async def close(self) -> None:
        """Wait for what is still being noted."""
        await asyncio.gather(*self._touching.values())

    async def _look_up(self, presented: str) -> ApiKey:
        closings = self._closings
        # What begins like a temporary key may still be one that an operator chose.
        key = await self._temporary_key(presented) or await self._lasting_key(presented)
        if key is None:
            raise Unauthenticated("expired" if presented.startswith(TEMPORARY_PREFIX) else "incorrect")
        if closings == self._closings:
            self._keep(self._name(presented), key)
        self._touch(key)
        return key

    async def _lasting_key(self, presented: str) -> ApiKey | None:
        if not plausible(presented, self._prefix):
            return None
        digest = self.digest(presented)
        found = await self._store.find_key(digest)
        if found is None or not hmac.compare_digest(found.digest, digest) or not found.key.active:
            return None
        return found.key

    async def _temporary_key(self, presented: str) -> ApiKey | None:
        if not well_formed(presented, TEMPORARY_PREFIX):
            return None
        digest = self.digest(presented)
        found = await self._temporary.find_temporary(digest)
        if found is None or not hmac.compare_digest(found.digest, digest):
            return None
        over = found.used or found.key.expires_at <= self._clock.now()
        return replace(found.parent, temporary=found.key) if found.parent.active and not over else None

    def _keep(self, name: bytes, key: ApiKey) -> None:
        """Know a key again for two seconds, or as long as it has; one for a single use is looked at each time."""
        lasts = CACHED_SECONDS
        if key.temporary is not None:
            lasts = 0.0 if key.temporary.single_use else min(lasts, key.temporary.expires_at - self._clock.now())
        self._cache.pop(name, None)
        if lasts <= 0:
            return
        if len(self._cache) >= self._most_cached:
            del self._cache[next(iter(self._cache))]
        self._cache[name] = _Seen(key=key, until=self._clock.monotonic() + lasts)

    def _touch(self, key: ApiKey) -> None:
        """Note the use of a key, beside the request and at most once a minute."""
        now = self._clock.now()
        if key.id not in self._touching and now - (key.last_used_at or 0) >= TOUCH_SECONDS:
            task = asyncio.create_task(_unless_unavailable(self._store.touch_keys({key.id: now})))
            self._touching[key.id] = task
            task.add_done_callback(lambda _done: self._touching.pop(key.id))

    async def _adopt(self, account_id: UUID, bootstrap: str) -> None:
        if await self._store.find_key(self.digest(bootstrap)) is None:
            await self._add(self._describe(bootstrap, account_id=account_id, name="bootstrap"), bootstrap)

    async def _add(self, key: ApiKey, text: str) -> None:
        if not await self._store.add_key(key, digest=self.digest(text), most=MOST_ACTIVE):
            raise Conflict("key_limit")

    def _describe(
        self,
        text: str,
        *,
        account_id: UUID,
        name: str,
        project_id: UUID | None = None,
        permissions: frozenset[Permission] | None = None,
    ) -> ApiKey:
        now = self._clock.now()
        return ApiKey(
            id=self._new_id(now),
            account_id=account_id,
            project_id=account_id if project_id is None else project_id,
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


async def _unless_unavailable(note: Coroutine[Any, Any, None]) -> None:
    try:
        await note
    except Unavailable:
        return  # The next use notes it.
