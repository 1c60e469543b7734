"""The library in SQLite: every statement about it. For parameters see `sqlite_keys`."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.errors import Conflict
from antiphon.domain.library import ItemType, LibraryItem, found_by
from antiphon.store.readers import Readers
from antiphon.store.writer import Writer

_COLUMNS = """
    id, account_id, type, title, model, created_at, path, size, cover, seconds, width, height, voice
"""
# What the ledger charged has a row of the log that says so, written by the same transaction.
_PAID = "EXISTS (SELECT 1 FROM usage WHERE usage.id = library_item.request_id AND usage.status = 200)"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_THERE = f"state <> 'gone' AND (state = 'kept' OR {_PAID})"

HAS_JOB = "SELECT EXISTS (SELECT 1 FROM job WHERE id = $1 AND state = 'running' AND fence = $2)"
LET_GO = """
    UPDATE library_item SET state = 'gone' WHERE request_id = $1 AND state = 'taken' RETURNING account_id, size
"""
ROOM = "SELECT bytes FROM library_room WHERE account_id = $1"
MORE = """
    INSERT INTO library_room (account_id, bytes) VALUES ($1, $2) ON CONFLICT DO UPDATE SET bytes = bytes + $2
"""
LESS = "UPDATE library_room SET bytes = bytes - $1 WHERE account_id = $2"
ADD = f"""
    INSERT INTO library_item ({_COLUMNS}, lyrics, request_id, found_by, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'taken')
"""  # noqa: S608 - the columns are ours
FIND = f"SELECT {_COLUMNS}, lyrics FROM library_item WHERE account_id = $1 AND id = $2 AND {_THERE}"  # noqa: S608
FIND_AT = f"SELECT {_COLUMNS}, NULL FROM library_item WHERE (path = $1 OR cover = $1) AND {_THERE}"  # noqa: S608
LIST = f"""
    SELECT {_COLUMNS}, NULL FROM library_item
    WHERE account_id = $1 AND ($2 IS NULL OR type = $2) AND ($3 = '' OR instr(found_by, $3) > 0)
        AND id < coalesce($4, '{_LAST}') AND {_THERE}
    ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - as above
RENAME = f"""
    UPDATE library_item SET title = $1, found_by = $2 WHERE account_id = $3 AND id = $4 AND {_THERE}
    RETURNING {_COLUMNS}, lyrics
"""  # noqa: S608 - as above
REMOVE = f"""
    UPDATE library_item SET state = 'gone' WHERE account_id = $1 AND id = $2 AND {_THERE} RETURNING {_COLUMNS}, NULL
"""  # noqa: S608 - as above
UNSURE = f"""
    SELECT id, account_id, size, {_PAID} FROM library_item
    WHERE state = 'taken' AND created_at < $1
        AND NOT EXISTS (SELECT 1 FROM open_request WHERE open_request.id = library_item.request_id)
    ORDER BY created_at LIMIT $2
"""  # noqa: S608 - as above
SETTLE = "UPDATE library_item SET state = $1 WHERE id = $2"
LEFT = f"""
    SELECT {_COLUMNS}, NULL FROM library_item WHERE state = 'gone' AND created_at < $1 ORDER BY created_at LIMIT $2
"""  # noqa: S608 - as above
FORGET = "DELETE FROM library_item WHERE id = $1 AND state = 'gone'"


