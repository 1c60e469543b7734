"""A real server process, for tests that look at it from outside."""

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

KEY = "e2e-key-of-at-least-24-characters"
_STARTED = re.compile(r"answers at (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server process."""

    url: str
    key: str
    data: Path
    process: subprocess.Popen[str]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def start(data: Path, **environment: str) -> Running:
    """Start a server on a free port; the caller stops it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "antiphon", "serve", "--port", "0", "--data", str(data), "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=(data.parent / f"{data.name}.log").open("a"),
        text=True,
        env={**os.environ, "ANTIPHON_BOOTSTRAP_KEY": KEY, **environment},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if found := _STARTED.search(line):
            # Reads on, so that the server never waits for a full pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return Running(url=found[1], key=KEY, data=data, process=process)
    process.wait()
    raise AssertionError((data.parent / f"{data.name}.log").read_text())


def stop(running: Running) -> int:
    """Stop it as a service manager would; its exit code."""
    running.process.send_signal(signal.SIGTERM)
    return running.process.wait(timeout=60)
