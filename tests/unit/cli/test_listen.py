"""`antiphon listen`, as a stranger uses it. The first test ever waits for what librosa compiles."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from antiphon.cli.hearing import told
from antiphon.domain.heard import ChordKind, Heard, HeardChord, HeardKey, HeardSection, HeardTempo
from antiphon.engines.song.check import faults
from antiphon.engines.song.score import Key, Mode
from antiphon.engines.song.written import load
from unit.engines.listen.sounds import band, home

RATE = 44_100
WITHOUT_LIBROSA = "import sys; sys.modules['librosa'] = None; from antiphon.cli.main import main; main()"


@pytest.fixture
def listen(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory):
    def ran(*arguments: str, program: tuple[str, ...] = ("-m", "antiphon")) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *program, "listen", *arguments]
        environment = {**os.environ, "HOME": str(home(tmp_path_factory))}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    return ran


@pytest.fixture
def song(tmp_path: Path) -> str:
    soundfile.write(tmp_path / "song.wav", 0.5 * band(bpm=120, bars=4, rate=RATE), RATE)
    return "song.wav"


def test_a_page_tells_what_is_heard(listen, song: str) -> None:
    done = listen(song)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        "length  0:08.5",
        "tempo   120.0 beats a minute (or 60.0)",
        "meter   4 beats a bar",
        "key     C major",
    ]
    assert lines[5].split(None, 2) == ["0:00.0", "A", "| C | G | Am | F |"]
    assert done.stderr == ""


def test_json_tells_all_and_stems_are_written_beside(listen, song: str, tmp_path: Path) -> None:
    done = listen(song, "--json", "--stems", "stems", "--parts", "4")
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert heard["tempo"]["bpm"] == pytest.approx(120, rel=0.005)
    assert len(heard["beats"]) == pytest.approx(17, abs=1)
    whole, _ = soundfile.read(tmp_path / song)
    stems = [soundfile.read(path)[0] for path in sorted((tmp_path / "stems").iterdir())]
    assert sorted(path.name for path in (tmp_path / "stems").iterdir()) == [
        "bass.wav",
        "drums.wav",
        "other.wav",
        "vocals.wav",
    ]
    assert np.abs(sum(stems)[:, 0] - whole).max() < 4 / 32_768


def test_a_score_of_it_is_written_of_which_something_else_can_be_made(listen, song: str, tmp_path: Path) -> None:
    done = listen(song, "--score", "song.json", "--style", "folk")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("song.json: 5 bars, folk; ")  # Its last sound rings into a fifth.

    score = load((tmp_path / "song.json").read_bytes())
    assert faults(score) == []
    assert (score.title, score.key, round(score.tempos[0].bpm)) == ("song", Key(tonic=0, mode=Mode.MAJOR), 120)
    assert [chord.root for chord in score.chords][:4] == [0, 7, 9, 5]


WRONG = {
    ("missing.wav",): "cannot read missing.wav: No such file or directory",
    ("text.txt",): "text.txt is no sound that is read here: WAV, FLAC, MP3, Ogg, M4A, AAC or WebM",
    ("song.wav", "--parts", "3"): "--parts is 2 (vocals, instrumental) or 4 (vocals, drums, bass, other)",
    ("song.wav", "--lyrics", "missing.txt"): "cannot read missing.txt: No such file or directory",
    ("song.wav", "--stems", "text.txt"): "cannot write text.txt: File exists",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_what_cannot_be_done_is_said_in_a_line(listen, song: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "text.txt").write_text("no sound " * 100)
    done = listen(*arguments)
    assert (done.returncode, done.stderr) == (1, f"antiphon: {WRONG[arguments]}\n")


def test_without_librosa_the_extra_is_named(listen, song: str) -> None:
    done = listen(song, program=("-c", WITHOUT_LIBROSA))
    assert (done.returncode, done.stderr) == (
        1,
        "antiphon: listening needs more than is installed: pip install 'antiphon[listen]'\n",
    )


def test_the_page_counts_bars_in_their_sections_and_names_notes_by_the_key() -> None:
    heard = Heard(
        seconds=75.04,
        tempo=HeardTempo(bpm=60.0, alternative=120.0, steadiness=0.3),
        meter=3,
        division=3,
        beats=tuple(float(beat) for beat in range(75)),
        downbeats=tuple(float(beat) for beat in range(0, 75, 3)),
        key=HeardKey(tonic=5, mode="minor", certainty=0.2, tuning=-20.0),
        chords=(
            HeardChord(start=0.0, end=6.0, root=5, kind=ChordKind.MINOR),
            HeardChord(start=6.0, end=8.0, root=10, kind=ChordKind.SEVENTH, bass=8),
            HeardChord(start=8.0, end=15.0, root=3, kind=ChordKind.MAJOR),
        ),
        sections=(
            HeardSection(start=0.0, end=15.0, label="A", energy=1.0),
            HeardSection(start=15.0, end=75.04, label="B", energy=1.0),
        ),
        sung=True,
    )
    assert told(heard).splitlines()[:9] == [
        "length  1:15.0",
        "tempo   60.0 beats a minute (or 120.0), uneven",
        "meter   3 beats a bar, each in three",
        "key     F minor, tuned 20 cents low",
        "voice   sung",
        "",
        " 0:00.0  A   | Fm | . | Bb7/Ab Eb | . |",
        "             | . |",
        " 0:15.0  B   | - | - | - | - |",
    ]
