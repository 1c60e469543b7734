"""A websocket's client without a wire: it speaks ASGI with the application."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

from starlette.types import ASGIApp, Message

from antiphon.testing import TEST_KEY

PATIENCE = 20.0


class Closed(Exception):
    """The server closed the connection.

    Args:
        code: With this code.
        reason: And this reason.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Talk:
    """One connection, and what was said on it."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        self._app, self._scope = app, scope
        self._in: asyncio.Queue[Message] = asyncio.Queue()
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self.accepted: Message = {}
        self.reading = asyncio.Event()
        self.reading.set()

    async def __aenter__(self) -> Self:
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._take))
        self.accepted = await self._next()
        assert self.accepted["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()
        self.reading.set()
        async with asyncio.timeout(PATIENCE):
            await self._task

    async def _take(self, message: Message) -> None:
        await self.reading.wait()
        self._out.put_nowait(message)

    async def _next(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            return await self._out.get()

    def leave(self) -> None:
        """Close, or break, the connection."""
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def stopping(self) -> None:
        """The server is told to stop."""
        self._in.put_nowait({"type": "antiphon.stopping"})

    def say(self, *said: dict[str, Any] | str | bytes) -> None:
        for each in said:
            kind = "bytes" if isinstance(each, bytes) else "text"
            data = json.dumps(each) if isinstance(each, dict) else each
            self._in.put_nowait({"type": "websocket.receive", kind: data})

    async def hear(self) -> dict[str, Any]:
        """The next message.

        Raises:
            Closed: There is none.
        """
        message = await self._next()
        if message["type"] == "websocket.close":
            raise Closed(message["code"], message["reason"])
        heard: dict[str, Any] = json.loads(message["text"])
        return heard

    async def hear_all(self, *stream_ids: str) -> list[dict[str, Any]]:
        """All messages until each of these streams is terminated."""
        heard: list[dict[str, Any]] = []
        waiting = set(stream_ids)
        while waiting:
            heard.append(await self.hear())
            if heard[-1].get("terminated"):
                waiting.remove(heard[-1]["stream_id"])
        return heard


@contextlib.asynccontextmanager
async def connected(
    app: ASGIApp,
    *,
    key: str | None = TEST_KEY,
    subprotocols: Sequence[str] = (),
    query: str = "",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> AsyncIterator[Talk]:
    """A connection that brings a key in its header, unless it is None."""
    carried = [] if key is None else [(b"authorization", f"Bearer {key}".encode())]
    scope = {
        "type": "websocket",
        "path": "/tts-websocket",
        "raw_path": b"/tts-websocket",
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*carried, *headers],
        "subprotocols": list(subprotocols),
        "client": ("127.0.0.1", 1),
        "scheme": "ws",
        "state": {},
        "extensions": {},
    }
    async with Talk(app, scope) as talk:
        yield talk


def start(stream_id: str = "s1", **changes: Any) -> dict[str, Any]:
    """The message that begins a stream."""
    usual = {
        "stream_id": stream_id,
        "model": "tts-rt-v2",
        "language": "en",
        "voice": "Adrian",
        "audio_format": "pcm_s16le",
        "sample_rate": 24_000,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def text(said: str, stream_id: str = "s1", *, end: bool = False) -> dict[str, Any]:
    return {"text": said, "text_end": end, "stream_id": stream_id}


def error(code: int, kind: str, message: str, stream_id: str | None = "s1") -> dict[str, Any]:
    """The message that tells an error, but for its `request_id`."""
    about = {} if stream_id is None else {"stream_id": stream_id}
    more = f"https://soniox.com/docs/api-reference/errors#{kind.replace('_', '-')}"
    return {**about, "error_code": code, "error_type": kind, "error_message": message, "more_info": more}


def without_id(message: dict[str, Any]) -> dict[str, Any]:
    """A message without its `request_id`, which has to be there."""
    assert message.pop("request_id")
    return message
