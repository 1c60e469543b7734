"""What landscapes have in common: the sky with what is in it, weather before it, and the last hand."""

from dataclasses import dataclass

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, mixed, turned
from antiphon.engines.painter.compose.tones import Tones
from antiphon.engines.painter.heavens import Aurora, Clouds, Disc, Rainbow, Sky, Stars
from antiphon.engines.painter.layers import Falling, Layer, Mist, Rays
from antiphon.engines.painter.scene import Grade, Light, Scene

_LOW: dict[str, float] = {
    "dawn": 0.10,
    "golden": 0.17,
    "sunset": 0.06,
    "dusk": 0.0,
    "day": 0.42,
    "overcast": 0.3,
    "night": 0.40,
}
"""How high the sun or the moon is above the horizon, in heights of the picture."""

_HIDDEN = {"storm", "rain", "fog", "overcast", "snow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a landscape is built on.

    Args:
        horizon: Where the sky ends, in heights of the picture.
        focus: Where the eye is led to, from the left, in heights of the picture.
        light: The scene's.
        sky: The layers behind the land.
    """

    brief: Brief
    tones: Tones
    horizon: float
    focus: float
    light: Light
    sky: tuple[Layer, ...]

    @property
    def width(self) -> float:
        """Of the picture, in its heights."""
        return self.brief.width


def stage(brief: Brief, tones: Tones, *, horizon: float, opposite: bool = False) -> Stage:
    """A sky over a horizon, with a light at one side of the focus.

    Args:
        brief: What is asked for.
        tones: Its colours.
        horizon: Where the sky ends.
        opposite: That the light is where the focus is, as over the sea.
    """
    draw = chance(brief.seed, "stage")
    width = brief.width
    side = draw.choice((0.36, 0.64)) + draw.uniform(-0.04, 0.04)
    focus = side * width
    at = focus + draw.uniform(-0.03, 0.03) * width if opposite else (1 - side + draw.uniform(-0.06, 0.06)) * width
    if brief.like is not None:
        at, horizon = brief.like.light[0] * width, min(0.8, max(0.4, brief.like.horizon))
    high = _LOW[tones.time] * draw.uniform(0.8, 1.25)
    if tones.time == "day" and brief.has("sun"):
        high = 0.34
    light = Light(x=at, y=horizon - high, colour=tones.sun, ambient=tones.sky[1])
    return Stage(
        brief=brief,
        tones=tones,
        horizon=horizon,
        focus=focus,
        light=light,
        sky=_sky(brief, tones, horizon=horizon, light=light),
    )


def _sky(brief: Brief, tones: Tones, *, horizon: float, light: Light) -> tuple[Layer, ...]:
    strength = {"day": 0.22, "overcast": 0.25, "night": 0.30}.get(tones.time, 0.7)
    glow = mixed(tones.horizon, tones.sun, 0.65)
    layers: list[Layer] = [
        Sky(stops=tones.sky, bottom=horizon + 0.03, glow=glow, reach=0.34 if tones.dark else 0.42, strength=strength)
    ]
    if (tones.dark or brief.has("stars")) and brief.weather not in _HIDDEN and not brief.lacks("stars"):
        layers.append(_stars(brief, tones, horizon))
    if brief.has("aurora"):
        green = (Colour("#b8ffd0"), Colour("#43e0a0"), Colour("#2f7fd0"), Colour("#7a3fb0"))
        layers.append(Aurora(seed=brief.seed, bottom=horizon - 0.06, colours=green, strength=0.85))
    layers += _disc(brief, tones, light)
    if brief.has("rainbow"):
        layers.append(Rainbow(x=brief.width * 0.5, y=horizon + 0.25, radius=0.42 * max(1.0, brief.width) + 0.12))
    return (*layers, *_clouds(brief, tones, horizon))


def _stars(brief: Brief, tones: Tones, horizon: float) -> Stars:
    wished = brief.has("stars")
    count = 900 if wished else 520
    if tones.time != "night":
        count = 700 if wished else 170
    band = 1.0 if wished and tones.time == "night" else 0.0
    return Stars(
        seed=brief.seed, count=count, bottom=horizon, colour=tones.sun, band=band, tint=turned(tones.sky[3], light=0.2)
    )


def _disc(brief: Brief, tones: Tones, light: Light) -> list[Layer]:
    draw = chance(brief.seed, "disc")
    if tones.time == "night":
        if brief.lacks("moon") or brief.weather in _HIDDEN or (brief.has("aurora") and not brief.has("moon")):
            return []
        radius = 0.075 if brief.has("moon") else 0.034
        phase = draw.choice((0.0, 0.0, 0.3, 0.42))
        phase = 0.0 if brief.has("fullmoon") else 0.36 if brief.has("crescent") else phase
        return [
            Disc(
                x=light.x,
                y=light.y,
                radius=radius,
                colour=tones.sun,
                low=mixed(tones.sun, tones.sky[3], 0.15),
                halo=4.0,
                strength=0.55,
                relief=0.16,
                phase=phase,
                seed=brief.seed,
            )
        ]
    if brief.lacks("sun") or brief.weather in _HIDDEN or tones.time == "overcast":
        return []
    if tones.time in {"day", "dusk"} and not brief.has("sun", "retro"):
        return []
    big = 0.13 if brief.has("retro", "print") else 0.075 if brief.has("flat", "sun") else 0.045
    stripes = 7 if brief.has("retro") and tones.time == "sunset" and brief.has("neon", "retro") else 0
    y = min(light.y, 0.95)
    low = mixed(tones.sun, tones.accent[1], 0.35 if tones.time != "day" else 0.08)
    return [Disc(x=light.x, y=y, radius=big, colour=tones.sun, low=low, halo=3.2, strength=0.7, stripes=stripes)]


def _clouds(brief: Brief, tones: Tones, horizon: float) -> list[Layer]:
    if brief.lacks("cloudy") or brief.weather == "clear":
        return []
    draw = chance(brief.seed, "clouds")
    cover = draw.choice((0.22, 0.34, 0.44, 0.52))
    soft = draw.choice((0.15, 0.35, 0.75))
    if brief.weather in {"overcast", "storm", "rain", "snow"}:
        cover, soft = 0.86, 0.6
    elif brief.weather == "cloudy":
        cover, soft = 0.62, 0.15
    elif brief.weather == "fog":
        cover, soft = 0.4, 1.0
    elif tones.time == "night" or brief.has("stars", "aurora", "flat", "neon"):
        cover *= 0.5
    haze = mixed(tones.sky[2], tones.horizon, 0.6)
    lit = tones.cloud[0] if brief.weather not in {"storm", "rain"} else mixed(tones.cloud[0], tones.cloud[1], 0.45)
    return [
        Clouds(
            seed=brief.seed,
            horizon=horizon,
            cover=cover,
            scale=draw.uniform(0.34, 0.6),
            stretch=draw.uniform(1.7, 3.2),
            soft=soft,
            lit=lit,
            shade=tones.cloud[1],
            haze=haze,
            strength=0.75 if tones.time == "night" else 0.95,
        )
    ]


def finished(stage: Stage, layers: list[Layer], family: str) -> Scene:
    """The scene, with weather before it."""
    brief, tones = stage.brief, stage.tones
    return Scene(
        seed=brief.seed,
        width=brief.width,
        title=brief.subject,
        family=family,
        background=tones.horizon,
        layers=(*stage.sky, *layers, *weather(stage)),
        light=stage.light,
        grade=grade(brief, tones),
    )


def weather(stage: Stage) -> list[Layer]:
    """What is in the air before everything else."""
    brief, tones = stage.brief, stage.tones
    draw = chance(brief.seed, "weather")
    wind = draw.choice((-1, 1)) * (0.55 if brief.has("storm", "wind") else 0.18)
    pale = mixed(tones.horizon, Colour("#ffffff"), 0.45)
    layers: list[Layer] = []
    if brief.weather in {"rain", "storm"}:
        layers.append(
            Mist(depth=0.8, seed=brief.seed + 5, y=stage.horizon + 0.12, height=0.5, colour=tones.horizon, density=0.35)
        )
        layers.append(Falling(seed=brief.seed, what="rain", count=700, colours=(pale,), wind=wind))
    if brief.weather == "fog":
        layers.append(
            Mist(depth=0.9, seed=brief.seed + 6, y=stage.horizon + 0.2, height=0.6, colour=tones.horizon, density=0.45)
        )
    if brief.weather == "snow":
        layers.append(Falling(seed=brief.seed, what="snow", count=520, colours=(Colour("#ffffff"),), wind=wind))
    if brief.has("leaves") or (brief.season == "autumn" and brief.has("wind")):
        layers.append(
            Falling(seed=brief.seed, what="leaves", count=60, colours=(tones.leaf[0], *tones.accent), wind=wind)
        )
    if brief.has("petals"):
        petals = (Colour("#ffd7e2"), Colour("#f7a8c0"))
        layers.append(Falling(seed=brief.seed, what="petals", count=70, colours=petals, wind=wind))
    if brief.has("fireflies"):
        layers.append(
            Falling(seed=brief.seed, what="sparks", count=60, colours=(Colour("#ffe08a"), tones.accent[1]), wind=0.0)
        )
    if tones.time in {"golden", "dawn"} and not layers and brief.has("sun", "epic", "dramatic"):
        layers.append(Rays(seed=brief.seed, colour=tones.sun, strength=0.22))
    return layers


def grade(brief: Brief, tones: Tones) -> Grade:
    """The last hand for a style."""
    paper = 0.6 if brief.has("paint") else 0.4 if brief.has("print", "retro") else 0.0
    grain = 0.006 if brief.has("photo", "flat") else 0.024 if brief.has("retro", "print", "noir") else 0.010
    contrast = 0.22 if brief.has("dramatic", "epic", "noir", "print") else 0.10
    lean = 0.10 if brief.has("retro") else 0.0
    return Grade(
        contrast=contrast,
        paper=paper,
        grain=grain,
        tint=tones.accent[1],
        lean=lean,
        vignette=0.30 if brief.has("dark", "noir", "dramatic") else 0.16,
    )
