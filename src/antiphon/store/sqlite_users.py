"""Those who sign in, in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from typing import Any
from uuid import UUID

import apsw

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
from antiphon.store.readers import Readers
from antiphon.store.writer import Writer

_FORGOTTEN_AT_ONCE = 300

_USER = "app_user.id, app_user.account_id, app_user.email, app_user.created_at"
_INVITE = "id, account_id, created_at, expires_at"

OPEN_INVITE = f"""
    SELECT {_INVITE} FROM invite WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
"""  # noqa: S608 - the columns are ours
USE_INVITE = "UPDATE invite SET used_at = $1 WHERE id = $2"
EMAIL_TAKEN = "SELECT 1 FROM app_user WHERE email = $1 AND account_id <> $2"
ADD_ACCOUNT = "INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"
ADD_USER = """
    INSERT INTO app_user (id, account_id, email, password, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id) DO UPDATE SET email = excluded.email, password = excluded.password
"""
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
OVER = "SELECT id FROM session WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2"
FORGET_TOKENS = f"DELETE FROM refresh_token WHERE session_id IN ({OVER})"  # noqa: S608 - as above
FORGET_SESSIONS = f"DELETE FROM session WHERE id IN ({OVER})"  # noqa: S608 - as above
TOO_MANY = "SELECT id FROM session WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET $2"
FORGET_TOKENS_OF = f"DELETE FROM refresh_token WHERE session_id IN ({TOO_MANY})"  # noqa: S608 - as above
FORGET_SESSIONS_OF = f"DELETE FROM session WHERE id IN ({TOO_MANY})"  # noqa: S608 - as above
ADD_SESSION = """
    INSERT INTO session (id, user_id, created_at, expires_at, place)
    SELECT $1, id, $2, $3, $4 FROM app_user WHERE id = $5 AND password = $6
"""
SIGNED_IN_AT = "SELECT 1 FROM session WHERE place = $1 AND expires_at > $2"
ADD_TOKEN = "INSERT INTO refresh_token (digest, session_id, created_at) VALUES ($1, $2, $3)"  # noqa: S105 - a statement
TOKEN = f"""
    SELECT refresh_token.used_at, session.id, session.expires_at, session.ended_at, {_USER}
    FROM refresh_token
    JOIN session ON session.id = refresh_token.session_id
    JOIN app_user ON app_user.id = session.user_id
    WHERE refresh_token.digest = $1
"""  # noqa: S608 - as above
UNUSED = "SELECT 1 FROM refresh_token WHERE digest = $1 AND used_at IS NULL"
FORGET_USED = """
    DELETE FROM refresh_token WHERE digest IN (
        SELECT digest FROM refresh_token WHERE session_id = $1 AND used_at IS NOT NULL
        ORDER BY created_at DESC, digest LIMIT -1 OFFSET $2)
"""
USE_TOKEN = "UPDATE refresh_token SET used_at = $1 WHERE digest = $2"  # noqa: S105 - as above
END_SESSION = "UPDATE session SET ended_at = coalesce(ended_at, $1) WHERE id = $2"
END_SESSION_OF = """
    UPDATE session SET ended_at = coalesce(ended_at, $1)
    WHERE id = (SELECT session_id FROM refresh_token WHERE digest = $2)
