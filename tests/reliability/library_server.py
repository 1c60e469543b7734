"""Kill -9 of the whole server while things are made for Sonna's library: clients note every answer they had.

Clients that are signed in, and some with keys, have speech, pictures, songs and films made, wait for them or ask later,
rename and delete what they have, think better of it, and leave. At the end rows, files and charges are held against
each other, and against what they were told.

    python -m reliability.library_server --count 20 --seed 1 [--database postgres] [--planted two-tries]
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from antiphon.kit.clock import SystemClock
from antiphon.services.artifacts import Artifacts
from antiphon.services.library import Library
from antiphon.store.blobs import LocalBlobs
from e2e.running import Running, eventually, start, stop
from reliability.jobs_books import MOST_TRIES, JobBooks, Told, acknowledged, sound, stepped, watch
from reliability.jobs_load import opened
from reliability.killing import kill, unfinished
from reliability.lanes import path
from reliability.library_books import PLACE, Books, between, charged, filed, kept, listed, roomy
from reliability.library_clients import LIBRARY, Client
from reliability.library_planted import PLANTED, UNAIMED
from store.postgres import ThrowawayPostgres, find_programs

CLIENTS = 5
ANSWERS = 14
"""A server is killed once it has given less than so many answers,"""
LONGEST = 0.6
"""and up to so many seconds more."""
KINDS = "ssssssssssssppppppmf"
"""What is asked for, as in `library_wishes.wish`: songs and films take long."""
_LEASE = 6.0
_PATIENCE = 90.0
_BREATH = 0.05
_AIMING = 10.0
_DAY = 24 * 3600.0
_PERSON = {"email": "anna@example.com", "password": "long enough"}
_LIMITS = """
[sonna.speech]
rates = { organization = { limit = "unlimited", seconds = 60 } }
concurrency = { organization = "unlimited" }

[sonna.generate]
rates = { organization = { limit = "unlimited", seconds = 60 } }
concurrency = { organization = "unlimited" }

