"""Rows of houses with windows."""

from collections.abc import Callable, Mapping

import numpy as np

from antiphon.engines.painter.chance import grains
from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.layers import Building, Buildings
from antiphon.engines.painter.paint.sheet import Ink, Patch, ink_of, sheet
from antiphon.engines.painter.paint.view import Coat, Plane, View

Corners = list[tuple[float, float]]


def town(layer: Buildings, view: View) -> Coat:
    """Houses from back to front, each with a side in shade."""
    patches: list[Patch] = []
    for house in layer.houses:
        patches += _house(layer, house, view)
    tallest = max((house.height for house in layer.houses), default=0.1)

    def veil(y: Plane) -> Plane:
        share = 1 - ((np.float32(layer.base) - y) / np.float32(tallest)).clip(0.0, 1.0)
        return np.asarray(np.float32(layer.air) + np.float32((1 - layer.air) * layer.mist) * share**1.6, np.float32)

    return sheet(view, patches, ground=layer.shade, haze=layer.haze, veil=veil)


def _house(layer: Buildings, house: Building, view: View) -> list[Patch]:
    draw = grains(house.seed, "house")
    tint = float(draw.uniform(0.0, 0.35))
    wall, shade = mixed(layer.wall, layer.shade, tint), mixed(layer.shade, layer.wall, tint * 0.25)
    lit_right = view.light.x >= house.x
    left, right, foot, top = house.x, house.x + house.width, layer.base + 0.02, layer.base - house.height
    edge = right - house.width * 0.3 if lit_right else left + house.width * 0.3
    faces: list[tuple[Corners, Colour]] = [
        ([(left, top), (right, top), (right, foot), (left, foot)], shade),
        ([(edge, top), (right if lit_right else left, top), (right if lit_right else left, foot), (edge, foot)], wall),
        *_TOPS[house.top](house, top, (mixed(shade, wall, 0.3), wall)),
    ]
    patches = [_patch(corners, ink_of(colour), view) for corners, colour in faces]
    return [*patches, *_windows(layer, house, view, draw, top)]


def _patch(corners: Corners, ink: Ink, view: View) -> Patch:
    return Patch(np.array([(view.across(x), view.down(y)) for x, y in corners], np.float32), ink)


def _windows(layer: Buildings, house: Building, view: View, draw: np.random.Generator, top: float) -> list[Patch]:
    storey = layer.window * float(draw.choice((0.85, 1.0, 1.2)))
    rows, columns = int((house.height - storey) / storey), max(2, int(house.width / (storey * 0.8)))
    if storey * view.scale < 2.2 or rows < 1:  # noqa: PLR2004 - pixels
        return []
    wide, high = house.width / (columns + 0.6), storey
    lit = draw.random((rows, columns)) < layer.lights * draw.uniform(0.5, 1.5)
    if draw.random() < 0.3:  # noqa: PLR2004 - offices: whole floors
        lit = np.repeat(draw.random((rows, 1)) < layer.lights * 1.2, columns, axis=1)
    which = draw.integers(0, max(1, len(layer.lamps)), (rows, columns))
    lamps, pane = [ink_of(lamp) for lamp in layer.lamps], ink_of(layer.pane)
    share_x, share_y = float(draw.uniform(0.4, 0.72)), float(draw.uniform(0.38, 0.62))
    left = house.x + (np.arange(columns) + 0.3 + (1 - share_x) / 2) * wide
    upper = top + (np.arange(rows) + 0.6) * high
    x0, y0 = (left - view.left) * view.scale, (upper - view.top) * view.scale
    x1, y1 = x0 + wide * share_x * view.scale, y0 + high * share_y * view.scale
    patches = []
    for row in range(rows):
        for column in range(columns):
            ink = lamps[which[row, column]] if lamps and lit[row, column] else pane
            corners = [(x0[column], y0[row]), (x1[column], y0[row]), (x1[column], y1[row]), (x0[column], y1[row])]
            patches.append(Patch(np.array(corners, np.float32), ink))
    return patches


