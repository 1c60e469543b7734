"""Clips: what an account has of its songs, to be fetched by whoever has the address, and gone on with by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.songs import Clip
from antiphon.services.artifacts import Artifacts
from antiphon.services.memories import Memories

_PIECE = 256 * 1024
_CLIP = TypeAdapter(Clip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody who can be had to sing.

    Args:
        name: What the account calls it.
        style: Tags that suit it; "" for none.
    """

    name: str
    style: str = ""


_PERSONA = TypeAdapter(Persona)


class Clips:
    """The use case of keeping clips and personas.

    Args:
        memories: Where they are known.
        artifacts: Where their files are.
    """

    def __init__(self, memories: Memories, artifacts: Artifacts) -> None:
        self.memories = memories
        self.artifacts = artifacts

    def new_id(self) -> UUID:
        """An id for a clip or a persona."""
        return self.memories.new_id()

    async def find(self, account_id: UUID, clip_id: UUID) -> Clip:
        """One of an account's clips.

        Raises:
            NotFound: It has no such clip, or no longer.
            Unavailable: It cannot be read.
        """
        return _CLIP.validate_json(await self.memories.recall(account_id, clip_id, "clip"))

    async def score(self, account_id: UUID, clip_id: UUID) -> bytes:
        """What the maker needs to make something of a clip.

        Raises:
            NotFound: Of this clip nothing can be made.
            Unavailable: It cannot be read.
        """
        return await self.memories.recall(account_id, clip_id, "score")

    async def remember(self, account_id: UUID, clip: Clip, score: bytes | None) -> None:
        """Let something be made of a clip from now on: the score first, so that what is found is whole.

        Args:
            account_id: Whose it is.
            clip: The clip.
            score: What its maker needs; None where nothing can be made of it.
        """
        if score is not None:
            await self.memories.keep(account_id, clip.id, "score", score)
        await self.memories.keep(account_id, clip.id, "clip", _CLIP.dump_json(clip))

    async def singer(self, account_id: UUID, persona_id: UUID) -> tuple[Persona, bytes]:
        """One of an account's personas, and what its maker needs.

        Raises:
            NotFound: It has no such persona, or no longer.
            Unavailable: It cannot be read.
        """
        persona = _PERSONA.validate_json(await self.memories.recall(account_id, persona_id, "persona"))
        return persona, await self.memories.recall(account_id, persona_id, "singer")

    async def introduce(self, account_id: UUID, persona_id: UUID, persona: Persona, singer: bytes) -> None:
        """Keep a persona."""
        await self.memories.keep(account_id, persona_id, "singer", singer)
        await self.memories.keep(account_id, persona_id, "persona", _PERSONA.dump_json(persona))

    async def publish(self, clip_id: UUID, path: Path, suffix: str) -> str:
        """Keep a file of a clip as long as the clip is known; its address.

        Args:
            clip_id: Whose it is.
            path: Where it lies now.
            suffix: What it is: one of `artifacts.TYPES`.

        Raises:
            Unavailable: It cannot be kept.
        """
        artifact = await self.artifacts.keep(
            _pieces(path),
            shelf="musicapi/songs",
            owner=str(clip_id),
            suffix=suffix,
            lifetime=self.memories.remaining(clip_id),
        )
        return self.artifacts.url(artifact)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
