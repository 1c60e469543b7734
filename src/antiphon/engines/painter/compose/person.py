"""Portraits in flat shapes: a head and shoulders before a plain ground."""

import math
import random

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.face import Sitter, features, headdress
from antiphon.engines.painter.compose.pattern import inks, ring
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.heavens import Sky
from antiphon.engines.painter.layers import Shape, Shapes
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
    cloth = colours[2] if likely(draw, 0.5) else colours[5]
    long = brief.has("longhair") or (not brief.has("shorthair", "beard") and likely(draw, 0.5))
    shade = mixed(turned(skin, light=-0.13), colours[1], 0.14)
    who = Sitter(x=x, y=0.46, size=size, skin=skin, shade=shade, hair=hair, colours=colours, long=long)
    veiled = brief.has("hijab")
    parts = who.part("long_back", hair, turned(hair, light=-0.10)) if long and not veiled else []
    parts += who.part("neck", shade, who.deep(shade, 0.3), angle=90.0)
    parts += who.part("clothes", cloth, who.deep(cloth), angle=25.0)
    if likely(draw, 0.5):
        parts += who.part("collar", mixed(cloth, colours[0], 0.7))
    if not veiled:
        parts += who.part("ear", shade)
    parts += who.part("head", skin, mixed(skin, shade, 0.8), angle=20.0)
    parts += who.part("shadow", shade, alpha=0.55)
    return [*parts, *features(brief, draw, who), *headdress(brief, draw, who)]
