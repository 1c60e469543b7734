"""Still lifes: a table, a vase, flowers, fruit."""

import math
import random
from dataclasses import replace

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, lab, mixed, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.tones import Tones, tones
from antiphon.engines.painter.compose.wares import bowl, candle, cup, fruit, oval, vase
from antiphon.engines.painter.heavens import Sky
from antiphon.engines.painter.layers import Point, Shape, Shapes
from antiphon.engines.painter.scene import Light, Scene

_POLLEN, _HEART = Colour("#f2b63c"), Colour("#b8702a")
_BLOOMS: tuple[tuple[str, ...], ...] = (
    ("#e8526a", "#f6a5a8", "#f9d9c8", "#b8324a"),
    ("#f2b134", "#f7d476", "#fbe9c0", "#d9742b"),
    ("#7a62b8", "#b8a2dc", "#e6daf2", "#4d3f8f"),
    ("#e9745a", "#f3b391", "#fbe3cf", "#a83f3a"),
    ("#f4f0e6", "#f2d5c4", "#e8a99a", "#d97b6a"),
)
_GROUNDS = (
    ("#f0dfc8", "#d9b99a"),
    ("#cfdcd4", "#9fb8b0"),
    ("#2f4a52", "#1d3038"),
    ("#e9c9a8", "#c98a6a"),
    ("#d8d2e2", "#a89cbc"),
    ("#3d2f45", "#241b2b"),
    ("#b9cfd8", "#7f9fb0"),
)


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
    if likely(draw, 0.6):
        shapes.append(_halo(middle, edge - 0.36, draw.uniform(0.30, 0.36), mixed(wall, tone.accent[1], 0.38), wall))
    shapes.append(
        Shape(
            points=((-1, edge), (width + 1, edge), (width + 1, 1.3), (-1, 1.3)),
            colour=mixed(table, wall, 0.35),
            shade=mixed(table, wall_shade, 0.45),
            grain=0.5,
        )
    )
    shapes += _things(brief, tone, middle, edge)
    sky = Sky(
        stops=(mixed(wall, wall_shade, 0.55), wall, mixed(wall, wall_shade, 0.3)),
        bottom=edge,
        glow=mixed(wall, Colour("#fff6e0"), 0.5),
        reach=0.7,
        strength=0.35,
    )
    return Scene(
        seed=brief.seed,
        width=width,
        title=brief.subject,
        family="flowers",
        background=wall,
        layers=(sky, Shapes(depth=0.6, seed=brief.seed, shapes=tuple(shapes))),
        light=light,
        grade=grade(brief, tone),
    )


def _halo(x: float, y: float, radius: float, colour: Colour, shade: Colour) -> Shape:
    return Shape(
        points=oval(x, y, radius, radius), colour=colour, shade=mixed(colour, shade, 0.6), angle=70.0, grain=0.8
    )


def _things(brief: Brief, tone: Tones, middle: float, edge: float) -> list[Shape]:
    draw = chance(brief.seed, "things")
    foot = edge + 0.09
    only_fruit = brief.has("fruit", "cup", "candle") and not brief.motifs & {"flowers", "vase"}
    shapes: list[Shape] = []
    if not only_fruit:
        shapes += _bouquet(brief, tone, middle, foot)
        if brief.has("fruit") or likely(draw, 0.55):
            shapes += _fruits(draw, tone, middle + draw.choice((-1, 1)) * 0.24, foot + 0.03, count=2)
    else:
        if brief.has("candle"):
            shapes += candle(tone, middle - 0.2, foot)
        if brief.has("cup"):
            shapes += cup(draw, tone, middle + (0.16 if brief.has("candle", "fruit") else 0.0), foot + 0.02)
        if brief.has("fruit"):
            shapes += bowl(draw, tone, middle - (0.12 if brief.has("cup") else 0.0), foot)
        size = min(1.65, 1.65 * brief.width)
        shapes = [
            replace(
                shape, points=tuple((middle + (x - middle) * size, foot + (y - foot) * size) for x, y in shape.points)
            )
            for shape in shapes
        ]
    return shapes


