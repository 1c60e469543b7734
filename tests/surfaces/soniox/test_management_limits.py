"""Golden answers of what is at work, was and may be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from soniox.types import GetConcurrencyLimitsResponse, GetConcurrentStreamsHistoryResponse

from antiphon.domain.keys import Permission
from antiphon.domain.ledger import Bucket
from antiphon.kit.ids import uuid7
from antiphon.store.ports import Admission
from surfaces.soniox.managed import FIRST, PROJECT, SECOND, Office, open_office, served

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z, where a fake clock stands.
HOUR = "start_time=2027-01-15T07:00:00Z&end_time=2027-01-15T08:00:00Z"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


async def begin(office: Office, account: UUID, project: UUID, *, at: float = NOW) -> None:
    """Have a request at work."""
    await office.store.ledger.admit(
        Admission(
            id=uuid7(int(at * 1000), bytes(8) + project.bytes[-2:]),
            account_id=account,
            project_id=project,
            dialect="soniox",
            hold=0,
            order=(Bucket.PAYG,),
            at=at,
            until=NOW + 30,
        )
    )


def scope(current: int, most: int | None = 3) -> dict[str, Any]:
    return {
        "current": {"transcribe_concurrent": 0, "tts_concurrent": current},
        "limits": {"transcribe_concurrent": None, "tts_concurrent": most},
    }


async def test_what_is_at_work_is_told_beside_what_may_be(office: Office) -> None:
    await begin(office, FIRST, FIRST)
    await begin(office, FIRST, PROJECT)
    status, body = await office.ask("/v1/concurrency-limits")
    assert (status, body) == (200, {"project": scope(1), "organization": scope(2)})
    assert GetConcurrencyLimitsResponse.model_validate(body).organization.current.tts_concurrent == 2


async def test_each_project_is_told_its_own_present(office: Office) -> None:
    await begin(office, FIRST, FIRST)
    _, body = await office.ask("/v1/concurrency-limits", await office.key(FIRST, PROJECT))
    assert body == {"project": scope(0), "organization": scope(1)}


async def test_nothing_of_another_account_is_told(office: Office) -> None:
    await begin(office, FIRST, FIRST)
    _, body = await office.ask("/v1/concurrency-limits", await office.key(SECOND))
    assert body == {"project": scope(0), "organization": scope(0)}


async def test_a_limit_that_is_lifted_is_null(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text('[soniox.tts.concurrency]\norganization = 40\nproject = "unlimited"\n', encoding="utf-8")
    async with open_office(tmp_path, limits_file=file) as office:
        _, body = await office.ask("/v1/concurrency-limits")
    assert body == {"project": scope(0, None), "organization": scope(0, 40)}


async def history(
    office: Office, query: str, key: str | None = None, *, kind: str = "tts"
) -> GetConcurrentStreamsHistoryResponse:
    status, body = await office.ask(f"/v1/concurrent-streams-history?{query}&kind={kind}", key)
    assert (status, body["kind"]) == (200, kind)
    return GetConcurrentStreamsHistoryResponse.model_validate(body)


async def test_an_hour_is_told_minute_by_minute(office: Office) -> None:
    # Two streams of 20 seconds, 10 of them together, in the minute of 07:58.
    await office.log(served(NOW - 100, latency_ms=20_000), served(NOW - 90, latency_ms=20_000))
    entries = (await history(office, f"{HOUR}&period_sec=60")).entries
    assert len(entries) == 60
    assert [entry.period_start.minute for entry in entries] == list(range(60))
    busy = {entry.period_start.minute: entry for entry in entries if entry.total_count}
    assert list(busy) == [58]
    assert busy[58].model_dump(exclude={"period_start"}) == {
        "period_sec": 60,
        "sample_min": 0,
        "sample_max": 2,
        "sample_sum": 40,
        "sample_count": 60,
        "total_count": 1,
    }


async def test_an_entry_is_written_as_the_published_api_writes_it(office: Office) -> None:
    _, body = await office.ask(f"/v1/concurrent-streams-history?{HOUR}&period_sec=3600&kind=tts")
    assert body["entries"] == [
        {
            "period_start": "2027-01-15T07:00:00.000Z",
            "period_sec": 3600,
            "sample_min": 0,
            "sample_max": 0,
            "sample_sum": 0,
            "sample_count": 0,
            "total_count": 0,
        }
    ]


@pytest.mark.parametrize(("period", "total"), [(3600, 60), (86_400, 24)])
async def test_longer_periods_keep_the_peak(office: Office, period: int, total: int) -> None:
    await office.log(*(served(NOW - 90, latency_ms=5_000) for _ in range(3)), served(NOW - 3000, latency_ms=5_000))
    day = "start_time=2027-01-15T00:00:00Z&end_time=2027-01-15T08:00:00Z"
    entries = (await history(office, f"{day}&period_sec={period}")).entries
    assert len(entries) == 8 * 3600 // period or len(entries) == 1
    busy = [entry for entry in entries if entry.sample_count]
    slots = {3600: 2, 86_400: 1}[period]
    assert [(entry.sample_max, entry.sample_count, entry.total_count) for entry in busy] == [(3, slots, total)]


async def test_what_is_at_work_counts_up_to_now(office: Office) -> None:
    await begin(office, FIRST, FIRST, at=NOW - 30)
    office.clock.advance(0.25)
    query = "start_time=2027-01-15T07:59:00Z&end_time=2027-01-15T08:02:00Z&period_sec=60"
    sums = [entry.sample_sum for entry in (await history(office, query)).entries]
    assert sums == [30, 1, 0]


async def test_each_project_is_told_its_own_past(office: Office) -> None:
    await office.log(served(NOW - 90, project_id=PROJECT), served(NOW - 90, account_id=SECOND))
    peaks = {}
    for account, project in ((FIRST, FIRST), (FIRST, PROJECT), (SECOND, SECOND)):
        found = await history(office, f"{HOUR}&period_sec=3600", await office.key(account, project))
        peaks[project] = found.entries[0].sample_max
    assert peaks == {FIRST: 0, PROJECT: 1, SECOND: 1}


async def test_nothing_ever_listened(office: Office) -> None:
    await office.log(served(NOW - 90))
    entries = (await history(office, f"{HOUR}&period_sec=60", kind="stt")).entries
    assert len(entries) == 60
    assert {entry.sample_max for entry in entries} == {0}


async def test_a_window_without_the_beginning_of_a_period_is_empty(office: Office) -> None:
    found = await history(office, "start_time=2027-01-15T07:00:01Z&end_time=2027-01-15T07:00:59Z&period_sec=60")
    assert found.entries == []


def fault(field: str, kind: str, message: str) -> dict[str, str]:
    return {"error_type": kind, "location": f"query.payload{field}", "message": message}


def too_long(days: int) -> list[dict[str, str]]:
    return [fault("", "value_error", f"The period between start_time and end_time must not exceed {days} days.")]


WRONG = {
    "start_time=2027-01-01T00:00:00Z&end_time=2027-01-08T00:00:01Z&period_sec=60&kind=tts": too_long(7),
    "start_time=2027-01-01T00:00:00Z&end_time=2027-02-01T00:00:01Z&period_sec=3600&kind=stt": too_long(31),
    "start_time=2026-01-01T00:00:00Z&end_time=2027-01-02T00:00:01Z&period_sec=86400&kind=tts": too_long(366),
    f"{HOUR}&period_sec=61&kind=tts": [fault(".period_sec", "literal_error", "Input should be 60, 3600 or 86400")],
    f"{HOUR}&period_sec=soon&kind=tts": [fault(".period_sec", "literal_error", "Input should be 60, 3600 or 86400")],
    f"{HOUR}&period_sec=60&kind=noise": [fault(".kind", "literal_error", "Input should be 'stt' or 'tts'")],
    "": [fault(f".{name}", "missing", "Field required") for name in ("start_time", "end_time", "period_sec", "kind")],
}


@pytest.mark.parametrize("query", WRONG)
async def test_a_wrong_window_is_refused(office: Office, query: str) -> None:
    status, body = await office.ask(f"/v1/concurrent-streams-history?{query}")
    assert (status, body["error_type"], body["validation_errors"]) == (400, "invalid_request", WRONG[query])


async def test_while_a_week_of_minutes_is_told_others_have_their_turn(office: Office) -> None:
    key, turns = await office.key(), {}
    await office.ask("/v1/concurrency-limits", key)
    for name, window in (("hour", HOUR), ("week", "start_time=2027-01-08T08:00:00Z&end_time=2027-01-15T08:00:00Z")):
        asking = asyncio.create_task(office.ask(f"/v1/concurrent-streams-history?{window}&period_sec=60&kind=stt", key))
        turns[name] = 0
        while not asking.done():
            turns[name] += 1
            await asyncio.sleep(0)
    assert turns["week"] >= turns["hour"] + 20


@pytest.mark.parametrize("period", [60, 3600, 86_400])
async def test_the_longest_windows_are_answered(office: Office, period: int) -> None:
    days = {60: 7, 3600: 31, 86_400: 366}[period]
    begin_ = 1_800_000_000 - 1_800_000_000 % 86_400
    found = await history(
        office, f"start_time={begin_ - (days - 1) * 86_400}&end_time={begin_ + 86_400}&period_sec={period}"
    )
    assert len(found.entries) == days * 86_400 // period


@pytest.mark.parametrize("url", ["/v1/concurrency-limits", "/v1/concurrent-streams-history"])
async def test_a_key_needs_the_permission(office: Office, url: str) -> None:
    key = await office.key(permissions=frozenset(Permission) - {Permission.USAGE_AND_LIMITS})
    status, body = await office.ask(url, key)
    assert (status, body["error_type"]) == (403, "permission_denied")