Tones = tuple[Colour, Colour]
Faces = list[tuple[Corners, Colour]]


def _flat(house: Building, top: float, tones: Tones) -> Faces:
    rim = house.width * 0.04
    return [
        (
            [
                (house.x - rim, top - rim),
                (house.x + house.width + rim, top - rim),
                (house.x + house.width + rim, top + rim),
                (house.x - rim, top + rim),
            ],
            tones[0],
        )
    ]


def _steps(house: Building, top: float, tones: Tones) -> Faces:
    faces: Faces = []
    for number, (inset, rise) in enumerate(((0.14, 0.10), (0.28, 0.19), (0.40, 0.30))):
        left, right = house.x + house.width * inset, house.x + house.width * (1 - inset)
        upper = top - house.height * rise * 0.6
        faces.append(([(left, upper), (right, upper), (right, top), (left, top)], tones[number % 2]))
    return faces


def _spire(house: Building, top: float, tones: Tones) -> Faces:
    middle = house.x + house.width / 2
    high = min(0.22, house.height * 0.35)
    faces = _steps(house, top, tones)[:2]
    upper = top - house.height * 0.19 * 0.6
    thin = house.width * 0.05
    return [*faces, ([(middle - thin, upper), (middle + thin, upper), (middle, upper - high)], tones[0])]


def _slope(house: Building, top: float, tones: Tones) -> Faces:
    high = house.width * (0.5 if house.seed % 2 else -0.5)
    left, right = top - max(0.0, -high), top - max(0.0, high)
    return [([(house.x, left), (house.x + house.width, right), (house.x + house.width, top), (house.x, top)], tones[0])]


def _dome(house: Building, top: float, tones: Tones) -> Faces:
    turn = np.linspace(0, np.pi, 17)
    radius = house.width * 0.42
    middle = house.x + house.width / 2
    arc = [(middle + float(np.cos(t)) * radius, top - float(np.sin(t)) * radius) for t in turn]
    tip = (
        [(middle - radius * 0.04, top - radius), (middle + radius * 0.04, top - radius), (middle, top - radius * 1.7)],
        tones[0],
    )
    return [(arc, tones[1]), tip]


def _gable(house: Building, top: float, tones: Tones) -> Faces:
    rim, high = house.width * 0.10, house.width * 0.55
    middle = house.x + house.width / 2
    return [
        ([(house.x - rim, top), (middle, top - high), (house.x + house.width + rim, top)], tones[0]),
        ([(middle, top - high), (house.x + house.width + rim, top), (middle + rim, top)], tones[1]),
    ]


def _tank(house: Building, top: float, tones: Tones) -> Faces:
    x, wide = house.x + house.width * 0.3, house.width * 0.34
    high = house.width * 0.45
    return [
        *_flat(house, top, tones),
        ([(x, top - high), (x + wide, top - high), (x + wide, top - high * 0.3), (x, top - high * 0.3)], tones[0]),
        ([(x - wide * 0.1, top - high), (x + wide * 1.1, top - high), (x + wide / 2, top - high * 1.5)], tones[1]),
        (
            [
                (x + wide * 0.1, top - high * 0.3),
                (x + wide * 0.2, top - high * 0.3),
                (x + wide * 0.2, top),
                (x + wide * 0.1, top),
            ],
            tones[0],
        ),
        (
            [
                (x + wide * 0.8, top - high * 0.3),
                (x + wide * 0.9, top - high * 0.3),
                (x + wide * 0.9, top),
                (x + wide * 0.8, top),
            ],
            tones[0],
        ),
    ]


_TOPS: Mapping[str, Callable[[Building, float, Tones], Faces]] = {
    "flat": _flat,
    "steps": _steps,
    "spire": _spire,
    "slope": _slope,
    "dome": _dome,
    "gable": _gable,
    "tank": _tank,
}
