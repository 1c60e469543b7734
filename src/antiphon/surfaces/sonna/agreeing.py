"""From the body of a request for speech to what is to be done for it.

The order of checks is the contract's (Sonna §1.10): body, voice, plan, length. Lock and balance come with the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope

from antiphon.catalog.deliveries import Deliveries
from antiphon.catalog.sonna import SonnaModel, SonnaSpeech
from antiphon.catalog.voices import NamedVoice
from antiphon.domain.delivery import PLAIN, Delivery, Turn
from antiphon.domain.errors import InvalidRequest, PermissionDenied
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.library import ItemType, title_of
from antiphon.domain.speech import Manner
from antiphon.domain.tongues import language_of
from antiphon.services.library import Label
from antiphon.services.script import in_turn, performed
from antiphon.services.speak import Speak
from antiphon.services.till import Till, Wanted
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.delivery import delivery
from antiphon.surfaces.sonna.synthesis import Entry, Job, Order
from antiphon.web import idempotency
from antiphon.web.body import header, read_json
from antiphon.web.gate import request_id

SYNTHESIZE = "sonna.synthesize"
DIALOGUE = "sonna.synthesize-dialogue"
LARGEST_BODY = 1024 * 1024
DIALOGUE_MODEL = "eleven-v3"
LONGEST_DIALOGUE = 2000
MOST_VOICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Takes orders.

    Args:
        speech: Who speaks.
        till: Where it is paid.
        catalogue: Models and voices.
        deliveries: What words say of the way to speak.
    """

    speech: Speak
    till: Till
    catalogue: SonnaSpeech
    deliveries: Deliveries

    async def synthesis(self, key: ApiKey, scope: Scope, receive: Receive) -> Job:
        """Check all that can be refused without asking the ledger, of a request whose key and rate are in order.

        Raises:
            AntiphonError: It cannot be served.
            ClientGone: The client left.
        """
        body = await read_json(scope, receive, most=LARGEST_BODY)
        request = translate.wish(body)
        voice = self._voice(request.voice, "voice")
        model = self.catalogue.model_for(voice, request.ttsModel)
        shelf, allowed = await self._access(key, voice)
        longest = min(model.characters, allowed or model.characters)
        if len(request.text) > longest:
            raise InvalidRequest("too_long", "text", limit=longest, length=len(request.text))
        speed = translate.applied_speed(request.speed, model.speech)
        own = "language_override" in model.takes and request.language_override
        turn = self._turn(
            voice,
            voice.spoken if own else self._language(voice, model, request.text),
            delivery(request, model, self.deliveries),
        )
        tagged = "tags" in model.takes
        order = Order(
            route=SYNTHESIZE,
            parts=tuple(performed(request.text, turn, self.deliveries)) if tagged else (request.text,),
            characters=len(request.text),
            output=translate.output(request, accept=header(scope, b"accept") or ""),
            shelf=shelf,
            told={} if request.speed is None or speed == request.speed else {"appliedSpeed": speed},
            entry=_entry(key, "SPEECH", _label(request.title, request.text, model), voice=str(voice.id)),
        )
        manner = _manner(turn, order, speed=speed)
        return await self._job(key, order, model, manner=manner, scope=scope, body=body)

    async def dialogue(self, key: ApiKey, scope: Scope, receive: Receive) -> Job:
        """The same, of a conversation."""
        body = await read_json(scope, receive, most=LARGEST_BODY)
        request = translate.conversation(body)
        model = self.catalogue.models[DIALOGUE_MODEL]
        voices = [self._voice(turn.voice, f"turns[{place}].voice") for place, turn in enumerate(request.turns)]
        self._check_voices(voices, model)
        shelf, _ = await self._access(key, voices[0])
        characters = sum(len(turn.text) for turn in request.turns)
        if characters > LONGEST_DIALOGUE:
            raise InvalidRequest("too_long", "turns", limit=LONGEST_DIALOGUE, length=characters)
        turns = [
            (self._turn(voice, self._language(voice, model, turn.text)), turn.text)
            for voice, turn in zip(voices, request.turns, strict=True)
        ]
        order = Order(
            route=DIALOGUE,
            parts=tuple(in_turn(turns, self.deliveries)),
            characters=characters,
            output=translate.output(request, accept=header(scope, b"accept") or ""),
            shelf=shelf,
            told={"turns": len(turns), "totalChars": characters},
            entry=_entry(key, "DIALOGUE", _label(request.title, request.turns[0].text, model)),
        )
        manner = _manner(turns[0][0], order, speed=1.0)
        return await self._job(key, order, model, manner=manner, scope=scope, body=body)

    async def _job(
        self, key: ApiKey, order: Order, model: SonnaModel, *, manner: Manner, scope: Scope, body: Any
    ) -> Job:
        language, _, _ = manner.language.partition("-")
        plan = self.speech.plan(model.id, voice=manner.voice, language=language)
        wanted = Wanted(
            dialect="sonna",
            klass="speech",
            route=order.route,
            price=model.id,
            option="free" if order.shelf == "free" else "",
            modality="speech",
            model=model.id,
            engine=plan.maker.name,
            request_id=request_id(scope),
            idempotency=idempotency.requested(
                scope, route=order.route, body=idempotency.canonical(body), now=self.till.pay.clock.now()
            ),
        )
        paid = (await self.till.standing(key)).paid
        claim = await self.till.claim(key, wanted)
        return Job(order=order, plan=plan, manner=manner, claim=claim, rank="first" if paid else "after")

    def _voice(self, name: str, field: str) -> NamedVoice:
        voice = self.catalogue.voices.find(name)
        if voice is None:
            raise InvalidRequest("unknown_voice", field)
        return voice

    def _check_voices(self, voices: Sequence[NamedVoice], model: SonnaModel) -> None:
        for place, voice in enumerate(voices):
            if model.id not in voice.models:
                raise InvalidRequest("provider_mismatch", f"turns[{place}].voice")
        if len({voice.id for voice in voices}) > MOST_VOICES:
            raise InvalidRequest("too_many_voices", "turns", limit=MOST_VOICES)

    def _turn(self, voice: NamedVoice, language: str, way: Delivery = PLAIN) -> Turn:
        stand_in = self.catalogue.stand_in(voice)
        return Turn(voice=stand_in.voice, language=language, delivery=stand_in.delivery.and_also(way))

    def _language(self, voice: NamedVoice, model: SonnaModel, text: str) -> str:
        return language_of(text, otherwise=voice.spoken) if model.any_language else voice.spoken

    async def _access(self, key: ApiKey, voice: NamedVoice) -> tuple[str, int | None]:
        """Check what the plan allows; "paid" or "free", which is where the file will lie, and its longest text."""
        standing = await self.till.standing(key)
        plan, payg = standing.plan, translate.NOTHING
        if not standing.paid:
            payg = (await self.till.credits.balance(key.account_id)).available.get(Bucket.PAYG, translate.NOTHING)
        if not plan.allows(voice.vendor, payg=payg):
            raise PermissionDenied(reason="paid_access")
        return "paid" if plan.paid_access(payg) else "free", plan.longest(payg=payg)


def _label(title: str | None, text: str, model: SonnaModel) -> Label:
    return Label(title=title_of(title, text), model=model.id)


def _entry(key: ApiKey, type_: ItemType, label: Label, *, voice: str | None = None) -> Entry | None:
    """What it is in the library, where what keys make is not."""
    return None if key.user_id is None else Entry(type=type_, label=label, voice=voice)


def _manner(turn: Turn, order: Order, *, speed: float) -> Manner:
    return Manner(
        voice=turn.voice,
        language=turn.language,
        encoding=order.output.encoding,
        speed=speed,
        max_duration=translate.LONGEST,
        delivery=turn.delivery,
    )
