"""Every store of rates goes through the same suite, on a clock that the suite moves."""

import asyncio
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.limits import SECOND, Rate, gcra
from antiphon.store.rates import Ask
from antiphon.store.rates_memory import MemoryRates
from antiphon.store.rates_redis import RedisRates
from antiphon.testing import FakeClock
from store.throwaway_redis import ThrowawayRedis, find_server

# Hours, so that what passes of Redis's own time during a test is nothing.
THREE = Rate(limit=3, period=3 * 3600.0)
FIVE = Rate(limit=5, period=5 * 3600.0)
HOUR = 3600.0


class MemoryHarness:
    def __init__(self):
        self.clock = FakeClock()
        self.rates = MemoryRates(self.clock)

    async def pass_time(self, seconds):
        self.clock.advance(seconds)

    async def close(self):
        await self.rates.close()


class RedisHarness:
    """Time passes for Redis by moving all that it remembers the other way."""

    def __init__(self, url):
        self.rates = RedisRates.connect(url, clock=FakeClock())
        self.client = Redis.from_url(url)

    async def pass_time(self, seconds):
        for key in await self.client.keys("antiphon:rate:*"):
            arrival = int(await self.client.get(key)) - round(seconds * SECOND)
            await self.client.set(key, arrival, ex=24 * 3600)

    async def close(self):
        await self.rates.close()
        await self.client.flushall()
        await self.client.aclose()


@pytest.fixture(scope="module")
def redis_server():
    program = find_server()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = ThrowawayRedis(program, Path(folder))
        server.start()
        yield server
        server.kill()


HARNESSES = {
    "memory": lambda _request: MemoryHarness(),
    "redis": lambda request: RedisHarness(request.getfixturevalue("redis_server").url),
}


@pytest.fixture(params=HARNESSES)
async def harness(request):
    made = HARNESSES[request.param](request)
    yield made
    await made.close()


@pytest.fixture
async def rates(redis_server):
    made = RedisHarness(redis_server.url)
    yield made.rates
    await made.close()


async def take(harness, *asks):
    return await harness.rates.take(asks)


async def accepted(harness, ask, times):
    return sum([(await take(harness, ask)).refused is None for _ in range(times)])


async def test_a_limit_is_given_out_at_once_and_no_more(harness):
    assert await accepted(harness, Ask("a", THREE), 10) == 3


async def test_what_is_left_is_told_as_it_is_used_up(harness):
    told = [(await take(harness, Ask("a", THREE))).standings[0].remaining for _ in range(4)]
    assert told == [2, 1, 0, 0]


async def test_it_is_told_when_nothing_is_used_up_any_more(harness):
    verdict = await take(harness, Ask("a", THREE))
    assert verdict.standings[0].reset_after == pytest.approx(HOUR)


async def test_a_refusal_says_in_how_long_one_may_be_done(harness):
    await accepted(harness, Ask("a", THREE), 3)
    assert (await take(harness, Ask("a", THREE))).retry_after == pytest.approx(HOUR, abs=5.0)


async def test_whoever_waits_as_told_is_served(harness):
    await accepted(harness, Ask("a", THREE), 3)
    refused = await take(harness, Ask("a", THREE))
    await harness.pass_time(refused.retry_after)
    assert await accepted(harness, Ask("a", THREE), 2) == 1


async def test_whoever_does_not_wait_as_told_is_refused(harness):
    await accepted(harness, Ask("a", THREE), 3)
    refused = await take(harness, Ask("a", THREE))
    await harness.pass_time(refused.retry_after - 60)
    assert await accepted(harness, Ask("a", THREE), 1) == 0


async def test_after_a_period_all_of_it_is_there_again_and_no_more(harness):
    await accepted(harness, Ask("a", THREE), 3)
    await harness.pass_time(30 * HOUR)
    assert await accepted(harness, Ask("a", THREE), 10) == 3


async def test_a_burst_is_what_may_come_at_once(harness):
    assert await accepted(harness, Ask("a", replace(THREE, burst=1)), 3) == 1


async def test_keys_do_not_share(harness):
    await accepted(harness, Ask("a", THREE), 3)
    assert (await take(harness, Ask("b", THREE))).refused is None


async def test_the_first_that_refuses_is_named(harness):
    await accepted(harness, Ask("b", THREE), 3)
    await accepted(harness, Ask("c", THREE), 3)
    assert (await take(harness, Ask("a", THREE), Ask("b", THREE), Ask("c", THREE))).refused == 1


