"""Accounts and their plans in PostgreSQL: every statement about them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.subscriptions import Enrolled, Subscription
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_ledger import END_LOTS
from antiphon.store.postgres_rows import text

_FREE = "free"

ADD_ACCOUNT = """
    INSERT INTO account (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id
"""
ENROLLED = """
    SELECT account.id, account.name, account.created_at,
           account_plan.subscription_id, account_plan.plan, account_plan.since, account_plan.until
    FROM account LEFT JOIN account_plan ON account_plan.account_id = account.id
"""
ACCOUNT = f"{ENROLLED} WHERE account.id = $1"
ACCOUNT_NAMED = f"{ENROLLED} WHERE account.name = $1"
ACCOUNTS = f"{ENROLLED} WHERE $1::uuid IS NULL OR account.id > $1 ORDER BY account.id LIMIT $2"
# A row is there from the first plan on and stays, so that where there is none, none is what is replaced.
SUBSCRIBE = """
    INSERT INTO account_plan (account_id, subscription_id, plan, since, until) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id) DO UPDATE
    SET subscription_id = excluded.subscription_id, plan = excluded.plan,
        since = excluded.since, until = excluded.until
    WHERE account_plan.subscription_id = $6 AND account_plan.until IS NOT DISTINCT FROM $7
    RETURNING account_id
"""
PROLONG = "UPDATE account_plan SET until = $1 WHERE subscription_id = $2 RETURNING account_id"


class PostgresAccounts:
    """The `AccountStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add_account(self, account: Account, subscription: Subscription | None = None) -> bool:
        """Add an account, on a plan where one is given. False: the name is taken, and nothing was done."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                row = (account.id, text(account.name), account.created_at)
                if await connection.fetchval(ADD_ACCOUNT, *row) is None:
                    return False
                if subscription is not None:
                    await connection.fetchval(SUBSCRIBE, *_row(subscription, replaces=_unwritten(account)))
                return True

    async def account(self, account_id: UUID) -> Enrolled | None:
        """The account of that id."""
        return await self._one(ACCOUNT, account_id)

    async def account_named(self, name: str) -> Enrolled | None:
        """The account of that name."""
        return await self._one(ACCOUNT_NAMED, text(name))

    async def accounts(self, *, after: UUID | None = None, most: int = 1000) -> Sequence[Enrolled]:
        """Accounts in the order of their ids, from the one after `after` on."""
        with translating():
            found = await self._pool.fetch(ACCOUNTS, after, most)
        return tuple(_enrolled(row) for row in found)

    async def subscribe(
        self, subscription: Subscription, *, replaces: Subscription, at: float, ends: Bucket | None = None
    ) -> bool:
        """Put an account on a plan, and let what its former plan granted end; False: `replaces` is not its plan."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(SUBSCRIBE, *_row(subscription, replaces=replaces)) is None:
                    return False
                if ends is not None:
                    await connection.fetchval(END_LOTS, subscription.account_id, ends, at)
                return True

    async def prolong(self, subscription_id: UUID, *, until: float | None) -> bool:
        """Change when a subscription ends. False: no account is on it any more, or it was never written down."""
        with translating():
            return await self._pool.fetchval(PROLONG, until, subscription_id) is not None

    async def _one(self, statement: str, value: object) -> Enrolled | None:
        with translating():
            row = await self._pool.fetchrow(statement, value)
        return None if row is None else _enrolled(row)


def _row(subscription: Subscription, *, replaces: Subscription) -> tuple[Any, ...]:
    return (
        subscription.account_id,
        subscription.id,
        subscription.plan,
        subscription.since,
        subscription.until,
        replaces.id,
        replaces.until,
    )


def _enrolled(row: Mapping[str, Any]) -> Enrolled:
    account = Account(id=row["id"], name=row["name"], created_at=row["created_at"])
    subscription = _unwritten(account)
    if row["subscription_id"] is not None:
        subscription = Subscription(
            id=row["subscription_id"],
            account_id=account.id,
            plan=row["plan"],
            since=row["since"],
            until=row["until"],
        )
    return Enrolled(account=account, subscription=subscription)


def _unwritten(account: Account) -> Subscription:
    """The plan of an account that was never put on one."""
    return Subscription(id=account.id, account_id=account.id, plan=_FREE, since=account.created_at)
