"""What the painter's worker is told to do, as a value and as a line of JSON; and likenesses as makers remember them."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from antiphon.domain.pictures import PictureFormat, PictureWish
from antiphon.engines.making import Limits
from antiphon.engines.painter.likeness import Likeness

_ENDINGS: dict[PictureFormat, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_ACCENTS = 6
"""Colours of a likeness."""
_USUAL = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOrder:
    """Pictures to be painted, and the folder for them."""

    wish: PictureWish
    folder: Path
    limits: Limits = _USUAL

    def files(self) -> tuple[Path, ...]:
        """Where they go."""
        ending = _ENDINGS[self.wish.format]
        return tuple(self.folder / f"picture-{number + 1}.{ending}" for number in range(self.wish.count))


def packed(order: PaintOrder) -> bytes:
    """A line of JSON."""
    return _orders().dump_json(order) + b"\n"


def order_of(line: bytes) -> PaintOrder:
    """The order that was packed."""
    return _orders().validate_json(line)


def remembered(likeness: Likeness) -> bytes:
    """What a picture is like, for wishes."""
    return _likenesses().dump_json(likeness)


def likeness_of(memories: Sequence[bytes]) -> Likeness | None:
    """What pictures are like together: composed as the first, with the strongest colours of all; None of none."""
    seen = [_likenesses().validate_json(memory) for memory in memories]
    if not seen:
        return None
    # In turns: the strongest of each come before the second of any.
    ranked = [accents[rank] for rank in range(_ACCENTS) for one in seen if rank < len(accents := one.accents)]
    return replace(seen[0], accents=tuple(dict.fromkeys(ranked))[:_ACCENTS])


@functools.cache
def _orders() -> TypeAdapter[PaintOrder]:
    return TypeAdapter(PaintOrder)


@functools.cache
def _likenesses() -> TypeAdapter[Likeness]:
    return TypeAdapter(Likeness)
