"""Faces: brows, eyes, mouths, and what is worn on heads."""

import math
import random
from collections.abc import Callable

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import likely
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.layers import Shape

Drawn = Callable[..., Shape]


def features(brief: Brief, draw: random.Random, shape: Drawn, tints: tuple[Colour, ...]) -> list[Shape]:
    """Brows, eyes, nose, mouth."""
    skin, shade, hair, accent = tints
    ink = mixed(hair, Colour("#15101a"), 0.6)
    closed = likely(draw, 0.45) or brief.has("calm", "dreamy")
    parts: list[Shape] = []
    for side in (-1, 1):
        s = float(side)
        parts.append(
            shape(
                [
                    (s * 0.030, -0.052),
                    (s * 0.062, -0.068),
                    (s * 0.100, -0.054),
                    (s * 0.100, -0.047),
                    (s * 0.062, -0.057),
                    (s * 0.032, -0.043),
                ],
                ink,
            )
        )
        if closed:
            parts.append(
                shape(
                    [
                        (s * 0.034, -0.008),
                        (s * 0.064, 0.008),
                        (s * 0.096, -0.010),
                        (s * 0.098, -0.004),
                        (s * 0.064, 0.017),
                        (s * 0.033, -0.001),
                    ],
                    ink,
                )
            )
        else:
            parts.append(
                shape(
                    [
                        (s * 0.032, 0.0),
                        (s * 0.050, -0.018),
                        (s * 0.080, -0.018),
                        (s * 0.100, -0.004),
                        (s * 0.080, 0.012),
                        (s * 0.050, 0.012),
                    ],
                    Colour("#fbf4ea"),
                )
            )
            parts.append(
                shape(
                    [(s * 0.065 + 0.016 * math.cos(t), -0.003 + 0.016 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5)], ink
                )
            )
            parts.append(
                shape(
                    [
                        (s * 0.030, -0.002),
                        (s * 0.050, -0.021),
                        (s * 0.082, -0.021),
                        (s * 0.104, -0.006),
                        (s * 0.080, -0.014),
                        (s * 0.052, -0.014),
                    ],
                    ink,
                )
            )
        parts.append(
            shape(
                [(s * 0.085 + 0.026 * math.cos(t), 0.052 + 0.017 * math.sin(t)) for t in (0, 1, 2, 3, 4, 5)],
                accent,
                alpha=0.20,
            )
        )
    parts.append(
        shape(
            [(0.004, -0.03), (0.012, 0.03), (0.030, 0.062), (0.012, 0.074), (-0.012, 0.070), (0.0, 0.058)],
            mixed(shade, accent, 0.12),
            alpha=0.8,
        )
    )
    lips = mixed(mixed(skin, accent, 0.55), Colour("#a03a40"), 0.4)
    parts.append(
        shape(
            [
                (-0.046, 0.112),
                (-0.018, 0.100),
                (0.0, 0.105),
                (0.018, 0.100),
                (0.046, 0.112),
                (0.020, 0.116),
                (-0.020, 0.116),
            ],
            turned(lips, light=-0.06),
        )
    )
    parts.append(shape([(-0.044, 0.113), (0.0, 0.117), (0.044, 0.113), (0.020, 0.134), (-0.020, 0.134)], lips))
    if brief.has("beard"):
        beard = mixed(hair, shade, 0.12)
        parts.append(
            shape(
                [
                    (-0.128, 0.03),
                    (-0.10, 0.09),
                    (-0.05, 0.088),
                    (0.0, 0.094),
                    (0.05, 0.088),
                    (0.10, 0.09),
                    (0.128, 0.03),
                    (0.122, 0.12),
                    (0.075, 0.20),
                    (0.0, 0.225),
                    (-0.075, 0.20),
                    (-0.122, 0.12),
                ],
                beard,
                turned(beard, light=-0.06),
            )
        )
        parts.append(shape([(-0.040, 0.116), (0.0, 0.120), (0.040, 0.116), (0.016, 0.132), (-0.016, 0.132)], lips))
    if brief.has("glasses"):
        for side in (-1, 1):
            parts.append(
                shape(
                    [
                        (side * 0.066 + 0.052 * math.cos(t / 12 * 6.283), -0.002 + 0.044 * math.sin(t / 12 * 6.283))
                        for t in range(12)
                    ],
                    ink,
                    alpha=0.92,
                )
            )
            parts.append(
                shape(
                    [
                        (side * 0.066 + 0.030 * math.cos(2.6 + t / 9), -0.002 + 0.028 * math.sin(2.6 + t / 9))
                        for t in range(9)
                    ],
                    Colour("#ffffff"),
                    alpha=0.25,
                )
            )
        parts.append(
            shape(
                [(-0.018, -0.012), (0.0, -0.018), (0.018, -0.012), (0.018, -0.006), (0.0, -0.011), (-0.018, -0.006)],
                ink,
            )
        )
    return parts


