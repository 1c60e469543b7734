"""Where the parts meet. Nowhere else."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

import antiphon
from antiphon.catalog.sonna import SonnaSpeech, load_sonna_models
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import Listener, SleeveMaker, SongMaker, SpeechMaker, Voice
from antiphon.engines.dub.backend import dub
from antiphon.engines.ear.backend import Ear
from antiphon.house import House
from antiphon.kit.addresses import networks
from antiphon.kit.http import Client, Rules
from antiphon.kit.observe import Metrics
from antiphon.services.artifacts import Artifacts
from antiphon.services.clips import Clips
from antiphon.services.deliver import Deliver
from antiphon.services.exports import Exports
from antiphon.services.gallery import Gallery
from antiphon.services.live import Live
from antiphon.services.memories import Memories
from antiphon.services.recorded import Recorded
from antiphon.services.recordings import Recordings
from antiphon.services.sessions import Sessions
from antiphon.services.songs import KIND, Songs
from antiphon.services.speak import Speak
from antiphon.services.stems import KIND as STEMS
from antiphon.services.stems import Stems
from antiphon.services.submit import Submit
from antiphon.services.turns import Turns
from antiphon.services.uploads import AUDITION, UPLOAD, Auditions, Uploads
from antiphon.services.usage import Usages
from antiphon.services.voices import Voices
from antiphon.services.worded import Worded
from antiphon.services.work import Trade, Workshop
from antiphon.settings import Settings
from antiphon.store.blobs import LocalBlobs
from antiphon.surfaces import cdn, musicapi, soniox, sonna
from antiphon.surfaces.musicapi.desk import Studio
from antiphon.surfaces.musicapi.openapi import paths as musicapi_paths
from antiphon.surfaces.ops import routes as ops
from antiphon.surfaces.soniox.desk import DIALECT, Desk
from antiphon.surfaces.soniox.management.openapi import paths as management_paths
from antiphon.surfaces.soniox.management.voices_openapi import paths as voices_paths
from antiphon.surfaces.soniox.openapi import paths as soniox_paths
from antiphon.surfaces.sonna.openapi import paths as sonna_paths
from antiphon.web.errors import Face
from antiphon.web.gate import Gate
from antiphon.web.serve import is_loopback

_SLOTS = 2
"""Jobs at once; each may take a core for each of its takes."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Who makes what; None where nobody does.

    Args:
        speech: Who speaks, by name.
        songs: Who makes songs.
        listener: Who hears recordings.
        sleeves: Who makes covers and films of songs.
    """

    speech: Mapping[str, SpeechMaker] = field(default_factory=dict)
    songs: SongMaker | None = None
    listener: Listener | None = None
    sleeves: SleeveMaker | None = None


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
    blobs = LocalBlobs(settings.data / "files")
    ear = Ear()
    artifacts = Artifacts(blobs, clock=house.clock, entropy=os.urandom, public_url=public_url)
    catalogue = SonnaSpeech.load(_first_voices(makers.speech))
    sonnas = (model.speech for model in catalogue.models.values())
    speech = Speak([*models, *sonnas], makers.speech, stand_ins=settings.stand_ins)
    voices = Voices(store=house.store.voices, blobs=blobs, ear=ear, clock=house.clock, entropy=os.urandom)
    desk = _desk(house, speech, voices)
    usages = Usages(house.store.log, prices=house.prices, clock=house.clock, dialect=DIALECT)
    clips = Clips(Memories(blobs, clock=house.clock, entropy=os.urandom), artifacts)
    live = Live(public_url=public_url)
    recorded = Recorded(clips, listener=makers.listener, dubber=dub)
    exports = None if makers.songs is None else _exports(house, makers.songs, clips, recorded)
    recordings = None if makers.songs is None else _recordings(settings, house, makers.songs, makers.listener, clips)
    trades = {} if recordings is None else _trades(recordings, recorded, Gallery(makers.sleeves), live, ear)
    abort = settings.abort_on_error
    routes: Sequence[BaseRoute] = [
        *soniox.build(desk, artifacts=artifacts, usages=usages, allowed=house.limits, abort_on_error=abort),
        *_sonna(house, speech, artifacts, catalogue),
        *(() if exports is None or recordings is None else _songs(settings, house, live, exports, recordings)),
        *cdn.build(artifacts, live),
        *ops.build(makers=makers.speech, store=house.reach_store, metrics=metrics, queue=house.queue, title="Antiphon"),
    ]
    lives = _Lives(
        house=house,
        artifacts=artifacts,
        voices=desk.voices,
        ear=ear,
        makers=tuple(makers.speech.values()),
        exports=exports,
        recordings=recordings,
        shop=_shop(house, trades, metrics),
        metrics=metrics,
        http=Client(_ways_out(settings)),
        drain=settings.drain_seconds,
    )
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
    app.add_middleware(Gate, faces=face_of, metrics=metrics, clock=house.clock, direct=_direct(routes))
    _document(app)
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lives:
    """What lives as long as the application does."""

    house: House
    artifacts: Artifacts
    voices: Voices
    ear: Ear
    makers: Sequence[SpeechMaker]
    exports: Exports | None
    recordings: Recordings | None
    shop: Workshop
    metrics: Metrics
    http: Client
    drain: float

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Begin and end it."""
        async with contextlib.AsyncExitStack() as running:
            await running.enter_async_context(self.house.till.pay.kept())
            await running.enter_async_context(_beside(self.artifacts.tend()))
            running.push_async_callback(self.ear.close)
            await self.voices.tidy()
            for maker in self.makers:
                running.push_async_callback(maker.close)
                await maker.start()
            if self.exports is not None:
                running.push_async_callback(self.exports.close)
            if self.recordings is not None:
                running.push_async_callback(self.recordings.close)
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


