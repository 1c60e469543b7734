"""Golden pairs of all of Sonna's routes and codes: what one is told, whole. Source: contracts, Sonna §1.1 to §1.10."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Match, Router

from antiphon.domain.errors import DeadlineExceeded, Unavailable, UnavailableCause
from antiphon.surfaces.sonna.generate.openapi import paths as generate_paths
from antiphon.surfaces.sonna.openapi import paths
from surfaces.sonna import scenes
from surfaces.sonna.golden import Scene, codes, names, pairs, play
from surfaces.sonna.scenes import Open, made, served
from surfaces.sonna.served import Echo, routes_of

SCENES: Mapping[str, Open] = {
    "account": served(),
    "broken": served(scenes.Accident),
    "busy": scenes.busy,
    "cancelled": scenes.thought_better,
    "dialogue": served(),
    "enhancing": served(),
    "failing": served(lambda: Echo(failure=Unavailable(UnavailableCause.OVERLOADED, retry_after=7))),
    "first-link": scenes.first_link,
    "full": scenes.full,
    "gone": scenes.gone,
    "generate": made(),
    "generate-off": made(generate=False),
    "invite": scenes.invited,
    "keyless": served(),
    "library": made(),
    "limits": scenes.limited,
    "lists": served(),
    "nobody": scenes.nobody(),
    "paths": served(),
    "rates-gone": served(redis_url="redis://127.0.0.1:1", registration="open"),
    "registration-closed": served(registration="closed"),
    "signing-in": served(registration="open"),
    "slow": served(lambda: Echo(failure=DeadlineExceeded())),
    "speech": served(),
    "stand-ins-off": served(stand_ins=False),
    "storeless": scenes.storeless,
    "talking": scenes.talking,
    "too-large": scenes.too_large(),
    "too-long": served(lambda: Echo(capped=True)),
    "usage": scenes.spent,
}
"""On which server each file of pairs is played."""

FOUND = {
    *[(status, "") for status in (200, 201)],
    *[(400, code) for code in ("TEXT_TOO_LONG", "PROVIDER_MISMATCH", "MISSING_FIELD", "INVALID_VOICE")],
    *[(401, "UNAUTHORIZED"), (402, "INSUFFICIENT_CREDITS")],
    *[(403, code) for code in ("PAID_ACCESS_REQUIRED", "ENDPOINT_NOT_ACCESSIBLE")],
    *[(409, "DUPLICATE_REQUEST"), (422, "VALIDATION_ERROR"), (429, "RATE_LIMITED"), (500, "INTERNAL_ERROR")],
    *[(503, code) for code in ("SERVER_BUSY", "PROVIDER_BUSY")],
}
"""Contract §1.8, with the codes that §1.10 gives to those rows that have none."""

Key = tuple[str, str, int, str]
"""Method, path, status, and the code of what is refused."""


@pytest.fixture
async def scene(tmp_path: Path):
    async with served()(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", SCENES)
async def test_all_is_answered_to_the_letter(tmp_path: Path, name: str) -> None:
    async with SCENES[name](tmp_path) as opened:
        await play(opened, name)


async def test_every_answer_that_a_route_promises_has_a_pair_and_no_other(scene: Scene) -> None:
    told, promised = {key for key, _ in told_by(scene)}, set(promises(scene))
    assert sorted(promised - told) == []
    assert sorted(told - promised) == []


async def test_every_code_of_the_reference_and_of_the_contract_has_a_pair(scene: Scene) -> None:
    told = {(status, code) for (_, _, status, code), _ in told_by(scene, outside=True)}
    assert {(status, code) for status, code in told if code} == codes()
    assert told >= FOUND


async def test_every_answer_of_a_limited_route_to_who_is_known_says_what_is_left(scene: Scene) -> None:
    limited = {(method, path) for method, path, status, _ in promises(scene) if status == 429}
    nameless = {"UNAUTHORIZED", "ENDPOINT_NOT_ACCESSIBLE", "ENDPOINT_NOT_AVAILABLE", "SERVICE_UNAVAILABLE"}
    for (method, path, status, code), headers in told_by(scene):
        if (method, path) in limited and (code not in nameless or path.startswith("/api/auth/")):
            left = [headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
            assert all(map(str.isdecimal, left)) or code == "SERVICE_UNAVAILABLE", (path, status, code)
        assert ("retry-after" in headers) == (status in {429, 503} or code in AGAIN), (path, code)


AGAIN = {"DUPLICATE_REQUEST", "IDEMPOTENCY_IN_FLIGHT"}
"""Conflicts that will pass."""


def promises(scene: Scene) -> Iterator[Key]:
    """What the description of every route says that it answers."""
    documented = {**paths()["paths"], **generate_paths()["paths"]}
    for method, path in routes_of(app_of(scene)):
        operations = documented[path]
        # Whatever is asked of those who sign nobody in, it is the same.
        operation = operations.get(method.lower()) or operations["post"]
        for status, answer in operation["responses"].items():
            named = re.findall(r"[A-Z]{2,}(?:_[A-Z]+)*", answer["description"])
            known = [code for code in named if (int(status), code) in codes()] if int(status) >= 400 else [""]
            assert known, (path, status)
            yield from ((method, path, int(status), code) for code in known)


def told_by(scene: Scene, *, outside: bool = False) -> Iterator[tuple[Key, Mapping[str, str]]]:
    """What the pairs say that is answered, with its headers; where there is no route, only if it is asked for."""
    router = app_of(scene).router
    for name in names():
        for pair in pairs(name):
            method, path = route_of(router, pair["request"])
            if path or outside:
                code = pair["answer"].get("code", "") if pair["status"] >= 400 else ""
                yield (method, path, pair["status"], code), pair.get("headers", {})


def route_of(router: Router, request: Mapping[str, Any]) -> tuple[str, str]:
    """Which route a request is for; "" for none."""
    usual = "POST" if {"body", "content"} & request.keys() else "GET"
    path, method = request["path"].partition("?")[0], request.get("method", usual)
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in router.routes:
        if route.matches(scope)[0] is Match.FULL:
            return method, str(route.path)
    return method, ""


def app_of(scene: Scene) -> Any:
    return scene.http._transport.app
