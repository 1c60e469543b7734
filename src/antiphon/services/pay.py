"""Paying for a request: held before the work, settled for what was delivered, released by itself.

    admit (lease + hold) -> work, holding further slices ahead of it -> end (settle, release, usage row)

Whatever happens between, the request ends once: here, or, if this process dies, when nobody renews its lease.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from antiphon.domain.errors import AntiphonError, Conflict, Unavailable
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits, Price, quote
from antiphon.domain.usage import Usage
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports import (
    Admission,
    Admitted,
    Balance,
    Concurrency,
    Ending,
    IdempotencyKey,
    Ledger,
    StoredAnswer,
)

LEASE = 30.0
"""Seconds after which a request that nobody renews is taken for dead."""
_BEAT = LEASE / 3
_TICK = 1.0
_SWEPT_AT_ONCE = 500
_SEALED_AT_ONCE = 10_000
_REFUSALS_KEPT = 100  # Of a second: a flood of refusals is not to fill the disk.

log = structlog.get_logger("antiphon.pay")


class Replay(Exception):
    """The request was made before under the same idempotency key: this is what it was answered.

    Args:
        answer: The stored answer.
    """

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who asks for what, for the ledger and the request log.

    Args:
        account_id: Who pays.
        project_id: In which of the account's projects.
        key_id: The key it came with; None: somebody was signed in.
        order: The buckets that may be spent, in order.
        request_id: `X-Request-Id`; a label, never an id of money.
        dialect: Its concurrency is counted by (account, dialect), unless `lane` says otherwise.
        route: The route's name.
        modality: "speech", "image", "music" or "video".
        model: As the client named it.
        engine: The maker that will serve it.
        price: What a unit costs.
        discounted: Whether the price's discount applies.
        concurrency: How many at once.
        idempotency: The client's key, where it gave one.
        client_reference_id: The client's label.
        lane: What its concurrency is counted with instead of the dialect's other requests; "" for these.
    """

    account_id: UUID
    project_id: UUID
    key_id: UUID | None
    order: Sequence[Bucket]
    request_id: str
    dialect: str
    route: str
    modality: str
    model: str
    engine: str
    price: Price
    discounted: bool = False
    concurrency: Sequence[Concurrency] = ()
    idempotency: IdempotencyKey | None = None
    client_reference_id: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a request ended.

    Args:
        units: What was delivered, in the price's unit.
        status: The HTTP status.
        code: The error's code; "" for success.
        answer: Kept for a repeated request; None lets the client try again.
    """

    units: int
    status: int
    code: str = ""
    answer: StoredAnswer | None = None


class Paid:
    """A request that may work. Made by `Pay.request`."""

    def __init__(self, pay: "Pay", claim: Claim, *, id_: UUID, held: MilliCredits, available: MilliCredits) -> None:
        self.id = id_
        self.available = available
        self._pay = pay
        self._claim = claim
        self._held = int(held)
        self._begun = pay.clock.monotonic()
        self.ended = False
        self.lost = False  # Set where a renewal found that somebody ended it.

    async def cover(self, units: int, *, slice_: int) -> None:
        """See to it that so many units in all are held for, a slice of units at a time.

        Raises:
            PaymentRequired: There is not enough; what is held stays held.
            Conflict: "ended": the request was taken for dead.
        """
        while self._held < quote(self._claim.price, units, discounted=self._claim.discounted):
            if self.lost:
                raise Conflict("ended")
            amount = quote(self._claim.price, slice_, discounted=self._claim.discounted)
            await self._pay.ledger.extend(self.id, amount=amount, order=self._claim.order, at=self._pay.clock.now())
            self._held += amount

    async def end(self, outcome: Outcome) -> Balance:
        """Settle what was delivered, and release the rest.

        Raises:
            Conflict: "ended": somebody ended it before; nothing was charged now.
        """
        self.ended = True
        charge = quote(self._claim.price, outcome.units, discounted=self._claim.discounted)
        now = self._pay.clock.now()
        balance = await self._pay.ledger.end(
            Ending(
                id=self.id,
                charge=charge,
                at=now,
                order=self._claim.order,
                usage=self._usage(outcome, at=now),
                answer=outcome.answer,
            )
        )
        self.available = MilliCredits(sum(balance.available.get(bucket, 0) for bucket in self._claim.order))
        return balance

    def _usage(self, outcome: Outcome, *, at: float) -> Usage:
        elapsed = self._pay.clock.monotonic() - self._begun
        return usage_of(self._claim, outcome, id_=self.id, at=at, latency=elapsed)


def usage_of(claim: Claim, outcome: Outcome, *, id_: UUID, at: float, latency: float) -> Usage:
    """The row of a request; what it was charged is the ledger's to say."""
    return Usage(
        id=id_,
        at=at,
        account_id=claim.account_id,
        key_id=claim.key_id,
        request_id=claim.request_id,
        dialect=claim.dialect,
        route=claim.route,
        modality=claim.modality,
        model=claim.model,
        engine=claim.engine,
        units=outcome.units,
        unit=claim.price.unit,
        listed=quote(claim.price, outcome.units),
        charged=MilliCredits(0),
        status=outcome.status,
        code=outcome.code,
        latency_ms=round(1000 * latency),
        client_reference_id=claim.client_reference_id,
        project_id=claim.project_id,
    )


