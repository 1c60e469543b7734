"""Work ends with its key: when its session is over, and when the key is revoked."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any
from uuid import UUID

import pytest

from antiphon.domain.errors import AntiphonError, PermissionDenied, Unauthenticated, Unavailable
from antiphon.domain.keys import ApiKey, Permission, TemporaryKey
from antiphon.services.sessions import Sessions

SOON = 0.005
NEVER = 3600.0


class Revocations:
    """What `Sessions` asks the store. It can fail, or not answer; `asked` are the ids of every look."""

    def __init__(self) -> None:
        self.ids: set[UUID] = set()
        self.asked: list[frozenset[UUID]] = []
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.looked = asyncio.Condition()

    async def revoked(self, key_ids: Collection[UUID]) -> frozenset[UUID]:
        self.asked.append(frozenset(key_ids))
        async with self.looked:
            self.looked.notify_all()
        await self.answers.wait()
        if self.fails:
            raise Unavailable(15)
        return self.ids & frozenset(key_ids)

    async def looks(self, count: int) -> None:
        """Wait until so many more looks were begun."""
        until = len(self.asked) + count
        async with asyncio.timeout(10), self.looked:
            await self.looked.wait_for(lambda: len(self.asked) >= until)


def key(number: int = 1) -> ApiKey:
    id_ = UUID(int=number)
    return ApiKey(id=id_, account_id=id_, project_id=id_, name="n", shown_prefix="s", created_at=0.0)


def temporary(number: int = 1, *, longest: float | None = None) -> ApiKey:
    parent = key(number)
    terms = TemporaryKey(
        id=UUID(int=100 + number),
        parent_id=parent.id,
        permission=Permission.TEXT_TO_SPEECH_REALTIME,
        created_at=0.0,
        expires_at=60.0,
        longest_session=longest,
    )
    return ApiKey(**{name: getattr(parent, name) for name in ApiKey.__slots__} | {"temporary": terms})


@pytest.fixture
def store() -> Revocations:
    return Revocations()


@pytest.fixture
async def left_behind() -> Callable[[], list[Any]]:
    """Tells which tasks and timers there are that were not there before."""
    loop: Any = asyncio.get_running_loop()
    before = asyncio.all_tasks()

    def found() -> list[Any]:
        timers = [timer for timer in loop._scheduled if not timer.cancelled()]
        return [*(asyncio.all_tasks() - before - {asyncio.current_task()}), *timers]

    return found


@pytest.fixture
async def faults() -> AsyncIterator[list[Any]]:
    """What nobody caught."""
    loop, found = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _loop, fault: found.append(fault))
    yield found
    loop.set_exception_handler(None)


async def for_ever() -> None:
    await asyncio.Event().wait()


async def ended_with(sessions: Sessions, opened: ApiKey) -> AntiphonError:
    """What endless work with a key is ended with."""
    with pytest.raises(AntiphonError) as caught:
        async with asyncio.timeout(10), sessions.open(opened):
            await for_ever()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # No cancellation is left over.
    return caught.value


async def test_work_ends_when_the_longest_session_is_over(store: Revocations) -> None:
    failure = await ended_with(Sessions(store), temporary(longest=SOON))
    assert isinstance(failure, PermissionDenied)
    assert failure.reason == "session_expired"


async def test_work_that_ends_in_time_is_let_alone(store: Revocations, left_behind: Callable[[], list[Any]]) -> None:
    async with Sessions(store).open(temporary(longest=NEVER)):
        assert len(left_behind()) == 2  # The end of the session, and the next look.
    assert left_behind() == []


@pytest.mark.parametrize(("opened", "reason"), [(key(), "incorrect"), (temporary(), "expired")])
async def test_work_ends_when_the_key_is_revoked(store: Revocations, opened: ApiKey, reason: str) -> None:
    store.ids = {UUID(int=1)}
    failure = await ended_with(Sessions(store, look_every=SOON), opened)
    assert isinstance(failure, Unauthenticated)
    assert failure.reason == reason


async def test_work_with_other_keys_goes_on(store: Revocations) -> None:
    sessions = Sessions(store, look_every=SOON)
    store.ids = {UUID(int=2)}
    async with sessions.open(key(1)):
        await ended_with(sessions, key(2))
        await store.looks(2)


async def test_all_work_of_a_revoked_key_ends_by_one_look_for_all_keys(store: Revocations) -> None:
    sessions = Sessions(store, look_every=10 * SOON)
    store.ids = {UUID(int=1)}
    others = [asyncio.create_task(ended_with(sessions, opened)) for opened in (key(1), temporary(1), key(1))]
    async with sessions.open(key(2)):
        failures = await asyncio.gather(*others)
    assert [str(failure) for failure in failures] == ["incorrect", "expired", "incorrect"]
    assert store.asked == [{UUID(int=1), UUID(int=2)}]


async def test_a_store_that_fails_ends_nothing_and_is_asked_again(store: Revocations, faults: list[Any]) -> None:
    sessions, store.fails, store.ids = Sessions(store, look_every=SOON), True, {UUID(int=1)}
    working = asyncio.create_task(ended_with(sessions, key()))
    await store.looks(3)
    assert not working.done()
    store.fails = False
    assert await working
    gc.collect()
    assert faults == []


async def test_a_store_that_does_not_answer_ends_nothing_and_is_asked_again(
    store: Revocations, faults: list[Any], left_behind: Callable[[], list[Any]]
) -> None:
    sessions, store.ids = Sessions(store, look_every=SOON), {UUID(int=1)}
    store.answers.clear()
    working = asyncio.create_task(ended_with(sessions, key()))
    await store.looks(5)
    assert not working.done()
    tasks = [one for one in left_behind() if isinstance(one, asyncio.Task)]
    assert len(tasks) <= 3  # The work, and a look or two: those before were given up.
    store.answers.set()
    assert await working
    gc.collect()
    assert faults == []


async def test_nobody_looks_where_nothing_is_at_work(store: Revocations, left_behind: Callable[[], list[Any]]) -> None:
    sessions = Sessions(store, look_every=SOON)
    async with sessions.open(key()):
        await store.looks(2)
    await asyncio.sleep(0)
    assert left_behind() == []
    asked = len(store.asked)
    await asyncio.sleep(4 * SOON)
    assert len(store.asked) == asked


async def test_a_look_that_is_not_answered_yet_is_given_up_with_the_work(
    store: Revocations, left_behind: Callable[[], list[Any]]
) -> None:
    store.answers.clear()
    async with Sessions(store, look_every=20 * SOON).open(key()):
        await store.looks(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert left_behind() == []


async def test_work_that_was_ended_leaves_nothing(store: Revocations, left_behind: Callable[[], list[Any]]) -> None:
    sessions, store.ids = Sessions(store, look_every=SOON), {UUID(int=1)}
    for opened in (key(), temporary(longest=SOON / 2), temporary(longest=NEVER)):
        await ended_with(sessions, opened)
    await asyncio.sleep(0)
    assert left_behind() == []
    assert not sessions._open


async def test_a_failure_of_the_work_is_told_as_it_is(store: Revocations, left_behind: Callable[[], list[Any]]) -> None:
    with pytest.raises(KeyError):
        async with Sessions(store).open(temporary(longest=NEVER)):
            raise KeyError
    assert left_behind() == []


@pytest.mark.parametrize("first", ["the task", "the session"])
async def test_a_cancellation_from_outside_at_the_same_moment_goes_before(store: Revocations, first: str) -> None:
    sessions = Sessions(store)

    async def work() -> None:
        async with sessions.open(temporary(longest=NEVER)):
            await for_ever()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    (interrupt,) = sessions._open
    if first == "the task":
        task.cancel()
    interrupt.now(PermissionDenied(reason="session_expired"))
    if first == "the session":
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not sessions._open


async def test_a_cancellation_from_outside_is_none_of_the_session(store: Revocations) -> None:
    working = asyncio.create_task(ended_with(Sessions(store, look_every=SOON), temporary(longest=NEVER)))
    await store.looks(1)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_timeout_around_the_work_keeps_its_own_count(store: Revocations) -> None:
    """The cancellation of one is not taken for that of the other."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SOON), Sessions(store).open(temporary(longest=NEVER)):
            await for_ever()
    with pytest.raises(PermissionDenied):
        async with asyncio.timeout(NEVER), Sessions(store).open(temporary(longest=SOON)):
            await for_ever()
    with pytest.raises(PermissionDenied):
        async with Sessions(store).open(temporary(longest=SOON)), asyncio.timeout(NEVER):
            await for_ever()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_work_may_clean_up_and_have_its_own_end(store: Revocations) -> None:
    cleaned = []
    with contextlib.suppress(PermissionDenied):
        async with Sessions(store).open(temporary(longest=SOON)):
            try:
                await for_ever()
            finally:
                await asyncio.sleep(0)
                cleaned.append(True)
    assert cleaned
