"""The kinds of layers that are in the sky."""

from dataclasses import dataclass
from typing import Literal

from antiphon.engines.painter.colour import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """A gradient with a glow around the light.

    Args:
        stops: Colours from `top` to `bottom`, evenly apart.
        glow: The colour around the light.
        reach: How far that goes.
        strength: 0 to 1.
    """

    kind: Literal["sky"] = "sky"
    depth: float = 0.0
    stops: tuple[Colour, ...]
    top: float = 0.0
    bottom: float = 1.0
    glow: Colour
    reach: float = 0.5
    strength: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stars:
    """Stars, and a milky way where `band` is above 0.

    Args:
        count: In a square as high as the picture.
        bottom: They fade out towards it.
    """

    kind: Literal["stars"] = "stars"
    depth: float = 0.0
    seed: int
    count: int
    bottom: float
    colour: Colour
    band: float = 0.0
    tint: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Nebula:
    """Glowing clouds all over the picture, in colours from dark to bright."""

    kind: Literal["nebula"] = "nebula"
    depth: float = 0.0
    seed: int
    colours: tuple[Colour, ...]
    scale: float = 1.0
    strength: float = 1.0
    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """The sun or the moon.

    Args:
        halo: How far it shines, in radii.
        phase: 0 to 1: how much of it is in shade.
        relief: Of the moon's seas, 0 to 1.
        stripes: That its lower half is cut by, for the retro sun.
    """

    kind: Literal["disc"] = "disc"
    depth: float = 0.0
    x: float
    y: float
    radius: float
    colour: Colour
    low: Colour
    halo: float = 3.0
    strength: float = 0.6
    phase: float = 0.0
    relief: float = 0.0
    stripes: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planet:
    """A ball lit from one side.

    Args:
        bands: Its colours from pole to pole.
        swirl: How much they are stirred: 0 (a gas giant in stripes) to 1 (land and sea).
        ring: Its radius in radii; 0 for none.
        lit: The direction of its light, in degrees clockwise from the right.
    """

    kind: Literal["planet"] = "planet"
    depth: float = 0.05
    seed: int
    x: float
    y: float
    radius: float
    bands: tuple[Colour, ...]
    swirl: float = 0.3
    ring: float = 0.0
    tilt: float = 15.0
    lit: float = 210.0
    air: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Clouds:
    """Clouds between two heights, larger towards the upper one.

    Args:
        horizon: Where they would all meet.
        cover: The share of the sky, 0 to 1.
        scale: Of the largest, in heights of the picture.
        soft: 0 (edges of cumulus) to 1 (veils).
        stretch: How many times as wide as they are high.
    """

    kind: Literal["clouds"] = "clouds"
    depth: float = 0.03
    seed: int
    horizon: float
    top: float = 0.0
    cover: float = 0.45
    scale: float = 0.5
    stretch: float = 2.5
    soft: float = 0.4
    lit: Colour
    shade: Colour
    haze: Colour
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aurora:
    """Curtains of light."""

    kind: Literal["aurora"] = "aurora"
    depth: float = 0.0
    seed: int
    bottom: float
    colours: tuple[Colour, ...]
    strength: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rainbow:
    """A bow around a point below the horizon."""

    kind: Literal["rainbow"] = "rainbow"
    depth: float = 0.02
    x: float
    y: float
    radius: float
    strength: float = 0.35
