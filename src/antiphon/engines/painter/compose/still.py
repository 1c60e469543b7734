"""Still lifes: a table, a vase, flowers, fruit."""

import math
import random
from dataclasses import replace

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, lab, mixed, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.tones import Tones, tones
from antiphon.engines.painter.scene import Light, Point, Scene, Shape, Shapes, Sky

_BLOOMS: tuple[tuple[str, ...], ...] = (
    ("#e8526a", "#f6a5a8", "#f9d9c8", "#b8324a"),
    ("#f2b134", "#f7d476", "#fbe9c0", "#d9742b"),
    ("#7a62b8", "#b8a2dc", "#e6daf2", "#4d3f8f"),
    ("#e9745a", "#f3b391", "#fbe3cf", "#a83f3a"),
    ("#f4f0e6", "#f2d5c4", "#e8a99a", "#d97b6a"),
)
_GROUNDS = (("#f0dfc8", "#d9b99a"), ("#cfdcd4", "#9fb8b0"), ("#2f4a52", "#1d3038"), ("#e9c9a8", "#c98a6a"), ("#d8d2e2", "#a89cbc"), ("#3d2f45", "#241b2b"), ("#b9cfd8", "#7f9fb0"))
_CLAY = ("#2f6f7a", "#c8694a", "#e9e0d0", "#44546a", "#8a9a5b", "#d9a441")


def still(brief: Brief) -> Scene:
    """A vase of flowers, or what else is named, on a table before a plain wall."""
    draw = chance(brief.seed, "still")
    tone = tones(brief)
    width = brief.width
    dark = brief.has("dark", "noir") or brief.time == "night"
    grounds = [pair for pair in _GROUNDS if not dark or lab(Colour(pair[0]))[0] < 0.5] or _GROUNDS  # noqa: PLR2004 - dark walls
    wall, wall_shade = (Colour(name) for name in draw.choice(grounds))
    if brief.colours or brief.like is not None:
        wall, wall_shade = mixed(tone.horizon, tone.far, 0.3), mixed(tone.mid, tone.far, 0.4)
    edge = draw.uniform(0.72, 0.78)
    middle = width * (0.5 + draw.uniform(-0.05, 0.05))
    light = Light(x=-0.3, y=-0.1, colour=tone.sun, ambient=wall_shade)
    table = mixed(wall_shade, tone.accent[1] if not dark else Colour("#5a3a2a"), 0.3)
    shapes: list[Shape] = []
    if draw.random() < 0.6:
        shapes.append(_halo(middle, edge - 0.36, draw.uniform(0.30, 0.36), mixed(wall, tone.accent[1], 0.38), wall))
    shapes.append(Shape(points=((-1, edge), (width + 1, edge), (width + 1, 1.3), (-1, 1.3)), colour=mixed(table, wall, 0.35), shade=mixed(table, wall_shade, 0.45), grain=0.5))
    shapes += _things(brief, tone, middle, edge)
    sky = Sky(stops=(mixed(wall, wall_shade, 0.55), wall, mixed(wall, wall_shade, 0.3)), bottom=edge, glow=mixed(wall, Colour("#fff6e0"), 0.5), reach=0.7, strength=0.35)
    return Scene(seed=brief.seed, width=width, title=brief.subject, family="flowers", background=wall,
                 layers=(sky, Shapes(depth=0.6, seed=brief.seed, shapes=tuple(shapes))), light=light, grade=grade(brief, tone))


def _halo(x: float, y: float, radius: float, colour: Colour, shade: Colour) -> Shape:
    return Shape(points=_ring(x, y, radius, radius), colour=colour, shade=mixed(colour, shade, 0.6), angle=70.0, grain=0.8)


def _ring(x: float, y: float, wide: float, high: float, count: int = 48) -> tuple[Point, ...]:
    return tuple((x + wide * math.cos(2 * math.pi * t / count), y + high * math.sin(2 * math.pi * t / count)) for t in range(count))


