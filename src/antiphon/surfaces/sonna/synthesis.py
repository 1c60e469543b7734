"""One request for speech that was agreed on: to a file that is kept and paid for.

Lock and balance are one transaction. The file is whole and safe before it is charged, and charged before anybody
hears of it.
"""

import contextlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive

from antiphon.audio.id3 import titled
from antiphon.domain.delivery import Part
from antiphon.domain.errors import Conflict, NotFound, PaymentRequired
from antiphon.domain.library import ItemType
from antiphon.domain.money import MilliCredits, quote
from antiphon.domain.speech import Codec, Manner
from antiphon.domain.units import Seconds
from antiphon.services.artifacts import Artifact, Artifacts, File
from antiphon.services.fair_use import FairUse, Rank
from antiphon.services.library import PLACE, Draft, Label, Library, Origin
from antiphon.services.pay import Claim, Outcome, Paid, Replay, usage_of
from antiphon.services.shelf import Kept, kept
from antiphon.services.speak import Plan, Whole, speak
from antiphon.services.till import Till
from antiphon.surfaces.sonna import translate
from antiphon.surfaces.sonna.errors import InsufficientCredits, status_of
from antiphon.surfaces.sonna.numbers import credits_exactly, moment, whole_credits
from antiphon.web import idempotency, stream
from antiphon.web.errors import Answer, Headers, json_answer