class SqliteLibrary:
    """The `LibraryStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._read_now = readers.now

    async def take(
        self, items: Sequence[LibraryItem], *, request_id: UUID, most: int, fence: int | None = None
    ) -> bool:
        """Let the items of a request take their room, all or none. False: there is not enough.

        Raises:
            Conflict: "ended": another claim has the job; nothing was done.
        """
        owner, wanted = str(items[0].account_id), sum(item.size for item in items)

        def work(connection: apsw.Connection) -> bool:
            if fence is not None and not connection.execute(HAS_JOB, (str(request_id), fence)).get:
                raise Conflict("ended")
            _give_back(connection, connection.execute(LET_GO, (str(request_id),)).fetchall())
            if (connection.execute(ROOM, (owner,)).get or 0) + wanted > most:
                return False
            connection.execute(MORE, (owner, wanted))
            for item in items:
                connection.execute(ADD, _row(item, request_id))
            return True

        return await self._write(work)

    async def item(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """An item of an account, with its lyrics."""
        given = (str(account_id), str(item_id))
        return self._read_now(lambda connection: _first(connection.execute(FIND, given).fetchone()))

    async def item_at(self, path: str) -> LibraryItem | None:
        """The item that has a file at that address."""
        return self._read_now(lambda connection: _first(connection.execute(FIND_AT, (path,)).fetchone()))

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
        given = (str(account_id), type_, search, None if before is None else str(before), most)
        return await self._read(lambda connection: tuple(_item(row) for row in connection.execute(LIST, given)))

    async def room_taken(self, account_id: UUID) -> int:
        """Bytes that an account's items have, with those that are not there yet."""
        return self._read_now(lambda connection: connection.execute(ROOM, (str(account_id),)).get or 0)

    async def rename(self, account_id: UUID, item_id: UUID, title: str) -> LibraryItem | None:
        """Give an item another title; the item then. None: there is none."""
        given = (title, found_by(title), str(account_id), str(item_id))
        return await self._write(lambda connection: _first(connection.execute(RENAME, given).fetchone()))

    async def remove(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """Take an item out, and give its room back; what it was. None: there is none."""

        def work(connection: apsw.Connection) -> LibraryItem | None:
            item = _first(connection.execute(REMOVE, (str(account_id), str(item_id))).fetchone())
            if item is not None:
                connection.execute(LESS, (item.size, str(account_id)))
            return item

        return await self._write(work)

    async def settle(self, *, before: float, most: int) -> int:
        """Find out about up to so many rows made before that time whether they were paid for; how many it now knows."""

        def work(connection: apsw.Connection) -> int:
            rows: list[tuple[Any, ...]] = connection.execute(UNSURE, (before, most)).fetchall()
            for id_, *_, paid in rows:
                connection.execute(SETTLE, ("kept" if paid else "gone", id_))
            _give_back(connection, [(account_id, size) for _, account_id, size, paid in rows if not paid])
            return len(rows)

        return await self._write(work)

    async def leftovers(self, *, before: float, most: int) -> Sequence[LibraryItem]:
        """Rows made before that time whose files are to be removed: what was taken out, and what was let go."""
        given = (before, most)
        return await self._read(lambda connection: tuple(_item(row) for row in connection.execute(LEFT, given)))

    async def forget(self, item_ids: Collection[UUID]) -> None:
        """Forget rows of `remove` and `leftovers`, whose files are gone."""

        def work(connection: apsw.Connection) -> None:
            for item_id in item_ids:
                connection.execute(FORGET, (str(item_id),))

        await self._write(work)


def _give_back(connection: apsw.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    for account_id, size in rows:
        connection.execute(LESS, (size, account_id))


def _row(item: LibraryItem, request_id: UUID) -> tuple[Any, ...]:
    return (
        str(item.id),
        str(item.account_id),
        item.type,
        item.title,
        item.model,
        item.created_at,
        item.path,
        item.size,
        item.cover,
        item.seconds,
        item.width,
        item.height,
        item.voice,
        item.lyrics,
        str(request_id),
        found_by(item.title),
    )


def _first(row: tuple[Any, ...] | None) -> LibraryItem | None:
    return None if row is None else _item(row)


def _item(row: tuple[Any, ...]) -> LibraryItem:
    (id_, account_id, type_, title, model, created_at, path, size, cover, seconds, width, height, voice, lyrics) = row
    return LibraryItem(
        id=UUID(id_),
        account_id=UUID(account_id),
        type=type_,
        title=title,
        model=model,
        created_at=created_at,
        path=path,
        size=size,
        cover=cover,
        seconds=seconds,
        width=width,
        height=height,
        voice=voice,
        lyrics=lyrics,
    )
