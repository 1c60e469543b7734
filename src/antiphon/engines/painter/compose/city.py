"""Cities: rows of houses that fade into the light behind them, and what lies before them."""

import random

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage, finished, stage
from antiphon.engines.painter.compose.foreground import above
from antiphon.engines.painter.compose.land import ranges
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.layers import Building, Buildings, Layer, Mist, Shape, Shapes, Top, Water
from antiphon.engines.painter.scene import Scene

_LAMPS = (Colour("#ffd98a"), Colour("#ffc163"), Colour("#fff0c4"), Colour("#ffb066"))
_LOW_TOPS: tuple[Top, ...] = ("flat", "tank", "gable")
_NEON = (Colour("#3fe7ff"), Colour("#ff58b0"), Colour("#ffd166"), Colour("#9d7bff"))


def city(brief: Brief) -> Scene:
    """A skyline in three rows, over water, roofs or a street."""
    draw = chance(brief.seed, "city")
    set_ = stage(
        brief,
        tones(brief, times=("dusk", "sunset", "night", "golden", "dawn", "day")),
        horizon=draw.uniform(0.62, 0.68),
        opposite=True,
    )
    water = brief.has("sea", "lake", "river", "bridge", "boat") or likely(draw, 0.55)
    foot = set_.horizon + 0.06 if water else 0.90
    layers: list[Layer] = ranges(set_, 0.2) if brief.has("mountain") else []
    for number, (count, tall, air) in enumerate(
        ((30, 0.26, 0.62), (22, 0.36, 0.32), (15, 0.40 if water else 0.30, 0.0))
    ):
        layers.append(_row(set_, number, count=count, tall=tall, air=air, foot=foot))
        if number < 2:  # noqa: PLR2004 - the first two rows
            layers.append(
                Mist(
                    depth=0.2 + 0.15 * number,
                    seed=brief.seed + number,
                    y=foot - 0.05,
                    height=0.16,
                    colour=mixed(set_.tones.horizon, set_.tones.far, 0.3),
                    density=0.5 - 0.15 * number,
                )
            )
    if brief.has("bridge"):
        layers.append(_bridge(set_, foot))
    if water:
        tone = set_.tones
        layers.append(
            Water(
                depth=0.6,
                seed=brief.seed,
                top=foot,
                near=mixed(tone.water[0], tone.near, 0.4),
                far=mixed(tone.water[1], tone.mid, 0.3),
                light=mixed(tone.sun, tone.horizon, 0.5),
                calm=0.62,
                reflect=0.85,
                glint=0.2,
            )
        )
        layers.insert(len(layers) - 1, _quay(set_, foot))
    else:
        layers.append(_roofs(set_))
    return finished(set_, [*layers, *above(set_)], "city")


def _lights(set_: Stage) -> tuple[float, tuple[Colour, ...], Colour]:
    """The share of lit windows, their colours, and the colour of dark ones."""
    tone, neon = set_.tones, set_.brief.has("neon")
    share = {"night": 0.5, "dusk": 0.42, "sunset": 0.2, "dawn": 0.1, "overcast": 0.15, "golden": 0.08}.get(
        tone.time, 0.0
    )
    lamps = (*_NEON, *_LAMPS[:2]) if neon else _LAMPS
    pane = mixed(tone.near, tone.sky[1], 0.35) if tone.dark else mixed(tone.sky[2], tone.mid, 0.45)
    return share, tuple(mixed(lamp, tone.sun, 0.15) for lamp in lamps), pane


def _row(set_: Stage, number: int, *, count: int, tall: float, air: float, foot: float) -> Buildings:
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "row", str(number))
    lights, lamps, pane = _lights(set_)
    nearness = number / 2
    wall = mixed(mixed(tone.wall[0], tone.mid, 0.35), tone.near, (0.55 if tone.dark else 0.2) * nearness)
    shade = mixed(mixed(tone.wall[1], tone.mid, 0.5), tone.near, (0.85 if tone.dark else 0.5) * nearness)
    if brief.has("village", "cabin"):
        tall *= 0.5
    return Buildings(
        depth=0.15 + 0.2 * number,
        base=foot,
        houses=_houses(draw, set_, count=count, tall=tall, number=number),
        wall=wall,
        shade=shade,
        haze=mixed(tone.far, tone.horizon, 0.55),
        mist=0.65 - 0.25 * number,
        air=air,
        lamps=lamps,
        lights=lights * (0.7 + 0.2 * number),
        pane=mixed(pane, shade, 0.35),
        window=0.011 + 0.0045 * number,
    )


