"""`POST /api/v1/sonic/create` and what becomes of it: tasks, their clips, their price, who is told."""

import re
from uuid import UUID

import orjson
import pytest

from antiphon.services.secrets import message_place
from surfaces.musicapi.studio import CREATE, open_studio

CUSTOM = {
    "custom_mode": True,
    "mv": "sonic-v4-5",
    "title": "Starry Night",
    "tags": "pop, dreamy",
    "prompt": "[Verse]\nLa",
}
DESCRIBED = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": "An upbeat summer song about road trips"}
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
JSON = {"Content-Type": "application/json"}
MANY = {"type": "rate_limit", "error": "Too many requests. Please slow down."}


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


async def test_a_song_is_submitted_made_and_found(studio):
    answer = await studio.asked(**CUSTOM, negative_tags="piano", style_weight=0.5, weirdness_constraint=0.25)
    assert answer.status_code == 200
    assert set(answer.json()) == {"code", "message", "task_id"}
    assert (answer.json()["code"], answer.json()["message"]) == (200, "success")

    clips = await studio.ended(answer.json()["task_id"])
    assert len(clips) == len({clip["clip_id"] for clip in clips}) == 2
    assert all(UUID4.fullmatch(clip["clip_id"]) for clip in clips)
    audio = clips[0].pop("audio_url")
    assert audio.startswith(f"https://media.example/cdn/musicapi/songs/{clips[0]['clip_id']}/")
    assert clips[0] == {
        "clip_id": clips[0]["clip_id"],
        "state": "succeeded",
        "title": "Starry Night",
        "tags": "pop, dreamy",
        "lyrics": "[Verse]\nLa",
        "image_url": None,
        "video_url": None,
        "created_at": "2027-01-15T08:00:03.000Z",
        "mv": "sonic-v4-5",
        "gpt_description_prompt": None,
        "duration": "104.88",
        "negative_tags": "piano",
        "style_weight": 0.5,
        "weirdness_constraint": 0.25,
    }
    assert (await studio.http.get(audio)).headers["content-type"] == "audio/mpeg"


async def test_both_clips_are_takes_of_one_wish(studio):
    first, second = [await studio.memory(clip) for clip in await studio.ended(await studio.submitted(**DESCRIBED))]

    assert (first.pop("take"), second.pop("take")) == (1, 2)
    assert first == second
    assert first["description"] == DESCRIBED["gpt_description_prompt"]


WISHES = [
    (CUSTOM, {"lyrics": "[Verse]\nLa", "description": "", "title": "Starry Night", "style": "pop, dreamy"}),
    ({**CUSTOM, "auto_lyrics": True}, {"lyrics": None, "description": "[Verse]\nLa"}),
    (DESCRIBED, {"lyrics": None, "instrumental": False}),
    ({**DESCRIBED, "make_instrumental": True}, {"instrumental": True}),
    ({**CUSTOM, "vocal_gender": "f", "duration": 60}, {"gender": "female", "seconds": 60.0}),
    ({**CUSTOM, "use_suno_cdn": False, "webhook_secret": None}, {"verb": "create"}),
]


async def test_a_body_means_a_wish(studio):
    for body, wish in WISHES:
        made = await studio.memory((await studio.ended(await studio.submitted(**body)))[0])
        assert (body, {name: made[name] for name in wish}) == (body, wish)


async def test_an_instrumental_says_so_in_place_of_lyrics(studio):
    clips = await studio.ended(await studio.submitted(**DESCRIBED, make_instrumental=True))

    assert [clip["lyrics"] for clip in clips] == ["[Instrumental]"] * 2


async def test_an_instrumental_does_not_claim_the_words_that_nobody_sings(studio):
    clips = await studio.ended(await studio.submitted(**CUSTOM, make_instrumental=True))

    assert [clip["lyrics"] for clip in clips] == ["[Instrumental]"] * 2


