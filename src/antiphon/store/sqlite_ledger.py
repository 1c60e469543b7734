"""The ledger on SQLite: each operation is a function that the writer runs in a savepoint of its own.

A refusal is raised inside the operation, so that all it has done is undone, and nothing of its neighbours.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import apsw

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store import sqlite_lists as lists
from antiphon.store import sqlite_lots as lots
from antiphon.store import sqlite_requests as requests
from antiphon.store import sqlite_seals as seals
from antiphon.store.ports import Admission, Admitted, Balance, Ending, Finding, Grant, StatementLine, StoredAnswer
from antiphon.store.readers import Readers
from antiphon.store.sqlite_numbers import NUMBER
from antiphon.store.sqlite_statement import statement_of
from antiphon.store.sqlite_transfers import spendable, standing
from antiphon.store.sqlite_usage import note_usage, usage_of
from antiphon.store.writer import Writer

_EVERY_BUCKET = tuple(Bucket)
_AT_ONCE = 500  # So that what waits meanwhile waits for milliseconds.


class SqliteLedger:
    """The `Ledger` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._read_now = readers.now

    async def admit(self, admission: Admission) -> Admitted | StoredAnswer:
        """Take lease and first hold in one transaction; or give the stored answer of a repeated request.

        A request whose `until` has passed has no lease any more, though what it holds is held until it is ended.

        Raises:
            LimitExceeded: "concurrency", by tier.
            PaymentRequired: "balance", "organization_budget" or "project_budget", the first of them that is at fault.
            Conflict: "idempotency_in_flight", "idempotency_mismatch" (other body).
            ValueError: The hold is negative.
        """
        return await self._write(lambda connection: requests.admit(connection, admission))

    async def extend(self, request_id: UUID, *, amount: MilliCredits, order: Sequence[Bucket], at: float) -> None:
        """Hold a further slice for a request that is open.

        Raises:
            PaymentRequired: As `admit`; what is held already stays held.
            Conflict: "ended": it is not open any more.
            ValueError: The amount is negative.
        """

        def work(connection: apsw.Connection) -> None:
            requests.extend(connection, str(request_id), amount=amount, order=order, at=at)

        await self._write(work)

    async def renew(self, request_ids: Collection[UUID], *, until: float) -> frozenset[UUID]:
        """Put off the death of requests at work, never bring it forward; gives those that are still open."""
        ids = [str(request_id) for request_id in request_ids]
        still = await self._write(lambda connection: requests.renew(connection, ids, until=until))
        return frozenset(map(UUID, still))

    async def end(self, ending: Ending) -> Balance:
        """Settle, release the rest, write the usage row, give back the lease, keep the answer: in one transaction.

        What goes back to a lot that has expired meanwhile is expired at once, by a transfer of its own. After
        `until` this still succeeds, as long as nobody has released the request before.

        Raises:
            Conflict: "ended": somebody ended it before; nothing was done.
            ValueError: The charge is negative or more than is held, or the answer too long to be kept.
        """
        return await self._write(lambda connection: requests.end(connection, ending))

    async def end_overdue(self, *, now: float, most: int) -> int:
        """Release requests whose `until` has passed; how many. Forgets as many answers whose time is over."""
        return await self._write(lambda connection: requests.release_overdue(connection, now=now, most=most))

    async def end_all(self, *, now: float) -> int:
        """Release every open request: for the start of the only server, when all that was open is dead."""
        total = 0
        while ended := await self._write(lambda connection: requests.release_any(connection, now=now, most=_AT_ONCE)):
            total += ended
        return total

    async def grant(self, grant: Grant) -> bool:
        """Give credits. False: that transfer was made before, and nothing was done.

        Raises:
            ValueError: The amount is not positive.
        """
        return await self._write(lambda connection: lots.grant(connection, grant))

    async def expire_lots(self, *, now: float, most: int) -> int:
        """Close lots whose time is over and take back what is left in them; how many lots."""
        return await self._write(lambda connection: lots.expire(connection, now=now, most=most))

    async def end_lots(self, account_id: UUID, *, bucket: Bucket, at: float) -> None:
        """Let all lots of a bucket end now: a plan was left."""
        await self._write(lambda connection: lots.end(connection, str(account_id), bucket=bucket, at=at))

    async def end_grant(self, transfer_id: str, *, at: float) -> MilliCredits | None:
        """Take back what is left of a grant; how much that was. None: there is no such grant."""
        return await self._write(lambda connection: lots.end_grant(connection, transfer_id, at=at))

    async def balance(self, account_id: UUID, *, at: float) -> Balance:
        """What an account has now."""

        def work(connection: apsw.Connection) -> Balance:
            number = connection.execute(NUMBER, (str(account_id),)).get
            if number is None:
                return Balance(available={}, held=MilliCredits(0))
            held, lots = standing(connection, number)
            return Balance(available=spendable(lots, order=_EVERY_BUCKET, at=at), held=held)

        return self._read_now(work)

    async def statement(self, account_id: UUID, *, after: int = 0, most: int = 1000) -> Sequence[StatementLine]:
        """An account's transfers after a `seq`, in order."""
        return await self._read(lambda connection: statement_of(connection, account_id, after=after, most=most))

    async def note_usage(self, rows: Sequence[Usage]) -> None:
        """Log requests that were refused before anything was held."""

        def work(connection: apsw.Connection) -> None:
            for row in rows:
                note_usage(connection, row)

        await self._write(work)

    async def usage(self, account_id: UUID, *, after: UUID | None = None, most: int = 1000) -> Sequence[Usage]:
        """An account's request log in the order of ids."""
        return await self._read(lambda connection: usage_of(connection, account_id, after=after, most=most))

    async def seal(self, *, most: int) -> int:
        """Chain up to so many transfers that are not under seal yet; how many were. Prolongs the lists."""
        made = await self._read(lambda connection: seals.unsealed(connection, most=most))

        def work(connection: apsw.Connection) -> int:
            lists.prolong(connection, most=most)
            return seals.add(connection, made)

        return await self._write(work)

    async def verify(self) -> Finding:
        """Check every row: sums, balances, holds, seals."""
        return await self._read(seals.verify)