def _houses(draw: random.Random, set_: Stage, *, count: int, tall: float, number: int) -> tuple[Building, ...]:
    """Taller near the focus; the tallest there, in the middle row, has a spire."""
    width, houses, x = set_.width, [], -0.06
    tops: tuple[Top, ...] = ("flat", "flat", "steps", "slope")
    if number:
        tops = ("flat", "flat", "steps", "tank", "slope", "spire", "dome")
    while x < width + 0.06:
        wide = draw.uniform(0.5, 1.35) / count
        away = abs(x + wide / 2 - set_.focus) / max(0.35, width * 0.5)
        bulge = (1 - 0.62 * min(1.0, away) ** 0.8) if number < 2 else (0.42 + 0.38 * min(1.0, away * 1.3))  # noqa: PLR2004 - the near row opens in the middle
        high = tall * bulge * draw.uniform(0.55, 1.1)
        top = draw.choice(tops if high > 0.35 * tall else _LOW_TOPS)
        houses.append(Building(x=x, width=wide, height=high, top=top, seed=draw.randrange(1 << 20)))
        x += wide * draw.choice((0.92, 1.0, 1.0, 1.15))
    if number == 1:
        houses.append(
            Building(x=set_.focus - 0.03, width=0.062, height=tall * 1.28, top="spire", seed=draw.randrange(1 << 20))
        )
    return tuple(sorted(houses, key=lambda house: -house.height))


def _quay(set_: Stage, foot: float) -> Shapes:
    tone = set_.tones
    dark = mixed(tone.near, tone.mid, 0.25)
    lamps = tuple(
        Shape(
            points=(
                (x - 0.002, foot - 0.004),
                (x + 0.002, foot - 0.004),
                (x + 0.002, foot - 0.008),
                (x - 0.002, foot - 0.008),
            ),
            colour=_LAMPS[0],
        )
        for x in (0.03 + 0.045 * step for step in range(int(set_.width / 0.045)))
    )
    quay = Shape(
        points=(
            (-0.3, foot - 0.006),
            (set_.width + 0.3, foot - 0.006),
            (set_.width + 0.3, foot + 0.012),
            (-0.3, foot + 0.012),
        ),
        colour=dark,
    )
    return Shapes(
        depth=0.58, seed=set_.brief.seed, shapes=(quay, *(lamps if tone.dark or tone.time == "sunset" else ()))
    )


def _bridge(set_: Stage, foot: float) -> Shapes:
    """A hanging bridge from edge to edge."""
    tone = set_.tones
    colour = mixed(tone.accent[0], tone.near, 0.35)
    deck = foot - 0.045
    left, right, top = set_.width * 0.22, set_.width * 0.78, foot - 0.34
    shapes = [
        Shape(
            points=((-0.3, deck), (set_.width + 0.3, deck), (set_.width + 0.3, deck + 0.012), (-0.3, deck + 0.012)),
            colour=colour,
        )
    ]
    for x in (left, right):
        shapes += [
            Shape(
                points=(
                    (x + s - 0.006, top),
                    (x + s + 0.006, top),
                    (x + s + 0.008, foot + 0.01),
                    (x + s - 0.008, foot + 0.01),
                ),
                colour=colour,
            )
            for s in (-0.016, 0.016)
        ]
        shapes += [
            Shape(points=((x - 0.02, y), (x + 0.02, y), (x + 0.02, y + 0.008), (x - 0.02, y + 0.008)), colour=colour)
            for y in (top + 0.01, top + 0.10, top + 0.2)
        ]
    for start, end, low in ((-0.35 * set_.width, left, 0.5), (left, right, 0.93), (right, 1.35 * set_.width, 0.5)):
        points = [(start + (end - start) * step / 24, step / 24) for step in range(25)]
        curve = [(x, top + (deck - top) * low * (1 - (2 * share - 1) ** 2)) for x, share in points]
        shapes.append(Shape(points=(*curve, *((x, y + 0.005) for x, y in curve[::-1])), colour=colour))
        shapes += [
            Shape(points=((x - 0.001, y), (x + 0.001, y), (x + 0.001, deck), (x - 0.001, deck)), colour=colour)
            for x, y in curve[1:-1]
        ]
    return Shapes(depth=0.5, seed=set_.brief.seed, shapes=tuple(shapes))


def _roofs(set_: Stage) -> Buildings:
    """Near houses that the view goes over."""
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "roofs")
    lights, lamps, pane = _lights(set_)
    houses, x = [], -0.1
    while x < set_.width + 0.1:
        wide = draw.uniform(0.10, 0.2)
        away = abs(x + wide / 2 - set_.focus) / max(0.35, set_.width * 0.5)
        houses.append(
            Building(
                x=x,
                width=wide,
                height=0.10 + 0.22 * min(1.0, away) * draw.uniform(0.5, 1.1),
                top=draw.choice(_LOW_TOPS),
                seed=draw.randrange(1 << 20),
            )
        )
        x += wide
    return Buildings(
        depth=0.8,
        base=1.06,
        houses=tuple(houses),
        wall=mixed(tone.wall[0], tone.near, 0.55),
        shade=mixed(tone.near, tone.wall[1], 0.12),
        haze=tone.near,
        mist=0.0,
        air=0.0,
        lamps=lamps,
        lights=lights,
        pane=mixed(pane, tone.near, 0.6),
        window=0.034,
    )
