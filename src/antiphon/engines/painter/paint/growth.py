"""What plants look like: outlines of stems and leaves, the foot at (0, 0), the top at (0, -1)."""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.layers import Sort
from antiphon.engines.painter.paint.sheet import Outline, thick

Part = Literal["wood", "dark", "leaf", "lit", "bright", "snow", "blossom"]

VARIANTS = 12
"""Of each sort; a plant is one of them, mirrored or not, and leaning."""


_SHADED, _TURNED_AWAY = -0.2, -0.9
"""Angles of a palm's fronds, in radians from straight up, away from the light."""


class Bit(NamedTuple):
    """A polygon of a plant: what it is, and its outline in heights of the plant."""

    part: Part
    outline: Outline


@functools.lru_cache(maxsize=256)
def grown(sort: Sort, variant: int) -> tuple[Bit, ...]:
    """The polygons of a plant that is lit from the right, in the order in which they are painted."""
    return tuple(_SORTS[sort](grains(variant, f"plant {sort}")))


def _outline(points: list[tuple[float, float]]) -> Outline:
    return np.array(points, np.float32)


def _blob(draw: np.random.Generator, x: float, y: float, radius: float, corners: int = 11) -> Outline:
    """A lump of leaves."""
    turn = np.linspace(0, 2 * math.pi, corners, endpoint=False) + draw.uniform(0, 1)
    reach = radius * draw.uniform(0.80, 1.12, corners)
    return np.stack([x + np.cos(turn) * reach, y + np.sin(turn) * reach * 0.86], axis=1).astype(np.float32)


def _conifer(draw: np.random.Generator) -> list[Bit]:
    """Tiers of hanging branches, each over the one below, lit from the right."""
    tiers, spread = int(draw.integers(13, 18)), draw.uniform(0.14, 0.19)
    bits = [Bit("wood", _outline([(-0.012, 0), (0.012, 0), (0.008, -0.4), (-0.008, -0.4)]))]
    for tier in range(tiers):
        share = tier / tiers
        low, high = -0.05 - 0.91 * share, -0.05 - 0.91 * min(1.0, share + 2.6 / tiers)
        reach = spread * (1 - share) ** 0.9 * draw.uniform(0.82, 1.18) + 0.010
        across = np.linspace(-1, 1, 13)
        hang = (
            low
            + (0.030 * (1 - share) + 0.006) * np.abs(across)
            - np.where(np.arange(13) % 2 == 0, 0.0, 0.020 * (1 - 0.6 * share))
        )
        hang = hang + draw.uniform(-0.006, 0.006, 13)
        edge = [(float(a * reach * draw.uniform(0.88, 1.1)), float(h)) for a, h in zip(across, hang, strict=True)]
        bits.append(Bit("dark", _outline([(x * 0.96, y + 0.008) for x, y in edge] + [(0.0, high)])))
        bits.append(Bit("leaf", _outline([*[(x, y - 0.006) for x, y in edge], (0.004, high), (-0.004, high)])))
        lit = [(x, y - 0.008) for x, y in edge if x > reach * 0.05]
        bits.append(Bit("lit", _outline([*lit, (0.004, high + 0.01), (reach * 0.10, low - 0.020)])))
        bits.append(Bit("snow", _outline([*[(x * 0.86, y - 0.016) for x, y in edge], (0.0, high + 0.02)])))
    bits.append(Bit("leaf", _outline([(-0.006, -0.93), (0.006, -0.93), (0.0, -1.0)])))
    return bits


