import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from antiphon.kit.nursery import Nursery, NurseryDown, Program, Worker

HERE = {"PYTHONPATH": str(Path(__file__).parent), "TOY": "toy"}


@contextlib.asynccontextmanager
async def started(*arguments: str, **options: float) -> AsyncIterator[Nursery]:
    nursery = Nursery(Program(module="toy_cradle", arguments=arguments, environment=HERE), **options)
    await nursery.start()
    try:
        yield nursery
    finally:
        await nursery.close()


async def ask(worker: Worker, line: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    worker.sock.setblocking(False)
    await loop.sock_sendall(worker.sock, line)
    async with asyncio.timeout(5):
        return await loop.sock_recv(worker.sock, 100)


async def eventually(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - of another process's state there is no event
            await asyncio.sleep(0.002)


def lives(pid: int) -> bool:
    """Whether any of its threads does: the first is a zombie before the others end and its files are closed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    return False


async def test_a_worker_works_and_ends_with_its_context():
    async with started() as nursery:
        async with nursery.worker(5) as worker:
            assert await ask(worker, b"hello") == b"%d hello toy" % worker.pid
            assert lives(worker.pid)
        await eventually(lambda: not lives(worker.pid))


async def test_every_use_has_a_worker_of_its_own():
    async with started(spares=2) as nursery:
        pids = set()
        for _ in range(10):
            async with nursery.worker(5) as worker:
                pids.add(worker.pid)
    assert len(pids) == 10


async def test_many_can_work_at_once():
    async with started(spares=2) as nursery, contextlib.AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(nursery.worker(5)) for _ in range(20)]
        answers = await asyncio.gather(*(ask(worker, b"hello") for worker in workers))
    assert answers == [b"%d hello toy" % worker.pid for worker in workers]


async def test_no_more_work_at_once_than_may():
    async with started(most=2) as nursery, nursery.worker(5), nursery.worker(5):
        with pytest.raises(NurseryDown):
            async with nursery.worker(0.05):
                pass


async def test_a_place_is_free_again_after_its_use():
    async with started(most=1) as nursery:
        for _ in range(5):
            async with nursery.worker(5) as worker:
                await ask(worker, b"hello")


async def one_hello(nursery: Nursery) -> bytes:
    async with nursery.worker(5) as worker:
        return await ask(worker, b"hello")


async def test_whoever_waits_gets_the_place_that_becomes_free():
    async with started(most=1) as nursery, asyncio.timeout(5):
        async with nursery.worker(5):
            waiting = asyncio.create_task(one_hello(nursery))
            await asyncio.sleep(0)
        assert await waiting


async def test_one_who_gives_up_waiting_takes_nothing():
    async with started(most=1) as nursery, asyncio.timeout(5):
        async with nursery.worker(5):
            waiting = asyncio.create_task(one_hello(nursery))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert await one_hello(nursery)


async def test_a_worker_that_died_waiting_is_passed_over():
    async with started(spares=3) as nursery:
        spares = psutil.Process(nursery.pid).children()
        for spare in spares:
            spare.kill()
        await eventually(lambda: not any(lives(spare.pid) for spare in spares))
        async with nursery.worker(5) as worker:
            assert await ask(worker, b"hello")


@pytest.mark.parametrize("end", [b"die", b"fail"])
async def test_a_worker_that_dies_at_work_takes_nobody_along(end):
    async with started() as nursery, nursery.worker(5) as unlucky, nursery.worker(5) as lucky:
        assert await ask(unlucky, end) == b""
        assert await ask(lucky, b"hello")
        async with nursery.worker(5) as next_:
            assert await ask(next_, b"hello")


async def test_a_worker_that_listens_to_nothing_ends_with_its_context():
    async with started() as nursery:
        async with nursery.worker(5) as worker:
            worker.sock.sendall(b"spin")
            await eventually(lambda: psutil.Process(worker.pid).cpu_times().user > 0)
        left = time.monotonic()
        await eventually(lambda: not lives(worker.pid))
    assert time.monotonic() - left < 1  # Promised: 0.1


async def test_a_stopped_worker_ends_with_its_context():
    async with started() as nursery:
        async with nursery.worker(5) as worker:
            os.kill(worker.pid, signal.SIGSTOP)
        await eventually(lambda: not lives(worker.pid))


async def test_workers_outlive_the_process_that_forked_them():
    async with started() as nursery, nursery.worker(5) as worker:
        os.kill(nursery.pid, signal.SIGKILL)
        await eventually(lambda: not nursery._ready.is_set())
        assert await ask(worker, b"hello") == b"%d hello toy" % worker.pid


async def test_a_killed_forking_process_is_replaced():
    async with started() as nursery:
        for _ in range(3):
            killed = nursery.pid
            os.kill(killed, signal.SIGKILL)
            await eventually(lambda killed=killed: nursery.pid != killed and nursery.ready())
            async with nursery.worker(5) as worker:
                assert await ask(worker, b"hello")


async def test_spares_serve_while_the_forking_process_is_replaced():
    async with started(spares=3) as nursery:
        await eventually(lambda: len(nursery._spares) >= 3)
        os.kill(nursery.pid, signal.SIGKILL)
        await eventually(lambda: not nursery._ready.is_set())
        assert nursery.ready()
        async with nursery.worker(0.05) as worker:
            assert await ask(worker, b"hello")


async def test_it_is_not_ready_before_its_start_nor_after_its_end():
    nursery = Nursery(Program(module="toy_cradle", environment=HERE))
    assert not nursery.ready()
    await nursery.start()
    assert nursery.ready()
    await nursery.close()
    assert not nursery.ready()
    with pytest.raises(NurseryDown):
        async with nursery.worker(5):
            pass


async def test_it_can_be_closed_twice_and_unstarted():
    nursery = Nursery(Program(module="toy_cradle", environment=HERE))
    await nursery.close()
    await nursery.start()
    await nursery.close()
    await nursery.close()


async def test_nothing_is_left_when_it_is_closed():
    async with started() as nursery:
        family = [nursery.pid, *(child.pid for child in psutil.Process(nursery.pid).children())]
        assert len(family) > 1
    await eventually(lambda: not any(map(lives, family)))


async def test_a_closed_nursery_is_watched_no_more():
    async with started() as nursery:
        assert not nursery._watching.cancelled()
    assert nursery._watching.cancelled()


async def test_closing_while_the_forking_process_is_replaced_leaves_nothing():
    before = set(psutil.Process().children())
    async with started() as nursery:
        os.kill(nursery.pid, signal.SIGKILL)
        await eventually(lambda: not nursery._ready.is_set())
    await eventually(lambda: not [child for child in set(psutil.Process().children()) - before if lives(child.pid)])


async def test_a_worker_in_use_when_it_closes_ends_with_its_user():
    async with started() as nursery, nursery.worker(5) as worker:
        await nursery.close()
        assert await ask(worker, b"hello")
    await eventually(lambda: not lives(worker.pid))


async def test_what_cannot_be_prepared_does_not_come_up(capfd):
    nursery = Nursery(Program(module="toy_cradle", arguments=("broken",), environment=HERE), patience=0.5)
    with pytest.raises(NurseryDown):
        await nursery.start()
    await nursery.close()
    assert "it cannot be prepared" in capfd.readouterr().err


ORPHANS = """
import asyncio, sys
from antiphon.kit.nursery import Nursery, Program
async def main():
    nursery = Nursery(Program(module="toy_cradle"))
    await nursery.start()
    async with nursery.worker(5) as worker:
        worker.sock.sendall(b"spin")
        print(nursery.pid, worker.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def test_nobody_outlives_a_killed_server():
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS], env={**os.environ, **HERE}, stdout=subprocess.PIPE, text=True
    ) as server:
        forking, worker = map(int, server.stdout.readline().split())
        family = [forking, worker, *(child.pid for child in psutil.Process(forking).children())]
        server.kill()
    deadline = time.monotonic() + 2
    while any(map(lives, family)):
        assert time.monotonic() < deadline
        time.sleep(0.005)


async def test_a_stopped_forking_process_is_replaced():
    async with started(spares=1, silence=0.3) as nursery:
        stopped = nursery.pid
        os.kill(stopped, signal.SIGSTOP)
        async with contextlib.AsyncExitStack() as stack:
            workers = [await stack.enter_async_context(nursery.worker(10)) for _ in range(4)]  # More than wait.
            answers = await asyncio.gather(*(ask(worker, b"hello") for worker in workers))
        assert answers == [b"%d hello toy" % worker.pid for worker in workers]
        assert nursery.pid != stopped


async def test_it_is_not_ready_while_a_stopped_process_owes_workers():
    async with started(spares=1, silence=0.2) as nursery:
        os.kill(nursery.pid, signal.SIGSTOP)
        async with contextlib.AsyncExitStack() as stack:
            while nursery._spares:
                await stack.enter_async_context(nursery.worker(5))
            await eventually(lambda: not nursery.ready())


async def test_it_is_not_ready_while_all_places_are_taken():
    async with started(most=1) as nursery:
        async with nursery.worker(5):
            assert not nursery.ready()
        assert nursery.ready()


async def test_a_process_that_dies_at_its_first_fork_is_not_started_again_and_again():
    nursery = Nursery(Program(module="toy_cradle", arguments=("barren",), environment=HERE), patience=1.5)
    with pytest.raises(NurseryDown):
        await nursery.start()
    attempts = nursery.attempts
    await nursery.close()
    assert attempts <= 5


async def test_a_worker_that_came_for_somebody_who_left_serves_the_next():
    nursery = Nursery(Program(module="toy_cradle"))
    first = asyncio.create_task(nursery._worker_there())
    second = asyncio.create_task(nursery._worker_there())
    await asyncio.sleep(0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        nursery._spares.append(Worker(1, ours, theirs))
        nursery._wake_one()
        first.cancel()
        async with asyncio.timeout(1):
            await second
    await asyncio.gather(first, return_exceptions=True)


async def test_what_is_withheld_does_not_reach_the_worker(monkeypatch):
    monkeypatch.setenv("TOYS_SECRET", "hidden")
    nursery = Nursery(Program(module="toy_cradle", environment=HERE, withheld="TOYS_"))
    await nursery.start()
    try:
        async with nursery.worker(5) as worker:
            assert "TOYS_SECRET" not in psutil.Process(worker.pid).environ()
    finally:
        await nursery.close()
