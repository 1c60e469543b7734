"""Looking at several pictures that strangers gave."""

import asyncio
import threading

from antiphon.engines.painter.likeness import Likeness
from antiphon.engines.painter.maker import Looks

GREY = Likeness(rows=(), accents=(), light=(0.5, 0.5), horizon=0.5)


async def test_whoever_leaves_keeps_the_place_until_the_child_has_ended() -> None:
    may_end, begun = threading.Event(), []

    def slowly(file: bytes) -> Likeness:
        begun.append(file)
        may_end.wait(60)
        return GREY

    looks = Looks(looked=slowly)
    leaving = [asyncio.create_task(looks.look(name)) for name in (b"1", b"2")]
    staying = asyncio.create_task(looks.look(b"3"))
    async with asyncio.timeout(60):
        while len(begun) < 2:  # noqa: ASYNC110 - threads set no event of a loop
            await asyncio.sleep(0.01)
        for task in leaving:
            task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)  # Whoever could take a place would have it now.
        assert sorted(begun) == [b"1", b"2"]
        may_end.set()
        await asyncio.gather(staying, *leaving, return_exceptions=True)
    assert [task.cancelled() for task in leaving] == [True, True]
