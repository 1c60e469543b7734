"""The outbox, in SQLite: what is to be delivered of jobs."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import apsw
import orjson

from antiphon.domain.webhooks import MessageState, host_of
from antiphon.store.ports_jobs import Message
from antiphon.store.ports_messages import Attempt, Errand, Lane, Posted
from antiphon.store.readers import Readers
from antiphon.store.sqlite_numbers import number_or_none
from antiphon.store.writer import Writer

_WHOSE = "(SELECT account_id FROM account_number WHERE number = message.account)"
_POSTED = f"id, {_WHOSE}, job_id, url, event, state, attempts, created_at, due_at, ended_at"

ADD = """
    INSERT INTO message (
        id, account, job_id, url, host, secret, event, body, created_at, state, attempts, failed, since, fence, held,
        due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, 0, $9, 0, 0, $9)
    ON CONFLICT (id) DO NOTHING
"""
OF_JOB = "SELECT id, url, secret, body, event FROM message WHERE job_id = $1 ORDER BY seq"

# From account to account and from host to host by the index: a lane's million messages are as soon passed over as one.
DUE = """
    WITH RECURSIVE waits (account) AS (
        SELECT min(account) FROM message WHERE state = 'waiting'
        UNION ALL
        SELECT (SELECT min(account) FROM message WHERE state = 'waiting' AND account > waits.account)
        FROM waits WHERE account IS NOT NULL),
    lane (account, host) AS (
        SELECT account, (SELECT min(host) FROM message WHERE state = 'waiting' AND message.account = waits.account)
        FROM waits WHERE account IS NOT NULL AND account NOT IN (
            SELECT number FROM account_number WHERE account_id IN (SELECT value FROM json_each($1)))
        UNION ALL
        SELECT account, (
            SELECT min(host) FROM message
            WHERE state = 'waiting' AND message.account = lane.account AND host > lane.host)
        FROM lane WHERE host IS NOT NULL)
    SELECT (SELECT account_id FROM account_number WHERE number = account), host FROM (
        SELECT account, host, (
            SELECT min(due_at) FROM message
            WHERE state = 'waiting' AND message.account = lane.account AND message.host = lane.host) AS since
        FROM lane WHERE host IS NOT NULL AND host NOT IN (SELECT value FROM json_each($2)))
    WHERE since <= $3 ORDER BY since LIMIT $4
"""
CLAIM = f"""
    UPDATE message SET fence = fence + 1, held = 1, due_at = $1
    WHERE seq IN (
        SELECT seq FROM message
        WHERE state = 'waiting' AND account = (SELECT number FROM account_number WHERE account_id = $2)
            AND host = $3 AND due_at <= $4
        ORDER BY due_at, seq LIMIT $5)
    RETURNING seq, id, url, secret, body, event, {_WHOSE}, host, failed, fence
"""  # noqa: S608 - the columns are ours
COUNT = "UPDATE message SET attempts = attempts + 1 WHERE id = $1 RETURNING seq, attempts"
NOTE = """
    INSERT INTO message_attempt (message, number, at, status, fault, milliseconds) VALUES ($1, $2, $3, $4, $5, $6)
"""
DELIVERED = """
    UPDATE message SET state = 'delivered', held = 0, due_at = NULL, ended_at = $1
    WHERE seq = $2 AND state <> 'delivered'
"""
FAILED = """
    UPDATE message SET state = $1, failed = failed + 1, held = 0, due_at = $2, ended_at = $3
    WHERE seq = $4 AND fence = $5 AND held = 1
"""
GIVE_BACK = """
    UPDATE message SET fence = fence + 1, held = 0, due_at = $1 WHERE id = $2 AND fence = $3 AND held = 1
"""
RECOVER = "UPDATE message SET fence = fence + 1, held = 0, due_at = $1 WHERE held = 1 RETURNING seq"
GIVE_UP = """
    UPDATE message SET state = 'exhausted', due_at = NULL, ended_at = $1
    WHERE state = 'waiting' AND host = $2 AND since < $3 AND held = 0 AND failed > 0
    RETURNING seq
