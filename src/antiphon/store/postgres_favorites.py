"""Favourite voices in PostgreSQL: every statement about them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from antiphon.store.postgres_connections import translating

OF = "SELECT voice_id FROM favorite_voice WHERE account_id = $1 ORDER BY at DESC, voice_id DESC"
LOCK = "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE"
UNMARK = "DELETE FROM favorite_voice WHERE account_id = $1 AND voice_id = $2 RETURNING voice_id"
MARK = "INSERT INTO favorite_voice (account_id, voice_id, at) VALUES ($1, $2, $3)"


class PostgresFavorites:
    """The `FavoriteStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def favorites(self, account_id: UUID) -> Sequence[UUID]:
        """The marked voices, the one that was marked last first."""
        with translating():
            found = await self._pool.fetch(OF, account_id)
        return tuple(row["voice_id"] for row in found)

    async def toggle_favorite(self, account_id: UUID, voice_id: UUID, *, at: float) -> bool:
        """Mark a voice, or take the mark off; whether it is marked now."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(LOCK, account_id)  # Two at once go one after the other.
                if await connection.fetchval(UNMARK, account_id, voice_id) is not None:
                    return False
                await connection.execute(MARK, account_id, voice_id, at)
                return True