"""


class SqliteUsers:
    """The `UserStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read_now = readers.now

    async def add_user(self, user: User, *, password: str, invite: bytes | None, at: float) -> Registered:
        """Add a user, with an account of their own, or that of the invite, in one transaction."""
        return await self._write(lambda connection: _add_user(connection, user, password, invite, at))

    async def user(self, user_id: UUID) -> User | None:
        """The user of that id."""
        row = self._one(USER, str(user_id))
        return None if row is None else _user(row)

    async def user_named(self, email: str) -> StoredUser | None:
        """The user with that e-mail."""
        row = self._one(USER_NAMED, email)
        return None if row is None else StoredUser(user=_user(row[:-1]), password=row[-1])

    async def user_of(self, account_id: UUID) -> User | None:
        """The user of that account."""
        row = self._one(USER_OF, str(account_id))
        return None if row is None else _user(row)

    async def rehash(self, user_id: UUID, *, former: str, password: str) -> None:
        """Keep another hash of the same password, unless it is not `former` any more."""
        await self._write(lambda connection: _done(connection, REHASH, (password, str(user_id), former)))

    async def add_invite(self, invite: Invite, *, digest: bytes, replaces: bool) -> None:
        """Add an invite. Where it replaces, former ones to the same account end that were not used."""
        account = None if invite.account_id is None else str(invite.account_id)

        def work(connection: apsw.Connection) -> None:
            if replaces:
                connection.execute(END_INVITES, (account,))
            connection.execute(ADD_INVITE, (str(invite.id), account, invite.created_at, invite.expires_at, digest))

        await self._write(work)

    async def invite(self, digest: bytes, *, at: float) -> Invite | None:
        """The invite with that digest, if it still opens something."""
        return self._read_now(lambda connection: _invite(connection, digest, at))

    async def open_session(self, session: Begun, token: RefreshToken) -> bool:
        """Begin a session with its first token."""
        return await self._write(lambda connection: _open_session(connection, session, token))

    async def signed_in_at(self, place: UUID, *, at: float) -> bool:
        """Whether somebody began a session at a place that is not over."""
        found = self._read_now(lambda connection: connection.execute(SIGNED_IN_AT, (str(place), at)).fetchone())
        return found is not None

    async def exchange(self, digest: bytes, *, token: RefreshToken, at: float, grace: float) -> Exchanged:
        """Use up a refresh token, and add the next one of its session."""
        return await self._write(lambda connection: _exchange(connection, digest, token, at=at, grace=grace))

    async def close_session(self, digest: bytes, *, at: float) -> None:
        """End the session of a token, whatever became of that. Unknown ones are passed over."""
        await self._write(lambda connection: _done(connection, END_SESSION_OF, (at, digest)))

    def _one(self, statement: str, value: str) -> tuple[Any, ...] | None:
        return self._read_now(lambda connection: connection.execute(statement, (value,)).fetchone())


def _add_user(connection: apsw.Connection, user: User, password: str, invite: bytes | None, at: float) -> Registered:
    account_id = user.account_id
    if invite is not None:
        found = _invite(connection, invite, at)
        if found is None:
            return Registered.NO_INVITE
        account_id = found.account_id or account_id
    if connection.execute(EMAIL_TAKEN, (user.email, str(account_id))).fetchone() is not None:
        return Registered.EMAIL_TAKEN
    if account_id == user.account_id:
        connection.execute(ADD_ACCOUNT, (str(account_id), user.email, at))
        if connection.changes() == 0:
            return Registered.EMAIL_TAKEN
    if invite is not None and found is not None:
        connection.execute(USE_INVITE, (at, str(found.id)))
    connection.execute(END_SESSIONS_OF, (at, str(account_id)))
    connection.execute(ADD_USER, (str(user.id), str(account_id), user.email, password, user.created_at))
    return Registered.DONE


def _open_session(connection: apsw.Connection, session: Begun, token: RefreshToken) -> bool:
    over, user_id = (token.created_at, _FORGOTTEN_AT_ONCE), str(session.user_id)
    connection.execute(FORGET_TOKENS, over)
    connection.execute(FORGET_SESSIONS, over)
    place = None if session.place is None else str(session.place)
    begun = (str(token.session_id), token.created_at, session.expires_at, place)
    connection.execute(ADD_SESSION, (*begun, user_id, session.password))
    if connection.changes() == 0:
        return False
    connection.execute(ADD_TOKEN, (token.digest, str(token.session_id), token.created_at))
    connection.execute(FORGET_TOKENS_OF, (user_id, MOST_SESSIONS))
    connection.execute(FORGET_SESSIONS_OF, (user_id, MOST_SESSIONS))
    return True


def _exchange(connection: apsw.Connection, digest: bytes, token: RefreshToken, *, at: float, grace: float) -> Exchanged:
    row = connection.execute(TOKEN, (digest,)).fetchone()
    if row is None:
        return Exchanged(user=None)
    used_at, session_id, expires_at, ended_at, *user = row
    if ended_at is not None or expires_at <= at:
        return Exchanged(user=None)
    if used_at is not None and at < used_at + grace:
        waits = connection.execute(UNUSED, (token.digest,)).fetchone() is not None
        return Exchanged(user=_user(user) if waits else None)
    if used_at is not None:
        connection.execute(END_SESSION, (at, session_id))
        return Exchanged(user=None, reused=True)
    connection.execute(USE_TOKEN, (at, digest))
    connection.execute(FORGET_USED, (session_id, MOST_TOKENS))
    connection.execute(ADD_TOKEN, (token.digest, session_id, token.created_at))
    return Exchanged(user=_user(user))


def _done(connection: apsw.Connection, statement: str, row: tuple[Any, ...]) -> None:
    connection.execute(statement, row)


def _user(row: Any) -> User:
    id_, account_id, email, created_at = row
    return User(id=UUID(id_), account_id=UUID(account_id), email=email, created_at=created_at)


def _invite(connection: apsw.Connection, digest: bytes, at: float) -> Invite | None:
    row = connection.execute(OPEN_INVITE, (digest, at)).fetchone()
    if row is None:
        return None
    id_, account_id, created_at, expires_at = row
    account = None if account_id is None else UUID(account_id)
    return Invite(id=UUID(id_), account_id=account, created_at=created_at, expires_at=expires_at)
