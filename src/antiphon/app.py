"""Where the parts meet. Nowhere else."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

import antiphon
from antiphon.catalog.limits import load_limits
from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import PriceBook, load_prices
from antiphon.catalog.sonna import SonnaSpeech, first_voices
from antiphon.domain.keys import Account
from antiphon.domain.models import SpeechModel
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import SongMaker, SpeechMaker
from antiphon.engines.ear.backend import Ear
from antiphon.kit.addresses import networks
from antiphon.kit.clock import Clock
from antiphon.kit.http import Client, Rules
from antiphon.kit.ids import Entropy
from antiphon.kit.observe import Metrics
from antiphon.services.accounts import Accounts
from antiphon.services.artifacts import Artifacts
from antiphon.services.credits import Credits
from antiphon.services.deliver import Deliver
from antiphon.services.enhance import Enhance, enhancer
from antiphon.services.fair_use import FairUse
from antiphon.services.favorites import Favorites
from antiphon.services.keys import Keys
from antiphon.services.limits import Limits
from antiphon.services.outbox import Outbox
from antiphon.services.pay import Pay
from antiphon.services.projects import Projects
from antiphon.services.secrets import Secrets
from antiphon.services.sessions import Sessions
from antiphon.services.songs import KIND, Songs
from antiphon.services.speak import Speak
from antiphon.services.submit import Submit
from antiphon.services.temporary import TemporaryKeys
from antiphon.services.till import Till
from antiphon.services.usage import Usages
from antiphon.services.voices import Voices
from antiphon.services.work import Workshop
from antiphon.settings import Settings
from antiphon.store.blobs import LocalBlobs
from antiphon.store.folder import DataFolder
from antiphon.store.ports_store import Store
from antiphon.store.rates import Rates
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.sqlite import SqliteStore
from antiphon.surfaces import cdn, musicapi, soniox, sonna
from antiphon.surfaces.musicapi.openapi import paths as musicapi_paths
from antiphon.surfaces.musicapi.routes import Studio
from antiphon.surfaces.ops import routes as ops
from antiphon.surfaces.soniox.desk import DIALECT, Desk
from antiphon.surfaces.soniox.management.openapi import paths as management_paths
from antiphon.surfaces.soniox.management.voices_openapi import paths as voices_paths
from antiphon.surfaces.soniox.openapi import paths as soniox_paths
from antiphon.surfaces.sonna.openapi import paths as sonna_paths
from antiphon.web.direct import direct
from antiphon.web.errors import Face
from antiphon.web.gate import Gate
from antiphon.web.serve import is_loopback

_SLOTS = 2
"""Jobs at once; each may take a core for each of its takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The services on one store: what a server and the commands of its operator both work with."""

    clock: Clock
    store: Store
    keys: Keys
    projects: Projects
    temporary: TemporaryKeys
    accounts: Accounts
    credits: Credits
    limits: Limits
    prices: PriceBook
    till: Till
    secrets: Secrets
    outbox: Outbox

    async def reach_store(self) -> None:
        """Ask the database for something.

        Raises:
            Unavailable: It does not answer.
        """
        await self.store.keys.find_key(bytes(32))

    async def first_start(self, settings: Settings, *, remember: Callable[[str], None]) -> Account:
        """See to the first account: its key, its plan, its credits. Safe at every start.

        Args:
            settings: Name the key and the credits.
            remember: Called with a key that was made, before it is stored.
        """
        await self.keys.ensure_first(_revealed(settings.bootstrap_key), remember=remember)
        account = await self.keys.first_account()
        await self.credits.bootstrap(account.id, amount=MilliCredits(settings.bootstrap_credits * CREDIT))
        return account


@contextlib.asynccontextmanager
async def open_house(folder: DataFolder, settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """The services on a data folder that this process holds.

    Raises:
        CatalogueError: A file of prices, plans or limits cannot be used.
        StoreRefused: The database cannot be used.
    """
    prices, plans = load_prices(settings.prices_file), load_plans(settings.plans_file)
    limit_book = load_limits(settings.limits_file)
    secret = folder.secret(_revealed(settings.secret))
    async with contextlib.AsyncExitStack() as closing:
        store = await _open_store(folder, settings)
        closing.push_async_callback(store.close)
        rates = _open_rates(settings, clock)
        closing.push_async_callback(rates.close)
        keys = Keys(
            store=store.keys,
            temporary=store.temporary,
            pepper=secret.pepper,
            prefix=settings.key_prefix,
            clock=clock,
            entropy=os.urandom,
        )
        closing.push_async_callback(keys.close)
        accounts = Accounts(store=store.accounts, plans=plans, clock=clock, entropy=os.urandom)
        credits_ = Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom)
        limits = Limits(rates, limit_book, clock=clock)
        pay = Pay(store.ledger, clock=clock, entropy=Entropy())
        secrets = Secrets(secret.encryption, entropy=os.urandom)
        yield House(
            clock=clock,
            store=store,
            keys=keys,
            projects=Projects(store=store.projects, clock=clock, entropy=os.urandom),
            temporary=TemporaryKeys(store=store.temporary, keys=keys, clock=clock, entropy=os.urandom),
            accounts=accounts,
            credits=credits_,
            limits=limits,
            prices=prices,
            till=Till(limits=limits, standings=credits_, prices=prices, pay=pay),
            secrets=secrets,
            outbox=Outbox(store.messages, secrets, clock=clock),
        )


async def _open_store(folder: DataFolder, settings: Settings) -> Store:
    if settings.database_url is None:
        return SqliteStore.open(folder.database)
    from antiphon.store.postgres import PostgresStore  # noqa: PLC0415 - asyncpg, for those who have PostgreSQL

    return await PostgresStore.open(settings.database_url.get_secret_value())


def _open_rates(settings: Settings, clock: Clock) -> Rates:
    if settings.redis_url is None:
        return MemoryRates(clock)
    from antiphon.store.rates_redis import RedisRates  # noqa: PLC0415 - redis, for those who have it

    return RedisRates.connect(settings.redis_url.get_secret_value(), clock=clock)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


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
    makers: Mapping[str, SpeechMaker],
    metrics: Metrics,
    public_url: PublicUrl,
    songs: SongMaker | None = None,
) -> FastAPI:
    """The whole application. Its makers, and the keeping of ledger and files, live from its start to its end."""
    blobs = LocalBlobs(settings.data / "files")
    ear = Ear()
    artifacts = Artifacts(blobs, clock=house.clock, entropy=os.urandom, public_url=public_url)
    catalogue = SonnaSpeech.load(first_voices(makers))
    sonnas = (model.speech for model in catalogue.models.values())
    desk = Desk(
        speech=Speak([*models, *sonnas], makers, stand_ins=settings.stand_ins),
        keys=house.keys,
        till=house.till,
        temporary=house.temporary,
        sessions=Sessions(house.store.temporary),
        voices=Voices(store=house.store.voices, blobs=blobs, ear=ear, clock=house.clock, entropy=os.urandom),
    )
    usages = Usages(house.store.log, prices=house.prices, clock=house.clock, dialect=DIALECT)
    studio = _studio(house, songs, artifacts=artifacts, blobs=blobs)
    http = Client(_ways_out(settings))
    abort = settings.abort_on_error
    routes: Sequence[BaseRoute] = [
        *soniox.build(desk, artifacts=artifacts, usages=usages, allowed=house.limits, abort_on_error=abort),
        *sonna.build(_booth(house, settings, http, speech=desk.speech, artifacts=artifacts, catalogue=catalogue)),
        *(() if studio is None else musicapi.build(studio)),
        *cdn.build(artifacts),
        *ops.build(makers=makers, store=house.reach_store, metrics=metrics, title="Antiphon"),
    ]
    lives = _Lives(
        house=house,
        artifacts=artifacts,
        voices=desk.voices,
        ear=ear,
        makers=tuple(makers.values()),
        shop=_shop(house, studio),
        http=http,
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
    app.add_middleware(Gate, faces=face_of, metrics=metrics, clock=house.clock, direct=direct(routes))
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
    shop: Workshop
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
            running.push_async_callback(self.http.close)
            office = Deliver(
                self.house.store.messages,
                self.http,
                secret=self.house.secrets.of,
                clock=self.house.clock,
                chance=random.random,
            )
            await running.enter_async_context(_open_shop(office, drain=self.drain))
            await running.enter_async_context(_open_shop(self.shop, drain=self.drain))
            yield


def _booth(
    house: House, settings: Settings, http: Client, *, speech: Speak, artifacts: Artifacts, catalogue: SonnaSpeech
) -> sonna.Booth:
    """What Sonna's routes of speech work with."""
    key = _revealed(settings.enhance_key) or ""
    return sonna.Booth(
        speech=speech,
        keys=house.keys,
        till=house.till,
        accounts=house.accounts,
        artifacts=artifacts,
        catalogue=catalogue,
        favorites=Favorites(house.store.favorites, clock=house.clock),
        enhance=Enhance(enhancer(http, url=settings.enhance_url, model=settings.enhance_model, key=key)),
        queues={"gemini": FairUse(at_once=settings.gemini_at_once, waiting=settings.gemini_waiting)},
    )


def _studio(house: House, songs: SongMaker | None, *, artifacts: Artifacts, blobs: LocalBlobs) -> Studio | None:
    """What makes songs, where a plugin does."""
    if songs is None:
        return None
    return Studio(
        keys=house.keys,
        till=house.till,
        submit=Submit(house.store.jobs, house.till, clock=house.clock),
        songs=Songs(songs, artifacts=artifacts, blobs=blobs, letter=musicapi.letter),
        secrets=house.secrets,
        credit=house.prices.credit(musicapi.DIALECT),
    )


def _ways_out(settings: Settings) -> Rules:
    """Where requests may go. Behind a proxy a loopback address is no sign that only this machine can ask for them."""
    alone = is_loopback(settings.host) and not settings.behind_proxy
    return Rules(allowed=networks(settings.egress_allow), loopback=alone)


def _shop(house: House, studio: Studio | None) -> Workshop:
    """Where jobs are done: here, in this process, which has their work done by others."""
    trades = {} if studio is None else {KIND: studio.songs}
    return Workshop(house.store.jobs, trades, slots=_SLOTS, name=str(uuid4()), clock=house.clock)


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
