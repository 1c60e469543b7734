"""What stands before the work of every endpoint of the management API: whose request it is, and how often."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import LimitExceeded, Unauthenticated
from antiphon.domain.keys import ApiKey, Permission
from antiphon.services.keys import Keys
from antiphon.services.till import Till
from antiphon.surfaces.soniox.management.envelope import TooOften
from antiphon.web.auth import authenticate
from antiphon.web.errors import Answer, json_answer

LARGEST_BODY = 64 * 1024
"""Bytes of a body of JSON; a right one has some hundreds."""

Klass = Literal["management", "usage-logs", "temporary-keys"]
"""A class of limits in the catalogue."""

Work = Callable[[ApiKey, Scope, Receive], Awaitable[Answer]]
"""What an endpoint does for a key that may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who may come in.

    Args:
        keys: Who may ask.
        till: How often.
    """

    keys: Keys
    till: Till

    async def admit(self, scope: Scope, *, permission: Permission | None, klass: Klass) -> ApiKey:
        """Whose request this is. Other errors are those of `web.auth.authenticate` and of `Till.count`.

        Raises:
            Unauthenticated: "wrong_use": with a temporary key, nothing is managed.
            TooOften: A limit of the class refused.
        """
        key = await authenticate(scope, self.keys, permission)
        if key.temporary is not None:
            raise Unauthenticated("wrong_use")
        try:
            await self.till.count(key, dialect="soniox", klass=klass)
        except LimitExceeded as refusal:
            raise TooOften(refusal, klass=klass) from None
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path: a plain ASGI application.

    Args:
        route_name: What log and metrics call it.
        door: Who may come in.
        permission: What the key has to allow; None: any key will do.
        klass: The class of limits it counts in.
        work: What is done then.
    """

    route_name: str
    door: Door
    permission: Permission | None
    klass: Klass = "management"
    work: Work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        key = await self.door.admit(scope, permission=self.permission, klass=self.klass)
        answer = await self.work(key, scope, receive)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})


def reply(content: Any, *, status: int = 200) -> Answer:
    """An answer with JSON; UUIDs are written by themselves."""
    return json_answer(status, orjson.dumps(content), [])


def query(scope: Scope, *, lists: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields of a query string: of one given twice, the last; those of `lists`, all."""
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
        if name in lists:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields
