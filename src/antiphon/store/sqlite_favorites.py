"""Favourite voices in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from collections.abc import Sequence
from uuid import UUID

import apsw

from antiphon.store.readers import Readers
from antiphon.store.writer import Writer

OF = "SELECT voice_id FROM favorite_voice WHERE account_id = $1 ORDER BY at DESC, voice_id DESC"
UNMARK = "DELETE FROM favorite_voice WHERE account_id = $1 AND voice_id = $2"
MARK = "INSERT INTO favorite_voice (account_id, voice_id, at) VALUES ($1, $2, $3)"


class SqliteFavorites:
    """The `FavoriteStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run

    async def favorites(self, account_id: UUID) -> Sequence[UUID]:
        """The marked voices, the one that was marked last first."""
        given = (str(account_id),)
        return await self._read(lambda connection: tuple(UUID(id_) for (id_,) in connection.execute(OF, given)))

    async def toggle_favorite(self, account_id: UUID, voice_id: UUID, *, at: float) -> bool:
        """Mark a voice, or take the mark off; whether it is marked now."""
        given = (str(account_id), str(voice_id))

        def work(connection: apsw.Connection) -> bool:
            connection.execute(UNMARK, given)
            if connection.changes():
                return False
            connection.execute(MARK, (*given, at))
            return True

        return await self._write(work)
