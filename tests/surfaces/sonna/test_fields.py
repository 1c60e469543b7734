"""What each field of a synthesis asks of whoever speaks. Source: contracts, Sonna §1.3."""

import asyncio

import pytest

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.delivery import PLAIN, Delivery, Gesture, Pause, Turn
from antiphon.engines.espeak.backend import EspeakMaker
from surfaces.sonna.served import Echo
from surfaces.sonna.test_errors import FIRST_BALANCE, told

V3, V2, FLASH = "eleven-v3", "eleven-multilingual-v2", "eleven-flash-v2-5"
ELEVENLABS = [(model, "Alice") for model in (V3, V2, FLASH)]
GEMINI = [("gemini-2-5-flash", "Kore"), ("gemini-2-5-pro", "Kore")]
GOOGLE = [("google-neural2", "en-US-Neural2-D"), ("google-wavenet", "en-US-Wavenet-D")]
ALL = [*ELEVENLABS, *GEMINI, *GOOGLE]

SPEECH = SonnaSpeech.load(EspeakMaker().voices())
OWN = {(model, voice): SPEECH.stand_in(SPEECH.voices.find(voice)).delivery for model, voice in ALL}
"""How whoever stands in speaks where no field acts."""

SHORT = "Speak in a whisper, please."
LONG = "Speak in a whisper, as if to a small child."
ACTING = [
    ({"stability": 0.0}, ELEVENLABS, Delivery(melody=2.0, flutter=10)),
    ({"stability": 1.0}, ELEVENLABS, Delivery(melody=0.5)),
    ({"similarity_boost": 0.375}, ELEVENLABS, Delivery(resemblance=0.5)),
    ({"speaker_boost": False}, ELEVENLABS, Delivery(brightness=-6, loudness=-1.0)),
    ({"style_exaggeration": 1.0}, [(V2, "Alice")], Delivery(melody=2.0, pitch=1.5, pace=0.92, loudness=2.0)),
    ({"pitch": 1.0}, GOOGLE, Delivery(pitch=20.0)),
    ({"pitch": 0.25}, GOOGLE, Delivery(pitch=-10.0)),
    (
        {"style_instructions": LONG, "style_instructions_enabled": True},
        GEMINI,
        Delivery(whispered=True, loudness=-3.0, pace=0.95),
    ),
]
"""Fields, with whom they act, and as what."""

SILENT = [
    {},
    {"stability": 0.5, "similarity_boost": 0.75, "speaker_boost": True, "style_exaggeration": 0.0, "pitch": 0.5},
    {"similarity_boost": 1.0},
    {"style_instructions": LONG},
    {"style_instructions": LONG, "style_instructions_enabled": False},
    {"style_instructions": SHORT, "style_instructions_enabled": True},
    {"style_instructions": "Say it like someone from a far country would.", "style_instructions_enabled": True},
]


@pytest.mark.parametrize(("fields", "models", "delivery"), ACTING)
async def test_a_field_acts_with_its_models_and_no_others(serving, fields, models, delivery: Delivery) -> None:
    async with serving() as sonna:
        for model, voice in ALL:
            await sonna.say(ttsModel=model, voice=voice, **fields)
        asked = [manner.delivery for manner in sonna.maker.manners]
    assert asked == [OWN[pair].and_also(delivery if pair in models else PLAIN) for pair in ALL]


@pytest.mark.parametrize("fields", SILENT)
async def test_the_defaults_leave_the_voice_as_it_is(serving, fields) -> None:
    async with serving() as sonna:
        for model, voice in ALL:
            await sonna.say(ttsModel=model, voice=voice, **fields)
        assert [manner.delivery for manner in sonna.maker.manners] == list(OWN.values())
        assert sonna.maker.cues == []


async def test_fields_act_together(serving) -> None:
    async with serving() as sonna:
        await sonna.say(ttsModel=V2, stability=0.0, style_exaggeration=1.0)
        (manner,) = sonna.maker.manners
    assert manner.delivery.melody == 4.0


INDONESIAN = "Selamat pagi, apa kabar? Saya dari Jakarta."


@pytest.mark.parametrize(
    ("model", "voice", "override", "language"),
    [
        (V3, "Alice", None, "id"),
        (V3, "Alice", False, "id"),
        (V3, "Alice", True, "en"),
        (FLASH, "Alice", True, "en"),
        (FLASH, "Alice", None, "id"),
        (V2, "Alice", True, "id"),
        ("gemini-2-5-pro", "Kore", True, "id"),
        ("google-neural2", "en-US-Neural2-D", False, "en"),
    ],
)
async def test_the_language_is_the_texts_unless_it_is_to_be_the_voices(
    serving, model: str, voice: str, override, language: str
) -> None:
    async with serving() as sonna:
        await sonna.say(text=INDONESIAN, ttsModel=model, voice=voice, language_override=override)
        assert [manner.language for manner in sonna.maker.manners] == [language]


