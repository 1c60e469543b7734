"""`GET /cdn/...`: no key is asked for, the address is the secret."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.services.artifacts import ROOT, File
from antiphon.services.library import PLACE
from antiphon.services.live import Live
from antiphon.services.previews import SHELF, Previews
from antiphon.surfaces.cdn.live import LiveSong
from antiphon.web.body import header
from antiphon.web.errors import Headers
from antiphon.web.files import RangeUnsatisfiable, send_file, span


class Shelves(Protocol):
    """Whoever has files."""

    async def open(self, path: str) -> File:
        """The file at an address; see `Artifacts.open`."""


def build(artifacts: Shelves, live: Live, *, library: Shelves, previews: Previews) -> Sequence[BaseRoute]:
    """The routes of files, and of what is on the way to be one.

    Args:
        artifacts: Those that end.
        live: What is on the way.
        library: Those that do not end.
        previews: Samples of voices.
    """
    return [
        Route(f"{ROOT}{SHELF}/{{voice_id}}.mp3", _Samples(previews), methods=["GET"]),
        Route(ROOT + "live/{clip_id}.mp3", LiveSong(live), methods=["GET"]),
        Route(ROOT + PLACE + "{path:path}", _Files(lambda path: library.open(PLACE + path)), methods=["GET"]),
        Route(ROOT + "{path:path}", _Files(artifacts.open), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Files:
    route_name: ClassVar = "cdn"

    opened: Callable[[str], Awaitable[File]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = await self.opened(scope["path_params"]["path"])
        # By the asking client alone, and not beyond the file's end.
        await _send(scope, receive, send, file=file, caching=f"private, max-age={file.remaining}, immutable")


@dataclass(frozen=True, slots=True)
class _Samples:
    route_name: ClassVar = "cdn.previews"

    previews: Previews

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = await self.previews.open(scope["path_params"]["voice_id"])
        await _send(scope, receive, send, file=file, caching=f"public, max-age={file.remaining}")


async def _send(scope: Scope, receive: Receive, send: Send, *, file: File, caching: str) -> None:
    """Send a file, or the part that is asked for, or that it is as it was. `caching` is its `Cache-Control`."""
    fixed = _headers(file, caching)
    if _etag(file) in _tags(header(scope, b"if-none-match")):
        await _empty(send, 304, fixed)
        return
    unchanged = header(scope, b"if-range") in {None, _etag(file)}
    try:
        part = span(header(scope, b"range") if unchanged else None, file.blob.size)
    except RangeUnsatisfiable as wrong:
        await _empty(send, 416, [*fixed, (b"content-range", f"bytes */{wrong.size}".encode())])
        return
    await send_file(scope, receive, send, file=file, headers=fixed, part=part)


def _headers(file: File, caching: str) -> Headers:
    """Nothing in it can run."""
    return [
        (b"accept-ranges", b"bytes"),
        (b"etag", _etag(file).encode()),
        (b"cache-control", caching.encode()),
        (b"content-disposition", f'attachment; filename="{file.name}"'.encode()),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
        (b"referrer-policy", b"no-referrer"),
    ]


def _etag(file: File) -> str:
    """Under one name there is ever only one content."""
    return f'"{file.name}"'


def _tags(wanted: str | None) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in (wanted or "").split(",")}


async def _empty(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body"})
