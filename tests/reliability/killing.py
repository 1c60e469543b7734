"""Killing a whole server, and what it may leave behind when it was killed."""

from collections.abc import Sequence
from pathlib import Path

import psutil

from e2e.running import Running, eventually, lives


def kill(running: Running) -> None:
    """Kill -9 of a server; returns when all its children are gone too."""
    family = [psutil.Process(running.process.pid), *running.children()]
    running.process.kill()
    running.process.wait()
    for process in family:
        eventually(lambda process=process: not lives(process))


def unfinished(data: Path) -> Sequence[Path]:
    """What only a file that is being written, or made, may have left in a data folder."""
    return [path for name in ("files/.unfinished", "scratch") for path in (data / name).iterdir()]
