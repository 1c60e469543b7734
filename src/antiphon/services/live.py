"""Songs that can be heard while they are made: the file that a maker is writing, read as it grows.

Known in the process that has the song made, and nowhere else.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import UUID

from antiphon.domain.errors import NotFound
from antiphon.domain.ports import GROWING
from antiphon.services.artifacts import ROOT

_LOOKED = 0.1
"""Seconds between two looks at a file that grows."""
_READ_AT_ONCE = 64 * 1024
_REMEMBERED = 10_000
"""Songs whose finished file is still found under the address that they had while they were made."""


class SongGone(Exception):
    """A song that was being made will not be there: what was sent of it is all there is."""


class Playing:
    """A song that is being made.

    Args:
        folder: Where it is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url: str | None = None
        self.ended = asyncio.Event()

    def finished(self, url: str) -> None:
        """Say where it is to be found as a whole."""
        self.url = url


class Live:
    """The use case of listening while a song is made.

    Args:
        public_url: How clients reach this server, without a slash at the end.
    """

    def __init__(self, *, public_url: Callable[[], str]) -> None:
        self._public_url = public_url
        self._playing: dict[UUID, Playing] = {}
        self._finished: OrderedDict[UUID, str] = OrderedDict()

    def heard(self, clip_id: str) -> str | None:
        """Where a clip can be heard that is being made here, and from then on found; None for any other."""
        known = UUID(clip_id) in self._playing or UUID(clip_id) in self._finished
        return f"{self._public_url()}{ROOT}live/{clip_id}.mp3" if known else None

    @contextlib.contextmanager
    def playing(self, clip_id: UUID, folder: Path) -> Iterator[Playing]:
        """Let a clip be heard as long as the context lasts.

        Args:
            clip_id: The clip.
            folder: Where its maker writes it.
        """
        playing = self._playing[clip_id] = Playing(folder)
        try:
            yield playing
        finally:
            playing.ended.set()
            if self._playing.get(clip_id) is playing:
                del self._playing[clip_id]
            if playing.url is not None:
                self._finished[clip_id] = playing.url
                while len(self._finished) > _REMEMBERED:
                    self._finished.popitem(last=False)

    def found(self, clip_id: UUID) -> str | None:
        """Where a clip is that was made; None while it is.

        Raises:
            NotFound: It is neither.
        """
        if (playing := self._playing.get(clip_id)) is not None:
            return playing.url
        try:
            return self._finished[clip_id]
        except KeyError:
            raise NotFound("file") from None

    async def sound(self, clip_id: UUID) -> AsyncIterator[bytes]:
        """A clip that is being made, as it is written. The first piece may be long in coming.

        Raises:
            NotFound: It is not being made.
            SongGone: It will not be there.
        """
        playing = self._playing.get(clip_id)
        if playing is None:
            raise NotFound("file")
        path = await _appeared(playing)
        with path.open("rb") as file:
            while True:
                over = playing.url is not None or playing.ended.is_set()
                while piece := file.read(_READ_AT_ONCE):
                    yield piece
                if over:  # Of what was written before it was, nothing is left.
                    break
                await _looked(playing)
        if playing.url is None:
            raise SongGone


async def _appeared(playing: Playing) -> Path:
    """The file, once there is one.

    Raises:
        SongGone: It will not be there.
    """
    while True:
        found = next(iter((*playing.folder.glob(f"{GROWING}*"), *playing.folder.glob("song.mp3"))), None)
        if found is not None:
            return found
        if playing.ended.is_set():
            raise SongGone
        await _looked(playing)


async def _looked(playing: Playing) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LOOKED):
            await playing.ended.wait()
