"""Golden pairs of `/api/generate`: every answer, every state, every refusal. Source: contracts, Sonna §1.8 to §1.10.

What nobody can know beforehand is masked: ids, times, and addresses, of which the kind and the ending stay.
"""

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from antiphon.domain.jobs import JobState
from antiphon.domain.keys import Permission
from antiphon.domain.ports import Makers
from antiphon.testing import TEST_KEY
from surfaces.sonna.making import IMAGE, MUSIC, PATH, PUBLIC, VIDEO

_MASKS = (
    (rf"{PUBLIC}/cdn/sonna/api-ephemeral/(\w+/\w+)/[0-9a-f-]{{36}}/[0-9a-f]{{48}}\.(\w+)", r"<\1 \2>"),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
)
_REST = {"remainingCredits": 1_187_000, "projectCreated": False, "expiresAt": "<time>"}
_PICTURE = {"url": "<image/paid png>", "width": 1024, "height": 768, "mimeType": "image/png"}
_TAKE = {
    "audioUrl": "<music/paid mp3>",
    "imageUrl": "<music/paid jpg>",
    "title": "A title",
    "durationSeconds": 104.876,
    "lyrics": "la la la",
}


def masked(answer: httpx.Response | dict[str, Any]) -> Any:
    """A body without what is by chance; its seed is, where it is not 7."""
    body = answer.json() if isinstance(answer, httpx.Response) else answer
    if body.get("seed") not in {None, 7}:
        body = {**body, "seed": "<seed>"}
    return _masked(body)


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {name: _masked(one) for name, one in value.items()}
        case list():
            return [_masked(one) for one in value]
        case str():
            for pattern, mask in _MASKS:
                value = re.sub(pattern, mask, value)
    return value


def answered(type_: str, model: str, *, charged: float, left: int, seed: Any = "<seed>", **rest: Any) -> dict[str, Any]:
    """What a result is."""
    named = {"jobId": "<id>", "type": type_, "model": model, "seed": seed}
    return {"success": True, **named, **_REST, "remainingCredits": left, "creditsCharged": charged, **rest}


ACCEPTED = {"success": True, "jobId": "<id>", "status": "queued", "pollUrl": "/api/generate/<id>"}

RESULTS = {
    "a picture": (
        IMAGE,
        {"seed": 7},
        answered(
            "IMAGE", "nano-banana-2", seed=7, charged=612, left=1_186_388, imageUrl=_PICTURE["url"], images=[_PICTURE]
        ),
    ),
    "two jpegs": (
        IMAGE,
        {"model": "nano-banana-pro", "n": 2, "resolution": "4K", "outputFormat": "jpg"},
        answered(
            "IMAGE",
            "nano-banana-pro",
            charged=3663,
            left=1_183_337,
            imageUrl="<image/paid jpg>",
            images=[{**_PICTURE, "url": "<image/paid jpg>", "mimeType": "image/jpeg"}] * 2,
        ),
    ),
    "half a credit": (
        IMAGE,
        {"model": "nano-banana-pro", "resolution": "4K", "outputFormat": "webp"},
        answered(
            "IMAGE",
            "nano-banana-pro",
            charged=1831.5,
            left=1_185_168,
            imageUrl="<image/paid webp>",
            images=[{**_PICTURE, "url": "<image/paid webp>", "mimeType": "image/webp"}],
        ),
    ),
    "letters nobody can write here": (
        IMAGE,
        {"prompt": "unwritten \u12a0\u121b", "outputFormat": "png"},
        answered(
            "IMAGE",
            "nano-banana-2",
            charged=612,
            left=1_186_388,
            imageUrl=_PICTURE["url"],
            images=[{**_PICTURE, "unwrittenText": "\u12a0\u121b"}],
        ),
    ),
    "a song": (
        MUSIC,
        {},
        answered(
            "MUSIC", "suno-v4_5all", charged=918, left=1_186_082, audioUrl=_TAKE["audioUrl"], tracks=[_TAKE, _TAKE]
        ),
    ),
    "one good take of two, at the full price": (
        MUSIC,
        {"title": "take broken"},
        answered(
            "MUSIC",
            "suno-v4_5all",
            charged=918,
            left=1_186_082,
            audioUrl=_TAKE["audioUrl"],
            tracks=[{**_TAKE, "title": "take broken"}],
        ),
    ),
    "a film": (
        VIDEO,
        {"durationSeconds": 3, "resolution": "480p"},
        answered(
            "VIDEO",
            "video",
            charged=255,
            left=1_186_745,
            videoUrl="<video/paid mp4>",
            width=854,
            height=480,
            durationSeconds=3.0,
            mimeType="video/mp4",
        ),
    ),
}


