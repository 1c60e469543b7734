"""Golden pairs of what makes songs: every type of task, every state, every error of it."""

import pytest

from surfaces.musicapi.golden import play
from surfaces.musicapi.studio import CREATE, open_studio

CUSTOM = {
    "custom_mode": True,
    "mv": "sonic-v4-5",
    "title": "Starry Night",
    "tags": "pop, dreamy",
    "prompt": "[Verse]\nStars they shine above me",
}
DESCRIBED = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": "An upbeat summer song about road trips"}
PAIRS = (
    "create-music",
    "create-of-clips",
    "create-errors",
    "create-failed",
    "moderation",
    "sample",
    "mashup",
    "replace-section",
    "batch",
    "no-credits",
)


@pytest.fixture
async def studio(tmp_path):
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", PAIRS)
async def test_what_makes_songs_answers_to_the_letter(studio, name):
    await play(studio, name, **await known(studio))


async def known(studio):
    """What the pairs name: clips, a persona, a task that failed, a stranger's key and clip, a key without credits."""
    failed = await studio.submitted(**{**CUSTOM, "title": "broken"})
    await studio.ended(failed)
    source = (await studio.ended(await studio.submitted(**CUSTOM)))[0]["clip_id"]
    persona = await studio.asked("/api/v1/sonic/persona", name="Ana", clip_id=source)
    another, poor = await stranger(studio, "pro"), await stranger(studio, "free")
    studio.http.headers, mine = {"Authorization": f"Bearer {another}"}, studio.http.headers
    theirs = (await studio.ended(await studio.submitted(**CUSTOM)))[0]["clip_id"]
    studio.http.headers = {"Authorization": f"Bearer {poor}"}
    while (await studio.asked(CREATE, **DESCRIBED)).status_code == 200:
        pass
    studio.http.headers = mine
    return {
        "source": source,
        "other": (await studio.ended(await studio.submitted(**DESCRIBED)))[0]["clip_id"],
        "singer": persona.json()["persona_id"],
        "failed": failed,
        "another": another,
        "theirs": theirs,
        "poor": poor,
    }


async def stranger(studio, plan):
    enrolled = await studio.house.accounts.create(plan, plan=plan)
    _, key = await studio.house.keys.create(enrolled.account.id, "its own")
    return key
