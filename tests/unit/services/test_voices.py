import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import Conflict, InvalidRequest, NotFound, TooLarge, Unavailable, UnavailableCause
from antiphon.domain.keys import Account, ApiKey
from antiphon.domain.projects import Project
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Seconds
from antiphon.domain.voices import ClonedVoice
from antiphon.services.voices import LARGEST_CLIP, MOST_VOICES, Voices
from antiphon.store.blobs import LocalBlobs
from antiphon.testing import FakeClock
from store.fresh import open_sqlite

ACCOUNT, OTHER, PROJECT = UUID(int=1), UUID(int=2), UUID(int=3)
LIKENESS = Likeness(pitch=118.0, span=7.9, pace=4.6, tilt=-9.1)


class ScriptedEar:
    """Answers with what a clip says; waits at a gate where there is one."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate: asyncio.Event | None = None
        self.answers: dict[bytes, Likeness | ClipFault | Unavailable] = {b"hiss": ClipFault.NO_SPEECH}

    async def measure(self, clip: bytes) -> Likeness | ClipFault:
        self.heard.append(clip)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.at_once -= 1
        answer = self.answers.get(clip, LIKENESS)
        if isinstance(answer, Unavailable):
            raise answer
        return answer


class House:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "files"
        self.clock = FakeClock()
        self.ear = ScriptedEar()
        self.store = open_sqlite(folder / "antiphon.db")
        self.blobs = LocalBlobs(self.folder)
        self.voices = Voices(
            store=self.store.voices, blobs=self.blobs, ear=self.ear, clock=self.clock, entropy=os.urandom
        )

    def clips(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.rglob("clip"))]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    for id_ in (ACCOUNT, OTHER):
        await made.store.keys.ensure_account(Account(id=id_, name=str(id_), created_at=1.0))
    await made.store.projects.add_project(Project(id=PROJECT, account_id=ACCOUNT, name="second", created_at=1.0))
    yield made
    await made.store.close()


def key(account: UUID = ACCOUNT, project: UUID | None = None) -> ApiKey:
    return ApiKey(
        id=UUID(int=9), account_id=account, project_id=project or account, name="k", shown_prefix="k", created_at=1.0
    )


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def make(house: House, name: str = "Ana", clip: bytes = b"speech", filename: str = "a.wav", **of: UUID):
    return await house.voices.create(key(**of), name=name, filename=filename, clip=chunks(clip))


async def test_a_voice_is_what_was_measured_in_its_clip(house: House) -> None:
    made = await house.voices.create(key(), name="Ana", filename="a.wav", clip=chunks(b"spe", b"ech"))
    assert (made.name, made.filename, made.account_id, made.project_id) == ("Ana", "a.wav", ACCOUNT, ACCOUNT)
    assert (made.likeness, made.fault, made.created_at) == (LIKENESS, "", house.clock.now())
    assert await house.voices.get(ACCOUNT, made.id) == made
    assert await house.voices.likeness(ACCOUNT, made.id) == LIKENESS
    assert (house.ear.heard, house.clips()) == ([b"speech"], [b"speech"])


async def test_a_voice_whose_clip_cannot_be_measured_is_kept_and_says_why(house: House) -> None:
    made = await make(house, clip=b"hiss")
    assert await house.voices.get(ACCOUNT, made.id) == replace(made, likeness=None, fault="voice_audio_no_speech")
    assert house.clips() == [b"hiss"]
    with pytest.raises(InvalidRequest, match="voice_not_ready") as caught:
        await house.voices.likeness(ACCOUNT, made.id)
    assert caught.value.facts == {"voice": str(made.id), "fault": "voice_audio_no_speech"}


async def test_a_name_is_taken_once_in_a_project(house: House) -> None:
    await make(house)
    with pytest.raises(Conflict, match="voice_name"):
        await make(house)
    assert (house.ear.heard, house.clips()) == ([b"speech"], [b"speech"])
    await make(house, project=PROJECT)
    await make(house, account=OTHER)
    assert len(house.clips()) == 3


async def test_of_two_of_a_name_at_once_one_is_made(house: House) -> None:
    house.ear.gate = asyncio.Event()
    both = [asyncio.ensure_future(make(house, clip=clip)) for clip in (b"one", b"two")]
    while len(house.ear.heard) < 2:  # noqa: ASYNC110 - the ear tells nobody
        await asyncio.sleep(0)
    house.ear.gate.set()
    first, second = await asyncio.gather(*both, return_exceptions=True)
    assert {type(first), type(second)} == {ClonedVoice, Conflict}
    assert len(house.clips()) == 1
    assert await house.voices.count(ACCOUNT) == 1


async def test_a_project_has_so_many_voices_and_no_more_even_at_once(house: House) -> None:
    for number in range(MOST_VOICES - 1):
        await make(house, name=str(number))
    outcomes = await asyncio.gather(*(make(house, name=f"last {n}") for n in range(5)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.reason for refusal in refused] == ["voice_limit"] * 4
    assert await house.voices.count(ACCOUNT) == MOST_VOICES == len(house.clips())
    heard = len(house.ear.heard)
    with pytest.raises(Conflict, match="voice_limit"):
        await make(house, name="one more")
    assert len(house.ear.heard) == heard
    await make(house, project=PROJECT)


async def test_a_clip_that_is_too_large_is_refused_while_it_is_read(house: House) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(1024 * 1024)

    with pytest.raises(TooLarge) as caught:
        await house.voices.create(key(), name="Ana", filename="a", clip=endless())
    assert caught.value.facts == {"limit": LARGEST_CLIP}
    assert (read, house.ear.heard, house.clips()) == (11, [], [])


async def test_a_clip_without_bytes_is_refused(house: House) -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        await make(house, clip=b"")
    assert await house.voices.count(ACCOUNT) == 0


async def test_few_clips_are_in_memory_at_once(house: House) -> None:
    house.ear.gate = asyncio.Event()
    read = []

    async def clip(number: int) -> AsyncIterator[bytes]:
        read.append(number)
        yield b"x"

    making = [
        asyncio.ensure_future(house.voices.create(key(), name=str(n), filename="a", clip=clip(n))) for n in range(20)
    ]
    while len(house.ear.heard) < 8:  # noqa: ASYNC110 - the ear tells nobody
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(read) == 8
    house.ear.gate.set()
    await asyncio.gather(*making)
    assert (sorted(read), house.ear.most_at_once) == (list(range(20)), 8)


async def test_where_the_ear_fails_there_is_no_voice_and_no_clip(house: House) -> None:
    house.ear.answers[b"speech"] = Unavailable(UnavailableCause.OVERLOADED)
    with pytest.raises(Unavailable):
        await make(house)
    assert (await house.voices.count(ACCOUNT), house.clips()) == (0, [])


async def test_whoever_leaves_while_it_is_measured_leaves_nothing(house: House) -> None:
    house.ear.gate = asyncio.Event()
    making = asyncio.ensure_future(make(house))
    while not house.ear.heard:  # noqa: ASYNC110 - the ear tells nobody
        await asyncio.sleep(0)
    making.cancel()
    await asyncio.gather(making, return_exceptions=True)
    assert (await house.voices.count(ACCOUNT), house.clips()) == (0, [])
    house.ear.gate.set()
    await make(house)


@pytest.mark.parametrize("project", [PROJECT, OTHER])
async def test_a_voice_of_another_project_is_not_there(house: House, project: UUID) -> None:
    made = await make(house)
    for ask in (house.voices.get, house.voices.likeness, house.voices.recompute, house.voices.delete):
        with pytest.raises(NotFound, match="unknown_voice"):
            await ask(project, made.id)
    assert (await house.voices.list(project, most=10), await house.voices.count(project)) == ((), 0)
    assert await house.voices.get(ACCOUNT, made.id) == made
    assert house.clips() == [b"speech"]


async def test_voices_are_listed_oldest_first_page_by_page(house: House) -> None:
    made = []
    for number in range(5):
        made.append(await make(house, name=str(number)))
        house.clock.advance(1)
    assert list(await house.voices.list(ACCOUNT, most=10)) == made
    assert list(await house.voices.list(ACCOUNT, after=made[1].id, most=2)) == made[2:4]
    assert await house.voices.count(ACCOUNT) == 5


async def test_what_could_not_be_measured_is_measured_again_in_the_kept_clip(house: House) -> None:
    made = await make(house, clip=b"hiss")
    assert await house.voices.recompute(ACCOUNT, made.id) == made
    house.ear.answers[b"hiss"] = LIKENESS
    again = await house.voices.recompute(ACCOUNT, made.id)
    assert again == replace(made, likeness=LIKENESS, fault="")
    assert await house.voices.get(ACCOUNT, made.id) == again
    assert house.ear.heard == [b"hiss"] * 3


async def test_a_voice_that_is_ready_stays_as_it_is(house: House) -> None:
    made = await make(house)
    house.ear.answers[b"speech"] = replace(LIKENESS, pitch=400.0)
    assert await house.voices.recompute(ACCOUNT, made.id) == made
    assert house.ear.heard == [b"speech"]


async def test_a_deleted_voice_is_gone_and_so_is_its_clip(house: House) -> None:
    made, other = await make(house), await make(house, name="Ben", clip=b"other")
    await house.voices.delete(ACCOUNT, made.id)
    with pytest.raises(NotFound):
        await house.voices.get(ACCOUNT, made.id)
    with pytest.raises(NotFound):
        await house.voices.delete(ACCOUNT, made.id)
    assert (await house.voices.get(ACCOUNT, other.id), house.clips()) == (other, [b"other"])
    assert (await make(house)).name == "Ana"


async def test_a_voice_deleted_while_it_is_measured_again_stays_deleted(house: House) -> None:
    made = await make(house, clip=b"hiss")
    house.ear.gate = asyncio.Event()
    again = asyncio.ensure_future(house.voices.recompute(ACCOUNT, made.id))
    while len(house.ear.heard) < 2:  # noqa: ASYNC110 - the ear tells nobody
        await asyncio.sleep(0)
    await house.voices.delete(ACCOUNT, made.id)
    house.ear.gate.set()
    with pytest.raises(NotFound):
        await again
    assert (await house.voices.count(ACCOUNT), house.clips()) == (0, [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.wav", "a.wav"),
        ("/etc/passwd", "passwd"),
        ("C:\\clips\\a b.wav", "a b.wav"),
        ("..", ".."),
        ("", "clip"),
        ("a/", "clip"),
        ("\x00\x1b[31m\ud800.wav", "[31m.wav"),
        ("Ünïcödé 日本.wav", "Ünïcödé 日本.wav"),
        ("x" * 1000, "x" * 255),
    ],
)
async def test_a_filename_is_kept_as_far_as_it_can_be_shown(house: House, given: str, kept: str) -> None:
    assert (await make(house, filename=given)).filename == kept


async def test_clips_that_a_killed_server_left_are_deleted_at_the_next_start(house: House) -> None:
    made = await make(house)
    lost = [await make(house, name=str(number), project=PROJECT) for number in range(2)]
    for voice in lost:
        await house.store.voices.remove_voice(PROJECT, voice.id)
    (house.folder / "voices" / "notes").mkdir()
    assert (await house.voices.tidy(), len(house.clips())) == (0, 3)
    house.clock.advance(Seconds(3601.0))
    assert (await house.voices.tidy(), house.clips()) == (2, [b"speech"])
    assert await house.voices.get(ACCOUNT, made.id) == made
    assert await house.voices.tidy() == 0
