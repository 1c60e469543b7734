"""Abstract pictures: circles, arches, ribbons, blocks, shards, in a few colours on a ground."""

import math
import random
from collections.abc import Callable, Mapping

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, lab, mixed, towards, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.heavens import Sky
from antiphon.engines.painter.layers import Point, Shape, Shapes
from antiphon.engines.painter.scene import Light, Scene

_DARK = 0.4
"""The lightness of dark grounds."""

_SETS: tuple[tuple[str, ...], ...] = (
    ("#f3e7d3", "#e4572e", "#17415a", "#f2b134", "#76a99a", "#2a2438"),
    ("#f6efe4", "#d1495b", "#edae49", "#00798c", "#30638e", "#1d2d44"),
    ("#efe6dd", "#bb4430", "#7ebdc2", "#f3dfa2", "#231f20", "#e08e45"),
    ("#1d2435", "#e86a58", "#f2c14e", "#5fa8a0", "#f4ede1", "#8a6fae"),
    ("#f1ede6", "#2a4d69", "#c9ada7", "#e07a5f", "#81b29a", "#f2cc8f"),
    ("#231b2e", "#ff6b6b", "#ffd166", "#4ecdc4", "#f7fff7", "#6a4c93"),
    ("#e8e4da", "#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51"),
    ("#142229", "#d9a441", "#e9e1d0", "#8aa29e", "#c05746", "#3d5a6c"),
)


def abstract(brief: Brief) -> Scene:
    """One of six kinds of composition."""
    tone, colours = tones(brief), inks(brief)
    draw = chance(brief.seed, "abstract")
    wished = [name for name in ("circles", "triangles", "lines", "waves", "squares", "arches") if brief.has(name)]
    kind = draw.choice(wished or ["circles", "triangles", "lines", "waves", "squares", "arches"])
    shapes = tuple(_KINDS[kind](draw, brief.width, colours))
    ground = colours[0]
    sky = Sky(
        stops=(turned(ground, light=0.02), ground, turned(ground, light=-0.03)), glow=ground, reach=0.5, strength=0.0
    )
    light = Light(x=brief.width * 0.3, y=0.2, colour=tone.sun, ambient=ground)
    return Scene(
        seed=brief.seed,
        width=brief.width,
        title=brief.subject,
        family="abstract",
        background=ground,
        layers=(sky, Shapes(depth=0.5, seed=brief.seed, shapes=shapes)),
        light=light,
        grade=grade(brief, tone),
    )


def inks(brief: Brief) -> tuple[Colour, ...]:
    """A ground and five colours on it."""
    draw = chance(brief.seed, "inks")
    dark = brief.has("dark", "neon", "mysterious") or brief.time == "night"
    sets = (
        [names for names in _SETS if (lab(Colour(names[0]))[0] < _DARK) == dark]
        if dark or brief.has("bright", "cheerful")
        else list(_SETS)
    )
    colours = tuple(Colour(name) for name in draw.choice(sets))
    if brief.like is not None:
        leading = brief.like.accents
        return (brief.like.rows[0], *(leading[index % len(leading)] for index in range(5)))
    if brief.has("noir"):
        return tuple(turned(colour, chroma=0.0) for colour in colours)
    if brief.colours:
        named = brief.colours
        moved = tuple(towards(colour, named[index % len(named)], 0.85) for index, colour in enumerate(colours))
        return (mixed(moved[0], colours[0], 0.4), *named, *moved[1 + len(named) :])[:6]
    if brief.has("warm"):
        return tuple(mixed(colour, towards(colour, Colour("#e0642c"), 0.9), 0.75) for colour in colours)
    if brief.has("cold"):
        return tuple(mixed(colour, towards(colour, Colour("#2f74c0"), 0.9), 0.75) for colour in colours)
    if brief.has("dreamy"):
        return tuple(mixed(colour, Colour("#fbf0ee"), 0.45) for colour in colours)
    return tuple(turned(colour, hue=brief.twist[0] * 12) for colour in colours)


def ring(x: float, y: float, radius: float, *, start: float = 0.0, end: float = 360.0) -> tuple[Point, ...]:
    """A part of a circle, from an angle to another in degrees."""
    steps = max(8, round(abs(end - start) / 4))
    return tuple(
        (
            x + radius * math.cos(math.radians(start + (end - start) * t / steps)),
            y + radius * math.sin(math.radians(start + (end - start) * t / steps)),
        )
        for t in range(steps + 1)
    )


