"""Small things that give a landscape its scale: a boat, a house, birds."""

import math
import random
from itertools import pairwise

from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.layers import Point, Shape

_WHITE = Colour("#fbf7ee")
_WAIST = 0.9
"""The angle below which a balloon tapers."""


def _shape(points: list[Point], colour: Colour, shade: Colour | None = None, angle: float = 90.0) -> Shape:
    return Shape(points=tuple(points), colour=colour, shade=shade, angle=angle, grain=0.25)


def sailboat(x: float, y: float, size: float, *, hull: Colour, sail: Colour, side: int = 1) -> tuple[Shape, ...]:
    """A boat with two sails, its keel at y."""

    def at(across: float, up: float) -> Point:
        return x + side * across * size, y - up * size

    shade = mixed(sail, hull, 0.35)
    return (
        _shape([at(-0.34, 0.14), at(0.40, 0.16), at(0.26, 0.0), at(-0.24, 0.0)], hull),
        _shape([at(-0.005, 0.14), at(0.012, 0.14), at(0.012, 1.02), at(-0.005, 1.02)], hull),
        _shape(
            [at(0.03, 0.20), at(0.36, 0.22), at(0.20, 0.55), at(0.03, 0.98)], sail, shade, 0.0 if side > 0 else 180.0
        ),
        _shape(
            [at(-0.03, 0.20), at(-0.26, 0.21), at(-0.03, 0.86)],
            mixed(sail, hull, 0.15),
            shade,
            180.0 if side > 0 else 0.0,
        ),
    )


def rowboat(x: float, y: float, size: float, *, hull: Colour, rim: Colour) -> tuple[Shape, ...]:
    """A low boat with somebody in it."""

    def at(across: float, up: float) -> Point:
        return x + across * size, y - up * size

    return (
        _shape([at(-0.05, 0.10), at(0.05, 0.10), at(0.04, 0.30), at(0.0, 0.34), at(-0.04, 0.30)], hull),
        Shape(
            points=tuple(
                at(0.038 * math.cos(t / 5 * math.pi), 0.39 + 0.045 * math.sin(t / 5 * math.pi)) for t in range(10)
            ),
            colour=hull,
        ),
        _shape(
            [at(-0.55, 0.20), at(-0.3, 0.12), at(0.3, 0.12), at(0.55, 0.20), at(0.34, 0.0), at(-0.34, 0.0)],
            hull,
            rim,
            270.0,
        ),
    )


def house(
    x: float, y: float, size: float, *, wall: Colour, roof: Colour, lamp: Colour, shade: Colour
) -> tuple[Shape, ...]:
    """A cabin with a lit window, its ground at y."""

    def at(across: float, up: float) -> Point:
        return x + across * size, y - up * size

    return (
        _shape([at(-0.5, 0.0), at(0.16, 0.0), at(0.16, 0.42), at(-0.5, 0.42)], shade),
        _shape([at(0.16, 0.0), at(0.56, 0.0), at(0.56, 0.42), at(0.36, 0.80), at(0.16, 0.42)], wall, shade, 90.0),
        _shape([at(-0.40, 0.84), at(0.36, 0.84), at(0.13, 0.38), at(-0.62, 0.38)], roof, mixed(roof, shade, 0.5), 90.0),
        _shape(
            [at(0.36, 0.86), at(0.40, 0.82), at(0.64, 0.38), at(0.58, 0.36), at(0.34, 0.80)], mixed(roof, shade, 0.5)
        ),
        _shape([at(-0.28, 0.70), at(-0.16, 0.70), at(-0.16, 1.02), at(-0.28, 1.02)], mixed(shade, wall, 0.3)),
        _shape([at(-0.34, 0.14), at(-0.20, 0.14), at(-0.20, 0.30), at(-0.34, 0.30)], lamp),
        _shape([at(-0.10, 0.14), at(0.04, 0.14), at(0.04, 0.30), at(-0.10, 0.30)], lamp),
        _shape([at(0.29, 0.0), at(0.43, 0.0), at(0.43, 0.26), at(0.29, 0.26)], mixed(roof, shade, 0.4)),
        _shape([at(0.32, 0.46), at(0.41, 0.46), at(0.41, 0.57), at(0.32, 0.57)], lamp),
    )