async def test_a_body_that_is_too_deep_is_refused(studio):
    told = {"type": "validation_error", "error": "The request body should be a JSON object."}
    for opening, closing, depth in [
        (*pair, depth) for pair in (("[", "]"), ('{"a":', "}")) for depth in (255, 1000, 5000)
    ]:
        deep = f"{opening * depth}1{closing * depth}"
        body = f'{{"custom_mode": true, "mv": "sonic-v5", "prompt": "la", "x": {deep}}}'
        studio.clock.advance(3.0)
        answer = await studio.http.post(CREATE, content=body, headers=JSON)
        assert (answer.status_code, answer.json()) == (400, told)


async def test_a_task_is_not_ready_then_runs_then_has_succeeded(studio):
    studio.maker.may_play.clear()
    ids = [await studio.submitted(**CUSTOM) for _ in range(3)]
    waiting = await studio.http.get(f"/api/v1/sonic/task/{ids[2]}")
    assert (waiting.status_code, waiting.json()) == (202, {"type": "not_ready", "task_id": ids[2]})

    running = (await studio.http.get(f"/api/v1/sonic/task/{ids[0]}")).json()["data"]
    assert [(clip["state"], clip["duration"]) for clip in running] == [("running", None)] * 2
    studio.maker.may_play.set()
    for id_ in ids:
        assert [clip["state"] for clip in await studio.ended(id_)] == ["succeeded"] * 2


async def test_a_song_costs_fifteen_and_a_failed_one_nothing(studio):
    before = await studio.credits()
    await studio.ended(await studio.submitted(**CUSTOM))
    assert await studio.credits() == before - 15

    clips = await studio.ended(await studio.submitted(**{**CUSTOM, "title": "broken"}))
    assert [(clip["state"], clip["error_message"]) for clip in clips] == [
        ("failed", "Task failed. Credits were refunded.")
    ] * 2
    assert await studio.credits() == before - 15


async def test_the_first_account_begins_with_the_credits_of_its_plan_and_what_it_was_given(studio):
    found = (await studio.http.get("/api/v1/get-credits")).json()

    assert set(found) == {"credits", "extra_credits"}
    assert found["extra_credits"] == 1_000_000 // 68


NO_KEYS = [
    ({"Authorization": ""}, "Authorization header is missing."),
    ({"Authorization": "Basic x"}, "Invalid authorization format."),
    ({"Authorization": "Bearer wrong-wrong-wrong-wrong-wrong"}, "The API key is invalid."),
]


async def test_who_has_no_key_is_told_so(studio):
    for headers, error in NO_KEYS:
        for method, path in (("POST", CREATE), ("GET", "/api/v1/get-credits"), ("GET", "/api/v1/sonic/batch")):
            answer = await studio.http.request(method, path, headers=headers, json={})
            assert (answer.status_code, answer.json()) == (401, {"type": "unauthorized", "error": error})


async def test_a_second_request_within_three_seconds_is_too_many_whatever_it_asks_for(studio):
    for name in ("create", "sample", "mashup", "replace-section", "batch"):
        assert (await studio.asked(f"/api/v1/sonic/{name}")).status_code == 400
        for path in (CREATE, f"/api/v1/sonic/{name}"):
            again = await studio.http.post(path, json=CUSTOM)
            assert (again.status_code, again.headers["retry-after"], again.json()) == (429, "3", MANY)


async def test_asking_after_a_task_is_not_counted(studio):
    id_ = await studio.submitted(**CUSTOM)
    paths = [f"/api/v1/sonic/task/{id_}", "/api/v1/sonic/batch?batch_id=none", "/api/v1/get-credits"] * 5

    assert 429 not in [(await studio.http.get(path)).status_code for path in paths]
    assert (await studio.asked(**CUSTOM)).status_code == 200


async def test_no_more_than_twenty_songs_of_an_account_wait_and_are_made_at_once(studio):
    studio.maker.may_play.clear()
    ids = [await studio.submitted(**CUSTOM) for _ in range(20)]
    answer = await studio.asked(**CUSTOM)
    assert (answer.status_code, answer.json()) == (429, MANY)
    assert "retry-after" in answer.headers

    studio.maker.may_play.set()
    for id_ in ids:
        await studio.ended(id_)
    assert (await studio.asked(**CUSTOM)).status_code == 200


