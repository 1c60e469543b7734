"""Things on a table: vases, fruit, cups, candles."""

import math
import random

from antiphon.engines.painter.chance import likely
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.compose.tones import Tones
from antiphon.engines.painter.layers import Point, Shape

_CLAY = ("#2f6f7a", "#c8694a", "#e9e0d0", "#44546a", "#8a9a5b", "#d9a441")


def shadow(x: float, y: float, wide: float, colour: Colour) -> Shape:
    """What a thing casts to the right."""
    return Shape(
        points=oval(x + wide * 0.45, y, wide * 1.25, wide * 0.16),
        colour=mixed(colour, Colour("#0c0a14"), 0.5),
        alpha=0.30,
    )


def vase(draw: random.Random, tone: Tones, x: float, foot: float, high: float) -> list[Shape]:
    """A vase of a chance shape, its foot at a place."""
    clay = mixed(Colour(draw.choice(_CLAY)), tone.accent[0], 0.15)
    belly, neck, lip = draw.uniform(0.30, 0.42), draw.uniform(0.12, 0.2), draw.uniform(0.17, 0.24)
    profile = ((0.16, 0.0), (belly * 0.9, -0.22), (belly, -0.45), (neck * 1.2, -0.80), (neck, -0.90), (lip, -1.0))
    right = [(x + a * high, foot + b * high) for a, b in profile]
    left = [(x - a * high, foot + b * high) for a, b in profile[::-1]]
    body = (*right, *left)
    light, deep = turned(clay, light=0.08), turned(clay, light=-0.16)
    shapes = [
        shadow(x, foot, 0.2 * high, deep),
        Shape(points=body, colour=light, shade=deep, angle=12.0, grain=0.7, round=True),
    ]
    if likely(draw, 0.6):
        band = mixed(clay, Colour("#fff4e0"), 0.55)
        for level in (0.38, 0.52):
            reach = belly * 0.985 * high
            shapes.append(
                Shape(
                    points=(
                        (x - reach, foot - level * high),
                        (x + reach, foot - level * high),
                        (x + reach, foot - (level + 0.035) * high),
                        (x - reach, foot - (level + 0.035) * high),
                    ),
                    colour=band,
                    shade=mixed(band, deep, 0.6),
                    angle=0.0,
                    grain=0.4,
                    alpha=0.75,
                )
            )
    gloss = tuple(
        (x - belly * high * a, foot - b * high)
        for a, b in ((0.72, 0.30), (0.80, 0.45), (0.66, 0.62), (0.60, 0.60), (0.70, 0.45), (0.64, 0.31))
    )
    shapes.append(Shape(points=gloss, colour=Colour("#ffffff"), round=True, alpha=0.35))
    return shapes


def fruit(draw: random.Random, skin: Colour, x: float, y: float, radius: float) -> list[Shape]:
    """An apple or a pear."""
    deep = turned(skin, light=-0.2, hue=-8)
    pear = likely(draw, 0.35)
    points = oval(x, y - radius, radius, radius * 0.95)
    if pear:
        points = tuple(
            (x + a * radius, y + b * radius)
            for a, b in (
                (0.0, 0.0),
                (0.8, -0.15),
                (1.0, -0.8),
                (0.62, -1.5),
                (0.4, -2.2),
                (0.0, -2.5),
                (-0.4, -2.2),
                (-0.62, -1.5),
                (-1.0, -0.8),
                (-0.8, -0.15),
            )
        )
    top = y - radius * (2.5 if pear else 1.92)
    return [
        shadow(x, y - radius * 0.05, radius, deep),
        Shape(points=points, colour=turned(skin, light=0.07), shade=deep, angle=40.0, grain=0.75, round=True),
        Shape(
            points=(
                (x - 0.004, top + 0.008),
                (x + 0.003, top + 0.008),
                (x + 0.012, top - 0.028),
                (x + 0.006, top - 0.03),
            ),
            colour=Colour("#4a3626"),
        ),
        Shape(
            points=oval(x - radius * 0.38, y - radius * 1.35, radius * 0.17, radius * 0.24, 16),
            colour=Colour("#ffffff"),
            alpha=0.35,
        ),
    ]


