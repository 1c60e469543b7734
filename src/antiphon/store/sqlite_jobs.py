"""Jobs on SQLite: one process claims them, and the writer's order is the queue's."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import apsw
import orjson

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import HEAD_START, MOST_FENCES, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.store import sqlite_requests as requests
from antiphon.store.ports import Admitted, Ending, IdempotencyKey, StoredAnswer
from antiphon.store.ports_jobs import Beat, Claim, JobEnd, Message, Submission
from antiphon.store.readers import Readers
from antiphon.store.sqlite_idempotency import keep, kept
from antiphon.store.sqlite_messages import add_messages, messages_of
from antiphon.store.sqlite_numbers import NUMBER, number_of, number_or_none
from antiphon.store.sqlite_usage import note_usage
from antiphon.store.writer import Writer

_COLUMNS = """
    job.id, account_id, project_id, key_id, dialect, kind, asked, shown, made, state, fence, priority, price,
    progress, stage, fault, fault_text, created_at, started_at, ended_at, deadline
"""
_WHOSE = "(SELECT account_id FROM account_number WHERE number = job.account) AS account_id"
_RETURNED = _COLUMNS.replace("account_id", _WHOSE)

ADD = """
    INSERT INTO job (
        id, account, project_id, key_id, dialect, kind, asked, shown, made, state, fence, tries, priority, price,
        progress, stage, created_at, deadline, span, turn, admitted)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, x'', 'pending', 0, 0, $9, $10, 0, '', $11, $12, $13, $14,
        (SELECT count(*) FROM job WHERE account = $2 AND state IN ('pending', 'running') AND admitted = 1) < $13
"""
UNNAME = "UPDATE open_request SET route = NULL, key = NULL WHERE id = $1"
RECLAIM = f"""
    UPDATE job SET fence = fence + 1, tries = tries + 1, worker = $1, until = $2, made = x''
    WHERE seq IN (
        SELECT seq FROM job
        WHERE state = 'running' AND until <= $3 AND tries < $4 AND deadline > $3
            AND kind IN (SELECT value FROM json_each($5))
        ORDER BY until LIMIT $6)
    RETURNING {_RETURNED}
"""  # noqa: S608 - the columns are ours
CLAIM = f"""
    UPDATE job
    SET state = 'running', fence = fence + 1, tries = tries + 1, worker = $1, until = $2,
        started_at = coalesce(started_at, $3)
    WHERE seq IN (
        SELECT seq FROM job
        WHERE state = 'pending' AND admitted = 1 AND tries < $4 AND deadline > $3
            AND kind IN (SELECT value FROM json_each($5))
        ORDER BY turn, seq LIMIT $6)
    RETURNING {_RETURNED}, turn, seq
"""  # noqa: S608 - as above
BEAT = """
    UPDATE job
    SET until = max(until, $1), progress = max(progress, $2), stage = $3, made = iif(length($4) > 0, $4, made)
    WHERE id = $5 AND state = 'running' AND worker = $6 AND fence = $7
    RETURNING id
"""
GIVE_BACK = """
    UPDATE job SET state = 'pending', tries = tries - 1, worker = NULL, until = NULL, made = x''
    WHERE id = $1 AND state = 'running' AND worker = $2 AND fence = $3
"""
RUNS = "SELECT account FROM job WHERE id = $1 AND state = 'running' AND fence = $2"
HELD = "SELECT EXISTS (SELECT 1 FROM open_request WHERE id = $1)"
END = f"""
    UPDATE job
    SET state = $1, made = $2, fault = $3, fault_text = $4, ended_at = $5, worker = NULL, until = NULL,
        progress = CASE $1 WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = $6 AND ended_at IS NULL AND ($7 IS NULL OR (state = 'running' AND fence = $7))
    RETURNING {_RETURNED}
