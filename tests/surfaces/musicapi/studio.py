"""MusicAPI's routes on a real ledger and real jobs, with a maker whose songs are the wish itself."""

import asyncio
import contextlib
import io
import json
import wave
from dataclasses import asdict, dataclass, replace
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import TypeAdapter

from antiphon.app import PublicUrl, create
from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.domain.ports import Makers
from antiphon.domain.songs import SongMade, SongNote, SongPart, SongTempo, SongWords, SungWord
from antiphon.domain.units import Seconds
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, FakeClock
from store.fresh import migrated

PUBLIC = "https://media.example"
CREATE = "/api/v1/sonic/create"


STEMS = {
    "basic": ("vocals", "instrumental"),
    "four": ("vocals", "drums", "bass", "other"),
    "full": (
        "lead_vocals",
        "backing_vocals",
        "kick",
        "snare",
        "hi_hat",
        "toms",
        "crash",
        "bass",
        "piano",
        "guitar",
        "strings",
        "effects",
    ),
}


class EchoSongs:
    """Songs whose sound and memory are the wish, as JSON. It waits where it is told to, and fails on "broken".

    What is performed again has the words of its source.
    """

    name = "echo"

    def __init__(self):
        self.may_play = asyncio.Event()
        self.may_play.set()
        self.stopped = 0
        self.begun = 0
        self.broken = False
        self.wishes = []

    async def make(self, wish, *, forms=("mp3",), folder, told):
        self.begun += 1
        self.wishes.append(wish)
        told("play", 0.5)
        try:
            await self.may_play.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.broken or wish.title == "broken":
            raise Unavailable(UnavailableCause.MAKER_DIED)
        singer = None if wish.singer is None else wish.singer.decode()
        known = replace(wish, sources=tuple(source.decode() for source in wish.sources), singer=singer)
        memory = json.dumps(asdict(known)).encode()
        lyrics = sung(asdict(known))
        sounds = {
            "notes": notes(wish),
            "words": TypeAdapter(tuple[SungWord, ...]).dump_json(words(lyrics)),
            "wav": tone(),
        }
        files = {form: folder / form for form in forms if form != "stems"}
        for form, file in files.items():
            file.write_bytes(sounds.get(form, memory))
        stems = {name: folder / f"{name}.mp3" for name in STEMS[wish.stems]} if "stems" in forms else {}
        for name, file in stems.items():
            file.write_text(f"{name} of {memory.decode()}")
        return SongMade(
            title=wish.title or "A title",
            style=wish.style or "pop",
            lyrics=lyrics,
            seconds=Seconds(104.876),
            tempo=SongTempo(mean=120.0, low=118.2, high=124.0),
            files=files,
            stems=stems,
            memory=memory,
        )

    async def singer(self, of):
        if isinstance(of, bytes) and not sung(json.loads(of)):
            raise InvalidRequest("no_voice")
        return f"like {of.decode() if isinstance(of, bytes) else of}".encode()

    async def words(self, description, *, count, seed):  # noqa: ARG002 - an echo knows no chance
        return [SongWords(title=f"Title {place}", lyrics=f"[Verse]\n{description}") for place in range(1, count + 1)]

    async def tags(self, tags):
        return f"{tags}, and more of it"


def sung(wish):
    """The lyrics of a wish, as `asdict` has it; of what is performed again, its source's."""
    if wish["verb"] == "perform":
        return sung(json.loads(wish["sources"][0]))
    return "" if wish["instrumental"] else (wish["lyrics"] or "la la la")


def words(lyrics):
    """A second for each word."""
    found, section = [], ""
    for number, line in enumerate(lyrics.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
            continue
        for text in line.split():
            at = Seconds(float(len(found)))
            found.append(SungWord(text=text, line=number, section=section, start=at, end=Seconds(at + 0.75)))
    return tuple(found)


def tone():
    """Half a second at half of full scale, as WAV."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes((16_384).to_bytes(2, "little") * 4000)
        return file.getvalue()


def notes(wish):
    """One note of whoever is asked for, as JSON."""
    note = SongNote(pitch=64, start=1.5, end=2.0, velocity=0.5)
    return TypeAdapter(tuple[SongPart, ...]).dump_json((SongPart(name=wish.stem or "piano", notes=(note,)),))


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A running MusicAPI; `http` calls with the first account's key."""

    http: httpx.AsyncClient
    app: FastAPI
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
async def open_studio(folder, *, listener=None, maker=None, sleeves=None, **settings):
    """A server on a folder. Opened on one that was used, it goes on with what was left."""
    clock, maker = FakeClock(), maker or EchoSongs()
    chosen = load(data=folder, bootstrap_key=TEST_KEY, **settings)
    with DataFolder.claim(folder) as claimed:
        migrated(claimed.database)
        async with open_house(claimed, chosen, clock) as house:
            await house.store.jobs.recover()
            await house.first_start(chosen, remember=lambda _key: None)
            app = create(
                chosen,
                house=house,
                models=[],
                makers=Makers(songs=maker, listener=listener, sleeves=sleeves),
                metrics=Metrics(),
                public_url=PublicUrl(PUBLIC),
            )
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url=PUBLIC,
                    headers={"Authorization": f"Bearer {TEST_KEY}"},
                ) as http,
            ):
                yield Studio(http=http, app=app, house=house, clock=clock, maker=maker)
