"""`POST /api/v1/tts/enhance` and `enhance-dialogue`. Source: contracts, Sonna §1.4 and §1.10."""

import asyncio
import contextlib

import orjson
import pytest

from antiphon.surfaces.sonna.schemas import EnhanceAnswer, EnhanceDialogueAnswer
from surfaces.sonna.test_errors import FIRST_BALANCE, told

ENHANCE = "/api/v1/tts/enhance"
DIALOGUE = "/api/v1/tts/enhance-dialogue"


@contextlib.asynccontextmanager
async def model_that_says(content: str):
    """A language model's address."""
    body = orjson.dumps({"choices": [{"message": {"content": content}}]})

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/chat/completions"
    finally:
        server.close()


async def test_a_text_gets_tags_and_costs_nothing(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(ENHANCE, json={"text": "Haha, we won!", "voiceId": "Alice"})
        assert await sonna.credits() == FIRST_BALANCE
    EnhanceAnswer.model_validate_json(answer.content, strict=True)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "text": "[laughs] [excited] Haha, we won!", "original": "Haha, we won!"},
    )
    assert answer.headers["x-ratelimit-remaining"] == "59"


async def test_a_conversation_gets_tags_turn_by_turn(serving) -> None:
    turns = [{"id": "a", "text": "Kita menang!", "voiceId": None}, {"id": 2, "text": "The bus is red."}]
    async with serving() as sonna:
        answer = await sonna.http.post(DIALOGUE, json={"turns": turns})
    EnhanceDialogueAnswer.model_validate_json(answer.content, strict=True)
    assert answer.json() == {
        "success": True,
        "turns": [
            {"id": "a", "text": "[excited] Kita menang!", "original": "Kita menang!"},
            {"id": 2, "text": "The bus is red.", "original": "The bus is red."},
        ],
    }


async def test_the_request_log_has_a_row_of_each(serving) -> None:
    async with serving() as sonna:
        await sonna.http.post(ENHANCE, json={"text": "Hello."})
        await sonna.http.post(DIALOGUE, json={"turns": [{"id": "a", "text": "Hello."}]})
        rows = await sonna.house.store.ledger.usage((await sonna.house.keys.first_account()).id)
    assert sorted((row.route, row.engine, row.units, row.charged, row.status) for row in rows) == [
        ("sonna.enhance", "rules", 1, 0, 200),
        ("sonna.enhance-dialogue", "rules", 1, 0, 200),
    ]


async def test_a_free_account_may_too(serving) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(ENHANCE, json={"text": "Hello."}, headers=await sonna.key_of_new_account())
    assert answer.status_code == 200


async def test_a_language_model_that_is_set_up_is_asked(serving) -> None:
    async with (
        model_that_says('["[sad] The bus is red."]') as url,
        serving(enhance_url=url, enhance_model="m", enhance_key="k") as sonna,
    ):
        answer = await sonna.http.post(ENHANCE, json={"text": "The bus is red."})
    assert answer.json() == {"success": True, "text": "[sad] The bus is red.", "original": "The bus is red."}


@pytest.mark.parametrize("said", ['["[sad] The bus is blue."]', "Sorry, I cannot.", '["a", "b"]'])
async def test_whatever_the_model_says_the_words_stay(serving, said: str) -> None:
    async with model_that_says(said) as url, serving(enhance_url=url, enhance_model="m") as sonna:
        answer = await sonna.http.post(ENHANCE, json={"text": "The bus is red."})
        talk = await sonna.http.post(DIALOGUE, json={"turns": [{"id": 1, "text": "The bus is red."}]})
    same = {"text": "The bus is red.", "original": "The bus is red.", "fallback": True}
    assert (answer.status_code, answer.json()) == (200, {"success": True, **same})
    assert talk.json() == {"success": True, "turns": [{"id": 1, **same}]}


def missing(field: str) -> dict[str, str]:
    return {"error": f"The field '{field}' is required.", "code": "MISSING_FIELD", "field": field}


def wrong(field: str) -> dict[str, str]:
    return {"error": f"The field '{field}' must be text.", "code": "INVALID_PARAM", "field": field}


def too_long(field: str) -> dict[str, object]:
    text = "The text has 2001 characters; at most 2000 are possible."
    return {"error": text, "code": "TEXT_TOO_LONG", "field": field, "limit": 2000, "length": 2001}


def no_voice(field: str) -> dict[str, str]:
    text = "There is no such voice. GET /api/v1/tts/voices lists them."
    return {"error": text, "code": "INVALID_VOICE", "field": field}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (ENHANCE, {}, missing("text")),
        (ENHANCE, {"text": " "}, missing("text")),
        (ENHANCE, {"text": 1}, wrong("text")),
        (ENHANCE, {"text": "a", "voiceId": 1}, wrong("voiceId")),
        (ENHANCE, {"text": "a", "voiceId": "nobody"}, no_voice("voiceId")),
        (ENHANCE, {"text": "x" * 2001}, too_long("text")),
        (DIALOGUE, {}, missing("turns")),
        (DIALOGUE, {"turns": []}, missing("turns")),
        (DIALOGUE, {"turns": [{"text": "a"}]}, missing("turns[0].id")),
        (DIALOGUE, {"turns": [{"id": "a", "text": ""}]}, missing("turns[0].text")),
        (DIALOGUE, {"turns": [{"id": "a", "text": "\n"}]}, missing("turns[0].text")),
        (DIALOGUE, {"turns": [{"id": "a", "text": "a", "voiceId": "x"}]}, no_voice("turns[0].voiceId")),
        (DIALOGUE, {"turns": [{"id": 1, "text": "x" * 2000}, {"id": 2, "text": "x"}]}, too_long("turns")),
    ],
)
async def test_a_wrong_field_is_told_by_name(serving, path, body, expected) -> None:
    async with serving() as sonna:
        answer = await sonna.http.post(path, json=body)
    assert (answer.status_code, told(answer)) == (400, expected)


@pytest.mark.parametrize("id_", [None, True, 1.5, [], {}, "x" * 201, 10**30])
async def test_an_id_that_is_none_is_refused(serving, id_) -> None:
    async with serving() as sonna:
        content = orjson.dumps({"turns": [{"id": id_, "text": "a"}]}) if id_ != 10**30 else b""
        content = content or b'{"turns": [{"id": 1000000000000000000000000000000, "text": "a"}]}'
        answer = await sonna.http.post(DIALOGUE, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, told(answer)["field"][:11]) == (400, "turns[0].id"), answer.json()


async def test_the_sixty_first_request_of_a_minute_is_refused(serving) -> None:
    async with serving() as sonna:
        for _ in range(60):
            assert (await sonna.http.post(ENHANCE, json={})).status_code == 400
        refused = await sonna.http.post(DIALOGUE, json={})
        assert (await sonna.say()).status_code == 200
    assert (refused.status_code, told(refused)["code"], refused.headers["retry-after"]) == (429, "RATE_LIMITED", "1")
