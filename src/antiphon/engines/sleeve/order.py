"""What a sleeve's worker is told to do, and what it tells of it, as values and as lines of JSON."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter

from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord
from antiphon.engines.making import Limits, Progressed, Refused

_USUAL = Limits(memory=2 * 1024**3, seconds=600)
"""A quarter of the memory is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverOrder:
    """A cover to be made."""

    wish: SleeveWish
    file: Path
    limits: Limits = _USUAL
    kind: Literal["cover"] = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOrder:
    """A film to be made; as `SleeveMaker.film`."""

    wish: SleeveWish
    cover: Path
    audio: Path
    words: tuple[SungWord, ...]
    file: Path
    limits: Limits = _USUAL
    kind: Literal["film"] = "film"


Order: TypeAlias = CoverOrder | FilmOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The file is there."""

    report: Literal["done"] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It could have been made, but not here and now.

    Args:
        reason: "file" where one could not be read or written, or "memory".
        detail: For people.
    """

    reason: Literal["file", "memory"]
    detail: str
    report: Literal["failed"] = "failed"


Report: TypeAlias = Progressed | Done | Refused | Failed
"""What a worker tells, a line each. The last is one of the other three."""


def packed(told: Order | Report) -> bytes:
    """A line of JSON."""
    return orjson.dumps(told, default=str, option=orjson.OPT_APPEND_NEWLINE)


def order_of(line: bytes) -> Order:
    """The order that was packed."""
    return _orders().validate_json(line)


def report_of(line: bytes) -> Report:
    """The report that was packed."""
    return _reports().validate_json(line)


@functools.cache
def _orders() -> TypeAdapter[Order]:
    return TypeAdapter(Annotated[Order, Field(discriminator="kind")])


@functools.cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Annotated[Report, Field(discriminator="report")])
