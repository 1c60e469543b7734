"""Golden pairs of `/api/v1/user/*`. Source: contracts, Sonna §1.2, §1.5, §1.8 and §1.10."""

import asyncio
import re
from typing import Any
from uuid import UUID

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import CREDIT
from antiphon.services.payments import Payment
from antiphon.surfaces.sonna import schemas_accounts as documented
from surfaces.sonna.served import bearing
from surfaces.sonna.test_signing_in import NO_OBJECT, NOTHING, told, wrong_type

KEYS, RENEWAL = "/api/v1/user/api-keys", "/api/v1/user/subscription/check-renewal"
MONTH = 32 * 86_400

UNPAID = (
    403,
    {
        "error": "API keys need an active Pro or Max subscription, or PAYG credits.",
        "code": "PAID_ACCESS_REQUIRED",
    },
)
NO_NAME = (
    400,
    {
        "error": "The field 'name' must have 1 to 100 printable characters.",
        "code": "INVALID_PARAM",
        "field": "name",
        "limit": 100,
    },
)
FULL = (
    400,
    {"error": "There are 10 active API keys already. Revoke one first.", "code": "KEY_LIMIT_REACHED"},
)
NOT_FOR_KEYS = (
    403,
    {
        "error": "This endpoint is not accessible with an API key. Sign in, and send the token.",
        "code": "ENDPOINT_NOT_ACCESSIBLE",
    },
)


