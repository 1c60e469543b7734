"""Websockets that come and go, and what they leave behind in a server.

`churn.py SECONDS [PROGRAM]` fails if anything is left. Its numbers are a part of what benchmarks/websocket.py prints.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from speech import HERE, KEY, TEXT, Row, line, megabytes, server

WATCHED = str(HERE / "watched.py")
STREAMS = 5
CONVERSATIONS = 12
"""That go on at the same time."""
_WARM_UP = 10.0
_SETTLED_WITHIN = 10.0

Json = dict[str, Any]


@dataclass
class Socket:
    """A connection, and the streams on it."""

    wire: ClientConnection
    streams: dict[str, asyncio.Queue[Json]] = field(default_factory=dict)

    async def say(self, **message: Any) -> None:
        await self.wire.send(json.dumps(message))

    async def start(self, stream: str, **wish: Any) -> asyncio.Queue[Json]:
        """Begin a stream; what the server says of it comes to the queue."""
        heard = self.streams[stream] = asyncio.Queue()
        usual = {"model": "tts-rt-v2", "language": "en", "voice": "Adrian", "audio_format": "pcm_s16le"}
        await self.say(stream_id=stream, sample_rate=24_000, **{**usual, **wish})
        return heard

    async def listen(self) -> None:
        async for text in self.wire:
            message = json.loads(text)
            self.streams[message["stream_id"]].put_nowait(message)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Socket]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connect(f"ws{url.removeprefix('http')}/tts-websocket", additional_headers=headers) as wire:
        socket = Socket(wire)
        listening = asyncio.create_task(socket.listen())
        try:
            yield socket
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@dataclass(frozen=True)
class Left:
    """What a server has at work."""

    tasks: int
    descriptors: int
    children: int
    websockets: int
    streams: int

    @staticmethod
    def of(url: str, process: psutil.Process) -> "Left":
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
            metrics = http.get("/metrics").text
            limits = http.get("/v1/concurrency-limits").raise_for_status().json()
            # Taken while this client's own connection is open, each time.
            return Left(
                tasks=_number(metrics, "benchmark_tasks"),
                descriptors=process.num_fds(),
                children=len(process.children(recursive=True)),
                websockets=_number(metrics, "antiphon_websockets_open"),
                streams=max(limits[tier]["current"]["tts_concurrent"] for tier in ("project", "organization")),
            )


def settled(url: str, process: psutil.Process, *, like: Callable[[Left], bool]) -> Left:
    """What is at work once all is quiet, as soon as that is so.

    More renderers than usual may stand ready after many were wanted at once. They are used up one by one.
    """
    deadline = time.monotonic() + _SETTLED_WITHIN
    while True:
        uvloop.run(alone(url))
        if like(left := Left.of(url, process)) or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


def _number(metrics: str, name: str) -> int:
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    assert found
    return int(float(found[1]))


async def whole(socket: Socket, stream: str) -> None:
    heard = await socket.start(stream)
    await socket.say(stream_id=stream, text=TEXT, text_end=True)
    while "terminated" not in await heard.get():
        pass


async def alone(url: str) -> None:
    """Speak once, while nobody else does."""
    async with opened(url) as socket:
        await whole(socket, "alone")


async def cancelled(socket: Socket, stream: str) -> None:
    heard = await socket.start(stream)
    await socket.say(stream_id=stream, text=TEXT, text_end=random.random() < 0.5)  # noqa: S311
    if random.random() < 0.5:  # noqa: S311
        await heard.get()
    await socket.say(stream_id=stream, cancel=True)
    while "terminated" not in await heard.get():
        pass


async def refused(socket: Socket, stream: str) -> None:
    heard = await socket.start(stream, voice="Nobody")
    assert (await heard.get())["error_code"] == 400
    assert "terminated" in await heard.get()


async def begun(socket: Socket, stream: str) -> None:
    """Begin, and leave it to the connection's end."""
    heard = await socket.start(stream)
    await socket.say(stream_id=stream, text=TEXT, text_end=False)
    if random.random() < 0.5:  # noqa: S311
        await heard.get()


STORIES: tuple[Callable[[Socket, str], Coroutine[Any, Any, None]], ...] = (whole, cancelled, refused, begun)


async def churn(url: str, *, seconds: float) -> int:
    """Open, speak, cancel, close and cut; how many connections it were."""
    count, end = 0, time.monotonic() + seconds

    async def conversation() -> None:
        nonlocal count
        while time.monotonic() < end:
            async with opened(url) as socket:
                stories = random.choices(STORIES, k=random.randint(0, STREAMS))  # noqa: S311
                await asyncio.gather(*(story(socket, str(number)) for number, story in enumerate(stories)))
                if random.random() < 0.3:  # noqa: S311
                    socket.wire.transport.abort()
            count += 1

    await asyncio.gather(*(conversation() for _ in range(CONVERSATIONS)))
    return count


def coming_and_going(url: str, process: psutil.Process, *, seconds: float) -> Iterator[Row]:
    uvloop.run(churn(url, seconds=min(seconds, _WARM_UP)))
    before = settled(url, process, like=lambda left: not left.websockets and not left.streams)
    memory = megabytes(process)
    count = uvloop.run(churn(url, seconds=seconds))
    after = settled(url, process, like=lambda left: left == before)
    yield Row(f"{seconds:,.0f} s of opening, speaking, cancelling, closing and cutting", f"{count:,} connections")
    for name in ("tasks", "descriptors", "children", "websockets", "streams"):
        was, is_ = getattr(before, name), getattr(after, name)
        yield Row(f"{name}, before and after", f"{was} and {is_}", "none left behind", is_ <= was)
    yield Row("main process, before and after", f"{memory:.0f} and {megabytes(process):.0f} MB")


if __name__ == "__main__":
    failed = False
    with server((sys.argv[2] if len(sys.argv) > 2 else WATCHED,)) as (url, process, _):
        for row in coming_and_going(url, process, seconds=float(sys.argv[1])):
            print(line(row), flush=True)
            failed |= row.met is False
    sys.exit(failed)
