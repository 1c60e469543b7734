"""What every store can do with those who sign in; see `ports`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from antiphon.domain.users import Invite, User


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUser:
    """A user as they were found.

    Args:
        user: Who they are.
        password: The hash of their password, with its salt and parameters.
    """

    user: User
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A session to begin.

    Args:
        user_id: Whose.
        password: The hash by which they signed in.
        expires_at: Unix seconds from which on it is over.
        place: Under which e-mail, and from where, they signed in; None: not to be known again.
    """

    user_id: UUID
    password: str
    expires_at: float
    place: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What a session goes on by, once.

    Args:
        digest: The keyed hash under which it is stored, 32 bytes.
        session_id: Its session: all the tokens that came of one sign-in.
        created_at: Unix seconds.
    """

    digest: bytes
    session_id: UUID
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What became of a refresh token that was presented.

    Args:
        user: Whose session goes on; None: it does not.
        reused: It was used long ago, so that somebody has a copy: its session is ended now.
    """

    user: User | None
    reused: bool = False


MOST_SESSIONS = 50
"""Of one user. The one begun longest ago goes first."""
MOST_TOKENS = 300
"""Of one session, used ones: three days of a client that refreshes in time."""


class Registered(StrEnum):
    """What became of a registration."""

    DONE = "done"
    NO_INVITE = "no_invite"
    EMAIL_TAKEN = "email_taken"


class UserStore(Protocol):
    """Users, invites and sessions. Every method raises `Unavailable` where the database fails."""

    async def add_user(self, user: User, *, password: str, invite: bytes | None, at: float) -> Registered:
        """Add a user, with an account of their own, or that of the invite, in one transaction.

        Args:
            user: The new one. Where the invite names an account, that one is theirs, whatever is said here; if it had
                a user, they are the same from now on, under this e-mail and password, and all their sessions end.
            password: The hash of their password.
            invite: The digest of an invite, which is used up; None: none is needed.
            at: Unix seconds now.

        Returns:
            "no_invite": there is none, or it is used up or over. "email_taken": by a user, or as an account's name.
            Nothing was done then.
        """

    async def user(self, user_id: UUID) -> User | None:
        """The user of that id."""

    async def user_named(self, email: str) -> StoredUser | None:
        """The user with that e-mail."""

    async def user_of(self, account_id: UUID) -> User | None:
        """The user of that account."""

    async def rehash(self, user_id: UUID, *, former: str, password: str) -> None:
        """Keep another hash of the same password, unless it is not `former` any more."""

    async def add_invite(self, invite: Invite, *, digest: bytes, replaces: bool) -> None:
        """Add an invite. Where it replaces, former ones to the same account end that were not used."""

    async def invite(self, digest: bytes, *, at: float) -> Invite | None:
        """The invite with that digest, if it still opens something."""

    async def open_session(self, session: Begun, token: RefreshToken) -> bool:
        """Begin a session with its first token.

        Some hundreds that are over are forgotten, whosesoever, and all of theirs but the last `MOST_SESSIONS`.

        Returns:
            False: they have another password by now. Nothing was begun.
        """

    async def signed_in_at(self, place: UUID, *, at: float) -> bool:
        """Whether somebody signed in at a place, not too long ago: their session would not be over by itself yet."""

    async def exchange(self, digest: bytes, *, token: RefreshToken, at: float, grace: float) -> Exchanged:
        """Use up a refresh token, and add the next one of its session.

        Args:
            digest: What was presented.
            token: The next one, always the same for `digest`; its session is that of the one presented. Of a session's
                used ones the last `MOST_TOKENS` are kept.
            at: Unix seconds now.
            grace: A token that was used less than so many seconds ago goes on to the same next one, if that was not
                used: two tabs of a browser, or an answer that was lost. If it was, it is refused, and no more. Later
                it is a theft, and ends the session.
        """

    async def close_session(self, digest: bytes, *, at: float) -> None:
        """End the session of a token, whatever became of that. Unknown ones are passed over."""
