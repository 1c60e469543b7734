"""`GET /api/v1/tts/voices` and `GET /api/v1/user/credits`. Source: contracts, Sonna §1.5 and §1.10."""

from typing import Any

import pytest

from antiphon.surfaces.sonna.openapi import paths
from antiphon.surfaces.sonna.schemas import CreditsAnswer, SynthesizeAnswer, VoicesAnswer

VOICES = "/api/v1/tts/voices"


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
        "preview_url": None,
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


def test_the_documentation_refers_only_to_what_is_in_it() -> None:
    made = paths()

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            return {node["$ref"]} if "$ref" in node else set().union(*map(references, node.values()), set())
        return set().union(*map(references, node), set()) if isinstance(node, list) else set()

    assert {name.rpartition("/")[2] for name in references(made)} <= set(made["components"]["schemas"])
    assert {"/api/v1/tts/synthesize", VOICES, "/api/v1/user/credits"} <= set(made["paths"])
