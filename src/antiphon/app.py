"""Where the parts meet. Nowhere else."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

import antiphon
from antiphon.catalog.limits import load_limits
from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import load_prices
from antiphon.domain.keys import Account
from antiphon.domain.models import SpeechModel
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import SpeechMaker
from antiphon.kit.clock import Clock
from antiphon.kit.ids import Entropy
from antiphon.kit.observe import Metrics
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.services.keys import Keys
from antiphon.services.limits import Limits
from antiphon.services.pay import Pay
from antiphon.services.speak import Speak
from antiphon.services.till import Till
from antiphon.settings import Settings
from antiphon.store.folder import DataFolder
from antiphon.store.ports import Store
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.sqlite import SqliteStore
from antiphon.surfaces import soniox
from antiphon.surfaces.ops import routes as ops
from antiphon.surfaces.soniox.openapi import paths as soniox_paths
from antiphon.web.errors import Face
from antiphon.web.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The services on one store: what a server and the commands of its operator both work with."""

    clock: Clock
    store: Store
    keys: Keys
    accounts: Accounts
    credits: Credits
    till: Till

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
        store: Store = SqliteStore.open(folder.database)
        closing.push_async_callback(store.close)
        keys = Keys(store=store.keys, pepper=secret.pepper, prefix=settings.key_prefix, clock=clock, entropy=os.urandom)
        closing.push_async_callback(keys.close)
        accounts = Accounts(store=store.accounts, plans=plans, clock=clock, entropy=os.urandom)
        credits_ = Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom)
        till = Till(
            limits=Limits(MemoryRates(clock), limit_book, clock=clock),
            standings=credits_,
            prices=prices,
            pay=Pay(store.ledger, clock=clock, entropy=Entropy()),
        )
        yield House(clock=clock, store=store, keys=keys, accounts=accounts, credits=credits_, till=till)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def create(
    settings: Settings,
    *,
    house: House,
    models: Sequence[SpeechModel],
    makers: Mapping[str, SpeechMaker],
    metrics: Metrics,
) -> FastAPI:
    """The whole application. Its makers, and the keeping of its ledger, live from its start-up to its shutdown."""
    speech = Speak(models, makers, stand_ins=settings.stand_ins)
    routes: Sequence[BaseRoute] = [
        *soniox.build(speech=speech, keys=house.keys, till=house.till, abort_on_error=settings.abort_on_error),
        *ops.build(makers=makers, metrics=metrics, title="Antiphon"),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as running:
            await running.enter_async_context(house.till.pay.kept())
            for maker in makers.values():
                running.push_async_callback(maker.close)
                await maker.start()
            yield

    app = FastAPI(
        title="Antiphon",
        version=antiphon.__version__,
        description="Media generation behind one set of keys.",
        routes=list(routes),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _as_it_is},
    )
    app.add_middleware(Gate, faces=face_of, metrics=metrics, clock=house.clock)
    _document(app)
    return app


def face_of(path: str) -> Face:
    """Which dialect words the errors of a path."""
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
            extra = soniox_paths()
            schema["paths"].update(extra["paths"])
            for kind, entries in extra["components"].items():
                schema.setdefault("components", {}).setdefault(kind, {}).update(entries)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # As FastAPI's documentation has it.
