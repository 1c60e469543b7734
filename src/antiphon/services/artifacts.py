"""Files for clients: kept for a while under addresses that nobody can guess, and refused from the second they end.

When a file ends is part of its name, ahead of 160 random bits. So there is one truth about it, which neither a
restart, nor a restored backup, nor another machine's clock or database can contradict, and a read needs no look-up.
A changed time is another name, under which there is nothing. Files that end within the same five minutes share
a folder, so that the sweeper deletes folders and never has to look at files.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog

from antiphon.domain.errors import NotFound, Unavailable
from antiphon.domain.units import Seconds
from antiphon.kit.clock import Clock
from antiphon.store.blobs import Blob, Blobs

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "aac": "audio/aac",
        "flac": "audio/flac",
        "jpg": "image/jpeg",
        "m4a": "audio/mp4",
        "mid": "audio/midi",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "opus": "audio/ogg",
        "pcm": "audio/pcm",
        "png": "image/png",
        "wav": "audio/wav",
        "webp": "image/webp",
    }
)
"""The content type of each file ending. Nothing else is kept or served: none of these can run in a browser."""

ROOT = "/cdn/"
"""Where files are found on the server."""

SWEEP_EVERY = Seconds(60.0)
_SLOT = 300
"""Seconds of endings that share a folder. With `SWEEP_EVERY`, bytes are gone at most 6 minutes after their end."""
_SLOTS = "ephemeral"
_RANDOM_BYTES = 20

_SHELF = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PATH = re.compile(rf"((?:[A-Za-z0-9_-]+/)+)([0-9a-f]{{8}})([0-9a-f]{{{2 * _RANDOM_BYTES}}})\.([a-z0-9]{{1,8}})")
_LONGEST_PATH = 400

log = structlog.get_logger("antiphon.artifacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that is kept.

    Args:
        path: Its address, without the server and `ROOT`.
        expires_at: Unix seconds, whole, from which on it is refused.
        size: In bytes.
    """

    path: str
    expires_at: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be sent.

    Args:
        name: Its last segment, unique for ever.
        content_type: One of `TYPES`.
        remaining: Whole seconds that it may still be read, at least 1.
        blob: Its bytes.
    """

    name: str
    content_type: str
    remaining: int
    blob: Blob


class Artifacts:
    """The use case of files.

    Args:
        blobs: Where they lie.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
        public_url: How clients reach this server, without a slash at the end.
    """

    def __init__(
        self, blobs: Blobs, *, clock: Clock, entropy: Callable[[int], bytes], public_url: Callable[[], str]
    ) -> None:
        self._blobs = blobs
        self._clock = clock
        self._entropy = entropy
        self._public_url = public_url

    async def keep(
        self, chunks: AsyncIterator[bytes], *, shelf: str, owner: str, suffix: str, lifetime: Seconds
    ) -> Artifact:
        """Keep a file; it is whole and safe from a power cut when this returns, and nowhere before.

        Args:
            chunks: Its bytes. What they raise is raised, and nothing is kept.
            shelf: The beginning of its address, such as "sonna/api-ephemeral/tts/paid".
            owner: The next segment.
            suffix: One of `TYPES`.
            lifetime: How long from now on it can be read, less a part of a second.

        Raises:
            Unavailable: It cannot be written.
            ValueError: `shelf`, `owner` or `suffix` cannot stand in an address: a fault of ours.
        """
        if not _SHELF.fullmatch(shelf) or not _OWNER.fullmatch(owner) or suffix not in TYPES:
            raise ValueError(f"no address: {shelf}/{owner}/*.{suffix}")
        expires_at = int(self._clock.now() + lifetime)
        path = f"{shelf}/{owner}/{expires_at:08x}{self._entropy(_RANDOM_BYTES).hex()}.{suffix}"
        size = await self._blobs.put(_blob_name(path, expires_at), chunks)
        return Artifact(path=path, expires_at=expires_at, size=size)

    def url(self, artifact: Artifact) -> str:
        """The absolute address."""
        return self.url_of(artifact.path)

    def url_of(self, path: str) -> str:
        """The absolute address of a path."""
        return f"{self._public_url()}{ROOT}{path}"

    async def open(self, path: str) -> File:
        """The file at an address.

        Raises:
            NotFound: There is none, or no longer, or there never can be one.
            Unavailable: It cannot be read.
        """
        expires_at, suffix = _read(path)
        now = self._clock.now()
        if now >= expires_at:
            raise NotFound("file")
        blob = await self._blobs.open(_blob_name(path, expires_at))
        return File(
            name=path.rpartition("/")[2],
            content_type=TYPES[suffix],
            remaining=max(1, int(expires_at - now)),
            blob=blob,
        )

    async def hand_over(self, path: str, name: str) -> None:
        """Let the file at an address be a blob of another's, under a name that is not taken; the address has none then.

        Raises:
            NotFound: As `open`.
            Unavailable: It cannot be moved.
        """
        expires_at, _ = _read(path)
        await self._blobs.move(_blob_name(path, expires_at), name)

    async def sweep(self, now: float) -> int:
        """Delete the files whose end is five minutes past or more; how many folders of them there were."""
        over = [slot for slot in await self._blobs.folders(_SLOTS) if _slot_end(slot) <= now]
        for slot in over:
            await self._blobs.remove(f"{_SLOTS}/{slot}")
        return len(over)

    async def tend(self) -> None:
        """Sweep once in `SWEEP_EVERY` until cancelled. Runs beside the server."""
        while True:
            try:
                await self.sweep(self._clock.now())
            except Unavailable as failure:
                log.warning("old files cannot be deleted", code=failure.cause)
            await asyncio.sleep(SWEEP_EVERY)


def slot_folder(expires_at: int) -> str:
    """The folder that is deleted a few minutes after a time: of what is known until then, and what ends near it."""
    return f"{_SLOTS}/{expires_at // _SLOT:08x}"


def _read(path: str) -> tuple[int, str]:
    """When the file at an address ends, and what it is.

    Raises:
        NotFound: There never can be one.
    """
    parts = _PATH.fullmatch(path) if len(path) <= _LONGEST_PATH else None
    if parts is None or parts[4] not in TYPES:
        raise NotFound("file")
    return int(parts[2], 16), parts[4]


def _blob_name(path: str, expires_at: int) -> str:
    return f"{slot_folder(expires_at)}/{path}"


def _slot_end(slot: str) -> float:
    """Unix seconds at which all files of a slot have ended; never, for a folder that is none."""
    return (int(slot, 16) + 1) * _SLOT if re.fullmatch(r"[0-9a-f]{8}", slot) else float("inf")
