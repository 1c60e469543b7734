"""What falls, flies or rises before the camera: tiles that go round, the near ones larger and faster."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, ImageChops

from antiphon.engines.film.plane import NEUTRAL, Yuv, halved, light, picture, yuv
from antiphon.engines.film.plate import Moment, Size
from antiphon.engines.painter.layers import Falling
from antiphon.engines.painter.paint.air import falling
from antiphon.engines.painter.paint.view import Plane, Planes, View
from antiphon.engines.painter.scene import Light

_COLOURLESS = frozenset({"rain", "snow"})
_SHINING = frozenset({"sparks", "bubbles"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a sort falls.

    Args:
        speed: Heights a second, of what is as far as the camera's home.
        sway: Heights to each side.
        pace: Of swaying, in times a second.
        pulse: How much light of it comes and goes, 0 to 1.
    """

    speed: float
    sway: float = 0.0
    pace: float = 0.2
    pulse: float = 0.0


_COURSES: Mapping[str, Course] = MappingProxyType(
    {
        "rain": Course(speed=1.7),
        "snow": Course(speed=0.13, sway=0.012, pace=0.25),
        "leaves": Course(speed=0.15, sway=0.03, pace=0.35),
        "petals": Course(speed=0.10, sway=0.03, pace=0.3),
        "sparks": Course(speed=-0.012, sway=0.02, pace=0.15, pulse=0.8),
        "bubbles": Course(speed=-0.09, sway=0.006, pace=0.6),
    }
)
_DISTANCES = ((1.0, 0.5), (1.3, 0.3), (1.8, 0.2))
"""How near tiles are, and the share that each has of all."""

_SLOWER = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A tile as large as a frame, that goes on at its edges as at the opposite ones.

    Args:
        paint: Its colours; of light, what is added.
        cover: As a plate's; None of light.
        plain: Its luma, where it has no colour of its own; its paint is not looked at then.
        down: Rows a frame: a whole number, so that it does not tremble.
        aside: Columns a frame.
        course: What sort of thing it is.
        near: How near it is.
        rate: Frames a second.
    """

    paint: Yuv
    cover: Any
    plain: int | None
    down: int
    aside: float
    course: Course
    near: float
    rate: int

    def floor(self, moment: Moment, size: Size) -> int:
        """As `Actor` has it."""
        del moment
        return size[1]

    def draw(self, frame: Yuv, moment: Moment, floor: int) -> None:
        """As `Actor` has it."""
        del floor  # It is before all that hides anything.
        width, height = frame.y.size
        number = moment.time * self.rate
        turn = 2 * math.pi * self.course.pace * moment.time + 2.1 * self.near
        aside = self.aside * number + self.course.sway * self.near * height * math.sin(turn)
        x = round(aside - moment.camera.x * self.near * height) % width
        y = round(self.down * number - moment.camera.y * self.near * height) % height
        if self.plain is not None:
            frame.y.paste(self.plain, (0, 0, width, height), ImageChops.offset(self.cover, x, y))
            return
        places = (x, y), (x // 2, y // 2), (x // 2, y // 2)
        moved = Yuv(*(ImageChops.offset(plane, *place) for plane, place in zip(self.paint, places, strict=True)))
        if self.cover is None:
            _shine(frame, moved, 1 - self.course.pulse * (0.5 + 0.5 * math.sin(3.1 * turn)))
            return
        mask = ImageChops.offset(self.cover, x, y)
        small = halved(mask)
        for under, over, share in zip(frame, moved, (mask, small, small), strict=True):
            under.paste(over, (0, 0), share)


def _shine(frame: Yuv, over: Yuv, strength: float) -> None:
    for under, plane, dark in zip(frame, over, (0, NEUTRAL, NEUTRAL), strict=True):
        dimmed = Image.blend(Image.new("L", plane.size, dark), plane, strength)
        under.paste(ImageChops.add(under, dimmed, 1, -dark), (0, 0))


def falls(layer: Falling, sun: Light, *, size: Size, rate: int) -> list[Fall]:
    """The tiles of a layer, the far ones first."""
    course, height = _COURSES[layer.what], size[1]
    made = []
    for number, (near, share) in enumerate(_DISTANCES):
        some = replace(layer, count=max(2, round(layer.count * share)), seed=layer.seed + number)
        colour, cover = _tile(some, sun, size, near)
        down = course.speed * near * _SLOWER * height / rate
        whole = (round(down) or math.copysign(1, down)) if abs(down) > 0.3 else 0  # noqa: PLR2004 - rows a frame
        paint, mask = _painted(colour, cover, shining=layer.what in _SHINING)
        plain = round(float(np.asarray(paint.y).mean())) if layer.what in _COLOURLESS else None
        made.append(
            Fall(
                paint=paint,
                cover=mask,
                plain=plain,
                down=int(whole),
                aside=layer.wind * abs(down) * (0.6 if layer.what == "rain" else 1.0),
                course=course,
                near=near,
                rate=rate,
            )
        )
    return made


def _painted(colour: Planes, cover: Plane, *, shining: bool) -> tuple[Yuv, Any]:
    if shining:
        return light(_pixels(colour)), None
    shown = colour / np.maximum(cover, np.float32(1e-3))
    mean = colour.sum(axis=(1, 2)) / max(1e-3, float(cover.sum()))
    share = (cover * 8).clip(0.0, 1.0)
    filled = mean[:, None, None] + (shown.clip(0.0, 1.2) - mean[:, None, None]) * share
    return yuv(_pixels(filled)), picture((cover * 255 + 0.5).clip(0, 255).astype(np.uint8))


def _pixels(planes: Planes) -> Any:
    return np.ascontiguousarray((planes.clip(0.0, 1.0) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))


def _tile(layer: Falling, sun: Light, size: Size, near: float) -> tuple[Planes, Plane]:
    """Painted with a margin, which is then folded to the opposite side."""
    width, height = size
    edge = round(0.09 * near * height)
    scale = height * near
    view = View(
        left=-edge / scale, top=-edge / scale, scale=scale, width=width + 2 * edge, height=height + 2 * edge, light=sun
    )
    over = falling(layer, view)
    whole = np.zeros((4, view.height, view.width), np.float32)
    if over.top < over.bottom:
        colour, cover = over.laid(over.top, over.bottom)
        whole[:3, over.top : over.bottom] = colour
        whole[3, over.top : over.bottom] = cover
    folded = _folded(_folded(whole, edge, 1), edge, 2)
    return folded[:3], folded[3]


def _folded(whole: Any, edge: int, axis: int) -> Any:
    whole = np.moveaxis(whole, axis, 0)
    middle = whole[edge : len(whole) - edge].copy()
    middle[-edge:] = np.maximum(middle[-edge:], whole[:edge])
    middle[:edge] = np.maximum(middle[:edge], whole[-edge:])
    return np.moveaxis(middle, 0, axis)
