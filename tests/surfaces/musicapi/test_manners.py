"""Producer, Nuro, and what is retired: golden pairs, and what bodies mean."""

import asyncio
import json
from dataclasses import asdict
from uuid import UUID

import pytest

from surfaces.musicapi.studio import open_studio
from unit.services.hearing import SONG, ScriptedListener, place

PRODUCER, NURO = "/api/v1/producer/create", "/api/v1/nuro/create"
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


async def ended(studio, manner, task_id):
    """The answer of a task once it has ended."""
    async with asyncio.timeout(20):
        while True:
            answer = (await studio.http.get(f"/api/v1/{manner}/task/{task_id}")).json()
            if answer["status"].lower() in {"success", "succeeded", "failed"}:
                return answer
            await asyncio.sleep(0.01)


async def made(studio, path, **body):
    """What came of a request."""
    return await ended(studio, path.split("/")[3], await studio.submitted(path=path, **body))


def wish(studio):
    """What the maker was asked for the last time."""
    return asdict(studio.maker.wishes[-1])


async def test_producer_makes_one_song_as_m4a_and_wav(studio):
    before = await studio.credits()
    answer = await made(studio, PRODUCER, task_type="create_music", sound="dream pop", lyrics="[Verse]\nLa", seed="42")

    clip = answer["data"][0]
    urls = [clip.pop("audio_url"), clip.pop("wav_url")]
    assert answer == {
        "code": 200,
        "status": "SUCCESS",
        "message": "success",
        "data": [
            {
                "clip_id": clip["clip_id"],
                "title": "A title",
                "sound": "dream pop",
                "lyrics": "[Verse]\nLa",
                "image_url": None,
                "video_url": None,
                "duration": 104.88,
                "mv": "FUZZ-2.0",
                "seed": "42",
                "tags": "dream pop",
            }
        ],
    }
    assert [url.rpartition(".")[2] for url in urls] == ["m4a", "wav"]
    assert wish(studio)["seed"] == 42
    assert before - await studio.credits() == 12


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ({"sound": "jazz"}, {"verb": "create", "style": "jazz", "description": "jazz", "lyrics": None}),
        ({"lyrics": "La"}, {"verb": "create", "style": "", "lyrics": "La"}),
        ({"sound": "jazz", "make_instrumental": True}, {"instrumental": True}),
        ({"sound": "jazz", "mv": "Lyria 3 Pro", "title": "Song"}, {"title": "Song"}),
        (
            {"task_type": "extend_music", "clip_id": "MADE", "starts": 20, "length": 30, "lyrics_text": "Lo"},
            {"verb": "extend", "at": 20.0, "seconds": 30.0, "lyrics": "Lo"},
        ),
        (
            {"task_type": "replace_music", "clip_id": "MADE", "starts_at": 5, "ends": 9, "instruction": "softer"},
            {"verb": "replace", "start": 5.0, "end": 9.0, "style": "softer"},
        ),
        (
            {"task_type": "cover_music", "clip_id": "MADE", "instruction": "as jazz", "cover_strength": 0.75},
            {"verb": "cover", "style": "as jazz", "audio_weight": 0.25},
        ),
        ({"task_type": "cover_upload_music", "clip_id": "MADE"}, {"verb": "cover", "audio_weight": 0.5}),
    ],
)
async def test_a_producer_body_means_a_wish(studio, body, meant):
    if body.get("clip_id") == "MADE":
        first = await made(studio, PRODUCER, sound="pop")
        body = {**body, "clip_id": first["data"][0]["clip_id"]}
    await made(studio, PRODUCER, **body)

    found = wish(studio)
    assert {field: found[field] for field in meant} == meant


async def test_a_download_is_the_clip_performed_again_in_a_form(studio):
    first = await made(studio, PRODUCER, sound="pop")
    before = await studio.credits()
    clip_id = first["data"][0]["clip_id"]
    answer = await made(studio, "/api/v1/producer/download", clip_id=clip_id, format="mp3")

    assert answer["data"][0]["audio_url"].endswith(".mp3")
    assert wish(studio)["verb"] == "perform"
    assert before - await studio.credits() == 2


async def test_a_failed_producer_task_says_that_it_is_paid_back(studio):
    before = await studio.credits()
    answer = await made(studio, PRODUCER, sound="pop", title="broken")

    message = "Task failed. Credits were refunded."
    assert answer == {"code": 200, "status": "FAILED", "message": message, "data": []}
    assert await studio.credits() == before


async def test_a_producer_task_waits_and_runs(studio):
    studio.maker.may_play.clear()
    task_ids = [await studio.submitted(path=PRODUCER, sound="pop") for _ in range(20)]
    async with asyncio.timeout(20):
        while True:
            states = [(await studio.http.get(f"/api/v1/producer/task/{id_}")).json() for id_ in task_ids]
            if states[0]["status"] == "RUNNING":
                break
            await asyncio.sleep(0.01)
    assert states[0] == {"code": 200, "status": "RUNNING", "message": "running", "data": []}
    assert states[-1] == {"code": 200, "status": "PENDING", "message": "pending", "data": []}
    studio.maker.may_play.set()


