"""`GET /api/v1/usage` and `/api/v1/usage/requests`: what they add up to is what the ledger says. Shapes are ours."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from antiphon.domain import errors
from antiphon.domain.keys import Permission
from antiphon.domain.ledger import TransferKind
from antiphon.domain.money import CREDIT
from antiphon.surfaces.sonna import schemas_accounts as documented
from store.books import usage
from surfaces.sonna.served import Echo, bearing
from surfaces.sonna.test_signing_in import told

TOTALS, REQUESTS = "/api/v1/usage", "/api/v1/usage/requests"
DAY = 86_400
TODAY, TOMORROW = "2027-01-15", "2027-01-16"


async def busy(sonna: Any) -> dict[str, Any]:
    """Somebody's requests of two days: signed in, by key, of three models, refused and failed, from two buckets."""
    anna = await sonna.sign_up(plan="pro", payg=5_000)
    made = (await sonna.http.post("/api/v1/user/api-keys", headers=bearing(anna))).json()
    key = {"X-API-Key": made["key"]}
    flash, neural = {"ttsModel": "eleven-flash-v2-5"}, {"voice": "en-US-Neural2-D", "ttsModel": ...}
    for headers, fields in (
        (bearing(anna), {**flash, "text": "x" * 1_001}),
        (key, {**flash, "text": "x" * 333}),
        (key, {**neural, "text": "x" * 7}),
        (key, {"text": ""}),
        (key, {**flash, "text": "x" * 40_000}),
        (key, {**flash, "text": "x" * 40_000}),
    ):
        await sonna.say(headers, **fields)
        sonna.clock.advance(1)
    sonna.clock.advance(DAY)
    anna = (await sonna.http.post("/api/auth/refresh", json={"refreshToken": anna["refreshToken"]})).json()
    for headers, text in ((bearing(anna), "y" * 10_001), (key, "y" * 20_000), (key, "y" * 40_000)):
        await sonna.say(headers, **flash, text=text)
        sonna.clock.advance(1)
    await sonna.house.till.pay.tick()
    return {**anna, "key": key, "entry": made["apiKey"]}


async def ledger_says(sonna: Any, anna: dict[str, Any]) -> int:
    """What the ledger charged an account, in thousandths of a credit: holds, less what came back of them."""
    lines = await sonna.house.credits.statement(UUID(anna["user"]["accountId"]))
    moved = [line for line in lines if line.kind not in {TransferKind.GRANT, TransferKind.EXPIRE}]
    return -sum(sum(line.changes.values()) + line.held for line in moved)


