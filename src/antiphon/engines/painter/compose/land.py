"""Mountains, meadows and the like: strips of land, one before the other, each nearer, darker and clearer."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage, finished, stage
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.scene import Layer, Mist, Peak, Ridge, Scene


def mountain(brief: Brief) -> Scene:
    """A summit with others around it, foothills, and what lies before them."""
    draw = chance(brief.seed, "mountain")
    set_ = stage(brief, tones(brief), horizon=draw.uniform(0.62, 0.70))
    layers: list[Layer] = [*ranges(set_, draw.uniform(0.34, 0.46)), *foothills(set_)]
    return finished(set_, layers, "mountain")


def ranges(set_: Stage, height: float) -> list[Layer]:
    """The range with the summit, and one behind it, nearly air."""
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "ranges")
    size = min(1.0, 0.62 + 0.28 * brief.width)
    snow = 0.62 if brief.season == "winter" or brief.weather == "snow" else draw.choice((0.0, 0.25, 0.35, 0.45))
    if brief.lacks("winter", "snow"):
        snow = 0.0
    contrast = 0.35 if brief.has("flat", "print") else 0.85
    peaks = [Peak(x=set_.focus, height=height * size, spread=height * size * draw.uniform(0.95, 1.25))]
    x = -0.15
    while x < brief.width + 0.2:
        away = min(1.0, abs(x - set_.focus) / max(0.5, 0.5 * brief.width))
        if abs(x - set_.focus) > 0.16 * size:
            tall = height * size * (0.72 - 0.25 * away) * draw.uniform(0.6, 1.0)
            peaks.append(Peak(x=x, height=tall, spread=tall * draw.uniform(1.0, 1.4)))
        x += draw.uniform(0.14, 0.26)
    veil = mixed(tone.far, tone.horizon, 0.45)
    behind = Ridge(
        depth=0.06, seed=brief.seed + 1, form="alpine", base=horizon + 0.02, height=height * size * 0.42, rough=0.7, scale=0.45,
        lit=mixed(tone.far, tone.horizon, 0.35), shade=mixed(tone.far, tone.sky[1], 0.4), haze=tone.horizon, mist=0.85, air=0.35,
        snow=snow * 0.6, snow_lit=mixed(tone.snow[0], veil, 0.3), snow_shade=mixed(tone.snow[1], veil, 0.3), contrast=contrast * 0.7,
    )
    main = Ridge(
        depth=0.12, seed=brief.seed + 2, form="alpine", base=horizon + 0.07, peaks=tuple(peaks), height=0.1 * size, rough=0.75,
        scale=0.32, lit=mixed(tone.rock[0], tone.far, 0.25), shade=mixed(tone.rock[1], tone.mid, 0.35), haze=veil, mist=0.9,
        air=0.12, snow=snow, snow_lit=tone.snow[0], snow_shade=tone.snow[1], contrast=contrast,
    )
    return [behind, main, Mist(depth=0.14, seed=brief.seed + 3, y=horizon + 0.04, height=0.10, colour=tone.horizon, density=0.6)]


def foothills(set_: Stage, *, near: bool = True) -> list[Layer]:
    """Hills down to the lower edge, the last with grass on it."""
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "foothills")
    white = brief.season == "winter" or brief.weather == "snow"
    lit, shade = (tone.snow[0], tone.snow[1]) if white else tone.leaf
    layers: list[Layer] = []
    for number, share in enumerate((0.25, 0.6, 1.0) if near else (0.25, 0.6)):
        base = horizon + 0.10 + (1.06 - horizon - 0.06) * share
        layers.append(
            Ridge(
                depth=0.2 + 0.6 * share, seed=brief.seed + 10 + number, form="rolling", base=base,
                height=draw.uniform(0.10, 0.15), rough=0.5, scale=draw.uniform(0.7, 1.1),
                lit=mixed(lit, tone.far, 0.45 * (1 - share)), shade=mixed(shade, mixed(tone.far, tone.mid, 0.5), 0.6 * (1 - share)),
                haze=mixed(tone.far, tone.horizon, 0.4), mist=0.7 * (1 - share), air=0.25 * (1 - share), contrast=0.8,
                grass=_grass(set_) if share > 0.5 and not white else (),
            )
        )
    return layers


def _grass(set_: Stage) -> tuple[Colour, ...]:
    tone = set_.tones
    return mixed(tone.leaf[0], tone.sun, 0.12), mixed(tone.leaf[0], tone.accent[1], 0.25)
