"""Sonna's routes of speech, and of what there is to choose from."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.catalog.deliveries import load_deliveries
from antiphon.catalog.plans import FREE
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.errors import AntiphonError
from antiphon.domain.keys import ApiKey
from antiphon.services.accounts import Accounts
from antiphon.services.artifacts import Artifacts
from antiphon.services.enhance import Enhance
from antiphon.services.fair_use import FairUse
from antiphon.services.favorites import Favorites
from antiphon.services.library import Library
from antiphon.services.previews import Previews
from antiphon.services.speak import Speak
from antiphon.services.till import Till
from antiphon.surfaces.sonna import discovery, enhancing
from antiphon.surfaces.sonna.agreeing import DIALOGUE, SYNTHESIZE, Counter
from antiphon.surfaces.sonna.asking import Limited, answer, refused
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.synthesis import Job, Synthesis
from antiphon.web.files import send_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """What these routes work with.

    Args:
        speech: Who speaks. It has to know the models of `catalogue`.
        callers: Who may ask.
        till: Where it is paid.
        accounts: Whose plans are which.
        artifacts: Where the sound is kept.
        library: Where it is kept for those who are signed in.
        catalogue: Models and voices.
        favorites: Whose favourites are which.
        previews: Where voices can be heard.
        enhance: Puts tags into texts.
        queues: Where requests for models of a vendor wait for each other, by vendor.
    """

    speech: Speak
    callers: Callers
    till: Till
    accounts: Accounts
    artifacts: Artifacts
    library: Library
    catalogue: SonnaSpeech
    favorites: Favorites
    previews: Previews
    enhance: Enhance
    queues: Mapping[str, FairUse]


def build(booth: Booth) -> Sequence[BaseRoute]:
    """The routes of this dialect."""
    callers, till = booth.callers, booth.till
    counter = Counter(speech=booth.speech, till=till, catalogue=booth.catalogue, deliveries=load_deliveries())
    synthesis = Synthesis(till=till, artifacts=booth.artifacts, library=booth.library, queues=booth.queues)
    agrees = {
        "synthesize": _Speech(SYNTHESIZE, counter.synthesis, callers=callers, till=till, synthesis=synthesis),
        "synthesize-dialogue": _Speech(DIALOGUE, counter.dialogue, callers=callers, till=till, synthesis=synthesis),
    }
    return [
        *(Route(f"/api/v1/tts/{name}", route, methods=["POST"]) for name, route in agrees.items()),
        *discovery.build(
            callers=callers,
            catalogue=booth.catalogue,
            favorites=booth.favorites,
            previews=booth.previews,
            free=booth.accounts.plans.plan(FREE),
            clock=till.pay.clock,
        ),
        *enhancing.build(callers=callers, till=till, voices=booth.catalogue.voices, enhance=booth.enhance),
    ]


class _Speech:
    """A route of speech.

    Args:
        route_name: Its name.
        agree: From a request to what is to be done.
        callers: Who may ask.
        till: Where it is counted.
        synthesis: Does it.
    """

    def __init__(
        self,
        route_name: str,
        agree: Callable[[ApiKey, Scope, Receive], Awaitable[Job]],
        *,
        callers: Callers,
        till: Till,
        synthesis: Synthesis,
    ) -> None:
        self.route_name = route_name
        self._agree = agree
        self._callers = callers
        self._till = till
        self._synthesis = synthesis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await self._callers.anyone(scope)
        asked = Limited(key=key, scope=scope, till=self._till, route=self.route_name, klass="speech")
        try:
            await asked.count()
            job = await self._agree(key, scope, receive)
        except AntiphonError as failure:
            asked.note(failure)
            await answer(send, refused(failure, scope), asked.headers)
            return
        try:
            reply = await self._synthesis.make(job, receive)
        except AntiphonError as failure:
            await answer(send, refused(failure, scope), asked.headers)
            return
        headers = [*reply.answer.headers, *asked.headers]
        if reply.file is None:
            await answer(send, replace(reply.answer, headers=headers))
        else:
            await send_file(scope, receive, send, file=reply.file, headers=headers)
