"""Submitting a job to PostgreSQL, and being sure of what became of it.

A connection that breaks says nothing about what it carried. Then the job is looked for; where it is not there, it is
submitted again under the same id, which the database takes once. That waits behind the lock of the account, so that a
first attempt which is still at work is over by then.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from asyncpg.exceptions import UniqueViolationError

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.jobs import HEAD_START, Job
from antiphon.store import postgres_rows as pg
from antiphon.store.ports_jobs import Submission
from antiphon.store.postgres_batches import PAUSES, RECALL, TROUBLE, UNDONE, Outcome
from antiphon.store.postgres_connections import outside, unavailable

SUBMIT = "SELECT * FROM job_submit($1::ask, $2::job, $3, $4, $5, $6)"
IS_THERE = "SELECT EXISTS (SELECT FROM job WHERE id = $1)"


async def submitted(pool: Any, submission: Submission, *, pauses: Sequence[float] = PAUSES) -> Outcome:
    """What became of a submission: a row of the type `outcome`.

    Args:
        pool: Connections.
        submission: What is submitted.
        pauses: Seconds between attempts while it is in doubt.

    Raises:
        Unavailable: `IN_DOUBT`: it may wait all the same. With another cause it does not.
    """
    ask = (0, *pg.first_ask(submission.admission))
    kept = pg.NO_ANSWER if submission.answer is None else pg.answer_row(submission.answer)
    bindings = (ask, _row(submission.job, submission.window), *kept)
    doubt: Exception | None = None
    for pause in (*pauses, 0.0):
        sent = False
        try:
            async with pool.acquire() as connection:
                if doubt is not None and (landed := await _landed(connection, ask, submission.job)) is not None:
                    return landed
                sent = True
                outcome: Outcome = await connection.fetchrow(SUBMIT, *bindings)
                if doubt is None or outcome["code"] == "done":
                    return outcome
                # The first attempt may be what refuses the second.
                return await _landed(connection, ask, submission.job) or outcome
        except UniqueViolationError:  # The first attempt came before the second.
            if doubt is None:
                raise
        except TROUBLE as error:
            if not outside(error):
                raise
            if doubt is None and (not sent or isinstance(error, UNDONE)):
                raise unavailable(error) from error
            doubt = error
        await asyncio.sleep(pause)
    raise Unavailable(UnavailableCause.IN_DOUBT) from doubt


async def _landed(connection: Any, ask: tuple[Any, ...], job: Job) -> Outcome | None:
    """The outcome of a submission whose answer was lost, as things stand now; None: there is no such job."""
    if not await connection.fetchval(IS_THERE, job.id):
        return None
    found: Outcome | None = await connection.fetchrow(RECALL, [], [ask])
    # A job that has ended holds nothing any more.
    return found or {"code": "done", "parts": (), "available": 0}


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
        job.created_at - HEAD_START * job.priority,
    )
