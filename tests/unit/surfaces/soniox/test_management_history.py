"""How concurrency is counted: by the minute, rolled up into hours and days."""

import pytest

from antiphon.services.usage import Crowd, Window
from antiphon.surfaces.soniox.management.history import DAY, HOUR, MINUTE, begins, entries, slots

NOON = 1_800_014_400 - 1_800_014_400 % DAY + DAY // 2


def crowd(begin: int, *, most: int, seconds: float) -> Crowd:
    return Crowd(begins=float(begin), least=0, most=most, seconds=seconds, begun=most)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (NOON, NOON + 120, [NOON, NOON + 60]),
        (NOON + 1, NOON + 120, [NOON + 60]),
        (NOON - 0.5, NOON + 0.5, [NOON]),
        (NOON, NOON + 0.001, [NOON]),
        (NOON + 1, NOON + 59, []),
        (-90, 1, [-60, 0]),
    ],
)
def test_a_window_has_the_periods_that_begin_in_it(start: float, end: float, expected: list[int]) -> None:
    assert list(begins(Window(start=start, end=end), MINUTE)) == expected


def test_hours_are_made_of_minutes_and_days_of_hours() -> None:
    assert list(slots([NOON], MINUTE)) == [NOON]
    assert list(slots([NOON, NOON + HOUR], HOUR)) == list(range(NOON, NOON + 2 * HOUR, MINUTE))
    assert list(slots([0], DAY)) == list(range(0, DAY, HOUR))
    assert list(slots([], DAY)) == []


def test_a_minute_has_a_sample_each_second() -> None:
    (entry,) = entries([NOON], MINUTE, [crowd(NOON, most=3, seconds=90.2)])
    assert (entry.sample_max, entry.sample_sum, entry.sample_count, entry.total_count) == (3, 91, 60, 1)


def test_an_hour_samples_the_peaks_of_its_busy_minutes() -> None:
    busy = [crowd(NOON, most=3, seconds=9), crowd(NOON + 60, most=0, seconds=0), crowd(NOON + 3540, most=1, seconds=2)]
    (entry,) = entries([NOON], HOUR, busy)
    assert (entry.sample_max, entry.sample_sum, entry.sample_count, entry.total_count) == (3, 4, 2, 60)


def test_a_day_samples_the_peaks_of_its_busy_hours() -> None:
    begin = NOON - DAY // 2
    busy = [crowd(begin, most=2, seconds=9), crowd(begin + 23 * HOUR, most=5, seconds=9)]
    (entry,) = entries([begin], DAY, busy)
    assert (entry.sample_max, entry.sample_sum, entry.sample_count, entry.total_count) == (5, 7, 2, 24)


@pytest.mark.parametrize("period", [MINUTE, HOUR, DAY])
def test_a_period_without_activity_is_all_zeros(period: int) -> None:
    first = NOON - NOON % period
    found = list(entries([first, first + period], period, [crowd(first, most=1, seconds=1)]))
    idle = found[1]
    assert (idle.sample_min, idle.sample_max, idle.sample_sum, idle.sample_count, idle.total_count) == (0, 0, 0, 0, 0)
    assert found[0].sample_max == 1
