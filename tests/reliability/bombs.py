"""Files that mean no good, told to a listener: the whole corpus, and files that chance has damaged.

python -m reliability.bombs --count 1000 --seed 1
"""

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psutil

from antiphon.domain.errors import AntiphonError
from antiphon.domain.heard import HearingFault, Wanted
from antiphon.engines.listen.backend import Listening
from unit.engines.listen import bombs

_WANTED = Wanted(melody=False)
_LOOKED = 0.02
"""Seconds between two looks at how much memory is taken."""


def damaged(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Good files of all kinds in which chance has changed some bytes, near their beginning or anywhere."""
    chance = np.random.default_rng(seed)
    kinds = list(bombs.GOOD)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        whole = np.frombuffer(bombs.good(kind), np.uint8).copy()
        places = chance.integers(4, len(whole) // chance.choice([1, 100]), chance.integers(1, 40))
        whole[places] = chance.integers(0, 256, len(places))
        yield f"{kind}, damaged by chance, {number}", whole.tobytes()


async def watched(process: psutil.Process, most: list[int]) -> None:
    """Remember the most memory that a listener had at work."""
    while True:
        for child in process.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                most[0] = max(most[0], child.memory_info().rss)
        await asyncio.sleep(_LOOKED)


async def heard(cache: Path, files: Iterator[tuple[str, bytes]]) -> dict[str, Any]:
    """Tell a listener all of them, one after the other."""
    listening = Listening(cache=cache)
    ends: Counter[str] = Counter()
    faults: list[str] = []
    slowest, most = 0.0, [0]
    try:
        await listening.start()
        process = psutil.Process(listening._nursery.pid)
        watching = asyncio.create_task(watched(process, most))
        for name, file in files:
            began = time.monotonic()
            try:
                found = await listening.hear(file, _WANTED)
            except AntiphonError as failure:
                faults.append(f"{name}: {failure.code}")
                continue
            slowest = max(slowest, time.monotonic() - began)
            ends[found.value if isinstance(found, HearingFault) else "heard"] += 1
        watching.cancel()
        if listening._nursery.attempts != 1:
            faults.append(f"the listener was started {listening._nursery.attempts} times")
    finally:
        await listening.close()
    return {"files": ends.total(), "ends": ends, "slowest": slowest, "memory": most[0], "faults": faults}


def run(count: int, seed: int) -> dict[str, Any]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        secret = Path(folder) / "other.m4a"
        secret.write_bytes(bombs.good("m4a"))
        corpus = bombs.all_of_them(url=f"http://127.0.0.1:{canary.getsockname()[1]}", path=str(secret))

        def files() -> Iterator[tuple[str, bytes]]:
            yield from ((name, made()) for name, made in corpus.items())
            yield from damaged(count, seed)

        report = asyncio.run(heard(Path(folder) / "cache", files()))
        with contextlib.suppress(BlockingIOError):
            canary.accept()[0].close()
            report["faults"].append("somebody was asked who must not be")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="Tell a listener files that mean no good.")
    parser.add_argument("--count", type=int, default=100, help="files that chance has damaged")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = run(given.count, given.seed)
    sys.stdout.write(orjson.dumps(report, option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main()
