"""Sonna's speech: how soon the answer is there. Prints a table and writes it to benchmarks/results/sonna.md."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import httpx

from speech import KEY, Row, server, table

ROUNDS, FEW = 200, 50
TEXT = "The quick brown fox jumps over the lazy dog, and then it runs away into the deep dark forest at night"[:100]
TAGGED = "[whispers] The quick brown fox [pause] jumps. [laughs] [excited] The lazy dog runs into the forest!!"[:100]
VOICES = ("Alice", "George", "Laura", "Brian", "Charlotte")
TURNS = [{"text": "Tell me, what did you see?", "voice": VOICES[place % len(VOICES)]} for place in range(10)]
PROMISED, LIST_PROMISED = 120.0, 10.0


def timed(http: httpx.Client, method: str, path: str, rounds: int, body: Any = None) -> Sequence[float]:
    """Milliseconds of each request, after a few that are not counted."""
    content = None if body is None else json.dumps(body)
    times = []
    for _ in range(rounds + 5):
        begun = perf_counter()
        answer = http.request(method, path, content=content)
        times.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text
    return times[5:]


def figure(times: Sequence[float]) -> str:
    return f"p50 {median(times):.1f} ms, p95 {quantiles(times, n=20)[-1]:.1f} ms"


def synthesis(http: httpx.Client) -> Iterator[Row]:
    path = "/api/v1/tts/synthesize"
    body = {"text": TEXT, "voice": "Alice", "ttsModel": "eleven-flash-v2-5"}
    times = timed(http, "POST", path, ROUNDS, body)
    yield Row(
        "synthesize, 100 characters, mp3, to the JSON answer",
        figure(times),
        f"p50 ≤ {PROMISED:.0f} ms",
        median(times) <= PROMISED,
    )
    others = {
        "the same, every field of ElevenLabs in use": {"stability": 0.2, "similarity_boost": 0.4, "speed": 1.1},
        "the same, pcm_24000": {"response_format": "pcm_24000"},
        "the same, eleven-v3 with five tags": {"ttsModel": "eleven-v3", "text": TAGGED},
    }
    for what, fields in others.items():
        yield Row(what, figure(timed(http, "POST", path, FEW, {**body, **fields})))
    talk = timed(http, "POST", "/api/v1/tts/synthesize-dialogue", FEW, {"turns": TURNS})
    yield Row("synthesize-dialogue, ten turns of 26 characters, five voices", figure(talk))


def lists(http: httpx.Client) -> Iterator[Row]:
    path = "/api/v1/tts/voices?limit=500"
    count = len(http.get(path).json()["voices"])
    times = timed(http, "GET", path, ROUNDS)
    yield Row(
        f"voices, a list of up to 500 (there are {count})",
        figure(times),
        f"p50 ≤ {LIST_PROMISED:.0f} ms",
        median(times) * 500 / count <= LIST_PROMISED,
    )
    yield Row("voices, by language and model", figure(timed(http, "GET", f"{path}&language=id&model=eleven-v3", FEW)))
    yield Row("enhance, by rules", figure(timed(http, "POST", "/api/v1/tts/enhance", FEW, {"text": TEXT})))


def rows() -> Iterator[Row]:
    with server() as (url, _, _):
        headers = {"X-API-Key": KEY, "Content-Type": "application/json"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
            yield from synthesis(http)
            yield from lists(http)


if __name__ == "__main__":
    note = (
        "One client, over loopback; the file is encoded, on disk and paid for when the answer comes. "
        f"Load of the machine in the minute before: {os.getloadavg()[0]:.1f}."
    )
    table("Sonna's speech, measured", note, rows(), Path(__file__).parent / "results" / "sonna.md")
