"""What the routes of `/api/generate` work with, and how a request becomes a job.

whose -> counted -> read -> plan of the account -> pictures looked at (refusals are logged here) -> submitted (paid)
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from starlette.types import Receive, Scope

from antiphon.catalog.prices import PriceBook
from antiphon.catalog.sonna import SonnaSpeech
from antiphon.catalog.sonna_media import MediaModel
from antiphon.domain.errors import (
    AntiphonError,
    InvalidRequest,
    LimitExceeded,
    PaymentRequired,
    PermissionDenied,
)
from antiphon.domain.films import FilmWish
from antiphon.domain.jobs import Job
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, quote
from antiphon.domain.pictures import PictureWish
from antiphon.domain.ports import FilmMaker, PictureMaker, SongMaker
from antiphon.domain.songs import SongWish
from antiphon.services import films, pictures, tracks
from antiphon.services.inputs import Inputs
from antiphon.services.library import Label
from antiphon.services.sales import Order, Sale
from antiphon.services.shelf import Access
from antiphon.services.speak import Speak
from antiphon.services.submit import Submit, Work
from antiphon.services.till import Till, Wanted
from antiphon.services.waits import Waits
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.errors import InsufficientCredits, TooManyGenerations, Unprocessable, status_of
from antiphon.surfaces.sonna.generate import answers, translate
from antiphon.surfaces.sonna.generate.schemas import Type
from antiphon.surfaces.sonna.generate.translate import Asked, Wish
from antiphon.web import idempotency, stream
from antiphon.web.body import header, read_json
from antiphon.web.errors import Headers
from antiphon.web.gate import request_id

DIALECT, KLASS = "sonna", "generate"
ROUTE = "sonna.generate"
LARGEST_BODY = 8 * 1024 * 1024
"""Bytes: a picture of 6 MB in base64."""

_LANE = "sonna.generate"
"""What is counted apart from speech, in the ledger."""
_PATIENCE = 1800.0
"""Seconds after which a job that is not done is failed, and paid back."""
_SEEDS = 2**31
_MODALITIES: Mapping[Type, str] = {"IMAGE": "image", "MUSIC": "music", "VIDEO": "video"}
_KINDS: Mapping[Type, str] = {"IMAGE": pictures.KIND, "MUSIC": tracks.KIND, "VIDEO": films.KIND}
_BESIDE: Mapping[Type, int] = {"IMAGE": 2}
"""Jobs that do not wait for the account's own songs: as many as it may have of them at once."""
_NOTHING = MilliCredits(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Who makes what; None where nobody does.

    Args:
        pictures, songs, films: By what they make.
        stand_ins: Whether they may answer for models of vendors.
    """

    pictures: PictureMaker | None
    songs: SongMaker | None
    films: FilmMaker | None
    stand_ins: bool

    def of(self, model: MediaModel) -> PictureMaker | SongMaker | FilmMaker | None:
        """Who serves a model."""
        if model.vendor and not self.stand_ins:
            return None
        match model.type:
            case "IMAGE":
                return self.pictures
            case "MUSIC":
                return self.songs
            case "VIDEO":
                return self.films

    def looker(self, type_: Type) -> PictureMaker | FilmMaker | None:
        """Who looks at pictures that are given."""
        return self.films if type_ == "VIDEO" else self.pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the routes work with.

    Args:
        callers: Who may ask.
        till: What it costs.
        prices: The list of that.
        submit: Where jobs begin, and can be asked after.
        waits: Who waits for their ends.
        inputs: Fetches pictures that are given.
        engines: Who makes what.
        models: What can be asked for.
        catalogue: The models of speech, for the list of all.
        speech: Who speaks, for the same.
        moderate: Refuses songs that are not made on request: raises `InvalidRequest`, "content".
        enabled: Whether anything is made.
        seconds: How long a client waits before it is told where to ask again.
    """

    callers: Callers
    till: Till
    prices: PriceBook
    submit: Submit
    waits: Waits
    inputs: Inputs
    engines: Engines
    models: Mapping[str, MediaModel]
    catalogue: SonnaSpeech
    speech: Speak
    moderate: Callable[[SongWish], None]
    enabled: bool
    seconds: float

    async def whose(self, scope: Scope) -> ApiKey:
        """Whose a request is; keys need no permission. Errors are those of `Callers.anyone`."""
        return await self.callers.anyone(scope, None)

    def check_enabled(self) -> None:
        """Let nobody in where nothing is made.

        Raises:
            PermissionDenied: "switched_off".
        """
        if not self.enabled:
            raise PermissionDenied(reason="switched_off")

    async def available(self, key: ApiKey) -> MilliCredits:
        """What the key's account can spend now. Errors are those of `Credits.balance`."""
        order = (await self.till.standing(key)).order
        found = (await self.till.credits.balance(key.account_id)).available
        return MilliCredits(sum(found.get(bucket, 0) for bucket in order))

    async def plan(self, key: ApiKey, scope: Scope, receive: Receive) -> "Plan":
        """Check all that can be refused without asking the ledger, of a request whose key and rate are in order.

        Raises:
            AntiphonError: It cannot be served.
            ClientGone: The client left.
        """
        body = await read_json(scope, receive, most=LARGEST_BODY)
        asked = translate.asked(body, self.models, seed=secrets.randbelow(_SEEDS))
        engine = self.engines.of(asked.model)
        if engine is None:
            raise Unprocessable("not_served", "model")
        if isinstance(asked.wish, SongWish):
            self._moderated(asked.wish)
        wanted = Wanted(
            dialect=DIALECT,
            klass=KLASS,
            route=ROUTE,
            price=asked.model.price,
            option=asked.option,
            modality=_MODALITIES[asked.type],
            model=asked.model.id,
            engine=engine.name,
            request_id=request_id(scope),
            idempotency=await asyncio.to_thread(self._named, scope, body),  # Of megabytes.
            lane=_LANE,
        )
        access = await self._access(key)
        seen: tuple[bytes, ...] = ()
        # What was asked for before is made of what was seen then, and may be there no longer.
        if asked.inputs and not await self.submit.answered(key, wanted):
            async with stream.while_connected(receive):
                seen = await self._seen(key, asked)
        # What keys make is not in the library.
        label = None if key.user_id is None else Label(title=asked.title, model=asked.model.id)
        work = self._work(asked, seen, wanted, access, label)
        return Plan(asked=asked, wanted=wanted, work=work, engine=engine.name)

    async def submitted(self, key: ApiKey, plan: "Plan") -> Job:
        """Let what is planned wait for a worker; the job.

        Raises:
            AntiphonError, Replay: As `Submit.submit`, in this dialect's words.
        """
        try:
            return await self.submit.submit(
                key,
                plan.wanted,
                plan.work,
                answer=lambda job: idempotency.stored(answers.accepted(job.id)),
                status_of=status_of,
            )
        except PaymentRequired as refusal:
            if refusal.reason != "balance":
                raise
            claim = await self.till.claim(key, plan.wanted)
            required = quote(claim.price, plan.asked.units, discounted=claim.discounted)
            raise InsufficientCredits(required=required, available=await self.available(key)) from None
        except LimitExceeded as refusal:
            raise _too_many(refusal) from None

    async def job(self, key: ApiKey, job_id: UUID) -> Job:
        """How a job stands that was submitted here by the key's account.

        Raises:
            NotFound: There is none; one of another account's looks the same.
        """
        return await self.submit.job(key, job_id, dialect=DIALECT)

    def refused(self, key: ApiKey, scope: Scope, failure: AntiphonError) -> None:
        """Log a refusal that the ledger was not asked about."""
        self.till.refused(
            key,
            dialect=DIALECT,
            route=ROUTE,
            request_id=request_id(scope),
            status=status_of(failure),
            code=failure.code,
        )

    def made_by(self, model_id: str) -> Headers:
        """The headers that say who makes something, and for whom."""
        model = self.models.get(model_id)
        engine = None if model is None else self.engines.of(model)
        if model is None or engine is None:
            return []
        stand_in = [(b"x-antiphon-stand-in", model.vendor.encode())] if model.vendor else []
        return [(b"x-antiphon-engine", engine.name.encode()), *stand_in]

    def _moderated(self, wish: SongWish) -> None:
        try:
            self.moderate(wish)
        except InvalidRequest as refused:
            raise Unprocessable(refused.reason, refused.field) from None

    def _named(self, scope: Scope, body: object) -> idempotency.IdempotencyKey | None:
        """The client's name for the request."""
        if header(scope, b"idempotency-key") is None:
            return None
        now = self.till.pay.clock.now()
        return idempotency.requested(scope, route=ROUTE, body=idempotency.canonical(body), now=now)

    async def _access(self, key: ApiKey) -> Access:
        """On which shelf the files go.

        Raises:
            PermissionDenied: "paid_generation": accounts without paid access have speech alone.
        """
        plan = (await self.till.standing(key)).plan
        if plan.paid:
            return "paid"
        payg = (await self.till.credits.balance(key.account_id)).available.get(Bucket.PAYG, _NOTHING)
        if not plan.paid_access(payg):
            raise PermissionDenied(reason="paid_generation")
        return "paid"

    async def _seen(self, key: ApiKey, asked: Asked) -> tuple[bytes, ...]:
        """What the pictures that were given are like.

        Raises:
            Unprocessable: One of them is of no use.
            TooManyGenerations: Those of as many of the account's requests as may be are being looked at.
        """
        looker = self.engines.looker(asked.type)
        if looker is None:
            return ()
        try:
            async with self.inputs.turn(key.account_id):
                return tuple([await looker.look(await self.inputs.file(given)) for given in asked.inputs])
        except LimitExceeded as refusal:
            raise _too_many(refusal) from None
        except InvalidRequest as wrong:
            raise Unprocessable(wrong.reason, asked.inputs_field) from None

    def _work(self, asked: Asked, seen: tuple[bytes, ...], wanted: Wanted, access: Access, label: Label | None) -> Work:
        price = self.prices.price(DIALECT, wanted.price, wanted.option)
        sale = Sale(
            route=ROUTE,
            request_id=wanted.request_id,
            modality=wanted.modality,
            model=wanted.model,
            units=asked.units,
            unit=price.unit,
            listed=quote(price, asked.units),
        )
        shown = {"type": asked.type, "model": asked.model.id, "seed": asked.wish.seed}
        return Work(
            kind=_KINDS[asked.type],
            asked=_packed(asked.wish, seen, sale, access, label),
            shown=orjson.dumps(shown),
            patience=_PATIENCE,
            units=asked.units,
            beside=_BESIDE.get(asked.type, 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request after all cheap checks.

    Args:
        asked: What it says.
        wanted: In the words of the catalogue.
        work: For a worker.
        engine: Who will do it.
    """

    asked: Asked
    wanted: Wanted
    work: Work
    engine: str


def _too_many(refusal: LimitExceeded) -> TooManyGenerations:
    """A refusal of more at once, in this dialect's words."""
    return TooManyGenerations(refusal.reason, tier=refusal.tier, retry_after=refusal.retry_after)


def _packed(wish: Wish, seen: tuple[bytes, ...], sale: Sale, access: Access, label: Label | None) -> bytes:
    """An order for the trade that makes it."""
    match wish:
        case PictureWish():
            wish = replace(wish, like=seen)
            return pictures.ORDERS.dump_json(Order(wish=wish, sale=sale, access=access, label=label))
        case SongWish():
            return tracks.ORDERS.dump_json(Order(wish=wish, sale=sale, access=access, label=label))
        case FilmWish():
            wish = replace(wish, like=seen[0] if seen else None)
            return films.ORDERS.dump_json(Order(wish=wish, sale=sale, access=access, label=label))
