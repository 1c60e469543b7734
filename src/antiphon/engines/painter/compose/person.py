"""Portraits in flat shapes: a head and shoulders before a plain ground."""

import math
import random
from collections.abc import Callable

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.pattern import inks, ring
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.scene import Light, Point, Scene, Shape, Shapes, Sky

Drawn = Callable[..., Shape]

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
    sky = Sky(stops=(turned(ground, light=0.03), ground, mixed(ground, back, 0.25)), glow=ground, reach=0.5, strength=0.0)
    shapes: list[Shape] = [Shape(points=ring(x, 0.47, 0.40 * size), colour=back, shade=mixed(back, colours[3], 0.6), angle=draw.uniform(40, 130), grain=0.9)]
    shapes += _leaves(draw, x, size, colours) if draw.random() < 0.55 or brief.has("flowers", "forest") else []
    shapes += _figure(brief, draw, x, size, colours)
    light = Light(x=0.0, y=0.2, colour=tone.sun, ambient=ground)
    return Scene(seed=brief.seed, width=brief.width, title=brief.subject, family="portrait", background=ground,
                 layers=(sky, Shapes(depth=0.6, seed=brief.seed, shapes=tuple(shapes))), light=light, grade=grade(brief, tone))


def _leaves(draw: random.Random, x: float, size: float, colours: tuple[Colour, ...]) -> list[Shape]:
    """Leaves around the shoulders."""
    shapes = []
    for side in (-1, 1):
        for number in range(5):
            turn = math.radians(-90 + side * (28 + number * 17 + draw.uniform(-6, 6)))
            foot, long = (x + side * 0.20 * size, 0.86), size * draw.uniform(0.34, 0.5)
            colour = colours[(2, 4, 2, 5, 4)[number]]
            outline = ((0, 0), (0.25, 0.10), (0.6, 0.13), (1.0, 0.0), (0.6, -0.11), (0.25, -0.09))
            points = tuple((foot[0] + long * (a * math.cos(turn) - b * math.sin(turn)), foot[1] + long * (a * math.sin(turn) + b * math.cos(turn))) for a, b in outline)
            shapes.append(Shape(points=points, colour=colour, shade=mixed(colour, colours[0], 0.4), angle=math.degrees(turn), grain=0.9, round=True))
    return shapes


def _figure(brief: Brief, draw: random.Random, x: float, size: float, colours: tuple[Colour, ...]) -> list[Shape]:
    skin = Colour(draw.choice(_SKINS))
    hair = Colour(draw.choice(_HAIRS))
    if brief.has("noir"):
        skin, hair = turned(skin, chroma=0.0), turned(hair, chroma=0.0)
    skin = mixed(skin, colours[1], 0.06)
    shade = mixed(turned(skin, light=-0.13), colours[1], 0.14)
    cloth = colours[2] if draw.random() < 0.5 else colours[5]
    long = brief.has("longhair") or (not brief.has("shorthair", "beard") and draw.random() < 0.5)

    def at(across: float, down: float) -> Point:
        return x + across * size, 0.46 + down * size

    def shape(points: list[tuple[float, float]], colour: Colour, dark: Colour | None = None, **more: float) -> Shape:
        return Shape(points=tuple(at(a, b) for a, b in points), colour=colour, shade=dark, angle=more.get("angle", 15.0), grain=0.55, round=True, alpha=more.get("alpha", 1.0))

    head = [(0.0, -0.205), (0.085, -0.185), (0.137, -0.11), (0.142, -0.01), (0.125, 0.075), (0.080, 0.145), (0.030, 0.178), (0.0, 0.182),
            (-0.030, 0.178), (-0.080, 0.145), (-0.125, 0.075), (-0.142, -0.01), (-0.137, -0.11), (-0.085, -0.185)]
    veil = brief.has("hijab")
    parts: list[Shape] = []
    if long and not veil:
        drop = draw.uniform(0.30, 0.46)
        parts.append(shape([(0.0, -0.27), (0.14, -0.23), (0.20, -0.08), (0.195, 0.10), (0.22, drop), (0.10, drop + 0.03), (-0.10, drop + 0.03), (-0.22, drop), (-0.195, 0.10), (-0.20, -0.08), (-0.14, -0.23)], hair, turned(hair, light=-0.10)))
    parts.append(shape([(-0.062, 0.08), (0.062, 0.08), (0.066, 0.26), (0.13, 0.32), (0.0, 0.38), (-0.13, 0.32), (-0.066, 0.26)], shade, mixed(shade, colours[5], 0.3), angle=90.0))
    parts.append(shape([(0.0, 0.355), (0.075, 0.30), (0.20, 0.345), (0.315, 0.42), (0.37, 0.62), (0.38, 0.9), (-0.38, 0.9), (-0.37, 0.62), (-0.315, 0.42), (-0.20, 0.345), (-0.075, 0.30)], cloth, mixed(cloth, colours[5], 0.5), angle=25.0))
    if draw.random() < 0.5:
        collar = mixed(cloth, colours[0], 0.7)
        parts.append(shape([(-0.08, 0.30), (0.0, 0.40), (0.08, 0.30), (0.10, 0.325), (0.0, 0.45), (-0.10, 0.325)], collar))
    if not veil:
        for side in (-1, 1):
            parts.append(shape([(side * 0.140, -0.03), (side * 0.165, -0.035), (side * 0.160, 0.02), (side * 0.140, 0.045)], shade))
    parts.append(shape(head, skin, mixed(skin, shade, 0.8), angle=20.0))
    parts.append(shape([(0.0, -0.19), (0.085, -0.185), (0.137, -0.11), (0.142, -0.01), (0.125, 0.075), (0.080, 0.145), (0.030, 0.178), (0.045, 0.10), (0.03, 0.03), (0.045, -0.04)], shade, alpha=0.55))
    parts += _features(brief, draw, shape, (skin, shade, hair, colours[1]))
    parts += _top(brief, draw, shape, (hair, cloth, colours), long=long)
    return parts


