"""Golden pairs: files of exchanges, each a request and the whole answer to it, played in order on one server.

    {"what": "...", "request": {"path": "...", "body": {...}}, "status": 200, "answer": {...}, "costs": 1.5}

`request` is posted where it has a body, else asked for, unless `method` says otherwise; `content` is a body that is no
JSON. With `"as": "<name>"` somebody else calls; with `"after": 60` so many seconds pass first; with `"until": true` it
is repeated until a job has ended. `<long 5001>` in a body is a text of so many characters.

`answer` is JSON, or the lines of a text. `headers` are those that not every answer has: an answer that says nothing of
them is JSON that no cache keeps. `costs` are credits, 0 where it is left out, and always checked. What nobody can know
beforehand is a placeholder.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from antiphon.domain.money import CREDIT
from antiphon.house import House
from antiphon.testing import FakeClock
from surfaces.placeholders import difference, seen, told

FOLDER = Path(__file__).with_name("golden")
_REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "sonna.md"
_ROW = re.compile(r"^\| (\d{3}) \| `([A-Z_]+)` \|", re.MULTILINE)
_PATIENCE = 60
_USUAL = {"content-type": "application/json", "cache-control": "no-store"}
_OF_EVERY = {"x-request-id", "x-content-type-options", "content-length"}
_LONG = re.compile(r"<long (\d+)>")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server on which exchanges are played.

    Args:
        http: Calls with the first account's key.
        house: Its services.
        clock: Its clock.
        who: Headers by who calls.
        pays: The account of each of them; "" is the first one's.
        known: The names that requests begin with, such as a job's id.
    """

    http: httpx.AsyncClient
    house: House
    clock: FakeClock
    who: Mapping[str, Mapping[str, str]]
    pays: Mapping[str, UUID]
    known: dict[str, str] = field(default_factory=dict)

    async def credits(self, who: str) -> float:
        """What somebody can spend; 0 for nobody, and where that cannot be known."""
        if who not in self.pays:
            return 0.0
        return sum((await self.house.credits.balance(self.pays[who])).available.values()) / CREDIT


def names() -> list[str]:
    """All files of pairs."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def pairs(name: str) -> list[dict[str, Any]]:
    """The exchanges of a file."""
    return list(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def codes() -> set[tuple[int, str]]:
    """Every status with its code, as the reference lists them."""
    return {(int(status), code) for status, code in _ROW.findall(_REFERENCE.read_text(encoding="utf-8"))}


async def play(scene: Scene, name: str) -> None:
    """Play the exchanges of a file."""
    for exchange in pairs(name):
        wanted = {
            "status": exchange["status"],
            "headers": {**_USUAL, **exchange.get("headers", {})},
            "answer": exchange["answer"],
            "costs": exchange.get("costs", 0),
        }
        answer, costs = await asked(scene, told(exchange["request"], scene.known))
        found = {
            "status": answer.status_code,
            "headers": seen(headers_of(answer), wanted["headers"], scene.known),
            "answer": seen(answer_of(answer), wanted["answer"], scene.known),
            "costs": costs,
        }
        if found != (wanted := told(wanted, scene.known)):
            pytest.fail(f"{name}, {exchange['what']}:\n{difference(wanted, found)}", pytrace=False)


async def asked(scene: Scene, request: Mapping[str, Any]) -> tuple[httpx.Response, float]:
    """The answer to a request, and by how much what there is to spend became less with it."""
    who = request.get("as", "")
    before = await scene.credits(who)
    scene.clock.advance(request.get("after", 0))
    async with asyncio.timeout(_PATIENCE):
        answer = await _sent(scene, request)
        while "until" in request and answer.json()["status"] not in {"succeeded", "failed"}:
            await asyncio.sleep(0.01)
            answer = await _sent(scene, request)
    costs = round(before - await scene.credits(who), 3)
    return answer, int(costs) if costs.is_integer() else costs


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """The headers that not every answer has; that it has the others is seen to here."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-request-id"])
    return {name: value for name, value in answer.headers.items() if name not in _OF_EVERY}


def answer_of(answer: httpx.Response) -> Any:
    """A body as files of pairs have it."""
    if answer.headers["content-type"] != "application/json":
        return answer.text.splitlines()
    body = answer.json()
    if not body["success"]:
        assert body.pop("requestId") == answer.headers["x-request-id"]
    return body


async def _sent(scene: Scene, request: Mapping[str, Any]) -> httpx.Response:
    headers = {**scene.who[request.get("as", "")], **request.get("headers", {})}
    usual = "POST" if {"body", "content"} & request.keys() else "GET"
    if "content" in request:
        headers = {"Content-Type": "application/json", **headers}
        more = {"content": request["content"].encode()}
    else:
        more = {"json": _lengthened(request["body"])} if "body" in request else {}
    return await scene.http.request(request.get("method", usual), request["path"], headers=headers, **more)


def _lengthened(value: Any) -> Any:
    match value:
        case dict():
            return {name: _lengthened(one) for name, one in value.items()}
        case list():
            return [_lengthened(one) for one in value]
        case str() if long := _LONG.fullmatch(value):
            return "x" * int(long[1])
    return value
