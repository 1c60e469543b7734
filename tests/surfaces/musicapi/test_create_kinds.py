"""What each type of task, and each endpoint that makes songs of clips, has its maker do."""

import asyncio

import pytest

from surfaces.musicapi.studio import CREATE, open_studio
from unit.services.hearing import SONG, ScriptedListener, place

CUSTOM = {"custom_mode": True, "mv": "sonic-v5", "title": "Mine", "tags": "pop", "prompt": "[Verse]\nLa"}
SONIC = "/api/v1/sonic"
OF_CLIP = [
    ("extend_music", {"continue_at": 30}, {"verb": "extend", "at": 30.0, "lyrics": "[Verse]\nLa"}),
    ("extend_music", {}, {"verb": "extend", "at": None}),
    ("extend_upload_music", {"continue_at": 0.1}, {"verb": "extend", "at": 0.1}),
    ("cover_music", {"audio_weight": 0.7}, {"verb": "cover", "audio_weight": 0.7, "style": "pop"}),
    ("cover_upload_music", {"vocal_gender": "m"}, {"verb": "cover", "gender": "male"}),
    ("remaster", {}, {"verb": "remaster", "level": "normal"}),
    ("remaster", {"variation_category": "high"}, {"verb": "remaster", "level": "high"}),
    ("add_vocals", {"custom_mode": False}, {"verb": "add_vocals", "lyrics": "[Verse]\nLa", "description": ""}),
    ("add_vocals", {"make_instrumental": True}, {"instrumental": False, "lyrics": "[Verse]\nLa"}),
    (
        "add_instrumental",
        {"overpainting_start_s": 10, "overpainting_end_s": 300},
        {"verb": "add_instrumental", "start": 10.0, "end": 104.876},
    ),
]
SECTIONS = [
    ({"infill_lyrics": "Other words"}, {"lyrics": "Other words", "description": ""}),
    ({"infill_lyrics": "Other words", "prompt": "[Verse]\nLa"}, {"lyrics": "Other words", "description": ""}),
    ({"prompt": "make it a guitar solo"}, {"lyrics": None, "description": "make it a guitar solo"}),
    ({"prompt": "[Verse]\nLa"}, {"lyrics": None, "description": ""}),
    ({}, {"lyrics": None, "description": ""}),
]
SECTION = {"mv": "sonic-v5", "infill_start_s": 10, "infill_end_s": 30}


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


async def made(studio, path=CREATE, **body):
    """The clips of a request, and what the maker was asked for the first."""
    clips = await studio.ended(await studio.submitted(path=path, **body))
    return clips, await studio.memory(clips[0])


async def raw(studio, clip):
    return (await studio.http.get(clip["audio_url"])).text


async def paired(studio, task_id):
    """The pairs of a task, once it has ended."""
    async with asyncio.timeout(20):
        while True:
            answer = await studio.http.get(f"/api/v1/sonic/task/{task_id}")
            if answer.status_code == 200 and '"running"' not in answer.text:
                return answer.json()["data"]
            await asyncio.sleep(0.01)


def some(found, wanted):
    return {name: found[name] for name in wanted}


async def test_a_type_that_is_made_of_a_clip_makes_two_of_it(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    for task, changes, wanted in OF_CLIP:
        body = {**CUSTOM, "task_type": task, "continue_clip_id": source["clip_id"], **changes}
        clips, wish = await made(studio, **body)
        assert (task, changes, some(wish, wanted)) == (task, changes, wanted)
        assert (len(clips), wish["sources"]) == (2, [await raw(studio, source)])


async def test_a_whole_song_is_what_was_extended_and_its_extension(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    (extension, _), _ = await made(studio, **CUSTOM, task_type="extend_music", continue_clip_id=source["clip_id"])
    clips, wish = await made(studio, task_type="concat_music", continue_clip_id=extension["clip_id"])

    assert len(clips) == 1
    assert (wish["verb"], wish["sources"]) == ("concat", [await raw(studio, source), await raw(studio, extension)])


async def test_a_whole_song_is_not_made_of_a_cover(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    (cover, _), _ = await made(studio, **CUSTOM, task_type="cover_music", continue_clip_id=source["clip_id"])
    answer = await studio.asked(task_type="concat_music", continue_clip_id=cover["clip_id"])

    told = {
        "type": "validation_error",
        "error": "The clip of 'continue_clip_id' was not made by extending another.",
    }
    assert (answer.status_code, answer.json()) == (400, told)


async def test_a_persona_sings(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    persona = (await studio.asked(f"{SONIC}/persona", name="Ana", clip_id=source["clip_id"])).json()["persona_id"]
    _, wish = await made(studio, **CUSTOM, task_type="persona_music", persona_id=persona)

    assert (wish["verb"], wish["sources"]) == ("create", [])
    assert wish["singer"] == f"like {await raw(studio, source)}"


async def test_a_song_grows_out_of_a_sample(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    body = {**CUSTOM, "sample_clip_id": source["clip_id"], "chop_sample_start_s": 10, "chop_sample_end_s": 25.5}
    _, wish = await made(studio, f"{SONIC}/sample", **body)

    wanted = {"verb": "sample", "start": 10.0, "end": 25.5, "lyrics": "[Verse]\nLa"}
    assert some(wish, wanted) == wanted
    assert wish["sources"] == [await raw(studio, source)]


async def test_a_song_grows_out_of_a_recording_that_is_fetched_first(tmp_path):
    async with (
        place({"/song.mp3": SONG}) as there,
        open_studio(tmp_path, listener=ScriptedListener()) as studio,
    ):
        _, wish = await made(studio, f"{SONIC}/sample", **CUSTOM, url=f"{there.url}/song.mp3", chop_sample_start_s=2)

    assert (wish["verb"], wish["start"], wish["end"], len(wish["sources"])) == ("sample", 2.0, None, 1)


async def test_two_clips_become_one_in_the_order_in_which_they_are_named(studio):
    (first, second), _ = await made(studio, **CUSTOM)
    ids = [second["clip_id"], first["clip_id"]]
    _, wish = await made(studio, f"{SONIC}/mashup", **CUSTOM, mashup_clip_ids=ids, audio_weight=0.2)

    assert (wish["verb"], wish["audio_weight"]) == ("mashup", 0.2)
    assert wish["sources"] == [await raw(studio, second), await raw(studio, first)]


async def test_a_section_is_replaced_by_words_or_by_what_it_is_like(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    for words, wanted in SECTIONS:
        _, wish = await made(studio, f"{SONIC}/replace-section", clip_id=source["clip_id"], **SECTION, **words)
        known = {"verb": "replace", "start": 10.0, "end": 30.0, **wanted}
        assert (words, some(wish, known)) == (words, known)
        assert wish["sources"] == [await raw(studio, source)]


async def test_a_replaced_section_and_the_whole_song_come_in_pairs_for_one_price(studio):
    (source, _), _ = await made(studio, **CUSTOM)
    before = await studio.credits()
    body = {"clip_id": source["clip_id"], **SECTION, "auto_concat": True}
    id_ = await studio.submitted(path=f"{SONIC}/replace-section", **body)
    pairs = await paired(studio, id_)

    assert [set(pair) for pair in pairs] == [{"replaced", "full"}] * 2
    assert len({clip["clip_id"] for pair in pairs for clip in pair.values()}) == 4
    assert {clip["state"] for pair in pairs for clip in pair.values()} == {"succeeded"}
    assert await studio.credits() == before - 15
