"""How long work may go on: to the end of its key's session, and not for long once the key is revoked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from antiphon.domain.errors import AntiphonError, PermissionDenied, Unauthenticated, Unavailable
from antiphon.domain.keys import ApiKey
from antiphon.kit.interrupt import Interrupt
from antiphon.store.ports_projects import TemporaryKeyStore

LOOK_SECONDS = 2.0
"""Between two looks for revoked keys: even where one of them fails, work ends within five seconds."""


class Sessions:
    """The work that goes on, and the keys it goes on with.

    Args:
        store: Knows which keys are revoked.
        look_every: Seconds between two looks, and the longest that one may take.
    """

    def __init__(self, store: TemporaryKeyStore, *, look_every: float = LOOK_SECONDS) -> None:
        self._store = store
        self._look_every = look_every
        self._open: dict[Interrupt, ApiKey] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def open(self, key: ApiKey) -> AsyncIterator[None]:
        """Let work go on as long as its key lets it. It is cancelled then, and the error raised in its place.

        Raises:
            PermissionDenied: "session_expired": it took longer than the temporary key's longest session.
            Unauthenticated: "incorrect": the key was revoked; "expired": that of a temporary key was.
        """
        async with Interrupt() as interrupt:
            ending = _ending(key, interrupt)
            self._enter(interrupt, key)
            try:
                yield
            finally:
                self._leave(interrupt)
                if ending is not None:
                    ending.cancel()

    def _enter(self, interrupt: Interrupt, key: ApiKey) -> None:
        if not self._open:
            self._wait()
        self._open[interrupt] = key

    def _leave(self, interrupt: Interrupt) -> None:
        del self._open[interrupt]
        if self._open:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._look is not None:
            self._look.cancel()
        self._timer = self._look = None

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._look_every, self._begin_look)

    def _begin_look(self) -> None:
        self._wait()  # For the next, whatever comes of this one.
        self._look = asyncio.get_running_loop().create_task(self._cut_revoked())

    async def _cut_revoked(self) -> None:
        """End the work of revoked keys. Where it cannot be known which are, all of it goes on."""
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(self._look_every):
                revoked = await self._store.revoked({key.id for key in self._open.values()})
            for interrupt, key in self._open.items():
                if key.id in revoked:
                    interrupt.now(_revoked(key))


def _ending(key: ApiKey, interrupt: Interrupt) -> asyncio.TimerHandle | None:
    """Where the key's sessions have an end: what ends this one, in time."""
    if key.temporary is None or key.temporary.longest_session is None:
        return None
    expired = PermissionDenied(reason="session_expired")
    return asyncio.get_running_loop().call_later(key.temporary.longest_session, interrupt.now, expired)


def _revoked(key: ApiKey) -> AntiphonError:
    return Unauthenticated("incorrect" if key.temporary is None else "expired")
