"""Values of the ledger as rows of PostgreSQL's types, and back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from antiphon.domain.ledger import Bucket, Part, Split
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.store.ports import Admission, Balance, Ending, StoredAnswer

LONGEST_BODY = 65_536
"""Bytes of an answer that is kept in the database; a longer one is kept as an artifact."""

_MOST = 2**63 - 1
_LARGEST_SLICE = _MOST // 1_000_000
NO_ANSWER = (None, None, None, None)
"""As `answer_row`, where none is kept."""

_BUCKETS = {bucket.value: bucket for bucket in Bucket}


def text(value: str) -> str:
    """`value` as PostgreSQL can keep it: without NUL and lone surrogates."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def slice_of(amount: int) -> int:
    """An amount that is to be held. What no account can have at all is as good as what fits a column.

    Raises:
        ValueError: It is negative.
    """
    if amount < 0:
        raise ValueError("a hold is not negative")
    return min(amount, _LARGEST_SLICE)


def first_ask(admission: Admission) -> tuple[Any, ...]:
    """An admission as a row of `ask`, without its number.

    Raises:
        ValueError: The hold is negative.
    """
    key = admission.idempotency
    named = (None,) * 4 if key is None else (text(key.route), text(key.key), key.fingerprint, key.expires_at)
    return (
        False,
        admission.id,
        admission.account_id,
        admission.project_id,
        text(admission.dialect),
        slice_of(admission.hold),
        list(admission.order),
        admission.at,
        admission.until,
        [limit.tier for limit in admission.concurrency],
        [limit.most for limit in admission.concurrency],
        *named,
    )


def further_ask(request_id: UUID, *, amount: int, order: Sequence[Bucket], at: float) -> tuple[Any, ...]:
    """A further slice as a row of `ask`, without its number.

    Raises:
        ValueError: The amount is negative.
    """
    return (True, request_id, None, None, None, slice_of(amount), list(order), at, *(None,) * 7)


def ending_row(ending: Ending) -> tuple[Any, ...]:
    """An end as a row of `ending`, without its number.

    Raises:
        ValueError: The charge is negative, or the answer too long to be kept.
    """
    if ending.charge < 0:
        raise ValueError("a charge is not negative")
    usage = ending.usage
    return (
        False,
        ending.id,
        min(ending.charge, _MOST),
        ending.at,
        "" if usage is None else text(usage.route),
        None if usage is None else usage_row(usage),
        *(NO_ANSWER if ending.answer is None else answer_row(ending.answer)),
    )


def release_row(request_id: UUID, *, at: float, overdue: bool) -> tuple[Any, ...]:
    """The end of a request that nobody ended, as a row of `ending`, without its number."""
    return (overdue, request_id, 0, at, "nobody ended it", None, *NO_ANSWER)


def answer_row(answer: StoredAnswer) -> tuple[Any, ...]:
    """A kept answer: status, headers, body, artifact.

    Raises:
        ValueError: It is too long to be kept.
    """
    if len(answer.body) > LONGEST_BODY:
        raise ValueError(f"an answer of {len(answer.body)} bytes is kept as an artifact")
    return (answer.status, orjson.dumps(dict(answer.headers)).decode(), answer.body, text(answer.artifact))


def answer_of(row: Mapping[str, Any]) -> StoredAnswer:
    """The stored answer in an outcome."""
    return StoredAnswer(
        status=row["status"], headers=orjson.loads(row["headers"]), body=row["body"], artifact=row["artifact"]
    )


def split_of(parts: Sequence[Any]) -> Split:
    """The parts in an outcome."""
    return tuple(
        [Part(lot_id=lot_id, bucket=_BUCKETS[bucket], amount=MilliCredits(amount)) for lot_id, bucket, amount in parts]
    )


def balance_of(row: Mapping[str, Any], order: Sequence[Bucket]) -> Balance:
    """The balance in an outcome, of the buckets in `order` that have any."""
    return Balance(
        available={bucket: MilliCredits(row[bucket.value]) for bucket in order if row[bucket.value]},
        held=MilliCredits(row["held"]),
    )


def usage_row(usage: Usage) -> tuple[Any, ...]:
    """A row of `usage`, in the order of its columns."""
    return (
        usage.id,
        usage.account_id,
        usage.at,
        usage.key_id,
        text(usage.request_id),
        text(usage.dialect),
        text(usage.route),
        text(usage.modality),
        text(usage.model),
        text(usage.engine),
        usage.units,
        text(usage.unit),
        usage.listed,
        usage.status,
        text(usage.code),
        usage.latency_ms,
        text(usage.client_reference_id),
        usage.charged,
        usage.paid_from.get(Bucket.FREE, 0),
        usage.paid_from.get(Bucket.SUBSCRIPTION, 0),
        usage.paid_from.get(Bucket.PAYG, 0),
        None if usage.project_id == usage.account_id else usage.project_id,
    )


def usage_of(row: Mapping[str, Any]) -> Usage:
    """What `usage_row` made."""
    known = dict(row)
    paid = {bucket: known.pop(f"paid_{bucket.value}") for bucket in Bucket}
    return Usage(**known, paid_from={bucket: MilliCredits(amount) for bucket, amount in paid.items() if amount})
