"""Plates: layers that are painted once, and drawn into every frame from where the camera is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from PIL import Image

from antiphon.engines.film.alive import Sparkle
from antiphon.engines.film.plane import Yuv
from antiphon.engines.film.water import Ripple, rippled
from antiphon.engines.painter.scene import Camera

Size = tuple[int, int]
"""Columns and rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When, and where the camera is.

    Args:
        time: Seconds.
    """

    time: float
    camera: Camera


class Actor(Protocol):
    """What is in a film: it is drawn into every frame."""

    def floor(self, moment: Moment, size: Size) -> int:
        """The row from which on it hides all behind it; the number of rows where it does so nowhere."""

    def draw(self, frame: Yuv, moment: Moment, floor: int) -> None:
        """Draw it into the rows of a frame before `floor`."""


def laid(frame: Yuv, actors: Sequence[Actor], moment: Moment) -> None:
    """Draw all there is into a frame, one over the other; what is hidden is not drawn."""
    floor = frame.y.size[1]
    floors: list[int] = []
    for actor in reversed(actors):
        floors.append(floor)
        floor = min(floor, actor.floor(moment, frame.y.size))
    for actor, seen in zip(actors, reversed(floors), strict=True):
        actor.draw(frame, moment, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How something moves by itself.

    Args:
        aside: Columns a second.
        bob: Rows up and down.
        pace: Of that, in times a second.
    """

    aside: float = 0.0
    bob: float = 0.0
    pace: float = 0.3

    def at(self, time: float) -> tuple[float, float]:
        """How far it has gone, in columns and rows."""
        return self.aside * time, self.bob * math.sin(2 * math.pi * self.pace * time)


_STILL = Drift()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A painted layer, or several that move as one.

    Args:
        depth: How much it moves: 0 not at all, 1 as the camera does.
        paint: Its colours, going on where it shows through.
        cover: 0 (it shows through) to 255; as large as the luma, and half as large. None: it hides all behind it.
        left: The column of the frame that its first one is in before the camera moves; even, 0 or less.
        top: As `left`, its row; even.
        drift: How it moves by itself.
        plain: Its colour, where it has one only; its paint is not looked at then.
        sparkle: What flickers in it.
        ripple: What bends it.
    """

    depth: float
    paint: Yuv
    cover: tuple[Any, Any] | None = None
    left: int = 0
    top: int = 0
    drift: Drift = _STILL
    plain: tuple[int, int, int] | None = None
    sparkle: Sparkle | None = None
    ripple: Ripple | None = None

    def floor(self, moment: Moment, size: Size) -> int:
        """As `Actor` has it."""
        place = self._part(moment, size)
        return place.first if self.cover is None and place.last >= size[1] else size[1]

    def draw(self, frame: Yuv, moment: Moment, floor: int) -> None:
        """As `Actor` has it."""
        place = _cut(self._part(moment, frame.y.size), floor)
        if place.first >= place.last:
            return
        sizes = (frame.y.size[0], place.last - place.first), (frame.u.size[0], (place.last - place.first) // 2)
        half = tuple(edge / 2 for edge in place.box)
        masks: list[Any] = [None, None]
        if self.cover is not None:
            masks = [
                scaled(*each, Image.Resampling.BILINEAR)
                for each in zip(self.cover, sizes, (place.box, half), strict=True)
            ]
        if self.plain is not None:
            for under, value, mask, size, first in zip(
                frame,
                self.plain,
                (*masks, masks[1]),
                (*sizes, sizes[1]),
                (place.first, *[place.first // 2] * 2),
                strict=True,
            ):
                under.paste(value, (0, first, size[0], first + size[1]), mask)
            return
        frame.y.paste(self._luma(sizes[0], place.box, moment.time), (0, place.first), masks[0])
        for under, over in ((frame.u, self.paint.u), (frame.v, self.paint.v)):
            under.paste(scaled(over, sizes[1], half, Image.Resampling.BILINEAR), (0, place.first // 2), masks[1])

    def _luma(self, size: Size, box: tuple[float, float, float, float], time: float) -> Any:
        luma = self.paint.y if self.sparkle is None else self.sparkle.at(time)
        if self.ripple is not None:
            return rippled(luma, size, box, self.ripple, time)
        return scaled(luma, size, box, Image.Resampling.BICUBIC)

    def _part(self, moment: Moment, size: Size) -> "Part":
        """Where it is drawn. Rows are even, for the halved planes."""
        columns, rows = self.paint.y.size
        seen = window(moment.camera, self.depth, size)
        aside, down = self.drift.at(moment.time)
        above = seen.top - self.top - down
        first = max(0, _even(-above * seen.zoom + 1.999))
        last = min(size[1], _even((rows - above) * seen.zoom))
        wide = size[0] / seen.zoom
        left = min(max(0.0, seen.left - self.left - aside), columns - wide)
        top, bottom = above + first / seen.zoom, above + last / seen.zoom
        return Part(first=first, last=last, box=(left, max(0.0, top), min(columns, left + wide), min(rows, bottom)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses:
    """Plates of the same thing that are shown in turn, so many a second."""

    plates: tuple[Plate, ...]
    pace: float

    def floor(self, moment: Moment, size: Size) -> int:
        """As `Actor` has it."""
        del moment
        return size[1]

    def draw(self, frame: Yuv, moment: Moment, floor: int) -> None:
        """As `Actor` has it."""
        self.plates[int(moment.time * self.pace) % len(self.plates)].draw(frame, moment, floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What of the plane at a plate's depth is in the frame: its upper left corner, in pixels, and how large it is."""

    left: float
    top: float
    zoom: float


def window(camera: Camera, depth: float, size: Size) -> Window:
    """The window of a camera at a depth. `size` is the frame's."""
    width, height = size
    zoom = 1.0 + (camera.zoom - 1.0) * depth
    return Window(
        left=width / 2 * (1 - 1 / zoom) + camera.x * depth * height,
        top=height / 2 * (1 - 1 / zoom) + camera.y * depth * height,
        zoom=zoom,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of the frame that a plate is drawn in, and the box of the plate that is seen there."""

    first: int
    last: int
    box: tuple[float, float, float, float]


def _even(value: float) -> int:
    return int(value // 2) * 2


def _cut(place: Part, floor: int) -> Part:
    if place.last <= floor:
        return place
    left, top, right, bottom = place.box
    share = (floor - place.first) / (place.last - place.first)
    return replace(place, last=floor, box=(left, top, right, top + (bottom - top) * share))


def scaled(grey: Any, size: Size, box: tuple[float, ...], how: Image.Resampling) -> Any:
    """A box of a grey picture at a size; places between its pixels count."""
    left, top = int(box[0]), int(box[1])
    if (left, top, left + size[0], top + size[1]) == box:
        return grey.crop((left, top, left + size[0], top + size[1]))
    columns, rows = grey.size
    return grey.resize(size, how, box=(box[0], box[1], min(columns, box[2]), min(rows, box[3])))
