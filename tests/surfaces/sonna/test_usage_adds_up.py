"""Six weeks of an account: what all questions about its usage add up to is what the ledger took, by request and bucket.

Requests of all dialects, by keys and signed in; failures, cancelled jobs, refusals; a renewal, the end of a
subscription, lots that end, a payment that is taken back while it is held. On both databases. Amounts are thousandths
of a credit.
"""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from antiphon.catalog.models import load_speech_models
from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.ledger import Bucket, TransferKind
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import Makers
from antiphon.services.payments import Payment
from store.postgres import ThrowawayPostgres, find_programs
from surfaces.sonna.making import IMAGE, MUSIC, VIDEO, Makes, Making, open_making
from surfaces.sonna.served import PASSWORD, Echo, bearing

FREE, SUBSCRIPTION, PAYG = Bucket
TOTALS, REQUESTS = "/api/v1/usage", "/api/v1/usage/requests"
ASPECTS = ("day", "key", "model", "modality")
DAY = 86_400
EMAIL = "anna@example.com"
SONG = {"custom_mode": False, "mv": "sonic-v5"}
NEURAL = {"voice": "en-US-Neural2-D", "ttsModel": "google-neural2"}
FLASH = {"voice": "Alice", "ttsModel": "eleven-flash-v2-5"}
PRO = {"model": "nano-banana-pro", "resolution": "4K", "n": 4}

# What was served, in the order of its beginnings: who, model, list price, and what each bucket paid. By hand.
ANNA, FIRST, SECOND = None, 0, 1
SERVED = [
    (ANNA, "google-neural2", 500_000, {FREE: 500_000}),
    (FIRST, "google-neural2", 500_000, {FREE: 450_000}),
    (FIRST, "eleven-v3", 90_300, {SUBSCRIPTION: 81_270}),
    (ANNA, "eleven-flash-v2-5", 42_000_000, {SUBSCRIPTION: 42_000_000}),
    (SECOND, "eleven-flash-v2-5", 42_000_000, {SUBSCRIPTION: 37_800_000}),
    (SECOND, "eleven-v3", 4_200_000, {SUBSCRIPTION: 3_780_000}),
    (FIRST, "enhance", 0, {}),
    (FIRST, "nano-banana-2", 680_000, {SUBSCRIPTION: 612_000}),
    (ANNA, "nano-banana-pro", 8_140_000, {SUBSCRIPTION: 8_140_000}),
    (SECOND, "suno-v4_5all", 1_020_000, {SUBSCRIPTION: 918_000}),
    (FIRST, "video", 680_000, {SUBSCRIPTION: 680_000}),
    (SECOND, "sonic-v5", 1_020_000, {SUBSCRIPTION: 1_020_000}),
    (FIRST, "tts-rt-v1", 1_945, {SUBSCRIPTION: 1_945}),
    (FIRST, "eleven-flash-v2-5", 10_500_000, {SUBSCRIPTION: 6_966_785, PAYG: 2_483_215}),
    (ANNA, "eleven-v3", 2_100_000, {PAYG: 2_100_000}),
    (SECOND, "eleven-flash-v2-5", 42_000_000, {SUBSCRIPTION: 37_800_000}),
    (ANNA, "google-neural2", 500_000, {FREE: 500_000}),
    (FIRST, "eleven-flash-v2-5", 21_000_000, {FREE: 9_500_000, PAYG: 9_400_000}),
    (ANNA, "eleven-flash-v2-5", 42_000_000, {PAYG: 42_000_000}),
]


# What came to nothing, and took nothing.
OTHERS = [
    ("sonna.synthesize", 403, "permission_denied"),
    ("sonna.generate", 503, "unavailable"),
    ("sonna.generate", 409, "cancelled"),
    ("sonna.synthesize", 400, "invalid_request"),
    ("sonna.synthesize", 503, "unavailable"),
    ("musicapi.create", 500, "unavailable"),
    ("sonna.generate", 409, "cancelled"),
    ("sonna.synthesize", 402, "payment_required"),
]


class Frail(Echo):
    """An echo that can fail."""

    broken = False

    def speak(self, text: Any, manner: Any) -> Any:
        if self.broken:
            raise Unavailable(UnavailableCause.MAKER_DIED)
        return super().speak(text, manner)


