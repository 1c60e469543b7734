"""The sea and its coasts."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage, finished, stage
from antiphon.engines.painter.compose.figures import beam, lighthouse, sailboat
from antiphon.engines.painter.compose.foreground import above
from antiphon.engines.painter.compose.planting import framing, row
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.layers import Layer, Peak, Ridge, Shapes, Trees, Water
from antiphon.engines.painter.scene import Scene


def coast(brief: Brief) -> Scene:
    """The sea to the horizon, with a beach, cliffs, islands or a boat."""
    draw = chance(brief.seed, "coast")
    set_ = stage(
        brief,
        tones(brief, times=("day", "day", "sunset", "golden", "dawn")),
        horizon=draw.uniform(0.50, 0.57),
        opposite=True,
    )
    beach = brief.has("palm") or (not brief.has("crowd", "lighthouse") and likely(draw, 0.6))
    rocky = brief.has("crowd", "lighthouse", "rocks") or not beach
    layers: list[Layer] = []
    if brief.has("island", "mountain") or likely(draw, 0.7):
        layers.append(_islands(set_))
    layers.append(_sea(set_, beach=0.86 if beach else 1.0))
    if brief.has("boat") or likely(draw, 0.55):
        layers.append(_boat(set_))
    if rocky:
        layers += _cliff(set_)
    if beach:
        layers += _beach(set_)
    return finished(set_, [*layers, *above(set_)], "coast")


def _islands(set_: Stage) -> Ridge:
    draw, tone = chance(set_.brief.seed, "islands"), set_.tones
    width, away = set_.width, set_.width - set_.focus
    peaks = [Peak(x=away + draw.uniform(-0.2, 0.2), height=draw.uniform(0.07, 0.17), spread=draw.uniform(0.2, 0.4))]
    peaks += [
        Peak(x=draw.uniform(-0.1, width + 0.1), height=draw.uniform(0.02, 0.07), spread=draw.uniform(0.15, 0.4))
        for _ in range(3)
    ]
    return Ridge(
        depth=0.1,
        seed=set_.brief.seed + 2,
        form="alpine",
        base=set_.horizon + 0.006,
        peaks=tuple(peaks),
        height=0.0,
        rough=0.6,
        scale=0.3,
        lit=mixed(mixed(tone.rock[0], tone.leaf[0], 0.4), tone.far, 0.5),
        shade=mixed(tone.rock[1], tone.far, 0.5),
        haze=mixed(tone.far, tone.horizon, 0.4),
        mist=0.6,
        air=0.22,
        contrast=0.9,
    )


def _sea(set_: Stage, *, beach: float) -> Water:
    brief, tone = set_.brief, set_.tones
    rough = brief.weather in {"storm", "wind"} or brief.has("waves", "dramatic")
    calm = 0.15 if rough else 0.75 if brief.has("calm") else 0.5
    shallow = (
        mixed(tone.water[0], Colour("#36b5b0"), 0.45) if tone.time in {"day", "golden"} and beach < 1 else tone.water[0]
    )
    return Water(
        depth=0.4,
        seed=brief.seed,
        top=set_.horizon,
        bottom=1.0,
        near=shallow,
        far=mixed(tone.water[1], tone.water[0], 0.45),
        light=mixed(tone.sun, tone.horizon, 0.25),
        calm=calm,
        reflect=0.42 if tone.time == "day" else 0.62,
        glint=0.12
        if brief.weather in {"storm", "rain", "fog", "overcast", "snow"}
        else 0.35
        if tone.time == "day"
        else 0.85,
        foam=0.0,
    )


def _boat(set_: Stage) -> Shapes:
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "boat")
    x = set_.focus + draw.choice((-1, 1)) * draw.uniform(0.10, 0.22)
    size = draw.uniform(0.09, 0.16) if brief.has("boat") else draw.uniform(0.05, 0.08)
    sail = mixed(Colour("#fff8ea"), tone.sun, 0.4) if not tone.dark else mixed(tone.sun, tone.mid, 0.4)
    shapes = sailboat(
        x,
        set_.horizon + 0.02 + size * 0.2,
        size,
        hull=mixed(tone.near, tone.accent[0], 0.3),
        sail=sail,
        side=draw.choice((-1, 1)),
    )
    return Shapes(depth=0.35, seed=brief.seed, drift=0.006, shapes=shapes)


def _cliff(set_: Stage) -> list[Layer]:
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "cliff")
    edge = brief.width if set_.focus < brief.width / 2 else 0.0
    inward = -1 if edge else 1
    tall = draw.uniform(0.24, 0.34)
    at = edge + inward * 0.16
    peaks = (
        Peak(x=edge, height=tall, spread=0.52),
        Peak(x=edge + inward * 0.28, height=tall * 0.7, spread=0.24),
        Peak(x=edge + inward * 0.58, height=tall * 0.22, spread=0.10),
    )
    cliff = Ridge(
        depth=0.55,
        seed=brief.seed + 3,
        form="cliff",
        base=horizon + 0.24,
        peaks=peaks,
        height=0.0,
        rough=0.8,
        scale=0.35,
        lit=mixed(tone.rock[0], tone.sand[0], 0.3),
        shade=mixed(tone.rock[1], tone.near, 0.3),
        haze=mixed(tone.water[1], tone.far, 0.5),
        mist=0.25,
        air=0.04,
        contrast=1.0,
    )
    sea = Water(
        depth=0.6,
        seed=brief.seed + 1,
        top=horizon + 0.235,
        near=tone.water[0],
        far=mixed(tone.water[1], tone.water[0], 0.5),
        light=mixed(tone.sun, tone.horizon, 0.25),
        calm=0.4,
        reflect=0.5,
        glint=0.3,
        foam=0.0,
    )
    layers: list[Layer] = [cliff]
    if brief.has("lighthouse") or likely(draw, 0.3):
        y = horizon + 0.24 - tall * 0.86
        lamp = Colour("#fff1b0")
        tower = lighthouse(
            at,
            y,
            0.26,
            wall=mixed(Colour("#f7f1e6"), tone.far, 0.2),
            band=mixed(Colour("#c63d33"), tone.near, 0.1),
            lamp=lamp,
            shade=mixed(tone.near, tone.mid, 0.4),
        )
        light = beam(at, y - 0.868 * 0.26, 3.0, lamp) if tone.dark or brief.weather in {"storm", "fog", "rain"} else ()
        layers.insert(0, Shapes(depth=0.55, seed=brief.seed, shapes=(*light, *tower)))
    return [*layers, sea]


def _beach(set_: Stage) -> list[Layer]:
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "beach")
    near = brief.width - set_.focus
    sand = Ridge(
        depth=0.85,
        seed=brief.seed + 4,
        form="rolling",
        base=1.12,
        peaks=(Peak(x=near, height=0.10, spread=0.8),),
        height=0.10,
        rough=0.15,
        scale=1.2,
        lit=tone.sand[0],
        shade=mixed(tone.sand[1], tone.sand[0], 0.35),
        haze=mixed(tone.water[1], tone.sand[1], 0.5),
        mist=0.0,
        air=0.0,
        contrast=0.9,
    )
    layers: list[Layer] = [sand]
    if brief.has("palm") or (
        tone.time in {"day", "sunset", "golden"} and brief.season != "winter" and likely(draw, 0.4)
    ):
        plants = framing(draw, width=brief.width, side=near, y=0.99, height=draw.uniform(0.55, 0.7))
        leaf = mixed(tone.leaf[1], tone.near, 0.4)
        layers.append(
            Trees(
                depth=0.95,
                sort="palm",
                plants=plants,
                colour=leaf,
                lit=mixed(tone.leaf[0], tone.near, 0.2),
                wood=mixed(Colour("#6b4a33"), tone.near, 0.5),
                haze=tone.near,
            )
        )
    tufts = row(draw, width=brief.width, count=14, y=(1.0, 1.05), height=(0.05, 0.10))
    layers.append(
        Trees(
            depth=1.0,
            sort="reed",
            plants=tufts,
            colour=mixed(tone.leaf[1], tone.near, 0.4),
            lit=mixed(tone.leaf[0], tone.sand[0], 0.4),
            wood=mixed(tone.sand[1], tone.near, 0.3),
            haze=tone.near,
        )
    )
    return layers
