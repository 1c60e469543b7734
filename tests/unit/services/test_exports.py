"""A clip's further files: made once, whoever waits; and who has a turn at making them."""

import asyncio
from uuid import UUID

import pytest

from antiphon.domain.errors import InvalidRequest, LimitExceeded, NotFound, Unavailable, UnavailableCause
from antiphon.domain.songs import Clip, SongMade, SongTempo
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.exports import Exports
from antiphon.services.memories import Memories
from antiphon.services.recorded import Recorded
from antiphon.services.turns import Turns
from antiphon.store.blobs import LocalBlobs
from antiphon.testing import FakeClock

ACCOUNT, ANOTHER = UUID(int=1), UUID(int=2)
TEMPO = SongTempo(mean=120.0, low=120.0, high=120.0)


class Maker:
    """Writes what was wanted, when it may."""

    name = "maker"

    def __init__(self):
        self.may_play = asyncio.Event()
        self.may_play.set()
        self.begun = asyncio.Event()
        self.times = 0
        self.made = []
        self.broken = False

    async def make(self, wish, *, forms, folder, told):
        told("play", 0.5)
        self.times += 1
        self.begun.set()
        await self.may_play.wait()
        if self.broken:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        self.made.append(sorted(forms))
        files = {form: folder / form for form in forms}
        for form, file in files.items():
            file.write_bytes(b"[]" if form in {"words", "notes"} else b"%s %s" % (wish.sources[0], form.encode()))
        return SongMade(
            title="t",
            style="s",
            lyrics="la",
            seconds=Seconds(9.0),
            tempo=TEMPO,
            files=files,
            stems={},
            memory=b"",
        )


class House:
    """Exports with what they need."""

    def __init__(self, folder, maker):
        clock, blobs = FakeClock(), LocalBlobs(folder)
        chance = iter(range(1, 1000))
        artifacts = Artifacts(
            blobs,
            clock=clock,
            entropy=lambda count: next(chance).to_bytes(count, "big"),
            public_url=lambda: "https://here",
        )
        memories = Memories(blobs, clock=clock, entropy=lambda count: next(chance).to_bytes(count, "big"))
        self.maker, self.artifacts, self.clips = maker, artifacts, Clips(memories, artifacts)
        recorded = Recorded(self.clips, listener=None, dubber=self.dub)
        self.exports = Exports(maker, clips=self.clips, recorded=recorded, turns=Turns(2, most=None))

    async def dub(self, source, files):
        for form, path in files.items():
            path.write_bytes(b"%s as %s" % (source.read_bytes(), form.encode()))

    async def clip(self, **changes):
        clip = Clip(
            **{
                "id": self.clips.new_id(),
                "title": "t",
                "style": "s",
                "lyrics": "la",
                "seconds": 9.0,
                "tempo": TEMPO,
                "created_at": 0.0,
                "files": {"mp3": "https://here/cdn/a.mp3"},
                **changes,
            }
        )
        await self.clips.remember(ACCOUNT, clip, str(clip.id).encode())
        return clip

    async def content(self, url):
        blob = (await self.artifacts.open(url.partition("/cdn/")[2])).blob
        return b"".join([piece async for piece in blob.read(0, blob.size)])


@pytest.fixture
async def house(tmp_path):
    made = House(tmp_path, Maker())
    yield made
    await made.exports.close()


async def test_what_is_there_is_not_made(house):
    clip = await house.clip()

    assert await house.exports.files(ACCOUNT, clip, ["mp3"]) == {"mp3": "https://here/cdn/a.mp3"}
    assert house.maker.made == []


async def test_forms_are_made_together_and_once(house):
    clip = await house.clip()
    first = await house.exports.files(ACCOUNT, clip, ["wav", "m4a"])

    assert await house.exports.files(ACCOUNT, clip, ["m4a"]) == {"m4a": first["m4a"]}
    assert await house.exports.files(ACCOUNT, clip, ["wav"]) == {"wav": first["wav"]}
    assert house.maker.made == [["m4a", "wav"]]
    assert await house.content(first["wav"]) == f"{clip.id} wav".encode()


