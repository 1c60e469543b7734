"""Faces: brows, eyes, mouths, and what is worn on heads. The outlines are those of `data/person.toml`."""

import functools
import math
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import likely
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.layers import Point, Shape

_WHITE, _GOLD = Colour("#fbf4ea"), Colour("#e9b53c")
_BLOSSOMS, _PETALS = 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Who sits for a portrait, and where.

    Args:
        x: The middle of the face.
        y: As `x`, down.
        size: What the outlines are multiplied by.
        shade: Of the skin.
        colours: The picture's, its ground first.
        long: Of the hair.
    """

    x: float
    y: float
    size: float
    skin: Colour
    shade: Colour
    hair: Colour
    colours: tuple[Colour, ...]
    long: bool

    def deep(self, colour: Colour, share: float = 0.5) -> Colour:
        """A colour as it is in the picture's shade."""
        return mixed(colour, self.colours[5], share)

    def shape(
        self,
        points: tuple[Point, ...],
        colour: Colour,
        shade: Colour | None = None,
        *,
        angle: float = 15.0,
        alpha: float = 1.0,
    ) -> Shape:
        """A rounded shape, its points from the middle of the face."""
        placed = tuple((self.x + across * self.size, self.y + down * self.size) for across, down in points)
        return Shape(points=placed, colour=colour, shade=shade, angle=angle, grain=0.55, round=True, alpha=alpha)

    def part(
        self, name: str, colour: Colour, shade: Colour | None = None, *, angle: float = 15.0, alpha: float = 1.0
    ) -> list[Shape]:
        """A part by its name: one shape, or two of a pair."""
        return [self.shape(outline, colour, shade, angle=angle, alpha=alpha) for outline in _outlines()[name]]


def features(brief: Brief, draw: random.Random, who: Sitter) -> list[Shape]:
    """Brows, eyes, nose, mouth."""
    accent = who.colours[1]
    ink = mixed(who.hair, Colour("#15101a"), 0.6)
    lips = mixed(mixed(who.skin, accent, 0.55), Colour("#a03a40"), 0.4)
    parts = who.part("brow", ink)
    if likely(draw, 0.45) or brief.has("calm", "dreamy"):
        parts += who.part("lid", ink)
    else:
        parts += [*who.part("eye", _WHITE), *who.part("pupil", ink), *who.part("lashes", ink)]
    parts += who.part("cheek", accent, alpha=0.20)
    parts += who.part("nose", mixed(who.shade, accent, 0.12), alpha=0.8)
    if brief.has("beard"):
        beard = mixed(who.hair, who.shade, 0.12)
        parts += who.part("beard", beard, turned(beard, light=-0.06))
    parts += [*who.part("upper_lip", turned(lips, light=-0.06)), *who.part("lower_lip", lips)]
    if brief.has("glasses"):
        parts += [*who.part("lens", ink, alpha=0.92), *who.part("gloss", _WHITE, alpha=0.25), *who.part("bridge", ink)]
    return parts


def headdress(brief: Brief, draw: random.Random, who: Sitter) -> list[Shape]:
    """Hair, and what is worn on it."""
    colours = who.colours
    if brief.has("hijab"):
        scarf = mixed(colours[2], colours[4], 0.3)
        fold = mixed(scarf, colours[0], 0.12)
        return [
            *who.part("veil", scarf, who.deep(scarf), angle=30.0),
            *who.part("veil_fold", fold, who.deep(scarf), angle=60.0),
        ]
    name = "long_front" if who.long else "short_front"
    parts = who.part(name, mixed(who.hair, colours[1], 0.10), turned(who.hair, light=-0.09), angle=30.0)
    if brief.has("hat"):
        felt = colours[4]
        parts += [*who.part("brim", felt, who.deep(felt)), *who.part("hat", felt, who.deep(felt))]
    elif brief.has("crown"):
        parts += who.part("crown", _GOLD, who.deep(_GOLD), angle=30.0)
    elif brief.has("flowers"):
        parts += _garland(who)
    if brief.has("headphones") or (brief.has("waves") and likely(draw, 0.7)):
        parts += [_band(who), *who.part("shell", colours[1], who.deep(colours[1]))]
    return parts


def _band(who: Sitter) -> Shape:
    """What holds headphones."""
    turns = [math.radians(turn) for turn in range(180, 361, 12)]
    outer = [(0.205 * math.cos(turn), -0.04 + 0.245 * math.sin(turn)) for turn in turns]
    inner = [(0.186 * math.cos(turn), -0.04 + 0.225 * math.sin(turn)) for turn in turns[::-1]]
    return who.shape((*outer, *inner), who.deep(who.colours[1], 0.4))


def _garland(who: Sitter) -> list[Shape]:
    """Flowers over the forehead."""
    parts = []
    for number in range(_BLOSSOMS):
        turn = math.radians(200 + number * 35)
        x, y = 0.165 * math.cos(turn), -0.06 + 0.19 * math.sin(turn)
        for petal in range(_PETALS):
            lean = 2 * math.pi * petal / _PETALS + number
            leaf = _dot(x + 0.026 * math.cos(lean), y + 0.026 * math.sin(lean), 0.019)
            parts.append(who.shape(leaf, who.colours[1 + number % 3]))
        parts.append(who.shape(_dot(x, y, 0.013), who.colours[3]))
    return parts


def _dot(x: float, y: float, radius: float) -> tuple[Point, ...]:
    return tuple(
        (x + radius * math.cos(turn * math.pi / 3), y + radius * math.sin(turn * math.pi / 3)) for turn in range(6)
    )


@functools.cache
def _outlines() -> Mapping[str, tuple[tuple[Point, ...], ...]]:
    """Of every part its outline, or its two."""
    file = resources.files("antiphon.engines.painter").joinpath("data", "person.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    whole = {name: (tuple((x, y) for x, y in points),) for name, points in table["whole"].items()}
    pairs = {
        name: tuple(tuple((side * x, y) for x, y in points) for side in (-1, 1))
        for name, points in table["pairs"].items()
    }
    return {**whole, **pairs}