def lighthouse(
    x: float, y: float, size: float, *, wall: Colour, band: Colour, lamp: Colour, shade: Colour
) -> tuple[Shape, ...]:
    """A tower in bands with a lamp, its ground at y."""

    def half(up: float) -> float:
        return 0.095 - 0.04 * up

    def at(across: float, up: float) -> Point:
        return x + across * size, y - up * size

    parts = []
    for number in range(5):
        low, high = number * 0.16, (number + 1) * 0.16
        colour = band if number % 2 else wall
        corners = [at(-half(low), low), at(half(low), low), at(half(high), high), at(-half(high), high)]
        parts.append(_shape(corners, colour, mixed(colour, shade, 0.6), 180.0))
    return (
        *parts,
        _shape([at(-0.085, 0.80), at(0.085, 0.80), at(0.085, 0.825), at(-0.085, 0.825)], shade),
        _shape([at(-0.045, 0.825), at(0.045, 0.825), at(0.045, 0.91), at(-0.045, 0.91)], lamp),
        _shape([at(-0.06, 0.91), at(0.06, 0.91), at(0.0, 1.0)], band, shade, 180.0),
    )


def beam(x: float, y: float, size: float, colour: Colour) -> tuple[Shape, ...]:
    """The light of a lighthouse, to both sides."""
    return tuple(
        Shape(
            points=((x, y), (x + side * size, y - 0.13 * size), (x + side * size, y + 0.03 * size)),
            colour=colour,
            alpha=0.13,
        )
        for side in (-1, 1)
    )


def birds(draw: random.Random, *, x: float, y: float, size: float, count: int, colour: Colour) -> tuple[Shape, ...]:
    """A loose flock."""
    flock = []
    for _ in range(count):
        left, up, wide = x + draw.gauss(0, 5) * size, y + draw.gauss(0, 2.2) * size, size * draw.uniform(0.55, 1.15)
        flap, lean = draw.uniform(0.12, 0.42), draw.uniform(-0.12, 0.12)
        flock.append(
            Shape(
                points=(
                    (left - wide, up - flap * wide + lean * wide),
                    (left - 0.45 * wide, up - flap * 1.05 * wide),
                    (left, up),
                    (left + 0.45 * wide, up - flap * 1.05 * wide),
                    (left + wide, up - flap * wide - lean * wide),
                    (left + 0.42 * wide, up - flap * 0.72 * wide),
                    (left, up + 0.13 * wide),
                    (left - 0.42 * wide, up - flap * 0.72 * wide),
                ),
                colour=colour,
            )
        )
    return tuple(flock)


def balloon(x: float, y: float, size: float, *, colours: tuple[Colour, ...], shade: Colour) -> tuple[Shape, ...]:
    """A hot-air balloon in gores; y is its basket's."""

    def edge(share: float) -> list[Point]:
        points = []
        for step in range(15):
            turn = step / 14
            angle = -math.pi / 2 + turn * (math.pi * 0.80)
            reach = 0.42 * math.cos(angle) if angle < _WAIST else 0.42 * math.cos(_WAIST) * (1 - (angle - _WAIST) / 1.2)
            points.append((x + share * max(0.05, reach) * size, y - (0.62 - 0.42 * math.sin(angle)) * size))
        return points

    parts = []
    cuts = (-1.0, -0.72, -0.30, 0.30, 0.72, 1.0)
    for number, (left, right) in enumerate(pairwise(cuts)):
        colour = colours[number % len(colours)]
        parts.append(_shape([*edge(left), *edge(right)[::-1]], colour, mixed(colour, shade, 0.55), 60.0))
    rope = mixed(shade, colours[0], 0.2)
    parts.append(
        _shape(
            [
                (x - 0.05 * size, y),
                (x + 0.05 * size, y),
                (x + 0.045 * size, y + 0.08 * size),
                (x - 0.045 * size, y + 0.08 * size),
            ],
            rope,
        )
    )
    parts += [
        _shape(
            [
                (x + s * 0.05 * size, y),
                (x + s * 0.058 * size, y),
                (x + s * 0.085 * size, y - 0.22 * size),
                (x + s * 0.078 * size, y - 0.22 * size),
            ],
            rope,
        )
        for s in (-1, 1)
    ]
    return tuple(parts)


