"""Sending bytes as they are made, and stopping when nobody takes them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import Receive, Scope, Send

from antiphon.web.body import ClientGone
from antiphon.web.errors import Headers


@contextlib.asynccontextmanager
async def while_connected(receive: Receive) -> AsyncIterator[None]:
    """Cancel what happens inside as soon as the client goes away. The request's body must have been read.

    Raises:
        ClientGone: It did.
    """
    serving = asyncio.current_task()
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        if serving is not None:
            serving.cancel()

    watcher = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if serving is None or not gone:
            raise
        if serving.uncancel() > 0:  # Somebody else wants it to end as well, and goes before.
            raise
        raise ClientGone from None
    finally:
        watcher.cancel()


async def start(send: Send, *, headers: Headers, trailers: bool) -> None:
    """Begin a 200 whose length nobody knows yet."""
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": trailers})


async def write(send: Send, data: bytes) -> None:
    """Send bytes, waiting while the client is slow."""
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def finish(send: Send, *, trailers: Headers | None) -> None:
    """End the body. `trailers` is None where `start` announced none.

    Trailers tell of a failure, so the connection ends with them: who reads no trailers may yet notice that.
    """
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    if trailers is not None:
        end = {"headers": trailers, "more_trailers": False, "antiphon.close": bool(trailers)}
        await send({"type": "http.response.trailers", **end})


def takes_trailers(scope: Scope) -> bool:
    """Whether trailers can reach this client."""
    return "http.response.trailers" in scope.get("extensions", {}) and scope.get("http_version") == "1.1"


def cut(scope: Scope) -> None:
    """Close the connection in the middle of the body, so that no client can take it for whole."""
    abort = scope.get("extensions", {}).get("antiphon.abort")
    if abort is None:
        raise ConnectionAbortedError  # Another server: it does what it does with a failed application.
    abort()
