"""Names of hosts are looked up beside everything else.

The loop's own look-up shares a handful of threads with all other work that is handed to threads: a few names whose
servers do not answer would stop files and databases too. A look-up cannot be stopped, only no longer be waited for, so
its threads keep nobody from ending the process.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host, as text. Raises `OSError` where there are none."""

_AT_ONCE = 64
_SECONDS = 5.0


def look_up(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says. Takes as long as it takes.

    Raises:
        OSError: It knows no such host.
        UnicodeError: It is no name.
    """
    return [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Resolver:
    """Looks names up in threads of its own.

    Args:
        look_up: Does it, in a thread.
        at_once: How many threads there are at most. Who finds them all busy waits its turn.
        seconds: After which an answer is no longer waited for.
    """

    def __init__(
        self,
        look_up: Callable[[str, int], Sequence[str]] = look_up,
        *,
        at_once: int = _AT_ONCE,
        seconds: float = _SECONDS,
    ) -> None:
        self._look_up = look_up
        self._seconds = seconds
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """All addresses of a host.

        Raises:
            OSError: There are none, or nobody says so in time.
            UnicodeError: It is no name.
        """
        async with asyncio.timeout(self._seconds):
            await self._free.acquire()
            return await self._begun(host, port)

    def _begun(self, host: str, port: int) -> "asyncio.Future[Sequence[str]]":
        """A look-up in a thread, which frees its place when it is over, whoever still waits for it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def end(found: Sequence[str], error: Exception | None) -> None:
            self._free.release()
            if answer.done():
                return
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        def work() -> None:
            found: Sequence[str] = ()
            failure: Exception | None = None
            try:
                found = self._look_up(host, port)
            except (OSError, ValueError) as error:
                failure = error
            with contextlib.suppress(RuntimeError):  # The loop is closed, and nobody waits.
                loop.call_soon_threadsafe(end, found, failure)

        threading.Thread(target=work, name=f"look up {host}"[:32], daemon=True).start()
        return answer
