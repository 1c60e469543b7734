"""`GET /cdn/live/...`: a song as far as it is made, for whoever knows its clip; then where it is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import NotFound, Unavailable, UnavailableCause
from antiphon.services.live import Live, SongGone
from antiphon.web import stream
from antiphon.web.errors import Headers

_PATIENCE = 120.0
"""Seconds until something of a song is there that is being made."""
_HEADERS: Headers = [
    (b"content-type", b"audio/mpeg"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class LiveSong:
    """The route of songs that are being made."""

    route_name: ClassVar = "cdn.live"

    live: Live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is, and the rest as it comes; or lead to what is there as a whole."""
        clip_id = _clip_id(scope["path_params"]["clip_id"])
        if (url := self.live.found(clip_id)) is not None:
            await _led(send, url)
            return
        if scope["method"] == "HEAD":
            await _described(send)
            return
        async with stream.while_connected(receive):
            sound = self.live.sound(clip_id)
            first = await _begun(sound)
            await stream.start(send, headers=_HEADERS, trailers=False)
            await stream.write(send, first)
            try:
                async for piece in sound:
                    await stream.write(send, piece)
            except SongGone:
                stream.cut(scope)
        await stream.finish(send, trailers=None)


def _clip_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("file") from None


async def _begun(sound: AsyncIterator[bytes]) -> bytes:
    """The first piece.

    Raises:
        NotFound: There is nothing, and will not be.
        Unavailable: It takes too long.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            return await anext(sound)
    except (SongGone, StopAsyncIteration):
        raise NotFound("file") from None
    except TimeoutError:
        raise Unavailable(UnavailableCause.OVERLOADED, retry_after=10) from None


async def _described(send: Send) -> None:
    """What `GET` would say, for whoever does not want to wait for a sound."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})


async def _led(send: Send, url: str) -> None:
    headers = [(b"location", url.encode("latin-1")), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
