"""What a store does for favourite voices."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class FavoriteStore(Protocol):
    """Which voices an account has marked. Of voices it knows ids only."""

    async def favorites(self, account_id: UUID) -> Sequence[UUID]:
        """The marked voices, the one that was marked last first."""

    async def toggle_favorite(self, account_id: UUID, voice_id: UUID, *, at: float) -> bool:
        """Mark a voice, or take the mark off, in one transaction; whether it is marked now."""
