"""Where a key stands in a request. Never in the query string: that ends up in logs and histories."""

import contextlib
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.types import Scope

from antiphon.domain.errors import InvalidRequest, PermissionDenied, Unauthenticated, Unavailable
from antiphon.domain.keys import ApiKey, Permission
from antiphon.services.keys import Keys
from antiphon.web.body import header

LONGEST_KEY = 250
"""Characters; nothing longer is looked up. Source: contracts, Soniox §1.6."""

_SUSPECTS = 3
"""So many values of a query are looked up: whoever sends more is not known yet, and each costs a read."""

_QUERY_NAMES = frozenset({"api_key", "apikey", "api-key", "key", "token", "access_token", "authorization", "x-api-key"})


def presented(scope: Scope) -> str:
    """The key a request carries in `X-API-Key` (which goes first) or `Authorization: Bearer`.

    Raises:
        Unauthenticated: "missing", or "scheme" where Authorization is not Bearer.
    """
    key = (header(scope, b"x-api-key") or "").strip()
    authorization = (header(scope, b"authorization") or "").strip()
    if not key and not authorization:
        raise Unauthenticated("missing")
    if not key:
        scheme, key = (*authorization.split(None, 1), "")[:2]
        if scheme.lower() != "bearer" or not key:
            raise Unauthenticated("scheme")
    return key


def carries_key(scope: Scope) -> bool:
    """Whether a header of the request has a key, or something in its place."""
    return any((header(scope, name) or "").strip() for name in (b"x-api-key", b"authorization"))


def in_query(scope: Scope) -> list[str]:
    """What a query string carries under the names that keys go by."""
    query = scope.get("query_string", b"")
    return list(_suspects(parse_qsl(query.decode("latin-1")))) if query else []


def _suspects(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in pairs:
        if name.lower() in _QUERY_NAMES:
            yield value.removeprefix("Bearer ").strip()[:LONGEST_KEY]


async def authenticate(scope: Scope, keys: Keys, permission: Permission | None) -> ApiKey:
    """Whose request this is. Where `permission` is None, any key will do.

    A key in the query string is refused even if it is right, and marked as leaked.

    Raises:
        Unauthenticated: "missing", "scheme", "incorrect", "expired", "wrong_use" or "in_query".
        PermissionDenied: The key may be used for other things only.
        InvalidRequest: "too_long" for "api_key".
    """
    await refuse_query(scope, keys)
    return await recognise(presented(scope), keys, permission)


async def refuse_query(scope: Scope, keys: Keys) -> None:
    """Refuse a key in the query string.

    Raises:
        Unauthenticated: "in_query"; the key, if it is one, is marked as leaked.
    """
    if leaked := in_query(scope):
        with contextlib.suppress(Unavailable):  # Whether it can be noted or not, it is refused.
            for suspect in leaked[:_SUSPECTS]:
                await keys.flag_leaked(suspect)
        raise Unauthenticated("in_query")


async def recognise(text: str, keys: Keys, permission: Permission | None) -> ApiKey:
    """Whose key this is. Errors are those of `authenticate`."""
    if len(text) > LONGEST_KEY:
        raise InvalidRequest("too_long", "api_key", limit=LONGEST_KEY)
    key = keys.cached(text) or await keys.authenticate(text)
    if permission is not None and not key.allows(permission):
        if key.temporary is not None and key.temporary.permission is not permission:
            raise Unauthenticated("wrong_use")
        raise PermissionDenied(permission.value)
    return key
