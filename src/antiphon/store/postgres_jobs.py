"""Jobs on PostgreSQL: any number of processes claim them, and none waits for another."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import HEAD_START, MOST_FENCES, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.store import postgres_rows as pg
from antiphon.store.ports import Admitted, Ending, IdempotencyKey, StoredAnswer
from antiphon.store.ports_jobs import Beat, Claim, JobEnd, Message, Submission
from antiphon.store.postgres_bell import Bell
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_ledger import refusal
from antiphon.store.postgres_messages import told_row
from antiphon.store.postgres_submissions import submitted

# An array is made once. "IN" may be planned as a join that asks again for each row, and each time finds the next ones.
RECLAIM = """
    UPDATE job SET fence = fence + 1, tries = tries + 1, worker = $1, until = $2, made = ''
    WHERE id = ANY (ARRAY(
        SELECT id FROM job
        WHERE state = 'running' AND until <= $3 AND tries < $4 AND deadline > $3 AND kind = ANY ($5)
        ORDER BY until LIMIT $6 FOR UPDATE SKIP LOCKED))
    RETURNING *
"""
CLAIM = """
    UPDATE job
    SET state = 'running', fence = fence + 1, tries = tries + 1, worker = $1, until = $2,
        started_at = coalesce(started_at, $3)
    WHERE id = ANY (ARRAY(
        SELECT id FROM job
        WHERE state = 'pending' AND admitted AND tries < $4 AND deadline > $3 AND kind = ANY ($5)
        ORDER BY turn, id LIMIT $6 FOR UPDATE SKIP LOCKED))
    RETURNING *
"""
BEAT = """
    UPDATE job
    SET until = greatest(until, $1), progress = greatest(job.progress, beat.progress), stage = beat.stage,
        made = CASE WHEN length(beat.made) > 0 THEN beat.made ELSE job.made END
    FROM unnest($3::uuid[], $4::integer[], $5::double precision[], $6::text[], $7::bytea[])
        AS beat (id, fence, progress, stage, made)
    WHERE job.id = beat.id AND job.fence = beat.fence AND state = 'running' AND worker = $2
    RETURNING job.id
"""
GIVE_BACK = """
    UPDATE job SET state = 'pending', tries = tries - 1, worker = NULL, until = NULL, made = ''
    FROM unnest($2::uuid[], $3::integer[]) AS held (id, fence)
    WHERE job.id = held.id AND job.fence = held.fence AND state = 'running' AND worker = $1
"""
SAY = "SELECT job_say($1, $2, $3::told[], $4)"
END = "SELECT * FROM job_close($1::ending, $2, $3, $4, $5, $6, $7::told[], $8)"
# A job whose last worker died waits for its lease to end: till then it may be alive.
OVERDUE = """
    (SELECT * FROM job WHERE ended_at IS NULL AND deadline <= $1 LIMIT $3)
    UNION ALL
    (SELECT * FROM job WHERE state = 'running' AND until <= $1 AND tries >= $2 AND deadline > $1 LIMIT $3)
    UNION ALL
    (SELECT * FROM job WHERE state = 'pending' AND admitted AND tries >= $2 AND deadline > $1 LIMIT $3)
    LIMIT $3
"""
RECOVER = """
    UPDATE job SET state = 'pending', worker = NULL, until = NULL, made = '' WHERE state = 'running' RETURNING id
"""
FIND = "SELECT * FROM job WHERE id = $1"
JOBS_OF = """
    SELECT * FROM job WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