def _crown(draw: np.random.Generator, middle: float, wide: float, high: float, count: int) -> list[Bit]:
    """Leaves around a middle: dark below and behind, bright where the light comes from."""
    lumps = []
    for _ in range(count):
        turn, far = draw.uniform(0, 2 * math.pi), math.sqrt(draw.uniform(0, 1)) * 0.86
        lumps.append((math.cos(turn) * far, math.sin(turn) * far))
    bits = [Bit("dark", _blob(draw, x * wide, middle + y * high, wide * draw.uniform(0.22, 0.31))) for x, y in lumps]
    parts: tuple[tuple[Part, float, float], ...] = (
        ("leaf", -0.35, 0.20),
        ("lit", 0.18, 0.135),
        ("bright", 0.62, 0.075),
    )
    for part, least, size in parts:
        for x, y in lumps:
            if 0.6 * x - 0.9 * y + draw.uniform(-0.25, 0.25) > least:
                place = (x + 0.08) * wide, middle + (y - 0.10) * high
                bits.append(Bit(part, _blob(draw, *place, wide * size * draw.uniform(0.7, 1.15))))
    for x, y in lumps[:: max(1, count // 26)]:
        bits.append(Bit("blossom", _blob(draw, x * wide * 0.95, middle + y * high * 0.9, wide * 0.055, 7)))
    return bits


def _boughs(
    draw: np.random.Generator, start: tuple[float, float], *, angle: float, length: float, width: float, left: int
) -> list[Bit]:
    """A branch and those that grow out of it."""
    steps = np.linspace(0, 1, 5, dtype=np.float32)
    bend = draw.uniform(-0.35, 0.35)
    turn = angle + bend * steps
    points = np.stack([start[0] + np.sin(turn) * length * steps, start[1] - np.cos(turn) * length * steps], axis=1)
    bits = [Bit("wood", thick(points.astype(np.float32), (width * (1 - 0.45 * steps)).astype(np.float32)))]
    if left == 0 or length < 0.02:  # noqa: PLR2004 - a twig
        return bits
    for side in (-1, 1) if left > 1 else (-1, 0, 1):
        at = points[-1] if draw.random() < 0.7 else points[3]  # noqa: PLR2004 - most fork at their ends
        bits += _boughs(
            draw,
            (float(at[0]), float(at[1])),
            angle=angle + bend * 0.6 + side * draw.uniform(0.3, 0.62),
            length=length * draw.uniform(0.62, 0.82),
            width=width * 0.58,
            left=left - 1,
        )
    return bits


def _round(draw: np.random.Generator) -> list[Bit]:
    stem = _boughs(draw, (0.0, 0.0), angle=draw.uniform(-0.08, 0.08), length=0.34, width=0.05, left=2)
    wide, high = draw.uniform(0.30, 0.40), draw.uniform(0.27, 0.33)
    return [*stem, *_crown(draw, -0.66, wide, high, 72)]


def _bush(draw: np.random.Generator) -> list[Bit]:
    return _crown(draw, -0.45, draw.uniform(0.6, 0.9), 0.45, 42)


def _birch(draw: np.random.Generator) -> list[Bit]:
    steps = np.linspace(0, 1, 6, dtype=np.float32)
    lean = draw.uniform(-0.06, 0.06)
    stem = np.stack([lean * steps**2, -0.9 * steps], axis=1).astype(np.float32)
    bits = [Bit("wood", thick(stem, (0.034 * (1 - 0.75 * steps)).astype(np.float32)))]
    for _ in range(12):
        y = -draw.uniform(0.03, 0.7)
        bits.append(
            Bit(
                "dark",
                _outline(
                    [
                        (lean * y * y - 0.014, y),
                        (lean * y * y + draw.uniform(-0.004, 0.012), y - 0.004),
                        (lean * y * y - 0.014, y - 0.010),
                    ]
                ),
            )
        )
    return [*bits, *_crown(draw, -0.68, 0.17, 0.30, 70)]


def _bare(draw: np.random.Generator) -> list[Bit]:
    return _boughs(draw, (0.0, 0.0), angle=draw.uniform(-0.12, 0.12), length=0.32, width=0.055, left=6)


def _cypress(draw: np.random.Generator) -> list[Bit]:
    steps = np.linspace(0, 1, 14)
    half = 0.085 * np.sin(np.pi * (0.12 + 0.88 * steps) ** 0.8) + 0.004
    left = [(-float(h * draw.uniform(0.85, 1.15)), -0.04 - 0.96 * float(s)) for h, s in zip(half, steps, strict=True)]
    right = [(float(h * draw.uniform(0.85, 1.15)), -0.04 - 0.96 * float(s)) for h, s in zip(half, steps, strict=True)]
    lit = [(x, y) for x, y in right]
    return [
        Bit("wood", _outline([(-0.01, 0), (0.01, 0), (0.008, -0.1), (-0.008, -0.1)])),
        Bit("leaf", _outline([*left, *right[::-1]])),
        Bit("lit", _outline([*lit, *[(x * 0.25, y) for x, y in right[::-1]]])),
    ]


def _palm(draw: np.random.Generator) -> list[Bit]:
    """A bent stem and feathers that hang in arcs."""
    steps = np.linspace(0, 1, 12, dtype=np.float32)
    lean = draw.uniform(0.08, 0.26)
    stem = np.stack([lean * steps**1.7, -0.78 * steps], axis=1).astype(np.float32)
    bits: list[Bit] = []
    top = stem[-1]
    fronds = int(draw.integers(9, 12))
    turns = np.linspace(-1.9, 1.9, fronds) + draw.uniform(-0.12, 0.12, fronds)
    order = np.argsort(-np.abs(turns))
    for index in order:
        bits += _frond(draw, top, float(turns[index]))
        if index == order[fronds // 3]:
            bits.append(Bit("wood", thick(stem, (0.034 - 0.014 * steps).astype(np.float32))))
    return bits


def _frond(draw: np.random.Generator, top: Outline, turn: float) -> list[Bit]:
    steps = np.linspace(0, 1, 12)
    length = draw.uniform(0.30, 0.40)
    x = np.sin(turn) * length * steps
    y = -np.cos(turn * 0.62) * length * 0.55 * steps + (0.30 + 0.10 * abs(turn)) * length * steps**2.4 * 1.5
    upper, lower = [], []
    for index, share in enumerate(steps):
        wide = 0.052 * math.sin(math.pi * (0.08 + 0.90 * share)) + 0.004
        cut = 1.0 if index % 2 == 0 else 0.45
        upper.append((float(top[0] + x[index]), float(top[1] + y[index] - wide * 0.35)))
        lower.append((float(top[0] + x[index] + 0.012 * np.sign(turn)), float(top[1] + y[index] + wide * cut * 1.25)))
    whole = Bit("leaf" if turn > _SHADED else "dark", _outline([*upper, *lower[::-1]]))
    spine = [(a, b + 0.006) for a, b in upper]
    return (
        [whole, Bit("lit", _outline([*upper, *[(a, b + 0.008) for a, b in spine[::-1]]]))]
        if turn > _TURNED_AWAY
        else [whole]
    )


def _reed(draw: np.random.Generator) -> list[Bit]:
    bits = []
    for _ in range(9):
        foot, lean, high = draw.uniform(-0.22, 0.22), draw.uniform(-0.2, 0.2), draw.uniform(0.5, 1.0)
        steps = np.linspace(0, 1, 6, dtype=np.float32)
        points = np.stack([foot + lean * steps**2, -high * steps], axis=1).astype(np.float32)
        part: Part = "lit" if draw.random() < 0.35 else "leaf"  # noqa: PLR2004 - a third
        bits.append(Bit(part, thick(points, (0.016 * (1.05 - steps)).astype(np.float32))))
        if draw.random() < 0.3:  # noqa: PLR2004 - as above
            head = np.stack([points[-1], points[-1] + (0.0, 0.12)]).astype(np.float32)
            bits.append(Bit("wood", thick(head, np.full(2, 0.026, np.float32))))
    return bits


def _grass(draw: np.random.Generator) -> list[Bit]:
    bits = []
    for _ in range(16):
        foot, lean, high = draw.uniform(-0.8, 0.8), draw.uniform(-0.5, 0.5), draw.uniform(0.35, 1.0)
        steps = np.linspace(0, 1, 5, dtype=np.float32)
        points = np.stack([foot + lean * steps**1.8, -high * steps], axis=1).astype(np.float32)
        part: Part = ("dark", "leaf", "lit")[int(draw.integers(0, 3))]
        bits.append(Bit(part, thick(points, (0.06 * (1.04 - steps)).astype(np.float32))))
        if draw.random() < 0.22:  # noqa: PLR2004 - one in five
            bits.append(Bit("blossom", _blob(draw, float(points[-1][0]), float(points[-1][1]), 0.11, 8)))
    return bits


def _cactus(draw: np.random.Generator) -> list[Bit]:
    def arm(points: list[tuple[float, float]], width: float) -> list[Bit]:
        line_ = _outline(points)
        widths = np.full(len(points), width, np.float32)
        widths[-1] *= 0.55
        lit = line_ + np.array([width * 0.24, 0.0], np.float32)
        return [Bit("leaf", thick(line_, widths)), Bit("lit", thick(lit, widths * np.float32(0.36)))]

    bits = arm([(0, 0), (0, -0.3), (0, -0.6), (0, -0.95), (0, -1.0)], 0.13)
    for side in (-1, 1):
        low, out = -draw.uniform(0.30, 0.52), draw.uniform(0.17, 0.24)
        high = low - draw.uniform(0.22, 0.36)
        bits += arm(
            [
                (0, low),
                (side * out * 0.7, low - 0.01),
                (side * out, low - 0.07),
                (side * out, high),
                (side * out, high - 0.03),
            ],
            0.085,
        )
    return bits


def _trunk(draw: np.random.Generator) -> list[Bit]:
    """The lower part of a tall tree, seen from near."""
    steps = np.linspace(0, 1, 10, dtype=np.float32)
    lean = draw.uniform(-0.05, 0.05)
    points = np.stack([lean * steps, -1.0 * steps], axis=1).astype(np.float32)
    widths = (0.075 * (1 - 0.35 * steps) + 0.09 * np.exp(-steps * 22)).astype(np.float32)
    shift = np.array([0.016, 0.0], np.float32)
    bits = [Bit("wood", thick(points, widths)), Bit("dark", thick(points - shift, widths * np.float32(0.45)))]
    bits.append(Bit("lit", thick(points + shift * np.float32(1.35), widths * np.float32(0.14))))
    for _ in range(5):
        at = draw.uniform(0.35, 0.95)
        side = draw.choice((-1.0, 1.0))
        bits += _boughs(
            draw,
            (lean * at, -at),
            angle=float(side) * draw.uniform(0.9, 1.35),
            length=draw.uniform(0.06, 0.13),
            width=0.014,
            left=2,
        )
    return bits


_SORTS: Mapping[Sort, Callable[[np.random.Generator], list[Bit]]] = {
    "conifer": _conifer,
    "round": _round,
    "palm": _palm,
    "bare": _bare,
    "birch": _birch,
    "cypress": _cypress,
    "bush": _bush,
    "reed": _reed,
    "cactus": _cactus,
    "trunk": _trunk,
    "grass": _grass,
}
