"""Trees and other plants where they stand."""

import functools
from collections.abc import Mapping

import numpy as np

from antiphon.engines.painter.colour import Colour, mixed
from antiphon.engines.painter.paint.growth import VARIANTS, Part, grown
from antiphon.engines.painter.paint.sheet import Ink, Outline, Patch, ink_of, sheet
from antiphon.engines.painter.paint.view import Coat, Plane, View
from antiphon.engines.painter.scene import Plant, Trees

_WHITE = Colour("#ffffff")
_FEW_PIXELS = 26
"""Of a plant's height, below which its bright and dark bits are not drawn."""

_SMALL: frozenset[Part] = frozenset({"bright", "dark"})


def trees(layer: Trees, view: View) -> Coat:
    """The plants of a layer, in order."""
    patches: list[Patch] = []
    for plant in layer.plants:
        patches += _plant(layer, plant, view)
    feet = np.array([plant.y for plant in layer.plants], np.float32)
    heads = np.array([plant.y - plant.height for plant in layer.plants], np.float32)
    low, high = float(feet.max(initial=0.0)), float(heads.min(initial=1.0))

    def veil(y: Plane) -> Plane:
        share = ((y - np.float32(high)) / np.float32(max(0.01, low - high))).clip(0.0, 1.0)
        return np.asarray(np.float32(layer.air) + np.float32((1 - layer.air) * layer.mist) * share**1.5, np.float32)

    return sheet(view, patches, ground=layer.colour, haze=layer.haze, veil=veil if layer.air or layer.mist else None)


def _plant(layer: Trees, plant: Plant, view: View) -> list[Patch]:
    size = plant.height * view.scale
    x, y = view.across(plant.x), view.down(plant.y)
    if x < -size or x > view.width + size:
        return []
    side = 1.0 if view.light.x >= plant.x else -1.0
    inks = _inks(layer.colour, layer.lit, layer.wood, layer.snow, layer.blossom)
    shade = plant.seed // VARIANTS % 3
    patches = []
    for bit in grown(layer.sort, plant.seed % VARIANTS):
        ink = inks[shade].get(bit.part)
        if ink is None or (size < _FEW_PIXELS and bit.part in _SMALL):
            continue
        patches.append(Patch(_placed(bit.outline, (x, y), (size * side, size), plant.lean), ink))
    return patches


def _placed(outline: Outline, place: tuple[float, float], size: tuple[float, float], lean: float) -> Outline:
    placed = np.empty_like(outline)
    placed[:, 0] = (outline[:, 0] - lean * outline[:, 1]) * size[0] + place[0]
    placed[:, 1] = outline[:, 1] * size[1] + place[1]
    return placed


@functools.lru_cache(maxsize=64)
def _inks(colour: Colour, lit: Colour, wood: Colour, snow: float, blossom: tuple[Colour, ...]) -> tuple[Mapping[Part, Ink], ...]:
    """The inks of plants of one layer, a little different for every third."""
    sets = []
    for number, towards in enumerate((0.0, 0.12, 0.22)):
        body = mixed(colour, lit, towards)
        inks: dict[Part, Ink] = {
            "wood": ink_of(wood),
            "dark": ink_of(mixed(body, wood, 0.35)),
            "leaf": ink_of(mixed(body, lit, 0.28)),
            "lit": ink_of(mixed(body, lit, 0.72)),
            "bright": ink_of(mixed(lit, _WHITE, 0.16)),
        }
        if snow > 0:
            inks["snow"] = ink_of(mixed(mixed(body, _WHITE, 0.25 + 0.65 * snow), colour, 0.1 * number))
        if blossom:
            inks["blossom"] = ink_of(blossom[number % len(blossom)])
        sets.append(inks)
    return tuple(sets)
