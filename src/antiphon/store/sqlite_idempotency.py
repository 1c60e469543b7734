"""Clients' own names for requests and the answers kept under them, in SQLite."""

import apsw
import orjson

from antiphon.domain.errors import Conflict
from antiphon.store.ports import Admission, StoredAnswer

FIND = """
    SELECT fingerprint, status, headers, body, artifact,
        EXISTS (SELECT 1 FROM open_request WHERE open_request.id = idempotency.request_id)
    FROM idempotency WHERE account = $1 AND route = $2 AND key = $3 AND expires_at > $4
"""
CLAIM = """
    INSERT OR REPLACE INTO idempotency (account, route, key, fingerprint, request_id, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
KEEP = """
    UPDATE idempotency SET status = $1, headers = $2, body = $3, artifact = $4
    WHERE account = $5 AND route = $6 AND key = $7 AND request_id = $8
"""
FORGET = "DELETE FROM idempotency WHERE account = $1 AND route = $2 AND key = $3 AND request_id = $4"
FORGET_EXPIRED = """
    DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE expires_at <= $1 LIMIT $2)
"""

LONGEST_BODY = 65_536
"""Bytes of an answer that is kept here; a longer one is kept as an artifact."""


Name = tuple[int, str, str]
"""The number of an account, a route, and the client's key."""


def claim(connection: apsw.Connection, admission: Admission, *, name: Name) -> StoredAnswer | None:
    """Put a request under its client's name for it. An answer, where it was served before.

    A request that is in flight but not open any more left nothing behind: its name is free to be taken over.

    Raises:
        Conflict: "idempotency_mismatch" or "idempotency_in_flight".
    """
    key = admission.idempotency
    if key is None:
        return None
    found = connection.execute(FIND, (*name, admission.at)).fetchone()
    if found is not None:
        fingerprint, *answer, is_open = found
        if fingerprint != key.fingerprint:
            raise Conflict("idempotency_mismatch")
        if (known := _answer(*answer)) is not None:
            return known
        if is_open:
            raise Conflict("idempotency_in_flight")
    connection.execute(CLAIM, (*name, key.fingerprint, str(admission.id), key.expires_at))
    return None


def kept(connection: apsw.Connection, name: Name, fingerprint: bytes, *, at: float) -> StoredAnswer | None:
    """The answer to a request of that fingerprint under a name; None where there is none."""
    found = connection.execute(FIND, (*name, at)).fetchone()
    if found is None or found[0] != fingerprint:
        return None
    return _answer(*found[1:-1])


def _answer(status: int | None, headers: str, body: bytes, artifact: str) -> StoredAnswer | None:
    if status is None:
        return None
    return StoredAnswer(status=status, headers=orjson.loads(headers), body=body, artifact=artifact)


def keep(connection: apsw.Connection, name: Name, request_id: str, answer: StoredAnswer) -> None:
    """Keep a request's answer under its name, if the name is still its own.

    Raises:
        ValueError: The body is longer than `LONGEST_BODY`.
    """
    if len(answer.body) > LONGEST_BODY:
        raise ValueError(f"an answer of {len(answer.body)} bytes is kept as an artifact")
    headers = orjson.dumps(dict(answer.headers)).decode()
    connection.execute(KEEP, (answer.status, headers, answer.body, answer.artifact, *name, request_id))


def forget(connection: apsw.Connection, name: Name, request_id: str) -> None:
    """Free a name, if it is still the request's own."""
    connection.execute(FORGET, (*name, request_id))


def forget_expired(connection: apsw.Connection, *, now: float, most: int) -> None:
    """Free names whose time is over."""
    connection.execute(FORGET_EXPIRED, (now, most))
