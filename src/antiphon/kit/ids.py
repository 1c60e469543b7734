"""Identifiers that sort by the time they were made, and the chance they are made of."""

import os
from uuid import UUID

RANDOM_BYTES = 10
"""How much randomness `uuid7` takes; six of its eighty bits give way to version and variant."""

_VERSION = 7 << 76
_VARIANT = 2 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def uuid7(milliseconds: int, random_bytes: bytes) -> UUID:
    """An identifier of version 7 (RFC 9562, section 5.7).

    Args:
        milliseconds: Unix time, below 2**48.
        random_bytes: Exactly `RANDOM_BYTES` bytes.

    Raises:
        ValueError: An argument is out of its range.
    """
    if len(random_bytes) != RANDOM_BYTES or not 0 <= milliseconds < 1 << 48:
        raise ValueError("uuid7 takes 48 bits of time and 10 random bytes")
    chance = int.from_bytes(random_bytes, "big")
    high = (chance >> 64) & _RANDOM_A
    return UUID(int=milliseconds << 80 | _VERSION | high << 64 | _VARIANT | (chance & _RANDOM_B))


class Entropy:
    """Random bytes from the system, fetched many at once.

    Each call of the system lets other threads go first, and waits for them: beside a busy writer that costs more
    than all else in an id. For ids, which anybody may see; a key is made of bytes that nobody fetched before.

    Not for use from several threads, nor on both sides of a fork.
    """

    _FETCHED = 8192

    def __init__(self) -> None:
        self._bytes = b""
        self._used = 0

    def __call__(self, count: int) -> bytes:
        """So many bytes, at most 8,192; never the same ones twice."""
        if self._used + count > len(self._bytes):
            self._bytes, self._used = os.urandom(self._FETCHED), 0
        self._used += count
        return self._bytes[self._used - count : self._used]