"""  # noqa: S608 - as above
ADMIT_NEXT = """
    UPDATE job SET admitted = 1, turn = $1 - $2 * priority
    WHERE seq = (
        SELECT seq FROM job WHERE account = $3 AND state = 'pending' AND admitted = 0
        ORDER BY priority DESC, seq LIMIT 1)
    AND span > (SELECT count(*) FROM job WHERE account = $3 AND state IN ('pending', 'running') AND admitted = 1)
"""
# A job whose last worker died waits for its lease to end: till then it may be alive.
OVERDUE = f"""
    SELECT {_RETURNED} FROM job WHERE state IN ('pending', 'running') AND deadline <= $1
    UNION ALL
    SELECT {_RETURNED} FROM job WHERE state = 'running' AND until <= $1 AND tries >= $2 AND deadline > $1
    UNION ALL
    SELECT {_RETURNED} FROM job WHERE state = 'pending' AND admitted = 1 AND tries >= $2 AND deadline > $1
    LIMIT $3
"""  # noqa: S608 - as above
RECOVER = """
    UPDATE job SET state = 'pending', worker = NULL, until = NULL, made = x'' WHERE state = 'running' RETURNING id
"""
FIND = f"SELECT {_RETURNED} FROM job WHERE id = $1"  # noqa: S608 - as above
JOBS_OF = f"""
    SELECT {_RETURNED} FROM job WHERE account = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""  # noqa: S608 - as above
LISTED = f"""
    SELECT {_RETURNED} FROM job
    WHERE ($1 IS NULL OR account = $1) AND ($2 IS NULL OR state = $2)
        AND ($3 IS NULL OR seq < (SELECT seq FROM job WHERE id = $3))
    ORDER BY seq DESC LIMIT $4
"""  # noqa: S608 - as above
FORGET = """
    DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE ended_at < $1 ORDER BY ended_at LIMIT $2) RETURNING seq
"""
WAITS_SINCE = "SELECT min(turn + $1 * priority) FROM job WHERE state = 'pending' AND admitted = 1"
# Each part is counted in an index of its own.
WAITING = """
    SELECT 'pending', (SELECT count(*) FROM job WHERE state = 'pending' AND admitted = 1)
        + (SELECT count(*) FROM job WHERE state = 'pending' AND admitted = 0)
    UNION ALL SELECT 'running', count(*) FROM job WHERE state = 'running'
"""


