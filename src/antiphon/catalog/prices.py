"""What everything costs, read from the catalogue's TOML."""

import decimal
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from antiphon.catalog.overrides import fault, read
from antiphon.domain.errors import NotFound
from antiphon.domain.money import CREDIT, MilliCredits, Price

FILE = "prices.toml"
Modality = Literal["speech", "image", "music", "video"]
Unit = Literal["character", "millisecond", "second", "image", "call"]

_MOST = 1_000_000_000
"""Credits. More is a slip of the pen, and far below what the database can count."""


class UnknownPrice(NotFound):
    """The catalogue has no such price.

    Args:
        dialect: Where it was looked for.
        name: The model or operation.
        option: Its size, quality, ...
    """

    def __init__(self, dialect: str, name: str, option: str) -> None:
        super().__init__("unknown_price", field="model", dialect=dialect, name=name, option=option)
        self.dialect = dialect
        self.name = name
        self.option = option


def thousandths(value: object) -> int:
    """An amount of credits as written in a file, in thousandths.

    Raises:
        ValueError: It is no number, negative, unreasonably large, or has more than three decimals.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("has to be a number of credits")  # noqa: TRY004 - told to the operator by pydantic
    exact = Decimal(str(value))
    if not exact.is_finite() or not 0 <= exact <= _MOST:
        raise ValueError(f"has to be from 0 to {_MOST:,} credits")
    with decimal.localcontext(prec=50):
        if exact * CREDIT % 1:
            raise ValueError("has more than three decimals, and credits are counted in thousandths")
        return int(exact * CREDIT)


Thousandths = Annotated[int, BeforeValidator(thousandths)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Dialect(_Strict):
    credit: Annotated[Thousandths, Field(gt=0)]
    discount: dict[Modality, Annotated[int, Field(strict=True, ge=0, le=100)]]


class _Entry(_Strict):
    modality: Modality
    unit: Unit
    per: Annotated[int, Field(strict=True, ge=1, le=_MOST)] = 1
    credits: Thousandths | None = None
    by: dict[str, Thousandths] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_price(self) -> "_Entry":
        if self.credits is None and not self.by:
            raise ValueError("has neither `credits` nor `by`")
        return self

    def options(self) -> Iterator[tuple[str | None, int]]:
        """Each option that has a price of its own, and None where there is one whatever the option."""
        yield from self.by.items()
        if self.credits is not None:
            yield None, self.credits


class _File(_Strict):
    us_dollar: Annotated[Thousandths, Field(gt=0)]
    dialect: dict[str, _Dialect]
    price: dict[str, dict[str, _Entry]]


_Names = Mapping[str, Mapping[str | None, Price]]


class PriceBook:
    """All prices. Made by `load_prices`.

    Args:
        prices: By dialect, name (or beginning and "*") and option; None is whatever the option.
        modalities: By dialect and name.
        credit: What a credit of each dialect is worth.
        us_dollar: What a US dollar is worth.
    """

    def __init__(
        self,
        *,
        prices: Mapping[str, _Names],
        modalities: Mapping[str, Mapping[str, str]],
        credit: Mapping[str, MilliCredits],
        us_dollar: MilliCredits,
    ) -> None:
        self._prices = prices
        self._modalities = modalities
        self._credit = credit
        self.us_dollar = us_dollar

    def price(self, dialect: str, name: str, option: str = "") -> Price:
        """What a model or an operation costs, with the dialect's discount for calls with an API key filled in.

        Args:
            dialect: "sonna", "musicapi" or "soniox".
            name: The model's id; in MusicAPI the operation, such as "sonic/create_music"; in Soniox "speech".
            option: What else the price depends on: "1K", "high", "1080p", ...

        Raises:
            UnknownPrice: There is none.
        """
        entry = self._named(dialect, name)
        by_option = self._prices.get(dialect, {}).get(entry, {})
        found = by_option.get(option) or by_option.get(None)
        if found is None:
            raise UnknownPrice(dialect, name, option)
        return found

    def modality(self, dialect: str, name: str) -> str:
        """What a model or an operation makes: "speech", "image", "music" or "video".

        Raises:
            UnknownPrice: It is not in the catalogue.
        """
        found = self._modalities.get(dialect, {}).get(self._named(dialect, name))
        if found is None:
            raise UnknownPrice(dialect, name, "")
        return found

    def credit(self, dialect: str) -> MilliCredits:
        """What one credit of a dialect is worth in ours.

        Raises:
            KeyError: There is no such dialect.
        """
        return self._credit[dialect]

    def whole_credits(self, dialect: str, amount: MilliCredits) -> int:
        """How many whole credits of a dialect an amount is; what is less than one is left out."""
        return amount // self._credit[dialect]

    def dollars(self, amount: MilliCredits) -> Decimal:
        """An amount in US dollars."""
        return Decimal(amount) / Decimal(self.us_dollar)

    def entries(self, dialect: str) -> Iterator[tuple[str, str | None, Price]]:
        """Every price of a dialect in the catalogue's order: name, option (None: whatever it is), price."""
        for name, by_option in self._prices.get(dialect, {}).items():
            for option, price in by_option.items():
                yield name, option, price

    def _named(self, dialect: str, name: str) -> str:
        """The entry for a name: its own, or else the longest beginning that it has."""
        names = self._prices.get(dialect, {})
        if name in names:
            return name
        return max((entry for entry in names if entry[-1:] == "*" and name.startswith(entry[:-1])), key=len, default="")


def load_prices(override: Path | None = None) -> PriceBook:
    """The catalogue's prices, with an operator's file of the same shape merged over them entry by entry.

    Raises:
        CatalogueError: The file cannot be used; file, line and reason are in it.
    """
    file = read(FILE, override, _File)
    source = override or Path(__file__).with_name(FILE)
    return PriceBook(
        prices={dialect: dict(_priced(file, dialect, source)) for dialect in file.price},
        modalities={
            dialect: {name: entry.modality for name, entry in entries.items()}
            for dialect, entries in file.price.items()
        },
        credit={name: MilliCredits(dialect.credit) for name, dialect in file.dialect.items()},
        us_dollar=MilliCredits(file.us_dollar),
    )


def _priced(file: _File, name_of_dialect: str, source: Path) -> Iterator[tuple[str, dict[str | None, Price]]]:
    dialect = file.dialect.get(name_of_dialect)
    if dialect is None:
        known = ", ".join(file.dialect)
        raise fault(source, ("price", name_of_dialect), f"there is no such dialect; there are {known}")
    for name, entry in file.price[name_of_dialect].items():
        where = ("price", name_of_dialect, name)
        discount = dialect.discount.get(entry.modality, 0)
        yield (
            name,
            {
                option: Price(
                    millicredits=_in_ours(amount, dialect.credit, source=source, where=where),
                    per=entry.per,
                    unit=entry.unit,
                    discount=discount,
                )
                for option, amount in entry.options()
            },
        )


def _in_ours(amount: int, credit: int, *, source: Path, where: tuple[str, ...]) -> int:
    exact = Fraction(amount * credit, CREDIT)
    if exact.denominator != 1:
        raise fault(source, where, f"{float(exact / CREDIT):g} credits are no whole number of thousandths")
    return exact.numerator
