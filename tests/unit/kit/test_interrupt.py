"""Ending a task's work from outside."""

import asyncio

import pytest

from antiphon.kit.interrupt import Interrupt


class Enough(Exception):
    pass


async def test_work_ends_with_the_error_that_ended_it() -> None:
    interrupt = Interrupt()
    asyncio.get_running_loop().call_soon(interrupt.now, Enough("enough"))
    with pytest.raises(Enough, match="enough"):
        async with interrupt:
            await asyncio.Event().wait()
    await asyncio.sleep(0)  # No cancellation is left over.


async def test_of_two_errors_the_first_is_told() -> None:
    interrupt = Interrupt()
    asyncio.get_running_loop().call_soon(interrupt.now, Enough("first"))
    asyncio.get_running_loop().call_soon(interrupt.now, Enough("second"))
    with pytest.raises(Enough, match="first"):
        async with interrupt:
            await asyncio.Event().wait()


async def test_work_that_is_over_is_not_interrupted() -> None:
    interrupt = Interrupt()
    async with interrupt:
        pass
    interrupt.now(Enough())
    await asyncio.sleep(0)


async def test_work_may_clean_up_at_leisure() -> None:
    interrupt, cleaned = Interrupt(), []

    async def work() -> None:
        async with interrupt:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned.append(True)

    asyncio.get_running_loop().call_soon(interrupt.now, Enough())
    with pytest.raises(Enough):
        await work()
    assert cleaned


async def test_a_cancellation_of_the_task_goes_before() -> None:
    interrupt = Interrupt()

    async def work() -> None:
        async with interrupt:
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    interrupt.now(Enough())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_while_cleaning_up_is_told_as_it_is() -> None:
    interrupt = Interrupt()

    async def work() -> None:
        async with interrupt:
            try:
                await asyncio.Event().wait()
            finally:
                raise KeyError

    asyncio.get_running_loop().call_soon(interrupt.now, Enough())
    with pytest.raises(KeyError):
        await work()
    await asyncio.sleep(0)


async def test_interrupts_nest() -> None:
    outer, inner = Interrupt(), Interrupt()
    asyncio.get_running_loop().call_soon(outer.now, Enough("outer"))
    with pytest.raises(Enough, match="outer"):
        async with outer, inner:
            await asyncio.Event().wait()
    asyncio.get_running_loop().call_soon(inner.now, Enough("inner"))
    outer, caught = Interrupt(), False
    async with outer:
        try:
            async with inner:
                await asyncio.Event().wait()
        except Enough:
            caught = True
        await asyncio.sleep(0)
    assert caught
