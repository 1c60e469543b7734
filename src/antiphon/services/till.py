"""What stands between a key and paid work: how often, on which plan, at which price, by which idempotency key."""

from dataclasses import dataclass

from antiphon.catalog.prices import PriceBook
from antiphon.domain.keys import ApiKey
from antiphon.domain.limits import Quota
from antiphon.domain.money import MilliCredits, quote
from antiphon.domain.usage import Usage
from antiphon.services.credits import Credits, Standing
from antiphon.services.limits import Limits
from antiphon.services.pay import Claim, Pay
from antiphon.store.ports import IdempotencyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, in the words of the catalogue.

    Args:
        dialect: Such as "soniox".
        klass: The class of its limits, such as "tts".
        route: The route's name.
        price: The name of its price.
        option: What else that depends on, such as "2K"; "" where nothing.
        modality: "speech", "image", "music" or "video".
        model: As the client named it.
        engine: The maker that will serve it.
        request_id: `X-Request-Id`.
        client_reference_id: The client's label.
        idempotency: The client's key, where it gave one.
        lane: What its concurrency is counted with instead of the dialect's other requests; "" for these.
    """

    dialect: str
    klass: str
    route: str
    price: str
    modality: str
    model: str
    engine: str
    request_id: str
    option: str = ""
    client_reference_id: str = ""
    idempotency: IdempotencyKey | None = None
    lane: str = ""


class Till:
    """Where requests are checked and paid.

    Args:
        limits: How often, and how many at once.
        standings: Who is on which plan.
        prices: What costs how much.
        pay: Where it is paid.
    """

    def __init__(self, *, limits: Limits, standings: Credits, prices: PriceBook, pay: Pay) -> None:
        self.pay = pay
        self.credits = standings
        self._limits = limits
        self._prices = prices

    async def count(self, key: ApiKey, *, dialect: str, klass: str) -> Quota | None:
        """Count one request of a key, unless a limit refuses it. Errors are those of `Limits.check`."""
        return await self._limits.check(
            dialect, klass, account_id=key.account_id, project_id=key.project_id, key_id=key.id
        )

    async def standing(self, key: ApiKey) -> Standing:
        """How the key's account stands. Errors are those of `Credits.standing`."""
        return self.credits.cached(key.account_id) or await self.credits.standing(key.account_id)

    def refused(self, key: ApiKey, *, dialect: str, route: str, request_id: str, status: int, code: str) -> None:
        """Log a request of a known key that was refused before it was known what it would cost.

        Args:
            key: Whose it was.
            dialect: Such as "soniox".
            route: The route's name.
            request_id: `X-Request-Id`.
            status: The HTTP status.
            code: The error's code.
        """
        self.pay.note(
            Usage(
                id=self.pay.new_id(),
                at=self.pay.clock.now(),
                account_id=key.account_id,
                key_id=key.logged_id,
                request_id=request_id,
                dialect=dialect,
                route=route,
                modality="",
                model="",
                engine="",
                units=0,
                unit="",
                listed=MilliCredits(0),
                charged=MilliCredits(0),
                status=status,
                code=code,
                latency_ms=0,
                client_reference_id=_label(key, ""),
                project_id=key.project_id,
            )
        )

    def listed(self, wanted: Wanted, *, units: int = 1) -> MilliCredits:
        """What so much of it costs without a discount.

        Raises:
            UnknownPrice: The catalogue has no such price.
        """
        return quote(self._prices.price(wanted.dialect, wanted.price, wanted.option), units)

    async def claim(self, key: ApiKey, wanted: Wanted) -> Claim:
        """What the ledger is to be asked for. A call with a key has the price's discount, one of a user has not.

        Raises:
            UnknownPrice: The catalogue has no such price.
            NotFound, Unavailable: As `standing`.
        """
        standing = await self.standing(key)
        return Claim(
            account_id=key.account_id,
            project_id=key.project_id,
            key_id=key.logged_id,
            order=standing.order,
            request_id=wanted.request_id,
            dialect=wanted.dialect,
            route=wanted.route,
            modality=wanted.modality,
            model=wanted.model,
            engine=wanted.engine,
            price=self._prices.price(wanted.dialect, wanted.price, wanted.option),
            discounted=key.user_id is None,
            concurrency=self._limits.concurrency(wanted.dialect, wanted.klass),
            idempotency=wanted.idempotency,
            client_reference_id=_label(key, wanted.client_reference_id),
            lane=wanted.lane,
        )


def _label(key: ApiKey, chosen: str) -> str:
    """What a request is called in the log. Who has but a temporary key cannot choose."""
    return chosen if key.temporary is None else key.temporary.client_reference_id
