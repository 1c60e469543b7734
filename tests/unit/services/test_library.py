"""The library on a real store and real files: wherever it is killed, no item is without its file."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from antiphon.catalog.plans import load_plans
from antiphon.domain.errors import InvalidRequest, NotFound, Unavailable, UnavailableCause
from antiphon.services.accounts import Accounts
from antiphon.services.artifacts import Artifacts
from antiphon.services.credits import Credits
from antiphon.services.library import Draft, Label, Library, Origin
from antiphon.services.shelf import Kept, kept
from antiphon.store.blobs import LocalBlobs
from antiphon.store.sqlite import SqliteStore
from antiphon.testing import FakeClock
from store.books import ACCOUNT, account, admission, ending, usage
from store.fresh import open_sqlite

DAY = 24 * 3600.0
HERE = "https://media.example/cdn/"
LABEL = Label(title="Hello", model="eleven-v3")


class Failing(LocalBlobs):
    """Files that cannot be deleted, or moved, where it is told so."""

    broken = False

    async def move(self, name: str, to: str) -> None:
        self._check()
        await super().move(name, to)

    async def remove(self, name: str) -> None:
        self._check()
        await super().remove(name)

    def _check(self) -> None:
        if self.broken:
            raise Unavailable(UnavailableCause.STORE_FAILED)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A library and what is around it."""

    library: Library
    artifacts: Artifacts
    store: SqliteStore
    blobs: Failing
    clock: FakeClock
    folder: Path

    async def kept(self, content: bytes = b"sound", suffix: str = "mp3") -> Kept:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        made = await self.artifacts.keep(pieces(), shelf="sonna/x", owner="alice", suffix=suffix, lifetime=DAY)
        return kept(made, self.artifacts)

    async def begun(self) -> Origin:
        request = admission(at=self.clock.now(), until=self.clock.now() + 60)
        await self.store.ledger.admit(request)
        return Origin(id=request.id, account_id=ACCOUNT)

    async def paid(self, origin: Origin) -> None:
        log = usage(id=origin.id, at=self.clock.now())
        await self.store.ledger.end(ending(admission(id=origin.id), at=self.clock.now(), usage=log))

    async def made(self, **changes: object) -> Draft:
        """What a request made that was paid for."""
        origin = await self.begun()
        fields = {"type": "SPEECH", "label": LABEL, "file": await self.kept(), **changes}
        (taken,) = await self.library.take([Draft(**fields)], origin=origin)
        await self.paid(origin)
        return taken

    @property
    def files(self) -> list[str]:
        """What lies in the library's folder."""
        return [path.name for path in (self.folder / "files" / "library").rglob("*") if path.is_file()]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(tmp_path) as shop:
        yield shop


@contextlib.asynccontextmanager
async def opened(folder: Path, *, plan: str = "") -> AsyncIterator[Shop]:
    """A library; `plan` is what a file of plans says of "free"."""
    clock, store = FakeClock(), open_sqlite(folder / "antiphon.db")
    plans = folder / "plans.toml"
    plans.write_text(f"[plan.free]\n{plan}\n")
    await store.keys.ensure_account(account())
    blobs = Failing(folder / "files")
    artifacts = Artifacts(blobs, clock=clock, entropy=os.urandom, public_url=lambda: "https://media.example")
    accounts = Accounts(store=store.accounts, plans=load_plans(plans), clock=clock, entropy=os.urandom)
    credits_ = Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom)
    library = Library(
        store.library, blobs=blobs, artifacts=artifacts, credits_=credits_, entropy=os.urandom, clock=clock
    )
    try:
        yield Shop(library=library, artifacts=artifacts, store=store, blobs=blobs, clock=clock, folder=folder)
    finally:
        await store.close()


async def content(shop: Shop, path: str) -> bytes | None:
    try:
        file = await shop.library.open(path)
    except NotFound:
        return None
    return b"".join([chunk async for chunk in file.blob.read(0, file.blob.size)])


async def test_what_is_taken_is_at_its_address_and_nowhere_else(shop: Shop) -> None:
    file, cover = await shop.kept(), await shop.kept(b"cover", "jpg")
    taken = await shop.made(type="MUSIC", file=file, image=cover, lyrics="la", seconds=2.5)
    assert taken.image is not None
    assert taken.file.expires_at is None
    assert taken.file.url == HERE + taken.file.path
    place, _, name = taken.file.path.rpartition("/")
    assert (place, len(name)) == (f"sonna/library/music/{ACCOUNT}", 48 + len(".mp3"))
    assert [await content(shop, one.path) for one in (taken.file, taken.image)] == [b"sound", b"cover"]
    for one in (file, cover):
        with pytest.raises(NotFound):
            await shop.artifacts.open(one.path)
    assert taken.item is not None
    item = await shop.library.item(ACCOUNT, taken.item)
    assert (item.size, item.lyrics, item.seconds, item.title) == (10, "la", 2.5, "Hello")
    assert (await shop.library.open(taken.file.path)).content_type == "audio/mpeg"


