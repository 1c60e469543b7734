"""Those who sign in, in PostgreSQL: every statement about them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from antiphon.domain.users import Invite, User
from antiphon.store.ports_users import (
    MOST_SESSIONS,
    MOST_TOKENS,
    Begun,
    Exchanged,
    RefreshToken,
    Registered,
    StoredUser,
)
from antiphon.store.postgres_connections import translating

_FORGOTTEN_AT_ONCE = 300

_USER = "app_user.id, app_user.account_id, app_user.email, app_user.created_at"
_INVITE = "id, account_id, created_at, expires_at"

OPEN_INVITE = f"""
    SELECT {_INVITE} FROM invite WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
"""  # noqa: S608 - the columns are ours
LOCK_INVITE = f"{OPEN_INVITE} FOR UPDATE"
USE_INVITE = "UPDATE invite SET used_at = $1 WHERE id = $2"
ADD_ACCOUNT = """
    INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id
"""
ADD_USER = """
    INSERT INTO app_user (id, account_id, email, password, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING id
"""
CHANGE_USER = """
    UPDATE app_user SET email = $2, password = $3
    WHERE account_id = $1 AND NOT EXISTS (SELECT 1 FROM app_user WHERE email = $2 AND account_id <> $1)
    RETURNING id
"""
LOCK_ACCOUNT = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
END_SESSIONS_OF = """
    UPDATE session SET ended_at = $1
    WHERE user_id = (SELECT id FROM app_user WHERE account_id = $2) AND ended_at IS NULL
"""
USER = f"SELECT {_USER} FROM app_user WHERE id = $1"  # noqa: S608 - as above
USER_NAMED = f"SELECT {_USER}, password FROM app_user WHERE email = $1"  # noqa: S608 - as above
USER_OF = f"SELECT {_USER} FROM app_user WHERE account_id = $1"  # noqa: S608 - as above
REHASH = "UPDATE app_user SET password = $1 WHERE id = $2 AND password = $3"
END_INVITES = "DELETE FROM invite WHERE account_id = $1 AND used_at IS NULL"
ADD_INVITE = "INSERT INTO invite (id, account_id, created_at, expires_at, digest) VALUES ($1, $2, $3, $4, $5)"
FORGET_SESSIONS = """
    DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
FORGET_SESSIONS_OF = """
    DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)
"""
# Whoever signs in waits for a password that is being changed, and goes by the new one.
ADD_SESSION = """
    INSERT INTO session (id, user_id, created_at, expires_at, place)
    SELECT $1, id, $2, $3, $4 FROM app_user WHERE id = $5 AND password = $6 FOR NO KEY UPDATE
    RETURNING id
"""
SIGNED_IN_AT = "SELECT 1 FROM session WHERE place = $1 AND expires_at > $2"
ADD_TOKEN = "INSERT INTO refresh_token (digest, session_id, created_at) VALUES ($1, $2, $3)"  # noqa: S105 - a statement
TOKEN = f"""
    SELECT refresh_token.used_at, session.id AS session_id, session.expires_at, session.ended_at, {_USER}
    FROM refresh_token
    JOIN session ON session.id = refresh_token.session_id
    JOIN app_user ON app_user.id = session.user_id
    WHERE refresh_token.digest = $1
    FOR UPDATE OF session, refresh_token
"""  # noqa: S608 - as above
UNUSED = "SELECT 1 FROM refresh_token WHERE digest = $1 AND used_at IS NULL"
FORGET_USED = """
    DELETE FROM refresh_token WHERE digest IN (
        SELECT digest FROM refresh_token WHERE session_id = $1 AND used_at IS NOT NULL
        ORDER BY created_at DESC, digest OFFSET $2)
"""
USE_TOKEN = "UPDATE refresh_token SET used_at = $1 WHERE digest = $2"  # noqa: S105 - as above
END_SESSION = "UPDATE session SET ended_at = coalesce(ended_at, $1) WHERE id = $2"
END_SESSION_OF = """
    UPDATE session SET ended_at = coalesce(ended_at, $1)
    WHERE id = (SELECT session_id FROM refresh_token WHERE digest = $2)
"""


class _Refused(Exception):
    """The transaction is to be undone."""

    def __init__(self, why: Registered) -> None:
        super().__init__()
        self.why = why


class PostgresUsers:
    """The `UserStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add_user(self, user: User, *, password: str, invite: bytes | None, at: float) -> Registered:
        """Add a user, with an account of their own, or that of the invite, in one transaction."""
        try:
            with translating():
                async with self._pool.acquire() as connection, connection.transaction():
                    await _add_user(connection, user, password, invite, at)
        except _Refused as refused:
            return refused.why
        except asyncpg.UniqueViolationError:  # Two at once: the other one has the e-mail.
            return Registered.EMAIL_TAKEN
        return Registered.DONE

    async def user(self, user_id: UUID) -> User | None:
        """The user of that id."""
        row = await self._one(USER, user_id)
        return None if row is None else _user(row)

    async def user_named(self, email: str) -> StoredUser | None:
        """The user with that e-mail."""
        row = await self._one(USER_NAMED, email)
        return None if row is None else StoredUser(user=_user(row), password=row["password"])

    async def user_of(self, account_id: UUID) -> User | None:
        """The user of that account."""
        row = await self._one(USER_OF, account_id)
        return None if row is None else _user(row)

    async def rehash(self, user_id: UUID, *, former: str, password: str) -> None:
        """Keep another hash of the same password, unless it is not `former` any more."""
        with translating():
            await self._pool.execute(REHASH, password, user_id, former)

    async def add_invite(self, invite: Invite, *, digest: bytes, replaces: bool) -> None:
        """Add an invite. Where it replaces, former ones to the same account end that were not used."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                if replaces:
                    await connection.execute(END_INVITES, invite.account_id)
                row = (invite.id, invite.account_id, invite.created_at, invite.expires_at, digest)
                await connection.execute(ADD_INVITE, *row)

    async def invite(self, digest: bytes, *, at: float) -> Invite | None:
        """The invite with that digest, if it still opens something."""
        row = await self._one(OPEN_INVITE, digest, at)
        return None if row is None else Invite(**row)

    async def open_session(self, session: Begun, token: RefreshToken) -> bool:
        """Begin a session with its first token."""
        begun = (token.session_id, token.created_at, session.expires_at, session.place)
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(ADD_SESSION, *begun, session.user_id, session.password) is None:
                    return False
                await connection.execute(ADD_TOKEN, token.digest, token.session_id, token.created_at)
                await connection.execute(FORGET_SESSIONS, token.created_at, _FORGOTTEN_AT_ONCE)
                await connection.execute(FORGET_SESSIONS_OF, session.user_id, MOST_SESSIONS)
        return True

    async def signed_in_at(self, place: UUID, *, at: float) -> bool:
        """Whether somebody began a session at a place that is not over."""
        with translating():
            return await self._pool.fetchval(SIGNED_IN_AT, place, at) is not None

    async def exchange(self, digest: bytes, *, token: RefreshToken, at: float, grace: float) -> Exchanged:
        """Use up a refresh token, and add the next one of its session."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                return await _exchange(connection, digest, token, at=at, grace=grace)

    async def close_session(self, digest: bytes, *, at: float) -> None:
        """End the session of a token, whatever became of that. Unknown ones are passed over."""
        with translating():
            await self._pool.execute(END_SESSION_OF, at, digest)

    async def _one(self, statement: str, *values: object) -> Mapping[str, Any] | None:
        with translating():
            row: Mapping[str, Any] | None = await self._pool.fetchrow(statement, *values)
        return row


async def _add_user(connection: Any, user: User, password: str, invite: bytes | None, at: float) -> None:
    account_id = user.account_id
    if invite is not None:
        found = await connection.fetchrow(LOCK_INVITE, invite, at)
        if found is None:
            raise _Refused(Registered.NO_INVITE)
        account_id = found["account_id"] or account_id
        await connection.execute(USE_INVITE, at, found["id"])
    if account_id == user.account_id:
        if await connection.fetchval(ADD_ACCOUNT, account_id, user.email, at) is None:
            raise _Refused(Registered.EMAIL_TAKEN)
    else:
        await connection.execute(LOCK_ACCOUNT, account_id)
        if await connection.fetchval(CHANGE_USER, account_id, user.email, password) is not None:
            # Not before: who is signing in by the former password has the row, and is waited for.
            await connection.execute(END_SESSIONS_OF, at, account_id)
            return
    row = (user.id, account_id, user.email, password, user.created_at)
    if await connection.fetchval(ADD_USER, *row) is None:
        raise _Refused(Registered.EMAIL_TAKEN)


async def _exchange(connection: Any, digest: bytes, token: RefreshToken, *, at: float, grace: float) -> Exchanged:
    row = await connection.fetchrow(TOKEN, digest)
    if row is None or row["ended_at"] is not None or row["expires_at"] <= at:
        return Exchanged(user=None)
    if row["used_at"] is not None and at < row["used_at"] + grace:
        waits = await connection.fetchval(UNUSED, token.digest) is not None
        return Exchanged(user=_user(row) if waits else None)
    if row["used_at"] is not None:
        await connection.execute(END_SESSION, at, row["session_id"])
        return Exchanged(user=None, reused=True)
    await connection.execute(USE_TOKEN, at, digest)
    await connection.execute(FORGET_USED, row["session_id"], MOST_TOKENS)
    await connection.execute(ADD_TOKEN, token.digest, row["session_id"], token.created_at)
    return Exchanged(user=_user(row))


def _user(row: Mapping[str, Any]) -> User:
    return User(id=row["id"], account_id=row["account_id"], email=row["email"], created_at=row["created_at"])
