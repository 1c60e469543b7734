"""`GET /cdn/...`: whole files, parts of them, and what browsers may do with them."""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from antiphon.kit.observe import Metrics
from antiphon.services.artifacts import Artifacts
from antiphon.services.fair_use import FairUse
from antiphon.services.live import Live
from antiphon.services.previews import Previews
from antiphon.store.blobs import LocalBlobs
from antiphon.surfaces import cdn, soniox
from antiphon.testing import FakeClock
from antiphon.web.files import RangeUnsatisfiable, span
from antiphon.web.gate import Gate

CONTENT = bytes(range(256)) * 4000


async def chunks() -> AsyncIterator[bytes]:
    yield CONTENT


async def as_it_is(_request: object, failure: Exception) -> None:
    raise failure


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, str, FakeClock]]:
    """A client, the address of a file of a day, and the clock."""
    clock = FakeClock()
    kept = Artifacts(LocalBlobs(folder), clock=clock, entropy=os.urandom, public_url=lambda: "http://antiphon")
    made = await kept.keep(chunks(), shelf="sonna/x", owner="alice", suffix="mp3", lifetime=24 * 3600.0)
    nothing = Previews({}, LocalBlobs(folder / "none"), public_url=str, queue=FairUse(at_once=1, waiting=0))
    app = FastAPI(
        routes=list(cdn.build(kept, Live(public_url=str), library=kept, previews=nothing)),
        openapi_url=None,
        exception_handlers={HTTPException: as_it_is},
    )
    app.add_middleware(Gate, faces=lambda _path: soniox.face, metrics=Metrics(), clock=clock, direct={})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://antiphon") as http:
        yield http, kept.url(made), clock


async def test_a_file_comes_whole_and_can_do_nothing_in_a_browser(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, _):
        answer = await http.get(url)
    name = url.rpartition("/")[2]
    assert (answer.status_code, answer.content) == (200, CONTENT)
    headers = {key: value for key, value in answer.headers.multi_items() if key != "x-request-id"}
    assert headers == {
        "content-type": "audio/mpeg",
        "content-length": str(len(CONTENT)),
        "accept-ranges": "bytes",
        "etag": f'"{name}"',
        "cache-control": "private, max-age=86400, immutable",
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    assert len(answer.headers.multi_items()) == len(headers) + 1


async def test_head_tells_all_but_the_file(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, _):
        answer = await http.head(url)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(CONTENT)))


async def test_no_cache_keeps_it_beyond_its_end(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, clock):
        clock.advance(24 * 3600 - 10.5)
        assert (await http.get(url)).headers["cache-control"] == "private, max-age=10, immutable"


async def test_it_is_gone_from_the_second_it_ends(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, clock):
        clock.advance(24 * 3600)
        answers = [await http.get(url), await http.get(url, headers={"Range": "bytes=0-1"}), await http.head(url)]
    assert [answer.status_code for answer in answers] == [404] * 3


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000000-", 1_000_000, 1_024_000),
        ("bytes=-5", 1_023_995, 1_024_000),
        ("bytes=-9999999", 0, 1_024_000),
        ("bytes=5-9999999", 5, 1_024_000),
    ],
)
async def test_a_part_comes_alone(tmp_path: Path, wanted: str, start: int, end: int) -> None:
    async with served(tmp_path) as (http, url, _):
        answer = await http.get(url, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1024000"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=1024000-", "bytes=1024000-1024001", "bytes=-0"])
async def test_a_part_that_lies_outside_is_refused(tmp_path: Path, wanted: str) -> None:
    async with served(tmp_path) as (http, url, _):
        answer = await http.get(url, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */1024000"


@pytest.mark.parametrize(
    "wanted", ["", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=5-4", "bytes=\u00b2-3", "0" * 5000]
)
def test_what_is_no_single_range_is_passed_over(wanted: str) -> None:
    assert span(wanted, 100) is None


def test_an_empty_file_has_no_parts() -> None:
    assert span(None, 0) is None
    with pytest.raises(RangeUnsatisfiable):
        span("bytes=0-", 0)


async def test_a_part_of_what_changed_is_all_of_it(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, _):
        etag = (await http.head(url)).headers["etag"]
        same = await http.get(url, headers={"Range": "bytes=0-1", "If-Range": etag})
        other = await http.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_what_the_client_has_is_not_sent_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, _):
        etag = (await http.head(url)).headers["etag"]
        answer = await http.get(url, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize("path", ["/cdn/", "/cdn/../data/secret", "/cdn/%2e%2e/%2e%2e/etc/passwd", "/cdn/a%00b"])
async def test_nothing_else_is_found(tmp_path: Path, path: str) -> None:
    async with served(tmp_path) as (http, _, _):
        assert (await http.get(path)).status_code == 404


async def test_files_are_read_only(tmp_path: Path) -> None:
    async with served(tmp_path) as (http, url, _):
        answer = await http.delete(url)
        assert (await http.get(url)).status_code == 200
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