class SqliteJobs:
    """The `JobStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
        posted: Called when there is something to deliver.
    """

    def __init__(self, *, writer: Writer, readers: Readers, posted: Callable[[], None]) -> None:
        self._posted = posted
        self._write = writer.write
        self._read = readers.run
        self._ready = asyncio.Event()

    async def submit(self, submission: Submission) -> Admitted | StoredAnswer:
        """Hold the price and let the job wait, in one transaction; or give the stored answer of a repeated request.

        Raises:
            LimitExceeded, PaymentRequired, Conflict: As `Ledger.admit`.
        """
        result = await self._write(lambda connection: _submit(connection, submission))
        self._ready.set()
        return result

    async def claim(
        self, *, worker: str, kinds: Collection[str], most: int, now: float, until: float
    ) -> Sequence[Claim]:
        """Take up to so many jobs: those whose worker let the lease end first, then by their turn."""
        wanted = orjson.dumps(sorted(kinds)).decode()

        def work(connection: apsw.Connection) -> list[Job]:
            bindings = (worker, until, now, MOST_FENCES, wanted)
            jobs = [_job(row) for row in connection.execute(RECLAIM, (*bindings, most))]
            fresh: list[Any] = connection.execute(CLAIM, (*bindings, most - len(jobs))).fetchall()
            fresh.sort(key=lambda row: row[-2:])  # By turn: RETURNING has no order.
            return [*jobs, *(_job(row[:-2]) for row in fresh)]

        return [Claim(job=job, worker=worker, until=until) for job in await self._write(work)]

    async def beat(self, beats: Mapping[UUID, Beat], *, worker: str, until: float) -> frozenset[UUID]:
        """Renew leases and note progress; gives those that are still this worker's. The others are to be dropped."""

        def work(connection: apsw.Connection) -> frozenset[UUID]:
            kept = (
                connection.execute(BEAT, (until, *_told(beat), str(id_), worker, beat.fence)).get
                for id_, beat in beats.items()
            )
            return frozenset(UUID(id_) for id_ in kept if id_ is not None)

        return await self._write(work)

    async def give_back(self, claims: Mapping[UUID, int], *, worker: str) -> None:
        """Let jobs wait again, by their fences: the worker ends before it could do them."""

        def work(connection: apsw.Connection) -> None:
            for id_, fence in claims.items():
                connection.execute(GIVE_BACK, (str(id_), worker, fence))

        await self._write(work)
        self._ready.set()

    async def say(self, job_id: UUID, *, fence: int, messages: Sequence[Message], at: float) -> None:
        """Put messages into the outbox while a job runs; those that are there already are left as they are.

        Raises:
            Conflict: "ended": it has ended, or another claim has it; nothing was done.
        """

        def work(connection: apsw.Connection) -> None:
            account = connection.execute(RUNS, (str(job_id), fence)).get
            if account is None:
                raise Conflict("ended")
            add_messages(connection, messages, account=account, job_id=job_id, at=at)

        await self._write(work)
        self._posted()

    async def end(self, end: JobEnd) -> Job:
        """End a job: its state, its hold, its usage row and its messages, and the account's next is admitted.

        Raises:
            Conflict: "ended": it has ended before, or another claim has it. "hold_gone": it is not paid for any more.
                Nothing was done.
        """
        job = await self._write(lambda connection: _end(connection, end))
        self._ready.set()
        self._posted()
        return job

    async def overdue(self, *, now: float, most: int) -> Sequence[Job]:
        """Jobs past their deadline, and those that killed every worker that took them; for `end` to fail them."""
        return await self._read(
            lambda connection: [_job(row) for row in connection.execute(OVERDUE, (now, MOST_FENCES, most))]
        )

    async def recover(self) -> int:
        """Let all running jobs wait again: for the start of the only server, when every worker is dead."""
        return await self._write(lambda connection: len(connection.execute(RECOVER).fetchall()))

    async def job(self, job_id: UUID) -> Job | None:
        """The job of that id."""

        def work(connection: apsw.Connection) -> Job | None:
            row = connection.execute(FIND, (str(job_id),)).fetchone()
            return None if row is None else _job(row)

        return await self._read(work)

    async def answered(self, account_id: UUID, key: IdempotencyKey, *, at: float) -> StoredAnswer | None:
        """What the same request was answered under an account's key, if that is still kept at a time; changes nothing.

        None also where it was another request: to submit it is what refuses it.
        """

        def work(connection: apsw.Connection) -> StoredAnswer | None:
            account = connection.execute(NUMBER, (str(account_id),)).get
            return None if account is None else kept(connection, (account, key.route, key.key), key.fingerprint, at=at)

        return await self._read(work)

    async def jobs_of(self, account_id: UUID, *, after: UUID | None = None, most: int = 100) -> Sequence[Job]:
        """An account's jobs, the newest first, from the one before `after` on."""

        def work(connection: apsw.Connection) -> list[Job]:
            account = connection.execute(NUMBER, (str(account_id),)).get
            rows = connection.execute(JOBS_OF, (account, None if after is None else str(after), most))
            return [_job(row) for row in rows]

        return await self._read(work)

    async def listed(
        self,
        *,
        account_id: UUID | None = None,
        state: JobState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Job]:
        """Jobs, the newest first, of an account or all, in a state or any, from the one before `after` on."""

        def work(connection: apsw.Connection) -> list[Job]:
            bindings = (number_or_none(connection, account_id), state, None if after is None else str(after), most)
            return [_job(row) for row in connection.execute(LISTED, bindings)]

        return await self._read(work)

    async def forget(self, *, before: float, most: int) -> int:
        """Forget jobs that ended before that time, up to so many. How many."""
        return await self._write(lambda connection: len(connection.execute(FORGET, (before, most)).fetchall()))

    async def messages_of(self, job_id: UUID) -> Sequence[Message]:
        """What is, or was, to be delivered after a job, in order."""
        return await self._read(lambda connection: messages_of(connection, job_id))

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs wait or run, by state."""
        return await self._read(_counted)

    async def waits_since(self) -> float | None:
        """Since when, in Unix seconds, the job waits for a worker that waits longest; None: none that is admitted."""
        since: float | None = await self._read(lambda connection: connection.execute(WAITS_SINCE, (HEAD_START,)).get)
        return since

    async def wait(self, *, most: float) -> None:
        """Return when a job may have become ready, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._ready.wait()
        self._ready.clear()


