"""Turns: heavy work that is done while a client waits. So much of it at once, and accounts one after the other."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator
from uuid import UUID

from antiphon.domain.errors import LimitExceeded

_AGAIN = 5
"""Seconds after which who had too much at once may ask again."""


class Turns:
    """Lets so much work go on at once. Of several accounts that wait, each has its turn, however much another wants.

    Args:
        slots: How much at once, at least 1.
        most: How much of one account's may go on and wait; None for any amount.
    """

    def __init__(self, slots: int, *, most: int | None) -> None:
        self._free = slots
        self._most = most
        self._had: Counter[UUID] = Counter()
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, account_id: UUID) -> AsyncIterator[None]:
        """Wait for a turn, and have it as long as the context lasts.

        Raises:
            LimitExceeded: "concurrency": too much of the account's goes on or waits already.
        """
        if self._most is not None and self._had[account_id] >= self._most:
            raise LimitExceeded("concurrency", tier="organization", retry_after=_AGAIN)
        self._had[account_id] += 1
        try:
            await self._come(account_id)
            try:
                yield
            finally:
                self._pass_on()
        finally:
            self._had[account_id] -= 1
            if not self._had[account_id]:
                del self._had[account_id]

    async def _come(self, account_id: UUID) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # It came, and nobody is there to take it.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give a turn to the account whose last is the longest ago."""
        while self._waiting:
            account_id = next(iter(self._waiting))
            queue = self._waiting.pop(account_id)
            turn = queue.popleft()
            if queue:
                self._waiting[account_id] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
