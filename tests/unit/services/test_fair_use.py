import asyncio
import contextlib

import pytest

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.services.fair_use import FairUse

FOREVER = 3600.0


class Crowd:
    """People who take places, and what became of them."""

    def __init__(self, **queue):
        self.queue = FairUse(**{"at_once": 1, "waiting": 2, "patience": FOREVER, **queue})
        self.served = []
        self._leave = {}
        self._tasks = {}

    async def comes(self, name, rank="after"):
        self._leave[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._works(name, rank))
        await settled()

    async def _works(self, name, rank):
        async with self.queue.place(rank):
            self.served.append(name)
            await self._leave[name].wait()

    async def leaves(self, name):
        self._leave[name].set()
        await settled()

    async def gives_up(self, name):
        self._tasks[name].cancel()
        await settled()

    async def refused(self, name):
        with pytest.raises(Unavailable) as refusal:
            await self._tasks.pop(name)
        assert (refusal.value.cause, refusal.value.retry_after) == (UnavailableCause.FAIR_USE_FULL, 5)

    async def all_leave(self):
        for leave in self._leave.values():
            leave.set()
        await settled()
        for task in self._tasks.values():
            task.cancel()  # One who was forgotten is not to keep the test waiting.
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def crowd(**queue):
    made = Crowd(**queue)
    try:
        yield made
    finally:
        await made.all_leave()


async def test_so_many_work_at_once_and_the_next_follows_when_one_leaves():
    async with crowd(at_once=2) as people:
        for name in "abc":
            await people.comes(name)
        assert people.served == ["a", "b"]
        await people.leaves("a")
        assert people.served == ["a", "b", "c"]


async def test_those_who_go_first_do_and_each_rank_keeps_its_order():
    async with crowd(waiting=9) as people:
        for name, rank in [("w", "after"), ("a", "after"), ("B", "first"), ("c", "after"), ("D", "first")]:
            await people.comes(name, rank)
        for name in "wBDac":
            await people.leaves(name)
        assert people.served == ["w", "B", "D", "a", "c"]


async def test_a_full_line_refuses():
    async with crowd() as people:
        for name in "wabc":
            await people.comes(name)
        await people.refused("c")


async def test_without_a_line_whoever_cannot_work_is_refused():
    async with crowd(waiting=0) as people:
        await people.comes("w")
        await people.comes("A", "first")
        await people.refused("A")


async def test_in_a_full_line_the_last_of_the_others_makes_room():
    async with crowd() as people:
        for name, rank in [("w", "after"), ("a", "after"), ("b", "after"), ("C", "first")]:
            await people.comes(name, rank)
        await people.refused("b")
        for name in "wC":
            await people.leaves(name)
        assert people.served == ["w", "C", "a"]


async def test_those_who_go_first_do_not_drive_each_other_out():
    async with crowd() as people:
        for name in "wABC":
            await people.comes(name, "first")
        await people.refused("C")


async def test_one_who_gives_up_leaves_the_line():
    async with crowd() as people:
        for name in "wab":
            await people.comes(name)
        await people.gives_up("a")
        await people.comes("c")
        await people.leaves("w")
        assert people.served == ["w", "b"]


async def test_a_place_is_not_lost_with_one_who_gives_up_as_it_is_given():
    async with crowd() as people:
        async with people.queue.place("after"):
            await people.comes("a")
            await people.comes("b")
        people._tasks["a"].cancel()  # Its turn has come, and it does not know yet.
        await settled()
        assert people.served == ["b"]


async def test_nobody_waits_for_ever():
    async with crowd(patience=0.0) as people:
        await people.comes("w")
        await people.comes("a")
        await people.refused("a")
        await people.leaves("w")
        await people.comes("b")
        assert people.served == ["w", "b"]


async def test_a_failure_at_work_gives_the_place_back():
    queue = FairUse(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with queue.place("after"):
                raise ZeroDivisionError
