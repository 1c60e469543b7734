"""Work that is given to a process. The process is one of Python's own programs."""

import asyncio
import os
from pathlib import Path

import pytest

from antiphon.kit.errand import Errand, running
from antiphon.kit.parts import part_of

ECHO = "json.tool"
"""Reads JSON, and writes it in lines."""


def lines(errand: Errand) -> tuple[list[bytes], int]:
    async def told():
        async with running(errand) as process:
            return [line async for line in process.told()], await process.status()

    return asyncio.run(told())


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_order_goes_in_and_lines_come_out() -> None:
    assert lines(Errand(module=ECHO, order=b"[1]", withheld="X_")) == ([b"[\n", b"    1\n", b"]\n"], 0)


@pytest.mark.parametrize("order", [b"no json", b"x" * 2**22], ids=["short", "longer than a pipe takes"])
def test_how_a_process_ended_is_known(order) -> None:
    assert lines(Errand(module=ECHO, order=order, withheld="X_")) == ([], 1)


def test_a_module_that_is_not_there_ends_at_once() -> None:
    assert lines(Errand(module="no.such.module", order=b"x" * 2**22, withheld="X_")) == ([], 1)


def test_what_it_had_begun_is_deleted_when_it_has_ended(tmp_path: Path) -> None:
    seen = []

    def begun(process):
        seen.append(process)
        part = part_of(tmp_path / "a", process)
        part.touch()
        return [part, tmp_path / "never"]

    lines(Errand(module=ECHO, order=b"[1]", withheld="X_", begun=begun))
    assert list(tmp_path.iterdir()) == []
    assert not alive(seen[0])
