"""`POST /tts` with temporary keys (contracts, Soniox §3): used once, cut in time, under their own label."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from antiphon import app as composition
from antiphon.catalog.models import load_speech_models
from antiphon.domain.keys import ApiKey, Permission
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import Makers
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, EchoMaker, FakeClock
from store.fresh import migrated

WISH = {"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "pcm_s16le", "text": "Hello"}
EXPIRED = (
    "Invalid or expired temporary API key. Create a new temporary API key and retry. "
    "See https://soniox.com/docs/guides/temporary-api-keys for details."
)
SESSION = "Temporary API key session duration limit exceeded. Create a new temporary API key to start a new session."


class Paced(EchoMaker):
    """Gives a second of sound at once, and another when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self.begun = asyncio.Event()

    @contextlib.asynccontextmanager
    async def speak(self, _text: AsyncIterator[str], _manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        self.working += 1
        try:
            yield self._seconds()
        finally:
            self.working -= 1

    async def _seconds(self) -> AsyncIterator[SpeechPiece]:
        await self.may_begin.wait()
        yield SpeechPiece(audio=b"1", duration=1000)
        self.begun.set()
        await self.may_end.wait()
        yield SpeechPiece(audio=b"2", duration=2000, last=True)


@dataclass(frozen=True)
class Shop:
    """A whole application, its services and a client."""

    house: House
    maker: Paced
    http: httpx.AsyncClient
    parent: ApiKey

    async def key(self, **terms: Any) -> dict[str, str]:
        """Headers with a new temporary key."""
        usual = {"permission": Permission.TEXT_TO_SPEECH_REALTIME, "seconds": 60}
        _, text = await self.house.temporary.mint(self.parent, **{**usual, **terms})
        return {"Authorization": f"Bearer {text}"}

    async def say(self, headers: dict[str, str], **changes: Any) -> tuple[int, str]:
        """Status, and what was said or what was wrong."""
        answer = await self.http.post("/tts", json={**WISH, **changes}, headers=headers)
        return answer.status_code, answer.text if answer.is_success else answer.json()["error_message"]

    async def usage(self) -> Any:
        await self.house.till.pay.tick()
        return await self.house.store.ledger.usage(self.parent.account_id)

    async def held(self) -> int:
        return (await self.house.credits.balance(self.parent.account_id)).held


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    chosen, maker = load(data=tmp_path / "data", bootstrap_key=TEST_KEY), Paced()
    maker.may_end.set()
    with DataFolder.claim(chosen.data) as claimed:
        migrated(claimed.database)
        async with open_house(claimed, chosen, FakeClock()) as house:
            await house.first_start(chosen, remember=lambda _: None)
            app = composition.create(
                chosen,
                house=house,
                models=load_speech_models(),
                makers=Makers(speech={maker.name: maker}),
                metrics=Metrics(),
                public_url=composition.PublicUrl("http://antiphon"),
            )
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://antiphon") as http,
            ):
                yield Shop(house, maker, http, await house.keys.authenticate(TEST_KEY))


async def test_a_key_for_one_use_speaks_once(shop: Shop) -> None:
    key = await shop.key(single_use=True)
    assert await shop.say(key) == (200, "12")
    assert await shop.say(key) == (401, EXPIRED)


async def test_a_wrong_request_uses_up_no_key(shop: Shop) -> None:
    key = await shop.key(single_use=True)
    assert (await shop.say(key, voice="Nobody"))[0] == 400
    assert await shop.say(key) == (200, "12")


async def test_a_request_that_cannot_be_paid_uses_up_no_key(shop: Shop) -> None:
    key, account = await shop.key(single_use=True), shop.parent.account_id
    await shop.house.projects.set_budget(account, MilliCredits(0))
    assert (await shop.say(key))[0] == 402
    await shop.house.projects.set_budget(account, MilliCredits(1_000 * CREDIT))
    assert await shop.say(key) == (200, "12")


async def test_of_two_at_once_with_a_key_for_one_use_one_is_refused_and_holds_nothing(shop: Shop) -> None:
    key = await shop.key(single_use=True)
    answers = await asyncio.gather(*(shop.say(key) for _ in range(3)))
    assert sorted(answers) == [(200, "12"), (401, EXPIRED), (401, EXPIRED)]
    assert await shop.held() == 0
    assert sorted((row.status, row.charged > 0) for row in await shop.usage()) == [
        (200, True),
        (401, False),
        (401, False),
    ]


async def test_a_session_that_is_over_before_there_is_sound_is_refused(shop: Shop) -> None:
    shop.maker.may_begin.clear()
    assert await shop.say(await shop.key(longest_session=0.02)) == (403, SESSION)
    assert (shop.maker.working, await shop.held()) == (0, 0)


async def test_a_session_that_is_over_midway_is_cut_and_charged_to_there(shop: Shop) -> None:
    shop.maker.may_end.clear()
    assert await shop.say(await shop.key(longest_session=0.25)) == (200, "1")
    assert (shop.maker.working, await shop.held()) == (0, 0)
    (row,) = await shop.usage()
    assert (row.status, row.code, row.units) == (403, "permission_denied", 1000)


async def test_what_is_spoken_ends_within_five_seconds_of_the_revocation_of_its_keys_parent(shop: Shop) -> None:
    shop.maker.may_end.clear()
    speaking = asyncio.create_task(shop.say(await shop.key()))
    await shop.maker.begun.wait()
    await shop.house.keys.revoke(account_id=shop.parent.account_id, key_id=shop.parent.id)
    async with asyncio.timeout(10 * 5.0):  # Ten times the promise.
        assert await speaking == (200, "1")
    assert (shop.maker.working, await shop.held()) == (0, 0)
    (row,) = await shop.usage()
    assert (row.status, row.code, row.units) == (401, "unauthenticated", 1000)


async def test_a_temporary_keys_label_goes_before_the_requests(shop: Shop) -> None:
    await shop.say(await shop.key(client_reference_id="user 7"), client_reference_id="mine")
    await shop.say(await shop.key(), client_reference_id="mine")
    assert {row.client_reference_id for row in await shop.usage()} == {"user 7", ""}
