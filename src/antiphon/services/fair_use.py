"""A queue for makers whose vendor allows so much at once: bounded, and those who pay go first."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Literal

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.units import Seconds

Rank = Literal["first", "after"]
"""Before whom somebody is served: those on a paid plan are served before all others."""

_RETRY_AFTER = 5
_PATIENCE = Seconds(20.0)

_Line = deque[asyncio.Future[None]]


class FairUse:
    """Places to work at, and a line before them.

    Args:
        at_once: How many work at once, at least 1.
        waiting: How many may wait.
        patience: How long they wait at most.
    """

    def __init__(self, *, at_once: int, waiting: int, patience: Seconds = _PATIENCE) -> None:
        self._free = at_once
        self._most = waiting
        self._patience = patience
        self._lines: dict[Rank, _Line] = {"first": deque(), "after": deque()}

    @contextlib.asynccontextmanager
    async def place(self, rank: Rank) -> AsyncIterator[None]:
        """Wait for a place, and have it as long as the context lasts.

        In a full line, one who is served first takes the place of the last of the others.

        Raises:
            Unavailable: The line is full, or it took too long.
        """
        await self._wait(rank)
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, rank: Rank) -> None:
        if self._free:
            self._free -= 1
            return
        self._make_room(rank)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines[rank].append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as failure:
            if turn in self._lines[rank]:
                self._lines[rank].remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # It was this one's turn just now.
            if isinstance(failure, TimeoutError):
                raise _full() from None
            raise

    def _make_room(self, rank: Rank) -> None:
        if sum(map(len, self._lines.values())) < self._most:
            return
        others = self._lines["after"]
        if rank == "after" or not others:
            raise _full()
        others.pop().set_exception(_full())

    def _leave(self) -> None:
        line = self._lines["first"] or self._lines["after"]
        while line:
            turn = line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
            line = self._lines["first"] or self._lines["after"]
        self._free += 1


def _full() -> Unavailable:
    return Unavailable(UnavailableCause.FAIR_USE_FULL, retry_after=_RETRY_AFTER)
