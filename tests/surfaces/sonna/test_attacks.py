"""What strangers try: forged tokens, and looking for secrets where they should not be."""

import re
from typing import Any
from uuid import UUID

from antiphon.domain.users import User
from antiphon.surfaces.sonna.generate.openapi import paths as generate_paths
from antiphon.surfaces.sonna.openapi import paths
from surfaces.sonna.served import PASSWORD, bearing, routes_of
from surfaces.sonna.test_signing_in import FIRST, LOGIN, REFRESH, told
from unit.services.forged import forgeries

KEYS = "/api/v1/user/api-keys"
LIBRARY = "/api/v1/library"
INVALID = (401, {"error": "Invalid token. Refresh it, or sign in again.", "code": "UNAUTHORIZED"})


async def test_every_route_is_documented(serving) -> None:
    async with serving() as sonna:
        documented = {**paths()["paths"], **generate_paths()["paths"]}
        told = {(method.upper(), path) for path, methods in documented.items() for method in methods}
        told = {(method, path) for method, path in told if method != "PARAMETERS"}
        there = set(routes_of(sonna.http._transport.app)) - {
            ("GET", f"/api/auth/{name}") for name in ("google", "mobile-login")
        }
    assert told == there


async def test_a_forged_token_opens_nothing_anywhere(serving) -> None:
    async with serving() as sonna:
        anna, now = await sonna.sign_up(), int(sonna.clock.now())
        key = sonna.house.secrets.token_key(now // 86_400)
        for name, forged in forgeries(anna["token"], key, now=now).items():
            if forged.isascii() and len(forged) < 10_000:
                answer = await sonna.http.get(KEYS, headers=bearing({"token": forged}))
                assert told(answer) == INVALID, name
        assert (await sonna.http.get(KEYS, headers=bearing(anna))).status_code == 200


async def test_a_token_of_another_server_opens_nothing(serving) -> None:
    async with serving(secret="0" * 64) as sonna:
        anna = await sonna.sign_up()
        day = int(sonna.clock.now()) // 86_400
        other = type(sonna.house.secrets)(b"1" * 32, entropy=bytes)
        for forged in forgeries(anna["token"], other.token_key(day), now=int(sonna.clock.now())).values():
            if forged.isascii() and len(forged) < 10_000:
                assert (await sonna.http.get(KEYS, headers=bearing({"token": forged}))).status_code == 401


async def test_a_token_of_an_account_that_is_not_here_opens_nothing(serving) -> None:
    """As of a server with the same secret and another database, or before a backup was put back."""
    async with serving() as sonna:
        stranger = User(id=UUID(int=7), account_id=UUID(int=8), email="a@example.com", created_at=0)
        headers = bearing({"token": sonna.house.tokens.issue(stranger)})
        for method, path in routes_of(sonna.http._transport.app):
            if not path.startswith("/api/auth/"):
                answer = await sonna.http.request(method, re.sub(r"{\w+}", str(UUID(int=9)), path), headers=headers)
                assert told(answer) == INVALID, path
        toggled = await sonna.http.post("/api/v1/tts/favorites/toggle", json={"voiceId": "Alice"}, headers=headers)
        assert told(toggled) == INVALID


async def test_a_token_that_has_expired_is_told_to_have(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up())
        sonna.clock.advance(900)
        answers = [await sonna.http.get(path, headers=anna) for path in (KEYS, "/api/v1/user/credits")]
        answers.append(await sonna.say(anna))
    expired = (401, {"error": "The token has expired. Refresh it, or sign in again.", "code": "UNAUTHORIZED"})
    assert [told(answer) for answer in answers] == [expired] * 3


async def test_no_secret_is_in_the_log_or_on_disk(serving, capfd) -> None:
    async with serving(registration="open") as sonna:
        secrets: list[str] = [PASSWORD, "another password of hers"]
        account = await sonna.house.keys.first_account()
        code = await sonna.house.users.first_link(account.id)
        body: dict[str, Any] = {"email": "operator@example.com", "password": PASSWORD, "code": code}
        answers = [await sonna.http.post(FIRST, json=body)]
        answers.append(await sonna.http.post(LOGIN, json={"email": "operator@example.com", "password": PASSWORD}))
        answers.append(
            await sonna.http.post(LOGIN, json={"email": "operator@example.com", "password": secrets[1]}),
        )
        refresh = answers[0].json()["refreshToken"]
        answers.append(await sonna.http.post(REFRESH, json={"refreshToken": refresh}))
        for answer in answers:
            secrets += [answer.json()[name] for name in ("token", "refreshToken") if name in answer.json()]
        made = await sonna.http.post(KEYS, headers=bearing(answers[0].json()))
        secrets += [made.json()["key"], code or ""]
        # Also what comes of a thief's second use, and in an address.
        sonna.clock.advance(60)
        await sonna.http.post(REFRESH, json={"refreshToken": refresh})
        await sonna.http.get(f"{FIRST}?code={code}")
        await sonna.http.get(KEYS, params={"token": answers[0].json()["token"]})
        stored = await sonna.house.store.users.user_named("operator@example.com")
        on_disk = b"".join(path.read_bytes() for path in sonna.files.parent.rglob("*") if path.is_file())
    said = "".join(capfd.readouterr())
    assert len(secrets) == 10
    assert b"operator@example.com" in on_disk  # It is looked for where it would be.
    assert stored.password.encode() in on_disk
    assert "sonna.auth.login" in said
    assert [text for text in secrets if text.encode() in on_disk] == []
    assert [text for text in [*secrets, stored.password, "operator@example.com"] if text in said] == []
