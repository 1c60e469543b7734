"""What a worker does with a job of the kind "song"."""

from uuid import UUID

import pytest

from antiphon.domain.errors import NotFound, Unavailable, UnavailableCause
from antiphon.domain.jobs import Job
from antiphon.domain.songs import SongMade, SongWish
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifacts
from antiphon.services.songs import Order, Songs, clips_of, packed
from antiphon.testing import FakeClock

ACCOUNT, ONE, TWO = UUID(int=1), UUID(int=11), UUID(int=12)
ORDER = Order(wish=SongWish(verb="create", seed=1), clips=(ONE, TWO), route="r", model="m")
JOB = Job(id=UUID(int=2), account_id=ACCOUNT, dialect="d", kind="song", asked=packed(ORDER), price=0, created_at=0.0)


class Files:
    """A place for files that is never busy, so that one take is done before the next begins."""

    def __init__(self):
        self.names = []

    async def put(self, name, chunks):
        self.names.append(name)
        return sum([len(piece) async for piece in chunks])

    async def open(self, name):
        if name not in self.names:
            raise NotFound("file")


class Maker:
    """Makes every take but the broken one."""

    name = "maker"

    def __init__(self, *, broken=None):
        self._broken = broken

    async def make(self, wish, *, folder, told):
        told("play", 0.5)
        if wish.take == self._broken:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        audio = folder / "song.mp3"
        audio.write_bytes(b"la")
        return SongMade(title="t", style="pop", lyrics="la", seconds=Seconds(1.0), bpm=120.0, audio=audio, memory=b"{}")


def songs(files, maker):
    artifacts = Artifacts(files, clock=FakeClock(), entropy=bytes, public_url=lambda: "https://here")
    return Songs(maker, artifacts=artifacts, blobs=files, letter=lambda _job: ("song.completed", b"{}"))


def remembered(files):
    return sorted(name for name in files.names if name.startswith("songs/"))


async def test_every_clip_of_a_song_that_was_made_is_remembered():
    files = Files()
    made = await songs(files, Maker()).work(JOB, lambda _stage, _share: None)

    assert [clip.id for clip in clips_of(made)] == [ONE, TWO]
    names = [f"songs/{ACCOUNT}/{clip}/{what}.json" for clip in (ONE, TWO) for what in ("memory", "parents")]
    assert remembered(files) == names


async def test_nothing_can_be_made_of_a_song_that_was_paid_back():
    files = Files()
    with pytest.raises(Unavailable):
        await songs(files, Maker(broken=2)).work(JOB, lambda _stage, _share: None)

    assert remembered(files) == []
