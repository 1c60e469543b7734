"""What every model costs with every option, against a table that was worked out by hand.

List prices: contracts, Sonna §1.6 and §1.10, SETTLED 10. Keys pay nine tenths for pictures and music, all for films.
"""

from uuid import UUID

from antiphon.domain.usage import Usage
from surfaces.sonna.making import IMAGE, MUSIC, PATH, VIDEO, Makes
from surfaces.sonna.served import bearing

# Thousandths of a credit: the list price of one picture and of four, and what a key pays for one and for four.
PICTURES = {
    ("qwen-z-image", "1K", "low"): (70_000, 280_000, 63_000, 252_000),
    ("qwen-z-image", "2K", "medium"): (70_000, 280_000, 63_000, 252_000),
    ("qwen-z-image", "4K", "high"): (70_000, 280_000, 63_000, 252_000),
    ("grok-image", "1K", "low"): (340_000, 1_360_000, 306_000, 1_224_000),
    ("grok-image", "2K", "medium"): (340_000, 1_360_000, 306_000, 1_224_000),
    ("grok-image", "4K", "high"): (340_000, 1_360_000, 306_000, 1_224_000),
    ("nano-banana-2", "1K", "high"): (680_000, 2_720_000, 612_000, 2_448_000),
    ("nano-banana-2", "2K", "low"): (1_020_000, 4_080_000, 918_000, 3_672_000),
    ("nano-banana-2", "4K", "low"): (1_530_000, 6_120_000, 1_377_000, 5_508_000),
    ("nano-banana-pro", "1K", "high"): (1_530_000, 6_120_000, 1_377_000, 5_508_000),
    ("nano-banana-pro", "2K", "low"): (1_530_000, 6_120_000, 1_377_000, 5_508_000),
    ("nano-banana-pro", "4K", "low"): (2_035_000, 8_140_000, 1_831_500, 7_326_000),
    ("flux-2-pro", "1K", "high"): (425_000, 1_700_000, 382_500, 1_530_000),
    ("flux-2-pro", "2K", "low"): (595_000, 2_380_000, 535_500, 2_142_000),
    ("flux-2-pro", "4K", "low"): (595_000, 2_380_000, 535_500, 2_142_000),
    ("gpt-image-2", "1K", "low"): (510_000, 2_040_000, 459_000, 1_836_000),
    ("gpt-image-2", "1K", "medium"): (850_000, 3_400_000, 765_000, 3_060_000),
    ("gpt-image-2", "1K", "high"): (1_360_000, 5_440_000, 1_224_000, 4_896_000),
    ("gpt-image-2", "4K", "low"): (510_000, 2_040_000, 459_000, 1_836_000),
    ("gpt-image-2", "4K", "high"): (1_360_000, 5_440_000, 1_224_000, 4_896_000),
}
# Where neither is said.
USUAL = {
    "qwen-z-image": 63_000,
    "grok-image": 306_000,
    "nano-banana-2": 612_000,
    "nano-banana-pro": 1_377_000,
    "flux-2-pro": 382_500,
    "gpt-image-2": 765_000,
}
# Of films: by size, of 1 to 10 seconds, whoever pays.
FILMS = {
    "480p": [85_000, 170_000, 255_000, 340_000, 425_000, 510_000, 595_000, 680_000, 765_000, 850_000],
    "720p": [170_000, 340_000, 510_000, 680_000, 850_000, 1_020_000, 1_190_000, 1_360_000, 1_530_000, 1_700_000],
    "1080p": [340_000, 680_000, 1_020_000, 1_360_000, 1_700_000, 2_040_000, 2_380_000, 2_720_000, 3_060_000, 3_400_000],
}


async def charged(made, body, *, headers=None, **fields) -> tuple[int, int]:
    """What a request of the first account's costs: by its answer, and by the balance, in thousandths."""
    before = await made.credits()
    answer = (await made.asked(body, headers, **fields)).json()
    if "creditsCharged" not in answer:
        answer = await made.ended(answer["jobId"], headers)
    return round(1000 * answer["creditsCharged"]), before - await made.credits()


async def signed_in(made) -> dict[str, str]:
    """Headers of somebody who signed in to the first account."""
    _, invite = await made.house.users.invite((await made.house.keys.first_account()).id)
    body = {"email": "anna@example.com", "password": "correct horse", "invite": invite}
    return bearing((await made.http.post("/api/auth/register", json=body)).json())


