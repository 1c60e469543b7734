"""The header `Idempotency-Key`: a client's own name for a request, so that it can ask twice and be served once.

The ledger keeps the key and the answer (`store.ports.Ledger.admit`); this reads the one and writes the other.
"""

import hashlib
import re
from typing import Any

import orjson
from starlette.types import Scope

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.store.ports import IdempotencyKey, StoredAnswer
from antiphon.web.body import header
from antiphon.web.errors import Answer, Headers

__all__ = [
    "LARGEST_FILE",
    "LONGEST",
    "IdempotencyKey",
    "StoredAnswer",
    "canonical",
    "fingerprint",
    "replayed",
    "requested",
    "stored",
]

LONGEST = 255
"""Characters of a key."""

REMEMBERED = Seconds(24 * 3600.0)

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of a file that is sent again. Source: SETTLED 11."""

_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST}}}")
_REPLAYED = (b"idempotency-replayed", b"true")


def requested(scope: Scope, *, route: str, body: bytes, now: float) -> IdempotencyKey | None:
    """The key a request carries; None where it has none.

    Args:
        scope: The request.
        route: The route's name.
        body: What has to be the same for the request to be the same: its bytes, or a form of them that does not
            depend on the order of keys.
        now: Unix seconds. The key is forgotten after `REMEMBERED`, to the second, so not after a file made later.

    Raises:
        InvalidRequest: "idempotency_key": it is empty, longer than 255, or holds spaces or other than ASCII.
    """
    key = header(scope, b"idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest("idempotency_key", "Idempotency-Key", limit=LONGEST)
    return IdempotencyKey(
        route=route,
        key=key,
        fingerprint=fingerprint(scope["method"], route, body),
        expires_at=float(int(now + REMEMBERED)),
    )


def canonical(body: Any) -> bytes:
    """A body in the form that does not depend on the order of its keys.

    Raises:
        InvalidRequest: "json": it is nested more deeply than can be written again.
    """
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise InvalidRequest("json") from None


def fingerprint(method: str, route: str, body: bytes) -> bytes:
    """What tells two requests under one key apart: 32 bytes."""
    # Lengths in front, so that no two triples run together into the same bytes.
    parts = (method.encode(), route.encode(), body)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def stored(answer: Answer, *, artifact: str = "") -> StoredAnswer:
    """An answer, to be kept. Of one whose body is a file, only the file's address is.

    Args:
        answer: What is sent now; headers that are of the moment, such as a rate limit's, are not among its.
        artifact: The path of the file that is its body.
    """
    return StoredAnswer(
        status=answer.status,
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers},
        body=answer.body,
        artifact=artifact,
    )


def replayed(answer: StoredAnswer) -> Answer:
    """A kept answer, to be sent again; it says that it is one. A file's bytes are not in it."""
    headers: Headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    return Answer(status=answer.status, headers=[*headers, _REPLAYED], body=answer.body)
