"""The ear as the server sees it: a clip in, a likeness out, the work in child processes."""

import asyncio

from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.speech import Likeness
from antiphon.engines.ear.wire import Kind, unpack_answer
from antiphon.kit import frames
from antiphon.kit.nursery import Nursery, NurseryDown, Program, Worker

_PATIENCE = 20.0
_AT_ONCE = 2

_LISTENER = Program(
    module="antiphon.engines.ear.listener",
    environment={
        "OPENBLAS_NUM_THREADS": "1",  # Forking wants no threads.
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    },
    withheld="ANTIPHON_",  # It reads files of strangers: it is to know no secrets.
)


class Ear:
    """Measures speakers. Its processes start with the first clip: most servers never see one.

    Args:
        patience: Seconds to wait for a free listener, and for its answer.
    """

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._nursery: Nursery | None = None
        self._starting = asyncio.Lock()

    async def measure(self, clip: bytes) -> Likeness | ClipFault:
        """What a clip tells of its speaker, or why it tells nothing.

        A clip that breaks its listener, or needs more memory or time than any should, is unreadable.

        Args:
            clip: A file as somebody made it, at most 16 MiB.

        Raises:
            Unavailable: There is no listener, or too much else to do.
        """
        return await self._answer(Kind.CLIP, clip)

    async def audition(self, recording: bytes) -> Likeness | ClipFault:
        """What the beginning of a recording tells of its speaker, however long it is; otherwise as `measure`.

        Args:
            recording: A file as somebody made it, at most 16 MiB.

        Raises:
            Unavailable: There is no listener, or too much else to do.
        """
        return await self._answer(Kind.AUDITION, recording)

    async def _answer(self, kind: Kind, file: bytes) -> Likeness | ClipFault:
        try:
            nursery = await self._started()
            async with nursery.worker(self._patience) as worker, asyncio.timeout(self._patience):
                return await _ask(worker, kind, file)
        except NurseryDown as down:
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=2) from down
        except TimeoutError as late:
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=2) from late

    async def close(self) -> None:
        """End every listener."""
        async with self._starting:
            if self._nursery:
                await self._nursery.close()

    async def _started(self) -> Nursery:
        async with self._starting:
            if self._nursery is None:
                nursery = Nursery(_LISTENER, spares=1, most=_AT_ONCE)
                try:
                    await nursery.start()
                except BaseException:
                    await nursery.close()
                    raise
                self._nursery = nursery
            return self._nursery


async def _ask(worker: Worker, kind: Kind, file: bytes) -> Likeness | ClipFault:
    worker.sock.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=worker.sock)
    try:
        writer.write(frames.frame(kind, file))
        await writer.drain()
        return unpack_answer(*await frames.read(reader))
    except ConnectionError:
        return ClipFault.UNREADABLE
    finally:
        writer.transport.abort()
