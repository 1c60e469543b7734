"""What a given picture is like: its colours and where it is light, as a plain value."""

from dataclasses import dataclass

from antiphon.domain.pictures import LARGEST_GIVEN
from antiphon.engines.painter.colour import Colour

LARGEST_FILE = LARGEST_GIVEN
"""Bytes of a picture that is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What is taken from a picture.

    Args:
        rows: The mean colour of each of eight bands, from top to bottom.
        accents: Its strongest colours, the strongest first.
        light: Where it is brightest, 0 to 1 from the left and from the top.
        horizon: Where it changes most from above to below, 0 to 1.
    """

    rows: tuple[Colour, ...]
    accents: tuple[Colour, ...]
    light: tuple[float, float]
    horizon: float
