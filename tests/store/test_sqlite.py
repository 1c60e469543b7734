import re
import stat

import apsw
import pytest

from antiphon.domain.errors import Unavailable
from antiphon.store import sqlite_keys
from antiphon.store.errors import FolderUnusable, SchemaTooNew, StoreDamaged
from antiphon.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "antiphon.db"


@pytest.fixture
async def store(path):
    made = SqliteStore.open(path)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("temp_store", 2),
        ("mmap_size", 0),
        ("trusted_schema", 0),
        ("journal_size_limit", 67108864),
    ],
)
async def test_the_writer_runs_with_the_settings_that_keep_money_safe(store, pragma, value):
    assert await store.write(lambda connection: connection.execute(f"PRAGMA {pragma}").get) == value


async def test_a_reader_cannot_write(store):
    def sneak(connection):
        connection.execute("INSERT INTO pin VALUES ('a', x'00')")

    with pytest.raises(Unavailable) as caught:
        store.read_now(sneak)
    assert isinstance(caught.value.__cause__, apsw.ReadOnlyError)
    with pytest.raises(Unavailable):
        await store.read(sneak)


async def test_a_read_sees_one_state_from_its_beginning_to_its_end(store):
    def count(connection):
        return connection.execute("SELECT count(*) FROM pin").get

    def twice(reader):
        before = count(reader)
        outside = apsw.Connection(reader.filename)
        outside.execute("INSERT INTO pin VALUES ('a', x'00')")
        outside.close()
        return before, count(reader)

    assert await store.read(twice) == (0, 0)
    assert store.read_now(count) == 1


async def test_its_files_are_for_their_owner_alone(store, path):
    await store.keys.pin("a", b"b")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"antiphon.db": 0o600, "antiphon.db-wal": 0o600, "antiphon.db-shm": 0o600}


async def test_closing_leaves_one_file_and_no_wal(path):
    store = SqliteStore.open(path)
    await store.keys.pin("a", b"b")
    await store.close()
    assert [file.name for file in path.parent.iterdir()] == ["antiphon.db"]


async def test_a_database_of_a_later_release_is_refused_and_left_alone(path):
    await SqliteStore.open(path).close()
    connection = apsw.Connection(str(path))
    connection.execute("INSERT INTO schema_version VALUES (999, 'from_the_future')")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="later release") as caught:
        SqliteStore.open(path)
    assert caught.value.found == 999
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused(path):
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDamaged):
        SqliteStore.open(path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable):
        SqliteStore.open(tmp_path / "file" / "antiphon.db")


async def test_damage_is_found_after_an_unclean_stop(path):
    store = SqliteStore.open(path)
    for number in range(200):
        await store.keys.pin(f"name {number}", bytes(200))
    await store.close()
    content = bytearray(path.read_bytes())
    content[-4096:] = b"\xff" * 4096
    path.write_bytes(content)
    path.with_name("antiphon.db-wal").write_bytes(b"what a killed process may leave")
    with pytest.raises(StoreDamaged):
        SqliteStore.open(path)


def test_parameters_appear_in_order_because_sqlite_numbers_them_so():
    statements = {name: text for name, text in vars(sqlite_keys).items() if name.isupper()}
    assert len(statements) >= 11
    for name, text in statements.items():
        seen = list(dict.fromkeys(int(number) for number in re.findall(r"\$(\d+)", str(text))))
        assert seen == sorted(seen), name
