import asyncio
import threading

import pytest

from antiphon.kit.names import Resolver


async def test_a_name_is_looked_up():
    assert set(await Resolver()("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a..b", "x" * 64 + ".example", "\0"])
async def test_what_has_no_address_is_an_error(name):
    with pytest.raises((OSError, ValueError)):
        await Resolver()(name, 80)


@pytest.fixture
def stuck():
    """A look-up that never ends for some names; gives it, and lets all of them go at the end."""
    go = threading.Event()

    def look_up(host, _port):
        if host.startswith("stuck"):
            go.wait()
        return ["192.0.2.1"]

    yield look_up
    go.set()


async def test_names_whose_servers_do_not_answer_are_not_waited_for(stuck):
    resolver = Resolver(stuck, seconds=0.05)
    with pytest.raises(TimeoutError):
        await resolver("stuck.example", 80)


async def test_names_whose_servers_do_not_answer_keep_nobody_from_a_thread(stuck):
    resolver = Resolver(stuck)
    many = [asyncio.create_task(resolver(f"stuck{number}.example", 80)) for number in range(40)]
    async with asyncio.timeout(20):
        assert await resolver("good.example", 80) == ["192.0.2.1"]
        assert await asyncio.to_thread(lambda: 7) == 7
    for task in many:
        task.cancel()
    await asyncio.gather(*many, return_exceptions=True)


async def test_no_more_threads_are_at_it_than_there_may_be(stuck):
    resolver = Resolver(stuck, at_once=1, seconds=0.05)
    for name in ("stuck.example", "good.example"):
        with pytest.raises(TimeoutError):
            await resolver(name, 80)


async def test_a_thread_that_comes_back_is_free_again(stuck):
    resolver = Resolver(stuck, at_once=1)
    for _ in range(3):
        assert await resolver("good.example", 80) == ["192.0.2.1"]
