"""A Redis (or Valkey) server for tests alone: on a Unix socket in a folder of its own, gone when the tests are."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest


def find_server() -> str:
    """The server's program; skips the test where there is none, unless it is required."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        missing = "no redis-server or valkey-server (Debian: apt-get install redis-server)"
        if os.environ.get("ANTIPHON_REQUIRE_REDIS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class ThrowawayRedis:
    """A server that can be killed, frozen and brought back.

    Args:
        program: `redis-server` or `valkey-server`.
        folder: Its own; short, because a socket's path may have 107 bytes.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock"
        self._command = [program, "--port", "0", "--unixsocket", str(folder / "redis.sock"), "--dir", str(folder)]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it accepts connections."""
        self._process = subprocess.Popen(
            [*self._command, "--save", "", "--appendonly", "no"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if "eady to accept connections" in line:
                return
        self.kill()
        pytest.fail("redis-server did not start:\n" + "".join(lines))

    def kill(self) -> None:
        """As a crash would. What it knew is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """It accepts connections and never answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
