"""Plates: layers that are painted once, and drawn into every frame from where the camera is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

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
_SOFT, _SHARP = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
_SWIFT = 0.6
"""The depth from which on a layer is too quick for anybody to see how sharp it is."""


class Area(NamedTuple):
    """A rectangle of a plate, in its pixels; right and bottom are those after the last."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A painted layer, or several that move as one.

    Args:
        depth: How much it moves: 0 not at all, 1 as the camera does.
        paint: Its colours, going on where it shows through.
        areas: Where there is anything; none for everywhere.
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
    areas: "tuple[Area, ...]" = ()
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
        size = frame.y.size
        place = self._part(moment, size)
        luma = self.paint.y if self.sparkle is None else self.sparkle.at(moment.time)
        for box in self._boxes(place, min(place.last, floor), size):
            self._laid(frame, luma, box, place, moment.time)

    def _boxes(self, place: "Part", last: int, size: Size) -> Iterator[tuple[int, int, int, int]]:
        """Columns and rows of the frame: they meet where areas do, and none is drawn into twice."""
        left, top, zoom = place.left, place.top, place.zoom
        for area in self.areas or (Area(left=0, top=0, right=self.paint.y.size[0], bottom=self.paint.y.size[1]),):
            box = (
                max(0, _even((area.left - left) * zoom)),
                max(place.first, _even((area.top - top) * zoom)),
                min(size[0], _even((area.right - left) * zoom + 1.999)),
                min(last, _even((area.bottom - top) * zoom)),
            )
            if box[0] < box[2] and box[1] < box[3]:
                yield box

    def _laid(self, frame: Yuv, luma: Any, box: tuple[int, int, int, int], place: "Part", time: float) -> None:
        columns, rows = luma.size
        seen = (
            max(0.0, place.left + box[0] / place.zoom),
            max(0.0, place.top + box[1] / place.zoom),
            min(columns, place.left + box[2] / place.zoom),
            min(rows, place.top + box[3] / place.zoom),
        )
        size, half = (box[2] - box[0], box[3] - box[1]), tuple(edge / 2 for edge in seen)
        small, corner = (size[0] // 2, size[1] // 2), (box[0] // 2, box[1] // 2)
        masks: list[Any] = [None, None]
        if self.cover is not None:
            masks = [scaled(self.cover[0], size, seen, _SOFT), scaled(self.cover[1], small, half, _SOFT)]
        if self.plain is not None:
            frame.y.paste(self.plain[0], box, masks[0])
            for under, value in zip(frame[1:], self.plain[1:], strict=True):
                under.paste(value, (*corner, corner[0] + small[0], corner[1] + small[1]), masks[1])
            return
        if self.ripple is None:
            frame.y.paste(scaled(luma, size, seen, _SHARP if self.depth < _SWIFT else _SOFT), box[:2], masks[0])
        else:
            frame.y.paste(rippled(luma, size, seen, self.ripple, time), box[:2], masks[0])
        for under, over in zip(frame[1:], self.paint[1:], strict=True):
            under.paste(scaled(over, small, half, _SOFT), corner, masks[1])

    def _part(self, moment: Moment, size: Size) -> "Part":
        """Where it is drawn. Rows are even, for the halved planes."""
        columns, rows = self.paint.y.size
        seen = window(moment.camera, self.depth, size)
        aside, down = self.drift.at(moment.time)
        top = seen.top - self.top - down
        return Part(
            first=max(0, _even(-top * seen.zoom + 1.999)),
            last=min(size[1], _even((rows - top) * seen.zoom)),
            left=min(max(0.0, seen.left - self.left - aside), columns - size[0] / seen.zoom),
            top=top,
            zoom=seen.zoom,
        )


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
    """What of a plate is seen.

    Args:
        first: The first row of the frame that it is in; even.
        last: The row after the last one.
        left: The column of the plate that is at the frame's left edge.
        top: The row of the plate that is at the frame's upper edge; before its first where that is lower.
        zoom: Columns of the frame to one of the plate.
    """

    first: int
    last: int
    left: float
    top: float
    zoom: float


def _even(value: float) -> int:
    return int(value // 2) * 2


def scaled(grey: Any, size: Size, box: tuple[float, ...], how: Image.Resampling) -> Any:
    """A box of a grey picture at a size; places between its pixels count."""
    left, top = int(box[0]), int(box[1])
    if (left, top, left + size[0], top + size[1]) == box:
        return grey.crop((left, top, left + size[0], top + size[1]))
    columns, rows = grey.size
    if top == box[1] and top + size[1] == box[3]:  # What goes aside only is not resampled in its rows.
        return grey.crop((0, top, columns, top + size[1])).resize(
            size, how, box=(box[0], 0, min(columns, box[2]), size[1])
        )
    return grey.resize(size, how, box=(box[0], box[1], min(columns, box[2]), min(rows, box[3])))