async def test_a_refusal_by_one_uses_up_nothing_of_the_others(harness):
    await accepted(harness, Ask("b", THREE), 3)
    for _ in range(10):
        await take(harness, Ask("a", THREE), Ask("b", THREE), Ask("c", FIVE))
    assert [await accepted(harness, Ask("a", THREE), 9), await accepted(harness, Ask("c", FIVE), 9)] == [3, 5]


async def test_refusals_put_off_nothing(harness):
    await accepted(harness, Ask("a", THREE), 3)
    for _ in range(100):
        last = await take(harness, Ask("a", THREE))
    assert last.retry_after == pytest.approx(HOUR, abs=5.0)


async def test_of_several_refusals_the_longest_wait_is_told(harness):
    slow = Rate(limit=1, period=20 * HOUR)
    await accepted(harness, Ask("a", THREE), 3)
    await accepted(harness, Ask("b", slow), 1)
    verdict = await take(harness, Ask("a", THREE), Ask("b", slow))
    assert (verdict.refused, verdict.retry_after) == (0, pytest.approx(20 * HOUR, abs=5.0))


async def test_nothing_asked_is_nothing_refused(harness):
    assert (await take(harness)).standings == ()


async def test_a_clock_set_back_makes_no_one_wait_longer_than_a_period(harness):
    await accepted(harness, Ask("a", THREE), 3)
    await harness.pass_time(-1000 * HOUR)
    refused = await take(harness, Ask("a", THREE))
    assert refused.retry_after == pytest.approx(HOUR, abs=5.0)
    await harness.pass_time(HOUR)
    assert await accepted(harness, Ask("a", THREE), 3) == 1


async def test_a_clock_set_back_gives_nothing_away(harness):
    await accepted(harness, Ask("a", THREE), 3)
    await harness.pass_time(-1000 * HOUR)
    assert await accepted(harness, Ask("a", THREE), 3) == 0


async def test_a_thousand_at_once_get_what_there_is(harness):
    fifty = Rate(limit=50, period=50 * HOUR)
    verdicts = await asyncio.gather(*[take(harness, Ask("a", fifty), Ask(f"b{n}", THREE)) for n in range(1000)])
    assert sum(verdict.refused is None for verdict in verdicts) == 50


@pytest.mark.parametrize("seed", range(5))
async def test_it_reckons_as_the_algorithm_does(harness, seed):
    chance = random.Random(seed)
    rates = [
        Rate(limit=chance.randint(1, 7), period=chance.uniform(1, 5) * HOUR, burst=chance.choice([None, 1, 4]))
        for _ in range(4)
    ]
    remembered = {}
    for _ in range(200):
        seconds = chance.choice([0, 0, 0, chance.uniform(0, HOUR), 9 * HOUR])
        await harness.pass_time(seconds)
        if isinstance(harness, RedisHarness):
            remembered = {key: arrival - round(seconds * SECOND) for key, arrival in remembered.items()}
        asked = chance.sample(range(4), chance.randint(1, 4))
        verdict = await take(harness, *[Ask(str(n), rates[n]) for n in asked])
        now = verdict.standings[0].now
        expected = gcra([(rates[n], remembered.get(n)) for n in asked], now=now)
        assert verdict == expected
        remembered |= {n: standing.arrival for n, standing in zip(asked, expected.standings, strict=True)}


async def test_memory_forgets_what_is_not_used_up_any_more():
    clock = FakeClock()
    rates = MemoryRates(clock)
    for n in range(10_000):
        await rates.take([Ask(f"ip:{n}", Rate(limit=10, period=300.0))])
        clock.advance(1.0)
    assert len(rates) <= 2 * 300 + 1


async def test_memory_does_not_grow_under_a_flood():
    rates = MemoryRates(FakeClock(), most_keys=1000)
    for n in range(10_000):
        await rates.take([Ask(f"ip:{n}", THREE)])
    assert len(rates) <= 2000


async def test_a_flood_does_not_make_memory_forget_who_is_at_work():
    rates = MemoryRates(FakeClock(), most_keys=100)
    verdicts = []
    for n in range(10_000):
        await rates.take([Ask(f"ip:{n}", THREE)])
        if n % 50 == 0:
            verdicts.append(await rates.take([Ask("busy", THREE)]))
    assert sum(verdict.refused is None for verdict in verdicts) == 3