KEPT = Seconds(24 * 3600.0)
"""How long the files of API calls are kept. Source: seed 001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a synthesis is answered with: the answer, or its headers and a file for its body."""

    answer: Answer
    file: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a synthesis is in the library of who is signed in.

    Args:
        type: What it is.
        label: What it is called.
        voice: Who speaks, where it is one alone.
    """

    type: ItemType
    label: Label
    voice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for.

    Args:
        route: The route's name.
        parts: What is to be performed.
        characters: What is charged for: code points as they were sent.
        output: What is to become of the sound.
        shelf: "paid" or "free", which is where the file will lie.
        told: What the answer says besides.
        entry: What it is in the library; None where it is not to be there.
    """

    route: str
    parts: tuple[Part, ...]
    characters: int
    output: translate.Output
    shelf: str
    told: Mapping[str, Any]
    entry: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request after all cheap checks.

    Args:
        order: What was asked for.
        plan: Who does it.
        manner: How the first of it is spoken.
        claim: What it is to cost whom.
        rank: Before whom it is served, where there is a queue.
    """

    order: Order
    plan: Plan
    manner: Manner
    claim: Claim
    rank: Rank

    @property
    def price(self) -> MilliCredits:
        """What it costs."""
        return quote(self.claim.price, self.order.characters, discounted=self.claim.discounted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A file that is kept, and what the answer says of the library."""

    file: Kept
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """Makes speech into files.

    Args:
        till: Where it is paid.
        artifacts: Where the sound is kept.
        library: Where it is kept for those who are signed in.
        queues: Where requests for models of a vendor wait for each other, by vendor.
    """

    till: Till
    artifacts: Artifacts
    library: Library
    queues: Mapping[str, FairUse]

    async def make(self, job: Job, receive: Receive) -> Reply:
        """Speak, keep, charge.

        Raises:
            AntiphonError: It cannot be served; nothing is charged.
            ClientGone: The client left before there was a file; nothing is charged.
        """
        try:
            async with self.till.pay.request(job.claim, units=job.order.characters, status_of=status_of) as paid:
                async with stream.while_connected(receive), self._place(job):
                    artifact, seconds = await self._keep(job)
                made = await self._made(job, paid, artifact, seconds)
                reply = await self._reply(job, paid, made)
                await paid.end(Outcome(units=job.order.characters, status=200, answer=_to_keep(job, reply, made)))
        except Replay as replay:
            return await self._again(job, replay.answer)
        except PaymentRequired as refusal:
            if refusal.reason != "balance":
                raise
            raise await self._insufficient(job) from None
        return reply

    def _place(self, job: Job) -> AbstractAsyncContextManager[None]:
        """Where it is its turn to be spoken."""
        queue = self.queues.get(job.plan.model.vendor)
        return contextlib.nullcontext() if queue is None else queue.place(job.rank)

    async def _keep(self, job: Job) -> tuple[Artifact, float]:
        """Speak to a file; and how many seconds it lasts."""
        output = job.order.output
        head = titled(output.title) if output.title and output.encoding.codec is Codec.MP3 else b""
        sound = Whole(longest=translate.LONGEST, head=head)
        async with speak(job.plan, job.order.parts, job.manner) as pieces:
            artifact = await self.artifacts.keep(
                sound.bytes_of(pieces),
                shelf=f"sonna/api-ephemeral/tts/{job.order.shelf}",
                owner=str(job.claim.account_id),
                suffix=output.suffix,
                lifetime=KEPT,
            )
        return artifact, sound.seconds

    async def _made(self, job: Job, paid: Paid, artifact: Artifact, seconds: float) -> _Made:
        """The file, in the library of who is signed in as far as there is room."""
        file, entry = kept(artifact, self.artifacts), job.order.entry
        if entry is None:
            return _Made(file=file, told={"projectCreated": True})  # As the contract's samples have it for keys.
        draft = Draft(type=entry.type, label=entry.label, file=file, seconds=seconds, voice=entry.voice)
        (taken,) = await self.library.take([draft], origin=Origin(id=paid.id, account_id=job.claim.account_id))
        if taken.item is None:
            return _Made(file=file, told={"projectCreated": False})
        return _Made(file=taken.file, told={"projectCreated": True, "libraryId": str(taken.item)})

    async def _reply(self, job: Job, paid: Paid, made: _Made) -> Reply:
        headers = _made_by(job.plan)
        # The whole price is held, so that what is left after the hold is what is left after the charge.
        remaining, charged = whole_credits(paid.available), credits_exactly(job.price)
        if job.order.output.raw:
            headers += [
                (b"cache-control", b"no-store"),
                (b"x-sonna-url", made.file.url.encode()),
                (b"x-remaining-credits", str(remaining).encode()),
                (b"x-credits-charged", str(charged).encode()),
            ]
            file = await self._file(made.file.path)
            return Reply(answer=Answer(status=200, headers=headers, body=b""), file=file)
        body = {
            "success": True,
            "url": made.file.url,
            "remainingCredits": remaining,
            **job.order.told,
            **made.told,
            "model": job.plan.model.id,
            "creditsCharged": charged,
            "expiresAt": None if made.file.expires_at is None else moment(made.file.expires_at),
        }
        return Reply(answer=json_answer(200, orjson.dumps(body), headers))

    async def _file(self, path: str) -> File:
        """A file that was just made."""
        return await (self.library.file(path) if path.startswith(PLACE) else self.artifacts.open(path))

    async def _again(self, job: Job, answer: idempotency.StoredAnswer) -> Reply:
        """The answer of a request that was made before."""
        pay, outcome = self.till.pay, Outcome(units=0, status=answer.status, code="idempotent_replay")
        pay.note(usage_of(job.claim, outcome, id_=pay.new_id(), at=pay.clock.now(), latency=0.0))
        if not answer.artifact:
            return Reply(answer=idempotency.replayed(answer))
        try:
            where = self.library if answer.artifact.startswith(PLACE) else self.artifacts
            file = await where.open(answer.artifact)
        except NotFound:
            raise Conflict("idempotency_gone") from None
        if file.blob.size > idempotency.LARGEST_FILE:
            raise Conflict("idempotency_too_large")
        return Reply(answer=idempotency.replayed(answer), file=file)

    async def _insufficient(self, job: Job) -> InsufficientCredits:
        balance = await self.till.credits.balance(job.claim.account_id)
        spendable = sum(balance.available.get(bucket, 0) for bucket in job.claim.order)
        return InsufficientCredits(required=job.price, available=MilliCredits(spendable))


def _made_by(plan: Plan) -> Headers:
    stand_in = [] if plan.stands_in_for is None else [(b"x-antiphon-stand-in", plan.stands_in_for.encode())]
    return [(b"x-antiphon-engine", plan.maker.name.encode()), *stand_in]


def _to_keep(job: Job, reply: Reply, made: _Made) -> idempotency.StoredAnswer | None:
    if job.claim.idempotency is None:
        return None
    return idempotency.stored(reply.answer, artifact=made.file.path if job.order.output.raw else "")
