"""Sonna's speech and accounts, put together: the routes that ask for them."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.house import House
from antiphon.kit.http import Client
from antiphon.services.artifacts import Artifacts
from antiphon.services.enhance import Enhance, enhancer
from antiphon.services.fair_use import FairUse
from antiphon.services.favorites import Favorites
from antiphon.services.speak import Speak
from antiphon.settings import Settings
from antiphon.surfaces import sonna
from antiphon.surfaces.sonna import Callers


def sonna_routes(
    house: House,
    settings: Settings,
    http: Client,
    *,
    callers: Callers,
    speech: Speak,
    artifacts: Artifacts,
    catalogue: SonnaSpeech,
) -> Sequence[BaseRoute]:
    """All routes of Sonna's dialect but those of pictures, music and films.

    Args:
        house: The services.
        settings: What an operator chose.
        http: Asks a language model, where one was chosen.
        callers: Who may ask.
        speech: Who speaks. It has to know the models of `catalogue`.
        artifacts: Where the sound is kept.
        catalogue: Models and voices.
    """
    booth = sonna.Booth(
        speech=speech,
        callers=callers,
        till=house.till,
        accounts=house.accounts,
        artifacts=artifacts,
        catalogue=catalogue,
        favorites=Favorites(house.store.favorites, clock=house.clock),
        enhance=_enhance(settings, http),
        queues={"gemini": FairUse(at_once=settings.gemini_at_once, waiting=settings.gemini_waiting)},
    )
    return [
        *sonna.build(booth),
        *sonna.Account(callers=callers, keys=house.keys, till=house.till).routes(),
        *sonna.UsageLog(callers=callers, till=house.till, spending=house.spending).routes(),
        *sonna.SigningIn(users=house.users, limits=house.limits).routes(),
    ]


def _enhance(settings: Settings, http: Client) -> Enhance:
    """Who puts tags into texts."""
    key = "" if settings.enhance_key is None else settings.enhance_key.get_secret_value()
    return Enhance(enhancer(http, url=settings.enhance_url, model=settings.enhance_model, key=key))