def _things(brief: Brief, tone: Tones, middle: float, edge: float) -> list[Shape]:
    draw = chance(brief.seed, "things")
    foot = edge + 0.09
    only_fruit = brief.has("fruit", "cup", "candle") and not brief.motifs & {"flowers", "vase"}
    shapes: list[Shape] = []
    if not only_fruit:
        shapes += _bouquet(brief, tone, middle, foot)
        if brief.has("fruit") or draw.random() < 0.55:
            shapes += _fruits(draw, tone, middle + draw.choice((-1, 1)) * 0.24, foot + 0.03, count=2)
    else:
        if brief.has("candle"):
            shapes += _candle(tone, middle - 0.2, foot)
        if brief.has("cup"):
            shapes += _cup(draw, tone, middle + (0.16 if brief.has("candle", "fruit") else 0.0), foot + 0.02)
        if brief.has("fruit"):
            shapes += _bowl(draw, tone, middle - (0.12 if brief.has("cup") else 0.0), foot)
        size = min(1.65, 1.65 * brief.width)
        shapes = [replace(shape, points=tuple((middle + (x - middle) * size, foot + (y - foot) * size) for x, y in shape.points)) for shape in shapes]
    return shapes


def _shadow(x: float, y: float, wide: float, colour: Colour) -> Shape:
    return Shape(points=_ring(x + wide * 0.45, y, wide * 1.25, wide * 0.16), colour=mixed(colour, Colour("#0c0a14"), 0.5), alpha=0.30)


def _vase(draw: random.Random, tone: Tones, x: float, foot: float, high: float) -> list[Shape]:
    clay = mixed(Colour(draw.choice(_CLAY)), tone.accent[0], 0.15)
    belly, neck, lip = draw.uniform(0.30, 0.42), draw.uniform(0.12, 0.2), draw.uniform(0.17, 0.24)
    profile = ((0.16, 0.0), (belly * 0.9, -0.22), (belly, -0.45), (neck * 1.2, -0.80), (neck, -0.90), (lip, -1.0))
    right = [(x + a * high, foot + b * high) for a, b in profile]
    left = [(x - a * high, foot + b * high) for a, b in profile[::-1]]
    body = (*right, *left)
    light, deep = turned(clay, light=0.08), turned(clay, light=-0.16)
    shapes = [
        _shadow(x, foot, 0.2 * high, deep),
        Shape(points=body, colour=light, shade=deep, angle=12.0, grain=0.7, round=True),
    ]
    if draw.random() < 0.6:
        band = mixed(clay, Colour("#fff4e0"), 0.55)
        for level in (0.38, 0.52):
            reach = belly * 0.985 * high
            shapes.append(Shape(points=((x - reach, foot - level * high), (x + reach, foot - level * high), (x + reach, foot - (level + 0.035) * high), (x - reach, foot - (level + 0.035) * high)), colour=band, shade=mixed(band, deep, 0.6), angle=0.0, grain=0.4, alpha=0.75))
    gloss = tuple((x - belly * high * a, foot - b * high) for a, b in ((0.72, 0.30), (0.80, 0.45), (0.66, 0.62), (0.60, 0.60), (0.70, 0.45), (0.64, 0.31)))
    shapes.append(Shape(points=gloss, colour=Colour("#ffffff"), round=True, alpha=0.35))
    return shapes


