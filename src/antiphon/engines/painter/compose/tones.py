"""Which colours a picture is in: a palette that suits the brief, and what things look like in its light."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from antiphon.engines.painter.brief import Brief
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour, lab, mixed, towards, turned
from antiphon.engines.painter.vocabulary import Palette, palettes

_WHITE, _BLACK = Colour("#ffffff"), Colour("#05060a")

_TINTED: Mapping[str, float] = {
    "day": 0.30,
    "overcast": 0.45,
    "dawn": 0.50,
    "golden": 0.45,
    "sunset": 0.62,
    "dusk": 0.72,
    "night": 0.80,
}
"""How far things take on the colours of the time of day."""

_BY_MOOD: Mapping[str, tuple[str, ...]] = {
    "dark": ("night", "night", "dusk"),
    "warm": ("golden", "sunset"),
    "cold": ("overcast", "day"),
    "romantic": ("sunset", "dawn", "dusk"),
    "melancholic": ("overcast", "dusk"),
    "mysterious": ("dusk", "night", "overcast"),
    "dramatic": ("sunset", "overcast"),
    "passionate": ("sunset",),
    "bright": ("day",),
    "cheerful": ("day", "golden"),
    "fresh": ("day", "dawn"),
}
_BY_SEASON: Mapping[str, tuple[str, ...]] = {
    "summer": ("day", "golden"),
    "spring": ("day", "dawn"),
    "autumn": ("golden", "dawn"),
    "winter": ("day", "dawn", "overcast"),
}
_ANY = ("day", "day", "golden", "golden", "dawn", "sunset", "dusk")
_GREY = {"overcast", "storm", "rain", "fog", "snow"}

_OUTDOORS = {"mountain", "meadow", "coast", "forest", "desert", "city"}
_OF_LAND = {Colour("#4c9a4a"), Colour("#8a5a3c"), Colour("#e9b824")}
"""Green, brown and yellow, as words for colours have them: outdoors they are said of what grows."""

_LEAVES: Mapping[str, tuple[Colour, Colour]] = {
    "spring": (Colour("#a3c255"), Colour("#3f6b35")),
    "summer": (Colour("#7fae45"), Colour("#1f5232")),
    "autumn": (Colour("#e0913a"), Colour("#7a3520")),
    "winter": (Colour("#9db0b0"), Colour("#2f4a50")),
    "": (Colour("#86a94c"), Colour("#244f36")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tones:
    """The colours of one picture.

    Args:
        time: "dawn", "day", "golden", "sunset", "dusk", "night" or "overcast".
        sky: From the top to the horizon.
        leaf: In light, and in shade; so are rock, sand, snow, wall and water (near, far).
    """

    time: str
    sky: tuple[Colour, ...]
    sun: Colour
    cloud: tuple[Colour, Colour]
    far: Colour
    mid: Colour
    near: Colour
    accent: tuple[Colour, Colour]
    leaf: tuple[Colour, Colour]
    rock: tuple[Colour, Colour]
    sand: tuple[Colour, Colour]
    snow: tuple[Colour, Colour]
    wall: tuple[Colour, Colour]
    water: tuple[Colour, Colour]

    @property
    def horizon(self) -> Colour:
        """The sky where it meets the land."""
        return self.sky[-1]

    @property
    def dark(self) -> bool:
        """Whether it is night, or nearly."""
        return self.time in {"night", "dusk"}


def tones(brief: Brief, *, times: tuple[str, ...] = _ANY) -> Tones:
    """The colours for a brief.

    Args:
        brief: What is asked for.
        times: Of the day that suit the subject, where the brief does not say.
    """
    draw = chance(brief.seed, "tones")
    time = _time(brief, times, draw.random())
    palette = _chosen(brief, time, draw.random())
    share = _TINTED[time]
    hue = brief.twist[0] * 9.0
    sky = tuple(turned(colour, hue=hue) for colour in palette.sky)
    far, mid, near = (turned(colour, hue=hue) for colour in palette.land)
    lit, shade = palette.sun, palette.sky[1]

    def local(light: str, dark: str, keep: float = 1.0) -> tuple[Colour, Colour]:
        tint = share * keep
        bright = mixed(mixed(Colour(light), lit, 0.12 * share + 0.04), mixed(mid, far, 0.35), tint)
        deep = mixed(mixed(Colour(dark), shade, 0.22), mixed(mid, near, 0.6), min(0.9, tint + 0.12))
        return bright, deep

    leaf = _LEAVES[brief.season if brief.season in _LEAVES else ""]
    bare = Tones(
        time=time,
        sky=sky,
        sun=palette.sun,
        cloud=palette.cloud,
        far=far,
        mid=mid,
        near=near,
        accent=palette.accent,
        leaf=local(*leaf, keep=0.5 if brief.season == "autumn" else 0.75),
        rock=local("#b9aa9a", "#4a4a58"),
        sand=local("#ecc88e", "#8a5238", keep=0.75),
        snow=(
            mixed(mixed(_WHITE, palette.sun, 0.6), far, 0.25 * share),
            mixed(mixed(Colour("#9db4dc"), shade, 0.3), mid, 0.45 * share),
        ),
        wall=local("#d9c3ab", "#5d5668"),
        water=_water(palette, sky, share),
    )
    return _coloured(brief, bare)


def _water(palette: Palette, sky: tuple[Colour, ...], share: float) -> tuple[Colour, Colour]:
    deep = mixed(mixed(Colour("#0f5a78"), sky[0], 0.35), palette.land[2], 0.12 + 0.4 * share)
    return deep, mixed(mixed(sky[1], sky[2], 0.5), Colour("#3d93a8"), 0.30 * (1 - share))


def _time(brief: Brief, times: tuple[str, ...], roll: float) -> str:
    if brief.time:
        grey = brief.weather in _GREY - {"snow"} and brief.time == "day"
        return "overcast" if grey else brief.time
    if brief.has("neon"):
        return "night" if roll < 0.5 else "sunset"  # noqa: PLR2004 - one or the other
    if brief.has("stars", "aurora", "moon", "fireflies"):
        return "night"
    if brief.weather in _GREY:
        return "overcast"
    for mood in brief.moods:
        if mood in _BY_MOOD and mood not in brief.absent:
            suited = _BY_MOOD[mood]
            return suited[int(roll * len(suited))]
    fitting = tuple(time for time in times if time in _BY_SEASON.get(brief.season, times)) or times
    return fitting[int(roll * len(fitting))]


def _chosen(brief: Brief, time: str, roll: float) -> Palette:
    """The palette that most of the wishes suit; by chance among equals, the words of the prompt having a say."""
    wishes = {*brief.moods, *brief.styles} - brief.absent
    if brief.weather == "storm":
        wishes |= {"dramatic"}
    if brief.weather == "snow" or brief.season == "winter":
        wishes |= {"cold"}
    fitting = [palette for palette in palettes().values() if palette.time == time]
    scores = [
        len(wishes & set(palette.moods)) - 3 * ("neon" in palette.moods) * ("neon" not in wishes) for palette in fitting
    ]
    best = [palette for palette, score in zip(fitting, scores, strict=True) if score == max(scores)]
    return best[int((roll + 1 + brief.twist[1]) * 997) % len(best)]


def _coloured(brief: Brief, plain: Tones) -> Tones:
    """The tones as they are where colours are named, a picture is given, or there is to be none."""
    if brief.has("noir"):
        return _mapped(plain, lambda colour: turned(colour, chroma=0.0))
    if brief.like is not None:
        rows = brief.like.rows
        upper = tuple(rows[round(at * (len(rows) - 1) * 0.6)] for at in (0.0, 0.33, 0.66, 1.0))
        leading = brief.like.accents
        moved = _mapped(plain, lambda colour: _nearest(colour, leading))
        light = sum(lab(colour)[0] for colour in upper) / len(upper)
        return replace(moved, sky=upper if light > 0.12 else moved.sky, accent=(leading[0], leading[-1]))  # noqa: PLR2004
    if brief.colours:
        return _named(brief, plain)
    chroma = 1.18 if brief.has("bright") else 0.72 if brief.has("melancholic") else 1.0
    moved = _mapped(plain, lambda colour: turned(colour, chroma=chroma)) if chroma != 1.0 else plain
    if brief.has("dreamy"):
        moved = _mapped(moved, lambda colour: mixed(colour, Colour("#f3e3ea"), 0.16))
    if brief.has("dark") and not plain.dark:
        moved = _mapped(moved, lambda colour: mixed(colour, _BLACK, 0.45))
    if brief.has("warm"):
        moved = _mapped(moved, lambda colour: mixed(colour, towards(colour, Colour("#e07b39"), 0.8), 0.4))
    if brief.has("cold") or (brief.season == "winter" and not brief.has("warm")):
        moved = _mapped(moved, lambda colour: mixed(colour, towards(colour, Colour("#5b8fc9"), 0.8), 0.25))
    return moved


def _named(brief: Brief, plain: Tones) -> Tones:
    """Colours that are asked for by name. Outdoors the sky takes them on, or what grows, and the rest leans to them."""
    first, last = brief.colours[0], brief.colours[-1]
    accents = (last, plain.accent[1])
    if brief.families[0] not in _OUTDOORS:
        keen = 0.72 if len(brief.colours) == 1 else 0.5
        return replace(_mapped(plain, lambda colour: towards(colour, first, keen)), accent=accents)
    if first in _OF_LAND:
        lit, shade = plain.leaf
        leaf = mixed(lit, towards(lit, first, 1.0), 0.6), mixed(shade, towards(shade, first, 1.0), 0.5)
        return replace(plain, leaf=leaf, accent=accents)
    leaning = _mapped(plain, lambda colour: towards(colour, first, 0.3))
    sky = tuple(towards(colour, first, 0.75) for colour in plain.sky)
    cloud = towards(plain.cloud[0], first, 0.5), towards(plain.cloud[1], first, 0.6)
    return replace(leaning, sky=sky, cloud=cloud, accent=accents)


def _nearest(colour: Colour, leading: tuple[Colour, ...]) -> Colour:
    """A colour that leans to the one of some that is nearest in lightness."""
    light = lab(colour)[0]
    return towards(colour, min(leading, key=lambda other: abs(lab(other)[0] - light)), 0.8)


def _mapped(old: Tones, change: Callable[[Colour], Colour]) -> Tones:
    def pair(two: tuple[Colour, Colour]) -> tuple[Colour, Colour]:
        return change(two[0]), change(two[1])

    return Tones(
        time=old.time,
        sky=tuple(change(colour) for colour in old.sky),
        sun=mixed(old.sun, change(old.sun), 0.5),
        cloud=pair(old.cloud),
        far=change(old.far),
        mid=change(old.mid),
        near=change(old.near),
        accent=pair(old.accent),
        leaf=pair(old.leaf),
        rock=pair(old.rock),
        sand=pair(old.sand),
        snow=pair(old.snow),
        wall=pair(old.wall),
        water=pair(old.water),
    )
