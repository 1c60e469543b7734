"""Limits, read from the catalogue's TOML: how often by tier, and how many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from antiphon.catalog.overrides import fault, load, read
from antiphon.domain.limits import Rate
from antiphon.domain.units import Seconds
from antiphon.store.ports import Concurrency

Tier = Literal["organization", "project", "key", "ip"]
"""What is counted together. "organization" is the account, whatever a dialect calls it."""

NAME = "limits.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRate:
    """A rate, and what is counted by it."""

    tier: Tier
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The limits of a class of requests.

    Args:
        rates: In the order in which they are asked, and named when they refuse.
        concurrency: In the order in which they are asked.
    """

    rates: tuple[TierRate, ...]
    concurrency: tuple[Concurrency, ...]


LimitBook = Mapping[tuple[str, str], Limit]
"""By dialect and class, such as ("soniox", "tts")."""


def load_limits(override: Path | None = None) -> LimitBook:
    """The limits in the box, with an operator's file over them.

    Raises:
        CatalogueError: The operator's file cannot be used.
    """
    file = read(NAME, override, _File)
    if override is not None:
        _only_known(load(NAME, override), override)
    return {
        (dialect, klass): entry.limit() for dialect, classes in file.root.items() for klass, entry in classes.items()
    }


def _only_known(merged: Mapping[str, Any], override: Path) -> None:
    """A limit of nothing is a slip of the pen, and what was meant would stay unlimited."""
    ours = load(NAME)
    for dialect, classes in merged.items():
        for klass in classes:
            if klass not in ours.get(dialect, {}):
                known = ", ".join(f"{name}.{each}" for name, below in ours.items() for each in below)
                raise fault(override, (dialect, klass), f"there is no such class; there are {known}")


def _counted(value: object) -> object:
    """A number, or None for "unlimited"."""
    if value == "unlimited":
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError('has to be a whole number or "unlimited"')  # noqa: TRY004 - pydantic passes only these on
    return value


_Count = Annotated[int | None, Field(ge=1), BeforeValidator(_counted)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Rate(_Model):
    limit: _Count
    seconds: float = Field(gt=0, le=366 * 24 * 3600)
    burst: int | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> "_Rate":
        self.rate()
        return self

    def rate(self) -> Rate | None:
        if self.limit is None:
            return None
        return Rate(limit=self.limit, period=Seconds(self.seconds), burst=self.burst)


class _Rates(_Model):
    organization: _Rate | None = None
    project: _Rate | None = None
    key: _Rate | None = None
    ip: _Rate | None = None


class _Concurrency(_Model):
    organization: _Count = None
    project: _Count = None


class _Class(_Model):
    rates: _Rates = _Rates()
    concurrency: _Concurrency = _Concurrency()

    def limit(self) -> Limit:
        tiers: tuple[Tier, ...] = ("organization", "project", "key", "ip")
        rates = [(tier, getattr(self.rates, tier)) for tier in tiers]
        return Limit(
            rates=tuple(
                TierRate(tier=tier, rate=rate) for tier, entry in rates if entry is not None and (rate := entry.rate())
            ),
            concurrency=tuple(
                Concurrency(tier=tier, most=most)
                for tier, most in (
                    ("organization", self.concurrency.organization),
                    ("project", self.concurrency.project),
                )
                if most is not None
            ),
        )


class _File(RootModel[dict[str, dict[str, _Class]]]):
    pass