def _features(brief: Brief, draw: random.Random, shape: Drawn, tints: tuple[Colour, ...]) -> list[Shape]:
    """Brows, eyes, nose, mouth."""
    skin, shade, hair, accent = tints
    ink = mixed(hair, Colour("#15101a"), 0.6)
    closed = draw.random() < 0.45 or brief.has("calm", "dreamy")
    parts: list[Shape] = []
    for side in (-1, 1):
        s = float(side)
        parts.append(shape([(s * 0.030, -0.052), (s * 0.062, -0.068), (s * 0.100, -0.054), (s * 0.100, -0.047), (s * 0.062, -0.057), (s * 0.032, -0.043)], ink))
        if closed:
            parts.append(shape([(s * 0.034, -0.008), (s * 0.064, 0.008), (s * 0.096, -0.010), (s * 0.098, -0.004), (s * 0.064, 0.017), (s * 0.033, -0.001)], ink))
        else:
            parts.append(shape([(s * 0.032, 0.0), (s * 0.050, -0.018), (s * 0.080, -0.018), (s * 0.100, -0.004), (s * 0.080, 0.012), (s * 0.050, 0.012)], Colour("#fbf4ea")))
            parts.append(shape([(s * 0.065 + 0.016 * math.cos(t), -0.003 + 0.016 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5)], ink))
            parts.append(shape([(s * 0.030, -0.002), (s * 0.050, -0.021), (s * 0.082, -0.021), (s * 0.104, -0.006), (s * 0.080, -0.014), (s * 0.052, -0.014)], ink))
        parts.append(shape([(s * 0.085 + 0.026 * math.cos(t), 0.052 + 0.017 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5)], accent, alpha=0.20))
    parts.append(shape([(0.004, -0.03), (0.012, 0.03), (0.030, 0.062), (0.012, 0.074), (-0.012, 0.070), (0.0, 0.058)], mixed(shade, accent, 0.12), alpha=0.8))
    lips = mixed(mixed(skin, accent, 0.55), Colour("#a03a40"), 0.4)
    parts.append(shape([(-0.046, 0.112), (-0.018, 0.100), (0.0, 0.105), (0.018, 0.100), (0.046, 0.112), (0.020, 0.116), (-0.020, 0.116)], turned(lips, light=-0.06)))
    parts.append(shape([(-0.044, 0.113), (0.0, 0.117), (0.044, 0.113), (0.020, 0.134), (-0.020, 0.134)], lips))
    if brief.has("beard"):
        beard = mixed(hair, shade, 0.12)
        parts.append(shape([(-0.128, 0.03), (-0.10, 0.09), (-0.05, 0.088), (0.0, 0.094), (0.05, 0.088), (0.10, 0.09), (0.128, 0.03), (0.122, 0.12), (0.075, 0.20), (0.0, 0.225), (-0.075, 0.20), (-0.122, 0.12)], beard, turned(beard, light=-0.06)))
        parts.append(shape([(-0.040, 0.116), (0.0, 0.120), (0.040, 0.116), (0.016, 0.132), (-0.016, 0.132)], lips))
    if brief.has("glasses"):
        for side in (-1, 1):
            parts.append(shape([(side * 0.066 + 0.052 * math.cos(t / 12 * 6.283), -0.002 + 0.044 * math.sin(t / 12 * 6.283)) for t in range(12)], ink, alpha=0.92))
            parts.append(shape([(side * 0.066 + 0.030 * math.cos(2.6 + t / 9), -0.002 + 0.028 * math.sin(2.6 + t / 9)) for t in range(9)], Colour("#ffffff"), alpha=0.25))
        parts.append(shape([(-0.018, -0.012), (0.0, -0.018), (0.018, -0.012), (0.018, -0.006), (0.0, -0.011), (-0.018, -0.006)], ink))
    return parts


