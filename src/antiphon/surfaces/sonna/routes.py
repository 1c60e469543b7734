"""Sonna's routes: speech, what there is to choose from, credits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.catalog.deliveries import load_deliveries
from antiphon.catalog.plans import FREE
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.domain.errors import AntiphonError
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.services.accounts import Accounts
from antiphon.services.artifacts import Artifacts
from antiphon.services.enhance import Enhance
from antiphon.services.fair_use import FairUse
from antiphon.services.favorites import Favorites
from antiphon.services.keys import Keys
from antiphon.services.speak import Speak
from antiphon.services.till import Till
from antiphon.surfaces.sonna import discovery, enhancing
from antiphon.surfaces.sonna.agreeing import DIALOGUE, SYNTHESIZE, Counter
from antiphon.surfaces.sonna.asking import Limited, answer, refused, tell, whose
from antiphon.surfaces.sonna.numbers import moment, whole_credits
from antiphon.surfaces.sonna.synthesis import Job, Synthesis
from antiphon.web.files import send_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """What these routes work with.

    Args:
        speech: Who speaks. It has to know the models of `catalogue`.
        keys: Who may ask.
        till: Where it is paid.
        accounts: Whose plans are which.
        artifacts: Where the sound is kept.
        catalogue: Models and voices.
        favorites: Whose favourites are which.
        enhance: Puts tags into texts.
        queues: Where requests for models of a vendor wait for each other, by vendor.
    """

    speech: Speak
    keys: Keys
    till: Till
    accounts: Accounts
    artifacts: Artifacts
    catalogue: SonnaSpeech
    favorites: Favorites
    enhance: Enhance
    queues: Mapping[str, FairUse]


def build(booth: Booth) -> Sequence[BaseRoute]:
    """The routes of this dialect."""
    keys, till = booth.keys, booth.till
    counter = Counter(speech=booth.speech, till=till, catalogue=booth.catalogue, deliveries=load_deliveries())
    synthesis = Synthesis(till=till, artifacts=booth.artifacts, queues=booth.queues)
    agrees = {
        "synthesize": _Speech(SYNTHESIZE, counter.synthesis, keys=keys, till=till, synthesis=synthesis),
        "synthesize-dialogue": _Speech(DIALOGUE, counter.dialogue, keys=keys, till=till, synthesis=synthesis),
    }
    return [
        *(Route(f"/api/v1/tts/{name}", route, methods=["POST"]) for name, route in agrees.items()),
        *discovery.build(
            keys=keys,
            catalogue=booth.catalogue,
            favorites=booth.favorites,
            free=booth.accounts.plans.plan(FREE),
            clock=till.pay.clock,
        ),
        *enhancing.build(keys=keys, till=till, voices=booth.catalogue.voices, enhance=booth.enhance),
        Route("/api/v1/user/credits", _Credits(keys=keys, till=till), methods=["GET"]),
    ]


class _Speech:
    """A route of speech.

    Args:
        route_name: Its name.
        agree: From a request to what is to be done.
        keys: Who may ask.
        till: Where it is counted.
        synthesis: Does it.
    """

    def __init__(
        self,
        route_name: str,
        agree: Callable[[ApiKey, Scope, Receive], Awaitable[Job]],
        *,
        keys: Keys,
        till: Till,
        synthesis: Synthesis,
    ) -> None:
        self.route_name = route_name
        self._agree = agree
        self._keys = keys
        self._till = till
        self._synthesis = synthesis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await whose(scope, self._keys)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credits:
    route_name: ClassVar = "sonna.credits"

    keys: Keys
    till: Till

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await whose(scope, self.keys)
        standing = await self.till.standing(key)
        available = (await self.till.credits.balance(key.account_id)).available
        until = standing.subscription.until
        await tell(
            send,
            credits=whole_credits(MilliCredits(sum(available.values()))),
            payg_credits=whole_credits(available.get(Bucket.PAYG, MilliCredits(0))),
            plan=standing.plan.id,
            expiresAt=None if until is None else moment(until),
        )
