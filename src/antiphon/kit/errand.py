"""Work that is given to a process of its own, which ends when it is done or when nobody waits for it any more.

The process is `python -m MODULE`; `runner.run` is its half.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from antiphon.kit.environment import inherited

ONE_CORE: Mapping[str, str] = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",  # Processes stand side by side, and each is to take one core.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),  # Arrays come and go: to ask the system for the memory of each
        "MALLOC_TRIM_THRESHOLD_": str(1024**3),  # anew would take a fifth of the time.
    }
)
"""The environment of a process that computes with arrays."""

_PATIENCE = 5.0
"""Seconds that a process has to clean up."""
_LONGEST_LINE = 1024 * 1024


def _nothing(_process: int) -> Iterable[Path]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be done.

    Args:
        module: That is run.
        order: A line, which it reads from its standard input.
        withheld: Variables that begin so are kept from it.
        begun: What files a process, by its number, may have begun: what is left of them when it has ended is deleted.
    """

    module: str
    order: bytes
    withheld: str
    begun: Callable[[int], Iterable[Path]] = _nothing


class Running:
    """An errand while its process runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def told(self) -> AsyncIterator[bytes]:
        """The lines that the process writes, until it ends or closes its output."""
        if self._process.stdout is None:
            raise TypeError("the process was started without pipes")
        return self._process.stdout

    async def status(self) -> int:
        """Wait for its end: the exit status, below 0 the signal that ended it."""
        return await self._process.wait()


@contextlib.asynccontextmanager
async def running(errand: Errand) -> AsyncIterator[Running]:
    """Start a process; when this is left it has ended, with whatever it has started itself."""
    with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as scratch:
        process = await _started(errand, scratch)
        try:
            await _ordered(process, errand.order)
            yield Running(process)
        finally:
            await _ended(process)
            for path in tuple(errand.begun(process.pid)):
                path.unlink(missing_ok=True)


async def _started(errand: Errand, scratch: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        errand.module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**inherited(withheld=errand.withheld), **ONE_CORE, "TMPDIR": scratch},
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C is for us; and what it has started itself is then ended with it.
    )


async def _ordered(process: asyncio.subprocess.Process, order: bytes) -> None:
    if process.stdin is None:
        raise TypeError("the process was started without pipes")
    # Of one that died at once. uvloop calls a pipe whose reader is gone a RuntimeError; its exit status tells more.
    with contextlib.suppress(ConnectionError, RuntimeError):
        process.stdin.write(order)
        await process.stdin.drain()
        process.stdin.close()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Have it end, with whatever it has started: that may outlive it, and nobody may have the patience to wait."""
    try:
        if process.returncode is None:
            _told_to_end(process, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await process.wait()
    finally:
        _told_to_end(process, signal.SIGKILL)
    await process.wait()


def _told_to_end(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
