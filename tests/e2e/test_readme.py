"""The README, done as written: a copy of this tree, a new environment, and its commands."""

import io
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL_SECONDS, STOP_SECONDS = 300, 60
KEY = re.compile(r"sona_sk_[0-9A-Za-z.]+")
URL = re.compile(r"http://127\.0\.0\.1:\d+")
PASTED = re.compile(r"^  curl (?:.*\\\n)*.*[^\\\n]\n", re.MULTILINE)


def blocks(language: str, section: str) -> list[str]:
    text = README.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


MAKE_SERVE, SAY = blocks("sh", "Quick start")
(PRINTED,) = blocks("text", "Quick start")


class Terminal:
    """A program in a terminal of its own, as somebody at a keyboard starts it."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self.seen = ""
        self._screen, self._line = pty.openpty()
        # The first terminal that the leader of a session opens is the one whose keys it obeys.
        script = f'exec {command.strip()} <>"$0" >&0 2>&1'
        self._program = subprocess.Popen(
            ["bash", "-c", script, os.ttyname(self._line)],  # noqa: S607 - whichever bash there is
            cwd=folder,
            env=environment,
            start_new_session=True,
        )

    def wait_for(self, wanted: re.Pattern[str], seconds: float) -> str:
        """Read until `wanted` is on the screen; the match."""
        until = time.monotonic() + seconds
        while not (found := wanted.search(self.seen)):
            self._read()
            assert self._program.poll() is None, f"it ended:\n{self.seen}"
            assert time.monotonic() < until, f"{wanted.pattern!r} was not printed:\n{self.seen}"
        return found[0]

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def close(self) -> None:
        """Wait for the end; kill what does not come to one."""
        until = time.monotonic() + STOP_SECONDS
        while self._program.poll() is None and time.monotonic() < until:
            self._read()
        if self._program.poll() is None:
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()
        self._read()
        os.close(self._screen)
        os.close(self._line)

    def _read(self) -> None:
        if select.select([self._screen], [], [], 0.2)[0]:
            self.seen += os.read(self._screen, 65536).decode().replace("\r\n", "\n")


def a_strangers_environment() -> dict[str, str]:
    """This one without what the developer of Antiphon has in it. Pip's own settings and cache stay."""
    ours = re.compile(r"ANTIPHON_|VIRTUAL_ENV|PYTHON.|PYTEST|MAKE|MFLAGS")
    path = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part).parent / "pyvenv.cfg").exists()
    )
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return {**kept, "PATH": path, "ANTIPHON_PORT": "0"}  # The one change: port 8080 may be taken.


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    folder = tmp_path_factory.mktemp("stranger")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # One that was deleted is listed until it is committed.
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def quick_start(copy: Path) -> Iterator[Terminal]:
    terminal = Terminal(MAKE_SERVE, copy, a_strangers_environment())
    try:
        terminal.wait_for(PASTED, INSTALL_SECONDS)
        yield terminal
    finally:
        terminal.press_ctrl_c()
        terminal.close()


def paste(command: str, folder: Path, **environment: str) -> None:
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - whichever bash there is
        cwd=folder,
        env={**a_strangers_environment(), **environment},
        timeout=60,
        check=True,
    )


def assert_sound(data: bytes) -> None:
    samples, rate = soundfile.read(io.BytesIO(data))
    assert 0.3 < len(samples) / rate < 3
    assert abs(samples).max() > 0.1


def test_a_new_user_has_a_server_and_hears_it(quick_start: Terminal, copy: Path) -> None:
    paste(PASTED.search(quick_start.seen)[0], copy)  # type: ignore[index]
    assert_sound((copy / "hello.mp3").read_bytes())


def test_the_server_prints_what_the_readme_shows(quick_start: Terminal) -> None:
    def anonymous(text: str) -> str:
        return URL.sub("URL", KEY.sub("KEY", text))

    assert anonymous(PRINTED.strip()) in anonymous(quick_start.seen)


def test_the_command_line_speaks_without_a_server(quick_start: Terminal, copy: Path) -> None:
    (copy / "hello.mp3").unlink(missing_ok=True)
    paste(SAY, copy)
    assert_sound((copy / "hello.mp3").read_bytes())


def test_the_server_paints(quick_start: Terminal, copy: Path) -> None:
    _, by_the_server = blocks("sh", "A picture, and a film")
    paste(by_the_server.replace("http://127.0.0.1:8080", URL.search(quick_start.seen)[0]), copy)  # type: ignore[index]
    assert (copy / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_the_published_sdk_speaks_to_the_server(quick_start: Terminal, tmp_path: Path, copy: Path) -> None:
    (program,), (make_key,) = blocks("python", "With the published SDK"), blocks("sh", "With the published SDK")
    url = URL.search(quick_start.seen)
    assert url
    assert URL.search(program)
    (tmp_path / "program.py").write_text(URL.sub(url[0], program), encoding="utf-8")
    paste(f"{make_key}\ncd {tmp_path}\n{sys.executable} program.py", copy)
    assert_sound((tmp_path / "hello.wav").read_bytes())


def test_ctrl_c_stops_the_server(quick_start: Terminal, copy: Path) -> None:
    again = Terminal(MAKE_SERVE, copy, {**a_strangers_environment(), "ANTIPHON_DATA": "another"})
    try:
        again.wait_for(URL, 60)
        assert (copy / "another" / "control.sock").exists()
    finally:
        again.press_ctrl_c()
        again.close()
    assert "Traceback" not in again.seen
    assert not (copy / "another" / "control.sock").exists()