def _top(brief: Brief, draw: random.Random, shape: Drawn, tints: tuple[Colour, Colour, tuple[Colour, ...]], *, long: bool) -> list[Shape]:
    """Hair, and what is worn on it."""
    hair, cloth, colours = tints
    dark = turned(hair, light=-0.09)
    if brief.has("hijab"):
        scarf = mixed(colours[2], colours[4], 0.3)
        return [
            shape([(0.0, -0.26), (0.12, -0.235), (0.185, -0.13), (0.19, 0.02), (0.165, 0.16), (0.20, 0.36), (0.0, 0.44), (-0.20, 0.36), (-0.165, 0.16), (-0.19, 0.02), (-0.185, -0.13), (-0.12, -0.235), (-0.06, -0.25), (-0.085, -0.17), (-0.122, -0.08), (-0.122, 0.06), (-0.075, 0.15), (0.0, 0.195), (0.075, 0.15), (0.122, 0.06), (0.122, -0.08), (0.085, -0.16), (0.0, -0.185), (-0.085, -0.16), (-0.06, -0.25)], scarf, mixed(scarf, colours[5], 0.55), angle=30.0),
            shape([(-0.13, 0.17), (0.0, 0.22), (0.13, 0.17), (0.19, 0.33), (0.05, 0.42), (-0.16, 0.37)], mixed(scarf, colours[0], 0.12), mixed(scarf, colours[5], 0.45), angle=60.0),
        ]
    part = draw.choice((-0.05, 0.0, 0.06))
    if long:
        fringe = [(part, -0.262), (0.11, -0.245), (0.175, -0.15), (0.182, 0.03), (0.165, 0.15), (0.150, 0.02), (0.118, -0.09), (part + 0.03, -0.165), (-0.112, -0.08), (-0.148, 0.02), (-0.165, 0.15), (-0.182, 0.03), (-0.175, -0.15), (-0.11, -0.245)]
    else:
        high = draw.uniform(0.26, 0.31)
        fringe = [(part, -high), (0.10, -0.262), (0.163, -0.17), (0.158, -0.04), (0.140, -0.06), (0.122, -0.125), (0.04, -0.150 + draw.uniform(-0.02, 0.02)), (-0.09, -0.135), (-0.128, -0.10), (-0.143, -0.05), (-0.158, -0.04), (-0.163, -0.17), (-0.10, -0.262)]
    parts = [shape(fringe, mixed(hair, colours[1], 0.10), dark, angle=30.0)]
    if brief.has("hat"):
        felt = colours[4]
        parts.append(shape([(-0.29, -0.135), (-0.15, -0.185), (0.15, -0.185), (0.29, -0.135), (0.14, -0.125), (-0.14, -0.125)], felt, mixed(felt, colours[5], 0.6)))
        parts.append(shape([(-0.15, -0.165), (-0.145, -0.29), (-0.06, -0.325), (0.06, -0.325), (0.145, -0.29), (0.15, -0.165), (0.0, -0.150)], felt, mixed(felt, colours[5], 0.5)))
    if brief.has("crown"):
        gold = Colour("#e9b53c")
        zigzag = [(-0.15, -0.20), (-0.165, -0.33), (-0.085, -0.265), (0.0, -0.37), (0.085, -0.265), (0.165, -0.33), (0.15, -0.20), (0.0, -0.185)]
        crown = shape(zigzag, gold, mixed(gold, colours[5], 0.45))
        parts.append(Shape(points=crown.points, colour=gold, shade=crown.shade, angle=30.0, grain=0.5))
    if brief.has("headphones") or (brief.has("waves") and draw.random() < 0.7):
        case = colours[1]
        band = [(0.205 * math.cos(math.radians(a)), -0.04 + 0.245 * math.sin(math.radians(a))) for a in range(180, 361, 12)]
        inner = [(0.186 * math.cos(math.radians(a)), -0.04 + 0.225 * math.sin(math.radians(a))) for a in range(360, 179, -12)]
        parts.append(shape([*band, *inner], mixed(case, colours[5], 0.4)))
        parts += [shape([(s * 0.150, -0.075), (s * 0.215, -0.065), (s * 0.222, 0.035), (s * 0.150, 0.045)], case, mixed(case, colours[5], 0.5)) for s in (-1, 1)]
    if brief.has("flowers") and not brief.has("hat", "crown"):
        for number in range(5):
            a = math.radians(200 + number * 35)
            middle = 0.165 * math.cos(a), -0.06 + 0.19 * math.sin(a)
            for petal in range(5):
                t = 2 * math.pi * petal / 5 + number
                parts.append(shape([(middle[0] + 0.026 * math.cos(t) + 0.019 * math.cos(u), middle[1] + 0.026 * math.sin(t) + 0.019 * math.sin(u)) for u in (0, 1.05, 2.1, 3.14, 4.2, 5.2)], colours[1 + number % 3]))
            parts.append(shape([(middle[0] + 0.013 * math.cos(u), middle[1] + 0.013 * math.sin(u)) for u in (0, 1.05, 2.1, 3.14, 4.2, 5.2)], colours[3]))
    del cloth
    return parts
