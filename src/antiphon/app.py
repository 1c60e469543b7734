"""Where the parts meet. Nowhere else."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

import antiphon
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import SpeechMaker
from antiphon.kit.clock import Clock
from antiphon.kit.observe import Metrics
from antiphon.services.keys import Keys
from antiphon.services.speak import Speak
from antiphon.settings import Settings
from antiphon.store.folder import DataFolder
from antiphon.store.sqlite import SqliteStore
from antiphon.surfaces import soniox
from antiphon.surfaces.ops import routes as ops
from antiphon.surfaces.soniox.openapi import paths as soniox_paths
from antiphon.web.errors import Face
from antiphon.web.gate import Gate


@contextlib.asynccontextmanager
async def open_keys(folder: DataFolder, settings: Settings, clock: Clock) -> AsyncIterator[Keys]:
    """The keys of a data folder that this process holds."""
    secret = folder.secret(settings.secret.get_secret_value() if settings.secret else None)
    store = SqliteStore.open(folder.database)
    keys = Keys(store=store.keys, pepper=secret.pepper, prefix=settings.key_prefix, clock=clock, entropy=os.urandom)
    try:
        yield keys
    finally:
        await keys.close()
        await store.close()


def create(
    settings: Settings,
    *,
    keys: Keys,
    models: Sequence[SpeechModel],
    makers: Mapping[str, SpeechMaker],
    clock: Clock,
    metrics: Metrics,
) -> FastAPI:
    """The whole application. Its makers live from its start-up to its shutdown."""
    speech = Speak(models, makers, stand_ins=settings.stand_ins)
    routes: Sequence[BaseRoute] = [
        *soniox.build(speech=speech, keys=keys, abort_on_error=settings.abort_on_error),
        *ops.build(makers=makers, metrics=metrics, title="Antiphon"),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as running:
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
    app.add_middleware(Gate, faces=face_of, metrics=metrics, clock=clock)
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