def _first_voices(makers: Mapping[str, SpeechMaker]) -> Sequence[Voice]:
    """The voices that stand in for vendors': those of the first maker that the vendors' models name."""
    names = (name for model in load_sonna_models() for name in model.speech.makers)
    return next((makers[name].voices() for name in names if name in makers), ())


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


def _sonna(house: House, speech: Speak, artifacts: Artifacts, catalogue: SonnaSpeech) -> Sequence[BaseRoute]:
    """The routes of Sonna's dialect."""
    callers = sonna.Callers(keys=house.keys, tokens=house.tokens)
    return [
        *sonna.build(speech=speech, callers=callers, till=house.till, artifacts=artifacts, catalogue=catalogue),
        *sonna.Account(callers=callers, keys=house.keys, till=house.till).routes(),
        *sonna.UsageLog(callers=callers, till=house.till, spending=house.spending).routes(),
        *sonna.SigningIn(users=house.users, limits=house.limits).routes(),
    ]


def _exports(house: House, songs: SongMaker, clips: Clips, recorded: Recorded) -> Exports:
    """Who makes further files of clips: as many at once as there are cores, and so many of an account's."""
    most = min((limit.most for limit in house.limits.concurrency(musicapi.DIALECT, "files")), default=None)
    return Exports(songs, clips=clips, recorded=recorded, turns=Turns(os.cpu_count() or 1, most=most))


def _recordings(
    settings: Settings, house: House, songs: SongMaker, listener: Listener | None, clips: Clips
) -> Recordings:
    """Who takes in recordings: also from public servers without TLS, for nothing is told to them."""
    http = Client(replace(_ways_out(settings), plain=True))
    return Recordings(maker=songs, listener=listener, clips=clips, http=http, clock=house.clock)


def _songs(
    settings: Settings, house: House, live: Live, exports: Exports, recordings: Recordings
) -> Sequence[BaseRoute]:
    """The routes of songs."""
    studio = Studio(
        keys=house.keys,
        till=house.till,
        submit=Submit(house.store.jobs, house.till, clock=house.clock, ends=house.ends),
        clips=recordings.clips,
        moderator=musicapi.Moderator(house.moderation),
        maker=exports.maker,
        exports=exports,
        live=live,
        recordings=recordings,
        secrets=house.secrets,
        films=settings.song_films,
        credit=house.prices.credit(musicapi.DIALECT),
    )
    return musicapi.build(studio)


def _trades(recordings: Recordings, recorded: Recorded, gallery: Gallery, live: Live, ear: Ear) -> Mapping[str, Trade]:
    """Who does which kind of job."""
    songs, clips, letter = recordings.maker, recordings.clips, partial(musicapi.letter, heard=live.heard)
    trades: Mapping[str, Trade] = {
        KIND: Songs(songs, clips=clips, intake=recordings, gallery=gallery, live=live, letter=letter),
        UPLOAD: Uploads(recordings, letter=letter),
        AUDITION: Auditions(recordings, ear=ear, letter=letter),
        STEMS: Stems(songs, clips=clips, recorded=recorded, letter=letter),
    }
    return {kind: Worded(trade, musicapi.words) for kind, trade in trades.items()}


def _shop(house: House, trades: Mapping[str, Trade], metrics: Metrics) -> Workshop:
    """Where jobs are done: here, in this process, which has their work done by others."""
    house.ends.learn(trades, metrics.job_ended)
    name, ended = str(uuid4()), metrics.job_ended
    return Workshop(house.store.jobs, trades, slots=_SLOTS, name=name, clock=house.clock, ended=ended)


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
        await asyncio.gather(serving, return_exceptions=True)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have endless work done as long as the context lasts."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _direct(routes: Sequence[BaseRoute]) -> Mapping[tuple[str, str], ASGIApp]:
    """The routes that are plain ASGI applications under one path, by method and path."""
    return {
        (method, route.path): route.endpoint
        for route in routes
        if isinstance(route, Route) and hasattr(route.endpoint, "route_name") and "{" not in route.path
        for method in route.methods or ()
    }


def face_of(path: str) -> Face:
    """Which dialect words the errors of a path."""
    if musicapi.owns(path):
        return musicapi.face
    if sonna.owns(path):
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
            for extra in (soniox_paths(), management_paths(), voices_paths(), sonna_paths(), musicapi_paths()):
                schema["paths"].update(extra["paths"])
                for kind, entries in extra["components"].items():
                    schema.setdefault("components", {}).setdefault(kind, {}).update(entries)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # As FastAPI's documentation has it.
