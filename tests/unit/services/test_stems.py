"""What a worker does with a job of the kind "stems"."""

import wave
from uuid import UUID

import pytest

from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable, UnavailableCause
from antiphon.domain.heard import HearingFault
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.songs import Clip, SongMade, SongTempo
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.memories import Memories
from antiphon.services.recorded import Recorded
from antiphon.services.songs import outcome_of
from antiphon.services.stems import Order, Stems, packed
from antiphon.store.blobs import LocalBlobs
from antiphon.testing import FakeClock

ACCOUNT, JOB = UUID(int=1), UUID(int=2)
TEMPO = SongTempo(mean=120.0, low=120.0, high=120.0)
SECOND = 44_100 * 4
"""Bytes of a second of a stem."""


class Maker:
    """Plays the stems of a score, unless it is broken."""

    name = "maker"

    def __init__(self):
        self.broken = False
        self.wishes = []

    async def make(self, wish, *, forms, folder, told):
        self.wishes.append((wish, forms))
        told("play", 0.5)
        if self.broken:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        stems = {name: folder / f"{name}.mp3" for name in ("lead_vocals", "bass")}
        for name, path in stems.items():
            path.write_text(f"{name} of {wish.sources[0].decode()}")
        return SongMade(
            title="t", style="s", lyrics="la", seconds=Seconds(9.0), tempo=TEMPO, files={}, stems=stems, memory=b""
        )


class Listener:
    """Takes a recording apart into seconds of one sample each: 0, 1, 2, ..."""

    def __init__(self, fault=None):
        self.fault = fault

    async def hear(self, file, wanted, *, told, kept):
        names = ("vocals", "instrumental") if wanted.stems == 2 else ("vocals", "drums", "bass", "other")
        for second in range(3):
            for name in names:
                kept(name, bytes([second]) * SECOND)
        told(file.decode())
        return self.fault

    async def close(self):
        pass


class House:
    """The trade with what it needs."""

    def __init__(self, folder, *, listener=None):
        clock, blobs, chance = FakeClock(), LocalBlobs(folder), iter(range(1, 1000))
        artifacts = Artifacts(
            blobs,
            clock=clock,
            entropy=lambda count: next(chance).to_bytes(count, "big"),
            public_url=lambda: "https://here",
        )
        memories = Memories(blobs, clock=clock, entropy=lambda count: next(chance).to_bytes(count, "big"))
        self.folder, self.artifacts, self.clips, self.maker = folder, artifacts, Clips(memories, artifacts), Maker()
        self.recorded = Recorded(self.clips, listener=listener, dubber=self.dub)
        self.stems = Stems(
            self.maker, clips=self.clips, recorded=self.recorded, letter=lambda _job: ("song.completed", b"{}")
        )

    async def dub(self, source, files):
        for form, path in files.items():
            path.write_text(f"{source.stem} as {form}, {source.stat().st_size // SECOND} seconds")

    async def clip(self, **changes):
        known = {"title": "Rivers", "style": "folk", "lyrics": "la", "seconds": 9.0, "tempo": TEMPO, "created_at": 0.0}
        id_ = self.clips.new_id()
        sound = self.folder / "sound"
        sound.write_bytes(b"sound")
        files = {"mp3": await self.clips.publish(id_, sound, "mp3"), "jpg": "https://here/cdn/cover.jpg"}
        clip = Clip(**{"id": id_, "files": files, **known, **changes})
        await self.clips.remember(ACCOUNT, clip, b"a score")
        return clip

    async def worked(self, clip, stems="basic"):
        order = Order(clip=clip.id, stems=stems, first=self.clips.new_id(), route="r")
        job = Job(id=JOB, account_id=ACCOUNT, dialect="d", kind="stems", asked=packed(order), price=0, created_at=7.0)
        made = outcome_of(await self.stems.work(job, told)).clips
        return order, made

    async def content(self, clip):
        blob = (await self.artifacts.open(clip.files["mp3"].partition("/cdn/")[2])).blob
        return b"".join([piece async for piece in blob.read(0, blob.size)]).decode()


