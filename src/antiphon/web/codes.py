"""Codes that a websocket is closed with. Source: RFC 6455, 7.4.1."""

from collections.abc import Iterable

NORMAL = 1000
GOING_AWAY = 1001
NOTHING_SAID = 1005
LOST = 1006
INVALID_DATA = 1007
INTERNAL = 1011

_CLOSE = b"\x88"
_INTERNAL = INTERNAL.to_bytes(2, "big")
_GOING_AWAY = GOING_AWAY.to_bytes(2, "big")


def without_internal(frames: Iterable[bytes]) -> bytes:
    """What a server sends, joined, with 1001 where 1011 would be.

    Not even a client's own 1011 is sent back. A client that meets that code may take the request itself for what
    broke the server; after a fault of ours it should do what it does after a restart, and connect again.
    """
    return b"".join(
        frame[:2] + _GOING_AWAY + frame[4:] if frame[:1] == _CLOSE and frame[2:4] == _INTERNAL else frame
        for frame in frames
    )
