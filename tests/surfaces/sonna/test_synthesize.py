"""`POST /api/v1/tts/synthesize` when it works. Source: seeds 000 and 001; contracts, Sonna §1.3, §1.9, §1.10."""

import re

import pytest

from antiphon.domain.speech import Codec, Encoding

MODELS = {
    # Millicredits of a character, less 10 %: contracts, Sonna §1.10.
    "eleven-v3": ("Alice", 1890),
    "eleven-multilingual-v2": ("Alice", 1890),
    "eleven-flash-v2-5": ("Alice", 945),
    "gemini-2-5-flash": ("Kore", 630),
    "gemini-2-5-pro": ("Kore", 945),
    "google-neural2": ("en-US-Neural2-D", 450),
    "google-wavenet": ("id-ID-Wavenet-A", 450),
}
FIRST_BALANCE = 1_000_000 + 187_000
MP3 = Encoding(codec=Codec.MP3, sample_rate=44_100, bitrate=128_000)


async def test_the_answer_says_where_the_file_is_and_what_it_cost(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.say()
        told = answer.json()
        account = (await sonna.house.keys.first_account()).id
    assert answer.status_code == 200
    assert re.fullmatch(
        rf"https://media\.example/cdn/sonna/api-ephemeral/tts/paid/{account}/[0-9a-f]{{48}}\.mp3", told.pop("url")
    )
    assert told == {
        "success": True,
        "remainingCredits": FIRST_BALANCE - 6,
        "projectCreated": True,
        "model": "eleven-flash-v2-5",
        "creditsCharged": 5.67,
        "expiresAt": "2027-01-16T08:00:00.000Z",
    }


async def test_the_file_is_the_sound_and_needs_no_key(serving) -> None:
    async with serving() as sonna:
        url = (await sonna.say()).json()["url"]
        file = await sonna.http.get(url, headers={"X-API-Key": ""})
    assert (file.status_code, file.content, file.headers["content-type"]) == (200, b"Hello.", "audio/mpeg")


async def test_the_answer_says_who_made_it(serving) -> None:
    async with serving() as sonna:
        headers = (await sonna.say()).headers
    assert (headers["x-antiphon-engine"], headers["x-antiphon-stand-in"]) == ("espeak", "elevenlabs")


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_charges_its_rate_less_a_tenth(serving, model: str) -> None:
    voice, millicredits = MODELS[model]
    async with serving() as sonna:
        told = (await sonna.say(text="x" * 100, voice=voice, ttsModel=model)).json()
        left = (await sonna.http.get("/api/v1/user/credits")).json()["credits"]
    charged = millicredits * 100 / 1000
    assert (told["model"], told["creditsCharged"]) == (model, charged)
    assert left == told["remainingCredits"] == int(FIRST_BALANCE - charged)


async def test_a_character_is_a_code_point_as_it_was_sent(serving) -> None:
    async with serving() as sonna:
        told = (await sonna.say(text=" \U0001f600é\u0301 ", ttsModel="eleven-v3")).json()
    assert told["creditsCharged"] == 5 * 1.89


@pytest.mark.parametrize(
    ("voice", "asked", "served"),
    [
        ("Alice", ..., "eleven-v3"),
        ("Alice", None, "eleven-v3"),
        ("Alice", "gemini-2-5-pro", "eleven-v3"),
        ("Kore", ..., "gemini-2-5-flash"),
        ("Kore", "eleven-v3", "gemini-2-5-flash"),
        ("en-US-Neural2-D", ..., "google-neural2"),
        ("en-US-Neural2-D", "google-wavenet", "google-neural2"),
        ("en-US-Wavenet-D", "eleven-v3", "google-wavenet"),
    ],
)
async def test_the_voice_decides_the_provider(serving, voice: str, asked, served: str) -> None:
    async with serving() as sonna:
        told = (await sonna.say(voice=voice, ttsModel=asked)).json()
        assert told["model"] == served


@pytest.mark.parametrize(
    "voice",
    ["c692e0f3-0c68-5cc6-b147-2575b18de4c3", "C692E0F3-0C68-5CC6-B147-2575B18DE4C3", "Xb7hH8MSUJpSbSDYk0k2", "alice"],
)
async def test_a_voice_is_found_by_every_name_of_it(serving, voice: str) -> None:
    async with serving() as sonna:
        assert (await sonna.say(voice=voice)).status_code == 200
        assert [manner.voice for manner in sonna.maker.manners] == ["Isla"]


@pytest.mark.parametrize(
    ("voice", "language"),
    [
        ("Alice", "en"),
        ("id-ID-Wavenet-A", "id"),
        ("cmn-TW-Wavenet-A", "zh"),
        ("nb-NO-Wavenet-B", "no"),
        ("fil-PH-Wavenet-C", "tl"),
        ("fil-ph-Neural2-D", "tl"),
        ("ar-XA-Wavenet-A", "ar"),
    ],
)
async def test_the_voice_decides_the_language(serving, voice: str, language: str) -> None:
    async with serving() as sonna:
        await sonna.say(voice=voice)
        assert [manner.language for manner in sonna.maker.manners] == [language]


@pytest.mark.parametrize(
    ("response_format", "encoding", "suffix", "content_type"),
    [
        (..., MP3, "mp3", "audio/mpeg"),
        (None, MP3, "mp3", "audio/mpeg"),
        ("mp3", MP3, "mp3", "audio/mpeg"),
        ("mp3_44100_128", MP3, "mp3", "audio/mpeg"),
        ("pcm_8000", Encoding(codec=Codec.PCM_S16LE, sample_rate=8_000), "pcm", "audio/pcm"),
        ("pcm_16000", Encoding(codec=Codec.PCM_S16LE, sample_rate=16_000), "pcm", "audio/pcm"),
        ("pcm_22050", Encoding(codec=Codec.PCM_S16LE, sample_rate=22_050), "pcm", "audio/pcm"),
        ("pcm_24000", Encoding(codec=Codec.PCM_S16LE, sample_rate=24_000), "pcm", "audio/pcm"),
    ],
)
async def test_each_format_has_its_encoding_and_its_file(
    serving, response_format, encoding: Encoding, suffix: str, content_type: str
) -> None:
    async with serving() as sonna:
        url = (await sonna.say(response_format=response_format)).json()["url"]
        file = await sonna.http.get(url)
        assert [manner.encoding for manner in sonna.maker.manners] == [encoding]
    assert (url.rpartition(".")[2], file.headers["content-type"]) == (suffix, content_type)


@pytest.mark.parametrize(
    ("model", "voice", "asked", "applied"),
    [
        ("eleven-v3", "Alice", 2.0, 1.0),
        ("eleven-multilingual-v2", "Alice", 2.0, 1.2),
        ("eleven-flash-v2-5", "Alice", 0.25, 0.7),
        ("gemini-2-5-pro", "Kore", 4, 4.0),
        ("google-neural2", "en-US-Neural2-D", 4.0, 4.0),
        ("google-neural2", "en-US-Neural2-D", 0.25, 0.6),
        ("google-neural2", "en-US-Neural2-D", 1.5, 1.5),
    ],
)
async def test_speed_acts_as_far_as_the_model_can_and_the_answer_says_where_not(
    serving, model: str, voice: str, asked: float, applied: float
) -> None:
    async with serving() as sonna:
        told = (await sonna.say(voice=voice, ttsModel=model, speed=asked)).json()
        assert [manner.speed for manner in sonna.maker.manners] == [applied]
    assert told.get("appliedSpeed") == (None if asked == applied else applied)


async def test_every_field_of_the_contract_is_taken(serving) -> None:
    fields = {
        "stability": 0.5,
        "similarity_boost": 0.75,
        "speaker_boost": True,
        "style_exaggeration": 0,
        "speed": 1,
        "language_override": False,
        "pitch": 0.5,
        "style_instructions": "Speak as if it were the last day of the holidays.",
        "style_instructions_enabled": True,
        "title": "A project",
        "unheard_of": {},
    }
    async with serving() as sonna:
        assert (await sonna.say(**fields)).status_code == 200


async def test_every_optional_field_may_be_null(serving) -> None:
    names = ["ttsModel", "response_format", "response_type", "speed", "stability", "similarity_boost", "speaker_boost"]
    names += ["style_exaggeration", "language_override", "pitch", "style_instructions", "title"]
    async with serving() as sonna:
        assert (await sonna.say(**dict.fromkeys(names))).status_code == 200


@pytest.mark.parametrize(
    ("accept", "fields"),
    [
        ("audio/mpeg", {}),
        ("audio/*;q=0.9, text/html", {}),
        ("Application/Octet-Stream", {}),
        ("*/*", {"response_type": "binary"}),
        ("application/json", {"response_type": "binary"}),
    ],
)
async def test_a_client_that_asks_for_the_sound_gets_the_sound(serving, accept: str, fields) -> None:
    async with serving() as sonna:
        answer = await sonna.say({"Accept": accept}, **fields)
        file = await sonna.http.get(answer.headers["x-sonna-url"])
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"Hello.", "audio/mpeg")
    assert (answer.headers["content-length"], file.content) == ("6", b"Hello.")
    assert (answer.headers["x-remaining-credits"], answer.headers["x-credits-charged"]) == ("1186994", "5.67")
    assert answer.headers["x-ratelimit-remaining"] == "29"


