"""Mountains, meadows and deserts: strips of land, one before the other, each nearer, darker and clearer."""

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance, likely
from antiphon.engines.painter.colour import mixed
from antiphon.engines.painter.compose.backdrop import Stage, finished, stage
from antiphon.engines.painter.compose.figures import rowboat, sailboat
from antiphon.engines.painter.compose.foreground import above, foreground, home
from antiphon.engines.painter.compose.growing import grass_of, ground_of, is_white, plants_of
from antiphon.engines.painter.compose.planting import framing, groups, row
from antiphon.engines.painter.compose.tones import tones
from antiphon.engines.painter.layers import Layer, Mist, Peak, Ridge, Shapes, Sort, Water
from antiphon.engines.painter.scene import Scene


def mountain(brief: Brief) -> Scene:
    """A summit with others around it, and before them a lake, or hills with woods."""
    draw = chance(brief.seed, "mountain")
    lake = brief.has("lake", "sea", "river", "boat") or (
        likely(draw, 0.4) and not brief.has("road", "flowers", "cabin")
    )
    set_ = stage(brief, tones(brief), horizon=draw.uniform(0.60, 0.66) if lake else draw.uniform(0.64, 0.70))
    layers: list[Layer] = ranges(set_, draw.uniform(0.36, 0.46))
    layers += lakeside(set_) if lake and not brief.lacks("lake") else foothills(set_)
    return finished(set_, [*layers, *above(set_)], "mountain")


def meadow(brief: Brief) -> Scene:
    """Hills with trees and flowers, wide and soft."""
    draw = chance(brief.seed, "meadow")
    set_ = stage(brief, tones(brief, times=("day", "day", "golden", "dawn")), horizon=draw.uniform(0.52, 0.60))
    layers: list[Layer] = []
    if brief.has("mountain") or likely(draw, 0.55):
        layers += ranges(set_, draw.uniform(0.16, 0.24))
    return finished(set_, [*layers, *foothills(set_), *above(set_)], "meadow")


def ranges(set_: Stage, height: float) -> list[Layer]:
    """The range with the summit, and one behind it, nearly air."""
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "ranges")
    size = min(1.0, 0.62 + 0.28 * brief.width)
    snow = 0.62 if brief.season == "winter" or brief.weather == "snow" else draw.choice((0.0, 0.28, 0.4, 0.5))
    if brief.lacks("winter", "snow") or brief.season == "summer":
        snow = 0.0
    contrast = 0.45 if brief.has("flat", "print") else 1.0
    cone = brief.has("volcano")
    veil = mixed(tone.far, tone.horizon, 0.45)
    behind = Ridge(
        depth=0.06,
        seed=brief.seed + 1,
        form="alpine",
        base=horizon + 0.02,
        height=height * size * 0.42,
        rough=0.7,
        scale=0.45,
        lit=mixed(tone.far, tone.horizon, 0.35),
        shade=mixed(tone.far, tone.sky[1], 0.4),
        haze=tone.horizon,
        mist=0.85,
        air=0.35,
        snow=snow * 0.6,
        snow_lit=mixed(tone.snow[0], veil, 0.3),
        snow_shade=mixed(tone.snow[1], veil, 0.3),
        contrast=contrast * 0.7,
    )
    main = Ridge(
        depth=0.12,
        seed=brief.seed + 2,
        form="alpine",
        base=horizon + 0.07,
        peaks=_peaks(set_, height * size, size),
        height=0.1 * size,
        rough=0.35 if cone else 0.75,
        scale=0.32,
        lit=mixed(tone.rock[0], tone.far, 0.2),
        shade=mixed(tone.rock[1], tone.mid, 0.35),
        haze=veil,
        mist=0.75,
        air=0.08,
        snow=snow,
        snow_lit=tone.snow[0],
        snow_shade=tone.snow[1],
        contrast=contrast,
    )
    return [
        behind,
        main,
        Mist(
            depth=0.14,
            seed=brief.seed + 3,
            y=horizon + 0.05,
            height=0.08,
            colour=mixed(tone.horizon, tone.far, 0.3),
            density=0.5,
        ),
    ]


def _peaks(set_: Stage, height: float, size: float) -> tuple[Peak, ...]:
    """The summit, and lower ones on both sides; a volcano stands alone."""
    brief, focus = set_.brief, set_.focus
    draw = chance(brief.seed, "peaks")
    if brief.has("volcano"):
        return (Peak(x=focus, height=height, spread=height * 1.9),)
    peaks = [Peak(x=focus, height=height, spread=height * draw.uniform(1.1, 1.5))]
    x = -0.15
    while x < brief.width + 0.2:
        away = abs(x - focus)
        if away > 0.16 * size:
            tall = height * (0.74 - 0.25 * min(1.0, away / max(0.5, 0.5 * brief.width))) * draw.uniform(0.6, 1.0)
            peaks.append(Peak(x=x, height=tall, spread=tall * draw.uniform(1.2, 1.7)))
        x += draw.uniform(0.13, 0.24)
    return tuple(peaks)


def _sort(set_: Stage) -> Sort:
    draw = chance(set_.brief.seed, "sort")
    if set_.brief.has("palm"):
        return "palm"
    if is_white(set_):
        return draw.choice(("conifer", "conifer", "bare"))
    if set_.brief.has("petals") or set_.brief.families[0] == "meadow":
        return draw.choice(("round", "round", "cypress"))
    return draw.choice(("conifer", "conifer", "round"))


