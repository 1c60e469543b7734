"""Stretches of time as clients name them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.services.usage import DAY, Window
from antiphon.surfaces.soniox.management import times

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
MOMENT = NEW_YEAR.timestamp()


def test_a_time_without_a_zone_is_utc() -> None:
    naive, east = datetime(2027, 1, 1), datetime(2027, 1, 1, 3, tzinfo=timezone(timedelta(hours=2)))  # noqa: DTZ001
    assert times.window(naive, east) == Window(start=MOMENT, end=MOMENT + 3600)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(microseconds=-1), timedelta(days=-1)])
def test_a_window_ends_after_its_start(length: timedelta) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        times.window(NEW_YEAR, NEW_YEAR + length)
    assert refusal.value.faults[0].message == "end_time must be strictly after start_time."


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, DAY, [0]),
        (0, DAY + 0.001, [0, 1]),
        (DAY - 0.001, DAY, [0]),
        (-1, 1, [-1, 0]),
        (DAY / 2, 2 * DAY + 1, [0, 1, 2]),
    ],
)
def test_a_day_belongs_to_a_window_that_touches_it(start: float, end: float, expected: list[int]) -> None:
    assert list(times.days_of(Window(start=start, end=end))) == expected


def test_days_are_counted_from_1970() -> None:
    assert [times.day(number) for number in (-1, 0, 20_819)] == [date(1969, 12, 31), date(1970, 1, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=23))), NEW_YEAR),
        (datetime(1969, 12, 31, tzinfo=UTC), NEW_YEAR),
        (NEW_YEAR, datetime(9999, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (NEW_YEAR, datetime.max.replace(tzinfo=timezone(timedelta(hours=-23)))),
    ],
)
def test_a_window_is_of_our_age(start: datetime, end: datetime) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        times.window(start, end)
    assert refusal.value.faults[0].message == "start_time and end_time must be within the years 1970 to 9998."


def test_moments_are_written_to_the_millisecond() -> None:
    assert times.moment(MOMENT + 0.0015) == "2027-01-01T00:00:00.001Z"
