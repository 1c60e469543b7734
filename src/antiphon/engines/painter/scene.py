"""The scene: all there is to know about a picture before it is painted, as a plain value.

Places are in units of the picture's height: (0, 0) is the top left corner, (width, 1) the bottom right one.
"""

from dataclasses import dataclass, field

from antiphon.engines.painter.colour import Colour
from antiphon.engines.painter.layers import Layer

_GREY = Colour("#808080")

VERSION = 1
"""Of the form in which it is written. A later release reads all earlier ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Where light comes from.

    Args:
        x: Of the sun, the moon or a window; may lie outside the picture.
        y: As `x`.
        colour: What it makes of white.
        ambient: What is in its shade.
        strength: 0 (none: even light) to 1.
    """

    x: float
    y: float
    colour: Colour
    ambient: Colour
    strength: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where the picture is taken from, relative to where it was composed.

    Args:
        x: To the right, in heights of the picture, for what is at depth 1.
        y: As `x`, down.
        zoom: How much larger things at depth 1 are.
        time: Seconds: clouds, water and weather move with it.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    time: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What is done to the whole picture at last.

    Args:
        contrast: Added to that which there is, -1 to 1.
        chroma: A factor.
        tint: A colour that shadows and lights lean to.
        lean: How much, 0 to 1.
        vignette: How much darker the corners are, 0 to 1.
        grain: Of film, in shares of white.
        paper: Of paper under paint, 0 to 1.
    """

    contrast: float = 0.0
    chroma: float = 1.0
    tint: Colour = _GREY
    lean: float = 0.0
    vignette: float = 0.18
    grain: float = 0.012
    paper: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture to be painted.

    Args:
        width: In heights.
        title: What it shows, in a few words.
        background: What is where no layer is.
    """

    version: int = VERSION
    seed: int
    width: float
    title: str
    family: str
    background: Colour
    layers: tuple[Layer, ...]
    light: Light
    camera: Camera = field(default_factory=Camera)
    grade: Grade = field(default_factory=Grade)
