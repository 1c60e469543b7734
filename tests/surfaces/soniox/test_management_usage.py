"""Golden answers of the usage log and its summary."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soniox.types import GetUsageLogsResponse, GetUsageSummaryResponse, UsageLogEntry

from antiphon.domain.keys import Permission
from antiphon.domain.usage import Usage
from surfaces.soniox.managed import FIRST, PROJECT, SECOND, Office, open_office, served

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z, where a fake clock stands.
DAY = 86_400.0
TODAY = "start_time=2027-01-15T00:00:00Z&end_time=2027-01-16T00:00:00Z"
INVALID = (
    "Your request did not pass validation. One or more fields in the request body are missing or have invalid values. "
    "See `validation_errors` for the specific field and retry with corrected values."
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


async def logged(office: Office, query: str, key: str | None = None) -> tuple[list[UsageLogEntry], str | None]:
    status, body = await office.ask(f"/v1/usage-logs?{query}", key)
    assert status == 200
    page = GetUsageLogsResponse.model_validate(body)
    return page.usage_logs, page.next_page_cursor


async def summary(office: Office, query: str, key: str | None = None) -> GetUsageSummaryResponse:
    status, body = await office.ask(f"/v1/usage/summary?{query}", key)
    assert status == 200
    return GetUsageSummaryResponse.model_validate(body)


async def test_a_request_is_told_of_in_the_words_of_the_published_api(office: Office) -> None:
    row = served(NOW - 60, client_reference_id="mine", charged=8751)
    await office.log(row)
    status, body = await office.ask(f"/v1/usage-logs?{TODAY}")
    assert status == 200
    assert body == {
        "usage_logs": [
            {
                "uuid": str(row.id),
                "request_scope": "api",
                "client_reference_id": "mine",
                "model": "tts-rt-v1",
                "start_time": "2027-01-15T07:58:58.750Z",
                "end_time": "2027-01-15T07:59:00.000Z",
                "input_text_tokens": 0,
                "input_audio_tokens": 0,
                "input_audio_duration_ms": 0,
                "output_text_tokens": 0,
                "output_audio_tokens": 0,
                "output_audio_duration_ms": 4500,
                "duration_ms": 0,
                "cost_usd": "0.0008751000",
                "input_cost_usd": "0.0000000000",
                "input_text_cost_usd": "0.0000000000",
                "input_audio_cost_usd": "0.0000000000",
                "output_cost_usd": "0.0008751000",
                "output_text_cost_usd": "0.0000000000",
                "output_audio_cost_usd": "0.0008751000",
                "duration_cost_usd": "0.0000000000",
            }
        ],
        "next_page_cursor": None,
    }


async def test_an_empty_log_is_a_list_too(office: Office) -> None:
    assert await logged(office, TODAY) == ([], None)


@pytest.mark.parametrize("sort", ["end_time_asc", "end_time_desc"])
@pytest.mark.parametrize("size", [1, 2, 7])
async def test_pages_put_together_are_the_log(office: Office, sort: str, size: int) -> None:
    rows = [served(NOW - 100 + number // 2) for number in range(7)]  # Some end at the same moment.
    await office.log(*rows)
    found, cursor = await logged(office, f"{TODAY}&sort={sort}&limit={size}")
    while cursor:
        assert len(found) % size == 0
        page, cursor = await logged(office, f"{TODAY}&sort={sort}&limit={size}&cursor={cursor}")
        found += page
    expected = sorted(rows, key=lambda row: (row.at, row.id), reverse=sort == "end_time_desc")
    assert [entry.uuid for entry in found] == [str(row.id) for row in expected]


async def test_a_window_has_its_start_and_not_its_end(office: Office) -> None:
    rows = [served(NOW - 3), served(NOW - 2), served(NOW - 1)]
    await office.log(*rows)
    found, _ = await logged(office, f"start_time={stamp(NOW - 2)}&end_time={stamp(NOW - 1)}")
    assert [entry.uuid for entry in found] == [str(rows[1].id)]


@pytest.mark.parametrize(
    "query",
    [
        "start_time=2027-01-15T07:00:00&end_time=2027-01-15T08:00:00",
        "start_time=2027-01-15T09:00:00%2B02:00&end_time=2027-01-15T03:00:00-05:00",
        "start_time=2027-01-15 07:00&end_time=2027-01-15T08:00:00.000Z",
    ],
)
async def test_times_are_read_with_and_without_a_zone(office: Office, query: str) -> None:
    await office.log(served(NOW - 3601), served(NOW - 3600), served(NOW - 1), served(NOW))
    found, _ = await logged(office, query)
    assert [entry.end_time.timestamp() for entry in found] == [NOW - 3600, NOW - 1]


async def test_only_what_was_served_in_this_dialect_is_told(office: Office) -> None:
    await office.log(
        served(NOW - 5, status=402, code="payment_required"),
        served(NOW - 4, status=499, code="client_gone"),
        served(NOW - 3, dialect="sonna"),
    )
    assert await logged(office, TODAY) == ([], None)
    assert (await summary(office, TODAY)).models == []


async def test_each_project_is_told_its_own(office: Office) -> None:
    rows: dict[tuple[UUID, UUID], Usage] = {
        (FIRST, FIRST): served(NOW - 4),
        (FIRST, PROJECT): served(NOW - 3, project_id=PROJECT, charged=2),
        (SECOND, SECOND): served(NOW - 2, account_id=SECOND, charged=3),
    }
    await office.log(*rows.values())
    for (account, project), row in rows.items():
        key = await office.key(account, project)
        found, _ = await logged(office, TODAY, key)
        assert [entry.uuid for entry in found] == [str(row.id)]
        total = (await summary(office, TODAY, key)).total
        assert (total.total_num_requests, total.total_cost_usd) == (1, f"0.{row.charged:07d}000")


async def test_a_cursor_of_one_project_shows_nothing_of_it_to_another(office: Office) -> None:
    await office.log(served(NOW - 4), served(NOW - 3), served(NOW - 2, project_id=PROJECT))
    _, cursor = await logged(office, f"{TODAY}&limit=1")
    found, _ = await logged(office, f"{TODAY}&cursor={cursor}", await office.key(FIRST, PROJECT))
    assert [entry.end_time.timestamp() for entry in found] == [NOW - 2]


async def test_a_summary_adds_up_by_day_and_model(office: Office) -> None:
    await office.log(
        served(NOW - 2 * DAY, model="tts-rt-v2", units=1000, charged=2000),
        served(NOW - 2 * DAY, units=500, charged=1000),
        served(NOW - 3600, units=250, charged=486),
        served(NOW - 7200, units=250, charged=487),
    )
    found = await summary(office, "start_time=2027-01-13T12:00:00Z&end_time=2027-01-15T00:00:01Z")
    assert [str(day) for day in found.total.days] == ["2027-01-13", "2027-01-14", "2027-01-15"]
    assert found.total.model is None
    assert [entry.model for entry in found.models] == ["tts-rt-v1", "tts-rt-v2"]
    assert (found.total.num_requests, found.total.total_num_requests) == ([2, 0, 2], 4)
    assert found.total.cost_usd == ["0.0003000000", "0.0000000000", "0.0000973000"]
    assert (found.total.total_cost_usd, found.total.total_output_cost_usd) == ("0.0003973000", "0.0003973000")
    assert (found.total.total_input_cost_usd, found.total.total_duration_cost_usd) == ("0.0000000000",) * 2
    assert found.models[0].output_audio_duration_ms == [500, 0, 500]
    assert found.models[0].total_output_audio_duration_ms == 1000
    assert found.models[1].cost_usd == ["0.0002000000", "0.0000000000", "0.0000000000"]


async def test_a_summary_of_nothing_has_its_days_and_no_model(office: Office) -> None:
    found = await summary(office, "start_time=2026-01-01T00:00:00Z&end_time=2027-01-02T00:00:00Z")
    assert found.models == []
    lists = {name: value for name, value in found.total.model_dump().items() if isinstance(value, list)}
    assert {len(value) for value in lists.values()} == {366}
    assert set(found.total.cost_usd) == {"0.0000000000"}
    assert found.total.total_cost_usd == "0.0000000000"


async def test_a_summary_may_go_back_366_days_at_any_hour(office: Office) -> None:
    found = await summary(office, "start_time=2026-01-01T18:00:00Z&end_time=2027-01-02T18:00:00Z")
    assert (len(found.total.days), len(found.total.num_requests)) == (367, 367)


async def test_a_summary_has_all_the_fields_of_the_published_api(office: Office) -> None:
    _, body = await office.ask(f"/v1/usage/summary?{TODAY}")
    totals = "cost_usd input_cost_usd output_cost_usd duration_cost_usd num_requests input_text_tokens"
    totals += " input_audio_tokens input_audio_duration_ms output_text_tokens output_audio_tokens"
    names = [*totals.split(), "output_audio_duration_ms", "duration_ms"]
    assert set(body["total"]) == {"model", "days", *names, *(f"total_{name}" for name in names)}


def whole(message: str) -> list[dict[str, str]]:
    return [{"error_type": "value_error", "location": "query.payload", "message": message}]


def fault(field: str, kind: str, message: str) -> dict[str, str]:
    return {"error_type": kind, "location": f"query.payload.{field}", "message": message}


START = f"start_time={stamp(NOW - DAY)}"
ORDER = "end_time must be strictly after start_time."
WRONG = {
    f"/v1/usage-logs?{START}&end_time={stamp(NOW + 30 * DAY + 0.001)}": whole(
        "The period between start_time and end_time must not exceed 31 days."
    ),
    f"/v1/usage-logs?start_time={stamp(NOW - 91 * DAY - 1)}&end_time={stamp(NOW - 90 * DAY)}": whole(
        "start_time must not be earlier than 91 days ago."
    ),
    f"/v1/usage-logs?{START}&end_time={stamp(NOW - DAY)}": whole(ORDER),
    f"/v1/usage/summary?{START}&end_time={stamp(NOW - 2 * DAY)}": whole(ORDER),
    "/v1/usage/summary?start_time=2026-01-01T00:00:00Z&end_time=2027-01-02T00:00:00.001Z": whole(
        "The period between start_time and end_time must not exceed 366 days."
    ),
    "/v1/usage/summary?start_time=1969-12-31T00:00:00Z&end_time=1970-01-02T00:00:00Z": whole(
        "start_time and end_time must be within the years 1970 to 9998."
    ),
    "/v1/usage-logs": [fault(name, "missing", "Field required") for name in ("start_time", "end_time")],
    f"/v1/usage/summary?{START}": [fault("end_time", "missing", "Field required")],
    f"/v1/usage-logs?{START}&end_time=soon": [
        fault("end_time", "datetime_from_date_parsing", "Input should be a valid datetime or date, input is too short")
    ],
    f"/v1/usage-logs?{TODAY}&limit=1001": [
        fault("limit", "less_than_equal", "Input should be less than or equal to 1000")
    ],
    f"/v1/usage-logs?{TODAY}&limit=0": [
        fault("limit", "greater_than_equal", "Input should be greater than or equal to 1")
    ],
    f"/v1/usage-logs?{TODAY}&sort=cost": [
        fault("sort", "literal_error", "Input should be 'end_time_asc' or 'end_time_desc'")
    ],
}


@pytest.mark.parametrize("url", WRONG)
async def test_a_wrong_window_is_refused_in_the_words_of_the_reference(office: Office, url: str) -> None:
    answer = await office.send(url, await office.key(), headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "status_code": 400,
            "error_type": "invalid_request",
            "message": INVALID,
            "validation_errors": WRONG[url],
            "request_id": "mine",
            "more_info": "https://soniox.com/docs/api-reference/errors#invalid-request",
        },
    )


RIGHT = [
    f"/v1/usage-logs?{START}&end_time={stamp(NOW + 30 * DAY)}",
    f"/v1/usage-logs?start_time={stamp(NOW - 91 * DAY)}&end_time={stamp(NOW - 60 * DAY)}",
    "/v1/usage/summary?start_time=9998-12-30T00:00:00Z&end_time=9999-01-01T00:00:00Z",
    "/v1/usage/summary?start_time=1970-01-01&end_time=1970-01-02",
]


@pytest.mark.parametrize("url", RIGHT)
async def test_the_longest_windows_are_answered(office: Office, url: str) -> None:
    assert (await office.ask(url))[0] == 200


async def test_a_cursor_is_of_one_window_and_one_order(office: Office) -> None:
    await office.log(served(NOW - 4), served(NOW - 3))
    _, cursor = await logged(office, f"{TODAY}&limit=1")
    mismatch = whole("cursor does not match start_time, end_time and sort.")
    for query in (f"{TODAY}&sort=end_time_desc", f"{START}&end_time={stamp(NOW)}"):
        status, body = await office.ask(f"/v1/usage-logs?{query}&cursor={cursor}")
        assert (status, body["error_type"], body["validation_errors"]) == (400, "invalid_request", mismatch)


@pytest.mark.parametrize("cursor", ["", "x", "bm9uc2Vuc2U", "%00", "x" * 300])
async def test_a_wrong_cursor_is_refused(office: Office, cursor: str) -> None:
    status, body = await office.ask(f"/v1/usage-logs?{TODAY}&cursor={cursor}")
    assert (status, body["error_type"], body["validation_errors"]) == (400, "invalid_cursor", [])
    assert body["message"] == (
        "The `cursor` parameter is invalid. Omit `cursor` to start pagination from the beginning."
    )


@pytest.mark.parametrize("url", ["/v1/usage-logs", "/v1/usage/summary"])
async def test_a_key_needs_the_permission(office: Office, url: str) -> None:
    may, may_not = frozenset({Permission.USAGE_AND_LIMITS}), frozenset(Permission) - {Permission.USAGE_AND_LIMITS}
    assert (await office.ask(f"{url}?{TODAY}", await office.key(permissions=may)))[0] == 200
    status, body = await office.ask(url, await office.key(permissions=may_not))
    assert (status, body["error_type"]) == (403, "permission_denied")
    assert body["message"] == "The API key does not have the permission 'usage_and_limits'."


TIMES = st.sampled_from(
    ["2027-01-15T08:00:00Z", "2027-01-15", "1800000000", "-1", "1e309", "nan", "9999-12-31T23:59:59-23:59", "\x00"]
) | st.datetimes().map(str)
QUERIES = st.fixed_dictionaries(
    {"start_time": TIMES, "end_time": TIMES},
    optional={
        "limit": st.integers().map(str) | st.text(max_size=5),
        "sort": st.sampled_from(["end_time_asc", "end_time_desc", "x"]),
        "cursor": st.text(max_size=40),
        "period_sec": st.sampled_from(["60", "3600", "86400", "0"]),
        "kind": st.sampled_from(["tts", "stt", ""]),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, url=st.sampled_from(["usage-logs", "usage/summary", "concurrent-streams-history"]))
async def test_no_query_is_too_much(office: Office, query: dict[str, Any], url: str) -> None:
    office.clock.advance(60)
    answer = await office.send(f"/v1/{url}", await office.key(), params=query)
    assert answer.status_code in {200, 400}
