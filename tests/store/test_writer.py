import asyncio
import contextlib
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


@contextlib.asynccontextmanager
async def held_open(writer):
    """The writer is busy with a batch of its own until the context ends; what comes meanwhile waits."""
    begun, gate = threading.Event(), threading.Event()

    def hold(_connection):
        begun.set()
        gate.wait(10)

    held = asyncio.create_task(writer.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    yield
    gate.set()
    await held


async def one_batch(writer, *writes):
    """Results or errors of writes that share a commit."""
    async with held_open(writer):
        rest = asyncio.gather(*map(writer.write, writes), return_exceptions=True)
        await asyncio.sleep(0)
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
        connection.set_commit_hook(lambda: bool(commits.append(1)))
        return connection

    writer = Writer(counting)
    await one_batch(writer, *map(insert, range(100)))
    writer.close()
    assert len(commits) == 2  # of the one that held the writer open, and of all others
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
    assert [(type(result), result.cause) for result in results] == [(Unavailable, UnavailableCause.STORE_FAILED)] * 3
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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_nobody_waits_for_a_writer_that_a_fault_of_ours_has_ended(path):
    def faulty_hook(writer_connection):
        writer_connection.set_commit_hook(lambda: "no bool")
        return writer_connection

    writer = Writer(lambda: faulty_hook(table(connect(path))))
    results = await asyncio.gather(*map(writer.write, map(insert, range(3))), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    with pytest.raises(Unavailable):
        await writer.write(insert(4))
    writer.close()


async def test_a_cancelled_caller_does_not_disturb_the_rest(writer, path):
    async with held_open(writer):
        leaving = asyncio.create_task(writer.write(insert(1)))
        staying = asyncio.create_task(writer.write(insert(2)))
        await asyncio.sleep(0)
        leaving.cancel()
    await staying
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


PAGE = 4096 + 24  # with its header in the WAL
NEVER = 10**9


def wal_pages(path):
    return path.with_name(path.name + "-wal").stat().st_size // PAGE


def insert_page(number):
    def write(connection):
        connection.execute("INSERT INTO big VALUES ($1, zeroblob(4000))", (number,))

    return write


def big_table(connection):
    connection.execute("CREATE TABLE big (n INTEGER PRIMARY KEY, b BLOB)")
    return connection


@pytest.mark.parametrize(("idle", "grows"), [(100, False), (NEVER, True)])
async def test_the_wal_is_copied_back_when_nobody_waits(path, idle, grows):
    writer = Writer(lambda: big_table(connect(path)), pages_when_idle=idle, pages_at_most=NEVER)
    for number in range(400):
        await writer.write(insert_page(number))
    assert (wal_pages(path) > 400) is grows
    writer.close()


@pytest.mark.parametrize(("most", "grows"), [(100, False), (NEVER, True)])
async def test_the_wal_is_copied_back_under_load_that_never_pauses(path, most, grows):
    writer = Writer(lambda: big_table(connect(path)), pages_when_idle=NEVER, pages_at_most=most)
    numbers = iter(range(2000))

    async def steady():
        for number in numbers:
            await writer.write(insert_page(number))

    await asyncio.gather(*(steady() for _ in range(20)))
    assert (wal_pages(path) > 1000) is grows
    writer.close()
