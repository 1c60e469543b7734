"""How every connection to PostgreSQL is set up, and what its errors mean to the rest of the house."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import structlog
from asyncpg import exceptions as refused

from antiphon.domain.errors import AntiphonError, Unavailable, UnavailableCause
from antiphon.store.errors import DatabaseUnreachable

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = Any

log = structlog.get_logger("antiphon.store")

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""After so long without an answer a connection is given up."""

# Planning for statistics that were right an hour ago must not turn a look-up into a scan, and compiling costs more
# than our statements. A process that stands still must not keep others from an account.
_SESSION: Mapping[str, str] = {
    "application_name": "antiphon",
    "jit": "off",
    "statement_timeout": "25000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
}
_BY_INDEX: Mapping[str, str] = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}

# Nothing is wrong with the statement: the server, the way to it, its disk or another transaction is in the way.
_OUTSIDE = (
    OSError,  # TimeoutError is one, too.
    refused.InterfaceError,
    refused.InternalClientError,
    refused.PostgresConnectionError,
    refused.OperatorInterventionError,
    refused.InsufficientResourcesError,
    refused.PostgresSystemError,
    refused.TransactionRollbackError,
    refused.ObjectInUseError,
    refused.LockNotAvailableError,
    refused.ReadOnlySQLTransactionError,
    refused.IdleInTransactionSessionTimeoutError,
    refused.InvalidAuthorizationSpecificationError,
    refused.InvalidCatalogNameError,
    refused.InternalServerError,
)


async def connect(url: str, *, settings: Mapping[str, str] = _SESSION) -> Any:
    """Open a connection.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: It cannot be made.
    """
    return await asyncpg.connect(
        url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=dict(settings)
    )


async def connect_for_batches(url: str) -> Any:
    """Open a connection for statements that find all they need by an index. Raises what `connect` does."""
    return await connect(url, settings={**_SESSION, **_BY_INDEX})


async def pool_of(url: str, *, most: int) -> Any:
    """Make a pool of up to so many connections, each opened when it is first wanted."""
    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=most,
        timeout=CONNECT_SECONDS,
        command_timeout=ANSWER_SECONDS,
        server_settings=dict(_SESSION),
        reset=_nothing_to_undo,
    )


async def _nothing_to_undo(_connection: object) -> None:
    """Nobody changes a session or locks by name. Asking for it all to be undone costs as much as many statements.

    What is left of a transaction is undone by asyncpg without being asked.
    """


def outside(error: BaseException) -> bool:
    """Whether the trouble is with the database or the way to it, not with what was asked."""
    # asyncpg calls a value that does not fit its column an InterfaceError, and a ValueError besides.
    return isinstance(error, _OUTSIDE) and not isinstance(error, AntiphonError | ValueError)


def unavailable(error: BaseException) -> Unavailable:
    """What a caller sees of such trouble; the log has the rest."""
    log.warning("the database failed", reason=f"{type(error).__name__}: {error}")
    failure = Unavailable(UnavailableCause.STORE_FAILED)
    failure.__cause__ = error
    return failure


@contextlib.contextmanager
def translating() -> Iterator[None]:
    """Around what is asked of the database: trouble with it is `Unavailable`, the rest stays as it is."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if outside(error):
            raise unavailable(error) from error
        raise


@contextlib.contextmanager
def telling(url: str) -> Iterator[None]:
    """Around a first connection: whoever starts the server is told why there is none.

    Raises:
        DatabaseUnreachable: There is none.
    """
    try:
        yield
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnreachable(named(url), str(error) or type(error).__name__) from error


def named(url: str) -> str:
    """A database's address as it may be shown: without the password, user and options."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"
