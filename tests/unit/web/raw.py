"""Websockets by hand: a client that can do everything wrong."""

import base64
import contextlib
import hashlib
import socket
import struct
from dataclasses import dataclass, field

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What RFC 6455, 1.3, says `KEY` is answered with."""

USUAL = {
    b"Host": b"h",
    b"Connection": b"Upgrade",
    b"Upgrade": b"websocket",
    b"Sec-WebSocket-Version": b"13",
    b"Sec-WebSocket-Key": KEY,
}


def handshake(path="/", *, method="GET", version="1.1", **changes):
    """The head of a handshake; a change of None leaves the field out, `_` stands for `-`."""
    given = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    fields = {name: value for name, value in {**USUAL, **given}.items() if value is not None}
    lines = [b"%s: %s\r\n" % pair for pair in fields.items()]
    return b"".join([f"{method} {path} HTTP/{version}\r\n".encode(), *lines, b"\r\n"])


def frame(opcode, payload=b"", *, fin=True, mask=True, reserved=0, announced=None):
    """A client's frame; `announced` is its length where that is a lie."""
    size = len(payload) if announced is None else announced
    first = fin << 7 | reserved << 4 | opcode
    if size < 126:
        head = struct.pack("!BB", first, mask << 7 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mask << 7 | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask << 7 | 127, size)
    if not mask:
        return head + payload
    key = hashlib.sha256(payload).digest()[:4]  # Names of tests are made of frames: they are the same in every run.
    stream = int.from_bytes((key * (len(payload) // 4 + 1))[: len(payload)], "big")
    return head + key + (int.from_bytes(payload, "big") ^ stream).to_bytes(len(payload), "big")


def closing(code=1000, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


@dataclass
class Talk:
    """An open websocket over a client's socket."""

    wire: socket.socket
    got: bytearray = field(default_factory=bytearray)

    def send(self, *frames):
        self.wire.sendall(b"".join(frames))

    def say(self, text):
        self.send(frame(TEXT, text.encode()))

    def read(self):
        """The next frame as (opcode, payload); None where the connection ends in order, or is reset."""
        head = self._take(2)
        if head is None:
            return None
        size = head[1]
        assert size < 128, "a server must not mask"
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, self._take(size)

    def hear(self):
        """The next text."""
        opcode, payload = self.read()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    def closed(self):
        """The code of the next closing frame; 1005 where it has none, None where the connection ends without."""
        while (got := self.read()) is not None and got[0] != CLOSE:
            pass
        if got is None:
            return None
        return struct.unpack("!H", got[1][:2])[0] if got[1] else 1005

    def ended(self):
        """Whether the connection ends, and how: "closed", "reset", or "open" when it did not within patience."""
        try:
            while self.wire.recv(65536):
                pass
        except TimeoutError:
            return "open"
        except ConnectionError:
            return "reset"
        return "closed"

    def reset(self):
        """Vanish with a reset."""
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wire.close()

    def _take(self, size):
        with contextlib.suppress(ConnectionError):
            while len(self.got) < size:
                more = self.wire.recv(65536)
                if not more:
                    return None
                self.got += more
        if len(self.got) < size:
            return None
        taken = bytes(self.got[:size])
        del self.got[:size]
        return taken


def open_talk(client, path="/", **changes):
    """Shake hands. What the server said is in the talk's `answer`."""
    client.send(handshake(path, **changes))
    said = client.read(until=b"\r\n\r\n")
    head, _, rest = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), said
    talk = Talk(client.wire, bytearray(rest))
    talk.answer = head
    return talk


def accepted(answer):
    """What the server made of our key."""
    (line,) = (line for line in answer.split(b"\r\n") if line.startswith(b"sec-websocket-accept: "))
    assert len(base64.b64decode(line[22:])) == 20
    return line[22:]
