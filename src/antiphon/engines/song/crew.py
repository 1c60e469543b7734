"""Whoever wants songs has workers make them: each in a process of its own, which ends when nobody waits for it.

No numpy is needed here: a server may use this in its main process.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.engines.song.task import Failed, Files, Made, Progressed, Refused, Task, packed, part_of, report_of
from antiphon.kit.environment import inherited

Told = Callable[[Progressed], None]
"""Called with how far a worker is."""

_WORKER = "antiphon.engines.song.worker"
_SECRET = "ANTIPHON_"  # noqa: S105 - what variables with keys and passwords begin with
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # Workers stand side by side, and each is to take one core.
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),  # Arrays come and go: to ask the system for the memory of each anew
    "MALLOC_TRIM_THRESHOLD_": str(1024**3),  # would take a fifth of a song's time.
}
_PATIENCE = 5.0
"""Seconds that a worker has to clean up."""
_LONGEST_LINE = 1024 * 1024


class SongFailed(RuntimeError):
    """A song could not be made here and now.

    Args:
        reason: As `task.Failed`.
        detail: For people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class WorkerDied(Unavailable):
    """A worker ended without a word.

    Args:
        status: Its exit status; below 0 the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(UnavailableCause.MAKER_DIED)
        self.status = status


async def made(task: Task, told: Told) -> Made:
    """Have one song made. Cancelled, it leaves neither a process nor half a file.

    Raises:
        InvalidRequest: There can be no such song.
        SongFailed: It could not be made here and now.
        WorkerDied: Its worker crashed, or took more than `Task.limits` allows.
    """
    with tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True) as scratch:
        worker = await _started(scratch)
        try:
            return await _listened(worker, task, told)
        finally:
            await _ended(worker)
            _swept(task.files, worker.pid)


async def all_made(tasks: Sequence[Task], told: Callable[[int, Progressed], None], *, at_once: int) -> tuple[Made, ...]:
    """Have songs made, several at once; the first that fails ends the others.

    Args:
        tasks: What is wanted.
        told: Called with the number of a task, from 0, and how far it is.
        at_once: How many workers there may be.

    Raises:
        InvalidRequest, SongFailed, WorkerDied: As `made`.
    """
    places = asyncio.Semaphore(at_once)

    async def one(number: int, task: Task) -> Made:
        async with places:
            return await made(task, lambda progress: told(number, progress))

    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(one(number, task)) for number, task in enumerate(tasks)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return tuple(each.result() for each in running)


async def _started(scratch: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _WORKER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**inherited(withheld=_SECRET), **_ENVIRONMENT, "TMPDIR": scratch},
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C is for us; and what it has started itself is then ended with it.
    )


async def _listened(worker: asyncio.subprocess.Process, task: Task, told: Told) -> Made:
    if worker.stdin is None or worker.stdout is None:
        raise TypeError("the worker was started without pipes")
    # Of one that died at once. uvloop calls a pipe whose reader is gone a RuntimeError; its exit status tells more.
    with contextlib.suppress(ConnectionError, RuntimeError):
        worker.stdin.write(packed(task))
        await worker.stdin.drain()
        worker.stdin.close()
    async for line in worker.stdout:
        match report_of(line):
            case Progressed() as progress:
                told(progress)
            case Made() as song:
                return song
            case Refused() as refusal:
                raise InvalidRequest(refusal.reason, refusal.field, **refusal.facts)
            case Failed() as failure:
                raise SongFailed(failure.reason, failure.detail)
    raise WorkerDied(await worker.wait())


async def _ended(worker: asyncio.subprocess.Process) -> None:
    """Have the worker end, with whatever it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if worker.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.wait(), _PATIENCE)


def _swept(files: Files, process: int) -> None:
    """What a worker that was killed had begun is taken away."""
    for name, path in files.wanted():
        found = path.glob(part_of(Path("*"), process).name) if name == "stems" else [part_of(path, process)]
        for part in found:
            part.unlink(missing_ok=True)
