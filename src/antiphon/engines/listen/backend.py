"""Listening as the server sees it: a file in, what was heard out, the work in child processes."""

import asyncio
import importlib.util
from collections.abc import Callable
from pathlib import Path

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.heard import LARGEST_RECORDING, Heard, HearingFault, Wanted
from antiphon.engines.listen.wire import Kind, pack_wanted, pieces, unpack_answer, unpack_sound
from antiphon.kit import frames
from antiphon.kit.nursery import Nursery, NurseryDown, Program, Worker

_PATIENCE = 600.0
_START = 300.0
"""Seconds; librosa's very first start compiles for half a minute, and longer where there is much else to do."""


Told = Callable[[str], None]
"""Called with the name of each stage as it begins: "open", "copy", "beat", "harmony", "form", "voice", "words"."""

STEM_RATE = 44_100

Kept = Callable[[str, bytes], None]
"""Called with a stem's name and some of its sound, in order: two channels of 16 bits, little-endian, at `STEM_RATE`.

With `ports.COPY` it is some of an MP3.
"""


class ExtraMissing(Unavailable):
    """What listening needs is not installed: `pip install 'antiphon[listen]'`."""

    def __init__(self) -> None:
        super().__init__(UnavailableCause.MAKER_NOT_READY)


class Listening:
    """Hears recordings. Its processes start with the first one, and stay.

    Args:
        cache: A folder that stays, for what librosa compiles. It is made where it is missing.
        at_once: How many recordings are heard side by side; each may take a gigabyte.
        patience: Seconds to wait for a free listener, and for its answer.
    """

    def __init__(self, *, cache: Path, at_once: int = 1, patience: float = _PATIENCE) -> None:
        self._cache = cache
        self._at_once = at_once
        self._patience = patience
        self._nursery: Nursery | None = None
        self._starting: asyncio.Task[Nursery] | None = None

    async def start(self) -> None:
        """Have the listener ready. `hear` does it too, where it has not been done.

        Raises:
            ExtraMissing: librosa is not installed.
            Unavailable: It does not start.
        """
        try:
            await self._started()
        except NurseryDown as down:
            raise Unavailable(UnavailableCause.MAKER_NOT_READY, retry_after=10) from down

    async def hear(
        self, file: bytes, wanted: Wanted, *, told: Told = lambda _stage: None, kept: Kept = lambda _stem, _pcm: None
    ) -> Heard | HearingFault:
        """What is heard in a recording, or why nothing is.

        A file that breaks its listener, or needs more memory or time than any should, is unreadable.

        Args:
            file: As somebody made it.
            wanted: What to listen for.
            told: Hears of each stage.
            kept: Takes the stems and the copy, where they are wanted.

        Raises:
            ExtraMissing: librosa is not installed.
            Unavailable: There is no listener, or too much else to do.
        """
        if len(file) > LARGEST_RECORDING:
            return HearingFault.TOO_LARGE
        await self.start()
        try:
            nursery = await self._started()
            async with nursery.worker(self._patience) as worker, asyncio.timeout(self._patience):
                return await _ask(worker, file, wanted, told, kept)
        except (NurseryDown, TimeoutError) as failure:
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=10) from failure

    async def close(self) -> None:
        """End every listener."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._nursery is not None:
            await self._nursery.close()

    async def _started(self) -> Nursery:
        """The nursery. Whoever has it started may go away meanwhile: the next one finds it started."""
        if self._starting is None:
            if importlib.util.find_spec("librosa") is None:
                raise ExtraMissing
            self._starting = asyncio.get_running_loop().create_task(self._opened())
        return await asyncio.shield(self._starting)

    async def _opened(self) -> Nursery:
        try:
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            nursery = Nursery(_listener(self._cache), spares=1, most=self._at_once, patience=_START)
            try:
                await nursery.start()
            except BaseException:
                await nursery.close()
                raise
        except BaseException:
            self._starting = None
            raise
        self._nursery = nursery
        return nursery


def _listener(cache: Path) -> Program:
    return Program(
        module="antiphon.engines.listen.listener",
        environment={
            "NUMBA_CACHE_DIR": str(cache.resolve()),
            "NUMBA_NUM_THREADS": "1",  # Forking wants no threads.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
        },
        withheld="ANTIPHON_",  # It reads files of strangers: it is to know no secrets.
    )


async def _ask(worker: Worker, file: bytes, wanted: Wanted, told: Told, kept: Kept) -> Heard | HearingFault:
    worker.sock.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=worker.sock)
    told("open")
    try:
        writer.write(frames.frame(Kind.ASK, pack_wanted(wanted)))
        for piece in pieces(file):
            writer.write(frames.frame(Kind.PIECE, piece))
            await writer.drain()
        writer.write(frames.frame(Kind.END))
        await writer.drain()
        return await _answer(reader, told, kept)
    except ConnectionError:
        return HearingFault.UNREADABLE
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, told: Told, kept: Kept) -> Heard | HearingFault:
    while True:
        kind, payload = await frames.read(reader)
        match kind:
            case Kind.STAGE:
                told(payload.decode())
            case Kind.SOUND:
                kept(*unpack_sound(payload))
            case _:
                return unpack_answer(kind, payload)
