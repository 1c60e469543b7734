"""Covers and films made by processes: what is left of them when they are ended, and what they may take."""

import asyncio
import contextlib
from pathlib import Path

import psutil
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.making import Limits
from antiphon.engines.sleeve.maker import LocalSleeveMaker, SleeveFailed
from antiphon.engines.sleeve.order import FilmOrder, order_of, packed
from unit.engines.sleeve.sleeving import a_cover, a_sound, a_wish, said

LONG = 60.0


def unheard(_share):
    """Nobody looks."""


async def filmed(folder: Path, told=unheard, *, seconds=LONG, limits=None):
    maker = LocalSleeveMaker() if limits is None else LocalSleeveMaker(limits)
    cover, audio = a_cover(folder), a_sound(folder, seconds)
    await maker.film(a_wish(), cover=cover, audio=audio, words=said("la la"), file=folder / "a.mp4", told=told)


def workers():
    return [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"cover.jpg", "song.wav"}


def after_a_frame(act):
    return lambda share: act() if share > 0 else None


def test_an_order_comes_through_as_it_was() -> None:
    words, limits = said("la la"), Limits(seconds=7)
    order = FilmOrder(wish=a_wish(), cover=Path("c.jpg"), audio=Path("a"), words=words, file=Path("f"), limits=limits)
    assert order_of(packed(order)) == order


def test_a_cancelled_film_leaves_neither_files_nor_processes(tmp_path: Path) -> None:
    async def cancelled():
        running = asyncio.create_task(filmed(tmp_path, after_a_frame(lambda: running.cancel())))  # noqa: PLW0108 - it is not there yet
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return running.cancelled()

    assert asyncio.run(cancelled())
    assert left(tmp_path) == set()
    assert workers() == []


def test_a_worker_that_is_killed_is_an_error_and_leaves_no_half_file(tmp_path: Path) -> None:
    def kill():
        assert list(tmp_path.glob(".a.mp4.*.part"))
        for worker in workers():
            worker.kill()

    with pytest.raises(SleeveFailed) as failed:
        asyncio.run(filmed(tmp_path, after_a_frame(kill)))
    assert (failed.value.reason, failed.value.detail) == ("died", "status -9")
    assert left(tmp_path) == set()


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"old")
    with pytest.raises(SleeveFailed):
        asyncio.run(filmed(tmp_path, after_a_frame(lambda: [each.kill() for each in workers()])))
    assert (tmp_path / "a.mp4").read_bytes() == b"old"


def test_a_worker_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_SECRET", "x" * 40)
    monkeypatch.setenv("OTHER_PROGRAM", "y")
    seen = {}
    asyncio.run(filmed(tmp_path, lambda _share: seen.update(workers()[0].environ()) if not seen else None, seconds=0.5))
    assert "OTHER_PROGRAM" in seen
    assert [name for name in seen if name.startswith("ANTIPHON_")] == []


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(memory=300 * 1024**2), "memory"), (Limits(seconds=1), "died")],
    ids=["memory", "time"],
)
def test_too_much_ends_a_worker(tmp_path: Path, limits: Limits, reason: str) -> None:
    with pytest.raises(SleeveFailed) as failed:
        asyncio.run(filmed(tmp_path, limits=limits))
    assert failed.value.reason == reason
    assert left(tmp_path) == set()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SleeveFailed) as failed:
        asyncio.run(LocalSleeveMaker().cover(a_wish(), file=tmp_path / "missing" / "a.jpg"))
    assert failed.value.reason == "file"
    assert failed.value.detail.endswith("No such file or directory")


def test_a_refusal_comes_through(tmp_path: Path) -> None:
    maker = LocalSleeveMaker()
    audio = tmp_path / "a"
    audio.write_text("no sound")
    with pytest.raises(InvalidRequest) as refused:
        asyncio.run(
            maker.film(a_wish(), cover=a_cover(tmp_path), audio=audio, words=(), file=tmp_path / "a.mp4", told=unheard)
        )
    assert (refused.value.reason, refused.value.field) == ("unreadable", "audio")
    assert not (tmp_path / "a.mp4").exists()
