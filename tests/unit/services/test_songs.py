"""What a worker does with a job of the kind "song"."""

import errno
from uuid import UUID

import pytest

from antiphon.domain.errors import NotFound, Unavailable, UnavailableCause
from antiphon.domain.jobs import Job
from antiphon.domain.songs import SongMade, SongTempo, SongWish
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.gallery import Gallery
from antiphon.services.live import Live
from antiphon.services.memories import Memories
from antiphon.services.songs import Order, Songs, outcome_of, packed
from antiphon.testing import FakeClock

ACCOUNT, ONE, TWO = UUID(int=1), UUID(int=(1 << 127) + 11), UUID(int=(1 << 127) + 12)
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
    """Makes every take but the broken ones."""

    name = "maker"

    def __init__(self, *, broken=frozenset(), failure=None):
        self._broken = broken
        self._failure = failure or Unavailable(UnavailableCause.MAKER_DIED)

    async def make(self, wish, *, forms, folder, told):
        told("play", 0.5)
        if wish.take in self._broken:
            raise self._failure
        files = {form: folder / form for form in forms}
        for file in files.values():
            file.write_bytes(b"la")
        return SongMade(
            title="t",
            style="pop",
            lyrics="la",
            seconds=Seconds(1.0),
            tempo=SongTempo(mean=120.0, low=120.0, high=120.0),
            files=files,
            stems={},
            memory=b"{}",
        )


class Told:
    """Keeps what was there of the work, each time that something more was."""

    def __init__(self):
        self.made = []

    def __call__(self, stage, share):
        pass

    def done(self, made):
        self.made.append(made)


def songs(files, maker):
    clock = FakeClock()
    artifacts = Artifacts(files, clock=clock, entropy=bytes, public_url=lambda: "https://here")
    clips = Clips(Memories(files, clock=clock, entropy=bytes), artifacts)
    return Songs(
        maker,
        clips=clips,
        intake=None,
        gallery=Gallery(None),
        live=Live(public_url=str),
        letter=lambda _job: ("song.completed", b"{}"),
    )


def remembered(files):
    return sorted(name.partition("memories/")[2] for name in files.names if "/memories/" in name)


async def test_every_clip_of_a_song_that_was_made_is_remembered():
    files = Files()
    made = await songs(files, Maker()).work(JOB, Told())

    assert [clip.id for clip in outcome_of(made).clips] == [ONE, TWO]
    assert remembered(files) == [f"{ACCOUNT}/{clip}/{what}.json" for clip in (ONE, TWO) for what in ("clip", "score")]


async def test_a_clip_that_is_there_is_told_of_before_the_other_is():
    told = Told()
    await songs(Files(), Maker()).work(JOB, told)

    assert [len(outcome_of(made).clips) for made in told.made] == [1]


@pytest.mark.parametrize("failure", [None, OSError(errno.ENOSPC, "No space left on device")], ids=["maker", "disk"])
async def test_one_good_clip_of_two_is_a_song(failure):
    files = Files()
    made = await songs(files, Maker(broken={1}, failure=failure)).work(JOB, Told())

    assert [clip.id for clip in outcome_of(made).clips] == [TWO]
    assert remembered(files) == [f"{ACCOUNT}/{TWO}/{what}.json" for what in ("clip", "score")]


async def test_nothing_can_be_made_of_a_song_that_was_paid_back():
    files = Files()
    with pytest.raises(Unavailable):
        await songs(files, Maker(broken={1, 2})).work(JOB, Told())

    assert remembered(files) == []
