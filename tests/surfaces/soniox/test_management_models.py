"""Golden answers of the lists of what can be asked for."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soniox.types import GetModelsResponse, GetSharedVoicesResponse, GetTtsModelsResponse

from antiphon.domain.keys import Permission
from surfaces.soniox.managed import Office, open_office

CURSOR = "The `cursor` parameter is invalid. Omit `cursor` to start pagination from the beginning."


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


async def shared(office: Office, query: str) -> list[str]:
    status, body = await office.ask(f"/v1/shared-voices?model=tts-rt-v1&{query}")
    assert status == 200
    return [voice.id for voice in GetSharedVoicesResponse.model_validate(body).voices]


async def test_every_model_is_listed_with_what_it_can(office: Office) -> None:
    status, body = await office.ask("/v1/tts-models")
    listed = {model.id: model for model in GetTtsModelsResponse.model_validate(body).models}
    assert status == 200
    assert list(listed) == ["tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2", "tone"]
    assert listed["tts-rt-v1-preview"].aliased_model_id == "tts-rt-v1"
    assert [model.supports_silence_reduction for model in listed.values()] == [False, False, True, False]
    assert [model.supports_voice_cloning for model in listed.values()] == [True, True, True, False]
    assert [model.voice_cloning_max_audio_duration_ms for model in listed.values()] == [20_000, 20_000, 20_000, None]
    assert {(model.speed_min, model.speed_max) for model in listed.values()} == {(0.7, 1.3)}
    assert all(model.supports_speed_adjustment for model in listed.values())


async def test_a_model_has_the_fields_of_the_published_api(office: Office) -> None:
    _, body = await office.ask("/v1/tts-models")
    first = body["models"][0]
    assert (len(first["voices"]), len(first["languages"])) == (28, 62)
    assert first["voices"][0] == {"id": "Maya", "description": "Steady and clear, with warmth", "gender": "female"}
    assert {"code": "en", "name": "English"} in first["languages"]
    assert {name: value for name, value in first.items() if name not in {"voices", "languages"}} == {
        "id": "tts-rt-v1",
        "aliased_model_id": None,
        "name": "TTS v1",
        "supports_timestamps": True,
        "supports_voice_cloning": True,
        "voice_cloning_max_audio_duration_ms": 20_000,
        "supports_speed_adjustment": True,
        "speed_min": 0.7,
        "speed_max": 1.3,
        "supports_silence_reduction": False,
    }


async def test_no_model_listens(office: Office) -> None:
    status, body = await office.ask("/v1/models")
    assert (status, body) == (200, {"models": []})
    assert GetModelsResponse.model_validate(body).models == []


async def test_any_key_may_look(office: Office) -> None:
    key = await office.key(permissions=frozenset({Permission.FILES}))
    for url in ("/v1/tts-models", "/v1/models", "/v1/shared-voices?model=tts-rt-v2"):
        assert (await office.ask(url, key))[0] == 200


async def test_a_shared_voice_says_what_it_is_like(office: Office) -> None:
    status, body = await office.ask("/v1/shared-voices?model=tts-rt-v2")
    assert status == 200
    assert (len(body["voices"]), body["next_page_cursor"]) == (28, None)
    assert body["voices"][15] == {
        "id": "Oliver",
        "description": "Refined and calm, British",
        "gender": "male",
        "age": "middle_aged",
        "accent": "british",
        "use_case": ["narration", "education"],
        "style": ["refined", "calm"],
    }


FILTERS = {
    "gender=male&accent=british": ["Oliver", "Arthur"],
    "accent=British&gender=female": ["Isla", "Victoria"],
    "age=old": ["Arthur", "Lucia"],
    "use_case=narration&use_case=education": ["Owen", "Oliver"],
    "use_case=narration,education": ["Owen", "Oliver"],
    "use_case=Narration&use_case=education&style=calm": ["Oliver"],
    "style=lively,expressive": ["Rohan"],
    "gender=neutral": [],
    "style=": [],
    "accent=klingon": [],
    "unheard=of&age=old&gender=female": ["Lucia"],
}


@pytest.mark.parametrize("query", FILTERS)
async def test_a_voice_has_to_match_all_that_is_asked_for(office: Office, query: str) -> None:
    assert await shared(office, query) == FILTERS[query]


@pytest.mark.parametrize("size", [1, 5, 27, 28, 200])
async def test_pages_put_together_are_the_list(office: Office, size: int) -> None:
    pages, cursor = [], ""
    for _ in range(29):
        status, body = await office.ask(f"/v1/shared-voices?model=tts-rt-v1&limit={size}{cursor}")
        assert status == 200
        pages.append([voice["id"] for voice in body["voices"]])
        if body["next_page_cursor"] is None:
            break
        cursor = f"&cursor={body['next_page_cursor']}"
    assert {len(page) for page in pages[:-1]} <= {size}
    assert list(itertools.chain(*pages)) == await shared(office, "")


async def test_a_cursor_points_into_the_filtered_list(office: Office) -> None:
    _, first = await office.ask("/v1/shared-voices?model=tts-rt-v1&age=old&limit=1")
    assert await shared(office, f"age=old&cursor={first['next_page_cursor']}") == ["Lucia"]


def fault(field: str, kind: str, message: str) -> dict[str, str]:
    return {"error_type": kind, "location": f"query.payload{field}", "message": message}


WRONG = {
    "": [fault(".model", "missing", "Field required")],
    "model=": [fault(".model", "string_too_short", "String should have at least 1 character")],
    f"model={'m' * 65}": [fault(".model", "string_too_long", "String should have at most 64 characters")],
    "model=m&gender=tall": [fault(".gender", "literal_error", "Input should be 'male', 'female' or 'neutral'")],
    "model=m&age=7": [fault(".age", "literal_error", "Input should be 'young', 'middle_aged' or 'old'")],
    f"model=m&accent={'a' * 41}": [fault(".accent", "string_too_long", "String should have at most 40 characters")],
    f"model=m&use_case=a&use_case={'u' * 41}": [
        fault(".use_case.1", "string_too_long", "String should have at most 40 characters")
    ],
    "model=m&style=" + ",".join("abcdefghijk"): [
        fault(".style", "too_long", "List should have at most 10 items after validation, not 11")
    ],
    "model=m&limit=0": [fault(".limit", "greater_than_equal", "Input should be greater than or equal to 1")],
    "model=m&limit=201": [fault(".limit", "less_than_equal", "Input should be less than or equal to 200")],
    "limit=many": [
        fault(".model", "missing", "Field required"),
        fault(".limit", "int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    ],
}


@pytest.mark.parametrize("query", WRONG)
async def test_a_wrong_query_is_refused_fault_by_fault(office: Office, query: str) -> None:
    status, body = await office.ask(f"/v1/shared-voices?{query}")
    assert (status, body["error_type"], body["validation_errors"]) == (400, "invalid_request", WRONG[query])


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAA", "bm9uc2Vuc2U", "%F0%9F%A6%86", "x" * 300])
async def test_a_wrong_cursor_is_refused(office: Office, cursor: str) -> None:
    status, body = await office.ask(f"/v1/shared-voices?model=tts-rt-v1&cursor={cursor}")
    assert (status, body["error_type"], body["message"]) == (400, "invalid_cursor", CURSOR)


async def test_a_model_that_nobody_has_is_not_available(office: Office) -> None:
    status, body = await office.ask("/v1/shared-voices?model=tts-rt-v9")
    assert (status, body["error_type"]) == (400, "model_not_available")
    assert (await office.ask("/v1/shared-voices?model=eleven-v3"))[0] == 400


QUERIES = st.dictionaries(
    st.sampled_from(["model", "gender", "age", "accent", "use_case", "style", "limit", "cursor"]) | st.text(max_size=3),
    st.sampled_from(["tts-rt-v1", "male", "1", "200", "-0", "1e3", "٣", "null", "\x00", "\ud7ff"])
    | st.text(max_size=60),
    max_size=6,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
async def test_no_query_is_too_much(office: Office, query: dict[str, Any]) -> None:
    office.clock.advance(60)
    answer = await office.send("/v1/shared-voices", await office.key(), params=query)
    assert answer.status_code in {200, 400, 401}
