"""What speech costs, what plans and packages bring, and what is spent first, against tables worked out by hand.

Prices: contracts, Sonna §1.3 and §1.7; keys pay nine tenths. Amounts are thousandths of a credit.
"""

from typing import Any
from uuid import UUID

import pytest

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.services.payments import Payment
from surfaces.sonna.served import Served, bearing

FREE, SUBSCRIPTION, PAYG = Bucket

ELEVENLABS, GEMINI = "Alice", "Kore"
NEURAL, WAVENET = "en-US-Neural2-D", "id-ID-Wavenet-A"
# By voice, model and characters, the last of each being the limit: what somebody pays who is signed in, and what a key
# does.
SPEECH = {
    (ELEVENLABS, "eleven-v3", 1): (2_100, 1_890),
    (ELEVENLABS, "eleven-v3", 43): (90_300, 81_270),
    (ELEVENLABS, "eleven-v3", 1_000): (2_100_000, 1_890_000),
    (ELEVENLABS, "eleven-v3", 5_000): (10_500_000, 9_450_000),
    (ELEVENLABS, "eleven-multilingual-v2", 1): (2_100, 1_890),
    (ELEVENLABS, "eleven-multilingual-v2", 43): (90_300, 81_270),
    (ELEVENLABS, "eleven-multilingual-v2", 1_000): (2_100_000, 1_890_000),
    (ELEVENLABS, "eleven-multilingual-v2", 10_000): (21_000_000, 18_900_000),
    (ELEVENLABS, "eleven-flash-v2-5", 1): (1_050, 945),
    (ELEVENLABS, "eleven-flash-v2-5", 43): (45_150, 40_635),
    (ELEVENLABS, "eleven-flash-v2-5", 1_000): (1_050_000, 945_000),
    (ELEVENLABS, "eleven-flash-v2-5", 40_000): (42_000_000, 37_800_000),
    (GEMINI, "gemini-2-5-flash", 1): (700, 630),
    (GEMINI, "gemini-2-5-flash", 43): (30_100, 27_090),
    (GEMINI, "gemini-2-5-flash", 1_000): (700_000, 630_000),
    (GEMINI, "gemini-2-5-flash", 3_000): (2_100_000, 1_890_000),
    (GEMINI, "gemini-2-5-pro", 1): (1_050, 945),
    (GEMINI, "gemini-2-5-pro", 43): (45_150, 40_635),
    (GEMINI, "gemini-2-5-pro", 1_000): (1_050_000, 945_000),
    (GEMINI, "gemini-2-5-pro", 3_000): (3_150_000, 2_835_000),
    (NEURAL, "google-neural2", 1): (500, 450),
    (NEURAL, "google-neural2", 43): (21_500, 19_350),
    (NEURAL, "google-neural2", 1_000): (500_000, 450_000),
    (NEURAL, "google-neural2", 3_000): (1_500_000, 1_350_000),
    (WAVENET, "google-wavenet", 1): (500, 450),
    (WAVENET, "google-wavenet", 43): (21_500, 19_350),
    (WAVENET, "google-wavenet", 1_000): (500_000, 450_000),
    (WAVENET, "google-wavenet", 3_000): (1_500_000, 1_350_000),
}
LIMITS = {(voice, model): characters for voice, model, characters in SPEECH}
# Of dialogues: characters of all turns.
DIALOGUES = {1: (2_100, 1_890), 43: (90_300, 81_270), 1_000: (2_100_000, 1_890_000), 2_000: (4_200_000, 3_780_000)}

# Credits of a new account: by plan, and by what it bought.
BOUGHT = {
    ("free", None): (10_000, 0),
    ("free", "starter"): (72_500, 62_500),
    ("free", "plus"): (135_000, 125_000),
    ("free", "creator"): (260_000, 250_000),
    ("pro", None): (102_000, 0),
    ("pro", "starter"): (164_500, 62_500),
    ("pro", "plus"): (227_000, 125_000),
    ("pro", "creator"): (352_000, 250_000),
    ("max", None): (187_000, 0),
    ("max", "starter"): (249_500, 62_500),
    ("max", "plus"): (312_000, 125_000),
    ("max", "creator"): (437_000, 250_000),
}


