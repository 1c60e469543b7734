"""The request log, in SQLite."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import apsw

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage

_COLUMNS = """
    id, account_id, at, key_id, request_id, dialect, route, modality, model, engine, units, unit, listed,
    status, code, latency_ms, client_reference_id, charged, paid_free, paid_subscription, paid_payg
"""
ADD_USAGE = f"""
    INSERT INTO usage ({_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    ON CONFLICT (account_id, id) DO NOTHING
"""  # noqa: S608 - the columns are ours
USAGE_OF = f"""
    SELECT {_COLUMNS} FROM usage WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""  # noqa: S608 - as above


def add_usage(
    connection: apsw.Connection, usage: Usage, *, charged: MilliCredits, paid_from: Mapping[Bucket, MilliCredits]
) -> None:
    """Log a request; one that is logged already stays as it is."""
    row = (
        str(usage.id),
        str(usage.account_id),
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
        charged,
        paid_from.get(Bucket.FREE, 0),
        paid_from.get(Bucket.SUBSCRIPTION, 0),
        paid_from.get(Bucket.PAYG, 0),
    )
    connection.execute(ADD_USAGE, row)


def usage_of(connection: apsw.Connection, account_id: UUID, *, after: UUID | None, most: int) -> Sequence[Usage]:
    """An account's rows in the order of ids."""
    bindings = (str(account_id), "" if after is None else str(after), most)
    return tuple(map(_usage, connection.execute(USAGE_OF, bindings)))


def _usage(row: tuple[object, ...]) -> Usage:
    known = dict(zip(_COLUMNS.replace(",", " ").split(), row, strict=True))
    paid = {bucket: known.pop(f"paid_{bucket.value}") for bucket in Bucket}
    for name in ("id", "account_id", "key_id"):
        known[name] = None if known[name] is None else UUID(str(known[name]))
    paid_from = {bucket: amount for bucket, amount in paid.items() if amount}
    return Usage(paid_from=paid_from, **known)  # type: ignore[arg-type] # Columns are named as the fields.
