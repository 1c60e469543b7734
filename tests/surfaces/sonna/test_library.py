"""The library of who is signed in: what is in it, under which answers, and what keys make, which is not. All ours."""

import asyncio
import re
from uuid import UUID

from antiphon.surfaces.sonna import schemas_accounts as documented
from surfaces.sonna.making import IMAGE, MUSIC, PATH, VIDEO, Making
from surfaces.sonna.making import PUBLIC as MADE_AT
from surfaces.sonna.served import PUBLIC, bearing
from surfaces.sonna.test_account import NOT_FOR_KEYS
from surfaces.sonna.test_signing_in import NO_OBJECT, NOTHING, told, wrong_type

LIBRARY = "/api/v1/library"
GIB = 1 << 30
ADDRESS = re.compile(rf"{PUBLIC}/cdn/sonna/library/(\w+)/[0-9a-f-]{{36}}/[0-9a-f]{{48}}\.(\w+)")
EMPTY = {"success": True, "items": [], "nextCursor": None, "bytes": 0, "bytesAllowed": 10 * GIB}
NO_TITLE = (
    400,
    {
        "error": "The field 'title' must have 1 to 200 characters, and not only spaces.",
        "code": "INVALID_PARAM",
        "field": "title",
        "limit": 200,
    },
)
NO_ROOM = "[plan.pro]\nlibrary_bytes = 4\n"


async def signed_in(made: Making, plan: str = "pro") -> dict[str, str]:
    """Headers of somebody who may have pictures, music and films."""
    account = (await made.house.accounts.create("anna@example.com", plan=plan)).account.id
    _, invite = await made.house.users.invite(account)
    body = {"email": "anna@example.com", "password": "correct horse", "invite": invite}
    return bearing((await made.http.post("/api/auth/register", json=body)).json())


