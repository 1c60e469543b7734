"""The plans an account can be on, and the packages of credits it can buy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from antiphon.catalog.overrides import read
from antiphon.catalog.prices import Thousandths
from antiphon.domain.errors import NotFound
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits

FILE = "plans.toml"
FREE = "free"
"""The plan of accounts that were never put on one, and of those whose subscription is over."""

USUAL_LIBRARY = 1 << 30
"""Bytes of a library, where a plan says nothing of it."""


class UnknownPlan(NotFound):
    """The catalogue has no such plan.

    Args:
        plan: What was asked for.
        known: Those there are.
    """

    def __init__(self, plan: str, known: tuple[str, ...]) -> None:
        super().__init__("unknown_plan", field="plan", known=known)
        self.plan = plan
        self.known = known


class UnknownPackage(NotFound):
    """The catalogue has no such package.

    Args:
        package: What was asked for.
        known: Those there are.
    """

    def __init__(self, package: str, known: tuple[str, ...]) -> None:
        super().__init__("unknown_package", field="package", known=known)
        self.package = package
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True)
class JobShare:
    """What an account's jobs get of the workers.

    Args:
        window: How many are worked on at once, as far as there are workers.
        priority: How much sooner than others': see `domain.jobs.HEAD_START`.
    """

    window: int = 2
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What being on it means.

    Args:
        id: Its name in requests and in the store.
        name: For people.
        paid: Whether it is paid access by itself.
        credits: Granted every month.
        bucket: Where they are granted: free ones once in a month of the calendar, subscriptions' by their own month.
        order: What is spent, in order.
        providers: Whose voices may be used without paid access; None: all.
        characters: Most in one request without paid access; None: as the model has it.
        jobs: What its jobs get of the workers.
        library_bytes: What its accounts' libraries may have.
    """

    id: str
    name: str
    paid: bool
    credits: MilliCredits
    bucket: Bucket
    order: tuple[Bucket, ...]
    providers: frozenset[str] | None = None
    characters: int | None = None
    jobs: JobShare = JobShare()
    library_bytes: int = USUAL_LIBRARY

    def paid_access(self, payg: MilliCredits) -> bool:
        """Whether it lifts the limits below, together with so much that was bought."""
        return self.paid or payg > 0

    def allows(self, provider: str, *, payg: MilliCredits) -> bool:
        """Whether a provider's voices may be used."""
        return self.providers is None or provider in self.providers or self.paid_access(payg)

    def longest(self, *, payg: MilliCredits) -> int | None:
        """The most characters in one request; None: as the model has it."""
        return None if self.paid_access(payg) else self.characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Credits that can be bought at once.

    Args:
        id: Its name in requests.
        name: For people.
        credits: What is bought.
        rupiah: For how many Indonesian rupiah.
    """

    id: str
    name: str
    credits: MilliCredits
    rupiah: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBook:
    """All plans and packages by their ids, in the catalogue's order. "free" is always among the plans."""

    plans: Mapping[str, Plan]
    packages: Mapping[str, Package]

    def plan(self, id_: str) -> Plan:
        """The plan of that id.

        Raises:
            UnknownPlan: There is none.
        """
        if id_ not in self.plans:
            raise UnknownPlan(id_, tuple(self.plans))
        return self.plans[id_]

    def package(self, id_: str) -> Package:
        """The package of that id.

        Raises:
            UnknownPackage: There is none.
        """
        if id_ not in self.packages:
            raise UnknownPackage(id_, tuple(self.packages))
        return self.packages[id_]

    def plan_or_free(self, id_: str) -> Plan:
        """The plan of that id; where an operator took it out of the catalogue, "free"."""
        return self.plans.get(id_) or self.plans[FREE]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Name = Annotated[str, Field(min_length=1, max_length=100)]


class _JobShare(_Strict):
    window: Annotated[int, Field(strict=True, ge=1, le=1_000)]
    priority: Annotated[int, Field(strict=True, ge=0, le=100)] = 0


class _Plan(_Strict):
    name: _Name
    paid: Annotated[bool, Field(strict=True)]
    credits: Thousandths
    bucket: Literal["free", "subscription"]
    order: Annotated[tuple[Literal["free", "subscription", "payg"], ...], Field(min_length=1)]
    providers: frozenset[str] | None = None
    characters: Annotated[int, Field(strict=True, ge=1)] | None = None
    jobs: _JobShare | None = None
    library_bytes: Annotated[int, Field(strict=True, ge=0, le=2**62)] = USUAL_LIBRARY

    @model_validator(mode="after")
    def _spends_what_it_grants(self) -> "_Plan":
        if len(set(self.order)) < len(self.order):
            raise ValueError("`order` names a bucket twice")
        if self.bucket not in self.order:
            raise ValueError(f"`order` has to have {self.bucket!r}, the `bucket` of its credits")
        return self


class _Package(_Strict):
    name: _Name
    credits: Annotated[Thousandths, Field(gt=0)]
    rupiah: Annotated[int, Field(strict=True, ge=0)]


class _File(_Strict):
    plan: dict[_Name, _Plan]
    package: dict[_Name, _Package]

    @field_validator("plan")
    @classmethod
    def _free_is_free(cls, plans: dict[str, _Plan]) -> dict[str, _Plan]:
        if plans[FREE].paid or plans[FREE].bucket != "free":
            raise ValueError(f"{FREE!r} is where every account can fall back to: not paid, and its bucket is 'free'")
        return plans


def load_plans(override: Path | None = None) -> PlanBook:
    """The catalogue's plans, with an operator's file of the same shape merged over them entry by entry.

    Raises:
        CatalogueError: The file cannot be used; file, line and reason are in it.
    """
    file = read(FILE, override, _File)
    return PlanBook(
        plans={id_: _plan(id_, entry) for id_, entry in file.plan.items()},
        packages={
            id_: Package(id=id_, name=entry.name, credits=MilliCredits(entry.credits), rupiah=entry.rupiah)
            for id_, entry in file.package.items()
        },
    )


def _plan(id_: str, entry: _Plan) -> Plan:
    return Plan(
        id=id_,
        name=entry.name,
        paid=entry.paid,
        credits=MilliCredits(entry.credits),
        bucket=Bucket(entry.bucket),
        order=tuple(map(Bucket, entry.order)),
        providers=entry.providers,
        characters=entry.characters,
        jobs=JobShare() if entry.jobs is None else JobShare(window=entry.jobs.window, priority=entry.jobs.priority),
        library_bytes=entry.library_bytes,
    )
