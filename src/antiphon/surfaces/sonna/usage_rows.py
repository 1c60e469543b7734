"""From queries about usage to our own values, and from those to rows of JSON and of sheets. Pure."""

import csv
import functools
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.services.spending import DAY, Aspect, Total
from antiphon.surfaces.sonna.expected import CURSOR, FEW_PARAMETERS, number_between
from antiphon.surfaces.sonna.numbers import credits_exactly, moment

_USUAL_DAYS, _MOST_DAYS = 30, 366
_USUAL_PAGE, _LARGEST_PAGE, _LARGEST_SHEET = 50, 200, 10_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURSOR = re.compile(r"[0-9a-f]{32}", re.ASCII)
_EPOCH = date(1970, 1, 1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_OF_GROUP: Mapping[Aspect, Sequence[str]] = MappingProxyType(
    {
        Aspect.DAY: ("day",),
        Aspect.KEY: ("keyId", "keyPrefix"),
        Aspect.MODEL: ("model",),
        Aspect.MODALITY: ("modality",),
    }
)
_BUCKETS = {bucket: str(bucket) for bucket in Bucket}  # Thousands of rows are shown at a time.
_NOTHING = MilliCredits(0)
_MONEY = ("listCredits", "discountCredits", "chargedCredits", *Bucket)
REQUEST = (
    *("id", "time", "keyId", "keyPrefix", "endpoint", "model", "modality", "engine", "units", "unit"),
    *_MONEY,
    *("status", "code", "latencyMs", "requestId"),
)
"""The columns of a sheet of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query.

    Args:
        days: Which days, counted from 1970-01-01.
        by: What totals are grouped by.
        most: Requests on a page.
        after: Where the page before ended.
        csv: Whether a sheet is wanted.
    """

    days: range
    by: Sequence[Aspect]
    most: int
    after: UUID | None
    csv: bool


def asked(query: bytes, *, today: int) -> Asked:
    """Read a query. Of a name that is there twice, the last counts; others are passed over.

    Args:
        query: The query string.
        today: Counted from 1970-01-01.

    Raises:
        InvalidRequest: "out_of_range", "not_one_of".
    """
    try:
        given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=100))
    except ValueError:
        raise InvalidRequest("out_of_range", "query", expected=FEW_PARAMETERS) from None
    last = _day_in(given, "to", today)
    first = _day_in(given, "from", max(0, last - _USUAL_DAYS + 1))
    if not 0 <= last - first < _MOST_DAYS:
        raise InvalidRequest(
            "out_of_range", "from", expected=f"at most {_MOST_DAYS - 1} days before 'to', and not after it"
        )
    form = given.get("format", "json")
    if form not in {"json", "csv"}:
        raise InvalidRequest("not_one_of", "format", allowed="'json' or 'csv'")
    usual, largest = (_LARGEST_SHEET, _LARGEST_SHEET) if form == "csv" else (_USUAL_PAGE, _LARGEST_PAGE)
    cursor = given.get("cursor")
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise InvalidRequest("out_of_range", "cursor", expected=CURSOR)
    return Asked(
        days=range(first, last + 1),
        by=_aspects(given.get("groupBy", "day")),
        most=_limit(given.get("limit"), usual=usual, largest=largest),
        after=None if cursor is None else UUID(cursor),
        csv=form == "csv",
    )


def window(wanted: Asked) -> dict[str, Any]:
    """What was asked for."""
    return {
        "from": _day(wanted.days.start),
        "to": _day(wanted.days.stop - 1),
        "groupBy": [str(aspect) for aspect in wanted.by],
    }


def total(found: Total, keys: Mapping[UUID, ApiKey]) -> dict[str, Any]:
    """A total as it is shown."""
    shown: dict[str, Any] = {}
    for aspect, value in found.group.items():
        match aspect:
            case Aspect.DAY:
                shown["day"] = _day(int(value))
            case Aspect.KEY:
                shown |= _key(UUID(str(value)) if value else None, keys)
            case _:
                shown[aspect.value] = value
    return {**shown, "requests": found.requests, **_money(found.listed, found.paid_from)}


def sums(found: Sequence[Total]) -> dict[str, Any]:
    """What totals come to together."""
    listed = MilliCredits(sum(one.listed for one in found))
    paid = {bucket: MilliCredits(sum(one.paid_from.get(bucket, 0) for one in found)) for bucket in _BUCKETS}
    return {"requests": sum(one.requests for one in found), **_money(listed, paid)}


def request(row: Usage, keys: Mapping[UUID, ApiKey]) -> dict[str, Any]:
    """A request as it is shown."""
    return {
        "id": str(row.id),
        "time": moment(row.at),
        **_key(row.key_id, keys),
        "endpoint": row.route,
        "model": row.model,
        "modality": row.modality,
        "engine": row.engine,
        "units": row.units,
        "unit": row.unit,
        **_money(row.listed if row.charged else _NOTHING, row.paid_from),
        "status": row.status,
        "code": row.code,
        "latencyMs": row.latency_ms,
        "requestId": row.request_id,
    }


def heads(by: Sequence[Aspect]) -> Sequence[str]:
    """The columns of a sheet of totals."""
    return [*(name for aspect in by for name in _OF_GROUP[aspect]), "requests", *_MONEY]


def sheet(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV (RFC 4180), with a head."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        flat = {**row, **row["buckets"]}
        writer.writerow([_harmless(flat[name]) for name in columns])
    return text.getvalue()


def _money(listed: MilliCredits, paid: Mapping[Bucket, MilliCredits]) -> dict[str, Any]:
    """Amounts in credits. What costs nothing has no list price here: a failure gives no discount."""
    charged = MilliCredits(sum(paid.values()))
    return {
        "listCredits": credits_exactly(listed),
        "discountCredits": credits_exactly(MilliCredits(listed - charged)),
        "chargedCredits": credits_exactly(charged),
        "buckets": {name: credits_exactly(paid.get(bucket, _NOTHING)) for bucket, name in _BUCKETS.items()},
    }


def _key(key_id: UUID | None, keys: Mapping[UUID, ApiKey]) -> dict[str, Any]:
    known = None if key_id is None else keys.get(key_id)
    return {
        "keyId": None if key_id is None else str(key_id),
        "keyPrefix": None if known is None else known.shown_prefix,
    }


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


@functools.lru_cache(2 * _MOST_DAYS)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY, UTC).date().isoformat()


def _day_in(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name)
    if text is None:
        return usual
    try:
        day = (date.fromisoformat(text) - _EPOCH).days if _DATE.fullmatch(text) else -1
    except ValueError:
        day = -1
    if day < 0:
        raise InvalidRequest("out_of_range", name, expected="a date such as 2026-11-21")
    return day


def _aspects(text: str) -> Sequence[Aspect]:
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) < len(names) or not set(names) <= set(Aspect):
        raise InvalidRequest("not_one_of", "groupBy", allowed="'day', 'key', 'model', 'modality', or several of them")
    return [Aspect(name) for name in names]


def _limit(text: str | None, *, usual: int, largest: int) -> int:
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and 1 <= int(text) <= largest):
        raise InvalidRequest("out_of_range", "limit", expected=number_between(1, largest))
    return int(text)
