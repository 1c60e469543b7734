"""Temporary keys in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import apsw
import orjson

from antiphon.domain.keys import Permission, TemporaryKey
from antiphon.domain.units import Seconds
from antiphon.store.ports_projects import StoredTemporaryKey
from antiphon.store.readers import Readers
from antiphon.store.sqlite_keys import KEY_COLUMNS, key_from
from antiphon.store.writer import Writer

_REMEMBERED = 3600.0
"""Seconds after its end for which a key is still told to have expired, rather than to be none."""
_FORGOTTEN_AT_ONCE = 500

_COLUMNS = """
    id, parent_id, permission, created_at, expires_at, client_reference_id, single_use, longest_session
"""
_NAMES = _COLUMNS.replace(",", " ").split()
_OF_KEY = ", ".join(f"temporary_key.{name}" for name in _NAMES)
_OF_PARENT = ", ".join(f"api_key.{name.strip()}" for name in KEY_COLUMNS.split(","))

ADD = f"""
    INSERT INTO temporary_key ({_COLUMNS}, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""  # noqa: S608 - the columns are ours
FORGET = """
    DELETE FROM temporary_key WHERE id IN (SELECT id FROM temporary_key WHERE expires_at <= $1 LIMIT $2)
"""
FIND = f"""
    SELECT {_OF_KEY}, temporary_key.digest, temporary_key.used_at IS NOT NULL, {_OF_PARENT}
    FROM temporary_key JOIN api_key ON api_key.id = temporary_key.parent_id
    WHERE temporary_key.digest = $1
"""  # noqa: S608 - as above
USE = "UPDATE temporary_key SET used_at = $1 WHERE id = $2 AND used_at IS NULL"
REVOKED = "SELECT id FROM api_key WHERE id IN (SELECT value FROM json_each($1)) AND revoked_at IS NOT NULL"


class SqliteTemporaryKeys:
    """The `TemporaryKeyStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._read_now = readers.now

    async def add_temporary(self, key: TemporaryKey, *, digest: bytes) -> None:
        """Add a key. Keys that expired an hour ago or more are forgotten on this occasion, some hundreds at most."""

        def work(connection: apsw.Connection) -> None:
            connection.execute(FORGET, (key.created_at - _REMEMBERED, _FORGOTTEN_AT_ONCE))
            connection.execute(ADD, (*_row(key), digest))

        await self._write(work)

    async def find_temporary(self, digest: bytes) -> StoredTemporaryKey | None:
        """The key with that digest, whatever has become of it or of its parent."""
        row = self._read_now(lambda connection: connection.execute(FIND, (digest,)).fetchone())
        if row is None:
            return None
        terms, (found, used), parent = row[: len(_NAMES)], row[len(_NAMES) :][:2], row[len(_NAMES) + 2 :]
        return StoredTemporaryKey(key=_key(terms), digest=found, parent=key_from(parent), used=used == 1)

    async def use_temporary(self, key_id: UUID, *, at: float) -> bool:
        """Note that a stream was begun with a key for one use. False: one was before."""

        def work(connection: apsw.Connection) -> bool:
            connection.execute(USE, (at, str(key_id)))
            return connection.changes() == 1

        return await self._write(work)

    async def revoked(self, key_ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these (long-lived) keys are revoked."""
        asked = orjson.dumps([str(key_id) for key_id in key_ids]).decode()

        def work(connection: apsw.Connection) -> frozenset[UUID]:
            rows: list[tuple[Any, ...]] = connection.execute(REVOKED, (asked,)).fetchall()
            return frozenset(UUID(key_id) for (key_id,) in rows)

        return await self._read(work)


def _row(key: TemporaryKey) -> tuple[Any, ...]:
    return (
        str(key.id),
        str(key.parent_id),
        key.permission,
        key.created_at,
        key.expires_at,
        key.client_reference_id,
        int(key.single_use),
        key.longest_session,
    )


def _key(row: tuple[Any, ...]) -> TemporaryKey:
    longest = row[7]
    return TemporaryKey(
        id=UUID(row[0]),
        parent_id=UUID(row[1]),
        permission=Permission(row[2]),
        created_at=row[3],
        expires_at=row[4],
        client_reference_id=row[5],
        single_use=row[6] == 1,
        longest_session=None if longest is None else Seconds(longest),
    )
