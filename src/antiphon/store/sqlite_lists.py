"""Lists by account or project in SQLite, made afterwards and many rows at a time, so that no request waits for them.

Whoever reads by account or project reads the list, and looks through the rows that came after it was last prolonged.
"""

import apsw

LISTED = "SELECT transfer, usage FROM listed"
LAST_TRANSFER = "SELECT max(seq) FROM (SELECT seq FROM transfer WHERE seq > $1 ORDER BY seq LIMIT $2)"
LIST_TRANSFERS = """
    INSERT INTO transfer_of_account (account, seq)
    SELECT account, seq FROM transfer WHERE seq > $1 AND seq <= $2 ORDER BY account, seq
"""
LAST_USAGE = """
    SELECT max(seq), max(latency_ms) FROM (SELECT seq, latency_ms FROM usage WHERE seq > $1 ORDER BY seq LIMIT $2)
"""
LIST_USAGE = """
    INSERT INTO usage_of_account (account, id, seq)
    SELECT account, id, seq FROM usage WHERE seq > $1 AND seq <= $2 ORDER BY account, id
"""
# Those refused before anything was held are many, and nobody asks for them by project.
LIST_USAGE_OF_PROJECT = """
    INSERT INTO usage_of_project (account, project, dialect, at, seq)
    SELECT account, coalesce(project_id, ''), dialect, at, seq FROM usage
    WHERE seq > $1 AND seq <= $2 AND (status = 200 OR latency_ms > 0 OR charged > 0)
    ORDER BY account, dialect, at
"""
ADD_DAYS = """
    INSERT INTO usage_of_day (account, project, dialect, day, model, requests, units, charged)
    SELECT account, coalesce(project_id, ''), dialect, CAST(at AS INTEGER) / 86400, model,
        count(*), sum(units), sum(charged)
    FROM usage WHERE seq > $1 AND seq <= $2 AND status = 200 GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (account, project, dialect, day, model) DO UPDATE
    SET requests = requests + excluded.requests, units = units + excluded.units, charged = charged + excluded.charged
"""
_ADD_TOTALS = """
    INSERT INTO usage_total (
        account, apart, day, key_id, modality, model, requests, listed, paid_free, paid_subscription, paid_payg)
    SELECT account, {apart}, CAST(at AS INTEGER) / 86400, {key}, {modality}, {model},
        count(*), sum(iif(charged > 0, listed, 0)), sum(paid_free), sum(paid_subscription), sum(paid_payg)
    FROM usage WHERE seq > $1 AND seq <= $2 AND (status = 200 OR latency_ms > 0 OR charged > 0)
    GROUP BY 1, 3, 4, 5, 6
    ON CONFLICT (account, apart, day, key_id, modality, model) DO UPDATE
    SET requests = requests + excluded.requests, listed = listed + excluded.listed,
        paid_free = paid_free + excluded.paid_free,
        paid_subscription = paid_subscription + excluded.paid_subscription,
        paid_payg = paid_payg + excluded.paid_payg
"""
ADD_TOTALS = (
    _ADD_TOTALS.format(apart="'all'", key="coalesce(key_id, '')", modality="modality", model="model"),
    _ADD_TOTALS.format(apart="'models'", key="''", modality="modality", model="model"),
    _ADD_TOTALS.format(apart="'keys'", key="coalesce(key_id, '')", modality="''", model="''"),
)
ADVANCE = "UPDATE listed SET transfer = $1, usage = $2, longest_ms = max(longest_ms, $3)"
UNLISTED = """
    SELECT transfer.seq FROM transfer
    LEFT JOIN transfer_of_account list ON list.account = transfer.account AND list.seq = transfer.seq
    WHERE transfer.seq <= (SELECT transfer FROM listed) AND list.seq IS NULL LIMIT 1
"""
LISTED_WRONGLY = """
    SELECT list.seq FROM transfer_of_account list LEFT JOIN transfer ON transfer.seq = list.seq
    WHERE transfer.account IS NOT list.account OR list.seq > (SELECT transfer FROM listed) LIMIT 1
"""


def prolong(connection: apsw.Connection, *, most: int) -> None:
    """List up to so many transfers and as many usage rows that are not listed yet."""
    transfers, usage = connection.execute(LISTED).fetchall()[0]
    last_transfer = connection.execute(LAST_TRANSFER, (transfers, most)).get
    last_usage, longest = connection.execute(LAST_USAGE, (usage, most)).fetchall()[0]
    if last_transfer is not None:
        connection.execute(LIST_TRANSFERS, (transfers, last_transfer))
    if last_usage is not None:
        connection.execute(LIST_USAGE, (usage, last_usage))
        connection.execute(LIST_USAGE_OF_PROJECT, (usage, last_usage))
        connection.execute(ADD_DAYS, (usage, last_usage))
        for add_totals in ADD_TOTALS:
            connection.execute(add_totals, (usage, last_usage))
    if last_transfer is not None or last_usage is not None:
        connection.execute(ADVANCE, (last_transfer or transfers, last_usage or usage, longest or 0))


def fault_in(connection: apsw.Connection) -> str:
    """A transfer that its account would not see, or another would; "" for none."""
    for statement in (UNLISTED, LISTED_WRONGLY):
        seq = connection.execute(statement).get
        if seq is not None:
            return f"transfer {seq} is not in the list of its account alone"
    return ""