class Spender:
    """Somebody with an account of their own."""

    def __init__(self, sonna: Served, signed_in: dict[str, Any]) -> None:
        self.sonna = sonna
        self.account_id = UUID(signed_in["user"]["accountId"])
        self.headers = bearing(signed_in)

    @classmethod
    async def on(cls, sonna: Served, plan: str, *, payg: int = 0) -> "Spender":
        """On a plan; `payg` is in credits."""
        return cls(sonna, await sonna.sign_up(plan=plan, payg=payg))

    async def key(self) -> dict[str, str]:
        """Headers with a key of the account's."""
        _, key = await self.sonna.house.keys.create(self.account_id, "its own")
        return {"X-API-Key": key}

    async def has(self) -> dict[Bucket, int]:
        """By bucket."""
        return dict((await self.sonna.house.credits.balance(self.account_id)).available)

    async def buy(self, amount: int) -> None:
        """So many thousandths."""
        payment = Payment(id=f"{self.account_id} {amount}", account_id=self.account_id, amount=MilliCredits(amount))
        assert await self.sonna.house.payments.add(payment)

    async def say(self, characters: int, headers: Any = None, **fields: Any) -> tuple[int, dict[str, Any], Any]:
        """The status and body of a synthesis by Flash, two seconds after the last: the rate's; and what paid for it."""
        self.sonna.clock.advance(2.0)
        before = await self.has()
        answer = await self.sonna.say(headers or self.headers, text="x" * characters, **fields)
        after = await self.has()
        paid = {bucket: before.get(bucket, 0) - after.get(bucket, 0) for bucket in Bucket}
        return answer.status_code, answer.json(), {bucket: amount for bucket, amount in paid.items() if amount}


async def test_every_model_of_speech_costs_what_the_table_says(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "free", payg=500_000)
        key, found = await anna.key(), {}
        for voice, model, characters in SPEECH:
            options = {"voice": voice, "ttsModel": model}
            asked = [await anna.say(characters, headers, **options) for headers in (anna.headers, key)]
            assert [(status, body.get("model")) for status, body, _ in asked] == [(200, model)] * 2
            told = [round(1000 * body["creditsCharged"]) for _, body, _ in asked]
            assert told == [sum(paid.values()) for _, _, paid in asked]
            found[voice, model, characters] = tuple(told)
    assert found == SPEECH


async def test_a_character_over_the_limit_costs_nothing(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "pro")
        for (voice, model), characters in LIMITS.items():
            status, body, paid = await anna.say(characters + 1, voice=voice, ttsModel=model)
            assert (status, body["code"], body["limit"], paid) == (400, "TEXT_TOO_LONG", characters, {})


