"""The scene: all there is to know about a picture before it is painted, as a plain value.

Places are in units of the picture's height: (0, 0) is the top left corner, (width, 1) the bottom right one. Layers are
in the order in which they are painted. A layer's `depth` is how much it moves as the camera moves: 0 is as far as the
stars, 1 is where the camera is at home.
"""

from dataclasses import dataclass, field
from typing import Literal

from antiphon.engines.painter.colour import Colour

VERSION = 1
"""Of the form in which it is written. A later release reads all earlier ones."""

Point = tuple[float, float]


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
    snow_lit: Colour = Colour("#ffffff")
    snow_shade: Colour = Colour("#9fb4d0")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A house of a row: its left edge, breadth and height, how its top looks, and which windows are lit."""

    x: float
    width: float
    height: float
    top: Literal["flat", "steps", "spire", "slope", "dome", "gable", "tank"] = "flat"
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
    tint: Colour = Colour("#808080")
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
