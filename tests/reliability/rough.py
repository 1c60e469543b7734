"""A websocket's client with bad manners: it can send anything, also what is no frame."""

import asyncio
import base64
import os
import socket
import struct
from typing import Self
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_MASK = b"\x0f\xf0\x55\xaa"


class Rough:
    """A connection after its handshake, or after its refusal. Made by `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, status: int) -> None:
        self.status = status
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, url: str, path: str, *, head: dict[str, str]) -> Self:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in head.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer, status=int(answer.split()[1]))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    def framed(self, opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
        """A frame as bytes."""
        length = len(payload)
        flag = 0x80 if masked else 0
        head = bytes([opcode | (0x80 if final else 0)])
        if length < 126:
            head += bytes([length | flag])
        elif length < 65_536:
            head += bytes([126 | flag]) + struct.pack(">H", length)
        else:
            head += bytes([127 | flag]) + struct.pack(">Q", length)
        if not masked:
            return head + payload
        whole = _MASK * (length // 4 + 1)
        bent = int.from_bytes(payload, "big") ^ int.from_bytes(whole[:length], "big")
        return head + _MASK + bent.to_bytes(length, "big")

    async def send(self, payload: bytes, *, binary: bool = False, final: bool = True, masked: bool = True) -> None:
        await self.raw(self.framed(BINARY if binary else TEXT, payload, final=final, masked=masked))

    async def frame(self, opcode: int, payload: bytes) -> None:
        await self.raw(self.framed(opcode, payload))

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def write_frame(self, opcode: int, payload: bytes) -> None:
        self._writer.write(self.framed(opcode, payload))

    def cut(self) -> None:
        """Reset the connection."""
        held = self._writer.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def listen(self, *, quiet: float) -> list[tuple[int, bytes]]:
        """What was said until nothing is for so many seconds, or the connection ends: opcodes and payloads."""
        heard = []
        while True:
            try:
                async with asyncio.timeout(quiet):
                    heard.append(await self.hear())
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                return heard

    async def hear(self) -> tuple[int, bytes]:
        """The next frame, which a server sends whole and unmasked."""
        first, second = await self._reader.readexactly(2)
        length = second & 0x7F
        assert first & 0xF0 == 0x80, "a server's frames are final, and have no reserved bits"
        assert not second & 0x80, "a server's frames are not masked"
        if length == 126:
            (length,) = struct.unpack(">H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
        assert length < 1024 * 1024, "a server's frames are below 1 MiB"
        return first & 0x0F, await self._reader.readexactly(length)
