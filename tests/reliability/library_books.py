"""Is the library right? Rows, files and charges are held against each other, and against what clients were told.

The names M1, M2, ... are those of the list of invariants in docs/reference/reliability.md.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from reliability.jobs_books import Fetch, fetching
from reliability.library_wishes import Change, Wish

PLACE = "/cdn/sonna/library/"
_USAGE = "SELECT id, request_id, charged, status, code FROM usage"
_ITEMS = "SELECT id, request_id, state, path, cover, size, title FROM library_item"
_ROOM = "SELECT bytes FROM library_room"
_BETWEEN = "SELECT count(*) FROM library_item JOIN open_request ON open_request.id = request_id WHERE state = 'taken'"
_NOTED = "idempotent_replay"


class Charge(NamedTuple):
    """A row of the request log."""

    id: str
    label: str
    charged: int
    status: int
    code: str


class Item(NamedTuple):
    """A row of the library."""

    id: str
    request: str
    state: str
    path: str
    cover: str | None
    size: int
    title: str

    @property
    def files(self) -> set[str]:
        """Its files, below the folder of the library's."""
        return {path.removeprefix("sonna/library/") for path in (self.path, self.cover) if path is not None}


@dataclass(slots=True, kw_only=True)
class Books:
    """All rows of the library and the log, at rest, and the files that are there.

    Args:
        charges: What was done, with what it cost: repeated answers are left out.
        items: The library.
        room: What all of it takes.
        files: Those in the library's folder, with their sizes.
    """

    charges: list[Charge]
    items: list[Item]
    room: int
    files: Mapping[str, int]

    @classmethod
    async def of(cls, database: str, folder: Path) -> "Books":
        """Those of a database: a path, or a URL of PostgreSQL's; and of a folder of files."""
        async with fetching(database) as fetch:
            return await cls._read(fetch, folder / "library")

    @classmethod
    async def _read(cls, fetch: Fetch, folder: Path) -> "Books":
        charges = [Charge(str(row[0]), *row[1:]) for row in await fetch(_USAGE)]
        return cls(
            charges=[charge for charge in charges if charge.code != _NOTED],
            items=[Item(str(row[0]), str(row[1]), *row[2:]) for row in await fetch(_ITEMS)],
            room=sum(int(bytes_) for (bytes_,) in await fetch(_ROOM)),
            files=_sizes(folder),
        )

    def there(self) -> list[Item]:
        """The rows that are items: paid for, and not taken out."""
        paid = {charge.id for charge in self.charges if charge.status == 200}
        return [item for item in self.items if item.state != "gone" and item.request in paid]


async def between(database: str) -> int:
    """Items that have a row, of requests that are not charged yet."""
    async with fetching(database) as fetch:
        ((many,),) = await fetch(_BETWEEN)
    return int(many)


def _sizes(folder: Path) -> Mapping[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def charged(books: Books, wishes: Collection[Wish]) -> Iterator[str]:
    """M1: what a client was told was made is charged once, at its price; what it was told failed costs nothing."""
    rows: dict[str, list[int]] = defaultdict(list)
    for charge in books.charges:
        if charge.charged:
            rows[charge.label].append(charge.charged)
    for wish in wishes:
        paid = rows.pop(wish.label, [])
        allowed = {"made": [[wish.cost]], "failed": [[]], "refused": [[]]}.get(wish.state, [[], [wish.cost]])
        if paid not in allowed:
            yield f"M1: {wish} was charged {paid}"
    yield from (f"M1: nobody asked for {label}: {paid}" for label, paid in rows.items())


def kept(books: Books, wishes: Collection[Wish], changes: Mapping[str, Change]) -> Iterator[str]:
    """M2: what a signed-in user was charged for has all its items, and nothing else has any."""
    labels = {charge.id: charge.label for charge in books.charges if charge.charged}
    items = Counter(labels.get(item.request, item.request) for item in books.there())
    there = {item.id for item in books.there()}
    for wish in wishes:
        paid = wish.label in labels.values()
        missing = {id_ for id_ in wish.ids - there if not changes.get(id_, Change()).asked}
        yield from (f"M2: {id_} of {wish} is not there" for id_ in missing)
        removed = sum(id_ not in there for id_ in wish.ids)
        if items.pop(wish.label, 0) + removed != wish.items * paid:
            yield f"M2: {wish} has other items than were paid for: {sorted(wish.ids & there)}"
    yield from (f"M2: {many} items of nobody's: {label}" for label, many in items.items())
    yield from (f"M2: {id_} was taken out" for id_, change in changes.items() if change.gone and id_ in there)


def filed(books: Books, *, swept: bool) -> Iterator[str]:
    """M3: no item without its whole files, no file without a row, after the sweep none without an item.

    Args:
        books: At rest.
        swept: Whether the sweep went over all that is left of what never was paid for.
    """
    rows = books.there() if swept else books.items
    for item in books.there():
        sizes = [books.files.get(file) for file in item.files]
        if None in sizes or sum(filter(None, sizes)) != item.size:
            yield f"M3: {item} has files of {sizes} bytes"
    led_to = {file for item in rows for file in item.files}
    yield from (f"M3: nothing leads to {file}" for file in books.files.keys() - led_to)
    if swept and len(books.items) != len(rows):
        yield f"M3: {len(books.items) - len(rows)} rows are left of what is not there"


def roomy(books: Books) -> Iterator[str]:
    """M4: the room that is taken is what the items have that are not gone."""
    wanted = sum(item.size for item in books.items if item.state != "gone")
    if books.room != wanted:
        yield f"M4: {books.room} bytes are taken, by items of {wanted}"


def listed(books: Books, shown: Sequence[Mapping[str, Any]], changes: Mapping[str, Change]) -> Iterator[str]:
    """M5: the list is what is there, as it was called last."""
    there = {item.id: item for item in books.there()}
    if {each["id"] for each in shown} != there.keys() or len(shown) != len(there):
        yield f"M5: {len(shown)} are listed, {len(there)} are there"
    for each in shown:
        item, change = there.get(each["id"]), changes.get(each["id"], Change())
        if item is None or (each["bytes"], each["title"]) != (item.size, item.title):
            yield f"M5: {each} is listed, {item} is there"
        elif change.titles and item.title not in change.titles:
            yield f"M5: {item} should be called one of {sorted(change.titles)}"