def bowl(draw: random.Random, tone: Tones, x: float, foot: float) -> list[Shape]:
    """A bowl full of fruit."""
    clay = mixed(Colour(draw.choice(_CLAY)), tone.mid, 0.2)
    shapes: list[Shape] = [shadow(x, foot, 0.13, clay)]
    for dx, dy in ((-0.12, -0.15), (0.10, -0.16), (0.0, -0.17), (-0.06, -0.13), (0.07, -0.12)):
        skin = Colour(draw.choice(("#c8402f", "#e08a2c", "#9ab04a", "#e6c04a", "#a8324a", "#d9642f")))
        shapes += fruit(draw, skin, x + dx, foot + dy + 0.06, draw.uniform(0.060, 0.075))[1:]
    body = (
        (x - 0.24, foot - 0.13),
        (x + 0.24, foot - 0.13),
        (x + 0.20, foot - 0.05),
        (x + 0.09, foot),
        (x - 0.09, foot),
        (x - 0.20, foot - 0.05),
    )
    shapes.append(
        Shape(points=body, colour=turned(clay, light=0.06), shade=turned(clay, light=-0.16), angle=15.0, grain=0.7)
    )
    return shapes


def cup(draw: random.Random, tone: Tones, x: float, foot: float) -> list[Shape]:
    """A cup on a saucer, with steam."""
    clay = mixed(Colour(draw.choice(("#e9e0d0", "#c8694a", "#44546a", "#7fa09a"))), tone.accent[0], 0.1)
    deep = turned(clay, light=-0.2)
    body = (
        (x - 0.10, foot - 0.16),
        (x + 0.10, foot - 0.16),
        (x + 0.088, foot - 0.04),
        (x + 0.05, foot),
        (x - 0.05, foot),
        (x - 0.088, foot - 0.04),
    )
    steam = [
        Shape(
            points=tuple(
                (x + off + 0.018 * math.sin(t * 1.1 + off * 40) + side * 0.007 * (1 - t / 8), foot - 0.20 - t * 0.026)
                for side, steps in ((-1, range(8)), (1, range(7, -1, -1)))
                for t in steps
            ),
            colour=Colour("#ffffff"),
            round=True,
            alpha=0.22,
        )
        for off in (-0.035, 0.015)
    ]
    handle = [Shape(points=oval(x + 0.115, foot - 0.095, 0.045, 0.045), colour=deep)]
    return [
        Shape(points=oval(x, foot, 0.17, 0.022), colour=turned(clay, light=-0.05), shade=deep, grain=0.5),
        *handle,
        Shape(points=oval(x + 0.112, foot - 0.095, 0.026, 0.026), colour=mixed(deep, tone.mid, 0.7)),
        Shape(points=body, colour=turned(clay, light=0.06), shade=deep, angle=10.0, grain=0.6),
        Shape(points=oval(x, foot - 0.16, 0.10, 0.016), colour=Colour("#5a3826"), shade=Colour("#3a2218"), grain=0.2),
        *steam,
    ]


def candle(tone: Tones, x: float, foot: float) -> list[Shape]:
    """A candle that burns."""
    wax = Colour("#f1e6d0")
    top = foot - 0.26
    glow = [
        Shape(points=oval(x, top - 0.05, r, r), colour=Colour("#ffcf7a"), alpha=0.10) for r in (0.26, 0.19, 0.13, 0.08)
    ]
    return [
        Shape(
            points=((x - 0.04, top), (x + 0.04, top), (x + 0.042, foot), (x - 0.042, foot)),
            colour=wax,
            shade=mixed(wax, tone.near, 0.45),
            angle=5.0,
            grain=0.5,
        ),
        Shape(
            points=((x - 0.002, top), (x + 0.002, top), (x + 0.002, top - 0.02), (x - 0.002, top - 0.02)),
            colour=Colour("#33241c"),
        ),
        *glow,
        Shape(
            points=((x, top - 0.008), (x + 0.016, top - 0.03), (x, top - 0.085), (x - 0.016, top - 0.03)),
            colour=Colour("#fff3c0"),
            shade=Colour("#ff9d3c"),
            angle=-90.0,
            grain=0.1,
            round=True,
        ),
    ]


def oval(x: float, y: float, wide: float, high: float, count: int = 48) -> tuple[Point, ...]:
    """Points around a place."""
    return tuple(
        (x + wide * math.cos(2 * math.pi * t / count), y + high * math.sin(2 * math.pi * t / count))
        for t in range(count)
    )
