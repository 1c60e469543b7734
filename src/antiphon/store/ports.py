"""What every store can do, whichever database is behind it. `tests/store` holds all of them to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.keys import Account, ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it was found.

    Args:
        key: What is known about it.
        digest: The keyed hash under which it is stored, 32 bytes.
    """

    key: ApiKey
    digest: bytes


class KeyStore(Protocol):
    """Accounts and their keys. Every method raises `Unavailable` where the database fails."""

    async def pin(self, name: str, value: bytes) -> bytes:
        """Remember `value` under `name` unless something is remembered already; what is remembered now."""

    async def ensure_account(self, account: Account) -> Account:
        """The account of that name, made now if there was none."""

    async def add_first_key(self, key: ApiKey, *, digest: bytes) -> bool:
        """Add a key to an account that never had one. False: it has, and nothing was done."""

    async def add_key(self, key: ApiKey, *, digest: bytes, most: int) -> bool:
        """Add a key. False: the account has `most` active ones, and nothing was done."""

    async def find_key(self, digest: bytes) -> StoredKey | None:
        """The key with that digest, revoked or not."""

    async def keys_of(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """All keys of an account, revoked ones too, oldest first."""

    async def revoke_key(self, *, account_id: UUID, key_id: UUID, at: float) -> ApiKey | None:
        """Close a key; one that is closed stays as it is. None: the account has no such key."""

    async def touch_keys(self, used: Mapping[UUID, float]) -> None:
        """Note when keys were last used. Unknown ones are passed over; a time never moves back."""

    async def mark_leaked(self, key_id: UUID, *, at: float) -> None:
        """Note that a key was seen in the open. The first time counts."""


class Store(Protocol):
    """All that is kept, and the end of keeping it."""

    @property
    def keys(self) -> KeyStore:
        """Accounts and their keys."""

    async def close(self) -> None:
        """Finish what was begun and let go of everything."""
