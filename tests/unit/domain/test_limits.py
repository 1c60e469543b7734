"""The algorithm, by hand and against what it promises."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.limits import SECOND, Rate, Standing, gcra

START = 1_800_000_000 * SECOND

rates = st.builds(
    Rate,
    limit=st.integers(1, 200),
    period=st.floats(0.5, 3600.0),
    burst=st.none() | st.integers(1, 300),
)
gaps = st.lists(st.integers(0, 20 * SECOND) | st.just(0), max_size=80)


def burst_of(rate):
    return rate.tolerance // rate.interval


def accepted_at(rate, moments):
    """The moments of those accepted, one try at each."""
    arrival, times = None, []
    for now in moments:
        verdict = gcra([(rate, arrival)], now=now)
        arrival = verdict.standings[0].arrival
        if verdict.refused is None:
            times.append(now)
    return times


def moments_of(gaps):
    now, moments = START, []
    for gap in gaps:
        now += gap
        moments.append(now)
    return moments


@pytest.mark.parametrize(
    ("limit", "period", "burst", "interval", "tolerance"),
    [
        (30, 60.0, None, 2_000_000, 60_000_000),
        (1, 3.0, None, 3_000_000, 3_000_000),
        (100, 60.0, 10, 600_000, 6_000_000),
        (7, 60.0, 1, 8_571_429, 8_571_429),
    ],
)
def test_a_rate_knows_what_one_uses_up(limit, period, burst, interval, tolerance):
    rate = Rate(limit=limit, period=period, burst=burst)
    assert (rate.interval, rate.tolerance) == (interval, tolerance)


@pytest.mark.parametrize(
    ("limit", "period", "burst"),
    [
        (0, 60.0, None),
        (-1, 60.0, None),
        (1, 0.0, None),
        (1, -1.0, None),
        (2_000_001, 1.0, None),
        (1, 60.0, 0),
        (1, 60.0, -5),
        (1, 367 * 86_400.0, None),
        (1, 86_400.0, 367),
    ],
)
def test_numbers_out_of_range_make_no_rate(limit, period, burst):
    with pytest.raises(ValueError, match=r"at least|at most"):
        Rate(limit=limit, period=period, burst=burst)


def test_thirty_a_minute_are_thirty_at_once_and_then_one_in_two_seconds():
    moments = [START] * 40 + [START + second * SECOND for second in range(1, 61)]
    accepted = accepted_at(Rate(limit=30, period=60.0), moments)
    assert accepted == [START] * 30 + [START + second * SECOND for second in range(2, 61, 2)]


def test_a_standing_says_what_is_left_and_when_all_is_back():
    verdict = gcra([(Rate(limit=30, period=60.0), START + 10 * SECOND)], now=START)
    standing = verdict.standings[0]
    assert (standing.remaining, standing.retry_after, standing.reset_after) == (24, 0.0, 12.0)


def test_a_refusal_changes_no_standing():
    full = START + 60 * SECOND
    verdict = gcra([(Rate(limit=30, period=60.0), None), (Rate(limit=30, period=60.0), full)], now=START)
    assert verdict.refused == 1
    assert [(standing.arrival, standing.remaining) for standing in verdict.standings] == [(START, 30), (full, 0)]


def test_what_is_remembered_from_the_future_counts_as_all_used_up():
    rate = Rate(limit=30, period=60.0)
    verdict = gcra([(rate, START + 10**15)], now=START)
    assert (verdict.refused, verdict.standings[0]) == (0, Standing(rate, START + rate.tolerance, START))


@given(rate=rates, gaps=gaps)
def test_no_stretch_of_time_sees_more_than_burst_and_rate_allow(rate, gaps):
    times = accepted_at(rate, moments_of(gaps))
    for first in range(len(times)):
        for last in range(first, len(times)):
            window = times[last] - times[first]
            assert last - first + 1 <= burst_of(rate) + window // rate.interval


@given(rate=rates, gaps=gaps)
def test_no_period_sees_more_than_the_limit_and_the_burst(rate, gaps):
    times = accepted_at(rate, moments_of(gaps))
    period = round(rate.period * SECOND)
    for begin in times:
        assert sum(begin <= time < begin + period for time in times) <= rate.limit + burst_of(rate)


@given(rate=rates, gaps=gaps)
def test_whoever_keeps_the_pace_is_never_refused(rate, gaps):
    moments = moments_of([rate.interval + gap for gap in gaps])
    assert accepted_at(rate, moments) == moments


@given(asked=st.lists(st.tuples(rates, st.none() | st.integers(START - 10**9, START + 10**12)), min_size=1, max_size=4))
def test_whoever_waits_as_told_is_served_by_all(asked):
    first = gcra(asked, now=START)
    later = START + round(first.retry_after * SECOND)
    second = gcra([(standing.rate, standing.arrival) for standing in first.standings], now=later)
    assert second.refused is None


@given(asked=st.lists(st.tuples(rates, st.none() | st.integers(START - 10**9, START + 10**12)), min_size=1, max_size=4))
def test_a_refusal_is_named_by_the_first_that_would_refuse_alone(asked):
    alone = [gcra([each], now=START).refused is not None for each in asked]
    assert gcra(asked, now=START).refused == (alone.index(True) if any(alone) else None)


@given(rate=rates, arrival=st.integers(START - 10**9, START + 10**9))
def test_remaining_is_how_many_more_are_accepted_at_once(rate, arrival):
    standing = gcra([(rate, arrival)], now=START).standings[0]
    accepted = 0
    while (verdict := gcra([(rate, standing.arrival)], now=START)).refused is None:
        accepted += 1
        expected = standing.remaining - 1
        standing = verdict.standings[0]
        assert standing.remaining == expected
    assert standing.remaining == 0


@given(rate=rates, steps=st.lists(st.integers(-(10**9), 10**9), max_size=60))
def test_on_a_clock_that_jumps_no_one_waits_longer_than_it_takes_to_earn_one(rate, steps):
    arrival, now = None, START
    for step in steps:
        now += step
        verdict = gcra([(rate, arrival)], now=now)
        arrival = verdict.standings[0].arrival
        assert 0 <= verdict.retry_after * SECOND <= rate.interval + 1
        assert 0 <= verdict.standings[0].remaining <= burst_of(rate)


@given(rate=rates, backs=st.lists(st.integers(0, 10**9), max_size=40))
def test_a_clock_that_only_falls_back_gives_no_more_than_the_burst(rate, backs):
    moments = [START, *(START - sum(backs[: n + 1]) for n in range(len(backs)))]
    assert all(later <= earlier for earlier, later in pairwise(moments))
    assert len(accepted_at(rate, moments)) <= burst_of(rate)