def _bouquet(brief: Brief, tone: Tones, x: float, foot: float) -> list[Shape]:
    draw = chance(brief.seed, "bouquet")
    high = draw.uniform(0.26, 0.32)
    mouth = (x, foot - high * 0.97)
    colours = tuple(Colour(name) for name in draw.choice(_BLOOMS))
    if brief.colours:
        wished = brief.colours[0]
        colours = (wished, mixed(wished, Colour("#fff4ec"), 0.45), mixed(wished, Colour("#fff4ec"), 0.75), turned(wished, light=-0.12))
    leaf, leaf_deep = mixed(Colour("#6a8f4e"), tone.leaf[0], 0.4), mixed(Colour("#2c5240"), tone.leaf[1], 0.4)
    heads: list[tuple[float, float, float]] = []
    for ring, (count, far, size) in enumerate(((7, 0.25, 0.068), (6, 0.17, 0.085), (4, 0.08, 0.098))):
        for index in range(count):
            turn = -math.pi * (0.06 + 0.88 * (index + draw.uniform(0.25, 0.75)) / count)
            reach = far * draw.uniform(0.85, 1.12)
            heads.append((mouth[0] + 1.25 * reach * math.cos(turn), mouth[1] - 0.10 + 1.15 * reach * math.sin(turn) - 0.02 * ring, size * draw.uniform(0.72, 1.12)))
    shapes: list[Shape] = []
    for hx, hy, _ in heads:
        shapes.append(_stem(mouth, (hx, hy), leaf_deep))
    for _ in range(26):
        turn, far = -math.pi * draw.uniform(-0.08, 1.08), draw.uniform(0.10, 0.33)
        at = mouth[0] + 1.15 * far * math.cos(turn), mouth[1] - 0.05 + far * math.sin(turn)
        shapes.append(_leaf(draw, at, draw.uniform(0.06, 0.13), turn + draw.uniform(-0.6, 0.6), leaf, leaf_deep))
    vase = _vase(draw, tone, x, foot, high)
    kinds = draw.sample(("rose", "daisy", "tulip", "ball"), 3)
    blooms: list[Shape] = []
    for index, (hx, hy, size) in enumerate(heads):
        kind = kinds[index % 3] if draw.random() < 0.8 else kinds[0]
        first = colours[draw.choice((0, 0, 1, 2))]
        blooms += _bloom(draw, kind, (hx, hy), size, (first, colours[3], colours[2]))
    return [*shapes, *vase, *blooms]


def _stem(start: Point, end: Point, colour: Colour) -> Shape:
    (x0, y0), (x1, y1) = start, end
    bend = (x1 - x0) * 0.25
    middle = ((x0 + x1) / 2 - bend, (y0 + y1) / 2)
    thin = 0.0035
    return Shape(points=((x0 - thin, y0 + 0.03), (middle[0] - thin, middle[1]), (x1 - thin, y1), (x1 + thin, y1), (middle[0] + thin, middle[1]), (x0 + thin, y0 + 0.03)), colour=colour)


def _leaf(draw: random.Random, at: Point, size: float, turn: float, colour: Colour, deep: Colour) -> Shape:
    cos, sin = math.cos(turn), math.sin(turn)
    wide = draw.uniform(0.16, 0.28)
    outline = ((0, 0), (0.3, wide), (0.7, wide * 0.8), (1.0, 0.0), (0.7, -wide * 0.6), (0.3, -wide * 0.8))
    points = tuple((at[0] + size * (a * cos - b * sin), at[1] + size * (a * sin + b * cos)) for a, b in outline)
    return Shape(points=points, colour=mixed(colour, deep, draw.random() * 0.6), shade=deep, angle=math.degrees(turn) + 80, grain=0.5, round=True)


