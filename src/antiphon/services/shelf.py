"""Shelves: where what was made for a request lies for a day, under addresses that nobody can guess."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifact, Artifacts

Access = Literal["paid", "free"]

_PIECE = 256 * 1024
_DAY = Seconds(24 * 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept.

    Args:
        url: Where.
        expires_at: Until when, in Unix seconds; None: as long as its owner wants it.
        path: Its address, without the server and the root of all files.
        size: In bytes.
    """

    url: str
    expires_at: int | None
    path: str = ""
    size: int = 0


class Shelf:
    """Keeps files of one kind.

    Args:
        artifacts: Where they lie.
        place: What their addresses begin with, such as "sonna/api-ephemeral/image".
        lifetime: How long they are kept.
    """

    def __init__(self, artifacts: Artifacts, place: str, *, lifetime: Seconds = _DAY) -> None:
        self._artifacts = artifacts
        self._place = place
        self._lifetime = lifetime

    async def keep(self, file: Path, suffix: str, *, account_id: UUID, access: Access) -> Kept:
        """Keep a file.

        Args:
            file: Where it lies now.
            suffix: What it is: one of `artifacts.TYPES`.
            account_id: Whose it is.
            access: What its account has.

        Raises:
            Unavailable: It cannot be kept.
        """
        artifact = await self._artifacts.keep(
            _pieces(file),
            shelf=f"{self._place}/{access}",
            owner=str(account_id),
            suffix=suffix,
            lifetime=self._lifetime,
        )
        return kept(artifact, self._artifacts)


def kept(artifact: Artifact, artifacts: Artifacts) -> Kept:
    """What is told of a file that is kept for a while."""
    url = artifacts.url(artifact)
    return Kept(url=url, expires_at=artifact.expires_at, path=artifact.path, size=artifact.size)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
