"""Golden pairs of `/api/auth/*`. Source: contracts, Sonna §1.8 and §1.10; shapes are ours where it says nothing."""

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from antiphon.domain.keys import mint
from antiphon.services.passwords import Cost, Passwords
from surfaces.sonna.served import PASSWORD, bearing, in_folder

REGISTER, LOGIN, REFRESH, LOGOUT = (f"/api/auth/{name}" for name in ("register", "login", "refresh", "logout"))
FIRST = "/api/auth/first"
ANNA = {"email": "anna@example.com", "password": PASSWORD}


def told(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    """Status and body, less what every error has."""
    body = answer.json()
    assert body.pop("success") is False
    assert body.pop("requestId") == answer.headers["x-request-id"]
    return answer.status_code, body


WRONG = (401, {"error": "E-mail or password is wrong.", "code": "UNAUTHORIZED"})
NO_REFRESH = (401, {"error": "This refresh token opens nothing any more. Sign in again.", "code": "UNAUTHORIZED"})
NO_OBJECT = (400, {"error": "The body is not a JSON object.", "code": "VALIDATION_ERROR"})
NOTHING = (404, {"error": "There is nothing here.", "code": "NOT_FOUND"})


def missing(name: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": f"The field '{name}' is required.", "code": "MISSING_FIELD", "field": name}


def wrong_type(name: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": f"The field '{name}' must be text.", "code": "INVALID_PARAM", "field": name}


def not_parsed(column: int) -> tuple[int, dict[str, Any]]:
    return 400, {"error": f"The body is not valid JSON: line 1, column {column}.", "code": "VALIDATION_ERROR"}


NO_EMAIL = (
    400,
    {
        "error": "The field 'email' must be an e-mail address of at most 254 characters.",
        "code": "INVALID_PARAM",
        "field": "email",
        "limit": 254,
    },
)
NO_PASSWORD = (
    400,
    {
        "error": "The field 'password' must have 8 to 1000 characters.",
        "code": "INVALID_PARAM",
        "field": "password",
        "limit": 1000,
    },
)


async def test_who_registers_is_signed_in_and_has_an_account_of_their_own(serving) -> None:
    async with serving(registration="open") as sonna:
        answer = await sonna.http.post(REGISTER, json={"email": " Anna@Example.com", "password": PASSWORD})
        body = answer.json()
        user, token, refresh = body.pop("user"), body.pop("token"), body.pop("refreshToken")
        assert (answer.status_code, body) == (201, {"success": True, "expiresIn": 900})
        assert user == {
            "id": user["id"],
            "email": "anna@example.com",
            "accountId": user["accountId"],
            "createdAt": "2027-01-15T08:00:00.250Z",
        }
        assert (await sonna.house.accounts.get(UUID(user["accountId"]))).account.name == "anna@example.com"
        assert re.fullmatch(r"refresh_[0-9A-Za-z]{49}", refresh)
        assert await sonna.credits(bearing({"token": token})) == 10_000
    assert answer.headers["x-ratelimit-limit"] == "10"
    assert answer.headers["cache-control"] == "no-store"


async def test_who_signs_in_is_answered_likewise(serving) -> None:
    async with serving() as sonna:
        registered = await sonna.sign_up()
        answer = await sonna.http.post(LOGIN, json={"email": "ANNA@example.com", "password": PASSWORD})
        again = answer.json()
        assert await sonna.credits(bearing(again)) == 10_000
    assert (answer.status_code, again["user"], again["expiresIn"]) == (200, registered["user"], 900)
    assert again["refreshToken"] != registered["refreshToken"]


WRONG_FIELDS = [
    ({"email": ...}, missing("email")),
    ({"email": None}, missing("email")),
    ({"email": ""}, missing("email")),
    ({"email": 1}, wrong_type("email")),
    ({"email": ["a@example.com"]}, wrong_type("email")),
    ({"email": "anna"}, NO_EMAIL),
    ({"email": "a" * 250 + "@x.example"}, NO_EMAIL),
    ({"password": ...}, missing("password")),
    ({"password": 12345678}, wrong_type("password")),
    ({"password": "seven c"}, NO_PASSWORD),
    ({"password": "x" * 1001}, NO_PASSWORD),
    ({"invite": 5}, wrong_type("invite")),
]


async def test_a_wrong_field_is_told_by_name(serving) -> None:
    async with serving(registration="open") as sonna:
        for fields, refusal in WRONG_FIELDS:
            body = {name: value for name, value in {**ANNA, **fields}.items() if value is not ...}
            assert told(await sonna.http.post(REGISTER, json=body)) == refusal, fields
            sonna.clock.advance(300)


async def test_what_is_no_json_object_is_told_everywhere(serving) -> None:
    async with serving() as sonna:
        for path in (REGISTER, LOGIN, REFRESH, LOGOUT, FIRST):
            await no_json(sonna, path)


async def no_json(sonna: Any, path: str) -> None:
    sonna.clock.advance(300)
    headers = {"Content-Type": "application/json"}
    for content in (b"[]", b'"text"'):
        assert told(await sonna.http.post(path, content=content, headers=headers)) == NO_OBJECT
    for content, column in ((b"", 1), (b"{", 2), (b'{"email": "\\ud800"}', 12)):
        assert told(await sonna.http.post(path, content=content, headers=headers)) == not_parsed(column)
    assert (await sonna.http.post(path, content=b"a=b", headers={"Content-Type": "text/plain"})).status_code == 415
    assert (await sonna.http.post(path, content=b"x" * 20_000, headers=headers)).status_code == 413
    assert (await sonna.http.put(path)).status_code == 405


async def test_an_e_mail_is_taken_once_however_it_is_written(serving) -> None:
    async with serving(registration="open") as sonna:
        await sonna.http.post(REGISTER, json=ANNA)
        again = await sonna.http.post(REGISTER, json={**ANNA, "email": "ANNA@EXAMPLE.COM"})
    assert told(again) == (409, {"error": "This e-mail cannot be registered: it is taken.", "code": "EMAIL_TAKEN"})


CLOSED = (403, {"error": "Nobody can register here. Ask who runs the server.", "code": "REGISTRATION_CLOSED"})
NO_INVITE = (403, {"error": "This invite is none, or is used up, or has expired.", "code": "INVITE_INVALID"})


@pytest.mark.parametrize(
    ("registration", "invite", "refusal"),
    [
        ("closed", "", CLOSED),
        ("closed", "invite_x", CLOSED),
        ("invite", "", missing("invite")),
        ("invite", "invite_x", NO_INVITE),
        ("invite", "\u00e9" * 57, NO_INVITE),
        ("open", "invite_x", NO_INVITE),
    ],
)
async def test_who_may_register_is_the_operators_choice(serving, registration, invite, refusal) -> None:
    async with serving(registration=registration) as sonna:
        assert told(await sonna.http.post(REGISTER, json={**ANNA, "invite": invite})) == refusal


async def test_registration_is_closed_unless_an_operator_opens_it_also_to_invites(serving) -> None:
    async with serving() as sonna:
        _, invite = await sonna.house.users.invite(None)
        assert told(await sonna.http.post(REGISTER, json={**ANNA, "invite": invite})) == CLOSED


async def test_an_invite_registers_one(serving) -> None:
    async with serving(registration="invite") as sonna:
        _, invite = await sonna.house.users.invite(None)
        first = await sonna.http.post(REGISTER, json={**ANNA, "invite": invite})
        second = await sonna.http.post(REGISTER, json={**ANNA, "email": "ben@example.com", "invite": invite})
    assert (first.status_code, told(second)) == (201, NO_INVITE)


async def test_an_invite_to_an_account_gives_its_user_another_password_even_where_registration_is_closed(
    serving,
) -> None:
    async with serving(registration="closed") as sonna:
        anna = await sonna.sign_up()
        _, invite = await sonna.house.users.invite(UUID(anna["user"]["accountId"]))
        changed = await sonna.http.post(REGISTER, json={**ANNA, "password": "another one", "invite": invite})
        assert (changed.status_code, changed.json()["user"]) == (201, anna["user"])
        assert told(await sonna.http.post(LOGIN, json=ANNA)) == WRONG
        assert told(await sonna.http.post(REFRESH, json={"refreshToken": anna["refreshToken"]})) == NO_REFRESH
        assert (await sonna.http.post(LOGIN, json={**ANNA, "password": "another one"})).status_code == 200


async def test_who_is_not_known_and_who_has_another_password_are_told_the_same(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        answers = [
            await sonna.http.post(LOGIN, json={**ANNA, **fields})
            for fields in (
                {"password": "wrong horse"},
                {"password": "x"},
                {"password": "x" * 10_000},
                {"email": "nobody@example.com"},
                {"email": "no address at all"},
                {"email": "\u0000"},
            )
        ]
    assert [told(answer) for answer in answers] == [WRONG] * 6


async def test_who_is_not_known_costs_as_many_hashes_as_who_is(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        passwords = sonna.house.users._passwords
        counted: list[str | None] = []
        compare = passwords._compare
        passwords._compare = lambda text, stored: counted.append(stored) or compare(text, stored)
        for email in ("anna@example.com", "nobody@example.com", "no address"):
            await sonna.http.post(LOGIN, json={"email": email, "password": "wrong horse"})
    assert [stored is None for stored in counted] == [False, True, True]


async def test_an_e_mail_is_tried_thirty_times_in_five_minutes_from_wherever_it_is_known_or_not(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        for email in ("anna@example.com", "nobody@example.com"):
            for number in range(30):
                answer = await from_ip(sonna, f"10.{len(email)}.0.{number}", {**ANNA, "email": email, "password": "x"})
                assert answer.status_code == 401
            body = {**ANNA, "email": email.upper()}
            next_one = await from_ip(sonna, "10.1.1.1", body)
            assert (next_one.status_code, next_one.headers["retry-after"]) == (429, "10")
            assert told(next_one) == (
                429,
                {"error": "Too many requests. Please wait.", "code": "RATE_LIMITED", "retryAfter": 10},
            )
        sonna.clock.advance(10)
        assert (await from_ip(sonna, "10.1.1.1", ANNA)).status_code == 200


async def test_nobody_is_kept_out_by_a_stranger_at_one_address(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        for _ in range(20):
            await from_ip(sonna, "10.6.6.6", {**ANNA, "password": "x"})
        assert (await from_ip(sonna, "10.1.1.1", ANNA)).status_code == 200


@pytest.mark.parametrize(("home", "now"), [("10.1.1.1", "10.1.1.1"), ("2001:db8:1::1", "2001:db8:1:0:ffff::2")])
async def test_nobody_is_kept_out_by_many_strangers_from_where_they_signed_in_before(serving, home, now) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        assert (await from_ip(sonna, home, ANNA)).status_code == 200
        for number in range(40):
            await from_ip(sonna, f"10.6.6.{number}", {**ANNA, "password": "x"})
        assert (await from_ip(sonna, "10.9.9.9", ANNA)).status_code == 429
        assert (await from_ip(sonna, now, {**ANNA, "email": "Anna@example.com"})).status_code == 200
        answers = [await from_ip(sonna, now, {**ANNA, "password": "x"}) for _ in range(9)]
        assert [answer.status_code for answer in answers] == [401] * 8 + [429]


async def test_a_stranger_is_counted_with_all_others_whatever_addresses_they_take(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        answers = [await from_ip(sonna, f"2001:db8:{number}::1", {**ANNA, "password": "x"}) for number in range(31)]
        assert [answer.status_code for answer in answers] == [401] * 30 + [429]


async def test_an_address_makes_ten_accounts_a_day_without_an_invite(serving) -> None:
    async with serving(registration="open") as sonna:
        made = []
        for number in range(12):
            body = {**ANNA, "email": f"{number}@example.com"}
            made.append((await from_ip(sonna, "10.6.6.6", body, REGISTER)).status_code)
            sonna.clock.advance(30)
        assert made == [201] * 10 + [429] * 2
        _, invite = await sonna.house.users.invite(None)
        assert (await from_ip(sonna, "10.6.6.6", {**ANNA, "invite": invite}, REGISTER)).status_code == 201
        sonna.clock.advance(86_400)
        assert (await from_ip(sonna, "10.6.6.6", {**ANNA, "email": "x@x"}, REGISTER)).status_code == 201


async def from_ip(sonna: Any, ip: str, body: dict[str, Any], path: str = LOGIN) -> httpx.Response:
    """A request from another address."""
    transport = httpx.ASGITransport(sonna.http._transport.app, client=(ip, 5))
    async with httpx.AsyncClient(transport=transport, base_url=sonna.http.base_url) as http:
        return await http.post(path, json=body)


async def test_an_address_tries_ten_times_in_five_minutes_whatever_it_sends(serving) -> None:
    async with serving() as sonna:
        headers = {"Content-Type": "application/json"}
        for path in (LOGIN, REGISTER, FIRST, "/api/auth/google", "/api/auth/mobile-login"):
            for number in range(10):
                content = b"{" if number % 2 else b'{"email": "%d@example.com", "password": "x"}' % number
                answer = await sonna.http.post(path, content=content, headers=headers)
                assert answer.headers["x-ratelimit-remaining"] == str(9 - number)
            assert (await sonna.http.post(path, json=ANNA)).status_code == 429
            assert (await from_ip(sonna, "10.0.0.1", ANNA, path)).status_code != 429
            sonna.clock.advance(300)


async def test_nobody_else_signs_people_in(serving) -> None:
    async with serving() as sonna:
        places = [(method, f"/api/auth/{name}") for name in ("google", "mobile-login") for method in ("GET", "POST")]
        for method, path in places:
            answer = await sonna.http.request(method, path)
            assert told(answer) == (
                501,
                {"error": "Nobody else signs people in here. Use /api/auth/login.", "code": "NOT_CONFIGURED"},
            )


async def test_a_refresh_token_brings_the_next_one_and_a_new_token(serving) -> None:
    async with serving() as sonna:
        anna = await sonna.sign_up()
        sonna.clock.advance(900)
        assert (await sonna.http.get("/api/v1/user/credits", headers=bearing(anna))).status_code == 401
        answer = await sonna.http.post(REFRESH, json={"refreshToken": anna["refreshToken"]})
        assert (answer.status_code, answer.json()["user"]) == (200, anna["user"])
        assert await sonna.credits(bearing(answer.json())) == 10_000


async def test_a_refresh_token_that_was_copied_ends_the_session_for_both(serving) -> None:
    async with serving() as sonna:
        former = (await sonna.sign_up())["refreshToken"]
        owners = (await sonna.http.post(REFRESH, json={"refreshToken": former})).json()["refreshToken"]
        sonna.clock.advance(60)
        assert told(await sonna.http.post(REFRESH, json={"refreshToken": former})) == NO_REFRESH
        assert told(await sonna.http.post(REFRESH, json={"refreshToken": owners})) == NO_REFRESH


async def test_refreshes_at_once_and_those_whose_answer_was_lost_go_on_by_one_next_token(serving) -> None:
    async with serving() as sonna:
        body = {"refreshToken": (await sonna.sign_up())["refreshToken"]}
        answers = await asyncio.gather(*(sonna.http.post(REFRESH, json=body) for _ in range(5)))
        sonna.clock.advance(9)
        answers.append(await sonna.http.post(REFRESH, json=body))
        assert [answer.status_code for answer in answers] == [200] * 6
        (next_one,) = {answer.json()["refreshToken"] for answer in answers}
        assert (await sonna.http.post(REFRESH, json={"refreshToken": next_one})).status_code == 200
        # The answer was not lost: the next one was used.
        assert told(await sonna.http.post(REFRESH, json=body)) == NO_REFRESH


async def test_the_next_refresh_token_cannot_be_told_by_another_server(serving, tmp_path) -> None:
    async with serving(secret="0" * 64) as sonna, in_folder(tmp_path / "other")(secret="1" * 64) as other:
        first = (await sonna.sign_up())["refreshToken"]
        here, there = (mint("refresh_", one.house.keys.digest(f"after {first}")) for one in (sonna, other))
        answer = await sonna.http.post(REFRESH, json={"refreshToken": first})
        assert answer.json()["refreshToken"] == here != there


async def test_what_is_no_refresh_token_opens_nothing_and_can_be_let_go(serving) -> None:
    async with serving() as sonna:
        for text in ("x", "refresh_", "refresh_" + "0" * 49, "\u00e9" * 57, "x" * 10_000):
            assert told(await sonna.http.post(REFRESH, json={"refreshToken": text})) == NO_REFRESH
            assert (await sonna.http.post(LOGOUT, json={"refreshToken": text})).json() == {"success": True}


async def test_who_signs_out_cannot_go_on(serving) -> None:
    async with serving() as sonna:
        body = {"refreshToken": (await sonna.sign_up())["refreshToken"]}
        for _ in range(2):
            assert (await sonna.http.post(LOGOUT, json=body)).json() == {"success": True}
        assert told(await sonna.http.post(REFRESH, json=body)) == NO_REFRESH
        for path in (REFRESH, LOGOUT):
            assert told(await sonna.http.post(path, json={})) == missing("refreshToken")
            assert told(await sonna.http.post(path, json={"refreshToken": 1})) == wrong_type("refreshToken")


async def first_code(sonna: Any) -> str:
    account = await sonna.house.keys.first_account()
    code = await sonna.house.users.first_link(account.id)
    assert code
    return code


async def test_the_first_link_sets_e_mail_and_password_of_the_first_account_once(serving) -> None:
    async with serving() as sonna:
        code = await first_code(sonna)
        answer = await sonna.http.post(FIRST, json={**ANNA, "code": code})
        assert answer.status_code == 201
        assert await sonna.credits(bearing(answer.json())) == 1_187_000
        assert (await sonna.http.post(LOGIN, json=ANNA)).status_code == 200
        assert told(await sonna.http.post(FIRST, json={**ANNA, "code": code})) == NOTHING
        account = await sonna.house.keys.first_account()
        assert await sonna.house.users.first_link(account.id) is None


async def test_a_restart_makes_another_link_and_ends_the_former(serving) -> None:
    async with serving() as sonna:
        former, code = await first_code(sonna), await first_code(sonna)
        assert told(await sonna.http.post(FIRST, json={**ANNA, "code": former})) == NOTHING
        assert (await sonna.http.post(FIRST, json={**ANNA, "code": code})).status_code == 201


async def test_the_first_link_leads_to_a_page_that_can_be_filled_in_without_scripts(serving) -> None:
    async with serving() as sonna:
        code = await first_code(sonna)
        for _ in range(2):  # Looking uses up nothing.
            page = await sonna.http.get(FIRST, params={"code": code})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
        filled = dict(re.findall(r'name="(\w+)"(?: value="([^"]*)")?', page.text))
        assert filled.pop("code") == code
        wrong = await sonna.http.post(FIRST, data={"code": code, "email": "<b>anna", "password": PASSWORD})
        assert (wrong.status_code, "must be an e-mail address" in wrong.text, "<b>" in wrong.text) == (400, True, False)
        done = await sonna.http.post(FIRST, data={"code": code, **ANNA})
        assert (done.status_code, "Done" in done.text) == (200, True)
        assert (await sonna.http.post(LOGIN, json=ANNA)).status_code == 200
        assert told(await sonna.http.get(FIRST, params={"code": code})) == NOTHING
        again = await sonna.http.post(FIRST, data={"code": code, **ANNA})
        looked = await sonna.http.get(FIRST, params={"code": code}, headers={"Accept": "text/html,*/*;q=0.8"})
        for answer in (again, looked):  # A browser shows a page, not JSON.
            assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
            assert "This link leads nowhere" in answer.text
            assert code not in answer.text


async def test_a_link_that_is_none_leads_nowhere(serving) -> None:
    async with serving() as sonna:
        _, invite = await sonna.house.users.invite(None)
        for query in ("", "?code=", "?code=invite_x", "?code=%FF", "?" + "&".join(["code=1"] * 20)):
            assert told(await sonna.http.get(FIRST + query)) == NOTHING
        assert told(await sonna.http.get(FIRST, params={"code": invite})) == NOTHING
        assert told(await sonna.http.post(FIRST, json={**ANNA, "code": invite})) == NOTHING


async def test_a_hash_is_made_anew_by_signing_in_where_its_cost_has_changed(serving) -> None:
    async with serving() as sonna:
        await sonna.sign_up()
        store = sonna.house.store.users
        stored = await store.user_named("anna@example.com")
        dearer = Passwords(Cost(memory=16, rounds=2))
        dear = await dearer.hash(PASSWORD)
        dearer.close()
        await store.rehash(stored.user.id, former=stored.password, password=dear)
        assert (await sonna.http.post(LOGIN, json={**ANNA, "password": "wrong horse"})).status_code == 401
        assert (await store.user_named("anna@example.com")).password == dear
        assert (await sonna.http.post(LOGIN, json=ANNA)).status_code == 200
        assert "m=8,t=1" in (await store.user_named("anna@example.com")).password
        assert (await sonna.http.post(LOGIN, json=ANNA)).status_code == 200
