"""`GET /v1/usage-logs` and `/v1/usage/summary`: what a project asked for, and what it came to.

Costs are what was charged, in dollars at the price book's rate, though a lot of credits may have been bought for less.
Speech is sold by the duration of its sound: all of a cost is that of output audio. Tokens are not counted: they are 0.
"""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.money import MilliCredits
from antiphon.domain.usage import Usage
from antiphon.services.usage import DAY, DayTotal, Place, Usages
from antiphon.surfaces.soniox.management import times
from antiphon.surfaces.soniox.management.answers import UsageLogEntry, UsageLogs, UsageSummary, UsageSummaryEntry
from antiphon.surfaces.soniox.management.cursor import cursor, place
from antiphon.surfaces.soniox.management.endpoint import Door, Endpoint, query, reply
from antiphon.surfaces.soniox.management.envelope import validated
from antiphon.surfaces.soniox.management.schemas import GetUsageLogsPayload, GetUsageSummaryPayload
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

_LONGEST_LOG, _LONGEST_SUMMARY = 31, 366
_LISTING = "usage-logs"
_NOTHING = Decimal(0)


def routes(door: Door, *, usages: Usages) -> Sequence[BaseRoute]:
    """The routes of what was used.

    Args:
        door: Who may come in.
        usages: Who knows.
    """
    asked = _Asked(usages)
    permission = Permission.USAGE_AND_LIMITS
    return [
        resource(
            "/v1/usage-logs",
            GET=Endpoint(
                route_name="soniox.usage_logs", door=door, permission=permission, klass="usage-logs", work=asked.log
            ),
        ),
        resource(
            "/v1/usage/summary",
            GET=Endpoint(
                route_name="soniox.usage_summary",
                door=door,
                permission=permission,
                klass="usage-logs",
                work=asked.summary,
            ),
        ),
    ]


class _Asked:
    """Questions about what was used."""

    def __init__(self, usages: Usages) -> None:
        self._usages = usages

    async def log(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """A page of requests."""
        wanted = validated(GetUsageLogsPayload, query(scope), place="query.payload")
        window = times.window(wanted.start_time, wanted.end_time)
        times.at_most((window.end - window.start) / DAY, most=_LONGEST_LOG)
        times.recent(window, now=self._usages.now())
        listed = _fingerprint(window.start, window.end, wanted.sort)
        page = await self._usages.page(
            key,
            window,
            newest_first=wanted.sort == "end_time_desc",
            after=None if wanted.cursor is None else _place(wanted.cursor, listed),
            most=wanted.limit,
        )
        return reply(
            UsageLogs(
                usage_logs=[self._entry(row) for row in page.rows],
                next_page_cursor=page.next and _cursor(page.next, listed),
            )
        )

    async def summary(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """What the days of a window came to."""
        wanted = validated(GetUsageSummaryPayload, query(scope), place="query.payload")
        window = times.window(wanted.start_time, wanted.end_time)
        times.at_most((window.end - window.start) / DAY, most=_LONGEST_SUMMARY)
        days = times.days_of(window)
        by_model: dict[str, list[DayTotal]] = defaultdict(list)
        for total in await self._usages.by_day(key, days):
            by_model[total.model].append(total)
        everything = [total for totals in by_model.values() for total in totals]
        return reply(
            UsageSummary(
                total=self._sums(None, everything, days),
                models=[self._sums(model, by_model[model], days) for model in sorted(by_model)],
            )
        )

    def _entry(self, row: Usage) -> UsageLogEntry:
        cost, nothing = _dollars(self._usages.dollars(row.charged)), _dollars(_NOTHING)
        return UsageLogEntry(
            uuid=row.id,
            request_scope="api",
            client_reference_id=row.client_reference_id,
            model=row.model,
            start_time=times.moment(row.at - row.latency_ms / 1000),
            end_time=times.moment(row.at),
            input_text_tokens=0,
            input_audio_tokens=0,
            input_audio_duration_ms=0,
            output_text_tokens=0,
            output_audio_tokens=0,
            output_audio_duration_ms=row.units,
            duration_ms=0,
            cost_usd=cost,
            input_cost_usd=nothing,
            input_text_cost_usd=nothing,
            input_audio_cost_usd=nothing,
            output_cost_usd=cost,
            output_text_cost_usd=nothing,
            output_audio_cost_usd=cost,
            duration_cost_usd=nothing,
        )

    def _sums(self, model: str | None, totals: Sequence[DayTotal], days: range) -> UsageSummaryEntry:
        requests, units, charged = [0] * len(days), [0] * len(days), [0] * len(days)
        for total in totals:
            at = total.day - days.start
            requests[at] += total.requests
            units[at] += total.units
            charged[at] += total.charged
        costs = [_dollars(self._usages.dollars(MilliCredits(amount))) for amount in charged]
        cost = _dollars(self._usages.dollars(MilliCredits(sum(charged))))
        nothing, none, no_costs = _dollars(_NOTHING), [0] * len(days), [_dollars(_NOTHING)] * len(days)
        return UsageSummaryEntry(
            model=model,
            days=[times.day(number) for number in days],
            total_cost_usd=cost,
            total_input_cost_usd=nothing,
            total_output_cost_usd=cost,
            total_duration_cost_usd=nothing,
            cost_usd=costs,
            input_cost_usd=no_costs,
            output_cost_usd=costs,
            duration_cost_usd=no_costs,
            total_num_requests=sum(requests),
            total_input_text_tokens=0,
            total_input_audio_tokens=0,
            total_input_audio_duration_ms=0,
            total_output_text_tokens=0,
            total_output_audio_tokens=0,
            total_output_audio_duration_ms=sum(units),
            total_duration_ms=0,
            num_requests=requests,
            input_text_tokens=none,
            input_audio_tokens=none,
            input_audio_duration_ms=none,
            output_text_tokens=none,
            output_audio_tokens=none,
            output_audio_duration_ms=units,
            duration_ms=none,
        )


def _dollars(amount: Decimal) -> str:
    """An amount with the ten decimals that the published API has."""
    return f"{amount:.10f}"


def _fingerprint(start: float, end: float, sort: str) -> str:
    """What a cursor remembers of the list that it is a place in."""
    return f"{zlib.crc32(repr((start, end, sort)).encode()):08x}"


def _cursor(found: Place, listed: str) -> str:
    at, id_ = found
    return cursor(_LISTING, f"{at!r} {id_.hex} {listed}")


def _place(presented: str, listed: str) -> Place:
    """Where a page ended.

    Raises:
        InvalidRequest: "cursor": the text is no cursor.
        Invalid: It is one of another window or order.
    """
    parts = place(_LISTING, presented).split(" ")
    try:
        at, id_, of = parts
        found = float(at), UUID(id_)
    except ValueError:
        raise InvalidRequest("cursor", "cursor") from None
    if of != listed:
        raise times.wrong("cursor does not match start_time, end_time and sort.")
    return found
