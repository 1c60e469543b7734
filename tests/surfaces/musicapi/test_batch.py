"""Batches: each body a task with its own price, all of them one request. Golden pairs are `golden/batch.json`."""

from uuid import UUID

import pytest

from antiphon.services.artifacts import slot_folder
from antiphon.services.memories import KEPT
from surfaces.musicapi.studio import open_studio

BATCH = "/api/v1/sonic/batch"
SONG = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": "A summer song"}
WRONG = {**SONG, "mv": "sonic-v9"}
HOOK = {"webhook_url": "https://receiver.example/hook", "webhook_secret": "your-secret"}


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


async def batch(studio, *items):
    answer = await studio.asked(BATCH, items=list(items))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_body_is_a_song_with_its_own_price(studio):
    before = await studio.credits()
    told = await batch(studio, *[{**SONG, "title": f"Song {number}"} for number in range(10)])

    assert (told["submitted"], len({task["task_id"] for task in told["tasks"]})) == (10, 10)
    assert await studio.credits() == before - 150
    titles = [(await studio.ended(task["task_id"]))[0]["title"] for task in told["tasks"]]
    assert titles == [f"Song {number}" for number in range(10)]


async def test_what_is_refused_costs_nothing_and_does_not_keep_the_others(studio):
    before = await studio.credits()
    told = await batch(studio, WRONG, SONG, WRONG)

    assert [("task_id" in task, "error" in task) for task in told["tasks"]] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    assert told["submitted"] == 1
    assert await studio.credits() == before - 15


async def test_a_batch_is_one_request_to_the_rate(studio):
    await batch(studio, *[SONG] * 10)
    assert (await studio.http.post(BATCH, json={"items": [SONG]})).status_code == 429

    await batch(studio, SONG)


async def test_of_a_batch_no_more_wait_than_may(studio):
    studio.maker.may_play.clear()
    await batch(studio, *[SONG] * 10)
    await batch(studio, *[SONG] * 9)
    told = await batch(studio, SONG, SONG)

    many = {"index": 1, "type": "rate_limit", "error": "Too many requests. Please slow down."}
    assert (told["submitted"], told["tasks"][1]) == (1, many)
    studio.maker.may_play.set()


async def test_each_body_names_whom_it_tells(studio):
    told = await batch(studio, {**SONG, **HOOK}, SONG)
    ids = [task["task_id"] for task in told["tasks"]]
    for id_ in ids:
        await studio.ended(id_)

    ends = [await studio.house.store.jobs.messages_of(UUID(id_)) for id_ in ids]
    events = [[message.event for message in messages if message.event != "song.streaming"] for messages in ends]
    assert events == [["song.completed"], []]


async def test_a_batch_under_the_same_name_makes_its_songs_once(studio):
    before = await studio.credits()
    answers = []
    for _ in range(2):
        studio.clock.advance(3.0)
        items = {"items": [SONG, SONG, WRONG]}
        answers.append((await studio.http.post(BATCH, json=items, headers={"Idempotency-Key": "one"})).json())

    assert answers[0]["tasks"] == answers[1]["tasks"]
    assert answers[0]["tasks"][0] != answers[0]["tasks"][1]
    assert await studio.credits() == before - 30


async def test_a_name_that_is_none_is_told_once(studio):
    answer = await studio.http.post(BATCH, json={"items": [SONG]}, headers={"Idempotency-Key": "no spaces"})

    error = "Idempotency-Key must be 1 to 255 ASCII characters without spaces."
    assert (answer.status_code, answer.json()) == (400, {"type": "validation_error", "error": error})


async def test_a_batch_is_known_after_a_restart(tmp_path):
    async with open_studio(tmp_path) as studio:
        told = await batch(studio, SONG, WRONG)
        await studio.ended(told["tasks"][0]["task_id"])

    async with open_studio(tmp_path) as studio:
        again = (await studio.http.get(f"{BATCH}?batch_id={told['batch_id']}")).json()
    assert again == {**told, "tasks": [{**told["tasks"][0], "state": "succeeded"}, told["tasks"][1]]}


async def test_songs_that_wait_are_told_though_the_batch_cannot_be_kept(tmp_path):
    async with open_studio(tmp_path) as studio:
        slot = tmp_path / "files" / slot_folder(int(studio.clock.now() + 3.0 + KEPT))
        slot.mkdir(parents=True)
        (slot / "memories").write_bytes(b"")  # A file where a folder would have to be.
        told = await batch(studio, SONG)

        assert (await studio.http.get(f"/api/v1/sonic/task/{told['tasks'][0]['task_id']}")).status_code in {200, 202}
