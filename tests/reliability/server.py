"""Kill -9 of the whole server under load, behind real HTTP: clients note every answer they saw whole.

python -m reliability.server --count 20 --seed 1
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import orjson

from antiphon.catalog.prices import load_prices
from antiphon.domain.money import quote
from antiphon.domain.usage import Usage
from antiphon.store.sqlite import SqliteStore
from e2e.running import Running, eventually, start
from reliability.books import Books
from reliability.killing import kill

CLIENTS = 6
SHORTEST, LONGEST = 0.05, 0.8
"""Seconds under load before a kill."""
READY_WITHIN = 5.0
_MS_A_CHARACTER = 65  # Of the tone.
_BYTES_A_MS = 2 * 24
"""Of 16-bit samples at 24 kHz."""
_LIMITS = """
[soniox.tts.rates]
organization = { limit = "unlimited", seconds = 60 }
project = { limit = "unlimited", seconds = 60 }

[soniox.tts.concurrency]
organization = "unlimited"
project = "unlimited"
"""


@dataclass(slots=True)
class Seen:
    """What a client saw of an answer: how many milliseconds of sound, of how many, and whether it was whole."""

    delivered: int
    wanted: int
    whole: bool


@dataclass(slots=True)
class Report:
    """What came of it. `slowest` is the longest, in seconds, from a start after a kill to the first ready."""

    seed: int
    kills: int = 0
    whole: int = 0
    broken: int = 0
    charged: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Siege:
    """Starts a server on one folder, again and again, and kills it under load.

    Args:
        folder: Of its data.
        seed: Of the instants, and of what is asked.
        planted: "forgetful": what was written since the WAL was last copied back is lost by a kill.
    """

    def __init__(self, folder: Path, *, seed: int, planted: str = "") -> None:
        self.report = Report(seed)
        self._forgetful = planted == "forgetful"
        self._data = folder / "data"
        self._limits = folder / "limits.toml"
        self._limits.write_text(_LIMITS)
        self._chance = random.Random(f"server {seed}")
        self._seen: dict[str, Seen] = {}

    def run(self, count: int) -> Report:
        began = time.monotonic()
        for number in range(count):
            self._kill_one(number)
        running = self._started()
        kill(running)  # Also the last start recovers what the last kill left.
        self._judge()
        self.report.seconds = time.monotonic() - began
        return self.report

    def _started(self) -> Running:
        begun = time.monotonic()
        running = start(self._data, ANTIPHON_LIMITS_FILE=str(self._limits))
        with running.client() as http:
            eventually(lambda: http.get("/readyz").status_code == 200)
        self.report.slowest = max(self.report.slowest, time.monotonic() - begun)
        return running

    def _kill_one(self, number: int) -> None:
        running = self._started()
        stop = threading.Event()
        seeds = [f"{self.report.seed}-{number}-{client}" for client in range(CLIENTS)]
        clients = [threading.Thread(target=self._client, args=(running, seed, stop)) for seed in seeds]
        for client in clients:
            client.start()
        time.sleep(self._chance.uniform(SHORTEST, LONGEST))
        stop.set()  # Who has begun goes on.
        kill(running)
        for client in clients:
            client.join()
        self.report.kills += 1
        if self._forgetful:
            (self._data / "antiphon.db-wal").unlink(missing_ok=True)

    def _client(self, running: Running, seed: str, stop: threading.Event) -> None:
        chance = random.Random(seed)
        with running.client() as http:
            for number in range(1_000_000):
                if stop.is_set():
                    return
                self._seen[f"{seed}-{number}"] = _asked(http, f"{seed}-{number}", chance.randrange(1, 400))

    def _judge(self) -> None:
        """Every whole answer is one row with its price; no other is charged twice, or more than its text is worth."""
        usage, fault = asyncio.run(_rows(self._data / "antiphon.db"))
        if fault:
            self.report.faults.append(f"L8: verify: {fault}")
        price = load_prices(None).price("soniox", "speech")
        rows: dict[str, list[Usage]] = {}
        for row in usage:
            rows.setdefault(row.request_id, []).append(row)
        for label, seen in self._seen.items():
            worth = quote(price, seen.delivered, discounted=True)
            charges = [row.charged for row in rows.pop(label, [])]
            if seen.whole and charges != [worth]:
                self.report.faults.append(f"{label}: {seen} is worth {worth}, charged was {charges}")
            # What a killed server has sent, the kernel may throw away before the client reads it.
            most = quote(price, seen.wanted, discounted=True)
            if not seen.whole and (len(charges) > 1 or sum(charges) > most):
                self.report.faults.append(f"{label}: {seen} is worth at most {most}, charged was {charges}")
        self.report.faults += [f"nobody asked for {label}" for label in rows]
        whole = Counter(seen.whole for seen in self._seen.values())
        self.report.whole, self.report.broken = whole[True], whole[False]
        self.report.charged = sum(row.charged for row in usage)
        if self.report.slowest > 10 * READY_WITHIN:  # The machine may be busy with other tests.
            self.report.faults.append(f"R1: ready after {self.report.slowest:.1f} s")


def _asked(http: httpx.Client, label: str, characters: int) -> Seen:
    body = {"model": "tone", "language": "en", "voice": "Sine", "audio_format": "pcm_s16le", "text": "a" * characters}
    delivered, wanted = 0, characters * _MS_A_CHARACTER
    with (
        contextlib.suppress(httpx.TransportError),
        http.stream("POST", "/tts", json={**body, "sample_rate": 24_000}, headers={"X-Request-Id": label}) as answer,
    ):
        assert answer.status_code == 200, answer.status_code
        for part in answer.iter_raw():
            delivered += len(part)
        return Seen(delivered=delivered // _BYTES_A_MS, wanted=wanted, whole=True)
    return Seen(delivered=delivered // _BYTES_A_MS, wanted=wanted, whole=False)


async def _rows(path: Path) -> tuple[list[Usage], str]:
    """The request log of a folder where no server runs, and what `verify` finds."""
    store = SqliteStore.open(path)
    try:
        rows: list[Usage] = []
        for enrolled in await store.accounts.accounts():
            after: UUID | None = None
            while page := await store.ledger.usage(enrolled.account.id, after=after):
                rows += page
                after = page[-1].id
        await store.ledger.end_all(now=time.time())
        fault = (await store.ledger.verify()).fault
    finally:
        await store.close()
    books = Books.read(path)
    return rows, fault or ("" if books.integrity == "ok" else books.integrity)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill the whole server under load.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--planted", choices=["forgetful"], default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-server-"))
    report = Siege(folder, seed=given.seed, planted=given.planted).run(given.count)
    sys.stdout.write(orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.faults:
        again = f"PYTHONPATH=tests python -m reliability.server --seed {given.seed} --count {given.count}"
        again += f" --planted {given.planted}" * bool(given.planted)
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
