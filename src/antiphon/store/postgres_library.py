"""The library in PostgreSQL: every statement about it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.errors import Conflict
from antiphon.domain.library import ItemType, LibraryItem, found_by
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import text

_COLUMNS = """
    id, account_id, type, title, model, created_at, path, size, cover, seconds, width, height, voice
"""
# What the ledger charged has a row of the log that says so, written by the same transaction.
_PAID = """
    EXISTS (
        SELECT FROM usage
        WHERE usage.account_id = library_item.account_id AND usage.id = library_item.request_id AND usage.status = 200)
"""
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_THERE = f"state <> 'gone' AND (state = 'kept' OR {_PAID})"

LOCK = "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE"
HAS_JOB = "SELECT 1 FROM job WHERE id = $1 AND state = 'running' AND fence = $2 FOR SHARE"
LET_GO = """
    UPDATE library_item SET state = 'gone' WHERE request_id = $1 AND state = 'taken' RETURNING account_id, size
"""
ROOM = "SELECT bytes FROM library_room WHERE account_id = $1"
MORE = """
    INSERT INTO library_room (account_id, bytes) VALUES ($1, $2)
    ON CONFLICT (account_id) DO UPDATE SET bytes = library_room.bytes + excluded.bytes
"""
LESS = "UPDATE library_room SET bytes = bytes - $2 WHERE account_id = $1"
ADD = f"""
    INSERT INTO library_item ({_COLUMNS}, lyrics, request_id, found_by, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'taken')
"""  # noqa: S608 - the columns are ours
FIND = f"SELECT {_COLUMNS}, lyrics FROM library_item WHERE account_id = $1 AND id = $2 AND {_THERE}"  # noqa: S608
FIND_AT = f"""
    SELECT {_COLUMNS}, NULL AS lyrics FROM library_item WHERE (path = $1 OR cover = $1) AND {_THERE}
"""  # noqa: S608 - as above
LIST = f"""
    SELECT {_COLUMNS}, NULL AS lyrics FROM library_item
    WHERE account_id = $1 AND ($2::text IS NULL OR type = $2) AND ($3::text = '' OR position($3 IN found_by) > 0)
        AND id < coalesce($4::uuid, '{_LAST}') AND {_THERE}
    ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - as above
RENAME = f"""
    UPDATE library_item SET title = $3, found_by = $4 WHERE account_id = $1 AND id = $2 AND {_THERE}
    RETURNING {_COLUMNS}, lyrics
"""  # noqa: S608 - as above
REMOVE = f"""
    UPDATE library_item SET state = 'gone' WHERE account_id = $1 AND id = $2 AND {_THERE}
    RETURNING {_COLUMNS}, NULL AS lyrics
"""  # noqa: S608 - as above
UNSURE = f"""
    SELECT id, account_id, {_PAID} AS paid FROM library_item
    WHERE state = 'taken' AND created_at < $1
        AND NOT EXISTS (SELECT FROM open_request WHERE open_request.id = library_item.request_id)
    ORDER BY created_at LIMIT $2
"""  # noqa: S608 - as above
KEEP = "UPDATE library_item SET state = 'kept' WHERE id = ANY ($1::uuid[]) AND state = 'taken'"
GIVE_UP = "UPDATE library_item SET state = 'gone' WHERE id = $1 AND state = 'taken' RETURNING account_id, size"
LEFT = f"""
    SELECT {_COLUMNS}, NULL AS lyrics FROM library_item
    WHERE state = 'gone' AND created_at < $1 ORDER BY created_at LIMIT $2
"""  # noqa: S608 - as above
FORGET = "DELETE FROM library_item WHERE id = ANY ($1::uuid[]) AND state = 'gone'"