async def test_only_what_is_lacking_is_made(house):
    clip = await house.clip()
    await house.exports.files(ACCOUNT, clip, ["wav"])
    await house.exports.files(ACCOUNT, clip, ["wav", "m4a"])

    assert house.maker.made == [["wav"], ["m4a"]]


async def test_what_nobody_waits_for_any_more_is_made_all_the_same(house):
    clip = await house.clip()
    house.maker.may_play.clear()
    waiting = asyncio.create_task(house.exports.files(ACCOUNT, clip, ["wav"]))
    await house.maker.begun.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    house.maker.may_play.set()
    await house.exports.files(ACCOUNT, clip, ["wav"])

    assert house.maker.times == 1


async def test_what_failed_is_tried_again(house):
    clip = await house.clip()
    house.maker.broken = True
    with pytest.raises(Unavailable):
        await house.exports.files(ACCOUNT, clip, ["wav"])
    house.maker.broken = False

    assert await house.exports.files(ACCOUNT, clip, ["wav"])


async def test_of_what_is_not_known_any_more_nothing_is_made(house):
    clip = await house.clip()
    with pytest.raises(InvalidRequest, match="unknown_clip"):
        await house.exports.files(ANOTHER, clip, ["wav"])


async def test_a_recording_is_dubbed_and_not_played(house, tmp_path):
    sound, id_ = tmp_path / "sound", house.clips.new_id()
    sound.write_bytes(b"sound")
    url = await house.clips.publish(id_, sound, "mp3")
    clip = await house.clip(id=id_, origin="uploaded", files={"mp3": url})
    found = await house.exports.files(ACCOUNT, clip, ["wav", "m4a"])

    assert house.maker.made == []
    assert [await house.content(found[form]) for form in ("wav", "m4a")] == [b"sound as wav", b"sound as m4a"]


async def test_the_notes_of_a_recording_are_those_that_were_taken_down(house):
    _url, notes = await house.exports.score(ACCOUNT, await house.clip(origin="uploaded"))

    assert notes == b"[]"
    assert house.maker.made == [["midi", "notes"]]


async def test_an_excerpt_is_its_accounts_own(house):
    with pytest.raises(NotFound):
        await house.exports.excerpt(ANOTHER, house.clips.new_id())


async def test_of_several_accounts_each_has_its_turn():
    turns, order = Turns(1, most=None), []
    may_end = asyncio.Event()

    async def work(name, account):
        async with turns.turn(account):
            order.append(name)
            await may_end.wait()

    names = [("a1", ACCOUNT), ("a2", ACCOUNT), ("a3", ACCOUNT), ("b1", ANOTHER), ("b2", ANOTHER)]
    async with asyncio.TaskGroup() as group:
        for name, account in names:
            group.create_task(work(name, account))
        await settle()
        may_end.set()

    assert order == ["a1", "a2", "b1", "a3", "b2"]


async def test_a_turn_that_nobody_waits_for_any_more_goes_to_the_next():
    turns, order = Turns(1, most=1), []
    may_end = asyncio.Event()

    async def work(account):
        async with turns.turn(account):
            order.append(account)
            await may_end.wait()

    first, given_up, last = [asyncio.create_task(work(UUID(int=number))) for number in range(3)]
    await settle()
    given_up.cancel()
    await settle()
    may_end.set()
    await asyncio.gather(first, last)

    assert order == [UUID(int=0), UUID(int=2)]
    async with turns.turn(UUID(int=1)):  # What it had is free again.
        pass


async def settle():
    """Let all that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_has_as_much_as_may_be_is_refused():
    turns = Turns(2, most=1)
    async with turns.turn(ACCOUNT):
        with pytest.raises(LimitExceeded):
            async with turns.turn(ACCOUNT):
                pass
        async with turns.turn(ANOTHER):
            pass