async def test_a_key_is_made_shown_once_listed_and_revoked(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        made = await sonna.http.post(KEYS, json={"name": "Production"}, headers=anna)
        key, entry = made.json()["key"], made.json()["apiKey"]
        assert (made.status_code, set(made.json())) == (201, {"success", "key", "apiKey"})
        assert re.fullmatch(r"sona_sk_[0-9A-Za-z]{49}", key)
        assert entry == {
            "id": str(UUID(entry["id"])),
            "keyPrefix": key[:13],
            "name": "Production",
            "createdAt": "2027-01-15T08:00:00.250Z",
            "lastUsedAt": None,
            "revokedAt": None,
        }
        listed = await sonna.http.get(KEYS, headers=anna)
        assert (listed.status_code, listed.json()) == (200, {"success": True, "apiKeys": [entry]})
        assert key not in listed.text
        assert await sonna.credits({"X-API-Key": key}) == 102_000

        sonna.clock.advance(60)
        for _ in range(2):
            revoked = await sonna.http.delete(f"{KEYS}/{entry['id']}", headers=anna)
            body = {"success": True, "revokedAt": "2027-01-15T08:01:00.250Z"}
            assert (revoked.status_code, revoked.json()) == (200, body)
            sonna.clock.advance(60)
        assert (await sonna.http.get("/api/v1/user/credits", headers={"X-API-Key": key})).status_code == 401
        (closed,) = (await sonna.http.get(KEYS, headers=anna)).json()["apiKeys"]
        assert (closed["id"], closed["revokedAt"]) == (entry["id"], "2027-01-15T08:01:00.250Z")


async def test_a_key_needs_no_name(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        made = [
            await sonna.http.post(KEYS, headers=anna),
            await sonna.http.post(KEYS, headers=anna, json={}),
            await sonna.http.post(KEYS, headers=anna, json={"name": None}),
        ]
    assert [answer.json()["apiKey"]["name"] for answer in made] == ["API key"] * 3


async def test_a_wrong_body_is_told_and_makes_no_key(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        for body, refusal in [
            ({"name": 5}, wrong_type("name")),
            ({"name": ["x"]}, wrong_type("name")),
            ({"name": ""}, NO_NAME),
            ({"name": "x" * 101}, NO_NAME),
            ({"name": "a\nb"}, NO_NAME),
            ([], NO_OBJECT),
            ("x", NO_OBJECT),
            (None, NO_OBJECT),
        ]:
            content = {"json": body} if body is not None else {"content": b"null"}
            headers = {**anna, "Content-Type": "application/json"}
            assert told(await sonna.http.post(KEYS, headers=headers, **content)) == refusal
        assert (await sonna.http.get(KEYS, headers=anna)).json()["apiKeys"] == []


async def test_keys_are_for_paid_access(serving) -> None:
    async with serving() as sonna:
        for plan, payg, status in (("free", 0, 403), ("free", 1, 201), ("pro", 0, 201), ("max", 0, 201)):
            anna = bearing(await sonna.sign_up(f"{plan}-{payg}@example.com", plan=plan, payg=payg))
            answer = await sonna.http.post(KEYS, headers=anna)
            assert answer.status_code == status
            if status == 403:
                assert told(answer) == UNPAID


async def test_an_expired_subscription_is_no_paid_access_and_a_key_of_before_goes_on(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up()
        account_id = UUID(body["user"]["accountId"])
        await sonna.house.credits.set_plan(account_id, "pro", until=sonna.clock.now() + 60)
        key = (await sonna.http.post(KEYS, headers=bearing(body))).json()["key"]
        sonna.clock.advance(60)
        assert told(await sonna.http.post(KEYS, headers=bearing(body))) == UNPAID
        assert await sonna.credits({"X-API-Key": key}) == 10_000


async def test_of_eleven_keys_at_once_ten_are_made(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        answers = await asyncio.gather(*(sonna.http.post(KEYS, headers=anna) for _ in range(13)))
        assert sorted(answer.status_code for answer in answers) == [201] * 10 + [400] * 3
        assert {str(told(answer)) for answer in answers if answer.status_code == 400} == {str(FULL)}
        keys = (await sonna.http.get(KEYS, headers=anna)).json()["apiKeys"]
        await sonna.http.delete(f"{KEYS}/{keys[0]['id']}", headers=anna)
        assert (await sonna.http.post(KEYS, headers=anna)).status_code == 201


async def test_a_hundred_keys_are_made_in_an_hour(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        for _ in range(100):
            made = await sonna.http.post(KEYS, headers=anna)
            assert made.status_code == 201
            await sonna.http.delete(f"{KEYS}/{made.json()['apiKey']['id']}", headers=anna)
        refused = await sonna.http.post(KEYS, headers=anna)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "36")


async def test_keys_do_not_manage_keys(serving) -> None:
    async with serving() as sonna:
        someone = UUID(int=1)
        for method, path in (("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/{someone}")):
            assert told(await sonna.http.request(method, path)) == NOT_FOR_KEYS
            wrong = await sonna.http.request(method, path, headers={"X-API-Key": "wrong"})
            assert told(wrong) == (401, {"error": "Invalid API key.", "code": "UNAUTHORIZED"})
            nobody = await sonna.http.request(method, path, headers={"X-API-Key": ""})
            assert nobody.status_code == 401


async def test_a_token_stands_in_its_own_header_and_nowhere_else(serving) -> None:
    async with serving() as sonna:
        token = (await sonna.sign_up())["token"]
        credits_ = "/api/v1/user/credits"
        in_the_keys = await sonna.http.get(credits_, headers={"X-API-Key": token})
        no_key = "This is a token, not an API key. Send it as Authorization: Bearer."
        assert told(in_the_keys) == (401, {"error": no_key, "code": "UNAUTHORIZED"})
        forged = await sonna.http.get(credits_, headers=bearing({"token": f"{token}x"}))
        no_token = "Invalid token. Refresh it, or sign in again."
        assert told(forged) == (401, {"error": no_token, "code": "UNAUTHORIZED"})
        assert (await sonna.http.get(credits_, params={"token": token})).status_code == 401
        # A key that is there goes first, also where it is wrong.
        both = await sonna.http.get(credits_, headers={"X-API-Key": "wrong", "Authorization": f"Bearer {token}"})
        assert both.status_code == 401


async def test_soniox_takes_keys_only(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up())
        answers = [
            await sonna.http.request(method, path, headers=anna, json={})
            for method, path in (("GET", "/v1/models"), ("POST", "/tts"))
        ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("too long" in answer.text for answer in answers)  # For a key.


async def test_credits_are_told_to_keys_and_to_those_who_signed_in(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up(plan="pro", payg=500))
        key = (await sonna.http.post(KEYS, headers=anna)).json()["key"]
        answers = [
            (await sonna.http.get("/api/v1/user/credits", headers=headers)).json()
            for headers in (anna, {"X-API-Key": key}, {"Authorization": f"Bearer {key}", "X-API-Key": ""})
        ]
    expected = {"success": True, "credits": 102_500, "payg_credits": 500, "plan": "pro", "expiresAt": None}
    assert answers == [expected] * 3


async def test_a_subscription_that_is_over_is_found_to_be_so_once(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up()
        account_id = UUID(body["user"]["accountId"])
        await sonna.house.credits.set_plan(account_id, "pro", until=sonna.clock.now() + 60)
        before = await sonna.http.post(RENEWAL, headers=bearing(body))
        sonna.clock.advance(60)
        answers = [await sonna.http.post(RENEWAL, headers=bearing(body)) for _ in range(2)]
    ends = "2027-01-15T08:01:00.250Z"
    # What was left of the month's free credits is among what there is, on a paid plan too.
    assert before.json() == {
        "success": True,
        "action": "none",
        "credits": before.json()["credits"],
        "plan": "pro",
        "expiresAt": ends,
    }
    assert [answer.json() for answer in answers] == [
        {"success": True, "action": action, "credits": 10_000, "plan": "free", "expiresAt": None}
        for action in ("subscription_expired_reset_to_free", "none")
    ]


async def test_renewal_is_checked_four_times_a_minute(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up())
        answers = [await sonna.http.post(RENEWAL, headers=anna) for _ in range(5)]
        assert (await sonna.http.post(RENEWAL)).status_code == 200  # Another account, by its key.
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["3", "2", "1", "0", "0"]
    assert told(answers[-1])[1]["code"] == "RATE_LIMITED"
    assert answers[-1].headers["retry-after"] == "15"


async def usage_of(sonna: Any, body: dict[str, Any]) -> list[Any]:
    await sonna.house.till.pay.tick()
    return list(await sonna.house.store.ledger.usage(UUID(body["user"]["accountId"])))


async def test_who_signed_in_pays_the_full_rate_and_a_key_the_discounted_one(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up(plan="pro")
        made = (await sonna.http.post(KEYS, headers=bearing(body))).json()
        by_user = await sonna.say(bearing(body), text="x" * 1000)
        sonna.clock.advance(1)  # Rows come in the order of time.
        by_key = await sonna.say({"X-API-Key": made["key"]}, text="x" * 1000)
        rows = await usage_of(sonna, body)
    assert [answer.json()["creditsCharged"] for answer in (by_user, by_key)] == [1050, 945]
    assert [answer.json()["remainingCredits"] for answer in (by_user, by_key)] == [100_950, 100_005]
    assert [(row.key_id, row.listed, row.charged) for row in rows] == [
        (None, 1050 * CREDIT, 1050 * CREDIT),
        (UUID(made["apiKey"]["id"]), 1050 * CREDIT, 945 * CREDIT),
    ]


async def test_who_signed_in_on_the_plan_free_has_what_the_plan_allows(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up()
        refused = await sonna.say(bearing(body))
        spoken = await sonna.say(bearing(body), voice="en-US-Neural2-D", ttsModel="google-neural2", text="x" * 100)
        rows = await usage_of(sonna, body)
    assert told(refused)[1]["code"] == "PAID_ACCESS_REQUIRED"
    assert spoken.json()["creditsCharged"] == 50
    assert sorted((row.key_id, row.charged, row.status) for row in rows) == [(None, 0, 403), (None, 50 * CREDIT, 200)]


async def test_the_limit_of_speech_is_the_accounts_by_whichever_way_it_calls(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up(plan="pro")
        key = (await sonna.http.post(KEYS, headers=bearing(body))).json()["key"]
        for number in range(30):
            answer = await sonna.say(bearing(body) if number % 2 else {"X-API-Key": key}, text="")
            assert answer.status_code == 400
        assert (await sonna.say(bearing(body))).status_code == 429
        assert (await sonna.say({"X-API-Key": key})).status_code == 429


async def test_a_payment_brings_its_credits_once_and_takes_back_what_is_left(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up()
        account_id = UUID(body["user"]["accountId"])
        payment = Payment(id="invoice-7", account_id=account_id, amount=62_500 * CREDIT)
        payments = sonna.house.payments
        assert await asyncio.gather(*(payments.add(payment) for _ in range(4))) == [True, False, False, False]
        assert await sonna.credits(bearing(body)) == 72_500
        await sonna.say(bearing(body), voice="en-US-Neural2-D", ttsModel=..., text="x" * 3_000)
        await sonna.say(bearing(body), text="x" * 10_000)
        left = (await sonna.house.credits.balance(account_id)).available[Bucket.PAYG]
        assert left == 62_500 * CREDIT - (1_500 + 10_500 - 10_000) * CREDIT
        assert [await payments.void("invoice-7") for _ in range(2)] == [left, 0]
        assert not await payments.add(payment)
        assert await sonna.credits(bearing(body)) == 0
        assert (await sonna.house.credits.verify()).fault == ""


async def test_a_key_that_is_none_is_not_found(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up())
        for key_id in ("x", str(UUID(int=9)), "%00", "1" * 500):
            assert told(await sonna.http.delete(f"{KEYS}/{key_id}", headers=anna)) == NOTHING


async def test_answers_are_as_documented(serving) -> None:
    async with serving() as sonna:
        body = await sonna.sign_up(plan="pro")
        anna, refresh = bearing(body), {"refreshToken": body["refreshToken"]}
        made = await sonna.http.post(KEYS, headers=anna)
        key_id = made.json()["apiKey"]["id"]
        for model, answer in [
            (documented.SignedInAnswer, await sonna.http.post("/api/auth/refresh", json=refresh)),
            (documented.DoneAnswer, await sonna.http.post("/api/auth/logout", json=refresh)),
            (documented.NewKeyAnswer, made),
            (documented.RevokedAnswer, await sonna.http.delete(f"{KEYS}/{key_id}", headers=anna)),
            (documented.KeysAnswer, await sonna.http.get(KEYS, headers=anna)),
            (documented.RenewalAnswer, await sonna.http.post(RENEWAL, headers=anna)),
        ]:
            model.model_validate_json(answer.content, strict=True)
            assert set(answer.json()) == set(model.model_fields)