def headdress(
    brief: Brief, draw: random.Random, shape: Drawn, tints: tuple[Colour, Colour, tuple[Colour, ...]], *, long: bool
) -> list[Shape]:
    """Hair, and what is worn on it."""
    hair, cloth, colours = tints
    dark = turned(hair, light=-0.09)
    if brief.has("hijab"):
        scarf = mixed(colours[2], colours[4], 0.3)
        return [
            shape(
                [
                    (0.0, -0.26),
                    (0.12, -0.235),
                    (0.185, -0.13),
                    (0.19, 0.02),
                    (0.165, 0.16),
                    (0.20, 0.36),
                    (0.0, 0.44),
                    (-0.20, 0.36),
                    (-0.165, 0.16),
                    (-0.19, 0.02),
                    (-0.185, -0.13),
                    (-0.12, -0.235),
                    (-0.06, -0.25),
                    (-0.085, -0.17),
                    (-0.122, -0.08),
                    (-0.122, 0.06),
                    (-0.075, 0.15),
                    (0.0, 0.195),
                    (0.075, 0.15),
                    (0.122, 0.06),
                    (0.122, -0.08),
                    (0.085, -0.16),
                    (0.0, -0.185),
                    (-0.085, -0.16),
                    (-0.06, -0.25),
                ],
                scarf,
                mixed(scarf, colours[5], 0.55),
                angle=30.0,
            ),
            shape(
                [(-0.13, 0.17), (0.0, 0.22), (0.13, 0.17), (0.19, 0.33), (0.05, 0.42), (-0.16, 0.37)],
                mixed(scarf, colours[0], 0.12),
                mixed(scarf, colours[5], 0.45),
                angle=60.0,
            ),
        ]
    part = draw.choice((-0.05, 0.0, 0.06))
    if long:
        fringe = [
            (part, -0.262),
            (0.11, -0.245),
            (0.175, -0.15),
            (0.182, 0.03),
            (0.165, 0.15),
            (0.150, 0.02),
            (0.118, -0.09),
            (part + 0.03, -0.165),
            (-0.112, -0.08),
            (-0.148, 0.02),
            (-0.165, 0.15),
            (-0.182, 0.03),
            (-0.175, -0.15),
            (-0.11, -0.245),
        ]
    else:
        high = draw.uniform(0.26, 0.31)
        fringe = [
            (part, -high),
            (0.10, -0.262),
            (0.163, -0.17),
            (0.158, -0.04),
            (0.140, -0.06),
            (0.122, -0.125),
            (0.04, -0.150 + draw.uniform(-0.02, 0.02)),
            (-0.09, -0.135),
            (-0.128, -0.10),
            (-0.143, -0.05),
            (-0.158, -0.04),
            (-0.163, -0.17),
            (-0.10, -0.262),
        ]
    parts = [shape(fringe, mixed(hair, colours[1], 0.10), dark, angle=30.0)]
    if brief.has("hat"):
        felt = colours[4]
        parts.append(
            shape(
                [(-0.29, -0.135), (-0.15, -0.185), (0.15, -0.185), (0.29, -0.135), (0.14, -0.125), (-0.14, -0.125)],
                felt,
                mixed(felt, colours[5], 0.6),
            )
        )
        parts.append(
            shape(
                [
                    (-0.15, -0.165),
                    (-0.145, -0.29),
                    (-0.06, -0.325),
                    (0.06, -0.325),
                    (0.145, -0.29),
                    (0.15, -0.165),
                    (0.0, -0.150),
                ],
                felt,
                mixed(felt, colours[5], 0.5),
            )
        )
    if brief.has("crown"):
        gold = Colour("#e9b53c")
        zigzag = [
            (-0.15, -0.20),
            (-0.165, -0.33),
            (-0.085, -0.265),
            (0.0, -0.37),
            (0.085, -0.265),
            (0.165, -0.33),
            (0.15, -0.20),
            (0.0, -0.185),
        ]
        crown = shape(zigzag, gold, mixed(gold, colours[5], 0.45))
        parts.append(Shape(points=crown.points, colour=gold, shade=crown.shade, angle=30.0, grain=0.5))
    if brief.has("headphones") or (brief.has("waves") and likely(draw, 0.7)):
        case = colours[1]
        band = [
            (0.205 * math.cos(math.radians(a)), -0.04 + 0.245 * math.sin(math.radians(a))) for a in range(180, 361, 12)
        ]
        inner = [
            (0.186 * math.cos(math.radians(a)), -0.04 + 0.225 * math.sin(math.radians(a))) for a in range(360, 179, -12)
        ]
        parts.append(shape([*band, *inner], mixed(case, colours[5], 0.4)))
        parts += [
            shape(
                [(s * 0.150, -0.075), (s * 0.215, -0.065), (s * 0.222, 0.035), (s * 0.150, 0.045)],
                case,
                mixed(case, colours[5], 0.5),
            )
            for s in (-1, 1)
        ]
    if brief.has("flowers") and not brief.has("hat", "crown"):
        for number in range(5):
            a = math.radians(200 + number * 35)
            middle = 0.165 * math.cos(a), -0.06 + 0.19 * math.sin(a)
            for petal in range(5):
                t = 2 * math.pi * petal / 5 + number
                parts.append(
                    shape(
                        [
                            (
                                middle[0] + 0.026 * math.cos(t) + 0.019 * math.cos(u),
                                middle[1] + 0.026 * math.sin(t) + 0.019 * math.sin(u),
                            )
                            for u in (0, 1.05, 2.1, 3.14, 4.2, 5.2)
                        ],
                        colours[1 + number % 3],
                    )
                )
            parts.append(
                shape(
                    [
                        (middle[0] + 0.013 * math.cos(u), middle[1] + 0.013 * math.sin(u))
                        for u in (0, 1.05, 2.1, 3.14, 4.2, 5.2)
                    ],
                    colours[3],
                )
            )
    del cloth
    return parts
