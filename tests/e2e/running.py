"""A real server process, for tests that look at it from outside."""

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from e2e.wire import Wire

KEY = "e2e-key-of-at-least-24-characters"
LONG = "The quick brown fox jumps over the lazy dog, and then, quite suddenly, it thinks better of it. " * 52
"""More than two minutes of speech, less than 5,000 characters."""

LIMITS = Path(__file__).with_name("limits.toml")

_STARTED = re.compile(r"answers at (\S+)")
_WAITING = (4, 5)
_PATIENCE = 30.0
"""Seconds after which a test would rather fail than wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server process."""

    url: str
    key: str
    data: Path
    process: subprocess.Popen[str]

    def client(self, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)

    def say(self, **wish: Any) -> httpx.Response:
        """Post, on a connection of its own."""
        with self.client() as http:
            return http.post("/tts", json=wished(**wish))

    def wire(self, *, key: str | None = None, verify: ssl.SSLContext | None = None, **wish: Any) -> Wire:
        """Post, and read nothing yet."""
        body = json.dumps(wished(**wish)).encode()
        return Wire(self.url, head=[f"Authorization: Bearer {key or self.key}"], body=body, verify=verify)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def forking(self) -> psutil.Process:
        """The one process between the server and its renderers."""
        (child,) = psutil.Process(self.process.pid).children()
        return child

    def renderers(self) -> set[psutil.Process]:
        """The children of the present forking process, at work or waiting."""
        return set(self.forking().children())

    def idle(self) -> set[psutil.Process]:
        """The renderers, once all of them wait for work."""

        def settled() -> set[psutil.Process] | None:
            found = self.renderers()
            time.sleep(0.05)  # One that is about to end is gone by then.
            return found if len(found) in _WAITING and found == self.renderers() else None

        return eventually(settled)

    @contextlib.contextmanager
    def slow(self, **wish: Any) -> Iterator[tuple[Wire, bytes, psutil.Process]]:
        """A long request whose client has taken the first chunk and no more, and the renderer that serves it.

        Nothing else may be asked of the server at the time.
        """
        before = {process: spent(process) for process in self.idle()}
        wanted = {"text": LONG, "sample_rate": 48_000, "bitrate": 320_000, **wish}
        with self.wire(**wanted) as wire:
            assert wire.head()[0] == 200
            begun = wire.chunk()

            def busy() -> psutil.Process | None:
                worker = max(before, key=lambda process: spent(process) - before[process])
                return worker if spent(worker) - before[worker] > 0.02 else None

            yield wire, begun, eventually(busy)


def wished(**changes: Any) -> dict[str, Any]:
    """A body of `POST /tts`."""
    usual = {"model": "tts-rt-v2", "language": "en", "voice": "Adrian", "audio_format": "mp3", "text": "Hello."}
    return {**usual, **changes}


def eventually(true: Callable[[], Any], *, within: float = _PATIENCE) -> Any:
    """Wait until something is so; what it was."""
    deadline = time.monotonic() + within
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.005)
    return found


def lives(process: psutil.Process) -> bool:
    """Whether it does, and is no zombie."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def spent(process: psutil.Process) -> float:
    """Seconds of processor time; 0 for one that is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:2])
    return 0.0


def start(data: Path, *options: str, module: str = "antiphon", **environment: str) -> Running:
    """Start a server on a free port, by default the product's; the caller stops it."""
    log = data.parent / f"{data.name}.log"
    command = [sys.executable, "-m", module, "serve", "--port", "0", "--data", str(data), "--log-format", "json"]
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "ANTIPHON_BOOTSTRAP_KEY": KEY, "ANTIPHON_LIMITS_FILE": str(LIMITS), **environment},
        )
    assert process.stdout is not None
    too_late = threading.Timer(_PATIENCE, process.kill)
    too_late.start()
    try:
        with process.stdout as output:  # The welcome fits a pipe, and nothing else is written there.
            for line in output:
                if found := _STARTED.search(line):
                    return Running(url=found[1], key=KEY, data=data, process=process)
    finally:
        too_late.cancel()
    process.wait()
    raise AssertionError(log.read_text())


def stop(running: Running) -> int:
    """Stop it as a service manager would; its exit code."""
    running.process.send_signal(signal.SIGTERM)
    return running.process.wait(timeout=60)