async def test_totals_and_requests_add_up_to_the_ledger_to_the_thousandth(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        spent = await ledger_says(sonna, anna)
        requests = (await sonna.http.get(REQUESTS, headers=bearing(anna), params={"limit": 200})).json()["requests"]
        sums = [round(sum(row["chargedCredits"] for row in requests) * CREDIT)]
        for by in ("day", "key", "model", "modality", "day,key,model,modality", "model,day"):
            body = (await sonna.http.get(TOTALS, headers=bearing(anna), params={"groupBy": by})).json()
            sums.append(round(sum(row["chargedCredits"] for row in body["usage"]) * CREDIT))
            sums.append(round(body["total"]["chargedCredits"] * CREDIT))
            for row in body["usage"]:
                assert round(sum(row["buckets"].values()), 3) == row["chargedCredits"]
                assert round(row["listCredits"] - row["discountCredits"], 3) == row["chargedCredits"]
    assert spent > 50_000 * CREDIT
    assert sums == [spent] * 13


async def test_totals_are_by_day_unless_something_else_is_asked_for(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        answer = await sonna.http.get(TOTALS, headers=bearing(anna))
    body = answer.json()
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, "60")
    assert {name: body[name] for name in ("success", "from", "to", "groupBy")} == {
        "success": True,
        "from": "2026-12-18",
        "to": TOMORROW,
        "groupBy": ["day"],
    }
    first, second = body["usage"]
    listed = 1_051.05 + 349.65 + 3.5 + 2 * 42_000
    charged = 1_051.05 + 314.685 + 3.15 + 2 * 37_800
    assert first == {
        "day": TODAY,
        "requests": 5,
        "listCredits": listed,
        "discountCredits": round(listed - charged, 3),
        "chargedCredits": charged,
        "buckets": {"free": 0, "subscription": charged, "payg": 0},
    }
    assert (second["day"], second["requests"], second["chargedCredits"]) == (TOMORROW, 2, 10_501.05 + 18_900)
    assert second["buckets"]["payg"] > 0  # The month's credits were used up on the way.


async def test_keys_are_told_from_those_who_signed_in(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        body = (await sonna.http.get(TOTALS, headers=anna["key"], params={"groupBy": "key"})).json()
    keys = {(row["keyId"], row["keyPrefix"]): (row["requests"], row["discountCredits"] > 0) for row in body["usage"]}
    entry = anna["entry"]
    assert keys == {(None, None): (2, False), (entry["id"], entry["keyPrefix"]): (5, True)}


async def test_every_request_is_in_the_log_the_last_one_first_refused_ones_too(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        whole = (await sonna.http.get(REQUESTS, headers=bearing(anna))).json()
        pages, cursor = [], ""
        while cursor is not None:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await sonna.http.get(REQUESTS, headers=bearing(anna), params=query)).json()
            pages += page["requests"]
            cursor = page["nextCursor"]
    rows = whole["requests"]
    assert (pages, whole["nextCursor"]) == (rows, None)
    assert [row["status"] for row in rows] == [402, 200, 200, 200, 200, 400, 200, 200, 200]
    assert rows[-1] == {
        "id": rows[-1]["id"],
        "time": "2027-01-15T08:00:00.250Z",
        "keyId": None,
        "keyPrefix": None,
        "endpoint": "sonna.synthesize",
        "model": "eleven-flash-v2-5",
        "modality": "speech",
        "engine": "espeak",
        "units": 1001,
        "unit": "character",
        "listCredits": 1051.05,
        "discountCredits": 0,
        "chargedCredits": 1051.05,
        "buckets": {"free": 0, "subscription": 1051.05, "payg": 0},
        "status": 200,
        "code": "",
        "latencyMs": 0,
        "requestId": rows[-1]["requestId"],
    }
    assert (rows[0]["code"], rows[0]["chargedCredits"], rows[0]["listCredits"]) == ("payment_required", 0, 0)


async def test_a_failure_is_in_the_log_and_costs_nothing(serving) -> None:
    async with serving(Echo(failure=errors.Unavailable(errors.UnavailableCause.MAKER_DIED))) as sonna:
        await sonna.say()
        await sonna.house.till.pay.tick()
        (row,) = (await sonna.http.get(REQUESTS)).json()["requests"]
        body = (await sonna.http.get(TOTALS)).json()
    assert (row["status"], row["chargedCredits"], row["discountCredits"]) == (503, 0, 0)
    assert (body["total"]["chargedCredits"], body["total"]["listCredits"]) == (0, 0)


async def test_days_are_those_asked_for_both_included(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        for query, days in [
            ({"from": TODAY, "to": TODAY}, [TODAY]),
            ({"from": TOMORROW}, [TOMORROW]),
            ({"to": TODAY}, [TODAY]),
            ({"from": "2026-01-16"}, [TODAY, TOMORROW]),
            ({"from": "2020-02-29", "to": "2020-03-01"}, []),
        ]:
            body = (await sonna.http.get(TOTALS, headers=bearing(anna), params=query)).json()
            assert [row["day"] for row in body["usage"]] == days
            listed = (await sonna.http.get(REQUESTS, headers=bearing(anna), params=query)).json()["requests"]
            assert sorted({row["time"][:10] for row in listed}) == days


async def test_more_totals_than_anybody_reads_are_refused_and_fewer_days_are_not(serving) -> None:
    async with serving() as sonna:
        account_id = (await sonna.house.keys.first_account()).id
        rows = [
            usage(account_id=account_id, at=sonna.clock.now() - number % 2 * DAY, model=f"model {number // 2}")
            for number in range(5_002)
        ]
        await sonna.house.store.ledger.note_usage(rows)
        answers = [
            await sonna.http.get(TOTALS, params={"groupBy": "day,model", **days})
            for days in ({}, {"format": "csv"}, {"from": TODAY})
        ]
    assert [told(answer) for answer in answers[:2]] == [
        (
            400,
            {
                "error": "That would be more than 5000 totals: ask for fewer days, or for fewer groups.",
                "code": "INVALID_PARAM",
                "field": "groupBy",
                "limit": 5_000,
            },
        )
    ] * 2
    assert len(answers[2].json()["usage"]) == 2_501


@pytest.mark.parametrize("path", [TOTALS, REQUESTS])
async def test_a_wrong_query_is_told_by_name(serving, path: str) -> None:
    async with serving() as sonna:
        for query, field in [
            ("from=yesterday", "from"),
            ("from=2027-02-30", "from"),
            ("from=20270115", "from"),
            ("from=2027-01-16T00:00:00Z", "from"),
            ("from=1969-12-31", "from"),
            ("from=2027-01-16&to=2027-01-15", "from"),
            ("from=2026-01-14", "from"),
            ("to=9999-99-99", "to"),
            ("groupBy=,", "groupBy"),
            ("groupBy=hour", "groupBy"),
            ("groupBy=day,day", "groupBy"),
            ("groupBy=day;drop%20table", "groupBy"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=10001&format=csv", "limit"),
            ("limit=%C2%B2", "limit"),
            ("cursor=x", "cursor"),
            ("cursor=" + "0" * 33, "cursor"),
            ("format=xml", "format"),
            ("&".join(["a=1"] * 200), "query"),
        ]:
            status, body = told(await sonna.http.get(f"{path}?{query}"))
            assert (status, body["code"], body["field"]) == (400, "INVALID_PARAM", field), query
        assert (await sonna.http.get(f"{path}?from=9999-12-31&to=9999-12-31&unheard=of")).status_code == 200


async def test_a_sheet_has_the_same_numbers_and_no_formulas(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        headers = {**bearing(anna), "X-Request-Id": "-1-2"}
        await sonna.say(headers, text="")
        await sonna.house.till.pay.tick()
        answer = await sonna.http.get(REQUESTS, headers=bearing(anna), params={"format": "csv", "limit": 9})
        rest = await sonna.http.get(
            REQUESTS,
            headers=bearing(anna),
            params={"format": "csv", "cursor": answer.headers["x-next-cursor"]},
        )
        body = (await sonna.http.get(REQUESTS, headers=bearing(anna))).json()["requests"]
        totals = await sonna.http.get(TOTALS, headers=bearing(anna), params={"format": "csv", "groupBy": "key,day"})
    rows = [row for part in (answer, rest) for row in csv.DictReader(io.StringIO(part.text))]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="requests.csv"'
    assert "x-next-cursor" not in rest.headers
    assert [row["id"] for row in rows] == [row["id"] for row in body]
    assert [float(row["chargedCredits"]) for row in rows] == [row["chargedCredits"] for row in body]
    assert rows[0]["requestId"] == "'-1-2"
    assert totals.text.splitlines()[0] == (
        "keyId,keyPrefix,day,requests,listCredits,discountCredits,chargedCredits,free,subscription,payg"
    )


async def test_answers_are_as_documented(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        for model, path in (
            (documented.UsageAnswer, TOTALS + "?groupBy=day,key,model,modality"),
            (documented.RequestsAnswer, REQUESTS),
        ):
            model.model_validate_json((await sonna.http.get(path, headers=bearing(anna))).content, strict=True)


async def test_a_key_has_to_be_allowed_it(serving) -> None:
    async with serving() as sonna:
        account = await sonna.house.keys.first_account()
        speech, usage = Permission.TEXT_TO_SPEECH_REALTIME, Permission.USAGE_AND_LIMITS
        statuses = []
        for permission in (speech, usage):
            _, key = await sonna.house.keys.create(account.id, permission, permissions=frozenset({permission}))
            statuses += [
                (await sonna.http.get(path, headers={"X-API-Key": key})).status_code for path in (TOTALS, REQUESTS)
            ]
    assert statuses == [403, 403, 200, 200]


async def test_nobody_is_told_of_anybody_elses_requests(serving) -> None:
    async with serving() as sonna:
        anna = await busy(sonna)
        mine = (await sonna.http.get(REQUESTS, headers=bearing(anna))).json()["requests"]
        for headers in ({}, bearing(await sonna.sign_up("ben@example.com"))):
            for cursor in ({}, {"cursor": UUID(mine[0]["id"]).hex}, {"cursor": "f" * 32}):
                body = (await sonna.http.get(REQUESTS, headers=headers, params=cursor)).json()
                assert (body["requests"], body["nextCursor"]) == ([], None)
            assert (await sonna.http.get(TOTALS, headers=headers)).json()["usage"] == []


async def test_questions_are_answered_sixty_times_a_minute(serving) -> None:
    async with serving() as sonna:
        answers = [await sonna.http.get((TOTALS, REQUESTS)[number % 2]) for number in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
