"""The request log, in SQLite."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.sqlite_numbers import NUMBER, number_of, project_key

_COLUMNS = """
    id, at, key_id, request_id, dialect, route, modality, model, engine, units, unit, listed,
    status, code, latency_ms, client_reference_id, project_id, charged, paid_free, paid_subscription, paid_payg
"""
_NAMES = _COLUMNS.replace(",", " ").split()

LOGGED = ", ".join(f"usage.{name}" for name in _NAMES)
"""The columns of a row of the log, in the order in which `usage_from` takes them."""

ADD_USAGE = f"""
    INSERT INTO usage (account, {_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
    ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 - the columns are ours
USAGE_OF = f"""
    SELECT {LOGGED}
    FROM (
        SELECT seq, id FROM usage_of_account WHERE account = $1 AND id > $2
        UNION ALL
        SELECT seq, id FROM usage WHERE account = $1 AND id > $2 AND seq > (SELECT usage FROM listed)
        ORDER BY id LIMIT $3) found
    JOIN usage ON usage.seq = found.seq
    ORDER BY usage.id
"""  # noqa: S608 - as above


def note_usage(connection: apsw.Connection, usage: Usage) -> None:
    """Log a request that was refused before anything was held.

    Raises:
        NotFound: There is no such account.
    """
    account = number_of(connection, usage.account_id)
    add_usage(connection, usage, account=account, charged=usage.charged, paid_from=usage.paid_from)


def add_usage(
    connection: apsw.Connection,
    usage: Usage,
    *,
    account: int,
    charged: MilliCredits,
    paid_from: Mapping[Bucket, MilliCredits],
) -> None:
    """Log a request; one that is logged already stays as it is."""
    row = (
        account,
        str(usage.id),
        usage.at,
        None if usage.key_id is None else str(usage.key_id),
        usage.request_id,
        usage.dialect,
        usage.route,
        usage.modality,
        usage.model,
        usage.engine,
        usage.units,
        usage.unit,
        usage.listed,
        usage.status,
        usage.code,
        usage.latency_ms,
        usage.client_reference_id,
        project_key(usage.account_id, usage.project_id) or None,
        charged,
        paid_from.get(Bucket.FREE, 0),
        paid_from.get(Bucket.SUBSCRIPTION, 0),
        paid_from.get(Bucket.PAYG, 0),
    )
    connection.execute(ADD_USAGE, row)


def usage_of(connection: apsw.Connection, account_id: UUID, *, after: UUID | None, most: int) -> Sequence[Usage]:
    """An account's rows in the order of ids."""
    account = connection.execute(NUMBER, (str(account_id),)).get
    rows = connection.execute(USAGE_OF, (account, "" if after is None else str(after), most))
    return tuple(usage_from(account_id, row) for row in rows)


def usage_from(account_id: UUID, row: tuple[Any, ...]) -> Usage:
    """What a row of the log says."""
    known = dict(zip(_NAMES, row, strict=True))
    paid = {bucket: MilliCredits(known.pop(f"paid_{bucket.value}")) for bucket in Bucket}
    key_id, project_id = known.pop("key_id"), known.pop("project_id")
    return Usage(
        id=UUID(known.pop("id")),
        account_id=account_id,
        key_id=None if key_id is None else UUID(key_id),
        project_id=None if project_id is None else UUID(project_id),
        paid_from={bucket: amount for bucket, amount in paid.items() if amount},
        **known,
    )
