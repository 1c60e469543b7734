"""How long MusicAPI's clients wait: from a request to both clips of a two-minute song, over HTTP, on a real server.

Usage: python musicapi.py [--songs 3]
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from e2e.running import start, stop

SECONDS = 120
PROMISED = 15.0
LYRICS = """[Verse 1]
Morning on the water, the boats are going slow
We packed the little that we had and nobody would know
[Chorus]
Follow the river, follow the light
Follow the river all through the night
[Verse 2]
Evening on the mountain, the road is turning blue
I count the lanterns on the hill and every one is you
[Chorus]
Follow the river, follow the light
Follow the river all through the night"""


@dataclass(frozen=True)
class Song:
    """A song, in seconds from its request.

    Args:
        accepted: When the task was.
        heard: When the first bytes of sound came.
        first: When the first clip was there.
        both: When both were.
        length: How long the clips last.
    """

    accepted: float
    heard: float
    first: float
    both: float
    length: float


def made(http: httpx.Client, number: int) -> Song:
    """A song, asked for and waited for."""
    body = {"custom_mode": True, "mv": "sonic-v5", "prompt": LYRICS, "tags": "pop", "title": f"River {number}"}
    begun = time.perf_counter()
    task_id = http.post("/api/v1/sonic/create", json={**body, "duration": SECONDS}).raise_for_status().json()["task_id"]
    accepted = time.perf_counter() - begun
    heard = first = 0.0
    while True:
        clips = http.get(f"/api/v1/sonic/task/{task_id}").json().get("data", [])
        states = [clip["state"] for clip in clips]
        if not heard and "running" in states and (url := clips[states.index("running")]["audio_url"]):
            with http.stream("GET", url) as sound:
                next(sound.iter_raw(), b"")
            heard = time.perf_counter() - begun
        if not first and "succeeded" in states:
            first = time.perf_counter() - begun
        if states and set(states) == {"succeeded"}:
            both = time.perf_counter() - begun
            return Song(accepted=accepted, heard=heard, first=first, both=both, length=float(clips[0]["duration"]))
        if "failed" in states:
            raise SystemExit(f"a song failed: {clips}")
        time.sleep(0.05)


def table(songs: list[Song]) -> str:
    """What was seen."""

    def middle(values: list[float]) -> str:
        return f"{statistics.median(values):.2f} s"

    slowest = max(song.both for song in songs)
    length = statistics.median(song.length for song in songs)
    day = datetime.now(UTC).date()
    return "\n".join(
        [
            "# MusicAPI, measured",
            "",
            f"{day}, {os.cpu_count()} cores, Python {platform.python_version()}; `python benchmarks/musicapi.py`.",
            f"{len(songs)} songs of {length:.0f} s, one after the other, two clips each with its cover, over HTTP.",
            "",
            "| from the request to | promised | median |",
            "|---|---:|---:|",
            f"| its answer |  | {1000 * statistics.median(song.accepted for song in songs):.0f} ms |",
            f"| the first sound of a clip that is being made |  | {middle([song.heard for song in songs])} |",
            f"| the first clip |  | {middle([song.first for song in songs])} |",
            f"| both clips | ≤ {PROMISED:.0f} s | {middle([song.both for song in songs])} (slowest {slowest:.2f} s) |",
        ]
    )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--songs", type=int, default=3, help="how many, one after the other")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder))
        try:
            with server.client() as http:
                songs = [made(http, number) for number in range(chosen.songs)]
        finally:
            stop(server)
    print(table(songs))


if __name__ == "__main__":
    main()
