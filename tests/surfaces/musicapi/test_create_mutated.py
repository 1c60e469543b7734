"""Bodies that were tampered with: none of them breaks anything, and what is refused is not charged."""

import random

import pytest

from surfaces.musicapi.studio import CREATE, open_studio

SONIC = "/api/v1/sonic"
NOBODYS = "00000000-0000-4000-8000-000000000000"
CUSTOM = {
    "custom_mode": True,
    "mv": "sonic-v5",
    "title": "Mine",
    "tags": "pop",
    "prompt": "[Verse]\nLa",
    "negative_tags": "piano",
    "make_instrumental": False,
    "auto_lyrics": False,
    "vocal_gender": "f",
    "style_weight": 0.5,
    "weirdness_constraint": 0.5,
    "audio_weight": 0.5,
    "webhook_url": None,
    "webhook_secret": "secret",
}
VALUES = [
    None,
    True,
    0,
    -1,
    0.5,
    1e308,
    -(2**63),
    2**64 - 1,
    "",
    " ",
    "la",
    "\x00\x1b[31m",
    "\N{RIGHT-TO-LEFT OVERRIDE}{0}%s${x}",
    "'; DROP TABLE jobs;--",
    "la " * 2000,
    "[" * 300,
    "\N{MUSICAL SYMBOL G CLEF}" * 90,
    NOBODYS,
    "sonic-v4",
    [],
    [[[[[]]]]],
    ["<clip>", "<clip>"],
    {},
    {"$ne": None},
]


def bases(clip, other):
    """Requests with nothing wrong."""
    of_clip = {**CUSTOM, "continue_clip_id": clip}
    return [
        (CREATE, CUSTOM),
        (CREATE, {**CUSTOM, "custom_mode": False, "gpt_description_prompt": "a song", "duration": 60}),
        (CREATE, {**of_clip, "task_type": "extend_music", "continue_at": 30}),
        (CREATE, {**of_clip, "task_type": "cover_upload_music"}),
        (CREATE, {**of_clip, "task_type": "remaster", "variation_category": "high"}),
        (CREATE, {**of_clip, "task_type": "add_vocals", "overpainting_start_s": 5, "overpainting_end_s": 9}),
        (CREATE, {**CUSTOM, "task_type": "persona_music", "persona_id": clip}),
        (f"{SONIC}/sample", {**CUSTOM, "sample_clip_id": clip, "chop_sample_start_s": 1, "chop_sample_end_s": 9}),
        (f"{SONIC}/mashup", {**CUSTOM, "mashup_clip_ids": [clip, other]}),
        (f"{SONIC}/replace-section", {**CUSTOM, "clip_id": clip, "infill_start_s": 1, "infill_end_s": 9}),
        (f"{SONIC}/batch", {"items": [CUSTOM, of_clip, {"task_type": "concat_music", "continue_clip_id": clip}]}),
    ]


def mutated(chance, body):
    """A body of which one to three fields are another, gone, or new."""
    body = dict(body)
    for _ in range(chance.randint(1, 3)):
        field = chance.choice([*body, "task_type", "continue_clip_id", "infill_lyrics", "url", "items"])
        match chance.randrange(5):
            case 0:
                body.pop(field, None)
            case 1 if isinstance(body.get(field), list):
                body[field] = [*body[field][1:], chance.choice(VALUES)]
            case _:
                body[field] = chance.choice(VALUES)
    return body


def price(answer):
    """What was accepted, in credits: of these, concatenations never are."""
    if answer.status_code != 200:
        return 0
    return 15 * answer.json().get("submitted", 1)


@pytest.fixture
async def studio(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text('[musicapi.create.rates]\nkey = { limit = "unlimited", seconds = 3 }\n', encoding="utf-8")
    async with open_studio(tmp_path / "data", limits_file=path) as opened:
        yield opened


async def test_no_body_breaks_anything_or_is_charged_for_being_refused(studio):
    chance = random.Random(7)
    clip, other = [made["clip_id"] for made in await studio.ended(await studio.submitted(**CUSTOM))]
    requests = bases(clip, other)
    before, spent, statuses = await studio.credits(), 0, []
    for number in range(500):
        path, body = requests[number % len(requests)]
        answer = await studio.http.post(path, json=mutated(chance, body))
        statuses.append(answer.status_code)
        spent += price(answer)
        if answer.status_code != 200:
            assert set(answer.json()) == {"type", "error"}
            assert "DROP TABLE" not in answer.text

    assert set(statuses) <= {200, 400, 403, 429}
    assert statuses.count(400) > 250
    assert await studio.credits() == before - spent
