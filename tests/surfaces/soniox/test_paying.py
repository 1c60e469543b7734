"""What `POST /tts` costs, and when it is refused for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from antiphon import app as composition
from antiphon.catalog.models import load_speech_models
from antiphon.domain.errors import Unavailable
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import CREDIT, Price
from antiphon.domain.ports import Makers
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.house import House, open_house
from antiphon.kit.observe import Metrics
from antiphon.services.pay import Claim, Outcome
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from antiphon.testing import TEST_KEY, EchoMaker, FakeClock
from store.fresh import migrated

WISH = {"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "pcm_s16le", "text": "Hello"}
PLAN = 187_000 * CREDIT
"""What the first account's plan grants it a month; nothing else is given in these tests."""
SLICE = 19_445
"""Ten seconds at 7,000 credits an hour, rounded up, in thousandths of a credit."""


def cost(milliseconds: int) -> int:
    """As the reference prices it: an hour is 7,000 credits; worked out anew, with one rounding up."""
    return -(-milliseconds * 7_000_000 // 3_600_000)


class Paced(EchoMaker):
    """Gives a piece for each duration it is told, and stops when told to fail."""

    def __init__(self, *durations: int, failure: Any = None, gate: asyncio.Event | None = None) -> None:
        super().__init__()
        self.durations, self.fails, self.gate, self.given = durations, failure, gate, 0

    @contextlib.asynccontextmanager
    async def speak(self, _text: AsyncIterator[str], _manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        async def pieces() -> AsyncIterator[SpeechPiece]:
            for number, duration in enumerate(self.durations, 1):
                if self.gate:
                    await self.gate.wait()
                self.given = number
                last = number == len(self.durations) and self.fails is None
                yield SpeechPiece(audio=b"x", duration=duration, last=last)
            raise self.fails

        yield pieces()


class Shop:
    """A whole application, its services and a client."""

    def __init__(self, house: House, http: httpx.AsyncClient, account: Any) -> None:
        self.house, self.http, self.account = house, http, account

    async def balance(self) -> Any:
        return await self.house.credits.balance(self.account.id)

    async def spendable(self) -> int:
        return sum((await self.balance()).available.values())

    async def held(self, amount: int) -> None:
        """Wait until exactly so much is held."""
        async with asyncio.timeout(5):
            while (await self.balance()).held != amount:  # noqa: ASYNC110 - of the ledger there is no event
                await asyncio.sleep(0)

    async def usage(self) -> Any:
        await self.house.till.pay.tick()
        return await self.house.store.ledger.usage(self.account.id)

    async def spend_all_but(self, amount: int) -> None:
        """Hold the rest, as another request would."""
        pay = self.house.till.pay
        claim = Claim(
            account_id=self.account.id,
            project_id=self.account.id,
            key_id=self.account.id,
            order=(Bucket.SUBSCRIPTION, Bucket.PAYG),
            request_id="rest",
            dialect="test",
            route="test",
            modality="speech",
            model="m",
            engine="e",
            price=Price(millicredits=1, unit="unit"),
        )
        rest = await self.spendable() - amount
        async with pay.request(claim, units=rest, status_of=lambda _: 500) as paid:
            await paid.end(Outcome(units=rest, status=200))


@contextlib.asynccontextmanager
async def shop(folder: Path, maker: EchoMaker, limits: str = "") -> AsyncIterator[Shop]:
    file = folder / "limits.toml"
    file.write_text(limits)
    chosen = load(data=folder / "data", bootstrap_key=TEST_KEY, bootstrap_credits=0, limits_file=file)
    with DataFolder.claim(chosen.data) as claimed:
        migrated(claimed.database)
        async with open_house(claimed, chosen, FakeClock()) as house:
            account = await house.first_start(chosen, remember=lambda _: None)
            made = composition.create(
                chosen,
                house=house,
                models=load_speech_models(),
                makers=Makers(speech={maker.name: maker}),
                metrics=Metrics(),
                public_url=composition.PublicUrl("http://antiphon"),
            )
            async with (
                made.router.lifespan_context(made),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(made),
                    base_url="http://antiphon",
                    headers={"Authorization": f"Bearer {TEST_KEY}"},
                ) as http,
            ):
                yield Shop(house, http, account)


@pytest.mark.parametrize("milliseconds", [1, 100, 9_999, 10_000, 10_001, 35_000, 120_000])
async def test_the_milliseconds_that_were_sent_are_charged_and_nothing_stays_held(
    tmp_path: Path, milliseconds: int
) -> None:
    async with shop(tmp_path, Paced(milliseconds)) as s:
        assert (await s.http.post("/tts", json=WISH)).status_code == 200
        balance = await s.balance()
    assert balance.available == {Bucket.SUBSCRIPTION: PLAN - cost(milliseconds)}
    assert balance.held == 0


async def test_ten_seconds_are_held_before_the_maker_begins(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with shop(tmp_path, Paced(1000, gate=gate)) as s:
        asking = asyncio.create_task(s.http.post("/tts", json=WISH))
        await s.held(SLICE)
        gate.set()
        await asking


async def test_without_enough_for_ten_seconds_nothing_begins(tmp_path: Path) -> None:
    maker = Paced(1000)
    async with shop(tmp_path, maker) as s:
        await s.spend_all_but(SLICE - 1)
        answer = await s.http.post("/tts", json=WISH)
        assert await s.spendable() == SLICE - 1
    assert (answer.status_code, answer.json()["error_type"]) == (402, "organization_balance_exhausted")
    assert maker.given == 0


async def test_when_it_runs_out_midway_the_sound_stops_there_and_is_charged_to_there(tmp_path: Path) -> None:
    maker = Paced(4_000, 9_000, 15_000, 25_000)
    async with shop(tmp_path, maker) as s:
        await s.spend_all_but(SLICE)
        answer = await s.http.post("/tts", json=WISH)
        assert await s.spendable() == SLICE - cost(9_000)
        assert "payment_required" in {row.code for row in await s.usage()}
    assert (answer.status_code, answer.content) == (200, b"xx")


async def test_a_maker_that_fails_before_the_first_piece_costs_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(failure=Unavailable(12))) as s:
        assert (await s.http.post("/tts", json=WISH)).status_code == 503
        assert (await s.balance()).available == {Bucket.SUBSCRIPTION: PLAN}


async def test_a_maker_that_fails_midway_costs_what_was_sent(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(3_000, failure=Unavailable(12))) as s:
        await s.http.post("/tts", json=WISH)
        assert await s.spendable() == PLAN - cost(3_000)


async def test_a_request_that_is_wrong_costs_and_holds_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(1000)) as s:
        for wrong in ({**WISH, "voice": "Nobody"}, {}, {**WISH, "speed": 9}):
            assert (await s.http.post("/tts", json=wrong)).status_code == 400
        balance = await s.balance()
    assert (balance.available, balance.held) == ({Bucket.SUBSCRIPTION: PLAN}, 0)


