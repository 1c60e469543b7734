"""Clips that tests of endpoints begin with."""

import asyncio

LYRICS = "[Verse]\nRivers run\nand bend\n\n[Chorus]\nHome"
SONG = {"custom_mode": True, "mv": "sonic-v5", "title": "Rivers", "tags": "folk", "prompt": LYRICS}


async def song(studio, **changes):
    """A clip that was made."""
    return (await studio.ended(await studio.submitted(**{**SONG, **changes})))[0]


async def known(studio):
    """What golden pairs name: a song, an instrumental, a clip that could not be made, and a stranger's key."""
    clips = {
        "clip": await song(studio),
        "instrumental": await song(studio, make_instrumental=True),
        "unmade": await song(studio, title="broken"),
    }
    enrolled = await studio.house.accounts.create("another", plan="pro")
    _, key = await studio.house.keys.create(enrolled.account.id, "its own")
    return {**{name: clip["clip_id"] for name, clip in clips.items()}, "another": key}


async def begun(studio, path, **body):
    """A request that is being served: what it costs is held. It is awaited for its answer."""
    before = await studio.credits()
    request = asyncio.create_task(studio.asked(path, **body))
    async with asyncio.timeout(20):
        while True:
            if request.done() or await studio.credits() != before:
                return request
            await asyncio.sleep(0.01)
