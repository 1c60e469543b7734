"""`antiphon sing --cover --film`: what stands around a song."""

import json
from pathlib import Path

import av
import pytest
from PIL import Image
from typer.testing import CliRunner

from antiphon.cli.failing import CommandFailed
from antiphon.cli.main import cli
from antiphon.cli.singing import Wanted
from antiphon.cli.sleeving import Sleeve
from antiphon.domain.songs import SongTempo
from antiphon.domain.units import Seconds
from antiphon.engines.song.score import Key
from antiphon.engines.song.task import Made
from unit.engines.sleeve.sleeving import a_sound


def files_in(folder):
    return {path.name for path in folder.iterdir()}


def a_song(folder: Path) -> Made:
    """As `sung` gives it, half a second long."""
    words = folder / "words.json"
    words.write_text(json.dumps({"words": [{"text": "sea", "line": 0, "start_s": 0.1, "end_s": 0.4}]}))
    return Made(
        title="The Sea",
        seconds=Seconds(0.5),
        bpm=120.0,
        tempo=SongTempo(mean=120.0, low=120.0, high=120.0),
        key=Key(tonic=0, mode="major"),
        style="surf_rock",
        tags="surf rock, summer",
        seed=3,
        understood=(),
        unknown=(),
        language="en",
        lyrics="[Verse 1]\nsea",
        files={"wav": a_sound(folder, 0.5), "words": words},
        stems=(),
    )


def wanted(timed_lyrics=None):
    return Wanted(outputs=[Path("a.wav")], stems=None, midi=None, timed_lyrics=timed_lyrics, score=None)


def a_sleeve(folder: Path, *, cover=None, film=None):
    named = {"cover": cover, "film": film}
    return Sleeve(**{kind: name and folder / name for kind, name in named.items()})


def test_a_song_is_sung_with_its_cover(tmp_path: Path) -> None:
    song, cover = tmp_path / "a.wav", tmp_path / "a.jpg"
    wished = ("--style", "lo-fi", "--instrumental", "--seconds", "10", "--seed", "5")
    done = CliRunner().invoke(cli, ["sing", *wished, "-o", str(song), "--cover", str(cover)])
    assert done.exit_code == 0, done.output
    assert files_in(tmp_path) == {"a.wav", "a.jpg"}


def test_each_take_has_a_cover_and_a_film_of_its_own(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    song = a_song(scratch)
    a_sleeve(tmp_path, cover="a.jpg", film="a.mp4").make([song, song], scratch)
    assert files_in(tmp_path) == {"scratch", "a-1.jpg", "a-2.jpg", "a-1.mp4", "a-2.mp4"}
    assert (tmp_path / "a-1.jpg").read_bytes() != (tmp_path / "a-2.jpg").read_bytes()
    with Image.open(tmp_path / "a-1.jpg") as cover:
        assert (cover.format, cover.size) == ("JPEG", (1024, 1024))
    with av.open(str(tmp_path / "a-2.mp4")) as film:
        assert film.duration / 1_000_000 == pytest.approx(song.seconds, abs=0.1)


@pytest.mark.parametrize("timed", [None, Path("a.lrc")])
def test_for_a_film_the_words_are_timed_too(tmp_path: Path, timed) -> None:
    with a_sleeve(tmp_path, film="a.mp4").around(wanted(timed)) as (needed, folder):
        assert needed.files().words == folder / "words.json"
        assert needed.files().lrc == timed
    assert not folder.exists()


def test_words_that_are_wanted_anyway_are_not_timed_twice(tmp_path: Path) -> None:
    with a_sleeve(tmp_path, film="a.mp4").around(wanted(tmp_path / "mine.json")) as (needed, _):
        assert needed.files().words == tmp_path / "mine.json"


def test_without_a_film_nothing_else_is_wanted_of_the_song(tmp_path: Path) -> None:
    with a_sleeve(tmp_path, cover="a.jpg").around(wanted()) as (needed, _):
        assert needed == wanted()


def test_a_cover_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"^cannot write .*: No such file or directory"):
        a_sleeve(tmp_path / "missing", cover="a.jpg").make([a_song(tmp_path)], tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--cover", "a.png"), "no format is known for '.png'; give .jpg"), (("--film", "a.avi"), "'.avi'; give .mp4")],
)
def test_an_ending_that_is_not_known_is_said_before_anything_is_made(arguments, said) -> None:
    with pytest.raises(CommandFailed, match=said):
        CliRunner().invoke(cli, ["sing", "the sea", *arguments], catch_exceptions=False)
