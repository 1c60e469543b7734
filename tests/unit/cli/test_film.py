"""`antiphon film`, as a stranger uses it."""

import subprocess
import sys
from pathlib import Path

import av
import pytest


def film(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "antiphon", "film", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_a_film_is_made_and_told_about(tmp_path: Path) -> None:
    wish = ("A starry night", "--seconds", "3", "--size", "480p", "--aspect", "3:4", "--seed", "3", "--silent")
    done = film(*wish, "-o", "a.mp4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a.mp4: 72 frames of 480 x 640 pixels" in done.stderr
    assert "Seed 3." in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.streams.video[0].frames == 72


REFUSED = {
    (): "say what the film is to show",
    ("A lake", "-o", "film.avi"): "no format is known for '.avi'; give .mp4",
    ("A lake", "--seconds", "0"): "seconds must be from 1 to 10",
    ("A lake", "--seconds", "11"): "seconds must be from 1 to 10",
    ("A lake", "--size", "900p"): "there is no such size; give one of 480p, 720p, 1080p",
    ("A lake", "--aspect", "5:1"): "there is no such aspect; give one of 1:1, 16:9",
    ("A lake", "-o", "missing/film.mp4"): "cannot write missing/film.mp4",
    ("x" * 32_001,): "the prompt is too long: at most 32000 characters",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = film(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert f"antiphon: {REFUSED[arguments]}" in done.stderr
    assert list(tmp_path.iterdir()) == []