def lakeside(set_: Stage) -> list[Layer]:
    """A lake that mirrors the mountains, woods on its far shore, and a dark near one."""
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "lakeside")
    shore = horizon + draw.uniform(0.075, 0.10)
    lit, shade = ground_of(set_)
    sort = _sort(set_)
    woods = row(draw, width=brief.width, count=62, y=(shore - 0.012, shore + 0.004), height=(0.03, 0.075))
    layers: list[Layer] = [
        Ridge(
            depth=0.2,
            seed=brief.seed + 10,
            form="rolling",
            base=shore + 0.01,
            height=0.07,
            rough=0.4,
            scale=0.5,
            lit=mixed(lit, tone.far, 0.35),
            shade=mixed(shade, tone.mid, 0.35),
            haze=mixed(tone.far, tone.horizon, 0.3),
            mist=0.25,
            air=0.15,
            contrast=0.8,
        ),
        plants_of(set_, sort if sort != "palm" else "round", woods, depth=0.22, air=0.22),
        Mist(depth=0.23, seed=brief.seed + 4, y=shore, height=0.035, colour=tone.horizon, density=0.5),
        Water(
            depth=0.35,
            seed=brief.seed,
            top=shore,
            near=tone.water[0],
            far=tone.water[1],
            light=mixed(tone.sun, tone.horizon, 0.3),
            calm=0.55 if brief.weather in {"storm", "rain"} else draw.uniform(0.78, 0.93),
            reflect=0.85,
            glint=0.5 if brief.weather in {"", "clear", "cloudy"} else 0.15,
        ),
    ]
    if brief.has("cabin"):
        layers[2:2] = home(set_, sort, y=shore + 0.004, size=0.085)
    if brief.has("boat") or likely(draw, 0.3):
        x, y = brief.width - set_.focus + draw.uniform(-0.08, 0.08), draw.uniform(0.80, 0.86)
        dark = mixed(tone.near, tone.accent[0], 0.25)
        shapes = (
            rowboat(x, y, 0.11, hull=dark, rim=tone.accent[0])
            if likely(draw, 0.5)
            else sailboat(x, y - 0.02, 0.13, hull=dark, sail=mixed(tone.sun, tone.accent[1], 0.3))
        )
        layers.append(Shapes(depth=0.55, seed=brief.seed, drift=0.004, shapes=shapes))
    return [*layers, *_near_shore(set_, sort)]


def _near_shore(set_: Stage, sort: Sort) -> list[Layer]:
    brief, tone = set_.brief, set_.tones
    draw = chance(brief.seed, "near shore")
    lit, shade = ground_of(set_)
    ground = Ridge(
        depth=0.9,
        seed=brief.seed + 12,
        form="rolling",
        base=1.10,
        height=0.13,
        rough=0.5,
        scale=0.9,
        lit=mixed(lit, tone.near, 0.35),
        shade=mixed(shade, tone.near, 0.75),
        haze=tone.near,
        mist=0.0,
        air=0.0,
        contrast=0.8,
        grass=() if is_white(set_) else grass_of(set_),
    )
    side = brief.width - set_.focus if likely(draw, 0.75) else set_.focus
    tall = framing(draw, width=brief.width, side=side, y=1.0, height=draw.uniform(0.42, 0.6))
    low = row(draw, width=brief.width, count=16, y=(1.0, 1.04), height=(0.06, 0.13))
    return [
        ground,
        plants_of(set_, sort, tall, depth=0.95),
        plants_of(set_, "bush" if is_white(set_) else "reed", low, depth=1.0),
    ]


def foothills(set_: Stage) -> list[Layer]:
    """Hills down to the lower edge, with woods on the far ones and grass on the near."""
    brief, tone, horizon = set_.brief, set_.tones, set_.horizon
    draw = chance(brief.seed, "foothills")
    lit, shade = ground_of(set_)
    sort = _sort(set_)
    layers: list[Layer] = []
    wooded = brief.families[0] == "mountain" or likely(draw, 0.5)
    for number, share in enumerate((0.2, 0.55, 1.0)):
        base = horizon + 0.08 + (1.07 - horizon - 0.08) * share
        tall = draw.uniform(0.09, 0.14)
        if number:
            veil = 0.5 * (1 - share)
            feet = (base - 1.0 * tall, base - 0.55 * tall)
            if wooded or sort == "conifer":
                plants = row(
                    draw,
                    width=brief.width,
                    count=(60, 34, 9)[number],
                    y=feet,
                    height=(0.04 + 0.05 * share, 0.09 + 0.10 * share),
                )
            else:
                plants = groups(
                    draw,
                    width=brief.width,
                    count=7,
                    y=feet,
                    height=(0.05 + 0.04 * share, 0.08 + 0.09 * share),
                    gap=(-1, -1),
                )
            if number == 1 or not brief.has("road", "flowers"):
                layers.append(plants_of(set_, sort, plants, depth=0.2 + 0.55 * share, air=veil, mist=veil))
        layers.append(
            Ridge(
                depth=0.2 + 0.6 * share,
                seed=brief.seed + 10 + number,
                form="rolling",
                base=base,
                height=tall,
                rough=0.45,
                scale=draw.uniform(0.7, 1.1),
                lit=mixed(lit, tone.far, 0.45 * (1 - share)),
                shade=mixed(mixed(shade, tone.near, 0.35 * share), mixed(tone.far, tone.mid, 0.5), 0.6 * (1 - share)),
                haze=mixed(tone.far, tone.horizon, 0.4),
                mist=0.6 * (1 - share),
                air=0.22 * (1 - share),
                contrast=0.95,
                grass=grass_of(set_) if share == 1 and not is_white(set_) else (),
            )
        )
    return [*layers, *foreground(set_, sort)]