def told(_stage, _share):
    """Nobody asks."""


@pytest.fixture
def house(tmp_path):
    return House(tmp_path, listener=Listener())


async def test_every_stem_becomes_a_clip_of_its_own(house):
    song = await house.clip()
    order, (vocals, bass) = await house.worked(song, "full")

    assert vocals.id == order.first
    assert (vocals.title, vocals.style, vocals.stem, vocals.lyrics) == (
        "Rivers (Lead Vocals)",
        "lead vocals",
        "lead_vocals",
        "la",
    )
    assert (bass.title, bass.style, bass.stem, bass.lyrics) == ("Rivers (Bass)", "bass", "bass", "")
    for clip in (vocals, bass):
        assert (clip.origin, clip.parents, clip.created_at) == ("stem", (song.id,), 7.0)
        assert await house.content(clip) == f"{clip.stem} of a score"
        assert clip.files["jpg"] == song.files["jpg"]
        assert await house.clips.find(ACCOUNT, clip.id) == clip
        assert await house.clips.score(ACCOUNT, clip.id) == b"a score"
    ((wish, forms),) = house.maker.wishes
    assert (wish.verb, wish.stems, forms) == ("perform", "full", ("stems",))


@pytest.mark.parametrize(
    ("stems", "names"),
    [("basic", ["vocals", "instrumental"]), ("full", ["vocals", "drums", "bass", "other"])],
)
async def test_what_is_heard_in_the_stems_of_a_recording_is_the_recording(house, stems, names):
    song = await house.clip(origin="uploaded")
    _order, made = await house.worked(song, stems)

    assert house.maker.wishes == []
    assert [(clip.stem, clip.origin) for clip in made] == [(name, "uploaded") for name in names]
    assert [await house.content(clip) for clip in made] == [f"{name} as mp3, 3 seconds" for name in names]


async def test_the_vocals_of_a_recording_are_cut_out_to_the_sample(house, tmp_path):
    song = await house.clip(origin="uploaded")
    path = await house.recorded.vocals(song, start=Seconds(1.0), end=Seconds(2.5), folder=tmp_path)

    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (44_100, 2, 66_150)
        assert file.readframes(66_150) == bytes([1]) * SECOND + bytes([2]) * (SECOND // 2)


async def test_a_recording_that_nobody_can_take_apart_is_refused(tmp_path):
    for listener, reason in ((None, "no_listener"), (Listener(HearingFault.SILENT), "recording_silent")):
        house = House(tmp_path, listener=listener)
        with pytest.raises(InvalidRequest, match=reason):
            await house.worked(await house.clip(origin="uploaded"))


async def test_nothing_is_remembered_of_what_is_paid_back(house):
    song = await house.clip()
    house.maker.broken = True
    order = Order(clip=song.id, stems="basic", first=house.clips.new_id(), route="r")
    job = Job(id=JOB, account_id=ACCOUNT, dialect="d", kind="stems", asked=packed(order), price=0, created_at=7.0)
    with pytest.raises(Unavailable):
        await house.stems.work(job, told)

    with pytest.raises(NotFound):
        await house.clips.find(ACCOUNT, order.first)
    row = house.stems.receipt(job, Fault(code="unavailable"), at=9.0).usage
    assert (row.status, row.code, row.engine) == (500, "unavailable", "maker")


async def test_a_song_that_is_known_no_longer_is_not_taken_apart(house):
    clip = Clip(
        id=house.clips.new_id(),
        title="",
        style="",
        lyrics="",
        seconds=1.0,
        tempo=TEMPO,
        created_at=0.0,
        files={},
    )
    with pytest.raises(InvalidRequest, match="unknown_clip"):
        await house.worked(clip)
