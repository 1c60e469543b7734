"""The sound of clips that are recordings: what is had of them was recorded, and is not played from what was heard."""

import asyncio
import wave
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Literal, Protocol

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.heard import HearingFault, Wanted
from antiphon.domain.ports import Listener
from antiphon.domain.songs import Clip, SongForm
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import ROOT
from antiphon.services.clips import Clips

_RATE = 44_100
_FRAME = 4
"""Bytes: two channels of 16 bits."""


class Dubber(Protocol):
    """Whoever has sound in other files."""

    async def __call__(self, source: Path, files: Mapping[SongForm, Path], /) -> None:
        """Have sound in other files.

        Args:
            source: An MP3; or, with the ending ".pcm", two channels of 16 bits, little-endian, 44,100 a second.
            files: Where it is wanted, by form.

        Raises:
            Unavailable: It cannot be done here and now.
        """


class Recorded:
    """The use case of having the sound of recordings.

    Args:
        clips: Where they are kept.
        listener: Takes them apart; None where nobody can.
        dubber: Has them in other files.
    """

    def __init__(self, clips: Clips, *, listener: Listener | None, dubber: Dubber) -> None:
        self._clips = clips
        self._listener = listener
        self._dub = dubber

    async def files(self, clip: Clip, forms: Collection[SongForm], folder: Path) -> Mapping[SongForm, Path]:
        """A recording in some forms, in a folder of the caller's.

        Raises:
            InvalidRequest: "unknown_clip": it is not there any more.
            Unavailable: It cannot be had here and now.
        """
        source = folder / "recording.mp3"
        await asyncio.to_thread(source.write_bytes, await self._sound(clip))
        files = {form: folder / f"dubbed.{form}" for form in forms}
        await self._dub(source, files)
        return files

    async def stems(self, clip: Clip, count: Literal[2, 4], folder: Path) -> Mapping[str, Path]:
        """What a recording is taken apart into, as MP3 by name: vocals and instrumental, or vocals, drums, bass, other.

        Raises:
            InvalidRequest: As `files`; "no_listener": nobody can.
            Unavailable: It cannot be done here and now.
        """
        heard = await self._apart(clip, count, folder)
        files = {name: folder / f"{name}.mp3" for name in heard}
        for name, source in heard.items():
            await self._dub(source, {"mp3": files[name]})
            source.unlink()
        return files

    async def vocals(self, clip: Clip, *, start: Seconds, end: Seconds, folder: Path) -> Path:
        """Who sings in a recording from one second to another, as WAV. Errors are those of `stems`."""
        heard = await self._apart(clip, 2, folder)
        return await asyncio.to_thread(_cut, heard["vocals"], start, end)

    async def _apart(self, clip: Clip, count: Literal[2, 4], folder: Path) -> Mapping[str, Path]:
        if self._listener is None:
            raise InvalidRequest("no_listener")
        sound = await self._sound(clip)
        wanted, shelf = Wanted(melody=False, stems=count), _Shelf(folder)
        try:
            heard = await self._listener.hear(sound, wanted, told=_untold, kept=shelf.keep)
        finally:
            await shelf.closed()
        if isinstance(heard, HearingFault):
            raise InvalidRequest(f"recording_{heard}", "clip_id")
        return shelf.paths

    async def _sound(self, clip: Clip) -> bytes:
        try:
            file = await self._clips.artifacts.open(clip.files["mp3"].partition(ROOT)[2])
            return b"".join([piece async for piece in file.blob.read(0, file.blob.size)])
        except (KeyError, NotFound):
            raise InvalidRequest("unknown_clip", "clip_id") from None


class _Shelf:
    """Stems while they come, written in a thread, one piece after the other: memory has no place for all of them."""

    def __init__(self, folder: Path) -> None:
        self.paths: dict[str, Path] = {}
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._written: list[Future[None]] = []

    def keep(self, name: str, piece: bytes) -> None:
        """Some of a stem; see `Listener.hear`."""
        path = self.paths.setdefault(name, self._folder / f"{name}.pcm")
        self._written.append(self._thread.submit(_append, path, piece))

    async def closed(self) -> None:
        """Wait until all is written.

        Raises:
            OSError: It is not.
        """
        await asyncio.to_thread(self._thread.shutdown)
        for written in self._written:
            written.result()


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


def _untold(_stage: str) -> None:
    """Nobody asks."""


def _cut(source: Path, start: Seconds, end: Seconds) -> Path:
    target = source.with_suffix(".wav")
    with source.open("rb") as sound, wave.open(str(target), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(_FRAME // 2)
        file.setframerate(_RATE)
        sound.seek(round(start * _RATE) * _FRAME)
        file.writeframes(sound.read(round((end - start) * _RATE) * _FRAME))
    return target
