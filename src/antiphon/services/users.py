"""Signing in: who may register, who somebody is, and how they go on being that."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

import structlog

from antiphon.domain.errors import Conflict, InvalidRequest, NotFound, PermissionDenied, Unauthenticated, Unavailable
from antiphon.domain.keys import ENTROPY_BYTES, mint, well_formed
from antiphon.domain.users import (
    LONGEST_EMAIL,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Invite,
    User,
    normal_email,
)
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.passwords import Passwords
from antiphon.services.tokens import LIFETIME, Tokens
from antiphon.store.ports_users import Begun, RefreshToken, Registered, StoredUser, UserStore

Registration = Literal["closed", "invite", "open"]
"""Who may register: nobody, who has an invite, or everybody."""

SESSION_SECONDS = 30 * 86_400.0
"""How long somebody stays signed in, however often the token was refreshed."""
INVITE_SECONDS = 7 * 86_400.0
FIRST_LINK_SECONDS = 30 * 86_400.0
LONGEST_INVITE = 366 * 86_400.0

_GRACE = 10.0
"""Seconds after its use in which a refresh token that comes again is no theft."""
_REFRESH, _INVITE = "refresh_", "invite_"

log = structlog.get_logger("antiphon.users")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What somebody has who signed in.

    Args:
        user: Who they are.
        token: Says so, for `expires_in` seconds.
        refresh: Brings the next one, once.
    """

    user: User
    token: str
    refresh: str
    expires_in: int = LIFETIME


