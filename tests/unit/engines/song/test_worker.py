"""Songs made by processes: what they write and tell, and what is left of them when they are ended."""

import asyncio
import contextlib
import io
import signal
from pathlib import Path

import av
import mido
import psutil
import pytest
import soundfile

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.ports import GROWING
from antiphon.engines.making import Limits
from antiphon.engines.song.crew import SongFailed, WorkerDied, all_made, made
from antiphon.engines.song.making import Create, Extend
from antiphon.engines.song.request import Request
from antiphon.engines.song.task import Files, Task
from antiphon.engines.song.worker import work
from antiphon.engines.song.written import load
from unit.engines.song.test_written import a_score

PLAYED = Create(request=Request(seed=5, style="lo-fi", instrumental=True, seconds=10))
LONG = Create(request=Request(seed=5, style="pop", instrumental=True, seconds=360))


def unheard(_progress):
    """Nobody looks."""


def run(task, told=unheard):
    return asyncio.run(made(task, told))


def workers():
    return [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def on_encoding(act):
    """Acts when sound is being encoded: whatever comes before it is there, in part files."""

    def told(progress):
        if progress.stage == "encode":
            act()

    return told


def with_sound(folder):
    return Task(making=PLAYED, files=Files(mp3=folder / "a.mp3", stems=folder / "a", score=folder / "a.json"))


def test_a_worker_writes_what_is_wanted_and_tells_of_it(tmp_path: Path) -> None:
    files = Files(
        mp3=tmp_path / "a.mp3",
        wav=tmp_path / "a.wav",
        stems=tmp_path / "stems" / "a",
        m4a=tmp_path / "a.m4a",
        midi=tmp_path / "a.mid",
        notes=tmp_path / "notes.json",
        sung=tmp_path / "sung.json",
        lrc=tmp_path / "a.lrc",
        words=tmp_path / "words.json",
        score=tmp_path / "a.json",
    )
    told = []
    song = run(Task(making=PLAYED, files=files), told.append)
    score = load((tmp_path / "a.json").read_bytes())
    facts = (song.title, song.seconds, song.bpm, song.key)
    assert facts == (score.title, score.seconds, score.tempos[0].bpm, score.key)
    assert (song.lyrics, song.language, song.seed) == ("", "", 5)
    assert song.files == dict(files.wanted())
    sounds = (tmp_path / "a.mp3", tmp_path / "a.wav", *(files.stems / f"{name}.wav" for name in song.stems))
    assert len({soundfile.info(path).frames for path in sounds}) == 1
    assert mido.MidiFile(tmp_path / "a.mid").length == pytest.approx(score.seconds, abs=0.1)
    assert list(dict.fromkeys(each.stage for each in told)) == ["write", "play", "mix", "master", "encode"]
    assert len(files_in(tmp_path)) == len(sounds) + 7


def test_what_is_there_of_an_mp3_can_be_played_while_it_is_written(tmp_path: Path) -> None:
    shares: list[float] = []
    heard: list[tuple[float, float]] = []

    def told(report) -> None:
        if report.stage == "encode" and report.share > 0:
            shares.append(report.share)
            if len(shares) % 8 == 0:
                (growing,) = tmp_path.glob(f"{GROWING}*")
                with av.open(io.BytesIO(growing.read_bytes())) as sound:
                    heard.append((report.share, sum(frame.samples for frame in sound.decode(audio=0)) / 44_100))

    song = work(Task(making=PLAYED, files=Files(mp3=tmp_path / "song.mp3")), told)
    length = soundfile.info(tmp_path / "song.mp3").duration
    assert len(shares) > 2 * song.seconds
    assert heard
    assert all(share * length - there < 0.15 for share, there in heard)
    assert files_in(tmp_path) == [tmp_path / "song.mp3"]


def test_a_refusal_comes_through_with_its_facts() -> None:
    source = a_score()
    with pytest.raises(InvalidRequest) as refused:
        run(Task(making=Extend(source=source, at=99.0), files=Files()))
    assert (refused.value.reason, refused.value.field) == ("out_of_range", "at")
    assert refused.value.facts["high"] == pytest.approx(source.seconds)


def test_the_first_song_that_fails_ends_the_others(tmp_path: Path) -> None:
    nowhere = Task(making=PLAYED, files=Files(score=tmp_path / "missing" / "a.json"))
    long = Task(making=LONG, files=Files(mp3=tmp_path / "a.mp3"))
    with pytest.raises(SongFailed, match=r"missing/.*: No such file") as failed:
        asyncio.run(all_made([long, nowhere], lambda _number, _progress: None, at_once=2))
    assert failed.value.reason == "file"
    assert files_in(tmp_path) == []
    assert workers() == []


def test_a_cancelled_song_leaves_neither_files_nor_processes(tmp_path: Path) -> None:
    async def cancelled():
        running = asyncio.create_task(made(with_sound(tmp_path), on_encoding(lambda: running.cancel())))  # noqa: PLW0108 - it is not there yet
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return running.cancelled()

    assert asyncio.run(cancelled())
    assert files_in(tmp_path) == []
    assert workers() == []


def test_a_worker_that_is_killed_is_an_error_and_leaves_no_half_files(tmp_path: Path) -> None:
    def kill():
        assert list(tmp_path.glob("a/.*.part"))
        for worker in workers():
            worker.kill()

    with pytest.raises(WorkerDied) as died:
        run(with_sound(tmp_path), on_encoding(kill))
    assert died.value.status == -signal.SIGKILL
    assert files_in(tmp_path) == []


def test_a_worker_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_SECRET", "x" * 40)
    monkeypatch.setenv("OTHER_PROGRAM", "y")
    seen = {}
    files = Files(score=tmp_path / "a.json")
    run(Task(making=PLAYED, files=files), lambda _progress: seen.update(workers()[0].environ()))
    assert "OTHER_PROGRAM" in seen
    assert [name for name in seen if name.startswith("ANTIPHON_")] == []


def test_too_much_time_ends_a_worker(tmp_path: Path) -> None:
    with pytest.raises(WorkerDied) as died:
        run(Task(making=LONG, files=Files(mp3=tmp_path / "a.mp3"), limits=Limits(seconds=2)))
    assert died.value.status == -signal.SIGXCPU


def test_too_much_memory_is_told(tmp_path: Path) -> None:
    task = Task(making=LONG, files=Files(mp3=tmp_path / "a.mp3"), limits=Limits(memory=400 * 1024**2))
    with pytest.raises(SongFailed) as failed:
        run(task)
    assert failed.value.reason == "memory"
    assert files_in(tmp_path) == []