TAGGED = "Hello. [whispers] Come [pause] here. [laughs]"


async def test_tags_are_performed_by_eleven_v3_and_charged(serving) -> None:
    async with serving() as sonna:
        body = (await sonna.say(text=TAGGED, ttsModel=V3)).json()
        file = await sonna.http.get(body["url"])
        (manner,) = sonna.maker.manners
        turn, pause, laugh = sonna.maker.cues
    assert file.content == b"Hello.  Come  here. "
    assert body["creditsCharged"] == round(len(TAGGED) * 1.89, 3)
    assert isinstance(turn, Turn)
    assert (turn.voice, turn.language, turn.delivery.whispered) == (manner.voice, "en", True)
    assert (pause, laugh) == (Pause(length=0.8), Gesture.LAUGH)


@pytest.mark.parametrize(("model", "voice"), [pair for pair in ALL if pair[0] != V3])
async def test_to_all_other_models_brackets_are_text(serving, model: str, voice: str) -> None:
    async with serving() as sonna:
        file = await sonna.http.get((await sonna.say(text=TAGGED, ttsModel=model, voice=voice)).json()["url"])
        assert sonna.maker.cues == []
    assert file.content == TAGGED.encode()


async def test_a_text_of_tags_only_is_a_file_too(serving) -> None:
    async with serving() as sonna:
        assert (await sonna.say(text="[applause]", ttsModel=V3)).status_code == 200


@pytest.mark.parametrize(("title", "shown"), [("A project", "A project"), ("x" * 300, "x" * 200)])
async def test_the_title_is_in_the_file(serving, title: str, shown: str) -> None:
    async with serving() as sonna:
        content = (await sonna.http.get((await sonna.say(title=title)).json()["url"])).content
    assert content.endswith(b"\x03" + shown.encode() + b"Hello.")
    assert content.startswith(b"ID3\x04")


@pytest.mark.parametrize("fields", [{"title": ""}, {"title": "  "}, {"title": "A", "response_format": "pcm_8000"}])
async def test_where_there_is_no_place_for_a_title_there_is_none(serving, fields) -> None:
    async with serving() as sonna:
        assert (await sonna.http.get((await sonna.say(**fields)).json()["url"])).content == b"Hello."


async def test_a_full_queue_of_geminis_is_told_and_costs_nothing(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker, gemini_at_once=1, gemini_waiting=0) as sonna:
        other = await sonna.key_of_new_account(plan="pro")
        first = asyncio.create_task(sonna.say(voice="Kore", ttsModel=...))
        await maker.begun.wait()
        maker.begun.clear()
        second = asyncio.create_task(sonna.say(other, voice="Kore", ttsModel=...))
        begun = asyncio.create_task(maker.begun.wait())
        await asyncio.wait([second, begun], return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        maker.may_speak.set()
        refused = await second
        spoken = await sonna.say(other)
        assert (await first).status_code == 200
        assert (await sonna.say(other, voice="Kore", ttsModel=...)).status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert told(refused) == {
        "error": "Too many requests for this provider are waiting. Nothing was charged.",
        "code": "SERVER_BUSY",
        "retryAfter": 5,
    }
    assert spoken.json()["remainingCredits"] == 102_000 - 6


async def test_other_vendors_do_not_stand_in_that_queue(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker, gemini_at_once=1, gemini_waiting=0) as sonna:
        other = await sonna.key_of_new_account(plan="pro")
        first = asyncio.create_task(sonna.say(voice="Kore", ttsModel=...))
        await maker.begun.wait()
        maker.begun.clear()
        second = asyncio.create_task(sonna.say(other))
        await maker.begun.wait()
        maker.may_speak.set()
        assert [(await each).status_code for each in (first, second)] == [200, 200]


async def test_one_who_waits_in_the_queue_is_served(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker, gemini_at_once=1, gemini_waiting=1) as sonna:
        other = await sonna.key_of_new_account(plan="pro")
        tasks = [asyncio.create_task(sonna.say(key, voice="Kore", ttsModel=...)) for key in (None, other)]
        await maker.begun.wait()
        maker.may_speak.set()
        answers = await asyncio.gather(*tasks)
        assert await sonna.credits() < FIRST_BALANCE
    assert [answer.status_code for answer in answers] == [200, 200]
