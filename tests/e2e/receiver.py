"""A receiver of webhooks in a process of its own, as somebody else would write it. What it does is in the path.

python tests/e2e/receiver.py SECRET
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from standardwebhooks import Webhook, WebhookVerificationError

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver, from outside."""

    port: int

    def url(self, host: str, does: str) -> str:
        return f"http://{host}:{self.port}/{does}"


@contextlib.contextmanager
def receiving(secret: str) -> Iterator[Receiver]:
    """A receiver that knows this secret."""
    command = [sys.executable, str(Path(__file__)), secret]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Receiver(int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether both signatures are right: that of Standard Webhooks, by its own library, and MusicAPI's."""
    # The library takes every secret for base64: a plain one has to be encoded for it.
    known = secret if secret.startswith("whsec_") else base64.b64encode(secret.encode()).decode()
    with contextlib.suppress(WebhookVerificationError, ValueError):
        Webhook(known).verify(body, dict(headers))
        stamped = headers["x-webhook-timestamp"].encode("latin-1") + b"." + body
        wanted = "sha256=" + hmac.new(secret.encode(), stamped, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), headers["x-webhook-signature"].encode("latin-1"))
    return False


class Desk:
    """Does with each request what its path says.

    Args:
        secret: What senders sign with.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._came: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            await self._do(first.split()[1].strip("/"), headers, body, writer)
            await writer.drain()
        writer.close()

    async def _do(self, what: str, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        self._came[what] += 1
        match what:
            case "verify":
                right = verified(headers, body, self._secret)
                writer.write(_OK if right else _OK.replace(b"200 OK", b"401 No"))
            case "came":
                text = json.dumps(self._came).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            case "500":
                writer.write(_OK.replace(b"200 OK", b"500 No"))
            case "redirect":
                writer.write(b"HTTP/1.1 307 There\r\nLocation: /trap\r\nContent-Length: 0\r\n\r\n")
            case "hang":
                await asyncio.sleep(3600)
            case "huge":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
                    await writer.drain()
            case "drip":
                for each in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 3600:
                    writer.write(bytes([each]))
                    await asyncio.sleep(1)


async def main() -> NoReturn:
    server = await asyncio.start_server(Desk(sys.argv[1]).serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()
    raise AssertionError


if __name__ == "__main__":
    asyncio.run(main())
