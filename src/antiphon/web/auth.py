"""Where a key stands in a request. Never in the query string: that ends up in logs and histories."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.types import Scope

from antiphon.domain.errors import InvalidRequest, Unauthenticated
from antiphon.domain.keys import ApiKey
from antiphon.services.keys import Keys
from antiphon.web.body import header

LONGEST_KEY = 250
"""Characters; nothing longer is looked up. Source: contracts, Soniox §1.6."""

_QUERY_NAMES = frozenset({"api_key", "apikey", "api-key", "key", "token", "access_token", "authorization", "x-api-key"})


def presented(scope: Scope) -> str:
    """The key a request carries in `X-API-Key` (which goes first) or `Authorization: Bearer`.

    Raises:
        Unauthenticated: "missing", or "scheme" where Authorization is not Bearer.
        InvalidRequest: "too_long" for "api_key".
    """
    key = (header(scope, b"x-api-key") or "").strip()
    authorization = (header(scope, b"authorization") or "").strip()
    if not key and not authorization:
        raise Unauthenticated("missing")
    if not key:
        scheme, _, key = authorization.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise Unauthenticated("scheme")
    if len(key) > LONGEST_KEY:
        raise InvalidRequest("too_long", "api_key", limit=LONGEST_KEY)
    return key


def in_query(scope: Scope) -> list[str]:
    """What a query string carries under the names that keys go by."""
    query = scope.get("query_string", b"")
    return list(_suspects(parse_qsl(query.decode("latin-1"), max_num_fields=100))) if query else []


def _suspects(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in pairs:
        if name.lower() in _QUERY_NAMES:
            yield value.removeprefix("Bearer ").strip()[:LONGEST_KEY]


async def authenticate(scope: Scope, keys: Keys) -> ApiKey:
    """Whose request this is.

    A key in the query string is refused even if it is right, and marked as leaked.

    Raises:
        Unauthenticated: "missing", "scheme", "incorrect" or "in_query".
        InvalidRequest: "too_long" for "api_key".
    """
    leaked = in_query(scope)
    for key in leaked:
        await keys.flag_leaked(key)
    if leaked:
        raise Unauthenticated("in_query")
    key = presented(scope)
    return keys.cached(key) or await keys.authenticate(key)