"""
POSTED = f"""
    SELECT {_POSTED} FROM message
    WHERE ($1 IS NULL OR account = $1) AND ($2 IS NULL OR state = $2)
        AND ($3 IS NULL OR seq < (SELECT seq FROM message WHERE id = $3))
    ORDER BY seq DESC LIMIT $4
"""  # noqa: S608 - as above
FIND = f"SELECT {_POSTED} FROM message WHERE id = $1"  # noqa: S608 - as above
ATTEMPTS = """
    SELECT at, status, fault, milliseconds FROM message_attempt
    WHERE message = (SELECT seq FROM message WHERE id = $1) ORDER BY number
"""
_AGAIN = "state = 'waiting', failed = 0, since = $1, fence = fence + 1, held = 0, due_at = $1, ended_at = NULL"
REPLAY = f"UPDATE message SET {_AGAIN} WHERE id = $2 RETURNING seq"  # noqa: S608 - as above
REPLAY_EXHAUSTED = f"""
    UPDATE message SET {_AGAIN}
    WHERE seq IN (
        SELECT seq FROM message WHERE state = 'exhausted' AND ($2 IS NULL OR account = $2) ORDER BY seq LIMIT $3)
    RETURNING seq
"""  # noqa: S608 - as above
FORGET = """
    DELETE FROM message WHERE seq IN (SELECT seq FROM message WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)
    RETURNING seq
"""
WAITING = """
    SELECT 'waiting', count(*) FROM message WHERE state = 'waiting'
    UNION ALL SELECT 'exhausted', count(*) FROM message WHERE state = 'exhausted'
