"""Servers that tests share or have for themselves, and the command line."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.running import Running, start, stop


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server of a module's tests."""
    running = start(tmp_path_factory.mktemp("server") / "data")
    yield running
    assert stop(running) == 0
    log = (running.data.parent / "data.log").read_text()
    assert "Traceback" not in log, log


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers of the test's own, and ends what is left of them."""
    started: list[Running] = []
    names = itertools.count()

    def launched(*options: str, data: Path | None = None, **environment: str) -> Running:
        started.append(start(data or tmp_path / f"data{next(names)}", *options, **environment))
        return started[-1]

    yield launched
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.fixture(scope="session")
def antiphon() -> Callable[..., subprocess.CompletedProcess[Any]]:
    """Runs the command line to its end."""

    def run(*arguments: str, environment: dict[str, str] | None = None, **options: Any) -> Any:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTIPHON_")}
        kept["COLUMNS"] = "200"
        wanted = {"capture_output": True, "text": True, "timeout": 60, **options}
        command = [str(Path(sys.executable).with_name("antiphon")), *arguments]
        return subprocess.run(command, env=kept | (environment or {}), check=False, **wanted)

    return run
