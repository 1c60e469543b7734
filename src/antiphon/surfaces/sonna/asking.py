"""What all routes of this dialect share: how often they are asked, and how they answer."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Scope, Send

from antiphon.domain.errors import AntiphonError, LimitExceeded
from antiphon.domain.keys import ApiKey
from antiphon.domain.limits import Quota
from antiphon.services.till import Till
from antiphon.surfaces.sonna.errors import face, quota_headers, status_of
from antiphon.web.errors import Answer, Headers, json_answer
from antiphon.web.gate import request_id


@dataclass(slots=True, kw_only=True)
class Limited:
    """A request of a limited route, for as long as it is answered.

    Args:
        key: Whose it is.
        scope: The request.
        till: Where it is counted and logged.
        route: The route's name.
        klass: The class of its limits.
        quota: What its answer says of the limit.
    """

    key: ApiKey
    scope: Scope
    till: Till
    route: str
    klass: str
    quota: Quota | None = None

    async def count(self) -> None:
        """Count it.

        Raises:
            LimitExceeded, Unavailable: As `Till.count`.
        """
        self.quota = await self.till.count(self.key, dialect="sonna", klass=self.klass)
        self.scope["antiphon.headers"] = self.headers

    def note(self, failure: AntiphonError) -> None:
        """Log a refusal that the ledger was not asked about."""
        if isinstance(failure, LimitExceeded):
            self.quota = failure.quota
        self.till.refused(
            self.key,
            dialect="sonna",
            route=self.route,
            request_id=request_id(self.scope),
            status=status_of(failure),
            code=failure.code,
        )

    @property
    def headers(self) -> Headers:
        """What the answer says of the limit."""
        return quota_headers(self.quota)


def refused(failure: AntiphonError, scope: Scope) -> Answer:
    """The answer to a failure, which log and metrics are told of."""
    scope["antiphon.failure"] = failure
    return face(failure, request_id(scope))


async def answer(send: Send, made: Answer, more: Headers | None = None) -> None:
    """Send an answer."""
    headers = [*made.headers, *(more or ())]
    await send({"type": "http.response.start", "status": made.status, "headers": headers})
    await send({"type": "http.response.body", "body": made.body})


async def tell(send: Send, **body: Any) -> None:
    """Send what went well."""
    await answer(send, json_answer(200, orjson.dumps({"success": True, **body}), []))
