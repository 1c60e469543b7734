"""Bodies that were tampered with: none of them breaks anything, and what is refused is not charged."""

import random

from surfaces.sonna.making import IMAGE, MUSIC, PATH, VIDEO

COUNT = 1_000
PRICES = {"IMAGE": 612_000, "MUSIC": 918_000}
LIKE = "data:image/png;base64,bGlrZSBhIHN1bnNldA=="
BASES = [
    {**IMAGE, "aspectRatio": "16:9", "outputFormat": "png", "inputImages": [LIKE], "seed": 1, "title": "t"},
    {
        **MUSIC,
        "customMode": True,
        "instrumental": False,
        "style": "pop",
        "lyrics": "[Verse]\nLa",
        "title": "t",
        "negativeTags": "piano",
        "vocalGender": "f",
        "durationSeconds": 60,
    },
    {**VIDEO, "aspectRatio": "16:9", "durationSeconds": 5, "resolution": "480p", "inputImage": LIKE, "seed": 1},
]
VALUES = [
    None,
    True,
    0,
    -1,
    3,
    0.5,
    1e308,
    -(2**63),
    2**64 - 1,
    "",
    " ",
    "la",
    "\x00\x1b[31m",
    "\N{RIGHT-TO-LEFT OVERRIDE}{0}%s${x}{field}",
    "'; DROP TABLE job;--",
    "la " * 2_000,
    "[" * 300,
    "\N{MUSICAL SYMBOL G CLEF}" * 90,
    "data:image/png;base64,====",
    "data:image/png,x",
    "http://[::1",
    "http://0.0.0.0/",
    "ftp://example.com/a.png",
    [],
    [[[[[]]]]],
    ["data:", LIKE],
    {},
    {"$ne": None},
]


def mutated(chance: random.Random) -> dict:
    """A body of which one to three fields are another, gone, or new."""
    body = dict(chance.choice(BASES))
    for _ in range(chance.randint(1, 3)):
        field = chance.choice([*body, "n", "quality", "resolution", "async", "inputImages", "inputImage", "__proto__"])
        if chance.random() < 0.2:
            body.pop(field, None)
        else:
            body[field] = chance.choice(VALUES)
    return body


async def test_no_body_breaks_anything_and_what_is_refused_costs_nothing(making, tmp_path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text('[sonna.generate.concurrency]\norganization = "unlimited"\n')
    chance = random.Random(8)
    refused = accepted = 0
    async with making(limits_file=limits) as made:
        for _ in range(COUNT):
            made.clock.advance(3.0)
            body = mutated(chance)
            before = await made.credits()
            if before < 20_000_000:  # So that it is never the balance that refuses.
                account_id = (await made.house.keys.first_account()).id
                await made.house.credits.top_up(account_id, amount=1_000_000_000, payment=f"p{refused}")
                before = await made.credits()
            answer = await made.http.post(PATH, json=body)
            assert answer.status_code in {200, 202, 422}, (body, answer.text)
            if answer.status_code == 422:
                refused += 1
                assert answer.json()["code"] in {"VALIDATION_ERROR", "INVALID_MODEL", "CONTENT_REJECTED"}, answer.text
                assert await made.credits() == before, body
            else:
                accepted += 1
                if answer.status_code == 202:
                    await made.ended(answer.json()["jobId"])
                assert await made.credits() < before, body
    assert refused > COUNT // 4
    assert accepted > COUNT // 10
