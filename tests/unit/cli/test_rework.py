"""`antiphon rework`, as a stranger uses it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import soundfile
from typer.testing import CliRunner

from antiphon.cli.main import cli
from antiphon.cli.rework import Verb
from antiphon.engines.song import making
from antiphon.engines.song.written import dump, load
from unit.engines.song.test_written import a_score


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where "a.json" is a song of four seconds, and "b.json" is one as well."""
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_bytes(dump(a_score()))
    Path("b.json").write_bytes(dump(replace(a_score(), title="Air")))
    Path("song.mp3").write_bytes(b"ID3")
    return tmp_path


def test_every_verb_that_a_score_can_have_is_on_the_command_line() -> None:
    verbs = {verb.value.replace("-", "_") for verb in Verb}
    others = {"create", "transcribe"}
    assert verbs | others == {each.__dataclass_fields__["verb"].default for each in get_args(making.Verb)}


def test_a_song_that_there_is_becomes_another(folder: Path) -> None:
    command = [sys.executable, "-m", "antiphon", "rework", "remaster", "a.json", "--level", "high", "--score", "c.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert 'remaster.mp3: "Sea", pop, A minor, 96 beats a minute, 0:03.' in done.stderr
    assert soundfile.info(folder / "remaster.mp3").frames > 44_100 * 3
    assert load((folder / "c.json").read_bytes()) == replace(a_score(), master=2)


REFUSED = {
    ("cover",): "Missing argument 'sources'",
    ("dance", "a.json"): "'dance' is not one of",
    ("cover", "missing.json"): "cannot read missing.json: No such file or directory",
    ("cover", "song.mp3"): "song.mp3 is no score; `antiphon sing --score FILE` writes them",
    ("cover", "a.json", "b.json"): "cover takes one score, not 2",
    ("mashup", "a.json"): "mashup takes two scores, not 1",
    ("replace", "a.json"): "replace needs --from and --to",
    ("sample", "a.json", "--from", "1"): "sample needs --to",
    ("concat", "a.json", "b.json", "--style", "jazz"): "concat knows no --style",
    ("cover", "a.json", "--at", "1", "--level", "high"): "cover knows no --at and --level",
    ("remaster", "a.json", "--level", "loud"): "'loud' is not one of",
    ("cover", "a.json", "--audio-weight", "2"): "should be less than or equal to 1",
    ("cover", "a.json", "--style", "x" * 5001): "style is too long: at most 5000 characters",
    ("cover", "a.json", "-o", "cover.flac"): "no format is known for '.flac'; give .mp3 or .wav",
    ("extend", "a.json", "--at", "99"): "--at is out of range: 0 to 3.6 is possible",
    ("concat", "a.json", "b.json"): "the second song does not go on from the first: `extend` makes what does",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_cannot_be_done_is_said_in_a_line(folder: Path, arguments: tuple[str, ...]) -> None:
    before = set(folder.iterdir())
    done = CliRunner().invoke(cli, ["rework", *arguments], terminal_width=200)
    assert REFUSED[arguments] in " ".join((str(done.exception), *done.stderr.replace("│", " ").split()))
    assert set(folder.iterdir()) == before
