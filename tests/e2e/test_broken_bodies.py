"""Ten thousand broken bodies: never a 5xx, never silence, never more memory."""

import threading
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from e2e.fuzz import fuzz
from e2e.running import Running

COUNT = 10_000


def test_ten_thousand_broken_bodies_get_an_answer_that_is_no_5xx(server: Running) -> None:
    fuzz(server.url, server.key, range(1_000_000, 1_000_500))  # Memory is compared once all paths were taken.
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    findings = fuzz(server.url, server.key, range(COUNT))
    assert findings.broken == []
    assert sum(findings.statuses.values()) == COUNT
    assert set(findings.statuses) <= {200, 400, 413}
    assert process.memory_info().rss - before < 16e6


class Wish(BaseModel):
    text: str
    speed: float = 1.0


@pytest.fixture
def naive() -> Iterator[str]:
    """What a framework does by itself: its refusal echoes the input, and cannot always write it down."""
    app = FastAPI()

    @app.post("/tts")
    async def tts(wish: Wish) -> Any:
        return wish.text

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_the_fuzzer_finds_what_a_naive_server_does(naive: str) -> None:
    findings = fuzz(naive, "no-key", range(500))
    assert any("status 500" in fault for fault in findings.broken)
