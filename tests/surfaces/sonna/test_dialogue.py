"""`POST /api/v1/tts/synthesize-dialogue`. Source: contracts, Sonna §1.4 and §1.8."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from antiphon.domain.delivery import Gesture, Pause, Turn
from antiphon.domain.speech import Codec
from antiphon.surfaces.sonna.schemas import DialogueAnswer
from surfaces.sonna.served import Echo, Served, bearing
from surfaces.sonna.test_errors import FIRST_BALANCE, told

PATH = "/api/v1/tts/synthesize-dialogue"
ELEVENLABS = ["Alice", "Bill", "Brian", "Callum", "Charlie", "Charlotte", "Chris", "Daniel", "Eric", "George", "Laura"]


def turn(text: str = "Hello.", voice: str = "Alice") -> dict[str, str]:
    return {"text": text, "voice": voice}


async def talk(sonna: Served, *turns: Any, headers: Any = None, **fields: Any) -> httpx.Response:
    return await sonna.http.post(PATH, json={"turns": list(turns), **fields}, headers=headers)


async def test_the_answer_says_where_the_file_is_and_what_it_cost(serving) -> None:
    async with serving() as sonna:
        answer = await talk(sonna, turn("Who is there?"), turn("Me.", "George"))
        body = answer.json()
        account = (await sonna.house.keys.first_account()).id
        file = await sonna.http.get(body["url"])
    assert answer.status_code == 200
    assert re.fullmatch(
        rf"https://media\.example/cdn/sonna/api-ephemeral/tts/paid/{account}/[0-9a-f]{{48}}\.mp3", body.pop("url")
    )
    assert body == {
        "success": True,
        "remainingCredits": FIRST_BALANCE - 31,
        "turns": 2,
        "totalChars": 16,
        "projectCreated": True,
        "model": "eleven-v3",
        "creditsCharged": 30.24,
        "expiresAt": "2027-01-16T08:00:00.000Z",
    }
    assert (file.content, file.headers["content-type"]) == (b"Who is there?Me.", "audio/mpeg")


async def test_each_turn_is_performed_in_its_own_voice(serving) -> None:
    async with serving() as sonna:
        await talk(sonna, turn("Who is there?"), turn("[laughs] Selamat pagi, saya dari Jakarta.", "George"))
        (manner,) = sonna.maker.manners
    assert (manner.encoding.codec, manner.language) == (Codec.MP3, "en")
    first, gap, second, laugh = sonna.maker.cues
    assert (first.voice, first.language, second.language, laugh) == (manner.voice, "en", "id", Gesture.LAUGH)
    assert first.voice != second.voice
    assert isinstance(gap, Pause)


async def test_inputs_is_another_name_of_turns(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(PATH, json={"inputs": [turn()]})
    assert (answer.status_code, answer.json()["turns"]) == (200, 1)


async def test_every_field_is_taken_and_the_answer_is_as_documented(serving) -> None:
    async with serving() as sonna:
        fields = {"title": "A talk", "response_format": "pcm_16000", "unheard_of": 1}
        answer = await talk(sonna, turn(), **fields)
        raw = await talk(sonna, turn(), response_type="binary")
    DialogueAnswer.model_validate_json(answer.content, strict=True)
    assert (raw.content, raw.headers["x-credits-charged"]) == (b"Hello.", "11.34")


async def test_somebody_who_is_signed_in_pays_the_full_rate(serving) -> None:
    async with serving() as sonna:
        answer = await talk(sonna, turn(), headers=bearing(await sonna.sign_up(plan="pro")))
    assert (answer.status_code, answer.json()["creditsCharged"]) == (200, 12.6)


async def test_it_is_charged_once_under_one_idempotency_key(serving) -> None:
    async with serving() as sonna:
        answers = [await talk(sonna, turn(), headers={"Idempotency-Key": "one"}) for _ in range(2)]
        assert await sonna.credits() == FIRST_BALANCE - 12
    assert answers[0].content == answers[1].content


async def test_the_request_log_has_a_row_of_it(serving) -> None:
    async with serving() as sonna:
        await talk(sonna, turn())
        (row,) = await sonna.house.store.ledger.usage((await sonna.house.keys.first_account()).id)
    assert (row.route, row.model, row.units, row.charged) == ("sonna.synthesize-dialogue", "eleven-v3", 6, 11_340)


def missing(field: str) -> dict[str, str]:
    return {"error": f"The field '{field}' is required.", "code": "MISSING_FIELD", "field": field}


def wrong(field: str, what: str = "text") -> dict[str, str]:
    return {"error": f"The field '{field}' must be {what}.", "code": "INVALID_PARAM", "field": field}


NO_VOICE = {"error": "There is no such voice. GET /api/v1/tts/voices lists them.", "code": "INVALID_VOICE"}
MISMATCH = {"error": "Only voices of ElevenLabs can take part in a dialogue.", "code": "PROVIDER_MISMATCH"}
REFUSED = [
    ({}, missing("turns")),
    ({"turns": None}, missing("turns")),
    ({"turns": []}, missing("turns")),
    ({"turns": {}}, wrong("turns", "a list")),
    ({"inputs": "x"}, wrong("turns", "a list")),
    ({"turns": [1]}, wrong("turns[0]", "an object")),
    ({"turns": [turn(), None]}, missing("turns[1]")),
    ({"turns": [turn(), {"text": "a"}]}, missing("turns[1].voice")),
    ({"turns": [{"text": None, "voice": "Alice"}]}, missing("turns[0].text")),
    ({"turns": [turn(" \n")]}, missing("turns[0].text")),
    ({"turns": [turn(), turn(voice="")]}, missing("turns[1].voice")),
    ({"turns": [{"text": ["a"], "voice": "Alice"}]}, wrong("turns[0].text")),
    ({"turns": [turn()], "title": 1}, wrong("title")),
    ({"turns": [turn(), turn(voice="nobody")]}, {**NO_VOICE, "field": "turns[1].voice"}),
    ({"turns": [turn(), turn(voice="Kore")]}, {**MISMATCH, "field": "turns[1].voice"}),
    ({"turns": [turn(voice="en-US-Neural2-D")]}, {**MISMATCH, "field": "turns[0].voice"}),
    (
        {"turns": [turn(voice=voice) for voice in ELEVENLABS]},
        {"error": "A dialogue has at most 10 voices.", "code": "INVALID_PARAM", "field": "turns", "limit": 10},
    ),
    (
        {"turns": [turn("x" * 1_000), turn("x" * 1_001)]},
        {
            "error": "The text has 2001 characters; at most 2000 are possible.",
            "code": "TEXT_TOO_LONG",
            "field": "turns",
            "limit": 2_000,
            "length": 2_001,
        },
    ),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED)
async def test_what_cannot_be_said_is_told_by_name_and_costs_nothing(serving, body, expected) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(PATH, json=body)
        assert (answer.status_code, told(answer)) == (400, expected)
        assert await sonna.credits() == FIRST_BALANCE


async def test_ten_voices_and_two_thousand_characters_can_talk(serving) -> None:
    async with serving() as sonna:
        answer = await talk(sonna, *(turn("x" * 200, voice) for voice in ELEVENLABS[:10]))
    assert (answer.status_code, answer.json()["totalChars"]) == (200, 2_000)


async def test_the_free_plan_has_no_dialogue(serving) -> None:
    async with serving() as sonna:
        answer = await talk(sonna, turn(), headers=await sonna.key_of_new_account())
    assert (answer.status_code, told(answer)["code"]) == (403, "PAID_ACCESS_REQUIRED")


async def test_a_balance_that_is_too_small_is_told(serving) -> None:
    async with serving() as sonna:
        poor = await sonna.key_of_new_account(payg=1)
        *_, answer = [await talk(sonna, turn("x" * 2_000), headers=poor) for _ in range(3)]
        assert await sonna.credits(poor) == 10_001 - 2 * 3_780
    assert (answer.status_code, told(answer)["code"]) == (402, "INSUFFICIENT_CREDITS")


async def test_it_shares_its_minute_with_synthesis(serving) -> None:
    async with serving() as sonna:
        for _ in range(15):
            assert (await sonna.say(voice="nobody")).status_code == 400
            assert (await talk(sonna)).status_code == 400
        refused = [await talk(sonna, turn()), await sonna.say()]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert told(refused[0])["code"] == "RATE_LIMITED"


async def test_it_shares_its_lock_with_synthesis(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker) as sonna:
        first = asyncio.create_task(talk(sonna, turn()))
        await maker.begun.wait()
        refused = [await talk(sonna, turn()), await sonna.say()]
        maker.may_speak.set()
        assert (await first).status_code == 200
    assert [(answer.status_code, told(answer)["code"]) for answer in refused] == [(409, "DUPLICATE_REQUEST")] * 2


async def test_a_turn_with_a_manner_of_its_own_leaves_the_next_one_as_it_is(serving) -> None:
    async with serving() as sonna:
        await talk(sonna, turn("[whispers] Psst."), turn("What?", "George"), turn("Nothing."))
        turns = [cue for cue in sonna.maker.cues if isinstance(cue, Turn)]
    assert [cue.delivery.whispered for cue in turns] == [False, True, False, False]