async def logged(made) -> Usage:
    """The latest row of the request log."""
    account_id = (await made.house.keys.first_account()).id
    return (await made.house.store.ledger.usage(account_id))[-1]


async def test_every_picture_costs_what_the_table_says(made) -> None:
    anna, found = await signed_in(made), {}
    for model, size, quality in PICTURES:
        options = {"model": model, "resolution": size, "quality": quality}
        found[model, size, quality] = tuple(
            [await charged(made, IMAGE, headers=headers, n=n, **options) for headers in (anna, None) for n in (1, 4)]
        )
    assert found == {option: tuple((price, price) for price in prices) for option, prices in PICTURES.items()}


async def test_each_of_several_pictures_is_charged(made) -> None:
    option = {"model": "nano-banana-pro", "resolution": "4K"}
    found = [(await charged(made, IMAGE, n=n, **option))[1] for n in (1, 2, 3, 4)]
    assert found == [1_831_500, 3_663_000, 5_494_500, 7_326_000]


async def test_what_is_not_said_is_usual(made) -> None:
    assert {model: (await charged(made, IMAGE, model=model))[1] for model in USUAL} == USUAL


async def test_a_song_costs_the_same_from_every_model(made) -> None:
    anna, models = await signed_in(made), ("suno-v4_5all", "suno-v4_5", "suno-v5", "suno-v5_5")
    assert [await charged(made, MUSIC, model=model) for model in models] == [(918_000, 918_000)] * 4
    assert [await charged(made, MUSIC, headers=anna, model=model) for model in models] == [(1_020_000, 1_020_000)] * 4


async def test_a_film_costs_its_seconds_by_its_size_and_nothing_comes_off(made) -> None:
    anna = await signed_in(made)
    found = {
        size: [
            await charged(made, VIDEO, headers=headers, resolution=size, durationSeconds=seconds)
            for seconds, headers in enumerate([None, anna] * 5, start=1)
        ]
        for size in FILMS
    }
    assert found == {size: [(price, price) for price in prices] for size, prices in FILMS.items()}
    assert (await charged(made, VIDEO))[1] == 5 * 170_000


LOG = [
    (IMAGE, {"n": 3}, ("image", "nano-banana-2", 3, "image", 2_040_000, 1_836_000)),
    (MUSIC, {}, ("music", "suno-v4_5all", 1, "call", 1_020_000, 918_000)),
    (VIDEO, {"durationSeconds": 4}, ("video", "video", 4, "second", 680_000, 680_000)),
]


async def test_the_log_has_what_was_listed_and_what_was_charged(made) -> None:
    for body, fields, wanted in LOG:
        await charged(made, body, **fields)
        row = await logged(made)
        columns = ("modality", "model", "units", "unit", "listed", "charged")
        assert tuple(getattr(row, name) for name in columns) == wanted
        told = tuple(getattr(row, name) for name in ("dialect", "route", "engine", "status", "code"))
        assert told == ("sonna", "sonna.generate", "echo", 200, "")


async def test_the_log_has_what_failed_and_that_it_cost_nothing(made) -> None:
    answer = await made.asked(IMAGE, prompt="broken")
    row = await logged(made)
    columns = ("status", "code", "units", "listed", "charged", "request_id")
    assert tuple(getattr(row, name) for name in columns) == (
        503,
        "unavailable",
        0,
        0,
        0,
        answer.headers["x-request-id"],
    )


async def test_a_price_of_the_operators_is_charged(making, tmp_path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("[dialect.sonna]\ndiscount = { image = 25 }\n[price.sonna.grok-image]\ncredits = 100\n")
    async with making(prices_file=prices) as made:
        assert await charged(made, IMAGE, model="grok-image") == (75_000, 75_000)


async def test_somebody_who_is_signed_in_pays_the_list_price(serving) -> None:
    async with serving(pictures=Makes()) as sonna:
        anna = bearing(await sonna.sign_up(plan="pro"))
        answer = await sonna.http.post(PATH, json={**IMAGE, "async": True}, headers=anna)
        job = await sonna.house.store.jobs.job(UUID(answer.json()["jobId"]))
    assert (job.price, job.key_id) == (680_000, None)