def _bouquet(brief: Brief, tone: Tones, x: float, foot: float) -> list[Shape]:
    draw = chance(brief.seed, "bouquet")
    high = draw.uniform(0.26, 0.32)
    mouth = (x, foot - high * 0.97)
    colours = tuple(Colour(name) for name in draw.choice(_BLOOMS))
    if brief.colours:
        wished = brief.colours[0]
        colours = (
            wished,
            mixed(wished, Colour("#fff4ec"), 0.45),
            mixed(wished, Colour("#fff4ec"), 0.75),
            turned(wished, light=-0.12),
        )
    leaf, leaf_deep = mixed(Colour("#6a8f4e"), tone.leaf[0], 0.4), mixed(Colour("#2c5240"), tone.leaf[1], 0.4)
    heads: list[tuple[float, float, float]] = []
    for ring, (count, far, size) in enumerate(((7, 0.25, 0.068), (6, 0.17, 0.085), (4, 0.08, 0.098))):
        for index in range(count):
            turn = -math.pi * (0.06 + 0.88 * (index + draw.uniform(0.25, 0.75)) / count)
            reach = far * draw.uniform(0.85, 1.12)
            heads.append(
                (
                    mouth[0] + 1.25 * reach * math.cos(turn),
                    mouth[1] - 0.10 + 1.15 * reach * math.sin(turn) - 0.02 * ring,
                    size * draw.uniform(0.72, 1.12),
                )
            )
    shapes: list[Shape] = []
    for hx, hy, _ in heads:
        shapes.append(_stem(mouth, (hx, hy), leaf_deep))
    for _ in range(26):
        turn, far = -math.pi * draw.uniform(-0.08, 1.08), draw.uniform(0.10, 0.33)
        at = mouth[0] + 1.15 * far * math.cos(turn), mouth[1] - 0.05 + far * math.sin(turn)
        shapes.append(_leaf(draw, at, draw.uniform(0.06, 0.13), turn + draw.uniform(-0.6, 0.6), leaf, leaf_deep))
    jug = vase(draw, tone, x, foot, high)
    kinds = draw.sample(("rose", "daisy", "tulip", "ball"), 3)
    blooms: list[Shape] = []
    for index, (hx, hy, size) in enumerate(heads):
        kind = kinds[index % 3] if likely(draw, 0.8) else kinds[0]
        first = colours[draw.choice((0, 0, 1, 2))]
        blooms += _bloom(draw, kind, (hx, hy), size, (first, colours[3], colours[2]))
    return [*shapes, *jug, *blooms]


def _stem(start: Point, end: Point, colour: Colour) -> Shape:
    (x0, y0), (x1, y1) = start, end
    bend = (x1 - x0) * 0.25
    middle = ((x0 + x1) / 2 - bend, (y0 + y1) / 2)
    thin = 0.0035
    return Shape(
        points=(
            (x0 - thin, y0 + 0.03),
            (middle[0] - thin, middle[1]),
            (x1 - thin, y1),
            (x1 + thin, y1),
            (middle[0] + thin, middle[1]),
            (x0 + thin, y0 + 0.03),
        ),
        colour=colour,
    )


def _leaf(draw: random.Random, at: Point, size: float, turn: float, colour: Colour, deep: Colour) -> Shape:
    cos, sin = math.cos(turn), math.sin(turn)
    wide = draw.uniform(0.16, 0.28)
    outline = ((0, 0), (0.3, wide), (0.7, wide * 0.8), (1.0, 0.0), (0.7, -wide * 0.6), (0.3, -wide * 0.8))
    points = tuple((at[0] + size * (a * cos - b * sin), at[1] + size * (a * sin + b * cos)) for a, b in outline)
    return Shape(
        points=points,
        colour=mixed(colour, deep, draw.random() * 0.6),
        shade=deep,
        angle=math.degrees(turn) + 80,
        grain=0.5,
        round=True,
    )


def _bloom(
    draw: random.Random, kind: str, at: Point, size: float, colours: tuple[Colour, Colour, Colour]
) -> list[Shape]:
    """A flower's head: its colour, that of its depth and that of its light."""
    match kind:
        case "daisy":
            return _daisy(draw, at, size, colours)
        case "tulip":
            return _tulip(draw, at, size, colours)
        case "ball":
            return _ball(draw, at, size, colours)
        case _:
            return _rose(draw, at, size, colours)


