"""The outbox, in PostgreSQL: any number of servers deliver from it, and none waits for another."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.webhooks import MessageState, host_of
from antiphon.store import postgres_rows as pg
from antiphon.store.ports_jobs import Message
from antiphon.store.ports_messages import Attempt, Errand, Lane, Posted
from antiphon.store.postgres_bell import Bell
from antiphon.store.postgres_connections import translating

_POSTED = "id, account_id, job_id, url, event, state, attempts, created_at, due_at, ended_at"

# From lane to lane by the index: a lane's million messages are as soon passed over as one.
DUE = """
    WITH RECURSIVE lane (account_id, host) AS (
        (SELECT account_id, host FROM message WHERE state = 'waiting' ORDER BY account_id, host LIMIT 1)
        UNION ALL
        SELECT next.account_id, next.host
        FROM lane CROSS JOIN LATERAL (
            SELECT account_id, host FROM message
            WHERE state = 'waiting' AND (account_id, host) > (lane.account_id, lane.host)
            ORDER BY account_id, host LIMIT 1) AS next)
    SELECT account_id, host FROM (
        SELECT account_id, host, (
            SELECT min(due_at) FROM message
            WHERE state = 'waiting' AND message.account_id = lane.account_id AND message.host = lane.host) AS since
        FROM lane WHERE host <> ALL ($2) AND account_id <> ALL ($3::uuid[])) AS found
    WHERE since <= $1 ORDER BY since LIMIT $4
"""
CLAIM = """
    UPDATE message SET fence = fence + 1, held = true, due_at = $4
    FROM (
        SELECT taken.seq
        FROM unnest($1::uuid[], $5::text[], $3::integer[]) AS room (account_id, host, many)
        CROSS JOIN LATERAL (
            SELECT seq FROM message
            WHERE state = 'waiting' AND account_id = room.account_id AND host = room.host AND due_at <= $2
            ORDER BY due_at, seq LIMIT room.many FOR UPDATE SKIP LOCKED) AS taken
    ) AS chosen
    WHERE message.seq = chosen.seq
    RETURNING message.seq, id, url, secret, body, event, account_id, host, failed, fence
"""
RECORD = """
    WITH found AS (
        SELECT seq, CASE WHEN $3 = 'delivered' THEN state <> 'delivered' ELSE fence = $2 AND held END AS moved
        FROM message WHERE id = $1 FOR UPDATE),
    counted AS (
        UPDATE message
        SET attempts = attempts + 1,
            failed = CASE WHEN moved AND $3 <> 'delivered' THEN failed + 1 ELSE failed END,
            state = CASE WHEN moved THEN $3 ELSE state END,
            held = CASE WHEN moved THEN false ELSE held END,
            due_at = CASE WHEN moved THEN $4 ELSE due_at END,
            ended_at = CASE WHEN moved THEN $5 ELSE ended_at END
        FROM found WHERE message.seq = found.seq
        RETURNING message.seq, attempts)
    INSERT INTO message_attempt (message, number, at, status, fault, milliseconds)
    SELECT seq, attempts, $6, $7, $8, $9 FROM counted
"""
GIVE_BACK = """
    UPDATE message SET fence = message.fence + 1, held = false, due_at = $3
    FROM unnest($1::uuid[], $2::integer[]) AS errand (id, fence)
    WHERE message.id = errand.id AND message.fence = errand.fence AND held
"""
RECOVER = "UPDATE message SET fence = fence + 1, held = false, due_at = $1 WHERE held RETURNING seq"
GIVE_UP = """
    UPDATE message SET state = 'exhausted', due_at = NULL, ended_at = $3
    WHERE state = 'waiting' AND host = $1 AND since < $2 AND NOT held AND failed > 0
    RETURNING seq
"""
POSTED = f"""
    SELECT {_POSTED} FROM message
    WHERE ($1::uuid IS NULL OR account_id = $1) AND ($2::text IS NULL OR state = $2)
        AND ($3::uuid IS NULL OR seq < (SELECT seq FROM message WHERE id = $3))
    ORDER BY seq DESC LIMIT $4
"""  # noqa: S608 - the columns are ours
FIND = f"SELECT {_POSTED} FROM message WHERE id = $1"  # noqa: S608 - as above
ATTEMPTS = """
    SELECT at, status, fault, milliseconds FROM message_attempt
    WHERE message = (SELECT seq FROM message WHERE id = $1) ORDER BY number
"""
# An array is made once. "IN" may be planned as a join that asks again for each row, and each time finds the next ones.
_AGAIN = "state = 'waiting', failed = 0, since = $1, fence = fence + 1, held = false, due_at = $1, ended_at = NULL"
REPLAY = f"UPDATE message SET {_AGAIN} WHERE id = $2 RETURNING seq"  # noqa: S608 - as above
REPLAY_EXHAUSTED = f"""
    UPDATE message SET {_AGAIN}
    WHERE seq = ANY (ARRAY(
        SELECT seq FROM message WHERE state = 'exhausted' AND ($2::uuid IS NULL OR account_id = $2)
        ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED))
    RETURNING seq
