"""Accounts and their plans in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

import apsw

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.subscriptions import Enrolled, Subscription
from antiphon.store import sqlite_lots as lots

T = TypeVar("T")

_FREE = "free"
_NOWHERE = ""
"""Sorts before every id."""

ADD_ACCOUNT = """
    INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
"""
ENROLLED = """
    SELECT account.id, account.name, account.created_at,
           account_plan.subscription_id, account_plan.plan, account_plan.since, account_plan.until
    FROM account LEFT JOIN account_plan ON account_plan.account_id = account.id
"""
ACCOUNT = f"{ENROLLED} WHERE account.id = $1"
ACCOUNT_NAMED = f"{ENROLLED} WHERE account.name = $1"
ACCOUNTS = f"{ENROLLED} WHERE account.id > $1 ORDER BY account.id LIMIT $2"
# A row is there from the first plan on and stays, so that where there is none, none is what is replaced.
SUBSCRIBE = """
    INSERT INTO account_plan (account_id, subscription_id, plan, since, until) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id) DO UPDATE
    SET subscription_id = excluded.subscription_id, plan = excluded.plan,
        since = excluded.since, until = excluded.until
    WHERE account_plan.subscription_id = $6 AND account_plan.until IS NOT DISTINCT FROM $7
"""
PROLONG = "UPDATE account_plan SET until = $1 WHERE subscription_id = $2"


class _Later(Protocol):
    def __call__(self, work: Callable[[apsw.Connection], T], /) -> Awaitable[T]: ...


class _Now(Protocol):
    def __call__(self, work: Callable[[apsw.Connection], T], /) -> T: ...


class SqliteAccounts:
    """The `AccountStore` on SQLite.

    Args:
        write: Runs a function in the writer.
        read: Runs a function in a reading thread.
        read_now: Runs a function on the spot.
    """

    def __init__(self, *, write: _Later, read: _Later, read_now: _Now) -> None:
        self._write = write
        self._read = read
        self._read_now = read_now

    async def add_account(self, account: Account, subscription: Subscription | None = None) -> bool:
        """Add an account, on a plan where one is given. False: the name is taken, and nothing was done."""

        def work(connection: apsw.Connection) -> bool:
            if not _changed(connection, ADD_ACCOUNT, (str(account.id), account.name, account.created_at)):
                return False
            return subscription is None or _changed(
                connection, SUBSCRIBE, _row(subscription, replaces=_unwritten(account))
            )

        return await self._write(work)

    async def account(self, account_id: UUID) -> Enrolled | None:
        """The account of that id."""
        return self._one(ACCOUNT, str(account_id))

    async def account_named(self, name: str) -> Enrolled | None:
        """The account of that name."""
        return self._one(ACCOUNT_NAMED, name)

    async def accounts(self, *, after: UUID | None = None, most: int = 1000) -> Sequence[Enrolled]:
        """Accounts in the order of their ids, from the one after `after` on."""
        given = (_NOWHERE if after is None else str(after), most)
        return await self._read(lambda connection: tuple(map(_enrolled, connection.execute(ACCOUNTS, given))))

    async def subscribe(
        self, subscription: Subscription, *, replaces: Subscription, at: float, ends: Bucket | None = None
    ) -> bool:
        """Put an account on a plan, and let what its former plan granted end; False: `replaces` is not its plan."""

        def work(connection: apsw.Connection) -> bool:
            if not _changed(connection, SUBSCRIBE, _row(subscription, replaces=replaces)):
                return False
            if ends is not None:
                lots.end(connection, str(subscription.account_id), bucket=ends, at=at)
            return True

        return await self._write(work)

    async def prolong(self, subscription_id: UUID, *, until: float | None) -> bool:
        """Change when a subscription ends. False: no account is on it any more, or it was never written down."""
        return await self._write(lambda connection: _changed(connection, PROLONG, (until, str(subscription_id))))

    def _one(self, statement: str, value: str) -> Enrolled | None:
        row = self._read_now(lambda connection: connection.execute(statement, (value,)).fetchone())
        return None if row is None else _enrolled(row)


def _changed(connection: apsw.Connection, statement: str, row: tuple[Any, ...]) -> bool:
    connection.execute(statement, row)
    return connection.changes() == 1


def _row(subscription: Subscription, *, replaces: Subscription) -> tuple[Any, ...]:
    return (
        str(subscription.account_id),
        str(subscription.id),
        subscription.plan,
        subscription.since,
        subscription.until,
        str(replaces.id),
        replaces.until,
    )


def _enrolled(row: tuple[Any, ...]) -> Enrolled:
    account = Account(id=UUID(row[0]), name=row[1], created_at=row[2])
    if row[3] is None:
        subscription = _unwritten(account)
    else:
        subscription = Subscription(id=UUID(row[3]), account_id=account.id, plan=row[4], since=row[5], until=row[6])
    return Enrolled(account=account, subscription=subscription)


def _unwritten(account: Account) -> Subscription:
    """What an account has that was never put on a plan."""
    return Subscription(id=account.id, account_id=account.id, plan=_FREE, since=account.created_at)
