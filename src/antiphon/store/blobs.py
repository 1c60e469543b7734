"""Files at rest. A name is a path of plain segments: "ephemeral/5c3a/2f9e.mp3"."""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from antiphon.domain.errors import NotFound, Unavailable, UnavailableCause

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_UNFINISHED = ".unfinished"  # No name begins with a dot, so nothing in it can be asked for.
_WRITTEN_AT_ONCE = 256 * 1024
_READ_AT_ONCE = 256 * 1024
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Blob(Protocol):
    """A file that was there when it was opened."""

    @property
    def size(self) -> int:
        """In bytes."""

    def read(self, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` on and before `end`, in pieces.

        Raises:
            NotFound: It was removed meanwhile.
            Unavailable: It cannot be read.
        """


class Blobs(Protocol):
    """A place for files. Every method raises `Unavailable` where the place fails."""

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Keep what comes, under a name that is not taken; its size.

        The file is there as a whole, and safe from a power cut, when this returns; before, and if `chunks` raises or
        the task is cancelled, there is nothing.
        """

    async def open(self, name: str) -> Blob:
        """The file of that name.

        Raises:
            NotFound: There is none.
        """

    async def move(self, name: str, to: str) -> None:
        """Give a file another name that is not taken, safely from a power cut when this returns.

        Raises:
            NotFound: There is none.
        """

    async def folders(self, name: str) -> tuple[str, ...]:
        """The names, last segments only, of the folders in a folder; none where it does not exist."""

    async def remove(self, name: str) -> None:
        """Delete a file, or a folder with all that is in it. It may be gone already."""


class LocalBlobs:
    """Files in a folder of this machine, which it makes, readable by their owner alone.

    Args:
        root: The folder. What is left of files that a killed process did not finish is deleted.

    Raises:
        OSError: The folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._unfinished = self._root / _UNFINISHED
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir(parents=True, mode=_PRIVATE_FOLDER)
        self._store = LocalStore(self._root)

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Keep what comes; see `Blobs.put`."""
        target = self._path(name)
        temporary = self._unfinished / secrets.token_hex(16)
        size = 0
        try:
            with _open_new(temporary) as file:
                async for held in _gathered(chunks):
                    await _in_thread(_write, file, held)
                    size += len(held)
                await _in_thread(os.fsync, file.fileno())
            await _in_thread(_publish, temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        return size

    async def open(self, name: str) -> Blob:
        """The file of that name; see `Blobs.open`."""
        self._path(name)
        with _reading():
            meta = await obstore.head_async(self._store, name)
        return _Stored(self._store, name, meta["size"])

    async def move(self, name: str, to: str) -> None:
        """Give a file another name; see `Blobs.move`."""
        await _in_thread(_move, self._path(name), self._path(to))

    async def folders(self, name: str) -> tuple[str, ...]:
        """The folders in a folder; see `Blobs.folders`."""
        self._path(name)
        with _reading():
            found = await obstore.list_with_delimiter_async(self._store, name)
        return tuple(sorted(path.rpartition("/")[2] for path in found["common_prefixes"]))

    async def remove(self, name: str) -> None:
        """Delete a file or a folder; see `Blobs.remove`."""
        await _in_thread(_remove, self._path(name))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotFound("file")
        return self._root / name


@dataclass(frozen=True, slots=True)
class _Stored:
    store: LocalStore
    name: str
    size: int

    async def read(self, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        with _reading():
            found = await obstore.get_async(self.store, self.name, options={"range": (start, end)})
            async for chunk in found.stream(min_chunk_size=_READ_AT_ONCE):
                yield bytes(chunk)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Failures of the place, as ours."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("file") from None
    except (OSError, BaseError) as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces: each costs a trip to a thread."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= _WRITTEN_AT_ONCE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _open_new(path: Path) -> FileIO:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
    except OSError as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure
    return FileIO(descriptor, "w")


def _write(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _publish(temporary: Path, target: Path) -> None:
    """Give a finished file its name, and make all folders on the way to it as safe as itself."""
    made = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    temporary.rename(target)
    for folder in {target.parent, *(folder.parent for folder in made)}:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(source: Path, target: Path) -> None:
    try:
        _publish(source, target)
    except FileNotFoundError:
        raise NotFound("file") from None


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


async def _in_thread(act: Callable[_Given, _Made], *args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
    """Do what may wait for the disk. A cancelled task waits for it too: a file must not be closed under its writer.

    Raises:
        Unavailable: The disk refused.
    """
    running = asyncio.ensure_future(asyncio.to_thread(act, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
    except OSError as failure:
        raise Unavailable(UnavailableCause.STORE_FAILED) from failure
