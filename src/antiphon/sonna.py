"""Sonna's speech and accounts, put together: the routes that ask for them."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.house import House
from antiphon.services.artifacts import Artifacts
from antiphon.services.speak import Speak
from antiphon.surfaces import sonna
from antiphon.surfaces.sonna import Callers


def sonna_routes(
    house: House, callers: Callers, *, speech: Speak, artifacts: Artifacts, catalogue: SonnaSpeech
) -> Sequence[BaseRoute]:
    """All routes of Sonna's dialect but those of pictures, music and films.

    Args:
        house: The services.
        callers: Who may ask.
        speech: Who speaks. It has to know the models of `catalogue`.
        artifacts: Where the sound is kept.
        catalogue: Models and voices.
    """
    return [
        *sonna.build(speech=speech, callers=callers, till=house.till, artifacts=artifacts, catalogue=catalogue),
        *sonna.Account(callers=callers, keys=house.keys, till=house.till).routes(),
        *sonna.UsageLog(callers=callers, till=house.till, spending=house.spending).routes(),
        *sonna.SigningIn(users=house.users, limits=house.limits).routes(),
    ]