@pytest.mark.parametrize("task", ["music_variation", "swap_music_vocals", "swap_music_sound"])
async def test_a_retired_type_of_task_is_gone(studio, task):
    before = await studio.credits()
    answer = await studio.asked(path=PRODUCER, task_type=task, clip_id=NOBODYS)

    text = "This is retired. Please use 'create_music' instead."
    assert (answer.status_code, answer.json()) == (410, {"type": "endpoint_retired", "error": text})
    assert await studio.credits() == before


async def test_nuro_makes_a_song_as_wav(studio):
    before = await studio.credits()
    body = {"type": "vocal", "lyrics": "[verse]\nLa", "gender": "Female", "genre": "Pop", "mood": "Romantic"}
    answer = await made(studio, NURO, **body, timbre="Sweet_AUDIO_TIMBRE", duration=60)

    url = answer.pop("audio_url")
    assert answer == {
        "task_id": answer["task_id"],
        "status": "succeeded",
        "progress": 100,
        "lyrics": "[verse]\nLa",
        "duration": 104.88,
        "genre": "Pop",
        "mood": "Romantic",
        "gender": "Female",
        "timbre": "Sweet_AUDIO_TIMBRE",
    }
    assert url.endswith(".wav")
    found = wish(studio)
    assert (found["style"], found["gender"], found["seconds"]) == ("Pop, Romantic, sweet", "female", 60)
    assert before - await studio.credits() == 10


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (
            {"genre": ["jazz"], "mood": ["calm", "warm"][:1], "instrument": ["piano"], "theme": ["sales", "every day"]},
            {"style": "jazz, calm, piano, corporate", "instrumental": True, "seconds": 60, "lyrics": None},
        ),
        ({"duration": 5}, {"seconds": 10.0}),
        ({"version": "v2.0"}, {"seconds": 90}),
        (
            {
                "version": "v2.0",
                "segments": [{"name": "intro", "duration": 20}, {"name": "Build up", "duration": 25}],
            },
            {"seconds": 45, "lyrics": "[Intro]\n[Instrumental]"},
        ),
    ],
)
async def test_background_music_means_a_wish(studio, body, meant):
    await made(studio, NURO, type="bgm", description="A quiet morning", **body)

    found = wish(studio)
    assert {field: found[field] for field in meant} == meant
    assert found["description"] == "A quiet morning"


async def test_a_failed_nuro_task_is_paid_back(studio):
    before = await studio.credits()
    studio.maker.broken = True
    answer = await made(studio, NURO, type="bgm", description="Rain")

    assert (answer["status"], answer["type"], answer["message"]) == (
        "failed",
        "api_error",
        "Task failed. Credits were refunded.",
    )
    assert await studio.credits() == before


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        (PRODUCER, {}, "The 'sound' field is required."),
        (PRODUCER, {"sound": 1}, "The 'sound' field should be a string."),
        (PRODUCER, {"sound": "s" * 2001}, "The sound character length should be less than 2000."),
        (PRODUCER, {"sound": "pop", "title": "t" * 81}, "The title character length should be less than 80."),
        (
            PRODUCER,
            {"sound": "pop", "seed": "-1"},
            "The 'seed' field should be a whole number from 0 to 2147483647, in a string.",
        ),
        (
            PRODUCER,
            {"sound": "pop", "seed": "9" * 5000},
            "The 'seed' field should be a whole number from 0 to 2147483647, in a string.",
        ),
        (
            PRODUCER,
            {"sound": "pop", "seed": "0" * 20 + "9" * 5000},
            "The 'seed' field should be a whole number from 0 to 2147483647, in a string.",
        ),
        (
            PRODUCER,
            {"sound": "pop", "seed": "0" * 20 + "9" * 100},
            "The 'seed' field should be a whole number from 0 to 2147483647, in a string.",
        ),
        (PRODUCER, {"task_type": "extend_music"}, "The 'clip_id' field is required."),
        (PRODUCER, {"task_type": "cover_music", "clip_id": NOBODYS}, "The clip of 'clip_id' was not found."),
        (
            PRODUCER,
            {"task_type": "replace_music", "clip_id": NOBODYS, "starts_at": 9, "ends_at": 9},
            "The 'ends_at' field should be greater than 'starts_at'.",
        ),
        ("/api/v1/producer/download", {}, "The 'clip_id' field is required."),
        (NURO, {}, "The 'type' field is required."),
        (NURO, {"type": "noise"}, "The 'type' field is invalid. It should be one of vocal, bgm."),
        (NURO, {"type": "vocal"}, "The 'lyrics' field is required."),
        (NURO, {"type": "vocal", "lyrics": "l" * 2001}, "The lyrics character length should be less than 2000."),
        (
            NURO,
            {"type": "vocal", "lyrics": "La", "gender": "f"},
            "The 'gender' field is invalid. It should be one of Female, Male.",
        ),
        (NURO, {"type": "vocal", "lyrics": "La", "duration": 29}, "The 'duration' field should be between 30 and 240."),
        (NURO, {"type": "bgm"}, "The 'description' field is required."),
        (
            NURO,
            {"type": "bgm", "description": "d", "mood": ["sad"] * 6},
            "The 'mood' field should be an array of at most 5 values.",
        ),
        (
            NURO,
            {"type": "bgm", "description": "d", "segments": [1]},
            "The 'segments' field should be an array of at most 20 values.",
        ),
        (NURO, {"type": "bgm", "description": "d", "duration": 61}, "The 'duration' field should be between 1 and 60."),
    ],
)
async def test_what_is_wrong_is_said_and_costs_nothing(studio, path, body, text):
    before = await studio.credits()
    answer = await studio.asked(path=path, **body)

    assert (answer.status_code, answer.json()) == (400, {"type": "validation_error", "error": text})
    assert await studio.credits() == before


