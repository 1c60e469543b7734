"""Temporary keys in PostgreSQL: every statement about them."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from antiphon.domain.keys import Permission, TemporaryKey
from antiphon.domain.units import Seconds
from antiphon.store.ports_projects import StoredTemporaryKey
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_keys import key_of
from antiphon.store.postgres_rows import text

_KEPT = 3600.0
"""Seconds for which an expired key is remembered, so that its holder is told why it is refused."""
_AT_ONCE = 500

# What is forgotten on the occasion is let alone where another process is at it.
ADD_TEMPORARY = """
    WITH forgotten AS (
        DELETE FROM temporary_key WHERE id = ANY (ARRAY(
            SELECT id FROM temporary_key WHERE expires_at <= $10 ORDER BY expires_at LIMIT $11 FOR UPDATE SKIP LOCKED)))
    INSERT INTO temporary_key (
        id, parent_id, permission, created_at, expires_at, client_reference_id, single_use, longest_session, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
FIND_TEMPORARY = """
    SELECT temporary_key.*, api_key AS parent
    FROM temporary_key JOIN api_key ON api_key.id = temporary_key.parent_id WHERE temporary_key.digest = $1
"""
USE_TEMPORARY = "UPDATE temporary_key SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING id"
REVOKED = "SELECT id FROM api_key WHERE id = ANY ($1) AND revoked_at IS NOT NULL"


class PostgresTemporaryKeys:
    """The `TemporaryKeyStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add_temporary(self, key: TemporaryKey, *, digest: bytes) -> None:
        """Add a key. Keys that expired an hour ago or more are forgotten on this occasion, some hundreds at most."""
        with translating():
            await self._pool.execute(ADD_TEMPORARY, *_row(key), digest, key.created_at - _KEPT, _AT_ONCE)

    async def find_temporary(self, digest: bytes) -> StoredTemporaryKey | None:
        """The key with that digest, whatever has become of it or of its parent."""
        with translating():
            row = await self._pool.fetchrow(FIND_TEMPORARY, digest)
        return None if row is None else _stored(row)

    async def use_temporary(self, key_id: UUID, *, at: float) -> bool:
        """Note that a stream was begun with a key for one use. False: one was before."""
        with translating():
            return await self._pool.fetchval(USE_TEMPORARY, key_id, at) is not None

    async def revoked(self, key_ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these (long-lived) keys are revoked."""
        with translating():
            found = await self._pool.fetch(REVOKED, list(key_ids))
        return frozenset(row[0] for row in found)


def _row(key: TemporaryKey) -> tuple[Any, ...]:
    return (
        key.id,
        key.parent_id,
        key.permission,
        key.created_at,
        key.expires_at,
        text(key.client_reference_id),
        key.single_use,
        key.longest_session,
    )


def _stored(row: Mapping[str, Any]) -> StoredTemporaryKey:
    longest = row["longest_session"]
    key = TemporaryKey(
        id=row["id"],
        parent_id=row["parent_id"],
        permission=Permission(row["permission"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        client_reference_id=row["client_reference_id"],
        single_use=row["single_use"],
        longest_session=None if longest is None else Seconds(longest),
    )
    used = row["used_at"] is not None
    return StoredTemporaryKey(key=key, digest=row["digest"], parent=key_of(row["parent"]), used=used)
