"""Accounts and keys in SQLite: every statement about them.

Parameters are `$1`, `$2`, ... as PostgreSQL has them. SQLite numbers them by first appearance, so they appear
in order.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

import apsw

from antiphon.domain.keys import Account, ApiKey, Permission
from antiphon.store.ports import StoredKey

T = TypeVar("T")

KEY_COLUMNS = """
    id, account_id, project_id, name, shown_prefix, created_at, permissions, last_used_at, revoked_at, leaked_at
"""
"""In the order in which `key_from` takes them."""

PIN = "INSERT INTO pin (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
PINNED = "SELECT value FROM pin WHERE name = $1"

ENSURE_ACCOUNT = """
    INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
"""
ACCOUNT_NAMED = "SELECT id, name, created_at FROM account WHERE name = $1"

ADD_KEY = f"""
    INSERT INTO api_key ({KEY_COLUMNS}, digest)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
    WHERE (SELECT count(*) FROM api_key WHERE account_id = $2 AND revoked_at IS NULL) < $12
"""  # noqa: S608 - the columns are ours
ADD_FIRST_KEY = f"""
    INSERT INTO api_key ({KEY_COLUMNS}, digest)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
    WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE account_id = $2)
"""  # noqa: S608 - as above
FIND_KEY = f"SELECT {KEY_COLUMNS}, digest FROM api_key WHERE digest = $1"  # noqa: S608 - as above
KEYS_OF = f"""
    SELECT {KEY_COLUMNS} FROM api_key WHERE account_id = $1 ORDER BY created_at, id
"""  # noqa: S608 - as above
REVOKE_KEY = f"""
    UPDATE api_key SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2 AND account_id = $3
    RETURNING {KEY_COLUMNS}
"""  # noqa: S608 - as above
TOUCH_KEY = """
    UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND coalesce(last_used_at, 0) < $1
"""
MARK_LEAKED = "UPDATE api_key SET leaked_at = $1 WHERE id = $2 AND leaked_at IS NULL"


class _Later(Protocol):
    def __call__(self, work: Callable[[apsw.Connection], T], /) -> Awaitable[T]: ...


class _Now(Protocol):
    def __call__(self, work: Callable[[apsw.Connection], T], /) -> T: ...


class SqliteKeys:
    """The `KeyStore` on SQLite.

    Args:
        write: Runs a function in the writer.
        read: Runs a function in a reading thread.
        read_now: Runs a function on the spot.
    """

    def __init__(self, *, write: _Later, read: _Later, read_now: _Now) -> None:
        self._write = write
        self._read = read
        self._read_now = read_now

    async def pin(self, name: str, value: bytes) -> bytes:
        """Remember `value` under `name` unless something is remembered already; what is remembered now."""

        def work(connection: apsw.Connection) -> bytes:
            connection.execute(PIN, (name, value))
            pinned: bytes = connection.execute(PINNED, (name,)).get
            return pinned

        return await self._write(work)

    async def ensure_account(self, account: Account) -> Account:
        """The account of that name, made now if there was none."""

        def work(connection: apsw.Connection) -> Account:
            connection.execute(ENSURE_ACCOUNT, (str(account.id), account.name, account.created_at))
            (row,) = connection.execute(ACCOUNT_NAMED, (account.name,))
            return Account(id=UUID(row[0]), name=row[1], created_at=row[2])

        return await self._write(work)

    async def add_first_key(self, key: ApiKey, *, digest: bytes) -> bool:
        """Add a key to an account that never had one. False: it has, and nothing was done."""
        return await self._write(lambda connection: _added(connection, ADD_FIRST_KEY, (*_row(key), digest)))

    async def add_key(self, key: ApiKey, *, digest: bytes, most: int) -> bool:
        """Add a key. False: the account has `most` active ones, and nothing was done."""
        return await self._write(lambda connection: _added(connection, ADD_KEY, (*_row(key), digest, most)))

    async def find_key(self, digest: bytes) -> StoredKey | None:
        """The key with that digest, revoked or not."""
        row = self._read_now(lambda connection: connection.execute(FIND_KEY, (digest,)).fetchone())
        return None if row is None else StoredKey(key=key_from(row[:-1]), digest=row[-1])

    async def keys_of(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """All keys of an account, revoked ones too, oldest first."""

        def work(connection: apsw.Connection) -> tuple[ApiKey, ...]:
            return tuple(key_from(row) for row in connection.execute(KEYS_OF, (str(account_id),)))

        return await self._read(work)

    async def revoke_key(self, *, account_id: UUID, key_id: UUID, at: float) -> ApiKey | None:
        """Close a key; one that is closed stays as it is. None: the account has no such key."""

        def work(connection: apsw.Connection) -> ApiKey | None:
            rows = connection.execute(REVOKE_KEY, (at, str(key_id), str(account_id))).fetchall()
            return key_from(rows[0]) if rows else None

        return await self._write(work)

    async def touch_keys(self, used: Mapping[UUID, float]) -> None:
        """Note when keys were last used. Unknown ones are passed over; a time never moves back."""
        rows = [(at, str(key_id)) for key_id, at in used.items()]
        await self._write(lambda connection: connection.executemany(TOUCH_KEY, rows).fetchall())

    async def mark_leaked(self, key_id: UUID, *, at: float) -> None:
        """Note that a key was seen in the open. The first time counts."""
        await self._write(lambda connection: connection.execute(MARK_LEAKED, (at, str(key_id))).fetchall())


def _added(connection: apsw.Connection, statement: str, row: tuple[Any, ...]) -> bool:
    connection.execute(statement, row)
    return connection.changes() == 1


def _row(key: ApiKey) -> tuple[Any, ...]:
    permissions = None if key.permissions is None else " ".join(sorted(key.permissions))
    return (
        str(key.id),
        str(key.account_id),
        None if key.project_id == key.account_id else str(key.project_id),
        key.name,
        key.shown_prefix,
        key.created_at,
        permissions,
        key.last_used_at,
        key.revoked_at,
        key.leaked_at,
    )


def key_from(row: tuple[Any, ...]) -> ApiKey:
    """A key from its row."""
    id_, account_id, project_id, name, shown_prefix, created_at, permissions, last_used_at, revoked_at, leaked_at = row
    return ApiKey(
        id=UUID(id_),
        account_id=UUID(account_id),
        project_id=UUID(account_id if project_id is None else project_id),
        name=name,
        shown_prefix=shown_prefix,
        created_at=created_at,
        permissions=None if permissions is None else frozenset(map(Permission, permissions.split())),
        last_used_at=last_used_at,
        revoked_at=revoked_at,
        leaked_at=leaked_at,
    )
