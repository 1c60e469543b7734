"""Songs that are heard while they are made, and who is told that they can be."""

import asyncio
import json
from uuid import UUID

import pytest

from antiphon.domain.ports import ENCODE, GROWING
from surfaces.musicapi.studio import EchoSongs, open_studio

SONG = {"custom_mode": True, "mv": "sonic-v5", "prompt": "La"}


class SlowSongs(EchoSongs):
    """Writes a song in two pieces, the second when it may."""

    def __init__(self):
        super().__init__()
        self.begun_writing = asyncio.Event()
        self.may_finish = asyncio.Event()

    async def make(self, wish, *, forms, folder, told):
        part = folder / f"{GROWING}1.part"
        with part.open("wb", buffering=0) as file:
            file.write(b"one ")
            told(ENCODE, 0.9)
            self.begun_writing.set()
            await self.may_finish.wait()
            file.write(b"two")
        made = await super().make(wish, forms=forms, folder=folder, told=told)
        made.files["mp3"].unlink()
        part.rename(made.files["mp3"])
        return made


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path, maker=SlowSongs()) as opened:
        yield opened


async def running(studio, task_id):
    """The clips of a task, once they can be heard."""
    await studio.maker.begun_writing.wait()
    async with asyncio.timeout(20):
        while True:
            clips = (await studio.http.get(f"/api/v1/sonic/task/{task_id}")).json().get("data", [])
            if clips and all(clip["audio_url"] for clip in clips):
                return clips
            await asyncio.sleep(0.01)


async def test_a_clip_that_is_made_can_be_heard_and_is_then_where_its_address_leads(studio):
    task_id = await studio.submitted(**SONG)
    clip = (await running(studio, task_id))[0]
    assert clip["state"] == "running"
    assert clip["audio_url"] == f"https://media.example/cdn/live/{clip['clip_id']}.mp3"

    listening = asyncio.create_task(studio.http.get(clip["audio_url"]))
    studio.maker.may_finish.set()
    ended = (await studio.ended(task_id))[0]
    heard = await listening

    assert heard.headers["content-type"] == "audio/mpeg"
    assert heard.content == b"one two"
    led = await studio.http.get(clip["audio_url"])
    assert (led.status_code, led.headers["location"]) == (302, ended["audio_url"])
    assert (await studio.http.get(ended["audio_url"])).content == b"one two"


async def test_who_wants_to_know_only_what_it_is_does_not_wait_for_it(studio):
    task_id = await studio.submitted(**SONG)
    clip = (await running(studio, task_id))[0]
    answer = await studio.http.head(clip["audio_url"])
    studio.maker.may_finish.set()

    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")


@pytest.mark.parametrize("clip_id", ["00000000-0000-4000-8000-000000000000", "nothing"])
async def test_a_clip_that_nobody_makes_is_not_found(studio, clip_id):
    assert (await studio.http.get(f"/cdn/live/{clip_id}.mp3")).status_code == 404


async def test_who_asked_for_it_is_told_once_that_a_song_can_be_heard_and_once_that_it_is_there(studio):
    body = {**SONG, "webhook_url": "https://receiver.example/", "webhook_secret": "secret"}
    task_id = await studio.submitted(**body)
    clips = await running(studio, task_id)
    begun = await told(studio, task_id, 1)
    studio.maker.may_finish.set()
    ended = await told(studio, task_id, 2)

    assert [message.event for message in ended] == ["song.streaming", "song.completed"]
    assert begun[0].id == ended[0].id != ended[1].id
    letters = [json.loads(message.body) for message in ended]
    assert [letter["event"] for letter in letters] == ["song.streaming", "song.completed"]
    assert [clip["audio_url"] for clip in letters[0]["data"]] == [clip["audio_url"] for clip in clips]
    assert {clip["state"] for clip in letters[0]["data"]} == {"running"}


async def told(studio, task_id, count):
    """So many messages about a task."""
    async with asyncio.timeout(20):
        while True:
            found = await studio.house.store.jobs.messages_of(UUID(task_id))
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)
