"""What strangers try: forged tokens, other people's ids, and looking for secrets where they should not be."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.routing import Route

from antiphon.domain.keys import Permission
from antiphon.surfaces.sonna import owns
from antiphon.surfaces.sonna.generate.openapi import paths as generate_paths
from antiphon.surfaces.sonna.openapi import paths
from surfaces.sonna.making import IMAGE, PATH, Makes
from surfaces.sonna.served import PASSWORD, Served, bearing
from surfaces.sonna.test_signing_in import FIRST, LOGIN, NOTHING, REFRESH, told
from unit.services.forged import forgeries

KEYS = "/api/v1/user/api-keys"
INVALID = (401, {"error": "Invalid API key.", "code": "UNAUTHORIZED"})
FOREIGN = {
    ("DELETE", KEYS + "/{key_id}"): "key",
    ("GET", PATH + "/{job_id}"): "job",
    ("DELETE", PATH + "/{job_id}"): "job",
}
"""Routes with an id of somebody's in them, and of what."""
FOR_USERS = {KEYS, KEYS + "/{key_id}"}
"""Routes that keys may not call."""
OPEN = re.compile(r"/api/auth/.*")


def routes(sonna: Served) -> list[tuple[str, str]]:
    """Methods and paths of all of Sonna's routes."""
    app = sonna.http._transport.app
    found = [route for route in app.router.routes if isinstance(route, Route) and owns(route.path)]
    return [(method, route.path) for route in found for method in sorted((route.methods or set()) - {"HEAD"})]


async def test_every_route_is_documented(serving) -> None:
    async with serving() as sonna:
        documented = {**paths()["paths"], **generate_paths()["paths"]}
        told = {(method.upper(), path) for path, methods in documented.items() for method in methods}
        told = {(method, path) for method, path in told if method != "PARAMETERS"}
        there = set(routes(sonna)) - {("GET", f"/api/auth/{name}") for name in ("google", "mobile-login")}
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


async def test_a_token_that_has_expired_is_told_to_have(serving) -> None:
    async with serving() as sonna:
        anna = bearing(await sonna.sign_up())
        sonna.clock.advance(900)
        answers = [await sonna.http.get(path, headers=anna) for path in (KEYS, "/api/v1/user/credits")]
        answers.append(await sonna.say(anna))
    expired = (401, {"error": "The token has expired. Refresh it, or sign in again.", "code": "UNAUTHORIZED"})
    assert [told(answer) for answer in answers] == [expired] * 3


async def roles(sonna: Served) -> Mapping[str, dict[str, str]]:
    """Headers by who calls; nobody of them is Anna."""
    ben = await sonna.sign_up("ben@example.com", plan="pro")
    cleo = await sonna.sign_up("cleo@example.com")
    keys, account = sonna.house.keys, UUID(ben["user"]["accountId"])
    key, text = await keys.create(account, "ben's")
    _, narrow = await keys.create(account, "narrow", permissions=frozenset({Permission.FILES}))
    speech = Permission.TEXT_TO_SPEECH_REALTIME
    _, short = await sonna.house.temporary.mint(key, permission=speech, seconds=60)
    return {
        "nobody": {"X-API-Key": ""},
        "a wrong key": {"X-API-Key": "sona_sk_" + "0" * 49},
        "a temporary key": {"X-API-Key": short},
        "another's key": {"X-API-Key": text},
        "another's narrow key": {"X-API-Key": narrow},
        "another": bearing(ben),
        "another who is free": bearing(cleo),
        "the operator's key": {},
    }


async def things_of(sonna: Served, user: dict[str, Any]) -> Mapping[str, str]:
    """The ids of what somebody makes now, by what they are of."""
    key = (await sonna.http.post(KEYS, json={"name": "annas"}, headers=bearing(user))).json()
    job = (await sonna.http.post(PATH, json={**IMAGE, "async": True}, headers=bearing(user))).json()
    return {"key": key["apiKey"]["id"], "job": job["jobId"]}


async def test_every_route_with_an_id_is_in_the_table(serving) -> None:
    async with serving() as sonna:
        assert {(method, path) for method, path in routes(sonna) if "{" in path} == set(FOREIGN)


async def test_what_is_somebody_elses_is_not_there_for_anybody(serving) -> None:
    async with serving(pictures=Makes()) as sonna:
        anna = await sonna.sign_up(plan="pro")
        ids = await things_of(sonna, anna)
        everybody = await roles(sonna)
        for (method, path), of in FOREIGN.items():
            for name, headers in everybody.items():
                real, none = [
                    await sonna.http.request(method, re.sub(r"{\w+}", id_, path), headers=headers)
                    for id_ in (ids[of], str(UUID(int=9)))
                ]
                assert told(real) == told(none), (name, path)
                if headers.get("Authorization"):
                    assert told(real) == NOTHING
        (entry,) = (await sonna.http.get(KEYS, headers=bearing(anna))).json()["apiKeys"]
        assert entry["revokedAt"] is None
        job = (await sonna.http.get(f"{PATH}/{ids['job']}", headers=bearing(anna))).json()
        assert job["status"] == "queued"


async def test_no_answer_to_anybody_has_anything_of_anna(serving) -> None:
    async with serving() as sonna:
        anna = await sonna.sign_up(plan="max", payg=777)
        made = (await sonna.http.post(KEYS, json={"name": "annas"}, headers=bearing(anna))).json()
        await sonna.say(bearing(anna))
        hers = [*anna["user"].values(), made["apiKey"]["id"], made["apiKey"]["keyPrefix"], "annas", "187777"]
        hers.remove(anna["user"]["createdAt"])  # Everybody's: the clock stands still.
        for name, headers in (await roles(sonna)).items():
            for method, path in routes(sonna):
                answer = await sonna.http.request(
                    method, path.replace("{key_id}", made["apiKey"]["id"]), headers=headers
                )
                assert [text for text in hers if text in answer.text] == [], (name, path)


async def test_every_route_asks_who_is_calling(serving) -> None:
    async with serving() as sonna:
        everybody = await roles(sonna)
        for method, path in routes(sonna):
            if OPEN.fullmatch(path):
                continue
            for name in ("nobody", "a wrong key", "a temporary key"):
                answer = await sonna.http.request(method, path, headers=everybody[name])
                assert answer.status_code == 401, (name, path)
            answer = await sonna.http.request(method, path, headers=everybody["another's key"])
            assert (answer.status_code == 403) == (path in FOR_USERS), path


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
