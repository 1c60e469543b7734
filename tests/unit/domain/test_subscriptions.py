from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.subscriptions import Subscription, calendar_month, subscription_month

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2200, 1, 1, tzinfo=UTC).timestamp()
MOMENTS = st.floats(FIRST, LAST)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def begun(text):
    return since(at(text))


def since(moment):
    return Subscription(id=UUID(int=1), account_id=UUID(int=2), plan="pro", since=moment)


@pytest.mark.parametrize(
    ("moment", "name", "begins", "ends"),
    [
        ("2026-11-20T17:50:00", "2026-11", "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59:59.999", "2026-12", "2026-12-01", "2027-01-01"),
        ("2027-01-01T00:00:00", "2027-01", "2027-01-01", "2027-02-01"),
        ("2028-02-29T12:00:00", "2028-02", "2028-02-01", "2028-03-01"),
    ],
)
def test_a_month_of_the_calendar_is_one_in_utc(moment, name, begins, ends):
    month = calendar_month(at(moment))
    assert (month.name, month.begins, month.ends) == (name, at(begins), at(ends))


@pytest.mark.parametrize(
    ("start", "moment", "name", "begins", "ends"),
    [
        ("2026-11-20T17:50:00", "2026-11-20T17:50:00", "0", "2026-11-20T17:50:00", "2026-12-20T17:50:00"),
        ("2026-11-20T17:50:00", "2026-12-20T17:49:59", "0", "2026-11-20T17:50:00", "2026-12-20T17:50:00"),
        ("2026-11-20T17:50:00", "2026-12-20T17:50:00", "1", "2026-12-20T17:50:00", "2027-01-20T17:50:00"),
        ("2027-01-31T08:00:00", "2027-02-28T07:59:59", "0", "2027-01-31T08:00:00", "2027-02-28T08:00:00"),
        ("2027-01-31T08:00:00", "2027-03-01T00:00:00", "1", "2027-02-28T08:00:00", "2027-03-31T08:00:00"),
        ("2028-01-31", "2028-02-29", "1", "2028-02-29", "2028-03-31"),
        ("2028-02-29", "2029-02-28", "12", "2029-02-28", "2029-03-29"),
        ("2028-02-29", "2032-02-29", "48", "2032-02-29", "2032-03-29"),
        ("2026-12-31", "2027-12-30T23:59:59", "11", "2027-11-30", "2027-12-31"),
    ],
)
def test_a_month_of_a_subscription_begins_on_its_day_or_a_shorter_months_last(start, moment, name, begins, ends):
    month = subscription_month(begun(start), at(moment))
    assert (month.name, month.begins, month.ends) == (name, at(begins), at(ends))


def test_a_time_before_a_subscription_counts_as_its_first_month():
    assert subscription_month(begun("2026-11-20"), at("2020-01-01")).name == "0"


@given(start=MOMENTS, moment=MOMENTS)
def test_every_moment_lies_in_the_month_it_is_given(start, moment):
    for month in (subscription_month(since(start), moment), calendar_month(moment)):
        assert month.begins - 1e-6 <= max(moment, month.begins) < month.ends
        assert 27.9 * 86_400 < month.ends - month.begins < 31.1 * 86_400


@given(start=MOMENTS, months=st.integers(1, 40))
def test_months_follow_each_other_without_gap_or_overlap(start, months):
    found = [subscription_month(since(start), start)]
    for _ in range(months):
        found.append(subscription_month(since(start), found[-1].ends))
    assert [month.name for month in found] == [str(number) for number in range(months + 1)]
    assert all(former.ends == later.begins for former, later in pairwise(found))


@given(start=MOMENTS, one=MOMENTS, other=MOMENTS)
def test_a_later_moment_is_never_in_an_earlier_month(start, one, other):
    earlier, later = sorted([one, other])
    assert int(subscription_month(since(start), earlier).name) <= int(subscription_month(since(start), later).name)


@pytest.mark.parametrize(("until", "over"), [(None, False), (99.0, True), (100.0, True), (100.5, False)])
def test_a_subscription_is_over_from_its_end_on(until, over):
    subscription = Subscription(id=UUID(int=1), account_id=UUID(int=2), plan="pro", since=0.0, until=until)
    assert subscription.over(100.0) is over
