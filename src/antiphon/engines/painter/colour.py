"""Colours, and how they are mixed: in Oklab, where half way looks half way.

The matrices are those of Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

import functools
import math
from typing import NewType

Colour = NewType("Colour", str)
"""Such as "#1b2d4f", sRGB."""

Lab = tuple[float, float, float]
"""Lightness 0 to 1, green to red, blue to yellow."""


def rgb(colour: Colour) -> tuple[float, float, float]:
    """Red, green and blue, 0 to 1, as sRGB encodes them."""
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def named(red: float, green: float, blue: float) -> Colour:
    """The colour of three values of 0 to 1; what lies outside is brought inside."""
    return Colour("#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in (red, green, blue)))


@functools.lru_cache(maxsize=4096)
def lab(colour: Colour) -> Lab:
    """A colour in Oklab."""
    red, green, blue = (_linear(part) for part in rgb(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def of_lab(place: Lab) -> Colour:
    """The colour at a place in Oklab; the nearest there is, channel by channel."""
    light, green_red, blue_yellow = place
    long = (light + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (light - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (light - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return named(
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """From the first colour (0) to the second (1)."""
    one, other = lab(first), lab(second)
    a, b, c = (here + (there - here) * share for here, there in zip(one, other, strict=True))
    return of_lab((a, b, c))


def turned(colour: Colour, *, hue: float = 0.0, chroma: float = 1.0, light: float = 0.0) -> Colour:
    """A colour moved: `hue` in degrees, `chroma` a factor, `light` added to its lightness."""
    lightness, a, b = lab(colour)
    angle = math.atan2(b, a) + math.radians(hue)
    strength = math.hypot(a, b) * chroma
    return of_lab((min(1.0, max(0.0, lightness + light)), strength * math.cos(angle), strength * math.sin(angle)))


def towards(colour: Colour, hue: Colour, share: float) -> Colour:
    """A colour that takes on another's hue, and keeps its lightness."""
    lightness, a, b = lab(colour)
    _, to_a, to_b = lab(hue)
    strength = math.hypot(a, b)
    wanted = math.hypot(to_a, to_b)
    scale = (0.5 * strength + 0.5 * wanted) / wanted if wanted > 0.02 else 0.0  # noqa: PLR2004 - grey has no hue
    return of_lab((lightness, a + (to_a * scale - a) * share, b + (to_b * scale - b) * share))


def ramp(stops: tuple[Colour, ...], at: float) -> Colour:
    """The colour at 0 to 1 of several that are evenly apart."""
    place = min(1.0, max(0.0, at)) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2) if len(stops) > 1 else 0
    return mixed(stops[index], stops[min(index + 1, len(stops) - 1)], place - index)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055  # noqa: PLR2004 - sRGB's
