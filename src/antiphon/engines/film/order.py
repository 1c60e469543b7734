"""What the film's worker is told to do, as a value and as a line of JSON."""

import functools
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from antiphon.domain.films import FilmWish
from antiphon.engines.making import Limits

_USUAL = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOrder:
    """A film to be made, and where to."""

    wish: FilmWish
    file: Path
    limits: Limits = _USUAL


def packed(order: FilmOrder) -> bytes:
    """A line of JSON."""
    return _orders().dump_json(order) + b"\n"


def order_of(line: bytes) -> FilmOrder:
    """The order that was packed."""
    return _orders().validate_json(line)


@functools.cache
def _orders() -> TypeAdapter[FilmOrder]:
    return TypeAdapter(FilmOrder)
