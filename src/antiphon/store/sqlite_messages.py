"""The outbox, in SQLite: what is to be delivered once a job has ended."""

from collections.abc import Sequence
from uuid import UUID

import apsw

from antiphon.store.ports_jobs import Message

ADD = """
    INSERT INTO message (id, account, job_id, url, secret, event, body, created_at, state, attempts, due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $8)
"""

OF_JOB = "SELECT id, url, secret, body, event FROM message WHERE job_id = $1 ORDER BY seq"


def add_messages(
    connection: apsw.Connection, messages: Sequence[Message], *, account: int, job_id: UUID, at: float
) -> None:
    """Put messages into the outbox, due at once."""
    for message in messages:
        row = (str(message.id), account, str(job_id), message.url, message.secret, message.event, message.body, at)
        connection.execute(ADD, row)


def messages_of(connection: apsw.Connection, job_id: UUID) -> Sequence[Message]:
    """What is, or was, to be delivered after a job, in order."""
    return [
        Message(id=UUID(id_), url=url, secret=secret, body=body, event=event)
        for id_, url, secret, body, event in connection.execute(OF_JOB, (str(job_id),))
    ]