"""


def add_messages(
    connection: apsw.Connection, messages: Sequence[Message], *, account: int, job_id: UUID, at: float
) -> None:
    """Put messages into the outbox, due at once."""
    for told in messages:
        to = (told.url, host_of(told.url))
        connection.execute(ADD, (str(told.id), account, str(job_id), *to, told.secret, told.event, told.body, at))


def messages_of(connection: apsw.Connection, job_id: UUID) -> Sequence[Message]:
    """What is, or was, to be delivered after a job, in order."""
    return [
        Message(id=UUID(id_), url=url, secret=secret, body=body, event=event)
        for id_, url, secret, body, event in connection.execute(OF_JOB, (str(job_id),))
    ]


class SqliteMessages:
    """The `MessageStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Tell whoever waits that something is due."""
        self._bell.set()

    async def due(
        self, *, now: float, besides: Collection[str], without: Collection[UUID] = (), most: int
    ) -> Sequence[Lane]:
        """Lanes in which something is due, the one that waited longest first, up to so many."""
        left_out = (orjson.dumps(sorted(without)).decode(), orjson.dumps(sorted(besides)).decode())

        def work(connection: apsw.Connection) -> list[Lane]:
            found = connection.execute(DUE, (*left_out, now, most))
            return [Lane(account_id=UUID(account_id), host=host) for account_id, host in found]

        return await self._read(work)

    async def claim(self, rooms: Mapping[Lane, int], *, now: float, until: float) -> Sequence[Errand]:
        """Take what is due, up to so many of each lane, for as long as the lease lasts; of a lane, the oldest first."""

        def work(connection: apsw.Connection) -> list[Errand]:
            asked = [(until, str(lane.account_id), lane.host, now, room) for lane, room in rooms.items()]
            rows = [row for bindings in asked for row in connection.execute(CLAIM, bindings)]
            return [_errand(row) for row in sorted(rows)]  # By number: RETURNING has no order.

        return await self._write(work)

    async def record(
        self, errand: Errand, attempt: Attempt, *, then: MessageState, at: float, due_at: float | None = None
    ) -> None:
        """Note an attempt, and what follows from it."""

        def work(connection: apsw.Connection) -> None:
            counted = connection.execute(COUNT, (str(errand.message.id),)).fetchone()
            if counted is None:
                return
            noted = (attempt.at, attempt.status, attempt.fault, attempt.milliseconds)
            connection.execute(NOTE, (*counted, *noted))
            if then is MessageState.DELIVERED:
                connection.execute(DELIVERED, (at, counted[0]))
            else:
                ended_at = None if then is MessageState.WAITING else at
                connection.execute(FAILED, (then, due_at, ended_at, counted[0], errand.fence))

        await self._write(work)

    async def give_back(self, errands: Collection[Errand], *, now: float) -> None:
        """Let messages be due at once: nothing came of their attempts, because whoever made them ends."""

        def work(connection: apsw.Connection) -> None:
            for errand in errands:
                connection.execute(GIVE_BACK, (now, str(errand.message.id), errand.fence))

        await self._write(work)

    async def recover(self, *, now: float) -> int:
        """Let all that were being sent be due: for the start of the only server. How many."""
        return await self._counted(RECOVER, (now,))

    async def give_up(self, host: str, *, before: float, at: float) -> int:
        """Exhaust what waits for a host since before that time and was tried, without another attempt. How many."""
        return await self._counted(GIVE_UP, (at, host, before))

    async def posted(
        self,
        *,
        account_id: UUID | None = None,
        state: MessageState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Posted]:
        """Messages, the newest first, of an account or all, in a state or any, from the one before `after` on."""

        def work(connection: apsw.Connection) -> list[Posted]:
            account = number_or_none(connection, account_id)
            bindings = (account, state, None if after is None else str(after), most)
            return [_posted(row) for row in connection.execute(POSTED, bindings)]

        return await self._read(work)

    async def find(self, message_id: UUID) -> Posted | None:
        """The message of that id."""

        def work(connection: apsw.Connection) -> Posted | None:
            row = connection.execute(FIND, (str(message_id),)).fetchone()
            return None if row is None else _posted(row)

        return await self._read(work)

    async def attempts_of(self, message_id: UUID) -> Sequence[Attempt]:
        """All attempts to deliver a message, in order."""

        def work(connection: apsw.Connection) -> list[Attempt]:
            return [
                Attempt(at=at, status=status, fault=fault, milliseconds=milliseconds)
                for at, status, fault, milliseconds in connection.execute(ATTEMPTS, (str(message_id),))
            ]

        return await self._read(work)

    async def replay(self, message_id: UUID, *, now: float) -> bool:
        """Let a message be due, with the whole schedule before it, whatever became of it. False: there is none."""
        found = await self._counted(REPLAY, (now, str(message_id)))
        self._bell.set()
        return found > 0

    async def replay_exhausted(self, *, account_id: UUID | None = None, now: float, most: int) -> int:
        """The same for those that were given up, the oldest first, up to so many. How many."""

        def work(connection: apsw.Connection) -> int:
            account = number_or_none(connection, account_id)
            return len(connection.execute(REPLAY_EXHAUSTED, (now, account, most)).fetchall())

        found = await self._write(work)
        self._bell.set()
        return found

    async def forget(self, *, before: float, most: int) -> int:
        """Forget messages that ended before that time, and their attempts, up to so many. How many."""
        return await self._counted(FORGET, (before, most))

    async def waiting(self) -> Mapping[MessageState, int]:
        """How many wait, and how many were given up."""

        def work(connection: apsw.Connection) -> dict[MessageState, int]:
            return {MessageState(state): count for state, count in connection.execute(WAITING)}

        return await self._read(work)

    async def wait(self, *, most: float) -> None:
        """Return when something may have become due, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._bell.wait()
        self._bell.clear()

    async def _counted(self, statement: str, bindings: tuple[Any, ...]) -> int:
        """How many rows a statement says that it changed."""
        return await self._write(lambda connection: len(connection.execute(statement, bindings).fetchall()))


def _errand(row: tuple[Any, ...]) -> Errand:
    _seq, id_, url, secret, body, event, account_id, host, failed, fence = row
    message = Message(id=UUID(id_), url=url, secret=secret, body=body, event=event)
    return Errand(message=message, account_id=UUID(account_id), host=host, failed=failed, fence=fence)


def _posted(row: tuple[Any, ...]) -> Posted:
    id_, account_id, job_id, url, event, state, attempts, created_at, due_at, ended_at = row
    return Posted(
        id=UUID(id_),
        account_id=UUID(account_id),
        job_id=UUID(job_id),
        url=url,
        event=event,
        state=MessageState(state),
        attempts=attempts,
        created_at=created_at,
        due_at=due_at,
        ended_at=ended_at,
    )
