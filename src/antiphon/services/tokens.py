"""Tokens of those who are signed in: JSON Web Tokens (RFC 7519) for minutes, by keys that change daily."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options

from antiphon.domain.errors import Unauthenticated
from antiphon.domain.keys import ApiKey
from antiphon.domain.users import User
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7

LIFETIME = 15 * 60
"""Seconds. It cannot be taken back, so it is short."""
LONGEST = 1000
"""Characters of a token that is looked at; ours have 350."""

_ALGORITHM = "HS256"
_DAY = 86_400
_SKEW = 60
"""Seconds by which the clocks of two servers may differ."""
_CLAIMS = {"sub", "acc", "jti", "iat", "exp"}
_OUR_OWN: Options = {"verify_signature": True, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""Times are compared here: with the server's clock, and strictly."""


def like_a_token(text: str) -> bool:
    """Whether it is a token rather than a key: no key has a dot."""
    return text.count(".") == 2  # noqa: PLR2004 - header.claims.signature


class Tokens:
    """Makes tokens and reads them.

    Args:
        key_of: The secret key of a day, counted from 1970-01-01; 32 bytes. Today's signs. Yesterday's opens too, and
            tomorrow's, which another server's clock may have begun.
        clock: Tells the time.
        entropy: Gives that many random bytes, for ids.
    """

    def __init__(self, key_of: Callable[[int], bytes], *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._key_of = key_of
        self._clock = clock
        self._entropy = entropy

    def issue(self, user: User) -> str:
        """A token that says who somebody is, for as long as `LIFETIME`."""
        now = self._clock.now()
        day, issued = int(now // _DAY), int(now)
        claims = {
            "sub": str(user.id),
            "acc": str(user.account_id),
            "jti": str(uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))),
            "iat": issued,
            "exp": issued + LIFETIME,
        }
        return jwt.encode(claims, self._key_of(day), algorithm=_ALGORITHM, headers={"kid": str(day)})

    def read(self, text: str) -> ApiKey:
        """Who a token says that somebody is, as whoever calls is described everywhere.

        Raises:
            Unauthenticated: "incorrect_token": it is none of ours. "expired_token": it was.
        """
        if len(text) > LONGEST:
            raise Unauthenticated("incorrect_token")
        try:
            key = self._key_of(self._day(jwt.get_unverified_header(text)))
            claims = jwt.decode(text, key, algorithms=[_ALGORITHM], options=_OUR_OWN)
            return self._caller(claims)
        except (jwt.InvalidTokenError, ValueError) as wrong:
            raise Unauthenticated("incorrect_token") from wrong

    def _day(self, header: Mapping[str, Any]) -> int:
        """The day whose key signed.

        Raises:
            ValueError: None did that is still good.
        """
        today = int(self._clock.now() // _DAY)
        for day in (today, today - 1, today + 1):
            if header == {"alg": _ALGORITHM, "kid": str(day), "typ": "JWT"}:
                return day
        raise ValueError("header")

    def _caller(self, claims: Mapping[str, Any]) -> ApiKey:
        if claims.keys() != _CLAIMS or not all(type(claims[name]) is int for name in ("iat", "exp")):
            raise ValueError("claims")
        issued, expires, now = claims["iat"], claims["exp"], self._clock.now()
        if expires - issued > LIFETIME or issued > now + _SKEW:
            raise ValueError("times")
        user_id, account_id, _token_id = (UUID(claims[name]) for name in ("sub", "acc", "jti"))
        if expires <= now:
            raise Unauthenticated("expired_token")
        return ApiKey(
            id=user_id,
            account_id=account_id,
            project_id=account_id,
            name="",
            shown_prefix="",
            created_at=issued,
            user_id=user_id,
        )
