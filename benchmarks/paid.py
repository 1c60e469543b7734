"""The whole way of a paid request: key, limits, hold, sound, settlement, each durable. Prints and writes a table.

The sound is a tone, so that what is measured is the way and not the voice. Ratios are to a bare ASGI application
on the same server and protocol, in the same run.
"""

import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import uvloop

from load import Result, quantile, run, speech_request
from speech import HERE, KEY, Row, server, table

WISH = {"model": "tone", "voice": "Sine", "text": "Hello, you.", "audio_format": "pcm_s16le", "sample_rate": 8000}
ROUNDS = 5
REQUESTS = 4000
CLIENTS = 32

BARE = """
import asyncio, sys
from antiphon.web import serve

BODY = bytes(11_440)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    await send({"type": "http.response.body", "body": BODY})

async def main():
    ready = lambda url: print("answers at", url, flush=True)
    await serve.run(app, listen=serve.Listen(port=0), on_ready=ready)

asyncio.Runner(loop_factory=serve.loop_factory()).run(main())
"""


@contextlib.contextmanager
def bare() -> Iterator[tuple[str, psutil.Process]]:
    """The same server with an application that only answers."""
    process = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def ask(url: str, *, clients: int = CLIENTS, requests: int = REQUESTS) -> Result:
    return uvloop.run(run(url, speech_request(url, KEY, **WISH), clients=clients, requests=requests))


def pinned(process: psutil.Process) -> None:
    """Give the server one core and the load the other, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    for each in (process, *process.children(recursive=True)):
        each.cpu_affinity(cores[:1])
    psutil.Process().cpu_affinity(cores[-1:])


def rows() -> Iterator[Row]:
    with server() as (url, process, _), bare() as (other, companion):
        pinned(process)
        companion.cpu_affinity(process.cpu_affinity())
        ask(url, requests=1000)
        ours, theirs = [], []
        for _ in range(ROUNDS):  # In turns, so that a change of the machine's mood meets both.
            ours.append(ask(url))
            theirs.append(ask(other).per_second)
        rate = statistics.median(result.per_second for result in ours)
        ratio = statistics.median(each.per_second / bare_rate for each, bare_rate in zip(ours, theirs, strict=True))
        late = statistics.median(quantile([t.whole for t in result.timings], 0.99) for result in ours) * 1000
        early = statistics.median(quantile([t.whole for t in result.timings], 0.5) for result in ours) * 1000
        what = f"paid request, tone, {CLIENTS} clients, server on one core"
        yield Row(what, f"{rate:,.0f}/s", "≥ 3,000/s (aim 5,000)", rate >= 3000)
        bare_rate = statistics.median(theirs)
        yield Row("against a bare ASGI application", f"{bare_rate:,.0f}/s, ratio {ratio:.3f}", "≥ 0.08", ratio >= 0.08)
        yield Row("time of a paid request", f"p50 {early:.1f} ms, p99 {late:.1f} ms", "p99 ≤ 30 ms", late <= 30)
        one = ask(url, clients=1, requests=1000)
        times = [timing.whole for timing in one.timings]
        yield Row("the same, 1 client", f"p50 {quantile(times, 0.5) * 1000:.2f} ms, {one.per_second:,.0f}/s")


if __name__ == "__main__":
    note = f"{REQUESTS:,} requests in each of {ROUNDS} rounds; every write is synchronous (SQLite, FULL)."
    table("Paid requests, measured", note, rows(), Path(HERE / "results" / "paid.md"))
