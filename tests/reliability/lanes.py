"""Harnesses are programs: run one as a process, or the same with two seeds on two cores."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

TESTS = Path(__file__).parents[1]
CORES = 2


def seed_of_run() -> int:
    """What CI gives, so that runs differ; else always the same. `ANTIPHON_SEED` does it again."""
    return int(os.environ.get("ANTIPHON_SEED", "1"))


def path() -> str:
    """Where Python is to look for the harnesses, besides where it looks already."""
    return os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(TESTS)]))


def start(module: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A harness as a process."""
    command = [sys.executable, "-m", f"reliability.{module}", "--json", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": path()}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def reports(processes: Sequence[subprocess.Popen[bytes]], *, within: float) -> list[dict[str, Any]]:
    """What they print at their end, and on standard error whatever they have to say about it.

    Raises:
        AssertionError: One said nothing; its standard error.
        subprocess.TimeoutExpired: They took longer than so many seconds.
    """
    found = []
    try:
        for process in processes:
            said, complaint = process.communicate(timeout=within)
            assert said, complaint.decode()
            *_log, report = said.splitlines()  # What the parts under test have to say comes before.
            found.append({**orjson.loads(report), "complaint": complaint.decode()})
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return found


def on_all_cores(module: str, *, count: int, seed: int, within: float, extra: Sequence[object] = ()) -> dict[str, Any]:
    """One harness with a share of `count` for each core; their reports added up."""
    share = -(-count // CORES)
    processes = [
        start(module, "--seed", CORES * seed + lane, "--count", min(share, count - lane * share), *extra)
        for lane in range(CORES)
    ]
    return added(reports(processes, within=within))


def added(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Reports as one: numbers and lists are added, but for `seed`, and the most of `seconds` and `slowest` counts."""
    total: dict[str, Any] = dict(found[0])
    for report in found[1:]:
        for name, value in report.items():
            total[name] = max(total[name], value) if name in {"seconds", "slowest"} else total[name] + value
    total["seed"] = [report["seed"] for report in found]
    return total
