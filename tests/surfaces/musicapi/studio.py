"""MusicAPI's routes on a real ledger and real jobs, with a maker whose songs are the wish itself."""

import asyncio
import contextlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import httpx

from antiphon.app import House, PublicUrl, create, open_house
from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.songs import SongMade
from antiphon.domain.units import Seconds
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, FakeClock

PUBLIC = "https://media.example"
CREATE = "/api/v1/sonic/create"


class EchoSongs:
    """Songs whose sound and memory are the wish, as JSON. It waits where it is told to, and fails on "broken"."""

    name = "echo"

    def __init__(self):
        self.may_play = asyncio.Event()
        self.may_play.set()
        self.stopped = 0

    async def make(self, wish, *, folder, told):
        told("play", 0.5)
        try:
            await self.may_play.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if wish.title == "broken":
            raise Unavailable(UnavailableCause.MAKER_DIED)
        known = replace(wish, sources=tuple(source.decode() for source in wish.sources))
        memory = json.dumps(asdict(known)).encode()
        audio = folder / "song.mp3"
        audio.write_bytes(memory)
        return SongMade(
            title=wish.title or "A title",
            style=wish.style or "pop",
            lyrics="" if wish.instrumental else (wish.lyrics or "la la la"),
            seconds=Seconds(104.876),
            bpm=120.0,
            audio=audio,
            memory=memory,
        )


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A running MusicAPI; `http` calls with the first account's key."""

    http: httpx.AsyncClient
    house: House
    clock: FakeClock
    maker: EchoSongs

    async def asked(self, path: str = CREATE, **body: Any) -> httpx.Response:
        """A request, three seconds after the last: the rate's."""
        self.clock.advance(3.0)
        return await self.http.post(path, json=body)

    async def submitted(self, **body: Any) -> str:
        """The id of a task that was accepted."""
        answer = await self.asked(**body)
        assert answer.status_code == 200, answer.text
        return answer.json()["task_id"]

    async def ended(self, task_id: str) -> list[dict[str, Any]]:
        """The clips of a task, once each of them has ended."""
        async with asyncio.timeout(20):
            while True:
                answer = await self.http.get(f"/api/v1/sonic/task/{task_id}")
                clips = answer.json().get("data", [])
                if clips and all(clip["state"] in {"succeeded", "failed"} for clip in clips):
                    return clips
                await asyncio.sleep(0.01)

    async def credits(self) -> int:
        """All that can be spent."""
        found = (await self.http.get("/api/v1/get-credits")).json()
        return found["credits"] + found["extra_credits"]

    async def memory(self, clip: dict[str, Any]) -> dict[str, Any]:
        """What the maker was asked for, as the file of a clip has it."""
        return (await self.http.get(clip["audio_url"])).json()


@contextlib.asynccontextmanager
async def open_studio(folder, **settings):
    """A server on a folder. Opened on one that was used, it goes on with what was left."""
    clock, maker = FakeClock(), EchoSongs()
    chosen = load(data=folder, bootstrap_key=TEST_KEY, **settings)
    with DataFolder.claim(folder) as claimed:
        async with open_house(claimed, chosen, clock) as house:
            await house.store.jobs.recover()
            await house.first_start(chosen, remember=lambda _key: None)
            app = create(
                chosen,
                house=house,
                models=[],
                makers={},
                metrics=Metrics(),
                public_url=PublicUrl(PUBLIC),
                songs=maker,
            )
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url=PUBLIC,
                    headers={"Authorization": f"Bearer {TEST_KEY}"},
                ) as http,
            ):
                yield Studio(http=http, house=house, clock=clock, maker=maker)
