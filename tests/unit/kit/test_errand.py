"""Work that is given to a process. The process is one of Python's own programs."""

import asyncio
import os
import textwrap
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


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that starts another, tells its number, and then does as it was told."""
    text = """
        import signal, subprocess, sys, time
        order = sys.stdin.readline()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).pid, flush=True)
        if order == "stay":
            time.sleep(600)
    """
    (tmp_path / "parent_of_one.py").write_text(textwrap.dedent(text))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "parent_of_one"


def gone(process: int) -> bool:
    """Whether a process has ended, even if its parent has not asked yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return True


async def all_gone(*processes: int) -> None:
    """Wait until processes have ended that were told to."""
    async with asyncio.timeout(20):
        while not all(map(gone, processes)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_what_a_process_has_started_ends_with_it_even_where_it_died_first(parent: str) -> None:
    async with running(Errand(module=parent, order=b"die", withheld="X_")) as process:
        child = [int(line) async for line in process.told()]
        await process.status()

    await all_gone(*child)


async def test_whoever_is_stopped_twice_leaves_no_process(parent: str) -> None:
    begun: list[int] = []
    seen = asyncio.Event()

    async def work() -> None:
        errand = Errand(module=parent, order=b"stay", withheld="X_", begun=lambda number: begun.append(number) or ())
        async with running(errand) as process:
            async for line in process.told():
                begun.append(int(line))
                seen.set()

    working = asyncio.get_running_loop().create_task(work())
    await seen.wait()
    for _ in range(2):
        working.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(working, return_exceptions=True)

    await all_gone(*begun)
