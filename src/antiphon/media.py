"""What makes pictures, tracks and films for Sonna, put together: the routes that ask for them, and the trades."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.routing import BaseRoute

from antiphon.around import Around
from antiphon.catalog.moderation import WordLists
from antiphon.catalog.sonna_media import load_media_models
from antiphon.domain.errors import InvalidRequest, PermissionDenied
from antiphon.domain.ports import Makers
from antiphon.domain.songs import SongWish
from antiphon.house import House
from antiphon.kit.http import Client
from antiphon.services import films, pictures, tracks
from antiphon.services.gallery import Gallery
from antiphon.services.inputs import Inputs
from antiphon.services.sales import Depot
from antiphon.services.shelf import Shelf
from antiphon.services.submit import Submit
from antiphon.services.work import Trade
from antiphon.settings import Settings
from antiphon.surfaces import musicapi
from antiphon.surfaces.sonna import generate

_PLACE = "sonna/api-ephemeral/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Everything about pictures, tracks and films.

    Args:
        routes: What asks for them.
        trades: Who does which kind of job.
        inputs: Fetches pictures that are given.
    """

    routes: Sequence[BaseRoute]
    trades: Mapping[str, Trade]
    inputs: Inputs

    @contextlib.asynccontextmanager
    async def lasting(self) -> AsyncIterator[None]:
        """Let go of connections at the end of the context."""
        try:
            yield
        finally:
            await self.inputs.close()


def media(house: House, makers: Makers, settings: Settings, around: Around) -> Media:
    """Everything about pictures, tracks and films.

    Args:
        house: The services.
        makers: Who makes what.
        settings: What an operator chose.
        around: What is there besides.
    """
    # Also from public servers without TLS, for nothing is told to them.
    inputs = Inputs(Client(replace(around.ways_out, plain=True)))
    desk = generate.Desk(
        callers=around.callers,
        till=house.till,
        prices=house.prices,
        submit=Submit(house.store.jobs, house.till, clock=house.clock, ends=house.ends),
        waits=around.waits,
        inputs=inputs,
        engines=generate.Engines(
            pictures=makers.pictures, songs=makers.songs, films=makers.films, stand_ins=settings.stand_ins
        ),
        models=load_media_models(),
        catalogue=around.catalogue,
        speech=around.speech,
        moderate=_Moderator(house.moderation).check,
        enabled=settings.generate,
        seconds=settings.generate_seconds,
    )
    return Media(routes=generate.build(desk), trades=_trades(makers, around), inputs=inputs)


def _trades(makers: Makers, around: Around) -> Mapping[str, Trade]:
    """Who does which kind of job, of those that somebody can."""
    trades: dict[str, Trade] = {}
    if makers.pictures is not None:
        trades[pictures.KIND] = pictures.Pictures(makers.pictures, depot=_depot("image", makers.pictures.name, around))
    if makers.songs is not None:
        depot, gallery = _depot("music", makers.songs.name, around), Gallery(makers.sleeves)
        trades[tracks.KIND] = tracks.Tracks(makers.songs, gallery=gallery, depot=depot)
    if makers.films is not None:
        trades[films.KIND] = films.Films(makers.films, depot=_depot("video", makers.films.name, around))
    return trades


def _depot(place: str, engine: str, around: Around) -> Depot:
    """Where goes what an engine makes."""
    shelf = Shelf(around.artifacts, f"{_PLACE}{place}")
    return Depot(shelf=shelf, library=around.library, engine=engine, status_of=generate.status_of_fault)


class _Moderator:
    """Refuses songs as MusicAPI does, in no dialect's words.

    Args:
        lists: What is looked for.
    """

    def __init__(self, lists: WordLists) -> None:
        self._moderator = musicapi.Moderator(lists)

    def check(self, wish: SongWish) -> None:
        """Let a wish pass that asks for nothing that is refused.

        Raises:
            InvalidRequest: "content": it does.
        """
        try:
            self._moderator.check(wish)
        except PermissionDenied:
            raise InvalidRequest("content", "prompt") from None
