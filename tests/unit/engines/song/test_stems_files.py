"""Stems as files: a folder of them, or one of them as a song."""

from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from antiphon.cli.main import cli
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import Request
from antiphon.engines.song.making import Create
from antiphon.engines.song.task import Files, Task, packed, task_of
from antiphon.engines.song.worker import work

RATE = 44_100
PLAYED = Create(request=Request(seed=5, style="lo-fi", instrumental=True, seconds=10))


def untold(_report):
    """Nobody looks."""


def made(**what):
    return work(Task(making=PLAYED, **what), untold)


def heard(path):
    return soundfile.read(path, dtype="float32")[0]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A full set as WAV, what was made of it, and the song and its score beside it."""
    folder = tmp_path_factory.mktemp("full")
    files = Files(wav=folder / "song.wav", stems=folder / "stems", score=folder / "song.json")
    return folder, made(files=files, stem_set="full")


def test_a_set_is_a_folder_of_files_that_are_named_in_order(full) -> None:
    folder, song = full
    assert len(song.stems) >= 12
    assert song.stems[:3] == ("kick", "snare", "hi_hat")
    assert {path.name for path in (folder / "stems").iterdir()} == {f"{name}.wav" for name in song.stems}
    lengths = {soundfile.info(path).frames for path in [folder / "song.wav", *(folder / "stems").iterdir()]}
    assert len(lengths) == 1


def test_stems_may_be_mp3_and_need_no_song(full, tmp_path: Path) -> None:
    folder, _song = full
    song = made(files=Files(stems=tmp_path), stem_set="basic", stem_form="mp3")
    assert song.stems == ("vocals", "instrumental")
    assert {path.name for path in tmp_path.iterdir()} == {"vocals.mp3", "instrumental.mp3"}
    vocals, instrumental = (heard(tmp_path / f"{name}.mp3") for name in song.stems)
    assert np.abs(vocals).max() < 1e-4
    assert np.abs(instrumental).max() > 0.05
    assert len(instrumental) == len(vocals) == soundfile.info(folder / "song.wav").frames


def test_one_stem_alone_is_as_it_is_among_all_with_its_notes_alone(full, tmp_path: Path) -> None:
    folder, _song = full
    files = Files(wav=tmp_path / "a.wav", mp3=tmp_path / "a.mp3", midi=tmp_path / "a.mid")
    assert made(files=files, only="kick").stems == ()
    assert files.wav.read_bytes() == (folder / "stems" / "kick.wav").read_bytes()
    assert soundfile.info(files.mp3).frames == soundfile.info(files.wav).frames
    tracks = mido.MidiFile(files.midi).tracks
    assert {message.note for track in tracks for message in track if message.type == "note_on"} <= {35, 36}


def test_what_is_between_two_seconds_is_cut_out(full, tmp_path: Path) -> None:
    folder, _song = full
    made(files=Files(wav=tmp_path / "a.wav"), only="kick", between=(2.0, 4.5))
    found, whole = heard(tmp_path / "a.wav"), heard(folder / "stems" / "kick.wav")
    assert len(found) == 2.5 * RATE
    inside = slice(RATE // 50, -RATE // 50)
    assert np.abs(found[inside] - whole[2 * RATE : round(4.5 * RATE)][inside]).max() < 1e-4


@pytest.mark.parametrize(
    ("what", "reason", "field"),
    [
        ({"only": "hurdy_gurdy"}, "unknown_stem", "only"),
        ({"between": (99.0, 101.0)}, "out_of_range", "between"),
    ],
)
def test_what_is_not_in_the_song_is_refused(what, reason, field, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as refused:
        made(files=Files(wav=tmp_path / "a.wav"), **what)
    assert (refused.value.reason, refused.value.field) == (reason, field)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "reason", "field"),
    [
        ({"files": Files(), "between": (3.0, 3.0)}, "out_of_range", "between"),
        ({"files": Files(), "between": (-1.0, 3.0)}, "out_of_range", "between"),
        ({"files": Files(stems=Path("stems")), "only": "vocals"}, "contradiction", "only"),
    ],
)
def test_what_cannot_be_meant_is_no_task(what, reason, field) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Task(making=PLAYED, **what)
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_a_task_keeps_what_it_says_of_stems() -> None:
    task = Task(making=PLAYED, files=Files(), stem_set="four", stem_form="mp3", only="bass", between=(1.0, 2.0))
    assert task_of(packed(task)) == task


def test_the_command_takes_a_song_apart_as_it_is_told(full, tmp_path: Path) -> None:
    folder, _song = full
    stems = tmp_path / "stems"
    options = ("--stems", str(stems), "--stem-set", "four", "-o", str(tmp_path / "a.wav"))
    done = CliRunner().invoke(cli, ["rework", "remaster", str(folder / "song.json"), *options])
    assert done.exit_code == 0, done.output
    assert {path.name for path in stems.iterdir()} == {"vocals.wav", "drums.wav", "bass.wav", "other.wav"}
