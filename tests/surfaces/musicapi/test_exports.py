"""What is had of a clip while the client waits: tempo, WAV, MIDI, timed lyrics, downloads."""

import asyncio
import errno
from dataclasses import replace

import pytest
from starlette.routing import Route

from antiphon.domain.songs import SungWord
from antiphon.surfaces.musicapi.exports import alignment, download
from antiphon.surfaces.musicapi.openapi_calls import call_paths
from surfaces.musicapi.clips import SONG, begun, known, song
from surfaces.musicapi.golden import pairs, play
from surfaces.musicapi.studio import open_studio

WAV = "/api/v1/sonic/wav"


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", ["bpm", "wav", "midi", "aligned-lyrics", "download"])
async def test_a_clip_is_had_as_the_pairs_say(studio, name):
    await play(studio, name, **await known(studio))


async def test_a_file_that_two_want_at_once_is_made_once(studio):
    clip = await song(studio)
    studio.maker.may_play.clear()
    before = studio.maker.begun
    waiting = [await begun(studio, WAV, clip_id=clip["clip_id"]) for _ in range(2)]
    studio.maker.may_play.set()
    one, other = [answer.json() for answer in await asyncio.gather(*waiting)]

    assert one == other
    assert studio.maker.begun == before + 1


async def test_who_asks_for_the_same_words_twice_at_once_pays_once(studio):
    clip = await song(studio)
    before = await studio.credits()
    studio.maker.may_play.clear()
    waiting = [await begun(studio, "/api/v1/sonic/aligned-lyrics", clip_id=clip["clip_id"])]
    waiting.append(asyncio.create_task(studio.asked("/api/v1/sonic/aligned-lyrics", clip_id=clip["clip_id"])))
    studio.maker.may_play.set()

    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert await studio.credits() == before - 1


async def test_where_the_disk_is_full_that_is_no_accident_and_costs_nothing(studio, monkeypatch):
    clip, before = await song(studio), await studio.credits()

    async def full(_wish, **_rest):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(studio.maker, "make", full)
    for name in ("wav", "midi", "vox"):
        answer = await studio.asked(f"/api/v1/sonic/{name}", clip_id=clip["clip_id"])
        assert (answer.status_code, answer.json()["type"]) == (503, "server_error")
    assert await studio.credits() == before


async def test_an_account_has_no_more_than_three_files_made_at_once(studio):
    clips = [clip for _ in range(2) for clip in await studio.ended(await studio.submitted(**SONG))]
    before = await studio.credits()
    studio.maker.may_play.clear()
    requests = [await begun(studio, WAV, clip_id=clip["clip_id"]) for clip in clips]
    (done,), waiting = await asyncio.wait(requests, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    refused = done.result()
    studio.maker.may_play.set()

    assert (refused.status_code, refused.json()["type"]) == (429, "rate_limit")
    assert int(refused.headers["retry-after"]) >= 1
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * 3
    assert await studio.credits() == before - 3


async def test_what_cannot_be_made_costs_nothing_and_is_tried_again(studio):
    clip, before = await song(studio), await studio.credits()
    studio.maker.broken = True
    for name in ("wav", "midi", "aligned-lyrics", "download", "vox"):
        answer = await studio.asked(f"/api/v1/sonic/{name}", clip_id=clip["clip_id"])
        assert (name, answer.status_code, answer.json()["type"]) == (name, 503, "server_error")
    assert await studio.credits() == before

    studio.maker.broken = False
    answer = await studio.asked("/api/v1/sonic/aligned-lyrics", clip_id=clip["clip_id"])
    assert (answer.status_code, await studio.credits()) == (200, before - 1)


async def test_a_file_is_of_the_clip_that_was_named(studio):
    _, clip = await studio.ended(await studio.submitted(**SONG))
    answer = await studio.asked("/api/v1/sonic/download", clip_id=clip["clip_id"], formats=["m4a"])
    made = (await studio.http.get(answer.json()["data"]["m4a_url"])).json()

    assert (made["verb"], made["sources"]) == ("perform", [(await studio.http.get(clip["audio_url"])).text])


async def test_files_that_take_long_are_not_ready_cost_nothing_and_are_there_later(studio):
    clip, before, begun_before = await song(studio), await studio.credits(), studio.maker.begun
    (route,) = [route for route in studio.app.routes if getattr(route, "path", "") == "/api/v1/sonic/download"]
    hasty = replace(route.endpoint, plan=download(prompt=0.0))
    studio.app.router.routes.append(Route("/api/v1/sonic/download-at-once", hasty, methods=["POST"]))
    answer = await studio.asked("/api/v1/sonic/download-at-once", clip_id=clip["clip_id"], formats=["wav"])

    assert (answer.status_code, answer.json(), await studio.credits()) == (202, {"type": "not_ready"}, before)
    assert int(answer.headers["retry-after"]) >= 1
    later = await studio.asked("/api/v1/sonic/download", clip_id=clip["clip_id"], formats=["wav"])
    assert (later.status_code, await studio.credits()) == (200, before - 2)
    assert studio.maker.begun == begun_before + 1


async def test_a_file_that_was_made_is_found_after_a_restart(tmp_path):
    async with open_studio(tmp_path) as studio:
        clip = await song(studio)
        first = (await studio.asked(WAV, clip_id=clip["clip_id"])).json()
    async with open_studio(tmp_path) as studio:
        again = (await studio.asked(WAV, clip_id=clip["clip_id"])).json()

        assert again == first
        assert studio.maker.begun == 0


def test_words_that_are_sung_are_the_lyrics_when_they_are_read_together():
    words = [("Verse 1", 0, "Stars"), ("Verse 1", 0, "fall"), ("Verse 1", 1, "down"), ("Chorus", 2, "Oh")]
    sung = [SungWord(text=text, line=line, section=section, start=0.0, end=1.0) for section, line, text in words]

    assert "".join(entry["word"] for entry in alignment(sung)) == "[Verse 1]\nStars fall\ndown\n\n[Chorus]\nOh"


def test_of_two_sections_of_one_name_each_has_its_heading():
    sung = [SungWord(text="la", line=place, section="Verse", place=place, start=0.0, end=1.0) for place in range(2)]

    assert "".join(entry["word"] for entry in alignment(sung)) == "[Verse]\nla\n\n[Verse]\nla"


def test_words_without_a_heading_have_none():
    sung = [SungWord(text="la", line=0, start=0.0, end=1.0)] * 2

    assert [entry["word"] for entry in alignment(sung)] == ["la", " la"]


@pytest.mark.parametrize("name", ["bpm", "wav", "midi", "aligned-lyrics", "download", "vox"])
def test_what_is_answered_is_what_the_openapi_document_says(name):
    answer = call_paths()[f"/api/v1/sonic/{name}"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    (pair, *_) = pairs(name)

    assert set(answer["required"]) == set(pair["answer"])
    assert set(answer["properties"]["data"]["required"]) == set(pair["answer"]["data"])


async def test_the_openapi_document_has_no_endpoint_that_is_not_there(studio):
    assert set(call_paths()) <= {getattr(route, "path", "") for route in studio.app.routes}
