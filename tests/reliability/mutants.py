"""Requests to Sonna's routes that were tampered with: each is answered, none by a 5xx, and no refusal costs anything.

python -m reliability.mutants --count 20000 --seed 1

The whole application without its sockets, with makers that take no time, and limits that let everybody through.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi import FastAPI

from antiphon.domain.keys import Permission
from antiphon.domain.money import CREDIT
from antiphon.testing import TEST_KEY
from surfaces.sonna.golden import codes
from surfaces.sonna.making import IMAGE, Making, open_making
from surfaces.sonna.mutations import MARK, WITH_BODY, Headers, Known, Request, Route, request_of
from surfaces.sonna.served import PASSWORD, UNLIMITED, routes_of
from unit.services.forged import forgeries

_PATIENCE = 60.0
"""Seconds after which an answer is taken not to come."""
_BATCH = 200
_MOST_FAULTS = 20
_PLENTY = 10**9
_NOT_HERE = frozenset({501})
"""Said whatever the request is, by routes that are never there."""


@dataclass(slots=True)
class Report:
    """What came of it. `slowest` are seconds; `charged` are thousandths of a credit."""

    seed: int
    requests: int = 0
    accepted: int = 0
    refused: int = 0
    charged: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request was answered; status 0: with nothing."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(app: FastAPI, request: Request) -> Answer:
    """Send a request, and hear its answer out."""
    left = list(request.chunks)
    told: list[Any] = []

    async def receive() -> Any:
        if left:
            more = len(left) > 1 or request.breaks_off
            return {"type": "http.request", "body": left.pop(0), "more_body": more}
        if not request.breaks_off:
            await asyncio.Event().wait()  # The client waits.
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "method": request.route[0],
        "scheme": "https",
        "path": request.path,
        "raw_path": request.path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": request.query,
        "headers": list(request.headers),
        "client": ("192.0.2.7", 40_000),
        "server": ("media.example", 443),
        "state": {},
        "extensions": {},
    }
    async with asyncio.timeout(_PATIENCE):
        await app(scope, receive, send)
    status = told[0]["status"] if told else 0
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in told[0]["headers"]} if told else {}
    return Answer(status=status, headers=headers, body=b"".join(message.get("body", b"") for message in told[1:]))


class Siege:
    """One server, and what is sent to it.

    Args:
        making: The server.
        known: What strangers know.
        owners: The accounts of `known.callers`.
        report: Where it is written down.
    """

    def __init__(self, making: Making, known: Known, owners: Sequence[UUID], report: Report) -> None:
        self.making = making
        self.report = report
        self._known = known
        self._owners = owners
        found = routes_of(making.app)
        self._with_body = [route for route in found if route[0] in WITH_BODY]
        self._without = [route for route in found if route[0] not in WITH_BODY]
        self._codes = codes()
        self._jobs: list[str] = []
        self._charged = 0

    async def batch(self, seeds: range) -> None:
        """Send the requests of some seeds, and see that the books are right after them.

        A body for each, and an address for every fourth.
        """
        before = await self._left()
        self._charged, self._jobs = 0, []
        for seed in seeds:
            await self._send(seed, self._with_body)
            if seed % 4 == 0:
                await self._send(seed // 4, self._without)
        for job_id in self._jobs:
            self._charged += await self._price(job_id)
        spent = before - await self._left()
        self.report.charged += spent
        if spent != self._charged:
            self._note(f"{seeds.start} to {seeds.stop - 1}: {spent} were charged where {self._charged} were told")
        for owner in self._owners:
            if held := (await self.making.house.credits.balance(owner)).held:
                self._note(f"{seeds.start} to {seeds.stop - 1}: {held} are held")

    def _note(self, fault: str) -> None:
        if len(self.report.faults) < _MOST_FAULTS:
            self.report.faults.append(fault)

    async def _send(self, seed: int, routes: Sequence[Route]) -> None:
        request = request_of(seed, routes, self._known)
        if fault := await self._fault(request):
            self._note(f"{seed}: {' '.join(request.route)}: {fault}")

    async def _fault(self, request: Request) -> str | None:
        """What is wrong with the answer to a request."""
        began = time.perf_counter()
        try:
            answer = await ask(self.making.app, request)
        except TimeoutError:
            return "no answer"
        except Exception as failure:  # noqa: BLE001 - whatever comes through is a fault
            return f"{failure!r} came through"
        self.report.slowest = max(self.report.slowest, time.perf_counter() - began)
        self.report.requests += 1
        if answer.status == 0:
            return None if request.breaks_off else "no answer"
        if answer.status < 400:
            self.report.accepted += 1
            return self._accepted(answer)
        self.report.refused += 1
        return self._refused(answer)

    def _accepted(self, answer: Answer) -> str | None:
        if answer.headers.get("content-type") != "application/json":
            self._charged += round(float(answer.headers.get("x-credits-charged", "0")) * CREDIT)
            return None
        body = orjson.loads(answer.body)
        replayed = "idempotency-replayed" in answer.headers
        if answer.status == 202:
            self._jobs += [] if replayed else [body["jobId"]]
        elif not replayed:
            self._charged += round(body.get("creditsCharged", 0) * CREDIT)
        return None if body["success"] is True else "neither done nor refused"

    def _refused(self, answer: Answer) -> str | None:
        if answer.status >= 500 and answer.status not in _NOT_HERE:
            return f"{answer.status} {answer.body[:300]!r}"
        if MARK in answer.body.decode() + str(answer.headers):
            return f"{answer.body[:300]!r} gives back what was sent"
        if answer.headers["content-type"].startswith("text/html"):
            return None
        body = orjson.loads(answer.body)
        known = (answer.status, body.get("code")) in self._codes
        told = body.get("success") is False and body.get("requestId") == answer.headers["x-request-id"]
        return None if known and told and body.get("error") else f"{answer.status} {answer.body[:300]!r} is no refusal"

    async def _left(self) -> int:
        """What all callers have together, in thousandths."""
        balances = [await self.making.house.credits.balance(owner) for owner in self._owners]
        return sum(sum(balance.available.values()) for balance in balances)

    async def _price(self, job_id: str) -> int:
        """What a job cost in the end."""
        job = await _ended(self.making, UUID(job_id))
        return job.price if job.state == "succeeded" else 0


async def _ended(making: Making, job_id: UUID) -> Any:
    async with asyncio.timeout(_PATIENCE):
        while True:
            job = await making.house.store.jobs.job(job_id)
            if job.state.ended:
                return job
            await asyncio.sleep(0.002)


def _key(text: str) -> Headers:
    return ((b"x-api-key", text.encode("latin-1")),)


def _token(text: str) -> Headers:
    return ((b"authorization", f"Bearer {text}".encode("latin-1", "replace")),)


async def prepared(making: Making) -> tuple[Known, list[UUID]]:
    """Accounts, and what strangers know of others; and whose money may move."""
    house, now = making.house, int(making.clock.now())
    signed = {}
    for name, plan in (("anna", "pro"), ("ben", "max"), ("cleo", "free")):
        account_id = (await house.accounts.create(name, plan=plan)).account.id
        signed[name] = await house.users.register(
            f"{name}@example.com", PASSWORD, invite=(await house.users.invite(account_id))[1]
        )
    anna, ben, cleo = (signed[name] for name in ("anna", "ben", "cleo"))
    await house.credits.top_up(ben.user.account_id, amount=_PLENTY * CREDIT, payment="plenty")
    keys = {name: await house.keys.create(each.user.account_id, name) for name, each in signed.items()}
    parent = await house.keys.authenticate(TEST_KEY)
    _, short = await house.temporary.mint(parent, permission=Permission.TEXT_TO_SPEECH_REALTIME, seconds=60)
    gone, revoked = await house.keys.create(parent.account_id, "gone")
    await house.keys.revoke(account_id=parent.account_id, key_id=gone.id)
    job = await making.asked(IMAGE, {"X-API-Key": keys["anna"][1]})
    picture = (await making.asked(IMAGE, {"Authorization": f"Bearer {anna.token}", "X-API-Key": ""})).json()
    forged = forgeries(anna.token, house.secrets.token_key(now // 86_400), now=now).values()
    return Known(
        # Whoever has no paid access is refused most of what is right: that saves time.
        callers=[_key(keys["cleo"][1]), _key(keys["ben"][1]), _token(cleo.token), _token(ben.token), _token(ben.token)],
        impostors=[*map(_token, forged), _key(short), _key(revoked), _key(f"sona_sk_{MARK}"), _key("\xff"), ()],
        ids=[
            *[str(anna.user.account_id), str(anna.user.id), str(keys["anna"][0].id), job.json()["jobId"]],
            picture["images"][0]["libraryId"],
        ],
    ), [each.user.account_id for each in (anna, ben, cleo)]


@contextlib.asynccontextmanager
async def besieged(folder: Path, report: Report) -> AsyncIterator[Siege]:
    """A server to be sent what was tampered with."""
    limits = folder / "limits.toml"
    limits.write_text(UNLIMITED, encoding="utf-8")
    async with open_making(folder / "data", limits_file=limits, registration="open") as making:
        known, owners = await prepared(making)
        yield Siege(making, known, owners, report)


async def besiege(folder: Path, *, count: int, seed: int) -> Report:
    """So many requests, the first of them of `count * seed`."""
    report, began = Report(seed=seed), time.monotonic()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    async with besieged(folder, report) as siege:
        end = count * (seed + 1)
        for first in range(count * seed, end, _BATCH):
            await siege.batch(range(first, min(end, first + _BATCH)))
        if fault := (await siege.making.house.credits.verify()).fault:
            report.faults.append(fault)
    report.seconds = time.monotonic() - began
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="Send Sonna's routes what was tampered with.")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(besiege(Path(folder), count=given.count, seed=given.seed))
    sys.stdout.write(orjson.dumps(report, option=0 if given.json else orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main()
