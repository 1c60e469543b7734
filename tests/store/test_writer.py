import asyncio
import threading

import apsw
import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.store.connections import connect
from antiphon.store.writer import Writer


class FaultyVFS(apsw.VFS):
    """The system's files, whose syncing fails while `broken` is set."""

    def __init__(self):
        self.broken = False
        super().__init__("faulty", "")

    def xOpen(self, name, flags):  # noqa: N802 - apsw's name
        return FaultyFile(self, name, flags)


class FaultyFile(apsw.VFSFile):
    def __init__(self, vfs, name, flags):
        self._vfs = vfs
        super().__init__("", name, flags)

    def xSync(self, flags):  # noqa: N802 - apsw's name
        if self._vfs.broken:
            raise apsw.IOError("sync failed")
        super().xSync(flags)


def insert(number):
    return lambda connection: connection.execute("INSERT INTO t VALUES ($1)", (number,)).fetchall()


def numbers(path):
    connection = apsw.Connection(str(path))
    found = {number for (number,) in connection.execute("SELECT n FROM t")}
    connection.close()
    return found


def table(connection):
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
    return connection


@pytest.fixture
def path(tmp_path):
    return tmp_path / "db"


@pytest.fixture
def writer(path):
    made = Writer(lambda: table(connect(path)))
    yield made
    made.close()


async def one_batch(writer, *writes):
    """Results or errors of writes that share a commit: they queue up behind one that is held open."""
    gate = threading.Event()
    held = asyncio.create_task(writer.write(lambda _connection: gate.wait(10)))
    await asyncio.sleep(0)
    rest = asyncio.gather(*map(writer.write, writes), return_exceptions=True)
    await asyncio.sleep(0)
    gate.set()
    assert await held
    return await rest


async def test_what_was_answered_is_on_disk_for_others_to_see(writer, path):
    await writer.write(insert(1))
    assert numbers(path) == {1}


async def test_a_write_gives_back_what_its_function_does(writer):
    assert await writer.write(lambda connection: connection.execute("SELECT 1 + 1").get) == 2


async def test_writes_that_wait_together_share_one_commit(path):
    commits = []

    def counting():
        connection = table(connect(path))
        connection.set_commit_hook(lambda: commits.append(1) and False)
        return connection

    writer = Writer(counting)
    await one_batch(writer, *map(insert, range(100)))
    writer.close()
    assert len(commits) <= 3
    assert numbers(path) == set(range(100))


@pytest.mark.parametrize("wrong", [lambda _c: 1 // 0, insert(1), lambda c: c.execute("nonsense")])
async def test_one_that_fails_takes_no_other_with_it(writer, path, wrong):
    def half_done(connection):
        insert(50)(connection)
        wrong(connection)

    results = await one_batch(writer, insert(1), half_done, insert(2))
    assert [isinstance(result, Exception) for result in results] == [False, True, False]
    assert numbers(path) == {1, 2}


async def test_an_error_reaches_its_caller_as_it_was(writer):
    await writer.write(insert(1))
    with pytest.raises(apsw.ConstraintError):
        await writer.write(insert(1))
    with pytest.raises(ZeroDivisionError):
        await writer.write(lambda _connection: 1 // 0)


async def test_one_that_ends_the_shared_transaction_fails_the_batch_and_not_the_writer(writer, path):
    results = await one_batch(writer, insert(1), lambda c: c.execute("ROLLBACK").fetchall(), insert(2))
    assert all(isinstance(result, apsw.SQLError) for result in results)
    await writer.write(insert(3))
    assert numbers(path) == {3}


async def test_a_commit_that_fails_fails_all_of_its_batch_and_keeps_nothing(path):
    vfs = FaultyVFS()
    writer = Writer(lambda: table(faulty(path)))
    await writer.write(insert(1))

    def breaks(_connection):
        vfs.broken = True

    results = await one_batch(writer, insert(2), breaks, insert(3))
    assert [(type(result), result.cause) for result in results] == [
        (Unavailable, UnavailableCause.STORE_FAILED)
    ] * 3
    vfs.broken = False
    await writer.write(insert(4))
    writer.close()
    assert numbers(path) == {1, 4}


def faulty(path):
    connection = apsw.Connection(str(path), vfs="faulty")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


async def test_a_full_disk_is_unavailable_until_there_is_room(writer, path):
    big = "INSERT INTO big VALUES (zeroblob(100000))"
    await writer.write(lambda connection: connection.execute("CREATE TABLE big (b BLOB)").fetchall())
    await writer.write(lambda connection: connection.execute("PRAGMA max_page_count=10").fetchall())
    with pytest.raises(Unavailable) as caught:
        await writer.write(lambda connection: connection.execute(big).fetchall())
    assert caught.value.cause == UnavailableCause.STORE_FAILED
    await writer.write(insert(1))
    await writer.write(lambda connection: connection.execute("PRAGMA max_page_count=10000").fetchall())
    await writer.write(lambda connection: connection.execute(big).fetchall())
    assert numbers(path) == {1}


async def test_a_cancelled_caller_does_not_disturb_the_rest(writer, path):
    gate = threading.Event()
    held = asyncio.create_task(writer.write(lambda _connection: gate.wait(10)))
    leaving = asyncio.create_task(writer.write(insert(1)))
    await asyncio.sleep(0)
    leaving.cancel()
    staying = asyncio.create_task(writer.write(insert(2)))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(held, staying)
    assert leaving.cancelled()
    assert numbers(path) == {1, 2}


async def test_closing_finishes_what_waits_and_refuses_what_comes_after(writer, path):
    waiting = [asyncio.create_task(writer.write(insert(n))) for n in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*waiting)
    with pytest.raises(Unavailable) as caught:
        await writer.write(insert(99))
    assert caught.value.cause == UnavailableCause.SHUTTING_DOWN
    assert numbers(path) == set(range(50))


async def test_the_wal_does_not_grow_for_ever(writer, path):
    for number in range(0, 60_000, 500):
        await asyncio.gather(*(writer.write(insert(n)) for n in range(number, number + 500)))
    wal = path.with_name(path.name + "-wal")
    assert wal.stat().st_size < 12_000 * 4096
