"""Golden pairs: files of exchanges, each a request and the whole answer to it, played in order on one server.

    {"what": "...", "request": {"path": "...", "body": {...}}, "status": 200, "answer": {...}, "costs": 1}

`request` is what is posted, or asked for where it has no body. With `"as": "<name>"` another's key is used; with
`"until": true` it is repeated until a task has ended. `costs` are credits, 0 where it is left out, and always checked.

What nobody can know beforehand stands in brackets: `<id>`, `<time>`, `<url wav>`. With a name it is kept, as in
`<id task>` and `<url wav first>`, and `<task>` and `<first>` are it from then on, within texts too.
"""

import asyncio
import difflib
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("golden")
_KINDS = {
    "id": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "url": r"https://media\.example/cdn/[A-Za-z0-9/_-]+\.",
}
_PLACE = re.compile(r"<(id|time|url)(?: ([a-z0-9_]+))?(?: ([a-z0-9_]+))?>")
_PATIENCE = 60


def pairs(name):
    """The exchanges of a file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


async def play(studio, name, **known):
    """Play the exchanges of a file. `known` are the names that its requests begin with, such as a clip's id."""
    for exchange in pairs(name):
        wanted = {"status": exchange["status"], "answer": exchange["answer"], "costs": exchange.get("costs", 0)}
        before = await studio.credits()
        answer = await _answer(studio, _told(exchange["request"], known))
        found = {
            "status": answer.status_code,
            "answer": _seen(answer.json(), wanted["answer"], known),
            "costs": before - await studio.credits(),
        }
        if found != (wanted := _told(wanted, known)):
            pytest.fail(f"{name}, {exchange['what']}:\n{_difference(wanted, found)}", pytrace=False)


async def _answer(studio, request):
    async with asyncio.timeout(_PATIENCE):
        while True:
            answer = await _asked(studio, request)
            if "until" not in request or _ended(answer):
                return answer
            await asyncio.sleep(0.01)


async def _asked(studio, request):
    headers = {"Authorization": f"Bearer {request['as']}"} if "as" in request else {}
    if "body" not in request:
        return await studio.http.get(request["path"], headers=headers)
    studio.clock.advance(3.0)  # The rate's.
    return await studio.http.post(request["path"], json=request["body"], headers=headers)


def _ended(answer):
    return answer.status_code != 202 and '"running"' not in answer.text and '"pending"' not in answer.text


def _told(value, known):
    """A value in which the names of what is known are replaced by it."""
    match value:
        case dict():
            return {key: _told(one, known) for key, one in value.items()}
        case list():
            return [_told(one, known) for one in value]
        case str():
            return re.sub(r"<([a-z0-9_]+)>", lambda found: known.get(found[1], found[0]), value)
    return value


def _seen(value, wanted, known):
    """A value as it would be written in a file: what fits a placeholder as that placeholder."""
    match value, wanted:
        case dict(), dict():
            return {key: _seen(one, wanted.get(key), known) for key, one in value.items()}
        case list(), list():
            return [_seen(one, _at(wanted, place), known) for place, one in enumerate(value)]
        case str(), str() if place := _PLACE.fullmatch(wanted):
            return _placed(value, place, known)
    return value


def _placed(value, place, known):
    kind, *rest = place.groups()
    suffix, name = rest if kind == "url" else (None, rest[0])
    pattern = _KINDS[kind] + re.escape(suffix or "")
    if not re.fullmatch(pattern, value):
        return value
    if name:
        known[name] = value
    return place[0]


def _difference(wanted, found):
    lines = [json.dumps(each, indent=1, sort_keys=True).splitlines() for each in (wanted, found)]
    return "\n".join(difflib.unified_diff(*lines, "wanted", "found", lineterm=""))


def _at(values, place):
    return values[place] if place < len(values) else None
