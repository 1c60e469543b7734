"""Messages over a stream socket: one byte of kind, four of length (little-endian), the payload."""

import asyncio
import socket
import struct

_HEADER = struct.Struct("<BI")
LARGEST = 16 * 1024 * 1024
"""Bytes a payload may have; more means that the two sides have lost step."""


class Ended(ConnectionError):
    """The other side closed, between two messages or within one."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    """One message as bytes; `kind` is 0 to 255."""
    return _HEADER.pack(kind, len(payload)) + payload


def send(sock: socket.socket, kind: int, payload: bytes = b"") -> None:
    """Send one message, waiting as long as the other side needs.

    Raises:
        OSError: The other side is gone.
    """
    sock.sendall(frame(kind, payload))


def receive(sock: socket.socket) -> tuple[int, bytes]:
    """Wait for one message on a blocking socket.

    Raises:
        Ended: The other side closed.
    """
    kind, length = _HEADER.unpack(_exactly(sock, _HEADER.size))
    return kind, _exactly(sock, _bounded(length))


async def read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Wait for one message.

    Raises:
        Ended: The other side closed, or was killed.
    """
    try:
        kind, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        return kind, await reader.readexactly(_bounded(length))
    except (asyncio.IncompleteReadError, ConnectionError) as gone:
        raise Ended from gone


def _bounded(length: int) -> int:
    if length > LARGEST:
        raise Ended
    return length


def _exactly(sock: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = sock.recv(count - len(parts))
        if not part:
            raise Ended
        parts += part
    return bytes(parts)