@pytest.mark.parametrize("what", RESULTS)
async def test_what_is_made_is_told_to_who_waits_and_to_who_asks(made, what: str) -> None:
    body, fields, wanted = RESULTS[what]
    answer = await made.asked(body, **fields)
    if body is VIDEO:
        assert (answer.status_code, masked(answer)) == (202, ACCEPTED)
    else:
        assert (answer.status_code, masked(answer)) == (200, wanted)
        assert answer.headers["x-antiphon-engine"] == "echo"
    polled = await made.ended(answer.json()["jobId"])
    later = {"status": "succeeded", "progress": 1.0, "createdAt": "<time>"}
    assert masked(polled) == {**wanted, **later}
    assert await made.credits() == round(1_187_000_000 - 1000 * wanted["creditsCharged"])


async def test_a_job_waits_its_turn_is_made_and_is_there(made) -> None:
    made.maker.may_make.clear()
    accepted = await made.asked(IMAGE, seed=7, **{"async": True})
    assert (accepted.status_code, masked(accepted)) == (202, ACCEPTED)
    url = accepted.json()["pollUrl"]
    known = {"success": True, "jobId": "<id>", "type": "IMAGE", "model": "nano-banana-2", "seed": 7}
    await made.maker.begun.wait()
    standing = masked(await made.http.get(url))
    assert 0 <= standing.pop("progress") < 1
    assert standing == {**known, "createdAt": "<time>", "status": "processing"}
    made.maker.may_make.set()
    assert (await made.ended(accepted.json()["jobId"]))["status"] == "succeeded"


async def test_what_waits_for_a_worker_is_queued(making) -> None:
    async with making() as made:
        made.maker.may_make.clear()
        other = await made.key_of_new_account()
        busy = [await made.asked(IMAGE, **{"async": True}) for _ in range(2)]
        await made.until(lambda: len(made.maker.wishes) == len(busy))
        waiting = (await made.asked(IMAGE, other, **{"async": True})).json()["jobId"]
        told = await made.http.get(f"{PATH}/{waiting}", headers=other)
        assert told.json()["status"] == "queued"
        made.maker.may_make.set()
        await made.ended(waiting, other)


FAILURES = {
    "broken": (503, "PROVIDER_BUSY", "The provider is over capacity. Nothing was charged.", {"retryAfter": 5}),
    "impossible": (422, "VALIDATION_ERROR", "This cannot be made. Nothing was charged.", {}),
    "accident": (500, "INTERNAL_ERROR", "The server had an error. You can try again.", {}),
}


@pytest.mark.parametrize("body", [IMAGE, MUSIC, VIDEO], ids=["image", "music", "video"])
async def test_what_fails_says_so_and_costs_nothing(made, body) -> None:
    for why, (status, code, text, more) in FAILURES.items():
        answer = await made.asked(body, prompt=why)
        if body is not VIDEO:
            wanted = {"success": False, "error": text, "code": code, **more, "jobId": "<id>", "requestId": ""}
            assert (answer.status_code, masked({**answer.json(), "requestId": ""})) == (status, wanted)
            assert answer.json()["requestId"] == answer.headers["x-request-id"]
        polled = await made.ended(answer.json()["jobId"])
        assert (polled["status"], polled["code"], polled["error"]) == ("failed", code, text)
    assert await made.credits() == 1_187_000_000
    assert [path for path in made.files.rglob("*") if path.is_file()] == []


async def test_what_nobody_wants_any_more_is_stopped_and_costs_nothing(made) -> None:
    made.maker.may_make.clear()
    url = (await made.asked(IMAGE, seed=7, **{"async": True})).json()["pollUrl"]
    await made.maker.begun.wait()
    answer = await made.http.delete(url)
    wanted = {
        "success": True,
        "jobId": "<id>",
        "type": "IMAGE",
        "model": "nano-banana-2",
        "seed": 7,
        "status": "failed",
        "progress": answer.json()["progress"],
        "createdAt": "<time>",
        "error": "It was cancelled. Nothing was charged.",
        "code": "CANCELLED",
    }
    assert (answer.status_code, masked(answer)) == (200, wanted)
    assert masked(await made.http.get(url)) == wanted
    again = await made.http.delete(url)
    assert (again.status_code, told(again)) == (409, {"error": "The job has ended before.", "code": "JOB_ENDED"})
    assert await made.credits() == 1_187_000_000
    await made.until(lambda: made.maker.stopped == 1)


