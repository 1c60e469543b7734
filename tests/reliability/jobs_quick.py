"""`antiphon serve` with songs that are made in no time: a plugin, by the door for strangers. With a bug, if it is told.

python -m reliability.jobs_quick serve ...; the variable PLANTED names the bug.
"""

import asyncio
import os
import random

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.ports import Plugin
from antiphon.domain.songs import SongMade, SongTempo
from antiphon.domain.units import Seconds
from reliability.jobs_books import contents
from reliability.jobs_planted import STATEMENTS, EarlyBlobs

LONGEST_WORK = 0.15
BROKEN = "broken"
"""What a song is called that cannot be made."""
_SMALL, _LARGE, _LARGE_ONES = 8_000, 600_000, 0.1
"""Sizes in bytes, at most; and the part of songs that are written in several pieces."""


class QuickSongs:
    """Songs whose sound follows from their title and their take, and is no sound."""

    name = "quick"

    async def make(self, wish, *, forms, folder, told):
        name = f"{wish.title}/{wish.take}"
        chance = random.Random(name)
        told("play", 0.5)
        await asyncio.sleep(chance.uniform(0, LONGEST_WORK))
        if wish.title.startswith(BROKEN) or not all(source.startswith(b"memory of ") for source in wish.sources):
            raise Unavailable(UnavailableCause.MAKER_DIED)
        data = contents(name, chance.randrange(_LARGE if chance.random() < _LARGE_ONES else _SMALL))
        for form in forms:
            (folder / form).write_bytes(data)
        return SongMade(
            title=wish.title,
            style="quick",
            lyrics="",
            seconds=Seconds(100.0),
            tempo=SongTempo(mean=120.0, low=120.0, high=120.0),
            files={form: folder / form for form in forms},
            stems={},
            memory=b"memory of " + name.encode(),
        )


PLUGIN = Plugin(name="quick", songs=QuickSongs)

if __name__ == "__main__":
    from antiphon import app
    from antiphon.catalog import registry
    from antiphon.cli.main import main

    planted = os.environ.pop("PLANTED", "")
    STATEMENTS.get(planted, int)()
    if planted == "early-file":
        app.LocalBlobs = EarlyBlobs
    registry.BUILTIN = ("antiphon.engines.tone:PLUGIN", "reliability.jobs_quick:PLUGIN")
    main()
