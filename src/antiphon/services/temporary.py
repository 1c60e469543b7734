"""Keys for somebody else's hands, such as a browser's: for one use, for a while. `keys` recognises them."""

from collections.abc import Callable
from uuid import UUID

from antiphon.domain.errors import PermissionDenied, Unauthenticated
from antiphon.domain.keys import ENTROPY_BYTES, TEMPORARY_PREFIX, ApiKey, Permission, TemporaryKey, mint
from antiphon.domain.units import Seconds
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.keys import Keys
from antiphon.store.ports_projects import TemporaryKeyStore


class TemporaryKeys:
    """Makes temporary keys, and sees that those for a single use are used once.

    Args:
        store: Where they are kept.
        keys: Knows under what a key is stored.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
    """

    def __init__(self, *, store: TemporaryKeyStore, keys: Keys, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    async def mint(
        self,
        parent: ApiKey,
        *,
        permission: Permission,
        seconds: float,
        client_reference_id: str = "",
        single_use: bool = False,
        longest_session: Seconds | None = None,
    ) -> tuple[TemporaryKey, str]:
        """A new temporary key, and its text, which is nowhere else.

        Args:
            parent: The key it is made with, which has to be allowed this, and `permission` itself.
            permission: What it is for.
            seconds: How long it may begin streams.
            client_reference_id: The label of everything it does.
            single_use: Whether it begins one stream at most.
            longest_session: How long any one stream may last; None for no end of its own.

        Raises:
            PermissionDenied: The parent lacks a permission, or is itself a temporary key.
        """
        for needed in (Permission.TEMPORARY_API_KEYS, permission):
            if parent.temporary is not None or not parent.allows(needed):
                raise PermissionDenied(needed.value)
        now = self._clock.now()
        text = mint(TEMPORARY_PREFIX, self._entropy(ENTROPY_BYTES))
        key = TemporaryKey(
            id=self._new_id(now),
            parent_id=parent.id,
            permission=permission,
            created_at=now,
            expires_at=now + seconds,
            client_reference_id=client_reference_id,
            single_use=single_use,
            longest_session=longest_session,
        )
        await self._store.add_temporary(key, digest=self._keys.digest(text))
        return key, text

    async def begin(self, key: ApiKey) -> None:
        """Use up a key for a single use. Called when a stream was admitted, so that what is refused uses up nothing.

        Raises:
            Unauthenticated: "expired": it was used before.
        """
        terms = key.temporary
        if terms is None or not terms.single_use:
            return
        if not await self._store.use_temporary(terms.id, at=self._clock.now()):
            raise Unauthenticated("expired")

    def _new_id(self, now: float) -> UUID:
        return uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))
