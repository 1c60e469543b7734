"""The services on one store: what a server and the commands of its operator both work with."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from pydantic import SecretStr

from antiphon.catalog.limits import load_limits
from antiphon.catalog.moderation import WordLists, load_moderation
from antiphon.catalog.plans import load_plans
from antiphon.catalog.prices import PriceBook, load_prices
from antiphon.domain.keys import Account
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.kit.clock import Clock
from antiphon.kit.ids import Entropy
from antiphon.services.accounts import Accounts
from antiphon.services.credits import Credits
from antiphon.services.ends import Ends
from antiphon.services.keys import Keys
from antiphon.services.limits import Limits
from antiphon.services.outbox import Outbox
from antiphon.services.passwords import Cost, Passwords
from antiphon.services.pay import Pay
from antiphon.services.payments import ManualPayments, Payments
from antiphon.services.projects import Projects
from antiphon.services.queue import Queue
from antiphon.services.secrets import Secrets
from antiphon.services.spending import Spending
from antiphon.services.temporary import TemporaryKeys
from antiphon.services.till import Till
from antiphon.services.tokens import Tokens
from antiphon.services.users import Registration, Users
from antiphon.settings import Settings
from antiphon.store.folder import DataFolder
from antiphon.store.ports_store import Store
from antiphon.store.rates import Rates
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.sqlite import SqliteStore

_STRONG = Cost()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The services on one store: what a server and the commands of its operator both work with."""

    clock: Clock
    store: Store
    keys: Keys
    projects: Projects
    temporary: TemporaryKeys
    accounts: Accounts
    credits: Credits
    payments: Payments
    spending: Spending
    users: Users
    tokens: Tokens
    limits: Limits
    prices: PriceBook
    moderation: WordLists
    till: Till
    secrets: Secrets
    outbox: Outbox
    ends: Ends
    queue: Queue

    async def reach_store(self) -> None:
        """Ask the database for something.

        Raises:
            Unavailable: It does not answer.
        """
        await self.store.keys.find_key(bytes(32))

    async def first_start(self, settings: Settings, *, remember: Callable[[str], None]) -> Account:
        """See to the first account: its key, its plan, its credits. Safe at every start.

        Args:
            settings: Name the key and the credits.
            remember: Called with a key that was made, before it is stored.
        """
        await self.keys.ensure_first(_revealed(settings.bootstrap_key), remember=remember)
        account = await self.keys.first_account()
        await self.credits.bootstrap(account.id, amount=MilliCredits(settings.bootstrap_credits * CREDIT))
        return account


@contextlib.asynccontextmanager
async def open_house(
    folder: DataFolder, settings: Settings, clock: Clock, *, cost: Cost = _STRONG
) -> AsyncIterator[House]:
    """The services on a data folder that this process holds.

    Args:
        folder: The folder.
        settings: What the operator chose.
        clock: Tells the time.
        cost: What the hash of a password costs.

    Raises:
        CatalogueError: A file of prices, plans, limits or moderation cannot be used.
        StoreRefused: The database cannot be used.
    """
    prices, plans = load_prices(settings.prices_file), load_plans(settings.plans_file)
    limit_book, moderation = load_limits(settings.limits_file), load_moderation(settings.moderation_file)
    secret = folder.secret(_revealed(settings.secret))
    async with contextlib.AsyncExitStack() as closing:
        store = await _open_store(folder, settings)
        closing.push_async_callback(store.close)
        rates = _open_rates(settings, clock)
        closing.push_async_callback(rates.close)
        keys = _keys(store, secret.pepper, settings.key_prefix, clock)
        closing.push_async_callback(keys.close)
        accounts = Accounts(store=store.accounts, plans=plans, clock=clock, entropy=os.urandom)
        credits_ = Credits(ledger=store.ledger, accounts=accounts, clock=clock, entropy=os.urandom)
        limits = Limits(rates, limit_book, clock=clock)
        pay = Pay(store.ledger, clock=clock, entropy=Entropy())
        ends = Ends(store.jobs, clock=clock)
        secrets = Secrets(secret.encryption, entropy=os.urandom)
        tokens = Tokens(secrets.token_key, clock=clock, entropy=os.urandom)
        passwords = Passwords(cost)
        closing.callback(passwords.close)
        yield House(
            clock=clock,
            store=store,
            keys=keys,
            projects=Projects(store=store.projects, clock=clock, entropy=os.urandom),
            temporary=TemporaryKeys(store=store.temporary, keys=keys, clock=clock, entropy=os.urandom),
            accounts=accounts,
            credits=credits_,
            payments=Payments(ManualPayments(), credits_),
            spending=Spending(store.spending, keys=keys, clock=clock),
            users=_users(store, passwords, tokens, keys, settings.registration, clock),
            tokens=tokens,
            limits=limits,
            prices=prices,
            moderation=moderation,
            till=Till(limits=limits, standings=credits_, prices=prices, pay=pay),
            secrets=secrets,
            outbox=Outbox(store.messages, secrets, clock=clock),
            ends=ends,
            queue=Queue(store.jobs, ends, clock=clock),
        )


def _keys(store: Store, pepper: bytes, prefix: str, clock: Clock) -> Keys:
    temporary = store.temporary
    return Keys(store=store.keys, temporary=temporary, pepper=pepper, prefix=prefix, clock=clock, entropy=os.urandom)


def _users(
    store: Store, passwords: Passwords, tokens: Tokens, keys: Keys, registration: Registration, clock: Clock
) -> Users:
    return Users(
        store=store.users,
        passwords=passwords,
        tokens=tokens,
        digest=keys.digest,
        registration=registration,
        clock=clock,
        entropy=os.urandom,
    )


async def _open_store(folder: DataFolder, settings: Settings) -> Store:
    if settings.database_url is None:
        return SqliteStore.open(folder.database)
    from antiphon.store.postgres import PostgresStore  # noqa: PLC0415 - asyncpg, for those who have PostgreSQL

    return await PostgresStore.open(settings.database_url.get_secret_value())


def _open_rates(settings: Settings, clock: Clock) -> Rates:
    if settings.redis_url is None:
        return MemoryRates(clock)
    from antiphon.store.rates_redis import RedisRates  # noqa: PLC0415 - redis, for those who have it

    return RedisRates.connect(settings.redis_url.get_secret_value(), clock=clock)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