class Pay:
    """The use case of paying.

    Args:
        ledger: Where credits are kept.
        clock: Tells the time.
        entropy: Gives that many random bytes, for ids.
    """

    def __init__(self, ledger: Ledger, *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self.ledger = ledger
        self.clock = clock
        self._entropy = entropy
        self._beat = clock.monotonic()
        self._open: dict[UUID, Paid] = {}
        self._refused: deque[Usage] = deque(maxlen=_REFUSALS_KEPT)

    def new_id(self) -> UUID:
        """An id for a request: sorted by time, unguessable."""
        return uuid7(int(self.clock.now() * 1000), self._entropy(RANDOM_BYTES))

    @contextlib.asynccontextmanager
    async def request(
        self, claim: Claim, *, units: int, status_of: Callable[[AntiphonError], int]
    ) -> AsyncIterator[Paid]:
        """Hold for the first `units`, let the work happen, and see that the request ends.

        A context that is left without `Paid.end` releases everything: nothing is charged.

        Args:
            claim: Who asks for what.
            units: What is held for before anything begins, in the price's unit.
            status_of: The HTTP status of an error, for the request log.

        Raises:
            PaymentRequired, LimitExceeded, Conflict: It may not begin; nothing is held.
            Replay: It was made before.
        """
        paid = await self._admit(claim, units, status_of)
        self._open[paid.id] = paid
        try:
            yield paid
        except AntiphonError as failure:
            await self._release(paid, Outcome(units=0, status=status_of(failure), code=failure.code))
            raise
        finally:
            del self._open[paid.id]
            # Also where the client left or the task was cancelled: the release must not be cancelled with it.
            await asyncio.shield(self._release(paid, Outcome(units=0, status=499, code="client_gone")))

    def note(self, refused: Usage) -> None:
        """Log a request for which nothing was held: within a second, and nobody waits for it.

        Of a flood of refusals, only the latest are kept for the next writing.
        """
        self._refused.append(refused)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep the ledger as long as the context lasts: see `tick`."""
        keeping = asyncio.get_running_loop().create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            with contextlib.suppress(Unavailable):
                await self.tick()

    async def tick(self) -> None:
        """Renew what is at work, end what nobody renews, expire what nobody spent, write the log, seal the rest.

        Raises:
            Unavailable: The database failed; the next tick does it.
        """
        await self._renew()  # First, so that a clock that was put forward ends nothing that is at work.
        now = self.clock.now()
        if self.clock.monotonic() - self._beat >= _BEAT:
            self._beat = self.clock.monotonic()
            await self.ledger.expire_lots(now=now, most=_SWEPT_AT_ONCE)
        await self._write_notes()
        await self.ledger.end_overdue(now=now, most=_SWEPT_AT_ONCE)
        await self.ledger.seal(most=_SEALED_AT_ONCE)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                await self.tick()
            except Unavailable as failure:
                log.warning("the ledger cannot be kept", cause=failure.cause)

    async def _write_notes(self) -> None:
        """Write down what `note` collected."""
        rows = list(self._refused)
        if rows:
            await self.ledger.note_usage(rows)
        for _ in rows[: len(self._refused)]:  # Only now: what could not be written is tried again.
            self._refused.popleft()

    async def _admit(self, claim: Claim, units: int, status_of: Callable[[AntiphonError], int]) -> Paid:
        now = self.clock.now()
        hold = quote(claim.price, units, discounted=claim.discounted)
        admission = Admission(
            id=self.new_id(),
            account_id=claim.account_id,
            project_id=claim.project_id,
            dialect=claim.lane or claim.dialect,
            hold=hold,
            order=claim.order,
            at=now,
            until=now + LEASE,
            concurrency=claim.concurrency,
            idempotency=claim.idempotency,
        )
        try:
            answer = await self.ledger.admit(admission)
        except AntiphonError as failure:
            outcome = Outcome(units=0, status=status_of(failure), code=failure.code)
            self.note(usage_of(claim, outcome, id_=admission.id, at=now, latency=0.0))
            raise
        if isinstance(answer, Admitted):
            return Paid(self, claim, id_=admission.id, held=hold, available=answer.available)
        raise Replay(answer)

    async def _release(self, paid: Paid, outcome: Outcome) -> None:
        if paid.ended:
            return
        try:
            await paid.end(outcome)
        except Conflict:
            log.warning("a request was ended by another", id=str(paid.id))
        except Unavailable:
            log.warning("a request could not be released; its lease will end it", id=str(paid.id))

    async def _renew(self) -> None:
        open_now = dict(self._open)
        if not open_now:
            return
        kept = await self.ledger.renew(open_now.keys(), until=self.clock.now() + LEASE)
        for id_, paid in open_now.items():
            paid.lost = id_ not in kept
