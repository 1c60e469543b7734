"""How many requests a second the per-minute limits let through: in memory, and in Redis.

Each asks three rates at once: an account's, a project's and a key's. Starts a Redis of its own where it finds one.
Usage: python limits.py [SECONDS]
"""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from antiphon.domain.limits import Rate
from antiphon.domain.units import Seconds
from antiphon.kit.clock import SystemClock
from antiphon.store.rates import Ask, Rates
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.rates_redis import RedisRates

TIERS = ("organization", "project", "key")
ACCOUNTS = 1000
AMPLE = Rate(limit=1_000_000, period=Seconds(60.0))
SCARCE = Rate(limit=1, period=Seconds(86_400.0))


def asks_of(rate: Rate, *, tiers: Sequence[str] = TIERS) -> list[list[Ask]]:
    return [[Ask(f"soniox:tts:{tier}:{account:032x}", rate) for tier in tiers] for account in range(ACCOUNTS)]


async def measure(name: str, rates: Rates, asks: list[list[Ask]], *, clients: int, seconds: float) -> None:
    done = 0
    ends = time.perf_counter() + seconds

    async def client(first: int) -> None:
        nonlocal done
        account = first
        while time.perf_counter() < ends:
            for _ in range(20):
                await rates.take(asks[account % ACCOUNTS])
                account += clients
                done += 1

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[client(first) for first in range(clients)])
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    print(f"{name:32} {clients:3} clients {done / took:12,.0f} /s {used / done * 1e6:8.1f} us of CPU each")


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [program, "--port", "0", "--unixsocket", f"{folder}/s", "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            next(line for line in process.stdout if "eady to accept connections" in line)
            yield f"unix://{folder}/s"
            process.terminate()


async def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    cases = (
        ("one rate", asks_of(AMPLE, tiers=TIERS[:1])),
        ("three rates", asks_of(AMPLE)),
        ("three rates, refused", asks_of(SCARCE)),
    )
    for name, asks in cases:
        memory = MemoryRates(SystemClock())
        await measure(f"memory, {name}", memory, asks, clients=1, seconds=seconds)
    with redis_server() as url:
        if url is None:
            print("redis: not measured, there is no redis-server")
            return
        rates = RedisRates.connect(url, clock=SystemClock())
        for clients in (1, 32, 256):
            await measure("redis, three rates", rates, cases[1][1], clients=clients, seconds=seconds)
        await rates.close()


if __name__ == "__main__":
    asyncio.run(main())
