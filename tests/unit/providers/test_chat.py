"""The `Enhancer` that asks a language model, against a server on this machine."""

import asyncio
import contextlib

import orjson
import pytest

from antiphon.domain.errors import Unavailable
from antiphon.kit.http import Client, Rules
from antiphon.providers.chat import ChatEnhancer

KEY = "a-key-that-nobody-else-has"


def said(content):
    return orjson.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


@contextlib.asynccontextmanager
async def asked(body, *, status="200 OK", seconds=10.0, rules=None):
    """An enhancer whose model answers so, and what it was asked."""
    heard = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(next(line for line in head.lower().split(b"\r\n") if b"content-length" in line).split(b":")[1])
        heard.append((head, orjson.loads(await reader.readexactly(length))))
        with contextlib.suppress(ConnectionError):
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body))
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    http = Client(Rules(loopback=True) if rules is None else rules)
    try:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/chat/completions"
        yield ChatEnhancer(http, url=url, model="a-model", key=KEY, seconds=seconds), heard
    finally:
        await http.close()
        server.close()


@pytest.mark.parametrize("content", ['["[sad] One.", "Two."]', '```json\n["[sad] One.", "Two."]\n```'])
async def test_the_model_is_asked_once_for_all_turns(content):
    async with asked(said(content)) as (enhancer, heard):
        assert await enhancer.enhance(["One.", "Two."]) == ["[sad] One.", "Two."]
    ((head, body),) = heard
    assert f"Authorization: Bearer {KEY}".encode() in head
    assert (body["model"], orjson.loads(body["messages"][-1]["content"])) == ("a-model", ["One.", "Two."])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        said(None),
        said("Sorry."),
        said("[1]"),
        said('{"a": "b"}'),
        said("[" * 100_000),
        said('["' + "x" * 300_000 + '"]'),
    ],
    ids=range(12),
)
async def test_an_answer_without_texts_is_a_failure(body):
    async with asked(body) as (enhancer, _):
        with pytest.raises(Unavailable):
            await enhancer.enhance(["One."])


@pytest.mark.parametrize("status", ["401 Unauthorized", "429 Too Many Requests", "500 Oh", "302 Found"])
async def test_a_refusal_is_a_failure(status):
    async with asked(said('["One."]'), status=status) as (enhancer, _):
        with pytest.raises(Unavailable):
            await enhancer.enhance(["One."])


async def test_a_model_where_requests_may_not_go_is_not_asked():
    async with asked(said('["One."]'), rules=Rules()) as (enhancer, heard):
        with pytest.raises(Unavailable):
            await enhancer.enhance(["One."])
    assert heard == []
