"""Asking the limits: who is counted, what is told, what a refusal says."""

from uuid import UUID

import pytest

from antiphon.catalog.limits import Limit, TierRate, load_limits
from antiphon.domain.errors import LimitExceeded, Unavailable, UnavailableCause
from antiphon.domain.limits import Quota, Rate
from antiphon.services.limits import Limits
from antiphon.store.ports import Concurrency
from antiphon.store.rates_memory import MemoryRates
from antiphon.testing import FakeClock

ANNA, BERT, PROJECT, KEY = (UUID(int=n) for n in range(1, 5))


@pytest.fixture
def clock():
    return FakeClock(start=1_800_000_000.25)


@pytest.fixture
def limits(clock):
    return Limits(MemoryRates(clock), load_limits(), clock=clock)


def limits_of(clock, **rates):
    tiers = [TierRate(tier=tier, rate=Rate(limit=limit, period=60.0)) for tier, limit in rates.items()]
    return Limits(MemoryRates(clock), {("d", "c"): Limit(rates=tuple(tiers), concurrency=())}, clock=clock)


async def accepted(limits, times, **whose):
    count = 0
    for _ in range(times):
        try:
            await limits.check("d", "c", **whose)
        except LimitExceeded:
            continue
        count += 1
    return count


async def test_a_caller_is_told_what_is_left(limits):
    await limits.check("sonna", "speech", account_id=ANNA)
    quota = await limits.check("sonna", "speech", account_id=ANNA)
    assert quota == Quota(limit=30, remaining=28, reset=1_800_000_005)


async def test_the_thirty_first_in_a_minute_is_refused(limits):
    for _ in range(30):
        await limits.check("sonna", "speech", account_id=ANNA)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("sonna", "speech", account_id=ANNA)
    error = refused.value
    assert (error.reason, error.tier, error.retry_after) == ("rate", "organization", 2)
    assert error.quota == Quota(limit=30, remaining=0, reset=1_800_000_061)


async def test_whoever_waits_as_told_is_served(limits, clock):
    for _ in range(30):
        await limits.check("sonna", "speech", account_id=ANNA)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("sonna", "speech", account_id=ANNA)
    clock.advance(refused.value.retry_after)
    assert await limits.check("sonna", "speech", account_id=ANNA) is not None


async def test_another_account_is_not_disturbed(limits):
    for _ in range(30):
        await limits.check("sonna", "speech", account_id=ANNA)
    assert (await limits.check("sonna", "speech", account_id=BERT)).remaining == 29


async def test_another_class_and_another_dialect_are_not_disturbed(limits):
    for _ in range(30):
        await limits.check("sonna", "speech", account_id=ANNA)
    assert (await limits.check("sonna", "billing", account_id=ANNA)).remaining == 9
    assert (await limits.check("soniox", "tts", account_id=ANNA, project_id=PROJECT)).remaining == 99


async def test_the_organization_is_named_before_the_project(clock):
    limits = limits_of(clock, organization=2, project=2)
    await accepted(limits, 2, account_id=ANNA, project_id=PROJECT)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("d", "c", account_id=ANNA, project_id=PROJECT)
    assert refused.value.tier == "organization"


@pytest.mark.parametrize("tier", ["project", "key", "ip"])
async def test_the_tier_that_refuses_is_named(clock, tier):
    limits = limits_of(clock, **{"organization": 9, "project": 9, "key": 9, "ip": 9, tier: 1})
    whose = {"account_id": ANNA, "project_id": PROJECT, "key_id": KEY, "ip": "192.0.2.1"}
    await limits.check("d", "c", **whose)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("d", "c", **whose)
    assert refused.value.tier == tier


async def test_a_refusal_by_one_uses_up_nothing_of_the_others(clock):
    limits = limits_of(clock, organization=5, key=1)
    await accepted(limits, 10, account_id=ANNA, key_id=KEY)
    assert await accepted(limits, 10, account_id=ANNA) == 4


async def test_the_quota_told_is_the_tightest(clock):
    limits = limits_of(clock, organization=50, key=3)
    assert (await limits.check("d", "c", account_id=ANNA, key_id=KEY)).limit == 3


async def test_the_wait_told_is_enough_for_every_tier(clock):
    limits = limits_of(clock, organization=60, key=1)
    await accepted(limits, 1, account_id=ANNA, key_id=KEY)
    await accepted(limits, 59, account_id=ANNA)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("d", "c", account_id=ANNA, key_id=KEY)
    assert (refused.value.tier, refused.value.retry_after) == ("organization", 60)


async def test_a_wait_is_told_in_whole_seconds_and_never_too_short(limits, clock):
    for _ in range(30):
        await limits.check("sonna", "speech", account_id=ANNA)
    clock.advance(0.75)
    with pytest.raises(LimitExceeded) as refused:
        await limits.check("sonna", "speech", account_id=ANNA)
    assert refused.value.retry_after == 2


async def test_tiers_of_one_id_are_not_mixed_up(clock):
    limits = limits_of(clock, organization=5, key=5)
    assert await accepted(limits, 9, account_id=ANNA) == 5
    assert await accepted(limits, 9, key_id=ANNA) == 5


async def test_dialects_with_a_class_of_one_name_are_not_mixed_up(clock):
    once = Limit(rates=(TierRate(tier="key", rate=Rate(limit=1, period=60.0)),), concurrency=())
    limits = Limits(MemoryRates(clock), {("a", "tts"): once, ("b", "tts"): once}, clock=clock)
    await limits.check("a", "tts", key_id=KEY)
    assert (await limits.check("b", "tts", key_id=KEY)).remaining == 0


async def test_where_nothing_is_limited_nothing_is_told(clock):
    assert await limits_of(clock).check("d", "c", account_id=ANNA) is None


async def test_a_tier_without_an_id_is_not_counted(clock):
    assert await accepted(limits_of(clock, project=1), 5, account_id=ANNA, project_id=None) == 5


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("unix:", "unix:", True),
    ],
)
async def test_an_address_is_counted_with_its_site(clock, one, other, together):
    limits = limits_of(clock, ip=1)
    await limits.check("d", "c", ip=one)
    assert await accepted(limits, 1, ip=other) == (0 if together else 1)


async def test_the_next_synthesis_waits_for_the_one_before(limits):
    assert limits.concurrency("sonna", "speech") == (Concurrency(tier="organization", most=1),)


async def test_what_cannot_be_known_is_refused(clock):
    class Gone:
        async def take(self, _asks):
            raise Unavailable(UnavailableCause.RATES_FAILED)

        async def close(self):
            pass

    with pytest.raises(Unavailable):
        await Limits(Gone(), load_limits(), clock=clock).check("sonna", "speech", account_id=ANNA)


async def test_a_class_that_is_not_there_is_our_fault(limits):
    with pytest.raises(KeyError):
        await limits.check("sonna", "speach", account_id=ANNA)
