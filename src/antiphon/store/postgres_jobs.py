"""Jobs on PostgreSQL: any number of processes claim them, and none waits for another."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import MOST_FENCES, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.store import postgres_rows as pg
from antiphon.store.ports import Admitted, Ending, StoredAnswer
from antiphon.store.ports_jobs import Beat, Claim, JobEnd, Message, Submission
from antiphon.store.postgres_bell import Bell
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_ledger import refusal
from antiphon.store.postgres_messages import told_row

SUBMIT = "SELECT * FROM job_submit($1::ask, $2::job, $3, $4, $5, $6)"
# An array is made once. "IN" may be planned as a join that asks again for each row, and each time finds the next ones.
RECLAIM = """
    UPDATE job SET fence = fence + 1, tries = tries + 1, worker = $1, until = $2
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
        ORDER BY priority DESC, id LIMIT $6 FOR UPDATE SKIP LOCKED))
    RETURNING *
"""
BEAT = """
    UPDATE job SET until = greatest(until, $1), progress = greatest(job.progress, beat.progress), stage = beat.stage
    FROM unnest($3::uuid[], $4::integer[], $5::double precision[], $6::text[]) AS beat (id, fence, progress, stage)
    WHERE job.id = beat.id AND job.fence = beat.fence AND state = 'running' AND worker = $2
    RETURNING job.id
"""
GIVE_BACK = """
    UPDATE job SET state = 'pending', tries = tries - 1, worker = NULL, until = NULL
    FROM unnest($2::uuid[], $3::integer[]) AS held (id, fence)
    WHERE job.id = held.id AND job.fence = held.fence AND state = 'running' AND worker = $1
"""
END = "SELECT * FROM job_end($1::ending, $2, $3, $4, $5, $6, $7::told[])"
# A job whose last worker died waits for its lease to end: till then it may be alive.
OVERDUE = """
    (SELECT * FROM job WHERE ended_at IS NULL AND deadline <= $1 LIMIT $3)
    UNION ALL
    (SELECT * FROM job WHERE state = 'running' AND until <= $1 AND tries >= $2 AND deadline > $1 LIMIT $3)
    UNION ALL
    (SELECT * FROM job WHERE state = 'pending' AND admitted AND tries >= $2 AND deadline > $1 LIMIT $3)
    LIMIT $3
"""
RECOVER = "UPDATE job SET state = 'pending', worker = NULL, until = NULL WHERE state = 'running' RETURNING id"
FIND = "SELECT * FROM job WHERE id = $1"
JOBS_OF = """
    SELECT * FROM job WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
MESSAGES_OF = "SELECT id, url, secret, body, event FROM message WHERE job_id = $1 ORDER BY seq"
WAITING = "SELECT state, count(*) FROM job WHERE ended_at IS NULL GROUP BY state"
RING = "SELECT pg_notify('antiphon_jobs', '')"


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
        """
        ask = (0, *pg.first_ask(submission.admission))
        kept = pg.NO_ANSWER if submission.answer is None else pg.answer_row(submission.answer)
        with translating():
            outcome = await self._pool.fetchrow(SUBMIT, ask, _row(submission.job, submission.window), *kept)
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
        """Take up to so many jobs: those whose worker let the lease end first, then by priority and age."""
        bindings = (pg.text(worker), until, now, MOST_FENCES, sorted(kinds))
        with translating():
            rows = await self._pool.fetch(RECLAIM, *bindings, most)
            fresh = await self._pool.fetch(CLAIM, *bindings, most - len(rows)) if len(rows) < most else []
        # RETURNING has no order.
        jobs = [*map(_job, rows), *sorted(map(_job, fresh), key=lambda job: (-job.priority, job.id))]
        return [Claim(job=job, worker=worker, until=until) for job in jobs]

    async def beat(self, beats: Mapping[UUID, Beat], *, worker: str, until: float) -> frozenset[UUID]:
        """Renew leases and note progress; gives those that are still this worker's. The others are to be dropped."""
        columns = (
            [beat.fence for beat in beats.values()],
            [beat.progress for beat in beats.values()],
            [pg.text(beat.stage) for beat in beats.values()],
        )
        with translating():
            rows = await self._pool.fetch(BEAT, until, pg.text(worker), list(beats), *columns)
        return frozenset(row["id"] for row in rows)

    async def give_back(self, claims: Mapping[UUID, int], *, worker: str) -> None:
        """Let jobs wait again, by their fences: the worker ends before it could do them."""
        with translating():
            await self._pool.execute(GIVE_BACK, pg.text(worker), list(claims), list(claims.values()))
            await self._pool.execute(RING)

    async def end(self, end: JobEnd) -> Job:
        """End a job: its state, its hold, its usage row and its messages, and the account's next is admitted.

        Raises:
            Conflict: "ended": it has ended before, or another claim has it; nothing was done.
        """
        ending = Ending(id=end.id, charge=end.charge, at=end.at, order=(), usage=end.usage)
        fault = (None, None) if end.fault is None else (pg.text(end.fault.code), pg.text(end.fault.text))
        told = [told_row(message) for message in end.messages]
        row = (0, *pg.ending_row(ending))
        with translating():
            ended = await self._pool.fetchrow(END, row, end.state, end.fence, end.made, *fault, told)
        if ended is None:
            raise Conflict("ended")
        return _job(ended)

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

    async def jobs_of(self, account_id: UUID, *, after: UUID | None = None, most: int = 100) -> Sequence[Job]:
        """An account's jobs, the newest first, from the one before `after` on."""
        with translating():
            return [_job(row) for row in await self._pool.fetch(JOBS_OF, account_id, after, most)]

    async def messages_of(self, job_id: UUID) -> Sequence[Message]:
        """What is, or was, to be delivered after a job, in order."""
        with translating():
            return [Message(**row) for row in await self._pool.fetch(MESSAGES_OF, job_id)]

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs wait or run, by state."""
        with translating():
            return {row["state"]: row["count"] for row in await self._pool.fetch(WAITING)}

    async def wait(self, *, most: float) -> None:
        """Return when a job may have become ready, or after so many seconds."""
        with translating():
            await self._bell.wait(most)


def _row(job: Job, window: int) -> tuple[Any, ...]:
    """A job that waits, as a row of `job`."""
    return (
        job.id,
        job.account_id,
        None if job.project_id == job.account_id else job.project_id,
        job.key_id,
        pg.text(job.dialect),
        pg.text(job.kind),
        job.asked,
        job.shown,
        b"",
        "pending",
        0,
        0,
        job.priority,
        job.price,
        0.0,
        "",
        None,
        None,
        job.created_at,
        None,
        None,
        job.deadline,
        window,
        False,
        None,
        None,
    )


def _job(row: Mapping[str, Any]) -> Job:
    known = dict(row)
    for own in ("tries", "span", "admitted", "worker", "until"):
        del known[own]
    code, text = known.pop("fault"), known.pop("fault_text")
    fault = None if code is None else Fault(code=code, text=text)
    return Job(**{**known, "state": JobState(known["state"]), "fault": fault})
