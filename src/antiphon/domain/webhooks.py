"""Webhooks: when an attempt is made again, and what is signed how."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

SCHEDULE: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds from a failed attempt to the next, after the first at once: the example of Standard Webhooks 1.0.0."""

ATTEMPT_SECONDS: Final = 15.0
"""For one attempt."""

GIVEN_UP_AFTER: Final = 120 * 3600.0
"""Seconds after which messages for a host that is down are given up, however often they were tried."""

_GONE = 410
_ASK_FOR_TIME = frozenset({429, 502, 503, 504})
_MOST_DIGITS = 9
_LONGEST_HOST = 255
_JITTER = 0.2
_ENCODED = "whsec_"
_STANDARD = "v1"


class MessageState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"


def host_of(url: str) -> str:
    """By what receivers are told apart: the same for all spellings of a name; "" for what is no URL."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".")[:_LONGEST_HOST]


def next_attempt(attempts: int, *, at: float, chance: float, retry_after: float = 0.0) -> float | None:
    """When to try again; None: no more.

    Args:
        attempts: How many failed, at least 1.
        at: Unix seconds of the last one's end.
        chance: 0 to 1, so that those that failed together do not come back together.
        retry_after: Seconds that the receiver asked for; believed as far as the schedule's longest pause.
    """
    if attempts > len(SCHEDULE):
        return None
    pause = SCHEDULE[attempts - 1] * (1 - _JITTER + 2 * _JITTER * chance)
    return at + max(pause, min(retry_after, SCHEDULE[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What follows from an attempt; `due_at` where the message waits."""

    state: MessageState
    due_at: float | None = None


def follows(status: int | None, retry_after: str, *, failed: int, at: float, chance: float) -> Next:
    """What follows from an answer, or from there being none.

    Args:
        status: Of the answer: 2xx is a delivery, 410 says never again, all else is a failure, redirects among it.
        retry_after: That header of the answer; heeded where the receiver is said to be busy.
        failed: How many attempts failed before this one.
        at: Unix seconds of its end.
        chance: 0 to 1.
    """
    if status is not None and status // 100 == 2:  # noqa: PLR2004 - 2xx
        return Next(state=MessageState.DELIVERED)
    if status == _GONE:
        return Next(state=MessageState.EXHAUSTED)
    asked = seconds_asked(retry_after, at=at) if status in _ASK_FOR_TIME else 0.0
    due_at = next_attempt(failed + 1, at=at, chance=chance, retry_after=asked)
    return Next(state=MessageState.EXHAUSTED if due_at is None else MessageState.WAITING, due_at=due_at)


def seconds_asked(retry_after: str, *, at: float) -> float:
    """The seconds of a Retry-After header (RFC 9110, section 10.2.3): a number or a date; 0 for what is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_MOST_DIGITS])
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - at)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def key_of(secret: str) -> bytes:
    """The key that Standard Webhooks takes a secret for: base64 after "whsec_", else its own UTF-8 bytes.

    The reference library takes any secret for base64 and so refuses, or silently shortens, ordinary words.
    """
    if secret.startswith(_ENCODED):
        try:
            # No key at all would be one that everybody has.
            return b64decode(secret.removeprefix(_ENCODED), validate=True) or _literal(secret)
        except ValueError:
            pass
    return _literal(secret)


def _literal(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")


def headers(body: bytes, *, id_: UUID, event: str, secret: str, at: int) -> Mapping[str, str]:
    """What goes with a body: MusicAPI's headers and those of Standard Webhooks.

    MusicAPI's receivers take the secret as it is for their key, whatever it begins with.

    Args:
        body: The exact bytes that are sent.
        id_: The message's; the same on every attempt.
        event: Such as "song.completed".
        secret: The receiver's.
        at: Unix seconds of this attempt.
    """
    stamp = str(at).encode()
    plain = hmac.digest(_literal(secret), stamp + b"." + body, hashlib.sha256)
    standard = hmac.digest(key_of(secret), str(id_).encode() + b"." + stamp + b"." + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Webhook-Id": str(id_),
        "Idempotency-Key": str(id_),
        "X-Webhook-Event": event,
        "X-Webhook-Timestamp": str(at),
        "X-Webhook-Signature": f"sha256={plain.hex()}",
        "webhook-id": str(id_),
        "webhook-timestamp": str(at),
        "webhook-signature": f"{_STANDARD},{b64encode(standard).decode()}",
    }
