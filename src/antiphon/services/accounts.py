"""Accounts and the plans they are on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from antiphon.catalog.plans import FREE, PlanBook
from antiphon.domain.errors import Conflict, InvalidRequest, NotFound
from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.subscriptions import Enrolled, Subscription
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports import AccountStore

LONGEST_NAME = 100
CACHED_SECONDS = 2.0
"""How long a plan changed by another process may go on counting; as for keys (SETTLED 16)."""
MOST_CACHED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    enrolled: Enrolled
    until: float


class Accounts:
    """All that is done with accounts but what costs or brings credits: see `services.credits`.

    Args:
        store: Where they are kept.
        plans: The plans there are.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
        most_cached: How many are kept in memory.
    """

    def __init__(
        self,
        *,
        store: AccountStore,
        plans: PlanBook,
        clock: Clock,
        entropy: Callable[[int], bytes],
        most_cached: int = MOST_CACHED,
    ) -> None:
        self.plans = plans
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._most_cached = most_cached
        self._cache: dict[UUID, _Seen] = {}
        self._changes = 0

    async def create(self, name: str, *, plan: str = FREE, until: float | None = None) -> Enrolled:
        """A new account on a plan.

        Args:
            name: Unique; 1 to 100 printable characters, and no UUID, so that it can be told from an id.
            plan: The plan's id.
            until: Unix seconds at which it falls back to "free"; None: never.

        Raises:
            InvalidRequest: "name"; "until": it is not to come, or the plan does not end.
            UnknownPlan: There is no such plan.
            Conflict: "name_taken".
        """
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or _as_id(name) is not None:
            raise InvalidRequest("name", field="name", limit=LONGEST_NAME)
        now = self._clock.now()
        account = Account(id=self._new_id(now), name=name, created_at=now)
        subscription = self._subscription(account.id, plan=plan, since=now, until=until)
        if not await self._store.add_account(account, subscription):
            raise Conflict("name_taken")
        return Enrolled(account=account, subscription=subscription)

    def cached(self, account_id: UUID) -> Enrolled | None:
        """The account, if it was looked up within the last two seconds. Never a wait."""
        seen = self._cache.get(account_id)
        return seen.enrolled if seen is not None and seen.until > self._clock.monotonic() else None

    async def get(self, account_id: UUID) -> Enrolled:
        """The account and its plan, at most two seconds old.

        Raises:
            NotFound: "unknown_account".
        """
        return self.cached(account_id) or await self.fresh(account_id)

    async def fresh(self, account_id: UUID) -> Enrolled:
        """The account and its plan, as they are now.

        Raises:
            NotFound: "unknown_account".
        """
        changes = self._changes
        enrolled = await self._store.account(account_id)
        if enrolled is None:
            raise NotFound("unknown_account", field="account")
        if changes == self._changes:  # A look-up that began before a change must not bring the former back.
            self._keep(enrolled)
        return enrolled

    async def find(self, text: str) -> Enrolled:
        """The account that an operator means by its id or its name.

        Raises:
            NotFound: "unknown_account".
        """
        id_ = _as_id(text)
        found = await (self._store.account_named(text) if id_ is None else self._store.account(id_))
        if found is None:
            raise NotFound("unknown_account", field="account")
        return found

    async def list(self, *, after: UUID | None = None, most: int = 1000) -> Sequence[Enrolled]:
        """Accounts in the order in which they were made, from the one after `after` on."""
        return await self._store.accounts(after=after, most=most)

    async def set_plan(self, account_id: UUID, plan: str, *, until: float | None = None) -> Enrolled:
        """Put an account on a plan. What its former one granted and is left ends; open holds are let alone.

        Asked again it changes nothing. Asked for the same plan with another end, it is the same subscription that
        ends then, and no credits are granted anew. Free credits stay what they are, since they end with the month.

        Raises:
            NotFound: "unknown_account".
            UnknownPlan: There is no such plan.
            InvalidRequest: "until": as `create`.
            Conflict: "plan_changed": somebody else changed it at the same time.
        """
        former = (await self.fresh(account_id)).subscription
        now = max(self._clock.now(), former.since)  # A clock that was set back makes no plan begin before the former.
        new = self._subscription(account_id, plan=plan, since=now, until=until)
        if former.plan == plan and former.until == until:
            return await self.fresh(account_id)
        if former.plan == plan and not former.over(now):
            changed = await self._store.prolong(former.id, until=until)
        else:
            changed = await self._store.subscribe(new, replaces=former, at=now, ends=Bucket.SUBSCRIPTION)
        self._forget(account_id)
        if not changed:
            raise Conflict("plan_changed")
        return await self.fresh(account_id)

    async def fall_back(self, enrolled: Enrolled) -> bool:
        """Put an account whose subscription is over on "free", since that was over.

        Returns:
            False: somebody changed its plan meanwhile, and nothing was done.
        """
        former, now = enrolled.subscription, self._clock.now()
        since = now if former.until is None else former.until
        free = Subscription(id=self._new_id(now), account_id=enrolled.account.id, plan=FREE, since=since)
        changed = await self._store.subscribe(free, replaces=former, at=now, ends=Bucket.SUBSCRIPTION)
        self._forget(enrolled.account.id)
        return changed

    def _subscription(self, account_id: UUID, *, plan: str, since: float, until: float | None) -> Subscription:
        self.plans.plan(plan)
        if until is not None and (plan == FREE or until <= since):
            raise InvalidRequest("until", field="until")
        return Subscription(id=self._new_id(since), account_id=account_id, plan=plan, since=since, until=until)

    def _keep(self, enrolled: Enrolled) -> None:
        self._cache.pop(enrolled.account.id, None)
        if len(self._cache) >= self._most_cached:
            del self._cache[next(iter(self._cache))]
        self._cache[enrolled.account.id] = _Seen(enrolled=enrolled, until=self._clock.monotonic() + CACHED_SECONDS)

    def _forget(self, account_id: UUID) -> None:
        self._changes += 1
        self._cache.pop(account_id, None)

    def _new_id(self, now: float) -> UUID:
        return uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
