"""What an account has had made, kept for as long as something may be made of it.

When a thing ends is part of its id, ahead of its chance, as with the files of `artifacts`: there is one truth about it
and nothing to look up. What ends within the same five minutes lies in one folder, which the sweeper of files deletes.
"""

import re
from collections.abc import AsyncIterator, Callable
from uuid import UUID

from antiphon.domain.errors import NotFound
from antiphon.domain.units import Seconds
from antiphon.kit.clock import Clock
from antiphon.services.artifacts import slot_folder
from antiphon.store.blobs import Blobs

KEPT = Seconds(30 * 24 * 3600.0)
"""How long the files of a clip, and what can be made of it, are kept (SETTLED 28)."""

_ID_BYTES = 16
_END_BYTES = 4
_PART = re.compile(r"[a-z0-9]{1,20}")


class Memories:
    """The use case of remembering.

    Args:
        blobs: Where it lies.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
    """

    def __init__(self, blobs: Blobs, *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._blobs = blobs
        self._clock = clock
        self._entropy = entropy

    def new_id(self, lifetime: Seconds = KEPT) -> UUID:
        """An id of version 4, by its looks; 90 bits of it are chance.

        Args:
            lifetime: How long from now on what it names is known, less a part of a second.
        """
        end = int(self._clock.now() + lifetime)
        chance = self._entropy(_ID_BYTES - _END_BYTES)
        return UUID(bytes=end.to_bytes(_END_BYTES, "big") + chance, version=4)

    async def keep(self, account_id: UUID, id_: UUID, part: str, data: bytes) -> None:
        """Keep a part of what an id names, once: what is there already stays.

        Args:
            account_id: Whose it is.
            id_: From `new_id`.
            part: Which part, such as "clip".
            data: Its bytes.

        Raises:
            Unavailable: It cannot be written.
        """
        name = _name(account_id, id_, part)
        try:
            await self._blobs.open(name)
        except NotFound:
            await self._blobs.put(name, _at_once(data))

    async def recall(self, account_id: UUID, id_: UUID, part: str) -> bytes:
        """A part of what an id names.

        Raises:
            NotFound: The account has no such thing, or no longer.
            Unavailable: It cannot be read.
        """
        if ends_at(id_) <= self._clock.now():
            raise NotFound("memory")
        blob = await self._blobs.open(_name(account_id, id_, part))
        return b"".join([piece async for piece in blob.read(0, blob.size)])

    def remaining(self, id_: UUID) -> Seconds:
        """How long what an id names is still known, at least 0."""
        return Seconds(max(0.0, ends_at(id_) - self._clock.now()))


def ends_at(id_: UUID) -> int:
    """Unix seconds from which on what an id names is not known any more."""
    return int.from_bytes(id_.bytes[:_END_BYTES], "big")


def _name(account_id: UUID, id_: UUID, part: str) -> str:
    if not _PART.fullmatch(part):
        raise ValueError(f"no part: {part}")
    return f"{slot_folder(ends_at(id_))}/memories/{account_id}/{id_}/{part}.json"


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    yield data
