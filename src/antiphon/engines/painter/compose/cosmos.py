"""Space: gas, stars, planets."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed, towards
from antiphon.engines.painter.compose.backdrop import grade
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.heavens import Nebula, Planet, Stars
from antiphon.engines.painter.layers import Layer, Ridge
from antiphon.engines.painter.scene import Light, Scene

_GAS: tuple[tuple[str, ...], ...] = (
    ("#05060f", "#12123a", "#3a2a78", "#8a4aa0", "#e78aa0", "#ffe3c0"),
    ("#04070f", "#0b1f3a", "#14506e", "#3a9a9a", "#b8d8a8", "#fff2cf"),
    ("#080509", "#2a0f2a", "#6a1f48", "#c0483f", "#f09a50", "#fff0c0"),
    ("#04050c", "#101b45", "#2c4a9a", "#6a7fd8", "#c8b0f0", "#fff4ee"),
    ("#06060a", "#1c1430", "#4a2350", "#a04a68", "#e8a06a", "#fbe8c8"),
)
_WORLDS: tuple[tuple[tuple[str, ...], float, str], ...] = (
    (("#7a4a34", "#c98d5a", "#f0d0a0", "#b0703f", "#e8bf8c", "#8a5a40"), 0.12, "#ffd9a8"),
    (("#123a6a", "#1f5f94", "#3f8fb0", "#d8c890", "#5a8a4a", "#f2f2ea"), 0.85, "#9fd4ff"),
    (("#4a1f1a", "#8a3a24", "#c4683a", "#a04a2c", "#d98a54"), 0.60, "#ffb48a"),
    (("#2a4a7a", "#4a7ab0", "#8ab4d8", "#5a8ac0", "#c8dcf0"), 0.10, "#bfe0ff"),
    (("#5a4a7a", "#8a74a8", "#d0b8c8", "#a088b8", "#f0dcd8"), 0.16, "#f0d8ff"),
    (("#2f2f38", "#5a5a62", "#8e8c8c", "#6c6a6e", "#b8b4ae"), 0.75, "#d8dce8"),
)


def space(brief: Brief) -> Scene:
    """Gas and stars, and mostly a planet with its moon."""
    draw = chance(brief.seed, "space")
    width = brief.width
    tone = tones(brief, times=("night",))
    gas = tuple(Colour(name) for name in draw.choice(_GAS))
    if brief.colours:
        gas = tuple(towards(colour, brief.colours[0], 0.75) for colour in gas)
    elif brief.like is not None or brief.has("noir", "neon"):
        gas = (Colour("#05060c"), mixed(tone.sky[0], Colour("#05060c"), 0.3), *tone.sky[1:], tone.sun)
    side = draw.choice((0.3, 0.7))
    heart = (1 - side) * width, draw.uniform(0.25, 0.55)
    layers: list[Layer] = [
        Nebula(
            seed=brief.seed,
            colours=gas,
            scale=draw.uniform(0.7, 1.2),
            x=heart[0],
            y=heart[1],
            strength=0.62 if brief.has("dark") else 0.95,
        ),
        Stars(seed=brief.seed, count=900, bottom=3.0, colour=Colour("#fff4e0"), tint=gas[3]),
    ]
    light = Light(x=heart[0], y=heart[1], colour=gas[-1], ambient=gas[1])
    galaxy = "planet" in brief.absent or (brief.has("stars") and not brief.has("ring"))
    lit = 200.0 if heart[0] < side * width else -20.0
    if not galaxy or likely(draw, 0.3):
        layers += _worlds(brief, side * width, lit)
    if likely(draw, 0.35) or brief.has("mountain", "desert"):
        layers.append(_ground(brief, gas))
    return Scene(
        seed=brief.seed,
        width=width,
        title=brief.subject,
        family="space",
        background=gas[0],
        layers=tuple(layers),
        light=light,
        grade=grade(brief, tone),
    )


def _worlds(brief: Brief, x: float, lit: float) -> list[Layer]:
    draw = chance(brief.seed, "worlds")
    bands, swirl, air = draw.choice(_WORLDS)
    ringed = brief.has("ring") or likely(draw, 0.35)
    if ringed:
        bands, swirl, air = draw.choice([world for world in _WORLDS if world[1] < 0.5])  # noqa: PLR2004 - giants
    colours = tuple(Colour(name) for name in bands)
    if brief.colours:
        colours = tuple(towards(colour, brief.colours[-1], 0.6) for colour in colours)
    size = min(1.0, 0.45 + 0.5 * brief.width)
    radius = draw.uniform(0.17, 0.25) * size * (0.8 if ringed else 1.0)
    y = draw.uniform(0.40, 0.52)
    big = Planet(
        seed=brief.seed,
        x=x,
        y=y,
        radius=radius,
        bands=colours,
        swirl=swirl,
        ring=draw.uniform(1.9, 2.3) if ringed else 0.0,
        tilt=draw.uniform(-28, 28),
        lit=lit,
        air=Colour(air),
        depth=0.12,
    )
    moon_bands = tuple(Colour(name) for name in draw.choice(_WORLDS)[0])
    way = draw.choice((-1, 1))
    small = Planet(
        seed=brief.seed + 1,
        x=x + way * radius * draw.uniform(1.5, 1.9),
        y=y - radius * draw.uniform(0.9, 1.3),
        radius=radius * draw.uniform(0.12, 0.22),
        bands=moon_bands,
        swirl=0.7,
        tilt=0.0,
        lit=lit,
        air=Colour("#d8dce8"),
        depth=0.2,
    )
    return [small, big]


def _ground(brief: Brief, gas: tuple[Colour, ...]) -> Ridge:
    """The ground of a moon that one stands on."""
    draw = chance(brief.seed, "moon")
    return Ridge(
        depth=0.6,
        seed=brief.seed + 2,
        form="alpine",
        base=1.10,
        height=draw.uniform(0.16, 0.24),
        rough=0.6,
        scale=0.5,
        lit=mixed(gas[3], gas[2], 0.5),
        shade=mixed(gas[0], gas[1], 0.4),
        haze=gas[2],
        mist=0.0,
        air=0.0,
        contrast=1.0,
    )
