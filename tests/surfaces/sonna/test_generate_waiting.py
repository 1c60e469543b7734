"""Who waits for what is made, for how long, how many at once, and what is asked for twice."""

import asyncio
import json
from dataclasses import replace

import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.pictures import PictureWish
from antiphon.surfaces.sonna import generate
from antiphon.testing import TEST_KEY
from surfaces.sonna.making import IMAGE, MUSIC, PATH, VIDEO

FIRST = 1_187_000_000
NAMED = {"Idempotency-Key": "order-1"}
LATER = {"async": True}


async def test_who_waits_too_long_is_told_where_to_ask(making) -> None:
    async with making(generate_seconds=0) as made:
        made.maker.may_make.clear()
        answer = await made.asked(IMAGE)
        assert answer.status_code == 202
        assert answer.json()["status"] in {"queued", "processing"}
        made.maker.may_make.set()
        polled = await made.ended(answer.json()["jobId"])
    assert (polled["status"], answer.json()["pollUrl"]) == ("succeeded", f"{PATH}/{polled['jobId']}")


async def test_asked_twice_under_one_key_it_is_made_and_charged_once(made) -> None:
    first, second = await made.asked(IMAGE, NAMED), await made.asked(IMAGE, NAMED)
    assert (second.status_code, second.json()) == (200, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(made.maker.wishes) == 1
    assert await made.credits() == FIRST - 612_000


async def test_who_asks_again_while_it_is_made_waits_for_the_same(made) -> None:
    made.maker.may_make.clear()
    first = asyncio.create_task(made.asked(IMAGE, NAMED))
    await made.maker.begun.wait()
    second = asyncio.create_task(made.asked(IMAGE, NAMED))
    await asyncio.sleep(0)
    made.maker.may_make.set()
    assert (await first).json() == (await second).json()
    assert len(made.maker.wishes) == 1


async def test_asked_twice_its_given_picture_is_looked_at_once(made) -> None:
    first = await made.asked(IMAGE, NAMED, inputImages=[LIKE])
    second = await made.asked(IMAGE, NAMED, inputImages=[LIKE])
    other = await made.asked(IMAGE, NAMED, inputImages=[LIKE, LIKE])
    assert (second.status_code, second.json()) == (200, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert made.maker.looking == 1 + 2


async def test_a_job_that_is_asked_for_twice_is_one(made) -> None:
    first, second = [await made.asked(VIDEO, NAMED) for _ in range(2)]
    assert (second.status_code, second.json()) == (202, first.json())
    assert second.headers["idempotency-replayed"] == "true"


async def test_what_failed_under_a_key_says_so_again(made) -> None:
    first, second = [await made.asked(IMAGE, NAMED, prompt="broken") for _ in range(2)]
    assert (first.status_code, second.status_code) == (503, 503)
    assert first.json()["jobId"] == second.json()["jobId"]


async def test_another_body_under_the_same_key_is_refused(made) -> None:
    await made.asked(IMAGE, NAMED)
    answer = await made.asked(IMAGE, NAMED, n=2)
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


async def test_a_key_of_the_wrong_form_is_refused(made) -> None:
    answer = await made.asked(IMAGE, {"Idempotency-Key": "two words"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAM")


async def test_the_twenty_first_request_of_a_minute_is_refused(made) -> None:
    answers = [await made.http.post(PATH, json={}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    refused = answers[-1]
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("RATE_LIMITED", "3")
    assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("20", "0")


async def test_a_third_at_the_same_time_is_refused_and_speech_is_not(made) -> None:
    made.maker.may_make.clear()
    accepted = [await made.asked(body, **LATER) for body in (IMAGE, MUSIC)]
    third = await made.asked(IMAGE)
    speech = await made.http.post("/api/v1/tts/synthesize", json={"text": "Hello.", "voice": "Alice"})
    assert (third.status_code, third.headers["retry-after"]) == (409, "1")
    body = third.json()
    assert (body["code"], body["retryAfter"]) == ("DUPLICATE_REQUEST", 1)
    assert body["error"] == "As many generations as may be are already in progress for your account."
    assert speech.status_code == 200
    made.maker.may_make.set()
    for answer in accepted:
        await made.ended(answer.json()["jobId"])
    assert (await made.asked(IMAGE)).status_code == 200


async def left(made, headers: list[tuple[bytes, bytes]], body: bytes, *, when=None) -> None:
    """Ask, and leave as soon as it is begun, or something else is so."""
    asked = False

    async def receive():
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await made.until(when or made.maker.begun.is_set)
        return {"type": "http.disconnect"}

    async def send(message) -> None:
        raise AssertionError(message)

    headers = [(b"x-api-key", TEST_KEY.encode()), (b"content-type", b"application/json"), *headers]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
    async with asyncio.timeout(60):
        await made.app(scope, receive, send)


BODY = b'{"type": "IMAGE", "model": "grok-image", "prompt": "A lake"}'


async def test_what_nobody_can_ask_for_again_is_not_made(made) -> None:
    made.maker.may_make.clear()
    await left(made, [], BODY)
    assert await made.credits() == FIRST
    account_id = (await made.house.keys.first_account()).id
    (job,) = await made.house.store.jobs.jobs_of(account_id)
    assert job.state == "cancelled"
    made.maker.may_make.set()
    assert (await made.asked(IMAGE)).status_code == 200


async def test_who_left_and_named_the_request_gets_it_later(made) -> None:
    made.maker.may_make.clear()
    await left(made, [(b"idempotency-key", b"order-1")], BODY)
    made.maker.may_make.set()
    wanted = {"model": "grok-image", "prompt": "A lake"}
    answer = await made.asked(IMAGE, NAMED, **wanted)
    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (200, "true")
    assert len(made.maker.wishes) == 1
    assert await made.credits() == FIRST - 306_000


@pytest.mark.parametrize("body", [IMAGE, MUSIC], ids=["image", "music"])
async def test_remaining_credits_are_what_can_be_spent(made, body) -> None:
    answer = (await made.asked(body)).json()
    assert answer["remainingCredits"] == (await made.credits()) // 1000


LIKE = "data:image/png;base64,bGlrZSBhIHN1bnNldA=="


async def test_pictures_are_made_while_others_wait_for_songs(made) -> None:
    made.maker.may_make.clear()
    theirs = await made.key_of_new_account(payg=100_000)
    songs = [await made.asked(MUSIC, theirs, **LATER) for _ in range(2)]
    assert [answer.status_code for answer in songs] == [202, 202]
    await made.until(lambda: len(made.maker.wishes) == len(songs) * 2)  # Each in two takes: all that is made at once.
    asked = asyncio.create_task(made.asked(IMAGE))
    await made.until(lambda: any(isinstance(wish, PictureWish) for wish in made.maker.wishes))
    made.maker.may_make.set()
    assert (await asked).status_code == 200


async def test_given_pictures_of_two_requests_of_an_account_are_looked_at_at_once(made) -> None:
    made.maker.may_look.clear()
    first = [asyncio.create_task(made.asked(IMAGE, inputImages=[LIKE])) for _ in range(2)]
    await made.until(lambda: made.maker.looking == len(first))
    third = await made.asked(IMAGE, inputImages=[LIKE])
    plain = await made.asked(IMAGE, **LATER)
    made.maker.may_look.set()
    answers = [await task for task in first]
    assert (third.status_code, third.json()["code"], third.headers["retry-after"]) == (409, "DUPLICATE_REQUEST", "5")
    assert plain.status_code == 202
    assert {answer.status_code for answer in answers} <= {200, 409}


async def test_who_leaves_while_a_given_picture_is_looked_at_asked_for_nothing(made) -> None:
    made.maker.may_look.clear()
    body = b'{"type": "IMAGE", "model": "grok-image", "prompt": "A lake", "inputImages": ["%b"]}' % LIKE.encode()
    await left(made, [], body, when=lambda: made.maker.looking)
    account_id = (await made.house.keys.first_account()).id
    assert list(await made.house.store.jobs.jobs_of(account_id)) == []


@pytest.mark.parametrize("body", [IMAGE, VIDEO, MUSIC], ids=["image", "video", "music"])
async def test_where_there_is_no_room_nothing_is_charged_and_it_can_be_tried_again(made, body) -> None:
    job_id = (await made.asked(body, prompt="no room", **LATER)).json()["jobId"]
    ended = await made.ended(job_id)
    assert (ended["status"], ended["code"]) == ("failed", "PROVIDER_BUSY")
    assert await made.credits() == FIRST


async def test_a_take_for_which_there_is_room_is_kept(made) -> None:
    answer = await made.asked(MUSIC, title="take no room")
    assert (answer.status_code, len(answer.json()["tracks"])) == (200, 1)


class Away:
    """Waits on a database that is not there."""

    async def ended(self, _job_id, **_options):
        raise Unavailable(UnavailableCause.STORE_FAILED)


async def test_who_waits_while_the_database_goes_away_is_told_where_to_ask(made) -> None:
    (route,) = [route for route in made.app.routes if getattr(route, "path", "") == PATH]
    away = generate.build(replace(route.app.desk, waits=Away()))[0].app
    told = []

    async def receive():
        return {"type": "http.request", "body": BODY, "more_body": False} if not told else await asyncio.Future()

    async def send(message) -> None:
        told.append(message)

    headers = [(b"x-api-key", TEST_KEY.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
    await away({**scope, "antiphon.request_id": "r"}, receive, send)
    body = json.loads(told[1]["body"])
    assert (told[0]["status"], body["success"]) == (202, True)
    assert (await made.ended(body["jobId"]))["status"] == "succeeded"
