"""What there is to choose from, and `GET /api/v1/user/credits`. Source: contracts, Sonna §1.5 and §1.10."""

from typing import Any

import pytest

from antiphon.surfaces.sonna.openapi import paths
from antiphon.surfaces.sonna.schemas import (
    CreditsAnswer,
    FavoriteAnswer,
    FavoritesAnswer,
    FiltersAnswer,
    SpeechModelsAnswer,
    SynthesizeAnswer,
    VoicesAnswer,
)
from surfaces.sonna.served import PUBLIC
from surfaces.sonna.test_errors import told

VOICES = "/api/v1/tts/voices"
FAVORITES = "/api/v1/tts/favorites"


async def listed(sonna: Any, **query: Any) -> list[str]:
    return [voice["name"] for voice in (await sonna.http.get(VOICES, params=query)).json()["voices"]]


async def test_all_voices_are_listed_with_all_their_keys(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get(VOICES)
    body = answer.json()
    assert (answer.status_code, set(body), len(body["voices"])) == (200, {"success", "voices"}, 296)
    assert body["voices"][0] == {
        "id": "c692e0f3-0c68-5cc6-b147-2575b18de4c3",
        "name": "Alice",
        "gender": "female",
        "provider": "ElevenLabs",
        "accent": "British",
        "language": "en",
        "category": "news",
        "preview_url": f"{PUBLIC}/cdn/sonna/previews/c692e0f3-0c68-5cc6-b147-2575b18de4c3.mp3",
        "metadata": {
            "supported_models": ["eleven-v3", "eleven-multilingual-v2", "eleven-flash-v2-5"],
            "provider_voice_id": "Xb7hH8MSUJpSbSDYk0k2",
            "native_language": "en",
            "sample_rate": 44100,
            "style": None,
        },
    }


async def test_every_id_of_the_list_speaks(serving) -> None:
    async with serving() as sonna:
        for provider in ("ElevenLabs", "Gemini", "Google Cloud"):
            answer = await sonna.http.get(VOICES, params={"provider": provider, "limit": 2, "offset": 5})
            for voice in answer.json()["voices"]:
                spoken = await sonna.say(voice=voice["id"], ttsModel=...)
                assert spoken.json()["model"] in voice["metadata"]["supported_models"]


@pytest.mark.parametrize(
    ("query", "count", "first"),
    [
        ({"provider": "ElevenLabs"}, 20, "Alice"),
        ({"provider": "elevenlabs"}, 20, "Alice"),
        ({"provider": "Gemini"}, 30, "Zephyr"),
        ({"provider": "Google Gemini"}, 30, "Zephyr"),
        ({"provider": "Google Cloud"}, 246, "da-DK-Neural2-D"),
        ({"provider": "google"}, 246, "da-DK-Neural2-D"),
        ({"provider": "OpenAI"}, 0, None),
        ({"language": "id"}, 4, "id-ID-Wavenet-A"),
        ({"language": "id-ID"}, 4, "id-ID-Wavenet-A"),
        ({"language": "nb"}, 5, "nb-NO-Wavenet-A"),
        ({"language": "no"}, 5, "nb-NO-Wavenet-A"),
        ({"gender": "neutral"}, 1, "River"),
        ({"gender": "Female", "provider": "ElevenLabs"}, 8, "Alice"),
        ({"category": "news", "provider": "elevenlabs"}, 3, "Alice"),
        ({"model": "gemini-2-5-pro"}, 30, "Zephyr"),
        ({"model": "google-wavenet", "language": "en-AU"}, 4, "en-AU-Wavenet-A"),
        ({"accent": "british", "provider": "elevenlabs"}, 4, "Alice"),
        ({"accent": "US American", "gender": "neutral"}, 1, "River"),
        ({"search": "BRITISH", "provider": "elevenlabs"}, 4, "Alice"),
        ({"search": "gravel"}, 1, "Algenib"),
        ({"search": "Neural2-D", "language": "en-GB"}, 1, "en-GB-Neural2-D"),
        ({"search": "", "provider": ""}, 296, "Alice"),
        ({"unheard": "of"}, 296, "Alice"),
    ],
)
async def test_each_filter_narrows_the_list(serving, query, count: int, first: str | None) -> None:
    async with serving() as sonna:
        names = await listed(sonna, **query)
    assert (len(names), names[0] if names else None) == (count, first)


async def test_pages_join_to_the_whole_and_say_how_much_that_is(serving) -> None:
    async with serving() as sonna:
        whole = await listed(sonna)
        pages = [await listed(sonna, limit=100, offset=offset) for offset in (0, 100, 200, 300)]
        total = (await sonna.http.get(VOICES, params={"offset": 1, "gender": "neutral"})).json()["total"]
    assert ([len(page) for page in pages], sum(pages, [])) == ([100, 100, 96, 0], whole)  # noqa: RUF017
    assert total == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=1.0", "offset=-1", "limit=%C2%B2"])
async def test_a_page_that_is_none_is_refused(serving, query: str) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get(f"{VOICES}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAM")
    assert answer.json()["field"] == query.partition("=")[0]


async def test_a_query_without_end_is_refused(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get(f"{VOICES}?{'&'.join(['a=1'] * 200)}")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAM")


async def test_filters_are_all_that_narrows_the_list(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get("/api/v1/tts/filters")
        told_filters = FiltersAnswer.model_validate_json(answer.content, strict=True)
        for name in ("provider", "gender", "language", "category"):
            plural = "categories" if name == "category" else f"{name}s"
            values = getattr(told_filters, plural)
            counts = [len(await listed(sonna, **{name: value})) for value in values]
            assert sum(counts) == 296
            assert min(counts) > 0
    assert told_filters.providers == ["ElevenLabs", "Gemini", "Google Cloud"]
    assert told_filters.genders == ["female", "male", "neutral"]
    assert {"US American", "British", "Australian", "Indonesian"} < set(told_filters.accents)
    assert {"en", "id", "es", "fr", "pt", "ja"} < set(told_filters.languages)


async def test_the_models_are_listed(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get("/api/v1/tts/models")
    body = SpeechModelsAnswer.model_validate_json(answer.content, strict=True)
    assert (body.version, body.timestamp, body.metadata.total) == ("1.0", "2027-01-15T08:00:00.250Z", 7)
    assert body.metadata.categories == ["ElevenLabs", "Gemini", "Google"]
    assert [(model.id, model.provider, model.planRequired) for model in body.models] == [
        ("eleven-v3", "ElevenLabs", "pro"),
        ("eleven-multilingual-v2", "ElevenLabs", "pro"),
        ("eleven-flash-v2-5", "ElevenLabs", "pro"),
        ("gemini-2-5-flash", "Google Gemini", "pro"),
        ("gemini-2-5-pro", "Google Gemini", "pro"),
        ("google-neural2", "Google Cloud", None),
        ("google-wavenet", "Google Cloud", None),
    ]


async def test_a_favourite_is_added_and_taken_away_and_is_the_accounts_own(serving) -> None:
    async with serving() as sonna:
        other = await sonna.key_of_new_account()

        async def toggle(voice: str) -> bool:
            answer = await sonna.http.post(f"{FAVORITES}/toggle", json={"voiceId": voice})
            return FavoriteAnswer.model_validate_json(answer.content, strict=True).favorited

        async def names(headers: Any = None) -> list[str]:
            answer = await sonna.http.get(FAVORITES, headers=headers)
            return [voice.name for voice in FavoritesAnswer.model_validate_json(answer.content, strict=True).favorites]

        assert await names() == []
        assert [await toggle("c692e0f3-0c68-5cc6-b147-2575b18de4c3"), await names()] == [True, ["Alice"]]
        sonna.clock.advance(1)
        assert [await toggle("kore"), await names(), await names(other)] == [True, ["Kore", "Alice"], []]
        assert [await toggle("Alice"), await names()] == [False, ["Kore"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_FIELD"),
        ({"voiceId": None}, "MISSING_FIELD"),
        ({"voiceId": ""}, "MISSING_FIELD"),
        ({"voiceId": 5}, "INVALID_PARAM"),
        ({"voiceId": "nobody"}, "INVALID_VOICE"),
        ({"voiceId": "c692e0f3-0c68-5cc6-b147-2575b18de4c4"}, "INVALID_VOICE"),
        ([], "VALIDATION_ERROR"),
    ],
)
async def test_a_favourite_that_is_none_is_refused(serving, body: Any, code: str) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(f"{FAVORITES}/toggle", json=body)
    assert (answer.status_code, told(answer)["code"]) == (400, code)


async def test_credits_are_what_can_be_spent_in_all(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.get("/api/v1/user/credits")
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "credits": 1_187_000, "payg_credits": 1_000_000, "plan": "max", "expiresAt": None},
    )


async def test_credits_say_when_the_plan_ends(serving) -> None:
    async with serving() as sonna:
        enrolled = await sonna.house.accounts.create("pro", plan="pro", until=1_800_086_400.5)
        _, key = await sonna.house.keys.create(enrolled.account.id, "key")
        body = (await sonna.http.get("/api/v1/user/credits", headers={"X-API-Key": key})).json()
    assert (body["plan"], body["credits"], body["payg_credits"]) == ("pro", 102_000, 0)
    assert body["expiresAt"] == "2027-01-16T08:00:00.500Z"


async def test_credits_are_rounded_down(serving) -> None:
    async with serving() as sonna:
        await sonna.say(text="x")
        assert await sonna.credits() == 1_186_999


async def test_answers_are_as_documented(serving) -> None:
    async with serving() as sonna:
        SynthesizeAnswer.model_validate_json((await sonna.say(speed=2)).content, strict=True)
        VoicesAnswer.model_validate_json((await sonna.http.get(VOICES)).content, strict=True)
        CreditsAnswer.model_validate_json((await sonna.http.get("/api/v1/user/credits")).content, strict=True)


async def test_the_documented_examples_are_taken_as_they_are(serving) -> None:
    async with serving() as sonna:
        for path, operations in paths()["paths"].items():
            content = operations.get("post", {}).get("requestBody", {}).get("content", {})
            if path.startswith("/api/v1/tts/") and content:
                answer = await sonna.http.post(path, json=content["application/json"]["example"])
                assert (path, answer.status_code) == (path, 200)


def test_the_documentation_refers_only_to_what_is_in_it() -> None:
    made = paths()

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            return {node["$ref"]} if "$ref" in node else set().union(*map(references, node.values()), set())
        return set().union(*map(references, node), set()) if isinstance(node, list) else set()

    assert {name.rpartition("/")[2] for name in references(made)} <= set(made["components"]["schemas"])
    tts = ("synthesize", "synthesize-dialogue", "enhance", "enhance-dialogue")
    lists = ("voices", "filters", "favorites", "favorites/toggle", "models")
    assert {*(f"/api/v1/tts/{name}" for name in tts + lists), "/api/v1/user/credits"} <= set(made["paths"])