class PostgresLibrary:
    """The `LibraryStore` on PostgreSQL. Whatever changes an account's room locks the account first.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def take(
        self, items: Sequence[LibraryItem], *, request_id: UUID, most: int, fence: int | None = None
    ) -> bool:
        """Let the items of a request take their room, all or none. False: there is not enough.

        Raises:
            Conflict: "ended": another claim has the job; nothing was done.
        """
        owner, wanted = items[0].account_id, sum(item.size for item in items)
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(LOCK, owner)
                if fence is not None and await connection.fetchval(HAS_JOB, request_id, fence) is None:
                    raise Conflict("ended")
                await _give_back(connection, await connection.fetch(LET_GO, request_id))
                if (await connection.fetchval(ROOM, owner) or 0) + wanted > most:
                    return False
                await connection.execute(MORE, owner, wanted)
                await connection.executemany(ADD, [_row(item, request_id) for item in items])
                return True

    async def item(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """An item of an account, with its lyrics."""
        return await self._one(FIND, account_id, item_id)

    async def item_at(self, path: str) -> LibraryItem | None:
        """The item that has a file at that address."""
        return await self._one(FIND_AT, path)

    async def items(
        self,
        account_id: UUID,
        *,
        type_: ItemType | None = None,
        search: str = "",
        before: UUID | None = None,
        most: int = 100,
    ) -> Sequence[LibraryItem]:
        """An account's items, the newest first, from the one before `before` on, without lyrics."""
        with translating():
            rows = await self._pool.fetch(LIST, account_id, type_, text(search), before, most)
        return tuple(_item(row) for row in rows)

    async def room_taken(self, account_id: UUID) -> int:
        """Bytes that an account's items have, with those that are not there yet."""
        with translating():
            return await self._pool.fetchval(ROOM, account_id) or 0

    async def rename(self, account_id: UUID, item_id: UUID, title: str) -> LibraryItem | None:
        """Give an item another title; the item then. None: there is none."""
        return await self._one(RENAME, account_id, item_id, text(title), text(found_by(title)))

    async def remove(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """Take an item out, and give its room back; what it was. None: there is none."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(LOCK, account_id)
                row = await connection.fetchrow(REMOVE, account_id, item_id)
                if row is None:
                    return None
                await connection.execute(LESS, account_id, row["size"])
                return _item(row)

    async def settle(self, *, before: float, most: int) -> int:
        """Find out about up to so many rows made before that time whether they were paid for; how many it now knows."""
        with translating():
            rows = await self._pool.fetch(UNSURE, before, most)
            await self._pool.execute(KEEP, [row["id"] for row in rows if row["paid"]])
            for row in rows:
                if not row["paid"]:
                    async with self._pool.acquire() as connection, connection.transaction():
                        await connection.execute(LOCK, row["account_id"])
                        await _give_back(connection, await connection.fetch(GIVE_UP, row["id"]))
        return len(rows)

    async def leftovers(self, *, before: float, most: int) -> Sequence[LibraryItem]:
        """Rows made before that time whose files are to be removed: what was taken out, and what was let go."""
        with translating():
            return tuple(_item(row) for row in await self._pool.fetch(LEFT, before, most))

    async def forget(self, item_ids: Collection[UUID]) -> None:
        """Forget rows of `remove` and `leftovers`, whose files are gone."""
        with translating():
            await self._pool.execute(FORGET, list(item_ids))

    async def _one(self, statement: str, *given: Any) -> LibraryItem | None:
        with translating():
            row = await self._pool.fetchrow(statement, *given)
        return None if row is None else _item(row)


async def _give_back(connection: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        await connection.execute(LESS, row["account_id"], row["size"])


def _row(item: LibraryItem, request_id: UUID) -> tuple[Any, ...]:
    return (
        item.id,
        item.account_id,
        item.type,
        text(item.title),
        text(item.model),
        item.created_at,
        item.path,
        item.size,
        item.cover,
        item.seconds,
        item.width,
        item.height,
        item.voice,
        None if item.lyrics is None else text(item.lyrics),
        request_id,
        text(found_by(item.title)),
    )


def _item(row: Mapping[str, Any]) -> LibraryItem:
    return LibraryItem(**dict(row))
