"""`antiphon sing`, as a stranger uses it."""

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import mido
import numpy as np
import psutil
import pytest
import soundfile
from typer.testing import CliRunner

from antiphon.cli.failing import CommandFailed
from antiphon.cli.main import cli
from antiphon.cli.singing import persona_of
from antiphon.engines.song.written import dump
from unit.engines.song.test_written import a_score

PROGRAM = (sys.executable, "-m", "antiphon", "sing")


def sing(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """A song with all that belongs to it: the folder, and what was said."""
    folder = tmp_path_factory.mktemp("song")
    beside = ("--stems", "stems", "--midi", "a.mid", "--timed-lyrics", "a.lrc", "--score", "a.json", "-o", "a.mp3")
    return folder, sing("A song about the sea", "--seconds", "12", "--seed", "3", "-o", "a.wav", *beside, folder=folder)


def test_a_song_is_written_played_and_sung_with_all_that_belongs_to_it(song) -> None:
    folder, done = song
    assert done.returncode == 0, done.stderr
    assert "Seed 3." in done.stderr
    sound, rate = soundfile.read(folder / "a.wav", dtype="float32")
    assert (rate, sound.shape[1]) == (44_100, 2)
    assert 10 < len(sound) / rate < 25
    assert 0.05 < np.sqrt((sound**2).mean()) < 0.5
    assert soundfile.info(folder / "a.mp3").frames == len(sound)
    stems = [soundfile.read(path, dtype="float32")[0] for path in (folder / "stems").iterdir()]
    assert len(stems) >= 3
    assert "stems/vocals.wav" in files_in(folder)
    assert {stem.shape for stem in stems} == {sound.shape}
    assert max(np.abs(stem).max() for stem in stems) < 0.99
    assert mido.MidiFile(folder / "a.mid").length > 5
    assert (folder / "a.lrc").read_text().startswith("[ti:")
    assert json.loads((folder / "a.json").read_bytes())["seed"] == 3


def test_where_there_is_no_terminal_stages_are_named_in_plain_lines(song) -> None:
    _folder, done = song
    assert done.stderr.replace("\n", "").isprintable()
    assert {"Writing", "Playing", "Singing", "Encoding"} <= set(done.stderr.splitlines())
    assert done.stdout == ""


def test_takes_are_numbered_and_differ(tmp_path: Path) -> None:
    wish = ("--style", "lo-fi", "--instrumental", "--seconds", "10", "--seed", "5", "--takes", "2", "--stems", "parts")
    done = sing(*wish, "-o", "a.mp3", "--midi", "a.mid", folder=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name.format(take)}" for name in ("a-{}.mp3", "a-{}.mid", "parts-{}") for take in (1, 2)
    }
    assert (tmp_path / "a-1.mp3").read_bytes() != (tmp_path / "a-2.mp3").read_bytes()
    assert "a-1.mp3: " in done.stderr
    assert "a-2.mp3: " in done.stderr
    assert "Seed 5." in done.stderr


def test_ctrl_c_leaves_neither_files_nor_processes(tmp_path: Path) -> None:
    command = [*PROGRAM, "A long song", "--seconds", "240", "--score", "a.json", "-o", "a.mp3"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line == "Singing\n" for line in process.stderr)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == 130
    assert started
    assert psutil.wait_procs(started, timeout=30)[1] == []
    assert files_in(tmp_path) == set()


REFUSED = {
    (): "say what the song is to be",
    ("A song", "-o", "song.ogg"): "no format is known for '.ogg'; give .mp3 or .wav",
    ("A song", "-o", "a.mp3", "-o", "b.mp3"): "two files are named for mp3; give one .mp3 and one .wav",
    ("A song", "--voice", "x"): "there is no voice 'x'; give f or m",
    ("A song", "--lyrics", "missing.txt"): "cannot read missing.txt: No such file or directory",
    ("A song", "--persona", "missing.wav"): "cannot read missing.wav: No such file or directory",
    ("A song", "--persona", "text.txt"): "no voice can be taken from text.txt: it is no sound, nor a score",
    ("A song", "--persona", "other.json"): "other.json is no score; `antiphon sing --score FILE` writes them",
    ("x" * 5001,): "description is too long: at most 5000 characters",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("not a sound")
    Path("other.json").write_text("{}")
    done = CliRunner().invoke(cli, ["sing", *arguments])
    assert str(done.exception).startswith(REFUSED[arguments])
    assert files_in(tmp_path) == {"text.txt", "other.json"}


def test_what_a_worker_cannot_do_is_said_in_a_line_too(tmp_path: Path) -> None:
    done = sing("A song", "-o", "missing/song.mp3", folder=tmp_path)
    assert done.returncode == 1
    assert "antiphon: cannot write missing/" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_sang_a_song_can_sing_another(tmp_path: Path) -> None:
    source = a_score()
    (tmp_path / "a.json").write_bytes(dump(source))
    assert source.vocal is not None
    assert persona_of(tmp_path / "a.json") == source.vocal.singer
    (tmp_path / "b.json").write_bytes(dump(dataclasses.replace(source, vocal=None)))
    with pytest.raises(CommandFailed, match="nobody sings in"):
        persona_of(tmp_path / "b.json")
