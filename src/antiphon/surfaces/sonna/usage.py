"""`GET /api/v1/usage` and `/api/v1/usage/requests`: what was spent. Source: contracts, Sonna §1.10; shapes are ours."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope

from antiphon.domain.keys import ApiKey, Permission
from antiphon.services.spending import Aspect, Spending, Total
from antiphon.services.till import Till
from antiphon.surfaces.sonna import usage_rows as rows_of
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.endpoint import Counted, Endpoint, reply
from antiphon.surfaces.sonna.usage_rows import Asked
from antiphon.web.errors import Answer, Headers
from antiphon.web.resource import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLog:
    """The endpoints.

    Args:
        callers: Who may come in.
        till: How often.
        spending: What was spent.
    """

    callers: Callers
    till: Till
    spending: Spending

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return [
            resource("/api/v1/usage", GET=Endpoint(route_name="sonna.usage", work=self.totals)),
            resource("/api/v1/usage/requests", GET=Endpoint(route_name="sonna.usage.requests", work=self.requests)),
        ]

    async def totals(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """What the requests of some days came to."""
        caller, asked = await self._asked(scope, counted)
        found = await self.spending.totals(caller.account_id, asked.days, by=asked.by)
        keys = await self.spending.keys(caller.account_id) if Aspect.KEY in asked.by else {}
        return await asyncio.to_thread(_totals, asked, found, keys)

    async def requests(self, scope: Scope, _receive: Receive, counted: Counted) -> Answer:
        """Requests, the last begun first."""
        caller, asked = await self._asked(scope, counted)
        page = await self.spending.page(caller.account_id, asked.days, after=asked.after, most=asked.most)
        keys = await self.spending.keys(caller.account_id)
        following = None if page.next is None else page.next.hex
        if not asked.csv:
            return reply({"requests": [rows_of.request(row, keys) for row in page.rows], "nextCursor": following})
        text = await asyncio.to_thread(
            lambda: rows_of.sheet([rows_of.request(row, keys) for row in page.rows], rows_of.REQUEST)
        )
        return _file("requests", text, [] if following is None else [(b"x-next-cursor", following.encode())])

    async def _asked(self, scope: Scope, counted: Counted) -> tuple[ApiKey, Asked]:
        caller = await self.callers.anyone(scope, Permission.USAGE_AND_LIMITS)
        counted.quota = await self.till.count(caller, dialect="sonna", klass="usage")
        return caller, rows_of.asked(scope["query_string"], today=self.spending.today())


def _totals(asked: Asked, found: Sequence[Total], keys: Mapping[UUID, ApiKey]) -> Answer:
    """Of up to thousands of totals."""
    rows = [rows_of.total(one, keys) for one in found]
    if asked.csv:
        return _file("usage", rows_of.sheet(rows, rows_of.heads(asked.by)), [])
    return reply({**rows_of.window(asked), "usage": rows, "total": rows_of.sums(found)})


def _file(name: str, text: str, headers: Headers) -> Answer:
    """A sheet to be kept."""
    body = text.encode()
    return Answer(
        status=200,
        body=body,
        headers=[
            (b"content-type", b"text/csv; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
            (b"cache-control", b"no-store"),
            *headers,
        ],
    )
