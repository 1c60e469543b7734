"""Pictures that are given: in the request, or by a URL."""

import asyncio
import base64

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.pictures import LARGEST_GIVEN
from antiphon.kit.http import Client, Rules
from antiphon.services.inputs import Inputs

FILE = b"\x89PNG and more"
DATA = base64.b64encode(FILE).decode()


@pytest.fixture
async def inputs():
    made = Inputs(Client(Rules(loopback=True)))
    yield made
    await made.close()


@pytest.mark.parametrize(
    "head", ["data:image/png;base64,", "DATA:IMAGE/JPG;BASE64,", "data:image/webp;name=a.webp;base64,"]
)
async def test_a_data_uri_is_its_file(inputs: Inputs, head: str) -> None:
    assert await inputs.file(f"{head}{DATA}") == FILE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("data:image/png;base64,%%%%", "unreadable"),
        ("data:image/png;base64,AAA", "unreadable"),
        ("data:image/png;base64,\N{SNOWMAN}", "unreadable"),
        (f"data:image/png,{DATA}", "unreadable"),
        (f"data:text/html;base64,{DATA}", "unreadable"),
        ("data:", "unreadable"),
        (f"data:image/png;name={'a' * 256};base64,{DATA}", "unreadable"),
        ("", "not_fetched"),
        ("picture.png", "not_fetched"),
        ("file:///etc/passwd", "not_fetched"),
        ("http://name:word@127.0.0.1/", "not_fetched"),
        ("http://10.1.2.3/a.png", "not_fetched"),
        ("http://169.254.169.254/latest", "not_fetched"),
    ],
)
async def test_what_is_no_picture_to_be_had_is_refused(inputs: Inputs, given: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await inputs.file(given)
    assert refused.value.reason == reason


async def answering(status: bytes, length: int):
    """A server of one file."""

    async def answer(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, length))
        for _ in range(length // len(FILE)):
            writer.write(FILE)
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("status", "times", "reason"),
    [
        (b"200 OK", 1, ""),
        (b"404 Not Found", 1, "not_fetched"),
        (b"200 OK", LARGEST_GIVEN // len(FILE) + 1, "too_large"),
    ],
    ids=["there", "not there", "too large"],
)
async def test_a_url_is_fetched(inputs: Inputs, status: bytes, times: int, reason: str) -> None:
    server = await answering(status, times * len(FILE))
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.png"
    async with server:
        if not reason:
            assert await inputs.file(url) == FILE
            return
        with pytest.raises(InvalidRequest) as refused:
            await inputs.file(url)
    assert refused.value.reason == reason