def told(answer: httpx.Response) -> dict[str, Any]:
    """The body, less what every error has."""
    body = answer.json()
    assert body.pop("success") is False
    assert body.pop("requestId") == answer.headers["x-request-id"]
    return body


def missing(field: str) -> dict[str, Any]:
    return {"error": f"The field '{field}' is required.", "code": "VALIDATION_ERROR", "field": field}


def wrong(field: str, what: str, **more: Any) -> dict[str, Any]:
    return {"error": f"The field '{field}' {what}.", "code": "VALIDATION_ERROR", "field": field, **more}


NO_MODEL = {
    "error": "There is no such model for this type. GET /api/v1/models lists them.",
    "code": "INVALID_MODEL",
    "field": "model",
}
ASPECTS = "'1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3' or '21:9'"
TEXT, WHOLE, FLAG = "must be text", "must be a whole number", "must be true or false"


def too_long(field: str, limit: int) -> dict[str, Any]:
    length = limit + 1
    what = f"has {length} characters; at most {limit} are possible"
    return wrong(field, what, limit=limit, length=length)


FIELDS = [
    (IMAGE, {"type": ...}, missing("type")),
    (IMAGE, {"type": None}, missing("type")),
    (IMAGE, {"type": "image"}, wrong("type", "must be one of 'IMAGE', 'MUSIC' or 'VIDEO'")),
    (IMAGE, {"type": ["IMAGE"]}, wrong("type", "must be one of 'IMAGE', 'MUSIC' or 'VIDEO'")),
    (IMAGE, {"model": ...}, missing("model")),
    (IMAGE, {"model": None, "prompt": ...}, missing("model")),
    (IMAGE, {"model": 1}, wrong("model", TEXT)),
    (IMAGE, {"model": "dall-e"}, NO_MODEL),
    (IMAGE, {"model": "suno-v5"}, NO_MODEL),
    (MUSIC, {"model": "suno-v9"}, NO_MODEL),
    (VIDEO, {"model": "nano-banana-2"}, NO_MODEL),
    (IMAGE, {"prompt": ...}, missing("prompt")),
    (IMAGE, {"prompt": " \n"}, missing("prompt")),
    (IMAGE, {"prompt": 1}, wrong("prompt", TEXT)),
    (IMAGE, {"prompt": "x" * 32_001}, too_long("prompt", 32_000)),
    (IMAGE, {"aspectRatio": "5:1"}, wrong("aspectRatio", f"must be one of {ASPECTS}")),
    (IMAGE, {"resolution": "8K"}, wrong("resolution", "must be one of '1K', '2K' or '4K'")),
    (IMAGE, {"quality": "ultra"}, wrong("quality", "must be one of 'low', 'medium' or 'high'")),
    (IMAGE, {"outputFormat": "gif"}, wrong("outputFormat", "must be one of 'png', 'jpeg', 'jpg' or 'webp'")),
    (IMAGE, {"inputImages": "data:"}, wrong("inputImages", "must be a list")),
    (IMAGE, {"inputImages": [1]}, wrong("inputImages", "must be a list of texts")),
    (IMAGE, {"inputImages": ["data:"] * 5}, wrong("inputImages", "must be a list of at most 4")),
    (
        IMAGE,
        {"inputImages": ["data:image/svg+xml;base64,AAAA"]},
        wrong("inputImages", "").copy()
        | {"error": "The picture in 'inputImages' is no PNG, JPEG or WebP that can be read."},
    ),
    (
        IMAGE,
        {"inputImages": ["data:image/png;base64,bm90IGxpa2U="]},
        wrong("inputImages", "") | {"error": "The picture in 'inputImages' is no PNG, JPEG or WebP that can be read."},
    ),
    (
        IMAGE,
        {"inputImages": ["data:image/png;base64,bGFyZ2U="]},
        wrong("inputImages", "")
        | {"error": "The picture in 'inputImages' is larger than 20 MiB or 40 million pixels."},
    ),
    *(
        (
            IMAGE,
            {"inputImages": [url]},
            wrong("inputImages", "") | {"error": "The picture in 'inputImages' cannot be fetched."},
        )
        for url in ("file:///etc/passwd", "http://10.0.0.1/a.png", "http://169.254.169.254/", "no url", "")
    ),
    (IMAGE, {"seed": -1}, wrong("seed", "must be at least 0")),
    (IMAGE, {"seed": 2**32}, wrong("seed", "must be less than 4294967296")),
    (IMAGE, {"seed": 1.5}, wrong("seed", WHOLE)),
    (IMAGE, {"n": 0}, wrong("n", "must be at least 1")),
    (IMAGE, {"n": 5}, wrong("n", "must be at most 4")),
    (IMAGE, {"n": "2"}, wrong("n", WHOLE)),
    (IMAGE, {"n": True}, wrong("n", WHOLE)),
    (IMAGE, {"title": "x" * 201}, too_long("title", 200)),
    (IMAGE, {"async": "yes"}, wrong("async", FLAG)),
    (MUSIC, {"prompt": ...}, missing("prompt")),
    (MUSIC, {"prompt": "", "style": "pop"}, missing("prompt")),
    (MUSIC, {"prompt": "x" * 5_001}, too_long("prompt", 5_000)),
    (MUSIC, {"lyrics": "x" * 5_001}, too_long("lyrics", 5_000)),
    (MUSIC, {"style": "x" * 1_001}, too_long("style", 1_000)),
    (MUSIC, {"negativeTags": 3}, wrong("negativeTags", TEXT)),
    (MUSIC, {"customMode": "true"}, wrong("customMode", FLAG)),
    (MUSIC, {"instrumental": 1}, wrong("instrumental", FLAG)),
    (MUSIC, {"vocalGender": "female"}, wrong("vocalGender", "must be one of 'm' or 'f'")),
    (MUSIC, {"durationSeconds": 9}, wrong("durationSeconds", "must be at least 10")),
    (MUSIC, {"durationSeconds": 361}, wrong("durationSeconds", "must be at most 360")),
    (VIDEO, {"prompt": ...}, missing("prompt")),
    (VIDEO, {"durationSeconds": 0}, wrong("durationSeconds", "must be at least 1")),
    (VIDEO, {"durationSeconds": 11}, wrong("durationSeconds", "must be at most 10")),
    (VIDEO, {"durationSeconds": 2.5}, wrong("durationSeconds", WHOLE)),
    (VIDEO, {"resolution": "1K"}, wrong("resolution", "must be one of '480p', '720p' or '1080p'")),
    (VIDEO, {"inputImage": ["data:"]}, wrong("inputImage", TEXT)),
    (
        VIDEO,
        {"inputImage": "data:image/png;base64,%"},
        wrong("inputImage", "") | {"error": "The picture in 'inputImage' is no PNG, JPEG or WebP that can be read."},
    ),
    (
        MUSIC,
        {"prompt": "A song like Taylor Swift would sing"},
        {"error": "This is not made on request. Nothing was charged.", "code": "CONTENT_REJECTED", "field": "prompt"},
    ),
]


