"""Plates: layers that are painted once, and drawn into every frame from where the camera is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from antiphon.engines.film.plane import Yuv
from antiphon.engines.painter.scene import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A painted layer, or several that move as one.

    Args:
        depth: How much it moves: 0 not at all, 1 as the camera does.
        paint: Its colours, going on where it shows through.
        cover: 0 (it shows through) to 255; as large as the luma, and half as large. None: it hides all behind it.
        left: The column of the frame that its first one is in before the camera moves; even, 0 or less.
        top: As `left`, its row; even.
        drift: How far it goes aside by itself, in columns a second.
        bob: How far it goes up and down, in rows.
        slant: The drift of its lowest row, as a share of that of its highest.
    """

    depth: float
    paint: Yuv
    cover: tuple[Any, Any] | None = None
    left: int = 0
    top: int = 0
    drift: float = 0.0
    slant: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What of the plane at a plate's depth is in the frame: its upper left corner, in pixels, and how large it is."""

    left: float
    top: float
    zoom: float

    def row(self, place: float) -> float:
        """The row of the frame that a row of the plane is seen in."""
        return (place - self.top) * self.zoom


def window(camera: Camera, depth: float, size: tuple[int, int]) -> Window:
    """The window of a camera at a depth. `size` is the frame's: columns and rows."""
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


def part(plate: Plate, seen: Window, size: tuple[int, int], time: float) -> Part:
    """Where a plate is drawn. Rows are even, for the halved planes."""
    columns, rows = plate.paint.y.size
    first = max(0, _even(seen.row(plate.top) + 1.999))
    last = min(size[1], _even(seen.row(plate.top + rows)))
    left = min(max(0.0, seen.left - plate.left - plate.drift * time), columns - size[0] / seen.zoom)
    top = seen.top - plate.top + first / seen.zoom
    bottom = seen.top - plate.top + last / seen.zoom
    return Part(first=first, last=last, box=(left, max(0.0, top), min(columns, left + size[0] / seen.zoom), min(rows, bottom)))


def _even(value: float) -> int:
    return int(value // 2) * 2


def laid(frame: Yuv, plates: Sequence[Plate], camera: Camera, time: float) -> None:
    """Draw plates into a frame, one over the other; what is hidden is not drawn."""
    size = frame.y.size
    parts = [part(plate, window(camera, plate.depth, size), size, time) for plate in plates]
    floor = size[1]
    wanted: list[tuple[Plate, Part]] = []
    for plate, place in zip(reversed(plates), reversed(parts), strict=True):
        if place.first < min(place.last, floor):
            wanted.append((plate, _cut(place, floor)))
        if plate.cover is None and place.last >= floor:
            floor = min(floor, place.first)
    for plate, place in reversed(wanted):
        draw(frame, plate, place)


def _cut(place: Part, floor: int) -> Part:
    if place.last <= floor:
        return place
    left, top, right, bottom = place.box
    share = (floor - place.first) / (place.last - place.first)
    return Part(first=place.first, last=floor, box=(left, top, right, top + (bottom - top) * share))


def draw(frame: Yuv, plate: Plate, place: Part) -> None:
    """Draw a plate into rows of a frame."""
    width, rows = frame.y.size[0], place.last - place.first
    half = tuple(edge / 2 for edge in place.box)
    sizes = ((width, rows), (width // 2, rows // 2))
    large = None if plate.cover is None else scaled(plate.cover[0], sizes[0], place.box, Image.Resampling.BILINEAR)
    small = None if plate.cover is None else scaled(plate.cover[1], sizes[1], half, Image.Resampling.BILINEAR)
    frame.y.paste(scaled(plate.paint.y, sizes[0], place.box, Image.Resampling.BICUBIC), (0, place.first), large)
    for under, over in ((frame.u, plate.paint.u), (frame.v, plate.paint.v)):
        under.paste(scaled(over, sizes[1], half, Image.Resampling.BILINEAR), (0, place.first // 2), small)


def scaled(grey: Any, size: tuple[int, int], box: tuple[float, ...], how: Image.Resampling) -> Any:
    """A box of a grey picture at a size; places between its pixels count."""
    left, top = int(box[0]), int(box[1])
    if (left, top, left + size[0], top + size[1]) == box:
        return grey.crop((left, top, left + size[0], top + size[1]))
    columns, rows = grey.size
    return grey.resize(size, how, box=(box[0], box[1], min(columns, box[2]), min(rows, box[3])))