@pytest.mark.parametrize(
    ("accept", "fields"),
    [
        ("*/*", {}),
        ("audio/mpeg, application/json", {}),
        ("audio/mpeg;q=0", {}),
        ("text/html", {}),
        ("audio/mpeg", {"response_type": "json"}),
    ],
)
async def test_every_other_client_gets_json(serving, accept: str, fields) -> None:
    async with serving() as sonna:
        answer = await sonna.say({"Accept": accept}, **fields)
    assert answer.json()["success"] is True


async def test_a_free_account_uses_googles_voices_and_its_files_lie_apart(serving) -> None:
    async with serving() as sonna:
        key = await sonna.key_of_new_account()
        told = (await sonna.say(key, voice="en-US-Neural2-D", text="x" * 1000)).json()
    assert (told["remainingCredits"], told["creditsCharged"]) == (9_550, 450)
    assert "/tts/free/" in told["url"]


async def test_a_free_account_with_bought_credits_uses_all_voices_at_full_length(serving) -> None:
    async with serving() as sonna:
        key = await sonna.key_of_new_account(payg=5_000)
        told = (await sonna.say(key, text="x" * 1_001)).json()
    assert "/tts/paid/" in told["url"]


async def test_the_request_log_has_a_row_of_it(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.say()
        account = (await sonna.house.keys.first_account()).id
        (row,) = await sonna.house.store.ledger.usage(account)
    assert (row.dialect, row.route, row.modality, row.model) == (
        "sonna",
        "sonna.synthesize",
        "speech",
        "eleven-flash-v2-5",
    )
    assert (row.units, row.unit, row.listed, row.charged, row.status) == (6, "character", 6_300, 5_670, 200)
    assert row.request_id == answer.headers["x-request-id"]


async def test_the_request_log_has_a_row_of_every_other_outcome(serving) -> None:
    async with serving() as sonna:
        poor = await sonna.key_of_new_account(payg=1)
        label = {**poor, "Idempotency-Key": "order-1"}
        wish = {"voice": "en-US-Neural2-D", "text": "x" * 3_000}
        for key, fields in [(label, wish), (label, wish), (poor, {"voice": "nobody"}), *[(poor, wish)] * 7]:
            await sonna.say(key, **fields)
        await sonna.house.till.pay.tick()
        account = (await sonna.house.accounts.find("account free 1")).account.id
        rows = await sonna.house.store.ledger.usage(account)
    assert sorted((row.status, row.code, row.charged) for row in rows) == [
        *[(200, "", 1_350_000)] * 7,
        (200, "idempotent_replay", 0),
        (400, "invalid_request", 0),
        (402, "payment_required", 0),
    ]


async def test_every_answer_of_the_route_says_how_many_are_left(serving) -> None:
    async with serving() as sonna:
        first, second = await sonna.say(), await sonna.say(voice="nobody")
        assert (second.status_code, second.headers["x-ratelimit-limit"]) == (400, "30")
        assert [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)] == [29, 28]
        assert int(second.headers["x-ratelimit-reset"]) == 1_800_000_005