def _bloom(draw: random.Random, kind: str, at: Point, size: float, colours: tuple[Colour, Colour, Colour]) -> list[Shape]:
    """A flower's head: its colour, that of its depth and that of its light."""
    body, deep, pale = colours
    match kind:
        case "daisy":
            count = draw.choice((9, 11, 13))
            shapes = [_petal(at, size, 2 * math.pi * (t + draw.uniform(-0.15, 0.15)) / count, 0.22, (pale if body == deep else body, mixed(body, deep, 0.6))) for t in range(count)]
            return [*shapes, Shape(points=_ring(*at, size * 0.27, size * 0.25), colour=Colour("#f2b63c"), shade=Colour("#b8702a"), grain=0.9)]
        case "tulip":
            lean = draw.uniform(-0.5, 0.5)
            return [_petal((at[0], at[1] + size * 0.5), size * 1.25, -math.pi / 2 + lean + off, 0.34, (tint, mixed(tint, deep, 0.7)))
                    for off, tint in ((-0.42, mixed(body, deep, 0.3)), (0.42, mixed(body, deep, 0.2)), (0.0, body))]
        case "ball":
            shapes = [Shape(points=_ring(*at, size * 0.8, size * 0.78), colour=mixed(body, deep, 0.35), shade=deep, grain=0.8)]
            for _ in range(26):
                turn, far = draw.uniform(0, 2 * math.pi), math.sqrt(draw.random()) * 0.72
                spot = at[0] + size * far * math.cos(turn), at[1] + size * far * math.sin(turn)
                tint = mixed(body, pale, max(0.0, min(1.0, 0.5 - 0.6 * math.sin(turn) * far + draw.uniform(-0.25, 0.25))))
                shapes.append(Shape(points=_ring(*spot, size * 0.17, size * 0.16, 9), colour=tint, shade=mixed(tint, deep, 0.5), grain=0.3, round=True))
            return shapes
        case _:
            shapes = []
            start = draw.uniform(0, 6)
            for layer, (count, far, wide) in enumerate(((7, 1.0, 0.48), (6, 0.76, 0.46), (5, 0.52, 0.46), (3, 0.30, 0.5))):
                tint = mixed(mixed(body, deep, 0.28), pale, 0.16 * layer)
                shapes += [_petal(at, size * far, start + layer * 0.7 + 2 * math.pi * t / count, wide, (tint, mixed(tint, deep, 0.65)), inner=0.12) for t in range(count)]
            return [*shapes, Shape(points=_ring(*at, size * 0.11, size * 0.10, 16), colour=mixed(deep, body, 0.4))]


def _petal(at: Point, size: float, turn: float, wide: float, tints: tuple[Colour, Colour], inner: float = 0.0) -> Shape:
    cos, sin = math.cos(turn), math.sin(turn)
    outline = ((inner, 0.0), (0.35, wide * 0.8), (0.72, wide), (0.96, wide * 0.5), (1.0, 0.0), (0.96, -wide * 0.5), (0.72, -wide), (0.35, -wide * 0.8))
    points = tuple((at[0] + size * (a * cos - b * sin), at[1] + size * (a * sin + b * cos)) for a, b in outline)
    return Shape(points=points, colour=tints[0], shade=tints[1], angle=math.degrees(turn) + 180, grain=0.35, round=True)


def _fruits(draw: random.Random, tone: Tones, x: float, y: float, *, count: int) -> list[Shape]:
    shapes: list[Shape] = []
    for number in range(count):
        skin = mixed(Colour(draw.choice(("#c8402f", "#e08a2c", "#9ab04a", "#e6c04a", "#a8324a"))), tone.accent[number % 2], 0.2)
        shapes += _fruit(draw, skin, x + number * 0.095, y + 0.012 * number, draw.uniform(0.052, 0.066))
    return shapes


def _fruit(draw: random.Random, skin: Colour, x: float, y: float, radius: float) -> list[Shape]:
    deep = turned(skin, light=-0.2, hue=-8)
    pear = draw.random() < 0.35
    points = _ring(x, y - radius, radius, radius * 0.95)
    if pear:
        points = tuple((x + a * radius, y + b * radius) for a, b in ((0.0, 0.0), (0.8, -0.15), (1.0, -0.8), (0.62, -1.5), (0.4, -2.2), (0.0, -2.5), (-0.4, -2.2), (-0.62, -1.5), (-1.0, -0.8), (-0.8, -0.15)))
    top = y - radius * (2.5 if pear else 1.92)
    return [
        _shadow(x, y - radius * 0.05, radius, deep),
        Shape(points=points, colour=turned(skin, light=0.07), shade=deep, angle=40.0, grain=0.75, round=True),
        Shape(points=((x - 0.004, top + 0.008), (x + 0.003, top + 0.008), (x + 0.012, top - 0.028), (x + 0.006, top - 0.03)), colour=Colour("#4a3626")),
        Shape(points=_ring(x - radius * 0.38, y - radius * 1.35, radius * 0.17, radius * 0.24, 16), colour=Colour("#ffffff"), alpha=0.35),
    ]