async def test_a_wrong_field_is_told_by_name(made) -> None:
    found = [(await made.asked(body, **fields)) for body, fields, _ in FIELDS]
    assert [(answer.status_code, told(answer)) for answer in found] == [(422, body) for _, _, body in FIELDS]
    assert await made.credits() == 1_187_000_000
    assert made.maker.wishes == []


NO_OBJECT = "The body is not a JSON object."
BODIES = [
    (b"", 400, "The body is not valid JSON: line 1, column 1."),
    (b"{", 400, "The body is not valid JSON: line 1, column 2."),
    (b'{"n": NaN}', 400, "The body is not valid JSON: line 1, column 7."),
    (b"[]", 422, NO_OBJECT),
    (b'"x"', 422, NO_OBJECT),
    (b"null", 422, NO_OBJECT),
]


async def test_what_is_no_json_object_is_told(made) -> None:
    for content, status, text in BODIES:
        answer = await made.http.post(PATH, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, told(answer)) == (status, {"error": text, "code": "VALIDATION_ERROR"})


async def test_a_body_that_is_too_large_or_no_json_is_refused(made) -> None:
    large = await made.asked(IMAGE, inputImages=["x" * (8 * 1024 * 1024)])
    assert (large.status_code, told(large)["code"]) == (413, "REQUEST_TOO_LARGE")
    form = await made.http.post(PATH, content=b"type=IMAGE", headers={"Content-Type": "text/plain"})
    assert (form.status_code, told(form)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_free_accounts_have_speech_alone(made) -> None:
    free = await made.key_of_new_account(plan="free")
    text = "Pictures, music and films need an active Pro or Max subscription, or PAYG credits."
    for body in (IMAGE, MUSIC, VIDEO):
        answer = await made.asked(body, free)
        assert (answer.status_code, told(answer)) == (403, {"error": text, "code": "PAID_ACCESS_REQUIRED"})
    assert await made.credits(free) == 10_000_000


async def test_bought_credits_are_paid_access(made) -> None:
    bought = await made.key_of_new_account(plan="free", payg=1)
    answer = await made.asked(IMAGE, bought)
    assert answer.status_code == 200


async def test_a_balance_that_is_too_small_is_told_and_stays(made) -> None:
    poor = await made.key_of_new_account(plan="free", payg=1)
    answer = await made.asked(IMAGE, poor, model="nano-banana-pro", resolution="4K", n=4, outputFormat="png")
    assert answer.status_code == 200
    more = await made.asked(IMAGE, poor, model="nano-banana-pro", resolution="4K", n=4)
    assert (more.status_code, told(more)) == (
        402,
        {
            "error": "Insufficient credits. Nothing was charged.",
            "code": "INSUFFICIENT_CREDITS",
            "required": 7326,
            "available": 2675,
        },
    )
    assert await made.credits(poor) == 2_675_000


ROUTES = [("POST", PATH), ("GET", f"{PATH}/x"), ("DELETE", f"{PATH}/x")]


async def test_switched_off_it_is_not_available(making) -> None:
    text = "This endpoint is not available on this server."
    async with making(generate=False) as made:
        for method, path in ROUTES:
            answer = await made.http.request(method, path, json=IMAGE)
            assert (answer.status_code, told(answer)) == (403, {"error": text, "code": "ENDPOINT_NOT_AVAILABLE"})


@pytest.mark.parametrize("chosen", [{"makers": Makers()}, {"stand_ins": False}], ids=["nobody", "no stand-ins"])
async def test_what_nobody_makes_is_not_available(making, chosen) -> None:
    async with making(**chosen) as made:
        answer = await made.asked(IMAGE)
        assert (answer.status_code, told(answer)) == (
            422,
            {"error": "No provider serves this model on this server.", "code": "MODEL_NOT_AVAILABLE", "field": "model"},
        )


async def test_without_a_right_key_nothing_is_told(made) -> None:
    for method, path in (*ROUTES, ("GET", "/api/v1/models")):
        for key in ("", "sona_sk_nobody"):
            answer = await made.http.request(method, path, headers={"X-API-Key": key})
            assert (answer.status_code, told(answer)["code"]) == (401, "UNAUTHORIZED")


async def test_a_temporary_key_is_for_nothing_here(made) -> None:
    parent = await made.house.keys.authenticate(TEST_KEY)
    permission = Permission.TEXT_TO_SPEECH_REALTIME
    _, key = await made.house.temporary.mint(parent, permission=permission, seconds=60)
    for method, path in (*ROUTES, ("GET", "/api/v1/models")):
        answer = await made.http.request(method, path, headers={"X-API-Key": key})
        wanted = {"error": "Temporary API keys are not accepted here.", "code": "UNAUTHORIZED"}
        assert (answer.status_code, told(answer)) == (401, wanted)


async def test_a_job_of_anothers_and_none_look_the_same(made) -> None:
    other = await made.key_of_new_account()
    theirs = (await made.asked(IMAGE, other)).json()["jobId"]
    for id_ in (theirs, "00000000-0000-7000-8000-000000000000", "x", "%00"):
        for method in ("GET", "DELETE"):
            answer = await made.http.request(method, f"{PATH}/{id_}")
            assert (answer.status_code, told(answer)) == (404, {"error": "There is nothing here.", "code": "NOT_FOUND"})


async def test_a_job_of_another_dialect_is_not_there_and_goes_on(made) -> None:
    made.maker.may_make.clear()
    song = {"custom_mode": True, "mv": "sonic-v5", "title": "Rivers", "tags": "folk", "prompt": "La la la"}
    task = (await made.http.post("/api/v1/sonic/create", json=song)).json()["task_id"]
    mine = (await made.asked(IMAGE, **{"async": True})).json()["jobId"]
    for method in ("GET", "DELETE"):
        answer = await made.http.request(method, f"{PATH}/{task}")
        assert (answer.status_code, told(answer)["code"]) == (404, "NOT_FOUND")
    assert (await made.http.get(f"/api/v1/sonic/task/{mine}")).status_code == 404
    made.maker.may_make.set()
    assert (await made.ended(mine))["status"] == "succeeded"
    async with asyncio.timeout(60):
        while (await made.house.store.jobs.job(UUID(task))).state is not JobState.SUCCEEDED:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_other_methods_are_refused(made) -> None:
    answer = await made.http.get(PATH)
    assert (answer.status_code, told(answer)["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
