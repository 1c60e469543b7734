"""`/healthz`, `/readyz`, `/metrics` and `/docs`."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path

import orjson
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from antiphon.domain.errors import Unavailable
from antiphon.domain.ports import SpeechMaker
from antiphon.kit.observe import EXPOSITION_TYPE, Metrics
from antiphon.services.queue import Backlog, Queue

_PATIENCE = 2.0
_ASSETS = "/docs/assets"


def build(
    *,
    makers: Mapping[str, SpeechMaker],
    store: Callable[[], Awaitable[None]],
    metrics: Metrics,
    queue: Queue,
    title: str,
) -> Sequence[BaseRoute]:
    """The routes of this surface.

    Args:
        makers: All that are started, by name.
        store: Asks the database for something; raises `Unavailable` where it does not answer.
        metrics: What is counted.
        queue: Says what there is to do.
        title: Of the pages.
    """

    async def stored() -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                await store()
        except (Unavailable, TimeoutError):
            return False
        return True

    async def backlog() -> Backlog:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await queue.backlog()
        except (Unavailable, TimeoutError):
            return Backlog(
                jobs={"pending": math.nan, "running": math.nan}, oldest=math.nan
            )  # The rest is to be seen all the same.

    async def healthz(_request: Request) -> Response:
        """The process answers."""
        return _json({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        """Requests would be served now, maker by maker."""
        checks = {name: maker.ready() for name, maker in makers.items()}
        store_ready = await stored()
        ready = store_ready and bool(checks) and all(checks.values())
        return _json({"ready": ready, "store": store_ready, "makers": checks}, status=200 if ready else 503)

    async def exposition(_request: Request) -> Response:
        """Everything counted, for Prometheus."""
        for name, maker in makers.items():
            metrics.maker(name, ready=maker.ready())
        found = await backlog()
        metrics.backlog(found.jobs, oldest=found.oldest)
        return Response(metrics.exposition(), media_type=EXPOSITION_TYPE)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", exposition, name="metrics"),
        *_pages(title),
    ]


def _pages(title: str) -> Sequence[BaseRoute]:
    async def root(_request: Request) -> Response:
        """Whoever comes with a browser wants the documentation."""
        return RedirectResponse("/docs")

    async def docs(_request: Request) -> HTMLResponse:
        """The API, to read and to try."""
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=title,
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
        )

    return [Route("/", root), Route("/docs", docs), Mount(_ASSETS, StaticFiles(directory=_swagger()))]


def _swagger() -> Path:
    """Swagger UI as the package `fastapi-swagger` carries it: nothing is fetched from elsewhere."""
    return Path(str(resources.files("fastapi_swagger") / "resources"))


def _json(body: object, *, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)
