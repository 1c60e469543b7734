"""The voices that an account has marked."""

from collections.abc import Sequence
from uuid import UUID

from antiphon.kit.clock import Clock
from antiphon.store.ports_favorites import FavoriteStore


class Favorites:
    """The use case of favourites.

    Args:
        store: Where they are kept.
        clock: Tells the time.
    """

    def __init__(self, store: FavoriteStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, account_id: UUID) -> Sequence[UUID]:
        """Those of an account, the one that was added last first."""
        return await self._store.favorites(account_id)

    async def toggle(self, account_id: UUID, voice_id: UUID) -> bool:
        """Mark a voice, or take the mark off; whether it is marked now."""
        return await self._store.toggle_favorite(account_id, voice_id, at=self._clock.now())
