"""What an account has to spend: granted every month by its plan, bought, and explained line by line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from antiphon.catalog.plans import Plan
from antiphon.domain.errors import Conflict, InvalidRequest
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.domain.subscriptions import Enrolled, Period, Subscription, calendar_month, subscription_month
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.services.accounts import MOST_CACHED, Accounts
from antiphon.store.ports import Balance, Finding, Grant, Ledger, StatementLine

FIRST_PLAN = "max"
"""The plan of the first account (SETTLED 8)."""
LONGEST_PAYMENT = 100
LONGEST_NOTE = 200

_LOTS_AT_ONCE = 500
_LINES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account may do and spend now. What its plan grants this month is granted.

    Args:
        account_id: The account.
        plan: Its plan; what it allows also depends on what was bought: `Plan.allows`, `Plan.longest`.
        subscription: Since when, and until when.
    """

    account_id: UUID
    plan: Plan
    subscription: Subscription

    @property
    def order(self) -> Sequence[Bucket]:
        """The buckets that may be spent, in order."""
        return self.plan.order

    @property
    def paid(self) -> bool:
        """Whether the plan by itself is paid access."""
        return self.plan.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class _Current:
    """That all is granted which `standing` grants, as long as the time is in [begins, ends)."""

    standing: Standing
    begins: float
    ends: float


