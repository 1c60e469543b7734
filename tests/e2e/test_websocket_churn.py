"""A minute of websockets that come, speak, cancel, close and break, and what is left of them: nothing."""

import os
import subprocess
import sys
from pathlib import Path

QUICK_STOP = {**os.environ, "ANTIPHON_DRAIN_SECONDS": "1"}
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

DEAF = f"""
import runpy
import sys
from antiphon.web.inbox import Inbox
Inbox.end = lambda *_: None  # No endpoint hears that its client is gone.
sys.path.insert(0, {str(BENCHMARKS)!r})
runpy.run_path({str(BENCHMARKS / "watched.py")!r}, run_name="__main__")
"""


def churn(*arguments):
    """Run the benchmark's; its exit code, and what it printed."""
    command = [sys.executable, BENCHMARKS / "churn.py", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=QUICK_STOP)
    return done.returncode, done.stdout + done.stderr


def test_a_minute_of_coming_and_going_leaves_nothing_behind():
    code, said = churn(60)
    assert code == 0, said


def test_the_churn_finds_a_server_that_does_not_notice_who_leaves(tmp_path):
    deaf = tmp_path / "deaf.py"
    deaf.write_text(DEAF)
    code, said = churn(3, deaf)
    assert code == 1, said
    (tasks,) = (line for line in said.splitlines() if line.startswith("| tasks"))
    assert "**no**" in tasks
