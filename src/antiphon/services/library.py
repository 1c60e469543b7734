"""The library: what signed-in users make is kept as long as they want it, under addresses that nobody can guess.

    file on the shelf of a day -> row (its room is taken) -> file at its address -> charged: it is there

Killed between any two of these, there is never an item without a file, nor a file here without a row: what was not
charged is no item, and its row leads the sweep to its file. Whoever is told of an item was charged for it.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable
from antiphon.domain.jobs import Job
from antiphon.domain.library import LONGEST_TITLE, ItemType, LibraryItem, found_by
from antiphon.domain.units import Seconds
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.artifacts import TYPES, Artifacts, File
from antiphon.services.credits import Credits
from antiphon.services.shelf import Kept
from antiphon.store.blobs import Blobs
from antiphon.store.ports_library import LibraryStore

PLACE = "sonna/library/"
"""What the addresses of its files begin with, after the root of all files."""

SWEEP_EVERY = Seconds(3600.0)
_LEFT_AFTER = Seconds(24 * 3600.0)
"""A request that was not charged by then never will be."""
_SWEPT_AT_ONCE = 100
_CACHED = 24 * 3600
"""Seconds that a client may have a file without asking whether it is there still."""
_NAME_BYTES = 20
_FOLDERS: dict[ItemType, str] = {
    "SPEECH": "tts",
    "DIALOGUE": "tts",
    "IMAGE": "image",
    "MUSIC": "music",
    "VIDEO": "video",
}
_PATH = re.compile(rf"{PLACE}[a-z]{{1,8}}/[0-9a-f-]{{36}}/[0-9a-f]{{{8 + 2 * _NAME_BYTES}}}\.([a-z0-9]{{1,8}})")

log = structlog.get_logger("antiphon.library")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a request says of the items it is to make.

    Args:
        title: What they are called.
        model: As the client named it.
    """

    title: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Something that is made, and lies on the shelf of a day. The rest as in `LibraryItem`.

    Args:
        file: Its file.
        image: Its cover.
        item: The item that it is; None: it is none.
    """

    type: ItemType
    label: Label
    file: Kept
    image: Kept | None = None
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    voice: str | None = None
    lyrics: str | None = None
    item: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The request that makes something.

    Args:
        id: What the ledger charges.
        account_id: Whom.
        fence: Of the claim, where it is a job.
    """

    id: UUID
    account_id: UUID
    fence: int | None = None


