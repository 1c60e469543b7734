"""`/tts-websocket`: what waits too long, and what is paid (contracts, Soniox §2.5 and §5; SETTLED 4)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from antiphon.domain.money import MilliCredits
from antiphon.domain.projects import Budget
from surfaces.soniox.talk import Closed, Talk, connected, error, start, text, without_id
from surfaces.soniox.test_socket_keys import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def closed(talk: Talk) -> tuple[int, str]:
    with pytest.raises(Closed) as end:
        await talk.hear()
    return end.value.code, end.value.reason


async def test_a_stream_without_more_text_is_ended(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(), text("One. Two"))
        await talk.hear()
        shop.clock.advance(4.9)
        talk.say(text(" three"))
        await asyncio.sleep(0.3)
        shop.clock.advance(5.1)
        told, ended = await talk.hear_all("s1")
        assert without_id(told) == error(408, "request_timeout", "Request timeout")
        assert ended == {"stream_id": "s1", "terminated": True}


async def test_texts_with_nothing_in_them_gain_a_stream_no_time(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(), text("One. Two"))
        await talk.hear()
        shop.clock.advance(4.9)
        talk.say(text(""), {"stream_id": "s1", "cancel": False}, {"keep_alive": True})
        await asyncio.sleep(0.3)
        shop.clock.advance(0.2)
        told, _ended = await talk.hear_all("s1")
        assert without_id(told) == error(408, "request_timeout", "Request timeout")


async def test_a_stream_without_sound_is_ended(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start())
        for _ in range(4):
            talk.say(text("w"))
            await asyncio.sleep(0.01)
            shop.clock.advance(4)
        told, _ended = await talk.hear_all("s1")
        assert without_id(told) == error(408, "request_timeout", "Stream killed: no audio output within timeout")


async def test_a_stream_that_hardly_speaks_is_ended(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(), text("One. "), text("Two"))
        await talk.hear()
        for _ in range(8):
            talk.say(text("w"))
            await asyncio.sleep(0.01)
            shop.clock.advance(4)
        told, _ended = await talk.hear_all("s1")
        assert without_id(told) == error(408, "request_timeout", "Stream killed: output audio rate below minimum")


async def test_a_connection_has_ten_seconds_to_bring_a_key(shop: Shop) -> None:
    async with connected(shop.app, key=None) as talk:
        talk.say({"keep_alive": True})
        shop.clock.advance(9.9)
        await asyncio.sleep(0.3)
        shop.clock.advance(0.2)
        told = without_id(await talk.hear())
        assert told == error(408, "request_timeout", "Request timeout", stream_id=None)
        assert (await closed(talk))[0] == 1008


async def test_wrong_keys_one_after_another_gain_no_time(shop: Shop) -> None:
    refusals = 100_000
    async with connected(shop.app, key=None) as talk:

        async def ask() -> None:
            for number in range(refusals):
                talk.say(start(f"s{number}", api_key="wrong-key-of-24-characters"))
                await asyncio.sleep(0)

        asking = asyncio.create_task(ask())
        shop.clock.advance(10.1)
        heard = await talk.hear()
        while "stream_id" in heard:
            heard = await talk.hear()
        assert not asking.done()
        asking.cancel()
        assert without_id(heard) == error(408, "request_timeout", "Request timeout", stream_id=None)


async def test_an_idle_connection_is_closed(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        shop.clock.advance(41.9)
        await asyncio.sleep(0.3)
        shop.clock.advance(0.2)
        assert await closed(talk) == (1001, "Timeout")


async def test_a_connection_that_is_kept_alive_may_be_idle_for_longer(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        for _ in range(9):
            talk.say({"keep_alive": True})
            shop.clock.advance(20)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        talk.say(start(), text("Still here.", end=True))
        assert "audio" in (await talk.hear_all("s1"))[0]
        shop.clock.advance(182.1)
        assert await closed(talk) == (1001, "Timeout")


async def rows(shop: Shop) -> Any:
    await shop.house.till.pay.tick()
    return await shop.house.store.ledger.usage((await shop.key()).account_id)


async def held(shop: Shop) -> MilliCredits:
    account = (await shop.key()).account_id
    return (await shop.house.store.ledger.balance(account, at=shop.clock.now())).held


async def test_what_was_spoken_is_paid_before_its_end_is_sent(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(client_reference_id="mine"), text("One. Two"))
        await talk.hear()
        assert (await rows(shop), await held(shop)) == ((), 19_445)
        talk.say(text(".", end=True))
        while "audio_end" not in await talk.hear():
            pass
        (row,) = await rows(shop)
        assert (row.units, row.charged, row.status, row.code) == (2000, 3889, 200, "")
        assert (row.route, row.client_reference_id) == ("soniox.tts_websocket", "mine")
        assert await held(shop) == 0


async def test_a_cancelled_stream_pays_what_it_said(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(), text("One. Two"))
        await talk.hear()
        talk.say({"stream_id": "s1", "cancel": True})
        await talk.hear_all("s1")
        (row,) = await rows(shop)
        assert (row.units, row.charged, row.status, row.code) == (1000, 1945, 499, "cancelled")
        assert await held(shop) == 0


async def test_a_broken_connection_pays_what_it_was_sent(shop: Shop) -> None:
    async with connected(shop.app) as talk:
        talk.say(start(), text("One. Two"))
        await talk.hear()
    (row,) = await rows(shop)
    assert (row.units, row.status, row.code) == (1000, 499, "client_gone")
    assert await held(shop) == 0


async def budget(shop: Shop, project: bool, amount: int) -> None:
    account = (await shop.key()).account_id
    limit = Budget(account_id=account, project_id=account if project else None, amount=MilliCredits(amount))
    await shop.house.store.projects.set_budget(limit, at=shop.clock.now())


BUDGETS = {
    True: ("project_monthly_budget_exhausted", "Project monthly budget exhausted. Please increase it."),
    False: ("organization_monthly_budget_exhausted", "Organization monthly budget exhausted. Please increase it."),
}


@pytest.mark.parametrize("project", BUDGETS)
async def test_a_budget_that_is_used_up_begins_no_stream(shop: Shop, project: bool) -> None:
    kind, words = BUDGETS[project]
    await budget(shop, project, 19_444)
    async with connected(shop.app) as talk:
        talk.say(start())
        told, _ended = await talk.hear_all("s1")
        assert without_id(told) == error(402, kind, words)
        talk.say(text("More."))
        words = "Stream s1 not found. Send a start message first."
        assert without_id(await talk.hear()) == error(400, "invalid_stream_state", words)


async def test_a_slice_that_cannot_be_paid_ends_the_stream_charged_to_there(shop: Shop) -> None:
    await budget(shop, True, 19_445)
    async with connected(shop.app) as talk:
        talk.say(start(), *[text("Yes. ")] * 11, text("", end=True))
        *sound, told, _ended = await talk.hear_all("s1")
        assert without_id(told) == error(402, *BUDGETS[True])
        assert len(sound) == 10
    assert [(row.units, row.status) for row in await rows(shop)] == [(10_000, 402)]


async def test_rest_and_websocket_share_what_may_be_at_work(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[soniox.tts.concurrency]\norganization = 3\nproject = 2\n")
    async with open_shop(tmp_path / "data", limits_file=limits) as shop, connected(shop.app) as talk:
        talk.say(start("a"), text("One. Two", "a"), start("b"), text("One. Two", "b"))
        assert {(await talk.hear())["stream_id"] for _ in range(2)} == {"a", "b"}
        talk.say(start("c"))
        told, _ended = await talk.hear_all("c")
        words = "Concurrent requests limit for text-to-speech has been exceeded for your project."
        assert without_id(told) == error(429, "limit_exceeded", words, stream_id="c")


async def test_each_stream_counts_as_a_request_a_minute(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[soniox.tts.rates]\norganization = { limit = 2, seconds = 60 }\n")
    async with open_shop(tmp_path / "data", limits_file=limits) as shop, connected(shop.app) as talk:
        for _ in range(2):
            talk.say(start(), text("Hello.", end=True))
            await talk.hear_all("s1")
        talk.say(start())
        told, _ended = await talk.hear_all("s1")
        words = "Requests per minute limit for text-to-speech has been exceeded for your organization."
        assert without_id(told) == error(429, "limit_exceeded", words)
