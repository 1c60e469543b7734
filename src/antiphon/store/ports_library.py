"""What a store does for the library.

An item is written down before the request that makes it is paid for, and so before its file is at its address: it
*takes* its room. From the transaction on that charges the request, it is there; if that never comes, it never was.
"""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from antiphon.domain.library import ItemType, LibraryItem


class LibraryStore(Protocol):
    """The items of accounts, and the room they take. Every method raises `Unavailable` where the database fails."""

    async def take(
        self, items: Sequence[LibraryItem], *, request_id: UUID, most: int, fence: int | None = None
    ) -> bool:
        """Let the items of a request take their room, all or none. False: there is not enough.

        What an earlier try of the request took is let go, in the same transaction.

        Args:
            items: Of one account, at least one.
            request_id: What makes them: the id that the ledger charges.
            most: Bytes that the account may have.
            fence: Of the claim, where the request is a job.

        Raises:
            Conflict: "ended": another claim has the job; nothing was done.
        """

    async def item(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """An item of an account, with its lyrics."""

    async def item_at(self, path: str) -> LibraryItem | None:
        """The item that has a file at that address."""

    async def items(
        self,
        account_id: UUID,
        *,
        type_: ItemType | None = None,
        search: str = "",
        before: UUID | None = None,
        most: int = 100,
    ) -> Sequence[LibraryItem]:
        """An account's items, the newest first, from the one before `before` on, without lyrics.

        Args:
            account_id: Whose.
            type_: Only those.
            search: What their titles have in them, as `domain.library.found_by` has it.
            before: Where the last list ended.
            most: How many.
        """

    async def room_taken(self, account_id: UUID) -> int:
        """Bytes that an account's items have, with those that are not there yet."""

    async def rename(self, account_id: UUID, item_id: UUID, title: str) -> LibraryItem | None:
        """Give an item another title; the item then. None: there is none."""

    async def remove(self, account_id: UUID, item_id: UUID) -> LibraryItem | None:
        """Take an item out, and give its room back; what it was. None: there is none.

        Its row is kept until `forget`, so that its files are found whatever happens.
        """

    async def settle(self, *, before: float, most: int) -> int:
        """Find out about up to so many rows made before that time whether they were paid for; how many it now knows.

        Those that were are not asked about again, the others are let go. What is at work is left for later.
        """

    async def leftovers(self, *, before: float, most: int) -> Sequence[LibraryItem]:
        """Rows made before that time whose files are to be removed: what was taken out, and what was let go."""

    async def forget(self, item_ids: Collection[UUID]) -> None:
        """Forget rows of `remove` and `leftovers`, whose files are gone."""
