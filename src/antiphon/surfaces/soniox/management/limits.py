"""`GET /v1/concurrency-limits` and `/v1/concurrent-streams-history`: how many streams are, were and may be at work."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.keys import ApiKey, Permission
from antiphon.services.limits import Limits
from antiphon.services.usage import DAY, Crowd, Usages
from antiphon.surfaces.soniox.management import history, times
from antiphon.surfaces.soniox.management.answers import (
    ConcurrencyCaps,
    ConcurrencyLimits,
    ConcurrencyNow,
    ConcurrencyScope,
    ConcurrentStreamsHistory,
    ConcurrentStreamsHistoryEntry,
)
from antiphon.surfaces.soniox.management.endpoint import Door, Endpoint, query, reply
from antiphon.surfaces.soniox.management.envelope import validated
from antiphon.surfaces.soniox.management.schemas import GetConcurrentStreamsHistoryPayload
from antiphon.web.errors import Answer
from antiphon.web.resource import resource

_TURN = 500
"""Periods that are told of before others have their turn: at 7 us each, and a week has 10,080 minutes."""


def routes(door: Door, *, usages: Usages, limits: Limits) -> Sequence[BaseRoute]:
    """The routes of concurrency.

    Args:
        door: Who may come in.
        usages: Who knows what is and was at work.
        limits: How many may be.
    """
    asked = _Asked(usages, caps={cap.tier: cap.most for cap in limits.concurrency("soniox", "tts")})
    permission = Permission.USAGE_AND_LIMITS
    return [
        resource(
            "/v1/concurrency-limits",
            GET=Endpoint(route_name="soniox.concurrency_limits", door=door, permission=permission, work=asked.now),
        ),
        resource(
            "/v1/concurrent-streams-history",
            GET=Endpoint(route_name="soniox.streams_history", door=door, permission=permission, work=asked.history),
        ),
    ]


class _Asked:
    """Questions about what is and was at work. Of what listens, which this server does not, there is none."""

    def __init__(self, usages: Usages, *, caps: Mapping[str, int]) -> None:
        self._usages = usages
        self._caps = caps

    async def now(self, key: ApiKey, _scope: Scope, _receive: Receive) -> Answer:
        """How many streams are at work, and may be."""
        at_work = await self._usages.at_work(key)
        return reply(
            ConcurrencyLimits(
                project=self._of("project", at_work.project),
                organization=self._of("organization", at_work.organization),
            )
        )

    async def history(self, key: ApiKey, scope: Scope, _receive: Receive) -> Answer:
        """How many streams were at work, period by period."""
        wanted = validated(GetConcurrentStreamsHistoryPayload, query(scope), place="query.payload")
        window = times.window(wanted.start_time, wanted.end_time)
        period = wanted.period_sec
        times.at_most((window.end - window.start) / DAY, most=history.LONGEST[period])
        periods = history.begins(window, period)
        crowds: Sequence[Crowd] = ()
        if wanted.kind == "tts":
            crowds = await self._usages.crowds(key, history.slots(periods, period), period=history.SLOT[period])
        entries: list[ConcurrentStreamsHistoryEntry] = []
        for entry in history.entries(periods, period, crowds):
            entries.append(entry)
            if len(entries) % _TURN == 0:
                await asyncio.sleep(0)
        return reply(ConcurrentStreamsHistory(kind=wanted.kind, entries=entries))

    def _of(self, tier: str, current: int) -> ConcurrencyScope:
        return ConcurrencyScope(
            current=ConcurrencyNow(transcribe_concurrent=0, tts_concurrent=current),
            limits=ConcurrencyCaps(transcribe_concurrent=None, tts_concurrent=self._caps.get(tier)),
        )