async def test_every_dialogue_costs_what_the_table_says(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "pro")
        key, found = await anna.key(), {}
        for characters in DIALOGUES:
            turns = [{"text": "x" * (characters - characters // 2), "voice": "Alice"}]
            turns += [{"text": "y" * (characters // 2), "voice": "George"}] if characters > 1 else []
            charged = []
            for headers in (anna.headers, key):
                before = sum((await anna.has()).values())
                answer = await sonna.http.post(
                    "/api/v1/tts/synthesize-dialogue", json={"turns": turns}, headers=headers
                )
                charged.append(round(1000 * answer.json()["creditsCharged"]))
                assert charged[-1] == before - sum((await anna.has()).values())
            found[characters] = tuple(charged)
    assert found == DIALOGUES


async def test_every_plan_and_package_brings_what_the_table_says(serving) -> None:
    found = {}
    async with serving() as sonna:
        packages = sonna.house.accounts.plans.packages
        for plan, package in BOUGHT:
            account = (await sonna.house.accounts.create(f"{plan} and {package}", plan=plan)).account
            _, key = await sonna.house.keys.create(account.id, "its own")
            if package is not None:
                bought = Payment(id=account.name, account_id=account.id, amount=packages[package].credits)
                assert await sonna.house.payments.add(bought)
            body = (await sonna.http.get("/api/v1/user/credits", headers={"X-API-Key": key})).json()
            found[plan, package] = (body["credits"], body["payg_credits"])
            assert body["plan"] == plan
            assert dict((await sonna.house.credits.balance(account.id)).available) == {
                bucket: 1000 * amount
                for bucket, amount in [
                    (FREE if plan == "free" else SUBSCRIPTION, body["credits"] - body["payg_credits"]),
                    (PAYG, body["payg_credits"]),
                ]
                if amount
            }
    assert found == BOUGHT


async def test_a_subscription_is_spent_before_what_was_bought_and_what_is_free_not_at_all(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "free")
        await anna.has()  # Ten thousand are free, once they are looked at.
        await sonna.house.credits.set_plan(anna.account_id, "pro")
        await anna.buy(62_500_000)
        paid = [(await anna.say(40_000))[2] for _ in range(3)]
        assert paid == [
            {SUBSCRIPTION: 42_000_000},
            {SUBSCRIPTION: 42_000_000},
            {SUBSCRIPTION: 18_000_000, PAYG: 24_000_000},
        ]
        assert await anna.has() == {FREE: 10_000_000, PAYG: 38_500_000}
        status, body, paid = await anna.say(40_000)
        assert (status, body["required"], body["available"], paid) == (402, 42_000, 38_500, {})
        assert (await anna.say(40_000, await anna.key()))[2] == {PAYG: 37_800_000}
        assert await anna.has() == {FREE: 10_000_000, PAYG: 700_000}


async def test_what_is_free_is_spent_before_what_was_bought(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "free", payg=62_500)
        paid = [(await anna.say(9_000, ttsModel="eleven-multilingual-v2"))[2] for _ in range(2)]
        assert paid == [{FREE: 10_000_000, PAYG: 8_900_000}, {PAYG: 18_900_000}]
        assert await anna.has() == {PAYG: 34_700_000}


# By plan: what is bought so that 40,000 characters of Flash, for 42,000 credits, lack one thousandth; and what pays.
SHORT = {
    "free": (0, 31_999_999, {FREE: 10_000_000, PAYG: 32_000_000}),
    "pro": (2, 23_999_999, {SUBSCRIPTION: 18_000_000, PAYG: 24_000_000}),
    "max": (4, 22_999_999, {SUBSCRIPTION: 19_000_000, PAYG: 23_000_000}),
}


@pytest.mark.parametrize("plan", SHORT)
async def test_a_thousandth_too_little_is_too_little_and_the_last_one_can_be_spent(serving, plan: str) -> None:
    before, bought, paid = SHORT[plan]
    async with serving() as sonna:
        anna = await Spender.on(sonna, plan)
        for _ in range(before):
            assert (await anna.say(40_000))[2] == {SUBSCRIPTION: 42_000_000}
        await anna.buy(bought)
        status, body, nothing = await anna.say(40_000)
        assert (status, body["code"], nothing) == (402, "INSUFFICIENT_CREDITS", {})
        assert (body["required"], body["available"]) == (42_000, 41_999)
        await anna.buy(1)
        status, body, found = await anna.say(40_000)
        assert (status, body["remainingCredits"], found) == (200, 0, paid)
        assert await anna.has() == {}
        status, body, _ = await anna.say(1, voice=NEURAL, ttsModel="google-neural2")
        assert (status, body["required"], body["available"]) == (402, 0.5, 0)


async def test_the_free_plan_alone_is_spent_to_the_last_thousandth(serving) -> None:
    async with serving() as sonna:
        anna = await Spender.on(sonna, "free")
        google = {"voice": NEURAL, "ttsModel": "google-neural2"}
        for _ in range(19):
            assert (await anna.say(1_000, **google))[2] == {FREE: 500_000}
        assert (await anna.say(999, **google))[1]["remainingCredits"] == 0  # Half a credit is left.
        assert (await anna.say(2, **google))[1]["required"] == 1
        assert (await anna.say(1, await anna.key(), **google))[2] == {FREE: 450}
        assert await anna.has() == {FREE: 50}
        assert (await anna.say(1, await anna.key(), **google))[1]["required"] == 0.45