def _daisy(draw: random.Random, at: Point, size: float, colours: tuple[Colour, Colour, Colour]) -> list[Shape]:
    body, deep, _ = colours
    count = draw.choice((9, 11, 13))
    turns = [2 * math.pi * (number + draw.uniform(-0.15, 0.15)) / count for number in range(count)]
    heart = Shape(points=oval(*at, size * 0.27, size * 0.25), colour=_POLLEN, shade=_HEART, grain=0.9)
    return [*(_petal(at, size, turn, 0.22, (body, mixed(body, deep, 0.6))) for turn in turns), heart]


def _tulip(draw: random.Random, at: Point, size: float, colours: tuple[Colour, Colour, Colour]) -> list[Shape]:
    body, deep, _ = colours
    foot, lean = (at[0], at[1] + size * 0.5), draw.uniform(-0.5, 0.5) - math.pi / 2
    petals = ((-0.42, mixed(body, deep, 0.3)), (0.42, mixed(body, deep, 0.2)), (0.0, body))
    return [_petal(foot, size * 1.25, lean + off, 0.34, (tint, mixed(tint, deep, 0.7))) for off, tint in petals]


def _ball(draw: random.Random, at: Point, size: float, colours: tuple[Colour, Colour, Colour]) -> list[Shape]:
    body, deep, pale = colours
    ground = mixed(body, deep, 0.35)
    shapes = [Shape(points=oval(*at, size * 0.8, size * 0.78), colour=ground, shade=deep, grain=0.8)]
    for _ in range(26):
        turn, far = draw.uniform(0, 2 * math.pi), math.sqrt(draw.random()) * 0.72
        spot = at[0] + size * far * math.cos(turn), at[1] + size * far * math.sin(turn)
        light = 0.5 - 0.6 * math.sin(turn) * far + draw.uniform(-0.25, 0.25)
        tint = mixed(body, pale, max(0.0, min(1.0, light)))
        outline = oval(*spot, size * 0.17, size * 0.16, 9)
        shapes.append(Shape(points=outline, colour=tint, shade=mixed(tint, deep, 0.5), grain=0.3, round=True))
    return shapes


def _rose(draw: random.Random, at: Point, size: float, colours: tuple[Colour, Colour, Colour]) -> list[Shape]:
    body, deep, pale = colours
    shapes: list[Shape] = []
    start = draw.uniform(0, 6)
    for number, (count, far, wide) in enumerate(((7, 1.0, 0.48), (6, 0.76, 0.46), (5, 0.52, 0.46), (3, 0.30, 0.5))):
        tint = mixed(mixed(body, deep, 0.28), pale, 0.16 * number)
        tints = tint, mixed(tint, deep, 0.65)
        turns = [start + number * 0.7 + 2 * math.pi * petal / count for petal in range(count)]
        shapes += [_petal(at, size * far, turn, wide, tints, inner=0.12) for turn in turns]
    return [*shapes, Shape(points=oval(*at, size * 0.11, size * 0.10, 16), colour=mixed(deep, body, 0.4))]


def _petal(at: Point, size: float, turn: float, wide: float, tints: tuple[Colour, Colour], inner: float = 0.0) -> Shape:
    cos, sin = math.cos(turn), math.sin(turn)
    outline = (
        (inner, 0.0),
        (0.35, wide * 0.8),
        (0.72, wide),
        (0.96, wide * 0.5),
        (1.0, 0.0),
        (0.96, -wide * 0.5),
        (0.72, -wide),
        (0.35, -wide * 0.8),
    )
    points = tuple((at[0] + size * (a * cos - b * sin), at[1] + size * (a * sin + b * cos)) for a, b in outline)
    return Shape(points=points, colour=tints[0], shade=tints[1], angle=math.degrees(turn) + 180, grain=0.35, round=True)


def _fruits(draw: random.Random, tone: Tones, x: float, y: float, *, count: int) -> list[Shape]:
    shapes: list[Shape] = []
    for number in range(count):
        skin = mixed(
            Colour(draw.choice(("#c8402f", "#e08a2c", "#9ab04a", "#e6c04a", "#a8324a"))), tone.accent[number % 2], 0.2
        )
        shapes += fruit(draw, skin, x + number * 0.095, y + 0.012 * number, draw.uniform(0.052, 0.066))
    return shapes
