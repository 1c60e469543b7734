"""What makes songs, put together: the routes that ask for them, the trades that make them, and who listens."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.routing import BaseRoute

from antiphon.domain.ports import Makers, SongMaker
from antiphon.engines.dub.backend import dub
from antiphon.engines.ear.backend import Ear
from antiphon.house import House
from antiphon.kit.http import Client, Rules
from antiphon.services.clips import Clips
from antiphon.services.exports import Exports
from antiphon.services.gallery import Gallery
from antiphon.services.live import Live
from antiphon.services.recorded import Recorded
from antiphon.services.recordings import Recordings
from antiphon.services.songs import KIND, Songs
from antiphon.services.stems import KIND as STEMS
from antiphon.services.stems import Stems
from antiphon.services.submit import Submit
from antiphon.services.turns import Turns
from antiphon.services.uploads import AUDITION, UPLOAD, Auditions, Uploads
from antiphon.services.worded import Worded
from antiphon.services.work import Trade
from antiphon.surfaces import musicapi
from antiphon.surfaces.musicapi.desk import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """Everything about songs.

    Args:
        routes: What asks for them.
        trades: Who does which kind of job.
        exports: Who makes further files of clips.
        recordings: Who takes in recordings.
    """

    routes: Sequence[BaseRoute]
    trades: Mapping[str, Trade]
    exports: Exports
    recordings: Recordings

    @contextlib.asynccontextmanager
    async def lasting(self) -> AsyncIterator[None]:
        """Stop all work on songs, and every child, at the end of the context."""
        try:
            yield
        finally:
            await self.exports.close()
            await self.recordings.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Where songs are made.

    Args:
        clips: Where they are kept.
        live: Who lets them be heard while they are made.
        ear: Who measures voices.
        ways_out: Where recordings may be fetched from.
        films: Whether every song is to be seen as well.
    """

    clips: Clips
    live: Live
    ear: Ear
    ways_out: Rules
    films: bool


def music(house: House, makers: Makers, songs: SongMaker, rooms: Rooms) -> Music:
    """Everything about songs.

    Args:
        house: The services.
        makers: Who listens, and who makes covers.
        songs: Who makes songs.
        rooms: Where.
    """
    recorded = Recorded(rooms.clips, listener=makers.listener, dubber=dub)
    # As many at once as there are cores, and so many of an account's.
    most = min((limit.most for limit in house.limits.concurrency(musicapi.DIALECT, "files")), default=None)
    turns = Turns(os.cpu_count() or 1, most=most)
    exports = Exports(songs, clips=rooms.clips, recorded=recorded, turns=turns)
    # Also from public servers without TLS, for nothing is told to them.
    http = Client(replace(rooms.ways_out, plain=True))
    recordings = Recordings(maker=songs, listener=makers.listener, clips=rooms.clips, http=http, clock=house.clock)
    return Music(
        routes=musicapi.build(_studio(house, rooms, exports, recordings)),
        trades=_trades(recordings, recorded, Gallery(makers.sleeves), rooms),
        exports=exports,
        recordings=recordings,
    )


def _studio(house: House, rooms: Rooms, exports: Exports, recordings: Recordings) -> Studio:
    """What the routes of songs work with."""
    return Studio(
        keys=house.keys,
        till=house.till,
        submit=Submit(house.store.jobs, house.till, clock=house.clock, ends=house.ends),
        clips=rooms.clips,
        moderator=musicapi.Moderator(house.moderation),
        maker=exports.maker,
        turns=Turns(os.cpu_count() or 1, most=None),
        exports=exports,
        live=rooms.live,
        recordings=recordings,
        secrets=house.secrets,
        films=rooms.films,
        credit=house.prices.credit(musicapi.DIALECT),
    )


def _trades(recordings: Recordings, recorded: Recorded, gallery: Gallery, rooms: Rooms) -> Mapping[str, Trade]:
    """Who does which kind of job."""
    songs, clips, letter = recordings.maker, rooms.clips, partial(musicapi.letter, heard=rooms.live.heard)
    trades: Mapping[str, Trade] = {
        KIND: Songs(songs, clips=clips, intake=recordings, gallery=gallery, live=rooms.live, letter=letter),
        UPLOAD: Uploads(recordings, letter=letter),
        AUDITION: Auditions(recordings, ear=rooms.ear, letter=letter),
        STEMS: Stems(songs, clips=clips, recorded=recorded, letter=letter),
    }
    return {kind: Worded(trade, musicapi.words) for kind, trade in trades.items()}
