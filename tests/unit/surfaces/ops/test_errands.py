import asyncio

import pytest

from antiphon.domain.errors import Conflict, NotFound
from antiphon.surfaces.ops.errands import MOST, Errands


async def after(gate, result="done"):
    await gate.wait()
    if isinstance(result, Exception):
        raise result
    return result


async def test_an_errand_is_asked_after_until_it_is_done():
    gate, errands = asyncio.Event(), Errands(patience=0.001)
    begun = errands.begin(after(gate))
    assert await errands.wait(begun["errand"]) == begun
    gate.set()
    while (told := await errands.wait(begun["errand"])) == begun:
        pass
    assert told == {"result": "done"}


async def test_what_an_errand_comes_to_is_told_once():
    gate, errands = asyncio.Event(), Errands()
    gate.set()
    name = errands.begin(after(gate))["errand"]
    assert await errands.wait(name) == {"result": "done"}
    with pytest.raises(NotFound, match="unknown_errand"):
        await errands.wait(name)


async def test_a_failed_errand_fails_for_who_asks():
    gate, errands = asyncio.Event(), Errands()
    gate.set()
    with pytest.raises(Conflict, match="because"):
        await errands.wait(errands.begin(after(gate, Conflict("because")))["errand"])


async def test_errands_at_once_are_few_and_those_that_nobody_came_back_for_make_room():
    gate, errands = asyncio.Event(), Errands()
    for _ in range(MOST):
        last = errands.begin(after(gate))
    with pytest.raises(Conflict, match="busy"):
        errands.begin(after(gate))
    gate.set()
    assert await errands.wait(last["errand"]) == {"result": "done"}
    await asyncio.sleep(0)
    assert "errand" in errands.begin(after(gate))
