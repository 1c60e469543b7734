"""Sonna's routes and files on a real ledger, with a maker that gives the text back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Route

from antiphon.app import PublicUrl, create
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import Language, Makers, PictureMaker, Voice
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.services.passwords import Cost
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.surfaces.sonna import owns
from antiphon.testing import TEST_KEY, EchoMaker, FakeClock
from store.fresh import migrated

PUBLIC = "https://media.example"
PASSWORD = "correct horse"
UNLIMITED = """
[sonna.speech]
rates.organization = {limit = "unlimited", seconds = 60}
concurrency.organization = "unlimited"
[sonna.generate]
rates.organization = {limit = "unlimited", seconds = 60}
concurrency.organization = "unlimited"
[sonna]
enhance.rates.organization = {limit = "unlimited", seconds = 60}
check-renewal.rates.organization = {limit = "unlimited", seconds = 60}
usage.rates.organization = {limit = "unlimited", seconds = 60}
library.rates.organization = {limit = "unlimited", seconds = 60}
authentication.rates.ip = {limit = "unlimited", seconds = 60}
authentication.rates.key = {limit = "unlimited", seconds = 60}
refresh.rates.ip = {limit = "unlimited", seconds = 60}
"""
"""Limits that let everybody through."""


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of all of Sonna's routes."""
    found = [route for route in app.router.routes if isinstance(route, Route) and owns(route.path)]
    return [(method, route.path) for route in found for method in sorted((route.methods or set()) - {"HEAD"})]


def bearing(signed_in: dict[str, Any]) -> dict[str, str]:
    """Headers of a call by somebody who signed in, and no key."""
    return {"Authorization": f"Bearer {signed_in['token']}", "X-API-Key": ""}


class Echo(EchoMaker):
    """An echo with espeak's voices and languages, which waits where it is told to."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.may_speak = asyncio.Event()
        self.may_speak.set()
        self.begun = asyncio.Event()

    def voices(self) -> Sequence[Voice]:
        return EspeakMaker().voices()

    def languages(self) -> Sequence[Language]:
        return EspeakMaker().languages()

    @contextlib.asynccontextmanager
    async def speak(self, text: AsyncIterator[str], manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        self.begun.set()
        await self.may_speak.wait()
        async with super().speak(text, manner) as pieces:
            yield pieces


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running Sonna.

    `http` calls with the first account's key; `files` is where files lie.
    """

    http: httpx.AsyncClient
    house: House
    clock: FakeClock
    maker: Echo
    files: Path

    async def key_of_new_account(self, *, plan: str = "free", payg: int = 0) -> dict[str, str]:
        """Headers with the key of an account of its own. `payg` is in credits."""
        enrolled = await self.house.accounts.create(f"account {plan} {payg}", plan=plan)
        _, key = await self.house.keys.create(enrolled.account.id, "its own")
        if payg:
            await self.house.credits.top_up(enrolled.account.id, amount=MilliCredits(payg * CREDIT), payment=f"p{payg}")
        return {"X-API-Key": key}

    async def sign_up(self, email: str = "anna@example.com", *, plan: str = "free", payg: int = 0) -> dict[str, Any]:
        """What somebody is answered who signs in for the first time, by an invite. `payg` is in credits."""
        account_id = (await self.house.accounts.create(email, plan=plan)).account.id
        _, invite = await self.house.users.invite(account_id)
        if payg:
            await self.house.credits.top_up(account_id, amount=MilliCredits(payg * CREDIT), payment=email)
        body = {"email": email, "password": PASSWORD, "invite": invite}
        return dict((await self.http.post("/api/auth/register", json=body)).json())

    async def credits(self, headers: dict[str, str] | None = None) -> int:
        return (await self.http.get("/api/v1/user/credits", headers=headers)).json()["credits"]

    async def say(self, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """A synthesis of "Hello." with Alice by Flash, but for what `fields` say; `...` leaves a field out."""
        body = {"text": "Hello.", "voice": "Alice", "ttsModel": "eleven-flash-v2-5", **fields}
        right = {name: value for name, value in body.items() if value is not ...}
        return await self.http.post("/api/v1/tts/synthesize", json=right, headers=headers)


Serving = Callable[..., AbstractAsyncContextManager[Served]]


def in_folder(tmp_path: Path) -> Serving:
    """Gives a function that runs Sonna; its arguments are its makers, and settings. Jobs wait, and are not done."""

    @contextlib.asynccontextmanager
    async def serve(
        maker: Any = None, *, pictures: PictureMaker | None = None, **settings: Any
    ) -> AsyncIterator[Served]:
        clock, maker = FakeClock(1_800_000_000.25), maker or Echo()
        chosen = load(data=tmp_path / "data", bootstrap_key=TEST_KEY, **settings)
        with DataFolder.claim(chosen.data) as claimed:
            migrated(claimed.database)
            async with open_house(claimed, chosen, clock, cost=Cost(memory=8, rounds=1)) as house:
                await house.first_start(chosen, remember=lambda _key: None)
                made = create(
                    chosen,
                    house=house,
                    models=(),
                    makers=Makers(speech={"espeak": maker}, pictures=pictures),
                    metrics=Metrics(),
                    public_url=PublicUrl(PUBLIC),
                )
                transport = httpx.ASGITransport(made, raise_app_exceptions=False)
                async with httpx.AsyncClient(
                    transport=transport, base_url=PUBLIC, headers={"X-API-Key": TEST_KEY}
                ) as http:
                    yield Served(http=http, house=house, clock=clock, maker=maker, files=chosen.data / "files")

    return serve