def _counted(connection: apsw.Connection) -> dict[str, int]:
    return {state: count for state, count in connection.execute(WAITING) if count}


def _submit(connection: apsw.Connection, submission: Submission) -> Admitted | StoredAnswer:
    admission, job = submission.admission, submission.job
    admitted = requests.admit(connection, admission)
    if isinstance(admitted, StoredAnswer):
        return admitted
    account = number_of(connection, job.account_id)
    row = (
        str(job.id),
        account,
        None if job.project_id in {None, job.account_id} else str(job.project_id),
        None if job.key_id is None else str(job.key_id),
        job.dialect,
        job.kind,
        job.asked,
        job.shown,
        job.priority,
        job.price,
        job.created_at,
        job.deadline,
        submission.window,
        job.created_at - HEAD_START * job.priority,
    )
    connection.execute(ADD, row)
    if admission.idempotency is not None and submission.answer is not None:
        name = (account, admission.idempotency.route, admission.idempotency.key)
        keep(connection, name, str(job.id), submission.answer)
        # The answer is given now, not when the job ends.
        connection.execute(UNNAME, (str(job.id),))
    return admitted


def _end(connection: apsw.Connection, end: JobEnd) -> Job:
    fault = (None, None) if end.fault is None else (end.fault.code, end.fault.text)
    row = connection.execute(END, (end.state, end.made, *fault, end.at, str(end.id), end.fence)).fetchone()
    if row is None:
        raise Conflict("ended")
    job = _job(row)
    if connection.execute(HELD, (str(end.id),)).get:
        requests.end(connection, Ending(id=end.id, charge=end.charge, at=end.at, order=(), usage=end.usage))
    elif end.charge:
        raise Conflict("hold_gone")
    elif end.usage is not None:
        note_usage(connection, end.usage)
    account = number_of(connection, job.account_id)
    add_messages(connection, end.messages, account=account, job_id=end.id, at=end.at)
    connection.execute(ADMIT_NEXT, (end.at, HEAD_START, account))
    return job


def _told(beat: Beat) -> tuple[float, str, bytes]:
    return beat.progress, beat.stage, beat.made


def _job(row: tuple[Any, ...]) -> Job:
    (id_, account_id, project_id, key_id, dialect, kind, asked, shown, made, state, fence, priority, price, *rest) = row
    progress, stage, fault, fault_text, created_at, started_at, ended_at, deadline = rest
    return Job(
        id=UUID(id_),
        account_id=UUID(account_id),
        project_id=None if project_id is None else UUID(project_id),
        key_id=None if key_id is None else UUID(key_id),
        dialect=dialect,
        kind=kind,
        asked=asked,
        shown=shown,
        made=made,
        state=JobState(state),
        fence=fence,
        priority=priority,
        price=MilliCredits(price),
        progress=progress,
        stage=stage,
        fault=None if fault is None else Fault(code=fault, text=fault_text),
        created_at=created_at,
        started_at=started_at,
        ended_at=ended_at,
        deadline=deadline,
    )
