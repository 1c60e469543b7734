"""Speech: how soon, how much, how small. Prints a table and writes it to benchmarks/results/speech.md.

Ratios within one run tell more than the figures: both sides had the same machine, in the same state.
"""

import contextlib
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import uvloop

from load import Result, run, speech_request

HERE = Path(__file__).parent
KEY = "benchmark-key-of-24-characters"
SERVER = {
    "ANTIPHON_BOOTSTRAP_KEY": KEY,
    "ANTIPHON_BOOTSTRAP_CREDITS": str(10**9),
    "ANTIPHON_LIMITS_FILE": str(HERE / "limits.toml"),
}
# About eight seconds in Adrian's voice.
TEXT = (
    "The quick brown fox jumps over the lazy dog, and then it runs away into the deep dark forest, "
    "never to be seen again by anyone who lives there."
)
WORD_COUNTS = (1_000, 100_000)


@dataclass(frozen=True)
class Row:
    """A line of the table; `met` is None where nothing was promised."""

    what: str
    figure: str
    promise: str = ""
    met: bool | None = None


@contextlib.contextmanager
def server(program: Sequence[str] = ("-m", "antiphon")) -> Iterator[tuple[str, psutil.Process, float]]:
    """A server's URL, its main process, and the seconds until it was ready."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *program, "serve", "--port", "0", "--data", folder, "--log-level", "warning"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **SERVER},
        )
        assert process.stdout is not None
        found = re.search(r"answers at (\S+)", process.stdout.readline())
        assert found
        assert httpx.get(f"{found[1]}/readyz").status_code == 200
        ready = time.perf_counter() - begun
        try:
            yield found[1], psutil.Process(process.pid), ready
        finally:
            process.terminate()
            process.wait()


def ask(url: str, *, clients: int, requests: int, codec: str = "pcm_s16le") -> Result:
    request = speech_request(url, KEY, text=TEXT, audio_format=codec)
    return uvloop.run(run(url, request, clients=clients, requests=requests))


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


def start_up() -> Iterator[Row]:
    times = []
    for _ in range(5):
        with server() as (_, process, ready):
            times.append(ready)
            idle = megabytes(process)
    seconds = statistics.median(times)
    yield Row("start to ready, median of 5", f"{seconds:.2f} s", "≤ 1.0 s", seconds <= 1.0)
    yield Row("main process, idle", f"{idle:.0f} MB", "≤ 90 MB", idle <= 90)


def first_byte(url: str) -> Iterator[Row]:
    ask(url, clients=2, requests=20)
    one = ask(url, clients=1, requests=200)
    yield Row(
        "first audio byte, pcm_s16le, 1 client",
        f"p50 {one.first(0.5):.1f} ms, p95 {one.first(0.95):.1f} ms",
        "p50 ≤ 10 ms",
        one.first(0.5) <= 10,
    )
    ten = ask(url, clients=10, requests=500)
    yield Row(
        "first audio byte, pcm_s16le, 10 clients",
        f"p50 {ten.first(0.5):.1f} ms, p95 {ten.first(0.95):.1f} ms",
        "p95 ≤ 60 ms",
        ten.first(0.95) <= 60,
    )
    for codec in ("mp3", "opus", "aac", "flac", "wav"):
        each = ask(url, clients=1, requests=50, codec=codec)
        yield Row(f"first audio byte, {codec}, 1 client", f"p50 {each.first(0.5):.1f} ms")


def throughput(url: str) -> Iterator[Row]:
    cores = len(os.sched_getaffinity(0))
    for codec, requests in (("mp3", 200), ("opus", 300), ("pcm_s16le", 500)):
        ratios, ours, straight = [], [], []
        for _ in range(3):  # Taken in turns, so that a change of the machine's mood meets both.
            arguments = [codec, str(cores), str(requests), TEXT]
            done = subprocess.run(
                [sys.executable, str(HERE / "straight.py"), *arguments], capture_output=True, text=True, check=True
            )
            straight.append(float(done.stdout))
            ours.append(ask(url, clients=10, requests=requests, codec=codec).per_second)
            ratios.append(ours[-1] / straight[-1])
        ratio = statistics.median(ratios)
        yield Row(
            f"requests, {codec}, 10 clients, against {cores} processes without a server",
            f"{statistics.median(ours):.0f}/s against {statistics.median(straight):.0f}/s = {ratio:.2f}",
            "≥ 0.8",
            ratio >= 0.8,
        )


def memory(url: str, process: psutil.Process) -> Iterator[Row]:
    before = megabytes(process)
    ask(url, clients=10, requests=1000)
    after = megabytes(process)
    yield Row(
        "main process, before and after 1,000 requests",
        f"{before:.0f} and {after:.0f} MB ({after / before - 1:+.1%})",
        "within 10 %",
        after <= 1.1 * before,
    )


def book() -> Iterator[Row]:
    peaks = []
    for words in WORD_COUNTS:
        peak, seconds = _say(words)
        peaks.append(peak)
        yield Row(f"`antiphon say`, {words:,} words to mp3, memory of all processes", f"{peak:.0f} MB, {seconds:.0f} s")
    ratio = peaks[-1] / peaks[0]
    yield Row("100,000 words against 1,000, memory", f"{ratio:.2f}", "≤ 1.2", ratio <= 1.2)


def _say(words: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "book.txt")
        sentence = TEXT + "\n"
        text.write_text(sentence * (words // len(TEXT.split()) + 1), encoding="utf-8")
        begun, peak = time.perf_counter(), 0.0
        process = psutil.Popen(
            [sys.executable, "-m", "antiphon", "say", "--file", str(text), "-o", str(Path(folder, "book.mp3"))],
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                peak = max(peak, sum(megabytes(each) for each in (process, *process.children(recursive=True))))
            time.sleep(0.02)
        assert process.returncode == 0
        return peak, time.perf_counter() - begun


def neighbour() -> Iterator[Row]:
    """What a user would take instead: espeak-ng's own command line."""
    if not shutil.which("espeak-ng"):
        yield Row("espeak-ng command line", "not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Row(
            "espeak-ng command line, the text to a WAV file", _median(["espeak-ng", "-w", f"{folder}/a.wav", TEXT])
        )
        ours = [sys.executable, "-m", "antiphon", "say", TEXT, "-o", f"{folder}/b.wav"]
        yield Row("`antiphon say`, the same, 24 kHz", _median(ours))


def _median(command: list[str]) -> str:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begun)
    return f"{statistics.median(times) * 1000:.0f} ms"


def rows() -> Iterator[Row]:
    yield from start_up()
    with server() as (url, process, _):
        yield from first_byte(url)
        yield from throughput(url)
    with server() as (url, process, _):
        ask(url, clients=1, requests=10)
        yield from memory(url, process)
    yield from neighbour()
    yield from book()


def line(row: Row) -> str:
    verdict = "" if row.met is None else "yes" if row.met else "**no**"
    return f"| {row.what} | {row.figure} | {row.promise} | {verdict} |"


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def table(title: str, note: str, rows: Iterable[Row], results: Path) -> None:
    """Print a table as it comes, and write it down."""
    machine = f"{len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, {platform.system()}"
    head = [
        f"# {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine} {platform.machine()}; command: `make bench`.",
        "",
        note,
        "",
        "| what | measured | promised | kept |",
        "|---|---|---|---|",
    ]
    print("\n".join(head))
    lines = []
    for row in rows:
        lines.append(line(row))
        print(lines[-1], flush=True)
    results.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    note = "Server, children and load share the cores; all over loopback. The text takes about 8.5 seconds to say."
    table("Speech, measured", note, rows(), HERE / "results" / "speech.md")
