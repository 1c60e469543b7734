"""What grows where, and the ground it grows on, in the colours of the season."""

from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.compose.backdrop import Stage
from antiphon.engines.painter.layers import Plant, Sort, Trees


def is_white(set_: Stage) -> bool:
    """Whether snow lies."""
    return (set_.brief.season == "winter" or set_.brief.weather == "snow") and not set_.brief.lacks("snow", "winter")


def ground_of(set_: Stage) -> tuple[Colour, Colour]:
    """The ground in light, and in shade."""
    return set_.tones.snow if is_white(set_) else set_.tones.leaf


def plants_of(
    set_: Stage, sort: Sort, plants: tuple[Plant, ...], *, depth: float, air: float = 0.0, mist: float = 0.0
) -> Trees:
    """Plants in the colours of the season."""
    tone = set_.tones
    lit, shade = tone.leaf
    deep = mixed(shade, tone.near, 0.45)
    if sort == "conifer":
        lit, deep = mixed(shade, lit, 0.45), mixed(shade, tone.near, 0.6)
    blossom = (
        (Colour("#f9c6d4"), Colour("#fbe3ea"), Colour("#f2a3bd"))
        if set_.brief.has("petals") and sort == "round"
        else ()
    )
    if blossom:
        lit, deep = mixed(Colour("#f7bccd"), tone.far, 0.2), mixed(Colour("#b4647f"), tone.near, 0.3)
    return Trees(
        depth=depth,
        sort=sort,
        plants=plants,
        colour=deep,
        lit=lit,
        wood=mixed(mixed(Colour("#4b3426"), tone.near, 0.5), shade, 0.15),
        haze=mixed(tone.far, tone.horizon, 0.35),
        mist=mist,
        air=air,
        snow=0.8 if is_white(set_) else 0.0,
        blossom=blossom,
    )


def grass_of(set_: Stage) -> tuple[Colour, ...]:
    """Colours of tufts."""
    tone = set_.tones
    return mixed(tone.leaf[0], tone.leaf[1], 0.35), mixed(tone.leaf[0], tone.sun, 0.15)
