"""Sonna's speech and accounts, put together: the routes that ask for them."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from antiphon.around import Around
from antiphon.house import House
from antiphon.kit.http import Client
from antiphon.services.enhance import Enhance, enhancer
from antiphon.services.fair_use import FairUse
from antiphon.services.favorites import Favorites
from antiphon.settings import Settings
from antiphon.surfaces import sonna


def sonna_routes(house: House, settings: Settings, http: Client, around: Around) -> Sequence[BaseRoute]:
    """All routes of Sonna's dialect but those of pictures, music and films.

    Args:
        house: The services.
        settings: What an operator chose.
        http: Asks a language model, where one was chosen.
        around: What is there besides.
    """
    callers = around.callers
    booth = sonna.Booth(
        speech=around.speech,
        callers=callers,
        till=house.till,
        accounts=house.accounts,
        artifacts=around.artifacts,
        library=around.library,
        catalogue=around.catalogue,
        favorites=Favorites(house.store.favorites, clock=house.clock),
        previews=around.previews,
        enhance=_enhance(settings, http),
        queues={"gemini": FairUse(at_once=settings.gemini_at_once, waiting=settings.gemini_waiting)},
    )
    return [
        *sonna.build(booth),
        *sonna.Account(callers=callers, keys=house.keys, till=house.till).routes(),
        *sonna.Shelves(callers=callers, till=house.till, library=around.library).routes(),
        *sonna.UsageLog(callers=callers, till=house.till, spending=house.spending).routes(),
        *sonna.SigningIn(users=house.users, limits=house.limits).routes(),
    ]


def _enhance(settings: Settings, http: Client) -> Enhance:
    """Who puts tags into texts."""
    key = "" if settings.enhance_key is None else settings.enhance_key.get_secret_value()
    return Enhance(enhancer(http, url=settings.enhance_url, model=settings.enhance_model, key=key))
