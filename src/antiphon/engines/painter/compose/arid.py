"""Deserts: dunes, table mountains, what grows there."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage, finished, stage
from antiphon.engines.painter.compose.foreground import above
from antiphon.engines.painter.compose.growing import plants_of
from antiphon.engines.painter.compose.planting import groups
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.layers import Layer, Peak, Ridge, Water
from antiphon.engines.painter.scene import Scene


def desert(brief: Brief) -> Scene:
    """Dunes to the horizon, or table mountains over sand."""
    draw = chance(brief.seed, "desert")
    set_ = stage(brief, tones(brief, times=("golden", "sunset", "day", "dawn")), horizon=draw.uniform(0.55, 0.62))
    tone, horizon = set_.tones, set_.horizon
    veil = mixed(tone.far, tone.horizon, 0.5)
    layers: list[Layer] = []
    rocky = brief.has("cactus", "rocks") or likely(draw, 0.4)
    if rocky:
        layers.append(_mesas(set_))
    for number, share in enumerate((0.0, 0.35, 0.75, 1.0)):
        base = horizon + 0.06 + (1.10 - horizon - 0.06) * share
        layers.append(
            Ridge(
                depth=0.15 + 0.75 * share,
                seed=brief.seed + 20 + number,
                form="dunes",
                base=base,
                height=(0.05 + 0.13 * share) * draw.uniform(0.8, 1.25) * (0.6 if rocky else 1.0),
                rough=0.05,
                scale=draw.uniform(0.45, 0.75) * (0.7 + 0.6 * share),
                lit=mixed(tone.sand[0], veil, 0.5 * (1 - share)),
                shade=mixed(tone.sand[1], tone.far, 0.55 * (1 - share)),
                haze=veil,
                mist=0.45 * (1 - share),
                air=0.18 * (1 - share),
                contrast=1.0,
            )
        )
    if brief.has("palm"):
        layers[-1:-1] = _oasis(set_)  # The nearest dune hides the near shore.
    if brief.has("cactus") or (rocky and likely(draw, 0.7)):
        plants = groups(
            draw,
            width=set_.width,
            count=4,
            y=(0.80, 0.93),
            height=(0.12, 0.26),
            gap=(set_.focus - 0.1, set_.focus + 0.1),
        )
        layers.append(plants_of(set_, "cactus", plants[:7], depth=0.85))
    return finished(set_, [*layers, *above(set_)], "desert")


def _oasis(set_: Stage) -> list[Layer]:
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "oasis")
    near, far = tone.water
    pond = Water(depth=0.5, seed=brief.seed, top=0.80, bottom=1.0, near=near, far=far, light=tone.sun, calm=0.95)
    palms = groups(draw, width=set_.width, count=7, y=(0.80, 0.84), height=(0.16, 0.26), gap=(-1, -1))
    return [pond, plants_of(set_, "palm", palms, depth=0.7)]


def _mesas(set_: Stage) -> Ridge:
    draw, tone = chance(set_.brief.seed, "mesas"), set_.tones
    red, deep = mixed(tone.sand[0], Colour("#c4643c"), 0.45), mixed(tone.sand[1], Colour("#5d2a2c"), 0.4)
    peaks = [Peak(x=set_.focus, height=draw.uniform(0.20, 0.28), spread=draw.uniform(0.10, 0.2))]
    peaks += [
        Peak(x=draw.uniform(-0.1, set_.width + 0.1), height=draw.uniform(0.06, 0.18), spread=draw.uniform(0.05, 0.22))
        for _ in range(4)
    ]
    return Ridge(
        depth=0.12,
        seed=set_.brief.seed + 2,
        form="mesa",
        base=set_.horizon + 0.05,
        peaks=tuple(peaks),
        height=0.03,
        rough=0.5,
        scale=0.25,
        lit=mixed(red, tone.far, 0.2),
        shade=mixed(deep, tone.far, 0.3),
        haze=mixed(tone.far, tone.horizon, 0.5),
        mist=0.55,
        air=0.12,
        contrast=0.9,
    )
