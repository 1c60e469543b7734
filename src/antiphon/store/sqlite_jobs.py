"""Jobs on SQLite: one process claims them, and the writer's order is the queue's."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import apsw
import orjson

from antiphon.domain.errors import Conflict
from antiphon.domain.jobs import MOST_FENCES, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.store import sqlite_requests as requests
from antiphon.store.ports import Admitted, Ending, StoredAnswer
from antiphon.store.ports_jobs import Beat, Claim, JobEnd, Message, Submission
from antiphon.store.readers import Readers
from antiphon.store.sqlite_idempotency import keep
from antiphon.store.sqlite_messages import add_messages, messages_of
from antiphon.store.sqlite_numbers import NUMBER, number_of
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
        progress, stage, created_at, deadline, span, admitted)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, x'', 'pending', 0, 0, $9, $10, 0, '', $11, $12, $13,
        (SELECT count(*) FROM job WHERE account = $2 AND state IN ('pending', 'running') AND admitted = 1) < $13
"""
UNNAME = "UPDATE open_request SET route = NULL, key = NULL WHERE id = $1"
RECLAIM = f"""
    UPDATE job SET fence = fence + 1, tries = tries + 1, worker = $1, until = $2
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
        ORDER BY priority DESC, seq LIMIT $6)
    RETURNING {_RETURNED}
"""  # noqa: S608 - as above
BEAT = """
    UPDATE job SET until = max(until, $1), progress = max(progress, $2), stage = $3
    WHERE id = $4 AND state = 'running' AND worker = $5 AND fence = $6
    RETURNING id
"""
GIVE_BACK = """
    UPDATE job SET state = 'pending', tries = tries - 1, worker = NULL, until = NULL
    WHERE id = $1 AND state = 'running' AND worker = $2 AND fence = $3
"""
END = f"""
    UPDATE job
    SET state = $1, made = $2, fault = $3, fault_text = $4, ended_at = $5, worker = NULL, until = NULL,
        progress = CASE $1 WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = $6 AND ended_at IS NULL AND ($7 IS NULL OR (state = 'running' AND fence = $7))
    RETURNING {_RETURNED}
"""  # noqa: S608 - as above
ADMIT_NEXT = """
    UPDATE job SET admitted = 1
    WHERE seq = (
        SELECT seq FROM job WHERE account = $1 AND state = 'pending' AND admitted = 0
        ORDER BY priority DESC, seq LIMIT 1)
    AND span > (SELECT count(*) FROM job WHERE account = $1 AND state IN ('pending', 'running') AND admitted = 1)
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
    UPDATE job SET state = 'pending', worker = NULL, until = NULL WHERE state = 'running' RETURNING id
"""
FIND = f"SELECT {_RETURNED} FROM job WHERE id = $1"  # noqa: S608 - as above
JOBS_OF = f"""
    SELECT {_RETURNED} FROM job WHERE account = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""  # noqa: S608 - as above
WAITING = "SELECT state, count(*) FROM job WHERE state IN ('pending', 'running') GROUP BY state"


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
        """Take up to so many jobs: those whose worker let the lease end first, then by priority and age."""
        wanted = orjson.dumps(sorted(kinds)).decode()

        def work(connection: apsw.Connection) -> list[Job]:
            bindings = (worker, until, now, MOST_FENCES, wanted)
            jobs = [_job(row) for row in connection.execute(RECLAIM, (*bindings, most))]
            fresh = [_job(row) for row in connection.execute(CLAIM, (*bindings, most - len(jobs)))]
            # RETURNING has no order.
            return [*jobs, *sorted(fresh, key=lambda job: (-job.priority, job.id))]

        return [Claim(job=job, worker=worker, until=until) for job in await self._write(work)]

    async def beat(self, beats: Mapping[UUID, Beat], *, worker: str, until: float) -> frozenset[UUID]:
        """Renew leases and note progress; gives those that are still this worker's. The others are to be dropped."""

        def work(connection: apsw.Connection) -> frozenset[UUID]:
            kept = (
                connection.execute(BEAT, (until, beat.progress, beat.stage, str(id_), worker, beat.fence)).get
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

    async def end(self, end: JobEnd) -> Job:
        """End a job: its state, its hold, its usage row and its messages, and the account's next is admitted.

        Raises:
            Conflict: "ended": it has ended before, or another claim has it; nothing was done.
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

    async def jobs_of(self, account_id: UUID, *, after: UUID | None = None, most: int = 100) -> Sequence[Job]:
        """An account's jobs, the newest first, from the one before `after` on."""

        def work(connection: apsw.Connection) -> list[Job]:
            account = connection.execute(NUMBER, (str(account_id),)).get
            rows = connection.execute(JOBS_OF, (account, None if after is None else str(after), most))
            return [_job(row) for row in rows]

        return await self._read(work)

    async def messages_of(self, job_id: UUID) -> Sequence[Message]:
        """What is, or was, to be delivered after a job, in order."""
        return await self._read(lambda connection: messages_of(connection, job_id))

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs wait or run, by state."""
        return await self._read(_counted)

    async def wait(self, *, most: float) -> None:
        """Return when a job may have become ready, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._ready.wait()
        self._ready.clear()


def _counted(connection: apsw.Connection) -> dict[str, int]:
    rows: list[Any] = connection.execute(WAITING).fetchall()
    return dict(rows)


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
    ending = Ending(id=end.id, charge=end.charge, at=end.at, order=(), usage=end.usage)
    requests.end(connection, ending)
    account = number_of(connection, job.account_id)
    add_messages(connection, end.messages, account=account, job_id=end.id, at=end.at)
    connection.execute(ADMIT_NEXT, (account,))
    return job


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
