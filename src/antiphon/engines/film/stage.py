"""The stage: who is in a film. A scene's layers, as actors that move by themselves."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import ImageFilter

from antiphon.engines.film.alive import ALIVE, glinting, inhabited, patches, slopes, sparkle, twinkling
from antiphon.engines.film.fall import falls
from antiphon.engines.film.glow import Glow, passing
from antiphon.engines.film.paint import Group, glow, plates, view_of
from antiphon.engines.film.plate import Actor, Drift, Plate, Poses, Size
from antiphon.engines.film.request import RATE
from antiphon.engines.film.shot import FLAT
from antiphon.engines.film.water import Ripple
from antiphon.engines.painter.heavens import Clouds
from antiphon.engines.painter.layers import Buildings, Layer, Mist, Shape, Shapes, Water
from antiphon.engines.painter.paint.view import Plane
from antiphon.engines.painter.scene import Scene

_TOGETHER = 0.045
"""Layers whose depths differ by no more move as one."""

_MOST = 9
"""Plates at the most: where there are more layers, more of them go together."""

_CLOUDS, _FOG = 0.011, 0.014
"""How fast they go, in heights a second."""

_BOB = 0.0022
_POSES = 8
_BEATS = 1.7
"""Of a bird's wings in a second."""
_BIRD = 8
"""Corners of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What actors are made from.

    Args:
        size: The frame's.
        seconds: How long the film is.
        haste: How much faster than they are clouds go.
    """

    scene: Scene
    size: Size
    seconds: float
    haste: float


def actors(stage: Stage) -> list[Actor]:
    """All who are in a film, from back to front."""
    made: list[Actor] = []
    flat = stage.scene.family in FLAT
    for group in grouped(stage.scene):
        made += (
            _MAKERS.get(role(group.layers[0]), _still)(stage, group) if len(group.layers) == 1 else _still(stage, group)
        )
    return [*made, passing(stage.size, stage.seconds, seed=stage.scene.seed)] if flat else made


def role(layer: Layer) -> str:
    """What a layer does; "still" for those that only the camera moves."""
    match layer:
        case Shapes():
            return "drifting" if layer.drift else "still"
        case Buildings():
            return "buildings" if layer.lamps and layer.lights > 0 else "still"
        case _:
            return layer.kind if layer.kind in _MAKERS else "still"


def grouped(scene: Scene) -> list[Group]:
    """Layers put together: those that move alike, and more where there are many."""
    groups: list[Group] = []
    for number, layer in enumerate(scene.layers):
        last = groups[-1] if groups else None
        alike = last is not None and role(layer) == "still" and role(last.layers[-1]) == "still"
        if last is not None and alike and abs(layer.depth - last.depth) <= _TOGETHER:
            groups[-1] = replace(last, layers=(*last.layers, layer))
        else:
            groups.append(Group(first=number, layers=(layer,), depth=layer.depth))
    while len(groups) > _MOST:
        gaps = [(_gap(one, other), place) for place, (one, other) in enumerate(pairwise(groups))]
        least, place = min(gaps)
        if math.isinf(least):
            break
        one, other = groups[place : place + 2]
        depth = one.depth if isinstance(other.layers[-1], Mist) else other.depth
        groups[place : place + 2] = [Group(first=one.first, layers=(*one.layers, *other.layers), depth=depth)]
    return groups


def _gap(one: Group, other: Group) -> float:
    """How much is lost where two groups move as one; infinite where they cannot."""
    if one.first == 0 or any(role(layer) not in {"still", "mist"} for layer in (*one.layers, *other.layers)):
        return math.inf
    return abs(one.depth - other.depth)


def _still(stage: Stage, group: Group) -> list[Actor]:
    return [*plates(stage.scene, group, view_of(stage.scene, stage.size))]


def _airy(stage: Stage, group: Group) -> list[Actor]:
    """Clouds and fog, which go with the wind."""
    layer = group.layers[0]
    height = stage.size[1]
    speed = (_CLOUDS if isinstance(layer, Clouds) else _FOG) * stage.haste * height
    way = 1 if stage.scene.seed % 2 else -1
    pad = math.ceil(speed * stage.seconds / 2 + 1) * 2
    drift = Drift(aside=way * speed)
    made = plates(stage.scene, group, view_of(stage.scene, stage.size, pad=pad))
    # What only goes aside costs half of what also comes nearer, and clouds hardly do.
    depth = 0.0 if isinstance(layer, Clouds) else layer.depth
    return [replace(plate, depth=depth, drift=drift, plain=_colour(layer, plate)) for plate in made]


def _colour(layer: Layer, plate: Plate) -> tuple[int, int, int] | None:
    """That of fog, which has one only."""
    if not isinstance(layer, Mist):
        return None
    y, u, v = (round(float(np.asarray(plane).mean())) for plane in plate.paint)
    return y, u, v


