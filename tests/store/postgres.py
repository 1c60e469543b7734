"""A PostgreSQL cluster for tests alone: in a folder of its own, on a Unix socket, gone when the tests are."""

import asyncio
import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from antiphon.store.postgres_migrate import migrate_postgres

_DEBIAN = Path("/usr/lib/postgresql")
_TEMPLATE = "migrated"
_SETTINGS = ("listen_addresses=''", "shared_buffers=64MB", "max_wal_size=2GB", "log_line_prefix=%d:")
_CARELESS = ("fsync=off", "full_page_writes=off")
"""For tests that make many databases and crash none."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
_ENOUGH = 12 * 2**30


def find_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`; skips the test where there is none, unless it is required."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    by_version = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if by_version:
        return by_version[-1].parent
    missing = "no PostgreSQL: initdb is neither on PATH nor in /usr/lib/postgresql (Debian: apt-get install postgresql)"
    if os.environ.get("ANTIPHON_REQUIRE_POSTGRES") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def _other_user() -> pwd.struct_passwd | None:
    """Who runs the cluster: PostgreSQL refuses to be run by root. None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _roomy_memory() -> Path | None:
    """Where a thousand databases are made and removed in no time, if there is room for them."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_MEMORY).free > _ENOUGH and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return None


class ThrowawayPostgres:
    """A cluster that can be stopped, killed and started again.

    Args:
        programs: Where `initdb` and `pg_ctl` are.
        durable: Whether commits are as safe as in production.
    """

    def __init__(self, programs: Path, *, durable: bool) -> None:
        self._programs = programs
        self._settings = _SETTINGS if durable else _SETTINGS + _CARELESS
        self._user = _other_user()
        # Short: a socket's path may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="antiphon-pg-", dir=None if durable else _roomy_memory()))
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._numbers = itertools.count(1)
        self._run("initdb", "-A", "trust", "-U", "antiphon", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Returns when it accepts connections."""
        options = " ".join(f"-c {setting}" for setting in (*self._settings, f"unix_socket_directories={self.folder}"))
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As an operator would; connections are closed."""
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def crash(self) -> None:
        """All its processes end at once, and nothing is written any more."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        """The address of a database in it."""
        return f"postgresql://antiphon@/{database}?host={self.folder}"

    def make_template(self) -> None:
        """Make a database with the schema of this release, for `new_database` to copy."""
        asyncio.run(self._make_template())

    async def _make_template(self) -> None:
        await self.execute(f"CREATE DATABASE {_TEMPLATE}")
        await migrate_postgres(self.url(_TEMPLATE))

    async def new_database(self, *, empty: bool = False) -> str:
        """The address of a new database with the schema of this release, or with none."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else _TEMPLATE}")
        return self.url(name)

    def errors_of(self, url: str) -> list[str]:
        """What the server has written down about errors in a database."""
        name = urlsplit(url).path.strip("/")
        log = (self.folder / "log").read_text(encoding="utf-8")
        return [line for line in log.splitlines() if line.startswith(f"{name}:ERROR")]

    async def execute(self, statement: str) -> None:
        """Run a statement in the database "postgres"."""
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _run(self, program: str, *args: str) -> None:
        as_user = {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid}
        done = subprocess.run(
            [self._programs / program, "-D", self.folder / "data", *args],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            cwd=self.folder,
            extra_groups=None if self._user is None else [],
            text=True,
            check=False,
            **as_user,
        )
        if done.returncode:
            pytest.fail(f"{program} failed:\n{done.stderr}")