class Users:
    """All that is done with those who sign in.

    Args:
        store: Where they are kept.
        passwords: Hashes their passwords.
        tokens: Makes their tokens.
        digest: Under what a secret text (ASCII) is stored; 32 bytes.
        registration: Who may register.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
    """

    def __init__(
        self,
        *,
        store: UserStore,
        passwords: Passwords,
        tokens: Tokens,
        digest: Callable[[str], bytes],
        registration: Registration,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._tokens = tokens
        self._digest = digest
        self.registration = registration
        self._clock = clock
        self._entropy = entropy

    async def register(self, email: str, password: str, *, invite: str = "", site: str = "") -> SignedIn:
        """Make a user and their account; with an invite to an account, its user, or a new password for that.

        Args:
            email: Under which they sign in from now on.
            password: By which.
            invite: "" for none.
            site: From where, as `services.limits.site` has it; "" where that is not to be known again.

        Raises:
            PermissionDenied: "registration_closed", but with an invite to an account that is there; "invite": it is
                none, or used up, or over.
            InvalidRequest: "missing": an invite; "email", "password".
            Conflict: "email_taken".
            LimitExceeded: Too many passwords wait to be hashed.
        """
        invited = await self.invited(invite)
        if self.registration == "closed" and (invited is None or invited.account_id is None):
            raise PermissionDenied(reason="registration_closed")
        if self.registration == "invite" and not invite:
            raise InvalidRequest("missing", "invite")
        if invite and invited is None:
            raise PermissionDenied(reason="invite")
        return await self._add(email, password, invite, site=site)

    async def login(self, email: str, password: str, *, site: str = "") -> SignedIn:
        """Sign in. Who is not known is refused in the same words and time as who has another password.

        Args:
            email: Under which.
            password: By which.
            site: As for `register`.

        Raises:
            Unauthenticated: "credentials".
            LimitExceeded: Too many passwords wait to be hashed.
        """
        address = normal_email(email)
        found = None if address is None else await self._store.user_named(address)
        if not await self._passwords.right(password, None if found is None else found.password) or found is None:
            raise Unauthenticated("credentials")
        signed_in = await self._begin(found, site=site)
        if signed_in is None:  # The password was changed meanwhile, or hashed anew: which, is found out like this.
            return await self.login(email, password, site=site)
        if self._passwords.outdated(found.password):
            fresh = await self._passwords.hash(password)
            await self._store.rehash(found.user.id, former=found.password, password=fresh)
        return signed_in

    async def refresh(self, presented: str) -> SignedIn:
        """Go on, by a refresh token that is used up by this.

        Asked again at once, because an answer was lost, or by two tabs of a browser, it gives the same next one.

        Raises:
            Unauthenticated: "refresh": it is none, was used and the next one too, or its session is over. Used before
                by more than some seconds, it is in two hands: its session is over from now on.
        """
        if not well_formed(presented, _REFRESH):
            raise Unauthenticated("refresh")
        # Whoever has the server's secret could tell it from the former one, and nobody else: it is stored nowhere.
        text, now = mint(_REFRESH, self._digest(f"after {presented}")), self._clock.now()
        token = RefreshToken(digest=self._digest(text), session_id=UUID(int=0), created_at=now)
        done = await self._store.exchange(self._digest(presented), token=token, at=now, grace=_GRACE)
        if done.reused:
            log.warning("a refresh token was used twice; its session is ended")
        if done.user is None:
            raise Unauthenticated("refresh")
        return SignedIn(user=done.user, token=self._tokens.issue(done.user), refresh=text)

    async def logout(self, presented: str) -> None:
        """End the session of a refresh token. What is none is passed over."""
        if well_formed(presented, _REFRESH):
            await self._store.close_session(self._digest(presented), at=self._clock.now())

    async def invite(self, account_id: UUID | None, *, lifetime: float = INVITE_SECONDS) -> tuple[Invite, str]:
        """Leave to register once, and its text, which is nowhere else.

        Args:
            account_id: The account that they sign in to then; None: a new one.
            lifetime: Seconds.

        Raises:
            InvalidRequest: "lifetime".
        """
        if not 0 < lifetime <= LONGEST_INVITE:
            raise InvalidRequest("lifetime", "days")
        return await self._invite(account_id, lifetime, replaces=False)

    async def invited(self, presented: str) -> Invite | None:
        """What an invite opens; None: nothing."""
        if not well_formed(presented, _INVITE):
            return None
        return await self._store.invite(self._digest(presented), at=self._clock.now())

    async def first_link(self, account_id: UUID) -> str | None:
        """A code by which an account that nobody signs in to gets somebody who does; the former one ends.

        Returns:
            None: there is somebody.
        """
        if await self._store.user_of(account_id) is not None:
            return None
        return (await self._invite(account_id, FIRST_LINK_SECONDS, replaces=True))[1]

    async def use_link(self, code: str, email: str, password: str, *, site: str = "") -> SignedIn:
        """Sign up by the code of a link. Arguments and errors are those of `register`, but for a code that is none.

        Raises:
            NotFound: "link".
        """
        await self.look_at_link(code)
        try:
            return await self._add(email, password, code, site=site)
        except PermissionDenied:  # Somebody else used it meanwhile.
            raise NotFound("link") from None

    async def look_at_link(self, code: str) -> None:
        """See whether a link leads somewhere.

        Raises:
            NotFound: "link".
        """
        found = await self.invited(code)
        if found is None or found.account_id is None:
            raise NotFound("link")

    async def get(self, user_id: UUID) -> User:
        """The user of that id.

        Raises:
            NotFound: There is none.
        """
        found = await self._store.user(user_id)
        if found is None:
            raise NotFound("user")
        return found

    async def counted_as(self, email: str, site: str) -> UUID:
        """What attempts to sign in under an e-mail are counted by, whether there is such a user or not.

        All strangers are counted together, and could keep out whose e-mail it is: attempts from a site from which they
        signed in before are counted apart from those.
        """
        address = normal_email(email) or email
        own = self._place(address, site)
        with contextlib.suppress(Unavailable):  # It is counted, before signing in says so.
            if await self._store.signed_in_at(own, at=self._clock.now()):
                return own
        return self._place(address, "")

    def _place(self, address: str, site: str) -> UUID:
        text = f"{address} {site}".encode("utf-8", "surrogatepass")
        return UUID(bytes=self._digest(text.hex())[:16])

    async def _add(self, email: str, password: str, invite: str, *, site: str) -> SignedIn:
        address = normal_email(email)
        if address is None:
            raise InvalidRequest("email", "email", limit=LONGEST_EMAIL)
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InvalidRequest("password", "password", limit=LONGEST_PASSWORD)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        user = User(id=self._new_id(now), account_id=self._new_id(now), email=address, created_at=now)
        digest = self._digest(invite) if invite else None
        match await self._store.add_user(user, password=hashed, invite=digest, at=now):
            case Registered.EMAIL_TAKEN:
                raise Conflict("email_taken")
            case Registered.NO_INVITE:
                raise PermissionDenied(reason="invite")
        found = await self._store.user_named(address)  # With an invite, they may have been there before.
        signed_in = None if found is None else await self._begin(replace(found, password=hashed), site=site)
        if signed_in is None:  # Another invite was used meanwhile.
            raise Unauthenticated("credentials")
        return signed_in

    async def _begin(self, stored: StoredUser, *, site: str) -> SignedIn | None:
        """Begin a session. None: they have another password by now."""
        now, text, user = self._clock.now(), self._mint(_REFRESH), stored.user
        token = RefreshToken(digest=self._digest(text), session_id=self._new_id(now), created_at=now)
        session = Begun(
            user_id=user.id,
            password=stored.password,
            expires_at=now + SESSION_SECONDS,
            place=self._place(user.email, site) if site else None,
        )
        if not await self._store.open_session(session, token):
            return None
        return SignedIn(user=user, token=self._tokens.issue(user), refresh=text)

    async def _invite(self, account_id: UUID | None, lifetime: float, *, replaces: bool) -> tuple[Invite, str]:
        now, text = self._clock.now(), self._mint(_INVITE)
        invite = Invite(id=self._new_id(now), account_id=account_id, created_at=now, expires_at=now + lifetime)
        await self._store.add_invite(invite, digest=self._digest(text), replaces=replaces)
        return invite, text

    def _mint(self, prefix: str) -> str:
        return mint(prefix, self._entropy(ENTROPY_BYTES))

    def _new_id(self, now: float) -> UUID:
        return uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))
