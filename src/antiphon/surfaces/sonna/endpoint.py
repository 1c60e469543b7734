"""What the endpoints around accounts share: a limit's headers, reading fields, and JSON."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import AntiphonError, InvalidRequest, LimitExceeded
from antiphon.domain.limits import Quota
from antiphon.surfaces.sonna.errors import face, quota_headers
from antiphon.web.errors import Answer, json_answer
from antiphon.web.gate import request_id


class Counted:
    """What a request was told by a limit, for the headers of its answer, whatever that is.

    Args:
        quota: What is known of it so far.
    """

    def __init__(self, quota: Quota | None = None) -> None:
        self.quota = quota


Work = Callable[[Scope, Receive, Counted], Awaitable[Answer]]
"""What an endpoint does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path: a plain ASGI application.

    Args:
        route_name: What log and metrics call it.
        work: What is done.
    """

    route_name: str
    work: Work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        counted = Counted()
        try:
            answer = await self.work(scope, receive, counted)
        except AntiphonError as failure:
            scope["antiphon.failure"] = failure  # For log and metrics.
            answer = face(failure, request_id(scope))
            if isinstance(failure, LimitExceeded):
                counted.quota = failure.quota
        finally:
            scope["antiphon.headers"] = quota_headers(counted.quota)  # For what nobody foresaw.
        answer = replace(answer, headers=[*answer.headers, *scope["antiphon.headers"]])
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})


def reply(body: Mapping[str, Any], *, status: int = 200) -> Answer:
    """An answer that all went well."""
    return json_answer(status, orjson.dumps({"success": True, **body}), [])


def text_in(body: Mapping[str, Any], name: str) -> str:
    """A text that has to be there.

    Raises:
        InvalidRequest: "missing", "wrong_type".
    """
    text = optional_text_in(body, name)
    if not text:
        raise InvalidRequest("missing", name)
    return text


def optional_text_in(body: Mapping[str, Any], name: str) -> str | None:
    """A text that may be missing, or null.

    Raises:
        InvalidRequest: "wrong_type".
    """
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest("wrong_type", name, expected="text")
    return value


def id_in(scope: Scope, name: str) -> UUID | None:
    """The id in a path; None: it is none, and so nobody's."""
    try:
        return UUID(scope["path_params"][name])
    except ValueError:
        return None
