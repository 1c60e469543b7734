"""Kill -9 at any moment: what was acknowledged is there, and the file is sound."""

import random
import subprocess
import sys

import apsw
import pytest

from antiphon.store.migrate import Migration, migrate, version_of

WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from antiphon.store.sqlite import SqliteStore

async def main(path, start, faithful):
    store = SqliteStore.open(Path(path))
    numbers = itertools.count(start)

    async def write():
        for number in numbers:
            if not faithful:
                print(number, flush=True)
            await store.keys.pin(str(number), b"x" * 100)
            if faithful:
                print(number, flush=True)

    await asyncio.gather(*(write() for _ in range(16)))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "faithful"))
"""


def killed_writer(path, start, manner, enough):
    """Numbers that a child said it had written before it was killed, after at least `enough` of them."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start), manner], stdout=subprocess.PIPE, text=True
    ) as child:
        said = [child.stdout.readline() for _ in range(enough)]
        child.kill()
        said += child.stdout.readlines()
    return {int(line) for line in said if line.endswith("\n")}


def found(path):
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").get == "ok"
    numbers = {int(name) for (name,) in connection.execute("SELECT name FROM pin")}
    connection.close()
    return numbers


def lost_numbers(path, manner, kills):
    chance = random.Random(20)
    said = set()
    for _ in range(kills):
        said |= killed_writer(path, max(said, default=-1) + 1000, manner, chance.randrange(1, 200))
    return said - found(path), len(said)


def test_every_acknowledged_write_survives_kills(tmp_path):
    lost, said = lost_numbers(tmp_path / "antiphon.db", "faithful", kills=20)
    assert lost == set()
    assert said > 20


def test_the_harness_notices_a_writer_that_acknowledges_too_early(tmp_path):
    lost, _said = lost_numbers(tmp_path / "antiphon.db", "boastful", kills=5)
    assert lost


STEPS = """
import os, signal, sys
import apsw
from antiphon.store.connections import connect
from antiphon.store.migrate import Migration, migrate

from pathlib import Path
connection = connect(Path(sys.argv[1]))
deadly = int(sys.argv[2])
def point(number):
    if number == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
connection.create_scalar_function("point", point, 1)
migrate(connection, [
    Migration(version=1, name="one", sql="SELECT point(1); CREATE TABLE a (x); SELECT point(2)"),
    Migration(version=2, name="two", sql="SELECT point(3); CREATE TABLE b AS SELECT 1; SELECT point(4)"),
])
"""


def tables(connection):
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.mark.parametrize(
    ("deadly", "version", "left"),
    [(1, 0, set()), (2, 0, set()), (3, 1, {"a"}), (4, 1, {"a"}), (0, 2, {"a", "b"})],
)
def test_a_migration_killed_anywhere_is_done_wholly_or_not_at_all_and_can_go_on(tmp_path, deadly, version, left):
    path = tmp_path / "db"

    def run(point):
        return subprocess.run([sys.executable, "-c", STEPS, str(path), str(point)], check=False).returncode

    assert run(deadly) == (-9 if deadly else 0)
    connection = apsw.Connection(str(path))
    assert version_of(connection) == version
    assert tables(connection) - {"schema_version"} == left
    assert run(0) == 0
    assert version_of(connection) == 2
    assert connection.execute("SELECT count(*) FROM b").get == 1
    connection.close()


def test_a_step_that_fails_leaves_nothing_of_itself(tmp_path):
    connection = apsw.Connection(str(tmp_path / "db"))
    good = Migration(version=1, name="good", sql="CREATE TABLE a (x)")
    bad = Migration(version=2, name="bad", sql="CREATE TABLE b (x); nonsense")
    with pytest.raises(apsw.SQLError):
        migrate(connection, [good, bad])
    assert version_of(connection) == 1
    assert tables(connection) == {"schema_version", "a"}
    connection.close()
