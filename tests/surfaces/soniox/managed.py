"""The management API on a real store, asked by several accounts and projects."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from antiphon.catalog.limits import load_limits
from antiphon.catalog.models import load_speech_models
from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import load_prices
from antiphon.domain.keys import Account, ApiKey, Permission
from antiphon.domain.ledger import Bucket
from antiphon.domain.projects import Project
from antiphon.domain.usage import Usage
from antiphon.engines.ear.backend import Ear
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.engines.tone.backend import ToneMaker
from antiphon.kit.ids import uuid7
from antiphon.kit.observe import Metrics
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.services.keys import Keys
from antiphon.services.limits import Limits
from antiphon.services.pay import Pay
from antiphon.services.speak import Speak
from antiphon.services.temporary import TemporaryKeys
from antiphon.services.till import Till
from antiphon.services.usage import Usages
from antiphon.services.voices import Voices
from antiphon.store.blobs import LocalBlobs
from antiphon.store.ports_store import Store
from antiphon.store.rates_memory import MemoryRates
from antiphon.surfaces.soniox.management import keys as keys_
from antiphon.surfaces.soniox.management import limits as limits_
from antiphon.surfaces.soniox.management import models, usage, voices
from antiphon.surfaces.soniox.management.endpoint import Door
from antiphon.surfaces.soniox.management.envelope import face
from antiphon.testing import FakeClock
from antiphon.web.gate import Gate
from store.fresh import open_sqlite

FIRST, SECOND = UUID(int=1), UUID(int=2)
PROJECT = UUID(int=11)
"""The first account's second project."""


@dataclass(frozen=True)
class Office:
    """Who is asked."""

    store: Store
    keys: Keys
    clock: FakeClock
    client: httpx.AsyncClient
    voices: Voices

    async def key(
        self, account: UUID = FIRST, project: UUID | None = None, permissions: frozenset[Permission] | None = None
    ) -> str:
        text = f"a-key-of-some-length-{uuid4().hex}"
        key = ApiKey(
            id=uuid4(),
            account_id=account,
            project_id=project or account,
            name="n",
            shown_prefix="a-key",
            created_at=1.0,
            permissions=permissions,
        )
        assert await self.store.keys.add_key(key, digest=self.keys.digest(text), most=10_000)
        return text

    async def log(self, *rows: Usage) -> None:
        """Have requests in the log."""
        await self.store.ledger.note_usage(rows)

    async def ask(
        self, url: str, key: str | None = None, *, method: str = "GET", **more: Any
    ) -> tuple[int, dict[str, Any]]:
        answer = await self.send(url, await self.key() if key is None else key, method=method, **more)
        return answer.status_code, answer.json()

    async def send(self, url: str, key: str = "", *, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return await self.client.request(method, url, headers={**headers, **more.pop("headers", {})}, **more)


def served(at: float, **changes: Any) -> Usage:
    """A request of the first account's first project that ended then."""
    fields = {
        "id": uuid7(int(at * 1000), uuid4().bytes[:10]),
        "account_id": FIRST,
        "key_id": None,
        "request_id": "r",
        "dialect": "soniox",
        "route": "soniox.tts",
        "modality": "speech",
        "model": "tts-rt-v1",
        "engine": "espeak",
        "units": 4500,
        "unit": "millisecond",
        "listed": 8750,
        "charged": 8750,
        "status": 200,
        "latency_ms": 1250,
    }
    known = {**fields, "at": at, **changes}
    return Usage(**known, paid_from={Bucket.PAYG: known["charged"]})


@contextlib.asynccontextmanager
async def open_office(folder: Path, *, limits_file: Path | None = None) -> AsyncIterator[Office]:
    clock = FakeClock()
    store = open_sqlite(folder / "antiphon.db")
    keys = Keys(
        store=store.keys,
        temporary=store.temporary,
        pepper=b"p" * 32,
        prefix="sona_sk_",
        clock=clock,
        entropy=os.urandom,
    )
    temporary = TemporaryKeys(store=store.temporary, keys=keys, clock=clock, entropy=os.urandom)
    prices, limits = load_prices(), Limits(MemoryRates(clock), load_limits(limits_file), clock=clock)
    accounts = Accounts(store=store.accounts, plans=load_plans(), clock=clock, entropy=os.urandom)
    till = Till(
        limits=limits,
        standings=Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom),
        prices=prices,
        pay=Pay(store.ledger, clock=clock, entropy=os.urandom),
    )
    door, usages = Door(keys=keys, till=till), Usages(store.log, prices=prices, clock=clock, dialect="soniox")
    makers = {maker.name: maker for maker in (EspeakMaker(), ToneMaker())}
    speech, ear = Speak(load_speech_models(), makers, stand_ins=True), Ear()
    made = Voices(store=store.voices, blobs=LocalBlobs(folder / "files"), ear=ear, clock=clock, entropy=os.urandom)
    app = Starlette(
        routes=[
            *models.routes(door, speech=speech),
            *voices.routes(door, voices=made, speech=speech),
            *usage.routes(door, usages=usages),
            *limits_.routes(door, usages=usages, limits=limits),
            *keys_.routes(door, temporary=temporary),
        ],
        exception_handlers={HTTPException: _as_it_is},
    )
    app.router.redirect_slashes = False
    app.add_middleware(Gate, faces=lambda _path: face, metrics=Metrics(), clock=clock, direct={})
    for number, account in enumerate((FIRST, SECOND)):
        await store.keys.ensure_account(Account(id=account, name=f"account {number}", created_at=1.0))
    await store.projects.add_project(Project(id=PROJECT, account_id=FIRST, name="second", created_at=1.0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://antiphon") as client:
        yield Office(store=store, keys=keys, clock=clock, client=client, voices=made)
    await ear.close()
    await keys.close()
    await store.close()


async def _as_it_is(_request: Any, failure: Exception) -> Any:
    raise failure