def road(
    draw: random.Random, *, x: float, top: float, foot: float, width: float, colours: tuple[Colour, Colour, Colour]
) -> tuple[Shape, ...]:
    """A road from the lower edge to a place, in bends, narrower the farther; colours of it, its edge and its line."""
    steps = 28
    swing, phase = draw.uniform(0.05, 0.11) * draw.choice((-1, 1)), draw.uniform(0, 1.5)
    middle, half = [], []
    for step in range(steps + 1):
        share = step / steps
        near = share**1.9
        y = top + (1.04 - top) * near
        bend = swing * math.sin(phase + 7.0 * share) * (0.25 + share) * (1 - 0.4 * share)
        middle.append((x + (foot - x) * near + bend, y))
        half.append(0.0022 + width * near)
    left = [(mx - h, y) for (mx, y), h in zip(middle, half, strict=True)]
    right = [(mx + h, y) for (mx, y), h in zip(middle, half, strict=True)]
    wide = (
        [(mx - 1.14 * h, y) for (mx, y), h in zip(middle, half, strict=True)],
        [(mx + 1.14 * h, y) for (mx, y), h in zip(middle, half, strict=True)],
    )
    parts = [
        _shape([*wide[0], *wide[1][::-1]], colours[1]),
        _shape([*left, *right[::-1]], colours[0], mixed(colours[0], colours[1], 0.3), 270.0),
    ]
    for step in range(3, steps, 2):
        (x0, y0), (x1, y1) = middle[step], middle[step + 1]
        thin0, thin1 = half[step] * 0.045, half[step + 1] * 0.045
        parts.append(_shape([(x0 - thin0, y0), (x0 + thin0, y0), (x1 + thin1, y1), (x1 - thin1, y1)], colours[2]))
    return tuple(parts)


def fish(x: float, y: float, size: float, *, colour: Colour, shade: Colour, side: int = 1) -> tuple[Shape, ...]:
    """A fish, swimming to the right (1) or the left (-1)."""

    def at(across: float, down: float) -> Point:
        return x + side * across * size, y + down * size

    body = tuple(
        at(a, b)
        for a, b in (
            (0.5, 0.0),
            (0.30, -0.17),
            (0.0, -0.22),
            (-0.30, -0.08),
            (-0.36, 0.0),
            (-0.30, 0.08),
            (0.0, 0.20),
            (0.30, 0.15),
        )
    )
    return (
        _shape([at(-0.30, 0.0), at(-0.58, -0.20), at(-0.50, 0.0), at(-0.58, 0.20)], shade),
        _shape([at(0.10, -0.18), at(-0.16, -0.34), at(-0.20, -0.14)], shade),
        Shape(points=body, colour=colour, shade=shade, angle=90.0, grain=0.3, round=True),
        Shape(
            points=tuple(at(0.33 + 0.028 * math.cos(t), -0.04 + 0.028 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5, 6)),
            colour=_WHITE,
        ),
        Shape(
            points=tuple(at(0.337 + 0.014 * math.cos(t), -0.04 + 0.014 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5, 6)),
            colour=Colour("#15202b"),
        ),
    )
