"""Under water: light from above, reefs, fish."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, mixed, towards
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.figures import fish
from antiphon.engines.painter.compose.planting import row
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.heavens import Sky
from antiphon.engines.painter.layers import Falling, Layer, Rays, Ridge, Shape, Shapes, Sort, Trees
from antiphon.engines.painter.scene import Light, Scene

_WATERS = (
    ("#8fe0e0", "#2fa8c0", "#12608f", "#08294f"),
    ("#a8ecd8", "#3fb8a8", "#146a7a", "#082f42"),
    ("#7cc8ec", "#2f7cc4", "#173f86", "#0a1c44"),
)
_CORALS = (Colour("#f07a6a"), Colour("#f2a65a"), Colour("#d96aa8"), Colour("#f3d06a"), Colour("#9a6fc8"))


def underwater(brief: Brief) -> Scene:
    """A reef in three distances, with light that falls through the water."""
    draw = chance(brief.seed, "deep")
    tone, width = tones(brief, times=("day",)), brief.width
    sea = tuple(Colour(name) for name in draw.choice(_WATERS))
    if tone.dark or brief.has("dark"):
        sea = tuple(mixed(colour, Colour("#020814"), 0.6) for colour in sea)
    if brief.colours:
        sea = tuple(towards(colour, brief.colours[0], 0.6) for colour in sea)
    light = Light(x=width * draw.uniform(0.3, 0.7), y=-0.15, colour=Colour("#eafff6"), ambient=sea[2])
    layers: list[Layer] = [
        Sky(
            stops=(*sea[:3], mixed(sea[2], sea[3], 0.6)),
            bottom=1.0,
            glow=mixed(sea[0], Colour("#ffffff"), 0.5),
            reach=0.5,
            strength=0.75,
        ),
        Rays(seed=brief.seed, colour=Colour("#dffcf4"), strength=0.42, spread=2.5),
    ]
    for number in range(3):
        layers += _reef(brief, sea, number)
    layers.insert(
        6,
        Shapes(
            depth=0.5,
            seed=brief.seed,
            drift=0.02 * chance(brief.seed, "shoal").choice((-1, 1)),
            shapes=_shoal(brief, sea),
        ),
    )
    layers.append(
        Falling(seed=brief.seed, what="bubbles", count=60, colours=(mixed(sea[0], Colour("#ffffff"), 0.5),), wind=0.05)
    )
    return Scene(
        seed=brief.seed,
        width=width,
        title=brief.subject,
        family="underwater",
        background=sea[3],
        layers=tuple(layers),
        light=light,
        grade=grade(brief, tone),
    )


def _reef(brief: Brief, sea: tuple[Colour, ...], number: int) -> list[Layer]:
    """Corals on a ridge, in one of three distances."""
    draw, share = chance(brief.seed, "reef", str(number)), number / 2
    layers: list[Layer] = []
    base = 0.90 + 0.16 * share
    body = mixed(sea[2], mixed(sea[3], Colour("#04101e"), 0.4), share)
    corals = row(
        draw,
        width=brief.width,
        count=round(9 - 3 * share),
        y=(base - 0.04, base),
        height=(0.08 + 0.08 * share, 0.14 + 0.14 * share),
    )
    kinds: tuple[tuple[Sort, Colour], ...] = (
        ("bare", _CORALS[draw.randrange(5)]),
        ("bush", _CORALS[draw.randrange(5)]),
        ("reed", Colour("#4a9a6a")),
    )
    for sort, tint in kinds:
        layers.append(
            Trees(
                depth=0.2 + 0.6 * share,
                sort=sort,
                plants=corals[draw.randrange(3) :: 3],
                colour=mixed(mixed(tint, sea[3], 0.55), sea[2], 0.5 * (1 - share)),
                lit=mixed(tint, sea[1], 0.6 - 0.4 * share),
                wood=mixed(mixed(tint, sea[3], 0.35), sea[2], 0.6 * (1 - share)),
                haze=sea[2],
                air=0.35 * (1 - share),
            )
        )
    layers.append(
        Ridge(
            depth=0.25 + 0.6 * share,
            seed=brief.seed + number,
            form="alpine",
            base=base + 0.05,
            height=0.13,
            rough=0.6,
            scale=0.4,
            lit=mixed(body, sea[1], 0.35),
            shade=body,
            haze=sea[2],
            mist=0.3,
            air=0.4 * (1 - share),
            contrast=0.9,
        )
    )
    return layers


def _shoal(brief: Brief, sea: tuple[Colour, ...]) -> tuple[Shape, ...]:
    draw = chance(brief.seed, "shoal")
    shapes: list[Shape] = []
    side = draw.choice((-1, 1))
    middle, height = draw.uniform(0.3, 0.7) * brief.width, draw.uniform(0.35, 0.5)
    far = mixed(sea[2], sea[3], 0.5)
    for _ in range(26):
        x, y = middle + draw.gauss(0, 0.20), height + draw.gauss(0, 0.07)
        shapes += fish(x, y, draw.uniform(0.018, 0.034), colour=mixed(sea[1], far, 0.5), shade=far, side=side)[:3]
    for _ in range(3):
        tint = _CORALS[draw.randrange(5)]
        shapes += fish(
            draw.uniform(0.15, 0.85) * brief.width,
            draw.uniform(0.25, 0.75),
            draw.uniform(0.07, 0.11),
            colour=tint,
            shade=mixed(tint, sea[3], 0.5),
            side=side,
        )
    return tuple(shapes)
