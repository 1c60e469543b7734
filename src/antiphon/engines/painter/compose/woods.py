"""Forests: rows of trees that fade into light."""

import random

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import finished, stage
from antiphon.engines.painter.compose.foreground import above
from antiphon.engines.painter.compose.planting import row
from antiphon.engines.painter.compose.tones import Tones, tones
from antiphon.engines.painter.layers import Layer, Mist, Plant, Rays, Ridge, Sort, Trees, Water
from antiphon.engines.painter.scene import Scene

_NEAR = 0.5
"""The share of the way to the front from which on grass is seen."""


def forest(brief: Brief) -> Scene:
    """Rows of trees from a bright distance to a dark foreground."""
    draw = chance(brief.seed, "forest")
    tone = tones(brief, times=("golden", "day") if brief.season == "autumn" else ("day", "day", "day", "overcast"))
    set_ = stage(brief, tone, horizon=draw.uniform(0.56, 0.64), opposite=True)
    white = _is_white(brief)
    sort = _sort(brief, draw)
    inside = likely(draw, 0.5) and not brief.has("lake", "mountain")
    layers: list[Layer] = []
    rows = 5
    for number in range(rows):
        share = number / (rows - 1)
        base = set_.horizon + 0.05 + 0.34 * share**1.2
        tall = 0.16 + (0.42 if inside else 0.26) * share
        air = 0.66 * (1 - share) ** 1.2
        count, high = round(26 - 16 * share), (tall * 0.7, tall * 1.1)
        plants = row(draw, width=brief.width, count=count, y=(base - 0.03, base), height=high)
        layers.append(_row(brief, tone, sort, plants, air=air, depth=0.15 + 0.6 * share))
        layers.append(_floor(brief, tone, number, share, base, white=white))
        if number < rows - 1:
            layers.append(
                Mist(
                    depth=0.2 + 0.6 * share,
                    seed=brief.seed + 30 + number,
                    y=base,
                    height=0.07,
                    colour=mixed(tone.horizon, tone.far, 0.35),
                    density=0.65 if brief.weather == "fog" else 0.42 * (1 - share),
                )
            )
    if brief.has("lake", "river"):
        layers.insert(6, _pond(brief, tone, set_.horizon + 0.16))
    if not tone.dark and brief.weather in {"", "clear"}:
        layers.append(Rays(seed=brief.seed, colour=mixed(tone.sun, tone.horizon, 0.4), strength=0.34))
    layers += _front(brief, tone, sort, set_.focus)
    return finished(set_, [*layers, *above(set_)], "forest")


def _is_white(brief: Brief) -> bool:
    return brief.season == "winter" or brief.weather == "snow"


def _sort(brief: Brief, draw: random.Random) -> Sort:
    """Which trees the wood is of."""
    named: tuple[tuple[str, Sort], ...] = (("palm", "palm"), ("pine", "conifer"), ("birch", "birch"))
    for motif, sort in named:
        if brief.has(motif):
            return sort
    if _is_white(brief):
        return "conifer"
    usual: tuple[Sort, ...] = ("conifer", "conifer", "round", "birch")
    autumn: tuple[Sort, ...] = ("round", "birch", "round")
    return draw.choice(autumn if brief.season == "autumn" else usual)


def _pond(brief: Brief, tone: Tones, top: float) -> Water:
    return Water(
        depth=0.6,
        seed=brief.seed,
        top=top,
        near=tone.water[0],
        far=tone.water[1],
        light=tone.sun,
        calm=0.9,
        reflect=0.85,
        glint=0.3,
    )


def _row(brief: Brief, tone: Tones, sort: Sort, plants: tuple[Plant, ...], *, air: float, depth: float) -> Trees:
    lit, shade = tone.leaf
    white = brief.season == "winter" or brief.weather == "snow"
    body = mixed(shade, tone.near, 0.35) if sort != "conifer" else mixed(shade, tone.near, 0.5)
    wood = mixed(Colour("#e6ded2"), tone.far, 0.3) if sort == "birch" else mixed(Colour("#4b3426"), tone.near, 0.5)
    return Trees(
        depth=depth,
        sort=sort,
        plants=plants,
        colour=body,
        lit=mixed(shade, lit, 0.6) if sort == "conifer" else lit,
        wood=wood,
        haze=mixed(tone.far, tone.horizon, 0.4),
        air=air,
        mist=0.35 * air + 0.1,
        snow=0.85 if white else 0.0,
    )


def _floor(brief: Brief, tone: Tones, number: int, share: float, base: float, *, white: bool) -> Ridge:
    lit, shade = tone.snow if white else tone.leaf
    haze = mixed(tone.far, tone.horizon, 0.4)
    return Ridge(
        depth=0.2 + 0.65 * share,
        seed=brief.seed + 40 + number,
        form="rolling",
        base=base + 0.10,
        height=0.07,
        rough=0.4,
        scale=0.7,
        lit=mixed(lit, haze, 0.55 * (1 - share)),
        shade=mixed(mixed(shade, tone.near, 0.4), haze, 0.5 * (1 - share)),
        haze=haze,
        mist=0.5 * (1 - share),
        air=0.25 * (1 - share),
        contrast=0.8,
        grass=() if white or share < _NEAR else (mixed(lit, shade, 0.3), mixed(lit, tone.sun, 0.15)),
    )


def _front(brief: Brief, tone: Tones, sort: Sort, focus: float) -> list[Layer]:
    """Trunks at the edges, and what grows at their feet."""
    draw = chance(brief.seed, "front")
    width = brief.width
    places = [
        x
        for x in (-0.02, 0.10, 0.30, width - 0.28, width - 0.09, width + 0.03)
        if abs(x - focus) > 0.24 * min(1.0, width)
    ]
    plants = tuple(
        Plant(
            x=x + draw.uniform(-0.04, 0.04),
            y=1.03,
            height=draw.uniform(1.1, 1.35),
            seed=draw.randrange(3600),
            lean=draw.uniform(-0.03, 0.03),
        )
        for x in places[:: draw.choice((1, 1, 2))]
    )
    bark = mixed(Colour("#d8d0c4"), tone.far, 0.35) if sort == "birch" else mixed(Colour("#3c2a20"), tone.near, 0.6)
    trunk = Trees(
        depth=1.0,
        sort="trunk",
        plants=plants,
        colour=mixed(bark, tone.near, 0.5),
        lit=mixed(bark, tone.sun, 0.35),
        wood=bark,
        haze=tone.near,
    )
    ferns = row(draw, width=width, count=15, y=(1.02, 1.08), height=(0.08, 0.16))
    white = brief.season == "winter" or brief.weather == "snow"
    leaf = tone.snow if white else tone.leaf
    bushes = Trees(
        depth=1.0,
        sort="grass",
        plants=ferns,
        colour=mixed(leaf[1], tone.near, 0.55),
        lit=mixed(leaf[0], tone.near, 0.25),
        wood=tone.near,
        haze=tone.near,
        blossom=tone.accent if brief.has("flowers") else (),
    )
    return [trunk, bushes]
