"""HTTP as it goes over the wire: chunks, trailers, and how a connection ends."""

import socket
import ssl
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

_PATIENCE = 30.0
"""Seconds after which a test would rather fail than wait."""


class Wire:
    """One request to `POST /tts` as it goes over the wire, its answer read as slowly as one likes.

    Args:
        url: The server's.
        head: Header lines besides the usual.
        body: The request's.
        verify: For HTTPS.
    """

    def __init__(self, url: str, *, head: Sequence[str], body: bytes, verify: ssl.SSLContext | None = None) -> None:
        where = urlsplit(url)
        self.socket = socket.socket()
        self.socket.settimeout(_PATIENCE)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((where.hostname, where.port))
        if verify:
            self.socket = verify.wrap_socket(self.socket, server_hostname=where.hostname)
        lines = [
            "POST /tts HTTP/1.1",
            f"Host: {where.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        self.socket.sendall("\r\n".join([*lines, *head, "", ""]).encode() + body)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def head(self) -> tuple[int, dict[str, str]]:
        """The status, and the headers by lower-case name."""
        status = int(self._file.readline().split()[1])
        return status, self._fields()

    def chunk(self) -> bytes:
        """The next chunk; empty at the end.

        Raises:
            ConnectionAbortedError: The connection ended in the middle.
        """
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionAbortedError
        size = int(line, 16)
        if not size:
            return b""
        data = self._file.read(size + 2)
        if len(data) != size + 2:
            raise ConnectionAbortedError
        return data[:-2]

    def rest(self) -> bytes:
        """All chunks to the end."""
        return b"".join(iter(self.chunk, b""))

    def trailers(self) -> dict[str, str]:
        """The fields after the last chunk."""
        return self._fields()

    def body(self, size: int) -> bytes:
        return self._file.read(size)

    def closed(self) -> bool:
        """Whether the server has nothing more to say, and says so."""
        return self._file.read(1) == b""

    def _fields(self) -> dict[str, str]:
        lines = iter(lambda: self._file.readline().decode("latin-1").rstrip("\r\n"), "")
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