async def test_every_request_has_its_row_with_what_it_cost(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(2_000)) as s:
        headers = {"X-Request-Id": "mine"}
        await s.http.post("/tts", json={**WISH, "client_reference_id": "job 7"}, headers=headers)
        (row,) = await s.usage()
    assert (row.request_id, row.client_reference_id, row.status, row.code) == ("mine", "job 7", 200, "")
    assert (row.dialect, row.route, row.model, row.engine) == ("soniox", "soniox.tts", "tts-rt-v1", "espeak")
    assert (row.units, row.unit, row.listed, row.charged) == (2_000, "millisecond", cost(2_000), cost(2_000))
    assert row.paid_from == {Bucket.SUBSCRIPTION: cost(2_000)}


async def test_a_refused_request_has_its_row_too(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(2_000)) as s:
        await s.http.post("/tts", json={**WISH, "voice": "Nobody"})
        await s.spend_all_but(1)
        await s.http.post("/tts", json=WISH)
        rows = {(row.status, row.code, row.charged) for row in await s.usage() if row.dialect == "soniox"}
    assert rows == {(400, "invalid_request", 0), (402, "payment_required", 0)}


async def test_two_requests_with_one_request_id_are_two_requests(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(1_000)) as s:
        for _ in range(2):
            await s.http.post("/tts", json=WISH, headers={"X-Request-Id": "same"})
        assert await s.spendable() == PLAN - 2 * cost(1_000)


