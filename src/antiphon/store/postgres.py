"""The store on PostgreSQL: one database, any number of processes."""

from typing import Any, Self

from antiphon.store.postgres_accounts import PostgresAccounts
from antiphon.store.postgres_batches import Pump
from antiphon.store.postgres_bell import Bell
from antiphon.store.postgres_connections import connect, connect_for_batches, pool_of, telling
from antiphon.store.postgres_favorites import PostgresFavorites
from antiphon.store.postgres_jobs import PostgresJobs
from antiphon.store.postgres_keys import PostgresKeys
from antiphon.store.postgres_ledger import PostgresLedger
from antiphon.store.postgres_library import PostgresLibrary
from antiphon.store.postgres_messages import PostgresMessages
from antiphon.store.postgres_migrate import require_schema
from antiphon.store.postgres_projects import PostgresProjects
from antiphon.store.postgres_spending import PostgresSpending
from antiphon.store.postgres_temporary import PostgresTemporaryKeys
from antiphon.store.postgres_usage import PostgresUsage
from antiphon.store.postgres_users import PostgresUsers
from antiphon.store.postgres_voices import PostgresVoices

_CONNECTIONS = 8


class PostgresStore:
    """A database and everything that works on it. Made by `open`."""

    def __init__(self, *, pool: Any, pump: Pump, bell: Bell, post: Bell) -> None:
        self._pool = pool
        self._pump = pump
        self._bell = bell
        self._post = post
        self._accounts = PostgresAccounts(pool)
        self._keys = PostgresKeys(pool)
        self._ledger = PostgresLedger(pump=pump, pool=pool)
        self._projects = PostgresProjects(pool)
        self._temporary = PostgresTemporaryKeys(pool)
        self._spending = PostgresSpending(pool)
        self._users = PostgresUsers(pool)
        self._voices = PostgresVoices(pool)
        self._favorites = PostgresFavorites(pool)
        self._library = PostgresLibrary(pool)
        self._log = PostgresUsage(pool)
        self._jobs = PostgresJobs(pool, bell)
        self._messages = PostgresMessages(pool, post)

    @classmethod
    async def open(cls, url: str, *, connections: int = _CONNECTIONS) -> Self:
        """Open the database at `url`, which `antiphon migrate` has brought to the schema of this release.

        A database that goes away later makes its methods raise `Unavailable`; they work again when it is back.

        Args:
            url: "postgresql://user:password@host:port/database", with the options that libpq knows.
            connections: How many at most, besides the one for batches.

        Raises:
            DatabaseUnreachable: No connection can be made.
            SchemaTooOld: It has to be migrated first.
            SchemaTooNew: A later release was here.
        """
        pool = await pool_of(url, most=connections)
        try:
            with telling(url):
                connection = await pool.acquire()
            await require_schema(connection, url)
            await pool.release(connection)
        except BaseException:
            pool.terminate()
            raise
        return cls(
            pool=pool,
            pump=Pump(lambda: connect_for_batches(url)),
            bell=Bell(lambda: connect(url), "antiphon_jobs"),
            post=Bell(lambda: connect(url), "antiphon_messages"),
        )

    @property
    def keys(self) -> PostgresKeys:
        """Accounts and their keys."""
        return self._keys

    @property
    def accounts(self) -> PostgresAccounts:
        """Accounts and their plans."""
        return self._accounts

    @property
    def ledger(self) -> PostgresLedger:
        """Credits."""
        return self._ledger

    @property
    def projects(self) -> PostgresProjects:
        """Projects and budgets."""
        return self._projects

    @property
    def temporary(self) -> PostgresTemporaryKeys:
        """Temporary keys."""
        return self._temporary

    @property
    def spending(self) -> PostgresSpending:
        """What accounts spent."""
        return self._spending

    @property
    def users(self) -> PostgresUsers:
        """Those who sign in."""
        return self._users

    @property
    def voices(self) -> PostgresVoices:
        """Cloned voices."""
        return self._voices

    @property
    def favorites(self) -> PostgresFavorites:
        """Favourite voices."""
        return self._favorites

    @property
    def library(self) -> PostgresLibrary:
        """What signed-in users made."""
        return self._library

    @property
    def log(self) -> PostgresUsage:
        """Questions to the request log."""
        return self._log

    @property
    def jobs(self) -> PostgresJobs:
        """Jobs and what is to be delivered after them."""
        return self._jobs

    @property
    def messages(self) -> PostgresMessages:
        """What is to be delivered: the outbox."""
        return self._messages

    async def close(self) -> None:
        """Finish what waits and close all connections."""
        await self._bell.close()
        await self._post.close()
        await self._pump.close()
        await self._pool.close()
