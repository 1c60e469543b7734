"""One synthesis: from its body to a file that is kept and paid for.

The order of checks is the contract's (Sonna §1.10): body, voice, plan, length, then lock and balance in one
transaction. The file is whole and safe before it is charged, and charged before anybody hears of it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
from starlette.types import Receive, Scope

from antiphon.catalog.sonna import SonnaModel, SonnaSpeech
from antiphon.catalog.voices import NamedVoice
from antiphon.domain.errors import (
    Conflict,
    DurationReached,
    InvalidRequest,
    NotFound,
    PaymentRequired,
    PermissionDenied,
    Unavailable,
    UnavailableCause,
)
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, quote
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifact, Artifacts, File
from antiphon.services.pay import Claim, Outcome, Paid, Replay, usage_of
from antiphon.services.speak import Plan, Speak, speak
from antiphon.services.till import Till, Wanted
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.errors import InsufficientCredits, status_of
from antiphon.surfaces.sonna.numbers import credits_exactly, moment, whole_credits
from antiphon.web import idempotency, stream
from antiphon.web.body import header, read_json
from antiphon.web.errors import Answer, Headers, json_answer
from antiphon.web.gate import request_id

ROUTE = "sonna.synthesize"
LARGEST_BODY = 1024 * 1024
KEPT = Seconds(24 * 3600.0)
"""How long the files of API calls are kept. Source: seed 001."""

_NOTHING = MilliCredits(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a synthesis is answered with: the answer, or its headers and a file for its body."""

    answer: Answer
    file: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request after all cheap checks."""

    wish: translate.Wish
    plan: Plan
    manner: Manner
    claim: Claim
    shelf: str

    @property
    def characters(self) -> int:
        """What is charged for: code points as they were sent."""
        return len(self.wish.request.text)

    @property
    def price(self) -> MilliCredits:
        """What it costs."""
        return quote(self.claim.price, self.characters, discounted=self.claim.discounted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """Makes speech into files.

    Args:
        speech: Who speaks.
        till: Where it is paid.
        artifacts: Where the sound is kept.
        catalogue: Models and voices.
    """

    speech: Speak
    till: Till
    artifacts: Artifacts
    catalogue: SonnaSpeech

    async def agree(self, key: ApiKey, scope: Scope, receive: Receive) -> Job:
        """Check all that can be refused without asking the ledger, of a request whose key and rate are in order.

        Raises:
            AntiphonError: It cannot be served.
            ClientGone: The client left.
        """
        body = await read_json(scope, receive, most=LARGEST_BODY)
        return await self._job(key, translate.wish(body, accept=header(scope, b"accept") or ""), scope, body)

    async def make(self, job: Job, receive: Receive) -> Reply:
        """Speak, keep, charge.

        Raises:
            AntiphonError: It cannot be served; nothing is charged.
            ClientGone: The client left before there was a file; nothing is charged.
        """
        try:
            async with self.till.pay.request(job.claim, units=job.characters, status_of=status_of) as paid:
                async with stream.while_connected(receive):
                    artifact = await self._keep(job)
                reply = await self._reply(job, paid, artifact)
                await paid.end(Outcome(units=job.characters, status=200, answer=_to_keep(job, reply, artifact)))
        except Replay as replay:
            return await self._again(job, replay.answer)
        except PaymentRequired as refusal:
            if refusal.reason != "balance":
                raise
            raise await self._insufficient(job) from None
        return reply

    async def _job(self, key: ApiKey, wish: translate.Wish, scope: Scope, body: object) -> Job:
        voice = self.catalogue.voices.find(wish.request.voice)
        if voice is None:
            raise InvalidRequest("unknown_voice", "voice")
        model = self.catalogue.model_for(voice, wish.request.ttsModel)
        shelf = await self._access(key, voice, model, length=len(wish.request.text))
        manner = translate.manner(
            wish, voice=self.catalogue.casting.get(voice.id, ""), language=voice.language, model=model.speech
        )
        plan = self.speech.plan(model.id, voice=manner.voice, language=manner.language)
        wanted = Wanted(
            dialect="sonna",
            klass="speech",
            route=ROUTE,
            price=model.id,
            option="free" if shelf == "free" else "",
            modality="speech",
            model=model.id,
            engine=plan.maker.name,
            request_id=request_id(scope),
            idempotency=idempotency.requested(
                scope, route=ROUTE, body=idempotency.canonical(body), now=self.till.pay.clock.now()
            ),
        )
        claim = await self.till.claim(key, wanted)
        return Job(wish=wish, plan=plan, manner=manner, claim=claim, shelf=shelf)

    async def _access(self, key: ApiKey, voice: NamedVoice, model: SonnaModel, *, length: int) -> str:
        """Check what the plan allows; "paid" or "free", which is where the file will lie."""
        plan = (await self.till.standing(key)).plan
        payg = _NOTHING
        if not plan.paid:
            payg = (await self.till.credits.balance(key.account_id)).available.get(Bucket.PAYG, _NOTHING)
        if not plan.allows(voice.vendor, payg=payg):
            raise PermissionDenied(reason="paid_access")
        longest = min(model.characters, plan.longest(payg=payg) or model.characters)
        if length > longest:
            raise InvalidRequest("too_long", "text", limit=longest, length=length)
        return "paid" if plan.paid_access(payg) else "free"

    async def _keep(self, job: Job) -> Artifact:
        async with speak(job.plan, job.wish.request.text, job.manner) as pieces:
            return await self.artifacts.keep(
                _sound(pieces),
                shelf=f"sonna/api-ephemeral/tts/{job.shelf}",
                owner=str(job.claim.account_id),
                suffix=job.wish.suffix,
                lifetime=KEPT,
            )

    async def _reply(self, job: Job, paid: Paid, artifact: Artifact) -> Reply:
        headers = _made_by(job.plan)
        # The whole price is held, so that what is left after the hold is what is left after the charge.
        remaining, charged = whole_credits(paid.available), credits_exactly(job.price)
        if job.wish.raw:
            headers += [
                (b"cache-control", b"no-store"),
                (b"x-sonna-url", self.artifacts.url(artifact).encode()),
                (b"x-remaining-credits", str(remaining).encode()),
                (b"x-credits-charged", str(charged).encode()),
            ]
            file = await self.artifacts.open(artifact.path)
            return Reply(answer=Answer(status=200, headers=headers, body=b""), file=file)
        body = {
            "success": True,
            "url": self.artifacts.url(artifact),
            "remainingCredits": remaining,
            "projectCreated": True,
            "model": job.plan.model.id,
            "creditsCharged": charged,
            "expiresAt": moment(artifact.expires_at),
        }
        if job.manner.speed != (1.0 if job.wish.request.speed is None else job.wish.request.speed):
            body["appliedSpeed"] = job.manner.speed
        return Reply(answer=json_answer(200, orjson.dumps(body), headers))

    async def _again(self, job: Job, answer: idempotency.StoredAnswer) -> Reply:
        """The answer of a request that was made before."""
        pay, outcome = self.till.pay, Outcome(units=0, status=answer.status, code="idempotent_replay")
        pay.note(usage_of(job.claim, outcome, id_=pay.new_id(), at=pay.clock.now(), latency=0.0))
        if not answer.artifact:
            return Reply(answer=idempotency.replayed(answer))
        try:
            file = await self.artifacts.open(answer.artifact)
        except NotFound:
            raise Conflict("idempotency_gone") from None
        if file.blob.size > idempotency.LARGEST_FILE:
            raise Conflict("idempotency_too_large")
        return Reply(answer=idempotency.replayed(answer), file=file)

    async def _insufficient(self, job: Job) -> InsufficientCredits:
        balance = await self.till.credits.balance(job.claim.account_id)
        spendable = sum(balance.available.get(bucket, 0) for bucket in job.claim.order)
        return InsufficientCredits(required=job.price, available=MilliCredits(spendable))


async def _sound(pieces: AsyncIterator[SpeechPiece]) -> AsyncIterator[bytes]:
    """The bytes of a whole speech; one that is not whole is an error."""
    async for piece in pieces:
        yield piece.audio
        if piece.capped:
            raise DurationReached(translate.LONGEST)
        if piece.last:
            return
    raise Unavailable(UnavailableCause.MAKER_DIED)


def _made_by(plan: Plan) -> Headers:
    stand_in = [] if plan.stands_in_for is None else [(b"x-antiphon-stand-in", plan.stands_in_for.encode())]
    return [(b"x-antiphon-engine", plan.maker.name.encode()), *stand_in]


def _to_keep(job: Job, reply: Reply, artifact: Artifact) -> idempotency.StoredAnswer | None:
    if job.claim.idempotency is None:
        return None
    return idempotency.stored(reply.answer, artifact=artifact.path if job.wish.raw else "")