class Credits:
    """All that brings credits, and what there is of them.

    Nothing runs at midnight: credits come and plans end when an account is next looked at.

    Args:
        ledger: Where credits are kept.
        accounts: Whose they are.
        clock: Tells the time. It may step back: grants are named for what they are for, so that none comes twice.
        entropy: Gives that many bytes from a cryptographic source.
        most_cached: For how many accounts it is remembered that they are current.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        accounts: Accounts,
        clock: Clock,
        entropy: Callable[[int], bytes],
        most_cached: int = MOST_CACHED,
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._clock = clock
        self._entropy = entropy
        self._most_cached = most_cached
        self._current: dict[UUID, _Current] = {}

    def cached(self, account_id: UUID) -> Standing | None:
        """How the account stands, if it was looked up within the last two seconds. Never a wait."""
        enrolled = self._accounts.cached(account_id)
        return None if enrolled is None else self._known(enrolled)

    async def standing(self, account_id: UUID) -> Standing:
        """How the account stands, with all that it was to be granted by now.

        Raises:
            NotFound: "unknown_account".
            Unavailable: It could not be looked up.
        """
        return self.cached(account_id) or (await self.ensure_current(account_id))[0]

    async def ensure_current(self, account_id: UUID) -> tuple[Standing, bool]:
        """See to it that a subscription that is over has ended, and that this month's credits are granted, once.

        Returns:
            How the account stands then, and whether it is now that a subscription was found to be over.

        Raises:
            NotFound: "unknown_account".
            Unavailable: The database failed; nothing is lost, the next call does it.
        """
        enrolled, ended = await self._accounts.get(account_id), False
        if enrolled.subscription.over(self._clock.now()):
            enrolled, ended = await self._end(account_id)
        return self._known(enrolled) or await self._renew(enrolled), ended

    async def set_plan(self, account_id: UUID, plan: str, *, until: float | None = None) -> Standing:
        """Put an account on a plan, and grant what it brings. Errors are those of `Accounts.set_plan`."""
        await self._accounts.set_plan(account_id, plan, until=until)
        return (await self.ensure_current(account_id))[0]

    async def top_up(
        self, account_id: UUID, *, amount: MilliCredits, payment: str | None = None, note: str = ""
    ) -> bool:
        """Give credits that do not expire.

        Args:
            account_id: To whom.
            amount: How much, at least a thousandth of a credit.
            payment: What tells this payment from all others, 1 to 100 printable characters: given twice under one,
                it is given once. None: nothing does, and every call gives.
            note: What it is for, for people; at most 200 characters.

        Returns:
            Whether it was given now. False: it was before.

        Raises:
            InvalidRequest: "amount", "payment" or "note".
            NotFound: "unknown_account".
            Conflict: "payment_used": for another account, or another amount.
        """
        _check_top_up(amount, payment, note)
        await self.standing(account_id)
        now = self._clock.now()
        transfer_id = f"topup:{self._new_id(now) if payment is None else payment}"
        grant = Grant(
            transfer_id=transfer_id,
            lot_id=self._new_id(now),
            account_id=account_id,
            bucket=Bucket.PAYG,
            amount=amount,
            at=now,
            note=note,
        )
        if await self._ledger.grant(grant):
            return True
        if await self._granted(account_id, transfer_id) != amount:
            raise Conflict("payment_used")
        return False

    async def take_back(self, payment: str) -> MilliCredits | None:
        """Take back what is left of what `top_up` gave for a payment.

        Returns:
            How much was taken now. None: nothing was ever given for it.
        """
        return await self._ledger.end_grant(f"topup:{payment}", at=self._clock.now())

    async def bootstrap(self, account_id: UUID, *, amount: MilliCredits) -> None:
        """Put the first account on its plan, unless it was put on one before, and give it `amount` once for ever.

        Safe to call at every start, and after a kill anywhere.
        """
        enrolled = await self._accounts.fresh(account_id)
        if enrolled.subscription.id == account_id:  # It was never put on a plan.
            await self._accounts.set_plan(account_id, FIRST_PLAN)
        if amount > 0:
            now = self._clock.now()
            await self._ledger.grant(
                Grant(
                    transfer_id=f"bootstrap:{account_id}",
                    lot_id=self._new_id(now),
                    account_id=account_id,
                    bucket=Bucket.PAYG,
                    amount=amount,
                    at=now,
                    note="to begin with",
                )
            )
        await self.ensure_current(account_id)

    async def balance(self, account_id: UUID) -> Balance:
        """What the account has now. Errors are those of `standing`."""
        await self.standing(account_id)
        return await self._ledger.balance(account_id, at=self._clock.now())

    async def statement(
        self, account_id: UUID, *, after: int = 0, most: int = _LINES_AT_ONCE
    ) -> Sequence[StatementLine]:
        """An account's transfers after a `seq`, in order, of lots whose time is over too. Errors as of `standing`."""
        await self.standing(account_id)
        while await self._ledger.expire_lots(now=self._clock.now(), most=_LOTS_AT_ONCE) == _LOTS_AT_ONCE:
            pass
        return await self._ledger.statement(account_id, after=after, most=most)

    async def verify(self) -> Finding:
        """Check every row of the ledger."""
        return await self._ledger.verify()

    async def _end(self, account_id: UUID) -> tuple[Enrolled, bool]:
        """End a subscription that is over. What was remembered of it may be older than a prolongation."""
        enrolled = await self._accounts.fresh(account_id)
        if not enrolled.subscription.over(self._clock.now()):
            return enrolled, False
        ended = await self._accounts.fall_back(enrolled)
        return await self._accounts.fresh(account_id), ended

    def _known(self, enrolled: Enrolled) -> Standing | None:
        known = self._current.get(enrolled.account.id)
        if known is None or known.standing.subscription != enrolled.subscription:
            return None
        return known.standing if known.begins <= self._clock.now() < known.ends else None

    async def _renew(self, enrolled: Enrolled) -> Standing:
        """Grant this month's credits, if nobody did, and remember that it is done."""
        account_id, subscription, now = enrolled.account.id, enrolled.subscription, self._clock.now()
        plan = self._accounts.plans.plan_or_free(subscription.plan)
        month, transfer_id = _month(plan, subscription, now)
        if plan.credits > 0:
            grant = Grant(
                transfer_id=transfer_id,
                lot_id=self._new_id(now),
                account_id=account_id,
                bucket=plan.bucket,
                amount=plan.credits,
                at=now,
                expires_at=month.ends,
                note=f"plan {plan.id}",
            )
            await self._ledger.grant(grant)
        standing = Standing(account_id=account_id, plan=plan, subscription=subscription)
        ends = month.ends if subscription.until is None else min(month.ends, subscription.until)
        self._remember(_Current(standing=standing, begins=min(month.begins, now), ends=ends))
        return standing

    def _remember(self, current: _Current) -> None:
        self._current.pop(current.standing.account_id, None)
        if len(self._current) >= self._most_cached:
            del self._current[next(iter(self._current))]
        self._current[current.standing.account_id] = current

    async def _granted(self, account_id: UUID, transfer_id: str) -> MilliCredits | None:
        """How much an account was granted under an id; None: it was not."""
        after = 0
        while lines := await self._ledger.statement(account_id, after=after, most=_LINES_AT_ONCE):
            for line in lines:
                if line.transfer_id == transfer_id:
                    return line.changes[Bucket.PAYG]
            after = lines[-1].seq
        return None

    def _new_id(self, now: float) -> UUID:
        return uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))


def _month(plan: Plan, subscription: Subscription, now: float) -> tuple[Period, str]:
    """The month to grant for, and the name of the grant.

    A time before the subscription is a clock that was set back: it counts as the subscription's beginning.
    """
    if plan.bucket is Bucket.FREE:
        month = calendar_month(max(now, subscription.since))
        return month, f"grant:free:{subscription.account_id}:{month.name}"
    month = subscription_month(subscription, now)
    return month, f"grant:subscription:{subscription.id}:{month.name}"


def _check_top_up(amount: MilliCredits, payment: str | None, note: str) -> None:
    if amount <= 0:
        raise InvalidRequest("amount", field="credits")
    if payment is not None and (not 0 < len(payment) <= LONGEST_PAYMENT or not payment.isprintable()):
        raise InvalidRequest("payment", field="payment", limit=LONGEST_PAYMENT)
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise InvalidRequest("note", field="note", limit=LONGEST_NOTE)