async def test_memory_lets_go_when_it_is_closed():
    rates = MemoryRates(FakeClock())
    await rates.take([Ask("a", THREE)])
    await rates.close()
    assert len(rates) == 0


async def test_redis_keys_expire_when_nothing_is_used_up_any_more(rates, redis_server):
    await rates.take([Ask("a", THREE), Ask("b", FIVE)])
    async with Redis.from_url(redis_server.url) as client:
        kept = [await client.pttl(f"antiphon:rate:{key}") for key in "ab"]
    assert kept == [pytest.approx(HOUR * 1000, abs=5000)] * 2


async def test_redis_keeps_nothing_after_a_refusal_of_others(rates, redis_server):
    for _ in range(4):
        await rates.take([Ask("a", THREE)])
    await rates.take([Ask("new", THREE), Ask("a", THREE)])
    async with Redis.from_url(redis_server.url) as client:
        assert await client.keys("*") == [b"antiphon:rate:a"]


async def test_many_processes_share_what_there_is(redis_server, rates):
    others = [RedisRates.connect(redis_server.url, clock=FakeClock()) for _ in range(8)]
    ask = Ask("shared", Rate(limit=50, period=50 * HOUR))
    verdicts = await asyncio.gather(*[other.take([ask]) for other in others for _ in range(50)])
    await asyncio.gather(*[other.close() for other in others])
    assert sum(verdict.refused is None for verdict in verdicts) == 50


async def test_a_server_that_forgot_the_script_is_told_again(rates, redis_server):
    await rates.take([Ask("a", THREE)])
    async with Redis.from_url(redis_server.url) as client:
        await client.script_flush()
    assert (await rates.take([Ask("a", THREE)])).standings[0].remaining == 1


async def test_a_caller_who_leaves_does_not_disturb_the_others(rates):
    takers = [asyncio.create_task(rates.take([Ask(f"{n}", THREE)])) for n in range(20)]
    await asyncio.sleep(0)
    for taker in takers[::2]:
        taker.cancel()
    results = await asyncio.gather(*takers, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["CancelledError", "Verdict"] * 10


async def test_without_redis_everyone_is_refused_until_it_is_back(redis_server, rates):
    ask = Ask("a", Rate(limit=1000, period=1000 * HOUR))
    await rates.take([ask])
    takers = [asyncio.create_task(rates.take([ask])) for _ in range(100)]
    await asyncio.sleep(0)
    redis_server.kill()
    during = await asyncio.gather(*takers, return_exceptions=True)
    with pytest.raises(Unavailable) as refusal:
        await rates.take([ask])
    redis_server.start()
    after = await rates.take([ask])
    assert {type(result) for result in during} <= {Unavailable, type(after)}
    assert (refusal.value.cause, refusal.value.retry_after) == (UnavailableCause.RATES_FAILED, 1)
    assert after.refused is None


async def test_a_restart_between_two_calls_is_not_noticed(redis_server, rates):
    await rates.take([Ask("a", THREE)])
    redis_server.kill()
    redis_server.start()
    assert (await rates.take([Ask("a", THREE)])).refused is None


async def test_a_redis_that_hangs_is_waited_for_no_longer_than_promised(redis_server, rates):
    await rates.take([Ask("a", THREE)])
    redis_server.freeze()
    try:
        async with asyncio.timeout(5):
            results = await asyncio.gather(*[rates.take([Ask("a", THREE)]) for _ in range(300)], return_exceptions=True)
    finally:
        redis_server.thaw()
    assert {type(result) for result in results} == {Unavailable}
    assert (await rates.take([Ask("b", THREE)])).refused is None


async def test_whoever_waits_when_it_is_closed_is_refused(redis_server):
    rates = RedisRates.connect(redis_server.url, clock=FakeClock())
    redis_server.freeze()
    try:
        taker = asyncio.create_task(rates.take([Ask("a", THREE)]))
        await asyncio.sleep(0)
        await rates.close()
        with pytest.raises(Unavailable):
            await taker
    finally:
        redis_server.thaw()


def test_a_wrong_url_is_refused_at_once():
    with pytest.raises(ValueError, match="scheme"):
        RedisRates.connect("http://127.0.0.1", clock=FakeClock())