"""  # noqa: S608 - as above
FORGET = """
    DELETE FROM message WHERE seq = ANY (ARRAY(
        SELECT seq FROM message WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING seq
"""
WAITING = """
    SELECT 'waiting' AS state, count(*) FROM message WHERE state = 'waiting'
    UNION ALL SELECT 'exhausted', count(*) FROM message WHERE state = 'exhausted'
"""
RING = "SELECT pg_notify('antiphon_messages', '')"


def told_row(message: Message) -> tuple[Any, ...]:
    """A message as a row of `told`."""
    to = (pg.text(message.url), pg.text(host_of(message.url)))
    return (message.id, *to, message.secret, pg.text(message.event), message.body)


class PostgresMessages:
    """The `MessageStore` on PostgreSQL.

    Args:
        pool: Connections.
        bell: Rings when something may have become due.
    """

    def __init__(self, pool: Any, bell: Bell) -> None:
        self._pool = pool
        self._bell = bell

    async def due(
        self, *, now: float, besides: Collection[str], without: Collection[UUID] = (), most: int
    ) -> Sequence[Lane]:
        """Lanes in which something is due, the one that waited longest first, up to so many."""
        with translating():
            rows = await self._pool.fetch(DUE, now, sorted(besides), sorted(without), most)
        return [Lane(**row) for row in rows]

    async def claim(self, rooms: Mapping[Lane, int], *, now: float, until: float) -> Sequence[Errand]:
        """Take what is due, up to so many of each lane, for as long as the lease lasts; of a lane, the oldest first."""
        accounts, hosts = [lane.account_id for lane in rooms], [lane.host for lane in rooms]
        with translating():
            rows = await self._pool.fetch(CLAIM, accounts, now, list(rooms.values()), until, hosts)
        return [_errand(row) for row in sorted(rows, key=lambda row: row["seq"])]  # RETURNING has no order.

    async def record(
        self, errand: Errand, attempt: Attempt, *, then: MessageState, at: float, due_at: float | None = None
    ) -> None:
        """Note an attempt, and what follows from it."""
        ended_at = None if then is MessageState.WAITING else at
        noted = (attempt.at, attempt.status, pg.text(attempt.fault), attempt.milliseconds)
        with translating():
            await self._pool.execute(RECORD, errand.message.id, errand.fence, then, due_at, ended_at, *noted)

    async def give_back(self, errands: Collection[Errand], *, now: float) -> None:
        """Let messages be due at once: nothing came of their attempts, because whoever made them ends."""
        with translating():
            await self._pool.execute(
                GIVE_BACK, [each.message.id for each in errands], [each.fence for each in errands], now
            )
            await self._pool.execute(RING)

    async def recover(self, *, now: float) -> int:
        """Let all that were being sent be due: for the start of the only server. How many."""
        return await self._counted(RECOVER, now)

    async def give_up(self, host: str, *, before: float, at: float) -> int:
        """Exhaust what waits for a host since before that time and was tried, without another attempt. How many."""
        return await self._counted(GIVE_UP, pg.text(host), before, at)

    async def posted(
        self,
        *,
        account_id: UUID | None = None,
        state: MessageState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Posted]:
        """Messages, the newest first, of an account or all, in a state or any, from the one before `after` on."""
        with translating():
            return [_posted(row) for row in await self._pool.fetch(POSTED, account_id, state, after, most)]

    async def find(self, message_id: UUID) -> Posted | None:
        """The message of that id."""
        with translating():
            row = await self._pool.fetchrow(FIND, message_id)
        return None if row is None else _posted(row)

    async def attempts_of(self, message_id: UUID) -> Sequence[Attempt]:
        """All attempts to deliver a message, in order."""
        with translating():
            return [Attempt(**row) for row in await self._pool.fetch(ATTEMPTS, message_id)]

    async def replay(self, message_id: UUID, *, now: float) -> bool:
        """Let a message be due, with the whole schedule before it, whatever became of it. False: there is none."""
        return await self._rung(REPLAY, now, message_id) > 0

    async def replay_exhausted(self, *, account_id: UUID | None = None, now: float, most: int) -> int:
        """The same for those that were given up, the oldest first, up to so many. How many."""
        return await self._rung(REPLAY_EXHAUSTED, now, account_id, most)

    async def forget(self, *, before: float, most: int) -> int:
        """Forget messages that ended before that time, and their attempts, up to so many. How many."""
        return await self._counted(FORGET, before, most)

    async def waiting(self) -> Mapping[MessageState, int]:
        """How many wait, and how many were given up."""
        with translating():
            return {MessageState(row["state"]): row["count"] for row in await self._pool.fetch(WAITING)}

    async def wait(self, *, most: float) -> None:
        """Return when something may have become due, or after so many seconds."""
        with translating():
            await self._bell.wait(most)

    async def _counted(self, statement: str, *bindings: object) -> int:
        """How many rows a statement says that it changed."""
        with translating():
            return len(await self._pool.fetch(statement, *bindings))

    async def _rung(self, statement: str, *bindings: object) -> int:
        found = await self._counted(statement, *bindings)
        with translating():
            await self._pool.execute(RING)
        return found


def _errand(row: Mapping[str, Any]) -> Errand:
    message = Message(id=row["id"], url=row["url"], secret=row["secret"], body=row["body"], event=row["event"])
    return Errand(
        message=message, account_id=row["account_id"], host=row["host"], failed=row["failed"], fence=row["fence"]
    )


def _posted(row: Mapping[str, Any]) -> Posted:
    return Posted(**{**row, "state": MessageState(row["state"])})