def _circles(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """A large disc, rings around it, and small ones that orbit."""
    x, y = width * draw.choice((0.4, 0.5, 0.6)), draw.uniform(0.40, 0.52)
    size = min(width, 1.0) * draw.uniform(0.26, 0.34)
    shapes = [
        Shape(
            points=ring(x, y, size),
            colour=colours[1],
            shade=mixed(colours[1], colours[3], 0.75),
            angle=draw.uniform(30, 120),
            grain=0.9,
        )
    ]
    for _ in range(7):
        far, turn, radius = (
            draw.uniform(0.7, 1.9) * size,
            draw.uniform(0, 360),
            draw.choice((0.05, 0.09, 0.16, 0.3)) * size * draw.uniform(0.8, 1.6),
        )
        colour = draw.choice(colours[2:])
        place = x + far * math.cos(math.radians(turn)), y + far * math.sin(math.radians(turn))
        shapes.append(
            Shape(
                points=ring(*place, radius),
                colour=colour,
                shade=mixed(colour, colours[5], 0.55),
                angle=turn,
                grain=0.9,
                alpha=0.94,
            )
        )
    for share in (1.22, 1.5, 1.85):
        start = draw.uniform(0, 360)
        shapes.append(
            _arc(
                x,
                y,
                size * share,
                size * 0.012 * share,
                start,
                start + draw.uniform(120, 300),
                mixed(colours[5], colours[0], 0.1),
            )
        )
    cut = y + size * draw.uniform(0.1, 0.45)
    shapes.append(
        Shape(
            points=((-0.5, cut), (width + 0.5, cut), (width + 0.5, cut + 0.006), (-0.5, cut + 0.006)),
            colour=colours[5],
            alpha=0.85,
        )
    )
    half = ring(x, cut, size * 0.62, start=0, end=180)
    shapes.append(
        Shape(
            points=half, colour=colours[2], shade=mixed(colours[2], colours[0], 0.55), angle=90, grain=0.9, alpha=0.93
        )
    )
    return shapes


def _arc(x: float, y: float, radius: float, thin: float, start: float, end: float, colour: Colour) -> Shape:
    return Shape(
        points=(
            *ring(x, y, radius + thin, start=start, end=end),
            *ring(x, y, radius - thin, start=start, end=end)[::-1],
        ),
        colour=colour,
    )


def _triangles(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """Shards around a point, overlapping."""
    x, y = width * draw.uniform(0.38, 0.62), draw.uniform(0.4, 0.6)
    shapes = []
    for number in range(13):
        turn = 2 * math.pi * number / 13 + draw.uniform(-0.2, 0.2)
        far, open_ = draw.uniform(0.35, 0.75) * max(1.0, width * 0.75), draw.uniform(0.12, 0.32)
        colour = colours[1 + number % 5]
        points = (
            (x + 0.05 * math.cos(turn + 2), y + 0.05 * math.sin(turn + 2)),
            (x + far * math.cos(turn - open_), y + far * math.sin(turn - open_)),
            (x + far * 0.8 * math.cos(turn + open_), y + far * 0.8 * math.sin(turn + open_)),
        )
        shapes.append(
            Shape(
                points=points,
                colour=colour,
                shade=mixed(colour, colours[0], 0.7),
                angle=math.degrees(turn) + 180,
                grain=0.9,
                alpha=0.86,
            )
        )
    size = draw.uniform(0.10, 0.16)
    shapes.append(Shape(points=ring(x, y, size), colour=colours[3], shade=colours[1], angle=60, grain=0.9))
    return shapes


def _lines(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """A sun over bands that grow thinner."""
    x, y = width * draw.choice((0.35, 0.5, 0.65)), draw.uniform(0.32, 0.42)
    radius = min(1.0, width) * draw.uniform(0.2, 0.27)
    shapes = [Shape(points=ring(x, y, radius), colour=colours[3], shade=colours[1], angle=90, grain=0.9)]
    lean, top = draw.uniform(-0.12, 0.12), y + radius * 0.15
    for number in range(9):
        high = 0.018 + 0.085 * (number / 8) ** 1.1
        colour = colours[(2, 5, 1, 4, 3)[number % 5]]
        wave = [
            (-0.5 + (width + 1) * t / 24, top + lean * (t / 24 - 0.5) + 0.02 * math.sin(t * 0.7 + number))
            for t in range(25)
        ]
        shapes.append(
            Shape(
                points=(*wave, *((px, py + high) for px, py in wave[::-1])),
                colour=colour,
                shade=mixed(colour, colours[0], 0.45),
                angle=0,
                grain=0.9,
            )
        )
        top += high + 0.012
    return shapes


def _waves(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """Ribbons that swing across, one over the other."""
    shapes, count = [], 11
    phase, beats = draw.uniform(0, 6), draw.uniform(0.9, 1.7)
    moon = width * draw.uniform(0.25, 0.75), draw.uniform(0.18, 0.28)
    shapes.append(
        Shape(points=ring(*moon, draw.uniform(0.09, 0.14)), colour=colours[3], shade=colours[1], angle=90, grain=0.9)
    )
    for number in range(count):
        share = number / (count - 1)
        middle, swing = 0.34 + 0.72 * share, 0.10 * (1.1 - 0.5 * share)
        colour = mixed(
            colours[(1, 3, 2, 4, 5)[number * 5 // count]],
            colours[(3, 2, 4, 5, 5)[number * 5 // count]],
            (number * 5 / count) % 1.0,
        )
        edge = [
            (
                -0.1 + (width + 0.2) * t / 40,
                middle
                + swing * math.sin(phase + beats * 6.28 * t / 40 + share * 1.9)
                + 0.03 * math.sin(2.7 * t / 10 + number),
            )
            for t in range(41)
        ]
        shapes.append(
            Shape(
                points=(*edge, (width + 0.1, 1.4), (-0.1, 1.4)),
                colour=mixed(colour, colours[0], 0.10),
                shade=mixed(colour, colours[5], 0.45),
                angle=90,
                grain=0.9,
            )
        )
    return shapes


def _squares(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """A wall of tiles, each with a quarter, a half or a whole of something in it."""
    rows = draw.choice((4, 5))
    side = 1 / rows
    columns = math.ceil(width / side)
    start = (width - columns * side) / 2
    shapes = []
    for row in range(rows):
        for column in range(columns):
            x, y = start + column * side, row * side
            back, front, third = draw.sample(colours, 3)
            shapes.append(
                Shape(
                    points=((x, y), (x + side, y), (x + side, y + side), (x, y + side)),
                    colour=back,
                    shade=mixed(back, third, 0.18),
                    angle=45,
                    grain=0.7,
                )
            )
            shapes += _tile(draw, x, y, side, (front, third))
    return shapes


def _tile(draw: random.Random, x: float, y: float, side: float, tints: tuple[Colour, Colour]) -> list[Shape]:
    front, third = tints
    kind, corner = draw.randrange(5), draw.randrange(4)
    cx, cy, start = ((x, y, 0), (x + side, y, 90), (x + side, y + side, 180), (x, y + side, 270))[corner]
    shade = mixed(front, third, 0.6)
    match kind:
        case 0:
            quarter = [(cx, cy), *ring(cx, cy, side, start=start, end=start + 90)]
            inner = [(cx, cy), *ring(cx, cy, side * 0.5, start=start, end=start + 90)]
            return [
                Shape(points=tuple(quarter), colour=front, shade=shade, angle=start + 45, grain=0.9),
                Shape(points=tuple(inner), colour=third),
            ]
        case 1:
            return [
                Shape(
                    points=ring(x + side / 2, y + side / 2, side * 0.36), colour=front, shade=shade, angle=60, grain=0.9
                )
            ]
        case 2:
            turn = start
            return [
                Shape(
                    points=ring(x + side / 2, y + side / 2, side * 0.5, start=turn, end=turn + 180),
                    colour=front,
                    shade=shade,
                    angle=turn + 90,
                    grain=0.9,
                )
            ]
        case 3:
            corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
            return [
                Shape(
                    points=tuple(corners[i] for i in range(4) if i != corner),
                    colour=front,
                    shade=shade,
                    angle=45,
                    grain=0.9,
                )
            ]
        case _:
            return [
                Shape(
                    points=(
                        (x, y + side * t / 6),
                        (x + side, y + side * t / 6),
                        (x + side, y + side * (t + 1) / 6),
                        (x, y + side * (t + 1) / 6),
                    ),
                    colour=front,
                )
                for t in (0, 2, 4)
            ]


def _arches(draw: random.Random, width: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """Nested arches on a floor, and a sun."""
    shapes = []
    sun = width * draw.uniform(0.2, 0.8), draw.uniform(0.16, 0.26)
    shapes.append(
        Shape(points=ring(*sun, draw.uniform(0.08, 0.13)), colour=colours[3], shade=colours[1], angle=80, grain=0.9)
    )
    count = 2 if width < 0.9 else 3  # noqa: PLR2004 - upright pictures are narrow
    for number in range(count):
        x, size = (
            width * (number + 0.5 + draw.uniform(-0.1, 0.1)) / count,
            draw.uniform(0.15, 0.23) * (1.25 if number == count // 2 else 1.0),
        )
        top = draw.uniform(0.36, 0.56)
        for ring_ in range(4):
            radius = size * (1 - ring_ * 0.24)
            colour = colours[1 + (number + ring_ * 2) % 5]
            points = (*ring(x, top + size, radius, start=180, end=360), (x + radius, 0.9), (x - radius, 0.9))
            shapes.append(
                Shape(points=points, colour=colour, shade=mixed(colour, colours[5], 0.35), angle=90, grain=0.9)
            )
    floor = colours[5]
    shapes.append(
        Shape(
            points=((-0.5, 0.9), (width + 0.5, 0.9), (width + 0.5, 1.2), (-0.5, 1.2)),
            colour=floor,
            shade=mixed(floor, colours[0], 0.2),
            angle=90,
            grain=0.8,
        )
    )
    stairs = draw.uniform(0.1, 0.2)
    left = width * draw.uniform(0.05, 0.7)
    for step in range(5):
        x = left + step * stairs * 0.28
        shapes.append(
            Shape(
                points=(
                    (x, 0.9 - step * 0.03),
                    (left + stairs * 1.6, 0.9 - step * 0.03),
                    (left + stairs * 1.6, 0.9 - (step + 1) * 0.03),
                    (x, 0.9 - (step + 1) * 0.03),
                ),
                colour=mixed(colours[4], colours[0], 0.15 * step),
            )
        )
    return shapes


_KINDS: Mapping[str, Callable[[random.Random, float, tuple[Colour, ...]], list[Shape]]] = {
    "circles": _circles,
    "triangles": _triangles,
    "lines": _lines,
    "waves": _waves,
    "squares": _squares,
    "arches": _arches,
}