def origin_of(job: Job) -> Origin:
    """A job as what makes something."""
    return Origin(id=job.id, account_id=job.account_id, fence=job.fence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Items, the newest first; `next` is where the following page begins, None after the last."""

    items: Sequence[LibraryItem]
    next: UUID | None


class Library:
    """The use case of the library.

    Args:
        store: What is in it.
        blobs: Where its files lie.
        artifacts: The shelf of a day, where they come from.
        credits_: Knows who is on which plan.
        entropy: Gives that many bytes from a cryptographic source.
        clock: Tells the time.
    """

    def __init__(
        self,
        store: LibraryStore,
        *,
        blobs: Blobs,
        artifacts: Artifacts,
        credits_: Credits,
        entropy: Callable[[int], bytes],
        clock: Clock,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._artifacts = artifacts
        self._credits = credits_
        self._entropy = entropy
        self._clock = clock

    async def take(self, drafts: Sequence[Draft], *, origin: Origin) -> Sequence[Draft]:
        """Take what a request made into the library, all or none; it is there once the request is charged.

        Returns:
            The drafts, with their items and where their files are now; as they were, where there is no room.

        Raises:
            Conflict: "ended": the job is another's now.
            NotFound: A file is gone from its shelf.
            Unavailable: It cannot be done now.
        """
        items = [self._item(draft, origin, place) for place, draft in enumerate(drafts)]
        most = await self.room(origin.account_id)
        if not await self._store.take(items, request_id=origin.id, most=most, fence=origin.fence):
            return drafts
        taken = [await self._moved(draft, item) for draft, item in zip(drafts, items, strict=True)]
        return [replace(draft, item=item.id) for draft, item in zip(taken, items, strict=True)]

    async def room(self, account_id: UUID) -> int:
        """Bytes that an account may have. Errors are those of `Credits.standing`."""
        return (await self._credits.standing(account_id)).plan.library_bytes

    async def room_taken(self, account_id: UUID) -> int:
        """Bytes that an account has."""
        return await self._store.room_taken(account_id)

    async def page(
        self, account_id: UUID, *, type_: ItemType | None, search: str, before: UUID | None, most: int
    ) -> Page:
        """An account's items, the newest first, without lyrics.

        Args:
            account_id: Whose.
            type_: Only those; None: all.
            search: What their titles have in them, in upper or lower case.
            before: Where the page before ended.
            most: How many.
        """
        found = await self._store.items(account_id, type_=type_, search=found_by(search), before=before, most=most + 1)
        return Page(items=found[:most], next=found[most - 1].id if len(found) > most else None)

    async def item(self, account_id: UUID, item_id: UUID) -> LibraryItem:
        """An item, with its lyrics.

        Raises:
            NotFound: The account has no such item.
        """
        return _found(await self._store.item(account_id, item_id))

    async def rename(self, account_id: UUID, item_id: UUID, title: str) -> LibraryItem:
        """Call an item something else; what it is then.

        Raises:
            InvalidRequest: "title".
            NotFound: The account has no such item.
        """
        title = " ".join(title.split())
        if not 1 <= len(title) <= LONGEST_TITLE:
            raise InvalidRequest("title", "title", limit=LONGEST_TITLE)
        return _found(await self._store.rename(account_id, item_id, title))

    async def remove(self, account_id: UUID, item_id: UUID) -> None:
        """Take an item out, and delete its files.

        Raises:
            NotFound: The account has no such item.
        """
        item = _found(await self._store.remove(account_id, item_id))
        try:
            await self._erase([item])
        except Unavailable as failure:  # Nobody reaches them any more, and the sweep will.
            log.warning("files cannot be deleted", item=str(item_id), code=failure.cause)

    def url(self, path: str) -> str:
        """The absolute address of a file."""
        return self._artifacts.url_of(path)

    async def open(self, path: str) -> File:
        """The file at an address, `PLACE` included.

        Raises:
            NotFound: No item has one there.
            Unavailable: It cannot be read.
        """
        if content_type(path) is None or await self._store.item_at(path) is None:
            raise NotFound("file")
        return await self.file(path)

    async def file(self, path: str) -> File:
        """The file of an item that may not be paid for yet. Errors are those of `open`."""
        blob = await self._blobs.open(_blob(path))
        return File(
            name=path.rpartition("/")[2],
            content_type=content_type(path) or "",
            remaining=_CACHED,
            blob=blob,
        )

    async def sweep(self, now: float) -> int:
        """Delete the files of what was taken out, and of what never was paid for; how many items."""
        before, total = now - _LEFT_AFTER, 0
        while await self._store.settle(before=before, most=_SWEPT_AT_ONCE):
            pass
        while left := await self._store.leftovers(before=before, most=_SWEPT_AT_ONCE):
            await self._erase(left)
            total += len(left)
        return total

    async def tend(self) -> None:
        """Sweep once in `SWEEP_EVERY` until cancelled. Runs beside the server."""
        while True:
            try:
                await self.sweep(self._clock.now())
            except Unavailable as failure:
                log.warning("the library cannot be swept", code=failure.cause)
            await asyncio.sleep(SWEEP_EVERY)

    async def _erase(self, items: Sequence[LibraryItem]) -> None:
        """Delete files, and then the rows that lead to them."""
        for item in items:
            for path in item.files:
                await self._blobs.remove(_blob(path))
        await self._store.forget([item.id for item in items])

    async def _moved(self, draft: Draft, item: LibraryItem) -> Draft:
        file = await self._at(draft.file, item.path)
        if draft.image is None or item.cover is None:
            return replace(draft, file=file)
        return replace(draft, file=file, image=await self._at(draft.image, item.cover))

    async def _at(self, kept: Kept, path: str) -> Kept:
        await self._artifacts.hand_over(kept.path, _blob(path))
        return Kept(url=self.url(path), expires_at=None, path=path, size=kept.size)

    def _item(self, draft: Draft, origin: Origin, place: int) -> LibraryItem:
        now = self._clock.now()
        at = int(now * 1000) - place  # So that of a request's items the first is listed first.
        return LibraryItem(
            id=uuid7(at, self._entropy(RANDOM_BYTES)),
            account_id=origin.account_id,
            type=draft.type,
            title=draft.label.title,
            model=draft.label.model,
            created_at=now,
            path=self._address(draft.type, draft.file, origin.account_id, now),
            size=draft.file.size + (0 if draft.image is None else draft.image.size),
            cover=None if draft.image is None else self._address(draft.type, draft.image, origin.account_id, now),
            seconds=draft.seconds,
            width=draft.width,
            height=draft.height,
            voice=draft.voice,
            lyrics=draft.lyrics,
        )

    def _address(self, type_: ItemType, file: Kept, account_id: UUID, now: float) -> str:
        name = f"{int(now):08x}{self._entropy(_NAME_BYTES).hex()}"
        return f"{PLACE}{_FOLDERS[type_]}/{account_id}/{name}.{file.path.rpartition('.')[2]}"


def content_type(path: str) -> str | None:
    """The content type of a file of the library; None: there can be none at that address."""
    parts = _PATH.fullmatch(path)
    return None if parts is None else TYPES.get(parts[1])


def _blob(path: str) -> str:
    return path.removeprefix("sonna/")


def _found(item: LibraryItem | None) -> LibraryItem:
    if item is None:
        raise NotFound("library_item")
    return item