async def test_a_fourth_at_once_is_refused_and_a_place_is_free_again_after(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with shop(tmp_path, Paced(1_000, gate=gate)) as s:
        three = [asyncio.create_task(s.http.post("/tts", json=WISH)) for _ in range(3)]
        await s.held(3 * SLICE)
        fourth = await s.http.post("/tts", json=WISH)
        gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*three)] == [200] * 3
        assert (await s.http.post("/tts", json=WISH)).status_code == 200
    assert (fourth.status_code, fourth.json()["error_message"]) == (
        429,
        "Concurrent requests limit for text-to-speech has been exceeded for your organization.",
    )
    assert int(fourth.headers["retry-after"]) >= 1


async def test_more_than_so_many_a_minute_are_refused(tmp_path: Path) -> None:
    limits = "[soniox.tts.rates]\norganization = { limit = 2, seconds = 60 }\n"
    async with shop(tmp_path, Paced(1_000), limits) as s:
        answers = [await s.http.post("/tts", json=WISH) for _ in range(3)]
        assert await s.spendable() == PLAN - 2 * cost(1_000)
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error_message"] == (
        "Requests per minute limit for text-to-speech has been exceeded for your organization."
    )
    assert answers[2].headers["retry-after"] == "30"


async def test_the_ledger_is_sound_after_all_of_that(tmp_path: Path) -> None:
    async with shop(tmp_path, Paced(4_000, 11_000, 25_000)) as s:
        await asyncio.gather(*(s.http.post("/tts", json=WISH) for _ in range(3)))
        await s.house.till.pay.tick()
        finding = await s.house.credits.verify()
    assert (finding.fault, finding.transfers) == ("", finding.sealed_to)


async def test_a_repeated_request_gets_the_same_sound_and_is_charged_once(tmp_path: Path) -> None:
    again = {"Idempotency-Key": "one"}
    async with shop(tmp_path, Paced(1_000, 2_000)) as s:
        first = await s.http.post("/tts", json=WISH, headers=again)
        second = await s.http.post("/tts", json=dict(reversed(WISH.items())), headers=again)
        assert await s.spendable() == PLAN - cost(2_000)
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["content-type"] == first.headers["content-type"] == "audio/pcm"
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_another_body_under_the_same_key_is_refused(tmp_path: Path) -> None:
    again = {"Idempotency-Key": "one"}
    async with shop(tmp_path, Paced(1_000)) as s:
        await s.http.post("/tts", json=WISH, headers=again)
        other = await s.http.post("/tts", json={**WISH, "text": "Bye"}, headers=again)
        assert await s.spendable() == PLAN - cost(1_000)
    assert (other.status_code, other.json()["error_type"]) == (422, "idempotency_mismatch")


async def test_a_repeated_request_in_flight_is_refused(tmp_path: Path) -> None:
    gate, again = asyncio.Event(), {"Idempotency-Key": "one"}
    async with shop(tmp_path, Paced(1_000, gate=gate)) as s:
        first = asyncio.create_task(s.http.post("/tts", json=WISH, headers=again))
        await s.held(SLICE)
        second = await s.http.post("/tts", json=WISH, headers=again)
        gate.set()
        assert (await first).status_code == 200
    assert (second.status_code, second.json()["error_type"]) == (409, "idempotency_in_flight")


async def test_after_a_failure_the_same_key_tries_again(tmp_path: Path) -> None:
    maker = Paced(failure=Unavailable(12))
    again = {"Idempotency-Key": "one"}
    async with shop(tmp_path, maker) as s:
        assert (await s.http.post("/tts", json=WISH, headers=again)).status_code == 503
        maker.durations, maker.fails = (1_000,), None
        assert (await s.http.post("/tts", json=WISH, headers=again)).status_code == 200


@pytest.mark.parametrize("key", ["", "two words", "k" * 256])
async def test_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    async with shop(tmp_path, Paced(1_000)) as s:
        answer = await s.http.post("/tts", json=WISH, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error_message"]) == (
        400,
        "Idempotency-Key must be 1 to 255 ASCII characters without spaces.",
    )