async def test_a_request_under_the_same_name_makes_one_song(studio):
    before = await studio.credits()
    answers = []
    for _ in range(2):
        studio.clock.advance(3.0)
        answers.append(await studio.http.post(CREATE, json=CUSTOM, headers={"Idempotency-Key": "one"}))

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert await studio.credits() == before - 15


async def test_a_song_that_was_begun_before_a_restart_is_made_after_it(tmp_path):
    async with open_studio(tmp_path, drain_seconds=0) as studio:
        studio.maker.may_play.clear()
        id_ = await studio.submitted(**CUSTOM)
        before = await studio.credits()
    assert studio.maker.stopped == 2

    async with open_studio(tmp_path) as studio:
        assert [clip["state"] for clip in await studio.ended(id_)] == ["succeeded"] * 2
        assert await studio.credits() == before


async def letters(studio, task_id):
    return await studio.house.store.jobs.messages_of(UUID(task_id))


@pytest.mark.parametrize(
    ("title", "event", "more"),
    [("Mine", "song.completed", {}), ("broken", "song.failed", {"error": "Task failed. Credits were refunded."})],
)
async def test_the_end_of_a_task_is_told_once_to_whom_it_names(studio, title, event, more):
    hook = {"webhook_url": "https://receiver.example/hook", "webhook_secret": "your-secret-for-verification"}
    task_id = await studio.submitted(**{**CUSTOM, "title": title}, **hook)
    clips = await studio.ended(task_id)

    (message,) = await letters(studio, task_id)
    assert (message.url, message.event) == ("https://receiver.example/hook", event)
    assert orjson.loads(message.body) == {
        "code": 200,
        "data": clips,
        "message": "success",
        "task_id": task_id,
        "platform": "suno",
        "event": event,
        **more,
    }
    assert studio.house.secrets.open(message.secret, message_place(message.id)) == hook["webhook_secret"]


async def test_the_secret_of_a_webhook_is_nowhere_in_clear(tmp_path):
    async with open_studio(tmp_path) as studio:
        hook = {"webhook_url": "https://receiver.example/hook", "webhook_secret": "a-canary-in-a-mine"}
        await studio.ended(await studio.submitted(**CUSTOM, **hook))

    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"a-canary-in-a-mine" not in path.read_bytes(), path


async def test_nobody_is_told_where_nobody_is_named(studio):
    task_id = await studio.submitted(**CUSTOM)
    await studio.ended(task_id)

    assert await letters(studio, task_id) == []


async def test_who_can_never_be_told_is_refused(studio):
    error = "The 'webhook_url' field should be a public HTTPS URL of at most 1024 characters."
    for url in ("ftp://receiver.example/", "https://a:b@receiver.example/", "https://" + "a" * 1100):
        answer = await studio.asked(**CUSTOM, webhook_url=url)
        assert (answer.status_code, answer.json()) == (400, {"type": "validation_error", "error": error})


@pytest.mark.parametrize(
    "url", ["https://xn--ls8h.example/", "https://xn--/", "https://[2001:db8::1]/", "http://10.1.2.3/"]
)
async def test_whether_somebody_can_be_told_is_found_out_when_they_are(studio, url):
    assert (await studio.asked(**CUSTOM, webhook_url=url)).status_code == 200


async def test_rubbish_is_told_so(studio):
    for body in (b"", b"[]", b"nothing", b'{"mv": NaN}', b'"\\ud800"', b"{" * 1000):
        studio.clock.advance(3.0)
        answer = await studio.http.post(CREATE, content=body, headers=JSON)
        assert (answer.status_code, answer.json()["type"]) == (400, "validation_error")


async def test_what_is_not_there_is_worded_by_this_dialect(studio):
    answer = await studio.http.get("/api/v1/sonic/nothing")

    assert (answer.status_code, answer.json()) == (404, {"type": "not_found", "error": "There is nothing here."})