[sonna.library.rates]
organization = { limit = "unlimited", seconds = 60 }
"""


@dataclass(slots=True)
class Report:
    """What came of it.

    Args:
        at_work: Kills with requests that had no answer, or jobs that had not ended.
        between: Kills that came between row and charge: what they left has rows, and is no item.
        asked: What was asked for; the rest but `repeated` and `left` is of these, at the end.
        repeated: How often something was asked for again for want of an answer.
        left: How often a client did not wait.
        unknown: Those that were asked for without a key, and lost.
        paid: Those of the unknown that were charged.
        slowest: Seconds from a start after a kill to the first answer, at most.
    """

    seed: int
    kills: int = 0
    at_work: int = 0
    between: int = 0
    asked: int = 0
    repeated: int = 0
    left: int = 0
    made: int = 0
    failed: int = 0
    cancelled: int = 0
    unknown: int = 0
    paid: int = 0
    items: int = 0
    deleted: int = 0
    fetched: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Siege:
    """Starts a server on one folder, again and again, and kills it while its clients are at work.

    Args:
        folder: Of its data.
        database: A URL of PostgreSQL's; "": SQLite in the folder.
        seed: Of the instants, and of what is asked.
        kinds: What is asked for.
        planted: The name of a bug; "" for none.
    """

    def __init__(self, folder: Path, *, database: str, seed: int, kinds: str, planted: str = "") -> None:
        self.report = Report(seed)
        self._planted = planted
        self._folder = folder
        self._data = folder / "data"
        self._url = database
        self._database = database or str(self._data / "antiphon.db")
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        (folder / "limits.toml").write_text(_LIMITS)
        self._chance = random.Random(f"library server {seed}")
        self._session: dict[str, Any] = {}
        self._clients = [
            Client(
                name=f"{seed}-{number}",
                kinds=kinds,
                token=lambda: str(self._session["token"]),
                fault=self.report.faults.append,
                chance=random.Random(f"library client {seed} {number}"),
            )
            for number in range(CLIENTS)
        ]

    def run(self, count: int) -> Report:
        began = time.monotonic()
        asyncio.run(self._founded())
        for number in range(count):
            self._kill_one(aimed=number % 2 == 0 and self._planted not in UNAIMED)
        with self._serving() as running:
            shown = self._finish(running)
            if code := stop(running):
                self.report.faults.append(f"R1: the last server stopped with {code}")
        left = [*unfinished(self._data), *self._temporary.iterdir()]
        self.report.faults += [f"J6: left behind: {path}" for path in left]
        asyncio.run(self._judge(shown))
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _founded(self) -> None:
        """A database in which every step of a job is noted."""
        self._data.mkdir(mode=0o700)
        await (await opened(self._database)).close()
        await watch(self._database)

    @contextlib.contextmanager
    def _serving(self) -> Iterator[Running]:
        """A server, killed at the end if it is still there; whoever is signed in goes on."""
        environment = {
            "ANTIPHON_LIMITS_FILE": str(self._folder / "limits.toml"),
            "ANTIPHON_BOOTSTRAP_CREDITS": str(10**9),
            "ANTIPHON_DATABASE_URL": self._url,
            "TMPDIR": str(self._temporary),
            "PLANTED": self._planted,
            "PYTHONPATH": path(),
        }
        running = start(self._data, "--log-level", "warning", module="reliability.library_planted", **environment)
        try:
            with running.client() as http:
                self._sign_in(http)
            yield running
        finally:
            if running.process.poll() is None:
                kill(running)

    def _sign_in(self, http: httpx.Client) -> None:
        if self._session:
            answer = http.post("/api/auth/refresh", json={"refreshToken": self._session["refreshToken"]})
        else:
            answer = http.post("/api/auth/register", json={**_PERSON, "invite": self._invite()})
        assert answer.status_code in {200, 201}, answer.text
        self._session = answer.json()

    def _invite(self) -> str:
        """Leave to sign in to the account that the key is of."""
        (owner,) = asyncio.run(self._owners())
        command = [sys.executable, "-m", "antiphon", "invites", "create", "--account", owner, "--data", self._data]
        done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True)
        return done.stdout.strip()

    async def _owners(self) -> list[str]:
        store = await opened(self._database)
        found = [str(enrolled.account.id) for enrolled in await store.accounts.accounts()]
        await store.close()
        return found

    def _kill_one(self, *, aimed: bool) -> None:
        """A kill at a random instant; or, where it is aimed, once something has its row and is not charged."""
        over, began = threading.Event(), time.monotonic()
        before, threads = self._answers(), []
        try:
            with self._serving() as running:
                threads = [threading.Thread(target=client.work, args=(running, over)) for client in self._clients]
                for thread in threads:
                    thread.start()
                eventually(lambda: self._answers() > before)
                self.report.slowest = max(self.report.slowest, time.monotonic() - began)
                wanted = before + self._chance.randrange(ANSWERS)
                eventually(lambda: self._answers() >= wanted)
                if aimed:
                    with contextlib.suppress(AssertionError):  # Everybody may be doing something else.
                        eventually(lambda: asyncio.run(between(self._database)), within=_AIMING)
                else:
                    time.sleep(self._chance.uniform(0, LONGEST))
                over.set()
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.report.at_work += any(one.state in {"asked", "waits"} for each in self._clients for one in each.wishes)
        self.report.kills += 1

    def _answers(self) -> int:
        return sum(client.answers for client in self._clients)

    def _finish(self, running: Running) -> list[dict[str, Any]]:
        """Let everything end, and fetch all there is; what is listed."""
        began = time.monotonic()
        with running.client() as http:
            while time.monotonic() < began + _PATIENCE:
                settled = [client.settle(http) for client in self._clients]
                if all(settled):
                    break
                time.sleep(_BREATH)
            for one in (one for client in self._clients for one in client.wishes):
                if one.state == "waits" or (one.state == "asked" and one.again):
                    self.report.faults.append(f"J1: {one} does not end")
            shown = self._listed(http)
            for item in shown:
                self._fetch(http, item)
            self._fetch_others(http, {httpx.URL(item["url"]).path for item in shown})
        # Requests of a killed server are taken for dead when their lease has ended, jobs that nobody asks after too.
        while asyncio.run(self._at_work()) and time.monotonic() < began + 2 * _PATIENCE:
            time.sleep(10 * _BREATH)
        return shown

    async def _at_work(self) -> list[str]:
        return (await JobBooks.of(self._database)).open_requests

    def _listed(self, http: httpx.Client) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        headers = {"Authorization": f"Bearer {self._session['token']}"}
        while cursor is not None:
            answer = http.get(LIBRARY, params={"limit": 200} | ({"cursor": cursor} if cursor else {}), headers=headers)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            cursor = answer.json()["nextCursor"]
        return found

    def _fetch(self, http: httpx.Client, item: dict[str, Any]) -> None:
        answers = [http.get(httpx.URL(item[name]).path) for name in ("url", "imageUrl") if name in item]
        self.report.fetched += len(answers)
        told = sum(len(answer.content) for answer in answers)
        if {answer.status_code for answer in answers} != {200} or told != item["bytes"]:
            self.report.faults.append(f"M3: {item} is answered {answers}, {told} bytes")
        if answers[0].headers["content-type"] != item["mimeType"]:
            self.report.faults.append(f"M3: {item} is {answers[0].headers['content-type']}")

    def _fetch_others(self, http: httpx.Client, listed_: set[str]) -> None:
        """What was told, and is not in the library: of keys it is there for a day, of what was deleted it is not."""
        for client in self._clients:
            for one in client.wishes:
                gone = bool(one.ids) and all(id_ in client.changes and client.changes[id_].gone for id_ in one.ids)
                for url in one.urls - listed_:
                    status = http.get(url).status_code
                    self.report.fetched += status == 200
                    if (not one.signed and status != 200) or (gone and status != 404):
                        self.report.faults.append(f"M3: {url} of {one} is answered {status}")
                    if one.signed != url.startswith(PLACE):
                        self.report.faults.append(f"M2: {one} lies at {url}")

    async def _judge(self, shown: list[dict[str, Any]]) -> None:
        wishes = [one for client in self._clients for one in client.wishes]
        changes = {id_: change for client in self._clients for id_, change in client.changes.items()}
        files = self._data / "files"
        books = await Books.of(self._database, files)
        for check in (charged(books, wishes), kept(books, wishes, changes), listed(books, shown, changes)):
            self.report.faults += check
        self.report.faults += [*filed(books, swept=False), *roomy(books)]
        jobs = await JobBooks.of(self._database)
        told = Told(submitted={one.job for one in wishes if one.job})
        for check in (acknowledged(jobs, told), stepped(jobs, _LEASE), sound(jobs)):
            self.report.faults += check
        for job in jobs.jobs.values():
            if job.state == "failed" and job.tries < MOST_TRIES:
                self.report.faults.append(f"J1: {job} should not have failed")
        self._count(books)
        await self._swept(files)
        books = await Books.of(self._database, files)
        self.report.faults += [*filed(books, swept=True), *roomy(books), *kept(books, wishes, changes)]

    async def _swept(self, files: Path) -> None:
        """Two days later: what never was paid for is gone. The ledger is looked through by its own means too."""
        store = await opened(self._database)
        blobs, clock = LocalBlobs(files), SystemClock()
        artifacts = Artifacts(blobs, clock=clock, entropy=os.urandom, public_url=str)
        library = Library(
            store.library, blobs=blobs, artifacts=artifacts, credits_=None, entropy=os.urandom, clock=clock
        )
        await library.sweep(clock.now() + 2 * _DAY)
        while await store.ledger.seal(most=10_000):
            pass
        if fault := (await store.ledger.verify()).fault:
            self.report.faults.append(f"L8: verify: {fault}")
        await store.close()

    def _count(self, books: Books) -> None:
        report, wishes = self.report, [one for client in self._clients for one in client.wishes]
        states = Counter(one.state for one in wishes)
        paid = {charge.label for charge in books.charges if charge.charged}
        there = {item.id for item in books.there()}
        report.asked, report.made, report.failed = len(wishes), states["made"], states["failed"]
        report.unknown = states["asked"]
        report.paid = sum(one.state == "asked" and one.label in paid for one in wishes)
        report.cancelled = sum(one.cancelled for one in wishes)
        report.repeated = sum(client.repeated for client in self._clients)
        report.left = sum(client.left for client in self._clients)
        report.items = len(there)
        report.deleted = sum(change.gone for client in self._clients for change in client.changes.values())
        report.between = sum(item.id not in there and item.state == "taken" for item in books.items)


@contextlib.contextmanager
def _database(kind: str) -> Iterator[str]:
    """The URL of a new database; "" for SQLite."""
    if kind == "sqlite":
        yield ""
        return
    cluster = ThrowawayPostgres(find_programs(), durable=True)
    try:
        cluster.start()
        cluster.make_template()
        yield asyncio.run(cluster.new_database())
    finally:
        cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill the whole server while things are made for the library.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument(
        "--kinds", default=KINDS, help="what is asked for: letters of s(peech), p(icture), m(usic), f(ilm)"
    )
    parser.add_argument("--planted", choices=PLANTED, default="")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="antiphon-library-server-"))
    with _database(given.database) as database:
        siege = Siege(folder, database=database, seed=given.seed, kinds=given.kinds, planted=given.planted)
        report = siege.run(given.count)
    sys.stdout.write(orjson.dumps(asdict(report), option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")
    if report.faults:
        again = f"PYTHONPATH=tests python -m reliability.library_server --seed {given.seed} --count {given.count}"
        again += f" --database {given.database} --kinds {given.kinds}" + f" --planted {given.planted}" * bool(
            given.planted
        )
        sys.stderr.write(f"kept: {folder}\nreplay: {again}\n")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
