"""Clips that are taken apart into stems."""

import asyncio
from uuid import UUID

import orjson
import pytest

from surfaces.musicapi.clips import known, song
from surfaces.musicapi.golden import play
from surfaces.musicapi.studio import open_studio

BASIC = "/api/v1/sonic/stems/basic"


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", ["stems-basic", "stems-full"])
async def test_a_clip_is_taken_apart_as_the_pairs_say(studio, name):
    await play(studio, name, **await known(studio))


async def taken_apart(studio, clip, **body):
    answer = await studio.asked(BASIC, clip_id=clip["clip_id"], **body)
    return answer.json()["task_id"]


async def awaited(studio, task):
    async with asyncio.timeout(20):
        while True:
            answer = await studio.http.get(f"/api/v1/sonic/task/{task}")
            if answer.status_code != 202:
                return answer.json()["data"]
            await asyncio.sleep(0.01)


async def test_until_they_are_there_one_clip_is_awaited_which_becomes_the_first(studio):
    clip = await song(studio)
    studio.maker.may_play.clear()
    task = await taken_apart(studio, clip)
    running = await awaited(studio, task)
    studio.maker.may_play.set()
    made = await studio.ended(task)

    assert [(entry["clip_id"], entry["state"]) for entry in running] == [(made[0]["clip_id"], "running")]
    assert len({entry["clip_id"] for entry in made}) == 2


async def test_every_stem_is_heard_by_itself(studio):
    clip = await song(studio)
    made = await studio.ended(await taken_apart(studio, clip))

    for entry in made:
        assert (await studio.http.get(entry["audio_url"])).text.startswith(f"{entry['stem']} of ")


async def test_what_cannot_be_taken_apart_is_paid_back(studio):
    clip, before = await song(studio), await studio.credits()
    studio.maker.broken = True
    made = await studio.ended(await taken_apart(studio, clip))

    assert [(entry["state"], entry["title"]) for entry in made] == [("failed", "Rivers")]
    assert await studio.credits() == before


@pytest.mark.parametrize(("broken", "event"), [(False, "song.completed"), (True, "song.failed")])
async def test_the_end_is_told_to_whom_it_names(studio, broken, event):
    clip = await song(studio)
    studio.maker.broken = broken
    task = await taken_apart(studio, clip, webhook_url="https://receiver.example/hook", webhook_secret="a secret")
    made = await studio.ended(task)
    (message,) = await studio.house.store.jobs.messages_of(UUID(task))
    body = orjson.loads(message.body)

    assert (message.event, body["event"], body["task_id"], body["platform"]) == (event, event, task, "suno")
    assert body["data"] == made
