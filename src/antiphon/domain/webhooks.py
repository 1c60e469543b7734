"""Webhooks: when an attempt is made again, and what is signed how."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

SCHEDULE: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds from a failed attempt to the next, after the first at once: the example of Standard Webhooks 1.0.0."""

ATTEMPT_SECONDS: Final = 15.0
"""For one attempt."""

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


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 after "whsec_", else its own UTF-8 bytes.

    The reference library takes any secret for base64 and so refuses, or silently shortens, ordinary words.
    """
    if secret.startswith(_ENCODED):
        try:
            return b64decode(secret.removeprefix(_ENCODED), validate=True)
        except ValueError:
            pass
    return secret.encode("utf-8", "surrogatepass")


def headers(body: bytes, *, id_: UUID, event: str, key: bytes, at: int) -> Mapping[str, str]:
    """What goes with a body: MusicAPI's headers and those of Standard Webhooks.

    Args:
        body: The exact bytes that are sent.
        id_: The message's; the same on every attempt.
        event: Such as "song.completed".
        key: Of the receiver.
        at: Unix seconds of this attempt.
    """
    stamp = str(at).encode()
    plain = hmac.digest(key, stamp + b"." + body, hashlib.sha256)
    standard = hmac.digest(key, str(id_).encode() + b"." + stamp + b"." + body, hashlib.sha256)
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
