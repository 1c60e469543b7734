"""A confined process cannot go back, so each of these runs in one of its own."""

import signal
import subprocess
import sys

import pytest

MEBIBYTE = 1024**2


def confined(act: str, *, memory: int = 2048 * MEBIBYTE, seconds: int = 20) -> subprocess.CompletedProcess[str]:
    given_up = f"from antiphon.kit.confinement import confine\nconfine(memory={memory}, seconds={seconds})"
    code = f"import os, socket\n{given_up}\n{act}"
    return subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/passwd')",
        "open('/dev/null')",
        "socket.socket()",
        "socket.socketpair()",
        "os.pipe()",
        "os.dup(1)",
        "os.memfd_create('x')",
        "os.listdir('/')",
    ],
)
def test_nothing_can_be_opened(act):
    done = confined(f"try:\n    {act}\nexcept OSError as error:\n    print(error.errno)")
    assert (done.returncode, done.stdout) == (0, "24\n"), done.stderr


def test_what_was_open_stays_so():
    done = confined("import select; p = select.poll(); p.register(1); print(len(p.poll(0)))")
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_the_bounds_are_hard_ones():
    done = confined("import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))")
    assert done.stdout == "(1, 1)\n", done.stderr


def test_memory_ends():
    done = confined(
        f"try:\n    bytearray({512 * MEBIBYTE})\nexcept MemoryError:\n    print('no')", memory=256 * MEBIBYTE
    )
    assert (done.returncode, done.stdout) == (0, "no\n"), done.stderr


def test_time_ends():
    done = confined("while True: pass", seconds=1)
    assert done.returncode in {-signal.SIGKILL, -signal.SIGXCPU}
