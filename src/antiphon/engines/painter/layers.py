"""What scenes are made of: one kind of layer to a class.

Places are in units of the picture's height: (0, 0) is the top left corner. Layers are in the order in which they are
painted. A layer's `depth` is how much it moves as the camera moves: 0 is as far as the stars, 1 is where the camera is
at home.
"""

from dataclasses import dataclass
from typing import Literal

from antiphon.engines.painter.colour import Colour
from antiphon.engines.painter.heavens import Aurora, Clouds, Disc, Nebula, Planet, Rainbow, Sky, Stars

_WHITE, _BLUISH = Colour("#ffffff"), Colour("#9fb4d0")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A summit: where it is, how high above the ridge's base, and how broad."""

    x: float
    height: float
    spread: float


Form = Literal["alpine", "rolling", "dunes", "mesa", "cliff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """A range of mountains, hills or dunes, seen from the side; the ground is one too.

    Args:
        base: Where it meets what is before it; below, all is filled.
        peaks: What it is made of, besides its roughness.
        height: Of what is between the peaks.
        rough: 0 (smooth) to 1 (torn).
        scale: Of its roughness, in heights of the picture.
        lit: The colour of what faces the light.
        shade: That of what does not.
        haze: What it fades into.
        mist: How much it does so at its base, 0 to 1.
        air: How much it does so everywhere, 0 to 1.
        snow: How far down from the highest summit snow reaches, 0 to 1.
        contrast: Between light and shade, 0 (flat) to 1.
        grass: Colours of tufts, of what grows on it; none for bare ground.
    """

    kind: Literal["ridge"] = "ridge"
    depth: float
    seed: int
    form: Form
    base: float
    peaks: tuple[Peak, ...] = ()
    height: float = 0.1
    rough: float = 0.5
    scale: float = 0.5
    lit: Colour
    shade: Colour
    haze: Colour
    mist: float = 0.5
    air: float = 0.2
    snow: float = 0.0
    snow_lit: Colour = _WHITE
    snow_shade: Colour = _BLUISH
    contrast: float = 0.7
    grass: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """Water from a line down, with what is above it reflected.

    Args:
        top: Its far shore, or the horizon.
        bottom: Its near shore.
        near: Its own colour where it is near.
        far: As `near`, where it is far.
        calm: 0 (waves) to 1 (a mirror).
        glint: How much light lies on it, 0 to 1.
    """

    kind: Literal["water"] = "water"
    depth: float = 0.3
    seed: int
    top: float
    bottom: float = 1.0
    near: Colour
    far: Colour
    light: Colour
    calm: float = 0.6
    reflect: float = 0.6
    glint: float = 0.6
    foam: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mist:
    """A band of fog."""

    kind: Literal["mist"] = "mist"
    depth: float
    seed: int
    y: float
    height: float
    colour: Colour
    density: float = 0.7


Sort = Literal["conifer", "round", "palm", "bare", "birch", "cypress", "bush", "reed", "cactus", "trunk", "grass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One of those of `Trees`: where its foot is, how high it is, and which of the sort."""

    x: float
    y: float
    height: float
    seed: int
    lean: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Trees, shrubs or reeds, painted in the order given.

    Args:
        colour: Of leaves in shade.
        lit: Of leaves in light.
        wood: Of stems.
        haze: What their feet fade into.
        mist: How much they do so, 0 to 1.
        snow: 0 to 1.
        blossom: Of fruit or blossom; none for none.
    """

    kind: Literal["trees"] = "trees"
    depth: float
    sort: Sort
    plants: tuple[Plant, ...]
    colour: Colour
    lit: Colour
    wood: Colour
    haze: Colour
    mist: float = 0.0
    air: float = 0.0
    snow: float = 0.0
    blossom: tuple[Colour, ...] = ()


Top = Literal["flat", "steps", "spire", "slope", "dome", "gable", "tank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A house of a row: its left edge, breadth and height, how its top looks, and which windows are lit."""

    x: float
    width: float
    height: float
    top: Top = "flat"
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildings:
    """A row of houses.

    Args:
        base: Where they stand.
        wall: Of the side that is lit; `shade` of the other.
        lamps: Colours of lit windows.
        lights: The share of windows that are lit.
        window: How high a storey is, in heights of the picture.
    """

    kind: Literal["buildings"] = "buildings"
    depth: float
    base: float
    houses: tuple[Building, ...]
    wall: Colour
    shade: Colour
    haze: Colour
    mist: float = 0.4
    air: float = 0.0
    lamps: tuple[Colour, ...] = ()
    lights: float = 0.4
    pane: Colour
    window: float = 0.018


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A flat shape with a soft shading inside.

    Args:
        points: Its outline.
        colour: What it is filled with.
        shade: What it goes over into; the same for none.
        angle: The direction of that, in degrees clockwise from the right.
        grain: How coarse that is: 0 (smooth) to 1 (stippled).
        round: That the outline is a curve through the points.
        alpha: 0 to 1.
    """

    points: tuple[Point, ...]
    colour: Colour
    shade: Colour | None = None
    angle: float = 90.0
    grain: float = 0.6
    round: bool = False
    alpha: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Flat shapes, one over the other. `drift` is how fast they go by themselves, in heights a second to the right."""

    kind: Literal["shapes"] = "shapes"
    depth: float
    drift: float = 0.0
    seed: int = 0
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Falling:
    """Rain, snow, leaves or sparks in the air."""

    kind: Literal["falling"] = "falling"
    depth: float = 1.0
    seed: int
    what: Literal["rain", "snow", "leaves", "petals", "sparks", "bubbles"]
    count: int
    colours: tuple[Colour, ...]
    wind: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rays:
    """Shafts of light from the light's place."""

    kind: Literal["rays"] = "rays"
    depth: float = 0.1
    seed: int
    colour: Colour
    strength: float = 0.3
    spread: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """A line of text.

    Args:
        x: Of its middle, or of its left edge where `left`.
        y: Of its middle.
        size: Height of its capitals.
        width: The most that it takes; it is made smaller where it would take more.
        spacing: Between letters, in sizes.
    """

    kind: Literal["letters"] = "letters"
    depth: float = 1.0
    text: str
    x: float
    y: float
    size: float
    width: float
    colour: Colour
    shadow: Colour | None = None
    spacing: float = 0.0
    left: bool = False
    heavy: float = 0.0


Layer = (
    Sky
    | Stars
    | Nebula
    | Disc
    | Planet
    | Clouds
    | Aurora
    | Rainbow
    | Ridge
    | Water
    | Mist
    | Trees
    | Buildings
    | Shapes
    | Falling
    | Rays
    | Letters
)
