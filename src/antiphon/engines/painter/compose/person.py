"""Portraits in flat shapes: a head and shoulders before a plain ground."""

import math
import random

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.face import features, headdress
from antiphon.engines.painter.compose.pattern import inks, ring
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.heavens import Sky
from antiphon.engines.painter.layers import Point, Shape, Shapes
from antiphon.engines.painter.scene import Light, Scene

_SKINS = ("#f0c8a8", "#e0a888", "#c68a64", "#a86c4a", "#7c4a34", "#5a3628")
_HAIRS = ("#1d1820", "#2e2028", "#4a2c22", "#7a4428", "#b8743a", "#d9b070", "#8a8488")


def portrait(brief: Brief) -> Scene:
    """Somebody, from the front, with light from one side."""
    draw = chance(brief.seed, "person")
    colours, tone = inks(brief), tones(brief)
    size = min(1.0, brief.width * 1.12)
    x = brief.width / 2
    ground = colours[0]
    back = colours[1 + draw.randrange(4)]
    sky = Sky(
        stops=(turned(ground, light=0.03), ground, mixed(ground, back, 0.25)), glow=ground, reach=0.5, strength=0.0
    )
    shapes: list[Shape] = [
        Shape(
            points=ring(x, 0.47, 0.40 * size),
            colour=back,
            shade=mixed(back, colours[3], 0.6),
            angle=draw.uniform(40, 130),
            grain=0.9,
        )
    ]
    shapes += _leaves(draw, x, size, colours) if likely(draw, 0.55) or brief.has("flowers", "forest") else []
    shapes += _figure(brief, draw, x, size, colours)
    light = Light(x=0.0, y=0.2, colour=tone.sun, ambient=ground)
    return Scene(
        seed=brief.seed,
        width=brief.width,
        title=brief.subject,
        family="portrait",
        background=ground,
        layers=(sky, Shapes(depth=0.6, seed=brief.seed, shapes=tuple(shapes))),
        light=light,
        grade=grade(brief, tone),
    )


def _leaves(draw: random.Random, x: float, size: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """Leaves around the shoulders."""
    shapes = []
    for side in (-1, 1):
        for number in range(5):
            turn = math.radians(-90 + side * (28 + number * 17 + draw.uniform(-6, 6)))
            foot, long = (x + side * 0.20 * size, 0.86), size * draw.uniform(0.34, 0.5)
            colour = colours[(2, 4, 2, 5, 4)[number]]
            outline = ((0, 0), (0.25, 0.10), (0.6, 0.13), (1.0, 0.0), (0.6, -0.11), (0.25, -0.09))
            points = tuple(
                (
                    foot[0] + long * (a * math.cos(turn) - b * math.sin(turn)),
                    foot[1] + long * (a * math.sin(turn) + b * math.cos(turn)),
                )
                for a, b in outline
            )
            shapes.append(
                Shape(
                    points=points,
                    colour=colour,
                    shade=mixed(colour, colours[0], 0.4),
                    angle=math.degrees(turn),
                    grain=0.9,
                    round=True,
                )
            )
    return shapes


def _figure(brief: Brief, draw: random.Random, x: float, size: float, colours: tuple[Colour, ...]) -> list[Shape]:
    skin = Colour(draw.choice(_SKINS))
    hair = Colour(draw.choice(_HAIRS))
    if brief.has("noir"):
        skin, hair = turned(skin, chroma=0.0), turned(hair, chroma=0.0)
    skin = mixed(skin, colours[1], 0.06)
    shade = mixed(turned(skin, light=-0.13), colours[1], 0.14)
    cloth = colours[2] if likely(draw, 0.5) else colours[5]
    long = brief.has("longhair") or (not brief.has("shorthair", "beard") and likely(draw, 0.5))

    def at(across: float, down: float) -> Point:
        return x + across * size, 0.46 + down * size

    def shape(points: list[tuple[float, float]], colour: Colour, dark: Colour | None = None, **more: float) -> Shape:
        return Shape(
            points=tuple(at(a, b) for a, b in points),
            colour=colour,
            shade=dark,
            angle=more.get("angle", 15.0),
            grain=0.55,
            round=True,
            alpha=more.get("alpha", 1.0),
        )

    head = [
        (0.0, -0.205),
        (0.085, -0.185),
        (0.137, -0.11),
        (0.142, -0.01),
        (0.125, 0.075),
        (0.080, 0.145),
        (0.030, 0.178),
        (0.0, 0.182),
        (-0.030, 0.178),
        (-0.080, 0.145),
        (-0.125, 0.075),
        (-0.142, -0.01),
        (-0.137, -0.11),
        (-0.085, -0.185),
    ]
    veil = brief.has("hijab")
    parts: list[Shape] = []
    if long and not veil:
        drop = draw.uniform(0.30, 0.46)
        parts.append(
            shape(
                [
                    (0.0, -0.27),
                    (0.14, -0.23),
                    (0.20, -0.08),
                    (0.195, 0.10),
                    (0.22, drop),
                    (0.10, drop + 0.03),
                    (-0.10, drop + 0.03),
                    (-0.22, drop),
                    (-0.195, 0.10),
                    (-0.20, -0.08),
                    (-0.14, -0.23),
                ],
                hair,
                turned(hair, light=-0.10),
            )
        )
    parts.append(
        shape(
            [(-0.062, 0.08), (0.062, 0.08), (0.066, 0.26), (0.13, 0.32), (0.0, 0.38), (-0.13, 0.32), (-0.066, 0.26)],
            shade,
            mixed(shade, colours[5], 0.3),
            angle=90.0,
        )
    )
    parts.append(
        shape(
            [
                (0.0, 0.355),
                (0.075, 0.30),
                (0.20, 0.345),
                (0.315, 0.42),
                (0.37, 0.62),
                (0.38, 0.9),
                (-0.38, 0.9),
                (-0.37, 0.62),
                (-0.315, 0.42),
                (-0.20, 0.345),
                (-0.075, 0.30),
            ],
            cloth,
            mixed(cloth, colours[5], 0.5),
            angle=25.0,
        )
    )
    if likely(draw, 0.5):
        collar = mixed(cloth, colours[0], 0.7)
        parts.append(
            shape([(-0.08, 0.30), (0.0, 0.40), (0.08, 0.30), (0.10, 0.325), (0.0, 0.45), (-0.10, 0.325)], collar)
        )
    if not veil:
        for s in (-1, 1):
            ear = [(s * 0.140, -0.03), (s * 0.165, -0.035), (s * 0.160, 0.02), (s * 0.140, 0.045)]
            parts += [shape(ear, shade)]
    parts.append(shape(head, skin, mixed(skin, shade, 0.8), angle=20.0))
    parts.append(
        shape(
            [
                (0.0, -0.19),
                (0.085, -0.185),
                (0.137, -0.11),
                (0.142, -0.01),
                (0.125, 0.075),
                (0.080, 0.145),
                (0.030, 0.178),
                (0.045, 0.10),
                (0.03, 0.03),
                (0.045, -0.04),
            ],
            shade,
            alpha=0.55,
        )
    )
    parts += features(brief, draw, shape, (skin, shade, hair, colours[1]))
    parts += headdress(brief, draw, shape, (hair, cloth, colours), long=long)
    return parts
