"""Where plants stand: in rows, in groups, by themselves."""

import random

from antiphon.engines.painter.layers import Plant

_SEEDS = 3600
_GROUPED = 0.6
"""The share of the plants of a row that stand in groups."""


def row(
    draw: random.Random, *, width: float, count: int, y: tuple[float, float], height: tuple[float, float]
) -> tuple[Plant, ...]:
    """Plants all over the width, the nearest last.

    Args:
        draw: What chance they are drawn from.
        width: Of the picture.
        count: How many in a square as high as the picture.
        y: Where their feet are, from the farthest to the nearest.
        height: From the lowest to the highest.
    """
    total = max(1, round(count * (width + 0.2)))
    middles = [draw.uniform(-0.1, width + 0.1) for _ in range(max(2, total // 9))]
    plants = []
    for _ in range(total):
        near = draw.random() < _GROUPED
        x = draw.gauss(draw.choice(middles), 0.05) if near else draw.uniform(-0.1, width + 0.1)
        tall = height[0] + (height[1] - height[0]) * draw.random() ** 1.5
        plants.append(
            Plant(x=x, y=draw.uniform(*y), height=tall, seed=draw.randrange(_SEEDS), lean=draw.uniform(-0.03, 0.03))
        )
    return tuple(sorted(plants, key=lambda plant: plant.y))


def groups(
    draw: random.Random,
    *,
    width: float,
    count: int,
    y: tuple[float, float],
    height: tuple[float, float],
    gap: tuple[float, float],
) -> tuple[Plant, ...]:
    """Plants in groups of a few, none of them between the two places of `gap`."""
    plants: list[Plant] = []
    for _ in range(count):
        middle = draw.uniform(-0.05, width + 0.05)
        if gap[0] < middle < gap[1]:
            continue
        foot, tall = draw.uniform(*y), draw.uniform(*height)
        plants += [
            Plant(
                x=middle + draw.gauss(0.0, 0.35) * tall,
                y=foot + draw.uniform(-0.01, 0.012),
                height=tall * draw.uniform(0.55, 1.1),
                seed=draw.randrange(_SEEDS),
                lean=draw.uniform(-0.04, 0.04),
            )
            for _ in range(draw.randint(2, 6))
        ]
    return tuple(sorted(plants, key=lambda plant: plant.y))


def framing(draw: random.Random, *, width: float, side: float, y: float, height: float) -> tuple[Plant, ...]:
    """Two to four large plants at one edge of the picture, where `side` is below or above its middle."""
    at = 0.02 if side < width / 2 else width - 0.02
    inward = 1 if side < width / 2 else -1
    plants = [
        Plant(
            x=at + inward * number * height * draw.uniform(0.16, 0.28),
            y=y + 0.02 * number,
            height=height * (1 - 0.22 * number) * draw.uniform(0.85, 1.1),
            seed=draw.randrange(_SEEDS),
            lean=draw.uniform(-0.03, 0.03),
        )
        for number in range(draw.randint(2, 4))
    ]
    return tuple(sorted(plants, key=lambda plant: plant.y))
