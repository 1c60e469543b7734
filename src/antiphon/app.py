"""Where the parts meet. Nowhere else."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

import antiphon
from antiphon.around import Around
from antiphon.catalog.sonna import SonnaSpeech, first_voices
from antiphon.domain.jobs import Job
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import Makers, SpeechMaker
from antiphon.engines.ear.backend import Ear
from antiphon.house import House
from antiphon.kit.addresses import networks
from antiphon.kit.http import Client, Rules
from antiphon.kit.observe import Metrics
from antiphon.media import Media, media
from antiphon.music import Music, Rooms, music
from antiphon.services import pictures
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.deliver import Deliver
from antiphon.services.ends import Heard
from antiphon.services.library import Library
from antiphon.services.live import Live
from antiphon.services.memories import Memories
from antiphon.services.previews import Previews
from antiphon.services.sessions import Sessions
from antiphon.services.speak import Speak
from antiphon.services.usage import Usages
from antiphon.services.voices import Voices
from antiphon.services.waits import Waits
from antiphon.services.work import Workshop
from antiphon.settings import Settings
from antiphon.sonna import sonna_routes
from antiphon.store.blobs import Blobs, LocalBlobs
from antiphon.surfaces import cdn, musicapi, soniox, sonna
from antiphon.surfaces.musicapi.openapi import paths as musicapi_paths
from antiphon.surfaces.ops import routes as ops
from antiphon.surfaces.soniox.desk import DIALECT, Desk
from antiphon.surfaces.soniox.management.openapi import paths as management_paths
from antiphon.surfaces.soniox.management.voices_openapi import paths as voices_paths
from antiphon.surfaces.soniox.openapi import paths as soniox_paths
from antiphon.surfaces.sonna.generate.openapi import paths as generate_paths
from antiphon.surfaces.sonna.openapi import paths as sonna_paths
from antiphon.web.direct import direct
from antiphon.web.errors import Face
from antiphon.web.gate import Gate
from antiphon.web.serve import is_loopback

log = structlog.get_logger("antiphon.app")

_DOCUMENTED = (soniox_paths, management_paths, voices_paths, sonna_paths, generate_paths, musicapi_paths)
"""What plain routes say of themselves."""


class PublicUrl:
    """How clients reach this server: as the operator says, else as it is bound, which is known late.

    Args:
        chosen: What the operator says.
    """

    def __init__(self, chosen: str | None) -> None:
        self._url = (chosen or "").rstrip("/")

    def bound(self, url: str) -> None:
        """Tell where the server is bound."""
        self._url = self._url or url

    def __call__(self) -> str:
        """The URL, without a slash at the end."""
        return self._url


def create(
    settings: Settings,
    *,
    house: House,
    models: Sequence[SpeechModel],
    makers: Makers,
    metrics: Metrics,
    public_url: PublicUrl,
) -> FastAPI:
    """The whole application. Its makers, and the keeping of ledger and files, live from its start to its end."""
    blobs, ear = LocalBlobs(settings.data / "files"), Ear()
    artifacts = Artifacts(blobs, clock=house.clock, entropy=os.urandom, public_url=public_url)
    catalogue = SonnaSpeech.load(first_voices(makers.speech))
    sonnas = (model.speech for model in catalogue.models.values())
    speech = Speak([*models, *sonnas], makers.speech, stand_ins=settings.stand_ins)
    voices = Voices(store=house.store.voices, blobs=blobs, ear=ear, clock=house.clock, entropy=os.urandom)
    desk = _desk(house, speech, voices)
    usages = Usages(house.store.log, prices=house.prices, clock=house.clock, dialect=DIALECT)
    clips = Clips(Memories(blobs, clock=house.clock, entropy=os.urandom), artifacts)
    live, ways_out = Live(public_url=public_url), _ways_out(settings)
    rooms = Rooms(clips=clips, live=live, ear=ear, ways_out=ways_out, films=settings.song_films)
    songs = None if makers.songs is None else music(house, makers, makers.songs, rooms)
    around = Around(
        callers=sonna.Callers(keys=house.keys, tokens=house.tokens, accounts=house.accounts),
        artifacts=artifacts,
        library=_library(house, blobs, artifacts),
        waits=Waits(house.store.jobs),
        ways_out=ways_out,
        catalogue=catalogue,
        speech=speech,
        previews=Previews.of(catalogue, speech, blobs, public_url=public_url),
    )
    generated = media(house, makers, settings, around)
    http, abort = Client(ways_out), settings.abort_on_error
    routes: Sequence[BaseRoute] = [
        *soniox.build(desk, artifacts=artifacts, usages=usages, allowed=house.limits, abort_on_error=abort),
        *sonna_routes(house, settings, http, around),
        *generated.routes,
        *(() if songs is None else songs.routes),
        *cdn.build(artifacts, live, library=around.library, previews=around.previews),
        *ops.build(makers=makers.speech, store=house.reach_store, metrics=metrics, queue=house.queue, title="Antiphon"),
    ]
    lives = _Lives(
        house=house,
        around=around,
        voices=desk.voices,
        ear=ear,
        makers=tuple(makers.speech.values()),
        music=songs,
        media=generated,
        shop=_shop(house, (songs, generated), _hearing(metrics, around.waits), settings.jobs_at_once),
        metrics=metrics,
        http=http,
        drain=settings.drain_seconds,
    )
    return _application(routes, lives)


def _application(routes: Sequence[BaseRoute], lives: "_Lives") -> FastAPI:
    """The routes behind the gate, and what is said of them."""
    app = FastAPI(
        title="Antiphon",
        version=antiphon.__version__,
        description="Media generation behind one set of keys.",
        routes=list(routes),
        lifespan=lives.lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _as_it_is},
    )
    app.add_middleware(Gate, faces=face_of, metrics=lives.metrics, clock=lives.house.clock, direct=direct(routes))
    _document(app)
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lives:
    """What lives as long as the application does."""

    house: House
    around: Around
    voices: Voices
    ear: Ear
    makers: Sequence[SpeechMaker]
    music: Music | None
    media: Media
    shop: Workshop
    metrics: Metrics
    http: Client
    drain: float

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Begin and end it."""
        async with contextlib.AsyncExitStack() as running:
            await running.enter_async_context(self.house.till.pay.kept())
            await running.enter_async_context(_beside(self.around.artifacts.tend()))
            await running.enter_async_context(_beside(self.around.library.tend()))
            running.push_async_callback(self.ear.close)
            await self.voices.tidy()
            for maker in self.makers:
                running.push_async_callback(maker.close)
                await maker.start()
            await running.enter_async_context(self.around.previews.kept())
            if self.music is not None:
                await running.enter_async_context(self.music.lasting())
            await running.enter_async_context(self.media.lasting())
            running.push_async_callback(self.http.close)
            office = Deliver(
                self.house.store.messages,
                self.http,
                secret=self.house.secrets.of,
                clock=self.house.clock,
                chance=random.random,
                tried=self.metrics.webhook_tried,
            )
            await running.enter_async_context(_open_shop(office, drain=self.drain))
            await running.enter_async_context(_open_shop(self.shop, drain=self.drain))
            yield


