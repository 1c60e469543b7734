"""Every route, asked for what is Anna's by everybody else: it is not there, nothing of hers is told, nothing changes.

A route without an entry in `ENTRIES` fails; so does one whose path has an id in it, of which no entry says what it is.
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import httpx
import pytest

from antiphon.domain.keys import Permission
from antiphon.domain.voices import ClonedVoice
from surfaces.sonna.making import IMAGE, PATH, Makes
from surfaces.sonna.served import UNLIMITED, Served, bearing, in_folder, routes_of
from unit.services.forged import forgeries

KEYS, TTS, USAGE = "/api/v1/user/api-keys", "/api/v1/tts", "/api/v1/usage"
LIBRARY = "/api/v1/library"


class For(enum.Enum):
    """Whom a route is for."""

    EVERYBODY = enum.auto()
    SPEECH = enum.auto()
    USAGE = enum.auto()
    KNOWN = enum.auto()
    USERS = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A route.

    Args:
        whom: Whom it is for.
        of: Of what the id is that it takes, in its path or where `query` and `body` say "<id>"; "" for none.
        query: What is asked.
        body: What is sent; None for nothing.
        missing: What anybody is told who may ask for what is not theirs; None: no more than that the same is told
            of what there is and what there is not.
    """

    whom: For
    of: str = ""
    query: str = ""
    body: Any = None
    missing: tuple[int, str] | None = None


