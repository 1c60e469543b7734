"""`antiphon sing`, as a stranger uses it."""

import json
import subprocess
import sys
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile


def sing(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "antiphon", "sing", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_a_song_is_written_played_and_sung_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    beside = ("--stems", "stems", "--midi", "a.mid", "--timed-lyrics", "a.lrc", "--score", "a.json")
    done = sing("A pop song about the sea", "--seconds", "12", "--seed", "3", "-o", "a.wav", *beside, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Seed 3." in done.stderr
    sound, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert (rate, sound.shape[1]) == (44_100, 2)
    assert 10 < len(sound) / rate < 25
    assert 0.05 < np.sqrt((sound**2).mean()) < 0.5
    stems = [soundfile.read(path, dtype="float32")[0] for path in (tmp_path / "stems").iterdir()]
    assert len(stems) >= 3
    assert "vocals.wav" in {path.name for path in (tmp_path / "stems").iterdir()}
    assert {stem.shape for stem in stems} == {sound.shape}
    assert mido.MidiFile(tmp_path / "a.mid").length > 5
    assert (tmp_path / "a.lrc").read_text().startswith("[ti:")
    assert json.loads((tmp_path / "a.json").read_bytes())["seed"] == 3


def test_the_same_seed_gives_the_same_file_and_another_another(tmp_path: Path) -> None:
    wish = ("--style", "lo-fi", "--instrumental", "--seconds", "10")
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert sing(*wish, "--seed", seed, "-o", f"{name}.mp3", folder=tmp_path).returncode == 0
    one, same, other = ((tmp_path / f"{name}.mp3").read_bytes() for name in "abc")
    assert one == same
    assert one != other


REFUSED = {
    (): "say what the song is to be",
    ("A song", "-o", "song.ogg"): "no format is known for '.ogg'",
    ("A song", "--voice", "x"): "there is no voice 'x'",
    ("A song", "--lyrics", "missing.txt"): "cannot read missing.txt",
    ("A song", "--seconds", "12", "-o", "missing/song.mp3"): "cannot write missing/song.mp3",
    ("x" * 5001,): "description is too long: at most 5000 characters",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = sing(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert f"antiphon: {REFUSED[arguments]}" in done.stderr
    assert "Traceback" not in done.stderr