LISTED = """
    SELECT * FROM job
    WHERE ($1::uuid IS NULL OR account_id = $1) AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
FORGET = """
    DELETE FROM job WHERE id = ANY (ARRAY(
        SELECT id FROM job WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING id
"""
WAITS_SINCE = "SELECT min(turn + $1 * priority) FROM job WHERE state = 'pending' AND admitted"
MESSAGES_OF = "SELECT id, url, secret, body, event FROM message WHERE job_id = $1 ORDER BY seq"
# Each part is counted in an index of its own.
WAITING = """
    SELECT 'pending' AS state, (SELECT count(*) FROM job WHERE state = 'pending' AND admitted)
        + (SELECT count(*) FROM job WHERE state = 'pending' AND NOT admitted) AS count
    UNION ALL SELECT 'running', count(*) FROM job WHERE state = 'running'
"""
RING = "SELECT pg_notify('antiphon_jobs', '')"


ANSWERED = """
    SELECT status, headers, body, artifact FROM idempotency
    WHERE account_id = $1 AND route = $2 AND key = $3 AND fingerprint = $4 AND expires_at > $5 AND status IS NOT NULL
"""


class PostgresJobs:
    """The `JobStore` on PostgreSQL.

    Args:
        pool: Connections.
        bell: Rings when a job may have become ready.
    """

    def __init__(self, pool: Any, bell: Bell) -> None:
        self._pool = pool
        self._bell = bell

    async def submit(self, submission: Submission) -> Admitted | StoredAnswer:
        """Hold the price and let the job wait, in one transaction; or give the stored answer of a repeated request.

        Raises:
            LimitExceeded, PaymentRequired, Conflict, NotFound: As `Ledger.admit`.
            Unavailable: `IN_DOUBT`: it may wait all the same. With another cause it does not.
        """
        outcome = await submitted(self._pool, submission)
        match outcome["code"]:
            case "done":
                return Admitted(split=pg.split_of(outcome["parts"]), available=MilliCredits(outcome["available"]))
            case "replay":
                return pg.answer_of(outcome)
            case _:
                raise refusal(outcome)

    async def claim(
        self, *, worker: str, kinds: Collection[str], most: int, now: float, until: float
    ) -> Sequence[Claim]:
        """Take up to so many jobs: those whose worker let the lease end first, then by their turn."""
        bindings = (pg.text(worker), until, now, MOST_FENCES, sorted(kinds))
        with translating():
            rows = await self._pool.fetch(RECLAIM, *bindings, most)
            fresh = await self._pool.fetch(CLAIM, *bindings, most - len(rows)) if len(rows) < most else []
        # RETURNING has no order.
        jobs = [*map(_job, rows), *map(_job, sorted(fresh, key=lambda row: (row["turn"], row["id"])))]
        return [Claim(job=job, worker=worker, until=until) for job in jobs]

    async def beat(self, beats: Mapping[UUID, Beat], *, worker: str, until: float) -> frozenset[UUID]:
        """Renew leases and note progress; gives those that are still this worker's. The others are to be dropped."""
        columns = (
            [beat.fence for beat in beats.values()],
            [beat.progress for beat in beats.values()],
            [pg.text(beat.stage) for beat in beats.values()],
            [beat.made for beat in beats.values()],
        )
        with translating():
            rows = await self._pool.fetch(BEAT, until, pg.text(worker), list(beats), *columns)
        return frozenset(row["id"] for row in rows)

    async def give_back(self, claims: Mapping[UUID, int], *, worker: str) -> None:
        """Let jobs wait again, by their fences: the worker ends before it could do them."""
        with translating():
            await self._pool.execute(GIVE_BACK, pg.text(worker), list(claims), list(claims.values()))
            await self._pool.execute(RING)

    async def say(self, job_id: UUID, *, fence: int, messages: Sequence[Message], at: float) -> None:
        """Put messages into the outbox while a job runs; those that are there already are left as they are.

        Raises:
            Conflict: "ended": it has ended, or another claim has it; nothing was done.
        """
        with translating():
            said = await self._pool.fetchval(SAY, job_id, fence, [told_row(message) for message in messages], at)
        if not said:
            raise Conflict("ended")

    async def end(self, end: JobEnd) -> Job:
        """End a job: its state, its hold, its usage row and its messages, and the account's next is admitted.

        Raises:
            Conflict: "ended": it has ended before, or another claim has it. "hold_gone": it is not paid for any more.
                Nothing was done.
        """
        ending = Ending(id=end.id, charge=end.charge, at=end.at, order=(), usage=end.usage)
        fault = (None, None) if end.fault is None else (pg.text(end.fault.code), pg.text(end.fault.text))
        told = [told_row(message) for message in end.messages]
        row = (0, *pg.ending_row(ending))
        with translating():
            outcome = await self._pool.fetchrow(END, row, end.state, end.fence, end.made, *fault, told, HEAD_START)
        if outcome["code"] != "done":
            raise refusal(outcome)
        return _job(outcome["closed"])

    async def overdue(self, *, now: float, most: int) -> Sequence[Job]:
        """Jobs past their deadline, and those that killed every worker that took them; for `end` to fail them."""
        with translating():
            return [_job(row) for row in await self._pool.fetch(OVERDUE, now, MOST_FENCES, most)]

    async def recover(self) -> int:
        """Let all running jobs wait again: for the start of the only server, when every worker is dead."""
        with translating():
            return len(await self._pool.fetch(RECOVER))

    async def job(self, job_id: UUID) -> Job | None:
        """The job of that id."""
        with translating():
            row = await self._pool.fetchrow(FIND, job_id)
        return None if row is None else _job(row)

    async def answered(self, account_id: UUID, key: IdempotencyKey, *, at: float) -> StoredAnswer | None:
        """What the same request was answered under an account's key, if that is still kept at a time; changes nothing.

        None also where it was another request: to submit it is what refuses it.
        """
        name = (account_id, pg.text(key.route), pg.text(key.key), key.fingerprint)
        with translating():
            row = await self._pool.fetchrow(ANSWERED, *name, at)
        return None if row is None else pg.answer_of(row)

    async def jobs_of(self, account_id: UUID, *, after: UUID | None = None, most: int = 100) -> Sequence[Job]:
        """An account's jobs, the newest first, from the one before `after` on."""
        with translating():
            return [_job(row) for row in await self._pool.fetch(JOBS_OF, account_id, after, most)]

    async def listed(
        self,
        *,
        account_id: UUID | None = None,
        state: JobState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Job]:
        """Jobs, the newest first, of an account or all, in a state or any, from the one before `after` on."""
        with translating():
            return [_job(row) for row in await self._pool.fetch(LISTED, account_id, state, after, most)]

    async def forget(self, *, before: float, most: int) -> int:
        """Forget jobs that ended before that time, up to so many. How many."""
        with translating():
            return len(await self._pool.fetch(FORGET, before, most))

    async def messages_of(self, job_id: UUID) -> Sequence[Message]:
        """What is, or was, to be delivered after a job, in order."""
        with translating():
            return [Message(**row) for row in await self._pool.fetch(MESSAGES_OF, job_id)]

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs wait or run, by state."""
        with translating():
            return {row["state"]: row["count"] for row in await self._pool.fetch(WAITING) if row["count"]}

    async def waits_since(self) -> float | None:
        """Since when, in Unix seconds, the job waits for a worker that waits longest; None: none that is admitted."""
        with translating():
            since: float | None = await self._pool.fetchval(WAITS_SINCE, HEAD_START)
        return since

    async def wait(self, *, most: float) -> None:
        """Return when a job may have become ready, or after so many seconds."""
        with translating():
            await self._bell.wait(most)


def _job(row: Mapping[str, Any]) -> Job:
    known = dict(row)
    for own in ("tries", "span", "admitted", "worker", "until", "turn"):
        del known[own]
    code, text = known.pop("fault"), known.pop("fault_text")
    fault = None if code is None else Fault(code=code, text=text)
    return Job(**{**known, "state": JobState(known["state"]), "fault": fault})