_NOT_FOUND = (404, "NOT_FOUND")
_NO_VOICE = (400, "INVALID_VOICE")
_TURN = {"id": 1, "text": "Hello.", "voice": "<id>", "voiceId": "<id>"}
ENTRIES: Mapping[tuple[str, str], Entry] = {
    ("POST", f"{TTS}/synthesize"): Entry(whom=For.SPEECH, of="voice", body=_TURN, missing=_NO_VOICE),
    ("POST", f"{TTS}/synthesize-dialogue"): Entry(
        whom=For.SPEECH, of="voice", body={"turns": [_TURN]}, missing=_NO_VOICE
    ),
    ("POST", f"{TTS}/enhance"): Entry(whom=For.SPEECH, of="voice", body=_TURN, missing=_NO_VOICE),
    ("POST", f"{TTS}/enhance-dialogue"): Entry(whom=For.SPEECH, of="voice", body={"turns": [_TURN]}, missing=_NO_VOICE),
    ("GET", f"{TTS}/voices"): Entry(whom=For.SPEECH, of="voice", query="search=<id>"),
    ("GET", f"{TTS}/filters"): Entry(whom=For.SPEECH),
    ("GET", f"{TTS}/models"): Entry(whom=For.SPEECH),
    ("GET", f"{TTS}/favorites"): Entry(whom=For.SPEECH),
    ("POST", f"{TTS}/favorites/toggle"): Entry(whom=For.SPEECH, of="voice", body=_TURN, missing=_NO_VOICE),
    ("GET", "/api/v1/user/credits"): Entry(whom=For.SPEECH),
    ("POST", "/api/v1/user/subscription/check-renewal"): Entry(whom=For.SPEECH),
    ("GET", KEYS): Entry(whom=For.USERS),
    ("POST", KEYS): Entry(whom=For.USERS),
    ("DELETE", f"{KEYS}/{{key_id}}"): Entry(whom=For.USERS, of="key", missing=_NOT_FOUND),
    ("GET", USAGE): Entry(whom=For.USAGE),
    ("GET", f"{USAGE}/requests"): Entry(whom=For.USAGE, of="cursor", query="cursor=<id>"),
    ("GET", LIBRARY): Entry(whom=For.USERS, of="item", query="search=annas&cursor=<id>"),
    ("GET", f"{LIBRARY}/{{item_id}}"): Entry(whom=For.USERS, of="item", missing=_NOT_FOUND),
    ("PATCH", f"{LIBRARY}/{{item_id}}"): Entry(
        whom=For.USERS, of="item", body={"title": "Mine now"}, missing=_NOT_FOUND
    ),
    ("DELETE", f"{LIBRARY}/{{item_id}}"): Entry(whom=For.USERS, of="item", missing=_NOT_FOUND),
    ("GET", "/api/v1/models"): Entry(whom=For.KNOWN),
    ("POST", PATH): Entry(whom=For.KNOWN, body={}),
    ("GET", f"{PATH}/{{job_id}}"): Entry(whom=For.KNOWN, of="job", missing=_NOT_FOUND),
    ("DELETE", f"{PATH}/{{job_id}}"): Entry(whom=For.KNOWN, of="job", missing=_NOT_FOUND),
    **{("POST", f"/api/auth/{name}"): Entry(whom=For.EVERYBODY, body={}) for name in ("register", "login", "first")},
    **{("POST", f"/api/auth/{name}"): Entry(whom=For.EVERYBODY, body={}) for name in ("refresh", "logout")},
    **{("GET", f"/api/auth/{name}"): Entry(whom=For.EVERYBODY) for name in ("first", "google", "mobile-login")},
    **{("POST", f"/api/auth/{name}"): Entry(whom=For.EVERYBODY) for name in ("google", "mobile-login")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody who is not Anna.

    Args:
        headers: What they call with.
        may: What routes are for them; None: nobody knows them.
    """

    headers: Mapping[str, str]
    may: frozenset[For] | None = None


_KEY = frozenset({For.EVERYBODY, For.KNOWN})
_ALL_OF_A_KEY = _KEY | {For.SPEECH, For.USAGE}
_USER = _ALL_OF_A_KEY | {For.USERS}
_MORE = {Permission.TEXT_TO_SPEECH_REALTIME: For.SPEECH, Permission.USAGE_AND_LIMITS: For.USAGE}
_ID = re.compile(r"{\w+}")


async def roles(sonna: Served, anna: dict[str, Any]) -> Mapping[str, Role]:
    """Everybody else, and what is left of what was hers."""
    keys, now = sonna.house.keys, int(sonna.clock.now())
    ben, cleo = await sonna.sign_up("ben@example.com", plan="pro"), await sonna.sign_up("cleo@example.com")
    account = UUID(ben["user"]["accountId"])
    key, text = await keys.create(account, "all")
    sets = {f"key for {one}": frozenset({one}) for one in Permission} | {"key for nothing": frozenset()}
    found = {
        f"another's {name}": Role(
            headers={"X-API-Key": (await keys.create(account, name, permissions=allowed))[1]},
            may=_KEY | {_MORE[one] for one in allowed if one in _MORE},
        )
        for name, allowed in sets.items()
    }
    gone, revoked = await keys.create((await keys.first_account()).id, "gone")
    await keys.revoke(account_id=(await keys.first_account()).id, key_id=gone.id)
    _, short = await sonna.house.temporary.mint(key, permission=Permission.TEXT_TO_SPEECH_REALTIME, seconds=600)
    forged = forgeries(anna["token"], sonna.house.secrets.token_key(now // 86_400), now=now)
    return {
        **found,
        "another's key": Role(headers={"X-API-Key": text}, may=_ALL_OF_A_KEY),
        "the operator's key": Role(headers={}, may=_ALL_OF_A_KEY),
        "another": Role(headers=bearing(ben), may=_USER),
        "another on the plan Free": Role(headers=bearing(cleo), may=_USER),
        "nobody": Role(headers={"X-API-Key": ""}),
        "a wrong key": Role(headers={"X-API-Key": "sona_sk_" + "0" * 49}),
        "a revoked key": Role(headers={"X-API-Key": revoked}),
        "a temporary key": Role(headers={"X-API-Key": short}),
        "her token, expired": Role(headers=bearing({"token": anna["expired"]})),
        "her token, unsigned": Role(headers=bearing({"token": forged["no algorithm"]})),
        "her token, signed by another": Role(headers=bearing({"token": forged["signed by another"]})),
        "her token, where keys are": Role(headers={"X-API-Key": anna["token"]}),
    }


async def begun(sonna: Served) -> tuple[dict[str, Any], dict[str, str]]:
    """Anna, and the ids of what she has, by what they are of."""
    first = await sonna.sign_up(plan="pro", payg=777)
    sonna.clock.advance(901)
    anna = (await sonna.http.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})).json()
    headers, account = bearing(anna), UUID(anna["user"]["accountId"])
    key = (await sonna.http.post(KEYS, json={"name": "annas"}, headers=headers)).json()["apiKey"]
    job = (await sonna.http.post(PATH, json={**IMAGE, "async": True}, headers=headers)).json()
    await sonna.http.post(f"{TTS}/favorites/toggle", json={"voiceId": "Alice"}, headers=headers)
    items = []
    for text in ("annas own words", "more of them"):
        items.append((await sonna.say(headers, text=text)).json())
        sonna.clock.advance(1)
    await sonna.house.till.pay.tick()
    log = (await sonna.http.get(f"{USAGE}/requests?limit=1", headers=headers)).json()
    voice = ClonedVoice(
        id=sonna.house.till.pay.new_id(),
        account_id=account,
        project_id=account,
        name="annas voice",
        filename="anna.wav",
        created_at=sonna.clock.now(),
        clip="none",
    )
    assert await sonna.house.store.voices.add_voice(voice)
    ids = {
        "key": key["id"],
        "job": job["jobId"],
        "voice": str(voice.id),
        "cursor": log["nextCursor"],
        "item": items[1]["libraryId"],  # As a cursor it leads to the other.
    }
    hers = [*anna["user"].values(), key["keyPrefix"], "annas", "102777", *(row["id"] for row in log["requests"])]
    hers.remove(anna["user"]["createdAt"])  # Everybody's: the clock stands still.
    hers += [key["id"], job["jobId"], str(voice.id), "more of them"]
    hers += [item[name] for item in items for name in ("libraryId", "url")]
    return {**anna, "expired": first["token"], "hers": hers, "files": [item["url"] for item in items]}, ids


@pytest.fixture
async def sonna(tmp_path: Path):
    limits = tmp_path / "limits.toml"
    limits.write_text(UNLIMITED, encoding="utf-8")
    async with in_folder(tmp_path)(pictures=Makes(), limits_file=limits) as served:
        yield served


async def asked(sonna: Served, route: tuple[str, str], entry: Entry, id_: str, role: Role) -> httpx.Response:
    """The answer of a route that is asked for an id."""
    method, path = route
    body = None if entry.body is None else _with(entry.body, id_)
    where = _ID.sub(id_, path) + (f"?{entry.query.replace('<id>', id_)}" if entry.query else "")
    return await sonna.http.request(method, where, headers=role.headers, json=body)


def _with(value: Any, id_: str) -> Any:
    match value:
        case dict():
            return {name: _with(one, id_) for name, one in value.items()}
        case list():
            return [_with(one, id_) for one in value]
    return id_ if value == "<id>" else value


def rows_of(sonna: Served, account: str) -> Mapping[str, list[Any]]:
    """Everything that the database has of an account, by table."""
    database = apsw.Connection(str(sonna.files.parent / "antiphon.db"), flags=apsw.SQLITE_OPEN_READONLY)
    both = "SELECT number, id FROM account_number NATURAL JOIN app_user WHERE account_id = ?"
    number, user = database.execute(both, (account,)).fetchone()
    whose = {"account": number, "account_id": account, "user_id": user}
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {}
    for table in tables:
        for column in _columns(database, table):
            if column in whose:
                query = f'SELECT * FROM "{table}" WHERE "{column}" = ? ORDER BY 1, 2'  # noqa: S608 - names are the schema's
                found[table] = database.execute(query, (whose[column],)).fetchall()
    database.close()
    return found


async def files_of(sonna: Served, anna: Mapping[str, Any]) -> list[bytes]:
    """What is in her library, as whoever has the addresses gets it."""
    answers = [await sonna.http.get(url, headers={"X-API-Key": ""}) for url in anna["files"]]
    assert [answer.status_code for answer in answers] == [200, 200]
    return [answer.content for answer in answers]


def _columns(database: apsw.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]


async def test_every_route_has_an_entry_and_every_id_in_a_path_a_kind(sonna) -> None:
    assert set(routes_of(sonna.http._transport.app)) == set(ENTRIES)
    assert [path for (_, path), entry in ENTRIES.items() if "{" in path and not entry.of] == []


async def test_what_is_hers_is_there_for_nobody_else_and_stays_as_it_is(sonna) -> None:
    anna, ids = await begun(sonna)
    everybody = await roles(sonna, anna)
    await sonna.house.till.pay.tick()
    before, files = rows_of(sonna, anna["user"]["accountId"]), await files_of(sonna, anna)
    for name, role in everybody.items():
        for route, entry in ENTRIES.items():
            real = ids.get(entry.of, "")
            answer = await asked(sonna, route, entry, real, role)
            _check(answer, entry, role, f"{name}: {' '.join(route)}")
            assert [text for text in anna["hers"] if text in answer.text] == [], (name, route)
            if entry.of:
                none = await asked(sonna, route, entry, _altered(real), role)
                assert _lasting(answer) == _lasting(none), (name, route)
    await sonna.house.till.pay.tick()
    after = rows_of(sonna, anna["user"]["accountId"])
    assert {name for name, rows in before.items() if rows} >= {
        "api_key",
        "job",
        "favorite_voice",
        "usage",
        "app_user",
        "session",
        "library_item",
        "library_room",
    }
    assert after == before
    assert await files_of(sonna, anna) == files


async def test_what_is_hers_is_there_for_her(sonna) -> None:
    anna, ids = await begun(sonna)
    role = Role(headers=bearing(anna), may=_USER)
    for (method, path), entry in ENTRIES.items():
        if entry.of in {"key", "job", "cursor", "item"}:
            answer = await asked(sonna, (method, path), entry, ids[entry.of], role)
            assert answer.status_code == 200, path


async def test_a_name_that_she_gave_a_request_is_nobody_elses(sonna) -> None:
    anna, _ = await begun(sonna)
    ben = await sonna.sign_up("ben@example.com", plan="pro")
    name = {"Idempotency-Key": "mine"}
    hers = await sonna.say({**bearing(anna), **name}, text="Hello.")
    his = await sonna.say({**bearing(ben), **name}, text="Hello.")
    other = await sonna.say({**bearing(ben), **name}, text="Good-bye.")
    assert (hers.status_code, his.status_code, "idempotency-replayed" in his.headers) == (200, 200, False)
    assert hers.json()["url"] != his.json()["url"]
    assert other.status_code == 422  # It is his own name that he used twice.
    jobs = [
        (await sonna.http.post(PATH, json={**IMAGE, "async": True}, headers={**bearing(who), **name})).json()["jobId"]
        for who in (anna, ben)
    ]
    assert len(set(jobs)) == 2


def _check(answer: httpx.Response, entry: Entry, role: Role, where: str) -> None:
    """See that whoever is not known is told so, and whoever is may do what they may."""
    code = answer.json()["code"] if answer.status_code >= 400 else ""
    refused = (answer.status_code, code)
    if entry.whom is For.EVERYBODY:
        assert code != "UNAUTHORIZED", where
    elif role.may is None:
        assert refused == (401, "UNAUTHORIZED"), where
    elif entry.whom not in role.may:
        assert refused == (403, "ENDPOINT_NOT_ACCESSIBLE"), where
    else:
        assert refused not in {(401, "UNAUTHORIZED"), (403, "ENDPOINT_NOT_ACCESSIBLE")}, where
        assert entry.missing in {None, refused}, where


def _altered(id_: str) -> str:
    """An id that is nobody's, of the same moment."""
    return id_[:-1] + ("0" if id_[-1] != "0" else "1")


def _lasting(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    """An answer without what is every request's own."""
    body = answer.json()
    body.pop("requestId", None)
    return answer.status_code, body, {name: value for name, value in answer.headers.items() if name != "x-request-id"}
