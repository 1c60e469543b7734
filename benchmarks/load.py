"""A client that costs little, so that a benchmark on few cores measures the server: raw sockets, one process."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools


@dataclass
class Timing:
    """One request: seconds from its first byte out to the first and the last byte of sound back."""

    status: int = 0
    first: float = 0.0
    whole: float = 0.0


class _Exchange(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._done: asyncio.Future[Timing]
        self._timing = Timing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by class.

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, _body: bytes) -> None:
        if not self._timing.first:
            self._timing.first = time.perf_counter() - self._begun

    def on_message_complete(self) -> None:
        self._timing.whole = time.perf_counter() - self._begun
        self._timing.status = self._parser.get_status_code()
        self._done.set_result(self._timing)

    async def ask(self, request: bytes) -> Timing:
        self._timing = Timing()
        self._parser = httptools.HttpResponseParser(self)
        self._done = asyncio.get_running_loop().create_future()
        self._begun = time.perf_counter()
        self.transport.write(request)
        return await self._done


@dataclass
class Result:
    """All requests of a run."""

    seconds: float
    timings: Sequence[Timing] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.timings) / self.seconds

    def first(self, share: float) -> float:
        """The quantile of first bytes, in milliseconds."""
        return quantile([timing.first for timing in self.timings], share) * 1000


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def speech_request(url: str, key: str, **fields: object) -> bytes:
    """The bytes of a `POST /tts`."""
    wish = {"model": "tts-rt-v2", "language": "en", "voice": "Adrian", "audio_format": "pcm_s16le", **fields}
    body = json.dumps(wish).encode()
    head = (
        f"POST /tts HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(url: str, request: bytes, *, clients: int, requests: int) -> Result:
    """Have `clients` ask one after the other, `requests` in all."""
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    timings: list[Timing] = []
    left = iter(range(requests))

    async def client() -> None:
        _, exchange = await loop.create_connection(_Exchange, place.hostname, place.port)
        timings.extend([await exchange.ask(request) for _ in left])
        exchange.transport.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - begun
    assert all(timing.status == 200 for timing in timings), {timing.status for timing in timings}
    return Result(seconds, timings)
