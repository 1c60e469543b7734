"""Accounts and keys in PostgreSQL: every statement about them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from antiphon.domain.keys import Account, ApiKey, Permission
from antiphon.store.ports import StoredKey
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import text

_COLUMNS = """
    id, account_id, project_id, name, shown_prefix, created_at, permissions, last_used_at, revoked_at, leaked_at
"""

PIN = "INSERT INTO pin (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
PINNED = "SELECT value FROM pin WHERE name = $1"

ENSURE_ACCOUNT = """
    INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
"""
ACCOUNT_NAMED = "SELECT id, name, created_at FROM account WHERE name = $1"

# Keys of an account are counted under its lock; a statement counts what there was when it began.
LOCK_ACCOUNT = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
ADD_KEY = f"""
    INSERT INTO api_key ({_COLUMNS}, digest)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
    WHERE (SELECT count(*) FROM api_key WHERE account_id = $2 AND revoked_at IS NULL) < $12
    RETURNING id
"""  # noqa: S608 - the columns are ours
ADD_FIRST_KEY = f"""
    INSERT INTO api_key ({_COLUMNS}, digest)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
    WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE account_id = $2)
    RETURNING id
"""  # noqa: S608 - as above
FIND_KEY = f"SELECT {_COLUMNS}, digest FROM api_key WHERE digest = $1"  # noqa: S608 - as above
KEYS_OF = f"""
    SELECT {_COLUMNS} FROM api_key WHERE account_id = $1 ORDER BY created_at, id
"""  # noqa: S608 - as above
REVOKE_KEY = f"""
    UPDATE api_key SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2 AND account_id = $3
    RETURNING {_COLUMNS}
"""  # noqa: S608 - as above
# In the order of ids, so that two processes cannot wait for each other.
TOUCH_KEYS = """
    WITH locked AS (SELECT id FROM api_key WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
    UPDATE api_key SET last_used_at = used.at
    FROM locked JOIN unnest($1::uuid[], $2::double precision[]) AS used (id, at) ON used.id = locked.id
    WHERE api_key.id = locked.id AND coalesce(api_key.last_used_at, 0) < used.at
"""
MARK_LEAKED = "UPDATE api_key SET leaked_at = $1 WHERE id = $2 AND leaked_at IS NULL"


class PostgresKeys:
    """The `KeyStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def pin(self, name: str, value: bytes) -> bytes:
        """Remember `value` under `name` unless something is remembered already; what is remembered now."""
        with translating():
            await self._pool.execute(PIN, name, value)
            pinned: bytes = await self._pool.fetchval(PINNED, name)
        return pinned

    async def ensure_account(self, account: Account) -> Account:
        """The account of that name, made now if there was none."""
        name = text(account.name)
        with translating():
            await self._pool.execute(ENSURE_ACCOUNT, account.id, name, account.created_at)
            row = await self._pool.fetchrow(ACCOUNT_NAMED, name)
        return Account(**row)

    async def add_first_key(self, key: ApiKey, *, digest: bytes) -> bool:
        """Add a key to an account that never had one. False: it has, and nothing was done."""
        return await self._add(ADD_FIRST_KEY, key, digest)

    async def add_key(self, key: ApiKey, *, digest: bytes, most: int) -> bool:
        """Add a key. False: the account has `most` active ones, and nothing was done."""
        return await self._add(ADD_KEY, key, digest, most)

    async def find_key(self, digest: bytes) -> StoredKey | None:
        """The key with that digest, revoked or not."""
        with translating():
            row = await self._pool.fetchrow(FIND_KEY, digest)
        return None if row is None else StoredKey(key=key_of(row), digest=row["digest"])

    async def keys_of(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """All keys of an account, revoked ones too, oldest first."""
        with translating():
            found = await self._pool.fetch(KEYS_OF, account_id)
        return tuple(key_of(row) for row in found)

    async def revoke_key(self, *, account_id: UUID, key_id: UUID, at: float) -> ApiKey | None:
        """Close a key; one that is closed stays as it is. None: the account has no such key."""
        with translating():
            row = await self._pool.fetchrow(REVOKE_KEY, at, key_id, account_id)
        return None if row is None else key_of(row)

    async def touch_keys(self, used: Mapping[UUID, float]) -> None:
        """Note when keys were last used. Unknown ones are passed over; a time never moves back."""
        with translating():
            await self._pool.execute(TOUCH_KEYS, list(used.keys()), list(used.values()))

    async def mark_leaked(self, key_id: UUID, *, at: float) -> None:
        """Note that a key was seen in the open. The first time counts."""
        with translating():
            await self._pool.execute(MARK_LEAKED, at, key_id)

    async def _add(self, statement: str, key: ApiKey, *more: object) -> bool:
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(LOCK_ACCOUNT, key.account_id)
                return await connection.fetchval(statement, *_row(key), *more) is not None


def _row(key: ApiKey) -> tuple[Any, ...]:
    permissions = None if key.permissions is None else " ".join(sorted(key.permissions))
    return (
        key.id,
        key.account_id,
        key.project_id,
        text(key.name),
        key.shown_prefix,
        key.created_at,
        permissions,
        key.last_used_at,
        key.revoked_at,
        key.leaked_at,
    )


def key_of(row: Mapping[str, Any]) -> ApiKey:
    """A row of the table as what it says."""
    known = {name: value for name, value in row.items() if name != "digest"}
    if known["permissions"] is not None:
        known["permissions"] = frozenset(map(Permission, known["permissions"].split()))
    return ApiKey(**known)