class Life:
    """An account, and those who use it."""

    def __init__(self, made: Making, account_id: UUID, keys: list[Any], makers: tuple[Frail, Makes]) -> None:
        self.made, self.account_id = made, account_id
        self.speaker, self.maker = makers
        self.ids = {key.id: place for place, (key, _) in enumerate(keys)}
        self.by: dict[int | None, dict[str, str]] = {
            place: {"X-API-Key": text, "Authorization": ""} for place, (_, text) in enumerate(keys)
        }

    @classmethod
    async def begun(cls, made: Making, makers: tuple[Frail, Makes]) -> "Life":
        account = (await made.house.accounts.create(EMAIL)).account
        _, invite = await made.house.users.invite(account.id)
        body = {"email": EMAIL, "password": PASSWORD, "invite": invite}
        assert (await made.http.post("/api/auth/register", json=body)).status_code == 201
        return cls(made, account.id, [await made.house.keys.create(account.id, name) for name in "ab"], makers)

    async def later(self, seconds: float) -> None:
        """Let time pass, and sign in again."""
        self.made.clock.advance(seconds)
        signed_in = await self.made.http.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
        self.by[ANNA] = bearing(signed_in.json())

    async def posted(self, who: int | None, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        self.made.clock.advance(3.0)
        answer = await self.made.http.post(path, json=body, headers=self.by[who])
        assert answer.status_code == status, answer.text
        return dict(answer.json()) if answer.headers["content-type"] == "application/json" else {}

    async def say(self, who: int | None, characters: int, status: int = 200, **fields: Any) -> None:
        body = {**FLASH, **fields, "text": "x" * characters}
        await self.posted(who, "/api/v1/tts/synthesize", status, **body)

    async def make(self, who: int | None, body: dict[str, Any], **fields: Any) -> None:
        """Whatever becomes of it."""
        answer = await self.posted(who, "/api/generate", 202, **{**body, **fields, "async": True})
        await self.made.ended(answer["jobId"], self.by[who])

    async def think_better_of(self, who: int, *, payment: str = "") -> None:
        """Cancel a picture at work; meanwhile, a payment may be taken back."""
        self.maker.may_make.clear()
        self.maker.begun.clear()
        answer = await self.posted(who, "/api/generate", 202, **{**IMAGE, "async": True})
        await self.maker.begun.wait()
        if payment:
            assert await self.made.house.payments.void(payment) > 0
        assert (await self.made.http.delete(answer["pollUrl"], headers=self.by[who])).status_code == 200
        self.maker.may_make.set()

    async def sing(self, who: int, description: str) -> None:
        """By MusicAPI, whatever becomes of it."""
        body = {**SONG, "task_type": "create_music", "gpt_description_prompt": description}
        headers = {"Authorization": f"Bearer {self.by[who]['X-API-Key']}", "X-API-Key": ""}
        self.made.clock.advance(3.0)
        answer = await self.made.http.post("/api/v1/sonic/create", json=body, headers=headers)
        path = f"/api/v1/sonic/task/{answer.json()['task_id']}"
        while True:
            clips = (await self.made.http.get(path, headers=headers)).json().get("data", [])
            if clips and all(clip["state"] in {"succeeded", "failed"} for clip in clips):
                return

    async def stream(self, who: int) -> None:
        """A second of Soniox's."""
        wish = {"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "pcm_s16le", "text": "Hello"}
        headers = {"Authorization": f"Bearer {self.by[who]['X-API-Key']}", "X-API-Key": ""}
        self.made.clock.advance(3.0)
        assert (await self.made.http.post("/tts", json=wish, headers=headers)).status_code == 200

    async def buy(self, name: str, amount: int) -> None:
        payment = Payment(id=name, account_id=self.account_id, amount=MilliCredits(amount))
        assert await self.made.house.payments.add(payment)

    async def lived(self) -> None:
        """The six weeks."""
        await self.later(0)
        await self.say(ANNA, 1_000, **NEURAL)
        await self.say(FIRST, 1_000, **NEURAL)
        await self.say(FIRST, 43, 403)
        await self.made.house.credits.set_plan(self.account_id, "pro", until=self.made.clock.now() + 40 * DAY)
        await self.buy("first", 30_000_000)
        await self.buy("second", 62_500_000)
        await self.say(FIRST, 43, ttsModel="eleven-v3")
        await self.say(ANNA, 40_000)
        await self.say(SECOND, 40_000)
        turns = [{"text": "x" * 1_000, "voice": voice} for voice in ("Alice", "George")]
        await self.posted(SECOND, "/api/v1/tts/synthesize-dialogue", turns=turns)
        await self.posted(FIRST, "/api/v1/tts/enhance", text="Well.")
        await self.make(FIRST, IMAGE)
        await self.make(ANNA, IMAGE, **PRO)
        await self.make(SECOND, MUSIC)
        await self.make(FIRST, VIDEO, resolution="720p", durationSeconds=4)
        await self.make(FIRST, IMAGE, prompt="broken")
        await self.think_better_of(FIRST)
        await self.say(SECOND, 0, 400)
        self.speaker.broken = True
        await self.say(SECOND, 10_000, 503)
        self.speaker.broken = False
        await self.sing(SECOND, "a song")
        await self.sing(SECOND, "a broken song")
        await self.stream(FIRST)
        await self.say(FIRST, 10_000)
        await self.later(DAY)
        await self.say(ANNA, 1_000, ttsModel="eleven-v3")
        await self.think_better_of(FIRST, payment="first")
        await self.later(31 * DAY)
        await self.say(SECOND, 40_000)
        await self.later(10 * DAY)
        await self.say(ANNA, 1_000, **NEURAL)
        await self.say(FIRST, 20_000)
        await self.say(ANNA, 40_000)
        await self.say(ANNA, 40_000, 402)
        await self.made.house.till.pay.tick()

    async def asked(self, path: str, **query: Any) -> httpx.Response:
        """Of all its days; the rate's second passes."""
        self.made.clock.advance(1.0)
        answer = await self.made.http.get(path, params={"from": "2027-01-01", **query}, headers=self.by[ANNA])
        assert answer.status_code == 200, answer.text
        return answer

    async def requests(self) -> list[dict[str, Any]]:
        """All, page by page."""
        found, cursor = [], {}
        while cursor is not None:
            page = (await self.asked(REQUESTS, limit=7, **cursor)).json()
            found += page["requests"]
            cursor = None if page["nextCursor"] is None else {"cursor": page["nextCursor"]}
        return found

    async def sheets(self) -> list[dict[str, str]]:
        """The same as sheets."""
        found, cursor = [], {}
        while cursor is not None:
            answer = await self.asked(REQUESTS, limit=8, format="csv", **cursor)
            found += list(csv.DictReader(io.StringIO(answer.text)))
            following = answer.headers.get("x-next-cursor")
            cursor = None if following is None else {"cursor": following}
        return found

    async def ledger(self) -> dict[str, dict[Bucket, int]]:
        """What the transfers of each request took, by bucket; of those that took anything."""
        taken: dict[str, Counter[Bucket]] = {}
        lines = await self.made.house.credits.statement(self.account_id)
        assert sum(line.held for line in lines) == 0
        for line in lines:
            if line.kind in {TransferKind.GRANT, TransferKind.EXPIRE}:
                continue
            request = line.transfer_id.partition(":")[2].partition("/")[0]
            taken.setdefault(request, Counter()).subtract(line.changes)
        return {
            request: paid
            for request, buckets in taken.items()
            if (paid := {bucket: amount for bucket, amount in buckets.items() if amount})
        }


@pytest.fixture(scope="module")
def cluster() -> Iterator[ThrowawayPostgres]:
    cluster = ThrowawayPostgres(find_programs(), durable=False)
    try:
        cluster.start()
        cluster.make_template()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Any:
    """Makes the settings of a database of its own."""

    async def settings() -> dict[str, Any]:
        return {} if cluster is None else {"database_url": await cluster.new_database()}

    cluster = request.getfixturevalue("cluster") if request.param == "postgres" else None
    return settings


@pytest.fixture
async def life(database: Any, tmp_path: Path) -> Any:
    speaker, maker = Frail(), Makes()
    makers = Makers(speech={"espeak": speaker}, songs=maker, sleeves=maker, pictures=maker, films=maker)
    async with open_making(tmp_path / "data", makers=makers, models=load_speech_models(), **await database()) as made:
        lived = await Life.begun(made, (speaker, maker))
        await lived.lived()
        yield lived


def thousandths(row: dict[str, Any], name: str) -> int:
    return round(float(row[name]) * CREDIT)


def paid(row: dict[str, Any]) -> dict[Bucket, int]:
    """By bucket, of those that paid anything; of JSON or of a sheet."""
    found = {bucket: thousandths(row.get("buckets", row), bucket) for bucket in Bucket}
    return {bucket: amount for bucket, amount in found.items() if amount}


def figures(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(thousandths(row, name) for name in ("listCredits", "discountCredits", "chargedCredits")) + tuple(
        thousandths(row.get("buckets", row), bucket) for bucket in Bucket
    )


def summed(rows: Any) -> tuple[int, ...]:
    return tuple(map(sum, zip(*map(figures, rows), strict=True)))


def grouped(rows: list[dict[str, Any]], by: tuple[str, ...]) -> dict[Any, tuple[int, ...]]:
    """What requests come to by some aspects, but for those that were refused at once."""
    named = {"day": lambda row: row["time"][:10], "key": lambda row: row["keyId"]}
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        if row["status"] == 200 or row["latencyMs"] > 0 or row["chargedCredits"] > 0:
            group = tuple(named.get(aspect, lambda row, aspect=aspect: row[aspect])(row) for aspect in by)
            found.setdefault(group, []).append(row)
    return {group: (len(ones), *summed(ones)) for group, ones in found.items()}


async def test_every_request_is_in_the_log_with_what_was_worked_out_by_hand(life) -> None:
    rows = list(reversed(await life.requests()))
    served, others = [row for row in rows if row["status"] == 200], [row for row in rows if row["status"] != 200]
    assert [
        (
            None if row["keyId"] is None else life.ids[UUID(row["keyId"])],
            row["model"],
            thousandths(row, "listCredits"),
            paid(row),
        )
        for row in served
    ] == SERVED
    assert [(row["endpoint"], row["status"], row["code"]) for row in others] == OTHERS
    assert {figures(row) for row in others} == {(0,) * 6}


async def test_requests_sheets_and_totals_of_every_kind_are_what_the_ledger_took(life) -> None:
    rows, ledger = await life.requests(), await life.ledger()
    assert {row["id"]: paid(row) for row in rows if paid(row)} == ledger
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    sheets = await life.sheets()
    assert [(row["id"], figures(row)) for row in sheets] == [(row["id"], figures(row)) for row in rows]
    for by in itertools.chain.from_iterable(itertools.combinations(ASPECTS, count) for count in range(1, 5)):
        wanted = grouped(rows, by)
        named = [{"key": "keyId"}.get(aspect, aspect) for aspect in by]
        body = (await life.asked(TOTALS, groupBy=",".join(by))).json()
        totals = {tuple(row[name] for name in named): (row["requests"], *figures(row)) for row in body["usage"]}
        assert (totals, len(body["usage"])) == (wanted, len(wanted)), by
        assert figures(body["total"]) == summed(rows)
        sheet = list(csv.DictReader(io.StringIO((await life.asked(TOTALS, groupBy=",".join(by), format="csv")).text)))
        assert [figures(row) for row in sheet] == [figures(row) for row in body["usage"]]
    spent = sum(sum(buckets.values()) for buckets in ledger.values())
    assert summed(rows)[2] == spent == sum(sum(buckets.values()) for *_, buckets in SERVED)
    assert (await life.made.house.credits.verify()).fault == ""

    days = sorted({row["time"][:10] for row in rows})
    assert days == ["2027-01-15", "2027-01-16", "2027-02-16", "2027-02-26"]
    for day in days:
        of_day = [row for row in rows if row["time"][:10] == day]
        query = {"from": day, "to": day}
        assert figures((await life.asked(TOTALS, **query)).json()["total"]) == summed(of_day)
        assert (await life.asked(REQUESTS, **query)).json()["requests"] == of_day


async def test_a_discount_that_an_operator_gives_is_told_apart_in_every_dialect(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(
        "[dialect.musicapi]\ndiscount = { music = 25 }\n[dialect.soniox]\ndiscount = { speech = 50 }\n"
        "[dialect.sonna]\ndiscount = { image = 30, music = 20 }\n"
    )
    speaker, maker = Frail(), Makes()
    makers = Makers(speech={"espeak": speaker}, songs=maker, sleeves=maker, pictures=maker, films=maker)
    async with open_making(tmp_path / "data", makers=makers, models=load_speech_models(), prices_file=prices) as made:
        life = await Life.begun(made, (speaker, maker))
        await made.house.credits.set_plan(life.account_id, "pro")
        await life.later(0)
        await life.sing(FIRST, "a song")
        await life.stream(FIRST)
        await life.make(FIRST, IMAGE)
        await life.make(FIRST, MUSIC)
        rows = list(reversed(await life.requests()))
    assert [(row["model"], thousandths(row, "listCredits"), paid(row)) for row in rows] == [
        ("sonic-v5", 1_020_000, {SUBSCRIPTION: 765_000}),
        ("tts-rt-v1", 1_945, {SUBSCRIPTION: 973}),
        ("nano-banana-2", 680_000, {SUBSCRIPTION: 476_000}),
        ("suno-v4_5all", 1_020_000, {SUBSCRIPTION: 816_000}),
    ]
