"""Golden pairs: files of exchanges, each a request and the whole answer to it, played in order on one server.

    {"what": "...", "request": {"path": "...", "body": {...}}, "status": 200, "answer": {...}, "costs": 1}

`request` is what is posted, or asked for where it has no body. With `"as": "<name>"` another's key is used; with
`"until": true` it is repeated until a task has ended. `costs` are credits, 0 where it is left out, and always checked.

What nobody can know beforehand is a placeholder.
"""

import asyncio
import json
from pathlib import Path

import pytest

from surfaces.placeholders import difference, seen, told

FOLDER = Path(__file__).with_name("golden")
_PATIENCE = 60


def pairs(name):
    """The exchanges of a file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


async def play(studio, name, **known):
    """Play the exchanges of a file. `known` are the names that its requests begin with, such as a clip's id."""
    for exchange in pairs(name):
        wanted = {"status": exchange["status"], "answer": exchange["answer"], "costs": exchange.get("costs", 0)}
        before = await studio.credits()
        answer = await _answer(studio, told(exchange["request"], known))
        found = {
            "status": answer.status_code,
            "answer": seen(answer.json(), wanted["answer"], known),
            "costs": before - await studio.credits(),
        }
        if found != (wanted := told(wanted, known)):
            pytest.fail(f"{name}, {exchange['what']}:\n{difference(wanted, found)}", pytrace=False)


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
