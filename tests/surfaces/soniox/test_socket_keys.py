"""`/tts-websocket`: who may speak on it (contracts, Soniox §2.1 and §3)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from antiphon import app as composition
from antiphon.catalog.models import load_speech_models
from antiphon.domain.keys import Permission
from antiphon.domain.ports import Makers
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, EchoMaker, FakeClock
from store.fresh import migrated
from surfaces.soniox.talk import Closed, Talk, connected, error, start, text, without_id

CONSOLE = "You can get an API key at https://console.soniox.com"
EXPIRED = (
    "Invalid or expired temporary API key. Create a new temporary API key and retry. "
    "See https://soniox.com/docs/guides/temporary-api-keys for details."
)
WRONG = f"Incorrect API key provided. {CONSOLE}"
HEADER = "Authorization: Bearer <SONIOX_API_KEY>"
MISSING = f"Missing API key. Provide it as an Authorization header (e.g. '{HEADER}'). {CONSOLE}."


@dataclass(frozen=True)
class Shop:
    """A whole application and its services."""

    app: FastAPI
    house: House
    clock: FakeClock

    async def key(self) -> Any:
        return await self.house.keys.authenticate(TEST_KEY)

    async def temporary(self, **terms: Any) -> str:
        usual = {"permission": Permission.TEXT_TO_SPEECH_REALTIME, "seconds": 60}
        _key, made = await self.house.temporary.mint(await self.key(), **{**usual, **terms})
        return made


_DEADLINE = 10 * 5.0
"""Seconds: ten times the promise."""


@contextlib.asynccontextmanager
async def open_shop(folder: Path, **settings: Any) -> AsyncIterator[Shop]:
    clock = FakeClock()
    chosen = load(data=folder, bootstrap_key=TEST_KEY, **settings)
    maker = EchoMaker()
    with DataFolder.claim(folder) as claimed:
        migrated(claimed.database)
        async with open_house(claimed, chosen, clock) as house:
            await house.first_start(chosen, remember=lambda _key: None)
            made = composition.create(
                chosen,
                house=house,
                models=load_speech_models(),
                makers=Makers(speech={maker.name: maker}),
                metrics=Metrics(),
                public_url=composition.PublicUrl("http://antiphon"),
            )
            async with made.router.lifespan_context(made):
                yield Shop(made, house, clock)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def speaks(talk: Talk, **changes: Any) -> bool:
    """Whether a stream is served, and not refused."""
    talk.say(start(**changes), text("Hello.", end=True))
    heard = await talk.hear_all("s1")
    return heard[0].get("audio") == "SGVsbG8u"


async def refused(talk: Talk, **changes: Any) -> dict[str, Any]:
    """How a stream is refused."""
    talk.say(start(**changes))
    told, _ended = await talk.hear_all("s1")
    return without_id(told)


async def cut(talk: Talk) -> tuple[dict[str, Any], int]:
    """What a whole connection is refused with: its message, and the code it is closed with."""
    told = without_id(await talk.hear())
    with pytest.raises(Closed) as closed:
        await talk.hear()
    return told, closed.value.code


async def test_a_key_may_come_in_the_header(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        assert await speaks(talk)
    async with connected(shop.app, key=None, headers=[(b"x-api-key", TEST_KEY.encode())]) as talk:
        assert await speaks(talk)


async def test_a_key_may_come_as_a_subprotocol_which_is_confirmed_without_it(shop: Shop) -> None:
    async with connected(shop.app, key=None, subprotocols=["soniox-api-key", TEST_KEY]) as talk:
        assert talk.accepted["subprotocol"] == "soniox-api-key"
        assert await speaks(talk)


async def test_a_key_may_come_with_every_stream(shop: Shop) -> None:
    async with connected(shop.app, key=None) as talk:
        assert talk.accepted["subprotocol"] is None
        assert await speaks(talk, api_key=TEST_KEY)
        assert await refused(talk) == error(401, "unauthenticated", MISSING)
        assert await refused(talk, api_key="") == error(401, "unauthenticated", MISSING)
        assert await speaks(talk, api_key=TEST_KEY)


BAD_KEYS = {
    "wrong": ("wrong-key-of-24-characters", error(401, "unauthenticated", WRONG)),
    "mistyped": ("sona_sk_" + "x" * 49, error(401, "unauthenticated", WRONG)),
    "mistyped and temporary": ("temp_" + "x" * 49, error(401, "unauthenticated", EXPIRED)),
    "long": ("x" * 251, error(400, "invalid_request", "API key is too long (max length 250).")),
}


@pytest.mark.parametrize("case", BAD_KEYS)
async def test_a_bad_key_of_a_stream_is_told_and_the_connection_stays(shop: Shop, case: str) -> None:
    key, told = BAD_KEYS[case]
    async with connected(shop.app, key=None) as talk:
        assert await refused(talk, api_key=key) == told
        assert await speaks(talk, api_key=TEST_KEY)


async def test_a_key_of_the_wrong_type_is_told(shop: Shop) -> None:
    async with connected(shop.app, key=None) as talk:
        words = "Invalid type for field: api_key (expected a string)."
        assert await refused(talk, api_key=7) == error(400, "invalid_request", words)


@pytest.mark.parametrize("case", BAD_KEYS)
async def test_a_bad_key_of_a_connection_is_told_and_ends_it(shop: Shop, case: str) -> None:
    key, told = BAD_KEYS[case]
    expected = {name: value for name, value in told.items() if name != "stream_id"}
    async with connected(shop.app, key=key) as talk:
        assert await cut(talk) == (expected, 1008)
    async with connected(shop.app, key=None, subprotocols=["soniox-api-key", key]) as talk:
        assert await cut(talk) == (expected, 1008)


async def test_another_scheme_is_told(shop: Shop) -> None:
    async with connected(shop.app, key=None, headers=[(b"authorization", b"Basic eDp5")]) as talk:
        words = f"Authorization header must use the Bearer scheme (e.g. '{HEADER}'). {CONSOLE}."
        assert await cut(talk) == (error(401, "unauthenticated", words, stream_id=None), 1008)


@pytest.mark.parametrize("offered", [["soniox-api-key"], ["soniox-api-key", "a", "b"], ["a", "soniox-api-key"]])
async def test_a_subprotocol_without_one_key_is_none(shop: Shop, offered: list[str]) -> None:
    async with connected(shop.app, key=None, subprotocols=offered) as talk:
        assert await cut(talk) == (error(401, "unauthenticated", MISSING, stream_id=None), 1008)


async def test_a_key_in_header_and_subprotocol_is_refused(shop: Shop) -> None:
    async with connected(shop.app, subprotocols=["soniox-api-key", TEST_KEY]) as talk:
        words = "API key provided twice: when connecting, and in the message. Provide it once."
        assert await cut(talk) == (error(400, "invalid_request", words, stream_id=None), 1008)


async def test_a_key_in_the_address_is_refused_and_marked(shop: Shop) -> None:
    async with connected(shop.app, query=f"api_key={TEST_KEY}") as talk:
        told, code = await cut(talk)
        assert (told["error_code"], code) == (401, 1008)
    assert (await shop.house.keys.list((await shop.key()).account_id))[0].leaked_at is not None


async def test_a_key_for_other_things_is_denied(shop: Shop) -> None:
    account = (await shop.key()).account_id
    _key, narrow = await shop.house.keys.create(account, "narrow", permissions=frozenset({Permission.FILES}))
    async with connected(shop.app, key=None) as talk:
        words = "The API key does not have the permission 'text_to_speech_realtime'."
        assert await refused(talk, api_key=narrow) == error(403, "permission_denied", words)


async def test_a_temporary_key_opens_streams_until_it_expires(shop: Shop) -> None:
    key = await shop.temporary(seconds=60)
    async with connected(shop.app, key=key) as talk:
        assert await speaks(talk)
        shop.clock.advance(59)
        assert await speaks(talk)
        shop.clock.advance(1)
        assert await refused(talk) == error(401, "unauthenticated", EXPIRED)


async def test_a_stream_outlives_the_key_it_began_with(shop: Shop) -> None:
    async with connected(shop.app, key=await shop.temporary(seconds=2)) as talk:
        talk.say(start(), text("One. Two"))
        await talk.hear()
        shop.clock.advance(3)
        talk.say(text(" three.", end=True))
        assert [message.get("error_code") for message in await talk.hear_all("s1")] == [None, None, None]


async def test_a_key_for_one_use_begins_one_stream(shop: Shop) -> None:
    key = await shop.temporary(single_use=True)
    async with connected(shop.app, key=None) as talk:
        assert await speaks(talk, api_key=key)
        assert await refused(talk, api_key=key) == error(401, "unauthenticated", EXPIRED)


async def test_a_refused_stream_uses_up_no_key(shop: Shop) -> None:
    key = await shop.temporary(single_use=True)
    async with connected(shop.app, key=key) as talk:
        assert (await refused(talk, voice="Nobody"))["error_code"] == 400
        assert await speaks(talk)


async def test_a_temporary_key_for_other_things_cannot_speak(shop: Shop) -> None:
    key = await shop.temporary(permission=Permission.SPEECH_TO_TEXT_REALTIME)
    async with connected(shop.app, key=None) as talk:
        words = (
            "The temporary API key cannot be used for this action. Each temporary API key is scoped to a "
            "specific `usage_type`; create a new key with the correct usage type."
        )
        assert await refused(talk, api_key=key) == error(401, "unauthenticated", words)


async def test_a_session_ends_when_its_time_is_over(shop: Shop) -> None:
    async with connected(shop.app, key=await shop.temporary(longest_session=0.3)) as talk:
        talk.say(start(), text("One. Two"))
        assert "audio" in await talk.hear()
        told, ended = await talk.hear_all("s1")
        words = (
            "Temporary API key session duration limit exceeded. Create a new temporary API key to start a new session."
        )
        assert without_id(told) == error(403, "temp_api_key_session_expired", words)
        assert ended == {"stream_id": "s1", "terminated": True}


async def test_streams_end_within_five_seconds_of_the_revocation_of_their_key(shop: Shop) -> None:
    lasting = await shop.key()
    async with (
        connected(shop.app) as with_it,
        connected(shop.app, key=await shop.temporary()) as with_its_temporary,
        asyncio.timeout(_DEADLINE),
    ):
        for talk in (with_it, with_its_temporary):
            talk.say(start(), text("One. Two"))
            assert "audio" in await talk.hear()
        await shop.house.keys.revoke(account_id=lasting.account_id, key_id=lasting.id)
        (told, ended), (told_temporary, _) = await with_it.hear_all("s1"), await with_its_temporary.hear_all("s1")
    assert without_id(told) == error(
        401, "unauthenticated", "Incorrect API key provided. You can get an API key at https://console.soniox.com"
    )
    assert ended == {"stream_id": "s1", "terminated": True}
    assert told_temporary["error_message"].startswith("Invalid or expired temporary API key.")
    rows = await shop.house.store.ledger.usage(lasting.account_id)
    assert [(row.status, row.charged > 0) for row in rows] == [(401, True), (401, True)]


async def test_a_temporary_keys_label_goes_before_the_requests(shop: Shop) -> None:
    key = await shop.temporary(client_reference_id="bound")
    async with connected(shop.app, key=key) as talk:
        assert await speaks(talk, client_reference_id="mine")
    (row,) = await shop.house.store.ledger.usage((await shop.key()).account_id)
    assert row.client_reference_id == "bound"