@pytest.mark.parametrize("manner", ["sonic", "nuro"])
async def test_a_task_of_another_manner_is_not_found(studio, manner):
    task_id = await studio.submitted(path=PRODUCER, sound="pop")
    answer = await studio.http.get(f"/api/v1/{manner}/task/{task_id}")

    assert (answer.status_code, answer.json()) == (404, {"type": "not_found", "error": "task not found."})


@pytest.mark.parametrize("path", ["riffusion/create", "riffusion/task/1", "studio/create", "studio/task/1/2"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_what_is_retired_is_gone(studio, method, path):
    answer = await studio.http.request(method, f"/api/v1/{path}")

    text = "This is retired. Please use /api/v1/sonic/create instead."
    assert (answer.status_code, answer.json()) == (410, {"type": "endpoint_retired", "error": text})


async def test_strangers_do_not_hear_what_is_retired(studio):
    answer = await studio.http.get("/api/v1/studio/create", headers={"Authorization": "Bearer nobody"})

    assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PRODUCER, {"sound": "pop like Coldplay"}),
        (PRODUCER, {"task_type": "cover_music", "clip_id": NOBODYS, "instruction": "as Coldplay would"}),
        (NURO, {"type": "bgm", "description": "rain, by Coldplay"}),
    ],
)
async def test_what_is_not_made_on_request_is_made_in_no_manner(studio, path, body):
    answer = await studio.asked(path=path, **body)

    text = "The song description contains artist names: 'Coldplay' which is not allowed."
    assert (answer.status_code, answer.json()) == (403, {"type": "forbidden", "error": text})


async def test_of_a_stem_the_stem_is_downloaded(studio):
    made_of = (await studio.ended(await studio.submitted(custom_mode=True, mv="sonic-v5", prompt="La")))[0]
    stems = await studio.ended(await studio.submitted(path="/api/v1/sonic/stems/basic", clip_id=made_of["clip_id"]))
    await made(studio, "/api/v1/producer/download", clip_id=stems[1]["clip_id"])

    assert (wish(studio)["verb"], wish(studio)["stem"]) == ("perform", "instrumental")


@pytest.mark.parametrize(
    ("path", "body", "platform"),
    [
        (PRODUCER, {"sound": "pop"}, "producer"),
        (NURO, {"type": "bgm", "description": "Rain"}, "nuro"),
    ],
)
async def test_webhooks_say_what_polling_says_and_whose_it_is(studio, path, body, platform):
    task_id = await studio.submitted(path=path, webhook_url="https://receiver.example/", **body)
    answer = await ended(studio, platform, task_id)

    (message,) = await studio.house.store.jobs.messages_of(UUID(task_id))
    about = {"task_id": task_id, "platform": platform, "event": "song.completed"}
    assert json.loads(message.body) == {**answer, **about}


async def test_a_recording_becomes_a_clip_of_producers(tmp_path):
    async with place({"/song.mp3": SONG}) as there, open_studio(tmp_path, listener=ScriptedListener()) as studio:
        before = await studio.credits()
        answer = await made(studio, "/api/v1/producer/upload", url=f"{there.url}/song.mp3")
        clip = answer["data"][0]
        cover = await made(studio, PRODUCER, task_type="cover_upload_music", clip_id=clip["clip_id"])
        spent = before - await studio.credits()

    assert answer["status"] == cover["status"] == "SUCCESS"
    assert clip["title"] == "song"
    assert clip["audio_url"].endswith(".mp3")
    assert spent == 2 + 12


async def test_a_server_that_works_on_nothing_takes_tasks_in(tmp_path):
    async with open_studio(tmp_path, jobs_at_once=0) as studio:
        task_id = await studio.submitted(path=PRODUCER, sound="pop")
        answer = (await studio.http.get(f"/api/v1/producer/task/{task_id}")).json()

    assert (answer["status"], studio.maker.begun) == ("PENDING", 0)
    async with open_studio(tmp_path) as studio:
        assert (await ended(studio, "producer", task_id))["status"] == "SUCCESS"
