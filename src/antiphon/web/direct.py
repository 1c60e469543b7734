"""Routes that are called without a router."""

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp


def direct(routes: Sequence[BaseRoute]) -> Mapping[tuple[str, str], ASGIApp]:
    """The routes that are plain ASGI applications under one path, by method and path."""
    return {
        (method, route.path): route.endpoint
        for route in routes
        if isinstance(route, Route) and hasattr(route.endpoint, "route_name") and "{" not in route.path
        for method in route.methods or ()
    }
