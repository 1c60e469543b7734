"""Files at rest: whole or not there, and nothing outside the root."""

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.domain.errors import NotFound, Unavailable
from antiphon.store.blobs import LocalBlobs, _in_thread

OUTSIDE = ["../secret", "a/../../secret", "/etc/passwd", "a//b", "a/./b", ".hidden", "a/.b", "", "a/", "a\0b", "a b"]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(blobs: LocalBlobs, name: str) -> bytes:
    blob = await blobs.open(name)
    return b"".join([chunk async for chunk in blob.read(0, blob.size)])


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_what_was_put_can_be_read(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    assert await blobs.put("a/b/c.mp3", chunks(b"one", b"", b"two")) == 6
    assert await whole(blobs, "a/b/c.mp3") == b"onetwo"
    assert (await blobs.open("a/b/c.mp3")).size == 6


async def test_a_large_file_comes_back_as_it_was(tmp_path: Path) -> None:
    blobs, content = LocalBlobs(tmp_path), os.urandom(3_000_000)
    await blobs.put("large", chunks(*(content[at : at + 1013] for at in range(0, len(content), 1013))))
    assert await whole(blobs, "large") == content


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    assert await blobs.put("empty", chunks()) == 0
    assert await whole(blobs, "empty") == b""


async def test_a_part_is_read_alone(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    await blobs.put("a", chunks(b"0123456789"))
    assert [chunk async for chunk in (await blobs.open("a")).read(3, 6)] == [b"345"]


async def test_files_outlive_the_process(tmp_path: Path) -> None:
    await LocalBlobs(tmp_path).put("a/b", chunks(b"here"))
    assert await whole(LocalBlobs(tmp_path), "a/b") == b"here"


async def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    await LocalBlobs(tmp_path).put("a/b", chunks(b"here"))
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b")]
    assert modes == [0o700, 0o600]


async def test_there_is_nothing_until_all_is_there(tmp_path: Path) -> None:
    blobs, seen = LocalBlobs(tmp_path), []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(300_000)
            with pytest.raises(NotFound):
                await blobs.open("a/b")
            seen.append((tmp_path / "a").exists())

    await blobs.put("a/b", watched())
    assert (seen, files(tmp_path)) == ([False] * 3, ["a/b"])


async def test_a_source_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield bytes(300_000)
        raise NotFound("sound")

    with pytest.raises(NotFound) as raised:
        await LocalBlobs(tmp_path).put("a", failing())
    assert (raised.value.reason, files(tmp_path)) == ("sound", [])


async def test_a_cancelled_put_leaves_nothing(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(300_000)
            begun.set()

    putting = asyncio.create_task(LocalBlobs(tmp_path).put("a", endless()))
    await begun.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert files(tmp_path) == []


async def test_a_cancelled_task_waits_for_what_is_being_written() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        may_end.wait()
        ended.set()

    writing = asyncio.create_task(_in_thread(write))
    await asyncio.to_thread(begun.wait)
    writing.cancel()
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(may_end.set)
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert ended.is_set()


async def test_what_a_killed_process_left_is_deleted(tmp_path: Path) -> None:
    LocalBlobs(tmp_path)
    (tmp_path / ".unfinished" / "0123").write_bytes(b"half")
    LocalBlobs(tmp_path)
    assert files(tmp_path) == []


async def test_a_disk_that_refuses_is_unavailable(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    (tmp_path / "a").write_bytes(b"a file where a folder should be")
    with pytest.raises(Unavailable):
        await blobs.put("a/b", chunks(b"x"))
    assert files(tmp_path) == ["a"]


@pytest.mark.parametrize("name", OUTSIDE)
async def test_no_name_leads_outside(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    (tmp_path / "secret").write_bytes(b"secret")
    blobs = LocalBlobs(root)
    for act in (blobs.open(name), blobs.put(name, chunks(b"x")), blobs.remove(name), blobs.folders(name)):
        with pytest.raises(NotFound):
            await act
    assert files(tmp_path) == ["secret"]


async def test_the_unfinished_cannot_be_asked_for(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    (tmp_path / ".unfinished" / "0123").write_bytes(b"half")
    with pytest.raises(NotFound):
        await blobs.open(".unfinished/0123")


async def test_a_disk_that_refuses_to_read_is_unavailable(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    await blobs.put("a/b", chunks(b"a file where a folder should be"))
    with pytest.raises(Unavailable):
        await blobs.open("a/b/c")


@pytest.mark.parametrize("name", ["nothing", "a", "b/c"])
async def test_what_is_no_file_is_not_found(tmp_path: Path, name: str) -> None:
    blobs = LocalBlobs(tmp_path)
    await blobs.put("a/b", chunks(b"x"))
    with pytest.raises(NotFound):
        await blobs.open(name)


async def test_a_file_that_went_away_after_it_was_opened_is_not_found(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    await blobs.put("a/b", chunks(b"x"))
    blob = await blobs.open("a/b")
    await blobs.remove("a")
    with pytest.raises(NotFound):
        await anext(blob.read(0, 1))


async def test_folders_are_listed_and_removed_with_all_in_them(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    for name in ("top/2/x/file", "top/1/file", "top/file", "other/file"):
        await blobs.put(name, chunks(b"x"))
    assert await blobs.folders("top") == ("1", "2")
    await blobs.remove("top/2")
    await blobs.remove("top/2")
    assert files(tmp_path) == ["other/file", "top/1/file", "top/file"]
    assert await blobs.folders("nowhere") == ()


async def test_a_file_gets_another_name(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    await blobs.put("a/b", chunks(b"here"))
    await blobs.move("a/b", "c/d/e")
    assert (files(tmp_path), await whole(blobs, "c/d/e")) == (["c/d/e"], b"here")


async def test_what_is_not_there_gets_no_other_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await LocalBlobs(tmp_path).move("a/b", "c")


@pytest.mark.parametrize("name", OUTSIDE)
async def test_nothing_is_moved_to_or_from_outside(tmp_path: Path, name: str) -> None:
    blobs = LocalBlobs(tmp_path / "root")
    await blobs.put("a", chunks(b"here"))
    for source, target in ((name, "b"), ("a", name)):
        with pytest.raises(NotFound):
            await blobs.move(source, target)


async def test_a_file_is_removed_alone(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    for name in ("a/b", "a/c"):
        await blobs.put(name, chunks(b"here"))
    await blobs.remove("a/b")
    await blobs.remove("a/b")
    assert files(tmp_path) == ["a/c"]