async def test_it_stays_however_old_it_is(shop: Shop) -> None:
    taken = await shop.made()
    shop.clock.advance(1000 * DAY)
    await shop.artifacts.sweep(shop.clock.now())
    assert await shop.library.sweep(shop.clock.now()) == 0
    assert await content(shop, taken.file.path) == b"sound"


async def test_without_room_it_is_left_for_a_day(tmp_path: Path) -> None:
    async with opened(tmp_path, plan="library_bytes = 9") as shop:
        first, second = await shop.made(), await shop.made()
        assert (first.item is None, second.item, second.file.expires_at) == (False, None, 1_800_086_400)
        assert first.item is not None
        await shop.library.remove(ACCOUNT, first.item)
        assert (await shop.made()).item is not None


async def test_without_a_library_nothing_fits(tmp_path: Path) -> None:
    async with opened(tmp_path, plan="library_bytes = 0") as shop:
        assert (await shop.made()).item is None
        assert shop.files == []


async def test_what_is_deleted_is_gone_at_once(shop: Shop) -> None:
    taken = await shop.made(image=await shop.kept(b"cover", "jpg"))
    assert taken.item is not None
    await shop.library.remove(ACCOUNT, taken.item)
    assert (shop.files, await content(shop, taken.file.path)) == ([], None)
    with pytest.raises(NotFound):
        await shop.library.remove(ACCOUNT, taken.item)
    shop.clock.advance(2 * DAY)
    assert await shop.library.sweep(shop.clock.now()) == 0


async def test_a_file_that_cannot_be_deleted_is_out_of_reach_and_deleted_later(shop: Shop) -> None:
    taken = await shop.made()
    assert taken.item is not None
    shop.blobs.broken = True
    await shop.library.remove(ACCOUNT, taken.item)
    assert (len(shop.files), await content(shop, taken.file.path)) == (1, None)
    shop.blobs.broken = False
    shop.clock.advance(2 * DAY)
    assert (await shop.library.sweep(shop.clock.now()), shop.files) == (1, [])


async def test_killed_before_the_file_was_moved_nothing_is_there_and_nothing_left(shop: Shop) -> None:
    origin, file = await shop.begun(), await shop.kept()
    shop.blobs.broken = True
    with pytest.raises(Unavailable):
        await shop.library.take([Draft(type="SPEECH", label=LABEL, file=file)], origin=origin)
    shop.blobs.broken = False
    await swept_clean(shop)


async def test_killed_before_it_was_charged_nothing_is_there_and_nothing_left(shop: Shop) -> None:
    origin, file = await shop.begun(), await shop.kept()
    (taken,) = await shop.library.take([Draft(type="SPEECH", label=LABEL, file=file)], origin=origin)
    assert (len(shop.files), await content(shop, taken.file.path)) == (1, None)
    await swept_clean(shop)


async def swept_clean(shop: Shop) -> None:
    """Nothing is listed; after a day there is neither file nor room that is taken."""
    page = await shop.library.page(ACCOUNT, type_=None, search="", before=None, most=9)
    assert (page.items, page.next) == ((), None)
    shop.clock.advance(2 * DAY)
    await shop.store.ledger.end_overdue(now=shop.clock.now(), most=9)
    assert await shop.library.sweep(shop.clock.now()) == 1
    assert (shop.files, await shop.library.room_taken(ACCOUNT)) == ([], 0)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
async def test_a_title_has_1_to_200_characters(shop: Shop, title: str) -> None:
    taken = await shop.made()
    assert taken.item is not None
    with pytest.raises(InvalidRequest) as refused:
        await shop.library.rename(ACCOUNT, taken.item, title)
    assert refused.value.reason == "title"
    assert (await shop.library.rename(ACCOUNT, taken.item, f" {'x' * 200}\n")).title == "x" * 200


async def test_pages_join_to_the_whole(shop: Shop) -> None:
    made = []
    for _ in range(5):
        shop.clock.advance(1.0)
        made.append((await shop.made()).item)
    found, before, pages = [], None, 0
    while pages == 0 or before is not None:
        page = await shop.library.page(ACCOUNT, type_=None, search="HELLO", before=before, most=2)
        found += [item.id for item in page.items]
        before, pages = page.next, pages + 1
    assert (found, pages) == (made[::-1], 3)


PATHS = [
    "sonna/library/../../antiphon.db",
    f"sonna/library/tts/{UUID(int=1)}/../x.mp3",
    f"sonna/library/tts/{UUID(int=1)}/{'0' * 48}.html",
    f"sonna/library/tts/{UUID(int=1)}/{'0' * 48}.mp3",
    "",
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_other_address_leads_anywhere(shop: Shop, path: str) -> None:
    assert await content(shop, path) is None
