"""Paths whose methods are applications of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class _Resource:
    """The methods of one path."""

    endpoints: Mapping[str, ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self.endpoints["GET" if scope["method"] == "HEAD" else scope["method"]]
        scope["endpoint"] = endpoint
        await endpoint(scope, receive, send)


def resource(path: str, **endpoints: ASGIApp) -> BaseRoute:
    """The route of a path; whatever method has no endpoint is refused, with those that have one.

    Args:
        path: As Starlette has it, such as "/v1/voices/{voice_id}"; its parts are in `scope["path_params"]`.
        **endpoints: By method, such as `GET=...`.
    """
    return Route(path, _Resource(endpoints), methods=list(endpoints))
