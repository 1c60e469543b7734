"""Websockets: how soon sound follows text, what idle ones cost, what hours of coming and going leave behind.

Prints a table and writes it to benchmarks/results/websocket.md. An argument says how many seconds of coming and going.
"""

import asyncio
import itertools
import random
import re
import sys
import time
from collections.abc import Iterator

import psutil
import uvloop

from churn import WATCHED, Socket, coming_and_going, opened
from load import quantile
from speech import HERE, TEXT, Row, megabytes, server, table

CHURN = 60.0
SOCKETS, STREAMS = 4, 5
ROUNDS = 25
TOKENS_A_SECOND = 30
IDLE = 200
# How soon.


def tokens() -> list[str]:
    """The text as a model of language says it."""
    return re.findall(r"\S+\s*|\s+", TEXT)


async def heard_after(socket: Socket, stream: str, *, pause: float) -> float:
    """Seconds from the token that ends the first phrase to the first sound, on a stream that is spoken to its end."""
    heard = await socket.start(stream)
    first = 0.0

    async def talk() -> None:
        nonlocal first
        for token in tokens():
            await socket.say(stream_id=stream, text=token, text_end=False)
            if not first and token.rstrip().endswith((",", ".")):
                first = time.perf_counter()
            await asyncio.sleep(pause)
        await socket.say(stream_id=stream, text="", text_end=True)

    talking = asyncio.create_task(talk())
    sounded = 0.0
    while "terminated" not in (message := await heard.get()):
        assert "error_code" not in message, message
        sounded = sounded or time.perf_counter()
    await talking
    assert sounded >= first > 0
    return sounded - first


async def first_audio(url: str, *, sockets: int, streams: int, rounds: int) -> list[float]:
    """As `heard_after`, of so many streams on each of so many sockets that begin at times of their own."""

    async def one(socket: Socket, number: int) -> list[float]:
        await asyncio.sleep(random.uniform(0, len(tokens()) / TOKENS_A_SECOND))  # noqa: S311
        pause = 1 / TOKENS_A_SECOND
        return [await heard_after(socket, f"{number}-{turn}", pause=pause) for turn in range(rounds)]

    async def several() -> list[float]:
        async with opened(url) as socket:
            return list(itertools.chain(*await asyncio.gather(*(one(socket, number) for number in range(streams)))))

    return list(itertools.chain(*await asyncio.gather(*(several() for _ in range(sockets)))))


async def all_at_once(url: str, *, sockets: int, streams: int, rounds: int) -> list[float]:
    """Seconds to the first sound of streams that get their whole text in the same moment."""

    async def one(socket: Socket, stream: str) -> float:
        heard = await socket.start(stream)
        begun = time.perf_counter()
        await socket.say(stream_id=stream, text=TEXT, text_end=True)
        assert "audio" in await heard.get()
        first = time.perf_counter() - begun
        while "terminated" not in await heard.get():
            pass
        return first

    async def several(turn: int) -> list[float]:
        async with opened(url) as socket:
            return list(await asyncio.gather(*(one(socket, f"{turn}-{number}") for number in range(streams))))

    return [
        first
        for turn in range(rounds)
        for firsts in await asyncio.gather(*(several(turn) for _ in range(sockets)))
        for first in firsts
    ]


def milliseconds(seconds: list[float]) -> tuple[float, float, str]:
    p50, p95 = (quantile(seconds, share) * 1000 for share in (0.5, 0.95))
    return p50, p95, f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"


def how_soon(url: str) -> Iterator[Row]:
    uvloop.run(first_audio(url, sockets=1, streams=2, rounds=3))
    one = uvloop.run(first_audio(url, sockets=1, streams=1, rounds=10))
    yield Row("first sound after the first phrase, 1 stream", milliseconds(one)[2])
    p50, p95, said = milliseconds(uvloop.run(first_audio(url, sockets=SOCKETS, streams=STREAMS, rounds=ROUNDS)))
    what = f"first sound after the first phrase, {SOCKETS * STREAMS} streams on {SOCKETS} sockets"
    yield Row(what, said, "p50 ≤ 40 ms, p95 ≤ 120 ms", p50 <= 40 and p95 <= 120)
    burst = uvloop.run(all_at_once(url, sockets=SOCKETS, streams=STREAMS, rounds=10))
    yield Row(f"first sound, {SOCKETS * STREAMS} streams whose texts come in one moment", milliseconds(burst)[2])


# How small.


def idle(url: str, process: psutil.Process) -> Iterator[Row]:
    async def cost() -> float:
        async def hold(socket_open: asyncio.Semaphore, done: asyncio.Event) -> None:
            async with opened(url) as socket:
                await socket.say(keep_alive=True)
                socket_open.release()
                await done.wait()

        before, done, ready = megabytes(process), asyncio.Event(), asyncio.Semaphore(0)
        holding = [asyncio.create_task(hold(ready, done)) for _ in range(IDLE)]
        for _ in holding:
            await ready.acquire()
        await asyncio.sleep(1)
        after = megabytes(process)
        done.set()
        await asyncio.gather(*holding)
        return after - before

    grown = uvloop.run(cost())
    yield Row(f"main process, {IDLE} idle sockets", f"{grown:+.1f} MB", "≤ 20 MB", grown <= 20)


def rows(seconds: float) -> Iterator[Row]:
    with server() as (url, _, _):
        yield from how_soon(url)
    with server() as (url, process, _):
        uvloop.run(first_audio(url, sockets=1, streams=1, rounds=1))
        yield from idle(url, process)
    with server((WATCHED,)) as (url, process, _):
        yield from coming_and_going(url, process, seconds=seconds)


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else CHURN
    note = (
        "Server, children and clients share the cores; all over loopback. The text comes in "
        f"{TOKENS_A_SECOND} words a second; its first phrase has 45 characters."
    )
    table("Websockets, measured", note, rows(length), HERE / "results" / "websocket.md")
