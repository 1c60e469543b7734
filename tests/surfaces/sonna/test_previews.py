"""Samples of voices: heard by everybody, made once, and never a burden."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx

from antiphon.catalog.voices import load_voices
from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.services.fair_use import FairUse
from antiphon.services.previews import Previews, load_lines
from antiphon.store.blobs import LocalBlobs
from surfaces.sonna.served import PUBLIC, Echo, Served

VOICES = "/api/v1/tts/voices"
NO_KEY = {"X-API-Key": ""}


async def address(sonna: Served, name: str) -> str:
    """Where a voice can be heard."""
    (voice,) = (await sonna.http.get(VOICES, params={"search": name, "limit": 1})).json()["voices"]
    url = voice["preview_url"]
    assert url == f"{PUBLIC}/cdn/sonna/previews/{voice['id']}.mp3"
    return str(url)


async def heard(sonna: Served, url: str, **headers: str) -> httpx.Response:
    return await sonna.http.get(url, headers={**NO_KEY, **headers})


def blocked() -> Echo:
    maker = Echo()
    maker.may_speak.clear()
    return maker


async def test_every_voice_can_be_heard_in_its_own_language_without_a_key_and_for_nothing(serving) -> None:
    async with serving() as sonna:
        before = await sonna.credits()
        voices = (await sonna.http.get(VOICES)).json()["voices"]
        assert all(voice["preview_url"] for voice in voices)
        for name, language in (("Alice", "en"), ("Kore", "en"), ("id-ID-Wavenet-A", "id"), ("cmn-TW-Wavenet-C", "zh")):
            answer = await heard(sonna, await address(sonna, name))
            assert (answer.status_code, answer.content.decode()) == (200, load_lines()[language])
            assert sonna.maker.manners[-1].language == language
        assert await sonna.credits() == before


async def test_a_sample_is_a_file_as_all_others_but_for_everybodys_caches(serving) -> None:
    async with serving() as sonna:
        url = await address(sonna, "Alice")
        whole = await heard(sonna, url)
        etag = whole.headers["etag"]
        same = await heard(sonna, url, **{"If-None-Match": etag})
        part = await heard(sonna, url, Range="bytes=0-4")
        head = await sonna.http.head(url, headers=NO_KEY)
    assert (whole.headers["content-type"], whole.headers["cache-control"]) == ("audio/mpeg", "public, max-age=86400")
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert (part.status_code, part.content) == (206, b"Hello")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole.content)))
    assert len(sonna.maker.manners) == 1


async def test_a_sample_is_made_once_and_again_where_it_was_deleted(serving) -> None:
    async with serving() as sonna:
        url = await address(sonna, "Alice")
        first = [await heard(sonna, url) for _ in range(3)]
        assert len(sonna.maker.manners) == 1
        shutil.rmtree(sonna.files / "previews")
        again = await heard(sonna, url)
        assert len(sonna.maker.manners) == 2
    assert {answer.content for answer in (*first, again)} == {first[0].content}


async def test_many_who_ask_at_once_wait_for_the_same_even_where_the_first_leaves(serving) -> None:
    async with serving(blocked()) as sonna:
        url = await address(sonna, "Alice")
        first, *others = [asyncio.create_task(heard(sonna, url)) for _ in range(5)]
        await sonna.maker.begun.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        sonna.maker.may_speak.set()
        assert {answer.status_code for answer in await asyncio.gather(*others)} == {200}
        assert len(sonna.maker.manners) == 1


async def test_who_asks_for_too_many_at_once_is_told_to_come_back(serving) -> None:
    async with serving(blocked()) as sonna:
        voices = (await sonna.http.get(VOICES)).json()["voices"][: 2 + 64 + 1]
        asked = [asyncio.create_task(heard(sonna, voice["preview_url"])) for voice in voices]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        (refused,) = (task.result() for task in done)
        sonna.maker.may_speak.set()
        answers = [await task for task in asked]
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert sorted(answer.status_code for answer in answers) == [200] * 66 + [503]
        assert (await heard(sonna, str(refused.url))).status_code == 200


async def test_what_cannot_be_made_is_told_and_not_kept(serving) -> None:
    failing = Echo(failure=Unavailable(UnavailableCause.OVERLOADED, retry_after=2))
    async with serving(failing) as sonna:
        url = await address(sonna, "Alice")
        answers = [await heard(sonna, url) for _ in range(2)]
        assert not list(sonna.files.rglob("*.mp3"))
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "2")] * 2


async def test_what_is_no_voice_has_no_sample(serving) -> None:
    async with serving() as sonna:
        for name in ("Alice", "00000000-0000-0000-0000-000000000000", "C692E0F3-0C68-5CC6-B147-2575B18DE4C3", "..%2fx"):
            answer = await heard(sonna, f"/cdn/sonna/previews/{name}.mp3")
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert sonna.maker.manners == []


async def test_without_stand_ins_there_is_nobody_to_be_heard(serving) -> None:
    async with serving(stand_ins=False) as sonna:
        voices = (await sonna.http.get(VOICES)).json()["voices"]
        assert {voice["preview_url"] for voice in voices} == {None}
        assert (await heard(sonna, f"/cdn/sonna/previews/{voices[0]['id']}.mp3")).status_code == 404


async def test_favourites_can_be_heard_too(serving) -> None:
    async with serving() as sonna:
        url = await address(sonna, "Alice")
        await sonna.http.post("/api/v1/tts/favorites/toggle", json={"voiceId": "Alice"})
        (favorite,) = (await sonna.http.get("/api/v1/tts/favorites")).json()["favorites"]
    assert favorite["preview_url"] == url


async def test_samples_of_how_voices_sounded_once_are_deleted(tmp_path: Path) -> None:
    blobs, none = LocalBlobs(tmp_path), FairUse(at_once=1, waiting=0)
    takes: dict[str, Any] = {}

    async def chunks():
        yield b"sound"

    await blobs.put("previews/0123456789abcdef/some.mp3", chunks())
    async with Previews(takes, blobs, public_url=str, queue=none).kept():
        assert await blobs.folders("previews") == ()


def test_there_is_a_line_for_the_language_of_every_voice() -> None:
    assert set(load_lines()) == {voice.language for voice in load_voices().all}