def _desk(house: House, speech: Speak, voices: Voices) -> Desk:
    """What the routes of speech work with."""
    return Desk(
        speech=speech,
        keys=house.keys,
        till=house.till,
        temporary=house.temporary,
        sessions=Sessions(house.store.temporary),
        voices=voices,
    )


def _library(house: House, blobs: Blobs, artifacts: Artifacts) -> Library:
    """What signed-in users made."""
    store, clock = house.store.library, house.clock
    return Library(store, blobs=blobs, artifacts=artifacts, credits_=house.credits, entropy=os.urandom, clock=clock)


def _hearing(metrics: Metrics, waits: Waits) -> Heard:
    """Who hears of the end of each job: those who count, and those who wait."""

    def ended(job: Job) -> None:
        metrics.job_ended(job.kind, job.state)
        waits.heard(job)

    return ended


def _shop(house: House, makers: Sequence[Music | Media | None], ended: Heard, slots: int) -> Workshop:
    """Where jobs are done: here, in this process, which has their work done by others."""
    trades = {kind: trade for one in makers if one is not None for kind, trade in one.trades.items()}
    house.ends.learn(trades, ended)
    # A picture takes a second: its client is not to wait for somebody's songs.
    quick = {kind: trade for kind, trade in trades.items() if kind == pictures.KIND}
    slow = {kind: trade for kind, trade in trades.items() if kind not in quick}
    return Workshop(house.store.jobs, slow, quick, slots=slots, name=str(uuid4()), clock=house.clock, ended=ended)


def _ways_out(settings: Settings) -> Rules:
    """Where requests may go. Behind a proxy a loopback address is no sign that only this machine can ask for them."""
    alone = is_loopback(settings.host) and not settings.behind_proxy
    return Rules(allowed=networks(settings.egress_allow), loopback=alone)


@contextlib.asynccontextmanager
async def _open_shop(shop: Workshop | Deliver, *, drain: float) -> AsyncIterator[None]:
    """Have jobs done as long as the context lasts, and those that were begun finished at its end."""
    stop = asyncio.Event()
    serving = asyncio.get_running_loop().create_task(shop.serve(stop, drain=drain))
    try:
        yield
    finally:
        stop.set()
        (failure,) = await asyncio.gather(serving, return_exceptions=True)
        if failure is not None:
            log.error("a shop was closed before its time", exc_info=failure)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have endless work done as long as the context lasts."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def face_of(path: str) -> Face:
    """Which dialect words the errors of a path."""
    if musicapi.owns(path):
        return musicapi.face
    if sonna.owns(path) or path.startswith("/cdn/sonna/"):
        return sonna.face
    if path.startswith("/v1/"):
        return soniox.management_face
    return soniox.open_face if path == "/tts" else soniox.face


async def _as_it_is(_request: Request, failure: Exception) -> Any:
    """Let the gate word the router's refusals, as it words all others."""
    raise failure


def _document(app: FastAPI) -> None:
    """Add the plain routes, which document themselves, to what FastAPI documents."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generated()
            for extra in (paths() for paths in _DOCUMENTED):
                schema["paths"].update(extra["paths"])
                for kind, entries in extra["components"].items():
                    schema.setdefault("components", {}).setdefault(kind, {}).update(entries)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # As FastAPI's documentation has it.
