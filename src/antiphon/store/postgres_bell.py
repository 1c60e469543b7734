"""Hearing from PostgreSQL that there is work, without asking again and again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any


class Bell:
    """Listens on a connection of its own, from the first wait on. One that breaks is opened again.

    Args:
        connect: Makes that connection.
        channel: What is listened to.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._connection: Any = None
        self._rung = asyncio.Event()

    async def wait(self, most: float) -> None:
        """Return when it has rung since the last wait, or after so many seconds.

        Raises:
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: The database cannot be reached.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._listen()
                await self._rung.wait()
        self._rung.clear()

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _listen(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        connection = await self._connect()
        try:
            await connection.add_listener(self._channel, self._ring)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        self._rung.set()  # Something may have been said while nobody listened.

    def _ring(self, *_said: object) -> None:
        self._rung.set()
