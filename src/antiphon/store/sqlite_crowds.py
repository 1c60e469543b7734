"""How many requests were at work at once, in SQLite: their beginnings and ends, added up in the order of time."""

from collections.abc import Sequence
from uuid import UUID

import apsw
import orjson

from antiphon.store.ports_usage import Crowd

AT_WORK = "SELECT id FROM open_request WHERE account = $1 AND project_id = $2 AND dialect = $3"
# A window that is ordered by time takes all events of one moment together: who leaves when another comes did not meet
# him. Each period begins with an event of its own, with which nobody comes or goes, so that every stretch between two
# events is in one period, and idle periods have one too.
CROWDS = """
    WITH RECURSIVE
    period (number) AS (
        SELECT 0 WHERE $1 < $2 UNION ALL SELECT number + 1 FROM period WHERE $1 + (number + 1) * $3 < $2),
    found (seq) AS (
        SELECT seq FROM usage_of_project
        WHERE account = $4 AND project = $5 AND dialect = $6 AND at > $1
            AND at < $2 + 1 + (SELECT longest_ms FROM listed) / 1000.0
        UNION ALL
        SELECT seq FROM usage
        WHERE seq > (SELECT usage FROM listed) AND account = $4 AND coalesce(project_id, '') = $5 AND dialect = $6
            AND at > $1),
    span (begun, ended) AS MATERIALIZED (
        SELECT at - latency_ms / 1000.0, at FROM found JOIN usage ON usage.seq = found.seq
        WHERE latency_ms > 0 AND at - latency_ms / 1000.0 < $2
        UNION ALL
        SELECT value / 1000.0, NULL FROM json_each($7) WHERE value / 1000.0 < $2),
    event (at, change, begun, period) AS (
        SELECT $1 + number * $3, 0, 0, 1 FROM period
        UNION ALL
        SELECT max(begun, $1), 1, begun >= $1, 0 FROM span
        UNION ALL
        SELECT ended, -1, 0, 0 FROM span WHERE ended < $2),
    level (at, until, count, begun, period) AS (
        SELECT at, lead(at, 1, $2) OVER moments, sum(change) OVER moments, begun, sum(period) OVER moments
        FROM event WINDOW moments AS (ORDER BY at))
    SELECT min(at), min(count), max(count), sum(count * (until - at)), sum(begun)
    FROM level GROUP BY period ORDER BY period
"""


def crowds_of(
    connection: apsw.Connection,
    place: tuple[int | None, str, str],
    project_id: str,
    *,
    start: float,
    end: float,
    period: int,
) -> Sequence[Crowd]:
    """See `UsageStore.crowds`.

    Args:
        connection: Reads.
        place: The account's number, the project's key in the lists, the dialect.
        project_id: The project's id.
        start: Unix seconds.
        end: Unix seconds.
        period: Whole seconds.
    """
    if start >= end:
        return ()
    account, _project, dialect = place
    at_work = connection.execute(AT_WORK, (account, project_id, dialect))
    begun = orjson.dumps([UUID(id_).int >> 80 for (id_,) in at_work]).decode()  # The time in an id, in milliseconds.
    rows = connection.execute(CROWDS, (float(start), end, period, *place, begun))
    return tuple(
        Crowd(begins=begins, least=least, most=most, seconds=seconds, begun=begun)
        for begins, least, most, seconds, begun in rows
    )
