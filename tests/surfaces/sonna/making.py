"""Sonna's `/api/generate` on a real ledger and real jobs, with makers whose files are the wish itself."""

import asyncio
import contextlib
import errno
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from antiphon.app import PublicUrl, create
from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.domain.films import FilmMade
from antiphon.domain.models import SpeechModel
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.pictures import PictureMade
from antiphon.domain.ports import Makers
from antiphon.domain.songs import SongMade, SongTempo
from antiphon.domain.units import Seconds
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.services.passwords import Cost
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, FakeClock
from store.fresh import migrated
from surfaces.sonna.served import Echo

PUBLIC = "https://media.example"
PATH = "/api/generate"
IMAGE = {"type": "IMAGE", "model": "nano-banana-2", "prompt": "A mountain at dusk"}
MUSIC = {"type": "MUSIC", "model": "suno-v4_5all", "prompt": "Upbeat lo-fi hip hop"}
VIDEO = {"type": "VIDEO", "model": "video", "prompt": "Waves"}


class Makes:
    """Makes pictures, songs and films whose bytes are the wish, as JSON.

    It waits where it is told to, and fails on prompts and titles that say "broken", "impossible", "accident" or
    "no room".
    """

    name = "echo"

    def __init__(self) -> None:
        self.may_make = asyncio.Event()
        self.may_make.set()
        self.may_look = asyncio.Event()
        self.may_look.set()
        self.begun = asyncio.Event()
        self.looking = 0
        self.stopped = 0
        self.wishes: list[Any] = []

    async def look(self, file: bytes) -> bytes:
        self.looking += 1
        await self.may_look.wait()
        if not file.startswith(b"like "):
            raise InvalidRequest("too_large" if file.startswith(b"large") else "unreadable", "picture")
        return file

    async def paint(self, wish, *, folder, told):
        await self._worked(wish, wish.prompt, told)
        made = []
        for number in range(wish.count):
            file = folder / f"{number}"
            file.write_text(written(wish))
            made.append(
                PictureMade(file=file, width=1024, height=768, unwritten=wish.prompt.partition("unwritten ")[2])
            )
        return made

    async def make(self, wish, *, folder, told, forms=()):
        if not forms:
            await self._worked(wish, wish.prompt, told)
            file = folder / "film"
            file.write_text(written(wish))
            return FilmMade(file=file, width=854, height=480, seconds=wish.seconds)
        about = wish.title if wish.title.startswith("take") else wish.description
        fails = "" if about.startswith("take") and wish.take == 1 else about
        await self._worked(wish, fails, lambda share: told("play", share))
        files = {form: folder / form for form in forms}
        for file in files.values():
            file.write_text(written(wish))
        tempo = SongTempo(mean=120.0, low=118.2, high=124.0)
        return SongMade(
            title=wish.title or "A title",
            style=wish.style,
            lyrics="" if wish.instrumental else wish.lyrics or "la la la",
            seconds=Seconds(104.8764),
            tempo=tempo,
            files=files,
            stems={},
            memory=b"",
        )

    async def cover(self, wish, *, file):
        file.write_text(wish.title)

    async def _worked(self, wish, about, told):
        self.wishes.append(wish)
        self.begun.set()
        told(0.5)
        try:
            await self.may_make.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if "broken" in about:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        if "impossible" in about:
            raise InvalidRequest("too_long", "prompt")
        if "accident" in about:
            raise RuntimeError("an accident")
        if "no room" in about:
            raise OSError(errno.ENOSPC, "No space left on device")


def written(wish: Any) -> str:
    """A wish as the files of it have it."""
    return json.dumps(asdict(wish), default=lambda value: value.decode())


@dataclass(frozen=True, kw_only=True)
class Making:
    """A running `/api/generate`; `http` calls with the first account's key."""

    http: httpx.AsyncClient
    app: FastAPI
    house: House
    clock: FakeClock
    maker: Makes
    files: Path

    async def asked(self, body: Any = IMAGE, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """A request, three seconds after the last: the rate's. `...` leaves a field out."""
        self.clock.advance(3.0)
        right = {name: value for name, value in {**body, **fields}.items() if value is not ...}
        return await self.http.post(PATH, json=right, headers=headers)

    async def ended(self, job_id: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """How a job stands, once it has ended."""
        async with asyncio.timeout(60):
            while True:
                body = (await self.http.get(f"{PATH}/{job_id}", headers=headers)).json()
                if body["status"] in {"succeeded", "failed"}:
                    return body
                await asyncio.sleep(0.01)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(60):
            while not true():  # noqa: ASYNC110 - many things are waited for, and none of them has an event
                await asyncio.sleep(0.01)

    async def credits(self, headers: dict[str, str] | None = None) -> int:
        """All that can be spent, in thousandths."""
        key = TEST_KEY if headers is None else headers["X-API-Key"]
        account_id = (await self.house.keys.authenticate(key)).account_id
        return sum((await self.house.credits.balance(account_id)).available.values())

    async def key_of_new_account(self, *, plan: str = "pro", payg: int = 0) -> dict[str, str]:
        """Headers with the key of an account of its own. `payg` is in credits."""
        enrolled = await self.house.accounts.create(f"account {plan} {payg}", plan=plan)
        _, key = await self.house.keys.create(enrolled.account.id, "its own")
        if payg:
            await self.house.credits.top_up(enrolled.account.id, amount=MilliCredits(payg * CREDIT), payment=f"p{payg}")
        return {"X-API-Key": key}

    async def made(self, url: str) -> dict[str, Any]:
        """The wish that a file is."""
        return (await self.http.get(url, headers={"X-API-Key": ""})).json()


Serving = Callable[..., AbstractAsyncContextManager[Making]]


@contextlib.asynccontextmanager
async def open_making(
    folder: Path, *, makers: Makers | None = None, models: Sequence[SpeechModel] = (), **settings: Any
) -> AsyncIterator[Making]:
    """A server on a folder; `models` are Soniox's."""
    clock, maker = FakeClock(1_800_000_000.25), Makes()
    # What a failing test leaves at work is not waited for.
    chosen = load(data=folder, bootstrap_key=TEST_KEY, drain_seconds=1, **settings)
    with DataFolder.claim(folder) as claimed:
        migrated(claimed.database)
        async with open_house(claimed, chosen, clock, cost=Cost(memory=8, rounds=1)) as house:
            await house.store.jobs.recover()
            await house.first_start(chosen, remember=lambda _key: None)
            app = create(
                chosen,
                house=house,
                models=models,
                makers=makers
                or Makers(speech={"espeak": Echo()}, songs=maker, sleeves=maker, pictures=maker, films=maker),
                metrics=Metrics(),
                public_url=PublicUrl(PUBLIC),
            )
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url=PUBLIC, headers={"X-API-Key": TEST_KEY}) as http,
            ):
                yield Making(http=http, app=app, house=house, clock=clock, maker=maker, files=folder / "files")
