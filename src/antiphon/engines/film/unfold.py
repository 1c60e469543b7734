"""A scene as a film wants it: what is flat in a picture gets depth, and letters stay where they are."""

from dataclasses import replace

from antiphon.engines.painter.layers import Layer, Letters, Shapes
from antiphon.engines.painter.scene import Scene

_DEPTHS = (0.25, 0.5, 0.75, 1.0)
_LEAST = 3
"""Shapes to a depth."""

_WORLDS = {"nebula": 0.15, "planet": 0.3}
"""How much nearer than in a picture they are: there is nothing else that would tell of depth."""


def unfolded(scene: Scene) -> Scene:
    """The same picture, in layers that can move by themselves."""
    layers = scene.layers
    title = next((number for number, layer in enumerate(layers) if isinstance(layer, Letters)), len(layers))
    while 0 < title < len(layers) and isinstance(layers[title - 1], Shapes) and layers[title - 1].depth >= 1:
        title -= 1  # What letters stand on stays with them.
    opened: list[Layer] = []
    for layer in layers[:title]:
        if scene.family == "abstract" and isinstance(layer, Shapes):
            opened += _apart(layer)
        elif scene.family == "space" and layer.kind in _WORLDS:
            opened.append(replace(layer, depth=_WORLDS[layer.kind] + layer.depth))
        else:
            opened.append(layer)
    return replace(scene, layers=(*opened, *(replace(layer, depth=0.0) for layer in layers[title:])))


def _apart(layer: Shapes) -> list[Layer]:
    """Shapes in some layers, the ones before nearer than those behind."""
    count = max(1, min(len(_DEPTHS), len(layer.shapes) // _LEAST))
    cuts = [len(layer.shapes) * number // count for number in range(count + 1)]
    return [
        replace(layer, depth=_DEPTHS[number], shapes=layer.shapes[cuts[number] : cuts[number + 1]])
        for number in range(count)
    ]