async def test_speech_is_in_the_library_listed_renamed_and_deleted(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        assert (await sonna.http.get(LIBRARY, headers=anna)).json() == EMPTY
        made = (await sonna.say(anna, text="Good  morning.", voice="Alice")).json()
        address = ADDRESS.fullmatch(made["url"])
        assert address is not None
        assert (*address.groups(), made["projectCreated"], made["expiresAt"]) == ("tts", "mp3", True, None)
        sonna.clock.advance(48 * 3600)
        file = await sonna.http.get(made["url"], headers={"X-API-Key": ""})
        assert (file.status_code, file.headers["content-type"]) == (200, "audio/mpeg")
        assert file.headers["cache-control"] == "private, max-age=86400, immutable"
        assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert file.headers["x-content-type-options"] == "nosniff"

        anna = bearing((await sonna.http.post("/api/auth/login", json=LOGIN)).json())
        body = (await sonna.http.get(LIBRARY, headers=anna)).json()
        (item,) = body["items"]
        documented.LibraryAnswer.model_validate(body, strict=True)
        assert (body["bytes"], item["bytes"]) == (len(file.content),) * 2
        assert item == {
            "id": made["libraryId"],
            "type": "SPEECH",
            "title": "Good morning.",
            "model": "eleven-flash-v2-5",
            "createdAt": "2027-01-15T08:00:00.250Z",
            "url": made["url"],
            "mimeType": "audio/mpeg",
            "bytes": len(file.content),
            "durationSeconds": item["durationSeconds"],
            "voice": "c692e0f3-0c68-5cc6-b147-2575b18de4c3",
        }
        assert item["durationSeconds"] > 0

        one = f"{LIBRARY}/{item['id']}"
        renamed = (await sonna.http.patch(one, json={"title": " Morning "}, headers=anna)).json()
        assert renamed == {"success": True, "item": {**item, "title": "Morning"}}
        assert (await sonna.http.get(one, headers=anna)).json() == renamed
        assert (await sonna.http.delete(one, headers=anna)).json() == {"success": True}
        assert (await sonna.http.get(LIBRARY, headers=anna)).json() == EMPTY
        gone = [await sonna.http.request(method, one, json={"title": "x"}, headers=anna) for method in METHODS]
        assert [told(answer) for answer in gone] == [NOTHING] * 3
        assert (await sonna.http.get(made["url"])).status_code == 404
        assert list((sonna.files / "library").rglob("*.mp3")) == []


LOGIN = {"email": "anna@example.com", "password": "correct horse"}
METHODS = ("GET", "PATCH", "DELETE")


async def test_a_dialogue_has_the_title_that_was_asked_for(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        turns = [{"text": "Hello.", "voice": "Alice"}, {"text": "And you?", "voice": "Brian"}]
        for title in ("  Two of us ", None):
            body = {"turns": turns, "title": title}
            await sonna.http.post("/api/v1/tts/synthesize-dialogue", json=body, headers=anna)
            sonna.clock.advance(1)
        items = (await sonna.http.get(LIBRARY, headers=anna)).json()["items"]
        assert [(item["type"], item["title"], "voice" in item) for item in items] == [
            ("DIALOGUE", "Hello.", False),
            ("DIALOGUE", "Two of us", False),
        ]


async def test_what_keys_make_ends_after_a_day_and_is_in_no_library(serving) -> None:
    async with serving() as sonna:
        anna = await sonna.sign_up(plan="pro")
        _, key = await sonna.house.keys.create(UUID(anna["user"]["accountId"]), "hers")
        made = (await sonna.say({"X-API-Key": key})).json()
        assert (made["projectCreated"], made["expiresAt"]) == (True, "2027-01-16T08:00:00.000Z")
        assert "libraryId" not in made
        assert (await sonna.http.get(LIBRARY, headers=bearing(anna))).json() == EMPTY
        for method, path in (("GET", LIBRARY), *((method, f"{LIBRARY}/{UUID(int=1)}") for method in METHODS)):
            answer = await sonna.http.request(method, path, headers={"X-API-Key": key})
            assert told(answer) == NOT_FOR_KEYS


async def test_in_a_full_library_speech_is_kept_for_a_day(serving, tmp_path) -> None:
    plans = tmp_path / "plans.toml"
    plans.write_text(NO_ROOM)
    async with serving(plans_file=plans) as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        made = (await sonna.say(anna)).json()
        assert (made["projectCreated"], made["expiresAt"]) == (False, "2027-01-16T08:00:00.000Z")
        assert (await sonna.http.get(made["url"])).status_code == 200
        assert (await sonna.http.get(LIBRARY, headers=anna)).json() == {**EMPTY, "bytesAllowed": 4}


async def test_speech_asked_for_twice_is_one_item(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        named = {**anna, "Idempotency-Key": "one"}
        first, second = [await sonna.say(named) for _ in range(2)]
        assert (second.json(), second.headers["idempotency-replayed"]) == (first.json(), "true")
        sonna.clock.advance(1)
        raw = {**anna, "Idempotency-Key": "two", "Accept": "audio/mpeg"}
        sounds = [await sonna.say(raw) for _ in range(2)]
        assert sounds[0].content == sounds[1].content != b""
        assert ADDRESS.fullmatch(sounds[0].headers["x-sonna-url"])
        items = (await sonna.http.get(LIBRARY, headers=anna)).json()["items"]
        assert [item["url"] for item in items] == [sounds[0].headers["x-sonna-url"], first.json()["url"]]
        await sonna.http.delete(f"{LIBRARY}/{items[0]['id']}", headers=anna)
        assert told(await sonna.say(raw))[1]["code"] == "IDEMPOTENCY_GONE"


async def test_of_speech_that_fails_nothing_is_in_the_library(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        sonna.maker.may_speak.clear()
        said = asyncio.create_task(sonna.say(anna))
        await sonna.maker.begun.wait()
        sonna.clock.advance(60)
        await sonna.house.store.ledger.end_overdue(now=sonna.clock.now(), most=9)  # It is taken for dead.
        sonna.maker.may_speak.set()
        assert (await said).status_code == 503
        anna = bearing((await sonna.http.post("/api/auth/login", json=LOGIN)).json())
        assert (await sonna.http.get(LIBRARY, headers=anna)).json()["items"] == []


async def test_queries_narrow_the_list_and_wrong_ones_are_refused(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        for title in ("Émile", "emily", "Ben"):
            await sonna.say(anna, title=title)
            sonna.clock.advance(1)

        async def asked(**query: str) -> list[str]:
            body = (await sonna.http.get(LIBRARY, params=query, headers=anna)).json()
            return [item["title"] for item in body["items"]]

        assert [await asked(**query) for query in ({"search": "ÉM"}, {"search": "EM"}, {"type": "speech"})] == [
            ["Émile"],
            ["emily"],
            ["Ben", "emily", "Émile"],
        ]
        assert await asked(type="MUSIC") == []
        first = (await sonna.http.get(LIBRARY, params={"limit": "2"}, headers=anna)).json()
        assert await asked(limit="2", cursor=first["nextCursor"]) == ["Émile"]
        for name, wrong in WRONG:
            answer = await sonna.http.get(LIBRARY, params={name: wrong}, headers=anna)
            assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "INVALID_PARAM", name)
        one = f"{LIBRARY}/{first['items'][0]['id']}"
        refused = [await sonna.http.patch(one, json=body, headers=anna) for body in ({"title": " "}, [], {"title": 5})]
        assert [told(answer) for answer in refused] == [NO_TITLE, NO_OBJECT, wrong_type("title")]
        assert told(await sonna.http.get(f"{LIBRARY}/none", headers=anna)) == NOTHING


WRONG = [
    ("type", "song"),
    ("limit", "0"),
    ("limit", "201"),
    ("limit", "0000000000201"),
    ("limit", "\u0665"),
    ("cursor", "none"),
    ("search", "x" * 201),
]


async def test_pictures_takes_and_films_are_in_the_library(made) -> None:
    anna = await signed_in(made)
    picture = (await made.asked(IMAGE, anna, n=2, prompt="A  mountain\n" + "x" * 60)).json()
    song = (await made.asked(MUSIC, anna, lyrics="la la la", customMode=True)).json()
    film = (await made.asked(VIDEO, anna, title="Sea", seed=7)).json()
    film = await made.ended(film["jobId"], anna)
    for answer in (picture, song, film):
        assert (answer["projectCreated"], answer["expiresAt"]) == (True, None)
        assert "/api-ephemeral/" not in str(answer)

    body = (await made.http.get(LIBRARY, headers=anna)).json()
    items = body["items"]
    assert [(item["type"], item["title"], item["mimeType"]) for item in items] == [
        ("VIDEO", "Sea", "video/mp4"),
        *[("MUSIC", "A title", "audio/mpeg")] * 2,
        *[("IMAGE", "A mountain " + "x" * 49, "image/png")] * 2,
    ]
    assert items[0]["id"] == film["libraryId"]
    assert [item["id"] for item in items[1:3]] == [take["libraryId"] for take in song["tracks"]]
    assert [item["imageUrl"] for item in items[1:3]] == [take["imageUrl"] for take in song["tracks"]]
    assert [item["url"] for item in items[3:]] == [one["url"] for one in picture["images"]]
    assert (items[0]["width"], items[0]["durationSeconds"], items[4]["height"]) == (854, 5.0, 768)
    assert "lyrics" not in items[1]
    one = (await made.http.get(f"{LIBRARY}/{items[1]['id']}", headers=anna)).json()["item"]
    assert one == {**items[1], "lyrics": "la la la"}

    files = [url for item in items for url in (item["url"], item.get("imageUrl")) if url is not None]
    sizes = [len((await made.http.get(url)).content) for url in files]
    assert (len(files), sum(sizes)) == (7, body["bytes"])
    assert all(url.startswith(f"{MADE_AT}/cdn/sonna/library/") for url in files)


async def test_a_picture_asked_for_twice_is_one_item_and_of_failed_ones_there_is_none(made) -> None:
    anna = await signed_in(made)
    first, second = [await made.asked(IMAGE, {**anna, "Idempotency-Key": "one"}) for _ in range(2)]
    assert second.json() == first.json()
    assert (await made.asked(IMAGE, anna, prompt="broken")).status_code == 503
    made.maker.may_make.clear()
    job = (await made.asked(IMAGE, anna, **{"async": True})).json()["jobId"]
    await made.http.delete(f"{PATH}/{job}", headers=anna)
    items = (await made.http.get(LIBRARY, headers=anna)).json()["items"]
    assert [item["id"] for item in items] == [first.json()["images"][0]["libraryId"]]


async def test_in_a_full_library_a_picture_is_kept_for_a_day(making, tmp_path) -> None:
    plans = tmp_path / "plans.toml"
    plans.write_text(NO_ROOM)
    async with making(plans_file=plans) as made:
        picture = (await made.asked(IMAGE, await signed_in(made))).json()
        assert picture["projectCreated"] is False
        assert picture["expiresAt"].startswith("2027-01-16")
        assert "/api-ephemeral/image/paid/" in picture["imageUrl"]
        assert (await made.http.get(picture["imageUrl"])).status_code == 200
