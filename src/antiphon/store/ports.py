"""What every store can do, whichever database is behind it. `tests/store` holds all of them to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.keys import Account, ApiKey
from antiphon.domain.ledger import Bucket, Split, TransferKind
from antiphon.domain.money import MilliCredits
from antiphon.domain.subscriptions import Enrolled, Subscription
from antiphon.domain.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it was found.

    Args:
        key: What is known about it.
        digest: The keyed hash under which it is stored, 32 bytes.
    """

    key: ApiKey
    digest: bytes


class KeyStore(Protocol):
    """Accounts and their keys. Every method raises `Unavailable` where the database fails."""

    async def pin(self, name: str, value: bytes) -> bytes:
        """Remember `value` under `name` unless something is remembered already; what is remembered now."""

    async def ensure_account(self, account: Account) -> Account:
        """The account of that name, made now if there was none."""

    async def add_first_key(self, key: ApiKey, *, digest: bytes) -> bool:
        """Add a key to an account that never had one. False: it has, and nothing was done."""

    async def add_key(self, key: ApiKey, *, digest: bytes, most: int) -> bool:
        """Add a key. False: the account has `most` active ones, and nothing was done."""

    async def find_key(self, digest: bytes) -> StoredKey | None:
        """The key with that digest, revoked or not."""

    async def keys_of(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """All keys of an account, revoked ones too, oldest first."""

    async def revoke_key(self, *, account_id: UUID, key_id: UUID, at: float) -> ApiKey | None:
        """Close a key; one that is closed stays as it is. None: the account has no such key."""

    async def touch_keys(self, used: Mapping[UUID, float]) -> None:
        """Note when keys were last used. Unknown ones are passed over; a time never moves back."""

    async def mark_leaked(self, key_id: UUID, *, at: float) -> None:
        """Note that a key was seen in the open. The first time counts."""


class AccountStore(Protocol):
    """Accounts and the plans they are on. Every method raises `Unavailable` where the database fails.

    An account that was never put on a plan is on "free" since it was made, by a subscription with its own id.
    """

    async def add_account(self, account: Account, subscription: Subscription | None = None) -> bool:
        """Add an account, on a plan where one is given. False: the name is taken, and nothing was done."""

    async def account(self, account_id: UUID) -> Enrolled | None:
        """The account of that id."""

    async def account_named(self, name: str) -> Enrolled | None:
        """The account of that name."""

    async def accounts(self, *, after: UUID | None = None, most: int = 1000) -> Sequence[Enrolled]:
        """Accounts in the order of their ids, from the one after `after` on."""

    async def subscribe(
        self, subscription: Subscription, *, replaces: Subscription, at: float, ends: Bucket | None = None
    ) -> bool:
        """Put an account on a plan, and let what its former plan granted end, in one transaction.

        Args:
            subscription: The new one.
            replaces: The one that it has now: this very id, with this very end.
            at: Unix seconds now.
            ends: The bucket whose lots end now, as by `Ledger.end_lots`; None ends none. Open holds are let alone.

        Returns:
            False: somebody changed its plan meanwhile, and nothing was done.
        """

    async def prolong(self, subscription_id: UUID, *, until: float | None) -> bool:
        """Change when a subscription ends. False: no account is on it any more, or it was never written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """At most so many requests at once.

    Args:
        tier: What the refusal names: "organization" counts the account's requests in the dialect, "project" the
            project's.
        most: How many, at least 1.
    """

    tier: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A client's own name for a request, so that it can ask twice and be served once.

    Args:
        route: The route's name; keys of two routes never meet, nor do those of two accounts.
        key: The header's value, 1 to 255 characters.
        fingerprint: 32 bytes over method, route and body: another body under the same key is refused.
        expires_at: Unix seconds from which on it is forgotten.
    """

    route: str
    key: str
    fingerprint: bytes
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer kept for a repeated request: its status, a few headers, and the body or where it lies."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    artifact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a request needs before its work may begin, all of it or nothing.

    Args:
        id: The request's id, made by the server (UUIDv7). Every money id comes from it.
        account_id: Whose it is.
        project_id: In which project; None for the account's first.
        dialect: Leases are counted by (account, dialect).
        hold: The first slice; 0 holds nothing.
        order: The buckets that may be spent, in order.
        at: Unix seconds now.
        until: Unix seconds at which the request is taken for dead unless renewed: its lease ends and its hold is
            released.
        concurrency: Limits, the first that refuses is told.
        idempotency: The client's key, if it gave one.
    """

    id: UUID
    account_id: UUID
    dialect: str
    hold: MilliCredits
    order: Sequence[Bucket]
    at: float
    until: float
    project_id: UUID | None = None
    concurrency: Sequence[Concurrency] = ()
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """It may begin. `available` is what can still be spent after the hold."""

    split: Split
    available: MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The one end of an admitted request.

    Args:
        id: The request.
        charge: What is settled, between 0 and what is held; 0 releases all.
        at: Unix seconds now.
        usage: Its row, without `charged` and `paid_from`, which the ledger fills in; None writes none.
        answer: Kept for the idempotency key; None forgets the key, so that the client may try again.
        order: As in `Admission`, for `available`.
    """

    id: UUID
    charge: MilliCredits
    at: float
    order: Sequence[Bucket]
    usage: Usage | None = None
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits given to an account, as one lot.

    Args:
        transfer_id: Made from what it is for: "grant:free:<account>:<2026-11>", "topup:<payment>". Never random: given
            twice under one id, it is given once.
        lot_id: The new lot's id.
    """

    transfer_id: str
    lot_id: UUID
    account_id: UUID
    bucket: Bucket
    amount: MilliCredits
    at: float
    expires_at: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account has.

    Args:
        available: By bucket: spendable now, neither held nor expired.
        held: All that is held.
    """

    available: Mapping[Bucket, MilliCredits]
    held: MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One transfer, as its account sees it.

    Args:
        seq: Its place in the ledger; statements are in this order.
        transfer_id: Its id.
        kind: What it does.
        at: Unix seconds.
        changes: What it did to each bucket's spendable balance (negative: less); `held` to what is held.
        held: See `changes`.
        note: What it is for, for people.
    """

    seq: int
    transfer_id: str
    kind: TransferKind
    at: float
    changes: Mapping[Bucket, MilliCredits]
    held: MilliCredits
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check of the whole ledger found.

    Args:
        transfers: How many were checked.
        sealed_to: The last `seq` under seal; those after it are the unsealed tail.
        fault: The first thing wrong, naming its row; "" where all is well.
    """

    transfers: int
    sealed_to: int
    fault: str = ""


class Ledger(Protocol):
    """Credits. Every method raises `Unavailable` where the database fails, and has then done nothing."""

    async def admit(self, admission: Admission) -> Admitted | StoredAnswer:
        """Take lease and first hold in one transaction; or give the stored answer of a repeated request.

        Raises:
            LimitExceeded: "concurrency", by tier.
            PaymentRequired: "balance", "organization_budget" or "project_budget", the first of them that is at fault.
            Conflict: "idempotency_in_flight", "idempotency_mismatch" (other body).
        """

    async def extend(self, request_id: UUID, *, amount: MilliCredits, order: Sequence[Bucket], at: float) -> None:
        """Hold a further slice for a request that is open.

        Raises:
            PaymentRequired: As `admit`; what is held already stays held.
            Conflict: "ended": it is not open any more.
        """

    async def renew(self, request_ids: Collection[UUID], *, until: float) -> frozenset[UUID]:
        """Put off the death of requests at work; gives those that are still open."""

    async def end(self, ending: Ending) -> Balance:
        """Settle, release the rest, write the usage row, give back the lease, keep the answer: in one transaction.

        What goes back to a lot that has expired meanwhile is expired at once, by a transfer of its own.

        Raises:
            Conflict: "ended": somebody ended it before; nothing was done.
        """

    async def end_overdue(self, *, now: float, most: int) -> int:
        """Release requests whose `until` has passed; how many."""

    async def end_all(self, *, now: float) -> int:
        """Release every open request that is no job: for the start of the only server, when all that worked is dead."""

    async def grant(self, grant: Grant) -> bool:
        """Give credits. False: that transfer was made before, and nothing was done."""

    async def expire_lots(self, *, now: float, most: int) -> int:
        """Take back what is left in lots whose time is over; how many lots."""

    async def end_lots(self, account_id: UUID, *, bucket: Bucket, at: float) -> None:
        """Let all lots of a bucket end now: a plan was left."""

    async def end_grant(self, transfer_id: str, *, at: float) -> MilliCredits | None:
        """Take back what is left of a grant; what is held of it is let alone, and taken when it comes back.

        Returns:
            How much was taken now; 0 also where it had ended before. None: there is no such grant.
        """

    async def balance(self, account_id: UUID, *, at: float) -> Balance:
        """What an account has now."""

    async def statement(self, account_id: UUID, *, after: int = 0, most: int = 1000) -> Sequence[StatementLine]:
        """An account's transfers after a `seq`, in order."""

    async def note_usage(self, rows: Sequence[Usage]) -> None:
        """Log requests that were refused before anything was held."""

    async def usage(self, account_id: UUID, *, after: UUID | None = None, most: int = 1000) -> Sequence[Usage]:
        """An account's request log in the order of ids."""

    async def seal(self, *, most: int) -> int:
        """Chain up to so many transfers that are not under seal yet; how many were."""

    async def verify(self) -> Finding:
        """Check every row: sums, balances, holds, seals."""
