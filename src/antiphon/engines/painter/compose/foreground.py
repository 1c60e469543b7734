"""What stands nearest: a road, a house, flowers, trees at the edge; and what flies."""

from dataclasses import replace

from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage
from antiphon.engines.painter.compose.figures import balloon, birds, house, road
from antiphon.engines.painter.compose.growing import is_white, plants_of
from antiphon.engines.painter.compose.planting import framing, groups, row
from antiphon.engines.painter.layers import Layer, Shape, Shapes, Sort

_LAMP = Colour("#ffd680")


def foreground(set_: Stage, sort: Sort) -> list[Layer]:
    """What stands on the ground that is nearest: a road, a house, flowers, a tree."""
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "near")
    layers = _way(set_)
    if brief.has("cabin") or (brief.families[0] == "meadow" and likely(draw, 0.35)):
        layers += home(set_, sort, y=0.885, size=0.15)
    if is_white(set_):
        layers.append(
            plants_of(
                set_,
                sort,
                framing(draw, width=brief.width, side=brief.width - set_.focus, y=0.99, height=draw.uniform(0.34, 0.5)),
                depth=0.92,
            )
        )
        return layers
    if not brief.has("road", "cabin") and likely(draw, 0.7):
        big = "round" if sort == "cypress" else sort
        layers.append(
            plants_of(
                set_,
                big,
                framing(
                    draw, width=brief.width, side=brief.width - set_.focus, y=0.99, height=draw.uniform(0.36, 0.52)
                ),
                depth=0.92,
            )
        )
    blooms = brief.has("flowers") or brief.season == "spring" or (brief.families[0] == "meadow" and likely(draw, 0.6))
    tufts = row(draw, width=brief.width, count=46 if blooms else 20, y=(0.93, 1.06), height=(0.03, 0.065))
    flowers = (tone.accent[0], tone.accent[1], mixed(tone.sun, tone.accent[1], 0.3)) if blooms else ()
    return [*layers, replace(plants_of(set_, "grass", tufts, depth=1.0), blossom=flowers)]


def _way(set_: Stage) -> list[Layer]:
    """A road or a river, where there is one."""
    brief, tone = set_.brief, set_.tones
    if not brief.has("road", "river"):
        return []
    draw = chance(brief.seed, "way")
    water = mixed(tone.water[1], tone.horizon, 0.4)
    colours = water, mixed(tone.leaf[1], tone.near, 0.3), water
    if brief.has("road"):
        asphalt = mixed(Colour("#6f6a72"), tone.mid, 0.4)
        colours = asphalt, mixed(tone.sand[0], tone.mid, 0.25), mixed(tone.sun, tone.accent[1], 0.35)
    foot = brief.width * 0.5 + draw.uniform(-0.15, 0.15)
    shapes = road(draw, x=set_.focus, top=0.80, foot=foot, width=0.17, colours=colours)
    return [Shapes(depth=0.8, seed=brief.seed, shapes=shapes)]


def home(set_: Stage, sort: Sort, *, y: float, size: float) -> list[Layer]:
    """A house with trees behind it, its ground at y."""
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "home")
    at = brief.width - set_.focus
    shapes = house(
        at,
        y,
        size,
        wall=mixed(tone.wall[0], tone.accent[0], 0.12),
        roof=mixed(tone.accent[0], tone.near, 0.3),
        lamp=_LAMP if tone.time not in {"day", "golden"} else mixed(tone.near, tone.sky[1], 0.4),
        shade=mixed(tone.wall[1], tone.near, 0.35),
    )
    gap, high = (at - 0.27 * size, at + 0.67 * size), (0.95 * size, 1.6 * size)
    trees = groups(draw, width=brief.width, count=3, y=(y - 0.16 * size, y - 0.06 * size), height=high, gap=gap)
    return [plants_of(set_, sort, trees, depth=0.78), Shapes(depth=0.8, seed=brief.seed, shapes=shapes)]


def above(set_: Stage) -> list[Layer]:
    """What flies."""
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "above")
    shapes: tuple[Shape, ...] = ()
    flock: tuple[Shape, ...] = ()
    if brief.has("balloon"):
        for size in (0.22, 0.11, 0.07):
            colours = (tone.accent[0], mixed(tone.sun, tone.accent[1], 0.4), tone.accent[1])
            x, y = draw.uniform(0.15, 0.85) * brief.width, draw.uniform(0.24, set_.horizon - 0.12)
            shapes += balloon(x, y, size, colours=colours, shade=mixed(tone.mid, tone.near, 0.3))
    wild = brief.has("bird") or (likely(draw, 0.3) and not tone.dark and not brief.lacks("bird"))
    if wild and brief.weather not in {"storm", "snow"}:
        flock = birds(
            draw,
            x=draw.uniform(0.25, 0.75) * brief.width,
            y=set_.horizon * draw.uniform(0.3, 0.6),
            size=0.011,
            count=9 if brief.has("bird") else 5,
            colour=mixed(tone.near, tone.mid, 0.3),
        )
    layers = (
        Shapes(depth=0.3, seed=brief.seed, drift=0.007, shapes=shapes),
        Shapes(depth=0.3, seed=brief.seed, drift=0.035, shapes=flock),
    )
    return [layer for layer in layers if layer.shapes]
