"""The process that does an errand, by itself."""

import signal
import subprocess
import sys

ENDED_LATE = """
import atexit, os, signal
from antiphon.kit import runner
atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
runner.run(lambda order, tell: tell(order))
"""


def test_who_is_ended_when_all_is_done_says_nothing_of_it():
    command = [sys.executable, "-c", ENDED_LATE]
    done = subprocess.run(command, input=b"a line\n", capture_output=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (b"a line\n", b"", -signal.SIGTERM)
