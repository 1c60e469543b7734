"""What REST and websocket do alike between a wish and its work."""

from dataclasses import dataclass, replace
from uuid import UUID

from antiphon.domain.errors import AntiphonError, InvalidRequest, NotFound
from antiphon.domain.keys import ApiKey
from antiphon.services.keys import Keys
from antiphon.services.pay import Claim
from antiphon.services.sessions import Sessions
from antiphon.services.speak import Plan, Speak
from antiphon.services.temporary import TemporaryKeys
from antiphon.services.till import Till, Wanted
from antiphon.services.voices import Voices
from antiphon.surfaces.soniox import translate
from antiphon.surfaces.soniox.errors import status_of
from antiphon.web.idempotency import IdempotencyKey

DIALECT = "soniox"
LIMITS = "tts"

_UUID_LENGTH = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Where a wish came from: the key, the route's name, and `X-Request-Id`."""

    key: ApiKey
    route: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A wish after all cheap checks: who fulfils it, how, and what the ledger is to be asked for."""

    wish: translate.Wish
    plan: Plan
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The services that speech is made with.

    Args:
        speech: Who speaks.
        keys: Who may ask.
        till: Where it is paid.
        temporary: Keys for others' hands.
        sessions: How long a key's work may go on.
        voices: Voices made from clips.
    """

    speech: Speak
    keys: Keys
    till: Till
    temporary: TemporaryKeys
    sessions: Sessions
    voices: Voices

    async def agree(self, wish: translate.Wish, call: Call, *, again: IdempotencyKey | None = None) -> Job:
        """What can be refused without asking the ledger, in the contract's order.

        Raises:
            ModelUnavailable, InvalidRequest: As `Speak.plan` and `translate.check`.
            NotFound, Unavailable: As `Till.claim`.
        """
        wish, plan = await self._cast(wish, call.key)
        translate.check(plan.model, wish)
        wanted = Wanted(
            dialect=DIALECT,
            klass=LIMITS,
            route=call.route,
            price="speech",
            modality="speech",
            model=wish.model,
            engine=plan.maker.name,
            request_id=call.request_id,
            client_reference_id=wish.client_reference_id,
            idempotency=again,
        )
        return Job(wish=wish, plan=plan, claim=await self.till.claim(call.key, wanted))

    def refused(self, call: Call, refusal: AntiphonError) -> None:
        """Log that a call of a known key was refused."""
        self.till.refused(
            call.key,
            dialect=DIALECT,
            route=call.route,
            request_id=call.request_id,
            status=status_of(refusal),
            code=refusal.code,
        )

    async def _cast(self, wish: translate.Wish, key: ApiKey) -> tuple[translate.Wish, Plan]:
        """Find the voice: a listed one, or one of the project's own, which go by their ids."""
        voice_id = _uuid(wish.manner.voice)
        if voice_id is None:
            return wish, self.speech.plan(wish.model, voice=wish.manner.voice, language=wish.manner.language)
        plan = self.speech.plan(wish.model, voice="", language=wish.manner.language, cloned=True)
        try:
            likeness = await self.voices.likeness(key.project_id, voice_id)
        except NotFound:
            raise InvalidRequest("unknown_voice", "voice", voice=str(voice_id), model=wish.model) from None
        return replace(wish, manner=replace(wish.manner, likeness=likeness)), plan


def _uuid(name: str) -> UUID | None:
    if len(name) != _UUID_LENGTH:
        return None
    try:
        return UUID(name)
    except ValueError:
        return None