def _bowl(draw: random.Random, tone: Tones, x: float, foot: float) -> list[Shape]:
    clay = mixed(Colour(draw.choice(_CLAY)), tone.mid, 0.2)
    shapes: list[Shape] = [_shadow(x, foot, 0.13, clay)]
    for dx, dy in ((-0.12, -0.15), (0.10, -0.16), (0.0, -0.17), (-0.06, -0.13), (0.07, -0.12)):
        skin = Colour(draw.choice(("#c8402f", "#e08a2c", "#9ab04a", "#e6c04a", "#a8324a", "#d9642f")))
        shapes += _fruit(draw, skin, x + dx, foot + dy + 0.06, draw.uniform(0.060, 0.075))[1:]
    body = ((x - 0.24, foot - 0.13), (x + 0.24, foot - 0.13), (x + 0.20, foot - 0.05), (x + 0.09, foot), (x - 0.09, foot), (x - 0.20, foot - 0.05))
    shapes.append(Shape(points=body, colour=turned(clay, light=0.06), shade=turned(clay, light=-0.16), angle=15.0, grain=0.7))
    return shapes


def _cup(draw: random.Random, tone: Tones, x: float, foot: float) -> list[Shape]:
    clay = mixed(Colour(draw.choice(("#e9e0d0", "#c8694a", "#44546a", "#7fa09a"))), tone.accent[0], 0.1)
    deep = turned(clay, light=-0.2)
    body = ((x - 0.10, foot - 0.16), (x + 0.10, foot - 0.16), (x + 0.088, foot - 0.04), (x + 0.05, foot), (x - 0.05, foot), (x - 0.088, foot - 0.04))
    steam = [
        Shape(points=tuple((x + off + 0.018 * math.sin(t * 1.1 + off * 40) + side * 0.007 * (1 - t / 8), foot - 0.20 - t * 0.026) for side, steps in ((-1, range(8)), (1, range(7, -1, -1))) for t in steps), colour=Colour("#ffffff"), round=True, alpha=0.22)
        for off in (-0.035, 0.015)
    ]
    handle = [Shape(points=_ring(x + 0.115, foot - 0.095, 0.045, 0.045), colour=deep)]
    return [
        Shape(points=_ring(x, foot, 0.17, 0.022), colour=turned(clay, light=-0.05), shade=deep, grain=0.5), *handle,
        Shape(points=_ring(x + 0.112, foot - 0.095, 0.026, 0.026), colour=mixed(deep, tone.mid, 0.7)),
        Shape(points=body, colour=turned(clay, light=0.06), shade=deep, angle=10.0, grain=0.6),
        Shape(points=_ring(x, foot - 0.16, 0.10, 0.016), colour=Colour("#5a3826"), shade=Colour("#3a2218"), grain=0.2), *steam,
    ]


def _candle(tone: Tones, x: float, foot: float) -> list[Shape]:
    wax = Colour("#f1e6d0")
    top = foot - 0.26
    glow = [Shape(points=_ring(x, top - 0.05, r, r), colour=Colour("#ffcf7a"), alpha=0.10) for r in (0.26, 0.19, 0.13, 0.08)]
    return [
        Shape(points=((x - 0.04, top), (x + 0.04, top), (x + 0.042, foot), (x - 0.042, foot)), colour=wax, shade=mixed(wax, tone.near, 0.45), angle=5.0, grain=0.5),
        Shape(points=((x - 0.002, top), (x + 0.002, top), (x + 0.002, top - 0.02), (x - 0.002, top - 0.02)), colour=Colour("#33241c")), *glow,
        Shape(points=((x, top - 0.008), (x + 0.016, top - 0.03), (x, top - 0.085), (x - 0.016, top - 0.03)), colour=Colour("#fff3c0"), shade=Colour("#ff9d3c"), angle=-90.0, grain=0.1, round=True),
    ]