def _drifting(stage: Stage, group: Group) -> list[Actor]:
    """Boats, balloons, birds and fish."""
    layer = group.layers[0]
    assert isinstance(layer, Shapes)  # noqa: S101 - the role says so
    height = stage.size[1]
    speed = layer.drift * height
    pad = math.ceil(abs(speed) * stage.seconds / 2 + 1) * 2
    view = view_of(stage.scene, stage.size, pad=pad)
    drift = Drift(aside=speed, bob=_BOB * height)

    def painted(shapes: tuple[Shape, ...]) -> list[Plate]:
        one = replace(group, layers=(replace(layer, shapes=shapes),))
        return [replace(plate, drift=drift) for plate in plates(stage.scene, one, view)]

    if any(len(shape.points) != _BIRD for shape in layer.shapes):
        return [*painted(layer.shapes)]
    poses = []
    for pose in range(_POSES):
        poses += painted(
            tuple(_beaten(shape, pose / _POSES + 0.37 * number) for number, shape in enumerate(layer.shapes))
        )[:1]
    return [Poses(plates=tuple(poses), pace=_POSES * _BEATS)] if len(poses) == _POSES else [*poses[:1]]


def _beaten(bird: Shape, share: float) -> Shape:
    """A bird with its wings elsewhere in their beat."""
    middle = bird.points[2][1]
    lift = 0.25 + 0.75 * math.cos(2 * math.pi * share)
    return replace(
        bird, points=tuple((x, middle + (y - middle) * lift - (0.0005 if y > middle else 0.0)) for x, y in bird.points)
    )


def _buildings(stage: Stage, group: Group) -> list[Actor]:
    """Houses whose lit windows are alive."""
    layer = group.layers[0]
    assert isinstance(layer, Buildings)  # noqa: S101 - the role says so
    view = view_of(stage.scene, stage.size)
    lit = plates(stage.scene, group, view)
    dark = plates(stage.scene, replace(group, layers=(replace(layer, lamps=()),)), view)
    cell = max(2, round(layer.window * stage.size[1]))
    made = []
    for number, (one, other) in enumerate(zip(lit, dark, strict=True)):
        high, low = (np.asarray(plate.paint.y, np.float32) for plate in (one, other))
        made.append(
            replace(
                one,
                sparkle=sparkle(
                    patches(layer.houses[0].seed + number, high.shape, cell),
                    inhabited,
                    base=one.paint.y,
                    low=low,
                    high=high,
                    share=ALIVE,
                ),
            )
        )
    return [*made]


def _water(stage: Stage, group: Group) -> list[Actor]:
    """Water with waves and glints."""
    layer = group.layers[0]
    assert isinstance(layer, Water)  # noqa: S101 - the role says so
    height = stage.size[1]
    made = []
    for plate in plates(stage.scene, group, view_of(stage.scene, stage.size)):
        ripple = Ripple(seed=layer.seed, shore=layer.top * height - plate.top, height=height, strength=1 - layer.calm)
        if plate.cover is not None:
            made.append(plate)
            continue
        luma = plate.paint.y
        values = np.asarray(luma, np.float32)
        bright = (values - _around(luma, height) - 3).clip(0.0, None)
        glints = sparkle(
            slopes(layer.seed, values.shape, (5, 24)),
            glinting,
            base=luma,
            low=values - bright,
            high=values + bright * 0.6,
        )
        made.append(replace(plate, ripple=ripple, sparkle=glints))
    return [*made]


def _stars(stage: Stage, group: Group) -> list[Actor]:
    """Stars that twinkle; the milky way behind them does not."""
    look = glow(stage.scene, group.layers[0], group.first, view_of(stage.scene, stage.size))
    values = np.asarray(look.y, np.float32)
    spike = (values - _around(look.y, stage.size[1]) - 6).clip(0.0, None)
    twinkles = sparkle(
        patches(stage.scene.seed, values.shape, 7),
        twinkling,
        base=look.y,
        low=values - spike,
        high=values + spike * 0.12,
    )
    return [Glow(looks=(look,), sparkle=twinkles)]


def _around(luma: Any, height: int) -> Plane:
    """What is near each pixel, in the mean."""
    return np.asarray(luma.filter(ImageFilter.BoxBlur(max(2, height // 60))), np.float32)


def _aurora(stage: Stage, group: Group) -> list[Actor]:
    """Northern lights, painted every other second; between them one goes over into the next."""
    count = max(2, round(stage.seconds / 1.25) + 1)
    times = [9.0 * stage.seconds * stage.haste * number / (count - 1) for number in range(count)]
    looks = [
        glow(stage.scene, group.layers[0], group.first, view_of(stage.scene, stage.size, time=time)) for time in times
    ]
    return [Glow(looks=tuple(looks), every=stage.seconds / (count - 1), pulse=0.15)]


def _shining(stage: Stage, group: Group) -> list[Actor]:
    look = glow(stage.scene, group.layers[0], group.first, view_of(stage.scene, stage.size))
    return [Glow(looks=(look,), pulse=0.45, pace=0.16)]


def _falling(stage: Stage, group: Group) -> list[Actor]:
    layer = group.layers[0]
    return [*falls(layer, stage.scene.light, size=stage.size, rate=RATE)]  # type: ignore[arg-type]


_MAKERS: Mapping[str, Callable[[Stage, Group], list[Actor]]] = MappingProxyType(
    {
        "clouds": _airy,
        "mist": _airy,
        "drifting": _drifting,
        "buildings": _buildings,
        "water": _water,
        "stars": _stars,
        "aurora": _aurora,
        "rays": _shining,
        "falling": _falling,
    }
)
